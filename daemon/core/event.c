/* event.c - the table of types and members, and the digest of an event's content. */
#include "event.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const participant_keys[] = {"rep", "role", "share", NULL};
static const char *const topic_keys[] = {"indicator", "case", "skill", NULL};
static const char *const weekday_keys[] = {"mon",     "tue",     "wed",     "thu",     "fri",     "sat", "sun",
                                           "mon-thu", "mon-fri", "mon-sat", "mon-sun", "sat-sun", NULL};

const struct member_kind member_table[] = {
    [MEMBER_OUTCOME] = {.name = "outcome", .form = FORM_WORD},
    [MEMBER_OPPORTUNITY] = {.name = "opportunity", .form = FORM_KEY},
    [MEMBER_ACCOUNT] = {.name = "account", .form = FORM_KEY},
    [MEMBER_CONTACT] = {.name = "contact", .form = FORM_KEY},
    [MEMBER_LEAD] = {.name = "lead", .form = FORM_KEY},
    [MEMBER_DURATION_S] = {.name = "duration_s", .form = FORM_NUMBER},
    [MEMBER_DIRECTION] = {.name = "direction", .form = FORM_WORD},
    [MEMBER_AUTOMATIC] = {.name = "automatic", .form = FORM_BOOL},
    [MEMBER_NEXT_STEP] = {.name = "next_step", .form = FORM_BOOL},
    [MEMBER_OWNER] = {.name = "owner", .form = FORM_KEY},
    [MEMBER_PARTICIPANTS] = {.name = "participants", .form = FORM_JSON, .keys = participant_keys},
    [MEMBER_ACTIVITY] = {.name = "activity", .form = FORM_KEY},
    [MEMBER_AT] = {.name = "at", .form = FORM_TIME},
    [MEMBER_KIND] = {.name = "kind", .form = FORM_WORD},
    [MEMBER_REASON] = {.name = "reason", .form = FORM_KEY},
    [MEMBER_AMOUNT] = {.name = "amount", .form = FORM_NUMBER},
    [MEMBER_CURRENCY] = {.name = "currency", .form = FORM_WORD},
    [MEMBER_MARGIN] = {.name = "margin", .form = FORM_NUMBER},
    [MEMBER_DISCOUNT] = {.name = "discount", .form = FORM_NUMBER},
    [MEMBER_STAGE] = {.name = "stage", .form = FORM_WORD},
    [MEMBER_CLOSE_DATE] = {.name = "close_date", .form = FORM_TIME},
    [MEMBER_NEXT_STEP_AT] = {.name = "next_step_at", .form = FORM_TIME},
    [MEMBER_SEGMENT] = {.name = "segment", .form = FORM_WORD},
    [MEMBER_COMMITMENT] = {.name = "commitment", .form = FORM_KEY},
    [MEMBER_TEXT] = {.name = "text", .form = FORM_TEXT},
    [MEMBER_DUE] = {.name = "due", .form = FORM_TIME},
    [MEMBER_INDICATOR] = {.name = "indicator", .form = FORM_KEY},
    [MEMBER_TARGET] = {.name = "target", .form = FORM_NUMBER},
    [MEMBER_BY] = {.name = "by", .form = FORM_WORD},
    [MEMBER_MANAGER] = {.name = "manager", .form = FORM_KEY},
    [MEMBER_CASE] = {.name = "case", .form = FORM_KEY},
    [MEMBER_AGREED_BY] = {.name = "agreed_by", .form = FORM_KEY},
    [MEMBER_SERIES] = {.name = "series", .form = FORM_KEY},
    [MEMBER_COACH] = {.name = "coach", .form = FORM_WORD},
    [MEMBER_TOPICS] = {.name = "topics", .form = FORM_JSON, .keys = topic_keys},
    [MEMBER_COMMITMENTS] = {.name = "commitments", .form = FORM_JSON},
    [MEMBER_HELP_ASKED] = {.name = "help_asked", .form = FORM_BOOL},
    [MEMBER_COST] = {.name = "cost", .form = FORM_NUMBER},
    [MEMBER_SKILL] = {.name = "skill", .form = FORM_KEY},
    [MEMBER_SCORE] = {.name = "score", .form = FORM_NUMBER, .least = 0, .most = 1000000},
    [MEMBER_TRAINING] = {.name = "training", .form = FORM_KEY},
    [MEMBER_INDICATORS] = {.name = "indicators", .form = FORM_JSON},
    [MEMBER_RESULT] = {.name = "result", .form = FORM_KEY},
    [MEMBER_PER] = {.name = "per", .form = FORM_WORD},
    [MEMBER_FROM] = {.name = "from", .form = FORM_TIME},
    [MEMBER_TO] = {.name = "to", .form = FORM_TIME},
    [MEMBER_PARENT] = {.name = "parent", .form = FORM_KEY},
    [MEMBER_ABSENCE] = {.name = "absence", .form = FORM_KEY},
    [MEMBER_FRACTION] = {.name = "fraction", .form = FORM_NUMBER},
    [MEMBER_TEAM] = {.name = "team", .form = FORM_KEY},
    [MEMBER_ROLE] = {.name = "role", .form = FORM_WORD},
    [MEMBER_TZ] = {.name = "tz", .form = FORM_KEY},
    [MEMBER_PATTERN] = {.name = "pattern", .form = FORM_JSON, .keys = weekday_keys},
    [MEMBER_RAMP] = {.name = "ramp", .form = FORM_JSON},
    [MEMBER_CHANGE] = {.name = "change", .form = FORM_KEY},
    [MEMBER_TEAMS] = {.name = "teams", .form = FORM_JSON},
    [MEMBER_REPS] = {.name = "reps", .form = FORM_JSON},
    [MEMBER_THROUGH] = {.name = "through", .form = FORM_TIME},
    [MEMBER_GAP_FROM] = {.name = "gap_from", .form = FORM_TIME},
    [MEMBER_GAP_TO] = {.name = "gap_to", .form = FORM_TIME},
};
const int member_table_count = MEMBER_IDS;

