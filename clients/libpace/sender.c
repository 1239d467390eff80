#include "sender.h"

#include <pace/wire.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    REOPEN_FIRST_MS = 100,
    REOPEN_MAX_MS = 1600,
    RETRY_MAX_MS = 30000,
    RETRY_MISSING_MS = 100,
    ID_SIZE = 48,
};

/* One batch is left to be filled while the others are under way. */
enum { SENT_BATCHES_MAX = WINDOW_BATCHES - 1 };

int sender_open(struct sender *sender) {
    sender->credit_events = BATCH_MAX_EVENTS;
    sender->reopen_after_ms = REOPEN_FIRST_MS;
    sender->progress_ms = sender->heard_ms = link_now_ms();
    sender->rejected = calloc(BATCH_MAX_EVENTS, sizeof *sender->rejected);
    return sender->rejected ? window_open(&sender->window) : -ENOMEM;
}

void sender_close(struct sender *sender) {
    link_close(&sender->link);
    window_close(&sender->window);
    free(sender->rejected);
    sender->rejected = NULL;
}

/* A batch's id tells its place and which attempt it is, so that a late `retry` of an old one is
 * known as such. */
static void batch_id(const struct batch *batch, char id[ID_SIZE]) {
    snprintf(id, ID_SIZE, "%" PRIu64 ".%u", batch->place, batch->attempt);
}

/* The batch that a reply is about, if it still waits for one; *ret_current: about its last attempt. */
static struct batch *batch_of_id(struct sender *sender, struct view id, bool *ret_current) {
    char text[ID_SIZE], *dot;
    if (id.len == 0 || id.len >= sizeof text)
        return NULL;
    memcpy(text, id.at, id.len);
    text[id.len] = '\0';
    uint64_t place = strtoull(text, &dot, 10);
    struct batch *batch = *dot == '.' ? window_batch(&sender->window, place) : NULL;
    if (!batch || batch->state == BATCH_FILLING || batch->state == BATCH_DONE)
        return NULL;
    *ret_current = batch->state == BATCH_SENT && strtoul(dot + 1, NULL, 10) == batch->attempt;
    return batch;
}

/* ---- replies ---- */

static const char *text_member(const json_t *object, const char *name, const char *missing) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : missing;
}

static uint64_t count_member(const json_t *object, const char *name) {
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

/* What is said of an event of the batch; of none of ours where the index is beyond it. */
static struct pace_rejected rejected_at(const struct batch *batch, uint64_t index,
                                        const json_t *said) {
    struct pace_rejected rejected = {.event = "",
                                     .index = (size_t)index,
                                     .id = text_member(said, "id", ""),
                                     .code = text_member(said, "code", "rejected"),
                                     .reason = text_member(said, "reason", "")};
    if (index < (uint64_t)batch->n_events) {
        struct view event = batch_event(batch, (int)index);
        rejected.event = event.at;
        rejected.event_len = event.len;
        rejected.number = batch->first + index;
        rejected.tag = batch->tags[index];
    }
    return rejected;
}

/* Tells the result and lets the batch go. */
static void batch_done(struct sender *sender, struct batch *batch, struct pace_result *result) {
    result->first = batch->first;
    result->n_events = (size_t)batch->n_events;
    result->tags = batch->tags;
    result->rejected = sender->rejected;
    sender->on_result(sender->arg, result);
    window_mark_done(&sender->window, batch);
    sender->careful = false;
    sender->refusal[0] = '\0';
    sender->progress_ms = sender->heard_ms;
}

static void on_ack(struct sender *sender, struct view id, const json_t *reply) {
    bool current;
    struct batch *batch = batch_of_id(sender, id, &current);
    if (!batch)
        return;
    struct pace_result result = {.accepted = count_member(reply, "accepted"),
                                 .duplicate = count_member(reply, "duplicate"),
                                 .superseded = count_member(reply, "superseded")};
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(reply, "rejected"), i, item) {
        json_int_t index = json_integer_value(json_object_get(item, "index"));
        if (i < (size_t)batch->n_events)
            sender->rejected[result.n_rejected++] = rejected_at(batch, (uint64_t)index, item);
    }
    batch_done(sender, batch, &result);
}

/* The batch as a whole isn't of the form that the daemon takes: each of its events is rejected for
 * that. */
static void on_error(struct sender *sender, struct view id, const json_t *reply) {
    bool current;
    struct batch *batch = batch_of_id(sender, id, &current);
    if (!batch) {
        if (id.len == 0)
            sender->on_refused(sender->arg, text_member(reply, "reason", "no reason given"));
        return;
    }
    struct pace_result result = {.n_rejected = (size_t)batch->n_events};
    for (int i = 0; i < batch->n_events; i++)
        sender->rejected[i] = rejected_at(batch, (uint64_t)i, reply);
    batch_done(sender, batch, &result);
}

