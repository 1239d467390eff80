/* Files read whole: how long they may be, what is no file, and one that can't be read though it was
 * opened; who is in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "files.h"
#include "temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 1000, NOBODY = 65534 };

static void put(const char *path, size_t len) {
    char bytes[2 * MOST];
    memset(bytes, 'x', sizeof bytes);
    int fd = files_create(path, 0600);
    assert_true(fd >= 0);
    assert_int_equal(files_write(fd, bytes, len), 0);
    close(fd);
}

/* As long as it is, but of one that is longer a byte more than is allowed, so that it isn't taken for one that is cut there. */
static void test_lengths(void **state) {
    static const size_t lens[][2] = {{0, 0}, {1, 1}, {MOST, MOST}, {MOST + 1, MOST + 1}, {2 * MOST, MOST + 1}};
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE];
    (void)state;
    temp_dir_make(&dir);
    temp_dir_file(&dir, "file", path);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        char *bytes = NULL;
        size_t len = 7;
        put(path, lens[i][0]);
        assert_int_equal(files_read(path, MOST, &bytes, &len), 0);
        assert_int_equal(len, lens[i][1]);
        assert_true(len == 0 || (bytes[0] == 'x' && bytes[len - 1] == 'x'));
        free(bytes);
    }
    temp_dir_remove(&dir);
}

static void test_what_is_not_read(void **state) {
    struct temp_dir dir;
    char pipe_path[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(mkfifo(temp_dir_file(&dir, "pipe", pipe_path), 0600), 0);
    const struct {
        const char *path;
        int error;
    } cases[] = {
        {temp_dir_file(&dir, "none", path), -ENOENT},
        {dir.path, -EISDIR},
        {pipe_path, -EINVAL},
        {"/proc/self/mem", -EIO}, /* a file, whose first bytes nobody can read */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bytes = NULL;
        size_t len = 7;
        assert_int_equal(files_read(cases[i].path, MOST, &bytes, &len), cases[i].error);
        assert_null(bytes);
    }
    temp_dir_remove(&dir);
}

/* Of a folder the entry that is closed, wherever it is asked for; of what isn't there the folder
 * above. */
static void test_in_the_way(void **state) {
    char closed[TEMP_PATH_SIZE], missing[TEMP_PATH_SIZE], expected[FILES_WORDS_SIZE],
        words[FILES_WORDS_SIZE];
    struct temp_dir dir;
    bool root = geteuid() == 0;
    (void)state;
    temp_dir_make(&dir);
    temp_dir_file(&dir, "closed", closed);
    temp_dir_file(&dir, "missing/deep", missing);
    put(closed, 1);
    assert_int_equal(chmod(dir.path, 0777), 0);
    assert_string_equal(files_in_the_way(dir.path, -EACCES, words), "");
    assert_int_equal(chmod(closed, 0), 0);
    assert_int_equal(root ? seteuid(NOBODY) : 0, 0);
    snprintf(expected, sizeof expected, root ? "; %s belongs to " : "; the mode of %s forbids ",
             closed);
    assert_int_equal(
        strncmp(files_in_the_way(dir.path, -EACCES, words), expected, strlen(expected)), 0);
    assert_int_equal(strstr(words, ", and this runs as ") != NULL, root);
    assert_int_equal(strncmp(files_in_the_way(closed, -EACCES, words), expected, strlen(expected)),
                     0);
    assert_string_equal(files_in_the_way(closed, -ENOSPC, words), "");
    assert_string_equal(files_in_the_way(missing, -EACCES, words), "");
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(chmod(dir.path, 0), 0);
    assert_int_equal(root ? seteuid(NOBODY) : 0, 0);
    snprintf(expected, sizeof expected, root ? "; %s belongs to " : "; the mode of %s forbids ",
             dir.path);
    assert_int_equal(strncmp(files_in_the_way(missing, -EACCES, words), expected, strlen(expected)),
                     0);
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(chmod(dir.path, 0700), 0);
    temp_dir_remove(&dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_what_is_not_read),
        cmocka_unit_test(test_in_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
