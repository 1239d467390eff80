/*
 * The index against a plain list of entries: whatever collides, each key is found, and nothing
 * else.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "index.h"
#include "lent_memory.h"

#include <pace/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct expected {
    uint64_t hash, place;
    unsigned flags; /* 0: gone */
};

enum { MOST = 20000 };

struct model {
    struct index *index;
    struct expected entries[MOST];
    size_t n, alive;
};

static int is_place(void *arg, uint64_t place, enum index_flag flag) {
    (void)flag;
    return place == *(uint64_t *)arg;
}

static bool holds(struct index *index, uint64_t hash, uint64_t place, enum index_flag flag) {
    uint64_t found = 0;
    int answer = index_find(index, hash, flag, is_place, &place, &found);
    assert_in_range(answer, 0, 1);
    assert_true(!answer || found == place);
    return answer;
}

static void assert_entry(struct index *index, const struct expected *entry) {
    bool is_id = entry->flags & INDEX_ID, is_head = entry->flags & INDEX_HEAD;
    assert_int_equal(holds(index, entry->hash, entry->place, INDEX_ID), is_id);
    assert_int_equal(holds(index, entry->hash, entry->place, INDEX_HEAD), is_head);
}

static void assert_model(const struct model *model) {
    for (size_t i = 0; i < model->n; i++)
        assert_entry(model->index, &model->entries[i]);
    assert_int_equal(index_count(model->index), model->alive);
}

static struct model *model_open(void) {
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->index = index_create();
    assert_non_null(model->index);
    return model;
}

static void model_close(struct model *model) {
    index_destroy(&model->index);
    assert_null(model->index);
    index_destroy(&model->index);
    free(model);
}

static void model_put(struct model *model, uint64_t hash, unsigned flags) {
    uint64_t place = model->n + 1;
    assert_int_equal(index_put(model->index, hash, place, flags), 0);
    model->entries[model->n++] = (struct expected){hash, place, flags};
    model->alive++;
}

static void model_move(struct model *model, size_t from, size_t to) {
    struct expected *old = &model->entries[from], *new = &model->entries[to];
    bool is_head = old->flags & INDEX_HEAD, moves = is_head && old != new;
    int answer = index_move_head(model->index, old->hash, old->place, new->place);
    assert_int_equal(answer, is_head ? 0 : -ENOENT);
    if (!moves)
        return;
    model->alive += !new->flags;
    new->flags |= INDEX_HEAD;
    old->flags &= ~(unsigned)INDEX_HEAD;
    model->alive -= !old->flags;
}

static uint64_t spread(uint64_t i) {
    return i * 0x9e3779b97f4a7c15u;
}

/*
 * Where keys may lie: apart, in one part, at one home, at the end of a part so that they wrap, all
 * the same.
 */
static uint64_t one_part(uint64_t i) {
    return (uint64_t)0x42 << 56 | spread(i) >> 8;
}

static uint64_t one_home(uint64_t i) {
    return (uint64_t)0x42 << 56 | i;
}

static uint64_t last_home(uint64_t i) {
    return UINT64_MAX - i;
}

static uint64_t four_hashes(uint64_t i) {
    return i % 4;
}

static uint64_t (*const shapes[])(uint64_t i) = {spread, one_part, one_home, last_home,
                                                 four_hashes};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void test_finds_what_was_put(void **state) {
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        struct model *model = model_open();
        for (uint64_t i = 0; i < 700; i++)
            model_put(model, shapes[shape](i), 1 + (unsigned)(i % 3));
        assert_model(model);
        assert_false(holds(model->index, shapes[shape](701) ^ 1, 702, INDEX_ID));
        model_close(model);
    }
}

static void test_put_of_a_known_entry_adds_flags(void **state) {
    struct index *index = index_create();
    (void)state;
    assert_int_equal(index_put(index, 5, 9, INDEX_ID), 0);
    assert_int_equal(index_put(index, 5, 9, INDEX_HEAD), 0);
    assert_int_equal(index_count(index), 1);
    assert_true(holds(index, 5, 9, INDEX_ID));
    assert_true(holds(index, 5, 9, INDEX_HEAD));
    index_destroy(&index);
}

/*
 * Heads move between entries of one hash, as revisions do; the others, which collide, stay where
 * they are found.
 */
