/*
 * Runs the scenarios: each is a config, timed events, and the complete list of what paced says to them.
 *
 *     replay_scenarios [--accept | --texts] [FILE...]      without FILE: all of tests/replay/scenarios
 *
 * --accept prints the file with the lists of alerts as they are now, and writes nothing; --texts prints what is said. Besides its own
 * expectations every scenario must keep the engine's promises: the same state after a restart, from the log alone, and
 * from its events in another order.
 */
#include "engine_inside.h"
#include "indicator.h"
#include "people.h"
#include "scenario_events.h"
#include "series.h"
#include "sources.h"
#include "tally.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <time.h>

enum { ALERT_LINE_SIZE = 600, ALERT_LINES_MAX = 200, SHUFFLE_SEED = 20261121 };

struct run {
    struct scenario scenario;
    struct zone_table *zones;
    struct config *configs[16]; /* all live until the end: the engine borrows the newest */
    int n_configs;
    struct view config_text;
    const struct config *config;
    struct kv *kv;
    struct engine *engine;
    struct plan plan;
    uint64_t told;              /* alerts that an expect section has seen */
    int failures;
    int surprised;              /* line whose events were answered otherwise than expected */
    bool accept;
};

static void fail(struct run *run, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void fail(struct run *run, int number, const char *format, ...) {
    va_list args;
    printf("    %s:%d: ", run->scenario.path, number);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    run->failures++;
}

/* ---- config ---- */

static int get_zone(void *arg, const char *name, const struct zone **ret_zone) {
    return zone_table_get(arg, name, ret_zone);
}

static bool zone_exists(void *arg, const char *name) {
    const struct zone *zone;
    return zone_table_get(arg, name, &zone) == 0;
}

/* The lines of a section are still in the text, each with a NUL for its end: a copy with newlines is the YAML. */
static char *section_text(const struct scenario *s, const struct section *section) {
    size_t size = 1;
    for (int l = section->first; l < section->first + section->n; l++)
        size += strlen(s->lines[l]) + 1;
    char *text = calloc(1, size), *at = text;
    for (int l = section->first; text && l < section->first + section->n; l++)
        at += sprintf(at, "%s\n", s->lines[l]);
    return text;
}

static struct config *read_config(struct run *run, const struct section *section) {
    struct schema_report report = {0};
    struct config *config = NULL;
    char *text = section_text(&run->scenario, section);
    if (text && yaml_read_text(text, strlen(text), zone_exists, run->zones, &report, &config))
        for (int e = 0; e < report.n_errors; e++)
            fail(run, section->first + report.errors[e].line, "%s", report.errors[e].text);
    schema_report_clear(&report);
    free(text);
    return config;
}

static int open_engine(struct run *run, struct kv *kv, bool read_only, enum engine_clock clock, struct engine **ret) {
    struct engine_setup setup = {.kv = kv, .config = run->config, .zone = get_zone, .zone_arg = run->zones,
                                 .clock = clock, .read_only = read_only, .config_text = run->config_text};
    return engine_open(&setup, ret);
}

static int run_config(struct run *run, const struct section *section) {
    struct config *config = run->n_configs < 16 ? read_config(run, section) : NULL;
    if (!config)
        return -EINVAL;
    run->configs[run->n_configs++] = config;
    run->config = config;
    run->config_text = view_of(run->n_configs == 1 ? "first" : "later");
    if (run->engine) {
        int err = engine_reconfigure(run->engine, config, run->config_text);
        return err ? err : engine_refold_finish(run->engine);
    }
    return open_engine(run, run->kv, false, ENGINE_EVENTS, &run->engine);
}

/* ---- events ---- */

static const char *const verdicts[] = {"accepted", "duplicate", "superseded", "rejected"};

/* Of a line with many events the first surprise is told. */
static void check_answer(struct run *run, const struct event_line *line, const struct engine_answer *answer) {
    const char *code = answer->verdict == VERDICT_REJECTED ? pace_code_name(answer->code) : "";
    if (run->surprised == line->number)
        return;
    run->surprised = answer->verdict != line->verdict || (line->code[0] && strcmp(line->code, code)) ? line->number : 0;
    if (run->surprised)
        fail(run, line->number, "expected %s %s, answered %s %s%s", verdicts[line->verdict], line->code,
             verdicts[answer->verdict], code, answer->reason);
}

static int run_planned(struct run *run, const struct planned *planned) {
    struct drafted drafted;
    struct engine_answer answer;
    if (planned->line->is_clock)
        return engine_move_clock(run->engine, planned->line->at_us);
    draft_event(planned, &drafted);
    int err = engine_take(run->engine, &drafted.event, &answer);
    if (!err)
        check_answer(run, planned->line, &answer);
    return err;
}

/* Days that leave store.keep_days go with it. */
static int commit_all(struct engine *engine) {
    int err;
    do
        err = engine_commit(engine);
    while (!err && engine_drops(engine));
    return err;
}

/* The clock stands at the close of the newest day at last. */
static int run_events(struct run *run, const struct section *section) {
    const struct zone *zone;
    int from = run->plan.n, err = zone_table_get(run->zones, run->config->organisation.tz, &zone);
    plan_section(&run->plan, section, zone);
    for (int i = from; !err && i < run->plan.n; i++)
        err = run_planned(run, &run->plan.list[i]);
    err = err ? err : engine_refold_finish(run->engine); /* what events say of people may ask for it */
    err = err ? err : engine_move_clock(run->engine, engine_end_of_data(run->engine));
    return err ? err : commit_all(run->engine);
}

/* ---- alerts as lines ---- */

static void add(char *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *line, const char *format, ...) {
    size_t at = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + at, ALERT_LINE_SIZE - at, format, args);
    va_end(args);
}

