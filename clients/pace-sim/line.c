#include "line.h"

#include "activity.h"
#include "affairs.h"
#include "loop_line.h"

#include <errno.h>
#include <string.h>

enum { DAY_S = 86400, DIALER_BASE = 51000 };

void line_start(struct line_writer *writer, const struct org *org, FILE *file) {
    *writer = (struct line_writer){.org = org, .file = file, .date = DAY_NONE};
}

int line_flush(struct line_writer *writer) {
    size_t used = writer->used;
    writer->used = 0;
    if (used && fwrite(writer->buffer, 1, used, writer->file) != used)
        return errno ? -errno : -EIO;
    return 0;
}

bool line_aliases(const struct org *org, int rep, char *ret_mail, char *ret_dialer) {
    snprintf(ret_mail, LINE_SUBJECT_SIZE, "%s@example.com", org->reps[rep].name);
    snprintf(ret_dialer, LINE_SUBJECT_SIZE, "dialer:%d", DIALER_BASE + rep);
    return org->reps[rep].two_subjects;
}

/* ---- pieces: each writes at `at` and returns the place behind; LINE_ROOM bytes are there ---- */

static char *put(char *at, const char *text) {
    return stpcpy(at, text);
}

static char *put_number(char *at, uint32_t n) {
    char digits[10];
    int len = 0;
    do
        digits[len++] = (char)('0' + n % 10);
    while (n /= 10);
    while (len > 0)
        *at++ = digits[--len];
    return at;
}

static char *put_two(char *at, unsigned n) {
    *at++ = (char)('0' + n / 10);
    *at++ = (char)('0' + n % 10);
    return at;
}

static char *put_time(struct line_writer *writer, char *at, uint32_t time_s, int offset_min) {
    int64_t local_s = (int64_t)time_s + offset_min * 60;
    pace_day date = (pace_day)floor_div(local_s, DAY_S);
    unsigned s = (unsigned)(local_s - (int64_t)date * DAY_S);
    if (date != writer->date) {
        writer->date = date;
        day_format(date, writer->date_text);
    }
    memcpy(at, writer->date_text, 10);
    at[10] = 'T';
    at = put_two(at + 11, s / 3600);
    *at++ = ':';
    at = put_two(at, s / 60 % 60);
    *at++ = ':';
    at = put_two(at, s % 60);
    if (offset_min == 0) {
        *at++ = 'Z';
        return at;
    }
    unsigned away = (unsigned)(offset_min < 0 ? -offset_min : offset_min);
    *at++ = offset_min < 0 ? '-' : '+';
    at = put_two(at, away / 60);
    *at++ = ':';
    return put_two(at, away % 60);
}

static char *put_record(char *at, const struct item *item) {
    at = put(at, org_kinds[item->kind].prefix);
    at = put_number(at, item->rep);
    *at++ = '-';
    return put_number(at, item->serial);
}

static char *put_subject(const struct line_writer *writer, char *at, const struct item *item) {
    const struct org_rep *rep = &writer->org->reps[item->owner];
    bool dialer = item->kind == KIND_CALL || item->kind == KIND_MESSAGE;
    if (rep->two_subjects && dialer)
        return put_number(put(at, "dialer:"), DIALER_BASE + item->owner);
    at = put(at, rep->name);
    return rep->two_subjects && item->kind == KIND_EMAIL ? put(at, "@example.com") : at;
}

/* The key of a deal or lead: the record that it began with. */
static char *put_key(char *at, const char *member, char prefix, const struct item *item) {
    at = put(put(put(at, ",\""), member), "\":\"");
    *at++ = prefix;
    at = put_number(at, item->rep);
    *at++ = '-';
    return put(put_number(at, item->deal - 1), "\"");
}

static char *put_contact(char *at, const struct item *item) {
    return put(put_number(put(at, ",\"contact\":\"k"), item->detail % 40000), "\"");
}

