#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "failing_kv.h"
#include "log_codec.h"
#include "log_fixture.h"

#include <pace/error.h>

#include <errno.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static int setup(void **state) {
    struct store *store = calloc(1, sizeof *store);
    store->kv = kv_mem_create();
    *state = store;
    return store_load(store);
}

static int teardown(void **state) {
    store_close(*state);
    free(*state);
    return 0;
}

static struct log_record tick(int64_t now_us) {
    return (struct log_record){.kind = LOG_TICK, .now_us = now_us};
}

static struct log_record config(struct view text) {
    return (struct log_record){
        .kind = LOG_CONFIG, .now_us = 5, .digest = 0x0123456789abcdef, .text = text};
}

/* An ordinary call of an ordinary CRM. The id is in the buffer. */
static struct log_record call(uint64_t i, char *buffer, size_t size) {
    struct event event = {
        .source = view_of("hubspot/eu1"),
        .id = {buffer, (size_t)snprintf(buffer, size, "call-%08llu", (unsigned long long)i)},
        .type = view_of("sales.activity.call"),
        .subject = view_of(i % 3 ? "a.devries@example.com" : "hubspot:51377"),
        .time_us = 1700000000000000 + (int64_t)i * 61000000,
        .offset_min = 60,
        .localdate = DAY_NONE,
        .recorded_us = TIME_NONE,
        .sequence = -1,
        .n_members = 1,
    };
    int outcome = member_find(view_of("outcome"));
    event.record = event.id;
    event.members[0] = (struct member){.id = (uint8_t)outcome,
                                       .form = (uint8_t)member_table[outcome].form,
                                       .name = view_of("outcome"),
                                       .text = view_of(i % 2 ? "connected" : "no_answer")};
    return (struct log_record){.kind = LOG_EVENT, .event = event};
}

static void append_calls(struct store *store, uint64_t n) {
    char id[32];
    for (uint64_t i = 0; i < n; i++) {
        struct log_record record = call(log_last(store->log), id, sizeof id);
        assert_int_equal(log_append(store->log, &record), 0);
    }
}

/* Whether the log gives the calls 1 ... n of append_calls, and says so to a walk, too. */
static void assert_call(const struct log_record *record, uint64_t number) {
    char id[32];
    struct log_record expected = call(number - 1, id, sizeof id);
    expected.number = number;
    assert_true(same_record(record, &expected));
}

static int walk_calls(void *arg, const struct log_record *record) {
    uint64_t *next = arg;
    assert_int_equal(record->number, *next);
    assert_call(record, (*next)++);
    return 0;
}

static uint64_t stored_chunks(struct store *store) {
    uint64_t n = 0, key = 0;
    struct view value;
    for (; kv_ceil(store->kv, KV_LOG, key, &key, &value) == 0; key++)
        n++;
    return n;
}

static uint64_t stored_bytes(struct store *store) {
    uint64_t bytes = 0, key = 0;
    struct view value;
    for (; kv_ceil(store->kv, KV_LOG, key, &key, &value) == 0; key++)
        bytes += value.len;
    return bytes;
}

/* ------------------------------------------------------------------------------------ numbering */

static void test_empty(void **state) {
    struct store *store = *state;
    struct log_record record = {.number = 42};
    uint64_t next = 1, bad = 77;
    assert_int_equal(log_last(store->log), 0);
    assert_int_equal(log_read(store->log, 0, &record), -ENOENT);
    assert_int_equal(log_read(store->log, 1, &record), -ENOENT);
    assert_int_equal(log_walk(store->log, 1, walk_calls, &next, &bad), 0);
    log_flush(store->log);
    assert_int_equal(stored_chunks(store), 0);
    assert_int_equal(record.number, 42);
    assert_int_equal(next, 1);
    assert_int_equal(bad, 77);
}

static void test_numbers_and_chunks(void **state) {
    static const uint64_t counts[] = {1, 15, 16, 17, 255, 256, 257, 511, 512, 513, 2000};
    struct store *store = *state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t n = counts[i], next = 1, bad;
        append_calls(store, n - log_last(store->log));
        assert_int_equal(store_commit(store), 0);
        assert_int_equal(store_restart_mem(store), 0);
        assert_int_equal(log_last(store->log), n);
        assert_int_equal(stored_chunks(store), (n + LOG_CHUNK_RECORDS - 1) / LOG_CHUNK_RECORDS);
        assert_int_equal(log_walk(store->log, 1, walk_calls, &next, &bad), 0);
        assert_int_equal(next, n + 1);
    }
}

