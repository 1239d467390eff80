/* event.c - the table of types and members, and the digest of an event's content. */
#include "event.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const participant_keys[] = {"rep", "role", "share", NULL};
static const char *const topic_keys[] = {"indicator", "case", "skill", NULL};
static const char *const weekday_keys[] = {"mon",     "tue",     "wed",     "thu",     "fri",
                                           "sat",     "sun",     "mon-thu", "mon-fri", "mon-sat",
                                           "mon-sun", "sat-sun", NULL};
static const char *const promiser_words[] = {"rep", "manager", NULL};
static const char *const coach_words[] = {"manager", "peer", "specialist", "external", NULL};
static const char *const period_words[] = {"day", "week", "month", "quarter", "year", NULL};

#define NAME(literal) .name = literal, .name_len = sizeof(literal) - 1

const struct member_kind member_table[] = {
    [MEMBER_OUTCOME] = {NAME("outcome"), .form = FORM_WORD},
    [MEMBER_OPPORTUNITY] = {NAME("opportunity"), .form = FORM_KEY},
    [MEMBER_ACCOUNT] = {NAME("account"), .form = FORM_KEY},
    [MEMBER_CONTACT] = {NAME("contact"), .form = FORM_KEY},
    [MEMBER_LEAD] = {NAME("lead"), .form = FORM_KEY},
    [MEMBER_DURATION_S] = {NAME("duration_s"), .form = FORM_NUMBER},
    [MEMBER_DIRECTION] = {NAME("direction"), .form = FORM_WORD},
    [MEMBER_AUTOMATIC] = {NAME("automatic"), .form = FORM_BOOL},
    [MEMBER_NEXT_STEP] = {NAME("next_step"), .form = FORM_BOOL},
    [MEMBER_OWNER] = {NAME("owner"), .form = FORM_KEY},
    [MEMBER_PARTICIPANTS] = {NAME("participants"), .form = FORM_JSON, .keys = participant_keys},
    [MEMBER_ACTIVITY] = {NAME("activity"), .form = FORM_KEY},
    [MEMBER_AT] = {NAME("at"), .form = FORM_TIME},
    [MEMBER_KIND] = {NAME("kind"), .form = FORM_WORD},
    [MEMBER_REASON] = {NAME("reason"), .form = FORM_KEY},
    [MEMBER_AMOUNT] = {NAME("amount"), .form = FORM_NUMBER},
    [MEMBER_CURRENCY] = {NAME("currency"), .form = FORM_WORD},
    [MEMBER_MARGIN] = {NAME("margin"), .form = FORM_NUMBER},
    [MEMBER_DISCOUNT] = {NAME("discount"), .form = FORM_NUMBER},
    [MEMBER_STAGE] = {NAME("stage"), .form = FORM_WORD},
    [MEMBER_CLOSE_DATE] = {NAME("close_date"), .form = FORM_TIME},
    [MEMBER_NEXT_STEP_AT] = {NAME("next_step_at"), .form = FORM_TIME},
    [MEMBER_SEGMENT] = {NAME("segment"), .form = FORM_WORD},
    [MEMBER_COMMITMENT] = {NAME("commitment"), .form = FORM_KEY},
    [MEMBER_TEXT] = {NAME("text"), .form = FORM_TEXT},
    [MEMBER_DUE] = {NAME("due"), .form = FORM_TIME},
    [MEMBER_INDICATOR] = {NAME("indicator"), .form = FORM_KEY},
    [MEMBER_TARGET] = {NAME("target"), .form = FORM_NUMBER},
    [MEMBER_BY] = {NAME("by"), .form = FORM_WORD, .words = promiser_words},
    [MEMBER_MANAGER] = {NAME("manager"), .form = FORM_KEY},
    [MEMBER_CASE] = {NAME("case"), .form = FORM_KEY},
    [MEMBER_AGREED_BY] = {NAME("agreed_by"), .form = FORM_KEY},
    [MEMBER_SERIES] = {NAME("series"), .form = FORM_KEY},
    [MEMBER_COACH] = {NAME("coach"), .form = FORM_WORD, .words = coach_words},
    [MEMBER_TOPICS] = {NAME("topics"), .form = FORM_JSON, .keys = topic_keys},
    [MEMBER_COMMITMENTS] = {NAME("commitments"), .form = FORM_JSON},
    [MEMBER_HELP_ASKED] = {NAME("help_asked"), .form = FORM_BOOL},
    [MEMBER_COST] = {NAME("cost"), .form = FORM_NUMBER},
    [MEMBER_SKILL] = {NAME("skill"), .form = FORM_KEY},
    [MEMBER_SCORE] = {NAME("score"), .form = FORM_NUMBER, .least = 0, .most = 1000000},
    [MEMBER_TRAINING] = {NAME("training"), .form = FORM_KEY},
    [MEMBER_INDICATORS] = {NAME("indicators"), .form = FORM_JSON},
    [MEMBER_RESULT] = {NAME("result"), .form = FORM_KEY},
    [MEMBER_PER] = {NAME("per"), .form = FORM_WORD, .words = period_words},
    [MEMBER_FROM] = {NAME("from"), .form = FORM_TIME},
    [MEMBER_TO] = {NAME("to"), .form = FORM_TIME},
    [MEMBER_PARENT] = {NAME("parent"), .form = FORM_KEY},
    [MEMBER_ABSENCE] = {NAME("absence"), .form = FORM_KEY},
    [MEMBER_FRACTION] = {NAME("fraction"), .form = FORM_NUMBER, .least = 0, .most = 10000},
    [MEMBER_TEAM] = {NAME("team"), .form = FORM_KEY},
    [MEMBER_ROLE] = {NAME("role"), .form = FORM_WORD},
    [MEMBER_TZ] = {NAME("tz"), .form = FORM_KEY},
    [MEMBER_PATTERN] = {NAME("pattern"), .form = FORM_JSON, .keys = weekday_keys},
    [MEMBER_RAMP] = {NAME("ramp"), .form = FORM_JSON},
    [MEMBER_CHANGE] = {NAME("change"), .form = FORM_KEY},
    [MEMBER_TEAMS] = {NAME("teams"), .form = FORM_JSON},
    [MEMBER_REPS] = {NAME("reps"), .form = FORM_JSON},
    [MEMBER_THROUGH] = {NAME("through"), .form = FORM_TIME},
    [MEMBER_GAP_FROM] = {NAME("gap_from"), .form = FORM_TIME},
    [MEMBER_GAP_TO] = {NAME("gap_to"), .form = FORM_TIME},
};
const int member_table_count = MEMBER_IDS;

