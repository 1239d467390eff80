/*
 * index_step.c - the work behind the index, in slices: the full table becomes a run, four runs become one, what is no longer
 * needed is deleted.
 *
 * Each entry that is put allows some to be worked on, so that the work keeps up with what comes, whatever that is, and nothing
 * depends on a clock. Of what is half done the store has values without a head: after a crash these are deleted, and the
 * log and the older runs make it anew. While a run is being made, what is done of it is looked into instead of what it is
 * made of, whose memory is given back as it goes.
 */
#include "index_inside.h"

#include <pace/error.h>

#include <errno.h>

enum {
    ALLOWED_PER_ENTRY = 6, /* it is sealed once, and merged once a level: three times in a hundred million */
    ALLOWED_MOST = INDEX_STEP_BYTES / 24, /* with its part of the filter, and what a step goes beyond */
    DELETED_WORK = 32,
};

static int reserve(void **array, int *size, int n, size_t item_bytes) {
    if (n < *size)
        return 0;
    int wanted = *size ? *size * 2 : 16;
    void *grown = realloc(*array, (size_t)wanted * item_bytes);
    if (!grown)
        return -ENOMEM;
    *array = grown;
    *size = wanted;
    return 0;
}

int index_add_run(struct index *index, struct run *run) {
    if (reserve((void **)&index->runs, &index->runs_size, index->n_runs, sizeof(struct run *)))
        return -ENOMEM;
    index->runs[index->n_runs++] = run;
    return 0;
}

int index_add_dead(struct index *index, uint32_t id) {
    if (reserve((void **)&index->dead, &index->dead_size, index->n_dead + MERGED, sizeof *index->dead))
        return -ENOMEM;
    index->dead[index->n_dead++] = id;
    return 0;
}

/* ---- sealing ---- */

void sealing_close(struct sealing *sealing) {
    if (!sealing->is_on)
        return;
    table_close(&sealing->table);
    writer_close(&sealing->writer);
    free(sealing->sorted);
    *sealing = (struct sealing){0};
}

/* The table that is full is looked into as it is from here on, and a new one takes what comes. */
static int sealing_begin(struct index *index, uint64_t last) {
    struct sealing *sealing = &index->sealing;
    struct table table;
    struct writer writer;
    int err = table_open(&table, index->setup.memory, index->setup.entries);
    if (err)
        return err;
    err = writer_open(&writer, &index->setup, index->next_id, index->table.count);
    if (err) {
        table_close(&table);
        return err;
    }
    *sealing = (struct sealing){.is_on = true, .table = index->table, .writer = writer, .count = index->table.count};
    writer.run->from = index->frozen_to + 1;
    writer.run->to = index->frozen_to = last;
    writer.run->newest_day = index->table.newest_day;
    index->table = table;
    index->next_id++;
    return 0;
}