/*
 * One record a commit: the open chunk is put again and again, and the result is as if all had come
 * at once.
 */
static void test_small_commits_make_no_small_chunks(void **state) {
    struct store *store = *state;
    for (int i = 0; i < 300; i++) {
        append_calls(store, 1);
        assert_int_equal(store_commit(store), 0);
        if (i % 7 == 0)
            assert_int_equal(store_restart_mem(store), 0);
    }
    uint64_t bytes = stored_bytes(store);
    assert_int_equal(stored_chunks(store), 2);
    struct store other = {.kv = kv_mem_create()};
    assert_int_equal(store_load(&other), 0);
    append_calls(&other, 300);
    assert_int_equal(store_commit(&other), 0);
    assert_int_equal(stored_bytes(&other), bytes);
    store_close(&other);
}

static void test_flush_puts_only_what_is_new(void **state) {
    struct store *store = *state;
    append_calls(store, 3);
    assert_int_equal(store_commit(store), 0);
    kv_del(store->kv, KV_LOG, 1);
    log_flush(store->log);
    assert_int_equal(stored_chunks(store), 0);
    append_calls(store, 1);
    log_flush(store->log);
    assert_int_equal(stored_chunks(store), 1);
}

static void test_reads_in_any_order(void **state) {
    static const uint64_t numbers[] = {1000, 999, 1,  2,   256, 257, 256,
                                       16,   17,  15, 700, 769, 768, 1000};
    struct store *store = *state;
    append_calls(store, 1000); /* three chunks stored by cutting, one in memory only */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct log_record record;
        assert_int_equal(log_read(store->log, numbers[i], &record), 0);
        assert_call(&record, numbers[i]);
    }
}

/* The same one again, of the chunk that grows meanwhile and of one that was put away for another. */
static void test_a_record_is_read_again(void **state) {
    struct store *store = *state;
    struct log_record record;
    append_calls(store, 300);
    for (uint64_t n = 290; n < 700; n += 45) {
        for (int again = 0; again < 3; again++) {
            assert_int_equal(log_read(store->log, n, &record), 0);
            assert_call(&record, n);
        }
        append_calls(store, 45);
        assert_int_equal(log_read(store->log, n, &record), 0);
        assert_call(&record, n);
        assert_int_equal(log_read(store->log, 7, &record), 0);
        assert_call(&record, 7);
        assert_int_equal(log_read(store->log, 701 + n, &record), -ENOENT);
        assert_int_equal(log_read(store->log, 7, &record), 0);
        assert_call(&record, 7);
    }
}

static void test_views_outlive_appends_and_commits(void **state) {
    struct store *store = *state;
    struct log_record record;
    append_calls(store, 10);
    assert_int_equal(log_read(store->log, 10, &record), 0);
    append_calls(store, 2000);
    assert_int_equal(store_commit(store), 0);
    assert_call(&record, 10);
}

static int stop_at_five(void *arg, const struct log_record *record) {
    ++*(int *)arg;
    return record->number == 5 ? -EINTR : 0;
}

static void test_walk_from_within_and_to_where_it_is_stopped(void **state) {
    struct store *store = *state;
    uint64_t next = 300, bad = 77;
    int seen = 0;
    append_calls(store, 600);
    assert_int_equal(log_walk(store->log, 300, walk_calls, &next, &bad), 0);
    assert_int_equal(next, 601);
    assert_int_equal(log_walk(store->log, 3, stop_at_five, &seen, &bad), -EINTR);
    assert_int_equal(seen, 3);
    assert_int_equal(log_walk(store->log, 601, walk_calls, &next, &bad), 0);
    assert_int_equal(next, 601);
    assert_int_equal(bad, 77);
}

struct nested {
    struct store *store;
    uint64_t n;
};

