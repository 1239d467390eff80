#include "known.h"

#include "answer.h"
#include "control.h"
#include "guess.h"
#include "indicators.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_SIZE = 800 };

int known_rep(const struct ctl *ctl, const char *rep) {
    json_t *reply = NULL;
    int code = control_ask_once(ctl, json_pack("{ss ss}", "cmd", "commitments", "rep", rep), &reply);
    json_decref(reply);
    return code;
}

int known_promise(const struct ctl *ctl, const char *rep, const char *id, bool wanted) {
    json_t *items = NULL;
    int code = control_collect(ctl, json_pack("{ss ss}", "cmd", "commitments", "rep", rep), &items);
    bool found = !code && answer_find(items, "commitment", id);
    json_decref(items);
    if (code || found == wanted)
        return code;
    return ctl_fail(CTL_NO,
                    wanted ? "%s has no promise with the id \"%s\"; pacectl commit list %s --all shows those that there are"
                           : "%s has a promise with the id \"%s\" already; pacectl commit list %s --all shows it",
                    rep, id, rep);
}

const char *known_near(const json_t *items, const char *member, const char *word) {
    struct guess guess = {.word = word};
    const json_t *item;
    size_t i;
    json_array_foreach(items, i, item)
        guess_add(&guess, answer_text(item, member));
    return guess_is_near(&guess) && guess.distance ? guess.best : NULL;
}

int known_manager(const struct ctl *ctl, const char *manager) {
    json_t *items = NULL;
    int code = control_collect(ctl, json_pack("{ss}", "cmd", "coaching"), &items);
    const char *near = code ? NULL : known_near(items, "manager", manager);
    if (near)
        code = ctl_fail(CTL_NO, "nobody is managed by \"%s\"; did you mean \"%s\"?", manager, near);
    json_decref(items);
    return code;
}

static int check_amount(const char *indicator, const char *kind, double amount) {
    double most = indicators_most(kind);
    if (amount <= most)
        return 0;
    return ctl_fail(CTL_USAGE, "--target: %s can't be %g: there is no more of it than %s", indicator, amount,
                    most > 1 ? "100 points" : "100 %, which is 1");
}

/* "calls, demos and proposals", as far as there is room. */
static const char *names_of(const json_t *items, const char *member, char *buffer, size_t size) {
    size_t n = json_array_size(items), len = 0, i;
    const json_t *item;
    buffer[0] = '\0';
    json_array_foreach(items, i, item)
        if (len < size)
            len += (size_t)snprintf(buffer + len, size - len, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", answer_text(item, member));
    return buffer;
}

int known_indicator(const struct ctl *ctl, const char *indicator, double amount) {
    char all[NAMES_SIZE];
    json_t *items = NULL;
    int code = indicators_ask(ctl, &items);
    const char *near = code ? NULL : known_near(items, "indicator", indicator);
    if (near)
        code = ctl_fail(CTL_NO, "no indicator of the configuration has the name \"%s\"; did you mean \"%s\"?", indicator, near);
    else if (!code && !answer_find(items, "indicator", indicator))
        code = ctl_fail(CTL_NO, "no indicator of the configuration has the name \"%s\"; there are %s", indicator,
                        names_of(items, "indicator", all, sizeof all));
    code = code ? code : check_amount(indicator, indicators_kind(items, indicator), amount);
    json_decref(items);
    return code;
}

int known_case(const struct ctl *ctl, const char *number, json_t **ret_case) {
    char *end;
    unsigned long long value = strtoull(number, &end, 10);
    if (*end || end == number || *number == '-' || !value || value > INT64_MAX)
        return ctl_fail(CTL_USAGE, "\"%s\" is not the number of a case; pacectl case list shows them", number);
    return control_ask_once(ctl, json_pack("{ss sI}", "cmd", "case", "case", (json_int_t)value), ret_case);
}

/* Of each rep `states` says how many indicators are in which: the status knows only what was computed already. */
static int count_slipping(const struct ctl *ctl, int *ret_n) {
    json_t *reps = NULL;
    const json_t *rep;
    size_t i;
    int code = control_collect(ctl, json_pack("{ss}", "cmd", "reps"), &reps);
    *ret_n = 0;
    json_array_foreach(reps, i, rep)
        *ret_n += answer_count(json_object_get(rep, "states"), "slipping") > 0;
    json_decref(reps);
    return code;
}

int known_unnumbered(const struct ctl *ctl) {
    json_t *status = NULL;
    int n = 0;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "status"), &status);
    if (!code && !answer_count(status, "alerts"))
        code = count_slipping(ctl, &n);
    json_decref(status);
    if (n == 0)
        return code;
    text_say(0,
             "By what was sent %d rep%s slipping: the warnings get their numbers when the day that is under way closes. "
             "Until then pacectl reps shows whose, and pacectl why REP what.",
             n, n == 1 ? " is" : "s are");
    return code;
}
