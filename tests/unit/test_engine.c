/*
 * The engine's rules one by one: what moves the clock and what it refuses, what an event is answered, who a subject is,
 * what is counted, and what may be asked of the past.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_fixture.h"

#define CONFIG                                                                                                             \
    "organisation: {tz: Europe/Amsterdam}\n"                                                                               \
    "people:\n"                                                                                                            \
    "  teams: {north: {manager: m}, far: {manager: m, tz: Pacific/Kiritimati}}\n"                                          \
    "  reps: {ann: {team: north, aliases: [\"crm:1\"]}, bob: {team: far, aliases: [\"crm:2\"]}}\n"                         \
    "indicators:\n"                                                                                                        \
    "  calls: {count: sales.activity.call}\n"                                                                              \
    "  connects: {count: sales.activity.call, where: {outcome: connected}}\n"                                              \
    "store: {keep_days: 100}\n"                                                                                            \
    "quarantine: {keep_notes: 100}\n"

static const char plain[] = CONFIG;

struct bench {
    struct kv *kv;
    struct config *config;
    struct engine *engine;
    const char *text;
    enum engine_clock clock;
    int (*zone)(void *arg, const char *name, const struct zone **ret_zone); /* NULL: fixture_zone */
};

static int64_t at(const char *time) {
    int64_t us = 0;
    int offset;
    assert_int_equal(time_parse(view_of(time), &us, &offset), 0);
    return us;
}

static void bench_load(struct bench *bench) {
    struct engine_setup setup = fixture_setup(bench->kv, bench->config, bench->text);
    setup.clock = bench->clock;
    setup.zone = bench->zone ? bench->zone : setup.zone;
    assert_int_equal(engine_open(&setup, &bench->engine), 0);
}

static void bench_open(struct bench *bench, const char *text, enum engine_clock clock) {
    *bench = (struct bench){.kv = kv_mem_create(), .config = fixture_config(text), .text = text, .clock = clock};
    assert_true(bench->kv && bench->config);
    bench_load(bench);
}

static void bench_restart(struct bench *bench) {
    engine_destroy(&bench->engine);
    kv_mem_reopen(bench->kv);
    bench_load(bench);
}

static void bench_close(struct bench *bench) {
    engine_destroy(&bench->engine);
    kv_destroy(&bench->kv);
    config_destroy(&bench->config);
}

/* ---- events ---- */

static struct event call(const char *id, const char *subject, const char *time) {
    struct event event = {.source = view_of("/crm"), .id = view_of(id), .record = view_of(id),
                          .type = view_of("sales.activity.call"), .subject = view_of(subject), .time_us = at(time),
                          .localdate = DAY_NONE, .recorded_us = TIME_NONE, .sequence = -1};
    return event;
}

static struct event revision(const char *id, const char *record, int number, const char *subject, const char *time) {
    struct event event = call(id, subject, time);
    event.record = view_of(record);
    event.revision = number;
    return event;
}

static struct engine_answer take(struct bench *bench, struct event event) {
    struct engine_answer answer;
    assert_int_equal(engine_take(bench->engine, &event, &answer), 0);
    return answer;
}

static void accept(struct bench *bench, struct event event) {
    assert_int_equal(take(bench, event).verdict, VERDICT_ACCEPTED);
}

static void refuse(struct bench *bench, struct event event, enum pace_code code) {
    int64_t before = engine_now(bench->engine);
    struct engine_answer answer = take(bench, event);
    assert_int_equal(answer.verdict, VERDICT_REJECTED);
    assert_int_equal(answer.code, code);
    assert_true(answer.reason[0] != '\0');
    assert_int_equal(engine_now(bench->engine), before); /* no trace, not of the clock either */
}

static int64_t calls_of(struct bench *bench, const char *rep, const char *day_text) {
    pace_day day = DAY_NONE;
    int64_t count = -1;
    assert_int_equal(day_parse(view_of(day_text), &day), 0);
    if (engine_tally(bench->engine, view_of(rep), view_of("calls"), day, &count, NULL))
        return -1;
    return count;
}

static struct engine_status status_of(const struct bench *bench) {
    struct engine_status status;
    engine_status(bench->engine, &status);
    return status;
}

/* ---- memory ---- */

static const char keyed[] = "indicators:\n"
                            "  calls: {count: sales.activity.call}\n"
                            "  speed: {latency: {trigger: sales.lead.assigned, answer: sales.activity.call, key: lead, "
                            "within: 1h}}\n";

static struct event about_lead(const char *id, const char *subject, const char *type, const char *time) {
    struct event event = call(id, subject, time);
    event.type = view_of(type);
    event.members[event.n_members++] = (struct member){.id = MEMBER_LEAD, .form = FORM_KEY, .name = view_of("lead"),
                                                       .text = view_of(id)};
    return event;
}

/* Two hundred new reps with a lead each, and then a day closed: each part has grown by what that can't be had without. */
static void test_memory_is_told_by_part(void **state) {
    enum { REPS = 200 };
    struct engine_memory before, after;
    char id[16], name[16];
    struct bench b;
    (void)state;
    bench_open(&b, keyed, ENGINE_EVENTS);
    engine_memory(b.engine, &before);
    for (int r = 0; r < REPS; r++) {
        snprintf(id, sizeof id, "l%d", r);
        snprintf(name, sizeof name, "rep%d", r);
        accept(&b, about_lead(id, name, "sales.lead.assigned", "2026-05-04T10:00:00Z"));
        id[0] = 'c';
        accept(&b, about_lead(id, name, "sales.activity.call", "2026-05-04T10:20:00Z"));
        id[0] = 'j';
        struct event joined = call(id, name, "2026-05-04T10:30:00Z");
        joined.type = view_of("sales.rep.joined");
        accept(&b, joined);
    }
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-06T12:00:00Z")), 0);
    engine_memory(b.engine, &after);
    assert_in_range(after.tallies - before.tallies, REPS * 64, REPS * 4096);
    assert_in_range(after.threads - before.threads, REPS * 24, REPS * 4096);
    assert_in_range(after.detectors - before.detectors, REPS * 64, REPS * 65536);
    assert_in_range(after.people - before.people, REPS * 200, REPS * 8192);
    assert_in_range(after.strings - before.strings, REPS * 4, REPS * 256);
    assert_int_equal(after.index, status_of(&b).index_bytes);
    bench_close(&b);
}

/* ---- the clock ---- */

static void test_events_move_the_clock(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    assert_int_equal(engine_now(b.engine), TIME_NONE);
    assert_int_equal(engine_next_due(b.engine), INT64_MAX);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_now(b.engine), at("2026-05-04T10:00:00Z"));
    accept(&b, call("2", "ann", "2026-05-01T10:00:00Z")); /* never back */
    assert_int_equal(engine_now(b.engine), at("2026-05-04T10:00:00Z"));
    struct event told_late = call("3", "ann", "2026-05-01T11:00:00Z");
    told_late.recorded_us = at("2026-05-05T09:00:00Z");
    accept(&b, told_late);
    assert_int_equal(engine_now(b.engine), at("2026-05-05T09:00:00Z"));
    take(&b, call("1", "ann", "2026-05-09T10:00:00Z")); /* a duplicate, whatever it says */
    assert_int_equal(engine_now(b.engine), at("2026-05-05T09:00:00Z"));
    bench_close(&b);
}