/* Puts, commits and reads elsewhere between two records of a walk. */
static int disturb(void *arg, const struct log_record *record) {
    struct nested *nested = arg;
    struct log_record other;
    assert_int_equal(log_read(nested->store->log, 601 - record->number, &other), 0);
    assert_call(&other, 601 - record->number);
    kv_put(nested->store->kv, KV_PAGE, record->number % 5, "page", 4);
    assert_int_equal(store_commit(nested->store), 0);
    assert_call(record, ++nested->n);
    return 0;
}

static void test_walk_bears_reads_puts_and_commits(void **state) {
    struct nested nested = {*state, 0};
    uint64_t bad;
    append_calls(nested.store, 600);
    assert_int_equal(log_walk(nested.store->log, 1, disturb, &nested, &bad), 0);
    assert_int_equal(nested.n, 600);
}

/* ------------------------------------------------------------------------------------- contents */

static void assert_kept(struct store *store, struct log_record *record) {
    struct log_record read;
    assert_int_equal(log_append(store->log, record), 0);
    assert_int_equal(log_read(store->log, record->number, &read), 0);
    assert_true(same_record(&read, record));
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_restart_mem(store), 0);
    assert_int_equal(log_read(store->log, record->number, &read), 0);
    assert_true(same_record(&read, record));
}

static void test_instants_at_the_edges(void **state) {
    static const int64_t instants[] = {
        0,         -1,       INT64_MAX,        INT64_MIN,        INT64_MAX,
        -60000000, 59999999, 1700000000000000, 1700000000123456, 1700000060123456};
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        char id[32];
        struct log_record ticked = tick(instants[i]), called = call(i, id, sizeof id);
        called.event.time_us = instants[i];
        called.event.recorded_us = instants[sizeof instants / sizeof *instants - 1 - i];
        assert_kept(*state, &ticked);
        assert_kept(*state, &called);
    }
}

static void test_days_at_the_edges(void **state) {
    static const pace_day days[] = {0, -1, INT32_MAX, INT32_MIN + 1, DAY_NONE, 19000};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        char id[32];
        struct log_record record = call(i, id, sizeof id);
        record.event.localdate = days[i];
        assert_kept(*state, &record);
        record.event.time_us = i % 2 ? INT64_MAX : INT64_MIN;
        assert_kept(*state, &record);
    }
}

static void test_every_member_form(void **state) {
    static const struct member members[] = {
        {.form = FORM_WORD, .text = {"word", 4}},
        {.form = FORM_WORD, .text = {"", 0}},
        {.form = FORM_WORD,
         .text = {"sixty-five bytes are one more than are kept in the dictionary, so", 65}},
        {.form = FORM_KEY, .text = {"006A000000XyZ", 13}},
        {.form = FORM_TEXT, .text = {"two\nlines \0 and a NUL", 21}},
        {.form = FORM_TIME, .text = {"2026-03-29", 10}},
        {.form = FORM_JSON, .text = {"[{\"rep\":\"b\"}]", 13}},
        {.form = FORM_NUMBER, .number = INT64_MIN},
        {.form = FORM_NUMBER, .number = INT64_MAX},
        {.form = FORM_NUMBER, .number = 0},
        {.form = FORM_BOOL, .number = 1, .text = {"true", 4}},
        {.form = FORM_BOOL, .number = 0, .text = {"false", 5}},
    };
    static const struct view names[] = {{"x", 1},
                                        {"", 0},
                                        {"a name of more than sixty-four bytes, which is "
                                         "longer than any word may be",
                                         74}};
    enum { MEMBERS = sizeof members / sizeof *members };
    char id[32];
    struct log_record record = call(1, id, sizeof id);
    for (int other = 0; other < 4; other++) {
        record.event.n_members = MEMBERS;
        memcpy(record.event.members, members, sizeof members);
        for (int i = 0; i < MEMBERS; i++) {
            struct member *member = &record.event.members[i];
            member->id = (uint8_t)(other ? MEMBER_OTHER : i);
            member->name = other ? names[other - 1] : view_of(member_table[i].name);
        }
        assert_kept(*state, &record);
    }
}

