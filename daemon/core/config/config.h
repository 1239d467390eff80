/*
 * config.h - the effective configuration, as plain data.
 *
 * Made by core/schema (the table of keys) from a tree that io/yaml parsed; io/config_file then adds
 * the days of the holiday files. Complete: every default is filled in. Everything is owned by the
 * config and lives until config_destroy; nothing in it changes after it was made. All strings are
 * NUL-terminated and hold no NUL inside. Arrays of named things are sorted by name (view_compare).
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "calendar.h"

enum {
    CONFIG_NAME_MAX_BYTES = 256,     /* names of people and teams, roles, labels, aliases, values */
    CONFIG_INDICATOR_MAX_BYTES = 64, /* names of indicators */
    CONFIG_INDICATORS_MAX = 256,
    CONFIG_SPANS_MAX = 6,          /* stretches of work in a day */
    CONFIG_SHARE_UNIT = 10000,     /* shares count in 1/10,000 */
    CONFIG_RAMP_MAX = 60,          /* steps of a ramp, of 30 days each */
    CONFIG_RATE_UNIT = 1000000000, /* rates count in 1/1,000,000,000 */
    CONFIG_HOLIDAYS_MAX = 10000,   /* days of one list of holidays */
};

/* A working week as it was written, breaks and all; struct workweek is made of it. */
struct config_span {
    uint16_t start_min, end_min; /* since local midnight; end_min may be 1440 */
};

struct config_hours {
    struct config_span spans[7][CONFIG_SPANS_MAX]; /* 0 = Monday; ascending, not overlapping */
    int n_spans[7];
};

/* Where something stands in the config's file; 1-based. */
struct config_place {
    int line, col;
};

/*
 * A list of public holidays. Without the days of its files, until config_holidays_add brought them.
 */
struct config_holidays {
    const char **sources; /* as written: paths of .ics files relative to the config's, or dates */
    const struct config_place *places; /* of each source */
    int n_sources;
    const pace_day *days; /* of all sources; ascending, each once */
    int n_days;
};

/* What one unit of a currency is worth in the organisation's, from a day on. */
struct config_rate {
    pace_day from;
    int64_t rate; /* above 0, in 1/CONFIG_RATE_UNIT */
};

struct config_currency {
    const char *name;          /* "USD" */
    struct config_rate *rates; /* ascending, one a day */
    int n_rates;
};

/* What is expected of the newly hired: their share of full output in each 30 days of tenure. */
struct config_role {
    const char *name;
    const int *ramp; /* 1 to CONFIG_SHARE_UNIT; full output after the last */
    int n_ramp;
};

struct config_manager {
    const char *name, *manager, *deputy; /* the last two may be NULL */
};

struct config_team {
    const char *name, *manager, *tz;  /* manager, tz may be NULL */
    struct config_holidays *holidays; /* NULL: the organisation's; may be an empty list */
};

struct config_rep {
    const char *name;
    const char *team, *role; /* "default" where not given */
    const char *tz;          /* NULL: the team's, then the organisation's */
    const char **aliases;    /* without the rep's own name */
    int n_aliases;
    bool has_workweek;
    struct workweek workweek;         /* part-time: overrides the organisation's */
    const struct config_hours *hours; /* what workweek was made of; NULL without one */
    bool has_workweek_odd;
    struct workweek workweek_odd; /* in weeks with an odd ISO number, instead of the other */
    const struct config_hours *hours_odd;
    struct config_holidays *holidays; /* NULL: the team's; may be an empty list */
    pace_day joined, left; /* first day, first day no more, unless events say otherwise; DAY_NONE */
};

/* What a key may on the control socket; each the ones before it, too. */
enum key_control { KEY_CONTROL_NONE, KEY_CONTROL_ASK, KEY_CONTROL_ORDER };