static char *put_data_call(struct line_writer *writer, char *at, const struct item *item) {
    (void)writer;
    bool inbound = !item->deal && item->detail % 100 < ORG_INBOUND_SHARE * 100;
    at = put(at, inbound ? ",\"direction\":\"inbound\"" : ",\"direction\":\"outbound\"");
    if (item->outcome == OUTCOME_CONNECTED)
        at = put_number(put(at, ",\"duration_s\":"), 30 + item->detail % 600);
    if (item->deal)
        at = put_key(at, "opportunity", 'o', item);
    return put_contact(at, item);
}

static char *put_data_email(struct line_writer *writer, char *at, const struct item *item) {
    (void)writer;
    at = put_contact(at, item);
    return item->flags & ITEM_AUTOMATIC ? put(at, ",\"automatic\":true") : at;
}

static char *put_data_crm(struct line_writer *writer, char *at, const struct item *item) {
    (void)writer;
    if (item->deal)
        at = put_key(at, "opportunity", 'o', item);
    return put(put_number(put(at, ",\"account\":\"a"), item->detail % 9000), "\"");
}

static char *put_data_lead(struct line_writer *writer, char *at, const struct item *item) {
    (void)writer;
    return put_key(at, "lead", 'l', item);
}

static char *put_data_observation(struct line_writer *writer, char *at, const struct item *item) {
    const struct org *org = writer->org;
    const struct org_rep *rep = &org->reps[item->rep];
    at = put(put(at, ",\"manager\":\""), org->teams[rep->team].manager);
    at = put(put(at, "\",\"skill\":\""), rep->role == ROLE_SDR ? "discovery" : "closing");
    return put_number(put(at, "\",\"score\":"), item->detail);
}

/* What a deal's lines are called, and what they tell of its stage. */
static const struct {
    const char *type, *stage;
    bool amount, next_step;
} tellings[OUTCOMES] = {
    [OUTCOME_CREATED] = {"sales.opportunity.created", "discovery", true, true},
    [OUTCOME_DEMONSTRATED] = {"sales.opportunity.changed", "demo", false, true},
    [OUTCOME_PROPOSED] = {"sales.opportunity.changed", "proposal", false, true},
    [OUTCOME_PUSHED] = {"sales.opportunity.changed", NULL, false, false},
    [OUTCOME_MOVED] = {"sales.opportunity.changed", NULL, false, false},
    [OUTCOME_WON] = {"sales.opportunity.won", "won", false, false},
    [OUTCOME_LOST] = {"sales.opportunity.lost", "lost", false, false},
    [OUTCOME_REOPENED] = {"sales.opportunity.reopened", "proposal", false, false},
    [OUTCOME_GONE] = {"sales.opportunity.deleted", NULL, false, false},
};

static char *put_day(const struct org *org, char *at, const char *member, int day) {
    char text[DAY_TEXT_SIZE];
    at = put(put(put(at, ",\""), member), "\":\"");
    return put(put(at, day_format(org->setup.start + day, text)), "\"");
}

static char *put_data_deal(struct line_writer *writer, char *at, const struct item *item) {
    const struct org *org = writer->org;
    int day = (int)floor_div(item->time_s, DAY_S) - org->setup.start;
    at = put_key(at, "opportunity", 'o', item);
    if (tellings[item->outcome].amount)
        at = put(put_number(put(at, ",\"amount\":"), item->detail), ",\"currency\":\"EUR\"");
    if (tellings[item->outcome].stage)
        at = put(put(put(at, ",\"stage\":\""), tellings[item->outcome].stage), "\"");
    if (item->ahead_days)
        at = put_day(org, at, "close_date", day + item->ahead_days);
    if (tellings[item->outcome].next_step && item->detail % 10 < 7)
        at = put_day(org, at, "next_step_at", day + 3 + (int)(item->detail % 9));
    if (item->owner != item->rep)
        at = put(put(put(at, ",\"owner\":\""), org->reps[item->owner].name), "\"");
    return at;
}

static char *put_data_affair(struct line_writer *writer, char *at, const struct item *item) {
    return affairs_put_data(writer->org, at, item);
}

static char *put_data_loop(struct line_writer *writer, char *at, const struct item *item) {
    return loop_put_data(writer->org, at, item);
}

