/*
 * engine.h - paced without the outside: events and time in, numbered alerts and answers out.
 *
 * One engine over one kv. Everything that it holds is a fold of the log; alerts are records. The daemon, the backtest
 * and the property tests run this same code. Pure: the time is an argument, the store is behind kv.h.
 *
 * Promise: the same accepted set of events and the same config give the same state, bit for bit (engine_dump), in
 * whatever order, batching and with whatever restarts it came about, once the clock stands at the same instant.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "estimate.h"
#include "alert.h"
#include "config.h"
#include "event.h"
#include "explain_state.h"
#include "kv.h"
#include "ledger.h"
#include "measure.h"
#include "pace/error.h"
#include "pace/wire.h"
#include "sources.h"
#include "squad.h"

struct engine;
struct memory;

enum engine_clock { ENGINE_WALL, ENGINE_EVENTS };

enum { ENGINE_REASON_SIZE = 200 };

/* Long work of one call, told as it goes on: records of the log read; teams whose days are closed. */
enum engine_work { ENGINE_READS, ENGINE_CLOSES };

/* What a call's time can have gone on, for who measures it: the engine has no clock. */
enum engine_part {
    ENGINE_CLOSE, /* days */
    ENGINE_INDEX, /* sealing and merging: a slice */
    ENGINE_DROP,  /* what is older than store.keep_days: a slice */
    ENGINE_PAGES, /* what is put: the log's new records, pages, base, book */
    ENGINE_SYNC,  /* the store's commit */
    ENGINE_PARTS
};

struct engine_setup {
    struct kv *kv;               /* borrowed for the engine's life */
    const struct config *config; /* borrowed */
    struct view config_text;     /* the file as read; kept in the log when it changed */
    int (*zone)(void *arg, const char *name, const struct zone **ret_zone); /* as zone_table_get */
    void *zone_arg;
    enum engine_clock clock;
    bool read_only;              /* fold the log from the beginning, ignore pages, write nothing: for verify */
    void (*progress)(void *arg, enum engine_work work, uint64_t done, uint64_t total); /* may be NULL */
    void *progress_arg;
    void (*passed)(void *arg, enum engine_part part); /* the time since the last one, or since the call began, went on that; may be NULL */
    void *passed_arg;
    volatile uint64_t *reading;  /* the number of the record that is being read at start, for who has to tell of a crash; may be NULL */
    const unsigned char *store_id; /* 16 random bytes, used if the store is new */
    uint64_t index_entries;        /* so many in memory are sealed (index.h); 0: by store.dedup_memory; UINT64_MAX: never */
    const struct memory *memory;   /* for the index, the dictionary and tables by key (memory.h); NULL: malloc's */
    uint64_t checkpoint_lag;       /* a page is put once its oldest change is so many records old; 0: ENGINE_CHECKPOINT_LAG */
};

/*
 * Opens what the kv holds, or begins anew. Folds what the checkpoint doesn't cover.
 * 0; -ENOMEM; PACE_ECORRUPT; PACE_ENEWER; -EINVAL (a zone of the config is missing); or what the store said.
 */
int engine_open(const struct engine_setup *setup, struct engine **ret_engine);

/* Drops what isn't committed. NULL-safe. */
void engine_destroy(struct engine **engine);

/*
 * Same store, new config: judged by from now on, and folded with in the background by engine_refold_step, while answers and
 * warnings still come from the config in force; then it takes over, and what was said stays said. One that is under way
 * is replaced; a config that makes no difference is dropped at once. 0; -EINVAL (a zone is missing), -ENOMEM,
 * PACE_ELIMIT or what the store said: everything is as it was. Whatever is returned, the configs borrowed from now on are those of
 * engine_config and engine_config_next, with their texts.
 */
int engine_reconfigure(struct engine *engine, const struct config *config, struct view config_text);

/* What engine_reconfigure would come to. Nothing changes. sample: the log's first records are
 * folded by way of trial, so that the caller can tell by the clock how long all of them take. 0, or
 * as engine_reconfigure. */