_Static_assert(sizeof member_table / sizeof member_table[0] == MEMBER_IDS, "every id has a row");
_Static_assert(MEMBER_IDS <= 64, "a set of members is a uint64_t");

/* For the search: the ids by name, and for each first letter where its names begin in there. */
static const uint8_t members_by_name[] = {
    MEMBER_ABSENCE,    MEMBER_ACCOUNT,   MEMBER_ACTIVITY,   MEMBER_AGREED_BY,    MEMBER_AMOUNT,
    MEMBER_AT,         MEMBER_AUTOMATIC, MEMBER_BY,         MEMBER_CASE,         MEMBER_CHANGE,
    MEMBER_CLOSE_DATE, MEMBER_COACH,     MEMBER_COMMITMENT, MEMBER_COMMITMENTS,  MEMBER_CONTACT,
    MEMBER_COST,       MEMBER_CURRENCY,  MEMBER_DIRECTION,  MEMBER_DISCOUNT,     MEMBER_DUE,
    MEMBER_DURATION_S, MEMBER_FRACTION,  MEMBER_FROM,       MEMBER_GAP_FROM,     MEMBER_GAP_TO,
    MEMBER_HELP_ASKED, MEMBER_INDICATOR, MEMBER_INDICATORS, MEMBER_KIND,         MEMBER_LEAD,
    MEMBER_MANAGER,    MEMBER_MARGIN,    MEMBER_NEXT_STEP,  MEMBER_NEXT_STEP_AT, MEMBER_OPPORTUNITY,
    MEMBER_OUTCOME,    MEMBER_OWNER,     MEMBER_PARENT,     MEMBER_PARTICIPANTS, MEMBER_PATTERN,
    MEMBER_PER,        MEMBER_RAMP,      MEMBER_REASON,     MEMBER_REPS,         MEMBER_RESULT,
    MEMBER_ROLE,       MEMBER_SCORE,     MEMBER_SEGMENT,    MEMBER_SERIES,       MEMBER_SKILL,
    MEMBER_STAGE,      MEMBER_TARGET,    MEMBER_TEAM,       MEMBER_TEAMS,        MEMBER_TEXT,
    MEMBER_THROUGH,    MEMBER_TO,        MEMBER_TOPICS,     MEMBER_TRAINING,     MEMBER_TZ,
};
static const uint8_t members_by_letter['z' - 'a' + 2] = {
    0,  7,  8,  17, 21, 21, 23, 25, 26, 28, 28, 29, 30, 32,
    34, 37, 41, 41, 46, 51, 60, 60, 60, 60, 60, 60, 60,
};

