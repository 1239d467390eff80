/* log_unpack.c - bytes into records: log_codec.h. */
#include "dict.h"
#include "log_codec_inside.h"

#include <pace/error.h>

static size_t body_group(const uint8_t *body, uint64_t group) {
    return group ? get_u16(body + 2 * group) : LOG_BODY_HEAD_BYTES;
}

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
    uint64_t unit_us = (uint64_t)log_units_us[(flags & UNIT_MASK) >> UNIT_SHIFT];
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
    record->place = log_has_place(flags) ? record->number - take(reader) : 0;
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

/* ---- what is only passed ---- */

static void pass_word(struct log_reader *reader, bool is_inline) {
    uint64_t told = take(reader);
    if (is_inline)
        take_bytes(reader, told);
}

static void pass_member(struct log_reader *reader) {
    uint64_t head = take(reader);
    if (head >> MEMBER_ID_SHIFT >= (unsigned)member_table_count)
        pass_word(reader, take(reader));
    switch (head >> MEMBER_FORM_SHIFT & MEMBER_FORM_MASK) {
    case FORM_WORD:
        pass_word(reader, head & MEMBER_BIT);
        break;
    case FORM_NUMBER:
        take(reader);
        break;
    case FORM_BOOL:
        break;
    default:
        take_text(reader);
    }
}

/* As take_event, for what the next one is told against: no text is looked up, no member kept. */
static void pass_event(struct log_reader *reader, uint64_t flags) {
    struct event event;
    if (flags & HAS_SOURCE)
        reader->context.source_plus_1 = take(reader) + 1;
    if (flags & HAS_OFFSET)
        take_offset(reader);
    take(reader);
    take(reader);
    event.time_us = take_time(reader, flags);
    event.id = take_shared(reader, &reader->context.id);
    take_rare_attributes(reader, &event, flags);
    for (int told = log_has_place(flags) + !!(flags & HAS_BEFORE); told > 0; told--)
        take(reader);
    for (uint64_t n = take(reader); n > 0 && reader->at; n--)
        pass_member(reader);
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
    log_context_reset(&reader->context, group * LOG_GROUP_RECORDS);
    return 0;
}

/* Between two groups: what the head says about the next must be what reading has come to. */
static void enter_group(struct log_reader *reader) {
    struct log_context *context = &reader->context;
    if (reader->at != reader->body + body_group(reader->body, context->records / LOG_GROUP_RECORDS))
        refuse(reader);
    log_context_reset(context, context->records);
}

/* The flags of the next record, or PACE_ECORRUPT. */
static int reader_begin(struct log_reader *reader) {
    if (reader->context.records % LOG_GROUP_RECORDS == 0)
        enter_group(reader);
    uint64_t flags = take(reader);
    return flags >= FLAGS_END || (flags & KIND_MASK) > LOG_CONFIG ? PACE_ECORRUPT : (int)flags;
}

static int reader_end(struct log_reader *reader) {
    reader->context.records++;
    if (!log_reader_more(reader) && reader->at != reader->end)
        refuse(reader);
    return reader->at ? 0 : PACE_ECORRUPT;
}

int log_reader_next(struct log_reader *reader, struct log_record *ret_record) {
    struct log_record *record = ret_record;
    int flags = reader_begin(reader);
    if (flags < 0)
        return flags;
    record->number = reader->first + reader->context.records;
    record->kind = (enum log_kind)(flags & KIND_MASK);
    if (record->kind == LOG_EVENT)
        take_event(reader, record, (uint64_t)flags);
    else
        record->now_us = take_time(reader, (uint64_t)flags);
    if (record->kind == LOG_CONFIG)
        take_config(reader, record);
    return reader_end(reader);
}

int log_reader_pass(struct log_reader *reader) {
    int flags = reader_begin(reader);
    if (flags < 0)
        return flags;
    if ((flags & KIND_MASK) == LOG_EVENT)
        pass_event(reader, (uint64_t)flags);
    else
        take_time(reader, (uint64_t)flags);
    if ((flags & KIND_MASK) == LOG_CONFIG) {
        take_bytes(reader, 8);
        take_text(reader);
    }
    return reader_end(reader);
}