struct engine_forecast {
    bool changes;     /* the config makes a difference to the one in force */
    uint64_t records; /* so many would be folded anew, and then the days of all teams closed */
    uint64_t sampled; /* so many have been for the sample */
    pace_day counted_since; /* as engine_will_count_since */
};
int engine_forecast(struct engine *engine, const struct config *config, bool sample,
                    struct engine_forecast *ret);

/* The config in force, and the one that is being folded with (NULL: none; or the same, where people have changed zones). */
const struct config *engine_config(const struct engine *engine);
const struct config *engine_config_next(const struct engine *engine);

/*
 * A slice of that work: about n records of the log, or as much of closing days; at the end the swap, which commits. 1: there is
 * more to do; 0: nothing (any more). Anything else means that the engine can't go on: destroy it.
 */
int engine_refold_step(struct engine *engine, int n);

/* All of it. 0, or as engine_refold_step. */
int engine_refold_finish(struct engine *engine);

/*
 * What was made of the log by the config before, once that isn't in force any more; NULL: nothing, or it was taken. The engine
 * never looks at it again, but giving back all its memory takes long: another thread may do so, while that config is still
 * there. What nobody takes the engine gives back itself, with the next one at the latest.
 */
struct fold *engine_take_old(struct engine *engine);
void engine_old_destroy(struct fold **old);

enum engine_verdict { VERDICT_ACCEPTED, VERDICT_DUPLICATE, VERDICT_SUPERSEDED, VERDICT_REJECTED };

struct engine_answer {
    enum engine_verdict verdict;
    enum pace_code code; /* VERDICT_REJECTED */
    char reason[ENGINE_REASON_SIZE];
};

/*
 * One event. Under ENGINE_EVENTS the clock moves first (to recordedtime, else time; never back) and days that became due
 * are closed. Durable with the next engine_commit. 0 and *ret_answer (also for a rejected event, which leaves no trace);
 * anything else means that the engine can't go on: destroy it.
 */
int engine_take(struct engine *engine, const struct event *event, struct engine_answer *ret_answer);

/* The same for who has made the event's keys before (index_keys_of). */
struct index_keys;
int engine_take_keyed(struct engine *engine, const struct event *event,
                      const struct index_keys *keys, struct engine_answer *ret_answer);

/*
 * That event will be taken soon, best a dozen others later: what tells whether it is known, where
 * its keys belong, and its rep's newest tallies are fetched meanwhile into the processor's caches. Nothing that can be
 * asked for changes.
 */
void engine_expect(struct engine *engine, const struct event *event, const struct index_keys *keys);

/* Moves the clock (never back) and closes every day that is due by then. 0, or as engine_take. */
int engine_move_clock(struct engine *engine, int64_t now_us);

/*
 * The same in slices, for who has other things to do meanwhile: engine_set_clock moves the clock, and each engine_close_next
 * closes a team's day, or some where it has many. In between everything else may be done, also a commit and a restart, after
 * which it goes on by itself. 1: there is more to close; 0: nothing (any more). Else, and engine_set_clock: as engine_take.
 */
int engine_set_clock(struct engine *engine, int64_t now_us);
int engine_close_next(struct engine *engine);

/* There is more to close: some teams are closed up to a day, others not yet. */
bool engine_closes(const struct engine *engine);

/* The clock, TIME_NONE before the first event. */
int64_t engine_now(const struct engine *engine);

/* When engine_move_clock has something to do next; INT64_MAX: nothing in sight. */
int64_t engine_next_due(const struct engine *engine);

/*
 * The instant by which the newest day that any event fell on is closed for every team; backtest ends by moving there. An event
 * that was recorded before its time falls on the day on which it was recorded here.
 */
int64_t engine_end_of_data(const struct engine *engine);

/* The instant by which local day `day` is closed for every team. */
int64_t engine_day_close(const struct engine *engine, pace_day day);

/* Makes everything since the last one durable, with a slice of checkpoint pages. 0, or the store's sticky error. */
int engine_commit(struct engine *engine);

/* True if there is something to commit. */
bool engine_dirty(const struct engine *engine);

/* ---- what is older than store.keep_days ---- */