static void test_limits_of_time(void **state) {
    static const struct {
        enum engine_clock clock;
        const char *time;
        enum pace_code code;
        const char *localdate;
    } cases[] = {
        {ENGINE_EVENTS, "2027-06-08T12:00:00Z", PACE_OK, NULL}, /* 400 days ahead */
        {ENGINE_EVENTS, "2027-06-08T12:00:01Z", PACE_TOO_FAR_AHEAD, NULL},
        {ENGINE_WALL, "2026-05-05T12:00:00Z", PACE_OK, NULL}, /* one day ahead */
        {ENGINE_WALL, "2026-05-05T12:00:01Z", PACE_TOO_FAR_AHEAD, NULL},
        {ENGINE_WALL, "2026-01-24T00:00:00+01:00", PACE_OK, NULL}, /* the oldest of 100 days, as Amsterdam counts them */
        {ENGINE_WALL, "2026-01-23T23:59:59+01:00", PACE_TOO_LATE, NULL},
        {ENGINE_EVENTS, "2026-01-23T23:59:59+01:00", PACE_TOO_LATE, NULL},
        {ENGINE_WALL, "2026-05-04T12:00:00Z", PACE_OK, "2026-05-06"}, /* the day after, wherever that was */
        {ENGINE_WALL, "2026-05-04T12:00:00Z", PACE_TOO_FAR_AHEAD, "2026-05-07"},
        {ENGINE_WALL, "2026-01-24T12:00:00Z", PACE_TOO_LATE, "2026-01-23"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        bench_open(&b, plain, cases[i].clock);
        assert_int_equal(engine_move_clock(b.engine, at("2026-05-04T12:00:00Z")), 0);
        struct event event = call("1", "ann", cases[i].time);
        if (cases[i].localdate)
            assert_int_equal(day_parse(view_of(cases[i].localdate), &event.localdate), 0);
        if (cases[i].code == PACE_OK)
            accept(&b, event);
        else
            refuse(&b, event, cases[i].code);
        assert_int_equal(status_of(&b).rejected[cases[i].code], cases[i].code == PACE_OK ? 0 : 1);
        bench_close(&b);
    }
}

/* What would be as if it weren't told is refused, and says what was expected. */
static void test_what_cannot_be_had_is_refused(void **state) {
    static const struct {
        const char *type, *what[3][2], *reason; /* what: members and their values */
    } cases[] = {
        {"sales.rep.moved", {{"tz", "Europe/Amsterdam"}}, NULL},
        {"sales.rep.moved", {{"tz", "Europe/Amstrdam"}}, "data.tz is Europe/Amstrdam, expected a time zone"},
        {"sales.rep.moved", {{"tz", "../Europe/Rome"}}, "data.tz is ../Europe/Rome, expected a time zone"},
        {"sales.rep.joined", {{"pattern", "{\"mon-fri\":8}"}}, NULL},
        {"sales.rep.joined", {{"pattern", "{}"}}, "data.pattern is {}, expected hours by day"},
        {"sales.rep.joined", {{"ramp", "60"}}, NULL},
        {"sales.rep.joined", {{"ramp", "[]"}}, NULL},
        {"sales.rep.joined", {{"ramp", "[25]"}}, "data.ramp is [25], expected shares"},
        {"sales.absence.set", {{"from", "2026-05-04"}, {"to", "2026-05-04"}, {"absence", "a"}}, NULL},
        {"sales.absence.set", {{"from", "2026-05-04"}, {"to", "2026-05-03"}, {"absence", "a"}},
         "data.to is 2026-05-03, expected nothing before"},
        {"sales.absence.set", {{"from", "2026-05-04T10:00:00Z"}, {"to", "2026-05-04T11:00:00+02:00"}, {"absence", "a"}}, "data.to is"},
        {"sales.absence.set", {{"from", "2026-05-04T10:00:00Z"}, {"to", "2026-05-04"}, {"absence", "a"}}, NULL},
        {"sales.source.synced", {{"through", "2026-05-05T12:00:00Z"}}, NULL},
        {"sales.source.synced", {{"through", "2026-05-05T12:00:01Z"}}, "data.through: 2026-05-05T12:00:01Z is later than 2026-05-05"},
        {"sales.source.synced", {{"through", "2030-01-01"}}, "data.through: 2030-01-01T00:00:00Z is later than 2026-05-05"},
        {"sales.activity.call", {{"to", "2026-05-03"}}, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        struct engine_answer answer;
        bench_open(&b, plain, ENGINE_WALL);
        assert_int_equal(engine_move_clock(b.engine, at("2026-05-04T12:00:00Z")), 0);
        struct event event = call("1", "ann", "2026-05-04T12:00:00Z");
        event.type = view_of(cases[i].type);
        for (int m = 0; m < 3 && cases[i].what[m][0]; m++) {
            struct member *member = &event.members[event.n_members++];
            member->id = (uint8_t)member_find(view_of(cases[i].what[m][0]));
            member->form = (uint8_t)member_table[member->id].form;
            member->name = view_of(member_table[member->id].name);
            member->text = view_of(cases[i].what[m][1]);
        }
        assert_int_equal(engine_take(b.engine, &event, &answer), 0);
        assert_int_equal(answer.verdict, cases[i].reason ? VERDICT_REJECTED : VERDICT_ACCEPTED);
        if (cases[i].reason && !strstr(answer.reason, cases[i].reason))
            fail_msg("\"%s\" doesn't say \"%s\"", answer.reason, cases[i].reason);
        bench_close(&b);
    }
}

static void test_wall_clock_is_moved_by_the_caller_only(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_WALL);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_now(b.engine), TIME_NONE);
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-04T12:00:00Z")), 0);
    assert_int_equal(engine_next_due(b.engine), at("2026-05-05T04:00:00Z")); /* 4 May in Amsterdam and six hours */
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-05T03:59:59Z")), 0);
    pace_day before = status_of(&b).last_closed;
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-05T04:00:00Z")), 0);
    assert_int_equal(status_of(&b).last_closed, before + 1);
    bench_close(&b);
}

/* The clock goes on while days are being closed: those that it makes due are closed behind them. */
static void test_the_clock_may_go_on_while_days_close(void **state) {
    struct bench b;
    int more;
    (void)state;
    bench_open(&b, plain, ENGINE_WALL);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-05T04:00:00Z")), 0);
    pace_day before = status_of(&b).last_closed;
    assert_int_equal(engine_set_clock(b.engine, at("2026-05-06T04:00:00Z")), 0);
    assert_true(engine_closes(b.engine));
    assert_int_equal(engine_set_clock(b.engine, at("2026-05-08T04:00:00Z")), 0);
    while ((more = engine_close_next(b.engine)) > 0)
        ;
    assert_int_equal(more, 0);
    assert_int_equal(status_of(&b).last_closed, before + 3);
    bench_close(&b);
}

/* What is closed in part isn't known yet, and nothing of it is to be stored; what is closed is. */
static void test_many_days_of_a_team_close_some_at_a_time(void **state) {
    struct bench b;
    int in_part = 0;
    (void)state;
    bench_open(&b, plain, ENGINE_WALL);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_set_clock(b.engine, at("2030-05-05T04:00:00Z")), 0);
    assert_int_equal(engine_commit(b.engine), 0);
    for (; status_of(&b).last_closed == DAY_NONE; in_part++) {
        assert_false(engine_dirty(b.engine));
        assert_int_equal(engine_close_next(b.engine), 1);
    }
    assert_true(engine_dirty(b.engine));
    assert_true(in_part > 2);
    assert_int_equal(engine_commit(b.engine), 0);
    bench_restart(&b); /* within the tick, which it ends */
    assert_false(engine_closes(b.engine));
    bench_close(&b);
}

