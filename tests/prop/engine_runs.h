/*
 * engine_runs.h - one stream through one engine, in some order, with batches, restarts, resends and changes of the config;
 * and the same counted by brute force.
 */
#ifndef TESTS_ENGINE_RUNS_H
#define TESTS_ENGINE_RUNS_H

#include "engine_stream.h"
#include "failing_kv.h"
#include "index.h"

enum order { ORDER_TIME, ORDER_NEARLY, ORDER_ANY, ORDER_BACKWARDS, ORDERS };
static const char *const order_names[] = {"time", "nearly time", "any", "backwards"};

struct options {
    enum order order;
    bool wall;             /* the clock is at the end first, all of it is history */
    int commit_permille, restart_permille, resend_permille, look_permille;
    int reconfigures;      /* times there and back */
    int refold_permille;   /* a slice of that after so many of the events; 0: all of it at once */
    uint64_t checkpoint_lag;
    bool verify;           /* fold it once more from the log, writing nothing */
    uint64_t seed;
};

static inline void options_print(const struct options *o) {
    fprintf(stderr,
            "order %s, wall %d, commit %d, restart %d, resend %d, look %d of 1000, reconfigures %d in slices %d, lag %llu, verify %d, "
            "seed %llu\n",
            order_names[o->order], o->wall, o->commit_permille, o->restart_permille, o->resend_permille, o->look_permille,
            o->reconfigures, o->refold_permille, (unsigned long long)o->checkpoint_lag, o->verify, (unsigned long long)o->seed);
}

struct outcome {
    int err;
    const char *at; /* where err came from */
    struct fixture_text dump, alerts;
    uint64_t digest;
    struct engine_status status;
};

static inline void outcome_clear(struct outcome *o) {
    fixture_text_clear(&o->dump);
    fixture_text_clear(&o->alerts);
}

struct run {
    const struct stream *stream;
    const struct options *options;
    struct kv *kv;
    struct config *configs[2];
    const char *texts[2];
    int config;      /* which one holds */
    struct engine *engine;
    int *order, n, next, committed; /* what is sent, up to where, up to where it is durable */
    uint64_t seed;
    int64_t end_us;
    struct outcome *outcome;
};

static inline bool run_check(struct run *run, int err, const char *at) {
    if (err && !run->outcome->err) {
        run->outcome->err = err;
        run->outcome->at = at;
    }
    return !run->outcome->err;
}

static inline void run_order(struct run *run) {
    enum order order = run->options->order;
    for (int i = 0; i < run->n; i++)
        run->order[i] = order == ORDER_BACKWARDS ? run->n - 1 - i : i;
    int reach = order == ORDER_NEARLY ? 1 + run->n / 10 : run->n;
    for (int i = run->n - 1; i > 0 && (order == ORDER_NEARLY || order == ORDER_ANY); i--) {
        int low = i - reach > 0 ? i - reach : 0, j = low + draw_below(&run->seed, i - low + 1), keep = run->order[i];
        run->order[i] = run->order[j];
        run->order[j] = keep;
    }
}

static inline struct engine_setup run_setup(struct run *run) {
    struct engine_setup setup = fixture_setup(run->kv, run->configs[run->config], run->texts[run->config]);
    setup.checkpoint_lag = run->options->checkpoint_lag;
    setup.index_entries = run->options->seed % 2 ? 16 : 100; /* so that it is sealed and merged all the time */
    setup.clock = run->options->wall ? ENGINE_WALL : ENGINE_EVENTS;
    return setup;
}

static inline bool run_open(struct run *run) {
    struct engine_setup setup = run_setup(run);
    return run_check(run, engine_open(&setup, &run->engine), "engine_open") &&
           run_check(run, run->options->wall ? engine_move_clock(run->engine, run->end_us) : 0, "engine_move_clock");
}

static inline bool run_commit(struct run *run) {
    run->committed = run->next;
    return run_check(run, engine_commit(run->engine), "engine_commit");
}

/* What wasn't committed is gone and is sent again. */
static inline bool run_restart(struct run *run) {
    engine_destroy(&run->engine);
    kv_mem_reopen(run->kv);
    run->next = run->committed;
    return run_open(run);
}

static inline bool run_send(struct run *run, int which, bool again) {
    struct spelled spelled;
    struct engine_answer answer;
    occurrence_spell(run->stream, &run->stream->events[run->order[which]], &spelled);
    struct index_keys keys = index_keys_of(&spelled.event);
    if (which % 3)
        engine_expect(run->engine, &spelled.event, &keys); /* changes nothing */
    if (!run_check(run, engine_take(run->engine, &spelled.event, &answer), "engine_take"))
        return false;
    bool good = again ? answer.verdict == VERDICT_DUPLICATE
                      : answer.verdict == VERDICT_ACCEPTED || answer.verdict == VERDICT_SUPERSEDED;
    if (!good)
        fprintf(stderr, "event %d answered %d: %s\n", run->order[which], (int)answer.verdict, answer.reason);
    return run_check(run, good ? 0 : -EPROTO, "the verdict of an event");
}

