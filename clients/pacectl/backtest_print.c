/* backtest_print.c - see backtest.h: what was found, for people. */
#include "backtest.h"

#include "answer.h"
#include "link.h"
#include "text.h"
#include "warning.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANAGERS_TOLD_MAX = 12, CELL_SIZE = 80 };

static void print_count(const char *label, uint64_t count) {
    char number[TEXT_NUMBER_SIZE];
    printf("  %-26s %12s\n", label, text_number(count, number));
}

static void print_events(const json_t *events) {
    static const struct {
        const char *label, *member;
        bool always;
    } rows[] = {{"events read", "read", true},
                {"  accepted", "accepted", true},
                {"  duplicate", "duplicate", true},
                {"  superseded", "superseded", true},
                {"  rejected", "rejected", true},
                {"  left out (after --to)", "left_out", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].always || answer_count(events, rows[i].member))
            print_count(rows[i].label, answer_count(events, rows[i].member));
}

static void print_totals(const struct backtest *test, const json_t *scores) {
    char number[TEXT_NUMBER_SIZE];
    print_count("days watched", (uint64_t)(answer_real(scores, "watched_days") + .5));
    printf("  %-26s %12s  (one in %.0f watched days)\n", "false alarms to expect",
           text_rate(answer_real(scores, "expected_false_alarms"), number), answer_real(scores, "arl0_days"));
    print_count("slips found", answer_count(scores, "slips"));
    print_count("warnings in all", answer_count(scores, "warnings"));
    print_count("  of them pushed", answer_count(scores, "pushes"));
    if (answer_count(scores, "revised_pushes"))
        printf("  %-26s %12s  (%.1f of 100)\n", "  pushed and later revised",
               text_number(answer_count(scores, "revised_pushes"), number), answer_real(scores, "revised_per_100_pushes"));
    if (isatty(STDOUT_FILENO)) {
        double seconds = (double)(link_now_ms() - test->begun_ms) / 1000 + .001;
        print_count("events per second", (uint64_t)((double)test->counts.read / seconds));
    }
}

/* ---- tables ---- */

