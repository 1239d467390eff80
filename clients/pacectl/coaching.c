/*
 * coaching.c - `pacectl coaching`: how often managers talk with their reps, and how evenly.
 */
#include "answer.h"
#include "control.h"
#include "known.h"
#include "text.h"

#include <string.h>

static const struct answer_column columns[] = {
    {"manager", "manager", 0},      {"rep", "rep", 0},           {"talks", "one_on_ones", 1},  {"due", "one_on_ones_due", 1},
    {"last", "last_one_on_one", 0}, {"promises", "promises", 1}, {"kept", "promises_kept", 1}, {"late steps", "reminders", 1},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* The items of one manager, in the order of the answer; the whole list is sorted by manager this way. */
static json_t *by_manager(const json_t *items, const char *only) {
    json_t *sorted = json_array(), *item, *other;
    size_t i, j;
    json_array_foreach(items, i, item) {
        const char *manager = answer_text(item, "manager");
        bool seen = only && strcmp(manager, only) != 0;
        for (size_t k = 0; !seen && k < i; k++)
            seen = !strcmp(answer_text(json_array_get(items, k), "manager"), manager);
        json_array_foreach(items, j, other)
            if (!seen && !strcmp(answer_text(other, "manager"), manager))
                json_array_append(sorted, other);
    }
    return sorted;
}

struct sum {
    const char *manager;
    uint64_t held, due, least, most, late;
    int reps;
};

static void add(struct sum *sum, const json_t *item) {
    uint64_t held = answer_count(item, "one_on_ones");
    sum->least = !sum->reps || held < sum->least ? held : sum->least;
    sum->most = held > sum->most ? held : sum->most;
    sum->held += held;
    sum->due += answer_count(item, "one_on_ones_due");
    sum->late += answer_count(item, "reminders");
    sum->reps++;
}

static json_t *sum_json(const struct sum *sum) {
    return json_pack("{ss si sI sI so sI sI sI}", "manager", sum->manager, "reps", sum->reps, "one_on_ones", (json_int_t)sum->held,
                     "one_on_ones_due", (json_int_t)sum->due, "coverage",
                     sum->due ? json_real((double)sum->held / (double)sum->due) : json_null(), "least", (json_int_t)sum->least, "most",
                     (json_int_t)sum->most, "late_steps", (json_int_t)sum->late);
}

static json_t *sums_of(const json_t *sorted) {
    json_t *sums = json_array(), *item;
    struct sum sum = {0};
    size_t i;
    json_array_foreach(sorted, i, item) {
        if (sum.reps && strcmp(sum.manager, answer_text(item, "manager")) != 0) {
            json_array_append_new(sums, sum_json(&sum));
            sum = (struct sum){0};
        }
        sum.manager = answer_text(item, "manager");
        add(&sum, item);
    }
    if (sum.reps)
        json_array_append_new(sums, sum_json(&sum));
    return sums;
}

static void print_sum(const json_t *sum) {
    char held[TEXT_NUMBER_SIZE], due[TEXT_NUMBER_SIZE], least[TEXT_NUMBER_SIZE], most[TEXT_NUMBER_SIZE];
    uint64_t n = answer_count(sum, "one_on_ones"), n_due = answer_count(sum, "one_on_ones_due");
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    fprintf(words.to, "%s: %s held in the last twelve weeks, %s %s due", answer_text(sum, "manager"),
            answer_things(sum, "one_on_ones", "one-on-one", held), answer_number(sum, "one_on_ones_due", due), n_due == 1 ? "was" : "were");
    if (n && answer_count(sum, "reps") > 1 && answer_count(sum, "least") == answer_count(sum, "most"))
        fprintf(words.to, "; %s with each rep", answer_number(sum, "least", least));
    else if (n && answer_count(sum, "reps") > 1)
        fprintf(words.to, "; from %s to %s with a rep", answer_number(sum, "least", least), answer_number(sum, "most", most));
    fputs(".", words.to);
    text_words_print(&words, "", 0);
}

static void print_sums(const json_t *sums) {
    const json_t *sum;
    size_t i;
    json_array_foreach(sums, i, sum)
        print_sum(sum);
    puts("");
}

int command_coaching(struct ctl *ctl) {
    json_t *items = NULL;
    int code = control_collect(ctl, json_pack("{ss}", "cmd", "coaching"), &items);
    json_t *sorted = by_manager(items, ctl->n_words ? ctl->words[0] : NULL), *sums = sums_of(sorted);
    if (!code && ctl->n_words && !json_array_size(sorted))
        code = known_manager(ctl, ctl->words[0]);
    if (!code && ctl->n_words && !json_array_size(sorted))
        code = ctl_fail(CTL_NO, "nobody is managed by \"%s\"; pacectl coaching shows who manages whom", ctl->words[0]);
    if (!code && ctl->json) {
        json_t *both = json_pack("{sO sO}", "managers", sums, "items", sorted);
        code = control_print_json(both);
        json_decref(both);
    } else if (!code && !json_array_size(sorted)) {
        puts("Nobody is watched yet.");
    } else if (!code && !answer_count(json_array_get(sorted, 0), "days")) {
        text_say(0, "Nobody has recorded a session yet, so nothing is known of who talks with whom.");
    } else if (!code) {
        print_sums(sums);
        answer_table(sorted, columns, COLUMNS);
    }
    json_decref(sums);
    json_decref(sorted);
    json_decref(items);
    return code;
}
