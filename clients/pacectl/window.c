#include "window.h"

#include <errno.h>
#include <stdlib.h>

int window_open(struct window *window) {
    *window = (struct window){.max_events = BATCH_MAX_EVENTS, .full_bytes = BATCH_FULL_BYTES};
    window->ring = calloc(WINDOW_BATCHES, sizeof *window->ring);
    return window->ring ? 0 : -ENOMEM;
}

void window_close(struct window *window) {
    for (int i = 0; window->ring && i < WINDOW_BATCHES; i++)
        free(window->ring[i].body);
    free(window->ring);
    *window = (struct window){0};
}

static struct batch *slot(const struct window *window, uint64_t number) {
    return &window->ring[number % WINDOW_BATCHES];
}

struct batch *window_batch(struct window *window, uint64_t number) {
    bool held = number >= window->first && number < window->next;
    return held ? slot(window, number) : NULL;
}

/* The batch that is being filled, or NULL. */
static struct batch *filling(const struct window *window) {
    if (window->next == window->first)
        return NULL;
    struct batch *batch = slot(window, window->next - 1);
    return batch->state == BATCH_FILLING ? batch : NULL;
}

static bool takes(const struct window *window, const struct batch *batch, size_t len) {
    return batch->n_events < window->max_events && batch->len + 1 + len <= window->full_bytes;
}

bool window_has_room(const struct window *window, size_t len) {
    const struct batch *batch = filling(window);
    return (batch && takes(window, batch, len)) || window->next - window->first < WINDOW_BATCHES;
}

static struct batch *begin(struct window *window) {
    struct batch *batch = slot(window, window->next);
    batch->state = BATCH_FILLING;
    batch->number = window->next++;
    batch->attempt = 0;
    batch->n_events = 0;
    batch->len = 0;
    return batch;
}

static int reserve(struct batch *batch, size_t size) {
    if (size <= batch->size)
        return 0;
    size = size < BATCH_FULL_BYTES ? BATCH_FULL_BYTES : size;
    char *body = realloc(batch->body, size);
    if (!body)
        return -ENOMEM;
    batch->body = body;
    batch->size = size;
    return 0;
}

int window_add(struct window *window, struct view event, struct place place) {
    struct batch *batch = filling(window);
    if (batch && !takes(window, batch, event.len)) {
        window_seal(window);
        batch = NULL;
    }
    if (!batch)
        batch = begin(window);
    if (reserve(batch, batch->len + 1 + event.len))
        return -ENOMEM;
    if (batch->n_events)
        batch->body[batch->len++] = '\n';
    memcpy(batch->body + batch->len, event.at, event.len);
    batch->len += event.len;
    batch->places[batch->n_events++] = place;
    return 0;
}

void window_seal(struct window *window) {
    struct batch *batch = filling(window);
    if (batch)
        batch->state = BATCH_READY;
}

struct batch *window_sendable(struct window *window, uint64_t credit_events, int max_batches) {
    for (uint64_t i = window->first; i < window->next; i++) {
        struct batch *batch = slot(window, i);
        if (batch->state != BATCH_READY)
            continue;
        bool within = window->sent_events + (uint64_t)batch->n_events <= credit_events &&
                      window->sent_batches < max_batches;
        return within || window->sent_batches == 0 ? batch : NULL;
    }
    return NULL;
}

void window_mark_sent(struct window *window, struct batch *batch) {
    batch->state = BATCH_SENT;
    batch->attempt++;
    window->sent_batches++;
    window->sent_events += (uint64_t)batch->n_events;
}

static void leave_sent(struct window *window, const struct batch *batch) {
    if (batch->state != BATCH_SENT)
        return;
    window->sent_batches--;
    window->sent_events -= (uint64_t)batch->n_events;
}

void window_mark_done(struct window *window, struct batch *batch) {
    leave_sent(window, batch);
    batch->state = BATCH_DONE;
    while (window->first < window->next && slot(window, window->first)->state == BATCH_DONE)
        window->first++;
}

void window_mark_refused(struct window *window, struct batch *batch) {
    leave_sent(window, batch);
    batch->state = BATCH_READY;
}

void window_rewind(struct window *window) {
    for (uint64_t i = window->first; i < window->next; i++)
        if (slot(window, i)->state == BATCH_SENT)
            window_mark_refused(window, slot(window, i));
}

bool window_is_empty(const struct window *window) {
    return window->first == window->next;
}