static void on_retry(struct sender *sender, struct view id, const json_t *reply) {
    bool current;
    struct batch *batch = batch_of_id(sender, id, &current);
    if (!batch || !current)
        return;
    json_t *after = json_object_get(reply, "after_ms");
    json_int_t after_ms = json_is_integer(after) ? json_integer_value(after) : RETRY_MISSING_MS;
    after_ms = after_ms < 1 ? 1 : after_ms > RETRY_MAX_MS ? RETRY_MAX_MS : after_ms;
    snprintf(sender->refusal, sizeof sender->refusal, "%s",
             text_member(reply, "reason", "no reason given"));
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
    window->full_bytes = max_bytes && max_bytes < BATCH_FULL_BYTES ? max_bytes : BATCH_FULL_BYTES;
    sender->state = PACE_CLIENT_UP;
    sender->down_reason = 0;
    sender->reopen_after_ms = REOPEN_FIRST_MS;
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

static void go_down(struct sender *sender, int reason) {
    link_close(&sender->link);
    window_rewind(&sender->window);
    sender->state = PACE_CLIENT_DOWN;
    sender->down_reason = reason;
    sender->reopen_at_ms = link_now_ms() + sender->reopen_after_ms;
    if (sender->reopen_after_ms < REOPEN_MAX_MS)
        sender->reopen_after_ms *= 2;
}

static bool go_hello(struct sender *sender) {
    struct view frames[] = {view_of(PACE_WIRE_MAGIC), view_of(PACE_WIRE_HELLO)};
    int error = -link_path_problem(sender->endpoint);
    if (!error)
        error = link_open(&sender->link, sender->endpoint, sender->keys);
    if (!error)
        error = link_send(&sender->link, frames, 2);
    if (error) {
        go_down(sender, error);
        return false;
    }
    sender->n_links++;
    sender->state = PACE_CLIENT_CONNECTING;
    sender->heard_ms = link_now_ms();
    return true;
}

/* Does the daemon owe us a word? */
static bool is_owed(const struct sender *sender) {
    return sender->state == PACE_CLIENT_CONNECTING ||
           (sender->state == PACE_CLIENT_UP && sender->window.sent_batches > 0);
}

/* True: there is a new one. */
static bool keep_connection(struct sender *sender) {
    int64_t now_ms = link_now_ms();
    bool silent = is_owed(sender) && now_ms - sender->heard_ms >= PACE_WIRE_REPLY_TIMEOUT_MS;
    if (sender->state != PACE_CLIENT_DOWN && link_is_down(&sender->link))
        go_down(sender, sender->link.reason);
    else if (sender->state != PACE_CLIENT_DOWN && silent)
        go_down(sender, -ETIMEDOUT);
    bool due = sender->state == PACE_CLIENT_DOWN && now_ms >= sender->reopen_at_ms;
    return due && go_hello(sender);
}

bool sender_receive(struct sender *sender) {
    struct link_message message;
    bool came = false;
    while (sender->state != PACE_CLIENT_DOWN && link_receive(&sender->link, &message) == 0) {
        take_message(sender, &message);
        link_message_close(&message);
        came = true;
    }
    return keep_connection(sender) || came;
}

/* ---- sending ---- */

static int send_batch(struct sender *sender, struct batch *batch) {
    char id[ID_SIZE];
    /* Where the daemon had nothing to answer until now, its silence begins here. */
    if (sender->window.sent_batches == 0)
        sender->heard_ms = link_now_ms();
    window_mark_sent(&sender->window, batch);
    batch_id(batch, id);
    struct view frames[] = {view_of(PACE_WIRE_MAGIC), view_of(PACE_WIRE_BATCH), view_of(id),
                            (struct view){batch->body, batch->len}};
    return link_send(&sender->link, frames, 4);
}

static bool may_send(struct sender *sender) {
    if (sender->draining && sender->window.sent_batches == 0)
        sender->draining = false;
    return sender->state == PACE_CLIENT_UP && !sender->draining &&
           link_now_ms() >= sender->hold_until_ms;
}

bool sender_send(struct sender *sender) {
    bool sent = false;
    int max_batches = sender->careful ? 1 : SENT_BATCHES_MAX;
    struct batch *batch;
    if (!may_send(sender))
        return false;
    while ((batch = window_sendable(&sender->window, sender->credit_events, max_batches))) {
        int error = send_batch(sender, batch);
        if (error) {
            go_down(sender, error == -EAGAIN ? -ECONNREFUSED : error);
            return false;
        }
        sent = true;
    }
    return sent;
}

int64_t sender_due_ms(const struct sender *sender) {
    if (sender->state == PACE_CLIENT_DOWN)
        return sender->reopen_at_ms;
    if (is_owed(sender))
        return sender->heard_ms + PACE_WIRE_REPLY_TIMEOUT_MS;
    bool held = sender->hold_until_ms && !window_is_empty(&sender->window);
    return held ? sender->hold_until_ms : INT64_MAX;
}
