#include "indicators.h"

#include "answer.h"
#include "control.h"
#include "text.h"

#include <math.h>
#include <string.h>

/* Whether what an indicator of this kind tells is a share, 0 to 1. */
static bool is_share(const char *kind) {
    static const char *const shares[] = {"ratio", "latency", "adherence", "promises"};
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++)
        if (!strcmp(kind, shares[s]))
            return true;
    return false;
}

double indicators_most(const char *kind) {
    return is_share(kind) ? 1 : !strcmp(kind, "score") ? 100 : INFINITY;
}

/* Whole numbers as such: twelve calls aren't 12.0. */
static char *put_amount(double amount, char *buffer) {
    bool whole = amount >= 0 && amount < 1e15 && amount == (double)(uint64_t)amount;
    return whole ? text_number((uint64_t)amount, buffer) : text_rate(amount, buffer);
}

char *indicators_amount(const char *kind, const json_t *amount, char *buffer) {
    if (!json_is_number(amount))
        return strcpy(buffer, "-");
    if (!is_share(kind))
        return put_amount(json_number_value(amount), buffer);
    put_amount(100 * json_number_value(amount), buffer);
    return strcat(buffer, " %");
}

void indicators_tell(json_t *item, const char *kind, const char *const *members) {
    char buffer[TEXT_NUMBER_SIZE];
    for (; *members; members++)
        json_object_set_new(item, *members, json_string(indicators_amount(kind, json_object_get(item, *members), buffer)));
}

void indicators_put_outlook(FILE *to, const json_t *stream) {
    const json_t *outlook = json_object_get(stream, "outlook");
    const char *kind = answer_text(stream, "kind");
    char number[4][TEXT_NUMBER_SIZE];
    fprintf(to, "%s of %s from %s to %s; about %s by the end at this pace, and %s that it is reached.",
            indicators_amount(kind, json_object_get(outlook, "so_far"), number[0]),
            indicators_amount(kind, json_object_get(outlook, "target"), number[1]), answer_text(outlook, "from"),
            answer_text(outlook, "to"), indicators_amount(kind, json_object_get(outlook, "expected"), number[2]),
            indicators_amount("ratio", json_object_get(outlook, "probability"), number[3]));
}

int indicators_ask(const struct ctl *ctl, json_t **ret_indicators) {
    json_t *reply = NULL;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "weeks"), &reply);
    if (!code)
        *ret_indicators = json_incref(json_object_get(reply, "indicators"));
    json_decref(reply);
    return code;
}

const char *indicators_kind(const json_t *indicators, const char *name) {
    return answer_text(answer_find(indicators, "indicator", name), "kind");
}

const char *indicators_label(const json_t *indicators, const char *name) {
    const json_t *found = answer_find(indicators, "indicator", name);
    return found ? answer_text(found, "label") : name;
}
