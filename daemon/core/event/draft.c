/* draft.c - the rules for one event. */
#include "draft.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define TIME_EXAMPLE "2026-03-29T10:00:00+02:00"

static const char *const kind_names[] = {
    [VALUE_NULL] = "null",        [VALUE_STRING] = "a string",    [VALUE_INTEGER] = "a number",
    [VALUE_DECIMAL] = "a number", [VALUE_BOOL] = "true or false", [VALUE_LIST] = "a list",
    [VALUE_OBJECT] = "an object",
};

enum pace_code draft_refuse(char *reason, enum pace_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, DRAFT_REASON_SIZE, format, arguments);
    va_end(arguments);
    return code;
}

static enum pace_code check_string(struct draft *draft, const char *place, const char *name,
                                   const struct value *value) {
    if (value->kind == VALUE_STRING)
        return PACE_OK;
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "%s%s is %s, expected a string", place,
                        name, kind_names[value->kind]);
}

static enum pace_code check_len(struct draft *draft, const char *place, const char *name,
                                struct view text, size_t max_bytes) {
    if (text.len <= max_bytes)
        return PACE_OK;
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE,
                        "%s%s is %zu bytes long, at most %zu are allowed", place, name, text.len,
                        max_bytes);
}

static enum pace_code check_controls(struct draft *draft, const char *place, const char *name,
                                     struct view text) {
    if (draft->plain || !draft_has_control(text))
        return PACE_OK;
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE,
                        "%s%s has a control character; remove it or replace it by a blank", place,
                        name);
}

/* ---- attributes ---- */

struct attribute {
    const char *name;
    enum pace_code (*read)(struct draft *draft, const struct attribute *attribute, const struct value *value);
    size_t field; /* where read_name, read_time and read_count put it in struct event */
};

#define FIELD(name) offsetof(struct event, name)

static void *field_of(struct draft *draft, const struct attribute *attribute) {
    return (char *)draft->event + attribute->field;
}

/* A string that names a thing: not empty, not too long, nothing invisible. */
static enum pace_code check_name(struct draft *draft, const char *name, const struct value *value) {
    enum pace_code code = check_string(draft, "", name, value);
    if (code)
        return code;
    if (value->text.len == 0)
        return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "%s is empty", name);
    if ((code = check_len(draft, "", name, value->text, EVENT_ATTRIBUTE_MAX_BYTES)))
        return code;
    return check_controls(draft, "", name, value->text);
}

static enum pace_code read_name(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    enum pace_code code = check_name(draft, attribute->name, value);
    if (!code)
        *(struct view *)field_of(draft, attribute) = value->text;
    return code;
}

#define EXPECTED_TIME "a time of RFC 3339 with an offset, e.g. " TIME_EXAMPLE
#define EXPECTED_MOMENT "a day, e.g. 2026-03-29, or a time with an offset, e.g. " TIME_EXAMPLE

static enum pace_code refuse_time(struct draft *draft, const char *place, const char *name,
                                  struct view text, int error, const char *expected) {
    char found[EXCERPT_SIZE];
    draft_excerpt(text, found);
    if (error == -EDESTADDRREQ)
        return draft_refuse(draft->reason, PACE_BAD_TIME,
                            "%s%s %s has no offset; write e.g. " TIME_EXAMPLE, place, name, found);
    if (error == -ERANGE)
        return draft_refuse(draft->reason, PACE_BAD_TIME, "%s%s %s: there is no such time", place,
                            name, found);
    return draft_refuse(draft->reason, PACE_BAD_TIME, "%s%s is %s, expected %s", place, name, found,
                        expected);
}

static enum pace_code read_time(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    enum pace_code code = check_string(draft, "", attribute->name, value);
    if (code)
        return code;
    if (value->text.len == 0)
        return draft_refuse(draft->reason, PACE_BAD_TIME, "%s is empty; write e.g. " TIME_EXAMPLE, attribute->name);
    int offset_min, error = time_parse(value->text, field_of(draft, attribute), &offset_min);
    if (!error && attribute->field == FIELD(time_us))
        draft->event->offset_min = offset_min;
    return error ? refuse_time(draft, "", attribute->name, value->text, error, EXPECTED_TIME) : PACE_OK;
}