static void set_text(json_t *row, const char *member, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void set_text(json_t *row, const char *member, const char *format, ...) {
    char text[CELL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_object_set_new(row, member, json_string(text));
}

/* "3 of 4", or a dash for 0 of 0. */
static void set_share(json_t *row, const char *member, const json_t *from, const char *some, const char *all) {
    if (answer_count(from, all))
        set_text(row, member, "%d of %d", (int)answer_count(from, some), (int)answer_count(from, all));
}

static void print_indicators(const json_t *scores) {
    static const struct answer_column columns[] = {
        {"indicator", "indicator", 0}, {"watched", "days", 1},        {"slips", "slips", 1},
        {"in 500 d", "rate", 1},       {"pushed", "pushes", 1},      {"revised", "revised", 1},
        {"followed", "fell", 1},       {"lead", "lead", 1},
    };
    json_t *rows = json_array(), *one;
    size_t i;
    json_array_foreach(json_object_get(scores, "indicators"), i, one) {
        json_t *row = json_copy(one);
        json_object_set_new(row, "days", json_integer((json_int_t)(answer_real(one, "watched_days") + .5)));
        if (json_is_number(json_object_get(one, "slips_per_500_days")))
            set_text(row, "rate", "%.2f", answer_real(one, "slips_per_500_days"));
        set_share(row, "fell", one, "followed", "judged");
        if (json_is_integer(json_object_get(one, "lead_days")))
            set_text(row, "lead", "%d d", (int)json_integer_value(json_object_get(one, "lead_days")));
        json_array_append_new(rows, row);
    }
    putchar('\n');
    answer_table(rows, columns, sizeof columns / sizeof *columns);
    json_decref(rows);
}

static void print_managers(const json_t *scores) {
    static const struct answer_column columns[] = {
        {"told", "manager", 0},      {"pushed", "pushes", 1},  {"a week", "pushes_rate", 1}, {"most", "pushes_most", 1},
        {"warnings", "warnings", 1}, {"a week", "rate", 1},    {"most", "most", 1},
    };
    json_t *managers = json_object_get(scores, "managers"), *rows = json_array(), *one;
    size_t i;
    json_array_foreach(managers, i, one) {
        json_t *row = json_copy(one);
        set_text(row, "pushes_rate", "%.2f", answer_real(one, "pushes_per_week"));
        set_text(row, "rate", "%.2f", answer_real(one, "warnings_per_week"));
        set_text(row, "pushes_most", "%d", (int)answer_count(one, "most_pushes"));
        set_text(row, "most", "%d", (int)answer_count(one, "most_warnings"));
        if (i < MANAGERS_TOLD_MAX)
            json_array_append(rows, row);
        json_decref(row);
    }
    if (i) {
        putchar('\n');
        answer_table(rows, columns, sizeof columns / sizeof *columns);
    }
    if (i > MANAGERS_TOLD_MAX)
        printf("  and %d more (--json)\n", (int)i - MANAGERS_TOLD_MAX);
    json_decref(rows);
}

/* ---- the result ---- */

static void put_cycle(FILE *stream, const json_t *result) {
    int days = (int)answer_count(result, "cycle_days"), deals = (int)answer_count(result, "cycle_deals");
    if (strcmp(answer_text(result, "cycle_from"), "deals") == 0)
        fprintf(stream, "%d days (from creation to won, the median of %d deals)", days, deals);
    else if (strcmp(answer_text(result, "cycle_from"), "option") == 0)
        fprintf(stream, "%d days (--cycle)", days);
    else
        fprintf(stream, "%d days (assumed: the history doesn't show how long a deal takes; --cycle DAYS says it)", days);
}

static void put_result(FILE *stream, const json_t *result) {
    char total[TEXT_NUMBER_SIZE];
    fprintf(stream, "The result is %s: %s, by %d reps, and the cycle ", answer_text(result, "name"),
            text_number((uint64_t)(answer_real(result, "total") + .5), total), (int)answer_count(result, "reps"));
    put_cycle(stream, result);
    fputs(". ", stream);
}

static void put_judged(FILE *stream, const json_t *result) {
    int judged = (int)answer_count(result, "judged"), base = (int)answer_count(result, "base_judged");
    if (!judged)
        fputs("No warning can be judged by it: each needs some result before it and a whole cycle after it.", stream);
    else
        fprintf(stream, "Of %d warnings that can be judged %d (%.0f %%) were followed by a drop of a quarter or more in the cycle",
                judged, (int)answer_count(result, "followed"), 100 * answer_real(result, "followed_share"));
    if (judged && base)
        fprintf(stream, "; of %d weeks of the same reps without a warning it was %.0f %%", base,
                100 * answer_real(result, "base_share"));
    int lead = (int)json_integer_value(json_object_get(result, "lead_days"));
    if (answer_count(result, "followed"))
        fprintf(stream, ". The drop began %d working days %s the warning (median)", abs(lead), lead < 0 ? "before" : "after");
    fputs(judged ? "." : "", stream);
}

static void print_result(const struct backtest *test, const json_t *result, bool with_verdict) {
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    if (!stream)
        return;
    if (json_is_object(result)) {
        put_result(stream, result);
        if (with_verdict)
            put_judged(stream, result);
    } else
        fprintf(stream, "No result in this history: nothing of %s, so it can't be said which warnings a drop followed.",
                strncmp(test->result, "won_", 4) == 0 ? "sales.opportunity.won" : test->result);
    if (fclose(stream) == 0) {
        putchar('\n');
        text_paragraph(stdout, text, 2, text_width(stdout));
    }
    free(text);
}

void backtest_print(const struct backtest *test, const json_t *result) {
    const json_t *warnings = json_object_get(result, "warnings"), *scores = json_object_get(result, "scores");
    int width = text_width(stdout);
    size_t i;
    json_t *warning;
    json_array_foreach(warnings, i, warning) warning_print(stdout, warning, width);
    if (json_array_size(warnings) == 0)
        puts("No warnings.\n");
    print_events(json_object_get(result, "events"));
    print_totals(test, scores);
    print_indicators(scores);
    print_managers(scores);
    print_result(test, json_object_get(scores, "result"), true);
}

/* ---- runs side by side ---- */

/* What a run's scores say in a row of the comparison. */
static void put_counted(json_t *row, const char *run, const json_t *scores, const char *member) {
    char number[TEXT_NUMBER_SIZE];
    set_text(row, run, "%s", answer_number(scores, member, number));
}

static void put_rated(json_t *row, const char *run, const json_t *scores, const char *member) {
    if (json_is_number(json_object_get(scores, member)))
        set_text(row, run, "%.2f", answer_real(scores, member));
}

static void put_followed(json_t *row, const char *run, const json_t *scores, const char *member) {
    (void)member;
    set_share(row, run, json_object_get(scores, "result"), "followed", "judged");
}

static void put_percent(json_t *row, const char *run, const json_t *scores, const char *member) {
    const json_t *result = json_object_get(scores, "result");
    if (json_is_number(json_object_get(result, member)))
        set_text(row, run, "%.0f %%", 100 * answer_real(result, member));
}

static void put_lead(json_t *row, const char *run, const json_t *scores, const char *member) {
    const json_t *lead = json_object_get(json_object_get(scores, "result"), member);
    if (json_is_integer(lead))
        set_text(row, run, "%d d", (int)json_integer_value(lead));
}

static const struct {
    const char *label, *member;
    void (*put)(json_t *row, const char *run, const json_t *scores, const char *member);
} compared[] = {
    {"false alarms to expect", "expected_false_alarms", put_rated},
    {"slips found", "slips", put_counted},
    {"relapses", "relapses", put_counted},
    {"warnings in all", "warnings", put_counted},
    {"pushed", "pushes", put_counted},
    {"pushed, by manager and week", "pushes_per_manager_week", put_rated},
    {"pushed and later revised", "revised_pushes", put_counted},
    {"followed by a drop of the result", NULL, put_followed},
    {"  of them", "followed_share", put_percent},
    {"  of weeks without a warning", "base_share", put_percent},
    {"lead, in working days", "lead_days", put_lead},
};

void backtest_print_runs(const struct backtest *test, const json_t *result) {
    const json_t *runs = json_object_get(result, "runs"), *run;
    struct answer_column columns[BACKTEST_RUNS_MAX + 1] = {{"one false alarm in", "label", 0}};
    char titles[BACKTEST_RUNS_MAX][CELL_SIZE], names[BACKTEST_RUNS_MAX][8];
    json_t *rows = json_array();
    size_t r;
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
        json_array_append_new(rows, json_pack("{ss}", "label", compared[i].label));
    json_array_foreach(runs, r, run) {
        const json_t *scores = json_object_get(run, "scores");
        snprintf(titles[r], sizeof titles[r], "%.0f days", answer_real(scores, "arl0_days"));
        snprintf(names[r], sizeof names[r], "%d", (int)r);
        columns[r + 1] = (struct answer_column){titles[r], names[r], 1};
        for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
            compared[i].put(json_array_get(rows, i), names[r], scores, compared[i].member);
    }
    answer_table(rows, columns, (int)r + 1);
    json_decref(rows);
    print_result(test, json_object_get(json_object_get(json_array_get(runs, 0), "scores"), "result"), false);
}
