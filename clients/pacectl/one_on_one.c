/*
 * one_on_one.c - `pacectl one-on-one`: a page for half an hour with a rep: what goes well, what changed, what was agreed, what to ask, and
 * what the manager owes.
 *
 * It is put together from answers that other commands give too; the sentences are the daemon's.
 */
#include "answer.h"
#include "control.h"
#include "day.h"
#include "indicators.h"
#include "page.h"
#include "text.h"

#include <string.h>

enum {
    LEAST_DAYS = 14, /* that are looked back over, however short a time ago the last talk was */
    USUAL_DAYS = 28, /* where no talk is on record */
    MOST_DAYS = 84,  /* as leadership's own record */
    WELL_MOST = 3,
    QUESTIONS = 3,
};

/* ---- asking ---- */

static bool is_of(const json_t *item, const void *rep) {
    return !strcmp(answer_text(item, "rep"), rep);
}

static bool is_open_case(const json_t *item, const void *rep) {
    (void)rep;
    return answer_is(item, "open");
}

static int ask_lists(const struct ctl *ctl, const char *rep, json_t *page) {
    static const struct {
        const char *member, *command;
        bool (*wanted)(const json_t *item, const void *rep);
    } lists[] = {{"cases", "cases", is_open_case}, {"promises", "commitments", NULL}, {"leadership", "coaching", is_of}};
    int code = 0;
    for (size_t l = 0; !code && l < sizeof lists / sizeof *lists; l++) {
        json_t *items = NULL;
        code = page_collect(ctl, json_pack("{ss ss}", "cmd", lists[l].command, "rep", rep), lists[l].wanted, rep, &items);
        if (!code)
            json_object_set_new(page, lists[l].member, items);
    }
    json_t *record = json_incref(json_array_get(json_object_get(page, "leadership"), 0));
    json_object_set_new(page, "leadership", record ? record : json_null());
    return code;
}

/* The day of the last talk, as far as that gives enough to look at. */
static void since_when(const json_t *page, char ret_since[DAY_TEXT_SIZE]) {
    const char *last = answer_text(json_object_get(page, "leadership"), "last_one_on_one");
    pace_day closed, since;
    if (day_parse(view_of(answer_text(page, "closed_to")), &closed))
        closed = 0; /* nothing is closed yet, and nothing told */
    if (day_parse(view_of(last), &since))
        since = closed - USUAL_DAYS;
    since = since > closed - LEAST_DAYS ? closed - LEAST_DAYS : since < closed - MOST_DAYS ? closed - MOST_DAYS : since;
    day_format(since, ret_since);
}

static int ask_told(const struct ctl *ctl, const char *rep, json_t *page) {
    json_t *status = NULL, *told = NULL;
    char since[DAY_TEXT_SIZE];
    since_when(page, since);
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "status"), &status);
    if (!code)
        code = page_collect_told(ctl, answer_count(status, "alerts"), since, is_of, rep, &told);
    if (!code) {
        json_object_set_new(page, "since", json_string(since));
        json_object_set(page, "told", told);
    }
    json_decref(told);
    json_decref(status);
    return code;
}

/* The newest warning of a case about an indicator; 0: none. */
static json_int_t warning_of(const json_t *found, const char *indicator) {
    json_int_t number = 0;
    const json_t *mark;
    size_t i;
    json_array_foreach(json_object_get(found, "history"), i, mark)
        if (!strcmp(answer_text(mark, "about"), indicator) && json_is_number(json_object_get(mark, "before")))
            number = json_integer_value(json_object_get(mark, "alert"));
    return number;
}

/* What was said of each indicator that is off: its levers and questions are those of the page. */
static int ask_warnings(const struct ctl *ctl, json_t *page) {
    json_t *warnings = json_array();
    const json_t *found, *name;
    size_t c, i;
    int code = 0;
    json_object_set_new(page, "warnings", warnings);
    json_array_foreach(json_object_get(page, "cases"), c, found) {
        json_array_foreach(json_object_get(found, "off"), i, name) {
            json_int_t number = warning_of(found, json_string_value(name));
            json_t *reply = NULL;
            if (code || !number)
                continue;
            code = control_ask_once(ctl, json_pack("{ss sI si}", "cmd", "alerts", "since", number - 1, "limit", 1), &reply);
            const json_t *event = json_array_get(json_object_get(reply, "items"), 0);
            if (event)
                json_array_append(warnings, json_object_get(event, "data"));
            json_decref(reply);
        }
    }
    return code;
}

