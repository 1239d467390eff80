/* The real paced as its operator meets it: command line, control socket, reload, signals, service
 * manager. */
#include "daemon_fixture.h"

static const char event[] =
    "{\"specversion\":\"1.0\",\"source\":\"/crm\",\"id\":\"e1\",\"type\":\"sales.activity.call\","
    "\"subject\":\"ann\",\"time\":\"2026-03-02T10:00:00Z\"}";

/* ---- the command line ---- */

static void test_command_line(void **state) {
    static const struct {
        const char *arguments[6];
        int status;
        const char *told;
    } table[] = {
        {{"--help", NULL}, 0, "usage: paced"},
        {{"--version", NULL}, 0, "paced "},
        {{NULL}, 2, "is needed"},
        {{"--bogus", NULL}, 2, "\"--bogus\" is not an option"},
        {{"stray", NULL}, 2, "\"stray\" is not an option"},
        {{"--config", NULL}, 2, "--config needs a value"},
        {{"--config=", NULL}, 2, "--config needs a value"},
        {{"--help=1", NULL}, 2, "takes no value"},
        {{"--check", "a", "--check", "b", NULL}, 2, "given twice"},
        {{"--check", "a", "--config", "b", NULL}, 2, "exclude each other"},
        {{"--config", "a", "--clock", "sun", NULL}, 2, "not \"sun\""},
        {{"--check", "/nonexistent/paced.yaml", NULL}, 1, "/nonexistent/paced.yaml"},
        {{"--config", "/nonexistent/paced.yaml", NULL}, EX_CONFIG, "/nonexistent/paced.yaml"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unlink(fixture_path(fixture, "log"));
        fixture_spawn(fixture, table[i].arguments);
        int status = fixture_wait(fixture);
        if (status != table[i].status)
            fail_msg("row %zu: exit status %d, expected %d:\n%s", i, status, table[i].status,
                     fixture_log(fixture));
        assert_logged(fixture, table[i].told);
    }
}

/* Runs --check or --print-config on a config's text. */
static int run_on_config(struct fixture *fixture, const char *option, const char *text) {
    const char *const arguments[] = {option, fixture_path(fixture, "paced.yaml"), NULL};
    unlink(fixture_path(fixture, "log"));
    fixture_write_config(fixture, text);
    fixture_spawn(fixture, arguments);
    return fixture_wait(fixture);
}

static void test_check(void **state) {
    struct fixture *fixture = *state;
    char expected[200];
    assert_int_equal(run_on_config(fixture, "--check", config_plain), 0);
    assert_string_equal(fixture_log(fixture), "");
    assert_int_equal(run_on_config(fixture, "--check", "store: {map_size: tenGB}\nstoer: 1\n"), 1);
    snprintf(expected, sizeof expected,
             "%s:1:19: store.map_size: ", fixture_path(fixture, "paced.yaml"));
    assert_logged(fixture, expected);
    snprintf(expected, sizeof expected, "%s:2:1: ", fixture_path(fixture, "paced.yaml"));
    assert_logged(fixture, expected);
    assert_int_equal(run_on_config(fixture, "--print-config", config_plain), 0);
    assert_logged(fixture, "map_size: 4GiB");
}

/* A socket path that doesn't fit is an error of the config, with its length, before anything is
 * made. */
static void test_long_socket_path(void **state) {
    struct fixture *fixture = *state;
    char runtime[160], expected[240];
    snprintf(runtime, sizeof runtime, "%s/%090d", fixture->directory, 0);
    const char *const arguments[] = {"--config",
                                     fixture_path(fixture, "paced.yaml"),
                                     "--state-dir",
                                     fixture_path(fixture, "state"),
                                     "--runtime-dir",
                                     runtime,
                                     NULL};
    fixture_spawn(fixture, arguments);
    assert_int_equal(fixture_wait(fixture), EX_CONFIG);
    snprintf(expected, sizeof expected,
             "%s:1:1: sockets.ingest: ", fixture_path(fixture, "paced.yaml"));
    assert_logged(fixture, expected);
    snprintf(expected, sizeof expected, " %zu bytes", strlen(runtime) + strlen("/ingest.sock"));
    assert_logged(fixture, expected);
    assert_int_equal(access(runtime, F_OK), -1);
    assert_int_equal(access(fixture_path(fixture, "state"), F_OK), -1);
}

/* ---- directories ---- */

static void test_directories(void **state) {
    struct fixture *fixture = *state;
    struct stat at;
    fixture_start(fixture);
    assert_int_equal(stat(fixture_path(fixture, "state"), &at), 0);
    assert_int_equal(at.st_mode & 07777, 0750);
    assert_int_equal(stat(fixture_path(fixture, "run"), &at), 0);
    assert_int_equal(at.st_mode & 07777, 0750);
    static const char *const sockets[] = {"run/ingest.sock", "run/alerts.sock", "run/control.sock"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stat(fixture_path(fixture, sockets[i]), &at), 0);
        assert_int_equal(at.st_mode & 07777, 0660);
    }
    /* The last one is replaced, since what is in it was cut off. */
    static const char *const files[] = {"run/runtime.lock", "state/state.lock", "state/paced.mdb",
                                        "state/paced.mdb-lock", "state/crashes"};
    assert_int_equal(fixture_stop(fixture), 0);
    assert_int_equal(truncate(fixture_path(fixture, "state/crashes"), 1), 0);
    mode_t before = umask(0);
    fixture_start(fixture);
    umask(before);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(stat(fixture_path(fixture, files[i]), &at), 0);
        assert_int_equal(at.st_mode & 07777, 0640);
    }
    assert_int_equal(fixture_stop(fixture), 0);
}

