/*
 * engine_inside.h - what the engine's own files share: engine.c (life and durability),
 * engine_take.c (events), engine_note.c (counters, index), engine_roster.c (what must be known
 * first), engine_base.c and engine_replay.c (store and log to state at start), engine_retain.c
 * (what is older than it is to be kept), engine_book.c (the books of facts at a commit),
 * engine_revise.c (a record and what came before it), engine_refold.c (once more, in the
 * background), engine_clock.c (days that close), engine_ask.c (questions), engine_dump.c,
 * quarantine.c. What a config makes of the log is a fold: engine_fold.h.
 */
#ifndef CORE_ENGINE_INSIDE_H
#define CORE_ENGINE_INSIDE_H

#include "dict.h"
#include "engine.h"
#include "engine_fold.h"
#include "extent.h"
#include "facts.h"
#include "index.h"
#include "ledger.h"
#include "log.h"
#include "noted.h"
#include "rest.h"
#include "sources.h"

enum {
    ENGINE_SCHEMA = 9, /* layout of the store; 3 had no KV_INDEX, 4 no KV_BASE, 5 no KV_FACT, 6 no
                        * place of what is superseded, and all of the log, 7 no extent of pages, and
                        * a book of what the dropped records were instead of what stays of settled
                        * days, 8 such a book instead of KV_REST and no note of which words of
                        * KV_META there are */
    ENGINE_SCHEMA_WORDS = 9,  /* the first one with that note */
    ENGINE_SCHEMA_PAGES = 8,  /* the first one that notes which pages there are */
    ENGINE_SCHEMA_ROSTER = 5, /* 1 had no KV_ROSTER, 2 no promises in it, 4 no coaching and no words
                                 of cases */
    ENGINE_CHECKPOINT_LAG = 1 << 20, /* blocks changed longer ago than so many records are put, a
                                        slice a commit */
    ENGINE_CHECKPOINT_SLICE = 256, /* at most, and ... */
    ENGINE_CHECKPOINT_SPREAD = 16, /* ... as many as it takes to put all while such a part of the lag
                                      comes */
    ENGINE_BASE_LAG = 1 << 16, /* ... and the base, when so many records came since */
};

/* One entry of the index on its way in: while folding, the memory where it belongs is fetched some records ahead. */
struct index_order {
    uint64_t hash, place, old_place; /* old_place: where the head moves away from; 0: a new entry with `flags` */
    unsigned flags;
};

enum { ENGINE_AHEAD = 32, ENGINE_REACH_RECORDS = 4096 };

/* The days of the events in a block of the log, in UTC and as told. */
struct engine_reach {
    pace_day least, most;
};

/* A fold that is being made beside the one in force: `next`, once it has been begun. */
struct refold {
    const struct config *config; /* NULL: none is wanted */
    struct view text;
    bool loads;                  /* what rests isn't all told anew yet ... */
    struct rest_place place;     /* ... but so far; before any of the log */
    uint64_t at;                 /* the log is folded so far */
    int64_t since_us;            /* the clock when it was asked for */
};

/* The book of the fold in force, while it is written anew (facts_pack.h). */
struct engine_packing {
    struct facts_pack *pack; /* NULL: it isn't */
    uint32_t of;             /* generation of that book */
    uint64_t chunks;         /* it had at the last commit */
    uint64_t left;           /* removals that the last time couldn't leave out */
};

/* What a type is, whatever the config. */
enum {
    TYPE_STATEMENT = 1, /* says something of people: people_is_statement */
    TYPE_WORD = 2,      /* of a source: sources_is_word */
    TYPE_OF_PEOPLE = 4, /* about people: indicator_about_people */
    ENGINE_TYPES = 64,
    ENGINE_EXPECTED = 8 /* a power of two */
};

/* An event that was told to come, as far as it was looked up meanwhile. */
struct engine_expected {
    uint64_t hash;    /* of the subject, for the dictionary */
    uint32_t subject; /* its number there */
    uint32_t rep;
};

struct engine_type {
    uint32_t name_plus_1, flags;
};

/* META_CHECKPOINT. */
struct engine_checkpoint {
    uint64_t floor;
    struct extent pages;
    uint64_t alerts;
};