static enum pace_code read_count(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    int64_t *ret_number = field_of(draft, attribute);
    if (value->kind == VALUE_INTEGER && value->integer >= 0) {
        *ret_number = value->integer;
        return PACE_OK;
    }
    if (value->kind == VALUE_STRING && draft_digits_parse(value->text, ret_number))
        return PACE_OK;
    char found[EXCERPT_SIZE];
    if (value->kind == VALUE_INTEGER)
        snprintf(found, sizeof found, "%lld", (long long)value->integer);
    else if (value->kind == VALUE_DECIMAL)
        snprintf(found, sizeof found, "%.*s", (int)(value->text.len < 40 ? value->text.len : 40),
                 value->text.at);
    else if (value->kind == VALUE_STRING)
        draft_excerpt(value->text, found);
    else
        snprintf(found, sizeof found, "%s", kind_names[value->kind]);
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE,
                        "%s is %s, expected an integer from 0 to 9223372036854775807", attribute->name, found);
}

static enum pace_code read_specversion(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    enum pace_code code = check_string(draft, "", attribute->name, value);
    if (code || view_equal(value->text, view_of("1.0")))
        return code;
    char found[EXCERPT_SIZE];
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "specversion is %s, expected \"1.0\"",
                        draft_excerpt(value->text, found));
}

static bool begins_with(struct view text, const char *prefix, size_t prefix_len) {
    return text.len >= prefix_len && memcmp(text.at, prefix, prefix_len) == 0;
}

#define SALES "sales."
#define SALES_ACTIVITY "sales.activity."
#define SALES_SOURCE "sales.source."
#define BEGINS_WITH(text, literal) begins_with(text, literal, sizeof(literal) - 1)

/* Types of our own have small letters, digits and underscores only: "sales.Activity.call" is a
 * mistake, not a new type. */
static enum pace_code read_type(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    struct view type = value->text;
    enum pace_code code = check_name(draft, attribute->name, value);
    if (code)
        return code;
    draft->kind = event_kind_find(type);
    bool good = draft->kind || !BEGINS_WITH(type, SALES_ACTIVITY);
    if (!draft->kind && BEGINS_WITH(type, SALES)) {
        for (size_t i = 0; i < type.len; i++) {
            char c = type.at[i];
            good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        }
    }
    char found[EXCERPT_SIZE];
    if (!good)
        return draft_refuse(
            draft->reason, PACE_BAD_ATTRIBUTE,
            "type is %s, expected sales. and small letters, digits and _, e.g. sales.activity.call",
            draft_excerpt(type, found));
    draft->event->type = type;
    return PACE_OK;
}

static enum pace_code read_localdate(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    enum pace_code code = check_string(draft, "", attribute->name, value);
    if (code || day_parse(value->text, &draft->event->localdate) == 0)
        return code;
    char found[EXCERPT_SIZE];
    return draft_refuse(draft->reason, PACE_BAD_TIME,
                        "localdate is %s, expected a day as YYYY-MM-DD",
                        draft_excerpt(value->text, found));
}

/* Media types ignore case and may carry parameters. */
static enum pace_code read_datacontenttype(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    static const char expected[] = "application/json";
    const size_t expected_len = sizeof expected - 1;
    enum pace_code code = check_string(draft, "", attribute->name, value);
    if (code)
        return code;
    struct view text = value->text;
    bool good =
        text.len == expected_len ||
        (text.len > expected_len && strchr("; \t", text.at[expected_len]) && text.at[expected_len]);
    for (size_t i = 0; good && i < expected_len; i++) {
        char c = text.at[i];
        good = (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) == expected[i];
    }
    char found[EXCERPT_SIZE];
    return good ? PACE_OK
                : draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE,
                               "datacontenttype is %s, expected \"application/json\"",
                               draft_excerpt(text, found));
}

static enum pace_code refuse_base64(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    (void)value;
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "%s is not read here; send data as a JSON object", attribute->name);
}

static enum pace_code read_data(struct draft *draft, const struct attribute *attribute, const struct value *value) {
    if (value->kind == VALUE_OBJECT)
        return PACE_OK;
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "%s is %s, expected an object", attribute->name, kind_names[value->kind]);
}

