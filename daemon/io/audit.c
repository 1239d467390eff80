/* audit.c - see audit.h. */
#include "audit.h"

#include "clock.h"
#include "json_value.h"
#include "logger.h"
#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct audit {
    struct audit_setup setup;
    struct verify *verify; /* NULL: none is under way */
    struct control_ticket ticket;
    bool wanted;      /* not begun yet */
    int64_t since_us; /* wall time */
    int64_t last_us;  /* wall time of the last end; 0: there was none */
    uint64_t last_records;
    bool last_good;
};

int audit_create(const struct audit_setup *setup, struct audit **ret_audit) {
    struct audit *audit = calloc(1, sizeof *audit);
    if (!audit)
        return -ENOMEM;
    audit->setup = *setup;
    *ret_audit = audit;
    return 0;
}

void audit_destroy(struct audit **audit) {
    if (!*audit)
        return;
    verify_finish(&(*audit)->verify, NULL);
    json_decref((*audit)->ticket.id);
    free(*audit);
    *audit = NULL;
}

int audit_ask(struct audit *audit, struct control_ticket *ticket) {
    if (audit_busy(audit))
        return -EBUSY;
    if (engine_config_next(audit->setup.engine))
        return -EAGAIN;
    audit->wanted = true;
    audit->since_us = clock_wall_second_us();
    audit->ticket = *ticket;
    *ticket = (struct control_ticket){0};
    return 0;
}

bool audit_busy(const struct audit *audit) {
    return audit->wanted || audit->verify;
}

/* The snapshot is of the last commit: it must be the state that it is compared with, and one in
 * which all teams are closed that a tick was for. */
bool audit_due(const struct audit *audit) {
    return audit->wanted && !engine_closes(audit->setup.engine);
}

void audit_begin(struct audit *audit, struct control *control) {
    const struct audit_setup *setup = &audit->setup;
    audit->wanted = false;
    if (engine_config_next(setup->engine)) {
        control_reply_later(control, &audit->ticket, control_refusal("busy", CONTROL_FOLDS_ANEW));
        return;
    }
    int error = verify_start(setup->engine, setup->store, setup->config->config,
                             config_file_text(setup->config), setup->clock, &audit->verify);
    if (error)
        control_reply_later(control, &audit->ticket,
                            control_refusal("store", pace_strerror(error)));
}

int audit_fd(const struct audit *audit) {
    return audit->verify ? verify_fd(audit->verify) : -1;
}

/* ---- the end ---- */

static const char *error_words(int error) {
    return error == PACE_ECORRUPT ? "stored data is damaged; \"pacectl scrub\" names it, and what is to be done" : pace_strerror(error);
}

static json_t *audit_reply(const struct verify_result *result) {
    char digest[17], refolded[17];
    if (result->error == -ECANCELED)
        return control_refusal("stopping", "paced stops");
    if (result->error)
        return control_refusal("store", error_words(result->error));
    snprintf(digest, sizeof digest, "%016" PRIx64, result->digest);
    snprintf(refolded, sizeof refolded, "%016" PRIx64, result->refolded);
    json_t *reply = json_pack("{s:b,s:I,s:s,s:s,s:b,s:b,s:b}", "ok", 1, "log_records",
                              (json_int_t)result->log_records, "digest", digest, "refolded",
                              refolded, "equal", result->digest == result->refolded, "index_ok",
                              !result->bad_index, "alerts_ok", result->bad_alert == 0);
    if (result->bad_alert)
        json_object_set_new(reply, "bad_alert", json_integer((json_int_t)result->bad_alert));
    return reply;
}

static void audit_tell(const struct verify_result *result) {
    if (result->error == -ECANCELED) {
        logger_write(LOGGER_NOTICE, "the verification under way is given up");
        return;
    }
    if (result->bad_index)
        logger_write(LOGGER_ERROR,
                     "verification failed: the index isn't what the log says; restart paced, "
                     "which makes it anew");
    if (result->error)
        logger_write(LOGGER_ERROR, "verification failed: %s", error_words(result->error));
    else if (result->digest != result->refolded)
        logger_write(LOGGER_ERROR, "verification failed: the log folds to another state than the one in use; restart paced and verify "
                                   "again. If it is said again, restore the newest backup, and please report it");
    if (!result->error && result->bad_alert)
        logger_write(LOGGER_ERROR, "verification failed: warning %" PRIu64 " is missing or damaged; restore the newest backup",
                     result->bad_alert);
}

bool audit_end(struct audit *audit, struct control *control) {
    struct verify_result result;
    verify_finish(&audit->verify, &result);
    audit->last_us = clock_wall_second_us();
    audit->last_records = result.log_records;
    audit->last_good =
        !result.error && !result.bad_alert && !result.bad_index && result.digest == result.refolded;
    audit_tell(&result);
    control_reply_later(control, &audit->ticket, audit_reply(&result));
    return result.bad_index;
}

void audit_stop(struct audit *audit, struct control *control) {
    if (audit->wanted)
        control_reply_later(control, &audit->ticket, control_refusal("stopping", "paced stops"));
    audit->wanted = false;
    if (!audit->verify)
        return;
    verify_cancel(audit->verify);
    audit_end(audit, control);
}

json_t *audit_json(const struct audit *audit) {
    json_t *running = json_null(), *last = json_null();
    uint64_t done = 0, of = 0;
    if (audit->verify)
        verify_progress(audit->verify, &done, &of);
    if (audit_busy(audit))
        running = json_pack("{s:I,s:I,s:o}", "records", (json_int_t)done, "of", (json_int_t)of,
                            "since", json_value_time(audit->since_us));
    if (audit->last_us)
        last = json_pack("{s:o,s:b,s:I}", "at", json_value_time(audit->last_us), "good",
                         audit->last_good, "records", (json_int_t)audit->last_records);
    return json_pack("{s:o,s:o}", "running", running, "last", last);
}