/*
 * Days that leave store.keep_days are settled, some at once: their events aren't taken any more, and the records are dropped,
 * while what they came to stays (engine_retain.c). The first day that is kept whole; DAY_NONE: nothing has left yet.
 */
pace_day engine_kept_since(const struct engine *engine);

/* A part of the log that was to go can't be read, the one with that first number: nothing is dropped any more. 0: none. */
uint64_t engine_kept_stuck(const struct engine *engine);

/* Each engine_commit does a slice of that. True: another one would go on, whether or not there is anything else to commit. */
bool engine_drops(const struct engine *engine);

/*
 * What was told of earlier days counts for nothing under the config in force, since records of them had been dropped when it
 * came; DAY_NONE: all that was ever told counts. engine_will_count_since: the same of the config that is being folded with, if
 * one is.
 */
pace_day engine_counted_since(const struct engine *engine);
pace_day engine_will_count_since(const struct engine *engine);

/* ---- alerts and the outbox ---- */

uint64_t engine_last_alert(const struct engine *engine);

/* 0 and views that hold until the next call of any engine function; -ENOENT; PACE_ECORRUPT. */
int engine_alert(struct engine *engine, uint64_t number, struct alert *ret_alert);

/* The outbox: alerts up to `published` have been handed to subscribers; durable with the next commit. */
uint64_t engine_published(const struct engine *engine);
void engine_set_published(struct engine *engine, uint64_t number);

/* "/paced/<store id>/<epoch>" */
const char *engine_alert_source(const struct engine *engine);

/* ---- quarantine: events that were refused ---- */

struct quarantine_note {
    uint64_t number;
    int64_t at_us;           /* the engine's clock, or wall time where the caller has it */
    enum pace_code code;
    struct view id, reason;  /* id may be empty or cut at 256 bytes */
    uint64_t digest;         /* XXH3-64 of the event's bytes */
    uint64_t bytes;          /* how long it was */
    struct view body;        /* only with quarantine.keep_body */
    uint64_t resent;         /* so often the same bytes came again, and were refused for the same */
    int64_t last_us;         /* when they last did */
};

/*
 * Keeps a note, drops the oldest beyond quarantine.keep_notes. What came before (bytes and code; among the newest NOTED_MOST) is
 * counted in its note instead, which takes the newest reason; unless its content is to be kept now and the note has none. number,
 * resent and last_us are given. Durable with the next commit.
 */
void engine_quarantine(struct engine *engine, const struct quarantine_note *note);

/* After so many days by the engine's clock a note's body is taken away, some notes a commit. */
enum { ENGINE_QUARANTINE_BODY_DAYS = 7 };

/* Forgets a note; no number is given twice. 0, -ENOENT, or what the store said. Durable with the next commit. */
int engine_quarantine_drop(struct engine *engine, uint64_t number);

/* The first note with a number >= `from`. 0, -ENOENT, PACE_ECORRUPT. Views as engine_alert. */
int engine_quarantine_next(struct engine *engine, uint64_t from, struct quarantine_note *ret_note);
uint64_t engine_quarantine_count(struct engine *engine);

/* ---- questions ---- */