/* What has become of days that are older than store.keep_days: engine_retain.c. DAY_NONE: nothing yet. */
struct engine_kept {
    pace_day since;      /* no event of an earlier day is taken any more, and the records of these days go */
    pace_day floor;      /* the tallies of the fold in force before that day are settled */
    uint64_t at;         /* ... by that number of the log */
    uint64_t config;     /* ... with a config of that digest */
    uint32_t book;       /* generation of the book that has what rests, until layout 8; 0: none */
    uint64_t chunks;     /* of it */
    struct extent rest;  /* else KV_REST has it, with these keys ... */
    pace_day swept;      /* ... of days before that one; DAY_NONE, with a book: of records that were dropped */
    pace_day counted;    /* ... and with nothing of earlier days: the fold's counted_from */
    struct extent pages; /* ... and these are they; n UINT64_MAX: a layout before 8 didn't note it */
    pace_day oldest_day; /* no event of the log's oldest chunk is of a later day, ... */
    uint64_t oldest;     /* ... the one with that first record; 0: not looked at */
    bool busy;           /* records are being dropped */
    uint64_t stuck;      /* the record with that number can't be read: none is dropped any more; 0: all can be */
    int64_t stuck_us;    /* the clock when that was found */
    struct measure_sweep *sweep; /* of the days before `floor`; NULL: not begun */
};

/* A team's day that is due: when it closed, and when its next one does. */
struct engine_due {
    int64_t at_us, next_us;
    int team;
};

/* A tick that isn't done yet: engine_clock.c. */
struct engine_closing {
    uint64_t number;         /* of its record; 0: there is none */
    int64_t now_us;          /* its clock */
    struct engine_due *list; /* a day of each team that is due: n, those before `at` are closed */
    int n, at;
    pace_day day;            /* of the next one, which is closed in part; DAY_NONE: it isn't begun */
    bool lost;               /* there was one, but the store doesn't know any more which */
};

struct engine {
    struct engine_setup setup;
    struct kv *kv;
    uint32_t layout;       /* of the store as it was found; 0: there was none */
    struct kv *roster;     /* has the table KV_ROSTER: kv, or one in memory when read_only */
    struct extent roster_extent; /* all keys of KV_ROSTER */
    bool new_extent;       /* it isn't in the store */
    struct dict *dict;
    struct log *log;
    struct index *index;   /* NULL when read_only */
    uint64_t indexed_to;   /* so much of the log was in its runs at start */
    bool has_base;         /* the store has one, as of this number of the log; without it is 0 */
    uint64_t base;
    uint64_t checkpoint_at; /* the log's last number at the last commit */
    uint32_t book;         /* generation of the book that goes with it, 0: none; it has so many chunks at least */
    uint64_t book_chunks;
    uint32_t next_book;    /* generation of the next one that is begun */
    struct engine_packing packing;
    struct engine_kept kept;
    struct engine_closing closing;
    struct index *audit;   /* read_only: the store's runs, to be compared with the log; NULL: they can't be */
    int audit_error;
    struct index_order ahead[ENGINE_AHEAD];
    unsigned ahead_from, ahead_to; /* counting up; entries are at their remainder */
    struct ledger *ledger;
    struct fold *fold;     /* what it answers and warns from */
    struct fold *next;     /* NULL: none, or not begun yet */
    struct fold *old;      /* the one before, which nobody looks at any more; NULL: none */
    struct refold refold;
    struct view config_text; /* of the fold's config; borrowed as that is */
    uint64_t folded_anew;    /* as engine_status tells */
    bool new_digest;       /* events said something of people since the digest was put */
    bool replaying;        /* the log is being read at start: the index is written some records late */
    struct engine_expected expected[ENGINE_EXPECTED]; /* by expected_n's remainder */
    unsigned expected_n;
    struct engine_type
        types[ENGINE_TYPES]; /* those met last, by the remainder of the dictionary's number */
    /* counted over the whole log: */
    struct sources *sources;
    struct engine_reach *reaches; /* of every ENGINE_REACH_RECORDS numbers of the log */
    size_t reaches_size;
    uint64_t accepted, superseded, conflicts;
    int64_t newest_us;
    pace_day newest_local;
    /* of this process: */
    uint64_t duplicates, parked, rejected[PACE_CODES];
    int64_t clock_us;
    bool dirty;
    uint64_t published;
    uint64_t quarantine_n, quarantine_last;
    uint64_t quarantine_aged; /* notes up to this number have been looked at: old bodies are gone */
    bool new_notes;           /* the first two have changed since they were put */
    struct noted noted;
    uint64_t resent; /* refused events of this process that had a note already */
    char alert_source[64];
    struct view alert_bytes;  /* of engine_alert */
    struct case_mark *case_marks; /* of the case that was asked for last */
    uint32_t *ordered, ordered_n; /* reps in the order of their names, as of the last question */
};

