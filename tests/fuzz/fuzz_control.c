/*
 * fuzz_control.c - any messages on the control socket, asked of an engine with half a year of two
 * teams in it: each has one answer, an object with "ok" and the request's id; a refusal has a code
 * and a reason.
 */
#include "fake_wire.h"

#include "../engine_fixture.h"
#include "control.h"
#include "json.h"

#include <pace/error.h>
#include <pace/wire.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIRST = 20500, DAYS = 120, REPS = 4, MOST_DAYS_AHEAD = 30, NOTES = 230, A_DAY = 210 };

static const char config_text[] =
    "detection: {arl0_days: 30}\npeople: {enroll: park, teams: {t: {manager: m}, u: {manager: m}}, reps: {r0: "
    "{team: t, aliases: [\"crm:1\"]}, r1: {team: t}, r2: {team: u}, r8: {team: u}, r9: {team: u}}}\n"
    "indicators: {calls: {count: sales.activity.call}, reached: {count: sales.activity.call, filters: {distinct: contact/day}}, "
    "won: {sum: {of: sales.opportunity.won, "
    "member: amount}}}\n";

/* What was agreed, learnt and coached. */
#define SAID(id, type, rep, time, data)                                                                                \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/coach\",\"type\":\"sales." type "\",\"subject\":\"" rep          \
    "\",\"time\":\"" time "T16:00:00Z\",\"data\":{" data "}}\n"
static const char statements[] =
    SAID("k", "commitment.made", "r0", "2026-03-20",
         "\"commitment\":\"k\",\"due\":\"2026-03-27\",\"indicator\":\"calls\",\"target\":20,\"by\":\"rep\",\"manager\":\"m\"")
    SAID("c-1", "activity.call", "r0", "2026-03-02", "\"contact\":\"c\"")
    SAID("c-2", "activity.call", "r0", "2026-03-02", "\"contact\":\"c\"")
    SAID("o-0", "coaching.observation", "r1", "2026-04-01", "\"manager\":\"m\",\"skill\":\"listening\",\"score\":3")
    SAID("s", "coaching.session", "r0", "2026-03-20", "\"manager\":\"m\",\"topics\":[\"calls\"],\"commitments\":[\"k\"]")
    SAID("o-1", "coaching.observation", "r1", "2026-04-02", "\"manager\":\"m\",\"skill\":\"pricing\",\"score\":2")
    SAID("t", "training.completed", "r1", "2026-04-20",
         "\"training\":\"t1\",\"skill\":\"pricing\",\"indicators\":[\"calls\"],\"cost\":100")
    SAID("t-2", "training.completed", "r2", "2026-06-12", "\"training\":\"t2\",\"skill\":\"listening\"")
    SAID("o-2", "coaching.observation", "r1", "2026-05-04", "\"manager\":\"m\",\"skill\":\"pricing\",\"score\":4")
    SAID("g", "growth.goal", "r1", "2026-04-01", "\"skill\":\"pricing\",\"text\":\"To name the price first\"");

static struct bench {
    struct kv *kv;
    struct config *config;
    struct engine *engine;
    bool moved; /* the next input gets a new one */
    struct control_ticket ticket;
} bench;

/* ---- what is asked ---- */

static void take_event(struct event event, int day, int k) {
    struct engine_answer answer;
    char id[64];
    snprintf(id, sizeof id, "%s-%s-%d-%d", event.type.at, event.subject.at, day, k);
    event.source = event.source.len ? event.source : view_of(k % 2 ? "/crm" : "/dialer");
    event.id = event.record = view_of(id);
    event.localdate = DAY_NONE;
    event.time_us = (FIRST + day) * DAY_US + (9 + k % 8) * HOUR_US;
    event.recorded_us = TIME_NONE;
    event.sequence = -1;
    DEMAND(engine_take(bench.engine, &event, &answer) == 0 && answer.verdict == VERDICT_ACCEPTED, "an event isn't taken");
}

static void take(const char *type, int rep, int day, int k, struct member *members, int n_members) {
    char subject[16];
    snprintf(subject, sizeof subject, "r%d", rep);
    struct event event = {.type = view_of(type), .subject = view_of(subject), .n_members = n_members};
    for (int i = 0; i < n_members; i++)
        event.members[i] = members[i];
    take_event(event, day, k);
}

