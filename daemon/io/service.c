/* service.c - see service.h. */
#include "service.h"

#include "audit.h"
#include "care.h"
#include "clock.h"
#include "control.h"
#include "engine_json.h"
#include "ingest.h"
#include "json_value.h"
#include "logger.h"
#include "publish.h"
#include "reload.h"
#include "signals.h"
#include "subscribe.h"
#include "systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    STATUS_EVERY_US = 10 * 1000000,
    DROP_EVERY_US = 20 * 1000, /* where nothing else is to be committed */
    LONG_WORK_US = 120 * 1000000,
    REFOLD_RECORDS = 512, /* less than a millisecond */
    REFOLD_IDLE_US = 5000,
    REFOLD_BUSY_US = 1000,
    CLOSE_IDLE_US = 10000, /* of a turn, and then a commit */
    CLOSE_BUSY_US = 5000,
    REFOLD_FIRST_US = 50000, /* a short log is folded before the reload is answered */
};

struct service {
    struct service_setup setup;
    struct intake *intake;
    struct ingest *ingest;
    struct subscribe *subscribe; /* NULL: none is configured */
    struct control *control;
    struct control_host host;
    struct reload reload;
    struct care *care;
    struct audit *audit;
    bool stopping, more_to_publish, index_damaged, kept_stuck;
    int error;                                     /* why it can't go on */
    int64_t started_us, alive_at_us, status_at_us, drop_at_us; /* monotonic */
};

/* ---- persist, then tell ---- */

static void service_fail(struct service *service, const char *what, int error) {
    if (!service->error)
        logger_write(LOGGER_ERROR,
                     "%s: %s; nothing more is acknowledged, stopping for a clean start", what,
                     pace_strerror(error));
    service->error = error;
}

static void service_watch_store(struct service *service) {
    bool damaged = engine_index_damaged(service->setup.engine);
    if (damaged && !service->index_damaged)
        logger_write(LOGGER_ERROR, "a part of the index of known events is damaged; restart paced, which makes it anew");
    service->index_damaged = damaged;
    uint64_t stuck = engine_kept_stuck(service->setup.engine);
    if (stuck && !service->kept_stuck)
        logger_write(LOGGER_ERROR,
                     "record %" PRIu64 " of the log, and those stored with it, can't be read: nothing older than store.keep_days is "
                     "dropped any more; restore the newest backup",
                     stuck);
    service->kept_stuck = stuck != 0;
    care_look(service->care);
}

