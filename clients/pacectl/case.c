/*
 * case.c - `pacectl case list|show|ack|dismiss` and `pacectl coach`: what becomes of warnings, and a manager's part in it.
 *
 * What changes something sends an event like any connector's; the daemon keeps nothing else.
 */
#include "answer.h"
#include "control.h"
#include "deliver.h"
#include "indicators.h"
#include "known.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text) {
    return text ? json_string(text) : json_null();
}

/* ---- the list ---- */

static const struct answer_column columns[] = {
    {"case", "case", 1},   {"rep", "rep", 0},     {"opened", "opened_on", 0},
    {"state", "state", 0}, {"about", "about", 0}, {"waits for", "waiting", 0},
};

enum { COLUMNS = sizeof columns / sizeof columns[0], WORDS_SIZE = 400 };

/* "coach by 2026-03-09", "acknowledge by 2026-03-04 (overdue)" */
static json_t *waiting_of(const json_t *item) {
    const json_t *waits = json_object_get(item, "waits_for"), *pending;
    char words[WORDS_SIZE] = "";
    size_t i, n = 0;
    json_array_foreach(waits, i, pending)
        if (n < sizeof words)
            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s by %s%s", n ? ", " : "", answer_text(pending, "step"),
                                  answer_text(pending, "by"), answer_is(pending, "overdue") ? " (overdue)" : "");
    return json_string(n ? words : "-");
}

static json_t *about_of(const json_t *item) {
    const json_t *list = json_object_get(item, "indicators"), *name;
    char words[WORDS_SIZE] = "";
    size_t i, n = 0;
    json_array_foreach(list, i, name)
        if (n < sizeof words)
            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s", n ? ", " : "", json_string_value(name));
    return json_string(words);
}

static void print_list(json_t *items) {
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item) {
        json_object_set_new(item, "waiting", waiting_of(item));
        json_object_set_new(item, "about", about_of(item));
    }
    answer_table(items, columns, COLUMNS);
}

int command_case_list(struct ctl *ctl) {
    json_t *request = json_pack("{ss}", "cmd", "cases"), *items = NULL;
    if (ctl->n_words)
        json_object_set_new(request, "rep", json_string(ctl->words[0]));
    int code = control_collect(ctl, request, &items);
    for (size_t i = json_array_size(items); !code && i-- > 0;)
        if (!ctl_value(ctl, "--all") && !answer_is(json_array_get(items, i), "open"))
            json_array_remove(items, i);
    if (!code && ctl->json) {
        code = control_print_items(items);
    } else if (!code && !json_array_size(items)) {
        puts(ctl_value(ctl, "--all") ? "There was no case yet." : "No case is open.");
        code = known_unnumbered(ctl);
    } else if (!code) {
        print_list(items);
    }
    json_decref(items);
    return code;
}

/* ---- one case ---- */

static void print_mark(const json_t *mark) {
    static const char *const details[][2] = {{"verdict", ": "}, {"about", ": "}, {"who", " by "}, {"due", ", due "}};
    const char *text = answer_text(mark, "text");
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    fputs(answer_text(mark, "what"), words.to);
    for (size_t d = 0; d < sizeof details / sizeof *details; d++)
        if (json_is_string(json_object_get(mark, details[d][0])))
            fprintf(words.to, "%s%s", details[d][1], answer_text(mark, details[d][0]));
    char day[TEXT_NUMBER_SIZE];
    snprintf(day, sizeof day, "  %s ", answer_text(mark, "day"));
    text_words_print(&words, day, 6);
    if (json_is_string(json_object_get(mark, "text")))
        text_paragraph(stdout, text, 6, text_width(stdout));
}

/* What the manager did comes before what the rep did. */
static void print_leadership(const json_t *record) {
    char number[2][TEXT_NUMBER_SIZE];
    struct text_words words;
    if (!json_is_object(record) || !text_words_begin(&words))
        return;
    fprintf(words.to, "leadership first: %s held, %s due", answer_things(record, "one_on_ones", "one-on-one", number[0]),
            answer_number(record, "one_on_ones_due", number[1]));
    if (json_is_string(json_object_get(record, "last_one_on_one")))
        fprintf(words.to, ", the last on %s", answer_text(record, "last_one_on_one"));
    if (answer_count(record, "promises"))
        fprintf(words.to, "; %s of %s kept", answer_number(record, "promises_kept", number[0]),
                answer_things(record, "promises", "promise", number[1]));
    fprintf(words.to, "; %s late", answer_things(record, "reminders", "step", number[0]));
    text_words_print(&words, "", 2);
}

