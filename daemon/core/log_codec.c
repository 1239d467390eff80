#include "log_codec.h"

#include "dict.h"
#include "varint.h"

#include <pace/error.h>

#include <errno.h>

/* The flags of a record. An ordinary event has none but its unit, so that they are one byte. */
enum {
    KIND_MASK = 3,
    UNIT_SHIFT = 2,
    UNIT_MASK = 3 << UNIT_SHIFT,
    HAS_SOURCE = 1 << 4,
    HAS_OFFSET = 1 << 5,
    HAS_RECORD = 1 << 6,
    HAS_REVISION = 1 << 7,
    HAS_LOCALDATE = 1 << 8,
    HAS_RECORDED = 1 << 9,
    HAS_SEQUENCE = 1 << 10,
    IS_CONFLICT = 1 << 11,
    STANDING_SHIFT = 12,
    STANDING_MASK = 3 << STANDING_SHIFT,
    HAS_BEFORE = 1 << 14,
    FLAGS_END = 1 << 15
};

/* As a standing is written: what was superseded didn't tell `place` at first. */
enum { STANDING_SUPERSEDED_OF = 3 };

enum { MEMBER_BIT = 1, MEMBER_FORM_SHIFT = 1, MEMBER_FORM_MASK = 7, MEMBER_ID_SHIFT = 4 };

enum { RECORD_FIXED_BYTES = 160, MEMBER_FIXED_BYTES = 40 };

static const int64_t units_us[] = {1, 1000, 1000000, 60000000};

/*
 * Differences and sums that wrap around: any two instants have a delta that leads from one to the
 * other.
 */
