/*
 * log.h - the truth: everything that was accepted, in the order of acceptance, packed and
 * checksummed.
 *
 * Records are numbered from 1 without holes. They are packed into chunks of at most
 * LOG_CHUNK_RECORDS (format in log_codec.h: varints, dictionary ids, deltas to the record before;
 * XXH3-64 over the chunk) under the number of their first record. The last chunk is kept open in
 * memory and put again as it grows, so that small commits don't make small chunks. Its oldest chunks
 * can be dropped: then the first record has another number than 1, and the rest keep theirs.
 * decode(encode(x)) = x for every record whose member names, where of the table, are the table's.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "event.h"

struct kv;
struct dict;
struct log;

enum { LOG_CHUNK_RECORDS = 256 };

enum log_kind {
    LOG_EVENT = 0,
    LOG_TICK = 1,   /* the clock passed a due moment and something was done: now_us */
    LOG_CONFIG = 2, /* what the fold depends on from here on: text (the config file), digest */
};

/* How an event stood when it was accepted. */
enum log_standing {
    STANDING_NEW = 0,      /* first event of its record: it counts */
    STANDING_REPLACES = 1, /* a newer revision: it counts, `place` no longer does */
    STANDING_SUPERSEDED =
        2, /* not newer than `place`, which counts on: kept for its id, and for when it was known */
};

struct log_record {
    uint64_t number; /* filled by log_append and by reading */
    enum log_kind kind;
    struct event event;         /* LOG_EVENT */
    struct event_names names;   /* LOG_EVENT; filled by log_append and by reading */
    enum log_standing standing; /* LOG_EVENT */
    /*
     * Number of the event of its record that counted until now; 0 of the first one, and of what was
     * superseded before logs told it. `before`: of the one that came last before this one, where
     * that is another; 0: it isn't. So an event of a record leads to all that came before it,
     * newest first: log_before.
     */
    uint64_t place, before;
    bool conflict;    /* LOG_EVENT: equal revision, other content than what counted */
    int64_t now_us;   /* LOG_TICK, LOG_CONFIG */
    uint64_t digest;  /* LOG_CONFIG: of all that the fold depends on besides the log */
    struct view text; /* LOG_CONFIG */
};

/*
 * kv and dict are borrowed for the log's life. Of the chunks only the last is read. 0, -ENOMEM,
 * what the store said, or PACE_ECORRUPT: the last chunk is bad, or there are fewer records or
 * strings than the last flush has left.
 */
int log_open(struct kv *kv, struct dict *dict, struct log **ret_log);
void log_destroy(struct log **log);

/* Number of the event of the same record that came last before this one, 0: none did. */
static inline uint64_t log_before(const struct log_record *record) {
    return record->before ? record->before : record->place;
}

/* Number of the newest record, 0 for none. */
uint64_t log_last(const struct log *log);

/* Number of the oldest record that is kept, or will be: 1 until something was dropped. */
uint64_t log_first(const struct log *log);

/*
 * The last number of the oldest chunk, which is in the store; log_drop_oldest takes it away, with
 * the next commit. 0; -ENOENT: there is none but the open one, which stays; PACE_ECORRUPT; or what
 * the store said.
 */
int log_oldest(const struct log *log, uint64_t *ret_end);
int log_drop_oldest(struct log *log);

/*
 * Appends; sets record->number. 0, -ENOMEM, or PACE_ELIMIT: the dictionary is full, or source, id,
 * type, subject or record is longer than EVENT_ATTRIBUTE_MAX_BYTES. Then nothing was appended. The
 * record's views may come from log_read.
 */
int log_append(struct log *log, struct log_record *record);

/*
 * Puts into the store what is new: the open chunk, how much there is, and where it begins. Call
 * before kv_commit.
 */
void log_flush(struct log *log);

/*
 * One record by number, committed or not. A read costs the check of a chunk and the decoding of
 * some records (3 us); reads near each other only the decoding (0.2 to 1 us). 0, -ENOENT (dropped, or
 * not there yet), -ENOMEM, PACE_ECORRUPT, or what the store said. Only what its kind has is set in *ret_record, of the
 * members n_members. Its views hold until the next log_read, whatever is appended, put or committed
 * meanwhile.
 */
int log_read(struct log *log, uint64_t number, struct log_record *ret_record);

/*
 * Calls `each` for every record that is kept from number `from` on, in order, committed or not. A non-zero
 * return of `each` ends the walk and is returned. Else 0, -ENOMEM, what the store said, or
 * PACE_ECORRUPT with *ret_bad: the first number of the chunk concerned, or the first one that no
 * chunk has. `each` may read and walk the log, put and commit, but not append.
 */
typedef int log_visited(void *arg, const struct log_record *record);
int log_walk(struct log *log, uint64_t from, log_visited *each, void *arg, uint64_t *ret_bad);

/*
 * As log_walk, and `expect` hears of each event LOG_AHEAD records before `each` visits it, or at the
 * beginning of its chunk: what it will need can be fetched meanwhile. It changes nothing.
 */
enum { LOG_AHEAD = 8 };
typedef void log_heard(void *arg, const struct log_record *record);
int log_walk_ahead(struct log *log, uint64_t from, log_heard *expect, log_visited *each, void *arg,
                   uint64_t *ret_bad);

#endif
