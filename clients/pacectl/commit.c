/*
 * commit.c - `pacectl commit add|list|done|withdraw|move`: promises of reps and managers.
 *
 * What changes something sends an event like any connector's; the daemon keeps nothing else.
 */
#include "answer.h"
#include "control.h"
#include "day.h"
#include "deliver.h"
#include "indicators.h"
#include "known.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- what changes something ---- */

static json_t *text_or_null(const char *text) {
    return text ? json_string(text) : json_null();
}

static int read_due(const struct ctl *ctl, json_t **ret_due) {
    const char *due = ctl_value(ctl, "--due");
    char now[DELIVER_TIME_SIZE];
    pace_day day = 0, today = 0;
    if (due && day_parse(view_of(due), &day))
        return ctl_fail(CTL_USAGE, "--due: \"%s\" is not a date; write e.g. 2026-04-03 (years go to 9998)", due);
    int code = due ? deliver_now(ctl, now) : 0;
    if (code)
        return code;
    if (due && !day_parse((struct view){now, 10}, &today) && day < today - 1) /* over in every zone */
        return ctl_fail(CTL_USAGE, "--due: %s is over; a promise is about days to come", due);
    *ret_due = text_or_null(due);
    return 0;
}

static int read_target(const struct ctl *ctl, json_t **ret_target) {
    const char *target = ctl_value(ctl, "--target");
    char *end;
    double number = target ? strtod(target, &end) : 0;
    *ret_target = json_null();
    if (!target)
        return 0;
    if (end == target || *end || !(number >= 0 && number < 1e12))
        return ctl_fail(CTL_USAGE, "--target: \"%s\" is not a number; write e.g. 200, or 0.4 for a share", target);
    *ret_target = json_real(number);
    return 0;
}

/* A promise that could verify itself needs all three. */
static int check_measured(const struct ctl *ctl) {
    bool indicator = ctl_value(ctl, "--indicator"), target = ctl_value(ctl, "--target"), due = ctl_value(ctl, "--due");
    if (indicator == target && (!indicator || due))
        return 0;
    return ctl_fail(CTL_USAGE, "--indicator, --target and --due go together: how much of what, until when");
}

static int check_by(const struct ctl *ctl) {
    const char *by = ctl_value(ctl, "--by");
    if (!by || !strcmp(by, "rep") || !strcmp(by, "manager"))
        return 0;
    return ctl_fail(CTL_USAGE, "--by: \"%s\" is neither rep nor manager", by);
}

static int tell_noted(const struct ctl *ctl, const char *commitment) {
    if (!ctl->json) {
        printf("Noted: %s.\n", commitment);
        return CTL_YES;
    }
    json_t *json = json_pack("{ss}", "commitment", commitment);
    int code = control_print_json(json);
    json_decref(json);
    return code;
}

static int send_word(const struct ctl *ctl, const char *type, const char *rep, const char *commitment, json_t *data) {
    char id[DELIVER_ID_SIZE];
    json_object_set_new(data, "commitment", json_string(commitment));
    int code = deliver(ctl, deliver_event(deliver_id(id), type, rep, data));
    return code ? code : tell_noted(ctl, commitment);
}

/* Whatever it refers to is there; its own id isn't yet. */
static int check_known(const struct ctl *ctl, const char *rep, const json_t *target) {
    const char *indicator = ctl_value(ctl, "--indicator"), *id = ctl_value(ctl, "--id"),
               *number = ctl_value(ctl, "--case");
    json_t *found = NULL;
    int code = id ? known_promise(ctl, rep, id, false) : known_rep(ctl, rep);
    if (!code && indicator)
        code = known_indicator(ctl, indicator, json_number_value(target));
    if (!code && number)
        code = known_case(ctl, number, &found);
    json_decref(found);
    return code;
}

int command_commit_add(struct ctl *ctl) {
    char fresh[DELIVER_ID_SIZE];
    json_t *due = NULL, *target = NULL;
    const char *named = ctl_value(ctl, "--id");
    int code = check_measured(ctl);
    code = code ? code : check_by(ctl);
    code = code ? code : read_due(ctl, &due);
    code = code ? code : read_target(ctl, &target);
    code = code ? code : check_known(ctl, ctl->words[0], target);
    if (code) {
        json_decref(due);
        json_decref(target);
        return code;
    }
    json_t *data = json_pack("{ss so so so so so so so}", "text", ctl->words[1], "due", due, "target", target, "indicator",
                             text_or_null(ctl_value(ctl, "--indicator")), "by", text_or_null(ctl_value(ctl, "--by")),
                             "manager", text_or_null(ctl_value(ctl, "--manager")), "case",
                             text_or_null(ctl_value(ctl, "--case")), "series", text_or_null(ctl_value(ctl, "--series")));
    return send_word(ctl, "sales.commitment.made", ctl->words[0], named ? named : deliver_id(fresh), data);
}