/* When the new fold takes over, all is committed. */
static inline bool run_refold(struct run *run, int n) {
    bool under_way = engine_config_next(run->engine) != NULL;
    int more = engine_refold_step(run->engine, n);
    if (under_way && !more)
        run->committed = run->next;
    return run_check(run, more < 0 ? more : 0, "engine_refold_step");
}

static inline bool run_refold_all(struct run *run) {
    while (engine_config_next(run->engine))
        if (!run_refold(run, 1 + draw_below(&run->seed, 400)))
            return false;
    return true;
}

static inline bool run_reconfigure(struct run *run) {
    if (!run_commit(run))
        return false;
    run->config = !run->config;
    int err = engine_reconfigure(run->engine, run->configs[run->config], view_of(run->texts[run->config]));
    return run_check(run, err, "engine_reconfigure") && (run->options->refold_permille || run_refold_all(run));
}

/* Questions between the events, which must change nothing. */
static inline bool run_look(struct run *run) {
    struct engine_rep rep;
    uint64_t digest;
    char name[16];
    snprintf(name, sizeof name, "rep%d", draw_below(&run->seed, run->stream->n_reps));
    int err = engine_rep_find(run->engine, view_of(name), &rep);
    pace_day day = run->stream->first_day + draw_below(&run->seed, run->stream->n_days);
    if (!err || err == -ENOENT)
        err = engine_rep_on(run->engine, view_of(name), day, &rep);
    if (!err || err == -ENOENT || err == -ERANGE)
        err = draw_chance(&run->seed, 300) ? engine_dump_digest(run->engine, &digest) : 0;
    return run_check(run, err, "a question");
}

static inline bool run_events(struct run *run) {
    const struct options *o = run->options;
    int changes = 2 * o->reconfigures, every = changes ? run->n / (changes + 1) + 1 : run->n + 1, done = 0;
    while (run->next < run->n) {
        if (!run_send(run, run->next++, false))
            return false;
        if (draw_chance(&run->seed, o->resend_permille) && !run_send(run, draw_below(&run->seed, run->next), true))
            return false;
        if (draw_chance(&run->seed, o->look_permille) && !run_look(run))
            return false;
        if (draw_chance(&run->seed, o->commit_permille) && !run_commit(run))
            return false;
        if (done < changes && run->next >= (done + 1) * every && ++done && !run_reconfigure(run))
            return false;
        if (draw_chance(&run->seed, o->refold_permille) && !run_refold(run, 1 + draw_below(&run->seed, 60)))
            return false;
        if (draw_chance(&run->seed, o->restart_permille) && !run_restart(run))
            return false;
    }
    while (done++ < changes)
        if (!run_reconfigure(run))
            return false;
    return run_refold_all(run);
}

static inline bool run_say(struct run *run, struct outcome *outcome, struct engine *engine) {
    engine_status(engine, &outcome->status);
    return run_check(run, fixture_dump(engine, &outcome->dump), "engine_dump") &&
           run_check(run, engine_dump_digest(engine, &outcome->digest), "engine_dump_digest") &&
           run_check(run, fixture_alerts(engine, &outcome->alerts), "engine_alert");
}

/* The store folded once more, by an engine whose first put would fail. */
static inline bool run_verify(struct run *run) {
    struct failing_kv *failing;
    struct kv *kv = failing_kv_create(run->kv, (struct failure){.put = 1, .code = -EROFS});
    struct engine_setup setup = run_setup(run);
    struct engine *engine = NULL;
    struct outcome outcome = {0};
    uint64_t bad = 0;
    failing = (struct failing_kv *)kv;
    setup.kv = kv;
    setup.read_only = true;
    bool good = run_check(run, engine_open(&setup, &engine), "engine_open read only");
    good = good && run_check(run, engine_check_alerts(engine, &bad), "engine_check_alerts");
    good = good && run_check(run, engine_check_index(engine), "engine_check_index");
    good = good && run_say(run, &outcome, engine) && run_check(run, failing->puts ? -EROFS : 0, "a put by verify");
    if (good && !fixture_text_same("verify", &run->outcome->dump, &outcome.dump, false))
        good = run_check(run, -EPROTO, "verify: another dump");
    if (good && !fixture_text_same("verify", &run->outcome->alerts, &outcome.alerts, false))
        good = run_check(run, -EPROTO, "verify: other alerts");
    outcome_clear(&outcome);
    engine_destroy(&engine);
    kv_destroy(&kv);
    return good;
}

static inline bool run_through(struct run *run) {
    return run_open(run) && run_events(run) &&
           run_check(run, engine_move_clock(run->engine, run->end_us), "engine_move_clock") && run_commit(run) &&
           (run->options->restart_permille == 0 || run_restart(run)) && run_say(run, run->outcome, run->engine) &&
           (!run->options->verify || run_verify(run));
}

static inline int64_t stream_end(const struct stream *s) {
    int64_t newest = 0;
    for (int i = 0; i < s->n; i++) {
        const struct occurrence *o = &s->events[i];
        int64_t latest = occurrence_arrival(o) > o->time_us ? occurrence_arrival(o) : o->time_us;
        newest = latest > newest ? latest : newest;
    }
    return newest + 3 * DAY_US; /* all days with events have closed in every zone */
}

