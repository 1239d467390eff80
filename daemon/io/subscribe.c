/* subscribe.c - see subscribe.h. */
#include "subscribe.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TURN_EVENTS = 8192,   /* a quarter of what the acknowledged socket may take */
    TURN_MESSAGES = 1024, /* however little is in them */
    TURN_US = 20000,      /* whatever they cost, as those that are large and no JSON */
    DROP_MESSAGES = 4096, /* counted at most when stopping */
    FRAMES = 2,
};

struct subscribe {
    struct wire_socket *socket;
    struct subscribe_counts counts;
};

int subscribe_create(struct wire_socket *socket, struct subscribe **ret_subscribe) {
    struct subscribe *subscribe = calloc(1, sizeof *subscribe);
    if (!subscribe)
        return -ENOMEM;
    subscribe->socket = socket;
    *ret_subscribe = subscribe;
    return 0;
}

void subscribe_destroy(struct subscribe **subscribe) {
    free(*subscribe);
    *subscribe = NULL;
}

const struct subscribe_counts *subscribe_counts(const struct subscribe *subscribe) {
    return &subscribe->counts;
}

/* The body of a message and what is in it; the topic says nothing that the events don't. */
static enum pace_code message_read(const struct wire_message *message, struct intake *intake,
                                   struct view *ret_body, struct json_batch *ret_batch,
                                   char reason[JSON_REASON_SIZE]) {
    *ret_body = message->frames[message->n_frames > 1 ? 1 : 0];
    if (message->n_frames != FRAMES) {
        snprintf(reason, JSON_REASON_SIZE, "%d frame%s; expected 2: topic, body", message->n_frames,
                 message->n_frames == 1 ? "" : "s");
        return PACE_BAD_FRAMES;
    }
    if (ret_body->len > PACE_WIRE_BATCH_MAX_BYTES) {
        snprintf(reason, JSON_REASON_SIZE, "the body has %zu bytes; at most %d are possible",
                 ret_body->len, PACE_WIRE_BATCH_MAX_BYTES);
        return PACE_TOO_LARGE;
    }
    return intake_decode(intake, *ret_body, ret_batch, reason);
}

/* How many events a message has; one that can't be read stands for one. */
static uint64_t message_count(const struct wire_message *message, struct intake *intake) {
    struct json_batch batch;
    struct view body;
    char reason[JSON_REASON_SIZE];
    return message_read(message, intake, &body, &batch, reason) == PACE_OK ? batch.n_items : 1;
}

/* What a message has is taken; *turn_events grows by it. 0, or as intake_take. */
static int subscribe_take(struct subscribe *subscribe, const struct wire_message *message,
                          struct intake_turn *turn, uint64_t *turn_events) {
    struct json_batch batch;
    struct view body;
    char reason[JSON_REASON_SIZE] = "";
    enum pace_code code = message_read(message, turn->intake, &body, &batch, reason);
    turn->sender = config_key_find(turn->config, message->user);
    if (code != PACE_OK) {
        intake_refuse(turn, body, code, reason);
        subscribe->counts.events[VERDICT_REJECTED]++;
        *turn_events += 1;
        return 0;
    }
    *turn_events += batch.n_items;
    return intake_take(turn, &batch, subscribe->counts.events, NULL, NULL);
}

int subscribe_drain(struct subscribe *subscribe, struct intake_turn *turn) {
    struct wire_message message;
    uint64_t turn_events = 0;
    int64_t until_us = clock_monotonic_us() + TURN_US;
    bool full = intake_store_full(turn->store);
    int error = 0;
    for (int i = 0; i < TURN_MESSAGES && turn_events < TURN_EVENTS && clock_monotonic_us() < until_us && !error; i++) {
        if (wire_socket_receive(subscribe->socket, &message))
            return 0;
        subscribe->counts.messages++;
        if (!full) {
            error = subscribe_take(subscribe, &message, turn, &turn_events);
            continue;
        }
        uint64_t n_events = message_count(&message, turn->intake);
        subscribe->counts.dropped += n_events;
        turn_events += n_events;
    }
    return error;
}

uint64_t subscribe_drop(struct subscribe *subscribe, struct intake *intake) {
    struct wire_message message;
    uint64_t before = subscribe->counts.dropped;
    for (int i = 0; i < DROP_MESSAGES; i++) {
        if (wire_socket_receive(subscribe->socket, &message))
            break;
        subscribe->counts.messages++;
        subscribe->counts.dropped += message_count(&message, intake);
    }
    return subscribe->counts.dropped - before;
}
