/* service.c - see service.h. */
#include "service_inside.h"

#include "clock.h"
#include "day.h"
#include "logger.h"
#include "publish.h"
#include "signals.h"
#include "systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

enum {
    STATUS_EVERY_US = 10 * 1000000,
    REFOLD_IDLE_US = 5000,
    REFOLD_BUSY_US = 1000,
    CLOCK_LOOK_US = 60 * 1000000, /* the machine may have slept, or its clock been set: who waits doesn't notice */
    CLOSE_IDLE_US = 10000, /* of a turn, and then a commit */
    CLOSE_BUSY_US = 5000,
};

/* ---- persist, then tell ---- */

void service_fail(struct service *service, const char *what, int error) {
    if (!service->error)
        logger_write(LOGGER_ERROR,
                     "%s: %s; nothing more is acknowledged, stopping for a clean start", what,
                     pace_strerror(error));
    service->error = error;
}

static void service_watch_store(struct service *service) {
    bool damaged = engine_index_damaged(service->setup.engine);
    if (damaged && !service->index_damaged)
        logger_write(
            LOGGER_ERROR,
            "a part of the index of known events is damaged; restart paced, which makes it anew");
    service->index_damaged = damaged;
    uint64_t stuck = engine_kept_stuck(service->setup.engine);
    if (stuck && !service->kept_stuck)
        logger_write(LOGGER_ERROR,
                     "record %" PRIu64 " of the log, and those stored with it, can't be read: "
                     "nothing older than store.keep_days is "
                     "dropped any more; restore the newest backup",
                     stuck);
    service->kept_stuck = stuck != 0;
    care_look(service->care);
}

int service_commit(struct service *service) {
    int error = engine_commit(service->setup.engine);
    if (error)
        service_fail(service, "the store can't commit", error);
    return error;
}

int service_settle(struct service *service) {
    struct engine *engine = service->setup.engine;
    int error = service->error;
    if (!error && engine_dirty(engine)) {
        error = service_commit(service);
        service_watch_store(service);
    }
    if (error) {
        ingest_refuse(service->ingest, "store failed");
        return error;
    }
    ingest_acknowledge(service->ingest);
    service->more_to_publish = publish_alerts(service->setup.alerts, engine);
    turns_lap(service->setup.turns, TURN_ANSWER);
    return 0;
}

int service_settle_all(struct service *service) {
    int error;
    do
        error = service_settle(service);
    while (!error && engine_dirty(service->setup.engine));
    return error;
}

/* ---- work beside, when it ends ---- */

static void service_audit(struct service *service) {
    if (audit_due(service->audit) && !service_settle_all(service))
        audit_begin(service->audit, service->control);
}

static void service_end_audit(struct service *service) {
    if (!audit_end(service->audit, service->control) || service->error)
        return;
    engine_distrust_index(service->setup.store);
    service_commit(service);
}

static void service_end_scrub(struct service *service) {
    if (care_scrub_end(service->care, service->control) && !service->error)
        service_commit(service);
}

/* ---- turns ---- */

static void service_take_signals(struct service *service) {
    int number;
    while (signals_take(service->setup.signal_fd, &number) == 0) {
        if (number == SIGHUP)
            service_reload_by_signal(service);
        else
            service->stopping = true;
    }
}

/* Milliseconds until there is something to do without a message; -1: nothing in sight. */
static int64_t service_timeout_ms(const struct service *service) {
    int64_t wait_us = INT64_MAX;
    if (service->more_to_publish || service_refolds(service) || ingest_waiting(service->ingest) ||
        control_is_busy(service->control) || engine_closes(service->setup.engine))
        return 0;
    if (service->alive_at_us != INT64_MAX)
        wait_us = service->alive_at_us - clock_monotonic_us();
    if (care_due_us(service->care) != INT64_MAX &&
        care_due_us(service->care) - clock_monotonic_us() < wait_us)
        wait_us = care_due_us(service->care) - clock_monotonic_us();
    if (engine_drops(service->setup.engine) && wait_us > SERVICE_DROP_EVERY_US)
        wait_us = SERVICE_DROP_EVERY_US;
    if (service->setup.clock == ENGINE_WALL) {
        int64_t due_us = engine_next_due(service->setup.engine), until_us = due_us == INT64_MAX ? due_us : due_us - clock_wall_us();
        until_us = until_us < CLOCK_LOOK_US ? until_us : CLOCK_LOOK_US;
        wait_us = until_us < wait_us ? until_us : wait_us;
    }
    if (wait_us == INT64_MAX)
        return -1;
    /* Rounded up, or a turn would come too early and the next at once. */
    return wait_us <= 0 ? 1 : wait_us / 1000 + 1;
}