static void take_statements(void) {
    struct json_decoder *decoder = json_decoder_create(NULL);
    struct json_batch batch = {0};
    struct engine_answer answer;
    char reason[JSON_REASON_SIZE];
    DEMAND(decoder && json_decode(decoder, statements, sizeof statements - 1, 100, &batch, reason) == PACE_OK, reason);
    for (size_t i = 0; i < batch.n_items; i++)
        DEMAND(batch.items[i].code == PACE_OK && engine_take(bench.engine, &batch.items[i].event, &answer) == 0 &&
                   answer.verdict == VERDICT_ACCEPTED,
               "a statement isn't taken");
    json_decoder_destroy(&decoder);
}

/* What came of nobody known, the newest last but one; one has a name that a damaged store may hold. */
static void take_unknown(void) {
    static const struct {
        const char *subject;
        int day;
    } of[] = {{"who", 3}, {"\xff\xfe", 4}, {"who", 5}, {"who", 1}};
    for (int i = 0; i < 4; i++) {
        struct event event = {.type = view_of("sales.activity.call"), .subject = view_of(of[i].subject)};
        take_event(event, of[i].day, i);
    }
}

/* More on one day, and from more sources, than a page has; the day isn't closed. */
static void take_newest(void) {
    char source[16];
    for (int k = 0; k < A_DAY; k++) {
        snprintf(source, sizeof source, "/s-%d", k);
        take_event((struct event){.source = view_of(source), .type = view_of("sales.activity.call"), .subject = view_of("r8")},
                   DAYS, k);
    }
}

static void bench_open(void) {
    bench.kv = kv_mem_create();
    bench.config = fixture_config(config_text);
    DEMAND(bench.kv && bench.config, "out of memory");
    struct engine_setup setup = fixture_setup(bench.kv, bench.config, config_text);
    DEMAND(engine_open(&setup, &bench.engine) == 0, "the engine doesn't open");
    for (int day = 0; day < DAYS; day++)
        for (int rep = 0; rep < REPS && day_weekday(FIRST + day) < 5; rep++)
            for (int k = 0; k < (rep == day / 40 && day % 40 > 15 ? 1 : 6); k++)
                take(k == 5 ? "crm.note.added" : "sales.activity.call", rep, day, k, NULL, 0);
    struct member deal[] = {
        {.id = MEMBER_AMOUNT, .form = FORM_NUMBER, .name = view_of("amount"), .number = 120000000},
        {.id = MEMBER_OPPORTUNITY,
         .form = FORM_KEY,
         .name = view_of("opportunity"),
         .text = view_of("deal-1")},
    };
    for (int rep = 0; rep < REPS; rep++)
        take("sales.opportunity.won", rep, DAYS - 10 + rep, 2, deal, 2);
    take_statements();
    take_unknown();
    struct quarantine_note note = {.code = PACE_BAD_TIME,
                                   .id = view_of("x"),
                                   .reason = view_of("time has no offset"),
                                   .body = view_of("{}"),
                                   .bytes = 2};
    for (int n = 0; n < NOTES; n++) {
        note.digest = (uint64_t)n % (NOTES - 1); /* the last one is a note's that there is */
        engine_quarantine(bench.engine, &note);
    }
    DEMAND(engine_move_clock(bench.engine, (FIRST + DAYS) * DAY_US) == 0 &&
               engine_commit(bench.engine) == 0,
           "no commit");
    take_newest();
    bench.moved = false;
}

static void bench_close(void) {
    engine_destroy(&bench.engine);
    config_destroy(&bench.config);
    kv_destroy(&bench.kv);
}

/* ---- what the daemon would do ---- */

static int describe(void *service, json_t *status) {
    (void)service;
    return json_object_set_new(status, "state", json_string("serving")) ? -ENOMEM : 0;
}

static int move_clock(void *service, int64_t to_us) {
    (void)service;
    bench.moved = true;
    if (to_us > engine_now(bench.engine) + MOST_DAYS_AHEAD * DAY_US)
        return -EIO;
    int error = engine_move_clock(bench.engine, to_us);
    return error ? error : engine_commit(bench.engine);
}