static const struct attribute attributes[ATTRIBUTES] = {
    [ATTRIBUTE_ID] = {"id", read_name, FIELD(id)},
    [ATTRIBUTE_SPECVERSION] = {"specversion", read_specversion, 0},
    [ATTRIBUTE_SOURCE] = {"source", read_name, FIELD(source)},
    [ATTRIBUTE_TYPE] = {"type", read_type, 0},
    [ATTRIBUTE_SUBJECT] = {"subject", read_name, FIELD(subject)},
    [ATTRIBUTE_TIME] = {"time", read_time, FIELD(time_us)},
    [ATTRIBUTE_RECORD] = {"record", read_name, FIELD(record)},
    [ATTRIBUTE_REVISION] = {"revision", read_count, FIELD(revision)},
    [ATTRIBUTE_LOCALDATE] = {"localdate", read_localdate, 0},
    [ATTRIBUTE_RECORDEDTIME] = {"recordedtime", read_time, FIELD(recorded_us)},
    [ATTRIBUTE_SEQUENCE] = {"sequence", read_count, FIELD(sequence)},
    [ATTRIBUTE_DATACONTENTTYPE] = {"datacontenttype", read_datacontenttype, 0},
    [ATTRIBUTE_DATA_BASE64] = {"data_base64", refuse_base64, 0},
    [ATTRIBUTE_DATA] = {"data", read_data, 0},
};

/* The first ones of the table. */
enum { ATTRIBUTES_REQUIRED = (1 << (ATTRIBUTE_TIME + 1)) - 1 };

/* Those of each length: plus one, 0 at the end. */
static const uint8_t attributes_by_len[][4] = {
    [2] = {ATTRIBUTE_ID + 1},
    [4] = {ATTRIBUTE_TYPE + 1, ATTRIBUTE_TIME + 1, ATTRIBUTE_DATA + 1},
    [6] = {ATTRIBUTE_SOURCE + 1, ATTRIBUTE_RECORD + 1},
    [7] = {ATTRIBUTE_SUBJECT + 1},
    [8] = {ATTRIBUTE_REVISION + 1, ATTRIBUTE_SEQUENCE + 1},
    [9] = {ATTRIBUTE_LOCALDATE + 1},
    [11] = {ATTRIBUTE_SPECVERSION + 1, ATTRIBUTE_DATA_BASE64 + 1},
    [12] = {ATTRIBUTE_RECORDEDTIME + 1},
    [15] = {ATTRIBUTE_DATACONTENTTYPE + 1},
};

int draft_attribute_find(struct view name) {
    if (name.len >= sizeof attributes_by_len / sizeof *attributes_by_len)
        return -1;
    for (const uint8_t *i = attributes_by_len[name.len]; *i; i++)
        if (memcmp(name.at, attributes[*i - 1].name, name.len) == 0)
            return *i - 1;
    return -1;
}

const char *draft_attribute_name(enum draft_attribute_id which) {
    return attributes[which].name;
}

void draft_begin(struct draft *draft, struct event *event, char *reason) {
    *draft = (struct draft){.event = event, .reason = reason};
    reason[0] = '\0';
    /* Not the whole struct: its members are most of it, and n_members says which of them are
     * filled. */
    event->source = event->id = event->type = event->subject = event->record = (struct view){0};
    event->time_us = TIME_NONE;
    event->offset_min = 0;
    event->revision = 0;
    event->localdate = DAY_NONE;
    event->recorded_us = TIME_NONE;
    event->sequence = -1;
    event->n_members = 0;
}

enum pace_code draft_attribute(struct draft *draft, enum draft_attribute_id which,
                               const struct value *value) {
    if (value->kind == VALUE_NULL)
        return PACE_OK;
    draft->attributes |= UINT32_C(1) << which;
    return attributes[which].read(draft, &attributes[which], value);
}

enum pace_code draft_close_attributes(struct draft *draft) {
    struct event *event = draft->event;
    /* The subject of what a source says about itself is the source. */
    if (BEGINS_WITH(event->type, SALES_SOURCE) && event->subject.len == 0) {
        event->subject = event->source;
        draft->attributes |= UINT32_C(1) << ATTRIBUTE_SUBJECT;
    }
    uint32_t missing = ATTRIBUTES_REQUIRED & ~draft->attributes;
    if (missing)
        return draft_refuse(draft->reason, PACE_MISSING_ATTRIBUTE, "%s is missing",
                            attributes[__builtin_ctz(missing)].name);
    if (event->record.len == 0)
        event->record = event->id;
    return PACE_OK;
}

