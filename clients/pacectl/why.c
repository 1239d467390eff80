/*
 * why.c - `pacectl rep`, `pacectl why`: one rep's streams, and why each of them is or isn't
 * warning.
 */
#include "answer.h"
#include "control.h"
#include "day.h"
#include "indicators.h"
#include "text.h"
#include "why_events.h"

#include <inttypes.h>

/* ---- the words of each state are the daemon's ---- */

static const struct {
    const char *state;
    enum text_style style;
} styles[] = {
    {"not_begun", TEXT_DIM}, {"warming_up", TEXT_DIM}, {"quiet", TEXT_GREEN},       {"too_few", TEXT_YELLOW},
    {"slipping", TEXT_RED},  {"pending", TEXT_YELLOW}, {"no_data", TEXT_YELLOW},    {"team_shift", TEXT_YELLOW},
    {"free", TEXT_DIM},      {"on_leave", TEXT_DIM},   {"source_down", TEXT_YELLOW}, {"not_fresh", TEXT_YELLOW},
};

static bool is_per_day(const json_t *stream) {
    const char *kind = answer_text(stream, "kind");
    return !strcmp(kind, "count") || !strcmp(kind, "sum");
}

static void print_case(const json_t *stream) {
    const char *state = answer_text(stream, "state");
    if (strcmp(state, "slipping") != 0 && strcmp(state, "too_few") != 0)
        return;
    uint64_t number = answer_count(stream, "case_number");
    if (number)
        text_say(4, "Case #%" PRIu64 ".", number);
    else
        text_say(4, "Its warning gets its number when the day that is under way closes.");
}

static void print_state(const json_t *stream) {
    const char *state = answer_text(stream, "state"), *text = answer_text(stream, "text");
    enum text_style style = TEXT_PLAIN;
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++)
        if (strcmp(styles[i].state, state) == 0)
            style = styles[i].style;
    if (!json_is_string(json_object_get(stream, "text")))
        text = "Not watched yet: no day has been closed since the first record of this rep.";
    text_style(stdout, style);
    text_say(4, "%s", text);
    text_style(stdout, TEXT_PLAIN);
}

/* ---- the numbers behind it ---- */

static void print_outcomes(const json_t *stream) {
    char number[TEXT_NUMBER_SIZE];
    double known = answer_real(stream, "outcome_known");
    if (json_is_null(json_object_get(stream, "outcome_known")) || known >= .995)
        return;
    text_say(4, "Outcome logged for %s %% of the last 60 days' records; the others are left out.",
             text_rate(100 * known, number));
}

static void print_day(const json_t *stream) {
    char number[5][TEXT_NUMBER_SIZE];
    double season = answer_real(stream, "season_factor");
    bool seasonal = season > 0 && season != 1;
    if (json_is_null(json_object_get(stream, "expected")) || answer_real(stream, "exposure") <= 0)
        return;
    if (!is_per_day(stream)) {
        print_outcomes(stream);
        return;
    }
    text_say(4,
             "What was expected: a usual rate of %s on a full day, %s days scheduled, weekday x "
             "%s, team x %s%s%s.",
             text_rate(answer_real(stream, "rate"), number[0]),
             text_rate(answer_real(stream, "exposure"), number[1]),
             text_rate(answer_real(stream, "weekday_factor"), number[2]),
             text_rate(answer_real(stream, "team_factor"), number[3]),
             seasonal ? ", time of the quarter x " : "",
             seasonal ? text_rate(season, number[4]) : "");
}

/* While a case is open nothing is weighed against chance: its end is what is waited for. */
static void print_evidence(const json_t *stream) {
    char number[5][TEXT_NUMBER_SIZE];
    if (answer_real(stream, "evidence_days") <= 0)
        return;
    text_say(
        4,
        "The evidence: chance does this about once in %s working days; a warning needs %s. Its "
        "days vary by more than chance by %s (dispersion), and count for less by %s "
        "(caution); %s days seen.",
        text_rate(answer_real(stream, "evidence_days"), number[0]),
        text_rate(answer_real(stream, "threshold_days"), number[1]),
        text_rate(answer_real(stream, "dispersion"), number[2]),
        text_rate(answer_real(stream, "caution"), number[3]),
        answer_number(stream, "exposure_days", number[4]));
}

/* The stream that tells most of what all tell together, after `than`. */
static const json_t *next_together(const json_t *streams, const json_t *than) {
    const json_t *best = NULL;
    size_t i;
    json_t *stream;
    json_array_foreach(streams, i, stream) {
        double share = answer_real(stream, "together_share");
        bool left = share > 0 && (!than || (stream != than && share <= answer_real(than, "together_share")));
        if (left && (!best || share > answer_real(best, "together_share")))
            best = stream;
    }
    return best;
}

/* Where several indicators went the same way, chance may do little of it although each may be chance. */
static void print_together(const json_t *rep) {
    const json_t *streams = json_object_get(rep, "streams"), *first = next_together(streams, NULL);
    const json_t *second = first ? next_together(streams, first) : NULL;
    char number[TEXT_NUMBER_SIZE];
    if (!second || answer_real(rep, "together_days") < 2)
        return;
    text_say(2,
             "All indicators together: chance does this about once in %s working days; %s and %s "
             "contribute most.",
             text_rate(answer_real(rep, "together_days"), number), answer_text(first, "label"),
             answer_text(second, "label"));
    putchar('\n');
}

static void print_outlook(const json_t *stream) {
    struct text_words words;
    if (!json_is_object(json_object_get(stream, "outlook")) || !text_words_begin(&words))
        return;
    fputs("The target: ", words.to);
    indicators_put_outlook(words.to, stream);
    text_words_print(&words, "", 4);
}

