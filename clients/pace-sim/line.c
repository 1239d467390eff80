#include "line.h"

#include "activity.h"

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
    const struct org_rep *rep = &writer->org->reps[item->rep];
    if (rep->two_subjects && item->kind == KIND_CALL)
        return put_number(put(at, "dialer:"), DIALER_BASE + item->rep);
    at = put(at, rep->name);
    return rep->two_subjects && item->kind == KIND_EMAIL ? put(at, "@example.com") : at;
}

static char *put_data_call(char *at, const struct item *item) {
    bool inbound = item->detail % 100 < ORG_INBOUND_SHARE * 100;
    at = put(at, inbound ? ",\"direction\":\"inbound\"" : ",\"direction\":\"outbound\"");
    if (item->outcome == OUTCOME_CONNECTED)
        at = put_number(put(at, ",\"duration_s\":"), 30 + item->detail % 600);
    return put(put_number(put(at, ",\"contact\":\"k"), item->detail % 40000), "\"");
}

static char *put_data_email(char *at, const struct item *item) {
    at = put(put_number(put(at, ",\"contact\":\"k"), item->detail % 40000), "\"");
    return item->flags & ITEM_AUTOMATIC ? put(at, ",\"automatic\":true") : at;
}

static char *put_data_crm(char *at, const struct item *item) {
    at = put_number(put(at, ",\"opportunity\":\"o"), item->detail % 900000);
    return put(put_number(put(at, "\",\"account\":\"a"), item->detail % 9000), "\"");
}

/* The comma before the first member is written over with the brace. */
static char *put_data(char *at, const struct item *item) {
    char *begin = at = put(at, ",\"data\":");
    if (item->outcome)
        at = put(put(put(at, ",\"outcome\":\""), outcome_names[item->outcome]), "\"");
    at = item->kind == KIND_CALL    ? put_data_call(at, item)
         : item->kind == KIND_EMAIL ? put_data_email(at, item)
                                    : put_data_crm(at, item);
    *begin = '{';
    return put(at, "}");
}

static char *put_event(struct line_writer *writer, char *at, const struct item *item) {
    const struct org_kind_row *kind = &org_kinds[item->kind];
    at = put_record(put(at, "{\"specversion\":\"1.0\",\"id\":\""), item);
    if (item->revision) {
        *at++ = '.';
        at = put_number(at, item->revision);
    }
    at = put(put(at, "\",\"source\":\""), kind->source);
    at = put(put(at, "\",\"type\":\""),
             item->flags & ITEM_DELETED ? "sales.record.deleted" : kind->type);
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
        at = put_data(at, item);
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
