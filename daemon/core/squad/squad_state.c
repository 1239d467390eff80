#include "squad_state.h"

#include "config.h"
#include "room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct stream state_unbegun = {.case_opened = DAY_NONE, .case_since = DAY_NONE, .ended_on = DAY_NONE,
                                      .rate.quarter = DAY_NONE};

/* Room for n in an array that grows by a quarter. */
static int array_reach(void **array, int *size, int n, size_t each) {
    int wanted = n + n / 4;
    if (n <= *size)
        return 0;
    void *grown = realloc(*array, (size_t)wanted * each);
    if (!grown)
        return -ENOMEM;
    *array = grown;
    *size = wanted;
    return 0;
}

static int late_tables_reach(struct squad_state *state, int n) {
    void *tables = state->late_tables;
    int err = array_reach(&tables, &state->late_tables_size, n, sizeof *state->late_tables);
    state->late_tables = tables;
    return err;
}

static int mores_reach(struct squad_state *state, int n) {
    void *mores = state->mores;
    int err = array_reach(&mores, &state->mores_size, n, sizeof *state->mores);
    state->mores = mores;
    return err;
}

/* Room for n streams; a stream is large, so not much more than that. */
static int streams_reach(struct squad_state *state, int n, int spare) {
    int size = n + spare;
    if (n <= state->streams_size)
        return 0;
    struct stream *streams = realloc(state->streams, (size_t)size * sizeof *streams);
    if (!streams)
        return -ENOMEM;
    state->streams = streams;
    struct lateness *late = realloc(state->streams_late, (size_t)size * sizeof *late);
    if (!late)
        return -ENOMEM;
    state->streams_late = late;
    state->streams_size = size;
    return 0;
}

int state_late_begin(struct squad_state *state, struct lateness *l) {
    if (late_tables_reach(state, state->n_late_tables + 1)) {
        state->failed = true;
        return -ENOMEM;
    }
    state->late_tables[state->n_late_tables] = (struct late_table){0};
    l->table = ++state->n_late_tables;
    return 0;
}

const struct more *state_more(const struct squad_state *state, const struct stream *stream) {
    static const struct more none = {.aim = AIM_NONE};
    return stream->more ? &state->mores[stream->more - 1] : &none;
}

struct more *state_more_begin(struct squad_state *state, struct stream *stream) {
    if (!stream->more && mores_reach(state, state->n_mores + 1)) {
        state->failed = true;
        return NULL;
    }
    if (!stream->more) {
        state->mores[state->n_mores] = (struct more){.aim = AIM_NONE};
        stream->more = ++state->n_mores;
    }
    return &state->mores[stream->more - 1];
}

struct stream *state_begin(struct squad_state *state, int member, int indicator) {
    if (streams_reach(state, state->n_streams + 1, state->n_streams / 4 + 3)) {
        state->failed = true;
        return NULL;
    }
    struct stream *stream = &state->streams[state->n_streams];
    state->slots[(size_t)member * (size_t)state->n_indicators + (size_t)indicator] = state->n_streams++;
    *stream = state_unbegun;
    *state_stream_late(state, stream) = (struct lateness){{0}, 0};
    stream->begun = true;
    detector_init(&stream->detector, input_law(&state->config->indicators[indicator]),
                  state->shifts[indicator].detector.rises);
    return stream;
}

void state_rest(struct squad_state *state, struct stream *stream) {
    detector_restart(&stream->detector);
    stream->recovered_at = 0;
    if (stream->more)
        state->mores[stream->more - 1].aim = (struct aim)AIM_NONE;
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++)
        stream->recent_x[d] = stream->recent_m[d] = 0;
}

static void fresh_members(struct squad_state *state, int from) {
    for (int m = from; m < state->n_members; m++) {
        state->members[m] = (struct attendance){.no_data_on = DAY_NONE, .silent_from = DAY_NONE,
                                                .counted_to = DAY_NONE};
        for (int i = 0; i < state->n_indicators; i++)
            state->slots[(size_t)m * (size_t)state->n_indicators + (size_t)i] = -1;
        memset(state_joint(state, m), 0, (size_t)joint_width(&state->family) * sizeof *state->joint);
    }
}