/* engine_take.c: that event of the log will go into the fold soon (engine_expect). */
void engine_expect_record(struct engine *engine, const struct fold *fold,
                          const struct log_record *record);

/* engine_note.c: a record that was just appended, or is being read at start: counters, sources,
 * index. keys: its event's, NULL: not made yet. */
int note_record(struct engine *engine, const struct log_record *record,
                const struct index_keys *keys);

/* What the type of a record's event is: a set of TYPE_... */
unsigned engine_type(struct engine *engine, const struct log_record *record);

/* What was told about the sources since the last call: closed days that it changes are marked. 0 or -ENOMEM. */
int sources_take_in(struct engine *engine);

/* Carries out what is ahead until at most `n` orders are left. */
int note_catch_up(struct engine *engine, unsigned n);

/*
 * engine_replay.c: the log into counters, index and the fold. From its first record on; or from what pages, base, book and
 * runs hold already; or from what was settled when records were dropped, and all that is kept.
 */
enum replay_from { REPLAY_LOG, REPLAY_PAGES, REPLAY_SETTLED };
int engine_replay(struct engine *engine, enum replay_from from, bool anew);

/* What the last commit noted; before layout 8 its floor only, pages.n UINT64_MAX and no alerts. 0, -ENOENT, PACE_ECORRUPT, or as
 * kv_get. */
int checkpoint_read(const struct engine *engine, struct engine_checkpoint *ret);

/* The days of an event are no later than this in any zone. */
pace_day event_last_day(const struct event *event);

/* Before what comes with a number of the log: from the number on by which they are, a fold takes days for settled. */
void retain_reach(const struct engine *engine, struct fold *fold, uint64_t number);

/* engine_retain.c: reads what is known of it. 0, PACE_ECORRUPT or what the store said. */
int retain_open(struct engine *engine);

void retain_close(struct engine *engine);

/* Whether a fold begins with what was settled: it has the same config. */
bool retain_is_settled(const struct engine *engine, const struct fold *fold);

/* A fold that was just created: from which day on it counts, since records of earlier ones are dropped. */
void retain_begin_fold(const struct engine *engine, struct fold *fold);

/* Whether the store had these pages: 0 or PACE_ECORRUPT. n UINT64_MAX: nobody noted it. */
int pages_check(const struct tally *tally, struct extent noted);

/* Whether the store has what rests, for a fold that begins with it: 0, PACE_ECORRUPT or what the
 * store said. */
int retain_check_rest(const struct engine *engine, const struct fold *fold);

/* Gives it the pages, then what rests of the next n keys. 0, -ENOMEM, PACE_ECORRUPT or what the
 * store said; 1: there may be more of what rests. */
int retain_load_pages(struct engine *engine, struct fold *fold);
int retain_load_rest(struct engine *engine, struct fold *fold, struct rest_place *place, size_t n);

/* Another fold has come into force. If it didn't begin with what was settled, that is forgotten. */
void retain_new_fold(struct engine *engine);

/* Before a commit: settles the tallies of days that have left store.keep_days, and drops some of their records. 0, -ENOMEM,
 * PACE_ECORRUPT or what the store said. */
int retain_step(struct engine *engine);

/* Events of days before it are neither taken nor revised at an instant. */
pace_day retain_since(const struct engine *engine, int64_t now_us);

/* Whether the log has that record still. */
bool retain_has(const struct engine *engine, uint64_t number);

/* engine_base.c: before a commit, puts what changed since the base was put, if that is long ago. 0 or -ENOMEM. */
int base_put(struct engine *engine);

/* engine_book.c: before a commit, what the books of facts have to put. 0, -ENOMEM, PACE_ECORRUPT, or what the store said. */
int books_commit(struct engine *engine);
void books_clear(struct engine *engine);

/* The fold in force is another than the base's: the next base_put puts it anew. */
void base_drop(struct engine *engine);