static void test_days_close_in_each_teams_zone(void **state) {
    struct bench b;
    pace_day day = DAY_NONE;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    assert_int_equal(day_parse(view_of("2026-05-04"), &day), 0);
    accept(&b, call("1", "bob", "2026-05-04T01:00:00+14:00"));
    assert_int_equal(engine_day_close(b.engine, day), at("2026-05-05T06:00:00+14:00"));
    accept(&b, call("2", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_day_close(b.engine, day), at("2026-05-05T06:00:00+02:00"));
    assert_int_equal(engine_end_of_data(b.engine), at("2026-05-06T06:00:00+02:00")); /* for bob it is 5 May already */
    assert_int_equal(engine_move_clock(b.engine, engine_end_of_data(b.engine)), 0);
    assert_int_equal(status_of(&b).last_closed, day + 1);
    bench_close(&b);
}

static const char east_and_west[] = "organisation: {tz: Europe/Amsterdam}\n"
                                    "people: {reps: {ann: {tz: America/New_York}, bob: {tz: Asia/Tokyo}}}\n"
                                    "indicators: {calls: {count: sales.activity.call}}\n";

/* In whatever order they are named. */
static void test_a_teams_day_closes_where_it_ends_last(void **state) {
    struct bench b;
    pace_day day = DAY_NONE;
    (void)state;
    bench_open(&b, east_and_west, ENGINE_EVENTS);
    assert_int_equal(day_parse(view_of("2026-05-04"), &day), 0);
    accept(&b, call("1", "bob", "2026-05-04T10:00:00+09:00"));
    assert_int_equal(engine_day_close(b.engine, day), at("2026-05-05T06:00:00-04:00"));
    bench_close(&b);
}

/* ---- verdicts ---- */

static void test_verdicts_are_counted(void **state) {
    struct bench b;
    struct source_facts source;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, revision("1", "r", 1, "ann", "2026-05-04T10:00:00Z"));
    accept(&b, revision("2", "r", 3, "ann", "2026-05-05T10:00:00Z"));
    assert_int_equal(take(&b, revision("3", "r", 2, "ann", "2026-05-06T10:00:00Z")).verdict, VERDICT_SUPERSEDED);
    assert_int_equal(take(&b, revision("2", "r", 9, "ann", "2026-05-07T10:00:00Z")).verdict, VERDICT_DUPLICATE);
    take(&b, revision("4", "r", 3, "ann", "2026-05-05T11:00:00Z")); /* equal revisions, another content */
    struct engine_status status = status_of(&b);
    assert_int_equal(status.accepted + status.superseded, 4);
    assert_int_equal(status.duplicates, 1);
    assert_int_equal(status.conflicts, 1);
    assert_int_equal(calls_of(&b, "ann", "2026-05-04") + calls_of(&b, "ann", "2026-05-06"), 0);
    assert_int_equal(calls_of(&b, "ann", "2026-05-05"), 1);
    assert_int_equal(engine_source(b.engine, 0, &source), 0);
    assert_true(view_equal(source.name, view_of("/crm")));
    assert_int_equal(source.events, 4);
    assert_int_equal(source.conflicts, 1);
    assert_int_equal(source.last_us, at("2026-05-06T10:00:00Z"));
    assert_int_equal(engine_source(b.engine, 1, &source), -ENOENT);
    bench_close(&b);
}

static void test_a_deleted_record_counts_no_more_until_restored(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, revision("1", "r", 1, "ann", "2026-05-04T10:00:00Z"));
    struct event gone = revision("2", "r", 2, "ann", "2026-05-04T10:00:00Z");
    gone.type = view_of("sales.record.deleted");
    accept(&b, gone);
    assert_int_equal(calls_of(&b, "ann", "2026-05-04"), 0);
    accept(&b, revision("3", "r", 3, "bob", "2026-05-04T10:00:00Z")); /* and for another rep */
    assert_int_equal(calls_of(&b, "ann", "2026-05-04"), 0);
    assert_int_equal(calls_of(&b, "bob", "2026-05-05"), 1);
    bench_close(&b);
}

static void test_uncommitted_is_gone_after_a_restart(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    assert_true(engine_dirty(b.engine));
    assert_int_equal(engine_commit(b.engine), 0);
    assert_false(engine_dirty(b.engine));
    accept(&b, call("2", "ann", "2026-05-04T11:00:00Z"));
    bench_restart(&b);
    assert_int_equal(calls_of(&b, "ann", "2026-05-04"), 1);
    assert_int_equal(engine_now(b.engine), at("2026-05-04T10:00:00Z"));
    assert_int_equal(take(&b, call("1", "ann", "2026-05-04T10:00:00Z")).verdict, VERDICT_DUPLICATE);
    accept(&b, call("2", "ann", "2026-05-04T11:00:00Z"));
    bench_close(&b);
}

/* ---- who is who ---- */

static void test_aliases_are_one_rep(void **state) {
    struct bench b;
    struct engine_rep rep;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    assert_int_equal(engine_rep_find(b.engine, view_of("ann"), &rep), -ENOENT);
    accept(&b, call("1", "crm:1", "2026-05-04T10:00:00Z"));
    accept(&b, call("2", "ann", "2026-05-04T11:00:00Z"));
    accept(&b, call("3", "zoe", "2026-05-04T11:00:00Z"));
    assert_int_equal(calls_of(&b, "ann", "2026-05-04"), 2);
    assert_int_equal(calls_of(&b, "crm:1", "2026-05-04"), 2);
    assert_int_equal(engine_rep_find(b.engine, view_of("crm:1"), &rep), 0);
    assert_true(view_equal(rep.name, view_of("ann")) && rep.configured);
    assert_int_equal(engine_rep_at(b.engine, 1, &rep), 0);
    assert_true(view_equal(rep.name, view_of("zoe")) && !rep.configured && view_equal(rep.team, view_of("default")));
    assert_int_equal(engine_rep_at(b.engine, 2, &rep), -ENOENT);
    assert_int_equal(engine_rep_at(b.engine, -1, &rep), -ENOENT);
    bench_close(&b);
}

static const char rejecting[] = "people: {enroll: reject, reps: {ann: {}}}\nindicators: {calls: {count: sales.activity.call}}\n";
static const char parking[] = "people: {enroll: park, reps: {ann: {}}}\nindicators: {calls: {count: sales.activity.call}}\n";
static const char knowing[] = "people: {enroll: park, reps: {ann: {}, zoe: {}}}\nindicators: {calls: {count: sales.activity.call}}\n";

static void test_strangers_are_rejected_but_sources_heard(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, rejecting, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    refuse(&b, call("2", "zoe", "2026-05-04T11:00:00Z"), PACE_UNKNOWN_SUBJECT);
    struct event alive = call("3", "/crm", "2026-05-04T12:00:00Z");
    alive.type = view_of("sales.source.heartbeat");
    accept(&b, alive);
    assert_int_equal(status_of(&b).reps, 1);
    bench_close(&b);
}

static void test_parked_events_count_once_the_config_knows_them(void **state) {
    struct bench b;
    struct config *other = fixture_config(knowing);
    (void)state;
    bench_open(&b, parking, ENGINE_EVENTS);
    accept(&b, call("1", "zoe", "2026-05-04T10:00:00Z"));
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), -1);
    assert_int_equal(engine_commit(b.engine), 0);
    assert_int_equal(engine_reconfigure(b.engine, other, view_of(knowing)), 0);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), 1);
    assert_int_equal(engine_reconfigure(b.engine, b.config, view_of(parking)), 0);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), -1);
    config_destroy(&other);
    bench_close(&b);
}

/* It goes on without what it was before, which whoever likes gives back whenever he likes; or it does so itself. */
static void test_what_was_before_another_config_is_left_to_others(void **state) {
    struct bench b;
    struct config *other = fixture_config(knowing);
    struct fold *old;
    int more;
    (void)state;
    bench_open(&b, parking, ENGINE_EVENTS);
    accept(&b, call("1", "zoe", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_commit(b.engine), 0);
    assert_null(engine_take_old(b.engine));
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(engine_reconfigure(b.engine, taken ? b.config : other, view_of(taken ? parking : knowing)), 0);
        while ((more = engine_refold_step(b.engine, 1)) > 0)
            assert_null(engine_take_old(b.engine));
        assert_int_equal(more, 0);
        old = taken ? NULL : engine_take_old(b.engine);
        assert_true(taken || old);
        assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), taken ? -1 : 1);
        engine_old_destroy(&old);
        assert_null(old);
    }
    bench_close(&b);
    config_destroy(&other);
}

/* ---- what a store that fails, or lacks, leaves ---- */

static int no_tokyo(void *arg, const char *name, const struct zone **ret_zone) {
    return strcmp(name, "Asia/Tokyo") ? fixture_zone(arg, name, ret_zone) : -ENOENT;
}

static void test_a_bad_config_leaves_the_old_one(void **state) {
    struct bench b;
    struct config *bad = fixture_config("organisation: {tz: Asia/Tokyo}\nindicators: {mails: {count: sales.activity.email}}\n");
    struct fixture_text before = {0}, after = {0};
    struct engine_setup setup;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    engine_destroy(&b.engine);
    setup = fixture_setup(b.kv, b.config, b.text);
    setup.zone = no_tokyo;
    assert_int_equal(engine_open(&setup, &b.engine), 0);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    accept(&b, call("2", "bob", "2026-05-08T10:00:00Z"));
    assert_int_equal(engine_commit(b.engine), 0);
    assert_int_equal(fixture_dump(b.engine, &before), 0);
    assert_int_equal(engine_reconfigure(b.engine, bad, view_of("bad")), -EINVAL);
    assert_int_equal(fixture_dump(b.engine, &after), 0);
    assert_true(fixture_text_same("dump", &before, &after, false));
    accept(&b, call("3", "ann", "2026-05-09T10:00:00Z"));
    fixture_text_clear(&before);
    fixture_text_clear(&after);
    config_destroy(&bad);
    bench_close(&b);
}