struct engine_status {
    int64_t now_us;
    uint64_t log_records, accepted, duplicates, superseded, conflicts; /* duplicates: since the start of this process */
    uint64_t rejected[PACE_CODES];                                     /* since the start of this process */
    uint64_t parked; /* accepted since the start of this process, of nobody known: engine_unknown tells all */
    uint64_t unrated;  /* open opportunities whose amount counts for nothing: its currency has no
                          rate for its day */
    uint64_t overfull; /* keys with so many records that nothing under them counts (pairs.h,
                          deals.h) */
    uint64_t alerts, published, open_cases, quarantined;
    uint64_t resent; /* refused since the start of this process, and noted before */
    uint64_t index_entries, index_bytes;
    int index_runs;
    uint64_t index_given_up; /* records that were put into the index anew at start, since a run of it was damaged */
    uint64_t folded_anew;    /* so many records were folded anew at start: the store was folded with
                                another config, or by another version */
    bool behind; /* of closed days something came that open_cases and watched_days don't know yet */
    double watched_days; /* scheduled days of streams that were tested so far: nominal false alarms = this / ARL0 */
    int reps, teams, indicators, sources;
    int store_used_permille;
    pace_day last_closed; /* engine_last_closed */
    bool closing;         /* days are being closed: so many teams are still to be */
    int closing_teams;
    pace_day kept_since;  /* what was told of earlier days is dropped, or being dropped; DAY_NONE: nothing yet */
    uint64_t dropped;     /* so many records of the log are */
    bool dropping;        /* some are right now */
    pace_day counted_since; /* engine_counted_since */
    uint64_t stuck;       /* engine_kept_stuck; */
    int64_t stuck_us;     /* ... the clock when that was found by this process */
    bool refilling;       /* another config, or people in other zones, are being folded with: */
    uint64_t refill_records, refill_of; /* so many records of so many */
    int64_t refill_since_us;            /* the clock when that began */
};
void engine_status(const struct engine *engine, struct engine_status *ret_status);

/* Bytes of memory by what they are for, about; while another config is being folded with, both folds. Few milliseconds with a
 * million reps. */
struct engine_memory {
    uint64_t index;     /* which events are known */
    uint64_t tallies;   /* counts and sums of each rep and day */
    uint64_t threads;   /* leads, deals and the like that are going on */
    uint64_t detectors; /* what is usual for each rep, with the snapshots for what comes late */
    uint64_t people;    /* who works where, what was told about them */
    uint64_t strings;   /* names and words */
};
void engine_memory(const struct engine *engine, struct engine_memory *ret_memory);

/* The watched days of one indicator, by its place in engine_config. */
double engine_watched_days(const struct engine *engine, int indicator);

/* 0, or -ENOENT past the last. Sources are numbered from 0 in the order of their first event, or first word about them. */
int engine_source(struct engine *engine, int n, struct source_facts *ret_source);

/*
 * A known change (sales.change.introduced) and an indicator that it names or, naming none, one of all: how its reps did in the
 * ENGINE_CHANGE_DAYS days before it and in the closed ones of as many after. A count or sum per full scheduled day; a share
 * by the trials and successes of these days; a score as its mean. Levels aren't told.
 */
enum { ENGINE_CHANGE_DAYS = 28 };
struct engine_change {
    struct view change, kind, indicator, label;
    struct view measure; /* the indicator's kind */
    pace_day from;
    int reps;             /* whom it concerns, in roles in which the indicator is watched: one at least */
    int days_after;       /* closed days of the stretch after it */
    double before, after; /* -1: nothing to tell */
    pace_day counted_since; /* earlier days of the stretches count for nothing (engine_counted_since); DAY_NONE: all do */
};

/* By position, changes in order of time. 0, or -ENOENT past the last. Costs 56 days of every rep. */
int engine_change(struct engine *engine, int n, struct engine_change *ret_change);

/*
 * A case: a slip, and everything done about it until it is over (cases.h). A step is overdue once its day is closed.
 */
struct engine_case {
    uint64_t number;
    struct view rep, team, manager;
    struct ledger_case of;       /* of.marks is the engine's until its next answer */
    pace_day as_of;
    struct leadership record;    /* what the manager did with the rep, ahead of what the rep did */
};

/* The first case whose number is at least `from`, of one rep where `rep` isn't empty. 0; -ENOENT; -ENOMEM. */
int engine_case(struct engine *engine, uint64_t from, struct view rep, struct engine_case *ret_case);

/* What a rep's manager did with the rep in the twelve weeks until now. */
struct engine_coaching {
    struct view rep, team, manager;
    struct leadership record;
};

/* By position, in order of reps; those that work nowhere now are left out. 0, -ENOENT past the last, -ENOMEM. */
int engine_coaching(struct engine *engine, int n, struct engine_coaching *ret_coaching);