static void test_heads_move(void **state) {
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        struct model *model = model_open();
        unsigned seed = 7 + (unsigned)shape;
        printf("seed %u\n", seed);
        srand(seed);
        for (uint64_t i = 0; i < 600; i++)
            model_put(model, shapes[shape](i % 200), 1 + (unsigned)rand() % 3);
        for (int step = 0; step < 3000; step++) {
            size_t from = (size_t)rand() % 600;
            model_move(model, from, (from + 200 * ((size_t)rand() % 3)) % 600);
            if (step % 100 == 0)
                assert_model(model);
        }
        assert_model(model);
        model_close(model);
    }
}

static void test_head_moves_to_a_new_place(void **state) {
    struct index *index = index_create();
    (void)state;
    assert_int_equal(index_put(index, 1, 10, INDEX_ID | INDEX_HEAD), 0);
    assert_int_equal(index_move_head(index, 1, 10, 20), 0);
    assert_true(holds(index, 1, 10, INDEX_ID));
    assert_false(holds(index, 1, 10, INDEX_HEAD));
    assert_true(holds(index, 1, 20, INDEX_HEAD));
    assert_false(holds(index, 1, 20, INDEX_ID));
    assert_int_equal(index_count(index), 2);
    assert_int_equal(index_move_head(index, 1, 20, 30), 0);
    assert_false(holds(index, 1, 20, INDEX_HEAD));
    assert_true(holds(index, 1, 30, INDEX_HEAD));
    assert_int_equal(index_count(index), 2);
    assert_int_equal(index_move_head(index, 1, 20, 40), -ENOENT);
    assert_int_equal(index_move_head(index, 2, 30, 40), -ENOENT);
    assert_int_equal(index_move_head(index, 1, 10, 40), -ENOENT); /* an id, no head */
    index_destroy(&index);
}

/* Revisions without end take no more room than the records they are of. */
static void test_moved_heads_take_no_room(void **state) {
    struct index *index = index_create();
    uint64_t before = index_bytes(index);
    (void)state;
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(index_put(index, i, 1, INDEX_HEAD), 0); /* one part, which has room for
                                                                    nine */
    for (uint64_t place = 1; place < 5000; place++)
        for (uint64_t i = 0; i < 8; i++)
            assert_int_equal(index_move_head(index, i, place, place + 1), 0);
    assert_int_equal(index_count(index), 8);
    assert_int_equal(index_bytes(index), before);
    index_destroy(&index);
}

struct refusing {
    int answer;
    int asked;
};

static int refuse(void *arg, uint64_t place, enum index_flag flag) {
    struct refusing *refusing = arg;
    assert_int_equal(place, 3);
    assert_int_equal(flag, INDEX_ID);
    refusing->asked++;
    return refusing->answer;
}

/* A hash is only a hint: the log decides, and its errors come through. */
static void test_find_asks_the_log(void **state) {
    struct index *index = index_create();
    struct refusing no = {0, 0}, broken = {PACE_ECORRUPT, 0};
    uint64_t place = 99;
    (void)state;
    assert_int_equal(index_put(index, 1, 3, INDEX_ID), 0);
    assert_int_equal(index_put(index, 1, 4, INDEX_HEAD), 0);
    assert_int_equal(index_put(index, 2, 5, INDEX_ID), 0);
    assert_int_equal(index_find(index, 1, INDEX_ID, refuse, &no, &place), 0);
    assert_int_equal(no.asked, 1);
    assert_int_equal(index_find(index, 1, INDEX_ID, refuse, &broken, &place), PACE_ECORRUPT);
    assert_int_equal(place, 99);
    index_destroy(&index);
}

static void test_places_to_the_limit(void **state) {
    struct index *index = index_create();
    (void)state;
    assert_int_equal(index_put(index, 1, INDEX_PLACE_MAX, INDEX_ID | INDEX_HEAD), 0);
    assert_true(holds(index, 1, INDEX_PLACE_MAX, INDEX_ID));
    assert_int_equal(index_put(index, 1, INDEX_PLACE_MAX + 1, INDEX_ID), PACE_ELIMIT);
    assert_int_equal(index_move_head(index, 1, INDEX_PLACE_MAX, INDEX_PLACE_MAX + 1), PACE_ELIMIT);
    assert_true(holds(index, 1, INDEX_PLACE_MAX, INDEX_HEAD));
    assert_int_equal(index_count(index), 1);
    index_destroy(&index);
}

static void test_memory_per_entry(void **state) {
    struct index *index = index_create();
    (void)state;
    for (uint64_t i = 1; i <= 1000000; i++) {
        index_prefetch(index, spread(i));
        assert_int_equal(index_put(index, spread(i), i, INDEX_ID), 0);
    }
    assert_int_equal(index_count(index), 1000000);
    assert_in_range(index_bytes(index) / 1000000, 16, 47);
    for (uint64_t i = 1; i <= 1000000; i += 997)
        assert_true(holds(index, spread(i), i, INDEX_ID));
    index_destroy(&index);
}

