/* A configuration that is accepted while another one is still being folded with: which of them is the newest, and which is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "reload.h"
#include "temp_dir.h"

#include <string.h>

#define CALLS "indicators: {calls: {count: crm.call}}\n"
#define MAILS "indicators: {mails: {count: crm.mail}}\n"
#define NOTES "indicators: {notes: {count: crm.note}}\n"

static struct bench {
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE];
    struct kv *kv;
    struct engine *engine;
    struct config_file config;
    struct service_setup setup;
    struct reload reload;
    struct schema_report report;
} bench;

static void write_config(const char *text) {
    FILE *file = fopen(bench.path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* How many keys need a restart. */
static size_t reload_with(const char *text) {
    json_t *restarts = NULL;
    write_config(text);
    assert_int_equal(reload_config(&bench.setup, &bench.reload, &bench.report, &restarts), 0);
    size_t n = json_array_size(restarts);
    json_decref(restarts);
    return n;
}

static int begin(void **state) {
    (void)state;
    bench = (struct bench){.kv = kv_mem_create()};
    temp_dir_make(&bench.dir);
    temp_dir_file(&bench.dir, "paced.yaml", bench.path);
    write_config(CALLS);
    if (config_file_read(bench.path, bench.dir.path, &bench.report, &bench.config))
        return -1;
    struct engine_setup setup = fixture_setup(bench.kv, bench.config.config, CALLS);
    if (engine_open(&setup, &bench.engine))
        return -1;
    bench.setup = (struct service_setup){
        .engine = bench.engine, .config = &bench.config, .config_path = bench.path, .runtime_dir = bench.dir.path};
    reload_remember(&bench.config, &bench.reload);
    return 0;
}

static int end(void **state) {
    (void)state;
    engine_destroy(&bench.engine);
    reload_clear(&bench.reload);
    config_file_clear(&bench.config);
    schema_report_clear(&bench.report);
    kv_destroy(&bench.kv);
    temp_dir_remove(&bench.dir);
    return 0;
}

static const struct config *newest(void) {
    return reload_newest(&bench.setup, &bench.reload);
}

static void test_the_newest_counts(void **state) {
    const struct config *first = newest();
    (void)state;
    reload_with(NOTES);
    assert_ptr_equal(newest(), engine_config_next(bench.engine));
    assert_string_equal(newest()->indicators[0].name, "notes");
    reload_with(MAILS);
    assert_ptr_equal(newest(), engine_config_next(bench.engine));
    assert_string_equal(newest()->indicators[0].name, "mails");
    reload_with("# again\n" MAILS); /* changes nothing of what is under way */
    assert_ptr_equal(newest(), engine_config_next(bench.engine));
    reload_with(CALLS); /* as it was: there is nothing to be waited for */
    assert_ptr_equal(newest(), first);
    assert_false(bench.reload.waits);
}

static void test_what_is_folded_takes_over(void **state) {
    (void)state;
    reload_with(NOTES);
    struct config_file old = reload_settle(&bench.setup, &bench.reload);
    assert_null(old.config);
    assert_int_equal(engine_refold_finish(bench.engine), 0);
    old = reload_settle(&bench.setup, &bench.reload);
    assert_string_equal(old.config->indicators[0].name, "calls");
    assert_string_equal(bench.config.config->indicators[0].name, "notes");
    assert_ptr_equal(newest(), bench.config.config);
    config_file_clear(&old);
}

/* A socket more is a difference, too. */
static void test_what_needs_a_restart(void **state) {
    (void)state;
    assert_int_equal(reload_with(NOTES), 0);
    assert_int_equal(reload_with(NOTES "store: {dedup_memory: 64MiB}\n"), 1);
    assert_int_equal(reload_with(NOTES "sockets: {control: [\"ipc://{runtime}/control.sock\", \"tcp://127.0.0.1:7000\"]}\n"), 1);
    assert_int_equal(reload_with(NOTES "sockets: {control: \"ipc://{runtime}/other.sock\"}\n"), 1);
}

int main(void) {
#define RELOAD_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        RELOAD_TEST(test_the_newest_counts),
        RELOAD_TEST(test_what_is_folded_takes_over),
        RELOAD_TEST(test_what_needs_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