static void service_tell_systemd(struct service *service) {
    struct engine_status status;
    int64_t now_us = clock_monotonic_us();
    if (now_us >= service->alive_at_us) {
        systemd_alive();
        service->alive_at_us = now_us + systemd_watchdog_us();
    }
    if (now_us < service->status_at_us)
        return;
    service->status_at_us = now_us + STATUS_EVERY_US;
    engine_status(service->setup.engine, &status);
    systemd_status("%s; reps: %d, records: %" PRIu64 ", alerts: %" PRIu64 ", store %d %% full",
                   care_damage(service->care) ? "Store damaged (see pacectl status)"
                   : care_full(service->care) ? "Store full"
                                              : "Serving",
                   status.reps, status.log_records, status.alerts, status.store_used_permille / 10);
}

/* What a wrong clock has closed can't be opened again, and what happens then is late. So it is told at once, and how to go on. */
static void service_watch_clock(struct service *service, int64_t now_us) {
    char now[TIME_TEXT_SIZE], reached[TIME_TEXT_SIZE];
    int64_t reached_us = engine_now(service->setup.engine), leap_us;
    enum clock_news news = clock_watch_look(&service->clock_watch, now_us, clock_monotonic_us(), reached_us, &leap_us);
    if (news == CLOCK_NO_NEWS)
        return;
    time_format(now_us, now);
    if (news == CLOCK_LEAPT)
        logger_write(LOGGER_WARNING,
                     "the system's clock went forward by %.1f days at once, to %s: the machine slept, or the clock was set. Days "
                     "that are over by it are closed. If it is wrong, stop paced, set it right, and restore the newest backup made "
                     "before",
                     (double)leap_us / 86400e6, now);
    else if (news == CLOCK_FELL_BEHIND)
        logger_write(LOGGER_WARNING,
                     "the system's clock says %s, but paced went by %s already and goes on from there: no day closes until then, and "
                     "events may come too late. If the clock is wrong now, set it right; if it was ahead, restore the newest backup made "
                     "before",
                     now, time_format(reached_us, reached));
    else
        logger_write(LOGGER_NOTICE, "the system's clock, at %s, has caught up with what paced goes by", now);
}

static void service_take_events(struct service *service, bool ingest_ready, bool subscribe_ready) {
    struct service_setup *setup = &service->setup;
    int64_t now_us = clock_wall_us();
    int error = 0;
    if (setup->clock == ENGINE_WALL) {
        service_watch_clock(service, now_us);
        error = engine_set_clock(setup->engine, now_us);
    }
    struct intake_turn turn = {
        .intake = service->intake,
        .engine = setup->engine,
        .store = setup->store,
        .turns = setup->turns,
        .config = reload_newest(setup, &service->reload),
        .now_us = setup->clock == ENGINE_WALL ? now_us : engine_now(setup->engine),
    };
    if (!error && ingest_ready)
        error = ingest_drain(service->ingest, &turn);
    if (!error && subscribe_ready)
        error = subscribe_drain(service->subscribe, &turn);
    turns_lap(setup->turns, TURN_TAKE);
    if (error)
        service_fail(service, "an event can't be taken", error);
    service_close(service, ingest_ready || subscribe_ready ? CLOSE_BUSY_US : CLOSE_IDLE_US);
    service_settle(service);
}

/* Where others have filled the disk, events are refused before a commit would look at it. */
static void service_watch_disk(struct service *service) {
    if (!care_full(service->care) && intake_store_full(service->setup.store))
        care_look(service->care);
}

/* What a turn waits for. */
enum { INGEST, SUBSCRIBE, ALERTS, CONTROL, SIGNALS, VERIFY, CARE, SCRUB, KEYS, ITEMS };

static int service_wait(struct service *service, struct wire_poll_item items[ITEMS]) {
    const struct service_setup *setup = &service->setup;
    items[INGEST] = (struct wire_poll_item){.socket = setup->ingest};
    items[SUBSCRIBE] = (struct wire_poll_item){.socket = setup->subscribe, .fd = -1}; /* a negative one is passed over */
    items[ALERTS] = (struct wire_poll_item){.socket = setup->alerts};
    items[CONTROL] = (struct wire_poll_item){.socket = setup->control};
    items[SIGNALS] = (struct wire_poll_item){.fd = setup->signal_fd};
    items[VERIFY] = (struct wire_poll_item){.fd = audit_fd(service->audit)};
    items[CARE] = (struct wire_poll_item){.fd = care_fd(service->care)};
    items[SCRUB] = (struct wire_poll_item){.fd = care_scrub_fd(service->care)};
    items[KEYS] = (struct wire_poll_item){.socket = setup->keys ? keys_socket(setup->keys) : NULL, .fd = -1};
    return wire_poll(items, ITEMS, service_timeout_ms(service));
}

