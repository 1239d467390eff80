/* The table of types against DOMAIN section 1, the search in it, the digest, and the words of the
 * wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "event.h"
#include "pace/error.h"
#include "pace/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* DOMAIN section 1, once more and by hand: "*" is required, "|" one of those around it. */
static const struct {
    const char *types, *members;
} domain[] = {
    {"sales.activity.call sales.activity.email sales.activity.x_2 sales.activity.*",
     "outcome opportunity account contact lead duration_s direction automatic next_step owner "
     "participants"},
    {"sales.activity.planned sales.activity.cancelled", "activity* at* kind opportunity"},
    {"sales.lead.assigned sales.lead.reassigned sales.lead.closed", "lead* reason"},
    {"sales.opportunity.created sales.opportunity.changed sales.opportunity.won "
     "sales.opportunity.lost "
     "sales.opportunity.reopened sales.opportunity.deleted",
     "opportunity* amount currency margin discount stage close_date next_step_at owner segment "
     "reason"},
    {"sales.commitment.made sales.commitment.changed",
     "commitment* text due indicator target by manager case agreed_by series"},
    {"sales.commitment.done sales.commitment.withdrawn", "commitment* reason"},
    {"sales.coaching.session", "manager* coach topics commitments help_asked duration_s cost"},
    {"sales.coaching.observation", "manager* skill* score*"},
    {"sales.recognition.given", "manager* indicator"},
    {"sales.training.completed", "training* skill indicators cost"},
    {"sales.goal.set sales.goal.acknowledged", "indicator| result| target* per from to parent"},
    {"sales.growth.goal", "skill* text"},
    {"sales.absence.set sales.absence.cancelled", "absence* from* to* fraction"},
    {"sales.rep.joined sales.rep.moved sales.rep.left", "from team role manager tz pattern ramp"},
    {"sales.case.acknowledged", "manager case*"},
    {"sales.case.dismissed", "reason* manager case*"},
    {"sales.change.introduced", "change* kind teams reps indicators from"},
    {"sales.source.heartbeat sales.source.synced", "through* gap_from gap_to"},
    {"sales.record.deleted", ""},
};

/* The next word of a list; false at its end. */
static bool next_word(const char **at, struct view *ret_word) {
    *at += strspn(*at, " ");
    *ret_word = (struct view){*at, strcspn(*at, " ")};
    *at += ret_word->len;
    return ret_word->len > 0;
}

static struct event_kind kind_of(const char *members) {
    struct event_kind kind = {0};
    struct view word;
    while (next_word(&members, &word)) {
        char mark = word.at[word.len - 1];
        word.len -= mark == '*' || mark == '|';
        int id = member_find(word);
        if (id < 0)
            fail_msg("no member \"%.*s\" in the table", (int)word.len, word.at);
        kind.allowed |= UINT64_C(1) << id;
        kind.required |= mark == '*' ? UINT64_C(1) << id : 0;
        kind.one_of |= mark == '|' ? UINT64_C(1) << id : 0;
    }
    return kind;
}

static void table_is_domains(void **state) {
    (void)state;
    int n_types = 0;
    for (size_t i = 0; i < sizeof domain / sizeof domain[0]; i++) {
        struct event_kind expected = kind_of(domain[i].members);
        const char *types = domain[i].types;
        for (struct view type; next_word(&types, &type);) {
            bool pattern = type.at[type.len - 1] == '*';
            struct view asked = pattern ? view_of("sales.activity.anything") : type;
            const struct event_kind *kind = event_kind_find(asked);
            if (!kind)
                fail_msg("%.*s isn't in the table", (int)type.len, type.at);
            if (kind->allowed != expected.allowed || kind->required != expected.required ||
                kind->one_of != expected.one_of)
                fail_msg("%.*s has other members than DOMAIN gives it", (int)type.len, type.at);
            n_types += pattern || view_equal(type, (struct view){kind->pattern, kind->pattern_len});
        }
    }
    assert_int_equal(n_types, event_kind_count);
}

static void tables_are_in_order(void **state) {
    (void)state;
    for (int i = 0; i < event_kind_count; i++) {
        const struct event_kind *kind = &event_kinds[i];
        assert_int_equal(kind->pattern_len, strlen(kind->pattern));
        assert_true(i == 0 || strcmp(kind[-1].pattern, kind->pattern) < 0);
        assert_int_equal((kind->required | kind->one_of) & ~kind->allowed, 0);
        assert_true(__builtin_popcountll(kind->allowed) <= EVENT_MEMBERS_MAX);
    }
    uint64_t used = 0;
    for (int i = 0; i < event_kind_count; i++)
        used |= event_kinds[i].allowed;
    for (int id = 0; id < member_table_count; id++) {
        const struct member_kind *kind = &member_table[id];
        assert_int_equal(kind->name_len, strlen(kind->name));
        assert_int_equal(member_find(view_of(kind->name)), id);
        if (!(used >> id & 1))
            fail_msg("no type may carry %s", kind->name);
    }
}