/* A promise, as all that was told until now and the closed days make it. */
struct engine_promise {
    struct view rep, commitment, text, indicator, label, manager, series, of_case;
    struct view state;    /* "open", or the newest verdict that ends it: promise_verdict_name */
    struct view outlook;  /* of one that is open: "on course", "in doubt", "at risk", "on course again"; empty: nothing can be told */
    bool by_manager, measured, renegotiated, moved;
    bool usual;           /* likely from the start at the usual pace: outside say-do */
    double probability;   /* of keeping it, on the newest tested day; -1: not known */
    pace_day at_risk_on;  /* the day on which it was told to be at risk; DAY_NONE */
    pace_day made, due;   /* due: DAY_NONE without a date */
    pace_day settled_on;  /* the closed day of that verdict; DAY_NONE */
    double target, so_far; /* measured: until the due day, or the newest closed one */
    int days_left;        /* working days after the newest closed one, up to the due day, of ten years; -1: no date, or settled */
};

/* By position, in order of reps and within one by (made, name); of one rep where `rep` isn't empty. 0, -ENOENT past the last or
 * for a rep that isn't known, -ENOMEM. */
int engine_promise(struct engine *engine, struct view rep, int n, struct engine_promise *ret_promise);

struct training_report;
struct growth_goal;
struct observation;

/* What became of trainings, of one or (`only` empty) of all: training.h, to be cleared. 0 or -ENOMEM. */
int engine_trainings(struct engine *engine, struct view only, struct training_report *ret_report);

/* A rep's own goals, and what was observed, as people.h has them: how many; 0 for who isn't known. */
int engine_growth_goals(struct engine *engine, struct view rep, const struct growth_goal **ret_goals);
int engine_observations(struct engine *engine, struct view rep, const struct observation **ret_observations);

/* What is looked for in an indicator: occasions, and its level in the EFFECT_DAYS working days after them and before. */
enum { EFFECT_DAYS = 20 };
enum effect_what {
    EFFECT_KEPT,           /* a rep's promise in it, from the day on which it was made: kept ... */
    EFFECT_BROKEN,         /* ... or not kept on its day */
    EFFECT_SESSION,        /* a coaching session whose topics name it, or the skill that it scores */
    EFFECT_SLIP_COACHED,   /* a slip, against the days before it began, from 20 working days after it was found, so that all are of
                              one age; such a session in those 20 ... */
    EFFECT_SLIP_UNCOACHED, /* ... or none: what comes back by itself */
    EFFECTS
};

struct engine_effect_side {
    int n, reps;                  /* occasions with both spans closed, of so many reps */
    struct estimate_range change; /* against before, as a share of it; not told with fewer than three reps */
};

struct engine_effect {
    int indicator;
    struct engine_effect_side of[EFFECTS];
    struct estimate_range keeping;  /* kept less broken */
    struct estimate_range coaching; /* slips coached less those that weren't: what coaching adds to regression to the mean */
};

/* Into room for as many as there are indicators, in their order; of levels none. 0 or -ENOMEM. */
int engine_effects(struct engine *engine, struct engine_effect *ret_effects, int *ret_n);

/* The name of a rep that a report means by number, until the next event. */
struct view engine_rep_name(struct engine *engine, uint32_t rep);

/* Why a stream is or isn't warning: DOMAIN section 4, "why, why not". */
enum stream_state {
    STREAM_NOT_BEGUN,   /* no event of this rep yet */
    STREAM_WARMING_UP,  /* fewer than 20 scheduled days seen */
    STREAM_QUIET,
    STREAM_TOO_FEW,     /* crossed, but below .5 a day: kept, not pushed */
    STREAM_SLIPPING,
    STREAM_PENDING,     /* silent on all sources: days wait */
    STREAM_NO_DATA,
    STREAM_TEAM_SHIFT,  /* crossed, held by the team's own shift */
    STREAM_FREE,        /* the day asked for isn't scheduled */
    STREAM_ON_LEAVE,    /* a recorded absence or a holiday, or not of this team that day */
    STREAM_SOURCE_DOWN, /* what feeds it was down: the day is unknown */
    STREAM_NOT_FRESH,   /* next to nothing of the day has come by now, as is usual with this rep */
};
const char *stream_state_name(enum stream_state state);

