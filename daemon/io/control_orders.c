/* control_orders.c - the commands that change something, or take long. */
#include "config_file.h"
#include "control_call.h"
#include "logger.h"

#include <errno.h>

enum { CLOCK_MOST_DAYS_AHEAD = 3660 };

void command_clock(struct control_call *call) {
    int64_t to_us = TIME_NONE, now_us = engine_now(call->host->engine);
    if (!call_time(call, "to", true, &to_us))
        return;
    if (call->host->clock != ENGINE_EVENTS) {
        call_fail(call, "not_allowed",
                  "the clock can be moved only where paced runs with --clock events");
        return;
    }
    /* Every day on the way is closed one by one: a slip of the pen in the year must not take hours. */
    if (now_us != TIME_NONE && to_us > now_us + CLOCK_MOST_DAYS_AHEAD * DAY_US) {
        call_fail(call, "bad_argument", "\"to\" is more than %d days ahead of the clock",
                  CLOCK_MOST_DAYS_AHEAD);
        return;
    }
    int error = call->host->move_clock(call->host->service, to_us);
    if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
    else
        call_set(call, "now", json_value_time(engine_now(call->host->engine)));
}

static json_t *report_lines(const struct control_call *call, const struct schema_report *report) {
    char line[CONFIG_LINE_SIZE];
    json_t *lines = json_array();
    for (int i = 0; i < report->n_errors; i++) {
        config_report_line(call->host->config_path, &report->errors[i], line);
        json_array_append_new(lines, json_value_text(view_of(line)));
    }
    return lines;
}

static void call_fail_reload(struct control_call *call, int error,
                             const struct schema_report *report) {
    if (error == -EBUSY) {
        call_fail(call, "busy",
                  "a verification needs the old configuration; try again when it is done");
        return;
    }
    if (error != PACE_ECONFIG) {
        call_fail(call, "store", "%s; the old configuration holds", pace_strerror(error));
        return;
    }
    int n = report->n_errors - report->n_warnings;
    call_fail(call, "config", "the configuration has %d error%s; the old one holds", n,
              n == 1 ? "" : "s");
    json_object_set_new(call->reply, "errors", report_lines(call, report)); /* of the refusal, to which call_set adds nothing */
}

static void command_forecast(struct control_call *call) {
    struct schema_report report = {0};
    int error = call->host->forecast(call->host->service, &report, call->reply);
    if (error)
        call_fail_reload(call, error, &report);
    else
        call_set(call, "warnings", report_lines(call, &report));
    schema_report_clear(&report);
}

void command_reload(struct control_call *call) {
    struct schema_report report = {0};
    json_t *restart_needed = NULL;
    if (json_is_true(json_object_get(call->request, "dry_run"))) {
        command_forecast(call);
        return;
    }
    logger_write(LOGGER_NOTICE, "reload was asked for by %s", call_caller(call));
    int error = call->host->reload(call->host->service, &report, &restart_needed);
    if (error) {
        call_fail_reload(call, error, &report);
        json_decref(restart_needed);
    } else {
        call_set(call, "warnings", report_lines(call, &report));
        call_set(call, "restart_needed", restart_needed);
        call_set(call, "counted_since",
                 json_value_day(engine_will_count_since(call->host->engine)));
    }
    schema_report_clear(&report);
}

/* The host has taken the ticket, or said why not. */
static int answer_later(struct control_call *call, struct control_ticket *ticket, int error) {
    call->later = !error;
    if (error)
        control_ticket_clear(ticket);
    return error;
}

void command_verify(struct control_call *call) {
    struct control_ticket ticket;
    int error = call_ticket(call, &ticket);
    error = error ? error : answer_later(call, &ticket, call->host->verify(call->host->service, &ticket));
    if (error == -EBUSY)
        call_fail(call, "busy", "a verification is under way; ask again when it is done");
    else if (error == -EAGAIN)
        call_fail(call, "busy", "%s", CONTROL_FOLDS_ANEW);
    else if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
}

static void call_fail_backup(struct control_call *call, const char *file, int error) {
    if (error == -EBUSY)
        call_fail(call, "busy", "a backup is under way; status shows how far it is");
    else if (error == -EEXIST)
        call_fail(call, "exists", "%s is there already; nothing is overwritten", file);
    else if (error == -EINVAL)
        call_fail(call, "bad_argument", "\"file\" is not an absolute path");
    else
        call_fail(call, "file",
                  "%s can't be made: %s. It is the daemon that writes it: as a service in its "
                  "state directory only, if no "
                  "ReadWritePaths= allows another place",
                  file, pace_strerror(error));
}

void command_backup(struct control_call *call) {
    struct control_ticket ticket;
    struct view file;
    if (!call_text(call, "file", true, &file))
        return;
    int error = call_ticket(call, &ticket);
    error = error ? error : answer_later(call, &ticket, call->host->backup(call->host->service, file.at, &ticket));
    if (error)
        call_fail_backup(call, file.at, error);
    else
        logger_write(LOGGER_NOTICE, "a backup into %s was asked for by %s", file.at, call_caller(call));
}

void command_scrub(struct control_call *call) {
    struct control_ticket ticket;
    int error = call_ticket(call, &ticket);
    error = error ? error : answer_later(call, &ticket, call->host->scrub(call->host->service, &ticket));
    if (error == -EBUSY)
        call_fail(call, "busy", "somebody waits for that already; status shows how far it is");
    else if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
}
