/*
 * squad_dump.c - a squad's state as canonical lines: every double by its bits, so that equal lines mean equal state.
 */
#include "people.h"
#include "sources.h"
#include "squad_inside.h"
#include "tally.h"

#include <inttypes.h>
#include <stdio.h>

struct writer {
    char line[4096];
    size_t at;
};

/* Hundreds for each stream: too many for snprintf. */
static void add_bits(struct writer *w, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    char text[18], *first = text + sizeof text;
    *--first = '\0';
    do
        *--first = "0123456789abcdef"[bits % 16];
    while (bits >>= 4);
    *--first = ' ';
    size_t len = (size_t)(text + sizeof text - first), room = sizeof w->line - w->at;
    memcpy(w->line + w->at, first, len < room ? len : room);
    w->at += (len < room ? len : room) - 1;
    w->line[w->at] = '\0';
}

static void add_value(void *arg, double value) {
    add_bits(arg, value);
}

static void add_newest(struct writer *w, const struct late_table *table) {
    for (int d = 0; d < 7; d++) {
        add_bits(w, table->newest_n[d]);
        for (int j = 0; table->newest[d][0] > 0 && j < LATE_STEPS; j++)
            add_bits(w, table->newest[d][j]);
    }
}

static void add_lateness(struct writer *w, const struct squad_state *state, const struct lateness *lateness) {
    for (int d = 0; d < LATE_ALL; d++) {
        const double *late = late_known(state, lateness, d);
        add_bits(w, lateness->n[d]);
        for (int j = 0; late[0] > 0 && j < LATE_STEPS; j++)
            add_bits(w, late[j]);
    }
    if (lateness->table)
        add_newest(w, &state->late_tables[lateness->table - 1]);
}

/* What was agreed, and how the rep stands to it. */
static void dump_aim(const struct squad_state *state, const struct stream *stream, struct view name, int i,
                     void (*put)(void *arg, const char *line), void *arg) {
    const struct aim *aim = &state_more(state, stream)->aim;
    const struct target_rate *rate = &stream->rate;
    struct writer w;
    w.at = (size_t)snprintf(
        w.line, sizeof w.line,
        "aim %.*s %d from %d to %d judged %d low %d told %d back %d below %d lost %d",
        (int)name.len, name.at, i, aim->from, aim->to, aim->judged_on, aim->low, aim->told_on,
        aim->back, aim->below_on, aim->lost_in);
    const double values[] = {aim->target,     aim->so_far,       aim->expected,  aim->probability,    aim->lost,
                             aim->agreed,     aim->hold.below,   aim->hold.fall, aim->hold.fallen,    aim->hold.back,
                             aim->hold.recent_x, aim->hold.recent_e, rate->x,    rate->e,             rate->week_x,
                             rate->week_m,    rate->spread,      rate->weeks,    rate->reference,     rate->quarter,
                             rate->week_days};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        add_bits(&w, values[v]);
    for (int j = 0; j < DETECTOR_SIZES; j++) {
        const struct detector_sizes *sizes = &aim->hold.sizes;
        const double parts[] = {sizes->r[j], sizes->c[j], sizes->x[j], sizes->e[j], sizes->since[j]};
        for (size_t v = 0; v < sizeof parts / sizeof *parts; v++)
            add_bits(&w, parts[v]);
    }
    put(arg, w.line);
}