static char *(*const data_of[ORG_KINDS])(struct line_writer *, char *, const struct item *) = {
    [KIND_CALL] = put_data_call,        [KIND_EMAIL] = put_data_email,
    [KIND_MEETING_SET] = put_data_crm,  [KIND_MEETING] = put_data_crm,
    [KIND_DEMO] = put_data_crm,         [KIND_LEAD] = put_data_lead,
    [KIND_PROPOSAL] = put_data_crm,     [KIND_OBSERVATION] = put_data_observation,
    [KIND_ATTENDANCE] = put_data_crm,   [KIND_MESSAGE] = put_data_lead,
    [KIND_DEAL] = put_data_deal,        [KIND_SYNC] = put_data_affair,
    [KIND_HEARTBEAT] = put_data_affair, [KIND_ABSENCE] = put_data_affair,
    [KIND_JOINED] = put_data_affair,    [KIND_LEFT] = put_data_affair,
    [KIND_MOVED] = put_data_affair,     [KIND_CHANGE] = put_data_affair,
    [KIND_GOAL] = put_data_affair,      [KIND_ACKNOWLEDGED] = put_data_affair,
    [KIND_SESSION] = put_data_loop,     [KIND_SESSION_AGAIN] = put_data_loop,
    [KIND_PROMISE] = put_data_loop,     [KIND_RECOGNITION] = put_data_loop,
    [KIND_TRAINING] = put_data_loop,    [KIND_GROWTH] = put_data_loop,
};

/* The comma before the first member is written over with the brace. */
static char *put_data(struct line_writer *writer, char *at, const struct item *item) {
    char *begin = at = put(at, ",\"data\":");
    if (item->outcome && item->outcome < OUTCOME_CREATED && item->kind != KIND_PROMISE)
        at = put(put(put(at, ",\"outcome\":\""), outcome_names[item->outcome]), "\"");
    at = data_of[item->kind](writer, at, item);
    *begin = '{';
    return put(at, "}");
}

static const char *type_of(const struct item *item) {
    if (item->flags & ITEM_DELETED)
        return "sales.record.deleted";
    if (item->kind == KIND_PROMISE)
        return loop_promise_type(item);
    if (item->kind == KIND_DEAL)
        return tellings[item->outcome].type;
    return item->kind == KIND_LEAD && item->outcome == OUTCOME_CLOSED ? "sales.lead.closed"
                                                                      : org_kinds[item->kind].type;
}

static char *put_event(struct line_writer *writer, char *at, const struct item *item) {
    const struct org_kind_row *kind = &org_kinds[item->kind];
    at = put_record(put(at, "{\"specversion\":\"1.0\",\"id\":\""), item);
    if (item->revision) {
        *at++ = '.';
        at = put_number(at, item->revision);
    }
    /* A source's own lines: one a time. */
    if (!kind->source)
        at = put_number(put(at, "-"), item->time_s);
    at = put(put(at, "\",\"source\":\""),
             kind->source ? kind->source : affairs_sources[item->detail]);
    at = put(put(at, "\",\"type\":\""), type_of(item));
    if (kind->source)
        at = put_subject(writer, put(at, "\",\"subject\":\""), item);
    at = put_time(writer, put(at, "\",\"time\":\""), item->time_s, item->offset_min);
    if (item->recorded_s)
        at = put_time(writer, put(at, "\",\"recordedtime\":\""), item->recorded_s, 0);
    *at++ = '"';
    if (item->revision) {
        at = put_record(put(at, ",\"record\":\""), item);
        at = put_number(put(at, "\",\"revision\":"), item->revision);
    }
    if (!(item->flags & ITEM_DELETED))
        at = put_data(writer, at, item);
    return put(at, "}\n");
}

int line_write(struct line_writer *writer, const struct item *item) {
    if (writer->used + LINE_ROOM > LINE_BUFFER) {
        int rc = line_flush(writer);
        if (rc < 0)
            return rc;
    }
    char *begin = writer->buffer + writer->used;
    writer->used += (size_t)(put_event(writer, begin, item) - begin);
    writer->lines++;
    return 0;
}