/* ---- members of data ---- */

typedef enum pace_code member_read(struct draft *draft, const struct member_kind *kind,
                                   const struct value *value, struct member *member);

/* "day, week or year", as far as there is room. */
static const char *one_of(const char *const *words, char *text, size_t size) {
    size_t len = 0;
    text[0] = '\0';
    for (const char *const *word = words; *word && len < size; word++) {
        const char *joint = word == words ? "" : word[1] ? ", " : " or ";
        len += (size_t)snprintf(text + len, size - len, "%s%s", joint, *word);
    }
    return text;
}

/* Of a vocabulary that is looked at here another word would be as if nothing had been said. */
static enum pace_code check_word(struct draft *draft, const struct member_kind *kind,
                                 struct view text) {
    char found[EXCERPT_SIZE], expected[96];
    for (const char *const *word = kind->words; word && *word; word++)
        if (view_is(text, *word))
            return PACE_OK;
    if (!kind->words)
        return PACE_OK;
    return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "data.%s is %s, expected %s", kind->name,
                        draft_excerpt(text, found), one_of(kind->words, expected, sizeof expected));
}

static enum pace_code read_text(struct draft *draft, const struct member_kind *kind,
                                const struct value *value, struct member *member) {
    static const size_t max_bytes[] = {[FORM_WORD] = EVENT_WORD_MAX_BYTES,
                                       [FORM_KEY] = EVENT_KEY_MAX_BYTES,
                                       [FORM_TEXT] = EVENT_TEXT_MAX_BYTES};
    enum pace_code code = check_string(draft, "data.", kind->name, value);
    if (!code)
        code = check_len(draft, "data.", kind->name, value->text, max_bytes[kind->form]);
    if (!code && kind->form != FORM_TEXT)
        code = check_controls(draft, "data.", kind->name, value->text);
    if (!code)
        code = check_word(draft, kind, value->text);
    member->text = value->text;
    return code;
}

static int scale_integer(int64_t integer, int64_t *ret_number) {
    const int64_t most = EVENT_NUMBER_MAX / 10000;
    if (integer > most || integer < -most)
        return -ERANGE;
    *ret_number = integer * 10000;
    return 0;
}

static int scale_number(const struct value *value, int64_t *ret_number) {
    return value->kind == VALUE_INTEGER ? scale_integer(value->integer, ret_number)
                                        : draft_decimal_parse(value->text, ret_number);
}

static enum pace_code read_number(struct draft *draft, const struct member_kind *kind,
                                  const struct value *value, struct member *member) {
    if (value->kind != VALUE_INTEGER && value->kind != VALUE_DECIMAL)
        return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE, "data.%s is %s, expected a number",
                            kind->name, kind_names[value->kind]);
    bool ranged = kind->least || kind->most;
    int64_t least = ranged ? kind->least : -EVENT_NUMBER_MAX;
    int64_t most = ranged ? kind->most : EVENT_NUMBER_MAX;
    int64_t number;
    if (scale_number(value, &number) || number < least || number > most)
        return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE,
                            "data.%s is out of range, expected %lld to %lld", kind->name,
                            (long long)(least / 10000), (long long)(most / 10000));
    member->number = number;
    return PACE_OK;
}

static enum pace_code read_bool(struct draft *draft, const struct member_kind *kind,
                                const struct value *value, struct member *member) {
    if (value->kind != VALUE_BOOL)
        return draft_refuse(draft->reason, PACE_BAD_ATTRIBUTE,
                            "data.%s is %s, expected true or false", kind->name,
                            kind_names[value->kind]);
    member->number = value->integer;
    member->text = view_of(value->integer ? "true" : "false");
    return PACE_OK;
}

/* "9999-12-31", "2026-02-30": meant as a day, whether or not there is such a one. */
static bool is_written_as_day(struct view text) {
    bool good = text.len == 10;
    for (size_t i = 0; good && i < text.len; i++)
        good = i == 4 || i == 7 ? text.at[i] == '-' : text.at[i] >= '0' && text.at[i] <= '9';
    return good;
}