static void alert_line(const struct alert *alert, char *line) {
    char day[DAY_TEXT_SIZE];
    line[0] = '\0';
    add(line, "%" PRIu64 ": %s %s %.*s %.*s", alert->number, day_format(alert->raised_on, day),
        alert_kind_name(alert->kind), (int)alert->subject.len, alert->subject.at,
        alert->indicator.len ? (int)alert->indicator.len : 1, alert->indicator.len ? alert->indicator.at : "-");
    if (alert->since != DAY_NONE)
        add(line, " since %s", day_format(alert->since, day));
    add(line, alert->push ? " push" : " quiet");
    if (alert->reason.len)
        add(line, " %.*s", (int)alert->reason.len, alert->reason.at);
    if (alert->case_number && alert->case_number != alert->number)
        add(line, " case %" PRIu64, alert->case_number);
    if (alert->commitment.len)
        add(line, " of %.*s%s%.*s", (int)alert->commitment.len, alert->commitment.at, alert->verdict.len ? " " : "",
            (int)alert->verdict.len,
            alert->verdict.at);
    if (alert->step.len)
        add(line, " step %.*s/%d with %.*s", (int)alert->step.len, alert->step.at, alert->level, (int)alert->rep.len, alert->rep.at);
    if (alert->revises)
        add(line, " revises %" PRIu64, alert->revises);
    for (int m = 0; m < alert->n_members; m++)
        add(line, "%s%.*s", m ? "," : " members ", (int)alert->members[m].len, alert->members[m].at);
    if (alert->n_team)
        add(line, " of %d", alert->n_team);
}

/* Expected words match as they are, a range of days each day in it. */
static bool word_matches(const char *expected, const char *said) {
    pace_day from, to, day;
    if (strstr(expected, "..") && read_days(expected, &from, &to) && !day_parse(view_of(said), &day))
        return day >= from && day <= to;
    return !strcmp(expected, said);
}

static bool line_matches(const char *expected, const char *said) {
    char a[ALERT_LINE_SIZE], b[ALERT_LINE_SIZE], *words[2][SCENARIO_TOKENS_MAX];
    snprintf(a, sizeof a, "%s", expected);
    snprintf(b, sizeof b, "%s", said);
    int n = split(a, words[0]), m = split(b, words[1]);
    for (int i = 0; n == m && i < n; i++)
        if (!word_matches(words[0][i], words[1][i]))
            return false;
    return n == m;
}

/* ---- the list of alerts against the expected one ---- */

struct lists {
    char *expected[ALERT_LINES_MAX], *said[ALERT_LINES_MAX];
    int n, m;
    uint8_t common[ALERT_LINES_MAX + 1][ALERT_LINES_MAX + 1]; /* longest common part of the rests */
};

static bool is_alert_line(const char *text) {
    text += strspn(text, " \t");
    return *text >= '0' && *text <= '9';
}

static void print_texts(struct run *run) {
    for (uint64_t n = 1; run->engine && n <= engine_last_alert(run->engine); n++) {
        struct alert alert;
        if (!engine_alert(run->engine, n, &alert))
            printf("  %" PRIu64 ": %.*s\n", n, (int)alert.text.len, alert.text.at);
    }
}

