/*
 * engine_dump.c - the folded state as canonical lines: names instead of numbers, sorted, doubles by their bits.
 */
#include "engine_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Presence from one source on one day: put in the order of the sources' names, since their numbers are those of arrival. */
struct by_source {
    struct view source;
    int64_t n;
};

struct dumping {
    struct engine *engine;
    void (*put)(void *arg, const char *line);
    void *arg;
    uint32_t rep;
    struct by_source *held; /* of `day`, room for all sources */
    int n_held;
    pace_day day;
};

static void dump_tally(const struct dumping *d, pace_day day, int64_t n, const char *what, const char *part,
                       struct view source) {
    struct view rep = people_rep(d->engine->fold->people, d->rep)->name;
    char line[2600], text[DAY_TEXT_SIZE];
    snprintf(line, sizeof line, "tally %.*s %s %s%s%.*s %lld", (int)rep.len, rep.at, day_format(day, text), what, part,
             (int)source.len, source.at, (long long)n);
    d->put(d->arg, line);
}

static int by_source_order(const void *a, const void *b) {
    return view_compare(((const struct by_source *)a)->source, ((const struct by_source *)b)->source);
}

static void dump_held(struct dumping *d) {
    qsort(d->held, (size_t)d->n_held, sizeof *d->held, by_source_order);
    for (int h = 0; h < d->n_held; h++)
        dump_tally(d, d->day, d->held[h].n, "presence", " from ", d->held[h].source);
    d->n_held = 0;
}

/* A page under a right checksum may still name what isn't there: it is told, and differs from what the log folds to. */
static struct view source_of(const struct engine *engine, int source) {
    return source < sources_count(engine->sources) ? sources_name(engine->sources, source) : view_of("?");
}

static void dump_count(void *arg, pace_day day, int series, int64_t n) {
    static const char *const parts[SERIES_PER_INDICATOR] = {"", " trials", " unknown", " late 1", " late 2", " late 3",
                                                            " late 5", " late 8", " age 0", " age 1", " age 2", " age 4",
                                                            " age 7", " age 14", " age 30", " age 60"};
    struct dumping *d = arg;
    const struct engine *engine = d->engine;
    struct view none = {0};
    if (d->n_held && d->day != day)
        dump_held(d);
    d->day = day;
    if (series >= SERIES_SOURCES) {
        d->held[d->n_held++] = (struct by_source){source_of(engine, series - SERIES_SOURCES), n};
    } else if (series < SERIES_INDICATORS) {
        int late = series - SERIES_PRESENCE_LATE;
        dump_tally(d, day, n, "presence", late >= 0 && late < LATE_STEPS ? parts[PART_LATE + late] : "", none);
    } else {
        int i = (series - SERIES_INDICATORS) / SERIES_PER_INDICATOR, part = (series - SERIES_INDICATORS) % SERIES_PER_INDICATOR;
        const struct config *config = engine->fold->config;
        const struct config_indicator *indicator = i < config->n_indicators ? &config->indicators[i] : NULL;
        bool moved = indicator && indicator->kind == KIND_LEVEL && part >= PART_MOVED;
        const char *what = !moved ? parts[part] : part == PART_MOVED ? " moved" : " moved trials";
        dump_tally(d, day, n, indicator ? indicator->name : "?", what, none);
    }
}

static void dump_rep(struct dumping *d) {
    const struct fold *fold = d->engine->fold;
    const struct rep *rep = people_rep(fold->people, d->rep);
    pace_day first = tally_first_day(fold->tally, d->rep);
    char line[1400], text[DAY_TEXT_SIZE];
    if (first != DAY_NONE) {
        struct view team = people_team(fold->people, rep->team)->name; /* their numbers tell which was heard of first */
        snprintf(line, sizeof line, "rep %.*s team %.*s role %s since %s", (int)rep->name.len, rep->name.at, (int)team.len, team.at,
                 people_role(fold->people, rep->role), day_format(first, text));
        d->put(d->arg, line);
    }
    tally_walk(fold->tally, d->rep, dump_count, d); /* others' records can credit a rep who did nothing yet */
    dump_held(d);
}

static int dump_reps(struct engine *engine, void (*put)(void *arg, const char *line), void *arg) {
    const uint32_t *reps;
    uint32_t n;
    int err = engine_order(engine, &reps, &n);
    struct dumping d = {.engine = engine, .put = put, .arg = arg};
    d.held = malloc(SERIES_SOURCES_MAX * sizeof *d.held);
    err = err || d.held ? err : -ENOMEM;
    for (uint32_t r = 0; !err && r < n; r++) {
        d.rep = reps[r];
        dump_rep(&d);
    }
    free(d.held);
    return err;
}

/* A team of which every event was revised away is as if it had never been met. */
static bool team_is_there(const struct engine *engine, const struct squad *squad) {
    for (int m = 0; m < squad_members(squad); m++)
        if (tally_first_day(engine->fold->tally, squad_member(squad, m)) != DAY_NONE)
            return true;
    return false;
}

struct named_squad {
    struct view name;
    struct squad *squad;
};

static int by_name(const void *a, const void *b) {
    return view_compare(((const struct named_squad *)a)->name, ((const struct named_squad *)b)->name);
}

static int dump_squad(struct named_squad *of, void (*put)(void *arg, const char *line), void *arg) {
    int err = squad_close(of->squad, squad_closed_to(of->squad)); /* computes what late events marked; tells nobody */
    char line[400];
    snprintf(line, sizeof line, "team %.*s", (int)of->name.len, of->name.at);
    put(arg, line);
    if (!err)
        squad_dump(of->squad, put, arg);
    return err;
}

static int dump_squads(struct engine *engine, void (*put)(void *arg, const char *line), void *arg) {
    struct named_squad *squads = malloc(((size_t)fold_teams(engine->fold) + 1) * sizeof *squads);
    int n = 0, err = squads ? 0 : -ENOMEM;
    for (int t = 0; squads && t < fold_teams(engine->fold); t++) {
        struct squad *squad = engine->fold->squads[t].squad;
        if (squad && squad_closed_to(squad) != DAY_NONE && team_is_there(engine, squad))
            squads[n++] = (struct named_squad){people_team(engine->fold->people, t)->name, squad};
    }
    if (n)
        qsort(squads, (size_t)n, sizeof *squads, by_name);
    for (int s = 0; !err && s < n; s++)
        err = dump_squad(&squads[s], put, arg);
    free(squads);
    return err;
}

int engine_dump(struct engine *engine, void (*put)(void *arg, const char *line), void *arg) {
    int err = sources_take_in(engine);
    err = err ? err : dump_reps(engine, put, arg);
    return err ? err : dump_squads(engine, put, arg);
}

static void digest_line(void *arg, const char *line) {
    XXH3_64bits_update(arg, line, strlen(line) + 1);
}

int engine_dump_digest(struct engine *engine, uint64_t *ret_digest) {
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return -ENOMEM;
    XXH3_64bits_reset(state);
    int err = engine_dump(engine, digest_line, state);
    if (!err)
        *ret_digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return err;
}