static void test_a_team_in_which_nobody_was_present_can_be_asked(void **state) {
    struct bench b;
    struct engine_rep rep;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    struct event session = call("1", "ann", "2026-05-04T10:00:00Z");
    session.type = view_of("sales.coaching.session");
    accept(&b, session);
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-12T10:00:00Z")), 0);
    assert_int_equal(engine_rep_find(b.engine, view_of("ann"), &rep), 0);
    assert_int_equal(rep.first_day, DAY_NONE);
    assert_int_equal(rep.n_streams, 2);
    assert_int_equal(rep.streams[0].state, STREAM_NOT_BEGUN);
    assert_int_equal(engine_rep_on(b.engine, view_of("ann"), 20577, &rep), -ERANGE);
    bench_close(&b);
}

/* A meeting of next week doesn't make anybody active then. */
static void test_what_is_planned_is_not_done(void **state) {
    struct bench b;
    struct engine_rep rep;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    struct event planned = call("1", "ann", "2026-05-14T10:00:00Z");
    planned.recorded_us = at("2026-05-05T10:00:00Z");
    accept(&b, planned);
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.last_active, DAY_NONE);
    accept(&b, call("2", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.last_active, 20577); /* 4 May */
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-20T10:00:00Z")), 0);
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.last_active, 20587);
    bench_close(&b);
}

/* ---- the past ---- */

enum { DAYS = 90 };

/* What a rep looked like, as far as it can differ. */
static void rep_text(const struct engine_rep *rep, struct fixture_text *text) {
    char line[400];
    for (int i = 0; i < rep->n_streams; i++) {
        const struct engine_stream *s = &rep->streams[i];
        snprintf(line, sizeof line, "%.*s %s %a %a %lld %a %a %a %a %a %a %d %d %a %a", (int)s->indicator.len, s->indicator.at,
                 stream_state_name(s->state), s->rate, s->expected, (long long)s->count, s->exposure, s->team_factor,
                 s->weekday_factor, s->dispersion, s->caution, s->evidence_days, s->exposure_days, s->since, s->before,
                 s->after);
        fixture_text_add(text, line);
    }
}

static void test_the_past_is_told_as_it_was(void **state) {
    static struct fixture_text was[DAYS];
    static pace_day told[DAYS];
    struct bench b;
    struct engine_rep rep;
    struct fixture_text is = {0};
    pace_day first = 20577; /* Monday, 4 May 2026 */
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    for (int d = 0, n = 0; d < DAYS; d++) {
        int calls = day_weekday(first + d) >= 5 ? 0 : d < 60 ? 4 + d % 3 : d % 2;
        for (int i = 0; i < calls; i++) {
            char id[16];
            struct event event = call("", "ann", "2026-05-04T10:00:00Z");
            snprintf(id, sizeof id, "c%d", n++);
            event.id = event.record = view_of(id);
            event.time_us += d * DAY_US;
            accept(&b, event);
        }
        assert_int_equal(engine_move_clock(b.engine, engine_day_close(b.engine, first + d)), 0);
        assert_int_equal(engine_rep_find(b.engine, view_of("ann"), &rep), 0);
        assert_int_equal(rep.closed_to, first + d);
        pace_day over = day_weekday(first + d) > 4 ? day_weekday(first + d) - 4 : 0;
        assert_int_equal(rep.day, first + d - over); /* of a weekend its Friday */
        told[d] = rep.day;
        rep_text(&rep, &was[d]);
    }
    assert_true(engine_last_alert(b.engine) > 0); /* the calls fell */
    for (int d = 0; d < DAYS; d++) {
        assert_int_equal(engine_rep_on(b.engine, view_of("ann"), told[d], &rep), 0);
        assert_int_equal(rep.day, told[d]);
        rep_text(&rep, &is);
        assert_true(fixture_text_same("a day of the past", &was[d], &is, false));
        fixture_text_clear(&is);
        fixture_text_clear(&was[d]);
        assert_int_equal(engine_rep_on(b.engine, view_of("ann"), first + d, &rep), 0);
        if (rep.streams[0].state == STREAM_SLIPPING)
            assert_true(rep.streams[0].rate > 1); /* a free day has a usual rate too */
    }
    assert_int_equal(engine_rep_on(b.engine, view_of("ann"), first + DAYS, &rep), -ERANGE);
    assert_int_equal(engine_rep_on(b.engine, view_of("ann"), first - 1, &rep), -ERANGE);
    assert_int_equal(engine_rep_on(b.engine, view_of("eve"), first, &rep), -ENOENT);
    bench_close(&b);
}

/* ---- words of sources, and the roster table ---- */

static struct event word(const char *id, const char *record, int number, const char *type, const char *time, const char *through) {
    struct event event = revision(id, record, number, "/crm", time);
    event.type = view_of(type);
    event.members[event.n_members++] = (struct member){.id = MEMBER_THROUGH, .form = FORM_TIME, .name = view_of("through"),
                                                       .text = view_of(through)};
    return event;
}

static void tell_words(struct bench *b) {
    accept(b, word("w1", "a", 1, "sales.source.synced", "2026-05-04T10:00:00Z", "2026-05-04T10:00:00Z"));
    accept(b, word("w2", "b", 1, "sales.source.synced", "2026-05-05T10:00:00Z", "2026-05-05T10:00:00Z"));
    accept(b, word("w3", "c", 1, "sales.source.heartbeat", "2026-05-06T10:00:00Z", "2026-05-06T10:00:00Z"));
    accept(b, call("1", "ann", "2026-05-06T11:00:00Z"));
    struct event gone = word("w4", "b", 2, "sales.record.deleted", "2026-05-06T12:00:00Z", "2026-05-06T10:00:00Z");
    gone.n_members = 0;
    accept(b, gone);
    assert_int_equal(take(b, word("w5", "a", 0, "sales.source.synced", "2026-05-04T10:00:00Z", "2026-05-08T10:00:00Z")).verdict,
                     VERDICT_SUPERSEDED);
}

static void check_words(struct engine *engine) {
    struct source_facts facts;
    assert_int_equal(engine_source(engine, 0, &facts), 0);
    assert_int_equal(facts.events, 6);
    assert_int_equal(facts.through_us, at("2026-05-04T10:00:00Z"));
    assert_int_equal(facts.heartbeat_us, at("2026-05-06T10:00:00Z"));
}

static void test_words_that_count_are_known_after_a_restart(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    tell_words(&b);
    check_words(b.engine);
    assert_int_equal(engine_commit(b.engine), 0);
    bench_restart(&b);
    check_words(b.engine);
    bench_close(&b);
}

static void check_read_only(struct bench *b) {
    struct engine *engine = NULL;
    struct engine_setup setup = fixture_setup(b->kv, b->config, b->text);
    setup.read_only = true;
    assert_int_equal(engine_open(&setup, &engine), 0);
    check_words(engine);
    engine_destroy(&engine);
}

/* As the first layout was: no roster table. It is made from the log, once, and again by whoever doesn't trust the store. */
static void test_a_store_of_schema_1_is_taken_over(void **state) {
    struct bench b;
    uint32_t schema = 1;
    uint64_t key = 0;
    struct view value;
    int n = 0;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    tell_words(&b);
    assert_int_equal(engine_commit(b.engine), 0);
    engine_destroy(&b.engine);
    for (; kv_ceil(b.kv, KV_ROSTER, key, &key, &value) == 0; n++)
        kv_del(b.kv, KV_ROSTER, key);
    assert_int_equal(n, 2);
    kv_put(b.kv, KV_META, META_SCHEMA, &schema, sizeof schema);
    assert_int_equal(kv_commit(b.kv), 0);
    check_read_only(&b);
    bench_load(&b);
    check_words(b.engine);
    bench_restart(&b);
    check_words(b.engine);
    assert_int_equal(kv_get(b.kv, KV_META, META_SCHEMA, &value), 0);
    memcpy(&schema, value.at, sizeof schema);
    assert_int_equal(schema, 9);
    bench_close(&b);
}

