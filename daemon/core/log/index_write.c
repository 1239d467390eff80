/*
 * index_write.c - a run in the making: what comes in order leaves as values and pieces of the filter.
 */
#include "index_inside.h"

#include <errno.h>

enum { ENTRY_BYTES = sizeof(struct entry), VALUE_BYTES = VALUE_HEAD + VALUE_ENTRIES * ENTRY_BYTES };

int writer_open(struct writer *writer, const struct index_setup *setup, uint32_t id, uint64_t entries) {
    *writer = (struct writer){.kv = setup->kv};
    writer->run = run_create(setup->memory, id, entries);
    writer->bytes = malloc((int)VALUE_BYTES > (int)PIECE_BYTES ? VALUE_BYTES : VALUE_HEAD + PIECE_BYTES);
    if (writer->run && writer->bytes)
        return 0;
    writer_close(writer);
    return -ENOMEM;
}

void writer_close(struct writer *writer) {
    run_destroy(&writer->run);
    free(writer->bytes);
    *writer = (struct writer){0};
}

/* The buffer is the values': a piece is put between two of them, or after the last. */
static void piece_put(struct writer *writer, uint32_t p) {
    struct run *run = writer->run;
    const uint64_t *blocks = filter_words(&run->filter, (uint64_t)p * PIECE_BLOCKS);
    size_t len = blocks ? piece_bytes(&run->filter, p) : 0;
    if (len)
        memcpy(writer->bytes + VALUE_HEAD, blocks, len);
    value_put(writer->kv, run_key(run, RUN_PIECES + p), writer->bytes, VALUE_HEAD + len);
}

static void pieces_put(struct writer *writer, uint32_t before) {
    for (; writer->piece < before; writer->piece++)
        piece_put(writer, writer->piece);
}

/* With the pieces of the filter that no later entry will be in. */
static void value_flush(struct writer *writer, uint64_t next_hash) {
    struct run *run = writer->run;
    if (writer->held) {
        size_t len = VALUE_HEAD + writer->held * (size_t)ENTRY_BYTES;
        value_put(writer->kv, run_key(run, RUN_VALUES + run->values), writer->bytes, len);
        run->sound[run->values / 8] |= (uint8_t)(1 << run->values % 8);
        run->fences[run->values++] = writer->first_hash;
        writer->held = 0;
    }
    pieces_put(writer, (uint32_t)(filter_block(&run->filter, next_hash) / PIECE_BLOCKS));
}

static int filter_set(struct filter *filter, uint64_t hash) {
    uint64_t block = filter_block(filter, hash);
    if (slab_make(filter, (uint32_t)(block / SLAB_BLOCKS)))
        return -ENOMEM;
    uint64_t *words = filter_words(filter, block), bits = filter_bits(hash);
    for (int w = 0; w < BLOCK_WORDS; w++)
        words[w] |= UINT64_C(1) << (bits >> 6 * w & 63);
    return 0;
}

int writer_add(struct writer *writer, const struct entry *entry) {
    struct run *run = writer->run;
    if (filter_set(&run->filter, entry->hash))
        return -ENOMEM;
    if (writer->held == VALUE_ENTRIES)
        value_flush(writer, entry->hash);
    if (!writer->held)
        writer->first_hash = entry->hash;
    memcpy(writer->bytes + VALUE_HEAD + writer->held++ * (size_t)ENTRY_BYTES, entry, ENTRY_BYTES);
    run->entries++;
    if (entry->what & INDEX_ID)
        run->digest += entry_digest(entry->hash, entry_place(entry));
    return 0;
}

uint64_t writer_bound(const struct writer *writer) {
    return writer->run->entries ? writer->first_hash : 0;
}

void writer_finish(struct writer *writer) {
    value_flush(writer, UINT64_MAX);
    pieces_put(writer, filter_pieces(&writer->run->filter));
}
