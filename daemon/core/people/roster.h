/*
 * roster.h - the statements of events about people: who works where, when, what was promised, and what
 * was done for somebody's growth. A multiset, and lists of them.
 *
 * A statement is what one event says that people.h lists as a statement, without source, id,
 * record and revision: two events that say the same at the same time are one statement, counted
 * twice. The set holds what was put in less what was taken out, exactly: nothing depends on the
 * order, nothing stays behind. What follows from it is the business of people_*.c.
 */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include "calendar.h"
#include "event.h"

struct roster;
struct statement_terms;

enum {
    ROSTER_STATEMENTS_MAX = 1 << 20, /* different ones, in all; about 300 bytes each */
    /* Of one rep, beyond which none of that list holds: what no person can have is a mistake. */
    ROSTER_REP_MAX = 256,
    ROSTER_ABSENCES_MAX = 4096,
    ROSTER_GOALS_MAX = 4096,
    ROSTER_PROMISES_MAX = 4096,
    ROSTER_CASES_MAX = 4096,
    ROSTER_COACHING_MAX = 4096, /* of sessions, trainings, recognitions, observations, growth goals each */
    ROSTER_CHANGES_MAX = 1024, /* of the organisation */
};

enum statement_list {
    LIST_REP,
    LIST_ABSENCE,
    LIST_GOAL,
    LIST_PROMISE,
    LIST_CASE,
    LIST_SESSION, /* from here to LIST_GROWTH: people_coaching.c */
    LIST_TRAINING,
    LIST_RECOGNITION,
    LIST_OBSERVATION,
    LIST_GROWTH,
    LIST_CHANGE, /* the last: all before are kept by person */
    STATEMENT_LISTS
};

enum statement_what {
    SAYS_JOINED,
    SAYS_MOVED,
    SAYS_LEFT,
    SAYS_ABSENT,
    SAYS_NOT_ABSENT,
    SAYS_GOAL,
    SAYS_GOAL_ACKNOWLEDGED,
    SAYS_PROMISED,
    SAYS_PROMISE_CHANGED,
    SAYS_PROMISE_DONE,
    SAYS_PROMISE_WITHDRAWN,
    SAYS_CASE_ACKNOWLEDGED,
    SAYS_CASE_DISMISSED,
    SAYS_SESSION,
    SAYS_TRAINED,
    SAYS_RECOGNIZED,
    SAYS_OBSERVED,
    SAYS_GROWTH_GOAL,
    SAYS_CHANGE,
    STATEMENT_WHATS
};

/* A day, or an instant that means its day in some zone. */
struct moment {
    int64_t us;   /* TIME_NONE: a day */
    pace_day day; /* DAY_NONE: an instant; or, with TIME_NONE, not told */
};

/* Which texts a statement holds, by its list. */
enum {
    TEXT_TEAM = 0,
    TEXT_ROLE,
    TEXT_MANAGER,
    TEXT_TZ,
    TEXT_PATTERN,
    TEXT_RAMP,
    TEXT_ABSENCE = 0,
    TEXT_INDICATOR = 0,
    TEXT_RESULT,
    TEXT_PER,
    TEXT_PARENT,
    TEXT_PROMISE = 0,
    TEXT_WORDS,
    TEXT_ABOUT,
    TEXT_BY,
    TEXT_PROMISER,
    TEXT_CASE,
    TEXT_AGREED_BY,
    TEXT_SERIES,
    TEXT_REASON,
    TEXT_CASE_NUMBER = 0,
    TEXT_CASE_MANAGER,
    TEXT_CASE_REASON,
    TEXT_SESSION_BY = 0,
    TEXT_COACH,
    TEXT_TOPICS,
    TEXT_COMMITMENTS,
    TEXT_HELP_ASKED,
    TEXT_TRAINING = 0,
    TEXT_TRAINED_SKILL,
    TEXT_TRAINED_INDICATORS,
    TEXT_RECOGNIZED_BY = 0,
    TEXT_RECOGNIZED_FOR,
    TEXT_OBSERVED_BY = 0,
    TEXT_OBSERVED_SKILL,
    TEXT_GROWTH_SKILL = 0,
    TEXT_GROWTH_WORDS,
    TEXT_CHANGE = 0,
    TEXT_KIND,
    TEXT_TEAMS,
    TEXT_REPS,
    TEXT_INDICATORS,
    STATEMENT_TEXTS = 9
};

#define STATEMENT_UNTOLD INT64_MIN

struct statement {
    enum statement_what what;
    uint32_t who; /* as given; 0 for changes */
    int64_t time_us;
    uint64_t digest;        /* of the event's content */
    struct moment from, to; /* from: without the member the event's localdate, else its time; of a
                               promise to is when it is due */
    int64_t number;         /* target or fraction (1 where it isn't told), cost or score, in 1/10,000;
                               STATEMENT_UNTOLD where it isn't, but for goals and absences */
    int64_t duration;       /* of a session, in 1/10,000 s; else STATEMENT_UNTOLD */
    const char *texts[STATEMENT_TEXTS]; /* NULL: not told */

    /* For who keeps it: */
    pace_day day, last;            /* what from and to come to */
    pace_day said;                 /* the day of its time */
    struct statement_terms *terms; /* what the texts come to; freed with the statement */
    /* For the set and the list: */
    int place; /* in its row */
    uint32_t count;
    uint64_t hash;
    struct statement *next;
};

/* NULL: out of memory. */
struct roster *roster_create(void);
void roster_destroy(struct roster **roster);

/* Which list a type belongs to and what it says; false: no roster event. */
bool roster_reads(struct view type, enum statement_list *ret_list, enum statement_what *ret_what);
enum statement_list statement_list_of(const struct statement *statement);

/*
 * The statement of a roster event, not in any set. ret: owned, to be put or freed. 0 or -ENOMEM.
 */
int statement_make(const struct event *event, uint32_t who, struct statement **ret_statement);
void statement_free(struct statement **statement);

/*
 * The order of all statements of one list, but for what `from` comes to: by time, digest, and all
 * else that is told. 0 only where both tell the same of the same `who`.
 */
int statement_compare(const struct statement *a, const struct statement *b);

/* The one in the set that tells the same, or NULL. */
struct statement *roster_find(const struct roster *roster, const struct statement *like);

/* Into the set, which owns it then; nothing in there tells the same. 0, -ENOMEM, PACE_ELIMIT. */
int roster_put(struct roster *roster, struct statement *statement);

/* Out of the set: the caller owns it again. */
void roster_take(struct roster *roster, struct statement *statement);

uint64_t roster_bytes(const struct roster *roster); /* of the set and its statements */

/* ---- lists: pointers, in any order until they are sorted ---- */

struct statement_row {
    struct statement **at;
    int n, size;
};

/* Room for one more. 0 or -ENOMEM. */
int statement_row_reach(struct statement_row *row);
void statement_row_add(struct statement_row *row, struct statement *statement);
void statement_row_drop(struct statement_row *row, const struct statement *statement);
/* order compares two places of the list, as qsort does. */
void statement_row_sort(struct statement_row *row, int (*order)(const void *, const void *));

/* By (day, statement_compare): the order in which what rests on dates is told. */
int statement_order_by_day(const void *a, const void *b);

bool moment_told(struct moment moment);

/* The day of a moment, and the last day that an end touches: at midnight that is the day before. */
pace_day moment_day(struct moment moment, const struct zone *zone);
pace_day moment_last_day(struct moment moment, const struct zone *zone);

#endif