/* The nth question of each list, then the next one of each, until there are enough; none twice. */
static json_t *questions_of(const json_t *page) {
    static const char *const always[] = {"What went well that you would do again, and that others could learn from?",
                                         "What is in your way at the moment, and what help would you like?",
                                         "What do you want to get better at next?"};
    json_t *questions = json_array();
    const json_t *lists[2] = {json_object_get(page, "at_risk"), json_object_get(page, "warnings")}, *warning;
    for (size_t n = 0; n < QUESTIONS; n++)
        for (size_t l = 0, i; l < 2; l++)
            json_array_foreach(lists[l], i, warning) {
                json_t *question = json_array_get(json_object_get(warning, "questions"), n);
                bool known = !question || json_array_size(questions) == QUESTIONS;
                for (size_t q = 0; !known && q < json_array_size(questions); q++)
                    known = json_equal(json_array_get(questions, q), question);
                if (!known)
                    json_array_append(questions, question);
            }
    bool any = json_array_size(questions) > 0;
    for (size_t n = 0; !any && n < sizeof always / sizeof *always; n++)
        json_array_append_new(questions, json_string(always[n]));
    return questions;
}

/* Warnings of the time that is looked at, of one kind; those that were taken back since are none. */
static json_t *told_of(const json_t *page, bool (*wanted)(const json_t *data, const json_t *page)) {
    json_t *found = json_array();
    const json_t *told = json_object_get(page, "told"), *event, *other;
    size_t i, j;
    json_array_foreach(told, i, event) {
        json_t *data = json_object_get(event, "data");
        char number[TEXT_NUMBER_SIZE];
        bool revised = false;
        json_array_foreach(told, j, other) {
            snprintf(number, sizeof number, "%llu", (unsigned long long)answer_count(json_object_get(other, "data"), "revises"));
            revised = revised || !strcmp(number, answer_text(event, "id"));
        }
        if (!revised && wanted(data, page))
            json_array_append(found, data);
    }
    return found;
}

static bool is_good(const json_t *data, const json_t *page) {
    const char *kind = answer_text(data, "kind"), *verdict = answer_text(data, "verdict");
    (void)page;
    return !strcmp(kind, "good_news") || (!strcmp(kind, "commitment_verdict") && !strcmp(verdict, "kept")) ||
           (!strcmp(kind, "recovered") && json_is_string(json_object_get(data, "indicator")));
}

static bool is_open(const json_t *promise) {
    return !strcmp(answer_text(promise, "state"), "open");
}

static bool is_at_risk(const json_t *data, const json_t *page) {
    const json_t *promise = answer_find(json_object_get(page, "promises"), "commitment", answer_text(data, "commitment"));
    return !strcmp(answer_text(data, "kind"), "commitment_at_risk") && promise && is_open(promise);
}

static bool is_help(const json_t *data, const json_t *page) {
    (void)page;
    return !strcmp(answer_text(data, "step"), "help");
}

static int ask_page(const struct ctl *ctl, json_t *page) {
    json_t *reply = NULL;
    int code = control_ask_once(ctl, json_pack("{ss ss}", "cmd", "rep", "rep", ctl->words[0]), &reply);
    if (code)
        return code;
    json_object_update(page, json_object_get(reply, "rep"));
    json_decref(reply);
    const char *rep = answer_text(page, "name");
    code = ask_lists(ctl, rep, page);
    code = code ? code : page_read_cases(ctl, json_object_get(page, "cases"));
    code = code ? code : ask_told(ctl, rep, page);
    code = code ? code : ask_warnings(ctl, page);
    if (code)
        return code;
    json_object_set_new(page, "well", told_of(page, is_good));
    json_object_set_new(page, "at_risk", told_of(page, is_at_risk));
    json_object_set_new(page, "help_asked", told_of(page, is_help));
    json_object_set_new(page, "questions", questions_of(page));
    json_object_del(page, "told");
    return 0;
}

/* ---- what goes well ---- */

static void print_text(const json_t *data) {
    text_paragraph(stdout, answer_text(data, "text"), 2, text_width(stdout));
}

/* Next to nothing isn't told as something that goes well because it is as usual. */
static bool goes_as_usual(const json_t *stream) {
    return !strcmp(answer_text(stream, "state"), "quiet") && answer_real(stream, "rate") >= .02;
}

