/* publish.c - see publish.h. */
#include "publish.h"

#include "alert_json.h"
#include "logger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PUBLISH_TURN_ALERTS = 512, PUBLISH_TURN_MESSAGES = 4096 };

void publish_drain(struct wire_socket *socket) {
    struct wire_message message;
    for (int i = 0; i < PUBLISH_TURN_MESSAGES && wire_socket_receive(socket, &message) == 0; i++)
        ;
}

static int publish_alert(struct wire_socket *socket, const struct alert *alert,
                         const char *source) {
    char number[24];
    json_t *json = alert_to_json(alert, source);
    char *body = json ? json_value_written(json) : NULL;
    char *topic = alert_topic(alert);
    int error = body && topic ? 0 : -ENOMEM;
    snprintf(number, sizeof number, "%" PRIu64, alert->number);
    const struct view frames[] = {view_of(topic), view_of(number), view_of(body)};
    /* An XPUB drops for a subscriber whose queue is full; it never refuses. */
    if (!error)
        wire_socket_send(socket, (struct view){0}, frames, 3);
    free(topic);
    free(body);
    json_decref(json);
    return error;
}

bool publish_alerts(struct wire_socket *socket, struct engine *engine) {
    uint64_t last = engine_last_alert(engine), number = engine_published(engine), first = number;
    const char *source = engine_alert_source(engine);
    while (number < last && number - first < PUBLISH_TURN_ALERTS) {
        struct alert alert;
        int error = engine_alert(engine, number + 1, &alert);
        if (!error)
            error = publish_alert(socket, &alert, source);
        if (error == -ENOMEM)
            break; /* later, in order */
        number++;
        /* A damaged record must not hold up those behind it; its number is missed and verify tells
         * of it. */
        if (error)
            logger_write(LOGGER_ERROR, "warning %" PRIu64 " can't be read (%s) and wasn't published; those after it are. Restore the "
                                       "newest backup",
                         number, pace_strerror(error));
    }
    if (number != first)
        engine_set_published(engine, number);
    return number < last;
}
