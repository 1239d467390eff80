#include "window.h"

#include <pace/error.h>

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

static struct batch *slot(const struct window *window, uint64_t place) {
    return &window->ring[place % WINDOW_BATCHES];
}

struct batch *window_batch(struct window *window, uint64_t place) {
    bool held = place >= window->first && place < window->next;
    return held ? slot(window, place) : NULL;
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

static bool has_slot(const struct window *window) {
    return window->next - window->first < WINDOW_BATCHES;
}

bool window_has_room(const struct window *window, size_t len) {
    const struct batch *batch = filling(window);
    return (batch && takes(window, batch, len)) || has_slot(window);
}

static struct batch *begin(struct window *window, uint64_t number) {
    struct batch *batch = slot(window, window->next);
    batch->state = BATCH_FILLING;
    batch->place = window->next++;
    batch->attempt = 0;
    batch->n_events = 0;
    batch->first = number;
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

void parcel_copy(const struct parcel *parcel, char *to) {
    size_t len = parcel->text.len;
    memcpy(to, parcel->text.at, len);
    for (char *end = to + len; (to = memchr(to, '\n', (size_t)(end - to)));)
        *to = '\t';
}

static int append(struct batch *batch, const struct parcel *parcel) {
    if (reserve(batch, batch->len + 1 + parcel->text.len))
        return -ENOMEM;
    if (batch->n_events)
        batch->body[batch->len++] = '\n';
    parcel_copy(parcel, batch->body + batch->len);
    batch->len += parcel->text.len;
    batch->ends[batch->n_events] = (uint32_t)batch->len;
    batch->tags[batch->n_events++] = parcel->tag;
    return 0;
}

int window_add(struct window *window, const struct parcel *parcel) {
    struct batch *batch = filling(window);
    bool follows = batch && parcel->number == batch->first + (uint64_t)batch->n_events;
    if (follows && takes(window, batch, parcel->text.len))
        return append(batch, parcel);
    if (!has_slot(window))
        return PACE_EBACKLOG;
    if (batch)
        batch->state = BATCH_READY;
    batch = begin(window, parcel->number);
    int error = append(batch, parcel);
    if (error)
        window->next--; /* no batch is ever empty */
    return error;
}

struct batch *window_sendable(struct window *window, uint64_t credit_events, int max_batches) {
    for (uint64_t i = window->first; i < window->next; i++) {
        struct batch *batch = slot(window, i);
        if (batch->state != BATCH_READY && batch->state != BATCH_FILLING)
            continue;
        bool within = window->sent_events + (uint64_t)batch->n_events <= credit_events &&
                      window->sent_batches < max_batches;
        if (!within && window->sent_batches)
            return NULL;
        batch->state = BATCH_READY;
        return batch;
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

uint64_t window_oldest(const struct window *window) {
    return window_is_empty(window) ? 0 : slot(window, window->first)->first;
}

struct view batch_event(const struct batch *batch, int index) {
    size_t begin = index ? batch->ends[index - 1] + 1 : 0;
    return (struct view){batch->body + begin, batch->ends[index] - begin};
}
