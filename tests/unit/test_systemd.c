/* What the manager is told, and that a daemon doesn't wait for one that doesn't listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "systemd.h"
#include "temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct temp_dir place;
static int manager;

static int listen_as_manager(void **state) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[TEMP_PATH_SIZE];
    (void)state;
    temp_dir_make(&place);
    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", temp_dir_file(&place, "notify", path));
    manager = socket(AF_UNIX, SOCK_DGRAM, 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    return bind(manager, (const struct sockaddr *)&address, sizeof address);
}

static int end(void **state) {
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    close(manager);
    temp_dir_remove(&place);
    return 0;
}

static void assert_heard(const char *note) {
    char heard[1024];
    ssize_t n = recv(manager, heard, sizeof heard - 1, MSG_DONTWAIT);
    heard[n > 0 ? n : 0] = '\0';
    assert_string_equal(heard, note);
}

static void test_the_manager_is_told(void **state) {
    (void)state;
    systemd_ready();
    assert_heard("READY=1");
    systemd_reloading();
    assert_heard("RELOADING=1");
    systemd_stopping();
    assert_heard("STOPPING=1");
    systemd_status("%d records", 3);
    assert_heard("STATUS=3 records");
    systemd_alive();
    assert_heard("WATCHDOG=1");
    systemd_extend(5000000);
    assert_heard("EXTEND_TIMEOUT_USEC=5000000\nWATCHDOG=1"); /* who works that long is alive, too */
    assert_heard("");
}

/* Thousands of them would fill the manager's queue. */
static void test_who_does_not_listen_is_not_waited_for(void **state) {
    (void)state;
    for (int i = 0; i < 5000; i++)
        systemd_status("%d", i);
    assert_heard("STATUS=0");
    unsetenv("NOTIFY_SOCKET");
    systemd_alive();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_manager_is_told, listen_as_manager, end),
        cmocka_unit_test_setup_teardown(test_who_does_not_listen_is_not_waited_for, listen_as_manager, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
