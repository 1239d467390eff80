/*
 * systemd.h - what the service manager is told (sd_notify(3)). All of it does nothing where there
 * is none.
 */
#ifndef IO_SYSTEMD_H
#define IO_SYSTEMD_H

#include <stdint.h>

void systemd_ready(void);
void systemd_reloading(void); /* systemd_ready ends it */
void systemd_stopping(void);

/* One line for `systemctl status`. */
void systemd_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Long work goes on: start, reload or stop may take this much longer from now; counts as a sign of
 * life too. */
void systemd_extend(int64_t more_us);

/* How often the watchdog wants a sign of life, halved to be safe; INT64_MAX: it doesn't. */
int64_t systemd_watchdog_us(void);
void systemd_alive(void);

#endif
