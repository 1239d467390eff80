/*
 * log_inside.h - what log.c (chunks, appending, reading) and log_walk.c share.
 */
#ifndef CORE_LOG_INSIDE_H
#define CORE_LOG_INSIDE_H

#include "log.h"
#include "log_codec.h"

struct buffer {
    uint8_t *bytes;
    size_t len, size;
};

/*
 * A copy of one chunk, since the store's views die with the next put, and a reader somewhere in it.
 */
struct chunk {
    uint64_t first;   /* 0: none */
    uint64_t suspect; /* what loading was about when it failed: a chunk's first number, or one that
                         no chunk has */
    struct buffer buffer;
    struct log_reader reader;
};

/* What META_LOG tells. */
struct extent {
    uint64_t records, strings, first;
};

struct log {
    struct kv *kv;
    struct dict *dict;
    uint64_t first;     /* number of the oldest record that is kept */
    uint64_t
        open_first;     /* number of the open chunk's first record, whether or not it's there yet */
    struct buffer open; /* the open chunk; its checksum is filled in when it is put */
    struct log_context context; /* after its last record */
    bool dirty;                 /* the open chunk has records that the store has not */
    struct extent told;         /* as the store has it */
    struct chunk cache;         /* for log_read */
    struct log_record scratch;  /* what it read last */
    bool scratch_holds;         /* its texts are where they were */
};

/*
 * The chunk with this number, which isn't beyond the last. A chunk that ends before it shows a
 * hole. 0, -ENOENT, -ENOMEM, PACE_ECORRUPT, or what the store said.
 */
int log_chunk_load(struct chunk *chunk, struct log *log, uint64_t number);

#endif