static int send_end(struct ctl *ctl, const char *type) {
    int code = known_promise(ctl, ctl->words[0], ctl->words[1], true);
    if (code)
        return code;
    json_t *data = json_pack("{so}", "reason", text_or_null(ctl_value(ctl, "--reason")));
    return send_word(ctl, type, ctl->words[0], ctl->words[1], data);
}

int command_commit_done(struct ctl *ctl) {
    return send_end(ctl, "sales.commitment.done");
}

int command_commit_withdraw(struct ctl *ctl) {
    return send_end(ctl, "sales.commitment.withdrawn");
}

int command_commit_move(struct ctl *ctl) {
    json_t *due = NULL;
    const char *agreed_by = ctl_value(ctl, "--agreed-by");
    if (!ctl_value(ctl, "--due") || !agreed_by)
        return ctl_fail(CTL_USAGE, "--due and --agreed-by are needed: another date counts only if it was agreed, and in time");
    int code = read_due(ctl, &due);
    code = code ? code : known_promise(ctl, ctl->words[0], ctl->words[1], true);
    if (code) {
        json_decref(due);
        return code;
    }
    json_t *data = json_pack("{so ss}", "due", due, "agreed_by", agreed_by);
    return send_word(ctl, "sales.commitment.changed", ctl->words[0], ctl->words[1], data);
}

/* ---- the list ---- */

static const struct answer_column columns[] = {
    {"rep", "rep", 0},     {"by", "by", 0},        {"made", "made", 0},   {"due", "due", 0},
    {"state", "state", 0}, {"outlook", "outlook", 0}, {"chance", "probability", 1}, {"usual", "as_usual", 0},
    {"so far", "so_far", 1}, {"of", "target", 1},  {"indicator", "indicator", 0},
    {"series", "series", 0}, {"id", "commitment", 0}, {"what", "text", 0},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* Without --all only those that are open. */
static bool is_wanted(const struct ctl *ctl, const json_t *item) {
    return ctl_value(ctl, "--all") || !strcmp(answer_text(item, "state"), "open");
}

static bool same_series(const json_t *a, const json_t *b) {
    return json_is_string(json_object_get(a, "series")) && !strcmp(answer_text(a, "series"), answer_text(b, "series")) &&
           !strcmp(answer_text(a, "rep"), answer_text(b, "rep"));
}

/* Those of a series stand together, where the first of them is. */
static void group_series(json_t *items) {
    for (size_t i = 0; i < json_array_size(items); i++)
        for (size_t last = i, j = i + 1; j < json_array_size(items); j++) {
            json_t *item = json_array_get(items, j);
            if (!same_series(json_array_get(items, i), item))
                continue;
            json_incref(item);
            json_array_remove(items, j);
            json_array_insert_new(items, ++last, item);
        }
}

/* Amounts and chances as they are said. */
static int tell_amounts(const struct ctl *ctl, json_t *items) {
    static const char *const amounts[] = {"so_far", "target", NULL}, *const chances[] = {"probability", NULL};
    json_t *indicators = NULL, *item;
    size_t i;
    int code = indicators_ask(ctl, &indicators);
    json_array_foreach(items, i, item) {
        indicators_tell(item, indicators_kind(indicators, answer_text(item, "indicator")), amounts);
        indicators_tell(item, "ratio", chances);
    }
    json_decref(indicators);
    return code;
}

int command_commit_list(struct ctl *ctl) {
    json_t *request = json_pack("{ss}", "cmd", "commitments"), *items = NULL;
    if (ctl->n_words)
        json_object_set_new(request, "rep", json_string(ctl->words[0]));
    int code = control_collect(ctl, request, &items);
    for (size_t i = json_array_size(items); !code && i-- > 0;)
        if (!is_wanted(ctl, json_array_get(items, i)))
            json_array_remove(items, i);
    group_series(items);
    if (!code && ctl->json) {
        code = control_print_items(items);
    } else if (!code && !json_array_size(items)) {
        puts(ctl_value(ctl, "--all") ? "Nothing was promised." : "Nothing is open.");
    } else if (!code && !(code = tell_amounts(ctl, items))) {
        answer_table(items, columns, COLUMNS);
    }
    json_decref(items);
    return code;
}
