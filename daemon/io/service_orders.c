/* service_orders.c - what others ask of the daemon as a whole; see service_inside.h. */
#include "service_inside.h"

#include "clock.h"
#include "engine_json.h"
#include "forecast.h"
#include "json_value.h"
#include "logger.h"
#include "systemd.h"

#include <errno.h>

/* ---- status ---- */

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

/* {"listed":…,"refused":…,"server":…}; null where nobody comes by a key. */
static json_t *keys_json(const struct service *service) {
    const struct keys *keys = service->setup.keys;
    if (!keys)
        return json_null();
    return json_pack("{s:i,s:I,s:s}", "listed", reload_newest(&service->setup, &service->reload)->n_keys, "refused",
                     (json_int_t)keys_refused(keys), "server", keys_public(keys));
}

static int service_describe(void *arg, json_t *status) {
    const struct service *service = arg;
    int64_t uptime_us = clock_monotonic_us() - service->started_us;
    /* Of the engine's own count, this one holds what never was an event too. */
    json_t *more =
        json_pack("{s:s,s:b,s:o,s:I,s:I,s:f,s:o,s:o,s:o,s:o,s:o}", "state",
                  care_full(service->care) ? "store_full" : "serving", "verifying",
                  audit_busy(service->audit), "verify", audit_json(service->audit), "uptime_s",
                  (json_int_t)(uptime_us / 1000000), "clock_behind_s",
                  (json_int_t)(service->clock_watch.behind_us / 1000000), "arl0_days",
                  service->setup.config->config->detection.arl0_days, "rejected",
                  rejected_json(intake_rejected(service->intake)), "subscribe",
                  subscribe_json(service->subscribe), "keys", keys_json(service), "poison", poison_json(service->setup.poison),
                  "turns", turns_json(service->setup.turns));
    int error = json_object_update(status, more) || care_describe(service->care, status);
    json_decref(more);
    return error ? -ENOMEM : 0;
}

/* ---- the clock and the config ---- */

static int service_move_clock(void *arg, int64_t to_us) {
    struct service *service = arg;
    int error = engine_move_clock(service->setup.engine, to_us);
    if (error)
        service_fail(service, "the clock can't be moved", error);
    return service_settle(service);
}

/* Who lost a right to connect is out at once, as is everybody else, who comes back by themselves. */
static void service_configure_keys(struct service *service, const struct config *config) {
    const struct service_setup *setup = &service->setup;
    struct wire_socket *const all[] = {setup->ingest, setup->subscribe, setup->alerts, setup->control};
    if (!setup->keys || !keys_configure(setup->keys, config))
        return;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int error = all[i] ? wire_socket_cut(all[i]) : 0;
        if (error)
            service_fail(service, "a guarded socket can't be bound again", error);
    }
    logger_write(LOGGER_NOTICE, "a key may not connect any more, or not everywhere: all connections by keys were ended");
}

int service_configure(struct service *service) {
    const struct config *config = reload_newest(&service->setup, &service->reload);
    int error = intake_configure(service->intake, config);
    if (!error)
        ingest_configure(service->ingest, config);
    if (!error)
        care_configure(service->care, config);
    if (!error)
        service_configure_keys(service, config);
    return error;
}

static int service_reload_now(struct service *service, struct schema_report *report,
                              json_t **ret_restart_needed) {
    if (audit_busy(service->audit))
        return -EBUSY;
    int error = service_settle_all(service);
    if (error)
        return error;
    systemd_reloading();
    systemd_extend(SERVICE_LONG_WORK_US);
    error = reload_config(&service->setup, &service->reload, report, ret_restart_needed);
    if (!error) {
        error = service_configure(service);
        if (error)
            service_fail(service, "the new configuration can't be used", error);
    }
    if (!error)
        service_refold(service, SERVICE_REFOLD_FIRST_US);
    turns_lap(service->setup.turns, TURN_REFOLD);
    if (!service->error)
        service_settle(service);
    systemd_ready();
    return error;
}

static int service_reload(void *arg, struct schema_report *report, json_t **ret_restart_needed) {
    int error = service_reload_now(arg, report, ret_restart_needed);
    if (error)
        logger_write(LOGGER_ERROR, "not reloaded: %s; the old configuration holds",
                     pace_strerror(error));
    return error;
}

static int service_forecast(void *arg, struct schema_report *report, json_t *reply) {
    struct service *service = arg;
    return forecast_reload(&service->setup, &service->reload, report, reply);
}

void service_reload_by_signal(struct service *service) {
    struct schema_report report = {0};
    char line[CONFIG_LINE_SIZE];
    json_t *restart_needed = NULL;
    service_reload(service, &report, &restart_needed);
    for (int i = 0; i < report.n_errors; i++)
        logger_line(report.errors[i].warning ? LOGGER_WARNING : LOGGER_ERROR,
                    config_report_line(service->setup.config_path, &report.errors[i], line));
    schema_report_clear(&report);
    json_decref(restart_needed);
}

/* ---- refused events ---- */

/* What intake_retry and engine_quarantine_drop say before they change anything leaves the engine as
 * it was; where memory is missing that may have been in the middle. */
static bool note_harmless(int error) {
    return error == -ENOENT || error == -ENODATA || error == -EMSGSIZE || error == PACE_EFULL;
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

/* ---- work beside ---- */

static int service_verify(void *arg, struct control_ticket *ticket) {
    struct service *service = arg;
    return audit_ask(service->audit, ticket);
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

static const struct config *service_config(void *arg) {
    const struct service *service = arg;
    return reload_newest(&service->setup, &service->reload);
}

struct control_host service_host(struct service *service) {
    return (struct control_host){
        .service = service,
        .engine = service->setup.engine,
        .clock = service->setup.clock,
        .config_path = service->setup.config_path,
        .config = service_config,
        .describe = service_describe,
        .move_clock = service_move_clock,
        .reload = service_reload,
        .forecast = service_forecast,
        .verify = service_verify,
        .backup = service_backup,
        .scrub = service_scrub,
        .retry = service_retry,
        .drop = service_drop,
    };
}
