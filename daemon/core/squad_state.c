#include "squad_state.h"

#include "config.h"

#include <errno.h>
#include <stdlib.h>

static void fresh_members(struct squad_state *state, int from) {
    for (int m = from; m < state->n_members; m++) {
        state->members[m] = (struct attendance){.no_data_on = DAY_NONE, .silent_from = DAY_NONE,
                                                     .counted_to = DAY_NONE};
        for (int i = 0; i < state->n_indicators; i++) {
            struct stream *stream = state_stream(state, m, i);
            memset(stream, 0, sizeof *stream);
            detector_init(&stream->detector, state->shifts[i].detector.rises);
            stream->case_opened = stream->case_since = DAY_NONE;
        }
    }
}

static bool state_allocate(struct squad_state *state, int n_members) {
    size_t n = n_members ? (size_t)n_members : 1, indicators = state->n_indicators ? (size_t)state->n_indicators : 1;
    struct attendance *members = realloc(state->members, n * sizeof *members);
    if (members)
        state->members = members;
    struct stream *streams = realloc(state->streams, n * indicators * sizeof *streams);
    if (streams)
        state->streams = streams;
    return members && streams;
}

/* Room for so many members, and their number; what is in the new places is the caller's business. */
static int state_widen(struct squad_state *state, int n_members) {
    int size = state->size ? state->size : 8;
    while (size < n_members)
        size *= 2;
    if (size > state->size && !state_allocate(state, size))
        return -ENOMEM;
    state->size = size;
    state->n_members = n_members;
    return 0;
}

int state_reach(struct squad_state *state, int n_members) {
    int old = state->n_members, err = n_members > old ? state_widen(state, n_members) : 0;
    if (!err)
        fresh_members(state, old);
    return err;
}

struct squad_state *state_create(int n_members, const struct config *config) {
    int n_indicators = config->n_indicators;
    struct squad_state *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    state->config = config;
    state->closed_to = DAY_NONE;
    state->n_indicators = n_indicators;
    state->shifts = calloc((size_t)n_indicators + 1, sizeof *state->shifts);
    for (int i = 0; state->shifts && i < n_indicators; i++) {
        bool rises = config->indicators[i].direction == DIRECTION_DOWN;
        detector_init_given(&state->shifts[i].detector, rises, 1, SQUAD_SHIFT_PRIOR);
        state->shifts[i].opened_on = DAY_NONE;
    }
    if (!state->shifts || state_reach(state, n_members))
        state_destroy(&state);
    return state;
}

struct squad_state *state_copy(const struct squad_state *from, int n_members) {
    struct squad_state *to = state_create(0, from->config);
    size_t n = (size_t)from->n_members, indicators = (size_t)from->n_indicators;
    if (!to || state_widen(to, from->n_members)) {
        state_destroy(&to);
        return NULL;
    }
    to->closed_to = from->closed_to;
    to->worked_days = from->worked_days;
    to->days_off = from->days_off;
    memcpy(to->week_present, from->week_present, sizeof to->week_present);
    memcpy(to->week_members, from->week_members, sizeof to->week_members);
    to->watched_days = from->watched_days;
    if (n)
        memcpy(to->members, from->members, n * sizeof *from->members);
    if (n > 0 && indicators > 0)
        memcpy(to->streams, from->streams, n * indicators * sizeof *from->streams);
    if (indicators)
        memcpy(to->shifts, from->shifts, indicators * sizeof *from->shifts);
    if (state_reach(to, n_members))
        state_destroy(&to);
    return to;
}

void state_destroy(struct squad_state **state) {
    if (!*state)
        return;
    free((*state)->members);
    free((*state)->streams);
    free((*state)->shifts);
    free(*state);
    *state = NULL;
}

void facts_add(struct facts *facts, const struct fact *fact) {
    if (facts->n == facts->size) {
        int size = facts->size ? facts->size * 2 : 16;
        struct fact *list = realloc(facts->list, (size_t)size * sizeof *list);
        if (!list) {
            facts->failed = true;
            free(fact->moved);
            return;
        }
        facts->list = list;
        facts->size = size;
    }
    facts->list[facts->n++] = *fact;
}

void facts_cut(struct facts *facts, pace_day after) {
    while (facts->n && facts->list[facts->n - 1].raised_on > after)
        free(facts->list[--facts->n].moved);
}

void facts_clear(struct facts *facts) {
    facts_cut(facts, DAY_NONE);
    free(facts->list);
    *facts = (struct facts){0};
}
