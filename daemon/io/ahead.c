/* ahead.c - see ahead.h. */
#include "ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum place_state { FREE, WAITING, DECODING, DECODED };

/* Whoever has made it DECODING has it for himself; else it belongs to the lock. */
struct place {
    enum place_state state;
    struct view body;
    struct json_decoder *decoder;
    struct json_batch batch;
    enum pace_code code;
    char reason[JSON_REASON_SIZE];
};

struct ahead {
    pthread_mutex_t lock;
    pthread_cond_t begin, decoded;
    pthread_t thread;
    bool has_thread, stopping, held;
    int next; /* the place that is taken next: the thread begins there */
    struct place places[AHEAD_PLACES];
};

/* Called with the lock, which it gives up meanwhile. */
static void place_decode(struct ahead *ahead, struct place *place) {
    place->state = DECODING;
    pthread_mutex_unlock(&ahead->lock);
    place->reason[0] = '\0';
    place->code = json_decode(place->decoder, place->body.at, place->body.len,
                              PACE_WIRE_BATCH_MAX_EVENTS, &place->batch, place->reason);
    pthread_mutex_lock(&ahead->lock);
    place->state = DECODED;
    pthread_cond_signal(&ahead->decoded);
}

/* The first body that is worth it; NULL: none. */
static struct place *find_waiting(struct ahead *ahead) {
    for (int i = 0; i < AHEAD_PLACES && !ahead->held; i++) {
        struct place *place = &ahead->places[(ahead->next + i) % AHEAD_PLACES];
        if (place->state == WAITING && place->body.len >= AHEAD_LEAST_BYTES)
            return place;
    }
    return NULL;
}

static void *work(void *arg) {
    struct ahead *ahead = arg;
    void *stack = poison_stack_make(); /* where there is none, an overflow isn't noted */
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->stopping) {
        struct place *place = find_waiting(ahead);
        if (place)
            place_decode(ahead, place);
        else
            pthread_cond_wait(&ahead->begin, &ahead->lock);
    }
    pthread_mutex_unlock(&ahead->lock);
    poison_stack_free(stack);
    return NULL;
}

int ahead_create(bool thread, struct ahead **ret_ahead) {
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return -ENOMEM;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->begin, NULL);
    pthread_cond_init(&ahead->decoded, NULL);
    ahead->has_thread = thread && pthread_create(&ahead->thread, NULL, work, ahead) == 0;
    *ret_ahead = ahead;
    return 0;
}

static void decoders_destroy(struct json_decoder *decoders[AHEAD_PLACES]) {
    for (int i = 0; i < AHEAD_PLACES; i++)
        json_decoder_destroy(&decoders[i]);
}

void ahead_destroy(struct ahead **ahead) {
    if (!*ahead)
        return;
    pthread_mutex_lock(&(*ahead)->lock);
    (*ahead)->stopping = true;
    pthread_cond_signal(&(*ahead)->begin);
    pthread_mutex_unlock(&(*ahead)->lock);
    if ((*ahead)->has_thread)
        pthread_join((*ahead)->thread, NULL);
    for (int i = 0; i < AHEAD_PLACES; i++)
        json_decoder_destroy(&(*ahead)->places[i].decoder);
    pthread_cond_destroy(&(*ahead)->decoded);
    pthread_cond_destroy(&(*ahead)->begin);
    pthread_mutex_destroy(&(*ahead)->lock);
    free(*ahead);
    *ahead = NULL;
}

static void wait_decoded(struct ahead *ahead, const struct place *place) {
    while (place->state == DECODING)
        pthread_cond_wait(&ahead->decoded, &ahead->lock);
}

void ahead_hold(struct ahead *ahead) {
    pthread_mutex_lock(&ahead->lock);
    ahead->held = true;
    for (int i = 0; i < AHEAD_PLACES; i++) {
        struct place *place = &ahead->places[i];
        wait_decoded(ahead, place);
        place->state = place->state == DECODED ? WAITING : place->state;
    }
    pthread_mutex_unlock(&ahead->lock);
}

void ahead_release(struct ahead *ahead) {
    pthread_mutex_lock(&ahead->lock);
    ahead->held = false;
    pthread_mutex_unlock(&ahead->lock);
}

int ahead_configure(struct ahead *ahead, const struct json_wanted *wanted,
                    const struct poison *poison) {
    struct json_decoder *decoders[AHEAD_PLACES] = {NULL};
    for (int i = 0; i < AHEAD_PLACES; i++) {
        decoders[i] = json_decoder_create(wanted);
        if (!decoders[i]) {
            decoders_destroy(decoders);
            return -ENOMEM;
        }
        json_decoder_guard(decoders[i], poison);
    }
    ahead_hold(ahead);
    for (int i = 0; i < AHEAD_PLACES; i++) {
        struct json_decoder *old = ahead->places[i].decoder;
        ahead->places[i].decoder = decoders[i];
        decoders[i] = old;
    }
    ahead_release(ahead);
    decoders_destroy(decoders);
    return 0;
}

void ahead_put(struct ahead *ahead, int place, struct view body) {
    pthread_mutex_lock(&ahead->lock);
    ahead->places[place].body = body;
    ahead->places[place].state = WAITING;
    pthread_mutex_unlock(&ahead->lock);
}

void ahead_begin(struct ahead *ahead) {
    pthread_mutex_lock(&ahead->lock);
    if (ahead->has_thread && find_waiting(ahead))
        pthread_cond_signal(&ahead->begin);
    pthread_mutex_unlock(&ahead->lock);
}

/* Rather than wait for the thread, another body is decoded that would have to be next. */
static void place_finish(struct ahead *ahead, struct place *place) {
    struct place *other;
    if (place->state == WAITING)
        place_decode(ahead, place);
    while (place->state == DECODING && (other = find_waiting(ahead)))
        place_decode(ahead, other);
    wait_decoded(ahead, place);
}

enum pace_code ahead_take(struct ahead *ahead, int place, struct json_batch *ret_batch,
                          char reason[JSON_REASON_SIZE]) {
    struct place *taken = &ahead->places[place];
    pthread_mutex_lock(&ahead->lock);
    ahead->next = (place + 1) % AHEAD_PLACES;
    place_finish(ahead, taken);
    pthread_mutex_unlock(&ahead->lock);
    if (taken->code == PACE_OK)
        *ret_batch = taken->batch;
    else
        memcpy(reason, taken->reason, sizeof taken->reason);
    return taken->code;
}

void ahead_drop(struct ahead *ahead, int place) {
    pthread_mutex_lock(&ahead->lock);
    wait_decoded(ahead, &ahead->places[place]);
    ahead->places[place].state = FREE;
    pthread_mutex_unlock(&ahead->lock);
}