_Static_assert(sizeof member_table / sizeof member_table[0] == MEMBER_IDS, "every id has a row");
_Static_assert(MEMBER_IDS <= 64, "a set of members is a uint64_t");

/* The ids again, by name, for the search. */
static const uint8_t members_by_name[] = {
    MEMBER_ABSENCE,    MEMBER_ACCOUNT,      MEMBER_ACTIVITY,   MEMBER_AGREED_BY,  MEMBER_AMOUNT,
    MEMBER_AT,         MEMBER_AUTOMATIC,    MEMBER_BY,         MEMBER_CASE,       MEMBER_CHANGE,
    MEMBER_CLOSE_DATE, MEMBER_COACH,        MEMBER_COMMITMENT, MEMBER_COMMITMENTS, MEMBER_CONTACT,
    MEMBER_COST,       MEMBER_CURRENCY,     MEMBER_DIRECTION,  MEMBER_DISCOUNT,   MEMBER_DUE,
    MEMBER_DURATION_S, MEMBER_FRACTION,     MEMBER_FROM,       MEMBER_GAP_FROM,   MEMBER_GAP_TO,
    MEMBER_HELP_ASKED, MEMBER_INDICATOR,    MEMBER_INDICATORS, MEMBER_KIND,       MEMBER_LEAD,
    MEMBER_MANAGER,    MEMBER_MARGIN,       MEMBER_NEXT_STEP,  MEMBER_NEXT_STEP_AT, MEMBER_OPPORTUNITY,
    MEMBER_OUTCOME,    MEMBER_OWNER,        MEMBER_PARENT,     MEMBER_PARTICIPANTS, MEMBER_PATTERN,
    MEMBER_PER,        MEMBER_RAMP,         MEMBER_REASON,     MEMBER_REPS,       MEMBER_RESULT,
    MEMBER_ROLE,       MEMBER_SCORE,        MEMBER_SEGMENT,    MEMBER_SERIES,     MEMBER_SKILL,
    MEMBER_STAGE,      MEMBER_TARGET,       MEMBER_TEAM,       MEMBER_TEAMS,      MEMBER_TEXT,
    MEMBER_THROUGH,    MEMBER_TO,           MEMBER_TOPICS,     MEMBER_TRAINING,   MEMBER_TZ,
};

