/*
 * index_load.c - the runs of the store at start, as far as they are sound and nothing is missing between them.
 */
#include "index_inside.h"

#include <pace/error.h>

#include <errno.h>

struct loading {
    struct index *index;
    bool distrusted;
    uint64_t told_to; /* the greatest number that any head covers */
};

static int run_order(const void *a, const void *b) {
    const struct run *x = *(struct run *const *)a, *y = *(struct run *const *)b;
    return (x->from > y->from) - (x->from < y->from);
}

/* The values of a run without a head, or of one that was dropped, are left over. */
static int load_id(struct loading *loading, uint32_t id, bool has_head) {
    struct index *index = loading->index;
    struct run *run = NULL;
    int err = has_head ? run_load_head(index->setup.memory, index->setup.kv, id, &run) : PACE_ECORRUPT;
    if (err == PACE_ECORRUPT) {
        if (has_head && !index->setup.read_only)
            kv_del(index->setup.kv, KV_INDEX, (uint64_t)id << RUN_BITS);
        return has_head && index->setup.read_only ? err : index_add_dead(index, id);
    }
    if (err)
        return err;
    loading->told_to = run->to > loading->told_to ? run->to : loading->told_to;
    err = index_add_run(index, run);
    if (err)
        run_destroy(&run);
    else if (!run->entries)
        err = index_add_dead(index, id);
    return err;
}

static int load_heads(struct loading *loading) {
    struct index *index = loading->index;
    struct view value;
    uint64_t key = 0;
    int err = 0;
    while (!err && !(err = kv_ceil(index->setup.kv, KV_INDEX, key, &key, &value))) {
        uint32_t id = (uint32_t)(key >> RUN_BITS);
        index->next_id = id + 1;
        err = load_id(loading, id, key == (uint64_t)id << RUN_BITS);
        if (id == UINT32_MAX)
            break;
        key = (uint64_t)(id + 1) << RUN_BITS;
    }
    if (index->n_runs)
        qsort((void *)index->runs, (size_t)index->n_runs, sizeof *index->runs, run_order);
    return err == -ENOENT ? 0 : err;
}

/* 0, PACE_ECORRUPT, -ENOMEM, or what the store said. */
static int load_run(struct loading *loading, int r) {
    struct index *index = loading->index;
    struct run *run = index->runs[r];
    if (run->from != (r ? index->runs[r - 1]->to + 1 : 1))
        return PACE_ECORRUPT;
    int err = run_load_filter(run, index->setup.kv);
    return err || !loading->distrusted ? err : run_check(run, index->setup.kv);
}

/* What is newer than a damaged run goes with it: what the log is asked for is its end, and no holes. */
static int give_up_from(struct index *index, int first) {
    int err = 0;
    for (int r = first; r < index->n_runs; r++) {
        kv_del(index->setup.kv, KV_INDEX, run_key(index->runs[r], 0));
        err = err ? err : index_add_dead(index, index->runs[r]->id);
        run_destroy(&index->runs[r]);
    }
    index->n_runs = first;
    return err;
}

int index_load(struct index *index) {
    struct loading loading = {.index = index};
    struct view value;
    int err = kv_get(index->setup.kv, KV_META, META_INDEX_DISTRUST, &value);
    loading.distrusted = err == 0;
    err = err == 0 || err == -ENOENT ? load_heads(&loading) : err;
    for (int r = 0; !err && r < index->n_runs; r++) {
        err = load_run(&loading, r);
        if (err == PACE_ECORRUPT && !index->setup.read_only)
            err = give_up_from(index, r);
    }
    index->frozen_to = index->n_runs ? index->runs[index->n_runs - 1]->to : 0;
    index->given_up = loading.told_to > index->frozen_to ? loading.told_to - index->frozen_to : 0;
    if (!err && loading.distrusted && !index->setup.read_only)
        kv_del(index->setup.kv, KV_META, META_INDEX_DISTRUST);
    return err;
}

void index_distrust(struct kv *kv) {
    kv_put(kv, KV_META, META_INDEX_DISTRUST, "", 1);
}

/* ---- against the log ---- */

void index_audit(struct index *index, uint64_t place, uint64_t id_hash) {
    int low = 0, high = index->n_runs;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (index->runs[middle]->to < place)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < index->n_runs)
        index->runs[low]->audited += entry_digest(id_hash, place);
}

int index_audit_end(struct index *index, uint64_t first) {
    int err = 0;
    for (int r = 0; !err && r < index->n_runs; r++) {
        struct run *run = index->runs[r];
        if (!run->entries)
            continue;
        err = run->from < first || run->audited == run->digest ? run_check(run, index->setup.kv) : PACE_ECORRUPT;
    }
    return err;
}