static void test_standing_and_place(void **state) {
    static const struct {
        enum log_standing standing;
        uint64_t place, before;
        bool conflict;
    } cases[] = {{STANDING_NEW, 0, 0, false},
                 {STANDING_SUPERSEDED, 0, 0, true}, /* as logs told it at first */
                 {STANDING_REPLACES, 1, 0, false},
                 {STANDING_REPLACES, 3, 0, true},
                 {STANDING_SUPERSEDED, 4, 0, false},
                 {STANDING_SUPERSEDED, 4, 5, true},
                 {STANDING_REPLACES, 4, 6, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char id[32];
        struct log_record record = call(i, id, sizeof id);
        record.standing = cases[i].standing;
        record.place = cases[i].place;
        record.before = cases[i].before;
        record.conflict = cases[i].conflict;
        record.event.record = view_of("a record of several events");
        record.event.revision = i % 2 ? INT64_MAX : 1;
        record.event.sequence = i % 2 ? 0 : INT64_MAX;
        assert_kept(*state, &record);
    }
}

/* A config of 1 MiB gets a chunk of its own between small ones. */
static void test_a_big_config_has_its_own_chunk(void **state) {
    struct store *store = *state;
    static char text[1 << 20];
    memset(text, 'c', sizeof text);
    struct log_record record = config((struct view){text, sizeof text}), read;
    append_calls(store, 10);
    assert_int_equal(log_append(store->log, &record), 0);
    append_calls(store, 10);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(stored_chunks(store), 3);
    assert_int_equal(store_restart_mem(store), 0);
    assert_int_equal(log_read(store->log, 11, &read), 0);
    assert_true(same_record(&read, &record));
    assert_int_equal(log_read(store->log, 10, &read), 0);
    assert_call(&read, 10);
    assert_int_equal(log_read(store->log, 12, &read), 0);
    assert_call(&read, 12);
}

static void test_big_events_make_short_chunks(void **state) {
    struct store *store = *state;
    static char text[EVENT_TEXT_MAX_BYTES];
    uint64_t key = 0;
    struct view value;
    for (uint64_t i = 0; i < 200; i++) {
        char id[32];
        struct log_record record = call(i, id, sizeof id);
        record.event.members[0] = (struct member){.id = MEMBER_OTHER,
                                                  .form = FORM_TEXT,
                                                  .name = view_of("x"),
                                                  .text = {text, sizeof text}};
        assert_int_equal(log_append(store->log, &record), 0);
    }
    assert_int_equal(store_commit(store), 0);
    assert_in_range(stored_chunks(store), 13, 16);
    for (; kv_ceil(store->kv, KV_LOG, key, &key, &value) == 0; key++)
        assert_in_range(value.len, 1, 61440);
    assert_int_equal(store_restart_mem(store), 0);
    assert_int_equal(log_last(store->log), 200);
}

static void test_ordinary_events_are_small(void **state) {
    struct store *store = *state;
    append_calls(store, 2560);
    log_flush(store->log);
    assert_in_range(stored_bytes(store) / 2560, 10, 20);
}

/* --------------------------------------------------------------------------------------- limits */

static void test_too_long_attributes_append_nothing(void **state) {
    struct store *store = *state;
    static char text[EVENT_ATTRIBUTE_MAX_BYTES + 1];
    for (uint64_t attribute = 0; attribute < 5; attribute++) {
        char id[32];
        struct log_record record = call(3, id, sizeof id);
        struct event *event = &record.event;
        struct view *const attributes[] = {&event->source, &event->id, &event->type,
                                           &event->subject, &event->record};
        *attributes[attribute] = (struct view){text, sizeof text};
        record.number = 77;
        assert_int_equal(log_append(store->log, &record), PACE_ELIMIT);
        assert_int_equal(record.number, 77);
        assert_int_equal(log_last(store->log), attribute);
        attributes[attribute]->len--;
        assert_kept(store, &record);
    }
}

/* Strings that a refused event left behind are no contradiction at the next start. */
static void test_refused_events_leave_strings(void **state) {
    struct store *store = *state;
    static char text[EVENT_ATTRIBUTE_MAX_BYTES + 1];
    char id[32];
    struct log_record record = call(3, id, sizeof id);
    append_calls(store, LOG_CHUNK_RECORDS); /* so that the refused one would have begun a chunk */
    record.event.source = view_of("a source that is interned before the rest is seen");
    record.event.subject = (struct view){text, sizeof text};
    assert_int_equal(log_append(store->log, &record), PACE_ELIMIT);
    for (int restart = 0; restart < 2; restart++) {
        assert_int_equal(store_commit(store), 0);
        assert_int_equal(store_restart_mem(store), 0);
        assert_int_equal(log_last(store->log), LOG_CHUNK_RECORDS);
    }
}

/*
 * With the dictionary full, words are written out, known subjects go on, and new ones are refused.
 */
static void test_full_dictionary(void **state) {
    struct store *store = *state;
    static char text[DICT_TEXT_MAX_BYTES];
    uint32_t id;
    append_calls(store, 6);
    for (uint32_t i = 0; dict_intern(store->dict, (struct view){text, sizeof text}, &id) == 0; i++)
        memcpy(text, &i, sizeof i);
    for (uint32_t i = 0; dict_intern(store->dict, (struct view){text, 300}, &id) == 0; i++)
        memcpy(text, &i, sizeof i);
    for (uint32_t i = 0; dict_intern(store->dict, (struct view){text, 4}, &id) == 0; i++)
        memcpy(text, &i, sizeof i);
    char buffer[32];
    struct log_record record = call(6, buffer, sizeof buffer), read;
    record.event.members[0].text = view_of("a new word");
    assert_int_equal(log_append(store->log, &record), 0);
    assert_int_equal(log_read(store->log, 7, &read), 0);
    assert_true(same_record(&read, &record));
    record.event.subject = view_of("a new subject");
    assert_int_equal(log_append(store->log, &record), PACE_ELIMIT);
    assert_int_equal(log_last(store->log), 7);
}

/* ----------------------------------------------------------------------------------- corruption */

static int accept_calls(void *arg, const struct log_record *record) {
    assert_call(record, ++*(uint64_t *)arg);
    return 0;
}

/* Right records or an error, never a wrong record: by walking, and by reading each. */
static void assert_right_or_corrupt(struct store *store, uint64_t last, bool must_fail) {
    store_unload(store);
    int error = store_load(store);
    uint64_t seen = 0, bad = 0;
    struct log_record record;
    if (!error) {
        error = log_walk(store->log, 1, accept_calls, &seen, &bad);
        assert_true(error ? bad != 0 && bad <= last : bad == 0);
        for (uint64_t number = 1; number <= last; number += 50) {
            int result = log_read(store->log, number, &record);
            assert_true(result == 0 || result == PACE_ECORRUPT || result == -ENOENT);
            if (!result)
                assert_call(&record, number);
        }
    }
    assert_true(error == 0 || error == PACE_ECORRUPT);
    assert_true(error || seen == last);
    assert_true(error || !must_fail);
}

/* Every bit of a stored value in turn, or with a stride where that would be long. */
static void flip_bits(struct store *store, enum kv_table table, uint64_t key, size_t stride,
                      uint64_t last) {
    struct view value;
    assert_int_equal(kv_get(store->kv, table, key, &value), 0);
    size_t len = value.len;
    uint8_t *copy = malloc(len);
    memcpy(copy, value.at, len);
    for (size_t bit = 0; bit < len * 8; bit += stride) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        kv_put(store->kv, table, key, copy, len);
        assert_right_or_corrupt(store, last, true);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t shorter = 0; shorter < len; shorter += stride) {
        kv_put(store->kv, table, key, copy, shorter);
        assert_right_or_corrupt(store, last, true);
    }
    kv_put(store->kv, table, key, copy, len);
    assert_right_or_corrupt(store, last, false);
    free(copy);
}

