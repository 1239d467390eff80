#include "deliver.h"

#include "answer.h"
#include "control.h"
#include "link.h"

#include <pace/client.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { PATIENCE_MS = 10000 };

struct delivery {
    bool answered, refused;
};

char *deliver_id(char ret_id[DELIVER_ID_SIZE]) {
    char at[20] = "";
    unsigned chance = 0;
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts))
        strftime(at, sizeof at, "%Y%m%dT%H%M%S", &parts);
    if (getrandom(&chance, sizeof chance, 0) < 0)
        chance = (unsigned)link_now_ms();
    snprintf(ret_id, DELIVER_ID_SIZE, "%s-%06x", at, chance & 0xffffff);
    return ret_id;
}

static void write_now(char ret_time[DELIVER_TIME_SIZE]) {
    char second[24] = "";
    struct timespec now = {0};
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts))
        strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret_time, DELIVER_TIME_SIZE, "%s.%06ldZ", second, now.tv_nsec / 1000);
}

int deliver_now(const struct ctl *ctl, char ret_time[DELIVER_TIME_SIZE]) {
    json_t *status = NULL;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "status"), &status);
    const char *now = json_string_value(json_object_get(status, "now"));
    if (now && !strcmp(answer_text(status, "clock"), "events"))
        snprintf(ret_time, DELIVER_TIME_SIZE, "%s", now);
    else
        write_now(ret_time);
    json_decref(status);
    return code;
}

json_t *deliver_event(const char *id, const char *type, const char *subject, json_t *data) {
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(data, next, name, value) {
        if (json_is_null(value))
            json_object_del(data, name);
    }
    return json_pack("{ss ss ss ss ss so}", "specversion", "1.0", "id", id, "source", "pacectl", "type", type, "subject",
                     subject, "data", data);
}

static void on_result(void *arg, const struct pace_result *result) {
    struct delivery *delivery = arg;
    delivery->answered = true;
    delivery->refused = result->n_rejected > 0;
    for (size_t i = 0; i < result->n_rejected; i++)
        ctl_fail(CTL_NO, "it was refused: %s: %s", result->rejected[i].code, result->rejected[i].reason);
}

static void on_trouble(void *arg, const struct pace_trouble *trouble) {
    (void)arg;
    ctl_fail(CTL_NO, "the daemon answered: %s", trouble->reason);
}

static int wait_for_answer(struct pace_client *client, const struct delivery *delivery, const char *endpoint) {
    int64_t begun_ms = link_now_ms();
    while (!delivery->answered) {
        struct pollfd item = {.fd = pace_client_fd(client), .events = POLLIN};
        int error = pace_client_process(client, 0);
        if (error)
            return ctl_fail(CTL_NO, "%s", pace_strerror(error));
        if (link_now_ms() - begun_ms > PATIENCE_MS)
            return control_tell_unreachable(endpoint, "no daemon answers");
        if (!delivery->answered)
            poll(&item, 1, 100);
    }
    return delivery->refused ? CTL_NO : CTL_YES;
}

int deliver(const struct ctl *ctl, json_t *event) {
    char endpoint[CTL_ENDPOINT_SIZE], now[DELIVER_TIME_SIZE];
    struct delivery delivery = {false, false};
    struct pace_client_options options;
    struct pace_client *client = NULL;
    int code = deliver_now(ctl, now);
    char *text = !code && !json_object_set_new(event, "time", json_string(now)) ? json_dumps(event, JSON_COMPACT) : NULL;
    json_decref(event);
    if (!code && !text)
        return ctl_fail(CTL_NO, "out of memory");
    code = code ? code : ctl_endpoint_beside(ctl, "ingest.sock", endpoint);
    if (!code) {
        pace_client_options_init(&options);
        options.endpoint = endpoint;
        options.arg = &delivery;
        options.on_result = on_result;
        options.on_trouble = on_trouble;
        int error = pace_client_open(&options, &client);
        error = error ? error : pace_client_submit(client, text, strlen(text), 0);
        code = error ? ctl_fail(CTL_NO, "%s: %s", endpoint, pace_strerror(error))
                     : wait_for_answer(client, &delivery, endpoint);
    }
    pace_client_close(&client);
    free(text);
    return code;
}