static bool state_allocate(struct squad_state *state, int n_members) {
    size_t n = n_members ? (size_t)n_members : 1, indicators = state->n_indicators ? (size_t)state->n_indicators : 1;
    struct attendance *members = realloc(state->members, n * sizeof *members);
    if (members)
        state->members = members;
    int32_t *slots = realloc(state->slots, n * indicators * sizeof *slots);
    if (slots)
        state->slots = slots;
    size_t width = (size_t)joint_width(&state->family);
    double *joint = realloc(state->joint, n * (width ? width : 1) * sizeof *joint);
    if (joint)
        state->joint = joint;
    return members && slots && joint;
}

/* Room for so many members. */
static int state_widen(struct squad_state *state, int n_members) {
    int size = state->size ? state->size : 8;
    while (size < n_members)
        size *= 2;
    if (size > state->size && !state_allocate(state, size))
        return -ENOMEM;
    state->size = size;
    return 0;
}

int state_reach(struct squad_state *state, int n_members) {
    int old = state->n_members, err = n_members > old ? state_widen(state, n_members) : 0;
    if (err || n_members <= old)
        return err;
    state->n_members = n_members;
    fresh_members(state, old);
    return 0;
}

/* Room for so many, if there are fewer. */
static int feeds_reach(struct squad_state *state, int n_feeds) {
    if (n_feeds <= state->n_feeds)
        return 0;
    struct feed *feeds = realloc(state->feeds, (size_t)n_feeds * sizeof *feeds);
    if (!feeds)
        return -ENOMEM;
    state->feeds = feeds;
    return 0;
}

int state_begin_feed(struct squad_state *state, int at, int source) {
    int err = feeds_reach(state, state->n_feeds + 1);
    if (err)
        return err;
    struct feed *feed = &state->feeds[at];
    memmove(feed + 1, feed, (size_t)(state->n_feeds++ - at) * sizeof *feed);
    *feed = (struct feed){.source = source, .down_from = DAY_NONE, .told_on = DAY_NONE, .ended_on = DAY_NONE};
    detector_init(&feed->detector, LAW_COUNT, false);
    return 0;
}

struct squad_state *state_create(int n_members, const struct config *config) {
    int n_indicators = config->n_indicators;
    struct squad_state *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    state->config = config;
    state->closed_to = state->awaited_from = DAY_NONE;
    state->n_indicators = n_indicators;
    joint_family_of(n_indicators < JOINT_STREAMS ? n_indicators : JOINT_STREAMS, &state->family);
    state->late = calloc((size_t)n_indicators + 1, sizeof *state->late);
    state->pooled = calloc((size_t)n_indicators + 1, sizeof *state->pooled);
    state->shifts = calloc((size_t)n_indicators + 1, sizeof *state->shifts);
    for (int i = 0; state->shifts && i < n_indicators; i++) {
        bool rises = config->indicators[i].direction == DIRECTION_DOWN;
        detector_init_given(&state->shifts[i].detector, LAW_COUNT, rises, 1, SQUAD_SHIFT_PRIOR);
        state->shifts[i].opened_on = DAY_NONE;
        state->shifts[i].level = 1;
    }
    for (int i = 0; state->pooled && i < n_indicators; i++)
        for (int kind = 0; kind < TARGET_KINDS; kind++)
            state->pooled[i].profiles[kind] = TARGET_PROFILE_NONE;
    if (!state->shifts || !state->late || !state->pooled || state_reach(state, n_members))
        state_destroy(&state);
    return state;
}

/* Many are empty, and memcpy takes no NULL. */
static void copy_array(void *to, const void *from, size_t n, size_t size) {
    if (n)
        memcpy(to, from, n * size);
}

