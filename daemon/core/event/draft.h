/*
 * draft.h - an event on its way in: every rule of DOMAIN section 1 that an event can break on its
 * own.
 *
 * A decoder (io/json) says which values it found; the draft judges them, fills a struct event and
 * says in one sentence what is wrong with it, where it is wrong, for the author of a connector.
 * Pure: knows no JSON library. Order of use: draft_begin, draft_attribute for each attribute that
 * is there, draft_close_attributes, then for each member of `data` draft_member or (where the type
 * is none of DOMAIN's) draft_other, draft_close. The first code that isn't PACE_OK ends it.
 */
#ifndef CORE_DRAFT_H
#define CORE_DRAFT_H

#include "event.h"
#include "pace/wire.h"

enum { DRAFT_REASON_SIZE = 200 };

enum value_kind {
    VALUE_NULL,    /* counts as absent everywhere */
    VALUE_STRING,  /* text: unescaped, valid UTF-8 */
    VALUE_INTEGER, /* integer */
    VALUE_DECIMAL, /* text: as written; any number that isn't an integer of 64 bits with sign */
    VALUE_BOOL,    /* integer: 0 or 1 */
    VALUE_LIST,    /* text: for FORM_JSON the canonical form */
    VALUE_OBJECT,  /* text: for FORM_JSON the canonical form */
};

struct value {
    enum value_kind kind;
    struct view text;
    int64_t integer;
};

/* The attributes that paced reads, in the order in which they are judged. `data` is the decoder's
 * business. */
enum draft_attribute_id {
    ATTRIBUTE_ID,
    ATTRIBUTE_SPECVERSION,
    ATTRIBUTE_SOURCE,
    ATTRIBUTE_TYPE,
    ATTRIBUTE_SUBJECT,
    ATTRIBUTE_TIME,
    ATTRIBUTE_RECORD,
    ATTRIBUTE_REVISION,
    ATTRIBUTE_LOCALDATE,
    ATTRIBUTE_RECORDEDTIME,
    ATTRIBUTE_SEQUENCE,
    ATTRIBUTE_DATACONTENTTYPE,
    ATTRIBUTE_DATA_BASE64,
    ATTRIBUTE_DATA,
    ATTRIBUTES
};

struct draft {
    struct event *event; /* filled as far as it was judged good; all views are the caller's */
    const struct event_kind
        *kind;           /* known once the type was judged; NULL: a type that DOMAIN doesn't list */
    uint32_t attributes; /* bit i: attribute i was there */
    uint64_t members;    /* bit i: member i was there */
    char *reason;        /* DRAFT_REASON_SIZE bytes, written when something is refused */
    bool plain; /* set by the decoder after draft_begin: no text can hold a control character */
};

/* Index of an attribute by name, or -1 for one that paced doesn't read; and the other way round. */
int draft_attribute_find(struct view name);
const char *draft_attribute_name(enum draft_attribute_id which);

/* Both are borrowed until draft_close. */
void draft_begin(struct draft *draft, struct event *event, char *reason);

enum pace_code draft_attribute(struct draft *draft, enum draft_attribute_id which,
                               const struct value *value);

/* All attributes were given: what is missing is missing. */
enum pace_code draft_close_attributes(struct draft *draft);

/* A member of the table, in ascending order of id, each at most once; one that the type may not
 * carry is passed over. */
enum pace_code draft_member(struct draft *draft, enum member_id id, const struct value *value);

/* A member that only the config names, in ascending order of name. What can't be kept is passed
 * over: never an error. */
void draft_other(struct draft *draft, struct view name, const struct value *value);

/* All members were given. */
enum pace_code draft_close(struct draft *draft);

/* Writes the reason (cut to size) and returns the code, for what the decoder itself finds wrong. */
enum pace_code draft_refuse(char *reason, enum pace_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The beginning of a text that a peer sent, in quotes, fit to be read on a terminal: a buffer of
 * EXCERPT_SIZE. */
enum { EXCERPT_SIZE = 56 };
const char *draft_excerpt(struct view text, char *buffer);

/* C0, DEL or (in UTF-8) C1: nothing that names a thing holds one, and terminals obey them. */
bool draft_has_control(struct view text);

/* One or more digits, at most INT64_MAX. */
bool draft_digits_parse(struct view text, int64_t *ret_number);

/*
 * A number as JSON writes it (the caller has checked the grammar), in 1/10,000 units, cut toward
 * zero, exactly. 0, or -ERANGE beyond EVENT_NUMBER_MAX.
 */
int draft_decimal_parse(struct view text, int64_t *ret_number);

#endif
