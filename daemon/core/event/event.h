/*
 * event.h - one event, decoded: what happened, to whom, when, according to which source.
 *
 * The shapes of DOMAIN section 1 as a table: which types there are, which members each may carry,
 * which it must. Pure: no parsing of JSON here (io/json), no storage (core/log). All strings are
 * borrowed views; who decoded the event says how long they live. Only members of the table (or
 * named by the config, for types outside the table) ever reach a struct event: nothing else is kept
 * about a person.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "day.h"
#include "view.h"

enum {
    EVENT_MEMBERS_MAX = 24,
    EVENT_ATTRIBUTE_MAX_BYTES = 1024,
    EVENT_WORD_MAX_BYTES = 64,
    EVENT_KEY_MAX_BYTES = 256,
    EVENT_TEXT_MAX_BYTES = 4096,
    EVENT_JSON_MAX_BYTES = 2048,
};

/* Largest magnitude of a number member, in 1/10,000 units: 920 trillion units. */
#define EVENT_NUMBER_MAX INT64_C(9200000000000000000)

/* How a member's value is written in JSON and kept. */
enum member_form {
    FORM_WORD,   /* short string from a small vocabulary: outcome, stage, currency */
    FORM_KEY,    /* string that names a thing: opportunity, contact, lead */
    FORM_TEXT,   /* free text that DOMAIN allows: a commitment's text */
    FORM_NUMBER, /* decimal number, kept as an integer of 1/10,000 units; more digits are cut toward
                    zero */
    FORM_BOOL,
    FORM_TIME, /* RFC 3339 with offset, or a plain date; kept as its text, checked */
    FORM_JSON, /* list, object or a single value, kept as minified JSON of the listed keys only:
                  participants, topics */
};

/* Indices into member_table. Append only: these ids are stored. */
enum member_id {
    MEMBER_OUTCOME,
    MEMBER_OPPORTUNITY,
    MEMBER_ACCOUNT,
    MEMBER_CONTACT,
    MEMBER_LEAD,
    MEMBER_DURATION_S,
    MEMBER_DIRECTION,
    MEMBER_AUTOMATIC,
    MEMBER_NEXT_STEP,
    MEMBER_OWNER,
    MEMBER_PARTICIPANTS,
    MEMBER_ACTIVITY,
    MEMBER_AT,
    MEMBER_KIND,
    MEMBER_REASON,
    MEMBER_AMOUNT,
    MEMBER_CURRENCY,
    MEMBER_MARGIN,
    MEMBER_DISCOUNT,
    MEMBER_STAGE,
    MEMBER_CLOSE_DATE,
    MEMBER_NEXT_STEP_AT,
    MEMBER_SEGMENT,
    MEMBER_COMMITMENT,
    MEMBER_TEXT,
    MEMBER_DUE,
    MEMBER_INDICATOR,
    MEMBER_TARGET,
    MEMBER_BY,
    MEMBER_MANAGER,
    MEMBER_CASE,
    MEMBER_AGREED_BY,
    MEMBER_SERIES,
    MEMBER_COACH,
    MEMBER_TOPICS,
    MEMBER_COMMITMENTS,
    MEMBER_HELP_ASKED,
    MEMBER_COST,
    MEMBER_SKILL,
    MEMBER_SCORE,
    MEMBER_TRAINING,
    MEMBER_INDICATORS,
    MEMBER_RESULT,
    MEMBER_PER,
    MEMBER_FROM,
    MEMBER_TO,
    MEMBER_PARENT,
    MEMBER_ABSENCE,
    MEMBER_FRACTION,
    MEMBER_TEAM,
    MEMBER_ROLE,
    MEMBER_TZ,
    MEMBER_PATTERN,
    MEMBER_RAMP,
    MEMBER_CHANGE,
    MEMBER_TEAMS,
    MEMBER_REPS,
    MEMBER_THROUGH,
    MEMBER_GAP_FROM,
    MEMBER_GAP_TO,
    MEMBER_IDS
};

struct member_kind {
    const char *name;
    uint8_t name_len;
    enum member_form form;
    const char *const *keys; /* JSON: keys that its objects may have, in canonical order, NULL at
                                the end; NULL: none */
    const char *const *words; /* WORD: all that there are, NULL at the end; NULL: any */
    int64_t least,
        most; /* NUMBER: range in 1/10,000 units where DOMAIN gives one; both 0: EVENT_NUMBER_MAX */
};

/* The member table, in its canonical order. Index into it = member.id. Append only: ids are stored. */
extern const struct member_kind member_table[];
extern const int member_table_count;

enum { MEMBER_OTHER = 255 }; /* a member that only the config names; member.name says which */

struct member {
    uint8_t id; /* index into member_table or MEMBER_OTHER */
    uint8_t
        form; /* enum member_form: for MEMBER_OTHER as the JSON value was (WORD, NUMBER, BOOL) */
    struct view name;
    struct view text; /* WORD, KEY, TEXT, TIME, JSON; for BOOL "true"/"false" */
    int64_t number;   /* NUMBER: 1/10,000 units; BOOL: 0 or 1 */
};

struct event {
    struct view source, id, type, subject;
    struct view record;  /* = id where the source gave none */
    int64_t time_us;     /* when it happened */
    int offset_min;      /* the offset it was written with */
    int64_t revision;    /* >= 0; default 0 */
    pace_day localdate;  /* DAY_NONE: by time */
    int64_t recorded_us; /* TIME_NONE: not told */
    int64_t sequence;    /* -1: not told */
    int n_members;
    struct member members[EVENT_MEMBERS_MAX]; /* ascending id; MEMBER_OTHER last, by name */
};

/* What the dictionary (dict.h) calls an event's source, type and subject: whoever has these asks
 * for no text. */
struct event_names {
    uint32_t source, type, subject;
};

/* One type of DOMAIN's table. A pattern ends in "*" for sales.activity.<kind>. */
struct event_kind {
    const char *pattern;
    size_t pattern_len;
    uint64_t allowed;  /* bit i: member_table[i] may be there */
    uint64_t required; /* bit i: must be there */
    uint64_t one_of;   /* at least one of these must be there; 0: no such rule */
};

/* All rows, sorted by pattern (view_compare): what the search, tests and documentation go through. */
extern const struct event_kind event_kinds[];
extern const int event_kind_count;

/* The row for a type: an exact name wins over a pattern; NULL for a type that DOMAIN doesn't list. */
const struct event_kind *event_kind_find(struct view type);

/* Index of a member by name, or -1. */
int member_find(struct view name);

/* The member with that name in the event, or NULL. */
const struct member *event_member(const struct event *event, struct view name);

/* ... of the table, with its id; or, of a type that DOMAIN doesn't list, one with its name. */
const struct member *event_member_known(const struct event *event, enum member_id id);

/*
 * Digest of the content that can count: type, subject, time, localdate, recordedtime and members;
 * not source, id, record, revision, sequence or offset. Two revisions of a record are ordered by
 * (revision, digest). XXH3-64 over a canonical byte form; never changes between releases without a
 * new fold version.
 */
uint64_t event_digest(const struct event *event);

/* Copies an event's struct, not its texts, and of its members only those that are there: most of
 * the struct is room for more. */
void event_copy(struct event *to, const struct event *from);

/* True for `sales.record.deleted`: a revision without content. */
bool event_is_deletion(const struct event *event);

#endif
