/*
 * engine_inside.h - what the engine's own files share: engine.c (life and durability), engine_take.c (events),
 * engine_clock.c (days that close), engine_fold.c (log to state), engine_ask.c (questions), engine_dump.c, quarantine.c.
 */
#ifndef CORE_ENGINE_INSIDE_H
#define CORE_ENGINE_INSIDE_H

#include "dict.h"
#include "engine.h"
#include "index.h"
#include "ledger.h"
#include "log.h"
#include "people.h"
#include "sequence.h"
#include "squad.h"
#include "tally.h"

enum {
    ENGINE_SCHEMA = 1,       /* layout of the store */
    ENGINE_FOLD_VERSION = 1, /* raise it when the same log folds to another state */
    ENGINE_CHECKPOINT_LAG = 1 << 20, /* blocks changed longer ago than so many records are put, a slice a commit */
    ENGINE_CHECKPOINT_SLICE = 256,
};

/* What the config makes of an event type; kept by the type's dictionary id. */
struct type_row {
    bool known, about_people;
    uint16_t *indicators; /* those that cover it */
    int n_indicators;
};

struct source_row {
    uint32_t name;
    uint64_t events, conflicts;
    int64_t last_us;
    struct sequence sequence; /* of its events */
};

/* A team's squad and when its days close: when they have ended in every zone of the team, plus close_after. */
struct squad_row {
    struct squad *squad;   /* NULL until the first rep */
    const struct zone **zones;
    int n_zones;
    uint64_t settled_at;   /* log number of the tick that settled it last; 0: not under this config */
    bool reconfigured;     /* folded under a new config and not settled since */
    /* during the fold: */
    bool met;              /* a tick has met it: the next one is known to have settled it */
    pace_day folded_to;
    pace_day late_day;     /* oldest day changed since that tick */
};

/* One entry of the index on its way in: while folding, the memory where it belongs is fetched some records ahead. */
struct index_order {
    uint64_t hash, place, old_place; /* old_place: where the head moves away from; 0: a new entry with `flags` */
    unsigned flags;
};

enum { ENGINE_AHEAD = 32 };

struct engine {
    struct engine_setup setup;
    const struct config *config;
    struct kv *kv;
    struct dict *dict;
    struct log *log;
    struct index *index;   /* NULL when read_only */
    struct index_order ahead[ENGINE_AHEAD];
    unsigned ahead_from, ahead_to; /* counting up; entries are at their remainder */
    struct ledger *ledger;
    /* the fold, built anew by a new config: */
    struct people *people;
    struct tally *tally;
    struct squad_row *squads; /* [team] */
    uint32_t n_joined;        /* reps that are in their squads */
    struct type_row *types;
    uint32_t n_types;
    uint64_t fold;            /* digest of what the fold depends on besides the log */
    bool refolded;            /* the fold isn't the one that the last tick settled */
    uint64_t fold_from;       /* log numbers from here on are applied when folding */
    bool folding;             /* the log is being replayed: ticks close the squads */
    const struct zone *zone;  /* the organisation's */
    /* counted over the whole log: */
    struct source_row *sources;
    int n_sources, sources_size;
    int *source_of;           /* by dictionary id: row or -1 */
    uint32_t source_of_size;
    uint64_t accepted, superseded, conflicts;
    int64_t newest_us;
    pace_day newest_local;
    /* of this process: */
    uint64_t duplicates, rejected[PACE_CODES];
    int64_t clock_us, next_due_us;
    bool dirty;
    uint64_t published;
    uint64_t quarantine_last;
    char alert_source[64];
    struct view alert_bytes;  /* of engine_alert */
    struct engine_stream *asked; /* [indicator] of the last answer */
    uint32_t *ordered, ordered_n; /* reps in the order of their names, as of the last question */
};

/* engine_fold.c */

/* People, tallies, squads, types for a config; 0, -ENOMEM, -EINVAL, PACE_ELIMIT. What was there is given up by fold_drop. */
int fold_create(struct engine *engine);
void fold_drop(struct engine *engine);

/* Frees what was counted by source; the rows are given up. */
void sources_drop(struct engine *engine);

/* Loads pages (unless the fold is to begin anew), walks the log, brings the squads to where the last ticks left them. */
int fold_replay(struct engine *engine, bool from_pages);

/* Closes the teams that were met after the last tick as far as the clock has closed the others. 0 or -ENOMEM. */
int fold_reach_clock(struct engine *engine);

/* A record that was just appended, or is being replayed: counters and index. */
int fold_note(struct engine *engine, const struct log_record *record);

/* What an event adds (sign 1) or no longer adds (sign -1), because of log record `number`. */
int fold_apply(struct engine *engine, const struct event *event, int sign, uint64_t number);

/* The local day of an event in its rep's zone. */
pace_day fold_event_day(const struct event *event, const struct zone *zone);

/* The instant at which a team's day closes, and the newest day that is closed at an instant. */
int64_t fold_day_close(const struct engine *engine, int team, pace_day day);
pace_day fold_closed_day(const struct engine *engine, int team, int64_t now_us);
int fold_teams(const struct engine *engine);

/* engine_clock.c: closes what is due by the clock. 0, -ENOMEM, or as ledger_settle. */
int clock_tick(struct engine *engine);

/* engine_ask.c: all reps in the order of their names. 0 or -ENOMEM. */
int engine_order(struct engine *engine, const uint32_t **ret_reps, uint32_t *ret_n);

/* quarantine.c */
int quarantine_open(struct engine *engine);

#endif
