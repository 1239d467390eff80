/*
 * why.c - `pacectl rep`, `pacectl why`: one rep's streams, and why each of them is or isn't
 * warning.
 */
#include "answer.h"
#include "control.h"
#include "text.h"
#include "why_events.h"

#include <inttypes.h>

enum { SENTENCE_SIZE = 600, VALUE_SIZE = 80 };

/* ---- one sentence for each state of a stream ---- */

static void say_plain(const json_t *stream, const char *form, char *ret_sentence) {
    (void)stream;
    snprintf(ret_sentence, SENTENCE_SIZE, "%s", form);
}

static void say_warming_up(const json_t *stream, const char *form, char *ret_sentence) {
    (void)form;
    snprintf(ret_sentence, SENTENCE_SIZE,
             "Warming up: %" PRIu64
             " of the 20 scheduled days that are needed to know what is usual "
             "have been seen.",
             answer_count(stream, "exposure_days"));
}

/* Counts and sums are told per full day, shares in percent, levels as they stand. */
static bool is_share(const json_t *stream) {
    const char *kind = answer_text(stream, "kind");
    return !strcmp(kind, "ratio") || !strcmp(kind, "latency") || !strcmp(kind, "adherence");
}

static bool is_per_day(const json_t *stream) {
    const char *kind = answer_text(stream, "kind");
    return !strcmp(kind, "count") || !strcmp(kind, "sum");
}

/* "42 %", "8.5", "12000 EUR" into a buffer of VALUE_SIZE; returns the buffer. */
static char *value_of(const json_t *stream, const char *member, char *buffer) {
    char number[TEXT_NUMBER_SIZE];
    const json_t *unit = json_object_get(stream, "unit");
    double value = answer_real(stream, member);
    if (is_share(stream))
        snprintf(buffer, VALUE_SIZE, "%s %%", text_rate(100 * value, number));
    else if (json_is_string(unit) && json_string_length(unit))
        snprintf(buffer, VALUE_SIZE, "%s %.32s", text_rate(value, number), json_string_value(unit));
    else
        snprintf(buffer, VALUE_SIZE, "%s", text_rate(value, number));
    return buffer;
}

static void say_slipping(const json_t *stream, const char *form, char *ret_sentence) {
    char before[VALUE_SIZE], after[VALUE_SIZE];
    (void)form;
    snprintf(ret_sentence, SENTENCE_SIZE, "Slipping since %s: from about %s to about %s%s.",
             answer_text(stream, "since"), value_of(stream, "before", before),
             value_of(stream, "after", after), is_per_day(stream) ? " on a full day" : "");
}

static const struct {
    const char *state;
    void (*say)(const json_t *stream, const char *form, char *ret_sentence);
    const char *form;
    enum text_style style;
} states[] = {
    {"not_begun", say_plain, "Not watched yet: no event of this rep has come so far.", TEXT_DIM},
    {"warming_up", say_warming_up, NULL, TEXT_DIM},
    {"quiet", say_plain, "Quiet: nothing that chance would not do as well.", TEXT_GREEN},
    {"too_few", say_plain,
     "Too few to tell: it fell, but at less than one in two days a warning would be a guess. It is "
     "recorded and not pushed.",
     TEXT_YELLOW},
    {"slipping", say_slipping, NULL, TEXT_RED},
    {"pending", say_plain,
     "Waiting: nothing came from this rep on any source. A return within five scheduled days lets "
     "these days count; after a later one the first three days back tell whether it was leave.",
     TEXT_YELLOW},
    {"no_data", say_plain,
     "No data: nothing has come from this rep on any source for five scheduled days or more. "
     "Leave, an outage, or gone?",
     TEXT_YELLOW},
    {"team_shift", say_plain,
     "Held back: the whole team moved at the same time, and that is told once, for the team.",
     TEXT_YELLOW},
    {"free", say_plain, "Not tested: this rep isn't scheduled to work on that day, or nothing was due.",
     TEXT_DIM},
    {"not_fresh", say_plain,
     "Not fresh: next to nothing of this day has been entered by now, as is usual with this rep. It is tested when more of "
     "it is there.",
     TEXT_YELLOW},
    {"on_leave", say_plain,
     "Not tested: a holiday or an absence on record, or not a member of the team that day.", TEXT_DIM},
    {"source_down", say_plain,
     "Unknown: what feeds this was down or isn't complete, so the day says nothing.", TEXT_YELLOW},
};

