/*
 * fuzz_event.c - any bytes as a batch body.
 *
 * Beyond not crashing, whatever is decoded must keep what json.h promises: every accepted event is
 * within all limits and in canonical order, every refusal has a reason fit to be sent, a line means
 * the same alone as among others, decoding twice gives the same, and so does the general reader
 * alone (json_twin.h).
 */
#include "draft.h"
#include "json.h"

#include "../json_twin.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { MAX_EVENTS = 64 };

/* Well-formed as in table 3-7 of the Unicode standard: the answer goes into a JSON reply. */
static bool is_utf8(const char *text, size_t len) {
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = len ? at + len : at; /* NULL + 0 is undefined in C */
    while (at < end) {
        int more = *at < 0x80                  ? 0
                   : *at >= 0xC2 && *at < 0xE0 ? 1
                   : *at >= 0xE0 && *at < 0xF0 ? 2
                   : *at >= 0xF0 && *at < 0xF5 ? 3
                                               : -1;
        if (more < 0 || end - at <= more)
            return false;
        if ((*at == 0xE0 && at[1] < 0xA0) || (*at == 0xED && at[1] > 0x9F) ||
            (*at == 0xF0 && at[1] < 0x90) || (*at == 0xF4 && at[1] > 0x8F))
            return false;
        for (at++; more > 0; more--, at++) {
            if ((*at & 0xC0) != 0x80)
                return false;
        }
    }
    return true;
}

static void check_name(struct view text) {
    CHECK(text.len > 0 && text.len <= EVENT_ATTRIBUTE_MAX_BYTES);
    CHECK(!draft_has_control(text) && is_utf8(text.at, text.len));
}

static void check_member(const struct member *member) {
    static const size_t max_bytes[] = {
        [FORM_WORD] = EVENT_WORD_MAX_BYTES,
        [FORM_KEY] = EVENT_KEY_MAX_BYTES,
        [FORM_TEXT] = EVENT_TEXT_MAX_BYTES,
        [FORM_NUMBER] = 0,
        [FORM_BOOL] = 5,
        [FORM_TIME] = 64,
        [FORM_JSON] = EVENT_JSON_MAX_BYTES,
    };
    CHECK(member->form <= FORM_JSON);
    CHECK(member->text.len <= max_bytes[member->form]);
    CHECK(is_utf8(member->text.at, member->text.len));
    CHECK(member->number >= -EVENT_NUMBER_MAX && member->number <= EVENT_NUMBER_MAX);
    if (member->id != MEMBER_OTHER) {
        CHECK(member_find(member->name) == member->id);
        CHECK(member_table[member->id].form == (enum member_form)member->form);
    }
}

static void check_event(const struct event *event) {
    check_name(event->source);
    check_name(event->id);
    check_name(event->type);
    check_name(event->subject);
    check_name(event->record);
    CHECK(event->time_us != TIME_NONE);
    CHECK(event->revision >= 0 && event->sequence >= -1);
    CHECK(event->offset_min > -1440 && event->offset_min < 1440);
    CHECK(event->n_members >= 0 && event->n_members <= EVENT_MEMBERS_MAX);
    const struct event_kind *kind = event_kind_find(event->type);
    uint64_t there = 0;
    for (int i = 0; i < event->n_members; i++) {
        const struct member *member = &event->members[i];
        check_member(member);
        CHECK((member->id == MEMBER_OTHER) == (kind == NULL));
        if (i > 0 && kind)
            CHECK(member->id > member[-1].id);
        if (i > 0 && !kind)
            CHECK(view_compare(member->name, member[-1].name) > 0);
        if (kind)
            there |= UINT64_C(1) << member->id;
    }
    if (kind) {
        CHECK((there & ~kind->allowed) == 0 && (kind->required & ~there) == 0);
        CHECK(!kind->one_of || (kind->one_of & there));
    }
}

static void check_reason(enum pace_code code, const char *reason) {
    CHECK(pace_code_name(code) != NULL);
    CHECK(memchr(reason, '\0', JSON_REASON_SIZE) != NULL);
    CHECK((reason[0] == '\0') == (code == PACE_OK));
    CHECK(is_utf8(reason, strlen(reason)));
    CHECK(!draft_has_control((struct view){reason, strlen(reason)}));
}

static void check_item(const struct json_item *item, const char *body, size_t size) {
    check_reason(item->code, item->reason);
    CHECK(item->raw.len > 0 && item->raw.at >= body && item->raw.at + item->raw.len <= body + size);
    if (item->id.len)
        check_name(item->id);
    if (item->code == PACE_OK)
        check_event(&item->event);
}

/* What is compared between two decodings of the same. */
struct outcome {
    enum pace_code code;
    uint64_t digest;
};

static struct outcome outcome_of(const struct json_item *item) {
    return (struct outcome){item->code, item->code ? 0 : event_digest(&item->event)};
}

static void check_alone(struct json_decoder *decoder, struct view raw, struct outcome expected) {
    struct json_batch batch = {0};
    char reason[JSON_REASON_SIZE];
    /* Alone, these would be a list, several lines, and a mark to pass over. */
    if (raw.at[0] == '[' || memchr(raw.at, '\n', raw.len) || raw.at[0] == '\xEF')
        return;
    CHECK(json_decode(decoder, raw.at, raw.len, 1, &batch, reason) == PACE_OK);
    CHECK(batch.n_items == 1);
    struct outcome alone = outcome_of(&batch.items[0]);
    CHECK(alone.code == expected.code && alone.digest == expected.digest);
}

static const char *const names[] = {"stars", "kept", "amount"};

/* Each line is read by the general reader alone, too. The items live in another decoder. */
static void check_twin(const struct json_item *item) {
    static struct json_decoder *other;
    struct json_batch batch = {0};
    char reason[JSON_REASON_SIZE];
    if (!other)
        other = json_decoder_create(&(struct json_wanted){names, 3});
    char *twin = malloc(item->raw.len + JSON_TWIN_BYTES);
    CHECK(other && twin);
    size_t len = json_twin(item->raw, twin);
    if (len && !memchr(item->raw.at, '\n', item->raw.len)) {
        CHECK(json_decode(other, twin, len, 1, &batch, reason) == PACE_OK);
        CHECK(batch.n_items == 1 && json_twin_same(item, &batch.items[0]));
    }
    free(twin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct json_decoder *decoder;
    if (size % 64 == 63) /* a new one must do the same */
        json_decoder_destroy(&decoder);
    if (!decoder)
        decoder = json_decoder_create(&(struct json_wanted){names, 3});
    CHECK(decoder != NULL);
    const char *body = (const char *)data;
    struct json_batch batch = {0};
    char reason[JSON_REASON_SIZE] = "";
    enum pace_code code = json_decode(decoder, body, size, MAX_EVENTS, &batch, reason);
    if (code) {
        check_reason(code, reason);
        return 0;
    }
    CHECK(batch.n_items <= MAX_EVENTS);
    struct outcome outcomes[MAX_EVENTS];
    struct view raws[MAX_EVENTS];
    size_t n = batch.n_items;
    for (size_t i = 0; i < n; i++) {
        check_item(&batch.items[i], body, size);
        check_twin(&batch.items[i]);
        outcomes[i] = outcome_of(&batch.items[i]);
        raws[i] = batch.items[i].raw;
    }
    for (size_t i = 0; i < n; i++)
        check_alone(decoder, raws[i], outcomes[i]);
    return 0;
}