static void print_case(json_t *found) {
    char number[TEXT_NUMBER_SIZE];
    json_t *waiting = waiting_of(found), *about = about_of(found), *mark;
    size_t i;
    char title[TEXT_NUMBER_SIZE + 5];
    snprintf(title, sizeof title, "case %s", answer_number(found, "case", number));
    text_titled(TEXT_BOLD, title, " %s, %s", answer_text(found, "rep"), json_string_value(about));
    print_leadership(json_object_get(found, "leadership"));
    text_titled(TEXT_PLAIN, "", "%s since %s, round %s; team %s, manager %s", answer_text(found, "state"), answer_text(found, "since"),
                answer_number(found, "round", number), answer_text(found, "team"), answer_text(found, "manager"));
    text_titled(TEXT_PLAIN, "", "waits for: %s", json_string_value(waiting));
    putchar('\n');
    json_array_foreach(json_object_get(found, "history"), i, mark)
        print_mark(mark);
    json_decref(waiting);
    json_decref(about);
}

int command_case_show(struct ctl *ctl) {
    json_t *found = NULL;
    int code = known_case(ctl, ctl->words[0], &found);
    if (code)
        return code;
    if (ctl->json)
        code = control_print_json(found);
    else
        print_case(found);
    json_decref(found);
    return code;
}

/* ---- what changes something ---- */

static int tell_noted(const struct ctl *ctl, const char *id) {
    if (!ctl->json) {
        puts("Noted.");
        return CTL_YES;
    }
    json_t *json = json_pack("{ss}", "id", id);
    int code = control_print_json(json);
    json_decref(json);
    return code;
}

static int send_event(const struct ctl *ctl, const char *type, const char *rep, json_t *data) {
    char id[DELIVER_ID_SIZE];
    int code = deliver(ctl, deliver_event(deliver_id(id), type, rep, data));
    return code ? code : tell_noted(ctl, id);
}

/* Whose case it is, is asked first. */
static int send_word(const struct ctl *ctl, const char *type, const char *reason) {
    json_t *found = NULL;
    int code = known_case(ctl, ctl->words[0], &found);
    if (code)
        return code;
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)answer_count(found, "case"));
    code = send_event(ctl, type, answer_text(found, "rep"),
                      json_pack("{ss so so}", "case", number, "manager", text_or_null(ctl_value(ctl, "--manager")), "reason",
                                text_or_null(reason)));
    json_decref(found);
    return code;
}

int command_case_ack(struct ctl *ctl) {
    return send_word(ctl, "sales.case.acknowledged", NULL);
}

int command_case_dismiss(struct ctl *ctl) {
    const char *reason = ctl_value(ctl, "--reason");
    if (!reason)
        return ctl_fail(CTL_USAGE, "--reason is needed: why there is nothing to be done, in a few words that the rep may read");
    return send_word(ctl, "sales.case.dismissed", reason);
}

/* "calls, show rate" as a list of topics. */
static json_t *topics_of(const char *words) {
    json_t *list = json_array();
    while (words && *words) {
        size_t blanks = strspn(words, " ,"), len = strcspn(words + blanks, ",");
        words += blanks;
        size_t end = len;
        while (end && words[end - 1] == ' ')
            end--;
        if (end)
            json_array_append_new(list, json_stringn(words, end));
        words += len;
    }
    return list;
}

/* A topic may be anything, so one that looks misspelt is told, not refused. */
static void hint_topics(const struct ctl *ctl, const json_t *topics) {
    json_t *indicators = NULL, *topic;
    size_t i;
    if (!json_array_size(topics) || indicators_ask(ctl, &indicators))
        return;
    json_array_foreach(topics, i, topic) {
        const char *word = json_string_value(topic), *name = known_near(indicators, "indicator", word),
                   *label = known_near(indicators, "label", word);
        bool known = answer_find(indicators, "indicator", word) || answer_find(indicators, "label", word);
        if (!known && (name || label))
            fprintf(stderr, "\"%s\" is no indicator; if you meant \"%s\", say it again so: two talks on one day are one.\n", word,
                    name ? name : label);
    }
    json_decref(indicators);
}

int command_coach(struct ctl *ctl) {
    const char *manager = ctl_value(ctl, "--manager");
    if (!manager)
        return ctl_fail(CTL_USAGE, "--manager is needed: who talked with %s", ctl->words[0]);
    json_t *topics = topics_of(ctl_value(ctl, "--topics"));
    int code = known_rep(ctl, ctl->words[0]);
    code = code ? code : known_manager(ctl, manager);
    if (!code)
        code = send_event(ctl, "sales.coaching.session", ctl->words[0],
                          json_pack("{ss so sO so}", "manager", manager, "coach", text_or_null(ctl_value(ctl, "--coach")), "topics", topics,
                                    "help_asked", ctl_value(ctl, "--help-asked") ? json_true() : json_null()));
    if (!code)
        hint_topics(ctl, topics);
    json_decref(topics);
    return code;
}
