/*
 * The index over seals, merges, restarts and crashes against a plain list of events, with tables so small that all of that
 * happens all the time; and what becomes of a run that is damaged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "failing_kv.h"
#include "index.h"
#include "lent_memory.h"

#include <pace/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 40000, IDS = 1 << 18 };

/* An event's keys; ids and records are of one kind of keys, so a record may be named as an id. */
struct told {
    uint32_t id, record;
    bool is_new; /* the first of its record */
    uint64_t replaces;
};

typedef uint64_t shape(uint64_t key);

struct model {
    struct kv *kv, *inner; /* inner: where kv fails */
    struct index *index;
    uint64_t entries;
    shape *hash;
    struct told *events; /* [place] */
    uint64_t n, committed;
    uint32_t *place_of_id, *head; /* [key]: 0: none */
    uint64_t rng;
    int32_t day;
    bool asks; /* before it takes */
};

static uint64_t next(struct model *model) {
    model->rng ^= model->rng << 13;
    model->rng ^= model->rng >> 7;
    model->rng ^= model->rng << 17;
    return model->rng;
}

static uint64_t spread(uint64_t key) {
    key = (key + 1) * UINT64_C(0x9e3779b97f4a7c15);
    key = (key ^ key >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return key ^ key >> 32;
}

static uint64_t few_hashes(uint64_t key) {
    return spread(key % 300);
}

static uint64_t one_part(uint64_t key) {
    return UINT64_C(0x42) << 56 | key;
}

static uint64_t last_ones(uint64_t key) {
    return UINT64_MAX - key / 2;
}

struct asked {
    const struct model *model;
    uint32_t key;
};

static int answers(void *arg, uint64_t place, enum index_flag flag) {
    const struct asked *asked = arg;
    assert_in_range(place, 1, asked->model->n);
    const struct told *event = &asked->model->events[place];
    return (flag == INDEX_ID ? event->id : event->record) == asked->key;
}

/* The place that the index finds, 0: none. */
static uint64_t find(const struct model *model, uint32_t key, enum index_flag flag) {
    struct asked asked = {model, key};
    uint64_t place = 0;
    int found = index_find(model->index, model->hash(key), flag, answers, &asked, &place);
    assert_in_range(found, 0, 1);
    return place;
}

static void check_keys(const struct model *model, uint32_t step) {
    for (uint32_t key = 0; key < IDS; key += step) {
        if (model->place_of_id[key] || key % 512 == 0)
            assert_int_equal(find(model, key, INDEX_ID), model->place_of_id[key]);
        if (model->head[key] || key % 512 == 0)
            assert_int_equal(find(model, key, INDEX_HEAD), model->head[key]);
    }
}

static void note(const struct model *model, uint64_t place) {
    const struct told *event = &model->events[place];
    bool same_key = event->id == event->record && event->is_new;
    index_see_day(model->index, model->day);
    assert_int_equal(index_put(model->index, model->hash(event->id), place, INDEX_ID | (same_key ? INDEX_HEAD : 0)), 0);
    if (same_key)
        return;
    if (event->is_new)
        assert_int_equal(index_put(model->index, model->hash(event->record), place, INDEX_HEAD), 0);
    else
        assert_int_equal(index_move_head(model->index, model->hash(event->record), event->replaces, place), 0);
}

static void apply(struct model *model, uint64_t place) {
    struct told *event = &model->events[place];
    model->place_of_id[event->id] = (uint32_t)place;
    event->replaces = model->head[event->record];
    event->is_new = !event->replaces;
    model->head[event->record] = (uint32_t)place;
}

/* An id that wasn't there; half the time its own record, else one of few. */
static void take(struct model *model) {
    uint32_t id = (uint32_t)(next(model) % IDS);
    if (model->place_of_id[id] || model->n + 1 >= MOST)
        return;
    if (model->asks)
        assert_int_equal(find(model, id, INDEX_ID), 0);
    uint32_t record = next(model) % 2 ? id : (uint32_t)(next(model) % 2000);
    model->events[++model->n] = (struct told){.id = id, .record = record};
    apply(model, model->n);
    note(model, model->n);
}

static void model_load(struct model *model) {
    struct index_setup setup = {.kv = model->kv, .entries = model->entries};
    assert_int_equal(index_open(&setup, &model->index), 0);
    assert_in_range(index_covered(model->index), 0, model->n);
    for (uint64_t place = index_covered(model->index) + 1; place <= model->n; place++)
        note(model, place);
}

static struct model *model_open(shape *hash, uint64_t entries, uint64_t seed) {
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    *model = (struct model){.entries = entries, .hash = hash, .rng = seed, .asks = true};
    model->kv = kv_mem_create();
    model->events = calloc(MOST, sizeof *model->events);
    model->place_of_id = calloc(IDS, sizeof *model->place_of_id);
    model->head = calloc(IDS, sizeof *model->head);
    assert_true(model->kv && model->events && model->place_of_id && model->head);
    model_load(model);
    return model;
}

static void model_close(struct model *model) {
    index_destroy(&model->index);
    kv_destroy(&model->kv);
    free(model->events);
    free(model->place_of_id);
    free(model->head);
    free(model);
}

static void commit(struct model *model) {
    assert_int_equal(index_step(model->index, model->n), 0);
    assert_int_equal(kv_commit(model->kv), 0);
    model->committed = model->n;
}

/* What wasn't committed is gone; the rest is put from the "log", as a start does. */
static void crash(struct model *model) {
    index_destroy(&model->index);
    kv_mem_reopen(model->kv);
    memset(model->place_of_id, 0, IDS * sizeof *model->place_of_id);
    memset(model->head, 0, IDS * sizeof *model->head);
    model->n = model->committed;
    for (uint64_t place = 1; place <= model->n; place++)
        apply(model, place);
    model_load(model);
}

static void audit(const struct model *model, int expected) {
    struct index_setup setup = {.kv = model->kv, .entries = model->entries, .read_only = true};
    struct index *index = NULL;
    int err = index_open(&setup, &index);
    for (uint64_t place = 1; !err && place <= model->n; place++)
        index_audit(index, place, model->hash(model->events[place].id));
    err = err ? err : index_audit_end(index, 1);
    assert_int_equal(err, expected);
    index_destroy(&index);
}

static void grow(struct model *model, uint64_t n, uint64_t commit_each) {
    for (uint64_t i = 0; i < n; i++) {
        take(model);
        if (next(model) % commit_each == 0)
            commit(model);
    }
    commit(model);
}

static void test_against_a_list(void **state) {
    static shape *const shapes[] = {spread, few_hashes, one_part, last_ones};
    static const uint64_t sizes[] = {16, 100, 3000};
    (void)state;
    for (int s = 0; s < 4; s++)
        for (int e = 0; e < 3; e++) {
            struct model *model = model_open(shapes[s], sizes[e], 77 + (uint64_t)s);
            uint64_t n = s ? 2400 : 9600;
            for (int round = 0; round < 12; round++) {
                grow(model, n / 12, 1 + next(model) % 60);
                if (round % 3 == 1) {
                    for (int i = 0; i < 30; i++)
                        take(model); /* not committed */
                    crash(model);
                }
                check_keys(model, s ? 7 : 1);
            }
            audit(model, 0);
            if (e < 2)
                assert_true(index_covered(model->index) > 0 && index_runs(model->index) < 24);
            model_close(model);
        }
}

/* Values of 4094 entries and more than one piece of a filter. */
static void test_runs_of_many_values(void **state) {
    struct model *model = model_open(spread, 9000, 5);
    (void)state;
    while (model->n < MOST - 1)
        grow(model, 2000, 500);
    check_keys(model, 1);
    crash(model);
    check_keys(model, 1);
    audit(model, 0);
    assert_true(index_covered(model->index) > MOST / 2);
    model_close(model);
}

static uint64_t stored_bytes(const struct model *model) {
    struct view value;
    uint64_t key = 0, bytes = 0;
    for (; kv_ceil(model->kv, KV_INDEX, key, &key, &value) == 0; key++)
        bytes += value.len;
    return bytes;
}

/* Starts that are cut short while four runs become one, again and again: each finds what the one before has left, and begins anew. */
static void test_what_starts_leave_behind_goes(void **state) {
    struct model *model = model_open(spread, 9000, 6);
    (void)state;
    while (index_runs(model->index) < 4)
        grow(model, 500, 500);
    uint64_t bytes = stored_bytes(model);
    for (int start = 0; start < 20; start++) {
        crash(model);
        commit(model);
        assert_int_equal(index_runs(model->index), 4);
    }
    assert_in_range(stored_bytes(model), 1, 2 * bytes);
    check_keys(model, 7);
    audit(model, 0);
    model_close(model);
}

/* Every put and commit of sealing, merging and tidying up fails once. */
static void test_every_put_may_fail(void **state) {
    (void)state;
    uint64_t points = 1;
    for (uint64_t at = 0; at <= points; at++) {
        struct model *model = model_open(spread, 32, 9);
        struct kv *failing = failing_kv_create(model->kv, (struct failure){.put = at, .code = -EIO}), *inner = model->kv;
        index_destroy(&model->index);
        model->kv = failing;
        model_load(model);
        int err = 0;
        for (int i = 0; !err && i < 900; i++) {
            take(model);
            if (i % 13)
                continue;
            err = index_step(model->index, model->n);
            err = err ? err : kv_commit(model->kv);
            if (!err)
                model->committed = model->n;
        }
        assert_int_equal(err, at ? -EIO : 0);
        if (!at)
            points = ((struct failing_kv *)failing)->puts;
        model->kv = inner;
        crash(model);
        kv_destroy(&failing);
        check_keys(model, 3);
        grow(model, 300, 10);
        check_keys(model, 3);
        audit(model, 0);
        model_close(model);
    }
    printf("%llu points of failure\n", (unsigned long long)points);
    assert_true(points > 100);
}

/* Another index on what the store holds, committed or not. */
static void reload(struct model *model) {
    index_destroy(&model->index);
    model_load(model);
}

/* All ids are asked for: right answers, or the word that a run is damaged. */
static bool notices(const struct model *model) {
    for (uint64_t place = 1; place <= model->n; place++) {
        struct asked asked = {model, model->events[place].id};
        uint64_t found_at = 0;
        int found = index_find(model->index, model->hash(asked.key), INDEX_ID, answers, &asked, &found_at);
        if (found == PACE_ECORRUPT)
            return true;
        assert_true(found == 1 && found_at == place);
    }
    return false;
}

/* More comes, so that the damaged one would be merged: it isn't, and what is sound goes on answering. */
static bool merge_over_damage(struct model *model) {
    model->asks = false;
    for (int i = 0; i < 600 && !index_is_damaged(model->index); i++) {
        take(model);
        assert_int_equal(i % 5 ? 0 : index_step(model->index, model->n), 0);
    }
    model->asks = true;
    notices(model);
    return index_is_damaged(model->index);
}

/* A bit of any value is another: never is anything else answered, and after a start that knows of it all is as it was. */
static void test_damage_is_noticed(void **state) {
    struct model *model = model_open(spread, 64, 31);
    int at_start = 0, when_asked = 0, merged_in_vain = 0, n = 0;
    struct view value;
    uint64_t key = 0;
    (void)state;
    grow(model, 3000, 20);
    assert_true(index_runs(model->index) > 2);
    for (; kv_ceil(model->kv, KV_INDEX, key, &key, &value) == 0; key++, n++) {
        char bytes[1 << 17];
        size_t len = value.len;
        assert_in_range(len, 1, sizeof bytes);
        memcpy(bytes, value.at, len);
        bytes[next(model) % len] ^= (char)(1 << next(model) % 8);
        kv_put(model->kv, KV_INDEX, key, bytes, len);
        reload(model);
        bool given_up = index_given_up(model->index) > 0, noticed = notices(model);
        assert_false(given_up && noticed);
        merged_in_vain += merge_over_damage(model);
        crash(model); /* back to what was committed, and the damage once more */
        kv_put(model->kv, KV_INDEX, key, bytes, len);
        reload(model);
        if (noticed) {
            audit(model, PACE_ECORRUPT);
            index_distrust(model->kv);
            reload(model);
            assert_true(index_given_up(model->index) > 0);
        }
        check_keys(model, 1);
        at_start += given_up;
        when_asked += noticed;
        kv_mem_reopen(model->kv);
    }
    printf("%d values: damage of %d found at the start, of %d when asked, of %d by merging\n", n, at_start, when_asked,
           merged_in_vain);
    assert_true(at_start > 0 && when_asked > 0 && merged_in_vain > 0);
    model_close(model);
}

/* A head that is gone altogether leaves a hole: what is behind it comes from the log. */
static void test_a_missing_head_leaves_no_hole(void **state) {
    struct model *model = model_open(spread, 64, 3);
    struct view value;
    uint64_t key = 0;
    (void)state;
    grow(model, 3000, 20);
    while (kv_ceil(model->kv, KV_INDEX, key, &key, &value) == 0 && (key & UINT32_MAX))
        key++;
    kv_del(model->kv, KV_INDEX, key);
    assert_int_equal(kv_commit(model->kv), 0);
    crash(model);
    check_keys(model, 1);
    model_close(model);
}

/* Nothing of the last days is forgotten; what is, leaves the store. */
static void test_old_runs_are_dropped(void **state) {
    struct model *model = model_open(spread, 64, 8);
    uint64_t first = 0;
    (void)state;
    for (; model->day < 60; model->day++) {
        first = model->day == 50 ? model->n + 1 : first;
        grow(model, 100, 20);
    }
    uint64_t entries = index_count(model->index), bytes = index_bytes(model->index);
    assert_int_equal(index_forget(model->index, 0, first), 0);
    assert_int_equal(index_count(model->index), entries);
    assert_int_equal(index_forget(model->index, 50, first), 0);
    assert_true(index_count(model->index) < entries / 2 && index_bytes(model->index) < bytes);
    for (uint64_t place = model->n - 900; place <= model->n; place++)
        assert_int_equal(find(model, model->events[place].id, INDEX_ID), place);
    audit(model, 0);
    model->committed = model->n;
    assert_int_equal(kv_commit(model->kv), 0);
    crash(model); /* dropped runs still say that nothing is missing */
    assert_int_equal(index_given_up(model->index), 0);
    assert_true(index_count(model->index) < entries / 2);
    for (int i = 0; i < 40; i++)
        grow(model, 50, 20);
    audit(model, 0);
    assert_in_range(stored_bytes(model), 1, index_count(model->index) * 64);
    model_close(model);
}

/* Old days that came late lie behind newer ones in the log, which keeps them as long: so are they
 * in the index. */
static void test_what_the_log_has_stays(void **state) {
    struct model *model = model_open(spread, 64, 9);
    (void)state;
    for (model->day = 50; model->day < 60; model->day++)
        grow(model, 100, 20);
    model->day = 5;
    grow(model, 700, 20);
    for (model->day = 60; model->day < 90; model->day++) {
        assert_int_equal(index_forget(model->index, 50, 1), 0);
        grow(model, 100, 20);
    }
    audit(model, 0);
    model_close(model);
}

static int never(void *arg, uint64_t place, enum index_flag flag) {
    (void)place;
    (void)flag;
    ++*(uint64_t *)arg;
    return 0;
}

static int always(void *arg, uint64_t place, enum index_flag flag) {
    (void)flag;
    return place == *(const uint64_t *)arg;
}

/* A store that counts what is read. */
static struct kv_ops counting;
static const struct kv_ops *counted;
static uint64_t reads;

static int count_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_value) {
    reads++;
    return counted->get(kv, table, key, ret_value);
}

