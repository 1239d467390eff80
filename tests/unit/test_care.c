/*
 * What is said of a store that fills up, and when it is over: a store at the edge isn't told of again and again. Copies of it are
 * made one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "care.h"
#include "lmdb_kv.h"
#include "logger.h"
#include "temp_dir.h"

#include <errno.h>
#include <string.h>

static uint64_t used_permille;
static char told[256];

int __wrap_kv_lmdb_room(struct kv *kv, struct kv_lmdb_room *ret_room);
int __wrap_kv_lmdb_room(struct kv *kv, struct kv_lmdb_room *ret_room) {
    (void)kv;
    *ret_room = (struct kv_lmdb_room){.used_bytes = used_permille, .most_bytes = 1000};
    return 0;
}

void logger_write(enum logger_level level, const char *format, ...) {
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    vsnprintf(told, sizeof told, format, arguments);
    va_end(arguments);
}

static struct temp_dir dir;
static struct kv *kv;
static struct care *care;

static int begin(void **state) {
    (void)state;
    temp_dir_make(&dir);
    return kv_lmdb_open(dir.path, UINT64_C(1) << 20, &kv) || care_create(kv, &care);
}

static int end(void **state) {
    (void)state;
    care_destroy(&care);
    kv_destroy(&kv);
    temp_dir_remove(&dir);
    return 0;
}

static void test_what_is_said_of_the_room(void **state) {
    static const struct {
        int permille;
        const char *told;
        bool full;
    } steps[] = {
        {799, "", false}, {800, "is at 80 %", false}, {790, "", false},           {800, "", false},
        {779, "", false}, {801, "is at 80 %", false}, {900, "is at 90 %", true},  {890, "", false},
        {900, "", true},  {879, "has room again", false}, {899, "", false},       {950, "is at 90 %", true},
        {100, "has room again", false},
    };
    (void)state;
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        told[0] = '\0';
        used_permille = (uint64_t)steps[s].permille;
        care_look(care);
        if (!strstr(told, steps[s].told) || !*told != !*steps[s].told || care_full(care) != steps[s].full)
            fail_msg("step %zu, at %d: \"%s\", full %d", s, steps[s].permille, told, care_full(care));
    }
}

static void test_one_backup_at_a_time(void **state) {
    struct control_ticket ticket = {0};
    char path[TEMP_PATH_SIZE];
    (void)state;
    assert_int_equal(kv_commit(kv), 0);
    assert_int_equal(care_backup(care, temp_dir_file(&dir, "one", path), &ticket), 0);
    assert_int_equal(care_backup(care, temp_dir_file(&dir, "two", path), &ticket), -EBUSY);
}

int main(void) {
#define CARE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {CARE_TEST(test_what_is_said_of_the_room), CARE_TEST(test_one_backup_at_a_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
