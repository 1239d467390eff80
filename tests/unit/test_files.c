/* Files read whole: how long they may be, what is no file, and one that can't be read though it was opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "files.h"
#include "temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST = 1000 };

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_what_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