static int64_t delta(int64_t to, int64_t from) {
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

static int64_t sum(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ----------------------------------------------------------------------------------------- body */

static void put_u16(uint8_t *at, uint64_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static size_t get_u16(const uint8_t *at) {
    return at[0] | (size_t)at[1] << 8;
}

static void context_reset(struct log_context *context, uint64_t records) {
    memset(context, 0, offsetof(struct log_context, id));
    context->records = records;
    context->id.len = 0;
    context->record.len = 0;
}

void log_body_begin(uint8_t *body, struct log_context *context) {
    memset(body, 0, LOG_BODY_HEAD_BYTES);
    context_reset(context, 0);
}

static void body_begin_group(uint8_t *body, size_t len, struct log_context *context) {
    uint64_t group = context->records / LOG_GROUP_RECORDS;
    if (group)
        put_u16(body + 2 * group, len);
    context_reset(context, context->records);
}

static size_t body_group(const uint8_t *body, uint64_t group) {
    return group ? get_u16(body + 2 * group) : LOG_BODY_HEAD_BYTES;
}

/* -------------------------------------------------------------------------------------- writing */

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

static bool has_place(uint64_t flags) {
    unsigned standing = (flags & STANDING_MASK) >> STANDING_SHIFT;
    return standing == STANDING_REPLACES || standing == STANDING_SUPERSEDED_OF;
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
    return put_signed(at, step_us / units_us[(flags & UNIT_MASK) >> UNIT_SHIFT]);
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
    if (has_place(flags))
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

/* -------------------------------------------------------------------------------------- reading */

/*
 * The takers read one item and move on. Where the bytes don't hold it they set `at` to NULL, give
 * zero, and every later one does the same: the record is checked once, at its end.
 */
static uint64_t take_long(struct log_reader *reader) {
    uint64_t value = 0;
    if (reader->at)
        reader->at = varint_get(reader->at, reader->end, &value);
    return reader->at ? value : 0;
}

static inline uint64_t take(struct log_reader *reader) {
    const uint8_t *at = reader->at;
    if (!at || at >= reader->end || *at >= 0x80)
        return take_long(reader);
    reader->at = at + 1;
    return *at;
}

static int64_t take_signed(struct log_reader *reader) {
    return unzigzag(take(reader));
}

static void refuse(struct log_reader *reader) {
    reader->at = NULL;
}

static struct view take_bytes(struct log_reader *reader, uint64_t len) {
    if (!reader->at || len > (uint64_t)(reader->end - reader->at)) {
        refuse(reader);
        return (struct view){NULL, 0};
    }
    struct view bytes = {(const char *)reader->at, (size_t)len};
    reader->at += len;
    return bytes;
}

static struct view take_text(struct log_reader *reader) {
    return take_bytes(reader, take(reader));
}

static struct view give_dict_text(struct log_reader *reader, uint64_t id) {
    if (id >= dict_count(reader->dict)) {
        refuse(reader);
        return (struct view){NULL, 0};
    }
    return dict_text(reader->dict, (uint32_t)id);
}

static struct view take_dict_text(struct log_reader *reader) {
    return give_dict_text(reader, take(reader));
}

/* Its number, too; a number that the dictionary hasn't is refused. */
static struct view take_name(struct log_reader *reader, uint64_t id, uint32_t *ret_id) {
    *ret_id = (uint32_t)id;
    return give_dict_text(reader, id);
}

/* The beginning is in its place already, from the last one: only the rest is copied behind it. */
static struct view take_shared(struct log_reader *reader, struct log_string *last) {
    uint64_t shared = take(reader);
    struct view rest = take_text(reader);
    if (shared > last->len || rest.len > sizeof last->bytes - shared) {
        refuse(reader);
        return (struct view){NULL, 0};
    }
    if (rest.len)
        memcpy(last->bytes + shared, rest.at, rest.len);
    last->len = (size_t)shared + rest.len;
    return (struct view){last->bytes, last->len};
}

static int64_t take_time(struct log_reader *reader, uint64_t flags) {
    uint64_t unit_us = (uint64_t)units_us[(flags & UNIT_MASK) >> UNIT_SHIFT];
    int64_t step_us = (int64_t)((uint64_t)take_signed(reader) * unit_us);
    return reader->context.time_us = sum(reader->context.time_us, step_us);
}

static int64_t take_series(struct log_reader *reader, int64_t *last) {
    return *last = sum(*last, take_signed(reader));
}

static int take_offset(struct log_reader *reader) {
    int64_t offset_min = take_signed(reader);
    if (offset_min < INT_MIN || offset_min > INT_MAX)
        refuse(reader);
    reader->context.offset_min = offset_min;
    return (int)offset_min;
}

static pace_day take_localdate(struct log_reader *reader, int64_t time_us) {
    int64_t day = sum(take_signed(reader), floor_div(time_us, DAY_US));
    if (day <= INT32_MIN || day > INT32_MAX)
        refuse(reader);
    return (pace_day)day;
}

/* The rare attributes, or what stands for each that wasn't told. */
static void take_rare_attributes(struct log_reader *reader, struct event *event, uint64_t flags) {
    struct log_context *context = &reader->context;
    event->record = flags & HAS_RECORD ? take_shared(reader, &context->record) : event->id;
    event->revision = flags & HAS_REVISION ? take_series(reader, &context->revision) : 0;
    event->localdate = flags & HAS_LOCALDATE ? take_localdate(reader, event->time_us) : DAY_NONE;
    event->recorded_us =
        flags & HAS_RECORDED ? sum(event->time_us, take_signed(reader)) : TIME_NONE;
    event->sequence = flags & HAS_SEQUENCE ? take_series(reader, &context->sequence) : -1;
}

static struct view take_word(struct log_reader *reader, bool is_inline) {
    return is_inline ? take_text(reader) : take_dict_text(reader);
}

static struct view take_member_name(struct log_reader *reader, unsigned id) {
    if (id < (unsigned)member_table_count)
        return (struct view){member_table[id].name, member_table[id].name_len};
    if (id != MEMBER_OTHER)
        refuse(reader);
    uint64_t is_inline = take(reader);
    if (is_inline > 1)
        refuse(reader);
    return take_word(reader, is_inline);
}

static void take_member(struct log_reader *reader, struct member *member) {
    uint64_t head = take(reader);
    bool bit = head & MEMBER_BIT;
    uint64_t id = head >> MEMBER_ID_SHIFT;
    if (id > MEMBER_OTHER)
        refuse(reader);
    member->id = (uint8_t)id;
    member->form = head >> MEMBER_FORM_SHIFT & MEMBER_FORM_MASK;
    member->name = take_member_name(reader, (unsigned)id);
    member->number = 0;
    member->text = (struct view){NULL, 0};
    switch (member->form) {
    case FORM_WORD:
        member->text = take_word(reader, bit);
        break;
    case FORM_NUMBER:
        member->number = take_signed(reader);
        break;
    case FORM_BOOL:
        member->number = bit;
        member->text = view_of(bit ? "true" : "false");
        break;
    case FORM_KEY:
    case FORM_TEXT:
    case FORM_TIME:
    case FORM_JSON:
        member->text = take_text(reader);
        break;
    default:
        refuse(reader);
    }
}

static void take_members(struct log_reader *reader, struct event *event) {
    uint64_t n = take(reader);
    if (n > EVENT_MEMBERS_MAX)
        refuse(reader);
    event->n_members = reader->at ? (int)n : 0;
    for (int i = 0; i < event->n_members; i++)
        take_member(reader, &event->members[i]);
}

static void take_standing(struct log_reader *reader, struct log_record *record, uint64_t flags) {
    unsigned told = (flags & STANDING_MASK) >> STANDING_SHIFT;
    record->standing =
        told == STANDING_SUPERSEDED_OF ? STANDING_SUPERSEDED : (enum log_standing)told;
    record->conflict = flags & IS_CONFLICT;
    record->place = has_place(flags) ? record->number - take(reader) : 0;
    record->before = flags & HAS_BEFORE ? record->number - take(reader) : 0;
}

static void take_event(struct log_reader *reader, struct log_record *record, uint64_t flags) {
    struct log_context *context = &reader->context;
    struct event *event = &record->event;
    if (flags & HAS_SOURCE)
        context->source_plus_1 = take(reader) + 1;
    event->source = take_name(reader, context->source_plus_1 - 1, &record->names.source);
    event->offset_min = flags & HAS_OFFSET ? take_offset(reader) : (int)context->offset_min;
    event->type = take_name(reader, take(reader), &record->names.type);
    event->subject = take_name(reader, take(reader), &record->names.subject);
    event->time_us = take_time(reader, flags);
    event->id = take_shared(reader, &context->id);
    take_rare_attributes(reader, event, flags);
    take_standing(reader, record, flags);
    take_members(reader, event);
}

static void take_config(struct log_reader *reader, struct log_record *record) {
    struct view digest = take_bytes(reader, 8);
    record->digest = 0;
    for (size_t i = 0; i < digest.len; i++)
        record->digest |= (uint64_t)(uint8_t)digest.at[i] << 8 * i;
    record->text = take_text(reader);
}

static void reader_set_body(struct log_reader *reader, struct view body) {
    reader->body = (const uint8_t *)body.at;
    reader->end = reader->body + body.len;
    reader->count = get_u16(reader->body);
}

int log_reader_open(struct log_reader *reader, const struct dict *dict, uint64_t first,
                    struct view body) {
    if (body.len < LOG_BODY_HEAD_BYTES)
        return PACE_ECORRUPT;
    reader->dict = dict;
    reader->first = first;
    reader_set_body(reader, body);
    if (reader->count < 1 || reader->count > LOG_CHUNK_RECORDS)
        return PACE_ECORRUPT;
    return log_reader_seek(reader, 0);
}

void log_reader_follow(struct log_reader *reader, struct view body) {
    size_t position = (size_t)(reader->at - reader->body);
    reader_set_body(reader, body);
    reader->at = reader->body + position;
}

int log_reader_seek(struct log_reader *reader, uint64_t i) {
    uint64_t group = i / LOG_GROUP_RECORDS;
    size_t place = body_group(reader->body, group);
    if (place < LOG_BODY_HEAD_BYTES || place >= (size_t)(reader->end - reader->body))
        return PACE_ECORRUPT;
    reader->at = reader->body + place;
    context_reset(&reader->context, group * LOG_GROUP_RECORDS);
    return 0;
}

/* Between two groups: what the head says about the next must be what reading has come to. */
static void enter_group(struct log_reader *reader) {
    struct log_context *context = &reader->context;
    if (reader->at != reader->body + body_group(reader->body, context->records / LOG_GROUP_RECORDS))
        refuse(reader);
    context_reset(context, context->records);
}

int log_reader_next(struct log_reader *reader, struct log_record *ret_record) {
    struct log_record *record = ret_record;
    if (reader->context.records % LOG_GROUP_RECORDS == 0)
        enter_group(reader);
    uint64_t flags = take(reader);
    record->number = reader->first + reader->context.records;
    record->kind = (enum log_kind)(flags & KIND_MASK);
    if (flags >= FLAGS_END || record->kind > LOG_CONFIG)
        return PACE_ECORRUPT;
    if (record->kind == LOG_EVENT)
        take_event(reader, record, flags);
    else
        record->now_us = take_time(reader, flags);
    if (record->kind == LOG_CONFIG)
        take_config(reader, record);
    reader->context.records++;
    if (!log_reader_more(reader) && reader->at != reader->end)
        refuse(reader);
    return reader->at ? 0 : PACE_ECORRUPT;
}