/* Stored in logs: neither may ever change. */
static void ids_are_pinned(void **state) {
    (void)state;
    static const struct {
        int id;
        const char *name;
        enum member_form form;
    } pinned[] = {
        {0, "outcome", FORM_WORD},       {1, "opportunity", FORM_KEY},
        {5, "duration_s", FORM_NUMBER},  {7, "automatic", FORM_BOOL},
        {10, "participants", FORM_JSON}, {12, "at", FORM_TIME},
        {15, "amount", FORM_NUMBER},     {24, "text", FORM_TEXT},
        {30, "case", FORM_KEY},          {36, "help_asked", FORM_BOOL},
        {39, "score", FORM_NUMBER},      {44, "from", FORM_TIME},
        {52, "pattern", FORM_JSON},      {59, "gap_to", FORM_TIME},
    };
    assert_true(member_table_count >= 60);
    for (size_t i = 0; i < sizeof pinned / sizeof pinned[0]; i++) {
        assert_string_equal(member_table[pinned[i].id].name, pinned[i].name);
        assert_int_equal(member_table[pinned[i].id].form, pinned[i].form);
    }
}

static void unknown_types_have_no_row(void **state) {
    (void)state;
    static const char *const types[] = {
        "",
        "sales",
        "sales.activity.",
        "sales.activity",
        "sales.activity.Call",
        "sales.activity.a.b",
        "sales.activity.*",
        "sales.activity.a-b",
        "sales.opportunity.",
        "sales.opportunity.wo",
        "sales.opportunity.wonn",
        "Sales.opportunity.won",
        "crm.note.added",
        "sales.absence",
        "zzz",
        "aaa",
        "sales.training.completed ",
        "sales.activity.\xC3\xA4",
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (event_kind_find(view_of(types[i])))
            fail_msg("\"%s\" has a row", types[i]);
    }
    assert_null(event_kind_find((struct view){"sales.opportunity.won\0", 22}));
    assert_non_null(event_kind_find(view_of("sales.activity.planned_2")));
    assert_string_equal(event_kind_find(view_of("sales.activity.planned"))->pattern,
                        "sales.activity.planned");
}

static void unknown_members_are_not_found(void **state) {
    (void)state;
    static const char *const names[] = {"",    "a", "amoun", "amounts",  "Amount",
                                        "zzz", "{", "`",     "\xC3\xA4", "tos"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(member_find(view_of(names[i])), -1);
    assert_int_equal(member_find((struct view){"amount\0", 7}), -1);
}

/* ---- the digest ---- */

static char long_text[EVENT_TEXT_MAX_BYTES + 1];

static struct event sample(void) {
    struct event event = {
        .source = view_of("/crm"),
        .id = view_of("id-1"),
        .type = view_of("sales.opportunity.won"),
        .subject = view_of("a.devries"),
        .record = view_of("id-1"),
        .time_us = INT64_C(1774771200000000),
        .offset_min = 120,
        .localdate = DAY_NONE,
        .recorded_us = TIME_NONE,
        .sequence = -1,
        .n_members = 3,
        .members =
            {
                {.id = MEMBER_OPPORTUNITY,
                 .form = FORM_KEY,
                 .name = view_of("opportunity"),
                 .text = view_of("o-1")},
                {.id = MEMBER_AMOUNT,
                 .form = FORM_NUMBER,
                 .name = view_of("amount"),
                 .number = 12345600},
                {.id = MEMBER_STAGE,
                 .form = FORM_WORD,
                 .name = view_of("stage"),
                 .text = view_of("closed")},
            },
    };
    return event;
}

static void digest_covers_the_content(void **state) {
    (void)state;
    struct event event = sample();
    uint64_t seen[16];
    size_t n = 0;
    seen[n++] = event_digest(&event);
#define CHANGED(field, value)                                                                      \
    do {                                                                                           \
        event = sample();                                                                          \
        event.field = value;                                                                       \
        seen[n++] = event_digest(&event);                                                          \
    } while (0)
    CHANGED(type, view_of("sales.opportunity.lost"));
    CHANGED(subject, view_of("a.devrie"));
    CHANGED(time_us, event.time_us + 1);
    CHANGED(localdate, 20000);
    CHANGED(recorded_us, INT64_C(1774771200000000));
    CHANGED(n_members, 2);
    CHANGED(members[0].text, view_of("o-2"));
    CHANGED(members[1].number, 12345601);
    CHANGED(members[2].text, view_of(""));
    CHANGED(members[2].id, MEMBER_SEGMENT);
    CHANGED(members[2].id, MEMBER_OTHER);
    event.members[2].name = view_of("Stage");
    seen[n++] = event_digest(&event);
    /* The border between two strings counts: "ab" + "c" isn't "a" + "bc". */
    event = sample();
    event.type = view_of("sales.opportunity.wona");
    event.subject = view_of(".devries");
    seen[n++] = event_digest(&event);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (seen[i] == seen[j])
                fail_msg("changes %zu and %zu have the same digest", j, i);
        }
    }
}