/* Somebody on another machine, known by a CURVE key, and what they may. */
struct config_key {
    const char *name;
    const char *key;      /* the public one, in Z85: 40 characters */
    const char **sources; /* that its events may come from; one that ends in * stands for all that begin so */
    int n_sources;
    bool alerts; /* may subscribe to warnings */
    enum key_control control;
    const char **teams; /* that it may ask about */
    int n_teams;        /* 0: all */
};

enum month {
    MONTH_JANUARY,
    MONTH_FEBRUARY,
    MONTH_MARCH,
    MONTH_APRIL,
    MONTH_MAY,
    MONTH_JUNE,
    MONTH_JULY,
    MONTH_AUGUST,
    MONTH_SEPTEMBER,
    MONTH_OCTOBER,
    MONTH_NOVEMBER,
    MONTH_DECEMBER
};
enum people_mode { MODE_TEAM_ONLY, MODE_REP_FIRST, MODE_MANAGER };
/* Whether managers are held to the steps of loop: */
enum config_hold { HOLD_AUTO, HOLD_ALWAYS, HOLD_NEVER };
enum people_enroll { ENROLL_AUTO, ENROLL_PARK, ENROLL_REJECT };

enum indicator_kind {
    KIND_COUNT,
    KIND_SUM,
    KIND_RATIO,
    KIND_LATENCY,
    KIND_LEVEL,
    KIND_SCORE,
    KIND_ADHERENCE,
    KIND_PROMISES,
    KIND_COUNT_OF
};
enum promises_by { PROMISES_BY_REP, PROMISES_BY_MANAGER, PROMISES_BY };
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
/* When trials and successes tied by a key count: successes as they come, against what the ages of
 * the open trials lead to expect, or both when the horizon (within) ends. */
enum ratio_settle { SETTLE_CURVE, SETTLE_HORIZON };
enum level_quantity {
    LEVEL_OPEN_AMOUNT,
    LEVEL_COVERAGE, /* open amount by the target */
    LEVEL_NO_NEXT_STEP,
    LEVEL_DAYS_IN_STAGE,
    LEVEL_PUSH_COUNT,
    LEVEL_CONTACTS_PER_DEAL,
    LEVEL_QUANTITIES
};

/* `where: {outcome: [held, done]}`: all members must match, each one of its values. */
struct config_where {
    const char *member;
    const char **values; /* as text: numbers and booleans as they were written */
    int n_values;
    int known; /* member_find(member) + 1; 0: it isn't of the table, or nobody asked */
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
    const char *guard;    /* name of the ratio that guards it; NULL: none */
    double target;        /* per full scheduled day; 0: none */
    bool count_automatic; /* filters.automatic: events with automatic: true count too */
    int64_t min_duration; /* filters.min_duration_s in 1/10,000 s; 0: any */
    int line;             /* where it stands, for messages */
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
    enum ratio_settle settle;     /* ratio; HORIZON only with a key */
    enum level_quantity quantity; /* level */
    const char *skill;            /* score */
    const char *stage;            /* adherence: the stage that was left ... */
    const char **steps;           /* ... and the types that belong before that, in order */
    int n_steps;
    enum promises_by promises_by; /* promises */
};

