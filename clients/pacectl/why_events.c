/*
 * why_events.c - `pacectl why --events`: each event of a rep's day, and what the indicators made of it.
 */
#include "why_events.h"

#include "answer.h"
#include "text.h"

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
static void put_verdict(FILE *to, const json_t *verdict) {
    const char *reason = answer_text(verdict, "reason"), *form = reason;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(reasons[i].reason, reason))
            form = reasons[i].form;
    const char *hole = strstr(form, "%s");
    fprintf(to, "%s ", answer_text(verdict, "indicator"));
    if (hole)
        fprintf(to, "%.*s%s%s", (int)(hole - form), form, answer_text(verdict, "member"), hole + 2);
    else
        fputs(form, to);
}

static void print_event(const json_t *event, const char *indicator) {
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
        struct text_words words;
        if ((indicator && strcmp(indicator, answer_text(verdict, "indicator")) != 0) || !text_words_begin(&words))
            continue;
        put_verdict(words.to, verdict);
        text_words_print(&words, "", 4);
    }
}

void why_print_events(const json_t *items, const char *indicator, const char *day) {
    size_t i;
    json_t *event;
    printf("\n  The events of %s:\n", day);
    json_array_foreach(items, i, event) {
        print_event(event, indicator);
    }
    if (!json_array_size(items))
        puts("  none");
}