static void list_said(struct run *run, struct lists *lists) {
    for (uint64_t n = run->told + 1; n <= engine_last_alert(run->engine) && lists->m < ALERT_LINES_MAX; n++) {
        struct alert alert;
        char line[ALERT_LINE_SIZE];
        if (engine_alert(run->engine, n, &alert))
            snprintf(line, sizeof line, "%" PRIu64 ": can't be read", n);
        else
            alert_line(&alert, line);
        lists->said[lists->m++] = strdup(line);
    }
    run->told = engine_last_alert(run->engine);
}

static void list_expected(const struct run *run, const struct section *section, struct lists *lists) {
    for (int l = section->first; l < section->first + section->n && lists->n < ALERT_LINES_MAX; l++)
        if (is_alert_line(run->scenario.lines[l]))
            lists->expected[lists->n++] = line_copy(run->scenario.lines[l]);
}

static void measure(struct lists *lists) {
    for (int i = lists->n - 1; i >= 0; i--)
        for (int j = lists->m - 1; j >= 0; j--) {
            uint8_t (*c)[ALERT_LINES_MAX + 1] = lists->common;
            c[i][j] = c[i + 1][j] > c[i][j + 1] ? c[i + 1][j] : c[i][j + 1];
            if (line_matches(lists->expected[i], lists->said[j]))
                c[i][j] = (uint8_t)(c[i + 1][j + 1] + 1);
        }
}

/* What stands in both is kept as expected (with its ranges); "-" was expected, "+" was said. */
static void print_lists(const struct lists *lists, const char *same, const char *missing, const char *more) {
    int i = 0, j = 0;
    while (i < lists->n || j < lists->m) {
        bool both = i < lists->n && j < lists->m;
        if (both && line_matches(lists->expected[i], lists->said[j])) {
            printf("%s%s\n", same, lists->expected[i] + strspn(lists->expected[i], " "));
            i++;
            j++;
        } else if (j == lists->m || (both && lists->common[i + 1][j] >= lists->common[i][j + 1])) {
            if (missing)
                printf("%s%s\n", missing, lists->expected[i] + strspn(lists->expected[i], " "));
            i++;
        } else {
            printf("%s%s\n", more, lists->said[j++]);
        }
    }
}

static void compare_lists(struct run *run, const struct section *section) {
    struct lists *lists = calloc(1, sizeof *lists);
    if (!lists)
        abort();
    list_said(run, lists);
    list_expected(run, section, lists);
    measure(lists);
    bool same = lists->n == lists->m && lists->common[0][0] == lists->n;
    if (run->accept) {
        print_lists(lists, "    ", NULL, "    ");
    } else if (!same) {
        fail(run, section->first, "- was expected, + was said");
        print_lists(lists, "          ", "        - ", "        + ");
    }
    for (int i = 0; i < lists->n; i++)
        free(lists->expected[i]);
    for (int i = 0; i < lists->m; i++)
        free(lists->said[i]);
    free(lists);
}

/* ---- questions ---- */

/* "why anna calls 2026-03-02 = quiet" */
static void ask_why(struct run *run, int number, char **words, int n) {
    struct engine_rep rep;
    pace_day day;
    const char *found = "none";
    if (n != 6 || day_parse(view_of(words[3]), &day)) {
        fail(run, number, "expected: why REP INDICATOR DAY = STATE");
        return;
    }
    int err = engine_rep_on(run->engine, view_of(words[1]), day, &rep);
    for (int i = 0; !err && i < rep.n_streams; i++)
        if (view_equal(rep.streams[i].indicator, view_of(words[2])))
            found = stream_state_name(rep.streams[i].state);
    if (err)
        found = pace_strerror(err);
    if (strcmp(found, words[5]))
        fail(run, number, "why %s %s %s: expected %s, is %s", words[1], words[2], words[3], words[5], found);
}

/* As the daemon would answer: what promises come to isn't tallied. */
static int64_t main_count(struct run *run, char **words, pace_day day) {
    int64_t count = 0;
    engine_tally(run->engine, view_of(words[1]), view_of(strcmp(words[2], "-") ? words[2] : ""), day, &count, NULL);
    return count;
}