static void print_well(const json_t *page) {
    const json_t *well = json_object_get(page, "well"), *stream;
    size_t n = json_array_size(well), i;
    struct text_words words;
    page_title("Say first what goes well");
    for (i = 0; i < n && i < WELL_MOST; i++)
        print_text(json_array_get(well, n - 1 - i));
    if (!text_words_begin(&words))
        return;
    json_array_foreach(json_object_get(page, "streams"), i, stream)
        if (goes_as_usual(stream))
            fprintf(words.to, "%s%s", ftell(words.to) ? ", " : "As usual: ", answer_text(stream, "label"));
    fputs(ftell(words.to) || n ? "" : "The records don't tell; ask what did.", words.to);
    text_words_print(&words, "", 2);
}

/* ---- what changed ---- */

/* As of the day of the warning, which may be long past. */
static void put_levers(FILE *to, const json_t *warning, const char *since) {
    const json_t *levers = json_object_get(warning, "levers"), *lever;
    const char *day = answer_text(warning, "raised_on");
    size_t i;
    if (json_array_size(levers))
        fprintf(to, strcmp(day, since) < 0 ? " What would have closed the gap on %s: " : " What would close the gap: ", day);
    json_array_foreach(levers, i, lever)
        fprintf(to, "%s%s", i ? "; " : "", json_string_value(lever));
    fputs(i ? "." : "", to);
}

/* Not what is as usual, nor what isn't judged as long as there is nothing to judge. */
static bool has_changed(const json_t *stream) {
    static const char *const told[] = {"slipping", "too_few", "team_shift", "pending", "no_data", "source_down"};
    for (size_t t = 0; t < sizeof told / sizeof *told; t++)
        if (!strcmp(answer_text(stream, "state"), told[t]))
            return true;
    return false;
}

/* One that all of a rep's indicators share is told once. */
static bool was_told(const json_t *streams, size_t before, const char *text) {
    for (size_t i = 0; i < before; i++)
        if (!strcmp(answer_text(json_array_get(streams, i), "text"), text))
            return true;
    return false;
}

static void print_stream(const json_t *stream, const json_t *page) {
    const char *text = answer_text(stream, "text"), *label = answer_text(stream, "label");
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    if (!strcmp(answer_text(stream, "state"), "team_shift"))
        fprintf(words.to, "%s: ", label);
    fputs(text, words.to);
    put_levers(words.to, answer_find(json_object_get(page, "warnings"), "indicator", answer_text(stream, "indicator")),
               answer_text(page, "since"));
    text_words_print(&words, "", 2);
}

static void print_changed(const json_t *page) {
    const json_t *streams = json_object_get(page, "streams"), *stream;
    size_t i;
    bool any = false;
    page_title("What changed");
    if (json_is_string(json_object_get(page, "back_on")))
        printf("  Away, back on %s.\n", answer_text(page, "back_on"));
    json_array_foreach(streams, i, stream) {
        const char *text = answer_text(stream, "text");
        bool shared = strcmp(answer_text(stream, "state"), "team_shift") != 0 && was_told(streams, i, text);
        if (!has_changed(stream) || shared)
            continue;
        print_stream(stream, page);
        any = true;
    }
    if (!any)
        puts("  Nothing that chance wouldn't do as well.");
}

/* ---- what was agreed ---- */

static void put_promise(FILE *to, const json_t *promise, const json_t *indicators) {
    char so_far[TEXT_NUMBER_SIZE], target[TEXT_NUMBER_SIZE], chance[TEXT_NUMBER_SIZE];
    const char *kind = indicators_kind(indicators, answer_text(promise, "indicator"));
    fprintf(to, "\"%s\"", answer_text(promise, "text"));
    if (json_is_string(json_object_get(promise, "due")))
        fprintf(to, ", due on %s", answer_text(promise, "due"));
    if (json_is_number(json_object_get(promise, "so_far")))
        fprintf(to, ": %s so far, of %s", indicators_amount(kind, json_object_get(promise, "so_far"), so_far),
                indicators_amount(kind, json_object_get(promise, "target"), target));
    if (json_is_string(json_object_get(promise, "outlook")))
        fprintf(to, ", %s (%s)", answer_text(promise, "outlook"),
                indicators_amount("ratio", json_object_get(promise, "probability"), chance));
    fprintf(to, "; %s.", answer_text(promise, "commitment"));
}