static void test_refusals_are_counted_by_source(void **state) {
    struct bench b;
    struct source_facts facts;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    struct event stranger = call("2", "ann", "2025-05-04T10:00:00Z");
    stranger.source = view_of("/stranger");
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    refuse(&b, call("2", "ann", "2025-05-04T10:00:00Z"), PACE_TOO_LATE);
    refuse(&b, stranger, PACE_TOO_LATE);
    assert_int_equal(engine_source(b.engine, 0, &facts), 0);
    assert_int_equal(facts.rejected[PACE_TOO_LATE], 1);
    assert_int_equal(engine_source(b.engine, 1, &facts), -ENOENT);
    bench_close(&b);
}

/* ---- the events behind a day ---- */

struct told {
    int n, bulk, counts;
    char ids[400];
};

static void told_add(void *arg, const struct engine_event *event) {
    struct told *told = arg;
    size_t len = strlen(told->ids);
    told->n++;
    told->bulk += event->bulk;
    told->counts += event->verdicts[0].reason == MEASURE_COUNTS;
    snprintf(told->ids + len, sizeof told->ids - len, "%.*s ", (int)event->event->id.len, event->event->id.at);
}

static struct told events_of(struct bench *b, const char *rep, const char *day_text, int from, int most, int *ret_total) {
    struct told told = {0};
    pace_day day = DAY_NONE;
    assert_int_equal(day_parse(view_of(day_text), &day), 0);
    assert_int_equal(engine_events(b->engine, view_of(rep), day, from, most, told_add, &told, ret_total), 0);
    return told;
}

static void test_events_of_a_day(void **state) {
    struct bench b;
    int total = 0;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("late", "ann", "2026-05-04T21:59:59Z"));  /* the last second of it in Amsterdam */
    accept(&b, call("first", "crm:1", "2026-05-03T22:00:00Z"));
    accept(&b, call("next", "ann", "2026-05-04T22:00:00Z"));
    accept(&b, call("other", "bob", "2026-05-04T10:00:00Z"));
    struct event dated = call("dated", "ann", "2026-05-09T10:00:00Z");
    assert_int_equal(day_parse(view_of("2026-05-04"), &dated.localdate), 0);
    accept(&b, dated);
    accept(&b, revision("old", "r", 1, "ann", "2026-05-04T12:00:00Z"));
    accept(&b, revision("new", "r", 2, "ann", "2026-05-04T13:00:00Z"));
    struct event mail = call("mail", "ann", "2026-05-04T14:00:00Z");
    mail.type = view_of("sales.activity.email");
    accept(&b, mail);
    struct told told = events_of(&b, "ann", "2026-05-04", 0, 100, &total);
    assert_string_equal(told.ids, "first new mail late dated ");
    assert_int_equal(total, 5);
    assert_int_equal(told.counts, 4);
    assert_string_equal(events_of(&b, "ann", "2026-05-04", 1, 2, &total).ids, "new mail ");
    assert_int_equal(total, 5);
    assert_int_equal(events_of(&b, "ann", "2026-05-04", 5, 100, &total).n, 0);
    assert_int_equal(events_of(&b, "ann", "2026-04-04", 0, 100, &total).n, 0);
    assert_int_equal(engine_commit(b.engine), 0);
    bench_restart(&b);
    assert_string_equal(events_of(&b, "ann", "2026-05-04", 0, 100, &total).ids, "first new mail late dated ");
    assert_int_equal(engine_events(b.engine, view_of("nobody"), 0, 0, 1, told_add, &told, &total), -ENOENT);
    bench_close(&b);
}

/* Ten within two minutes, to the second, by one source: not nine, not in longer, not by two. */
static void test_records_entered_together_are_bulk(void **state) {
    static const struct {
        int n, seconds, sources, bulk;
    } cases[] = {{10, 120, 1, 10}, {9, 1, 1, 0}, {10, 121, 1, 0}, {25, 120, 1, 25}, {18, 60, 2, 0}, {20, 60, 2, 20}};
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct bench b;
        int total;
        bench_open(&b, plain, ENGINE_EVENTS);
        for (int i = 0; i < cases[c].n; i++) {
            char id[16];
            snprintf(id, sizeof id, "%d", i);
            struct event event = call(id, "ann", "2026-05-04T08:00:00Z");
            event.source = view_of(i % cases[c].sources ? "/phone" : "/crm");
            event.time_us += i * HOUR_US / 4;
            event.recorded_us = at("2026-05-04T18:00:00Z") + i * cases[c].seconds * SECOND_US / (cases[c].n - 1);
            accept(&b, event);
        }
        assert_int_equal(events_of(&b, "ann", "2026-05-04", 0, 100, &total).bulk, cases[c].bulk);
        bench_close(&b);
    }
}

/* ---- the roster ---- */

static struct event roster(const char *id, const char *type, const char *subject, const char *time, const char *name,
                           const char *text) {
    struct event event = call(id, subject, time);
    event.type = view_of(type);
    event.members[event.n_members++] = (struct member){.id = (uint8_t)member_find(view_of(name)), .form = FORM_WORD,
                                                       .name = view_of(name), .text = view_of(text)};
    return event;
}

static void same_after_a_restart(struct bench *b) {
    struct fixture_text before = {0}, after = {0};
    assert_int_equal(engine_commit(b->engine), 0);
    assert_int_equal(fixture_dump(b->engine, &before), 0);
    bench_restart(b);
    assert_int_equal(fixture_dump(b->engine, &after), 0);
    assert_true(fixture_text_same("dump", &before, &after, false));
    fixture_text_clear(&before);
    fixture_text_clear(&after);
}

static void test_parked_events_count_from_the_beginning_once_somebody_joins(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, parking, ENGINE_EVENTS);
    accept(&b, call("1", "zoe", "2026-05-04T10:00:00Z"));
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), -1);
    accept(&b, roster("2", "sales.rep.joined", "zoe", "2026-05-05T10:00:00Z", "from", "2026-05-01"));
    accept(&b, call("3", "zoe", "2026-05-06T10:00:00Z"));
    assert_true(status_of(&b).refilling);
    assert_int_equal(engine_reconfigure(b.engine, b.config, view_of(b.text)), 0); /* nothing new: it goes on */
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), -1); /* told as before, until it is done */
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_false(status_of(&b).refilling);
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), 1);
    assert_int_equal(calls_of(&b, "zoe", "2026-05-06"), 1);
    same_after_a_restart(&b);
    struct event gone = revision("4", "2", 1, "zoe", "2026-05-05T10:00:00Z");
    gone.type = view_of("sales.record.deleted");
    accept(&b, gone); /* never joined, after all */
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_int_equal(calls_of(&b, "zoe", "2026-05-04"), -1);
    same_after_a_restart(&b);
    bench_close(&b);
}

static void test_another_zone_moves_events_to_other_days(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, revision("1", "r", 0, "ann", "2026-05-04T23:00:00Z")); /* 5 May in Amsterdam */
    accept(&b, call("2", "ann", "2026-05-06T23:00:00Z"));
    assert_int_equal(calls_of(&b, "ann", "2026-05-05"), 1);
    accept(&b, roster("3", "sales.rep.moved", "ann", "2026-05-07T10:00:00Z", "tz", "America/New_York"));
    assert_false(status_of(&b).refilling && calls_of(&b, "ann", "2026-05-07") != 1);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_int_equal(calls_of(&b, "ann", "2026-05-05"), 1); /* it was before the move */
    struct event early = revision("4", "3", 1, "ann", "2026-05-01T10:00:00Z"); /* no: from 1 May on */
    early.type = view_of("sales.rep.moved");
    early.members[early.n_members++] = (struct member){.id = MEMBER_TZ, .form = FORM_WORD, .name = view_of("tz"),
                                                       .text = view_of("America/New_York")};
    accept(&b, early);
    assert_true(status_of(&b).refilling);
    accept(&b, revision("5", "r", 1, "ann", "2026-05-05T23:00:00Z")); /* re-dated while the old fold still counts it */
    assert_int_equal(engine_refold_step(b.engine, 1), 1);
    accept(&b, call("6", "ann", "2026-05-08T01:00:00Z"));
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_int_equal(calls_of(&b, "ann", "2026-05-04"), 0);
    assert_int_equal(calls_of(&b, "ann", "2026-05-05"), 1);
    assert_int_equal(calls_of(&b, "ann", "2026-05-06"), 1);
    assert_int_equal(calls_of(&b, "ann", "2026-05-07"), 1);
    same_after_a_restart(&b);
    bench_close(&b);
}