_Static_assert(sizeof members_by_name == MEMBER_IDS, "every member can be found");

#define BIT(member) (UINT64_C(1) << MEMBER_##member)
#define ACTIVITY                                                                                   \
    (BIT(OUTCOME) | BIT(OPPORTUNITY) | BIT(ACCOUNT) | BIT(CONTACT) | BIT(LEAD) | BIT(DURATION_S) | \
     BIT(DIRECTION) | BIT(AUTOMATIC) | BIT(NEXT_STEP) | BIT(OWNER) | BIT(PARTICIPANTS))
#define PLAN (BIT(ACTIVITY) | BIT(AT) | BIT(KIND) | BIT(OPPORTUNITY))
#define LEAD (BIT(LEAD) | BIT(REASON))
#define OPPORTUNITY                                                                                \
    (BIT(OPPORTUNITY) | BIT(AMOUNT) | BIT(CURRENCY) | BIT(MARGIN) | BIT(DISCOUNT) | BIT(STAGE) |   \
     BIT(CLOSE_DATE) | BIT(NEXT_STEP_AT) | BIT(OWNER) | BIT(SEGMENT) | BIT(REASON))
#define PROMISE                                                                                    \
    (BIT(COMMITMENT) | BIT(TEXT) | BIT(DUE) | BIT(INDICATOR) | BIT(TARGET) | BIT(BY) |             \
     BIT(MANAGER) | BIT(CASE) | BIT(AGREED_BY) | BIT(SERIES))
#define VERDICT (BIT(COMMITMENT) | BIT(REASON))
#define SESSION                                                                                    \
    (BIT(MANAGER) | BIT(COACH) | BIT(TOPICS) | BIT(COMMITMENTS) | BIT(HELP_ASKED) |                \
     BIT(DURATION_S) | BIT(COST))
#define OBSERVATION (BIT(MANAGER) | BIT(SKILL) | BIT(SCORE))
#define GOAL                                                                                       \
    (BIT(INDICATOR) | BIT(RESULT) | BIT(TARGET) | BIT(PER) | BIT(FROM) | BIT(TO) | BIT(PARENT))
#define GOAL_OF (BIT(INDICATOR) | BIT(RESULT))
#define ABSENCE (BIT(ABSENCE) | BIT(FROM) | BIT(TO))
#define REP (BIT(FROM) | BIT(TEAM) | BIT(ROLE) | BIT(MANAGER) | BIT(TZ) | BIT(PATTERN) | BIT(RAMP))
#define CHANGE (BIT(CHANGE) | BIT(KIND) | BIT(TEAMS) | BIT(REPS) | BIT(INDICATORS) | BIT(FROM))
#define FEED (BIT(THROUGH) | BIT(GAP_FROM) | BIT(GAP_TO))

#define TYPE(literal) literal, sizeof(literal) - 1

enum { ACTIVITY_ROW = 2 };

