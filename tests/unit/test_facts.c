/*
 * A book of facts that is read: each note is told to come before it is read, in the same order, and
 * numbers that are passed over are as many as are meant.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../engine_fixture.h"
#include "facts.h"

enum { NOTES = 5000, TO = NOTES / 2 };

static const int numbers_of[NOTE_KINDS] = {[NOTE_PAIR] = 5, [NOTE_TELL] = 13, [NOTE_TOUCH] = 5, [NOTE_DISTINCT] = 2};

static uint64_t luck(uint64_t i) {
    i = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    return i ^ i >> 29;
}

/* Of one to ten bytes. */
static uint64_t number_of(uint64_t note, int n) {
    uint64_t any = luck(note * 16 + (uint64_t)n);
    return any >> any % 64;
}

static enum fact_note_kind kind_of(uint64_t note) {
    static const enum fact_note_kind kinds[] = {NOTE_PAIR, NOTE_TELL, NOTE_TOUCH, NOTE_DISTINCT};
    return kinds[luck(note) >> 40 & 3];
}

static struct thread_key key_of(uint64_t note) {
    return (struct thread_key){luck(note), note};
}

struct heard {
    uint64_t expected, read; /* notes */
    uint64_t most_ahead;
};

static void expect(void *arg, const struct fact_note *note, struct reader reading) {
    struct heard *heard = arg;
    struct thread_key key = key_of(++heard->expected);
    assert_memory_equal(&note->key, &key, sizeof key);
    assert_int_equal(note->kind, kind_of(heard->expected));
    assert_int_equal(read_number(&reading), number_of(heard->expected, 0));
}

static int each(void *arg, const struct fact_note *note, struct reader *reading) {
    struct heard *heard = arg;
    struct thread_key key = key_of(++heard->read);
    assert_memory_equal(&note->key, &key, sizeof key);
    for (int n = 0; n < numbers_of[note->kind]; n++)
        assert_int_equal(read_number(reading), number_of(heard->read, n));
    assert_true(reading->at && heard->expected >= heard->read);
    heard->most_ahead = heard->expected - heard->read > heard->most_ahead ? heard->expected - heard->read : heard->most_ahead;
    return 0;
}

static struct heard load(struct kv *kv, const struct facts_setup *setup, uint64_t chunks, bool looks_ahead) {
    struct heard heard = {0};
    struct facts_reading told = {looks_ahead ? expect : NULL, each, &heard};
    struct facts *book = facts_create(setup);
    uint64_t removals;
    assert_true(book);
    heard.expected = looks_ahead ? 0 : UINT64_MAX;
    assert_int_equal(facts_load(book, chunks, TO, &told), 0);
    assert_int_equal(facts_notes(book, &removals), TO);
    facts_destroy(&book);
    assert_int_equal(kv->error, 0);
    return heard;
}

static void test_notes_are_told_to_come(void **state) {
    struct kv *kv = kv_mem_create();
    struct facts_setup setup = {.kv = kv, .generation = 1};
    struct facts *book = facts_create(&setup);
    (void)state;
    for (uint64_t note = 1; note <= NOTES; note++) {
        uint8_t *at = facts_begin(book, note, kind_of(note), note % 5 ? 1 : -1, key_of(note));
        for (int n = 0; n < numbers_of[kind_of(note)]; n++)
            at = varint_put(at, number_of(note, n));
        facts_end(book, at);
    }
    facts_flush(book);
    uint64_t chunks = facts_chunks(book);
    facts_destroy(&book);
    assert_true(chunks > 5);
    struct heard heard = load(kv, &setup, chunks / 2, true);
    assert_int_equal(heard.read, TO);
    assert_in_range(heard.most_ahead, 8, 32);
    assert_int_equal(load(kv, &setup, chunks / 2, false).read, TO);
    kv_destroy(&kv);
}

static void test_numbers_are_passed_over(void **state) {
    uint8_t bytes[64 * VARINT_MAX_BYTES];
    const uint8_t *behind[65] = {bytes};
    (void)state;
    for (uint64_t round = 0; round < 500; round++) {
        uint8_t *at = bytes;
        for (int n = 0; n < 64; n++)
            behind[n + 1] = at = varint_put(at, number_of(round, n) >> luck(round) % 60);
        for (int from = 0; from <= 64; from++)
            for (int n = 0; n <= 64 - from; n++) {
                assert_ptr_equal(varint_skip(behind[from], at, n), behind[from + n]);
                if (n)
                    assert_null(varint_skip(behind[from], behind[from + n] - 1, n));
            }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_are_told_to_come),
        cmocka_unit_test(test_numbers_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
