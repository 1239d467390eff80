/* log_pack.c - records into bytes: log_codec.h. */
#include "dict.h"
#include "log_codec_inside.h"

#include <pace/error.h>

enum { RECORD_FIXED_BYTES = 160, MEMBER_FIXED_BYTES = 40 };

void log_body_begin(uint8_t *body, struct log_context *context) {
    memset(body, 0, LOG_BODY_HEAD_BYTES);
    log_context_reset(context, 0);
}

static void body_begin_group(uint8_t *body, size_t len, struct log_context *context) {
    uint64_t group = context->records / LOG_GROUP_RECORDS;
    if (group)
        put_u16(body + 2 * group, len);
    log_context_reset(context, context->records);
}

static uint8_t *put_signed(uint8_t *at, int64_t value) {
    return varint_put(at, zigzag(value));
}

static uint8_t *put_bytes(uint8_t *at, struct view text) {
    if (text.len)
        memcpy(at, text.at, text.len);
    return at + text.len;
}

static uint8_t *put_text(uint8_t *at, struct view text) {
    return put_bytes(varint_put(at, text.len), text);
}

static size_t shared_prefix(const struct log_string *last, struct view text) {
    size_t most = last->len < text.len ? last->len : text.len;
    size_t n = 0;
    while (n < most && last->bytes[n] == text.at[n])
        n++;
    return n;
}

/* Only what differs is written, and remembered. */
static uint8_t *put_shared(uint8_t *at, struct log_string *last, struct view text) {
    size_t shared = shared_prefix(last, text);
    struct view rest = {text.at + shared, text.len - shared};
    if (rest.len)
        memcpy(last->bytes + shared, rest.at, rest.len);
    last->len = text.len;
    return put_text(varint_put(at, shared), rest);
}

/* The largest unit that divides it: an index into units_us. */
static unsigned unit_of(int64_t step_us) {
    if (step_us % 1000)
        return 0;
    if (step_us % 1000000)
        return 1;
    return step_us % 60000000 ? 2 : 3;
}

/*
 * A word becomes a dict id where that can be had; where not it is written out, so this can't fail.
 */
static bool word_intern(struct dict *dict, struct view word, uint32_t *ret_id) {
    if (word.len > LOG_WORD_MAX_BYTES)
        return false;
    if (dict_count(dict) >= LOG_WORDS_DICT_COUNT)
        return dict_find(dict, word, ret_id) == 0;
    return dict_intern_common(dict, word, ret_id) == 0;
}

/*
 * `inline_bit`: the bit of the flags that are already written, to be set where the word is written
 * out.
 */
static uint8_t *put_word(uint8_t *at, struct dict *dict, struct view word, uint8_t *flags,
                         uint8_t inline_bit) {
    uint32_t id;
    if (word_intern(dict, word, &id))
        return varint_put(at, id);
    *flags |= inline_bit;
    return put_text(at, word);
}

static uint8_t *put_member_name(uint8_t *at, struct dict *dict, struct view name) {
    uint8_t *is_inline = at++;
    *is_inline = 0;
    return put_word(at, dict, name, is_inline, 1);
}

static uint8_t *put_member(uint8_t *at, struct dict *dict, const struct member *member) {
    uint8_t *head = at;
    at =
        varint_put(at, (unsigned)member->id << MEMBER_ID_SHIFT | member->form << MEMBER_FORM_SHIFT);
    if (member->id == MEMBER_OTHER)
        at = put_member_name(at, dict, member->name);
    switch (member->form) {
    case FORM_WORD:
        return put_word(at, dict, member->text, head, MEMBER_BIT);
    case FORM_NUMBER:
        return put_signed(at, member->number);
    case FORM_BOOL:
        *head |= member->number ? MEMBER_BIT : 0;
        return at;
    default:
        return put_text(at, member->text);
    }
}

static unsigned standing_flag(const struct log_record *record) {
    bool placed = record->standing == STANDING_SUPERSEDED && record->place;
    return placed ? (unsigned)STANDING_SUPERSEDED_OF : (unsigned)record->standing;
}

static unsigned event_flags(const struct log_context *context, const struct log_record *record,
                            uint32_t source) {
    const struct event *event = &record->event;
    unsigned flags = LOG_EVENT | unit_of(delta(event->time_us, context->time_us)) << UNIT_SHIFT;
    flags |= context->source_plus_1 != (uint64_t)source + 1 ? HAS_SOURCE : 0;
    flags |= context->offset_min != event->offset_min ? HAS_OFFSET : 0;
    flags |= view_equal(event->record, event->id) ? 0 : HAS_RECORD;
    flags |= event->revision != 0 ? HAS_REVISION : 0;
    flags |= event->localdate != DAY_NONE ? HAS_LOCALDATE : 0;
    flags |= event->recorded_us != TIME_NONE ? HAS_RECORDED : 0;
    flags |= event->sequence != -1 ? HAS_SEQUENCE : 0;
    flags |= record->conflict ? IS_CONFLICT : 0;
    flags |= record->before ? HAS_BEFORE : 0;
    return flags | standing_flag(record) << STANDING_SHIFT;
}