static void count_reads(struct kv *kv) {
    counted = kv->ops;
    counting = *kv->ops;
    counting.get = count_get;
    kv->ops = &counting;
    reads = 0;
}

/* The memory that is promised, and filters that keep what isn't there from being looked for in the store. */
static void test_memory_of_entries(void **state) {
    enum { TABLE = 1 << 18, ALL = 9 * TABLE };
    struct kv *kv = kv_mem_create();
    struct index_setup setup = {.kv = kv, .entries = TABLE, .memory = &lender};
    struct index *index = NULL;
    uint64_t most = 0, asked = 0, place, found;
    (void)state;
    lent = (struct lent){0};
    assert_int_equal(index_open(&setup, &index), 0);
    for (place = 1; place <= ALL; place++) {
        assert_int_equal(index_put(index, spread(place), place, INDEX_ID), 0);
        if (place == TABLE)
            assert_in_range(index_bytes(index), 16 * TABLE, 26 * TABLE);
        if (place % 1000 == 0)
            assert_int_equal(index_step(index, place) || kv_commit(kv), 0);
        most = index_bytes(index) > most ? index_bytes(index) : most;
    }
    printf("at most %.2f bytes an entry, of %d in the table and %d in all\n", (double)most / ALL, TABLE, ALL);
    assert_true(most < (uint64_t)INDEX_BYTES_PER_ENTRY * TABLE);
    for (place = 1; place <= ALL; place += 89)
        assert_true(index_find(index, spread(place), INDEX_ID, always, &place, &found) == 1 && found == place);
    count_reads(kv);
    for (uint64_t i = 1; i <= 100000; i++)
        assert_int_equal(index_find(index, spread(i + 2 * ALL), INDEX_ID, never, &asked, &place), 0);
    assert_int_equal(asked, 0);
    printf("%llu of 100000 unknown ones looked for in %d runs\n", (unsigned long long)reads, index_runs(index));
    assert_in_range(reads, 1, 150 * (uint64_t)index_runs(index));
    index_destroy(&index);
    assert_int_equal(lent.now, 0);
    kv_destroy(&kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_runs_of_many_values),
        cmocka_unit_test(test_every_put_may_fail),
        cmocka_unit_test(test_damage_is_noticed),
        cmocka_unit_test(test_a_missing_head_leaves_no_hole),
        cmocka_unit_test(test_old_runs_are_dropped),
        cmocka_unit_test(test_memory_of_entries),
        cmocka_unit_test(test_what_starts_leave_behind_goes),
        cmocka_unit_test(test_what_the_log_has_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
