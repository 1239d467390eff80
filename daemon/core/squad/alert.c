#include "alert.h"

#include "cases.h"
#include "pace/error.h"
#include "varint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const kind_names[ALERT_KINDS] = {
    "slip", "off_target", "commitment_at_risk", "commitment_verdict", "deal_stalled", "coaching_overdue",
    "training_fading", "team_shift", "imbalance", "source_silent", "no_data", "recovered", "relapsed", "rebased",
    "good_news", "revised", "digest", "silence_ended", "erased"};

const char *alert_kind_name(enum alert_kind kind) {
    return (unsigned)kind < ALERT_KINDS ? kind_names[kind] : NULL;
}

/*
 * Packed: XXH3-64 of the rest, version, then the members in the order of struct alert: integers as varints, signed
 * ones zigzag, reals as 8 bytes little-endian, strings as length and bytes, lists as their number and strings. One walk
 * over the members serves both ways, so that they can't disagree.
 */
enum {
    ALERT_VERSION = 3,
    ALERT_VERSION_2 = 2, /* without leadership, step and level */
    ALERT_VERSION_1 = 1  /* without ranges, manager_days, parts, target and promise either */
};

struct walk {
    bool writing, failed;
    uint8_t *out, *out_end;      /* writing: out counts on past out_end */
    size_t needed;
    const uint8_t *in, *in_end;
};

static void walk_bytes(struct walk *walk, const void *bytes, size_t n) {
    if (n && walk->out && (size_t)(walk->out_end - walk->out) >= n) {
        memcpy(walk->out, bytes, n);
        walk->out += n;
    } else if (n) {
        walk->out = NULL;
    }
    walk->needed += n;
}

static void walk_u64(struct walk *walk, uint64_t *value) {
    if (walk->writing) {
        uint8_t bytes[VARINT_MAX_BYTES];
        walk_bytes(walk, bytes, (size_t)(varint_put(bytes, *value) - bytes));
        return;
    }
    walk->in = walk->failed ? NULL : varint_get(walk->in, walk->in_end, value);
    walk->failed = !walk->in;
}

static void walk_i64(struct walk *walk, int64_t *value) {
    uint64_t folded = zigzag(*value);
    walk_u64(walk, &folded);
    if (!walk->writing && !walk->failed)
        *value = unzigzag(folded);
}

/* An int that a corrupt record must not push out of its range. */
static void walk_int(struct walk *walk, int *value, int max) {
    uint64_t number = (uint64_t)*value;
    walk_u64(walk, &number);
    walk->failed = walk->failed || number > (uint64_t)max;
    if (!walk->failed)
        *value = (int)number;
}

static void walk_bool(struct walk *walk, bool *value) {
    int number = *value;
    walk_int(walk, &number, 1);
    *value = number;
}

static void walk_day(struct walk *walk, pace_day *day) {
    int64_t number = *day;
    walk_i64(walk, &number);
    *day = (pace_day)number;
}

static void walk_real(struct walk *walk, double *value) {
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    for (int i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(bits >> (8 * i));
        if (walk->writing)
            walk_bytes(walk, &byte, 1);
        else if (walk->failed || walk->in == walk->in_end)
            walk->failed = true;
        else
            bits = (bits & ~(UINT64_C(0xff) << (8 * i))) | (uint64_t)*walk->in++ << (8 * i);
    }
    memcpy(value, &bits, sizeof bits);
}

static void walk_view(struct walk *walk, struct view *view) {
    uint64_t len = view->len;
    walk_u64(walk, &len);
    if (walk->writing) {
        walk_bytes(walk, view->at, view->len);
        return;
    }
    walk->failed = walk->failed || len > (uint64_t)(walk->in_end - walk->in);
    if (walk->failed)
        return;
    *view = (struct view){(const char *)walk->in, (size_t)len};
    walk->in += len;
}

static void walk_list(struct walk *walk, struct view *list, int *n, int max) {
    walk_int(walk, n, max);
    for (int i = 0; !walk->failed && i < *n; i++)
        walk_view(walk, &list[i]);
}

static void walk_range(struct walk *walk, struct alert_range *range) {
    walk_real(walk, &range->low);
    walk_real(walk, &range->high);
}

static void walk_part(struct walk *walk, struct alert_part *part) {
    walk_view(walk, &part->indicator);
    walk_view(walk, &part->label);
    walk_real(walk, &part->before);
    walk_real(walk, &part->after);
    walk_real(walk, &part->share);
}

static void walk_target(struct walk *walk, struct alert_target *target) {
    double *reals[] = {&target->target, &target->so_far, &target->expected, &target->probability};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        walk_real(walk, reals[i]);
    walk_day(walk, &target->from);
    walk_day(walk, &target->to);
}