struct config {
    struct {
        const char *tz;
        struct workweek workweek;
        const struct config_hours *hours; /* what workweek was made of */
        struct config_holidays *holidays; /* NULL: none */
        enum month fiscal_year; /* january: with it fiscal years begin, and so do quarters */
        const char *currency;
        struct config_currency *currencies; /* the others, with their rates; by name */
        int n_currencies;
    } organisation;
    struct {
        enum people_mode mode;
        enum people_enroll enroll;
        struct config_manager *managers;
        int n_managers;
        struct config_role *roles; /* those with a ramp */
        int n_roles;
        struct config_team *teams;
        int n_teams;
        struct config_rep *reps;
        int n_reps;
    } people;
    struct config_indicator *indicators; /* in the file's order: that of the warnings' texts */
    int n_indicators;
    struct {
        double arl0_days;       /* 500 */
        double good_news_arl0_days; /* 500 */
        double off_target_below;    /* .2 */
        int64_t close_after_us; /* 6 h */
    } detection;
    struct {
        int per_week; /* 2 */
    } budget;
    struct {
        enum config_hold hold; /* auto */
        int acknowledge_days, coach_days, commit_days, follow_up_days, go_on_days, help_days,
            one_on_one_days; /* 2 5 3 5 10 5 10; 0: nobody is reminded */
    } loop;
    struct {
        uint64_t map_size_bytes;     /* 4 GiB */
        uint64_t map_max_bytes;      /* 0: map_size_bytes; see config_store_limit */
        int keep_days;               /* 800 */
        uint64_t dedup_memory_bytes; /* 256 MiB */
        int scrub_days;              /* 7; 0: only when asked */
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
        const char **ingest, **subscribe, **alerts, **control;
        int n_ingest, n_subscribe, n_alerts, n_control; /* subscribe: none by default */
    } sockets;
    struct config_key *keys; /* who may connect from elsewhere */
    int n_keys;
    uint64_t holidays_digest; /* of all days of all holidays, whatever files they came from */
    struct arena *arena;      /* owns all of it, this struct included */
};

/* All zero, with an arena to fill it from; only for who makes configs. NULL: out of memory. */
struct config *config_create(void);

/*
 * The holidays that hold for a rep of the config, or for who isn't one: the nearest level that has
 * a list wins, even an empty one. rep and team may be NULL. Never NULL.
 */
const struct config_holidays *config_holidays_of(const struct config *config,
                                                 const struct config_team *team,
                                                 const struct config_rep *rep);

/*
 * What one unit of a currency is worth in the organisation's, by the newest rate whose date isn't
 * after `day`; 1 for the organisation's own. 0 and the rate in 1/CONFIG_RATE_UNIT; -ENOENT: there
 * is none.
 */
int config_rate(const struct config *config, struct view currency, pace_day day, int64_t *ret_rate);

/*
 * An amount of one currency in another, by the rates of that day, exactly but for what is below a
 * unit of `amount` (1/10,000), which is cut off towards zero. An empty or absent `from` or `to` is
 * the organisation's currency. 0; -ENOENT: a rate is missing; -ERANGE: too large.
 */
int config_convert(const struct config *config, int64_t amount, struct view from, struct view to,
                   pace_day day, int64_t *ret_amount);

/* The month with which the organisation's fiscal years begin, 1 to 12. */
static inline int config_year_from(const struct config *config) {
    return 1 + (int)config->organisation.fiscal_year;
}

/* How large the store may become, in bytes. */
uint64_t config_store_limit(const struct config *config);

/* Who has that public key. NULL: `user` is empty, so it came from this machine and may do all. Of a key that isn't (or is no
 * longer) listed: one that may do nothing. */
const struct config_key *config_key_find(const struct config *config, struct view user);

/* The sockets, by the names of their keys below `sockets`: whether a key may connect to one. */
bool config_key_connects(const struct config_key *key, struct view socket);

/* Whether events of a source may come by a key. */
bool config_key_sends(const struct config_key *key, struct view source);

/* Whether a key may ask about a team. */
bool config_key_sees(const struct config_key *key, struct view team);

/* The number of the indicator with that name, -1: there is none. */
int config_indicator_find(const struct config *config, struct view name);

/* The role with that name, or NULL for one without a ramp. */
const struct config_role *config_role_find(const struct config *config, const char *name);

/*
 * Only for who makes configs. Adds the days of a source to a list of the config's holidays, in any
 * order and with repetitions. 0; -ENOMEM; PACE_ELIMIT beyond CONFIG_HOLIDAYS_MAX. Once all are
 * there, config_digest_holidays sets holidays_digest.
 */
int config_holidays_add(struct config *config, struct config_holidays *holidays,
                        const pace_day *days, int n);
void config_digest_holidays(struct config *config);

/* NULL-safe, sets *config to NULL. */
void config_destroy(struct config **config);

#endif
