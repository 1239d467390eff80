/*
 * alert.h - one warning: its facts, its words, its number; and its stored form.
 *
 * Alerts are records of the past: numbered from 1 without holes, never changed once committed. JSON is made of them by
 * io/alert_json.c. The kinds are those of DOMAIN section 4.
 */
#ifndef CORE_ALERT_H
#define CORE_ALERT_H

#include "day.h"
#include "view.h"

enum alert_kind {
    ALERT_SLIP, ALERT_OFF_TARGET, ALERT_COMMITMENT_AT_RISK, ALERT_COMMITMENT_VERDICT, ALERT_DEAL_STALLED,
    ALERT_COACHING_OVERDUE, ALERT_TRAINING_FADING, ALERT_TEAM_SHIFT, ALERT_IMBALANCE, ALERT_SOURCE_SILENT,
    ALERT_NO_DATA, ALERT_RECOVERED, ALERT_RELAPSED, ALERT_REBASED, ALERT_GOOD_NEWS, ALERT_REVISED, ALERT_DIGEST,
    ALERT_SILENCE_ENDED, ALERT_ERASED, ALERT_KINDS
};

/* "slip", "off_target", ...; NULL outside the range. Stored as numbers: append only. */
const char *alert_kind_name(enum alert_kind kind);

enum { ALERT_LIST_MAX = 4, ALERT_MEMBERS_MAX = 64, ALERT_PARTS_MAX = 6 };

/* With nine chances in ten it lies between these. */
struct alert_range {
    double low, high;
};

/* One of the rep's indicators that make up the evidence. */
struct alert_part {
    struct view indicator, label;
    double before, after; /* as in struct alert */
    double share;         /* of the evidence, 0 to 1 */
};

/* Where a rep stands against what was agreed for a period. */
struct alert_target {
    double target, so_far;
    double expected;      /* by the end of the period, at today's pace */
    double probability;   /* of reaching it */
    pace_day from, to;    /* the period's first and last day */
};

/* What leadership did with a rep in the last weeks, before what the rep did. */
enum leadership_goal { LEADERSHIP_GOAL_NONE, LEADERSHIP_GOAL_SET, LEADERSHIP_GOAL_AGREED };

struct leadership {
    bool known;                  /* somebody in the organisation records sessions */
    int days;                    /* ... of so many calendar days, twelve weeks at most */
    enum leadership_goal goal;   /* for the indicator */
    int sessions, sessions_due;  /* the manager's one-on-ones */
    pace_day last_session;       /* ever; DAY_NONE */
    int promises, promises_kept; /* of the manager's to the rep, those with a verdict */
    int reminders;               /* steps that weren't taken in time */
    int recognitions;            /* words of recognition; not kept with an alert ... */
    pace_day recognized_on;      /* ... the newest ever, DAY_NONE */
};

struct alert {
    uint64_t number;
    enum alert_kind kind;
    bool push;                 /* is it to reach a person by itself? */
    struct view subject;       /* rep, team, manager or source */
    struct view rep, team, manager, indicator; /* empty where they don't apply */
    struct view indicator_label;
    uint64_t case_number;      /* number of the alert that opened the case; 0: none */
    uint64_t revises;          /* number of the earlier alert; 0: none */
    int64_t time_us;           /* the instant at which the day in question closed */
    pace_day raised_on;        /* the closed local day */
    pace_day since;            /* estimated first day of the change; DAY_NONE */
    bool has_rates;
    double before, after;      /* per full scheduled day (ratios 0-1) */
    double evidence_days;      /* M: chance does this about once in so many working days; 0: not applicable */
    struct view reason;        /* "gone", "too_few", "held_back", ...; may be empty */
    struct view text;          /* one paragraph, to be read aloud */
    struct view drivers[ALERT_LIST_MAX], levers[ALERT_LIST_MAX], questions[ALERT_LIST_MAX];
    int n_drivers, n_levers, n_questions;
    struct view members[ALERT_MEMBERS_MAX]; /* team_shift: the reps that moved; source_silent: the other sources told that day */
    int n_members, n_team;                  /* k listed of n */
    bool has_ranges;                        /* the next two, and of `since` if it isn't DAY_NONE */
    struct alert_range before_range, after_range;
    pace_day since_early, since_late;       /* DAY_NONE: not known */
    double manager_days;       /* over all that this manager's teams have under watch, chance does this about once in so many
                                  working days; 0: not applicable */
    struct alert_part parts[ALERT_PARTS_MAX]; /* strongest first; none: the indicator alone */
    int n_parts;
    bool has_target;
    struct alert_target target;
    struct view commitment, verdict; /* of a promise: its name and what became of it (promise_verdict_name) */
    bool measured;             /* ... counted from the events; otherwise as it was declared */
    struct leadership leadership; /* of a slip; not known: nothing of it is recorded */
    struct view step;          /* coaching_overdue: what wasn't done (case_step_name) */
    int level;                 /* ... 1: told to the manager, 2: one level up */
};

/* Packed form, checksummed. Returns the bytes needed; writes them only if they fit in size. */
size_t alert_pack(const struct alert *alert, void *buffer, size_t size);

/* 0 and views into `bytes`, of records of version 1 too; PACE_ECORRUPT. */
int alert_unpack(struct view bytes, struct alert *ret_alert);

#endif