static void print_good(const json_t *stream) {
    char number[TEXT_NUMBER_SIZE];
    if (answer_real(stream, "good_days") < 10)
        return;
    text_say(4,
             "It may have changed for the better: chance does this about once in %s working days.",
             text_rate(answer_real(stream, "good_days"), number));
}

static void print_stream(const json_t *stream) {
    text_style(stdout, TEXT_BOLD);
    fputs("  ", stdout);
    text_put(stdout, view_of(answer_text(stream, "indicator")));
    text_style(stdout, TEXT_PLAIN);
    putchar('\n');
    print_state(stream);
    print_case(stream);
    print_day(stream);
    print_evidence(stream);
    print_good(stream);
    print_outlook(stream);
    putchar('\n');
}

static void print_head(const json_t *rep, const char *day) {
    static const struct {
        const char *before, *member;
    } parts[] = {{", team ", "team"}, {", ", "role"}, {", manager ", "manager"}, {", ", "tz"}};
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (json_is_string(json_object_get(rep, parts[i].member)))
            fprintf(words.to, "%s%s", parts[i].before, answer_text(rep, parts[i].member));
    if (fclose(words.to) == 0)
        text_titled(TEXT_BOLD, answer_text(rep, "name"), "%s", words.text);
    free(words.text);
    text_titled(TEXT_PLAIN, "First seen", " %s, last active %s, days closed to %s.", answer_text(rep, "first_day"),
                answer_text(rep, "last_active"), answer_text(rep, "closed_to"));
    if (answer_real(rep, "unscheduled") > .05)
        text_titled(TEXT_PLAIN, "Of", " the records %.0f %% fall on days that aren't scheduled: shown, not tested.",
                    100 * answer_real(rep, "unscheduled"));
    if (day)
        text_titled(TEXT_PLAIN, "As", " it stood when %s was closed.", day);
    else if (strcmp(answer_text(rep, "day"), answer_text(rep, "closed_to")) != 0)
        text_titled(TEXT_PLAIN, "As", " it stood when %s was closed, the newest working day.", answer_text(rep, "day"));
    putchar('\n');
}

/* ---- the commands ---- */

static const struct answer_column stream_columns[] = {
    {"indicator", "indicator", 0},   {"state", "state", 0},   {"usual", "rate", 1},
    {"expected", "expected", 1},     {"counted", "count", 1}, {"evidence", "evidence_days", 1},
    {"of", "threshold_days", 1}, {"since", "since", 0},
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
        static const char *const amounts[] = {"rate", NULL};
        json_t *stream;
        size_t i;
        json_array_foreach(json_object_get(rep, "streams"), i, stream)
            indicators_tell(stream, answer_text(stream, "kind"), amounts);
        print_head(rep, NULL);
        answer_table(json_object_get(rep, "streams"), stream_columns, STREAM_COLUMNS);
    }
    json_decref(reply);
    return code;
}

static void print_why(const struct ctl *ctl, const json_t *reply, const char *on) {
    const json_t *rep = json_object_get(reply, "rep");
    char number[TEXT_NUMBER_SIZE];
    print_head(rep, on);
    size_t i;
    json_t *stream;
    json_array_foreach(json_object_get(rep, "streams"), i, stream) print_stream(stream);
    print_together(rep);
    printf("  Events of any kind on %s: %s.\n", answer_text(reply, "day"),
           answer_number(reply, "tally", number));
    if (json_object_get(reply, "counted_since"))
        text_titled(TEXT_PLAIN, "",
                    "Nothing before %s counts under this configuration: its records were dropped (store.keep_days) before that came.",
                    answer_text(reply, "counted_since"));
    if (json_is_array(json_object_get(reply, "events")))
        why_print_events(json_object_get(reply, "events"), ctl->n_words > 1 ? ctl->words[1] : NULL,
                         answer_text(reply, "day"));
    if (json_is_array(json_object_get(reply, "events")) && json_object_get(reply, "kept_since"))
        text_titled(TEXT_PLAIN, "", "Events before %s aren't kept any more (store.keep_days)%s.", answer_text(reply, "kept_since"),
                    json_object_get(reply, "counted_since") ? "" : "; what they came to is");
}

/* Those of the day that the reply speaks of. */
static int add_events(const struct ctl *ctl, json_t *reply) {
    json_t *items = NULL;
    int code = control_collect(
        ctl, json_pack("{ss ss ss}", "cmd", "events", "rep", ctl->words[0], "day", answer_text(reply, "day")), &items);
    if (!code)
        json_object_set_new(reply, "events", items);
    return code;
}

int command_why(struct ctl *ctl) {
    const char *on = ctl_value(ctl, "--on");
    pace_day day;
    if (on && day_parse(view_of(on), &day))
        return ctl_fail(CTL_USAGE, "--on: \"%s\" is not a date; write e.g. 2026-03-29", on);
    json_t *reply = NULL, *request = json_pack("{ss ss}", "cmd", "why", "rep", ctl->words[0]);
    if (request && ctl->n_words > 1)
        json_object_set_new(request, "indicator", json_string(ctl->words[1]));
    if (request && on)
        json_object_set_new(request, "on", json_string(on));
    int code = control_ask_once(ctl, request, &reply);
    if (!code && ctl_value(ctl, "--events"))
        code = add_events(ctl, reply);
    if (!code && ctl->json)
        code = control_print_json(reply);
    else if (!code)
        print_why(ctl, reply, on);
    json_decref(reply);
    return code;
}