static void assert_second_refused(struct fixture *fixture, const char *state, const char *runtime,
                                  const char *named) {
    const char *const arguments[] = {"--config",
                                     fixture_path(fixture, "paced.yaml"),
                                     "--state-dir",
                                     state,
                                     "--runtime-dir",
                                     runtime,
                                     NULL};
    struct fixture second = *fixture;
    char expected[240];
    fixture_spawn(&second, arguments);
    assert_int_equal(fixture_wait(&second), 1);
    snprintf(expected, sizeof expected, "%s is in use by another paced", named);
    assert_logged(fixture, expected);
}

static void test_one_process_a_directory(void **state) {
    struct fixture *fixture = *state;
    char used_state[160], used_runtime[160], other[160];
    snprintf(used_state, sizeof used_state, "%s/state", fixture->directory);
    snprintf(used_runtime, sizeof used_runtime, "%s/run", fixture->directory);
    snprintf(other, sizeof other, "%s/other", fixture->directory);
    fixture_start(fixture);
    assert_second_refused(fixture, used_state, other, used_state);
    assert_second_refused(fixture, other, used_runtime, used_runtime);
    /* The first one wasn't disturbed. */
    assert_batch(fixture_ingest(fixture), event, 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
    fixture_start(fixture);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* A path that another process serves isn't taken over, even where the directories differ. */
static void test_served_path(void **state) {
    struct fixture *fixture = *state;
    char config[512];
    snprintf(config, sizeof config, "%ssockets: {ingest: \"ipc://%s\"}\n", config_plain,
             fixture_path(fixture, "run/ingest.sock"));
    fixture_start(fixture);
    fixture_write_config(fixture, config);
    char state_dir[160], runtime[160];
    snprintf(state_dir, sizeof state_dir, "%s/state2", fixture->directory);
    snprintf(runtime, sizeof runtime, "%s/run2", fixture->directory);
    const char *const arguments[] = {"--config",
                                     fixture_path(fixture, "paced.yaml"),
                                     "--state-dir",
                                     state_dir,
                                     "--runtime-dir",
                                     runtime,
                                     NULL};
    struct fixture second = *fixture;
    fixture_spawn(&second, arguments);
    assert_int_equal(fixture_wait(&second), 1);
    assert_logged(fixture, "can't be bound");
    assert_logged(fixture, "or give another one in the configuration (sockets)");
    assert_batch(fixture_ingest(fixture), event, 1, 0, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- the control socket ---- */

static void test_refusals(void **state) {
    static const struct {
        const char *request, *code, *reason;
    } table[] = {
        {"", "bad_json", ""},
        {"{", "bad_json", ""},
        {"[]", "bad_json", "not a JSON object"},
        {"7", "bad_json", "not a JSON object"},
        {"{\"cmd\":\"status\",\"cmd\":\"reps\"}", "bad_json", "duplicate"},
        {"{\"cmd\":\"\xff\"}", "bad_json", ""},
        {"{}", "missing_argument", "\"cmd\""},
        {"{\"cmd\":null}", "missing_argument", "\"cmd\""},
        {"{\"cmd\":7}", "bad_argument", "\"cmd\""},
        {"{\"cmd\":\"\"}", "bad_argument", "\"cmd\""},
        {"{\"cmd\":\"statsu\"}", "unknown_command", "did you mean \"status\""},
        {"{\"cmd\":\"quarantin\"}", "unknown_command", "did you mean \"quarantine\""},
        {"{\"cmd\":\"a\\u0000b\"}", "bad_json", ""},
        {"{\"cmd\":\"0123456789012345678901234567890123456789\"}", "unknown_command",
         "\"hello\" lists"},
        {"{\"cmd\":\"xyzzy\"}", "unknown_command", "\"hello\" lists"},
        {"{\"cmd\":\"rep\"}", "missing_argument", "\"rep\""},
        {"{\"cmd\":\"rep\",\"rep\":\"nobody\"}", "no_such_rep", "nobody"},
        {"{\"cmd\":\"why\",\"rep\":\"nobody\"}", "no_such_rep", "nobody"},
        {"{\"cmd\":\"why\",\"rep\":\"ann\",\"on\":\"2026-02-30\"}", "bad_argument", "2026-03-29"},
        {"{\"cmd\":\"why\",\"rep\":\"ann\",\"on\":\"2126-03-02\"}", "not_closed", "2126-03-02"},
        {"{\"cmd\":\"why\",\"rep\":\"ann\",\"indicator\":\"call\"}", "no_such_indicator", "call"},
        {"{\"cmd\":\"alerts\",\"since\":-1}", "bad_argument", "\"since\""},
        {"{\"cmd\":\"alerts\",\"since\":\"1\"}", "bad_argument", "\"since\""},
        {"{\"cmd\":\"alerts\",\"limit\":0}", "bad_argument", "1 to 200"},
        {"{\"cmd\":\"alerts\",\"limit\":201}", "bad_argument", "1 to 200"},
        {"{\"cmd\":\"reps\",\"from\":1.5}", "bad_argument", "\"from\""},
        {"{\"cmd\":\"weeks\",\"monday\":\"2026-03-03\",\"weeks\":2}", "bad_argument", "Monday"},
        {"{\"cmd\":\"weeks\",\"monday\":\"2026-03-02\",\"weeks\":521}", "bad_argument", "1 to 520"},
        {"{\"cmd\":\"weeks\",\"monday\":\"2026-03-02\"}", "bad_argument", "1 to 520"},
        {"{\"cmd\":\"deals\",\"from\":-1}", "bad_argument", "\"from\""},
        {"{\"cmd\":\"clock\"}", "missing_argument", "\"to\""},
        {"{\"cmd\":\"clock\",\"to\":\"2026-03-02T10:00:00\"}", "bad_argument", "offset"},
        {"{\"cmd\":\"clock\",\"to\":\"2026-03-02T10:00:00Z\"}", "not_allowed", "--clock events"},
    };
    struct fixture *fixture = *state;
    fixture_start(fixture);
    assert_batch(fixture_ingest(fixture), event, 1, 0, 0);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_refused(fixture, table[i].request, table[i].code, table[i].reason);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_control_forms(void **state) {
    static const char *const table[][5] = {
        {"PACE1", NULL},
        {"PACE2", "{\"cmd\":\"status\"}", NULL},
        {"", "PACE1", "{\"cmd\":\"status\"}", NULL},
        {"PACE1", "{\"cmd\":\"status\"}", "", NULL},
    };
    struct fixture *fixture = *state;
    struct reply reply = {0};
    fixture_start(fixture);
    void *socket = fixture_connect(fixture, ZMQ_DEALER, "control");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        send_texts(socket, table[i]);
        receive(socket, &reply);
        assert_non_null(strstr(reply.frames[1], "\"bad_frames\""));
    }
    char *large = malloc(70001);
    memset(large, ' ', 70000);
    large[70000] = '\0';
    assert_refused(fixture, large, "too_large", "70000 bytes");
    free(large);
    reply_clear(&reply);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* The id comes back as it was sent, whatever it is, on yes and on no. */
static void test_ids(void **state) {
    static const char *const ids[] = {"7", "\"x\"", "null", "[1,{\"a\":2}]", "1.5", "false"};
    struct fixture *fixture = *state;
    fixture_start(fixture);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        for (int good = 0; good < 2; good++) {
            char request[128];
            snprintf(request, sizeof request, "{\"cmd\":\"%s\",\"id\":%s}", good ? "status" : "x",
                     ids[i]);
            json_t *reply = ask(fixture, request), *id = json_loads(ids[i], JSON_DECODE_ANY, NULL);
            assert_true(json_equal(json_object_get(reply, "id"), id));
            json_decref(id);
            json_decref(reply);
        }
    json_t *reply = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_null(json_object_get(reply, "id"));
    json_decref(reply);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* Every query has the members that docs/protocol.md promises. */
static void test_members(void **state) {
    static const struct {
        const char *request, *item, *members[40];
    } table[] = {
        {"{\"cmd\":\"hello\"}", NULL, {"version", "source", "clock", "commands"}},
        {"{\"cmd\":\"status\"}",
         NULL,
         {"now",
          "log_records",
          "accepted",
          "duplicates",
          "superseded",
          "conflicts",
          "parked",
          "memory",
          "alerts",
          "published",
          "open_cases",
          "quarantined",
          "index_entries",
          "index_bytes",
          "index_runs",
          "watched_days",
          "reps",
          "teams",
          "indicators",
          "sources",
          "store_used_permille",
          "last_closed",
          "behind",
          "rejected",
          "version",
          "source",
          "clock",
          "state",
          "verifying",
          "refill",
          "kept",
          "uptime_s",
          "clock_behind_s",
          "arl0_days"}},
        {"{\"cmd\":\"sources\"}",
         "items",
         {"name", "events", "conflicts", "missing", "last", "complete_to", "heartbeat", "gaps",
          "gap_from", "gap_to", "recorded", "late", "rejected"}},
        {"{\"cmd\":\"reps\"}",
         "items",
         {"name", "team", "role", "tz", "manager", "first_day", "last_active", "closed_to",
          "n_streams", "configured", "states"}},
        {"{\"cmd\":\"alerts\"}", NULL, {"items", "through"}},
        {"{\"cmd\":\"quarantine\"}",
         "items",
         {"number", "at", "id", "reason", "bytes", "body", "code", "digest"}},
        {"{\"cmd\":\"rep\",\"rep\":\"ann\"}", NULL, {"rep"}},
        {"{\"cmd\":\"why\",\"rep\":\"ann\"}", NULL, {"day", "rep", "tally"}},
        {"{\"cmd\":\"weeks\"}", NULL, {"first", "last", "indicators"}},
        {"{\"cmd\":\"weeks\"}", "indicators", {"indicator", "label", "kind", "of", "direction"}},
        {"{\"cmd\":\"weeks\",\"monday\":\"2026-03-02\",\"weeks\":2}",
         "items",
         {"rep", "days", "records", "values"}},
        {"{\"cmd\":\"deals\"}", NULL, {"items"}},
    };
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    assert_batch(socket, event, 1, 0, 0);
    assert_batch(socket, "{}", 0, 0, 1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *reply = ask_yes(fixture, table[i].request);
        const json_t *object = reply;
        if (table[i].item)
            object = json_array_get(json_object_get(reply, table[i].item), 0);
        for (int j = 0; table[i].members[j]; j++)
            if (!json_object_get(object, table[i].members[j]))
                fail_msg("%s: no member \"%s\"", table[i].request, table[i].members[j]);
        json_decref(reply);
    }
    json_t *reply = ask_yes(fixture, "{\"cmd\":\"rep\",\"rep\":\"ann\"}");
    json_t *streams = json_object_get(json_object_get(reply, "rep"), "streams");
    assert_int_equal(json_array_size(streams), 1);
    static const char *const stream_members[] = {
        "indicator", "label",         "state",          "rate",           "expected",
        "count",     "exposure",      "team_factor",    "weekday_factor", "dispersion",
        "caution",   "evidence_days", "threshold_days", "exposure_days",  "since",
        "before",    "after",         "case_number",    "good_days",      "outlook",
        "season_factor"};
    for (size_t j = 0; j < sizeof stream_members / sizeof *stream_members; j++)
        assert_non_null(json_object_get(json_array_get(streams, 0), stream_members[j]));
    json_decref(reply);
    reply = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(json_object_get(reply, "rejected"), "missing_attribute"), 1);
    const json_t *memory = json_object_get(reply, "memory"), *parts = json_object_get(memory, "parts");
    assert_int_equal(member_int(parts, "index"), member_int(reply, "index_bytes"));
    assert_true(member_int(parts, "other") < member_int(memory, "own_bytes"));
    assert_true(member_int(memory, "file_bytes") > 0);
    json_decref(reply);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* More reps than fit a page: every one once, in order. */
static void test_pages(void **state) {
    enum { REPS = 450 };
    struct fixture *fixture = *state;
    char last[32] = "", request[64] = "{\"cmd\":\"reps\"}";
    char *body = malloc(REPS * 256);
    size_t length = 0, seen = 0, pages = 0;
    for (int i = 0; i < REPS; i++)
        length +=
            (size_t)sprintf(body + length,
                            "{\"specversion\":\"1.0\",\"source\":\"/crm\",\"id\":\"%d\",\"type\":"
                            "\"sales.activity.call\",\"subject\":\"rep%03d\",\"time\":"
                            "\"2026-03-02T10:00:00Z\"}\n",
                            i, i);
    fixture_start(fixture);
    assert_batch(fixture_ingest(fixture), body, REPS, 0, 0);
    free(body);
    while (*request) {
        json_t *page = ask_yes(fixture, request), *item;
        size_t i;
        json_array_foreach(json_object_get(page, "items"), i, item) {
            assert_true(strcmp(last, member_text(item, "name")) < 0);
            snprintf(last, sizeof last, "%s", member_text(item, "name"));
            seen++;
        }
        pages++;
        request[0] = '\0';
        if (json_object_get(page, "next"))
            snprintf(request, sizeof request, "{\"cmd\":\"reps\",\"from\":%d}",
                     member_int(page, "next"));
        json_decref(page);
    }
    assert_int_equal(seen, REPS);
    assert_int_equal(pages, 3);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_clock(void **state) {
    struct fixture *fixture = *state;
    fixture_start_by_events(fixture);
    void *socket = fixture_ingest(fixture);
    assert_batch(socket, event, 1, 0, 0);
    static const char *const table[][2] = {
        {"{\"cmd\":\"status\"}", "2026-03-02T10:00:00Z"},
        {"{\"cmd\":\"clock\",\"to\":\"2026-03-20T00:00:00+01:00\"}", "2026-03-19T23:00:00Z"},
        {"{\"cmd\":\"clock\",\"to\":\"2026-03-10T00:00:00Z\"}", "2026-03-19T23:00:00Z"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *reply = ask_yes(fixture, table[i][0]);
        assert_string_equal(member_text(reply, "now"), table[i][1]);
        json_decref(reply);
    }
    assert_refused(fixture, "{\"cmd\":\"clock\",\"to\":\"2226-03-02T00:00:00Z\"}", "bad_argument",
                   "3660");
    /* The clock survives a kill: what was closed stays closed. */
    fixture_kill(fixture);
    fixture_start_by_events(fixture);
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_string_equal(member_text(status, "last_closed"), "2026-03-18");
    json_decref(status);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- reload ---- */

static void test_reload(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    assert_batch(socket, event, 1, 0, 0);
    json_t *reply = ask_yes(fixture, "{\"cmd\":\"reload\"}");
    assert_int_equal(json_array_size(json_object_get(reply, "restart_needed")), 0);
    json_decref(reply);
    /* A bad config changes nothing and is told line by line. */
    fixture_write_config(fixture, "indicators:\n  calls: {cuont: sales.activity.call}\n");
    reply = ask(fixture, "{\"cmd\":\"reload\"}");
    assert_true(json_is_false(json_object_get(reply, "ok")));
    assert_string_equal(member_text(reply, "code"), "config");
    assert_true(json_array_size(json_object_get(reply, "errors")) > 0);
    const char *first = json_string_value(json_array_get(json_object_get(reply, "errors"), 0));
    assert_non_null(strstr(first, "paced.yaml:2:"));
    json_decref(reply);
    reply = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(reply, "indicators"), 1);
    json_decref(reply);
    /* A good one holds at once; what needs a restart is named, also the second time. */
    fixture_write_config(fixture, "indicators:\n  calls: {count: sales.activity.call}\n"
                                  "  meetings: {count: sales.activity.meeting}\n"
                                  "ingest: {credit_events: 8192}\nstore: {dedup_memory: 1GiB}\n"
                                  "sockets: {alerts: \"ipc://{runtime}/other.sock\"}\n");
    for (int i = 0; i < 2; i++) {
        reply = ask_yes(fixture, "{\"cmd\":\"reload\"}");
        const json_t *restart = json_object_get(reply, "restart_needed");
        assert_int_equal(json_array_size(restart), 2);
        assert_string_equal(json_string_value(json_array_get(restart, 0)), "sockets.alerts");
        assert_string_equal(json_string_value(json_array_get(restart, 1)), "store.dedup_memory");
        json_decref(reply);
    }
    reply = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(reply, "indicators"), 2);
    assert_int_equal(member_int(reply, "accepted"), 1);
    json_decref(reply);
    static const char *const hello[] = {"PACE1", "hello", NULL};
    send_texts(socket, hello);
    reply = receive_answer(socket, "welcome", NULL);
    assert_int_equal(member_int(reply, "credit_events"), 8192);
    json_decref(reply);
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_reload_by_signal(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    fixture_write_config(fixture, "indicators:\n  calls: {count: sales.activity.call}\n"
                                  "  meetings: {count: sales.activity.meeting}\n");
    fixture->notes[0] = '\0';
    kill(fixture->pid, SIGHUP);
    fixture_await_note(fixture, "READY=1");
    assert_non_null(strstr(fixture->notes, "RELOADING=1"));
    json_t *status = ask_yes(fixture, "{\"cmd\":\"status\"}");
    assert_int_equal(member_int(status, "indicators"), 2);
    json_decref(status);
    fixture_write_config(fixture, "indicators: 7\n");
    fixture->notes[0] = '\0';
    kill(fixture->pid, SIGHUP);
    fixture_await_note(fixture, "READY=1");
    assert_int_equal(fixture_stop(fixture), 0);
    assert_logged(fixture, "the old configuration holds");
}

/* ---- verify ---- */

static void test_verify(void **state) {
    struct fixture *fixture = *state;
    fixture_start(fixture);
    void *socket = fixture_ingest(fixture);
    assert_batch(socket, event, 1, 0, 0);
    json_t *reply = ask_yes(fixture, "{\"cmd\":\"verify\",\"id\":\"v\"}");
    assert_true(json_is_true(json_object_get(reply, "equal")));
    assert_true(json_is_true(json_object_get(reply, "alerts_ok")));
    assert_true(json_is_true(json_object_get(reply, "index_ok")));
    assert_string_equal(member_text(reply, "digest"), member_text(reply, "refolded"));
    assert_int_equal(strlen(member_text(reply, "digest")), 16);
    assert_string_equal(member_text(reply, "id"), "v");
    assert_true(member_int(reply, "log_records") >= 1);
    json_decref(reply);
    /* Stopping while one may be under way ends well. */
    const char *const request[] = {"PACE1", "{\"cmd\":\"verify\"}", NULL};
    send_texts(fixture_connect(fixture, ZMQ_DEALER, "control"), request);
    assert_batch(socket, event, 0, 1, 0);
    assert_int_equal(fixture_stop(fixture), 0);
}

/* ---- the service manager ---- */

/* A start computes every closed day anew; it asks for time as it goes. */
static void test_start_tells_days(void **state) {
    struct fixture *fixture = *state;
    fixture_start_by_events(fixture);
    assert_batch(fixture_ingest(fixture), event, 1, 0, 0);
    json_decref(ask_yes(fixture, "{\"cmd\":\"clock\",\"to\":\"2026-03-20T00:00:00Z\"}"));
    fixture_kill(fixture);
    fixture_start_by_events(fixture);
    const char *closing = strstr(fixture->notes, "STATUS=Closing days: 0 of 1 teams\n");
    const char *extended = strstr(fixture->notes, "EXTEND_TIMEOUT_USEC=120000000\n");
    assert_non_null(closing);
    assert_non_null(extended);
    assert_true(extended < closing && closing < strstr(fixture->notes, "READY=1"));
    assert_int_equal(fixture_stop(fixture), 0);
}

static void test_notes(void **state) {
    struct fixture *fixture = *state;
    setenv("WATCHDOG_USEC", "200000", 1);
    fixture_start(fixture);
    unsetenv("WATCHDOG_USEC");
    fixture->notes[0] = '\0';
    for (int i = 0; i < 3; i++) {
        fixture->notes[0] = '\0';
        fixture_await_note(fixture, "WATCHDOG=1");
    }
    kill(fixture->pid, SIGTERM);
    fixture_await_note(fixture, "STOPPING=1");
    assert_int_equal(fixture_wait(fixture), 0);
    assert_logged(fixture, "everything acknowledged is stored");
}

/* Every line to the journal begins with its priority, every other with the program's name. */
static void test_log_lines(void **state) {
    static const char *const priorities[] = {"<6>", "<5>", "<5>", "<6>"};
    char request[512];
    struct fixture *fixture = *state;
    for (int journal = 0; journal < 2; journal++) {
        unlink(fixture_path(fixture, "log"));
        unlink(fixture_path(fixture, "no\npaced: path\x7F"));
        fixture->to_journal = journal;
        fixture_start(fixture);
        snprintf(request, sizeof request, "{\"cmd\":\"backup\",\"file\":\"%s\\npaced: path\\u007f\"}",
                 fixture_path(fixture, "no"));
        json_t *reply = ask(fixture, request);
        assert_true(json_is_true(json_object_get(reply, "ok")));
        json_decref(reply);
        assert_int_equal(fixture_stop(fixture), 0);
        assert_logged(fixture, "/no?paced: path? was asked for");
        int lines = 0;
        char *text = strdup(fixture_log(fixture));
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
            assert_in_range(lines, 0, 3);
            assert_memory_equal(line, journal ? priorities[lines] : "paced: ", journal ? 3 : 7);
        }
        assert_int_equal(lines, 4);
        free(text);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) /* only the tests that match a pattern */
        cmocka_set_test_filter(argv[1]);
#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_command_line),
        FIXTURE_TEST(test_check),
        FIXTURE_TEST(test_long_socket_path),
        FIXTURE_TEST(test_directories),
        FIXTURE_TEST(test_one_process_a_directory),
        FIXTURE_TEST(test_served_path),
        FIXTURE_TEST(test_refusals),
        FIXTURE_TEST(test_control_forms),
        FIXTURE_TEST(test_ids),
        FIXTURE_TEST(test_members),
        FIXTURE_TEST(test_pages),
        FIXTURE_TEST(test_clock),
        FIXTURE_TEST(test_reload),
        FIXTURE_TEST(test_reload_by_signal),
        FIXTURE_TEST(test_verify),
        FIXTURE_TEST(test_start_tells_days),
        FIXTURE_TEST(test_notes),
        FIXTURE_TEST(test_log_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
