/* systemd.c - see systemd.h. */
#include "systemd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

void systemd_ready(void) {
    sd_notify(0, "READY=1");
}

void systemd_reloading(void) {
    sd_notify(0, "RELOADING=1");
}

void systemd_stopping(void) {
    sd_notify(0, "STOPPING=1");
}

void systemd_status(const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sd_notifyf(0, "STATUS=%s", text);
}

void systemd_extend(int64_t more_us) {
    sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRId64 "\nWATCHDOG=1", more_us);
}

int64_t systemd_watchdog_us(void) {
    uint64_t period_us = 0;
    return sd_watchdog_enabled(0, &period_us) > 0 ? (int64_t)(period_us / 2) : INT64_MAX;
}

void systemd_alive(void) {
    sd_notify(0, "WATCHDOG=1");
}
