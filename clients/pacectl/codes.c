/*
 * codes.c - `pacectl codes`: why events are refused, and what to do about it.
 */
#include "codes.h"

#include "control.h"
#include "text.h"

static const struct code_help helps[PACE_CODES] = {
    [PACE_BAD_JSON] = {"The line isn't valid JSON, isn't an object, nests deeper than 64 levels, or has a "
     "name twice in one object",
     "Write the event with a JSON library, one per line, without line breaks inside; look "
     "for string concatenation and merged objects"},
    [PACE_BAD_UTF8] = {"A byte sequence that isn't UTF-8, anywhere in the line",
     "Convert from the source's encoding (often Windows-1252) and don't cut strings in "
     "the middle of a character"},
    [PACE_MISSING_ATTRIBUTE] = {"A required attribute is absent or null; or a member of data that this type needs is "
     "absent, null or empty",
     "Fill it; where the source can't know it, send another type"},
    [PACE_BAD_ATTRIBUTE] = {"An attribute is empty; or an attribute or member has another JSON type, is none of "
     "the words that there are, is out of range, is too long, or has control characters",
     "The reason names it, what was found and what was expected; convert it in the "
     "connector"},
    [PACE_BAD_TIME] = {"A time without an offset, a time that doesn't exist, or a day that isn't YYYY-MM-DD",
     "Write the offset: 2026-03-29T10:00:00+02:00. For times that the clock change "
     "skipped, take the time as the source stores it in UTC"},
    [PACE_TOO_LATE] = {"The event's day is older than store.keep_days",
     "Nothing, if it is old history; else check time, or raise store.keep_days in time: what was dropped stays dropped"},
    [PACE_TOO_FAR_AHEAD] = {"time is further ahead of the daemon's clock than ingest.max_ahead",
     "Check the sender's clock and offset; plans belong into sales.activity.planned, "
     "whose time is when it was planned"},
    [PACE_TOO_LARGE] = {"The event is longer than 1 MiB, or the batch is",
     "Send smaller batches; leave out what isn't listed here (bodies of e-mails, "
     "attachments)"},
    [PACE_TOO_MANY] = {"The batch has more events than allowed",
     "Send at most 4096 events a batch"},
    [PACE_UNKNOWN_SUBJECT] = {"people.enroll is reject, and no rep has this name or alias",
     "Add the rep to the configuration, or the subject to a rep's aliases; with park, a sales.rep.joined does as well"},
    [PACE_NOT_ALLOWED] = {"This sender's key may not send for this source",
     "Use the source that the key was given, or have the key's rights extended"},
    [PACE_BAD_FRAMES] = {"A published message isn't two frames",
     "Send topic and body; or a batch to the acknowledged socket"},
    [PACE_POISON] = {"An event of exactly these bytes has crashed paced twice",
     "That is a bug of paced: report it, with the event. Once a version mends it: pacectl quarantine retry, or "
     "pacectl quarantine drop and send it again"},
};

const struct code_help *code_help(enum pace_code code) {
    return code > PACE_OK && code < PACE_CODES ? &helps[code] : NULL;
}

static enum pace_code find_code(const char *name) {
    enum pace_code code = PACE_OK + 1;
    while (code < PACE_CODES && strcmp(pace_code_name(code), name) != 0)
        code++;
    return code;
}

static void print_code(enum pace_code code) {
    int width = text_width(stdout);
    text_style(stdout, TEXT_BOLD);
    fputs(pace_code_name(code), stdout);
    text_style(stdout, TEXT_PLAIN);
    putchar('\n');
    text_paragraph(stdout, helps[code].wrong, 2, width);
    text_paragraph(stdout, helps[code].remedy, 4, width);
}

static json_t *code_json(enum pace_code code) {
    return json_pack("{ss ss ss}", "code", pace_code_name(code), "wrong", helps[code].wrong, "remedy",
                     helps[code].remedy);
}

int command_codes(struct ctl *ctl) {
    enum pace_code first = PACE_OK + 1, last = PACE_CODES - 1;
    if (ctl->n_words) {
        first = last = find_code(ctl->words[0]);
        if (first == PACE_CODES)
            return ctl_fail(CTL_NO, "there is no code \"%s\"; \"pacectl codes\" lists them", ctl->words[0]);
    }
    json_t *list = json_array();
    for (enum pace_code code = first; code <= last; code++) {
        if (ctl->json)
            json_array_append_new(list, code_json(code));
        else
            print_code(code);
    }
    int result = ctl->json ? control_print_json(list) : CTL_YES;
    json_decref(list);
    return result;
}
