/*
 * squad_dump.c - a squad's state as canonical lines: every double by its bits, so that equal lines mean equal state.
 */
#include "people.h"
#include "squad_inside.h"
#include "tally.h"

#include <stdio.h>

struct writer {
    char line[4096];
    size_t at;
};

static void add_bits(struct writer *w, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int n = snprintf(w->line + w->at, sizeof w->line - w->at, " %llx", (unsigned long long)bits);
    w->at += n > 0 ? (size_t)n : 0;
    if (w->at >= sizeof w->line)
        w->at = sizeof w->line - 1;
}

static void add_value(void *arg, double value) {
    add_bits(arg, value);
}

static void dump_member(const struct squad *squad, int m, void (*put)(void *arg, const char *line), void *arg) {
    const struct squad_state *state = squad->state;
    const struct attendance *member = &state->members[m];
    struct view name = people_rep(squad->setup.people, squad->reps[m])->name;
    struct writer w;
    if (tally_first_day(squad->setup.tally, squad->reps[m]) == DAY_NONE)
        return;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "member %.*s silent %d from %d held %d of %d window %d no_data %d gone %d", (int)name.len,
                            name.at, member->silent_run, member->silent_run ? member->silent_from : 0, member->held_silent, member->held_n, member->window,
                            member->no_data, member->gone);
    put(arg, w.line);
    for (int i = 0; i < state->n_indicators; i++) {
        const struct stream *stream = state_look(state, m, i);
        if (!stream->begun)
            continue;
        w.at = (size_t)snprintf(w.line, sizeof w.line, "stream %.*s %d case %d since %d recovered %d", (int)name.len,
                                name.at, i, stream->case_opened, stream->case_since, stream->recovered_at);
        detector_each(&stream->detector, add_value, &w);
        put(arg, w.line);
    }
}

static void dump_fact(const struct squad *squad, const struct fact *fact, void (*put)(void *arg, const char *line),
                      void *arg) {
    struct view name = fact->rep == REP_NONE ? view_of("-") : people_rep(squad->setup.people, fact->rep)->name;
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "fact %d %.*s %d on %d since %d opened %d", fact->kind, (int)name.len,
                            name.at, fact->indicator, fact->raised_on, fact->since, fact->opened_on);
    add_bits(&w, fact->before);
    add_bits(&w, fact->after);
    add_bits(&w, fact->evidence);
    put(arg, w.line);
}

void squad_dump(struct squad *squad, void (*put)(void *arg, const char *line), void *arg) {
    const struct squad_state *state = squad->state;
    struct writer w;
    w.at = (size_t)snprintf(w.line, sizeof w.line, "closed_to %d worked %d off %d", state->closed_to,
                            state->worked_days, state->days_off);
    add_bits(&w, state->watched_days);
    for (int d = 0; d < 7; d++) {
        add_bits(&w, state->week_present[d]);
        add_bits(&w, state->week_members[d]);
    }
    put(arg, w.line);
    for (int i = 0; i < state->n_indicators; i++) {
        w.at = (size_t)snprintf(w.line, sizeof w.line, "shift %d days %d", i, state->shifts[i].open_days);
        detector_each(&state->shifts[i].detector, add_value, &w);
        put(arg, w.line);
    }
    for (int n = 0; n < state->n_members; n++)
        dump_member(squad, squad->by_name[n], put, arg);
    for (int f = 0; f < squad->facts.n; f++)
        dump_fact(squad, &squad->facts.list[f], put, arg);
}
