/*
 * service_inside.h - what the files of service share: the turns (service.c), what is done a slice a
 * turn (service_slices.c), and what others ask of the daemon as a whole (service_orders.c).
 */
#ifndef IO_SERVICE_INSIDE_H
#define IO_SERVICE_INSIDE_H

#include "audit.h"
#include "care.h"
#include "clock_watch.h"
#include "control.h"
#include "ingest.h"
#include "reload.h"
#include "retired.h"
#include "service.h"
#include "subscribe.h"

enum {
    SERVICE_LONG_WORK_US = 120 * 1000000, /* as systemd is told */
    SERVICE_DROP_EVERY_US = 20 * 1000,    /* where nothing else is to be committed */
    SERVICE_REFOLD_FIRST_US = 50000,      /* a short log is folded before the reload is answered */
};

struct service {
    struct service_setup setup;
    struct intake *intake;
    struct ingest *ingest;
    struct subscribe *subscribe; /* NULL: none is configured */
    struct control *control;
    struct control_host host;
    struct reload reload;
    struct retired retired;
    struct care *care;
    struct audit *audit;
    struct clock_watch clock_watch;
    bool stopping, more_to_publish, index_damaged, kept_stuck;
    int error;                                                 /* why it can't go on */
    int64_t started_us, alive_at_us, status_at_us, drop_at_us; /* monotonic */
};

/* From now on nothing is committed or acknowledged; the first reason is told. */
void service_fail(struct service *service, const char *what, int error);

/* The engine's next commit, whatever it is for. 0, or why it can't: service_fail was called. */
int service_commit(struct service *service);

/* Makes what was changed durable; only then its batches are acknowledged and its alerts published.
 * 0, or why it can't: service_fail was called. */
int service_settle(struct service *service);

/* Until nothing is uncommitted, the outbox's cursor included: publishing moves it after each
 * commit. 0, or as service_settle. */
int service_settle_all(struct service *service);

/* ---- a slice a turn ---- */

/* Days that are due, a few teams, not committed. */
void service_close(struct service *service, int64_t budget_us);

/* The past under another config; whether there is any of it to do now. */
bool service_refolds(const struct service *service);
void service_refold(struct service *service, int64_t budget_us);

/* What is older than it is to be kept, every SERVICE_DROP_EVERY_US. */
void service_drop_old(struct service *service);

/* ---- orders ---- */

/* What the control socket asks of it. */
struct control_host service_host(struct service *service);

/* What hangs on the config, by the newest. 0 or -ENOMEM. */
int service_configure(struct service *service);

/* As control_host's reload, told to the log. */
void service_reload_by_signal(struct service *service);

#endif