_Static_assert(sizeof members_by_name == MEMBER_IDS, "every member can be found");

#define BIT(member) (UINT64_C(1) << MEMBER_##member)
#define ACTIVITY                                                                                   \
    (BIT(OUTCOME) | BIT(OPPORTUNITY) | BIT(ACCOUNT) | BIT(CONTACT) | BIT(LEAD) | BIT(DURATION_S) | \
     BIT(DIRECTION) | BIT(AUTOMATIC) | BIT(NEXT_STEP) | BIT(OWNER) | BIT(PARTICIPANTS))
#define PLAN (BIT(ACTIVITY) | BIT(AT) | BIT(KIND) | BIT(OPPORTUNITY))
#define LEAD (BIT(LEAD) | BIT(REASON))
#define OPPORTUNITY                                                                           \
    (BIT(OPPORTUNITY) | BIT(AMOUNT) | BIT(CURRENCY) | BIT(MARGIN) | BIT(DISCOUNT) |           \
     BIT(STAGE) | BIT(CLOSE_DATE) | BIT(NEXT_STEP_AT) | BIT(OWNER) | BIT(SEGMENT) | BIT(REASON))
#define PROMISE                                                                               \
    (BIT(COMMITMENT) | BIT(TEXT) | BIT(DUE) | BIT(INDICATOR) | BIT(TARGET) | BIT(BY) |        \
     BIT(MANAGER) | BIT(CASE) | BIT(AGREED_BY) | BIT(SERIES))
#define VERDICT (BIT(COMMITMENT) | BIT(REASON))
#define SESSION                                                                               \
    (BIT(MANAGER) | BIT(COACH) | BIT(TOPICS) | BIT(COMMITMENTS) | BIT(HELP_ASKED) |           \
     BIT(DURATION_S) | BIT(COST))
#define OBSERVATION (BIT(MANAGER) | BIT(SKILL) | BIT(SCORE))
#define GOAL                                                                                  \
    (BIT(INDICATOR) | BIT(RESULT) | BIT(TARGET) | BIT(PER) | BIT(FROM) | BIT(TO) | BIT(PARENT))
#define GOAL_OF (BIT(INDICATOR) | BIT(RESULT))
#define ABSENCE (BIT(ABSENCE) | BIT(FROM) | BIT(TO))
#define REP                                                                                   \
    (BIT(FROM) | BIT(TEAM) | BIT(ROLE) | BIT(MANAGER) | BIT(TZ) | BIT(PATTERN) | BIT(RAMP))
#define CHANGE                                                                                \
    (BIT(CHANGE) | BIT(KIND) | BIT(TEAMS) | BIT(REPS) | BIT(INDICATORS) | BIT(FROM))
#define FEED (BIT(THROUGH) | BIT(GAP_FROM) | BIT(GAP_TO))

