/* What decodes bodies follows a config, and needs it no longer: a thread may be decoding when another takes its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "intake.h"
#include "temp_dir.h"

#include <signal.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char config_text[] = "indicators:\n"
                                  "  cold: {count: crm.call, where: {temperature: cold, outcome: connected}}\n"
                                  "  warm: {count: crm.call, where: {temperature: warm, height: tall}}\n";

static const char body[] =
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"crm.call\",\"subject\":\"a\","
    "\"time\":\"2026-03-02T09:00:00Z\",\"data\":{\"temperature\":\"cold\",\"height\":\"tall\",\"colour\":\"red\"}}";

static void assert_member(const struct event *event, const char *name, const char *text) {
    for (int i = 0; i < event->n_members; i++)
        if (view_equal(event->members[i].name, view_of(name))) {
            assert_true(view_equal(event->members[i].text, view_of(text)));
            return;
        }
    fail_msg("there is no %s", name);
}

static void assert_wanted(enum pace_code code, const struct json_batch *batch) {
    assert_int_equal(code, PACE_OK);
    assert_int_equal(batch->n_items, 1);
    assert_int_equal(batch->items[0].code, PACE_OK);
    assert_int_equal(batch->items[0].event.n_members, 2);
    assert_member(&batch->items[0].event, "temperature", "cold");
    assert_member(&batch->items[0].event, "height", "tall");
}

static void test_the_config_is_gone(void **state) {
    struct config *config = fixture_config(config_text);
    struct intake *intake = NULL;
    struct json_batch batch;
    char reason[JSON_REASON_SIZE];
    (void)state;
    assert_int_equal(intake_create(&intake), 0);
    assert_int_equal(intake_configure(intake, config), 0);
    config_destroy(&config);
    assert_wanted(intake_decode(intake, view_of(body), &batch, reason), &batch);
    ahead_put(intake_ahead(intake), 0, view_of(body));
    ahead_begin(intake_ahead(intake));
    assert_wanted(ahead_take(intake_ahead(intake), 0, &batch, reason), &batch);
    ahead_drop(intake_ahead(intake), 0);
    intake_destroy(&intake);
}

/* ---- poison ---- */

static const char keeping_text[] = "indicators: {calls: {count: crm.call}}\nquarantine: {keep_body: true}\n";

#define CALL(id)                                                                                                    \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/s\",\"type\":\"crm.call\",\"subject\":\"a\","           \
    "\"time\":\"2026-03-02T09:00:00Z\"}"

/* What crashed paced twice on each of these leaves. */
static void crashes_write(const struct temp_dir *dir, const char *const *bodies, int n) {
    char path[TEMP_PATH_SIZE];
    FILE *file = fopen(temp_dir_file(dir, "crashes", path), "wb");
    assert_non_null(file);
    for (int i = 0; i < 2 * n; i++) {
        uint64_t entry[2] = {0x31435250 | (uint64_t)POISON_TAKE << 32 | (uint64_t)SIGSEGV << 40,
                             XXH3_64bits(bodies[i / 2], strlen(bodies[i / 2]))};
        assert_int_equal(fwrite(entry, 1, sizeof entry, file), sizeof entry);
    }
    assert_int_equal(fclose(file), 0);
}

static enum pace_code take(struct intake_turn *turn, const char *text) {
    struct intake_retry seen = {.code = PACE_OK};
    struct json_batch batch;
    uint64_t counts[VERDICT_REJECTED + 1] = {0};
    assert_int_equal(intake_decode(turn->intake, view_of(text), &batch, seen.reason), PACE_OK);
    assert_int_equal(intake_take(turn, &batch, counts, NULL, NULL), 0);
    assert_int_equal(engine_commit(turn->engine), 0);
    return counts[VERDICT_REJECTED] ? batch.items[0].code : PACE_OK;
}

/* A person who tries one again has it taken, whatever it did before; the other one is refused as it was. */
static void test_poison_is_tried_again_by_itself(void **state) {
    static const char *const bad[] = {CALL("1"), CALL("2")};
    struct temp_dir dir;
    struct poison *poison = NULL;
    struct intake *intake = NULL;
    struct engine *engine = NULL;
    struct intake_retry retry;
    struct config *config = fixture_config(keeping_text);
    struct kv *kv = kv_mem_create();
    const struct engine_setup setup = fixture_setup(kv, config, keeping_text);
    (void)state;
    temp_dir_make(&dir);
    crashes_write(&dir, bad, 2);
    assert_int_equal(poison_open(dir.path, &poison), 0);
    assert_int_equal(engine_open(&setup, &engine), 0);
    assert_int_equal(intake_create(&intake), 0);
    intake_guard(intake, poison);
    assert_int_equal(intake_configure(intake, config), 0);
    struct intake_turn turn = {.intake = intake, .engine = engine, .store = kv};
    for (int i = 0; i < 2; i++)
        assert_int_equal(take(&turn, bad[i]), PACE_POISON);
    assert_int_equal(intake_retry(&turn, 1, &retry), 0);
    assert_int_equal(retry.code, PACE_OK);
    assert_int_equal(retry.counts[VERDICT_ACCEPTED], 1);
    assert_false(poison_isolates(poison, view_of(bad[0])));
    assert_int_equal(take(&turn, bad[1]), PACE_POISON);
    intake_destroy(&intake);
    engine_destroy(&engine);
    kv_destroy(&kv);
    config_destroy(&config);
    poison_close(&poison);
    temp_dir_remove(&dir);
}

/* ---- notes ---- */

/* Where a long event is cut off in its note, it ends with a character. */
static void test_a_note_has_whole_characters(void **state) {
    enum { LONG = 40000 };
    struct config *config = fixture_config(keeping_text);
    struct kv *kv = kv_mem_create();
    const struct engine_setup setup = fixture_setup(kv, config, keeping_text);
    struct engine *engine = NULL;
    struct intake *intake = NULL;
    (void)state;
    assert_int_equal(engine_open(&setup, &engine), 0);
    assert_int_equal(intake_create(&intake), 0);
    assert_int_equal(intake_configure(intake, config), 0);
    struct intake_turn turn = {.intake = intake, .engine = engine, .store = kv};
    for (size_t odd = 0; odd < 2; odd++) {
        struct quarantine_note note;
        static char refused[16 + 2 * LONG];
        char *at = stpcpy(refused, odd ? "{\"x\":\"x" : "{\"x\":\"");
        for (int n = 0; n < LONG; n++)
            at = stpcpy(at, "ä");
        strcpy(at, "\"}");
        assert_int_not_equal(take(&turn, refused), PACE_OK);
        assert_int_equal(engine_quarantine_next(engine, odd + 1, &note), 0);
        assert_in_range(note.body.len, LONG, note.bytes - 1);
        assert_int_equal(note.body.len % 2, odd);
    }
    intake_destroy(&intake);
    engine_destroy(&engine);
    kv_destroy(&kv);
    config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_config_is_gone),
        cmocka_unit_test(test_a_note_has_whole_characters),
        cmocka_unit_test(test_poison_is_tried_again_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