/* Half an hour after New York in summer, half before it in winter. */
static int zone_with_caracas(void *arg, const char *name, const struct zone **ret_zone) {
    static struct zone caracas = {.name = "America/Caracas", .first_s = -16200};
    caracas.digest = zone_digest(&caracas);
    *ret_zone = &caracas;
    return strcmp(name, caracas.name) == 0 ? 0 : fixture_zone(arg, name, ret_zone);
}

static const char short_day[] = "organisation: {tz: America/New_York}\n"
                                "people:\n"
                                "  teams: {new_york: {manager: m}, caracas: {manager: n, tz: America/Caracas}}\n"
                                "  reps: {ann: {team: new_york}, bob: {team: caracas}}\n"
                                "indicators: {calls: {count: sales.activity.call}}\n";

/* Both make a promise, and withdraw it on the day on which New York's clock is put forward. */
static void tell_promises(struct bench *b) {
    static const char *const who[] = {"ann", "bob"};
    char id[32];
    for (int n = 0; n < 2; n++) {
        snprintf(id, sizeof id, "call %d", n);
        accept(b, call(id, who[n], "2026-03-07T16:00:00Z"));
        snprintf(id, sizeof id, "made %d", n);
        accept(b, roster(id, "sales.commitment.made", who[n], "2026-03-07T16:00:00Z", "commitment", who[n]));
        snprintf(id, sizeof id, "withdrawn %d", n);
        accept(b, roster(id, "sales.commitment.withdrawn", who[n], "2026-03-08T16:00:00Z", "commitment", who[n]));
    }
}

/* In an hour of which a day is over there and not here the clock jumps by two days, or goes on. */
static void test_warnings_come_in_the_order_in_which_days_of_23_hours_close(void **state) {
    struct fixture_text said[2] = {{0}};
    (void)state;
    for (int jumps = 0; jumps < 2; jumps++) {
        struct bench b = {.kv = kv_mem_create(), .config = fixture_config(short_day), .text = short_day,
                          .clock = ENGINE_WALL, .zone = zone_with_caracas};
        int64_t end = at("2026-03-11T12:00:00Z");
        bench_load(&b);
        assert_int_equal(engine_move_clock(b.engine, at("2026-03-07T17:00:00Z")), 0);
        tell_promises(&b);
        assert_int_equal(engine_move_clock(b.engine, at("2026-03-08T10:45:00Z")), 0);
        for (int64_t now = engine_now(b.engine); !jumps && now < end; now += HOUR_US / 4)
            assert_int_equal(engine_move_clock(b.engine, now), 0);
        assert_int_equal(engine_move_clock(b.engine, end), 0);
        assert_int_equal(engine_last_alert(b.engine), 2);
        assert_int_equal(fixture_alerts(b.engine, &said[jumps]), 0);
        bench_close(&b);
    }
    assert_true(fixture_text_same("alerts", &said[0], &said[1], false));
    fixture_text_clear(&said[0]);
    fixture_text_clear(&said[1]);
}

/* Which of the two teams was closed when it ended isn't known any more: each is told of what it found, once. */
static void test_a_tick_of_which_nothing_is_known_is_settled_again(void **state) {
    static const uint8_t lost[24];
    (void)state;
    for (size_t len = 16; len <= sizeof lost; len += 8) { /* also without the checksum that it always had */
        struct bench b;
        b = (struct bench){.kv = kv_mem_create(), .config = fixture_config(short_day), .text = short_day,
                           .clock = ENGINE_WALL, .zone = zone_with_caracas};
        bench_load(&b);
        assert_int_equal(engine_move_clock(b.engine, at("2026-03-07T17:00:00Z")), 0);
        tell_promises(&b);
        assert_int_equal(engine_move_clock(b.engine, at("2026-03-08T12:00:00Z")), 0);
        assert_int_equal(engine_set_clock(b.engine, at("2026-03-09T12:00:00Z")), 0);
        while (!engine_last_alert(b.engine))
            assert_int_equal(engine_close_next(b.engine), 1);
        assert_true(engine_closes(b.engine));
        assert_int_equal(engine_commit(b.engine), 0);
        kv_put(b.kv, KV_META, META_CLOSING, lost, len);
        assert_int_equal(kv_commit(b.kv), 0);
        bench_restart(&b);
        assert_int_equal(engine_move_clock(b.engine, at("2026-03-10T12:00:00Z")), 0);
        assert_int_equal(engine_last_alert(b.engine), 2);
        bench_close(&b);
    }
}

static const char two_teams[] = "people: {teams: {near: {}, far: {}}, reps: {ann: {team: near}, bob: {team: far}}}\n"
                                "indicators: {calls: {count: sales.activity.call}}\n";

/* The team that the rep comes to knows all that the rep did before, as after a restart. */
static void test_a_move_is_known_as_after_a_restart(void **state) {
    struct bench b;
    char id[16];
    (void)state;
    bench_open(&b, two_teams, ENGINE_WALL);
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-04T00:00:00Z")), 0);
    /* A kind of event that is new of a source lets all days be closed anew: not only then. */
    accept(&b, roster("told before", "sales.rep.moved", "bob", "2026-05-04T10:00:00Z", "team", "far"));
    for (int day = 0; day < 40; day++) {
        for (int n = 0; n < 8; n++) {
            struct event event = call(id, n % 2 ? "ann" : "bob", "2026-05-04T10:00:00Z");
            snprintf(id, sizeof id, "%d", 8 * day + n);
            event.id = event.record = view_of(id);
            event.time_us += day * DAY_US;
            accept(&b, event);
        }
        assert_int_equal(engine_move_clock(b.engine, at("2026-05-05T10:00:00Z") + day * DAY_US), 0);
    }
    accept(&b, roster("moved", "sales.rep.moved", "ann", "2026-06-13T10:00:00Z", "team", "far"));
    assert_int_equal(engine_move_clock(b.engine, at("2026-06-15T10:00:00Z")), 0);
    assert_false(status_of(&b).refilling);
    same_after_a_restart(&b);
    bench_close(&b);
}

static struct event leave_of(const char *id, const char *rep, const char *from, const char *to) {
    struct event leave = roster(id, "sales.absence.set", rep, "2026-05-11T10:00:00Z", "from", from);
    leave.members[leave.n_members++] = (struct member){.id = MEMBER_TO, .form = FORM_TIME, .name = view_of("to"), .text = view_of(to)};
    leave.members[leave.n_members++] = (struct member){.id = MEMBER_ABSENCE, .form = FORM_KEY, .name = view_of("absence"),
                                                       .text = view_of(id)};
    return leave;
}

static pace_day day_of(const char *text) {
    pace_day day = DAY_NONE;
    assert_int_equal(day_parse(view_of(text), &day), 0);
    return day;
}

/* The newest closed day is a Sunday then, on which nobody is scheduled anyhow. */
static void test_who_is_on_leave_is_so_on_a_monday_too(void **state) {
    static const struct {
        const char *now, *back;
        bool on_leave; /* on the newest closed working day */
    } rows[] = {
        {"2026-05-12T12:00:00Z", NULL, false},        {"2026-05-13T12:00:00Z", "2026-05-20", false},
        {"2026-05-15T12:00:00Z", "2026-05-20", true}, {"2026-05-17T12:00:00Z", "2026-05-20", true},
        {"2026-05-18T12:00:00Z", "2026-05-20", true}, {"2026-05-20T12:00:00Z", "2026-05-20", true},
        {"2026-05-21T12:00:00Z", NULL, false},
    };
    struct bench b;
    struct engine_rep rep;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    accept(&b, leave_of("a1", "ann", "2026-05-13", "2026-05-19"));
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        assert_int_equal(engine_move_clock(b.engine, at(rows[r].now)), 0);
        assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
        assert_int_equal(rep.back_on, rows[r].back ? day_of(rows[r].back) : DAY_NONE);
        assert_int_equal(rep.streams[0].state == STREAM_ON_LEAVE, rows[r].on_leave);
    }
    accept(&b, leave_of("a2", "ann", "2026-05-20", "2030-05-20"));
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-25T12:00:00Z")), 0);
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.streams[0].state, STREAM_ON_LEAVE);
    assert_int_equal(rep.back_on, DAY_NONE); /* nobody plans that far */
    bench_close(&b);
}

