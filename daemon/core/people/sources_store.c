/*
 * sources_store.c - what the events of each source told, as a value of the store.
 *
 * A value: its name's dictionary id, counts, the runs of its sequence, the dictionary ids of its
 * types; all varints, instants zigzagged.
 */
#include "sources_inside.h"

#include "dict.h"
#include "kv.h"
#include "pace/error.h"
#include "reader.h"
#include "sealed.h"

#include <errno.h>
#include <stdlib.h>

enum { ROW_NUMBERS = 8 + SOURCE_LAGS };

static size_t row_bound(const struct row *row) {
    return SEALED_HEAD + VARINT_MAX_BYTES * (ROW_NUMBERS + 2 * (size_t)row->sequence.n_runs +
                                             (size_t)row->n_types);
}

static uint8_t *sequence_encode(uint8_t *at, const struct sequence *sequence) {
    int64_t last = 0;
    at = varint_put(at, sequence->given_up);
    at = varint_put(at, (uint64_t)sequence->n_runs);
    for (int r = 0; r < sequence->n_runs; r++) {
        const struct sequence_run *run = &sequence->runs[r];
        at = varint_put(at, (uint64_t)(run->first - last));
        at = varint_put(at, (uint64_t)(run->last - run->first));
        last = run->last;
    }
    return at;
}

static uint8_t *types_encode(uint8_t *at, const struct row *row, const struct dict *dict) {
    uint32_t id = 0;
    at = varint_put(at, (uint64_t)row->n_types);
    for (int t = 0; t < row->n_types; t++) {
        dict_find(dict, row->types[t], &id);
        at = varint_put(at, id);
    }
    return at;
}

static uint8_t *row_encode(uint8_t *at, const struct row *row, const struct dict *dict) {
    at = varint_put(at, row->name);
    at = varint_put(at, row->events);
    at = varint_put(at, row->conflicts);
    at = varint_put(at, row->recorded);
    at = varint_put(at, zigzag(row->last_us));
    for (int l = 0; l < SOURCE_LAGS; l++)
        at = varint_put(at, row->late[l]);
    return types_encode(sequence_encode(at, &row->sequence), row, dict);
}

int sources_put(struct sources *sources, struct kv *kv, uint64_t key) {
    for (int i = 0; i < sources->n; i++) {
        struct row *row = &sources->rows[i];
        if (!row->changed)
            continue;
        uint8_t *bytes = malloc(row_bound(row));
        if (!bytes)
            return -ENOMEM;
        uint8_t *end = row_encode(bytes + SEALED_HEAD, row, sources->dict);
        sealed_put(kv, KV_BASE, key + (uint64_t)i, bytes, (size_t)(end - bytes));
        free(bytes);
        row->changed = false;
    }
    return 0;
}

/* ---- reading ---- */

static int sequence_decode(struct reader *reading, struct sequence *sequence) {
    uint64_t last = 0;
    sequence->given_up = read_number(reading);
    size_t n = read_count(reading, 2);
    if (n > SEQUENCE_RUNS_MAX)
        return PACE_ECORRUPT;
    sequence->runs = n ? malloc(n * sizeof *sequence->runs) : NULL;
    if (n && !sequence->runs)
        return -ENOMEM;
    sequence->size = (int)n;
    for (size_t r = 0; r < n; r++) {
        uint64_t first = last + read_number(reading);
        last = first + read_number(reading);
        sequence->runs[sequence->n_runs++] = (struct sequence_run){(int64_t)first, (int64_t)last};
    }
    return reading->at ? 0 : PACE_ECORRUPT;
}

static int types_decode(struct reader *reading, struct row *row, const struct dict *dict) {
    size_t n = read_count(reading, 1);
    if (n > SOURCE_TYPES_MAX)
        return PACE_ECORRUPT;
    row->types = n ? malloc(SOURCE_TYPES_MAX * sizeof *row->types) : NULL;
    if (n && !row->types)
        return -ENOMEM;
    for (size_t t = 0; t < n; t++)
        row->types[row->n_types++] = dict_text(dict, (uint32_t)read_number(reading));
    return reader_done(reading) ? 0 : PACE_ECORRUPT;
}

static int row_decode(struct sources *sources, struct view value) {
    struct reader reading = reader_of(value);
    uint64_t name = read_number(&reading);
    struct view text = dict_text(sources->dict, (uint32_t)name);
    if (!reading.at || name >= dict_count(sources->dict) || sources_find(sources, text) >= 0)
        return PACE_ECORRUPT;
    int err = sources_row_make(sources, (uint32_t)name);
    if (err)
        return err;
    struct row *row = &sources->rows[sources->n - 1];
    row->changed = false;
    row->events = read_number(&reading);
    row->conflicts = read_number(&reading);
    row->recorded = read_number(&reading);
    row->last_us = read_signed(&reading);
    for (int l = 0; l < SOURCE_LAGS; l++)
        row->late[l] = read_number(&reading);
    err = sequence_decode(&reading, &row->sequence);
    return err ? err : types_decode(&reading, row, sources->dict);
}

int sources_load(struct sources *sources, struct kv *kv, uint64_t key, int n) {
    int err = 0;
    for (int i = 0; !err && i < n; i++) {
        struct view body;
        err = sealed_get(kv, KV_BASE, key + (uint64_t)i, &body);
        err = err == -ENOENT ? PACE_ECORRUPT : err ? err : row_decode(sources, body);
    }
    return err;
}
