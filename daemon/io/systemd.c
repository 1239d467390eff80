/*
 * systemd.c - see systemd.h. The protocol is one datagram of lines (sd_notify(3)); sd_notify()
 * itself waits for ever where the manager doesn't read, and a daemon must not hang on being
 * talkative.
 */
#include "systemd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { NOTE_SIZE = 512, PATIENCE_S = 2 };

/* The manager's socket; "@" stands for the NUL of an abstract name. Its length, 0 for none. */
static socklen_t systemd_address(struct sockaddr_un *address) {
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length = path ? strlen(path) : 0;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length < 2 || length >= sizeof address->sun_path)
        return 0;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* flags: MSG_DONTWAIT for what may be lost; the rest is given up after PATIENCE_S. */
static void systemd_send(const char *note, int flags) {
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_un address;
    socklen_t length = systemd_address(&address);
    int fd = length ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ssize_t sent = sendto(fd, note, strlen(note), flags | MSG_NOSIGNAL,
                          (const struct sockaddr *)&address, length);
    (void)sent; /* nobody to tell */
    close(fd);
}

void systemd_ready(void) {
    systemd_send("READY=1", 0);
}

void systemd_reloading(void) {
    systemd_send("RELOADING=1", 0);
}

void systemd_stopping(void) {
    systemd_send("STOPPING=1", 0);
}

void systemd_status(const char *format, ...) {
    char note[NOTE_SIZE] = "STATUS=";
    size_t length = strlen(note);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(note + length, sizeof note - length, format, arguments);
    va_end(arguments);
    systemd_send(note, MSG_DONTWAIT);
}

void systemd_extend(int64_t more_us) {
    char note[NOTE_SIZE];
    snprintf(note, sizeof note, "EXTEND_TIMEOUT_USEC=%" PRId64 "\nWATCHDOG=1", more_us);
    systemd_send(note, MSG_DONTWAIT);
}

int64_t systemd_watchdog_us(void) {
    uint64_t period_us = 0;
    return sd_watchdog_enabled(0, &period_us) > 0 ? (int64_t)(period_us / 2) : INT64_MAX;
}

void systemd_alive(void) {
    systemd_send("WATCHDOG=1", MSG_DONTWAIT);
}
