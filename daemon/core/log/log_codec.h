/*
 * log_codec.h - log records as bytes, each packed against the ones before it.
 *
 * A body is a head and at most LOG_CHUNK_RECORDS records in groups of LOG_GROUP_RECORDS. The head
 * tells the number of records and where each group but the first begins (16 bits each,
 * little-endian, from the body's first byte; 0 for none). Each group decodes on its own, so one
 * record is found by reading at most a group.
 *
 * A record, all integers as varints, signed ones zigzagged; "last" is the last one in the group:
 *
 *   flags              kind, unit of the time's delta, what follows (enum in log_codec_inside.h)
 *   EVENT: source      dict id, where it isn't the last event's
 *          offset      minutes, where it isn't the last event's
 *          type        dict id
 *          subject     dict id
 *          time        delta to the last record's, in the largest of 60 s, 1 s, 1 ms, 1 us
 *                      that divides it
 *          id          bytes shared with the last event's id, bytes that follow, these
 *          record      likewise with the last record attribute; where it isn't the id
 *          revision    delta to the last one told; where it isn't 0
 *          localdate   delta to the UTC day of `time`; where told
 *          recorded    delta to `time`, us; where told
 *          sequence    delta to the last one told; where told
 *          place       number - place; for STANDING_REPLACES, and for STANDING_SUPERSEDED where it is told
 *          before      number - before; where it isn't 0
 *          members     count; each: id << 4 | form << 1 | bit, the name (as a WORD) for
 *                      MEMBER_OTHER, the value
 *   TICK:  now_us      as an event's time
 *   CONFIG: now_us, digest (8 bytes, little-endian), length, text
 *
 * A member's value: a WORD of up to LOG_WORD_MAX_BYTES is a dict id (bit 0), any other string its
 * length and bytes (bit 1 for a WORD); a NUMBER a signed integer; a BOOL nothing (the bit).
 *
 * Pure. Reading never goes beyond the bytes and never fails in another way than PACE_ECORRUPT,
 * whatever they are.
 */
#ifndef CORE_LOG_CODEC_H
#define CORE_LOG_CODEC_H

#include "log.h"

enum {
    LOG_GROUP_RECORDS = 16,
    LOG_GROUPS = LOG_CHUNK_RECORDS / LOG_GROUP_RECORDS,
    LOG_BODY_HEAD_BYTES = 2 * LOG_GROUPS, /* the count stands where the first group's place would */
    LOG_BODY_GROUP_END = UINT16_MAX,      /* no group begins beyond */
    LOG_WORD_MAX_BYTES = 64,
    /*
     * Beyond this many strings no new word is interned: the rest is for sources, types, subjects.
     */
    LOG_WORDS_DICT_COUNT = 1 << 21
};

/* The string that the next one may share its beginning with. */
struct log_string {
    size_t len;
    char bytes[EVENT_ATTRIBUTE_MAX_BYTES];
};

/* What a record is packed against, besides `records` all zero at the beginning of a group. */
struct log_context {
    uint64_t records; /* of this body, packed or read so far */
    uint64_t source_plus_1;
    int64_t offset_min, time_us, revision, sequence;
    struct log_string id, record;
};

/* An empty body: its head at `body`, LOG_BODY_HEAD_BYTES long. */
void log_body_begin(uint8_t *body, struct log_context *context);

/* A bound of the bytes that log_pack adds for this record. */
size_t log_pack_bound(const struct log_record *record);

/*
 * Adds one record to a body of *len bytes, which has room for log_pack_bound more, is less than
 * LOG_BODY_GROUP_END long and has less than LOG_CHUNK_RECORDS records; moves *len and the context
 * on, and fills record->names. `number` is the record's. 0, -ENOMEM or PACE_ELIMIT (the dictionary
 * is full; source, id, type, subject or record is longer than EVENT_ATTRIBUTE_MAX_BYTES; too many
 * members): then the body is as it was.
 */
int log_pack(struct log_context *context, struct dict *dict, struct log_record *record,
             uint64_t number, uint8_t *body, size_t *len);

/* Reads the records of one body. */
struct log_reader {
    const struct dict *dict;
    const uint8_t *body, *at, *end;
    uint64_t first; /* number of the first record */
    uint64_t count; /* records in the body */
    struct log_context context;
};

/* Stands before the first record. The bytes and the dict are borrowed. 0 or PACE_ECORRUPT. */
int log_reader_open(struct log_reader *reader, const struct dict *dict, uint64_t first,
                    struct view body);

/*
 * The body has grown and perhaps moved; what was in it is still there. The reader stays where it
 * is.
 */
void log_reader_follow(struct log_reader *reader, struct view body);

/* Goes to the beginning of the group of record number first + i, i < count. 0 or PACE_ECORRUPT. */
int log_reader_seek(struct log_reader *reader, uint64_t i);

/* True while there are records left. */
static inline bool log_reader_more(const struct log_reader *reader) {
    return reader->context.records < reader->count;
}

/*
 * The next record; there is one (log_reader_more). Its views go into the reader, the body and the
 * dict; those of id and record hold until the next call. Members beyond n_members are not written.
 * 0, or PACE_ECORRUPT: the reader is of no use then. Each group must begin where the one before
 * ended, and the last end with the body.
 */
int log_reader_next(struct log_reader *reader, struct log_record *ret_record);

/*
 * The same without giving it, in half the time. A record that isn't as it should be may be passed:
 * who wants to know reads it.
 */
int log_reader_pass(struct log_reader *reader);

#endif