/* A day, or an instant with its offset: kept as it was written, since a due date is a day of the
 * rep's calendar. */
static enum pace_code read_moment(struct draft *draft, const struct member_kind *kind,
                                  const struct value *value, struct member *member) {
    enum pace_code code = check_string(draft, "data.", kind->name, value);
    if (code)
        return code;
    pace_day day;
    int64_t us;
    int offset_min;
    int error = day_parse(value->text, &day) ? time_parse(value->text, &us, &offset_min) : 0;
    char found[EXCERPT_SIZE];
    member->text = value->text;
    if (error && is_written_as_day(value->text))
        return draft_refuse(draft->reason, PACE_BAD_TIME, "data.%s is %s, and there is no such day; years go to 9998", kind->name,
                            draft_excerpt(value->text, found));
    return error ? refuse_time(draft, "data.", kind->name, value->text, error, EXPECTED_MOMENT)
                 : PACE_OK;
}

static enum pace_code read_json(struct draft *draft, const struct member_kind *kind,
                                const struct value *value, struct member *member) {
    member->text = value->text;
    return check_len(draft, "data.", kind->name, value->text, EVENT_JSON_MAX_BYTES);
}

static member_read *const form_reads[] = {
    [FORM_WORD] = read_text,     [FORM_KEY] = read_text,  [FORM_TEXT] = read_text,
    [FORM_NUMBER] = read_number, [FORM_BOOL] = read_bool, [FORM_TIME] = read_moment,
    [FORM_JSON] = read_json,
};

enum pace_code draft_member(struct draft *draft, enum member_id id, const struct value *value) {
    const struct member_kind *kind = &member_table[id];
    bool absent =
        value->kind == VALUE_NULL || (value->kind == VALUE_STRING && value->text.len == 0);
    if (absent || !draft->kind || !(draft->kind->allowed >> id & 1))
        return PACE_OK;
    struct member *member = &draft->event->members[draft->event->n_members];
    *member = (struct member){
        .id = (uint8_t)id, .form = (uint8_t)kind->form, .name = {kind->name, kind->name_len}};
    enum pace_code code = form_reads[kind->form](draft, kind, value, member);
    if (code)
        return code;
    draft->event->n_members++;
    draft->members |= UINT64_C(1) << id;
    return PACE_OK;
}

void draft_other(struct draft *draft, struct view name, const struct value *value) {
    struct event *event = draft->event;
    struct member member = {.id = MEMBER_OTHER, .name = name};
    bool keep = event->n_members < EVENT_MEMBERS_MAX;
    switch (value->kind) {
    case VALUE_STRING:
        member.form = FORM_WORD;
        member.text = value->text;
        keep = keep && value->text.len > 0 && value->text.len <= EVENT_WORD_MAX_BYTES &&
               (draft->plain || !draft_has_control(value->text));
        break;
    case VALUE_INTEGER:
    case VALUE_DECIMAL:
        member.form = FORM_NUMBER;
        keep = keep && scale_number(value, &member.number) == 0;
        break;
    case VALUE_BOOL:
        member.form = FORM_BOOL;
        member.number = value->integer;
        member.text = view_of(value->integer ? "true" : "false");
        break;
    default:
        keep = false;
    }
    if (keep)
        event->members[event->n_members++] = member;
}

static const char *first_name(uint64_t members) {
    int id = 0;
    while (!(members >> id & 1))
        id++;
    return member_table[id].name;
}

enum pace_code draft_close(struct draft *draft) {
    const struct event_kind *kind = draft->kind;
    if (!kind)
        return PACE_OK;
    char type[EXCERPT_SIZE];
    uint64_t missing = kind->required & ~draft->members;
    if (missing)
        return draft_refuse(draft->reason, PACE_MISSING_ATTRIBUTE,
                            "data.%s is missing; %s needs it", first_name(missing),
                            draft_excerpt(draft->event->type, type));
    if (kind->one_of && !(kind->one_of & draft->members)) {
        uint64_t rest = kind->one_of & (kind->one_of - 1);
        return draft_refuse(draft->reason, PACE_MISSING_ATTRIBUTE,
                            "data.%s or data.%s is missing; %s needs one", first_name(kind->one_of),
                            first_name(rest), draft_excerpt(draft->event->type, type));
    }
    return PACE_OK;
}