static void dump_member(const struct squad *squad, int m, void (*put)(void *arg, const char *line), void *arg) {
    const struct squad_state *state = squad->state;
    const struct attendance *member = &state->members[m];
    struct view name = people_rep(squad->setup.people, squad->reps[m])->name;
    struct writer w;
    if (tally_first_day(squad->setup.tally, squad->reps[m]) == DAY_NONE)
        return;
    w.at = (size_t)snprintf(w.line, sizeof w.line,
                            "member %.*s silent %d from %d but %" PRId64 " held %d of %d window %d no_data %d gone "
                            "%d away %d rewarm %d",
                            (int)name.len, name.at, member->silent_run,
                            member->silent_run ? member->silent_from : 0,
                            member->silent_run ? member->silent_records : 0, member->held_silent,
                            member->held_n, member->window, member->no_data, member->gone,
                            member->away_run, member->rewarm);
    add_bits(&w, member->seen_days);
    add_bits(&w, member->seen_x);
    add_bits(&w, member->seen_xx);
    add_bits(&w, member->excused);
    put(arg, w.line);
    w.at = (size_t)snprintf(w.line, sizeof w.line, "joint %.*s %d parts %u", (int)name.len, name.at,
                            member->joint_parts ? member->joint_driver : 0, member->joint_parts);
    for (int s = 0; s < JOINT_SIZES; s++)
        for (int c = 0; c < state->family.n_cells; c++)
            add_bits(&w, state_joint(state, m)[c * JOINT_SIZES + s]);
    put(arg, w.line);
    for (int i = 0; i < state->n_indicators; i++) {
        const struct stream *stream = state_look(state, m, i);
        if (!stream->begun)
            continue;
        w.at = (size_t)snprintf(w.line, sizeof w.line, "stream %.*s %d case %d since %d recovered %d ended %d", (int)name.len,
                                name.at, i, stream->case_opened, stream->case_since, stream->recovered_at, stream->ended_on);
        add_bits(&w, stream->intake.x);
        add_bits(&w, stream->intake.e);
        add_bits(&w, (double)stream->intake.level);
        add_bits(&w, (double)stream->intake.deals);
        add_bits(&w, stream->intake.moved);
        detector_each(&stream->detector, add_value, &w);
        put(arg, w.line);
        w.at = (size_t)snprintf(w.line, sizeof w.line, "late %.*s %d", (int)name.len, name.at, i);
        add_lateness(&w, state, state_stream_late(state, stream));
        put(arg, w.line);
        dump_aim(state, stream, name, i, put, arg);
    }
}

static void dump_profile(const struct target_profile *profile, int i, int kind, void (*put)(void *arg, const char *line),
                         void *arg) {
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "profile %d %d from %d", i, kind, profile->from);
    add_bits(&w, profile->periods);
    add_bits(&w, profile->noise);
    add_bits(&w, profile->squares);
    for (int b = 0; b < TARGET_BINS; b++) {
        add_bits(&w, profile->x[b]);
        add_bits(&w, profile->m[b]);
        add_bits(&w, profile->sum[b]);
    }
    put(arg, w.line);
}

/* What the team's streams of an indicator share, where there is anything. */
static void dump_pooled(const struct squad_state *state, int i, void (*put)(void *arg, const char *line), void *arg) {
    const struct lateness *late = &state->late[i];
    const struct pooled *pooled = i ? &state->pooled[i - 1] : NULL;
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "pooled %d", i - 1);
    add_lateness(&w, state, late);
    for (int b = 0; pooled && b < AGE_BUCKETS; b++) {
        add_bits(&w, pooled->age_x[b]);
        add_bits(&w, pooled->age_n[b]);
    }
    if (pooled)
        add_bits(&w, pooled->unit);
    if (pooled && pooled->unknown_days)
        w.at += (size_t)snprintf(w.line + w.at, sizeof w.line - w.at, " unknown %llx",
                                 (unsigned long long)pooled->unknown_days);
    put(arg, w.line);
    for (int kind = 0; pooled && kind < TARGET_KINDS; kind++)
        dump_profile(&pooled->profiles[kind], i - 1, kind, put, arg);
}

static void dump_feed(const struct squad *squad, const struct feed *feed, void (*put)(void *arg, const char *line), void *arg) {
    struct view name = sources_name(squad->setup.sources, feed->source);
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "feed %.*s down %d from %d told %d", (int)name.len, name.at,
                            feed->down_days, feed->down_days ? feed->down_from : 0, feed->told);
    if (feed->without || feed->ended_on != DAY_NONE)
        w.at += (size_t)snprintf(w.line + w.at, sizeof w.line - w.at, " without %d ended %d", feed->without, feed->ended_on);
    detector_each(&feed->detector, add_value, &w);
    put(arg, w.line);
}

