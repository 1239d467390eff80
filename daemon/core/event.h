/*
 * event.h - one event, decoded: what happened, to whom, when, according to which source.
 *
 * The shapes of DOMAIN section 1 as a table: which types there are, which members each may carry, which it must.
 * Pure: no parsing of JSON here (io/json), no storage (core/log). All strings are borrowed views; who decoded the
 * event says how long they live. Only members of the table (or named by the config, for types outside the table)
 * ever reach a struct event: nothing else is kept about a person.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "day.h"
#include "view.h"

enum { EVENT_MEMBERS_MAX = 24, EVENT_ATTRIBUTE_MAX_BYTES = 1024, EVENT_TEXT_MAX_BYTES = 4096 };

/* How a member's value is written in JSON and kept. */
enum member_form {
    FORM_WORD,   /* short string from a small vocabulary: outcome, stage, currency */
    FORM_KEY,    /* string that names a thing: opportunity, contact, lead */
    FORM_TEXT,   /* free text that DOMAIN allows: a commitment's text */
    FORM_NUMBER, /* decimal number, kept as an integer of 1/10,000 units; more digits are cut toward zero */
    FORM_BOOL,
    FORM_TIME,   /* RFC 3339 with offset, or a plain date; kept as its text, checked */
    FORM_JSON,   /* array or object, kept as minified JSON of the listed keys only: participants, topics, pattern */
};

struct member_kind {
    const char *name;
    enum member_form form;
};

/* The member table, in its canonical order. Index into it = member.id. Append only: ids are stored. */
extern const struct member_kind member_table[];
extern const int member_table_count;

enum { MEMBER_OTHER = 255 }; /* a member that only the config names; member.name says which */

struct member {
    uint8_t id;        /* index into member_table or MEMBER_OTHER */
    uint8_t form;      /* enum member_form: for MEMBER_OTHER as the JSON value was (WORD, NUMBER, BOOL) */
    struct view name;
    struct view text;  /* WORD, KEY, TEXT, TIME, JSON; for BOOL "true"/"false" */
    int64_t number;    /* NUMBER: 1/10,000 units; BOOL: 0 or 1 */
};

struct event {
    struct view source, id, type, subject;
    struct view record;     /* = id where the source gave none */
    int64_t time_us;        /* when it happened */
    int offset_min;         /* the offset it was written with */
    int64_t revision;       /* >= 0; default 0 */
    pace_day localdate;     /* DAY_NONE: by time */
    int64_t recorded_us;    /* TIME_NONE: not told */
    int64_t sequence;       /* -1: not told */
    int n_members;
    struct member members[EVENT_MEMBERS_MAX]; /* ascending id; MEMBER_OTHER last, by name */
};

/* One type of DOMAIN's table. A pattern ends in "*" for sales.activity.<kind>. */
struct event_kind {
    const char *pattern;
    uint64_t allowed;  /* bit i: member_table[i] may be there */
    uint64_t required; /* bit i: must be there */
};

/* The row for a type: an exact name wins over a pattern; NULL for a type that DOMAIN doesn't list. */
const struct event_kind *event_kind_find(struct view type);

/* Index of a member by name, or -1. */
int member_find(struct view name);

/* The member with that name in the event, or NULL. */
const struct member *event_member(const struct event *event, struct view name);

/*
 * Digest of the content that can count: type, subject, time, localdate, recordedtime and members; not source, id,
 * record, revision, sequence or offset. Two revisions of a record are ordered by (revision, digest).
 * XXH3-64 over a canonical byte form; never changes between releases without a new fold version.
 */
uint64_t event_digest(const struct event *event);

/* True for `sales.record.deleted`: a revision without content. */
bool event_is_deletion(const struct event *event);

#endif
