/* training.c - `pacectl training [NAME]` and `pacectl growth`: what trainings came to, and what people want to learn. */
#include "answer.h"
#include "control.h"
#include "indicators.h"
#include "spread.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- a paragraph of each training and indicator ---- */

static void put_first(FILE *stream, const json_t *group) {
    int reps = (int)answer_count(group, "reps");
    fprintf(stream, "%s, %s: ", answer_text(group, "training"), answer_text(group, "label"));
    fprintf(stream, reps == 1 ? "one rep" : "%d reps", reps);
    fprintf(stream, strcmp(answer_text(group, "trained"), "managers") == 0 ? " whose manager was trained. " : " trained. ");
    fputs("In the first twenty working days ", stream);
    spread_put(stream, json_object_get(group, "first_change"));
    fputs(". ", stream);
}

static void put_coaching(FILE *stream, const json_t *group) {
    fprintf(stream, "Coached on it since (%d): ", (int)answer_count(group, "coached"));
    spread_put(stream, json_object_get(group, "with_coaching"));
    fprintf(stream, "; not coached (%d): ", (int)answer_count(group, "uncoached"));
    spread_put(stream, json_object_get(group, "without_coaching"));
    fputs(". The difference: ", stream);
    spread_put_points(stream, json_object_get(group, "difference"));
    fputs(". ", stream);
}

static void put_worth(FILE *stream, const json_t *group) {
    const json_t *yield = json_object_get(group, "per_cost");
    char value[TEXT_NUMBER_SIZE], low[TEXT_NUMBER_SIZE], high[TEXT_NUMBER_SIZE];
    if (!json_is_object(yield)) {
        fputs("What it gave for its cost: too few to tell.", stream);
        return;
    }
    fprintf(stream, "For 100 of its cost it gave %s in those days (%s to %s).",
            spread_number(100 * answer_real(yield, "value"), value), spread_number(100 * answer_real(yield, "low"), low),
            spread_number(100 * answer_real(yield, "high"), high));
}

static void put_group(FILE *stream, const json_t *group) {
    if (!json_is_string(json_object_get(group, "indicator"))) {
        fprintf(stream, "%s: it names no indicator, so nothing can be seen of it.", answer_text(group, "training"));
        return;
    }
    put_first(stream, group);
    put_coaching(stream, group);
    put_worth(stream, group);
}

static void print_groups(const json_t *groups) {
    const json_t *group;
    size_t i;
    json_array_foreach(groups, i, group)
        spread_paragraph(group, put_group);
}

/* ---- a line of each person ---- */

static const struct answer_column columns[] = {
    {"training", "training", 0}, {"rep", "rep", 0},           {"day", "day", 0},           {"indicator", "indicator", 0},
    {"before", "before_level", 1}, {"first 20", "first_level", 1}, {"now", "now_level", 1}, {"coached", "sessions", 1},
    {"1 2 4 8 weeks", "marks", 0}, {"", "note", 0},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void set_level(json_t *row, const char *member, const char *span, const char *kind) {
    char text[TEXT_NUMBER_SIZE];
    const json_t *level = json_object_get(json_object_get(row, span), "level");
    json_object_set_new(row, member, json_string(indicators_amount(kind, level, text)));
}

/* "x" done, "-" missed, "." to come. */
static void set_marks(json_t *row) {
    char marks[16] = "";
    const json_t *date;
    size_t i;
    json_array_foreach(json_object_get(row, "dates"), i, date) {
        const char *state = answer_text(date, "state");
        if (strlen(marks) + 3 < sizeof marks)
            strcat(marks, strcmp(state, "done") == 0 ? "x " : strcmp(state, "missed") == 0 ? "- " : ". ");
    }
    json_object_set_new(row, "marks", json_string(marks));
}

static void print_rows(json_t *rows, const json_t *indicators) {
    json_t *row;
    size_t i;
    json_array_foreach(rows, i, row) {
        const char *kind = indicators_kind(indicators, answer_text(row, "indicator"));
        set_level(row, "before_level", "before", kind);
        set_level(row, "first_level", "first", kind);
        set_level(row, "now_level", "now", kind);
        set_marks(row);
        json_object_set_new(row, "note", json_string(answer_is(row, "fading") ? "fading: half of it gone" : ""));
    }
    answer_table(rows, columns, COLUMNS);
}

int command_training(struct ctl *ctl) {
    json_t *request = json_pack("{ss}", "cmd", "training"), *reply = NULL, *indicators = NULL;
    if (ctl->n_words)
        json_object_set_new(request, "training", json_string(ctl->words[0]));
    int code = control_ask_once(ctl, request, &reply);
    code = code ? code : indicators_ask(ctl, &indicators);
    if (code)
        ; /* told */
    else if (ctl->json) {
        code = control_print_json(reply);
    } else if (!json_array_size(json_object_get(reply, "items"))) {
        puts(ctl->n_words ? "Nobody was in that training." : "Nobody was trained.");
    } else {
        print_groups(json_object_get(reply, "trainings"));
        print_rows(json_object_get(reply, "items"), indicators);
        putchar('\n');
        text_say(0, "Who is sent to a training often had a bad month before it, and would have come back without it.");
    }
    json_decref(indicators);
    json_decref(reply);
    return code;
}

/* ---- growth ---- */

static const struct answer_column growth_columns[] = {
    {"rep", "rep", 0},           {"since", "day", 0},           {"skill", "skill", 0},
    {"seen", "observations", 1}, {"first", "first_score", 1}, {"now", "newest_score", 1}, {"what", "text", 0},
};

int command_growth(struct ctl *ctl) {
    json_t *reply = NULL;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "growth"), &reply);
    if (code)
        return code;
    if (ctl->json)
        code = control_print_json(reply);
    else if (!json_array_size(json_object_get(reply, "items")))
        puts("Nobody has told a growth goal.");
    else
        answer_table(json_object_get(reply, "items"), growth_columns, sizeof growth_columns / sizeof *growth_columns);
    json_decref(reply);
    return code;
}