/* A good config, errors, or no time for it: in turns. */
static int reload(void *service, struct schema_report *report, json_t **ret_restart_needed) {
    static const int outcomes[] = {0, PACE_ECONFIG, -EBUSY, -EIO};
    static unsigned turn;
    int error = outcomes[turn++ % 4];
    (void)service;
    if (error == PACE_ECONFIG) {
        struct config *config = NULL;
        yaml_read_text("nonsense: 1\nindicators: 3\n", 27, NULL, NULL, report, &config);
        config_destroy(&config);
    } else if (!error) {
        *ret_restart_needed = json_pack("[s]", "store.dedup_memory");
    }
    return error;
}

static int forecast(void *service, struct schema_report *report, json_t *reply) {
    json_t *restart_needed = NULL;
    int error = reload(service, report, &restart_needed);
    if (!error)
        json_object_set_new(reply, "restart_needed", restart_needed);
    return error;
}

static int verify(void *service, struct control_ticket *ticket) {
    static const int outcomes[] = {-EBUSY, -EAGAIN, -EIO, 0};
    static unsigned turn;
    int error = bench.ticket.peer_len ? -EBUSY : outcomes[turn++ % 4];
    (void)service;
    if (!error)
        bench.ticket = *ticket;
    return error;
}

static int backup(void *service, const char *file, struct control_ticket *ticket) {
    static const int outcomes[] = {-EBUSY, -EEXIST, -EINVAL, -EACCES, 0};
    static unsigned turn;
    int error = bench.ticket.peer_len ? -EBUSY : outcomes[turn++ % 5];
    (void)service;
    DEMAND(file[0], "a backup without a file");
    if (!error)
        bench.ticket = *ticket;
    return error;
}

static int scrub(void *service, struct control_ticket *ticket) {
    static const int outcomes[] = {-EIO, 0};
    static unsigned turn;
    int error = bench.ticket.peer_len ? -EBUSY : outcomes[turn++ % 2];
    (void)service;
    if (!error)
        bench.ticket = *ticket;
    return error;
}

/* What a note comes to: in turns. */
static int retry(void *service, uint64_t number, struct intake_retry *ret_retry) {
    static const int outcomes[] = {0, -ENOENT, -EMSGSIZE, 0, PACE_EFULL, -EIO};
    static unsigned turn;
    (void)service;
    DEMAND(number, "no note");
    *ret_retry = (struct intake_retry){.code = turn % 2 ? PACE_BAD_TIME : PACE_OK, .reason = "time has no offset"};
    return outcomes[turn++ % 6];
}

static int drop(void *service, uint64_t number) {
    struct intake_retry ignored;
    return retry(service, number, &ignored);
}

/* ---- what is answered ---- */

static void check_answer(void *arg, struct view peer, const struct view *frames, int n_frames) {
    int *answers = arg;
    DEMAND(peer.len == 1 && n_frames == 2 && view_equal(frames[0], view_of(PACE_WIRE_MAGIC)),
           "an answer has another form");
    json_t *reply =
        json_loadb(frames[1].at, frames[1].len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    DEMAND(json_is_object(reply) && json_is_boolean(json_object_get(reply, "ok")),
           "an answer isn't an object with \"ok\"");
    if (json_is_false(json_object_get(reply, "ok")))
        DEMAND(json_string_length(json_object_get(reply, "code")) &&
                   json_string_length(json_object_get(reply, "reason")),
               "a refusal says too little");
    json_decref(reply);
    ++*answers;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int answers = 0;
    struct wire_socket socket = {
        .rest = {(const char *)data, size}, .sent = check_answer, .arg = &answers};
    struct control_host host = {.clock = size % 5 ? ENGINE_EVENTS : ENGINE_WALL,
                                .config_path = "paced.yaml",
                                .describe = describe,
                                .move_clock = move_clock,
                                .reload = reload,
                                .forecast = forecast,
                                .verify = verify,
                                .backup = backup,
                                .scrub = scrub,
                                .retry = retry,
                                .drop = drop};
    struct control *control = NULL;
    if (!bench.engine)
        bench_open();
    host.engine = bench.engine;
    DEMAND(control_create(&socket, &host, &control) == 0, "out of memory");
    for (int received = -1; received != socket.received || control_is_busy(control);) {
        received = socket.received;
        control_drain(control);
    }
    if (bench.ticket.peer_len)
        control_reply_later(control, &bench.ticket, control_refusal("stopping", "paced stops"));
    DEMAND(answers == socket.received, "a message has no answer or two");
    control_destroy(&control);
    fake_wire_clear(&socket);
    if (bench.moved)
        bench_close();
    return 0;
}