enum { N_STATES = sizeof states / sizeof states[0] };

static void print_case(const json_t *stream, int width) {
    char text[SENTENCE_SIZE];
    const char *state = answer_text(stream, "state");
    if (strcmp(state, "slipping") != 0 && strcmp(state, "too_few") != 0)
        return;
    uint64_t number = answer_count(stream, "case_number");
    if (number)
        snprintf(text, sizeof text, "Case #%" PRIu64 ".", number);
    else
        snprintf(text, sizeof text, "Its warning gets its number when the day that is under way closes.");
    text_paragraph(stdout, text, 4, width);
}

static void print_state(const json_t *stream, int width) {
    char sentence[SENTENCE_SIZE];
    const char *state = answer_text(stream, "state");
    for (int i = 0; i < N_STATES; i++)
        if (strcmp(states[i].state, state) == 0) {
            states[i].say(stream, states[i].form, sentence);
            text_style(stdout, states[i].style);
            text_paragraph(stdout, sentence, 4, width);
            text_style(stdout, TEXT_PLAIN);
            return;
        }
    text_paragraph(stdout, state, 4, width);
}

/* ---- the numbers behind it ---- */

/* Of a share: successes of so many that were to be decided; of a level: where it stands. */
static void print_day_of_share(const json_t *stream, int width) {
    char text[SENTENCE_SIZE], usual[VALUE_SIZE], number[3][TEXT_NUMBER_SIZE];
    double known = answer_real(stream, "outcome_known");
    if (!is_share(stream))
        snprintf(text, sizeof text, "The day: %s, where %s is usual.",
                 text_rate(answer_real(stream, "count"), number[0]), value_of(stream, "rate", usual));
    else
        snprintf(text, sizeof text,
                 "The day: %s of some %s that were to be decided by then succeeded, where %s is usual.",
                 text_rate(answer_real(stream, "count"), number[0]),
                 text_rate(answer_real(stream, "exposure"), number[1]), value_of(stream, "rate", usual));
    text_paragraph(stdout, text, 4, width);
    if (json_is_null(json_object_get(stream, "outcome_known")) || known >= .995)
        return;
    snprintf(text, sizeof text, "Outcome logged for %s %% of the last 60 days' records; the others are left out.",
             text_rate(100 * known, number[2]));
    text_paragraph(stdout, text, 4, width);
}

static void print_day(const json_t *stream, int width) {
    char text[SENTENCE_SIZE], number[6][TEXT_NUMBER_SIZE];
    if (json_is_null(json_object_get(stream, "expected")))
        return;
    if (!is_per_day(stream)) {
        print_day_of_share(stream, width);
        return;
    }
    snprintf(text, sizeof text,
             "The day: %s where %s were to be expected (usual rate %s on a full day, %s days "
             "scheduled, weekday x %s, team x %s).",
             answer_number(stream, "count", number[0]),
             text_rate(answer_real(stream, "expected"), number[1]),
             text_rate(answer_real(stream, "rate"), number[2]),
             text_rate(answer_real(stream, "exposure"), number[3]),
             text_rate(answer_real(stream, "weekday_factor"), number[4]),
             text_rate(answer_real(stream, "team_factor"), number[5]));
    text_paragraph(stdout, text, 4, width);
}

/* While a case is open nothing is weighed against chance: its end is what is waited for. */
static void print_evidence(const json_t *stream, int width) {
    char text[SENTENCE_SIZE], number[5][TEXT_NUMBER_SIZE];
    if (answer_real(stream, "evidence_days") <= 0)
        return;
    snprintf(
        text, sizeof text,
        "The evidence: chance does this about once in %s working days; a warning needs %s. Its "
        "days vary by more than chance by %s (dispersion), and count for less by %s "
        "(caution); %s days seen.",
        text_rate(answer_real(stream, "evidence_days"), number[0]),
        text_rate(answer_real(stream, "threshold_days"), number[1]),
        text_rate(answer_real(stream, "dispersion"), number[2]),
        text_rate(answer_real(stream, "caution"), number[3]),
        answer_number(stream, "exposure_days", number[4]));
    text_paragraph(stdout, text, 4, width);
}