static uint8_t *put_time(uint8_t *at, struct log_context *context, int64_t time_us,
                         unsigned flags) {
    int64_t step_us = delta(time_us, context->time_us);
    context->time_us = time_us;
    return put_signed(at, step_us / log_units_us[(flags & UNIT_MASK) >> UNIT_SHIFT]);
}

/* A value against the last one told. */
static uint8_t *put_series(uint8_t *at, int64_t *last, int64_t value) {
    at = put_signed(at, delta(value, *last));
    *last = value;
    return at;
}

static uint8_t *put_rare_attributes(uint8_t *at, struct log_context *context,
                                    const struct event *event, unsigned flags) {
    if (flags & HAS_RECORD)
        at = put_shared(at, &context->record, event->record);
    if (flags & HAS_REVISION)
        at = put_series(at, &context->revision, event->revision);
    if (flags & HAS_LOCALDATE)
        at = put_signed(at, event->localdate - floor_div(event->time_us, DAY_US));
    if (flags & HAS_RECORDED)
        at = put_signed(at, delta(event->recorded_us, event->time_us));
    if (flags & HAS_SEQUENCE)
        at = put_series(at, &context->sequence, event->sequence);
    return at;
}

static bool event_fits(const struct event *event) {
    const size_t most = EVENT_ATTRIBUTE_MAX_BYTES;
    return event->source.len <= most && event->type.len <= most && event->subject.len <= most &&
           event->id.len <= most && event->record.len <= most && event->n_members >= 0 &&
           event->n_members <= EVENT_MEMBERS_MAX;
}

static uint8_t *put_event(uint8_t *at, struct log_context *context, struct dict *dict,
                          const struct log_record *record, uint64_t number) {
    const struct event *event = &record->event;
    struct event_names ids = record->names;
    unsigned flags = event_flags(context, record, ids.source);
    at = varint_put(at, flags);
    if (flags & HAS_SOURCE)
        at = varint_put(at, ids.source);
    context->source_plus_1 = (uint64_t)ids.source + 1;
    if (flags & HAS_OFFSET)
        at = put_signed(at, event->offset_min);
    context->offset_min = event->offset_min;
    at = varint_put(at, ids.type);
    at = varint_put(at, ids.subject);
    at = put_time(at, context, event->time_us, flags);
    at = put_shared(at, &context->id, event->id);
    at = put_rare_attributes(at, context, event, flags);
    if (log_has_place(flags))
        at = varint_put(at, number - record->place);
    if (flags & HAS_BEFORE)
        at = varint_put(at, number - record->before);
    at = varint_put(at, (uint64_t)event->n_members);
    for (int i = 0; i < event->n_members; i++)
        at = put_member(at, dict, &event->members[i]);
    return at;
}

/* LOG_TICK and LOG_CONFIG. */
static uint8_t *put_moment(uint8_t *at, struct log_context *context,
                           const struct log_record *record) {
    unsigned flags = record->kind | unit_of(delta(record->now_us, context->time_us)) << UNIT_SHIFT;
    at = varint_put(at, flags);
    at = put_time(at, context, record->now_us, flags);
    if (record->kind != LOG_CONFIG)
        return at;
    for (int i = 0; i < 8; i++)
        *at++ = (uint8_t)(record->digest >> 8 * i);
    return put_text(at, record->text);
}

size_t log_pack_bound(const struct log_record *record) {
    if (record->kind != LOG_EVENT)
        return RECORD_FIXED_BYTES + record->text.len;
    const struct event *event = &record->event;
    size_t bytes = RECORD_FIXED_BYTES + event->id.len + event->record.len;
    for (int i = 0; i < event->n_members && i < EVENT_MEMBERS_MAX; i++)
        bytes += MEMBER_FIXED_BYTES + event->members[i].name.len + event->members[i].text.len;
    return bytes;
}

static int event_names(struct dict *dict, struct log_record *record) {
    return event_fits(&record->event) ? dict_intern_names(dict, &record->event, &record->names)
                                      : PACE_ELIMIT;
}

int log_pack(struct log_context *context, struct dict *dict, struct log_record *record,
             uint64_t number, uint8_t *body, size_t *len) {
    int error = record->kind == LOG_EVENT ? event_names(dict, record) : 0;
    if (error)
        return error;
    if (context->records % LOG_GROUP_RECORDS == 0)
        body_begin_group(body, *len, context);
    uint8_t *end = record->kind == LOG_EVENT ? put_event(body + *len, context, dict, record, number)
                                             : put_moment(body + *len, context, record);
    *len = (size_t)(end - body);
    put_u16(body, ++context->records);
    return 0;
}