/* ---- memory from elsewhere ---- */

/* Half a million entries whose hashes begin with so many bits of zeros. */
static struct index *filled_by_lender(int zeros) {
    const struct index_setup setup = {.memory = &lender};
    struct index *index;
    assert_int_equal(index_open(&setup, &index), 0);
    for (uint64_t i = 1; i <= 500000; i++)
        assert_int_equal(index_put(index, spread(i) >> zeros, i, INDEX_ID), 0);
    for (uint64_t i = 1; i <= 500000; i += 97)
        assert_true(holds(index, spread(i) >> zeros, i, INDEX_ID));
    return index;
}

static void test_large_parts_lie_side_by_side(void **state) {
    (void)state;
    lent = (struct lent){0};
    struct index *index = filled_by_lender(0);
    assert_int_equal(lent.got, 1 + 1 + 2 + 4); /* of 2 MiB, and of 4 for all that is larger */
    assert_int_equal(lent.now, index_bytes(index) & ~(size_t)0xfffff); /* all others have left
                                                                          theirs */
    assert_in_range(lent.most, lent.now, lent.now + lent.now / 4);
    index_destroy(&index);
    assert_int_equal(lent.now, 0);
}

static void test_a_part_ahead_gets_no_room_for_all(void **state) {
    (void)state;
    lent = (struct lent){0};
    struct index *index = filled_by_lender(8);
    assert_int_equal(lent.got, 0);
    index_destroy(&index);
}

static void test_parts_lie_by_themselves_where_no_room_is_lent(void **state) {
    (void)state;
    lent = (struct lent){.is_out = true};
    struct index *index = filled_by_lender(0);
    assert_int_equal(lent.got, 0);
    index_destroy(&index);
}

/* A doubling of all at once would hold up whoever waits. */
static void test_parts_grow_one_after_the_other(void **state) {
    enum { BEGIN = 1 << 18, STEP = BEGIN / 16 };
    const struct index_setup setup = {.memory = &lender};
    struct index *index;
    uint64_t before = 0, most = 0, first = 0;
    (void)state;
    lent = (struct lent){.is_out = true}; /* so that each part is counted by itself */
    assert_int_equal(index_open(&setup, &index), 0);
    for (uint64_t i = 1; i <= 2 * BEGIN; i++) {
        assert_int_equal(index_put(index, spread(i), i, INDEX_ID), 0);
        if (i == BEGIN)
            first = before = index_bytes(index);
        if (i <= BEGIN || i % STEP)
            continue;
        most = index_bytes(index) - before > most ? index_bytes(index) - before : most;
        before = index_bytes(index);
    }
    assert_in_range(before - first, first * 9 / 10, first * 11 / 10);
    assert_in_range(most, 1, (before - first) / 5);
    index_destroy(&index);
}

static void test_hash_tells_source_from_key(void **state) {
    static const char *const texts[] = {"", "a", "b", "ab", "abc", "bc", "c"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    uint64_t hashes[TEXTS * TEXTS];
    (void)state;
    for (int i = 0; i < TEXTS * TEXTS; i++) {
        hashes[i] = index_hash(view_of(texts[i / TEXTS]), view_of(texts[i % TEXTS]));
        for (int j = 0; j < i; j++)
            assert_true(hashes[i] != hashes[j]);
    }
    assert_true(index_hash(view_of("a"), view_of("b")) == hashes[1 * TEXTS + 2]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_put),
        cmocka_unit_test(test_put_of_a_known_entry_adds_flags),
        cmocka_unit_test(test_heads_move),
        cmocka_unit_test(test_head_moves_to_a_new_place),
        cmocka_unit_test(test_moved_heads_take_no_room),
        cmocka_unit_test(test_find_asks_the_log),
        cmocka_unit_test(test_places_to_the_limit),
        cmocka_unit_test(test_memory_per_entry),
        cmocka_unit_test(test_large_parts_lie_side_by_side),
        cmocka_unit_test(test_a_part_ahead_gets_no_room_for_all),
        cmocka_unit_test(test_parts_lie_by_themselves_where_no_room_is_lent),
        cmocka_unit_test(test_parts_grow_one_after_the_other),
        cmocka_unit_test(test_hash_tells_source_from_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
