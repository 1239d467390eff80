/*
 * why_events.c - `pacectl why --events`: each event of a rep's day, and what the indicators made of it.
 */
#include "why_events.h"

#include "answer.h"
#include "text.h"

#include <inttypes.h>

enum { SENTENCE_SIZE = 400 };

static const struct {
    const char *reason, *form; /* %s: the member */
} reasons[] = {
    {"counts", "counts"},
    {"where", "doesn't count: \"%s\" isn't what the indicator asks for"},
    {"automatic", "doesn't count: it is automatic"},
    {"too_short", "doesn't count: it is too short"},
    {"distinct", "one of several with the same \"%s\" that day, which count as one"},
    {"no_outcome", "left out: its \"%s\" isn't known"},
    {"no_key", "doesn't count: it has no \"%s\""},
    {"no_amount", "doesn't count: it has no \"%s\""},
    {"currency", "isn't summed: there is no rate for its currency on that day"},
    {"credited_elsewhere", "counts for somebody else"},
    {"unknown_subject", "doesn't count: nobody of that name is known"},
    {"no_time", "left out: only its day is known"},
    {"trial", "is a trial, or follows one that is open"},
    {"success", "makes an open trial succeed, if there is one"},
    {"move", "gives what is open to another rep"},
    {"closed", "withdraws what is open"},
    {"history", "belongs to the history of its deal"},
};

/* A reason that this pacectl doesn't know is told as it is. */
static void say_verdict(const json_t *verdict, char *ret_sentence) {
    const char *reason = answer_text(verdict, "reason"), *member = answer_text(verdict, "member");
    int len = snprintf(ret_sentence, SENTENCE_SIZE, "%s ", answer_text(verdict, "indicator"));
    char *at = ret_sentence + (len < SENTENCE_SIZE ? len : SENTENCE_SIZE - 1);
    size_t room = SENTENCE_SIZE - (size_t)(at - ret_sentence);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        const char *hole = strstr(reasons[i].form, "%s");
        if (strcmp(reasons[i].reason, reason) != 0)
            continue;
        if (hole)
            snprintf(at, room, "%.*s%s%s", (int)(hole - reasons[i].form), reasons[i].form, member, hole + 2);
        else
            snprintf(at, room, "%s", reasons[i].form);
        return;
    }
    snprintf(at, room, "%s", reason);
}

static void print_event(const json_t *event, const char *indicator, int width) {
    char sentence[SENTENCE_SIZE];
    const char *time = answer_text(event, "time");
    fputs("  ", stdout);
    text_put(stdout, view_of(time));
    fputs("  ", stdout);
    text_put(stdout, view_of(answer_text(event, "type")));
    fputs("  ", stdout);
    text_put(stdout, view_of(answer_text(event, "id")));
    printf("%s\n", answer_is(event, "bulk") ? "  (bulk: entered with at least nine others within two minutes)" : "");
    size_t i;
    json_t *verdict;
    json_array_foreach(json_object_get(event, "indicators"), i, verdict) {
        if (indicator && strcmp(indicator, answer_text(verdict, "indicator")) != 0)
            continue;
        say_verdict(verdict, sentence);
        text_paragraph(stdout, sentence, 4, width);
    }
}

static int append_item(void *arg, json_t *item) {
    return json_array_append(arg, item) ? ctl_fail(CTL_NO, "out of memory") : 0;
}

int why_ask_events(struct control *control, const char *rep, const char *day, json_t **ret_items) {
    json_t *items = json_array();
    int code = control_list(control, json_pack("{ss ss ss}", "cmd", "events", "rep", rep, "day", day),
                            "from", append_item, items);
    if (code)
        json_decref(items);
    else
        *ret_items = items;
    return code;
}

void why_print_events(const json_t *items, const char *indicator, const char *day) {
    int width = text_width(stdout);
    size_t i;
    json_t *event;
    printf("\n  The events of %s:\n", day);
    json_array_foreach(items, i, event) {
        print_event(event, indicator, width);
    }
    if (!json_array_size(items))
        puts("  none");
}