/* Columns: pattern, allowed, required, one of. Sorted by pattern. */
const struct event_kind event_kinds[] = {
    {"sales.absence.cancelled", ABSENCE | BIT(FRACTION), ABSENCE, 0},
    {"sales.absence.set", ABSENCE | BIT(FRACTION), ABSENCE, 0},
    {"sales.activity.*", ACTIVITY, 0, 0},
    {"sales.activity.cancelled", PLAN, BIT(ACTIVITY) | BIT(AT), 0},
    {"sales.activity.planned", PLAN, BIT(ACTIVITY) | BIT(AT), 0},
    {"sales.change.introduced", CHANGE, BIT(CHANGE), 0},
    {"sales.coaching.observation", OBSERVATION, OBSERVATION, 0},
    {"sales.coaching.session", SESSION, BIT(MANAGER), 0},
    {"sales.commitment.changed", PROMISE, BIT(COMMITMENT), 0},
    {"sales.commitment.done", VERDICT, BIT(COMMITMENT), 0},
    {"sales.commitment.made", PROMISE, BIT(COMMITMENT), 0},
    {"sales.commitment.withdrawn", VERDICT, BIT(COMMITMENT), 0},
    {"sales.goal.acknowledged", GOAL, BIT(TARGET), GOAL_OF},
    {"sales.goal.set", GOAL, BIT(TARGET), GOAL_OF},
    {"sales.growth.goal", BIT(SKILL) | BIT(TEXT), BIT(SKILL), 0},
    {"sales.lead.assigned", LEAD, BIT(LEAD), 0},
    {"sales.lead.closed", LEAD, BIT(LEAD), 0},
    {"sales.lead.reassigned", LEAD, BIT(LEAD), 0},
    {"sales.opportunity.changed", OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {"sales.opportunity.created", OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {"sales.opportunity.deleted", OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {"sales.opportunity.lost", OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {"sales.opportunity.reopened", OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {"sales.opportunity.won", OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {"sales.recognition.given", BIT(MANAGER) | BIT(INDICATOR), BIT(MANAGER), 0},
    {"sales.record.deleted", 0, 0, 0},
    {"sales.rep.joined", REP, 0, 0},
    {"sales.rep.left", REP, 0, 0},
    {"sales.rep.moved", REP, 0, 0},
    {"sales.source.heartbeat", FEED, BIT(THROUGH), 0},
    {"sales.source.synced", FEED, BIT(THROUGH), 0},
    {"sales.training.completed",
     BIT(TRAINING) | BIT(SKILL) | BIT(INDICATORS) | BIT(COST), BIT(TRAINING), 0},
};
const int event_kind_count = (int)(sizeof event_kinds / sizeof event_kinds[0]);

#define ACTIVITY_PREFIX "sales.activity."

static const struct event_kind *find_exact(struct view type) {
    int low = 0, high = event_kind_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = view_compare(type, view_of(event_kinds[middle].pattern));
        if (order == 0)
            return &event_kinds[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* A kind of activity is one word: small letters, digits and underscores. */
static bool is_activity(struct view type) {
    size_t prefix_len = sizeof ACTIVITY_PREFIX - 1;
    if (type.len <= prefix_len || memcmp(type.at, ACTIVITY_PREFIX, prefix_len) != 0)
        return false;
    for (size_t i = prefix_len; i < type.len; i++) {
        char c = type.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

const struct event_kind *event_kind_find(struct view type) {
    const struct event_kind *exact = find_exact(type);
    if (exact && exact->pattern[type.len - 1] != '*')
        return exact;
    return is_activity(type) ? find_exact(view_of(ACTIVITY_PREFIX "*")) : NULL;
}

int member_find(struct view name) {
    int low = 0, high = MEMBER_IDS;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int id = members_by_name[middle];
        int order = view_compare(name, view_of(member_table[id].name));
        if (order == 0)
            return id;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const struct member *event_member(const struct event *event, struct view name) {
    for (int i = 0; i < event->n_members; i++) {
        if (view_equal(event->members[i].name, name))
            return &event->members[i];
    }
    return NULL;
}

bool event_is_deletion(const struct event *event) {
    return view_equal(event->type, view_of("sales.record.deleted"));
}

/*
 * The canonical byte form that is hashed: every integer as 8 bytes, least significant first, every string as its
 * length and its bytes, so that no two contents share a form. A member is its id, its form, its name where the id
 * doesn't tell it, and its value. Changing any of this is a new fold version.
 */
static void hash_integer(XXH3_state_t *state, int64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    XXH3_64bits_update(state, bytes, sizeof bytes);
}

static void hash_text(XXH3_state_t *state, struct view text) {
    hash_integer(state, (int64_t)text.len);
    if (text.len)
        XXH3_64bits_update(state, text.at, text.len);
}

static void hash_member(XXH3_state_t *state, const struct member *member) {
    hash_integer(state, (int64_t)member->id << 8 | member->form);
    if (member->id == MEMBER_OTHER)
        hash_text(state, member->name);
    if (member->form == FORM_NUMBER || member->form == FORM_BOOL)
        hash_integer(state, member->number);
    else
        hash_text(state, member->text);
}

uint64_t event_digest(const struct event *event) {
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    hash_text(&state, event->type);
    hash_text(&state, event->subject);
    hash_integer(&state, event->time_us);
    hash_integer(&state, event->localdate);
    hash_integer(&state, event->recorded_us);
    hash_integer(&state, event->n_members);
    for (int i = 0; i < event->n_members; i++)
        hash_member(&state, &event->members[i]);
    return XXH3_64bits_digest(&state);
}