/* History that is sent when its days are closed is computed when the next one closes, or when somebody asks. */
static void test_a_list_of_reps_catches_up_with_late_events(void **state) {
    struct bench b;
    struct engine_rep rep;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "bob", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-12T10:00:00Z")), 0);
    accept(&b, call("2", "ann", "2026-05-04T10:00:00Z"));
    while (engine_rep_close_some(b.engine, view_of("bob")) > 0) {
    }
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_int_equal(rep.streams[0].state, STREAM_WARMING_UP);
    assert_int_equal(engine_rep_at(b.engine, 2, &rep), -ENOENT);
    assert_int_equal(engine_rep_close_some(b.engine, view_of("nobody")), 0);
    same_after_a_restart(&b);
    bench_close(&b);
}

/* While the past is folded anew because of one rep's zone, another's leave counts already. */
static void test_leave_counts_while_the_past_is_folded_anew(void **state) {
    struct bench b;
    struct engine_rep rep;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    accept(&b, call("2", "bob", "2026-05-04T10:00:00Z"));
    accept(&b, roster("3", "sales.rep.moved", "ann", "2026-05-01T10:00:00Z", "tz", "America/New_York"));
    assert_true(status_of(&b).refilling);
    accept(&b, leave_of("4", "bob", "2026-05-12", "2026-05-13"));
    assert_int_equal(engine_move_clock(b.engine, at("2026-05-14T12:00:00Z")), 0);
    assert_true(status_of(&b).refilling);
    assert_int_equal(engine_rep_on(b.engine, view_of("bob"), day_of("2026-05-12"), &rep), 0);
    for (int i = 0; i < rep.n_streams; i++)
        if (view_equal(rep.streams[i].indicator, view_of("calls")))
            assert_int_equal(rep.streams[i].state, STREAM_ON_LEAVE);
    assert_true(rep.n_streams > 0);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    same_after_a_restart(&b);
    bench_close(&b);
}

/* A heartbeat after midnight doesn't make a day of which nothing can be known yet the newest one. */
static void test_words_of_sources_are_nobodys_day(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    int64_t end = engine_end_of_data(b.engine);
    struct event word = call("2", "/crm", "2026-05-06T00:00:01Z");
    word.type = view_of("sales.source.heartbeat");
    word.members[word.n_members++] = (struct member){.id = MEMBER_THROUGH, .form = FORM_TIME, .name = view_of("through"),
                                                     .text = view_of("2026-05-06T00:00:01Z")};
    accept(&b, word);
    assert_int_equal(engine_end_of_data(b.engine), end);
    bench_close(&b);
}

/* A demo that is booked for next week says nothing of the days until then: they aren't days without data. */
static void test_what_is_booked_is_of_the_day_it_was_entered(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    int64_t end = engine_end_of_data(b.engine);
    struct event booked = call("2", "ann", "2026-05-13T10:00:00Z");
    booked.recorded_us = at("2026-05-04T11:00:00Z");
    accept(&b, booked);
    booked.id = booked.record = view_of("2 on a day");
    assert_int_equal(day_parse(view_of("2026-05-13"), &booked.localdate), 0);
    accept(&b, booked);
    assert_int_equal(engine_end_of_data(b.engine), end);
    struct event late = call("3", "ann", "2026-05-05T10:00:00Z");
    late.recorded_us = at("2026-05-07T10:00:00Z");
    accept(&b, late);
    assert_int_equal(engine_end_of_data(b.engine), end + DAY_US);
    bench_close(&b);
}

/* Nine calls a day before the change, six in the days after it that have closed; Saturdays and the open day don't count. */
static void test_a_known_change_has_a_before_and_an_after(void **state) {
    struct bench b;
    struct engine_change change;
    char id[16], time[32], day[DAY_TEXT_SIZE];
    pace_day from = DAY_NONE;
    (void)state;
    bench_open(&b, "indicators: {calls: {count: sales.activity.call}, open: {level: {of: open_amount}}, "
                   "demos: {count: sales.activity.demo, roles: [ae]}}",
               ENGINE_EVENTS);
    assert_int_equal(day_parse(view_of("2026-06-01"), &from), 0);
    assert_int_equal(engine_change(b.engine, 0, &change), -ENOENT);
    accept(&b, roster("c", "sales.change.introduced", "org", "2026-05-01T08:00:00Z", "change", "new territories"));
    struct event told = revision("c2", "c", 1, "org", "2026-06-01T08:00:00Z");
    told.type = view_of("sales.change.introduced");
    told.time_us = at("2026-05-01T08:00:00Z");
    told.members[told.n_members++] = (struct member){.id = MEMBER_FROM, .form = FORM_TIME, .name = view_of("from"),
                                                     .text = view_of("2026-06-01")};
    told.members[told.n_members++] = (struct member){.id = MEMBER_CHANGE, .form = FORM_KEY, .name = view_of("change"),
                                                     .text = view_of("new territories")};
    accept(&b, told);
    for (pace_day d = from - 28; d < from + 5; d++)
        for (int n = 0; day_weekday(d) < 5 && n < (d < from ? 9 : 6); n++) {
            snprintf(id, sizeof id, "%d-%d", (int)d, n);
            snprintf(time, sizeof time, "%sT1%d:00:00Z", day_format(d, day), n);
            accept(&b, call(id, "ann", time));
        }
    assert_int_equal(engine_change(b.engine, 0, &change), 0);
    assert_true(view_equal(change.indicator, view_of("calls")));
    assert_int_equal(change.from, from);
    assert_int_equal(change.reps, 1);
    assert_int_equal(change.days_after, 4); /* the fifth hasn't closed */
    assert_true(change.before == 9 && change.after == 6);
    assert_int_equal(engine_change(b.engine, 1, &change), -ENOENT); /* nothing is told of a level, nor of what is of another role */
    bench_close(&b);
}

static void test_a_refold_that_was_cut_off_is_made_at_the_start(void **state) {
    struct bench b;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T23:00:00Z"));
    accept(&b, roster("2", "sales.rep.moved", "ann", "2026-05-01T10:00:00Z", "tz", "America/New_York"));
    assert_int_equal(engine_commit(b.engine), 0);
    assert_int_equal(calls_of(&b, "ann", "2026-05-05"), 1);
    bench_restart(&b);
    assert_int_equal(calls_of(&b, "ann", "2026-05-05"), 0);
    assert_int_equal(calls_of(&b, "ann", "2026-05-04"), 1);
    bench_close(&b);
}