static void print_stream(const json_t *stream, int width) {
    text_style(stdout, TEXT_BOLD);
    fputs("  ", stdout);
    text_put(stdout, view_of(answer_text(stream, "indicator")));
    text_style(stdout, TEXT_PLAIN);
    putchar('\n');
    print_state(stream, width);
    print_case(stream, width);
    print_day(stream, width);
    print_evidence(stream, width);
    putchar('\n');
}

static void print_head(const json_t *rep, const char *day) {
    static const struct {
        const char *before, *member;
    } parts[] = {{", team ", "team"}, {", ", "role"}, {", manager ", "manager"}, {", ", "tz"}};
    text_style(stdout, TEXT_BOLD);
    text_put(stdout, view_of(answer_text(rep, "name")));
    text_style(stdout, TEXT_PLAIN);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (json_is_string(json_object_get(rep, parts[i].member))) {
            fputs(parts[i].before, stdout);
            text_put(stdout, view_of(answer_text(rep, parts[i].member)));
        }
    printf("\nFirst seen %s, last active %s, days closed to %s.\n", answer_text(rep, "first_day"),
           answer_text(rep, "last_active"), answer_text(rep, "closed_to"));
    if (answer_real(rep, "unscheduled") > .05)
        printf("%.0f %% of the records fall on days that aren't scheduled; those are shown, not tested.\n",
               100 * answer_real(rep, "unscheduled"));
    if (day)
        printf("As it stood when %s was closed.\n", day);
    putchar('\n');
}

/* ---- the commands ---- */

static const struct answer_column stream_columns[] = {
    {"indicator", "indicator", 0},   {"state", "state", 0},   {"usual", "rate", 1},
    {"expected", "expected", 1},     {"counted", "count", 1}, {"evidence", "evidence_days", 1},
    {"needed", "threshold_days", 1}, {"since", "since", 0},
};

enum { STREAM_COLUMNS = sizeof stream_columns / sizeof stream_columns[0] };

int command_rep(struct ctl *ctl) {
    json_t *reply = NULL;
    int code =
        control_ask_once(ctl, json_pack("{ss ss}", "cmd", "rep", "rep", ctl->words[0]), &reply);
    const json_t *rep = json_object_get(reply, "rep");
    if (!code && ctl->json) {
        code = control_print_json(rep);
    } else if (!code) {
        print_head(rep, NULL);
        answer_table(json_object_get(rep, "streams"), stream_columns, STREAM_COLUMNS);
        code = fflush(stdout) ? CTL_NO : CTL_YES;
    }
    json_decref(reply);
    return code;
}

static int print_why(const struct ctl *ctl, const json_t *reply, const char *on) {
    const json_t *rep = json_object_get(reply, "rep");
    int width = text_width(stdout);
    char number[TEXT_NUMBER_SIZE];
    print_head(rep, on);
    size_t i;
    json_t *stream;
    json_array_foreach(json_object_get(rep, "streams"), i, stream) print_stream(stream, width);
    printf("  Events of any kind on %s: %s.\n", answer_text(reply, "day"),
           answer_number(reply, "tally", number));
    if (json_is_array(json_object_get(reply, "events")))
        why_print_events(json_object_get(reply, "events"), ctl->n_words > 1 ? ctl->words[1] : NULL,
                         answer_text(reply, "day"));
    return fflush(stdout) ? CTL_NO : CTL_YES;
}

/* Those of the day that the reply speaks of. */
static int add_events(const struct ctl *ctl, json_t *reply) {
    struct control *control = NULL;
    json_t *items = NULL;
    int code = control_open(ctl, &control);
    if (!code)
        code = why_ask_events(control, ctl->words[0], answer_text(reply, "day"), &items);
    if (!code)
        json_object_set_new(reply, "events", items);
    control_close(&control);
    return code;
}

int command_why(struct ctl *ctl) {
    const char *on = ctl_value(ctl, "--on");
    json_t *reply = NULL, *request = json_pack("{ss ss}", "cmd", "why", "rep", ctl->words[0]);
    if (request && ctl->n_words > 1)
        json_object_set_new(request, "indicator", json_string(ctl->words[1]));
    if (request && on)
        json_object_set_new(request, "on", json_string(on));
    int code = control_ask_once(ctl, request, &reply);
    if (!code && ctl_value(ctl, "--events"))
        code = add_events(ctl, reply);
    if (!code)
        code = ctl->json ? control_print_json(reply) : print_why(ctl, reply, on);
    json_decref(reply);
    return code;
}
