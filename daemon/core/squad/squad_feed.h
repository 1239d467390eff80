/*
 * squad_feed.h - is a feed down? A source that is silent isn't a team that does nothing.
 *
 * What the team's members record through a source in a day is a stream of its own: learned with its own dispersion, never
 * warned about. A day without any of it although chance would allow that less than once in a thousand such days
 * (DETECTION section 2: P0), or a day that the source itself doesn't vouch for (behind its `synced`, a gap that it told, no
 * heartbeat), is unknown: it is tested for none of the indicators that the source feeds, and counts as nobody's silence.
 * With fewer than three members at work nobody can tell a feed from a person; then only the source's own word counts.
 *
 * A feed through which nothing came on twenty days on which others show the team at work is taken as switched off, until it sends
 * something: a system that was replaced would else leave what it fed unwatched for good.
 */
#ifndef CORE_SQUAD_FEED_H
#define CORE_SQUAD_FEED_H

#include "detector.h"

struct closing;
struct squad_setup;
struct squad_state;

enum {
    FEEDS_MAX = 64, /* sources of a team that are watched: those it used first, and of one day by name */
    FEED_MEMBERS_MIN = 3,
    FEED_ENDED_DAYS = 20, /* on which the team was at work without it: nobody will mend it any more */
};

/* A source through which a member has recorded anything, since the first such day. */
struct feed {
    struct detector detector; /* of the members' records a day */
    int source;               /* the engine's number */
    bool told;
    int down_days;            /* scheduled days in a row, the newest included */
    pace_day down_from, told_on;
    bool vouched;             /* it was the source itself that said so */
    int without;              /* days of these on which other feeds showed people at work, since anything came in */
    pace_day ended_on;        /* taken as switched off, and nothing has come in since; DAY_NONE */
};

/* Every feed's day, once it is known who works. */
void feed_watch(const struct closing *c, bool day_off);

/* Since when a feed of the indicator is down, as the state has it; DAY_NONE: none is. */
pace_day feed_unknown_from(const struct squad_setup *setup, const struct squad_state *state, int indicator);

/* Whether closing->day says nothing about an indicator. */
bool feed_unknown(const struct closing *c, int indicator);

/* Whether a feed of the indicator is taken as switched off from closing->day on. */
bool feed_ended(const struct closing *c, int indicator);

/* Whether any feed of the team is down today: who isn't there isn't silent. */
bool feed_any_down(const struct closing *c);

#endif