static void digest_leaves_the_identity_out(void **state) {
    (void)state;
    struct event event = sample();
    uint64_t digest = event_digest(&event);
    event.source = view_of("/other");
    event.id = view_of("id-2");
    event.record = view_of("r");
    event.revision = 7;
    event.sequence = 9;
    event.offset_min = -300;
    assert_true(event_digest(&event) == digest);
}

static size_t put_u64(unsigned char *bytes, uint64_t value) {
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
    return 8;
}

static size_t put_view(unsigned char *bytes, struct view text) {
    size_t n = put_u64(bytes, text.len);
    if (text.len)
        memcpy(bytes + n, text.at, text.len);
    return n + text.len;
}

/* The form of event.c in one piece, as a reader of its comment would write it. */
static uint64_t reference_digest(const struct event *event) {
    static unsigned char bytes[200000];
    size_t n = put_view(bytes, event->type);
    n += put_view(bytes + n, event->subject);
    n += put_u64(bytes + n, (uint64_t)event->time_us);
    n += put_u64(bytes + n, (uint64_t)(int64_t)event->localdate);
    n += put_u64(bytes + n, (uint64_t)event->recorded_us);
    n += put_u64(bytes + n, (uint64_t)event->n_members);
    for (int i = 0; i < event->n_members; i++) {
        const struct member *member = &event->members[i];
        n += put_u64(bytes + n, (uint64_t)member->id << 8 | member->form);
        if (member->id == MEMBER_OTHER)
            n += put_view(bytes + n, member->name);
        if (member->form == FORM_NUMBER || member->form == FORM_BOOL)
            n += put_u64(bytes + n, (uint64_t)member->number);
        else
            n += put_view(bytes + n, member->text);
    }
    return XXH3_64bits(bytes, n);
}

/* Every length around the end of the buffer, and texts that are longer than it. */
static void digest_is_of_one_form_at_every_length(void **state) {
    (void)state;
    memset(long_text, 'x', EVENT_TEXT_MAX_BYTES);
    for (size_t len = 0; len <= EVENT_TEXT_MAX_BYTES; len += len < 700 ? 1 : 97) {
        struct event event = sample();
        event.subject = (struct view){long_text, len};
        assert_true(event_digest(&event) == reference_digest(&event));
        event.members[0].text = (struct view){long_text, EVENT_TEXT_MAX_BYTES - len};
        assert_true(event_digest(&event) == reference_digest(&event));
    }
}

/* Stores hold digests: another number here means a new fold version. */
static void digest_is_pinned(void **state) {
    (void)state;
    struct event event = sample();
    assert_int_equal(event_digest(&event), UINT64_C(0xc5c80d4a26c74426));
}

static void members_are_found_by_name(void **state) {
    (void)state;
    struct event event = sample();
    assert_ptr_equal(event_member(&event, view_of("amount")), &event.members[1]);
    assert_null(event_member(&event, view_of("amoun")));
    assert_null(event_member(&event, view_of("currency")));
    assert_false(event_is_deletion(&event));
    event.type = view_of("sales.record.deleted");
    assert_true(event_is_deletion(&event));
}

/* ---- the words of the wire ---- */

static void codes_have_their_names(void **state) {
    (void)state;
    static const char *const names[] = {
        "ok",
        "bad_json",
        "bad_utf8",
        "missing_attribute",
        "bad_attribute",
        "bad_time",
        "too_late",
        "too_far_ahead",
        "too_large",
        "too_many",
        "unknown_subject",
        "not_allowed",
        "bad_frames",
        "poison",
    };
    assert_int_equal(sizeof names / sizeof names[0], PACE_CODES);
    for (int code = 0; code < PACE_CODES; code++)
        assert_string_equal(pace_code_name((enum pace_code)code), names[code]);
    assert_null(pace_code_name(PACE_CODES));
    assert_null(pace_code_name((enum pace_code) - 1));
}

static void every_error_is_a_sentence(void **state) {
    (void)state;
    for (int code = -1100; code <= 5; code++) {
        const char *text = pace_strerror(code);
        assert_non_null(text);
        assert_true(text[0] != '\0' && text[strlen(text) - 1] != '.');
    }
    for (int code = PACE_ELIMIT; code <= PACE_ECORRUPT; code++)
        assert_null(strstr(pace_strerror(code), "unknown"));
    assert_null(strstr(pace_strerror(-ENOSPC), "unknown"));
    assert_null(strstr(pace_strerror(-EPROTO), "unknown"));
    assert_non_null(strstr(pace_strerror(-4242), "-4242"));
    assert_non_null(strstr(pace_strerror(INT32_MIN), "unknown"));
    assert_non_null(strstr(pace_strerror(INT32_MAX), "unknown"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_domains),
        cmocka_unit_test(tables_are_in_order),
        cmocka_unit_test(ids_are_pinned),
        cmocka_unit_test(unknown_types_have_no_row),
        cmocka_unit_test(unknown_members_are_not_found),
        cmocka_unit_test(digest_covers_the_content),
        cmocka_unit_test(digest_leaves_the_identity_out),
        cmocka_unit_test(digest_is_of_one_form_at_every_length),
        cmocka_unit_test(digest_is_pinned),
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(codes_have_their_names),
        cmocka_unit_test(every_error_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
