/*
 * index.c - the questions: the table first, then what is being sealed, then the runs from the newest to the oldest.
 */
#include "index_inside.h"

#include "fetch.h"

#include <pace/error.h>

#include <errno.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int index_open(const struct index_setup *setup, struct index **ret_index) {
    struct index *index = calloc(1, sizeof *index);
    if (!index)
        return -ENOMEM;
    index->setup = *setup;
    if (!setup->entries)
        index->setup.entries = INDEX_ENTRIES_DEFAULT;
    int err =
        table_open(&index->table, setup->memory, setup->kv ? index->setup.entries : UINT64_MAX);
    if (err) {
        free(index);
        return err;
    }
    err = setup->kv ? index_load(index) : 0;
    if (err)
        index_destroy(&index);
    else
        *ret_index = index;
    return err;
}

struct index *index_create(void) {
    struct index_setup setup = {0};
    struct index *index = NULL;
    return index_open(&setup, &index) ? NULL : index;
}

void index_destroy(struct index **index) {
    if (!*index)
        return;
    table_close(&(*index)->table);
    sealing_close(&(*index)->sealing);
    merging_close(&(*index)->merging);
    for (int r = 0; r < (*index)->n_runs; r++)
        run_destroy(&(*index)->runs[r]);
    free((void *)(*index)->runs);
    free((*index)->dead);
    free(*index);
    *index = NULL;
}

uint64_t index_covered(const struct index *index) {
    return index->n_runs ? index->runs[index->n_runs - 1]->to : 0;
}

bool index_is_damaged(const struct index *index) {
    return index->damaged;
}

uint64_t index_given_up(const struct index *index) {
    return index->given_up;
}

/* The hash of the source seeds that of the key: "ab" + "c" and "a" + "bc" stay apart. */
static uint64_t hash_seeded(uint64_t source_hash, struct view key) {
    return XXH3_64bits_withSeed(key.at, key.len, source_hash);
}

uint64_t index_hash(struct view source, struct view key) {
    return hash_seeded(XXH3_64bits(source.at, source.len), key);
}

struct index_keys index_keys_of(const struct event *event) {
    uint64_t source = XXH3_64bits(event->source.at, event->source.len);
    uint64_t id = hash_seeded(source, event->id);
    bool same = view_equal(event->record, event->id);
    return (struct index_keys){id, same ? id : hash_seeded(source, event->record)};
}

void index_prefetch_put(const struct index *index, uint64_t hash) {
    table_prefetch(&index->table, hash);
}

void index_prefetch(const struct index *index, uint64_t hash) {
    table_prefetch(&index->table, hash);
    for (int r = 0; r < index->n_runs; r++)
        if (index->runs[r]->values)
            fetch_to_read(filter_words(&index->runs[r]->filter, filter_block(&index->runs[r]->filter, hash)));
}

/* ---- finding ---- */

struct looking {
    struct index *index;
    uint64_t hash;
    enum index_flag flag;
    index_same *same;
    void *arg;
    uint64_t *ret_place;
};

static int look_in_table(const struct looking *looking, const struct table *table) {
    return table_find(table, looking->hash, looking->flag, looking->same, looking->arg, looking->ret_place);
}

static int look_in_run(const struct looking *looking, struct run *run) {
    return run_find(run, looking->index->setup.kv, looking->hash, looking->flag, looking->same, looking->arg,
                    looking->ret_place);
}

/* A part that was given back is all in the run by now. */
static int look_in_sealing(const struct looking *looking) {
    const struct sealing *sealing = &looking->index->sealing;
    if (sealing->table.parts[table_part_of(looking->hash)].entries)
        return look_in_table(looking, &sealing->table);
    return look_in_run(looking, sealing->writer.run);
}

static int look_in_runs(const struct looking *looking) {
    struct index *index = looking->index;
    const struct merging *merging = &index->merging;
    bool merged = merging->is_on && looking->hash < writer_bound(&merging->writer);
    int answer = 0;
    for (int r = index->n_runs - 1; !answer && r >= 0; r--) {
        if (merged && r == merging->first + MERGED - 1) {
            answer = look_in_run(looking, merging->writer.run);
            r = merging->first;
        } else {
            answer = look_in_run(looking, index->runs[r]);
        }
    }
    return answer;
}

int index_find(struct index *index, uint64_t hash, enum index_flag flag, index_same *same, void *arg,
               uint64_t *ret_place) {
    struct looking looking = {index, hash, flag, same, arg, ret_place};
    int answer = look_in_table(&looking, &index->table);
    if (!answer && index->sealing.is_on)
        answer = look_in_sealing(&looking);
    return answer ? answer : look_in_runs(&looking);
}

/* ---- putting ---- */

int index_put(struct index *index, uint64_t hash, uint64_t place, unsigned flags) {
    uint64_t before = index->table.count;
    if (place > INDEX_PLACE_MAX)
        return PACE_ELIMIT;
    int err = table_put(&index->table, hash, place, flags);
    index->fresh += index->table.count - before;
    return err;
}

int index_move_head(struct index *index, uint64_t hash, uint64_t old_place, uint64_t new_place) {
    bool in_table = table_has_head(&index->table, hash, old_place);
    if (!in_table && (old_place > index->frozen_to || new_place <= index->frozen_to))
        return -ENOENT;
    if (old_place == new_place)
        return 0;
    int err = index_put(index, hash, new_place, INDEX_HEAD);
    if (!err && in_table)
        table_drop_head(&index->table, hash, old_place);
    return err;
}

void index_see_day(struct index *index, int32_t day) {
    if (day > index->table.newest_day)
        index->table.newest_day = day;
}

/* ---- telling ---- */

uint64_t index_count(const struct index *index) {
    uint64_t count = index->table.count + (index->sealing.is_on ? index->sealing.count : 0);
    for (int r = 0; r < index->n_runs; r++)
        count += index->runs[r]->entries;
    return count;
}

uint64_t index_bytes(const struct index *index) {
    uint64_t bytes = sizeof *index + table_bytes(&index->table);
    if (index->sealing.is_on)
        bytes += table_bytes(&index->sealing.table) + run_bytes(index->sealing.writer.run) +
                 index->sealing.size * sizeof(struct entry);
    if (index->merging.is_on)
        bytes += run_bytes(index->merging.writer.run) + (uint64_t)MERGED * VALUE_ENTRIES * sizeof(struct entry);
    for (int r = 0; r < index->n_runs; r++)
        bytes += run_bytes(index->runs[r]);
    return bytes;
}

int index_runs(const struct index *index) {
    return index->n_runs;
}