struct engine_stream {
    struct view indicator, label, kind, unit; /* kind: "count", "ratio", ...; unit: a currency, or empty */
    enum stream_state state;
    double target;        /* agreed: by a goal per full scheduled day, or by the config; 0: none */
    double outcome_known; /* of the trials of the last 60 days the share whose outcome is known; -1: doesn't apply */
    double rate;          /* lambda: per full scheduled day */
    double expected;      /* mu of the day */
    double count;         /* x of the day */
    double exposure;      /* e of the day, in full scheduled days */
    double season_factor; /* what the team usually does at that time of a quarter, as a share of its
                             average */
    double team_factor, weekday_factor, dispersion /* kappa */, caution /* psi */;
    double evidence_days; /* M */
    double good_days;     /* likewise of a favourable change; 0: nothing speaks for one */
    bool has_outlook;     /* a goal for a period was judged, on this day or the newest before it: */
    struct fact_target outlook;
    double threshold_days;/* ARL0 */
    int exposure_days;    /* seen so far */
    pace_day since;       /* open case: since; a feed is down: since then; else where the strongest change point stands; DAY_NONE */
    pace_day told_since;  /* open case: the warning told of this day instead, records that came later have moved it; DAY_NONE */
    pace_day unknown_from; /* since then a feed of it is down; DAY_NONE */
    double before, after; /* open case */
    uint64_t case_number; /* open case, or 0 */
    bool has_recent;      /* the case is open for ten days or more: */
    double recent;        /* ... the level of the newest ten */
    const char *waits_for; /* the label of what guards this one and is down, so that the case stays open; NULL */
    const char *reason;   /* why the newest warning of that case isn't pushed: as in alerts; NULL: it is, or there is none yet */
    enum explain_scale scale; /* how values are told */
    bool rises;           /* better when low: a slip is a rise */
    double ramp;          /* share of full output that is expected of a new hire; 1: no ramp */
    int tenure_days;      /* with a ramp: which day of it this is, from 1 */
    int rewarm_days;      /* scheduled days left of warming up again after a long time away */
    int silent_days;      /* scheduled days in a row without any record, up to this one ... */
    int64_t silent_records; /* ... but for so many, next to nothing */
    pace_day silent_from; /* ... and the first of them; DAY_NONE */
    bool gone;            /* silent for so long that it counts */
    pace_day ended_on;    /* a case ended within the last twenty days: recovered, or its level is the new normal; DAY_NONE: none */
    bool rebased;
    double ended_before, ended_after; /* of that case: the level before, and that of its last days */
    char text[EXPLAIN_STATE_SIZE];    /* all of this in words (explain_state.h); empty in lists of reps */
    double together_share;/* of what all indicators tell together (engine_rep), this one's */
};

struct engine_rep {
    struct view name, team, role, tz, manager;
    pace_day first_day, last_active, closed_to; /* last_active: by the clock's day; what is planned is none */
    pace_day back_on; /* away on the newest closed working day, or on the clock's: the next day (from that one on) with hours, by
                         what is known of leave and holidays; DAY_NONE: not away, or for a year and more */
    pace_day day; /* the one that the streams are told of */
    int n_streams;
    const struct engine_stream *streams;
    bool configured;                     /* stands in the config; else enrolled by itself */
    double together_days; /* of a day asked for: all indicators together, chance does this about
                             once in so many working days; 0: nothing */
    double unscheduled;                  /* share of the records on days that aren't scheduled: shown, not tested */
};

/* By position in the order of names. -ENOENT past the last. Views and streams hold until the next engine call. */
int engine_rep_at(struct engine *engine, int n, struct engine_rep *ret_rep);

/* Computes anew what late events changed of closed days in the team of whoever has that name, some days at a time, so that a question need
 * not take as long as all of them. 1: there is more; 0: there is nothing, or nobody; -ENOMEM. */
int engine_rep_close_some(struct engine *engine, struct view name);

/* Whether the config names somebody so (a rep, an alias, a manager), though no event has been about
 * them yet. */
bool engine_rep_configured(const struct engine *engine, struct view name);