static void dump_pledges(const struct squad *squad, void (*put)(void *arg, const char *line), void *arg) {
    for (int p = 0; p < squad->state->pledges.n; p++) {
        const struct pledge *pledge = &squad->state->pledges.list[p];
        struct view name = people_rep(squad->setup.people, squad->reps[pledge->member])->name;
        struct writer w;
        w.at = (size_t)snprintf(w.line, sizeof w.line, "pledge %.*s %016llx %d made %d due %d judged %d told %d", (int)name.len, name.at,
                                (unsigned long long)pledge->key, pledge->indicator, pledge->made, pledge->due,
                                pledge->judged_on, pledge->told_on);
        add_bits(&w, pledge->usual);
        add_bits(&w, pledge->chance);
        put(arg, w.line);
    }
}

static void dump_fact(const struct squad *squad, const struct fact *fact, void (*put)(void *arg, const char *line),
                      void *arg) {
    struct view name = fact->source >= 0       ? sources_name(squad->setup.sources, fact->source)
                       : fact->rep == REP_NONE ? view_of("-")
                                               : people_rep(squad->setup.people, fact->rep)->name;
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "fact %d %.*s %d on %d since %d opened %d", fact->kind, (int)name.len,
                            name.at, fact->indicator, fact->raised_on, fact->since, fact->opened_on);
    add_bits(&w, fact->before);
    add_bits(&w, fact->after);
    add_bits(&w, fact->evidence);
    if (fact->promise.name)
        w.at += (size_t)snprintf(w.line + w.at, sizeof w.line - w.at, " %.200s %s", fact->promise.name,
                                 fact->kind == FACT_PROMISE_AT_RISK ? "at risk" : promise_verdict_name(fact->promise.verdict));
    put(arg, w.line);
}

void squad_dump(struct squad *squad, void (*put)(void *arg, const char *line), void *arg) {
    const struct squad_state *state = squad->state;
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "closed_to %d worked %d off %d full %d", state->closed_to,
                            state->worked_days, state->days_off, state->full_days);
    add_bits(&w, squad_watched_days(squad, FACT_NO_INDICATOR));
    for (int d = 0; d < 7; d++) {
        add_bits(&w, state->week_present[d]);
        add_bits(&w, state->week_members[d]);
    }
    put(arg, w.line);
    for (int i = 0; i < state->n_indicators; i++) {
        const struct shift *shift = &state->shifts[i];
        w.at = (size_t)snprintf(w.line, sizeof w.line, "shift %d days %d rose %d", i, shift->open_days, shift->rose_days);
        add_bits(&w, shift->level);
        detector_each(&shift->detector, add_value, &w);
        put(arg, w.line);
        w.at = (size_t)snprintf(w.line, sizeof w.line, "blank %d days %d from %d filled %d of %d none %d", i, shift->blank_days,
                                shift->blank_from, shift->filled_days, shift->of_blank, shift->none);
        if (shift->blank_days || shift->of_blank || shift->none)
            put(arg, w.line);
    }
    for (int i = 0; i <= state->n_indicators; i++)
        dump_pooled(state, i, put, arg);
    for (int f = 0; f < state->n_feeds; f++)
        dump_feed(squad, &state->feeds[f], put, arg);
    w.at = (size_t)snprintf(w.line, sizeof w.line, "pairs");
    for (int q = 0; q < JOINT_PAIRS && state->family.n > 1; q++) {
        add_bits(&w, state->pairs.sum[q]);
        add_bits(&w, state->pairs.n[q]);
    }
    put(arg, w.line);
    for (int n = 0; n < state->n_members; n++)
        dump_member(squad, squad->by_name[n], put, arg);
    dump_pledges(squad, put, arg);
    for (int f = 0; f < squad->facts.n; f++)
        dump_fact(squad, &squad->facts.list[f], put, arg);
}