/* The newest of several configs wins; there and back is nothing at all. */
static void test_a_second_config_replaces_the_first(void **state) {
    struct bench b;
    struct config *one = fixture_config(knowing), *two = fixture_config(rejecting);
    (void)state;
    bench_open(&b, parking, ENGINE_EVENTS);
    accept(&b, call("1", "zoe", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_reconfigure(b.engine, one, view_of(knowing)), 0);
    assert_ptr_equal(engine_config_next(b.engine), one);
    assert_int_equal(engine_reconfigure(b.engine, two, view_of(rejecting)), 0);
    assert_ptr_equal(engine_config_next(b.engine), two);
    config_destroy(&one);
    refuse(&b, call("2", "zoe", "2026-05-04T11:00:00Z"), PACE_UNKNOWN_SUBJECT); /* judged by it at once */
    assert_int_equal(engine_reconfigure(b.engine, b.config, view_of(parking)), 0);
    assert_null(engine_config_next(b.engine));
    assert_ptr_equal(engine_config(b.engine), b.config);
    assert_int_equal(engine_refold_step(b.engine, 1), 0);
    accept(&b, call("2", "zoe", "2026-05-04T11:00:00Z"));
    config_destroy(&two);
    bench_close(&b);
}

static const char renaming[] = "people: {teams: {t: {}}, reps: {amy: {team: t, aliases: [zoe]}}}\n"
                               "indicators: {calls: {count: sales.activity.call}}\n";

static const char naming_none[] = "indicators: {calls: {count: sales.activity.call}}\n";

static void test_reps_are_in_the_order_of_the_names_that_a_config_gives(void **state) {
    struct bench b;
    struct engine_rep rep;
    struct config *renamed = fixture_config(renaming);
    (void)state;
    bench_open(&b, naming_none, ENGINE_EVENTS);
    accept(&b, call("1", "zoe", "2026-05-04T10:00:00Z"));
    accept(&b, call("2", "bob", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_true(view_equal(rep.name, view_of("bob")));
    assert_int_equal(engine_reconfigure(b.engine, renamed, view_of(renaming)), 0);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_int_equal(engine_rep_at(b.engine, 0, &rep), 0);
    assert_true(view_equal(rep.name, view_of("amy")));
    engine_destroy(&b.engine);
    config_destroy(&renamed);
    bench_close(&b);
}

/* The text is the same; the days in the file that it names aren't. */
static void test_other_days_in_a_holiday_file_are_another_config(void **state) {
    static const char text[] = "organisation: {holidays: [nl.ics]}\nindicators: {calls: {count: sales.activity.call}}\n";
    struct bench b;
    struct config *same = fixture_config(text), *other = fixture_config(text);
    pace_day day = day_from_civil(2026, 5, 5);
    (void)state;
    assert_int_equal(config_holidays_add(other, other->organisation.holidays, &day, 1), 0);
    config_digest_holidays(other);
    bench_open(&b, text, ENGINE_EVENTS);
    accept(&b, call("1", "ann", "2026-05-04T10:00:00Z"));
    assert_int_equal(engine_reconfigure(b.engine, same, view_of(text)), 0);
    assert_null(engine_config_next(b.engine));
    assert_int_equal(engine_reconfigure(b.engine, other, view_of(text)), 0);
    assert_ptr_equal(engine_config_next(b.engine), other);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    assert_ptr_equal(engine_config(b.engine), other);
    assert_int_equal(engine_reconfigure(b.engine, b.config, view_of(text)), 0);
    assert_int_equal(engine_refold_finish(b.engine), 0);
    bench_close(&b);
    config_destroy(&same);
    config_destroy(&other);
}

/* Eight calls a day, but one on those of the fortnight before the last four weeks: a slip, and its end. */
static void tell_slip(struct bench *b, pace_day from) {
    char id[24];
    for (int day = 0; day < 16 * 7; day++)
        for (int n = 0; day % 7 < 5 && n < (day / 7 == 10 || day / 7 == 11 ? 1 : 8); n++) {
            snprintf(id, sizeof id, "%d-%d", day, n);
            struct event event = call(id, "ann", "2026-01-05T10:00:00Z");
            event.time_us = (from + day) * DAY_US + (10 + n) * HOUR_US;
            accept(b, event);
        }
}

/* What was said and is over stays said where another configuration would say nothing, also if the next day closes after a restart. */
static void test_what_was_said_outlives_its_config(void **state) {
    static const char other_text[] = "indicators: {calls: {count: sales.activity.call, where: {outcome: connected}}}\n";
    pace_day from = DAY_NONE;
    (void)state;
    assert_int_equal(day_parse(view_of("2026-01-05"), &from), 0);
    for (int restarts = 0; restarts < 2; restarts++) {
        struct bench b;
        struct config *config, *other = fixture_config(other_text);
        bench_open(&b, "indicators: {calls: {count: sales.activity.call}}\n", ENGINE_EVENTS);
        tell_slip(&b, from);
        uint64_t said = engine_last_alert(b.engine);
        assert_int_equal(said, 2);
        assert_int_equal(engine_reconfigure(b.engine, other, view_of(other_text)), 0);
        assert_int_equal(engine_refold_finish(b.engine), 0);
        assert_int_equal(engine_commit(b.engine), 0);
        config = b.config;
        b.config = other;
        b.text = other_text;
        if (restarts)
            bench_restart(&b);
        assert_int_equal(engine_move_clock(b.engine, engine_now(b.engine) + 5 * DAY_US), 0);
        assert_int_equal(engine_last_alert(b.engine), said);
        config_destroy(&config);
        bench_close(&b);
    }
}

/* A store of a newer paced is refused and left as it is. */
static void test_a_newer_store_is_refused(void **state) {
    struct bench b;
    struct engine *engine = NULL;
    uint32_t newer, found;
    struct view value;
    (void)state;
    bench_open(&b, plain, ENGINE_EVENTS);
    engine_destroy(&b.engine);
    assert_int_equal(kv_get(b.kv, KV_META, META_SCHEMA, &value), 0);
    memcpy(&newer, value.at, sizeof newer);
    newer++;
    kv_put(b.kv, KV_META, META_SCHEMA, &newer, sizeof newer);
    assert_int_equal(kv_commit(b.kv), 0);
    struct engine_setup setup = fixture_setup(b.kv, b.config, b.text);
    assert_int_equal(engine_open(&setup, &engine), PACE_ENEWER);
    assert_null(engine);
    kv_mem_reopen(b.kv);
    assert_int_equal(kv_get(b.kv, KV_META, META_SCHEMA, &value), 0);
    memcpy(&found, value.at, sizeof found);
    assert_int_equal(found, newer);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_that_count_are_known_after_a_restart),
        cmocka_unit_test(test_a_store_of_schema_1_is_taken_over),
        cmocka_unit_test(test_refusals_are_counted_by_source),
        cmocka_unit_test(test_parked_events_count_from_the_beginning_once_somebody_joins),
        cmocka_unit_test(test_another_zone_moves_events_to_other_days),
        cmocka_unit_test(test_warnings_come_in_the_order_in_which_days_of_23_hours_close),
        cmocka_unit_test(test_a_tick_of_which_nothing_is_known_is_settled_again),
        cmocka_unit_test(test_a_move_is_known_as_after_a_restart),
        cmocka_unit_test(test_who_is_on_leave_is_so_on_a_monday_too),
        cmocka_unit_test(test_a_list_of_reps_catches_up_with_late_events),
        cmocka_unit_test(test_leave_counts_while_the_past_is_folded_anew),
        cmocka_unit_test(test_words_of_sources_are_nobodys_day),
        cmocka_unit_test(test_what_is_booked_is_of_the_day_it_was_entered),
        cmocka_unit_test(test_a_known_change_has_a_before_and_an_after),
        cmocka_unit_test(test_a_refold_that_was_cut_off_is_made_at_the_start),
        cmocka_unit_test(test_a_second_config_replaces_the_first),
        cmocka_unit_test(test_reps_are_in_the_order_of_the_names_that_a_config_gives),
        cmocka_unit_test(test_other_days_in_a_holiday_file_are_another_config),
        cmocka_unit_test(test_events_of_a_day),
        cmocka_unit_test(test_records_entered_together_are_bulk),
        cmocka_unit_test(test_what_was_said_outlives_its_config),
        cmocka_unit_test(test_a_newer_store_is_refused),
        cmocka_unit_test(test_events_move_the_clock),
        cmocka_unit_test(test_limits_of_time),
        cmocka_unit_test(test_what_cannot_be_had_is_refused),
        cmocka_unit_test(test_wall_clock_is_moved_by_the_caller_only),
        cmocka_unit_test(test_the_clock_may_go_on_while_days_close),
        cmocka_unit_test(test_many_days_of_a_team_close_some_at_a_time),
        cmocka_unit_test(test_days_close_in_each_teams_zone),
        cmocka_unit_test(test_a_teams_day_closes_where_it_ends_last),
        cmocka_unit_test(test_memory_is_told_by_part),
        cmocka_unit_test(test_verdicts_are_counted),
        cmocka_unit_test(test_a_deleted_record_counts_no_more_until_restored),
        cmocka_unit_test(test_uncommitted_is_gone_after_a_restart),
        cmocka_unit_test(test_aliases_are_one_rep),
        cmocka_unit_test(test_strangers_are_rejected_but_sources_heard),
        cmocka_unit_test(test_parked_events_count_once_the_config_knows_them),
        cmocka_unit_test(test_what_was_before_another_config_is_left_to_others),
        cmocka_unit_test(test_a_bad_config_leaves_the_old_one),
        cmocka_unit_test(test_a_team_in_which_nobody_was_present_can_be_asked),
        cmocka_unit_test(test_what_is_planned_is_not_done),
        cmocka_unit_test(test_the_past_is_told_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
