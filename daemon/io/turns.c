/* turns.c - see turns.h. */
#include "turns.h"

#include "clock.h"
#include "json_value.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONGEST = 8,          /* turns are remembered, ... */
    LONGEST_HOURS = 24,   /* ... each for so long, where there are that many */
    STEPS = 4,            /* of durations that are counted as one, in each doubling */
    DOUBLINGS = 36,       /* up to 19 hours */
    TOLD_LEAST_US = 1000, /* of a part of a long turn */
};

static const char *const part_names[TURN_PARTS] = {
    [ENGINE_CLOSE] = "close", [ENGINE_INDEX] = "index", [ENGINE_DROP] = "drop",
    [ENGINE_PAGES] = "pages", [ENGINE_SYNC] = "commit", [TURN_RECEIVE] = "receive",
    [TURN_DECODE] = "decode", [TURN_TAKE] = "take",     [TURN_ANSWER] = "answer",
    [TURN_ASK] = "ask",       [TURN_BESIDE] = "beside", [TURN_REFOLD] = "refold",
    [TURN_REST] = "rest",
};

struct turn {
    int64_t at_us; /* wall time of its end, to the second */
    int64_t us, parts_us[TURN_PARTS];
};

/* How long something took, each time. */
struct spread {
    uint64_t n, counts[DOUBLINGS * STEPS];
    int64_t most_us;
};

struct turns {
    int64_t begun_us, lap_us; /* monotonic */
    struct turn now;
    struct spread all, parts[TURN_PARTS];
    struct turn longest[LONGEST]; /* in no order; at_us 0: free */
};

struct turns *turns_create(void) {
    return calloc(1, sizeof(struct turns));
}

void turns_destroy(struct turns **turns) {
    free(*turns);
    *turns = NULL;
}

/* ---- durations ---- */

/* Microseconds below twice STEPS by themselves; from there on by the leading bit and the two after
 * it: shift * STEPS + (STEPS to 2 * STEPS - 1). */
static int spread_step(int64_t us) {
    int shift = us < 2 * STEPS ? 0 : 61 - __builtin_clzll((unsigned long long)us);
    int step = shift * STEPS + (int)(us >> shift);
    return step < DOUBLINGS * STEPS ? step : DOUBLINGS * STEPS - 1;
}

static int64_t spread_step_end(int step) {
    int shift = step < 2 * STEPS ? 0 : step / STEPS - 1;
    return (int64_t)(step - shift * STEPS + 1) << shift;
}

static void spread_add(struct spread *spread, int64_t us) {
    spread->n++;
    spread->counts[spread_step(us)]++;
    spread->most_us = us > spread->most_us ? us : spread->most_us;
}

/* So many of a hundred took no longer; within a fifth. */
static double spread_ms(const struct spread *spread, int percent) {
    uint64_t rank = (spread->n * (uint64_t)percent + 99) / 100, n = 0;
    int step = 0;
    while (step < DOUBLINGS * STEPS - 1 && (n += spread->counts[step]) < rank)
        step++;
    int64_t us = spread_step_end(step);
    return (double)(us < spread->most_us ? us : spread->most_us) / 1000;
}

/* ---- a turn ---- */

void turns_begin(struct turns *turns) {
    memset(&turns->now, 0, sizeof turns->now);
    turns->begun_us = turns->lap_us = clock_monotonic_us();
}

void turns_lap(struct turns *turns, int part) {
    if (!turns)
        return;
    int64_t now_us = clock_monotonic_us();
    turns->now.parts_us[part] += now_us - turns->lap_us;
    turns->lap_us = now_us;
}

/* Where the turn belongs if it is among the longest; NULL: it isn't. Old ones make way first. */
static struct turn *longest_place(struct turns *turns) {
    int64_t old_us = turns->now.at_us - LONGEST_HOURS * INT64_C(3600000000);
    struct turn *least = &turns->longest[0];
    for (int i = 0; i < LONGEST; i++) {
        struct turn *turn = &turns->longest[i];
        if (turn->at_us < old_us)
            return turn;
        least = turn->us < least->us ? turn : least;
    }
    return turns->now.us > least->us ? least : NULL;
}

void turns_end(struct turns *turns) {
    turns_lap(turns, TURN_REST);
    turns->now.us = turns->lap_us - turns->begun_us;
    turns->now.at_us = clock_wall_second_us();
    spread_add(&turns->all, turns->now.us);
    for (int part = 0; part < TURN_PARTS; part++)
        if (turns->now.parts_us[part])
            spread_add(&turns->parts[part], turns->now.parts_us[part]);
    struct turn *place = longest_place(turns);
    if (place)
        *place = turns->now;
}

/* ---- telling ---- */

static json_t *spread_json(const struct spread *spread) {
    return json_pack("{s:I,s:f,s:f,s:f}", "n", (json_int_t)spread->n, "p50_ms",
                     spread_ms(spread, 50), "p99_ms", spread_ms(spread, 99), "longest_ms",
                     (double)spread->most_us / 1000);
}

static json_t *turn_json(const struct turn *turn) {
    json_t *parts = json_object();
    for (int part = 0; part < TURN_PARTS; part++)
        if (turn->parts_us[part] >= TOLD_LEAST_US)
            json_object_set_new(parts, part_names[part],
                                json_real((double)turn->parts_us[part] / 1000));
    return json_pack("{s:o,s:f,s:o}", "at", json_value_time(turn->at_us), "ms",
                     (double)turn->us / 1000, "parts", parts);
}

static int longer_first(const void *a, const void *b) {
    const struct turn *x = *(const struct turn *const *)a, *y = *(const struct turn *const *)b;
    return (y->us > x->us) - (y->us < x->us);
}

static json_t *longest_json(const struct turns *turns) {
    const struct turn *list[LONGEST];
    json_t *json = json_array();
    for (int i = 0; i < LONGEST; i++)
        list[i] = &turns->longest[i];
    qsort(list, LONGEST, sizeof(struct turn *), longer_first);
    for (int i = 0; i < LONGEST && list[i]->at_us; i++)
        json_array_append_new(json, turn_json(list[i]));
    return json;
}

json_t *turns_json(const struct turns *turns) {
    json_t *parts = json_object();
    for (int part = 0; part < TURN_PARTS; part++)
        if (turns->parts[part].n)
            json_object_set_new(parts, part_names[part], spread_json(&turns->parts[part]));
    json_t *json = spread_json(&turns->all);
    if (json_object_set_new(json, "parts", parts) ||
        json_object_set_new(json, "longest", longest_json(turns))) {
        json_decref(json);
        return NULL;
    }
    return json;
}
