#include "sender.h"

#include "pace/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { REOPEN_AFTER_MS = 100, RETRY_MAX_MS = 30000, RETRY_MISSING_MS = 100, ID_SIZE = 48 };

int sender_open(struct sender *sender, const char *endpoint) {
    *sender = (struct sender){.endpoint = endpoint, .credit_events = BATCH_MAX_EVENTS};
    sender->link.down = true;
    sender->progress_ms = sender->heard_ms = link_now_ms();
    return window_open(&sender->window);
}

void sender_close(struct sender *sender) {
    link_close(&sender->link);
    window_close(&sender->window);
}

/* A batch's id tells its number and which attempt it is, so that a late `retry` of an old one is
 * known as such. */
static void batch_id(const struct batch *batch, char id[ID_SIZE]) {
    snprintf(id, ID_SIZE, "%" PRIu64 ".%u", batch->number, batch->attempt);
}

/* The batch that a reply is about, if it still waits for one; *ret_current: about its last attempt.
 */
static struct batch *batch_of_id(struct sender *sender, struct view id, bool *ret_current) {
    char text[ID_SIZE], *dot;
    if (id.len == 0 || id.len >= sizeof text)
        return NULL;
    memcpy(text, id.at, id.len);
    text[id.len] = '\0';
    uint64_t number = strtoull(text, &dot, 10);
    struct batch *batch = *dot == '.' ? window_batch(&sender->window, number) : NULL;
    if (!batch || batch->state == BATCH_FILLING || batch->state == BATCH_DONE)
        return NULL;
    *ret_current = batch->state == BATCH_SENT && strtoul(dot + 1, NULL, 10) == batch->attempt;
    return batch;
}

int sender_add(struct sender *sender, struct view event, struct place place) {
    /* Time without input doesn't count as time without progress. */
    if (window_is_empty(&sender->window))
        sender->progress_ms = link_now_ms();
    return window_add(&sender->window, event, place);
}

static void count_rejected(struct sender *sender, struct place place, const char *code,
                           const char *reason) {
    sender->counts.rejected++;
    sender->reject(sender->reject_arg, place, code ? code : "rejected", reason ? reason : "");
}

void sender_reject(struct sender *sender, struct place place, const char *code,
                   const char *reason) {
    sender->counts.sent++;
    count_rejected(sender, place, code, reason);
}

static const char *text_member(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

static uint64_t count_member(const json_t *object, const char *name) {
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

/* ---- replies ---- */

static void batch_done(struct sender *sender, struct batch *batch) {
    sender->counts.sent += (uint64_t)batch->n_events;
    window_mark_done(&sender->window, batch);
    sender->careful = false;
    sender->progress_ms = sender->heard_ms;
}

static void on_ack(struct sender *sender, struct view id, const json_t *reply) {
    bool current;
    struct batch *batch = batch_of_id(sender, id, &current);
    if (!batch)
        return;
    sender->counts.accepted += count_member(reply, "accepted");
    sender->counts.duplicate += count_member(reply, "duplicate");
    sender->counts.superseded += count_member(reply, "superseded");
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(reply, "rejected"), i, item) {
        json_int_t index = json_integer_value(json_object_get(item, "index"));
        struct place place = {0, 0};
        if (index >= 0 && index < batch->n_events)
            place = batch->places[index];
        count_rejected(sender, place, text_member(item, "code"), text_member(item, "reason"));
    }
    batch_done(sender, batch);
}

/* The batch as a whole isn't of the form that the daemon takes: each of its events is rejected for
 * that. */
static void on_error(struct sender *sender, struct view id, const json_t *reply) {
    bool current;
    const char *code = text_member(reply, "code"), *reason = text_member(reply, "reason");
    struct batch *batch = batch_of_id(sender, id, &current);
    if (!batch) {
        if (id.len == 0)
            ctl_fail(CTL_NO, "the daemon answered: %s: %s", code ? code : "error",
                     reason ? reason : "no reason given");
        return;
    }
    for (int i = 0; i < batch->n_events; i++)
        count_rejected(sender, batch->places[i], code, reason);
    batch_done(sender, batch);
}

static void on_retry(struct sender *sender, struct view id, const json_t *reply) {
    bool current;
    struct batch *batch = batch_of_id(sender, id, &current);
    if (!batch || !current)
        return;
    const char *reason = text_member(reply, "reason");
    json_t *after = json_object_get(reply, "after_ms");
    json_int_t after_ms = json_is_integer(after) ? json_integer_value(after) : RETRY_MISSING_MS;
    after_ms = after_ms < 1 ? 1 : after_ms > RETRY_MAX_MS ? RETRY_MAX_MS : after_ms;
    snprintf(sender->refusal, sizeof sender->refusal, "%s", reason ? reason : "no reason given");
    window_mark_refused(&sender->window, batch);
    sender->draining = sender->careful = true;
    int64_t until_ms = sender->heard_ms + after_ms;
    if (until_ms > sender->hold_until_ms)
        sender->hold_until_ms = until_ms;
}

static void on_welcome(struct sender *sender, struct view id, const json_t *reply) {
    (void)id;
    uint64_t credit = count_member(reply, "credit_events");
    uint64_t max_bytes = count_member(reply, "max_bytes");
    struct window *window = &sender->window;
    sender->credit_events = credit ? credit : BATCH_MAX_EVENTS;
    /* Several batches must fit into the credit, or the pipe runs dry between them. */
    uint64_t share = sender->credit_events / 4 + 1;
    window->max_events = share < BATCH_MAX_EVENTS ? (int)share : BATCH_MAX_EVENTS;
    if (max_bytes && max_bytes < window->full_bytes)
        window->full_bytes = max_bytes;
    sender->state = SENDER_UP;
    sender->was_up = true;
    sender->draining = sender->careful = false;
    sender->hold_until_ms = 0;
}

static const struct {
    const char *word;
    int n_frames;
    void (*take)(struct sender *sender, struct view id, const json_t *reply);
} replies[] = {
    {PACE_WIRE_ACK, 4, on_ack},
    {PACE_WIRE_RETRY, 4, on_retry},
    {PACE_WIRE_ERROR, 4, on_error},
    {PACE_WIRE_WELCOME, 3, on_welcome},
};

static void take_message(struct sender *sender, const struct link_message *message) {
    const struct view *frames = message->frames;
    int n = message->n_frames;
    if (n < 3 || n > LINK_FRAMES_MAX || !view_equal(frames[0], view_of(PACE_WIRE_MAGIC)))
        return;
    sender->heard_ms = link_now_ms();
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        if (!view_equal(frames[1], view_of(replies[i].word)) || n != replies[i].n_frames)
            continue;
        json_t *reply = json_loadb(frames[n - 1].at, frames[n - 1].len, JSON_ALLOW_NUL, NULL);
        if (json_is_object(reply))
            replies[i].take(sender, n == 4 ? frames[2] : (struct view){NULL, 0}, reply);
        json_decref(reply);
    }
}