/* The next part, sorted. 1: there was one. */
static int sealing_next_part(struct sealing *sealing) {
    uint32_t n = sealing->part < TABLE_PARTS ? sealing->table.parts[sealing->part].n : 0;
    if (sealing->part == TABLE_PARTS)
        return 0;
    if (n > sealing->size) {
        struct entry *grown = realloc(sealing->sorted, n * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        sealing->sorted = grown;
        sealing->size = n;
    }
    if (n)
        table_sort_part(&sealing->table, sealing->part, sealing->sorted);
    sealing->part++;
    sealing->n = n;
    sealing->at = 0;
    return 1;
}

static void sealing_free_parts(struct sealing *sealing) {
    int done = table_part_of(writer_bound(&sealing->writer));
    for (; sealing->freed < done; sealing->freed++)
        table_free_part(&sealing->table, sealing->freed);
}

/* A run that is complete gets its head, and so takes the place of what it was made of with the next commit. */
static int sealing_end(struct index *index) {
    struct sealing *sealing = &index->sealing;
    struct run *run = sealing->writer.run;
    writer_finish(&sealing->writer);
    if (reserve((void **)&index->runs, &index->runs_size, index->n_runs, sizeof(struct run *)))
        return -ENOMEM;
    int err = run_put_head(run, index->setup.kv);
    if (err)
        return err;
    sealing->writer.run = NULL;
    sealing_close(sealing);
    return index_add_run(index, run);
}

static int sealing_step(struct index *index) {
    struct sealing *sealing = &index->sealing;
    int more = 1, err = 0;
    while (!err && more > 0 && index->allowed > 0) {
        while (!err && sealing->at < sealing->n && index->allowed > 0) {
            err = writer_add(&sealing->writer, &sealing->sorted[sealing->at]);
            sealing->at += !err;
            index->allowed--;
        }
        if (!err && sealing->at == sealing->n)
            more = sealing_next_part(sealing);
    }
    sealing_free_parts(sealing);
    if (err || more < 0)
        return err ? err : more;
    return more ? 0 : sealing_end(index);
}

/* ---- merging ---- */

static int cursor_next(struct cursor *cursor, struct kv *kv) {
    int err = 0;
    while (!err && cursor->at == cursor->n && cursor->value < cursor->run->values) {
        const char *entries;
        uint32_t n;
        err = run_value(cursor->run, kv, cursor->value, &entries, &n);
        if (err)
            return err;
        memcpy(cursor->bytes, entries, n * sizeof(struct entry));
        cursor->value++;
        cursor->n = n;
        cursor->at = 0;
    }
    if (cursor->at == cursor->n)
        cursor->entry = (struct entry){0};
    else
        memcpy(&cursor->entry, cursor->bytes + cursor->at++ * sizeof(struct entry), sizeof(struct entry));
    return err;
}

void merging_close(struct merging *merging) {
    if (!merging->is_on)
        return;
    for (int c = 0; c < MERGED; c++)
        free(merging->cursors[c].bytes);
    writer_close(&merging->writer);
    *merging = (struct merging){0};
}

/* The oldest four of the lowest level that has four; -1: none has. Levels fall from the oldest to the newest. */
static int merging_due(const struct index *index) {
    int found = -1;
    for (int first = 0; first + MERGED <= index->n_runs; first++) {
        uint32_t level = index->runs[first]->level;
        bool same = index->runs[first + MERGED - 1]->level == level;
        if (same && (found < 0 || level < index->runs[found]->level))
            found = first;
    }
    return found;
}

static int merging_begin(struct index *index, int first) {
    struct merging *merging = &index->merging;
    struct run *const *runs = &index->runs[first];
    uint64_t entries = 0;
    int err = 0;
    for (int c = 0; c < MERGED; c++)
        entries += runs[c]->entries;
    *merging = (struct merging){.is_on = true, .first = first};
    err = writer_open(&merging->writer, &index->setup, index->next_id, entries);
    for (int c = 0; !err && c < MERGED; c++) {
        merging->cursors[c] = (struct cursor){.run = runs[c], .bytes = malloc(VALUE_ENTRIES * sizeof(struct entry))};
        err = merging->cursors[c].bytes ? cursor_next(&merging->cursors[c], index->setup.kv) : -ENOMEM;
    }
    if (err) {
        merging_close(merging);
        return err;
    }
    struct run *run = merging->writer.run;
    run->level = runs[0]->level + 1;
    run->from = runs[0]->from;
    run->to = runs[MERGED - 1]->to;
    for (int c = 0; c < MERGED; c++)
        run->newest_day = runs[c]->newest_day > run->newest_day ? runs[c]->newest_day : run->newest_day;
    index->next_id++;
    return 0;
}

/* The filters of what is merged, as far as they aren't asked any more. */
static void merging_free_slabs(struct merging *merging) {
    uint64_t bound = writer_bound(&merging->writer);
    for (int c = 0; c < MERGED; c++) {
        struct filter *filter = &merging->cursors[c].run->filter;
        slabs_free(filter, (uint32_t)(filter_block(filter, bound) / SLAB_BLOCKS));
    }
}

static int merging_end(struct index *index) {
    struct merging *merging = &index->merging;
    struct run *run = merging->writer.run, **runs = &index->runs[merging->first];
    uint64_t entries = 0, digest = 0;
    for (int c = 0; c < MERGED; c++) {
        entries += runs[c]->entries;
        digest += runs[c]->digest;
    }
    if (entries != run->entries || digest != run->digest)
        return PACE_ECORRUPT;
    writer_finish(&merging->writer);
    if (reserve((void **)&index->dead, &index->dead_size, index->n_dead + MERGED, sizeof *index->dead))
        return -ENOMEM;
    int err = run_put_head(run, index->setup.kv);
    if (err)
        return err;
    for (int c = 0; c < MERGED; c++) {
        kv_del(index->setup.kv, KV_INDEX, run_key(runs[c], 0));
        index->dead[index->n_dead++] = runs[c]->id;
        run_destroy(&runs[c]);
    }
    runs[0] = run;
    int behind = merging->first + MERGED;
    memmove(&runs[1], &index->runs[behind], (size_t)(index->n_runs - behind) * sizeof(struct run *));
    index->n_runs -= MERGED - 1;
    merging->writer.run = NULL;
    merging_close(merging);
    return 0;
}

/*
 * A run that was damaged isn't merged: the filters that were given back are read once more, so that whatever is sound in
 * the four answers on, and the next start makes it all anew.
 */
static int merging_abandon(struct index *index) {
    struct merging *merging = &index->merging;
    int err = 0;
    if (merging->is_on) {
        for (int c = 0; !err && c < MERGED; c++)
            err = run_load_filter(index->runs[merging->first + c], index->setup.kv);
        err = err ? err : index_add_dead(index, merging->writer.run->id);
        merging_close(merging);
    }
    index->damaged = true;
    index_distrust(index->setup.kv);
    return err;
}

static struct cursor *merging_least(struct merging *merging) {
    struct cursor *least = NULL;
    for (int c = 0; c < MERGED; c++) {
        struct cursor *cursor = &merging->cursors[c];
        if (cursor->entry.what && (!least || entry_before(&cursor->entry, &least->entry)))
            least = cursor;
    }
    return least;
}

static int merging_step(struct index *index) {
    struct merging *merging = &index->merging;
    struct cursor *least = NULL;
    int err = 0;
    while (!err && index->allowed > 0 && (least = merging_least(merging))) {
        err = writer_add(&merging->writer, &least->entry);
        err = err ? err : cursor_next(least, index->setup.kv);
        index->allowed--;
    }
    if (!err)
        merging_free_slabs(merging);
    return err || merging_least(merging) ? err : merging_end(index);
}

/* ---- tidying up ---- */

static int bury(struct index *index) {
    struct view value;
    uint64_t key, base = (uint64_t)index->dead[index->n_dead - 1] << RUN_BITS;
    int err = kv_ceil(index->setup.kv, KV_INDEX, base + 1, &key, &value);
    if (err && err != -ENOENT)
        return err;
    if (!err && key >> RUN_BITS == base >> RUN_BITS)
        kv_del(index->setup.kv, KV_INDEX, key);
    else
        index->n_dead--;
    index->allowed -= DELETED_WORK;
    return 0;
}

int index_forget(struct index *index, int32_t day, uint64_t first) {
    for (int r = 0; r < index->n_runs; r++) {
        struct run *run = index->runs[r], *empty = NULL;
        bool merges = index->merging.is_on && r >= index->merging.first && r < index->merging.first + MERGED;
        if (merges || !run->entries || run->newest_day >= day || run->to >= first)
            continue;
        empty = run_create(index->setup.memory, run->id, 0);
        if (!empty || index_add_dead(index, run->id)) {
            run_destroy(&empty);
            return 0; /* once more with the next commit */
        }
        empty->level = run->level;
        empty->from = run->from;
        empty->to = run->to;
        empty->newest_day = run->newest_day;
        run_destroy(&index->runs[r]);
        index->runs[r] = empty;
        int err = run_put_head(empty, index->setup.kv);
        if (err)
            return err;
    }
    return index->setup.kv ? index->setup.kv->error : 0;
}

/* ---- one after the other ---- */

/* 1: it did something; 0: there is nothing to do. What is left over goes before more is begun: each start that is cut short leaves some. */
static int work(struct index *index) {
    int due, err;
    if (index->sealing.is_on)
        err = sealing_step(index);
    else if (index->merging.is_on)
        err = merging_step(index);
    else if (index->n_dead)
        err = bury(index);
    else if (!index->damaged && (due = merging_due(index)) >= 0)
        err = merging_begin(index, due);
    else
        return 0;
    return err ? err : 1;
}

int index_step(struct index *index, uint64_t last) {
    int more = 1;
    if (!index->setup.kv || index->setup.read_only)
        return 0;
    index->allowed += (int64_t)(index->fresh * ALLOWED_PER_ENTRY);
    index->allowed = index->allowed < ALLOWED_MOST ? index->allowed : ALLOWED_MOST;
    index->fresh = 0;
    if (!index->sealing.is_on && index->table.count >= index->setup.entries)
        more = sealing_begin(index, last) ? 0 : 1;
    while (more > 0 && index->allowed > 0)
        more = work(index);
    if (more == PACE_ECORRUPT && !index->damaged)
        more = merging_abandon(index);
    if (more == 0 && index->allowed > 0)
        index->allowed = 0; /* what isn't needed isn't saved up */
    if (more < 0 && more != -ENOMEM) /* where memory is missing it is done later */
        return more;
    return index->setup.kv->error;
}