static void test_flipped_bits_are_found(void **state) {
    struct store *store = *state;
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    flip_bits(store, KV_LOG, 1, 151, 600);
    flip_bits(store, KV_LOG, 257, 151, 600);
    flip_bits(store, KV_LOG, 513, 151, 600);
    for (uint64_t id = 0; id < dict_count(store->dict); id++)
        flip_bits(store, KV_DICT, id, 5, 600);
    flip_bits(store, KV_META, META_LOG, 1, 600);
}

static void test_bad_chunk_is_named(void **state) {
    struct store *store = *state;
    uint64_t seen = 0, bad = 0;
    struct view value;
    char copy[20000];
    append_calls(store, 1000);
    assert_int_equal(kv_get(store->kv, KV_LOG, 257, &value), 0);
    memcpy(copy, value.at, value.len);
    copy[value.len - 1] ^= 1;
    kv_put(store->kv, KV_LOG, 257, copy, value.len);
    assert_int_equal(log_walk(store->log, 1, accept_calls, &seen, &bad), PACE_ECORRUPT);
    assert_int_equal(bad, 257);
    assert_int_equal(seen, 256);
    bad = 0;
    assert_int_equal(log_walk(store->log, 300, accept_calls, &seen, &bad), PACE_ECORRUPT);
    assert_int_equal(bad, 257);
    kv_del(store->kv, KV_LOG, 257); /* a hole */
    bad = seen = 0;
    assert_int_equal(log_walk(store->log, 1, accept_calls, &seen, &bad), PACE_ECORRUPT);
    assert_int_equal(bad, 257);
    kv_del(store->kv, KV_LOG, 1);
    bad = seen = 0;
    assert_int_equal(log_walk(store->log, 1, accept_calls, &seen, &bad), PACE_ECORRUPT);
    assert_int_equal(bad, 1);
    assert_int_equal(seen, 0);
}

