#include "validity_print.h"

#include "answer.h"
#include "ctl.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_SIZE = 80 };

static void set_text(json_t *row, const char *member, const char *text) {
    json_object_set_new(row, member, json_string(text));
}

static json_t *row_of(const json_t *one) {
    char text[CELL_SIZE];
    json_t *row = json_copy((json_t *)one);
    if (!json_is_number(json_object_get(one, "strength"))) {
        json_object_set_new(row, "lag_weeks", json_null());
        return row;
    }
    snprintf(text, sizeof text, "%.2f", answer_real(one, "strength"));
    set_text(row, "strength", text);
    snprintf(text, sizeof text, "%.2f to %.2f", answer_real(one, "low"), answer_real(one, "high"));
    set_text(row, "interval", text);
    snprintf(text, sizeof text, "%.1f %%", 100 * answer_real(one, "chance"));
    set_text(row, "chance", text);
    return row;
}

static void print_table(const json_t *answer) {
    static const struct answer_column columns[] = {
        {"indicator", "indicator", 0}, {"verdict", "verdict", 0}, {"lag", "lag_weeks", 1}, {"strength", "strength", 1},
        {"95 %", "interval", 1},       {"by chance", "chance", 1}, {"rep-weeks", "rep_weeks", 1},
    };
    json_t *rows = json_array(), *one;
    size_t i;
    json_array_foreach(json_object_get(answer, "indicators"), i, one) {
        if (answer_count(one, "rep_weeks"))
            json_array_append_new(rows, row_of(one));
    }
    answer_table(rows, columns, sizeof columns / sizeof *columns);
    json_decref(rows);
}

/* ---- sentences ---- */

/* "demos (demos given)", or the name alone where the label says no more. */
static void put_name(FILE *stream, const json_t *one) {
    const char *name = answer_text(one, "indicator"), *label = answer_text(one, "label");
    fputs(name, stream);
    if (strcmp(name, label) != 0)
        fprintf(stream, " (%s)", label);
}

static void put_strength(FILE *stream, const json_t *one) {
    fprintf(stream, "strength %.2f, 95 %%: %.2f to %.2f", answer_real(one, "strength"), answer_real(one, "low"),
            answer_real(one, "high"));
}

static void put_found(FILE *stream, const json_t *answer, const json_t *one, const char *more) {
    int lag = (int)answer_count(one, "lag_weeks");
    double chance = 100 * answer_real(one, "chance");
    fprintf(stream, "A rep's better weeks in it are followed by %s %s than the rep's others, ", more, answer_text(answer, "result"));
    fprintf(stream, lag == 1 ? "a week later (" : "%d weeks later (", lag);
    put_strength(stream, one);
    fputs("). Chance alone makes as much somewhere in this table ", stream);
    fprintf(stream, chance < .1 ? "less than once in a thousand times." : "in %.1f %% of all cases.", chance);
}

static void put_predicts(FILE *stream, const json_t *answer, const json_t *one) {
    fprintf(stream, "predicts %s. ", answer_text(answer, "result"));
    put_found(stream, answer, one, "more");
}

static void put_against(FILE *stream, const json_t *answer, const json_t *one) {
    fputs("goes the other way. ", stream);
    put_found(stream, answer, one, "less");
    fputs(" Ask what it makes people do before anybody is held to it.", stream);
}

static void put_nothing(FILE *stream, const json_t *answer, const json_t *one) {
    char weeks[TEXT_NUMBER_SIZE];
    int lags = (int)answer_count(answer, "lags");
    fprintf(stream, "predicts nothing worth knowing. %s weeks of %d reps would show a strength of 0.1",
            text_number(answer_count(one, "rep_weeks"), weeks), (int)answer_count(one, "reps"));
    fprintf(stream, lags == 1 ? ", and there is none a week later." : ", and there is none up to %d weeks later.", lags);
}