/* By name or any alias, as it stood on the newest closed day that is a working day of the rep's (of the last two weeks; else the
 * newest closed one). -ENOENT. */
int engine_rep_find(struct engine *engine, struct view name, struct engine_rep *ret_rep);

/*
 * The n-th stretch of days [from, to) in which somebody, by name or any alias, is in one team by
 * what is known now, in order of time. 0 and a view until the next event; -ENOENT: past the last,
 * or nobody is known so.
 */
struct engine_stint {
    pace_day from, to;
    struct view team;
};
int engine_rep_stint(const struct engine *engine, struct view name, int n,
                     struct engine_stint *ret_stint);

enum { ENGINE_NEAR_SIZE = 128 };

/* The rep's name (met, or of the configuration) that a misspelt one comes nearest to; empty where none is near. Returns the buffer. */
char *engine_rep_near(const struct engine *engine, const char *name, char ret_near[ENGINE_NEAR_SIZE]);

/* As engine_rep_find, as it stood when `day` was closed (recomputed). -ENOENT no such rep; -ERANGE day not closed (yet). */
int engine_rep_on(struct engine *engine, struct view name, pace_day day, struct engine_rep *ret_rep);

/*
 * What is tallied of a rep's indicator on a local day (PART_MAIN of series.h; indicator empty: events of any kind), and how
 * many of that make one (indicator_unit; may be NULL). 0 or -ENOENT.
 */
int engine_tally(struct engine *engine, struct view rep, struct view indicator, pace_day day, int64_t *ret_count,
                 int64_t *ret_unit);

/* ---- the events behind a day ---- */

struct engine_event {
    const struct event *event;              /* as stored, and the one that counts for its record */
    const struct config *config;            /* its indicators ... */
    const struct measure_verdict *verdicts; /* ... what each of them made of it for that rep (measure.h) */
    bool bulk; /* one of ten or more that one source entered (recordedtime, else time) within two minutes */
};

typedef void engine_event_told(void *arg, const struct engine_event *told);

enum { ENGINE_EVENTS_MAX = 1 << 16 }; /* of one day of a rep; further ones aren't looked at */

/*
 * The events of a rep's local day, and those of others that an indicator credits to the rep on it, in order of time: `most`
 * of them from position `from` on. Views hold within `each`. *ret_total: how many there are. 0, -ENOENT (no such rep),
 * -EROFS (read_only), -ENOMEM, PACE_ECORRUPT or what the store said. What it costs: engine_events.c.
 */
int engine_events(struct engine *engine, struct view rep, pace_day day, int from, int most, engine_event_told *each,
                  void *arg, int *ret_total);

/* ---- what a source's records come to ---- */

struct engine_count_query {
    struct view source;
    pace_day first, last; /* local days of the reps, both included */
};

struct engine_count {
    const struct event *event; /* the one that counts for its record */
    struct view rep;           /* empty: nobody of the subject's name is known */
    pace_day day;
    const struct config *config;
    const struct measure_verdict *verdicts; /* of each of its indicators, for the subject */
};

typedef void engine_count_told(void *arg, const struct engine_count *count);

enum { ENGINE_COUNTS_RECORDS = 4096 }; /* of the log are looked at in one call */

/*
 * The source's records on these days among the next records of the log, from number `from` on (0: the beginning). *ret_next:
 * where to go on, 0: there is no more. Over several calls it is no snapshot: a record that is changed meanwhile can be
 * told twice or not at all. 0, -ENOENT (no such source), -EROFS (read_only), -ENOMEM, PACE_ECORRUPT or what the store said.
 */
int engine_counts(struct engine *engine, const struct engine_count_query *query, uint64_t from, engine_count_told *each,
                  void *arg, uint64_t *ret_next);

/* ---- for reports over the past ---- */

struct engine_deal {
    const struct event *event; /* of sales.opportunity.*, the one that counts for its record */
    struct view opportunity;
    struct view rep, owner;    /* whom its subject and its member owner name; empty: nobody known, or not told */
    pace_day day;              /* of the subject */
    bool has_amount;
    int64_t amount;            /* as told, in 1/10,000 of the organisation's currency */
};