/* Makes the turn durable; only then its batches are acknowledged and its alerts published. */
static int service_settle(struct service *service) {
    struct engine *engine = service->setup.engine;
    int error = service->error;
    if (!error && engine_dirty(engine)) {
        error = engine_commit(engine);
        if (error)
            service_fail(service, "the store can't commit", error);
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

/* Until nothing is uncommitted, the outbox's cursor included: publishing moves it after each
 * commit. */
static int service_settle_all(struct service *service) {
    int error;
    do
        error = service_settle(service);
    while (!error && engine_dirty(service->setup.engine));
    return error;
}

/* ---- what the control socket asks of the daemon as a whole ---- */

/* {"messages":…,"accepted":…,…}; null where no socket is configured. */
static json_t *subscribe_json(const struct subscribe *subscribe) {
    if (!subscribe)
        return json_null();
    const struct subscribe_counts *counts = subscribe_counts(subscribe);
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "messages", (json_int_t)counts->messages,
                     "accepted", (json_int_t)counts->events[VERDICT_ACCEPTED], "duplicate",
                     (json_int_t)counts->events[VERDICT_DUPLICATE], "superseded",
                     (json_int_t)counts->events[VERDICT_SUPERSEDED], "rejected",
                     (json_int_t)counts->events[VERDICT_REJECTED], "dropped",
                     (json_int_t)counts->dropped);
}

/* {"suspected":…,"isolated":…}: events that crashed paced once, and twice. */
static json_t *poison_json(const struct poison *poison) {
    struct poison_counts counts;
    poison_count(poison, &counts);
    return json_pack("{s:i,s:i}", "suspected", counts.suspected, "isolated", counts.isolated);
}

static int service_describe(void *arg, json_t *status) {
    const struct service *service = arg;
    int64_t uptime_us = clock_monotonic_us() - service->started_us;
    /* Of the engine's own count, this one holds what never was an event too. */
    json_t *more = json_pack("{s:s,s:b,s:o,s:I,s:f,s:o,s:o,s:o,s:o}", "state",
                             care_full(service->care) ? "store_full" : "serving", "verifying",
                             audit_busy(service->audit), "verify", audit_json(service->audit), "uptime_s", (json_int_t)(uptime_us / 1000000),
                             "arl0_days", service->setup.config->config->detection.arl0_days,
                             "rejected", rejected_json(intake_rejected(service->intake)),
                             "subscribe", subscribe_json(service->subscribe), "poison",
                             poison_json(service->setup.poison), "turns", turns_json(service->setup.turns));
    int error = json_object_update(status, more) || care_describe(service->care, status);
    json_decref(more);
    return error ? -ENOMEM : 0;
}

static int service_move_clock(void *arg, int64_t to_us) {
    struct service *service = arg;
    int error = engine_move_clock(service->setup.engine, to_us);
    if (error)
        service_fail(service, "the clock can't be moved", error);
    return service_settle(service);
}

/* ---- days, a few teams a turn ---- */

static void service_close(struct service *service, int64_t budget_us) {
    int64_t end_us = clock_monotonic_us() + budget_us;
    int more = engine_closes(service->setup.engine) && !service->error;
    while (more > 0 && clock_monotonic_us() < end_us)
        more = engine_close_next(service->setup.engine);
    if (more < 0)
        service_fail(service, "days can't be closed", more);
}

/* ---- the past under another config, in slices ---- */

static bool service_refolds(const struct service *service) {
    return engine_config_next(service->setup.engine) && !audit_busy(service->audit) && !service->error &&
           !engine_closes(service->setup.engine);
}

static void service_refold(struct service *service, int64_t budget_us) {
    int64_t end_us = clock_monotonic_us() + budget_us;
    pace_day before = engine_counted_since(service->setup.engine), since;
    int more = 1;
    if (!service_refolds(service))
        return;
    while (more > 0 && clock_monotonic_us() < end_us)
        more = engine_refold_step(service->setup.engine, REFOLD_RECORDS);
    if (more < 0)
        service_fail(service, "the new configuration can't be folded with", more);
    if (more != 0)
        return;
    since = engine_counted_since(service->setup.engine);
    if (since != before) {
        char day[DAY_TEXT_SIZE];
        logger_write(LOGGER_WARNING, "the new configuration counts from %s on: what was told of earlier days isn't kept any more",
                     day_format(since, day));
    }
    reload_settle(&service->setup, &service->reload);
    service_settle(service);
}

/* ---- what is older than it is to be kept, in slices ---- */

static void service_drop_old(struct service *service) {
    struct engine *engine = service->setup.engine;
    int64_t now_us = clock_monotonic_us();
    if (!engine_drops(engine) || service->error || now_us < service->drop_at_us)
        return;
    service->drop_at_us = now_us + DROP_EVERY_US;
    int error = engine_commit(engine);
    if (error)
        service_fail(service, "the store can't commit", error);
}

static int service_configure(struct service *service) {
    const struct config *config = reload_newest(&service->setup, &service->reload);
    int error = intake_configure(service->intake, config);
    if (!error)
        ingest_configure(service->ingest, config);
    if (!error)
        care_configure(service->care, config);
    return error;
}

static int service_reload_now(struct service *service, struct schema_report *report,
                              json_t *restart_needed) {
    if (audit_busy(service->audit))
        return -EBUSY;
    int error = service_settle_all(service);
    if (error)
        return error;
    systemd_reloading();
    systemd_extend(LONG_WORK_US);
    error = reload_config(&service->setup, &service->reload, report, restart_needed);
    if (!error) {
        error = service_configure(service);
        if (error)
            service_fail(service, "the new configuration can't be used", error);
    }
    if (!error)
        service_refold(service, REFOLD_FIRST_US);
    if (!service->error)
        service_settle(service);
    systemd_ready();
    return error;
}

static int service_reload(void *arg, struct schema_report *report, json_t *restart_needed) {
    int error = service_reload_now(arg, report, restart_needed);
    if (error)
        logger_write(LOGGER_ERROR, "not reloaded: %s; the old configuration holds",
                     pace_strerror(error));
    return error;
}

static int service_verify(void *arg, struct control_ticket *ticket) {
    struct service *service = arg;
    return audit_ask(service->audit, ticket);
}

static void service_audit(struct service *service) {
    if (audit_due(service->audit) && !service_settle_all(service))
        audit_begin(service->audit, service->control);
}

static void service_end_audit(struct service *service) {
    if (!audit_end(service->audit, service->control) || service->error)
        return;
    engine_distrust_index(service->setup.store);
    int error = engine_commit(service->setup.engine);
    if (error)
        service_fail(service, "the store can't commit", error);
}

/* What intake_retry and engine_quarantine_drop say before they change anything leaves the engine as
 * it was. */
static bool note_harmless(int error) {
    return error == -ENOENT || error == -ENODATA || error == -EMSGSIZE || error == PACE_EFULL ||
           error == -ENOMEM;
}

static int service_end_note(struct service *service, int error) {
    if (error && !note_harmless(error))
        service_fail(service, "an event can't be taken", error);
    int settled = service_settle(service);
    return error ? error : settled;
}

static int service_retry(void *arg, uint64_t number, struct intake_retry *ret_retry) {
    struct service *service = arg;
    struct service_setup *setup = &service->setup;
    struct intake_turn turn = {
        .intake = service->intake,
        .engine = setup->engine,
        .store = setup->store,
        .now_us = setup->clock == ENGINE_WALL ? clock_wall_us() : engine_now(setup->engine),
    };
    return service_end_note(service, intake_retry(&turn, number, ret_retry));
}

static int service_drop(void *arg, uint64_t number) {
    struct service *service = arg;
    struct intake_turn turn = {.intake = service->intake, .engine = service->setup.engine};
    return service_end_note(service, intake_forget(&turn, number));
}

static int service_backup(void *arg, const char *file, struct control_ticket *ticket) {
    struct service *service = arg;
    int error = service_settle_all(service);
    return error ? error : care_backup(service->care, file, ticket);
}

static int service_scrub(void *arg, struct control_ticket *ticket) {
    struct service *service = arg;
    return care_scrub(service->care, ticket);
}

static void service_end_scrub(struct service *service) {
    if (!care_scrub_end(service->care, service->control) || service->error)
        return;
    int error = engine_commit(service->setup.engine);
    if (error)
        service_fail(service, "the store can't commit", error);
}

/* ---- signals ---- */

static void service_reload_by_signal(struct service *service) {
    struct schema_report report = {0};
    char line[CONFIG_LINE_SIZE];
    json_t *restart_needed = json_array();
    service_reload(service, &report, restart_needed);
    for (int i = 0; i < report.n_errors; i++)
        logger_line(report.errors[i].warning ? LOGGER_WARNING : LOGGER_ERROR,
                    config_report_line(service->setup.config_path, &report.errors[i], line));
    schema_report_clear(&report);
    json_decref(restart_needed);
}

static void service_take_signals(struct service *service) {
    int number;
    while (signals_take(service->setup.signal_fd, &number) == 0) {
        if (number == SIGHUP)
            service_reload_by_signal(service);
        else
            service->stopping = true;
    }
}

/* ---- turns ---- */

/* Milliseconds until there is something to do without a message; -1: nothing in sight. */
static int64_t service_timeout_ms(const struct service *service) {
    int64_t wait_us = INT64_MAX;
    if (service->more_to_publish || service_refolds(service) || ingest_waiting(service->ingest) ||
        engine_closes(service->setup.engine))
        return 0;
    if (service->alive_at_us != INT64_MAX)
        wait_us = service->alive_at_us - clock_monotonic_us();
    if (care_due_us(service->care) != INT64_MAX &&
        care_due_us(service->care) - clock_monotonic_us() < wait_us)
        wait_us = care_due_us(service->care) - clock_monotonic_us();
    if (engine_drops(service->setup.engine) && wait_us > DROP_EVERY_US)
        wait_us = DROP_EVERY_US;
    int64_t due_us = engine_next_due(service->setup.engine);
    if (service->setup.clock == ENGINE_WALL && due_us != INT64_MAX) {
        int64_t now_us = clock_wall_us();
        if (due_us - now_us < wait_us)
            wait_us = due_us - now_us;
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
    systemd_status("%s: %d reps, %" PRIu64 " records, %" PRIu64 " alerts, store %d %% full",
                   care_damage(service->care) ? "Store damaged (see pacectl status)"
                   : care_full(service->care) ? "Store full"
                                              : "Serving",
                   status.reps,
                   status.log_records, status.alerts, status.store_used_permille / 10);
}

static void service_take_events(struct service *service, bool ingest_ready, bool subscribe_ready) {
    struct service_setup *setup = &service->setup;
    int64_t now_us = clock_wall_us();
    int error = 0;
    if (setup->clock == ENGINE_WALL)
        error = engine_set_clock(setup->engine, now_us);
    struct intake_turn turn = {
        .intake = service->intake,
        .engine = setup->engine,
        .store = setup->store,
        .turns = setup->turns,
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

static void service_turn(struct service *service) {
    struct service_setup *setup = &service->setup;
    enum { INGEST, SUBSCRIBE, ALERTS, CONTROL, SIGNALS, VERIFY, CARE, SCRUB, ITEMS };
    struct wire_poll_item items[] = {
        [INGEST] = {.socket = setup->ingest},
        [SUBSCRIBE] = {.socket = setup->subscribe, .fd = -1}, /* a negative one is passed over */
        [ALERTS] = {.socket = setup->alerts},
        [CONTROL] = {.socket = setup->control},
        [SIGNALS] = {.fd = setup->signal_fd},
        [VERIFY] = {.fd = audit_fd(service->audit)},
        [CARE] = {.fd = care_fd(service->care)},
        [SCRUB] = {.fd = care_scrub_fd(service->care)},
    };
    int error = wire_poll(items, ITEMS, service_timeout_ms(service));
    if (error) {
        service_fail(service, "can't wait for messages", error);
        return;
    }
    turns_begin(setup->turns);
    bool ingest_ready = items[INGEST].ready || ingest_waiting(service->ingest);
    service_take_events(service, ingest_ready, items[SUBSCRIBE].ready);
    if (service->error)
        return;
    if (items[ALERTS].ready)
        publish_drain(setup->alerts);
    if (items[VERIFY].ready)
        service_end_audit(service);
    if (items[CARE].ready)
        care_end(service->care, service->control);
    if (items[SCRUB].ready)
        service_end_scrub(service);
    turns_lap(setup->turns, TURN_BESIDE);
    if (items[CONTROL].ready)
        control_drain(service->control);
    if (items[SIGNALS].ready)
        service_take_signals(service);
    turns_lap(setup->turns, TURN_ASK);
    service_audit(service);
    bool busy = ingest_ready || items[SUBSCRIBE].ready || items[CONTROL].ready;
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
    systemd_extend(LONG_WORK_US);
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
    service->host = (struct control_host){
        .service = service,
        .engine = setup->engine,
        .clock = setup->clock,
        .config_path = setup->config_path,
        .describe = service_describe,
        .move_clock = service_move_clock,
        .reload = service_reload,
        .verify = service_verify,
        .backup = service_backup,
        .scrub = service_scrub,
        .retry = service_retry,
        .drop = service_drop,
    };
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
    care_destroy(&(*service)->care);
    control_destroy(&(*service)->control);
    subscribe_destroy(&(*service)->subscribe);
    ingest_destroy(&(*service)->ingest);
    intake_destroy(&(*service)->intake);
    free(*service);
    *service = NULL;
}