static void put_too_few(FILE *stream, const json_t *answer, const json_t *one) {
    char weeks[TEXT_NUMBER_SIZE], needed[TEXT_NUMBER_SIZE];
    (void)answer;
    fprintf(stream, "can't be told yet. %s weeks of %d reps are too few", text_number(answer_count(one, "rep_weeks"), weeks),
            (int)answer_count(one, "reps"));
    if (!json_is_number(json_object_get(one, "rep_weeks_needed"))) {
        fputs(", whatever they show: it takes eight reps or more.", stream);
        return;
    }
    fputs(" (", stream);
    put_strength(stream, one);
    fprintf(stream, "); if it goes on like that, about %s would tell.",
            text_number((uint64_t)(answer_real(one, "rep_weeks_needed") + .5), needed));
}

static const struct {
    const char *verdict;
    void (*put)(FILE *stream, const json_t *answer, const json_t *one);
} sentences[] = {
    {"predicts", put_predicts}, {"against", put_against}, {"nothing", put_nothing}, {"too_few", put_too_few}};

static void put_sentence(FILE *stream, const json_t *answer, const json_t *one) {
    put_name(stream, one);
    fputs(": ", stream);
    for (size_t s = 0; s < sizeof sentences / sizeof *sentences; s++)
        if (strcmp(answer_text(one, "verdict"), sentences[s].verdict) == 0)
            sentences[s].put(stream, answer, one);
}

/* Those whose reps have no such result, as a development rep's calls have none of the deals that others win. */
static void put_unpaired(FILE *stream, const json_t *answer) {
    const json_t *one;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(answer, "indicators"), i, one) {
        if (answer_count(one, "rep_weeks") == 0)
            fprintf(stream, "%s%s", n++ ? ", " : "", answer_text(one, "indicator"));
    }
    if (n)
        fprintf(stream, ": nothing can be said, since no rep who has %s has %s often enough. --result names another.",
                n == 1 ? "it" : "them", answer_text(answer, "result"));
}

static void put_header(FILE *stream, const json_t *answer) {
    char total[TEXT_NUMBER_SIZE];
    if (answer_real(answer, "total") <= 0) {
        fprintf(stream, "No result in this history: nothing of %s, so nothing can be said of what predicts it.",
                strncmp(answer_text(answer, "result"), "won_", 4) == 0 ? "sales.opportunity.won" : answer_text(answer, "result"));
        return;
    }
    fprintf(stream, "Which indicators foretell %s? %s of it by %d reps, %s to %s; looked at up to %d weeks ahead (a cycle of %d days%s).",
            answer_text(answer, "result"), text_number((uint64_t)(answer_real(answer, "total") + .5), total),
            (int)answer_count(answer, "reps"), answer_text(answer, "first"), answer_text(answer, "last"),
            (int)answer_count(answer, "lags"), (int)answer_count(answer, "cycle_days"),
            strcmp(answer_text(answer, "cycle_from"), "default") == 0 ? ", assumed" : "");
}

static void put_one(FILE *stream, const json_t *answer, const json_t *one) {
    if (answer_count(one, "rep_weeks"))
        put_sentence(stream, answer, one);
}

static void put_rest(FILE *stream, const json_t *answer, const json_t *one) {
    if (one)
        put_unpaired(stream, answer);
    else
        put_header(stream, answer);
}

/* What `put` writes, if anything, and an empty line. */
static void print_paragraph(const json_t *answer, const json_t *one,
                            void (*put)(FILE *stream, const json_t *answer, const json_t *one)) {
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    if (!stream)
        return;
    put(stream, answer, one);
    if (fclose(stream) == 0 && len) {
        text_paragraph(stdout, text, 2, text_width(stdout));
        putchar('\n');
    }
    free(text);
}

void validity_print(const json_t *answer) {
    const json_t *indicators = json_object_get(answer, "indicators"), *one;
    size_t i;
    print_paragraph(answer, NULL, put_rest);
    if (answer_real(answer, "total") > 0) {
        json_array_foreach(indicators, i, one)
            print_paragraph(answer, one, put_one);
        print_paragraph(answer, indicators, put_rest);
        print_table(answer);
    }
}