/* "count anna calls 2026-03-02 = 8", also of a range of days; "trials", "unknown" and "moved" ask for other parts (series.h) */
static void ask_count(struct run *run, int number, char **words, int n) {
    static const struct {
        const char *name;
        enum series_part part;
    } parts[] = {{"count", PART_MAIN}, {"trials", PART_TRIALS}, {"unknown", PART_UNKNOWN}, {"moved", PART_MOVED}};
    const struct fold *fold = run->engine->fold;
    size_t p = 0;
    pace_day from, to;
    while (strcmp(parts[p].name, words[0]))
        p++;
    if (n != 6 || !read_days(words[3], &from, &to)) {
        fail(run, number, "expected: %s REP INDICATOR DAY = NUMBER", words[0]);
        return;
    }
    uint32_t rep = people_find(fold->people, view_of(words[1]));
    int series = strcmp(words[2], "-") ? -1 : SERIES_PRESENCE;
    for (int i = 0; i < fold->config->n_indicators; i++)
        if (!strcmp(fold->config->indicators[i].name, words[2]))
            series = series_of(i, parts[p].part);
    int64_t count = 0;
    for (pace_day day = from; rep != REP_NONE && series >= 0 && day <= to; day++)
        count += p ? tally_get(fold->tally, rep, series, day) : main_count(run, words, day);
    bool none = rep == REP_NONE || series < 0;
    if (none ? strcmp(words[5], "none") : count != strtoll(words[5], NULL, 10) || !strcmp(words[5], "none"))
        fail(run, number, "%s %s %s %s: expected %s, is %" PRId64 "%s", words[0], words[1], words[2], words[3], words[5], count,
             none ? " (no such rep or indicator)" : "");
}

/* "8", or "7.9..8.1" */
static bool in_range(const char *expected, double found) {
    const char *dots = strstr(expected, "..");
    double low = strtod(expected, NULL), high = dots ? strtod(dots + 2, NULL) : low;
    return found > low - 1e-9 && found < high + 1e-9;
}

/* "hours anna 2026-03-02 = 0.5": full scheduled days */
static void ask_hours(struct run *run, int number, char **words, int n) {
    const struct people *people = run->engine->fold->people;
    pace_day day;
    if (n != 5 || day_parse(view_of(words[2]), &day) || people_find(people, view_of(words[1])) == REP_NONE) {
        fail(run, number, "expected: hours REP DAY = NUMBER, of a rep that is known");
        return;
    }
    double hours = people_hours(people, people_find(people, view_of(words[1])), day);
    if (!in_range(words[4], hours))
        fail(run, number, "hours %s %s: expected %s, is %g", words[1], words[2], words[4], hours);
}

/* "rate anna calls 2026-03-02 = 7.9..8.1": a number of the stream, as "why" would show it */
static void ask_stream(struct run *run, int number, char **words, int n) {
    struct engine_rep rep;
    pace_day day;
    if (n != 6 || day_parse(view_of(words[3]), &day)) {
        fail(run, number, "expected: %s REP INDICATOR DAY = LOW..HIGH", words[0]);
        return;
    }
    int err = engine_rep_on(run->engine, view_of(words[1]), day, &rep);
    for (int i = 0; !err && i < rep.n_streams; i++) {
        const struct engine_stream *at = &rep.streams[i];
        if (!view_equal(at->indicator, view_of(words[2])))
            continue;
        double found = !strcmp(words[0], "rate") ? at->rate : !strcmp(words[0], "expected") ? at->expected : at->exposure;
        if (!in_range(words[5], found))
            fail(run, number, "%s %s %s %s: expected %s, is %g", words[0], words[1], words[2], words[3], words[5], found);
        return;
    }
    fail(run, number, "there is no such stream: %s", err ? pace_strerror(err) : words[2]);
}

/* What "events" counts: those of the day of which `indicator` made `what`; "all"; "bulk". */
struct tallied {
    const char *indicator, *what;
    int n;
};

static void tally_told(void *arg, const struct engine_event *told) {
    struct tallied *tallied = arg;
    bool hit = !strcmp(tallied->what, "all") || (told->bulk && !strcmp(tallied->what, "bulk"));
    for (int i = 0; !hit && i < told->config->n_indicators; i++)
        hit = !strcmp(told->config->indicators[i].name, tallied->indicator) &&
              !strcmp(measure_reason_name(told->verdicts[i].reason), tallied->what);
    tallied->n += hit;
}

/* "events anna calls 2026-03-02 automatic = 3" */
static void ask_events(struct run *run, int number, char **words, int n) {
    struct tallied tallied = {words[2], words[4], 0};
    pace_day day;
    int total;
    if (n != 7 || day_parse(view_of(words[3]), &day)) {
        fail(run, number, "expected: events REP INDICATOR DAY all|bulk|REASON = NUMBER");
        return;
    }
    int err = engine_events(run->engine, view_of(words[1]), day, 0, ENGINE_EVENTS_MAX, tally_told, &tallied, &total);
    if (err || tallied.n != atoi(words[6]))
        fail(run, number, "events %s %s %s %s: expected %s, is %d %s", words[1], words[2], words[3], words[4], words[6],
             tallied.n, err ? pace_strerror(err) : "");
}