/* ---- the connection ---- */

static void go_down(struct sender *sender, int64_t now_ms) {
    link_close(&sender->link);
    window_rewind(&sender->window);
    sender->state = SENDER_DOWN;
    sender->reopen_at_ms = now_ms + REOPEN_AFTER_MS;
}

static void go_hello(struct sender *sender, int64_t now_ms) {
    struct view frames[] = {view_of(PACE_WIRE_MAGIC), view_of(PACE_WIRE_HELLO)};
    int error = link_path_problem(sender->endpoint);
    if (!error)
        error = link_open(&sender->link, ZMQ_DEALER, sender->endpoint);
    if (!error)
        error = link_send(&sender->link, frames, 2);
    if (error) {
        go_down(sender, now_ms);
        return;
    }
    sender->state = SENDER_HELLO;
    sender->heard_ms = now_ms;
}

/* Does the daemon owe us a word? */
static bool is_owed(const struct sender *sender) {
    return sender->state == SENDER_HELLO ||
           (sender->state == SENDER_UP && sender->window.sent_batches > 0);
}

static void keep_connection(struct sender *sender, int64_t now_ms) {
    bool silent = is_owed(sender) && now_ms - sender->heard_ms >= PACE_WIRE_REPLY_TIMEOUT_MS;
    if (sender->state != SENDER_DOWN && (silent || link_is_down(&sender->link)))
        go_down(sender, now_ms);
    if (sender->state == SENDER_DOWN && now_ms >= sender->reopen_at_ms)
        go_hello(sender, now_ms);
}

/* ---- sending ---- */

static int send_batch(struct sender *sender, struct batch *batch, int64_t now_ms) {
    char id[ID_SIZE];
    /* Where the daemon had nothing to answer until now, its silence begins here. */
    if (sender->window.sent_batches == 0)
        sender->heard_ms = now_ms;
    window_mark_sent(&sender->window, batch);
    batch_id(batch, id);
    struct view frames[] = {view_of(PACE_WIRE_MAGIC), view_of(PACE_WIRE_BATCH), view_of(id),
                            (struct view){batch->body, batch->len}};
    return link_send(&sender->link, frames, 4);
}

static void send_some(struct sender *sender, int64_t now_ms) {
    if (sender->draining && sender->window.sent_batches == 0)
        sender->draining = false;
    if (sender->state != SENDER_UP || sender->draining || now_ms < sender->hold_until_ms)
        return;
    for (;;) {
        int max_batches = sender->careful ? 1 : WINDOW_BATCHES;
        struct batch *batch = window_sendable(&sender->window, sender->credit_events, max_batches);
        if (!batch)
            return;
        if (send_batch(sender, batch, now_ms)) {
            go_down(sender, now_ms);
            return;
        }
    }
}

void sender_turn(struct sender *sender) {
    struct link_message message;
    while (sender->state != SENDER_DOWN && link_receive(&sender->link, &message) == 0) {
        take_message(sender, &message);
        link_message_close(&message);
    }
    int64_t now_ms = link_now_ms();
    keep_connection(sender, now_ms);
    send_some(sender, now_ms);
}

static int64_t next_due_ms(const struct sender *sender, int64_t now_ms) {
    int64_t due_ms = now_ms + 1000;
    if (sender->state == SENDER_DOWN && sender->reopen_at_ms < due_ms)
        due_ms = sender->reopen_at_ms;
    if (sender->state == SENDER_UP && sender->hold_until_ms > now_ms &&
        sender->hold_until_ms < due_ms)
        due_ms = sender->hold_until_ms;
    return due_ms;
}

int sender_wait_ms(const struct sender *sender) {
    int64_t now_ms = link_now_ms();
    int64_t wait_ms = next_due_ms(sender, now_ms) - now_ms;
    return wait_ms < 0 ? 0 : (int)wait_ms;
}

int64_t sender_stalled_ms(const struct sender *sender) {
    bool waiting = !sender->was_up || !window_is_empty(&sender->window);
    return waiting ? link_now_ms() - sender->progress_ms : 0;
}
