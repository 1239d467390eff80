/*
 * config.h - the effective configuration, as plain data.
 *
 * Made by core/schema (the table of keys) from a tree that io/yaml parsed. Complete: every default
 * is filled in. Everything is owned by the config and lives until config_destroy; nothing in it
 * changes after it was made. All strings are NUL-terminated and hold no NUL inside. Arrays of named
 * things are sorted by name (view_compare).
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "calendar.h"

enum {
    CONFIG_NAME_MAX_BYTES = 256,     /* names of people and teams, roles, labels, aliases, values */
    CONFIG_INDICATOR_MAX_BYTES = 64, /* names of indicators */
    CONFIG_INDICATORS_MAX = 256,
    CONFIG_SPANS_MAX = 6, /* stretches of work in a day */
};

/* A working week as it was written, breaks and all; struct workweek is made of it. */
struct config_span {
    uint16_t start_min, end_min; /* since local midnight; end_min may be 1440 */
};

struct config_hours {
    struct config_span spans[7][CONFIG_SPANS_MAX]; /* 0 = Monday; ascending, not overlapping */
    int n_spans[7];
};

struct config_manager {
    const char *name, *manager, *deputy; /* the last two may be NULL */
};

struct config_team {
    const char *name, *manager, *tz; /* manager, tz may be NULL */
};

struct config_rep {
    const char *name;
    const char *team, *role; /* "default" where not given */
    const char *tz;          /* NULL: the team's, then the organisation's */
    const char **aliases; /* without the rep's own name */
    int n_aliases;
    bool has_workweek;
    struct workweek workweek;         /* part-time: overrides the organisation's */
    const struct config_hours *hours; /* what workweek was made of; NULL without one */
};

enum people_mode { MODE_TEAM_ONLY, MODE_REP_FIRST, MODE_MANAGER };
enum people_enroll { ENROLL_AUTO, ENROLL_PARK, ENROLL_REJECT };

enum indicator_kind {
    KIND_COUNT,
    KIND_SUM,
    KIND_RATIO,
    KIND_LATENCY,
    KIND_LEVEL,
    KIND_SCORE,
    KIND_ADHERENCE,
    KIND_COUNT_OF
};
enum indicator_direction { DIRECTION_UP, DIRECTION_DOWN }; /* up: more is better */

enum indicator_credit { CREDIT_SUBJECT, CREDIT_OWNER, CREDIT_EACH, CREDIT_SHARE };
enum indicator_distinct { /* per day */
    DISTINCT_NONE,
    DISTINCT_CONTACT,
    DISTINCT_ACCOUNT,
    DISTINCT_LEAD,
    DISTINCT_OPPORTUNITY
};
enum success_by { SUCCESS_BY_ANYONE, SUCCESS_BY_SAME_REP };

/* `where: {outcome: [held, done]}`: all members must match, each one of its values. */
struct config_where {
    const char *member;
    const char **values; /* as text: numbers and booleans as they were written */
    int n_values;
};

struct config_indicator {
    const char *name, *label; /* label defaults to the name with blanks for underscores */
    enum indicator_kind kind;
    enum indicator_direction direction;
    const char *of; /* type, or pattern as "sales.activity.*": what is counted, the trials, ...;
                       NULL where the kind has none */
    struct config_where *where;
    int n_where;
    const char **roles; /* empty: all */
    int n_roles;
    const char *guard;    /* name of the ratio that guards it, or NULL */
    double target;        /* per full scheduled day; 0: none */
    bool count_automatic; /* filters.automatic: events with automatic: true count too */
    int64_t min_duration; /* filters.min_duration_s in 1/10,000 s; 0: any */
    int line;             /* where it stands, for messages */

    /* Read, checked and printed, but not used by this version, which watches counts only. */
    enum indicator_credit credit;
    enum indicator_distinct distinct;
    struct config_where *trials_where; /* ratio: of the trials only */
    int n_trials_where;
    const char *member, *currency; /* sum: of `of`; currency NULL: the organisation's */
    const char *then; /* ratio: type of the success, NULL: same record; latency: of the answer */
    struct config_where *success_where;
    int n_success_where;
    const char *key;   /* ratio, latency: the member that ties the two together, or NULL */
    int64_t within_us; /* ratio, latency; 0: not given */
    enum success_by success_by;
    const char *quantity; /* level */
    const char *skill;    /* score */
    const char *stage;    /* adherence: the stage that was left ... */
    const char **steps;   /* ... and the types that belong before that, in order */
    int n_steps;
};

struct config {
    struct {
        const char *tz;
        struct workweek workweek;
        const struct config_hours *hours; /* what workweek was made of */
        const char **holidays;            /* paths, relative to the config file */
        int n_holidays;
        const char *currency;
    } organisation;
    struct {
        enum people_mode mode;
        enum people_enroll enroll;
        struct config_manager *managers;
        int n_managers;
        struct config_team *teams;
        int n_teams;
        struct config_rep *reps;
        int n_reps;
    } people;
    struct config_indicator *indicators; /* in the file's order: that of the warnings' texts */
    int n_indicators;
    struct {
        double arl0_days;       /* 500 */
        int64_t close_after_us; /* 6 h */
    } detection;
    struct {
        int per_week; /* 2 */
    } budget;
    struct {
        uint64_t map_size_bytes;     /* 4 GiB */
        int keep_days;               /* 800 */
        uint64_t dedup_memory_bytes; /* 256 MiB */
    } store;
    struct {
        int fresh_days; /* 10 */
    } alerts;
    struct {
        int64_t max_ahead_us; /* 0: by clock mode (1 day wall, 400 days events) */
        int credit_events;    /* unacknowledged events a client may have outstanding: 65536 */
    } ingest;
    struct {
        bool keep_body; /* false */
        int keep_notes; /* how many of the newest notes are kept: 10000 */
    } quarantine;
    struct { /* endpoints; "{runtime}" is replaced by the runtime directory when they are bound */
        const char **ingest, **alerts, **control;
        int n_ingest, n_alerts, n_control;
    } sockets;
    struct arena *arena; /* owns all of it, this struct included */
};

/* All zero, with an arena to fill it from; only for who makes configs. NULL: out of memory. */
struct config *config_create(void);

/* NULL-safe, sets *config to NULL. */
void config_destroy(struct config **config);

#endif