/* Columns: pattern and its length, allowed, required, one of. Sorted by pattern. */
const struct event_kind event_kinds[] = {
    {TYPE("sales.absence.cancelled"), ABSENCE | BIT(FRACTION), ABSENCE, 0},
    {TYPE("sales.absence.set"), ABSENCE | BIT(FRACTION), ABSENCE, 0},
    [ACTIVITY_ROW] = {TYPE("sales.activity.*"), ACTIVITY, 0, 0},
    {TYPE("sales.activity.cancelled"), PLAN, BIT(ACTIVITY) | BIT(AT), 0},
    {TYPE("sales.activity.planned"), PLAN, BIT(ACTIVITY) | BIT(AT), 0},
    {TYPE("sales.case.acknowledged"), BIT(CASE) | BIT(MANAGER), BIT(CASE), 0},
    {TYPE("sales.case.dismissed"), BIT(CASE) | BIT(MANAGER) | BIT(REASON), BIT(CASE) | BIT(REASON), 0},
    {TYPE("sales.change.introduced"), CHANGE, BIT(CHANGE), 0},
    {TYPE("sales.coaching.observation"), OBSERVATION, OBSERVATION, 0},
    {TYPE("sales.coaching.session"), SESSION, BIT(MANAGER), 0},
    {TYPE("sales.commitment.changed"), PROMISE, BIT(COMMITMENT), 0},
    {TYPE("sales.commitment.done"), VERDICT, BIT(COMMITMENT), 0},
    {TYPE("sales.commitment.made"), PROMISE, BIT(COMMITMENT), 0},
    {TYPE("sales.commitment.withdrawn"), VERDICT, BIT(COMMITMENT), 0},
    {TYPE("sales.goal.acknowledged"), GOAL, BIT(TARGET), GOAL_OF},
    {TYPE("sales.goal.set"), GOAL, BIT(TARGET), GOAL_OF},
    {TYPE("sales.growth.goal"), BIT(SKILL) | BIT(TEXT), BIT(SKILL), 0},
    {TYPE("sales.lead.assigned"), LEAD, BIT(LEAD), 0},
    {TYPE("sales.lead.closed"), LEAD, BIT(LEAD), 0},
    {TYPE("sales.lead.reassigned"), LEAD, BIT(LEAD), 0},
    {TYPE("sales.opportunity.changed"), OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {TYPE("sales.opportunity.created"), OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {TYPE("sales.opportunity.deleted"), OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {TYPE("sales.opportunity.lost"), OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {TYPE("sales.opportunity.reopened"), OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {TYPE("sales.opportunity.won"), OPPORTUNITY, BIT(OPPORTUNITY), 0},
    {TYPE("sales.recognition.given"), BIT(MANAGER) | BIT(INDICATOR), BIT(MANAGER), 0},
    {TYPE("sales.record.deleted"), 0, 0, 0},
    {TYPE("sales.rep.joined"), REP, 0, 0},
    {TYPE("sales.rep.left"), REP, 0, 0},
    {TYPE("sales.rep.moved"), REP, 0, 0},
    {TYPE("sales.source.heartbeat"), FEED, BIT(THROUGH), 0},
    {TYPE("sales.source.synced"), FEED, BIT(THROUGH), 0},
    {TYPE("sales.training.completed"), BIT(TRAINING) | BIT(SKILL) | BIT(INDICATORS) | BIT(COST),
     BIT(TRAINING), 0},
};
const int event_kind_count = (int)(sizeof event_kinds / sizeof event_kinds[0]);

/* Rows by the first letter behind "sales.": where they begin. */
static const uint8_t kinds_by_letter['z' - 'a' + 2] = {
    0,  5,  5,  14, 14, 14, 14, 17, 17, 17, 17, 17, 20, 20,
    20, 26, 26, 26, 31, 33, 34, 34, 34, 34, 34, 34, 34,
};

_Static_assert(sizeof event_kinds / sizeof event_kinds[0] == 34, "the last of kinds_by_letter");

#define SALES_PREFIX "sales."
#define ACTIVITY_PREFIX "sales.activity."

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
    const size_t prefix_len = sizeof SALES_PREFIX - 1;
    if (type.len <= prefix_len || memcmp(type.at, SALES_PREFIX, prefix_len) != 0 ||
        type.at[prefix_len] < 'a' || type.at[prefix_len] > 'z')
        return NULL;
    const uint8_t *rows = &kinds_by_letter[type.at[prefix_len] - 'a'];
    for (int i = rows[0]; i < rows[1]; i++) {
        const struct event_kind *kind = &event_kinds[i];
        if (i != ACTIVITY_ROW && view_equal(type, (struct view){kind->pattern, kind->pattern_len}))
            return kind;
    }
    return is_activity(type) ? &event_kinds[ACTIVITY_ROW] : NULL;
}

int member_find(struct view name) {
    if (name.len == 0 || name.at[0] < 'a' || name.at[0] > 'z')
        return -1;
    int letter = name.at[0] - 'a';
    for (int i = members_by_letter[letter]; i < members_by_letter[letter + 1]; i++) {
        const struct member_kind *kind = &member_table[members_by_name[i]];
        if (view_equal(name, (struct view){kind->name, kind->name_len}))
            return members_by_name[i];
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

const struct member *event_member_known(const struct event *event, enum member_id id) {
    for (int i = 0; i < event->n_members; i++) {
        const struct member *member = &event->members[i];
        if (member->id == id ||
            (member->id == MEMBER_OTHER && view_is(member->name, member_table[id].name)))
            return member;
    }
    return NULL;
}

void event_copy(struct event *to, const struct event *from) {
    memcpy(to, from, offsetof(struct event, members));
    memcpy(to->members, from->members, (size_t)from->n_members * sizeof *from->members);
}

bool event_is_deletion(const struct event *event) {
    return view_equal(event->type, view_of("sales.record.deleted"));
}

/*
 * The canonical byte form that is hashed: every integer as 8 bytes, least significant first, every
 * string as its length and its bytes, so that no two contents share a form. A member is its id, its
 * form, its name where the id doesn't tell it, and its value. Changing any of this is a new fold
 * version.
 *
 * Nearly every event's form fits into the buffer and is hashed at once; of a longer one the
 * buffer's fillings are hashed one after the other, which by the definition of XXH3 gives what
 * hashing all of it at once would.
 */
struct canonical {
    unsigned char bytes[512];
    size_t len;
    bool streaming;
    XXH3_state_t state;
};

static void put_bytes(struct canonical *form, const void *bytes, size_t len) {
    if (form->len + len > sizeof form->bytes) {
        if (!form->streaming)
            XXH3_64bits_reset(&form->state);
        form->streaming = true;
        XXH3_64bits_update(&form->state, form->bytes, form->len);
        form->len = 0;
    }
    if (len > sizeof form->bytes) {
        XXH3_64bits_update(&form->state, bytes, len);
    } else if (len) {
        memcpy(form->bytes + form->len, bytes, len);
        form->len += len;
    }
}

static void put_integer(struct canonical *form, int64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    put_bytes(form, bytes, sizeof bytes);
}

static void put_text(struct canonical *form, struct view text) {
    put_integer(form, (int64_t)text.len);
    put_bytes(form, text.at, text.len);
}

static void put_member(struct canonical *form, const struct member *member) {
    put_integer(form, (int64_t)member->id << 8 | member->form);
    if (member->id == MEMBER_OTHER)
        put_text(form, member->name);
    if (member->form == FORM_NUMBER || member->form == FORM_BOOL)
        put_integer(form, member->number);
    else
        put_text(form, member->text);
}

uint64_t event_digest(const struct event *event) {
    struct canonical form;
    form.len = 0;
    form.streaming = false;
    put_text(&form, event->type);
    put_text(&form, event->subject);
    put_integer(&form, event->time_us);
    put_integer(&form, event->localdate);
    put_integer(&form, event->recorded_us);
    put_integer(&form, event->n_members);
    for (int i = 0; i < event->n_members; i++)
        put_member(&form, &event->members[i]);
    if (!form.streaming)
        return XXH3_64bits(form.bytes, form.len);
    XXH3_64bits_update(&form.state, form.bytes, form.len);
    return XXH3_64bits_digest(&form.state);
}
