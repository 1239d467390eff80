/*
 * ledger_target.c - what was said of targets that are likely to be missed: whoever moves takes it along.
 */
#include "kv.h"
#include "ledger_inside.h"

#include <math.h>

bool ends_off_target(const struct ledger *ledger, const struct entry *entry) {
    uint64_t opener = entry->case_number;
    return entry->kind == ALERT_RECOVERED && opener > 0 && opener <= (uint64_t)ledger->n &&
           ledger->entries[opener - 1].kind == ALERT_OFF_TARGET;
}

const struct entry *target_open_on(const struct ledger *ledger, uint32_t who, uint32_t indicator, pace_day day) {
    uint64_t over = 0;
    for (int e = newest_of(&ledger->reps, who); e >= 0; e = ledger->entries[e].older_of_rep) {
        const struct entry *entry = &ledger->entries[e];
        if (entry->revised || entry->indicator != indicator || entry->raised_on > day)
            continue;
        if (ends_off_target(ledger, entry))
            over = entry->case_number;
        else if (entry->kind == ALERT_OFF_TARGET)
            return entry->number == over ? NULL : entry;
    }
    return NULL;
}

/* What was agreed for a period, or as a level. */
static bool same_target(const struct alert *alert, const struct fact *fact) {
    if (!fact->has_target)
        return !alert->has_target && fabs(alert->before - fact->before) < 1e-9 * fabs(fact->before);
    return alert->has_target && alert->target.from == fact->target.from && alert->target.to == fact->target.to &&
           fabs(alert->target.target - fact->target.target) < 1e-9;
}

bool target_was_told(const struct settling *s, const struct fact *fact) {
    uint32_t indicator = ledger_indicator(s->ledger, s->setup->config, fact->indicator);
    const struct entry *entry = target_open_on(s->ledger, ledger_whom(s, fact), indicator, fact->raised_on - 1);
    struct alert alert;
    struct view bytes;
    return entry && entry->team != s->team && !kv_get(s->ledger->kv, KV_ALERT, entry->number, &bytes) && !alert_unpack(bytes, &alert) &&
           same_target(&alert, fact);
}
