/*
 * engine_fold.h - what a config makes of the log: who people are, what is counted, which days are closed.
 *
 * An engine has one fold that it answers and warns from; another config is folded beside it. A fold knows nothing of the
 * store and of what was said: it is a function of the log and the config. Pure.
 */
#ifndef CORE_ENGINE_FOLD_H
#define CORE_ENGINE_FOLD_H

#include "config.h"
#include "event.h"
#include "measure.h"
#include "people.h"
#include "squad.h"
#include "tally.h"

struct dict;
struct extent;
struct kv;
struct memory;
struct engine_stream;
struct facts;

struct sources;

enum { FOLD_VERSION = 23 }; /* raise it when the same log folds to another state */

/* A team's squad and when its days close: when they have ended in every zone of the team, plus close_after. */
struct squad_row {
    struct squad *squad;   /* NULL until the first rep */
    const struct zone **zones;
    int n_zones;
    uint64_t settled_at;   /* log number of the tick that settled it last; 0: not under this config */
    bool reconfigured;     /* folded under a new config and not settled since */
    pace_day late_day;     /* oldest day changed since that tick */
    /* while the log is replayed: */
    bool met;              /* a tick has met it: the next one is known to have settled it */
    pace_day folded_to;
};

/* In whose squads a rep is. */
struct rep_squads {
    int *teams;
    int n;
};

struct fold_setup {
    const struct config *config; /* borrowed */
    struct dict *dict;           /* borrowed; grows by the names of the config */
    int (*zone)(void *arg, const char *name, const struct zone **ret_zone); /* as zone_table_get */
    void *zone_arg;
    struct sources *sources;     /* borrowed */
    struct kv *kv;               /* borrowed: what rests of settled days is there ... */
    struct extent *rest;         /* ... with these keys */
    const struct memory *memory; /* as of measure_setup */
};

struct fold {
    struct fold_setup setup;
    const struct config *config; /* as in setup */
    struct people *people;
    struct tally *tally;
    struct measure *measure;
    struct facts *book;       /* of what measure keeps beside the tallies; NULL: none */
    struct squad_row *squads; /* [team] */
    int n_squads;
    uint32_t n_joined;        /* reps that are in their squads ... */
    struct rep_squads *joined; /* ... which are these; room for joined_size reps */
    uint32_t joined_size;
    uint64_t config_digest;   /* of the config and its zones, as far as they matter to what is folded */
    uint64_t whole_digest;    /* of all of the config and its zones */
    bool frozen;              /* something was said of people that it can't take in: another fold will know it */
    bool anew;                /* it isn't the one that the last tick settled */
    pace_day counted_from;    /* events of earlier days are passed over; DAY_NONE: none is */
    bool settled;             /* it has what was settled before records were dropped: engine_retain.c */
    /* while the log is replayed: */
    uint64_t kept_to;         /* so much of it is in pages, teams, and what is kept beside the tallies */
    uint64_t from;            /* log numbers from here on aren't in what is known of the teams */
    bool recalling;           /* what is applied comes before that: it changes no team */
    int64_t clock_us;         /* teams met from now on are closed as far; TIME_NONE: later, the log is replayed */
    int64_t next_due_us;      /* when the next day closes; TIME_NONE: to be asked */
    const struct zone *zone;  /* the organisation's */
    struct engine_stream *asked; /* [indicator] of the last answer */
};

/* Of the log, nothing yet. 0, -ENOMEM, -EINVAL (a zone of the config is missing), PACE_ELIMIT. */
int fold_create(const struct fold_setup *setup, struct fold **ret_fold);
void fold_destroy(struct fold **fold);

/* As measure_apply, if it is; who is met joins a team. */
int fold_apply(struct fold *fold, const struct event *event, const struct event_names *names,
               int source, int sign, uint64_t number, const struct revisions *others);

/*
 * A fold of which nothing was applied yet, and whose config asks for it, writes a book of that generation into the store. 0 or
 * -ENOMEM.
 */
int fold_keep_book(struct fold *fold, struct kv *kv, uint32_t generation);

/* A book that is only to be read. 0 or -ENOMEM. */
int fold_read_book(struct fold *fold, struct kv *kv, uint32_t generation, struct facts **ret_book);

/* What stands for a rep of a fold in the store, and the rep again; UINT32_MAX: there is none. */
uint32_t fold_stable(void *fold, uint32_t rep);
uint32_t fold_rep(void *fold, uint32_t stable);

/* Of all that it depends on besides the log: of what the config says and of what events say about people's zones. */
uint64_t fold_digest(const struct fold *fold);

/* Whether two were asked for by the same config, and people are in the same zones. */
bool fold_same(const struct fold *a, const struct fold *b);

/* A row for every team that people know of. 0, -ENOMEM, -EINVAL (a zone is missing). */
int fold_reach_teams(struct fold *fold);

/* ---- engine_join.c: who is in which squad ---- */

/* Reps that were met since the last call join the squads of the teams that they are ever in. 0 or -ENOMEM. */
int fold_join(struct fold *fold);

/* That day of a rep is to be closed anew; the rep may have been met just now. As measure.h asks for. */
int fold_touched(void *arg, uint32_t rep, pace_day day);

/* Every closed day from `day` on may look otherwise: for all teams. */
void fold_mark(struct fold *fold, pace_day day);

/*
 * A roster event begins (sign 1) to count or ceases to (sign -1): squads get their members, closed days that it changes are
 * marked. Where events that are folded already would fall on other days, or begin or cease to count, this fold can't take
 * it in: *ret_anew is set, now and for every later one, it is left out (frozen), and the log is to be folded once more.
 * 0, -ENOMEM, PACE_ELIMIT.
 */
int fold_note_roster(struct fold *fold, const struct event *event, int sign, bool *ret_anew);

/* Closes the teams that no tick has met as far as the clock has closed the others. 0 or -ENOMEM. */
int fold_reach_clock(struct fold *fold);

/* ---- when the log is replayed ---- */

/* While the log is replayed: the tick with that number has settled every team as far as it was due then. */
void fold_tick(struct fold *fold, int64_t now_us, uint64_t number);

/*
 * The log is replayed: closes every squad to where the ticks had brought it; what came late since then is unsettled again,
 * and of a fold that is made anew all of it: what a new config finds in the past is to be numbered too. 0 or -ENOMEM.
 */
int fold_catch_up(struct fold *fold);

/* As squad_close_some for a team, about as much work as n records; FOLD_SLICE: a millisecond or so, if a day isn't more. */
enum { FOLD_SLICE = 512 };
int fold_close_some(struct fold *fold, int team, pace_day day, int n);

/* How many teams have nothing left of what fold_catch_up will close. */
int fold_closed_teams(const struct fold *fold);

/* Some days of one team of what fold_catch_up will close, about as much work as n records. 1: there may be more; 0; -ENOMEM. */
int fold_close_slice(struct fold *fold, int n);

/* ---- days ---- */

/* The local day of an event in its rep's zone. */
pace_day fold_event_day(const struct event *event, const struct zone *zone);

/* The instant at which a team's day closes, and the newest day that is closed at an instant. */
int64_t fold_day_close(const struct fold *fold, int team, pace_day day);
pace_day fold_closed_day(const struct fold *fold, int team, int64_t now_us);
int fold_teams(const struct fold *fold);

/* Of an indicator of promises: how many were kept on a day, as far as the squads have found. */
int fold_promises_kept(const struct fold *fold, uint32_t rep, int indicator, pace_day day);

#endif