static void walk_leadership(struct walk *walk, struct leadership *record) {
    int goal = (int)record->goal;
    walk_bool(walk, &record->known);
    if (!record->known)
        return;
    walk_int(walk, &goal, LEADERSHIP_GOAL_AGREED);
    record->goal = (enum leadership_goal)goal;
    int *counts[] = {&record->days, &record->sessions, &record->sessions_due, &record->promises, &record->promises_kept,
                     &record->reminders};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        walk_int(walk, counts[i], INT_MAX);
    walk_day(walk, &record->last_session);
}

/* What came with version 2. */
static void walk_second(struct walk *walk, struct alert *alert) {
    walk_bool(walk, &alert->has_ranges);
    if (alert->has_ranges) {
        walk_range(walk, &alert->before_range);
        walk_range(walk, &alert->after_range);
        walk_day(walk, &alert->since_early);
        walk_day(walk, &alert->since_late);
    }
    walk_real(walk, &alert->manager_days);
    walk_int(walk, &alert->n_parts, ALERT_PARTS_MAX);
    for (int i = 0; !walk->failed && i < alert->n_parts; i++)
        walk_part(walk, &alert->parts[i]);
    walk_bool(walk, &alert->has_target);
    if (alert->has_target)
        walk_target(walk, &alert->target);
    if (!walk->writing && walk->in == walk->in_end)
        return; /* the first of version 2 had no promises */
    walk_view(walk, &alert->commitment);
    walk_view(walk, &alert->verdict);
    walk_bool(walk, &alert->measured);
}

static void walk_alert(struct walk *walk, struct alert *alert, int version) {
    int kind = (int)alert->kind;
    walk_u64(walk, &alert->number);
    walk_int(walk, &kind, ALERT_KINDS - 1);
    alert->kind = (enum alert_kind)kind;
    walk_bool(walk, &alert->push);
    struct view *views[] = {&alert->subject, &alert->rep, &alert->team, &alert->manager, &alert->indicator,
                            &alert->indicator_label, &alert->reason, &alert->text};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        walk_view(walk, views[i]);
    walk_u64(walk, &alert->case_number);
    walk_u64(walk, &alert->revises);
    walk_i64(walk, &alert->time_us);
    walk_day(walk, &alert->raised_on);
    walk_day(walk, &alert->since);
    walk_bool(walk, &alert->has_rates);
    walk_real(walk, &alert->before);
    walk_real(walk, &alert->after);
    walk_real(walk, &alert->evidence_days);
    walk_list(walk, alert->drivers, &alert->n_drivers, ALERT_LIST_MAX);
    walk_list(walk, alert->levers, &alert->n_levers, ALERT_LIST_MAX);
    walk_list(walk, alert->questions, &alert->n_questions, ALERT_LIST_MAX);
    walk_list(walk, alert->members, &alert->n_members, ALERT_MEMBERS_MAX);
    walk_int(walk, &alert->n_team, INT_MAX);
    if (version >= ALERT_VERSION_2)
        walk_second(walk, alert);
    if (version >= ALERT_VERSION) {
        walk_leadership(walk, &alert->leadership);
        walk_view(walk, &alert->step);
        walk_int(walk, &alert->level, CASE_LEVELS);
    }
}

size_t alert_pack(const struct alert *alert, void *buffer, size_t size) {
    struct alert copy = *alert;
    struct walk walk = {.writing = true, .out = buffer, .out_end = buffer ? (uint8_t *)buffer + size : NULL};
    uint8_t head[9] = {[8] = ALERT_VERSION};
    walk_bytes(&walk, head, sizeof head);
    walk_alert(&walk, &copy, ALERT_VERSION);
    if (walk.needed <= size) {
        uint64_t sum = XXH3_64bits((uint8_t *)buffer + 8, walk.needed - 8);
        memcpy(buffer, &sum, sizeof sum);
    }
    return walk.needed;
}

int alert_unpack(struct view bytes, struct alert *ret_alert) {
    uint64_t sum;
    struct alert alert = {0};
    if (bytes.len < 10)
        return PACE_ECORRUPT;
    memcpy(&sum, bytes.at, sizeof sum);
    int version = (uint8_t)bytes.at[8];
    if (sum != XXH3_64bits(bytes.at + 8, bytes.len - 8) || version < ALERT_VERSION_1 || version > ALERT_VERSION)
        return PACE_ECORRUPT;
    struct walk walk = {.in = (const uint8_t *)bytes.at + 9, .in_end = (const uint8_t *)bytes.at + bytes.len};
    walk_alert(&walk, &alert, version);
    if (walk.failed || walk.in != walk.in_end)
        return PACE_ECORRUPT;
    *ret_alert = alert;
    return 0;
}
