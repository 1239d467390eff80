/*
 * engine_bench.h - an engine that goes by the wall clock and is started anew in between, for unit tests: what is to be told is told all
 * the same.
 */
#ifndef TESTS_ENGINE_BENCH_H
#define TESTS_ENGINE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_fixture.h"

struct bench {
    struct kv *kv;
    struct config *config;
    const char *text;        /* of the config */
    uint64_t checkpoint_lag; /* 1: what a start goes on from is put with each commit; 0: as usual */
    struct engine *engine;
    int n; /* events */
};

static inline void bench_load(struct bench *b) {
    struct engine_setup setup = fixture_setup(b->kv, b->config, b->text);
    setup.clock = ENGINE_WALL;
    setup.checkpoint_lag = b->checkpoint_lag;
    assert_int_equal(engine_open(&setup, &b->engine), 0);
}

static inline void bench_begin(struct bench *b, const char *text, uint64_t checkpoint_lag) {
    *b = (struct bench){.kv = kv_mem_create(), .config = fixture_config(text), .text = text, .checkpoint_lag = checkpoint_lag};
    assert_true(b->kv && b->config);
    bench_load(b);
}

static inline void bench_restart(struct bench *b) {
    assert_int_equal(engine_commit(b->engine), 0);
    engine_destroy(&b->engine);
    kv_mem_reopen(b->kv);
    bench_load(b);
}

static inline void bench_close(struct bench *b) {
    engine_destroy(&b->engine);
    kv_destroy(&b->kv);
    config_destroy(&b->config);
}

/* Of this type and time, and whatever else is told; without a record it is one of its own. */
static inline void bench_accept(struct bench *b, struct event event, const char *subject) {
    struct engine_answer answer;
    char id[16];
    snprintf(id, sizeof id, "%d", b->n++);
    event.source = view_of("/crm");
    event.id = view_of(id);
    event.record = event.record.len ? event.record : event.id;
    event.subject = view_of(subject);
    event.localdate = DAY_NONE;
    event.recorded_us = TIME_NONE;
    event.sequence = -1;
    assert_int_equal(engine_take(b->engine, &event, &answer), 0);
    assert_int_equal(answer.verdict, VERDICT_ACCEPTED);
}

#endif