/* A chunk that is good in itself, under the key of another. */
static void test_exchanged_chunks_are_found(void **state) {
    struct store *store = *state;
    struct view value;
    char copy[20000];
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(kv_get(store->kv, KV_LOG, 257, &value), 0);
    memcpy(copy, value.at, value.len);
    kv_put(store->kv, KV_LOG, 1, copy, value.len);
    assert_right_or_corrupt(store, 600, true);
}

/* The newest chunk is gone, or all: nothing of the rest shows it but META_LOG. */
static void test_lost_end_is_found(void **state) {
    struct store *store = *state;
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    for (uint64_t first = 513; first <= 513; first -= 256) {
        kv_del(store->kv, KV_LOG, first);
        assert_right_or_corrupt(store, 600, true);
    }
    assert_int_equal(stored_chunks(store), 0);
}

/* Strings that were there when the chunk was written are missing. */
static void test_lost_dictionary_is_found(void **state) {
    struct store *store = *state;
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    for (uint64_t id = dict_count(store->dict); id-- > 0;) {
        kv_del(store->kv, KV_DICT, id);
        assert_right_or_corrupt(store, 600, true);
    }
}

/* The newest string is needed by an old chunk only, which opening doesn't read. */
static void test_lost_end_of_the_dictionary_is_found(void **state) {
    struct store *store = *state;
    char id[32];
    append_calls(store, 10);
    struct log_record record = call(10, id, sizeof id);
    record.event.subject = view_of("only here");
    assert_int_equal(log_append(store->log, &record), 0);
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    kv_del(store->kv, KV_DICT, dict_count(store->dict) - 1);
    store_unload(store);
    assert_int_equal(store_load(store), PACE_ECORRUPT);
}

/* A chunk as if its content were meant to be so. */
static void put_with_good_checksum(struct store *store, uint64_t first, char *chunk, size_t len) {
    uint64_t check = XXH3_64bits_withSeed(chunk + 8, len - 8, first);
    for (int i = 0; i < 8; i++)
        chunk[i] = (char)(check >> 8 * i);
    kv_put(store->kv, KV_LOG, first, chunk, len);
}

/* A chunk with a good checksum that begins within the one before. */
static void test_overlapping_chunk_is_found(void **state) {
    struct store *store = *state;
    struct view value;
    static char copy[20000];
    uint64_t seen = 0, bad = 0, first = 200;
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(kv_get(store->kv, KV_LOG, 257, &value), 0);
    memcpy(copy, value.at, value.len);
    put_with_good_checksum(store, first, copy, value.len);
    kv_del(store->kv, KV_LOG, 257);
    assert_int_equal(log_walk(store->log, 1, accept_calls, &seen, &bad), PACE_ECORRUPT);
    assert_int_equal(bad, first);
    assert_int_equal(seen, 256);
}