typedef void engine_deal_told(void *arg, const struct engine_deal *deal);

/* What was told of opportunities, in the order of the log, from number `from` on; else as engine_counts. */
int engine_deals(struct engine *engine, uint64_t from, engine_deal_told *each, void *arg, uint64_t *ret_next);

typedef void engine_unknown_told(void *arg, const struct event *event);

/*
 * Events whose subject nobody is known by (and no manager either), which count for nobody: with enroll park those that are kept until
 * somebody is. Absences, goals and the like aren't among them. Else as engine_deals.
 */
int engine_unknown(struct engine *engine, uint64_t from, engine_unknown_told *each, void *arg, uint64_t *ret_next);

/* The first local day that anything shows anybody at work; DAY_NONE. */
pace_day engine_first_day(const struct engine *engine);

/* The newest day closed for every team; DAY_NONE. */
pace_day engine_last_closed(const struct engine *engine);

/* What a rep is scheduled for on a local day, in full days of 8 hours, less what is recorded of leave; 0: nothing. */
double engine_worktime(const struct engine *engine, struct view rep, pace_day day);

/* A week of a rep, Monday to Sunday: full days scheduled, and records that show the rep at work. */
struct engine_week {
    double days;
    int64_t records;
};

/* n weeks from `monday` on. 0 or -ENOENT. */
int engine_weeks(const struct engine *engine, struct view rep, pace_day monday, int n, struct engine_week *ret_weeks);

/*
 * What an indicator (by its place in engine_config) came to in such a week: a count or sum its amount; a share the successes of
 * the week by its trials; a score the mean; a level the quantity as the week ended. has_value: there is anything to tell, and
 * the indicator is of the rep's role.
 */
struct engine_amount {
    bool has_value;
    double value;
};
int engine_amounts(const struct engine *engine, struct view rep, int indicator, pace_day monday, int n,
                   struct engine_amount *ret_amounts);

/* ---- a store without an engine ---- */

struct engine_store {
    uint32_t schema, newest; /* its layout, and the newest one that this version knows */
    unsigned char id[16];
    uint32_t epoch;
};

/* What a store says of itself. 0; -ENOENT it is new; PACE_ECORRUPT; or what it said as a kv. */
int engine_store_read(struct kv *kv, struct engine_store *ret_store);

/* Its warnings are of another source from now on: those of this epoch. Durable with the next kv_commit. */
void engine_store_raise(struct kv *kv, uint32_t epoch);

/* What is told of a record to whoever must find out who sent it; cut to fit. */
struct engine_record {
    char source[128], type[128]; /* terminated; empty: no event, but a note of paced's own */
    int64_t time_us;
};

/* One record of the log, without a look at any other that isn't in its chunk. 0, -ENOENT, -ENOMEM, PACE_ECORRUPT, or what the kv said. */
int engine_store_record(struct kv *kv, uint64_t number, struct engine_record *ret_record);

/* ---- truth ---- */

/*
 * The canonical dump of the folded state: lines of text, sorted by names, doubles as hexadecimal floats. Does not depend
 * on arrival order, log numbers or internal ids.
 */
int engine_dump(struct engine *engine, void (*put)(void *arg, const char *line), void *arg);

/* XXH3-64 over the dump. */
int engine_dump_digest(struct engine *engine, uint64_t *ret_digest);

/*
 * What engine_open found with read_only: whether the index is what the log says. 0, PACE_ECORRUPT or what the store said. The
 * next engine_open makes it anew if engine_distrust_index is told before (durable with the next commit, of this engine or
 * of the store by itself).
 */
int engine_check_index(const struct engine *engine);
void engine_distrust_index(struct kv *kv);

/* A part of the index is damaged, as was found in passing: the next engine_open makes it anew. */
bool engine_index_damaged(const struct engine *engine);

/* Alert numbering and checksums. 0, or PACE_ECORRUPT with the first bad number. */
int engine_check_alerts(struct engine *engine, uint64_t *ret_bad);

#endif