int state_assign(struct squad_state *to, const struct squad_state *from) {
    size_t n = (size_t)from->n_members, indicators = (size_t)from->n_indicators;
    int err = state_widen(to, from->n_members);
    err = err ? err : streams_reach(to, from->n_streams, 0);
    err = err ? err : late_tables_reach(to, from->n_late_tables);
    err = err ? err : mores_reach(to, from->n_mores);
    err = err ? err : feeds_reach(to, from->n_feeds);
    err = err ? err : pledges_copy(&to->pledges, &from->pledges);
    if (err)
        return err;
    to->n_members = from->n_members;
    to->n_streams = from->n_streams;
    to->n_feeds = from->n_feeds;
    to->n_late_tables = from->n_late_tables;
    to->n_mores = from->n_mores;
    to->closed_to = from->closed_to;
    to->awaited_from = from->awaited_from;
    to->worked_days = from->worked_days;
    to->days_off = from->days_off;
    to->full_days = from->full_days;
    to->failed = from->failed;
    to->pairs = from->pairs;
    memcpy(to->week_present, from->week_present, sizeof to->week_present);
    memcpy(to->week_members, from->week_members, sizeof to->week_members);
    copy_array(to->members, from->members, n, sizeof *from->members);
    copy_array(to->slots, from->slots, n * indicators, sizeof *from->slots);
    copy_array(to->streams, from->streams, (size_t)from->n_streams, sizeof *from->streams);
    copy_array(to->streams_late, from->streams_late, (size_t)from->n_streams, sizeof *from->streams_late);
    copy_array(to->joint, from->joint, n * (size_t)joint_width(&from->family), sizeof *from->joint);
    copy_array(to->feeds, from->feeds, (size_t)from->n_feeds, sizeof *from->feeds);
    copy_array(to->shifts, from->shifts, indicators, sizeof *from->shifts);
    copy_array(to->pooled, from->pooled, indicators, sizeof *from->pooled);
    copy_array(to->late_tables, from->late_tables, (size_t)from->n_late_tables, sizeof *from->late_tables);
    copy_array(to->mores, from->mores, (size_t)from->n_mores, sizeof *from->mores);
    copy_array(to->late, from->late, indicators + 1, sizeof *from->late);
    return 0;
}

struct squad_state *state_copy(const struct squad_state *from, int n_members) {
    struct squad_state *to = state_create(0, from->config);
    if (to && (state_assign(to, from) || state_reach(to, n_members)))
        state_destroy(&to);
    return to;
}

void state_destroy(struct squad_state **state) {
    if (!*state)
        return;
    free((*state)->members);
    free((*state)->streams);
    free((*state)->streams_late);
    free((*state)->slots);
    free((*state)->joint);
    free((*state)->shifts);
    free((*state)->late);
    free((*state)->late_tables);
    free((*state)->mores);
    free((*state)->pooled);
    free((*state)->feeds);
    pledges_clear(&(*state)->pledges);
    free(*state);
    *state = NULL;
}

size_t state_bytes(const struct squad_state *state) {
    size_t n = (size_t)state->size, indicators = (size_t)state->n_indicators;
    size_t member = sizeof *state->members + indicators * sizeof *state->slots + (size_t)joint_width(&state->family) * sizeof *state->joint;
    size_t indicator = sizeof *state->shifts + sizeof *state->pooled + sizeof *state->late;
    return sizeof *state + n * member + indicators * indicator +
           (size_t)state->streams_size * (sizeof *state->streams + sizeof *state->streams_late) +
           (size_t)state->n_feeds * sizeof *state->feeds + (size_t)state->late_tables_size * sizeof *state->late_tables +
           (size_t)state->mores_size * sizeof *state->mores;
}

void facts_add(struct facts *facts, const struct fact *fact) {
    if (room_for((void **)&facts->list, &facts->size, facts->n + 1, sizeof *facts->list)) {
        facts->failed = true;
        free(fact->moved);
        return;
    }
    facts->list[facts->n++] = *fact;
}

void facts_cut(struct facts *facts, pace_day after) {
    while (facts->n && facts->list[facts->n - 1].raised_on > after)
        free(facts->list[--facts->n].moved);
}

int facts_copy(struct facts *to, const struct facts *from, pace_day up_to) {
    for (int f = 0; f < from->n && from->list[f].raised_on <= up_to && !to->failed; f++) {
        struct fact fact = from->list[f];
        if (fact.moved) {
            fact.moved = malloc(FACT_MOVED_MAX * sizeof *fact.moved);
            to->failed = !fact.moved;
            if (fact.moved)
                memcpy(fact.moved, from->list[f].moved, (size_t)fact.n_moved * sizeof *fact.moved);
        }
        facts_add(to, &fact);
    }
    return to->failed ? -ENOMEM : 0;
}

void facts_clear(struct facts *facts) {
    facts_cut(facts, DAY_NONE);
    free(facts->list);
    *facts = (struct facts){0};
}