/* Whatever is in it: what a record is made of is in the dictionary. */
static int accept_known_words(void *arg, const struct log_record *record) {
    const struct store *store = arg;
    const uint32_t count = dict_count(store->dict);
    if (record->kind == LOG_EVENT)
        assert_true(record->names.source < count && record->names.type < count &&
                    record->names.subject < count);
    return 0;
}

static void expect_nothing(void *arg, const struct log_record *record) {
    (void)arg, (void)record;
}

/* A chunk with a good checksum whose records can't all be read: those that can't be aren't visited. */
static void test_what_cannot_be_read_is_not_visited(void **state) {
    struct store *store = *state;
    struct view value;
    static char copy[20000];
    uint64_t n_bad = 0;
    append_calls(store, 600);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(kv_get(store->kv, KV_LOG, 257, &value), 0);
    const size_t len = value.len;
    memcpy(copy, value.at, len);
    for (size_t bit = (8 + LOG_BODY_HEAD_BYTES) * 8; bit < len * 8; bit += 7) {
        uint64_t bad = 0;
        copy[bit / 8] ^= (char)(1 << bit % 8);
        put_with_good_checksum(store, 257, copy, len);
        int error = log_walk(store->log, 1, accept_known_words, store, &bad);
        assert_int_equal(
            log_walk_ahead(store->log, 1, expect_nothing, accept_known_words, store, &bad), error);
        assert_true(error ? error == PACE_ECORRUPT && bad == 257 : bad == 0);
        n_bad += error != 0;
        copy[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_in_range(n_bad, 100, len * 8 / 7);
}

/* The head of a body says where its groups begin: that must be where they are. */
static void test_groups_are_where_the_head_says(void **state) {
    struct store *store = *state;
    struct view value;
    static char copy[20000];
    append_calls(store, 256);
    log_flush(store->log);
    assert_int_equal(kv_get(store->kv, KV_LOG, 1, &value), 0);
    for (size_t byte = 2; byte < LOG_BODY_HEAD_BYTES; byte++) {
        struct log_reader reader;
        struct log_record record;
        int error;
        memcpy(copy, value.at + 8, value.len - 8);
        copy[byte] ^= 1;
        assert_int_equal(
            log_reader_open(&reader, store->dict, 1, (struct view){copy, value.len - 8}), 0);
        do
            error = log_reader_next(&reader, &record);
        while (!error && log_reader_more(&reader));
        assert_int_equal(error, PACE_ECORRUPT);
        assert_int_equal(record.number, byte / 2 * LOG_GROUP_RECORDS + 1);
    }
}

/* --------------------------------------------------------------------------------------- errors */

/* Fails each put and each commit in turn: what was committed before is there, nothing after it. */
static void test_every_failing_point(void **state) {
    (void)state;
    for (int what = 0; what < 2; what++)
        for (uint64_t point = 1; point <= 12; point++) {
            struct kv *inner = kv_mem_create();
            struct failure failure = {.code = -EIO};
            *(what ? &failure.commit : &failure.put) = point;
            struct store store = {.kv = failing_kv_create(inner, failure)};
            uint64_t committed = 0, next = 1, bad;
            assert_int_equal(store_load(&store), 0);
            for (int i = 0; i < 20; i++) {
                append_calls(&store, 40);
                int error = store_commit(&store);
                assert_true(error == 0 || error == -EIO);
                committed = error ? committed : log_last(store.log);
            }
            assert_true(committed < 800);
            store_close(&store);
            kv_mem_reopen(inner);
            store.kv = inner;
            assert_int_equal(store_load(&store), 0);
            assert_int_equal(log_last(store.log), committed);
            assert_int_equal(log_walk(store.log, 1, walk_calls, &next, &bad), 0);
            assert_int_equal(next, committed + 1);
            store_close(&store);
        }
}

static void test_store_errors_come_through(void **state) {
    struct store *store = *state;
    struct log_record record;
    uint64_t next = 1, bad = 77;
    append_calls(store, 600);
    store->kv->error = -EIO;
    assert_int_equal(log_read(store->log, 1, &record), -EIO);
    assert_int_equal(log_walk(store->log, 1, walk_calls, &next, &bad), -EIO);
    assert_int_equal(bad, 77);
    struct log *log = NULL;
    assert_int_equal(log_open(store->kv, store->dict, &log), -EIO);
    assert_null(log);
}

/* The rest keeps its numbers, also after a crash; the open chunk stays. */
static void test_the_oldest_chunks_are_dropped(void **state) {
    struct store *store = *state;
    struct log_record record;
    uint64_t end = 77, next = 513, bad;
    assert_int_equal(log_oldest(store->log, &end), -ENOENT);
    append_calls(store, 700);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(log_read(store->log, 3, &record), 0);
    for (int n = 1; n <= 2; n++) {
        assert_int_equal(log_oldest(store->log, &end), 0);
        assert_int_equal(end, 256 * n);
        assert_int_equal(log_drop_oldest(store->log), 0);
        assert_int_equal(log_first(store->log), 256 * n + 1);
        assert_int_equal(log_read(store->log, 3, &record), -ENOENT);
    }
    assert_int_equal(log_oldest(store->log, &end), -ENOENT);
    assert_int_equal(log_drop_oldest(store->log), -ENOENT);
    assert_int_equal(store_restart_mem(store), 0);
    assert_int_equal(log_first(store->log), 1); /* it wasn't committed */
    assert_int_equal(log_drop_oldest(store->log), 0);
    assert_int_equal(log_drop_oldest(store->log), 0);
    append_calls(store, 100);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_restart_mem(store), 0);
    assert_int_equal(log_first(store->log), 513);
    assert_int_equal(log_last(store->log), 800);
    assert_int_equal(log_read(store->log, 512, &record), -ENOENT);
    assert_int_equal(log_read(store->log, 513, &record), 0);
    assert_call(&record, 513);
    assert_int_equal(log_walk(store->log, 1, walk_calls, &next, &bad), 0);
    assert_int_equal(next, 801);
    struct view value;
    uint8_t copy[32];
    assert_int_equal(kv_get(store->kv, KV_META, META_LOG, &value), 0);
    assert_int_equal(value.len, sizeof copy);
    memcpy(copy, value.at, sizeof copy);
    for (size_t bit = 0; bit < 8 * sizeof copy; bit++) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        kv_put(store->kv, KV_META, META_LOG, copy, sizeof copy);
        store_unload(store);
        assert_int_equal(store_load(store), PACE_ECORRUPT);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_empty),
        WITH_STORE(test_numbers_and_chunks),
        WITH_STORE(test_small_commits_make_no_small_chunks),
        WITH_STORE(test_flush_puts_only_what_is_new),
        WITH_STORE(test_reads_in_any_order),
        WITH_STORE(test_a_record_is_read_again),
        WITH_STORE(test_views_outlive_appends_and_commits),
        WITH_STORE(test_walk_from_within_and_to_where_it_is_stopped),
        WITH_STORE(test_walk_bears_reads_puts_and_commits),
        WITH_STORE(test_instants_at_the_edges),
        WITH_STORE(test_days_at_the_edges),
        WITH_STORE(test_every_member_form),
        WITH_STORE(test_standing_and_place),
        WITH_STORE(test_a_big_config_has_its_own_chunk),
        WITH_STORE(test_big_events_make_short_chunks),
        WITH_STORE(test_ordinary_events_are_small),
        WITH_STORE(test_too_long_attributes_append_nothing),
        WITH_STORE(test_refused_events_leave_strings),
        WITH_STORE(test_full_dictionary),
        WITH_STORE(test_the_oldest_chunks_are_dropped),
        WITH_STORE(test_flipped_bits_are_found),
        WITH_STORE(test_bad_chunk_is_named),
        WITH_STORE(test_exchanged_chunks_are_found),
        WITH_STORE(test_lost_end_is_found),
        WITH_STORE(test_lost_dictionary_is_found),
        WITH_STORE(test_lost_end_of_the_dictionary_is_found),
        WITH_STORE(test_overlapping_chunk_is_found),
        WITH_STORE(test_what_cannot_be_read_is_not_visited),
        WITH_STORE(test_groups_are_where_the_head_says),
        cmocka_unit_test(test_every_failing_point),
        WITH_STORE(test_store_errors_come_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