static void service_turn(struct service *service) {
    struct service_setup *setup = &service->setup;
    struct wire_poll_item items[ITEMS];
    int error = service_wait(service, items);
    if (error) {
        service_fail(service, "can't wait for messages", error);
        return;
    }
    turns_begin(setup->turns);
    bool ingest_ready = items[INGEST].ready || ingest_waiting(service->ingest);
    bool asked = items[CONTROL].ready || control_is_busy(service->control);
    service_take_events(service, ingest_ready, items[SUBSCRIBE].ready);
    if (service->error)
        return;
    if (items[KEYS].ready)
        keys_answer(setup->keys);
    if (items[ALERTS].ready)
        publish_drain(setup->alerts);
    if (items[VERIFY].ready)
        service_end_audit(service);
    if (items[CARE].ready)
        care_end(service->care, service->control);
    if (items[SCRUB].ready)
        service_end_scrub(service);
    turns_lap(setup->turns, TURN_BESIDE);
    if (asked)
        control_drain(service->control);
    if (items[SIGNALS].ready)
        service_take_signals(service);
    turns_lap(setup->turns, TURN_ASK);
    service_audit(service);
    bool busy = ingest_ready || items[SUBSCRIBE].ready || asked;
    service_watch_disk(service);
    if (clock_monotonic_us() >= care_due_us(service->care))
        care_step(service->care);
    turns_lap(setup->turns, TURN_BESIDE);
    service_refold(service, busy ? REFOLD_BUSY_US : REFOLD_IDLE_US);
    turns_lap(setup->turns, TURN_REFOLD);
    service_drop_old(service);
    service_tell_systemd(service);
    turns_end(setup->turns);
}

/* What was published and is still waiting has nobody who would send it again: a last turn's worth
 * is taken, and the rest is told. */
static void service_end_subscribe(struct service *service) {
    if (!service->subscribe)
        return;
    if (!service->error)
        service_take_events(service, false, true);
    uint64_t n_events = subscribe_drop(service->subscribe, service->intake);
    if (n_events)
        logger_write(LOGGER_WARNING,
                     "stopping: %" PRIu64 " published events that were still waiting are dropped",
                     n_events);
}

int service_run(struct service *service) {
    while (!service->stopping && !service->error)
        service_turn(service);
    service->stopping = true;
    systemd_stopping();
    systemd_status("Stopping");
    ingest_turn_away(service->ingest, service->error ? "store failed" : "stopping");
    service_end_subscribe(service);
    care_stop(service->care, service->control);
    systemd_extend(SERVICE_LONG_WORK_US);
    audit_stop(service->audit, service->control);
    if (!service->error)
        service_settle_all(service);
    return service->error;
}

/* ---- life ---- */

int service_create(const struct service_setup *setup, struct service **ret_service) {
    struct service *service = calloc(1, sizeof *service);
    if (!service)
        return -ENOMEM;
    service->setup = *setup;
    service->host = service_host(service);
    service->started_us = clock_monotonic_us();
    service->alive_at_us = systemd_watchdog_us() == INT64_MAX ? INT64_MAX : service->started_us;
    service->more_to_publish = true;
    reload_remember(setup->config, &service->reload);
    int error = care_create(setup->store, &service->care);
    if (!error) {
        service_watch_store(service);
        error = intake_create(&service->intake);
    }
    const struct audit_setup audit = {setup->engine, setup->store, setup->config, setup->clock};
    if (!error)
        error = audit_create(&audit, &service->audit);
    if (!error) {
        intake_guard(service->intake, setup->poison);
        error = ingest_create(setup->ingest, intake_ahead(service->intake), &service->ingest);
    }
    if (!error)
        error = service_configure(service);
    if (!error && setup->subscribe)
        error = subscribe_create(setup->subscribe, &service->subscribe);
    if (!error)
        error = control_create(setup->control, &service->host, &service->control);
    if (error)
        service_destroy(&service);
    else
        *ret_service = service;
    return error;
}

void service_destroy(struct service **service) {
    if (!*service)
        return;
    audit_destroy(&(*service)->audit);
    reload_clear(&(*service)->reload);
    retired_end(&(*service)->retired);
    care_destroy(&(*service)->care);
    control_destroy(&(*service)->control);
    subscribe_destroy(&(*service)->subscribe);
    ingest_destroy(&(*service)->ingest);
    intake_destroy(&(*service)->intake);
    free(*service);
    *service = NULL;
}
