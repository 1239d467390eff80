/*
 * sources.h - where events come from: how many each source sent, how late, and what is known of its being complete.
 *
 * A source is known by the `source` attribute of its events; a word of a source (sales.source.heartbeat, .synced) is
 * about the source that its subject names. Where nobody ever named a source that way, what it told under any other
 * subject is about itself: a connector that calls itself "hubspot" while its events say "/hubspot/acme" is heard too.
 *
 * Everything but the refusals is a function of the set of accepted events, words of the set of those that count. Rows are
 * numbered from 0 in the order in which the names came. Pure.
 */
#ifndef CORE_SOURCES_H
#define CORE_SOURCES_H

#include "event.h"
#include "pace/wire.h"

struct dict;
struct kv;
struct sources;

enum { SOURCE_LAGS = 5, SOURCE_TYPES_MAX = 256 };

/* Days after which events are told: how many of a source's events were recorded later. As late_closings in series.h. */
extern const int source_lag_days[SOURCE_LAGS];

struct source_facts {
    struct view name;
    uint64_t events, conflicts;      /* accepted, superseded included; a row may be known by words about it alone */
    int64_t last_us;                 /* time of the newest event; TIME_NONE: none */
    uint64_t missing;                /* see sequence.h */
    int64_t through_us;              /* complete to: the latest `through`, in whole minutes; TIME_NONE: never told */
    int64_t heartbeat_us;            /* of the newest heartbeat, in whole minutes; TIME_NONE: none */
    int gaps;                        /* stretches without data that were told and don't touch */
    int64_t gap_from_us, gap_to_us;  /* the newest of them; TIME_NONE */
    uint64_t recorded;               /* events that told when they were recorded */
    uint64_t late[SOURCE_LAGS];      /* ... more than so many days after they happened */
    uint64_t rejected[PACE_CODES];   /* since the start of this process */
};

/* How far a source is to be trusted about a stretch of time. */
enum source_standing {
    SOURCE_FINE,         /* complete, or it never says */
    SOURCE_BEHIND,       /* it tells `through`, and that is before the end */
    SOURCE_GAP,          /* a gap that was told lies in the stretch, in part */
    SOURCE_NO_HEARTBEAT, /* it sends heartbeats, and there was none */
};

/* dict is borrowed. NULL: out of memory. */
struct sources *sources_create(struct dict *dict);
void sources_destroy(struct sources **sources);

/*
 * An accepted event and its names in the dictionary, whether or not it counts. Gives the number of
 * its source; what its words are about gets a number too. 0, -ENOMEM, PACE_ELIMIT.
 */
int sources_see(struct sources *sources, const struct event *event, const struct event_names *names,
                bool conflict, int *ret_source);

/* Up to when a source says here that all has been sent; TIME_NONE: it doesn't. A day is its beginning in UTC. */
int64_t sources_through(const struct event *event);

/* Whether sources_note wants events of this type. */
bool sources_is_word(struct view type);

/*
 * A word begins (sign 1) to count or ceases to (sign -1); sources_see has seen it. `through` and the times of heartbeats
 * are kept in whole minutes, rounded down; a plain date means the whole of it, in UTC. A gap without a beginning or an end
 * is none. Other types do nothing. 0 or -ENOMEM.
 */
int sources_note(struct sources *sources, const struct event *event, int sign);

/*
 * Takes in what was noted. *ret_from_us: before it no standing has changed since the last call; INT64_MAX: none at all,
 * INT64_MIN: any, or the types of a source have. 0 or -ENOMEM.
 */
int sources_settle(struct sources *sources, int64_t *ret_from_us);

/* An event was refused. A name that isn't known makes no row: what was never accepted takes no memory. */
void sources_refuse(struct sources *sources, struct view name, enum pace_code code);

/*
 * sources_store.c: what events told (not the words, not the refusals), as KV_BASE has it from `key` on: a value a source, by
 * its number. sources_put puts those that changed since the last call. sources_load takes the first n into sources that know
 * none yet; types that it knows are no news to sources_settle. 0, -ENOMEM, PACE_ECORRUPT or what the store said.
 */
int sources_put(struct sources *sources, struct kv *kv, uint64_t key);
int sources_load(struct sources *sources, struct kv *kv, uint64_t key, int n);

int sources_count(const struct sources *sources);

/* The number of a source, -1: not known. */
int sources_find(const struct sources *sources, struct view name);
int sources_number(const struct sources *sources,
                   uint32_t name); /* ... of which the dictionary's number is known */

struct view sources_name(const struct sources *sources, int source);

/*
 * The types of a source's accepted events, in order of their names; of more than SOURCE_TYPES_MAX the first ones. Holds until
 * the next sources_see.
 */
int sources_types(const struct sources *sources, int source);
struct view sources_type(const struct sources *sources, int source, int n);

/* 0, or -ENOENT past the last. Its words as of the last sources_settle. */
int sources_facts(const struct sources *sources, int source, struct source_facts *ret_facts);

/*
 * For the day [begin, end): the first that holds of gap, behind, no heartbeat; a source that isn't known is fine. Before its first
 * heartbeat none is missed. After the last one of a day it is missed if the day went on for long, and longer than is usual with
 * this source: as when it dies at ten in the morning. As of the last sources_settle.
 */
enum source_standing sources_standing(const struct sources *sources, int source, int64_t begin_us, int64_t end_us);

#endif