static inline void stream_run(const struct stream *s, const struct options *options, int64_t end_us,
                              struct outcome *ret_outcome) {
    struct run run = {.stream = s, .options = options, .seed = options->seed, .n = s->n, .outcome = ret_outcome,
                      .end_us = end_us, .texts = {s->config, s->other}, .kv = kv_mem_create()};
    *ret_outcome = (struct outcome){0};
    run.order = malloc(((size_t)s->n + 1) * sizeof *run.order);
    for (int c = 0; c < 2; c++)
        run.configs[c] = fixture_config(run.texts[c]);
    if (!run.order || !run.kv || !run.configs[0] || !run.configs[1])
        abort();
    run_order(&run);
    run_through(&run);
    engine_destroy(&run.engine);
    for (int c = 0; c < 2; c++)
        config_destroy(&run.configs[c]);
    kv_destroy(&run.kv);
    free(run.order);
}

/* ---- by brute force ---- */

static inline bool occurrence_beats(const struct stream *s, const struct occurrence *a, const struct occurrence *b) {
    struct spelled x, y;
    occurrence_spell(s, a, &x);
    occurrence_spell(s, b, &y);
    return a->revision != b->revision ? a->revision > b->revision : event_digest(&x.event) > event_digest(&y.event);
}

static inline bool occurrence_same_record(const struct occurrence *a, const struct occurrence *b) {
    bool a_by_id = a->record == 0 || a->record_is_id, b_by_id = b->record == 0 || b->record_is_id;
    return a->source == b->source && a_by_id == b_by_id &&
           (a->record ? a->record : a->id) == (b->record ? b->record : b->id);
}

static inline int record_order(const void *left, const void *right) {
    const struct occurrence *a = *(const struct occurrence *const *)left, *b = *(const struct occurrence *const *)right;
    uint32_t x = a->record ? a->record : a->id, y = b->record ? b->record : b->id;
    return a->source != b->source ? a->source - b->source
           : (a->record == 0 || a->record_is_id) != (b->record == 0 || b->record_is_id)
               ? (a->record == 0 || a->record_is_id) - (b->record == 0 || b->record_is_id)
               : (x > y) - (x < y);
}

/* Calls `each` for the one event of every record that counts. */
static inline void stream_counting(const struct stream *s, void (*each)(void *arg, const struct occurrence *o), void *arg) {
    const struct occurrence **list = malloc(((size_t)s->n + 1) * sizeof *list);
    if (!list)
        abort();
    for (int i = 0; i < s->n; i++)
        list[i] = &s->events[i];
    qsort(list, (size_t)s->n, sizeof *list, record_order);
    for (int i = 0; i < s->n;) {
        const struct occurrence *best = list[i];
        for (i++; i < s->n && occurrence_same_record(list[i], best); i++)
            best = occurrence_beats(s, list[i], best) ? list[i] : best;
        each(arg, best);
    }
    free(list);
}

enum { RECOUNT_DAYS = 400, RECOUNT_KINDS = 7 };

static const char *const recount_names[RECOUNT_KINDS] = {"", "calls", "connects", "notes", "touches", "reached", "connect_rate"};

struct recount {
    const struct stream *stream;
    const struct config *config; /* for zones and for whether automatic calls count */
    int counts[REPS_MAX][RECOUNT_KINDS][RECOUNT_DAYS];
    bool met[REPS_MAX][4][RECOUNT_DAYS]; /* that contact */
};

static inline const struct zone *recount_zone(const struct recount *recount, int rep) {
    const struct zone *zone = NULL;
    const char *name = recount->stream->rep_team[rep] >= 0 ? fixture_zones[recount->stream->rep_zone[rep]].name
                                                           : recount->config->organisation.tz;
    return fixture_zone(NULL, name, &zone) ? NULL : zone;
}

static inline void recount_add(void *arg, const struct occurrence *o) {
    struct recount *r = arg;
    if (o->type == TYPE_DELETED || o->type == TYPE_HEARTBEAT)
        return;
    pace_day day = o->localdate != DAY_NONE ? o->localdate : zone_day(recount_zone(r, o->rep), o->time_us);
    bool all_calls = r->config->indicators[0].count_automatic, activity = o->type <= TYPE_MEETING;
    int at = day - r->stream->first_day + 100;
    r->counts[o->rep][0][at] += !o->automatic && o->type != TYPE_SESSION;
    r->counts[o->rep][1][at] += o->type == TYPE_CALL && (!o->automatic || all_calls);
    r->counts[o->rep][2][at] += o->type == TYPE_CALL && !o->automatic && o->outcome == 1;
    r->counts[o->rep][3][at] += o->type == TYPE_NOTE && !o->automatic;
    r->counts[o->rep][4][at] += activity && !o->automatic;
    int contact = occurrence_contact(o);
    r->counts[o->rep][5][at] += activity && !o->automatic && !(contact && r->met[o->rep][contact][at]);
    r->met[o->rep][contact][at] |= activity && !o->automatic;
    r->counts[o->rep][6][at] += o->type == TYPE_CALL && !o->automatic && o->outcome == 1;
}

#endif
