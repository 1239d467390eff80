#include "indicators.h"

#include "answer.h"
#include "control.h"
#include "text.h"

#include <math.h>
#include <string.h>

bool indicators_is_share(const char *kind) {
    static const char *const shares[] = {"ratio", "latency", "adherence", "promises"};
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++)
        if (!strcmp(kind, shares[s]))
            return true;
    return false;
}

double indicators_most(const char *kind) {
    return indicators_is_share(kind) ? 1 : !strcmp(kind, "score") ? 100 : INFINITY;
}

char *indicators_amount(const char *kind, const json_t *amount, char *buffer) {
    if (!json_is_number(amount))
        return strcpy(buffer, "-");
    if (!indicators_is_share(kind))
        return text_rate(json_number_value(amount), buffer);
    text_rate(100 * json_number_value(amount), buffer);
    return strcat(buffer, " %");
}

void indicators_tell(json_t *item, const char *kind, const char *const *members) {
    char buffer[TEXT_NUMBER_SIZE];
    for (; *members; members++)
        json_object_set_new(item, *members, json_string(indicators_amount(kind, json_object_get(item, *members), buffer)));
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