/* Open ones of the rep or of the manager. How many there were. */
static int print_promises(const json_t *page, const char *by) {
    const json_t *promise;
    struct text_words words;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(page, "promises"), i, promise) {
        if (!is_open(promise) || strcmp(answer_text(promise, "by"), by) != 0 || !text_words_begin(&words))
            continue;
        put_promise(words.to, promise, json_object_get(page, "indicators"));
        text_words_print(&words, strcmp(by, "rep") ? "  You promised" : "  Promised", 2);
        n++;
    }
    return n;
}

static void print_agreed(const json_t *page) {
    const json_t *stream;
    struct text_words words;
    size_t i;
    page_title("What was agreed");
    int n = print_promises(page, "rep");
    json_array_foreach(json_object_get(page, "streams"), i, stream) {
        if (!json_is_object(json_object_get(stream, "outlook")) || !text_words_begin(&words))
            continue;
        fprintf(words.to, "%s: ", answer_text(stream, "label"));
        indicators_put_outlook(words.to, stream);
        text_words_print(&words, "", 2);
        n++;
    }
    if (!n)
        puts("  Nothing is open.");
}

/* ---- what is left to say ---- */

static void print_questions(const json_t *page) {
    const json_t *question;
    size_t i;
    page_title("To ask");
    json_array_foreach(json_object_get(page, "questions"), i, question)
        text_hanging(stdout, "  -", json_string_value(question), 4, text_width(stdout));
}

/* Where nobody records talks nothing is known of them. */
static void print_record(const json_t *record) {
    char number[4][TEXT_NUMBER_SIZE];
    struct text_words words;
    if (!answer_count(record, "days") || !text_words_begin(&words))
        return;
    const char *last = json_string_value(json_object_get(record, "last_one_on_one"));
    fprintf(words.to, "In the last twelve weeks: %s held, %s due", answer_things(record, "one_on_ones", "one-on-one", number[0]),
            answer_number(record, "one_on_ones_due", number[1]));
    if (last)
        fprintf(words.to, ", the last on %s", last);
    if (answer_count(record, "reminders"))
        fprintf(words.to, "; %s late", answer_things(record, "reminders", "step", number[2]));
    if (answer_count(record, "promises"))
        fprintf(words.to, "; %s of %s kept", answer_number(record, "promises_kept", number[2]),
                answer_things(record, "promises", "promise", number[3]));
    if (answer_count(record, "recognitions"))
        fprintf(words.to, "; %s of recognition, the newest on %s", answer_things(record, "recognitions", "word", number[2]),
                answer_text(record, "last_recognition"));
    fputs(".", words.to);
    text_words_print(&words, "", 2);
}

static void print_owed(const json_t *page) {
    const json_t *found, *help;
    struct text_words words;
    char number[TEXT_NUMBER_SIZE];
    size_t i;
    page_title("Yours to do");
    json_array_foreach(json_object_get(page, "cases"), i, found) {
        if (!text_words_begin(&words))
            continue;
        fprintf(words.to, "Case %s, of %s, %s.", answer_number(found, "case", number), answer_text(found, "opened_on"),
                answer_text(found, "state"));
        page_put_steps(words.to, found);
        text_words_print(&words, "", 2);
    }
    json_array_foreach(json_object_get(page, "help_asked"), i, help)
        print_text(help);
    print_promises(page, "manager");
    print_record(json_object_get(page, "leadership"));
}

static void print_page(const json_t *page) {
    text_titled(TEXT_BOLD, answer_text(page, "name"), ": one-on-one with %s; since %s, days closed to %s",
                answer_text(page, "manager"), answer_text(page, "since"), answer_text(page, "closed_to"));
    print_well(page);
    print_changed(page);
    print_agreed(page);
    print_questions(page);
    print_owed(page);
}

int command_one_on_one(struct ctl *ctl) {
    json_t *page = json_object(), *indicators = NULL;
    int code = ask_page(ctl, page);
    if (!code && !ctl->json && !(code = indicators_ask(ctl, &indicators)))
        json_object_set_new(page, "indicators", indicators);
    if (!code && ctl->json)
        code = control_print_json(page);
    else if (!code)
        print_page(page);
    json_decref(page);
    return code;
}