/* "source dialer missing = 2" */
static void ask_source(struct run *run, int number, char **words, int n) {
    struct source_facts facts;
    int s = 0;
    while (n == 5 && !engine_source(run->engine, s, &facts) && !view_equal(facts.name, view_of(words[1])))
        s++;
    if (n != 5 || engine_source(run->engine, s, &facts)) {
        fail(run, number, "expected: source NAME FIELD = NUMBER, of a source that is known");
        return;
    }
    const struct {
        const char *name;
        uint64_t value;
    } values[] = {{"events", facts.events}, {"conflicts", facts.conflicts}, {"missing", facts.missing},
                  {"gaps", (uint64_t)facts.gaps}, {"recorded", facts.recorded}, {"late", facts.late[0]}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (!strcmp(values[i].name, words[2])) {
            if (values[i].value != strtoull(words[4], NULL, 10))
                fail(run, number, "source %s %s: expected %s, is %" PRIu64, words[1], words[2], words[4], values[i].value);
            return;
        }
    fail(run, number, "a source has no %s", words[2]);
}

/* "status conflicts = 1" */
static void ask_status(struct run *run, int number, char **words, int n) {
    struct engine_status s;
    engine_status(run->engine, &s);
    const struct {
        const char *name;
        uint64_t value;
    } values[] = {{"accepted", s.accepted}, {"duplicates", s.duplicates}, {"superseded", s.superseded},
                  {"conflicts", s.conflicts}, {"alerts", s.alerts}, {"dropped", s.dropped}, {"open_cases", s.open_cases},
                  {"reps", (uint64_t)s.reps}, {"teams", (uint64_t)s.teams}, {"sources", (uint64_t)s.sources}};
    for (size_t i = 0; n == 4 && i < sizeof values / sizeof *values; i++)
        if (!strcmp(values[i].name, words[1])) {
            if (values[i].value != strtoull(words[3], NULL, 10))
                fail(run, number, "status %s: expected %s, is %" PRIu64, words[1], words[3], values[i].value);
            return;
        }
    fail(run, number, "expected: status accepted|duplicates|... = NUMBER");
}

/* "text 3 contains \"since Monday\"", or lacks */
static void ask_text(struct run *run, int number, const char *line) {
    unsigned alert_number;
    char verb[16], wanted[300], *text;
    struct alert alert;
    if (sscanf(line, " text %u %15s \"%299[^\"]\"", &alert_number, verb, wanted) != 3) {
        fail(run, number, "expected: text NUMBER contains|lacks \"...\"");
        return;
    }
    if (engine_alert(run->engine, alert_number, &alert)) {
        fail(run, number, "there is no alert %u", alert_number);
        return;
    }
    text = strndup(alert.text.at, alert.text.len);
    if (text && (strstr(text, wanted) != NULL) != !strcmp(verb, "contains"))
        fail(run, number, "the text of %u %s \"%s\":\n        %s", alert_number,
             strcmp(verb, "contains") ? "has" : "lacks", wanted, text);
    free(text);
}

/* says anna calls 2026-03-02 "of the 20 scheduled days": what "why" says of that stream has that in it */
static void ask_says(struct run *run, int number, const char *line) {
    char who[64], what[64], on[16], wanted[300];
    struct engine_rep rep;
    pace_day day;
    if (sscanf(line, " says %63s %63s %15s \"%299[^\"]\"", who, what, on, wanted) != 4 || day_parse(view_of(on), &day)) {
        fail(run, number, "expected: says REP INDICATOR DAY \"...\"");
        return;
    }
    int err = engine_rep_on(run->engine, view_of(who), day, &rep);
    for (int i = 0; !err && i < rep.n_streams; i++)
        if (view_equal(rep.streams[i].indicator, view_of(what))) {
            if (!strstr(rep.streams[i].text, wanted))
                fail(run, number, "of %s %s %s it isn't said \"%s\":\n        %s", who, what, on, wanted, rep.streams[i].text);
            return;
        }
    fail(run, number, "there is no such stream: %s", err ? pace_strerror(err) : what);
}

/* "case 1 = committed": what became of the case; "case 1 = raised coach 2026-03-09": and its next step, and by when */
static void ask_case(struct run *run, int number, char **words, int n) {
    struct engine_case found;
    char told[ALERT_LINE_SIZE], day[DAY_TEXT_SIZE], wanted[ALERT_LINE_SIZE] = "";
    uint64_t asked = n > 3 ? strtoull(words[1], NULL, 10) : 0;
    int err = engine_case(run->engine, asked, view_of(NULL), &found);
    if (err || found.number != asked || strcmp(words[2], "=") != 0) {
        fail(run, number, "expected: case NUMBER = STATE [STEP DAY], and that there is such a case");
        return;
    }
    const struct case_outcome *out = &found.of.outcome;
    snprintf(told, sizeof told, "%s", case_state_name(out->state));
    for (int p = 0; n > 4 && p < out->n_pending; p++)
        add(told, " %s %s", case_step_name(out->pending[p].step), day_format(out->pending[p].due, day));
    for (int w = 3; w < n; w++)
        add(wanted, "%s%s", w > 3 ? " " : "", words[w]);
    if (strcmp(told, wanted) != 0)
        fail(run, number, "case %s: expected %s, is %s", words[1], wanted, told);
}

/* "history 1 = slipped coached recovered": what happened with the case, in order */
static void ask_history(struct run *run, int number, char **words, int n) {
    struct engine_case found;
    char told[ALERT_LINE_SIZE] = "", wanted[ALERT_LINE_SIZE] = "";
    uint64_t asked = n > 3 ? strtoull(words[1], NULL, 10) : 0;
    int err = engine_case(run->engine, asked, view_of(NULL), &found);
    if (err || found.number != asked || strcmp(words[2], "=") != 0) {
        fail(run, number, "expected: history NUMBER = WHAT ..., and that there is such a case");
        return;
    }
    for (int m = 0; m < found.of.n_marks && found.of.marks[m].day <= found.as_of; m++)
        add(told, "%s%s", m ? " " : "", case_event_name(found.of.marks[m].event));
    for (int w = 3; w < n; w++)
        add(wanted, "%s%s", w > 3 ? " " : "", words[w]);
    if (strcmp(told, wanted) != 0)
        fail(run, number, "history %s: expected %s, is %s", words[1], wanted, told);
}

/* "manager 1 = kim": whom the alert is told to */
static void ask_manager(struct run *run, int number, char **words, int n) {
    struct alert alert;
    if (n != 4 || engine_alert(run->engine, strtoull(words[1], NULL, 10), &alert)) {
        fail(run, number, "expected: manager NUMBER = NAME, and that there is such an alert");
        return;
    }
    if (!view_equal(alert.manager, view_of(words[3])))
        fail(run, number, "alert %s: expected to be told to %s, is to %.*s", words[1], words[3],
             (int)alert.manager.len, alert.manager.at ? alert.manager.at : "");
}

/* "chance 1 = 700..760": in so many days chance does it once among all that the manager has under watch (alert.h, manager_days) */
static void ask_chance(struct run *run, int number, char **words, int n) {
    struct alert alert;
    if (n != 4 || engine_alert(run->engine, strtoull(words[1], NULL, 10), &alert))
        fail(run, number, "expected: chance NUMBER = LOW..HIGH, and that there is such an alert");
    else if (!in_range(words[3], alert.manager_days))
        fail(run, number, "chance %s: expected %s, is %g", words[1], words[3], alert.manager_days);
}

static void run_question(struct run *run, int number, const char *line) {
    static const struct {
        const char *name;
        void (*ask)(struct run *run, int number, char **words, int n);
    } questions[] = {{"why", ask_why},       {"count", ask_count},     {"trials", ask_count},
                     {"unknown", ask_count}, {"moved", ask_count},     {"hours", ask_hours},
                     {"rate", ask_stream},   {"expected", ask_stream}, {"exposure", ask_stream},
                     {"events", ask_events}, {"source", ask_source},   {"status", ask_status},
                     {"case", ask_case},     {"history", ask_history}, {"manager", ask_manager},
                     {"chance", ask_chance}};
    char *words[SCENARIO_TOKENS_MAX], *copy = line_copy(line);
    int n = copy ? split(copy, words) : 0;
    size_t q = 0, known = sizeof questions / sizeof *questions;
    while (n && q < known && strcmp(questions[q].name, words[0]))
        q++;
    if (n && q < known)
        questions[q].ask(run, number, words, n);
    else if (n && !strcmp(words[0], "text"))
        ask_text(run, number, line);
    else if (n && !strcmp(words[0], "says"))
        ask_says(run, number, line);
    else
        fail(run, number, "not an alert or a question: %s", line);
    free(copy);
}

static void run_expect(struct run *run, const struct section *section) {
    compare_lists(run, section);
    for (int l = section->first; !run->accept && l < section->first + section->n; l++)
        if (!is_blank(run->scenario.lines[l]) && !is_alert_line(run->scenario.lines[l]))
            run_question(run, l + 1, run->scenario.lines[l]);
}

/* ---- promises that every scenario must keep ---- */

/* The engine's canonical dump as one text. */
struct dump {
    char *text;
    size_t len, size;
};

static void dump_line(void *arg, const char *line) {
    struct dump *dump = arg;
    size_t n = strlen(line);
    if (dump->len + n + 2 > dump->size) {
        dump->size = 2 * (dump->len + n + 2);
        dump->text = realloc(dump->text, dump->size);
        if (!dump->text)
            abort();
    }
    memcpy(dump->text + dump->len, line, n);
    dump->len += n + 1;
    memcpy(dump->text + dump->len - 1, "\n", 2);
}

static struct dump dump_of(struct run *run, struct engine *engine, const char *how) {
    struct dump dump = {0};
    int err = engine_dump(engine, dump_line, &dump);
    if (err)
        fail(run, 0, "%s: the state can't be dumped: %s", how, pace_strerror(err));
    dump_line(&dump, "end");
    return dump;
}

/* Says where two dumps part. */
static void check_dump(struct run *run, struct engine *engine, const struct dump *expected, const char *how) {
    struct dump dump = dump_of(run, engine, how);
    const char *a = expected->text, *b = dump.text;
    while (*a && !strncmp(a, b, strcspn(a, "\n") + 1)) {
        b += strcspn(a, "\n") + 1;
        a += strcspn(a, "\n") + 1;
    }
    if (*a)
        fail(run, 0, "%s gives another state:\n        - %.*s\n        + %.*s", how, (int)strcspn(a, "\n"), a,
             (int)strcspn(b, "\n"), b);
    free(dump.text);
}

#define READ_ONLY UINT64_MAX

static void check_reopened(struct run *run, const struct dump *expected, uint64_t alerts, const char *how) {
    struct engine *engine = NULL;
    bool read_only = alerts == READ_ONLY;
    int err = open_engine(run, run->kv, read_only, ENGINE_EVENTS, &engine);
    if (err)
        fail(run, 0, "%s: %s", how, pace_strerror(err));
    else
        check_dump(run, engine, expected, how);
    if (!err && !read_only && engine_last_alert(engine) != alerts)
        fail(run, 0, "%s: %" PRIu64 " alerts, there were %" PRIu64, how, engine_last_alert(engine), alerts);
    engine_destroy(&engine);
}

static void shuffle(struct plan *plan) {
    for (int i = plan->n - 1; i > 0; i--) {
        int j = (int)(XXH3_64bits_withSeed(&i, sizeof i, SHUFFLE_SEED) % (uint64_t)(i + 1));
        struct planned other = plan->list[i];
        plan->list[i] = plan->list[j];
        plan->list[j] = other;
    }
}

/* What was accepted, in the plan's order by now; `from` to `to`. */
static int take_again(struct engine *engine, const struct plan *plan, int from, int to) {
    int err = 0;
    for (int i = from; !err && i < to; i++) {
        struct drafted drafted;
        struct engine_answer answer;
        if (plan->list[i].line->is_clock || plan->list[i].line->verdict == VERDICT_REJECTED)
            continue;
        draft_event(&plan->list[i], &drafted);
        err = engine_take(engine, &drafted.event, &answer);
        if (!err && answer.verdict == VERDICT_REJECTED)
            err = -EINVAL;
    }
    return err;
}

/* Half of the events before any day closes, the others late. */
static void check_shuffled(struct run *run, const struct dump *expected, int64_t now_us) {
    struct kv *kv = kv_mem_create();
    struct engine *engine = NULL;
    shuffle(&run->plan);
    int err = kv ? open_engine(run, kv, false, ENGINE_WALL, &engine) : -ENOMEM;
    err = err ? err : engine_move_clock(engine, now_us - DAY_US);
    err = err ? err : take_again(engine, &run->plan, 0, run->plan.n / 2);
    err = err ? err : engine_move_clock(engine, now_us);
    err = err ? err : take_again(engine, &run->plan, run->plan.n / 2, run->plan.n);
    err = err ? err : engine_refold_finish(engine);
    if (err)
        fail(run, 0, "in another order: %s", pace_strerror(err));
    else
        check_dump(run, engine, expected, "another order of arrival");
    engine_destroy(&engine);
    kv_destroy(&kv);
}

/* Two days on: whatever came late is settled by then. */
static void check_promises(struct run *run) {
    uint64_t bad = 0;
    int64_t later_us = engine_now(run->engine) + 2 * DAY_US;
    int err = engine_now(run->engine) == TIME_NONE ? -EINVAL : engine_move_clock(run->engine, later_us);
    err = err ? err : commit_all(run->engine);
    if (err)
        fail(run, 0, "two days later: %s", pace_strerror(err));
    if (engine_check_alerts(run->engine, &bad))
        fail(run, 0, "alert %" PRIu64 " is damaged", bad);
    struct dump dump = dump_of(run, run->engine, "the story");
    uint64_t alerts = engine_last_alert(run->engine);
    bool dropped = engine_kept_since(run->engine) != DAY_NONE;
    engine_destroy(&run->engine);
    check_reopened(run, &dump, alerts, "a restart");
    check_reopened(run, &dump, READ_ONLY, "the log alone");
    if (!dropped) /* what was told once and is gone can't come again */
        check_shuffled(run, &dump, later_us);
    free(dump.text);
}

/* ---- one scenario ---- */

static int run_section(struct run *run, const struct section *section) {
    switch (section->kind) {
    case SECTION_CONFIG:
        return run_config(run, section);
    case SECTION_EVENTS:
        return run->engine ? run_events(run, section) : -EINVAL;
    case SECTION_EXPECT:
        run_expect(run, section);
        return 0;
    }
    return -EINVAL;
}

/* For --accept: everything as it stands, but for the alerts, which run_section prints as they are. */
static int print_section(struct run *run, const struct section *section) {
    const struct scenario *s = &run->scenario;
    for (int l = section == s->sections ? 0 : section->first - 1; l < section->first; l++)
        printf("%s\n", s->lines[l]);
    int err = run_section(run, section);
    for (int l = section->first; l < section->first + section->n; l++)
        if (section->kind != SECTION_EXPECT || !is_alert_line(s->lines[l]))
            printf("%s\n", s->lines[l]);
    return err;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void run_clear(struct run *run) {
    engine_destroy(&run->engine);
    kv_destroy(&run->kv);
    for (int i = 0; i < run->n_configs; i++)
        config_destroy(&run->configs[i]);
    free(run->plan.list);
    scenario_clear(&run->scenario);
}

/* Returns the number of failures. */
static int run_file(const char *path, struct zone_table *zones, bool accept, bool texts) {
    struct run run = {.zones = zones, .accept = accept, .kv = kv_mem_create()};
    int64_t begun_ms = now_ms();
    int err = 0;
    if (!scenario_read(path, zones, &run.scenario)) {
        printf("    %s\n", run.scenario.error);
        run.failures++;
    }
    for (int i = 0; !run.failures && !err && i < run.scenario.n_sections; i++)
        err = (accept ? print_section : run_section)(&run, &run.scenario.sections[i]);
    if (err)
        fail(&run, 0, "%s", pace_strerror(err));
    if (texts)
        print_texts(&run);
    int64_t story_ms = now_ms() - begun_ms;
    if (!err && run.engine && !accept)
        check_promises(&run);
    int failures = run.failures;
    if (!accept)
        printf("%s %s: %d events, %" PRIu64 " alerts, %" PRId64 " ms + %" PRId64 " ms of promises\n",
               failures ? "FAIL" : "ok  ", path, run.plan.n, run.told, story_ms, now_ms() - begun_ms - story_ms);
    run_clear(&run);
    return failures;
}

static int is_scenario(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && !strcmp(dot, ".scenario");
}

static int run_folder(const char *folder, struct zone_table *zones, int *ret_files) {
    struct dirent **entries;
    int n = scandir(folder, &entries, is_scenario, alphasort), failures = 0;
    for (int i = 0; i < n; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        failures += run_file(path, zones, false, false) > 0;
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    *ret_files = n;
    return failures;
}

int main(int argc, char **argv) {
    struct zone_table *zones = zone_table_create();
    bool accept = argc > 1 && !strcmp(argv[1], "--accept"), texts = argc > 1 && !strcmp(argv[1], "--texts");
    int first = 1 + (accept || texts), failures = 0, files = argc - first;
    if (!zones)
        return 1;
    for (int i = first; i < argc; i++)
        failures += run_file(argv[i], zones, accept, texts) > 0;
    if (files == 0)
        failures = run_folder("tests/replay/scenarios", zones, &files);
    if (!accept)
        printf("%d scenarios, %d failed (shuffled with seed %d)\n", files, failures, SHUFFLE_SEED);
    zone_table_destroy(&zones);
    return failures > 0 || files <= 0;
}