/* Counters and sources as of engine->base; and how far teams are settled, if the fold (or NULL) is the one of that base.
 * 0, -ENOENT (there is none), -ENOMEM, PACE_ECORRUPT. */
int base_load(struct engine *engine, struct fold *fold);

/* engine.c: that part of a call is done. */
void engine_passed(const struct engine *engine, enum engine_part part);

/* engine.c: what a fold of that config needs. */
struct fold_setup engine_fold_setup(struct engine *engine, const struct config *config);

/* A fold that was just created begins a book, if it needs one and the store is to last. 0 or -ENOMEM. */
int engine_begin_book(struct engine *engine, struct fold *fold);

/* The fold in force is another than the pages: the log notes it, the pages go. 0, -ENOMEM, PACE_ELIMIT. */
int engine_note_config(struct engine *engine);

/* engine_events.c: a record that was just appended, or is being read at start, falls on a day. 0 or -ENOMEM. */
int events_note(struct engine *engine, const struct log_record *record);

/* Room for that block of the log. 0 or -ENOMEM. */
int events_reach(struct engine *engine, size_t block);

/* Whether it is the event that counts for its record. 1, 0 or an error. */
int events_count_for_record(struct engine *engine, const struct log_record *record);

/* engine_deals.c: whether it counts for nobody, since its subject is neither a rep nor a manager. */
bool engine_is_unknown(const struct engine *engine, const struct event *event);

/* engine_refold.c: people are in other zones than those that the log was folded with: it is folded once more. */
void refold_want(struct engine *engine);

/* engine_roster.c: the roster table of what is in the log, made anew where the store has none to be trusted. */
int roster_open(struct engine *engine, bool anew);

/* Before a commit: how many there are. */
void roster_commit(struct engine *engine);

/* A fold that was just created gets to know all that events say of people. 0, -ENOMEM, PACE_ECORRUPT or what the store said. */
int roster_load(struct engine *engine, struct fold *fold);

/* The event of a record counts from now on (sign 1), or no longer does (sign -1). */
int roster_note(struct engine *engine, const struct log_record *record, int sign);

/* A record is about to be dropped: what it says is kept if it is to be known. 0, -ENOMEM, PACE_ELIMIT or what the store said. */
int roster_keep(struct engine *engine, const struct log_record *record);

/* A record that is read at start: words of sources that still count. */
int roster_recall(struct engine *engine, const struct log_record *record);

/* All of those up to a log number. 0, -ENOMEM, PACE_ECORRUPT or what the store said. */
int roster_recall_words(struct engine *engine, uint64_t to);

/*
 * engine_revise.c: an event that is in the log, into a fold; where it replaces one, that one out of it. `said` (NULL: nobody)
 * hears before either what begins (sign 1) or ceases (sign -1) to count. old: for what counted until now, filled where
 * record->place isn't 0, its views as of log_read. 0, -ENOMEM, PACE_ECORRUPT, PACE_ELIMIT, what `said` or the store said.
 */
typedef int engine_said(struct engine *engine, const struct log_record *record, int sign);
int engine_fold_in(struct engine *engine, struct fold *fold, const struct log_record *record, struct log_record *old,
                   engine_said *said);

/* One record of the log into a fold. 0, -ENOMEM, PACE_ECORRUPT, PACE_ELIMIT or what the store said. */
int engine_replay_record(struct engine *engine, struct fold *fold, const struct log_record *record);

/* engine.c: that long work goes on. */
void engine_goes_on(const struct engine *engine, enum engine_work work, uint64_t done, uint64_t total);

/* engine_clock.c: closes what is due by the clock. 0, -ENOMEM, or as ledger_settle. */
int clock_tick(struct engine *engine);

/* Closes the rest, if a tick is under way. As clock_tick. */
int clock_finish(struct engine *engine);

/* Reads whether a tick was under way, and, once the fold is there, does the rest of it. 0, what the store said; as clock_tick. */
int closing_open(struct engine *engine);
int closing_resume(struct engine *engine);

/* engine_ask.c: all reps in the order of their names. 0 or -ENOMEM. */
int engine_order(struct engine *engine, const uint32_t **ret_reps, uint32_t *ret_n);

/* quarantine.c */
int quarantine_open(struct engine *engine);

/* Part of a commit: takes the bodies of some old notes away, and puts how many there are. */
void quarantine_commit(struct engine *engine);

#endif
