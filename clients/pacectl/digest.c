/*
 * digest.c - `pacectl digest`: a manager's page for a Monday: whom to see first, what was promised, who waits for a conversation, what was
 * told in the week, and with whom nothing is unusual.
 *
 * It is put together from answers that other commands give too, so that it says what they say.
 */
#include "answer.h"
#include "control.h"
#include "day.h"
#include "indicators.h"
#include "known.h"
#include "page.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    WEEK_DAYS = 7,
    LONGEST_AGO = 3,
    SEE_FIRST = 3,
    SHIFT_DAYS = 120, /* a team's shift is over, or its new normal, within forty working days */
};

#define AS_BEFORE .9 /* of what was usual */
#define AS_BEFORE_UP 1.1
#define TOLD_OF_THE_WAY .1

/* ---- asking ---- */

static bool is_of(const json_t *item, const void *manager) {
    return !strcmp(answer_text(item, "manager"), manager);
}

static bool is_open_promise(const json_t *item, const void *reps) {
    return !strcmp(answer_text(item, "state"), "open") && answer_find(reps, "name", answer_text(item, "rep"));
}

/* Slips and late steps stand with the cases, unless it is another manager who is late. */
static bool is_told(const json_t *data, const void *manager) {
    const char *kind = answer_text(data, "kind");
    bool own_case = !strcmp(kind, "slip") || !strcmp(kind, "relapsed") ||
                    (!strcmp(kind, "coaching_overdue") && answer_count(data, "level") < 2);
    return is_of(data, manager) && !own_case;
}

static const char *due_of(const json_t *item) {
    const json_t *first = json_array_get(json_object_get(item, "waits_for"), 0);
    return first ? answer_text(first, "by") : "~"; /* after all days */
}

static const char *last_of(const json_t *item) {
    const char *last = json_string_value(json_object_get(item, "last_one_on_one"));
    return last ? last : ""; /* before all days */
}

static int ask_lists(const struct ctl *ctl, const char *manager, json_t *page) {
    static const struct {
        const char *member, *command;
    } lists[] = {{"reps", "reps"}, {"cases", "cases"}, {"one_on_ones", "coaching"}};
    int code = 0;
    for (size_t l = 0; !code && l < sizeof lists / sizeof *lists; l++) {
        json_t *items = NULL;
        code = page_collect(ctl, json_pack("{ss}", "cmd", lists[l].command), is_of, manager, &items);
        if (!code)
            json_object_set_new(page, lists[l].member, items);
    }
    return code;
}

static bool is_since(const json_t *data, const char *since) {
    return strcmp(answer_text(data, "raised_on"), since) >= 0;
}

/* Whether anything was said of it since: that it is over, that it is the new normal, or that it
 * doesn't hold. */
static bool is_closed(const json_t *told, const char *number) {
    char other[TEXT_NUMBER_SIZE];
    const json_t *event;
    size_t i;
    json_array_foreach(told, i, event) {
        const json_t *data = json_object_get(event, "data");
        uint64_t about = answer_count(data, "revises");
        snprintf(other, sizeof other, "%" PRIu64, about ? about : answer_count(data, "case"));
        if (!strcmp(other, number))
            return true;
    }
    return false;
}

/* What befell the team of one of these reps, and isn't over: weeks ago it may have been told, and
 * be why all of them do less. */
static json_t *shifts_of(const json_t *told, const json_t *reps) {
    json_t *shifts = json_array();
    const json_t *event;
    size_t i;
    json_array_foreach(told, i, event) {
        const json_t *data = json_object_get(event, "data");
        if (!strcmp(answer_text(data, "kind"), "team_shift") &&
            answer_find(reps, "team", answer_text(data, "team")) &&
            !is_closed(told, answer_text(event, "id")))
            json_array_append(shifts, (json_t *)event);
    }
    return shifts;
}

/* A verdict in the place of one that was taken back in the week is of the same old day, and told by
 * now. */
static bool is_new_verdict(const json_t *told, size_t before, const json_t *data,
                           const char *since) {
    bool found = false;
    for (size_t i = 0;
         !found && !strcmp(answer_text(data, "kind"), "commitment_verdict") && i < before; i++) {
        const json_t *other = json_object_get(json_array_get(told, i), "data");
        found = answer_count(other, "revises") && is_since(other, since) &&
                !strcmp(answer_text(other, "rep"), answer_text(data, "rep")) &&
                !strcmp(answer_text(other, "commitment"), answer_text(data, "commitment"));
    }
    return found;
}

static json_t *week_of(const json_t *told, const char *since, const char *manager) {
    json_t *week = json_array();
    const json_t *event;
    size_t i;
    json_array_foreach(told, i, event) {
        const json_t *data = json_object_get(event, "data");
        if (is_told(data, manager) &&
            (is_since(data, since) || is_new_verdict(told, i, data, since)))
            json_array_append(week, (json_t *)event);
    }
    return week;
}

static int ask_week(const struct ctl *ctl, const char *manager, json_t *page) {
    json_t *status = NULL, *told = NULL;
    char since[DAY_TEXT_SIZE] = "", shifted[DAY_TEXT_SIZE] = "";
    pace_day closed;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "status"), &status);
    if (!code && !day_parse(view_of(answer_text(status, "last_closed")), &closed)) {
        day_format(closed - WEEK_DAYS + 1, since);
        day_format(closed - SHIFT_DAYS + 1, shifted);
    }
    if (!code)
        code = page_collect_told(ctl, answer_count(status, "alerts"), shifted, NULL, NULL, &told);
    if (!code) {
        json_object_set_new(page, "closed_to", json_incref(json_object_get(status, "last_closed")));
        json_object_set_new(page, "since", *since ? json_string(since) : json_null());
        json_object_set_new(page, "told", week_of(told, since, manager));
        json_object_set_new(page, "shifts", shifts_of(told, json_object_get(page, "reps")));
    }
    json_decref(told);
    json_decref(status);
    return code;
}

/* On leave, or on a holiday. */
static bool is_away(const json_t *rep) {
    return json_is_string(json_object_get(rep, "back_on"));
}

/* A week of which nothing is on record, be it that nobody looked: no week to call usual. */
static bool is_unheard(const json_t *rep, const json_t *page) {
    const char *since = json_string_value(json_object_get(page, "since"));
    return since && strcmp(answer_text(rep, "last_active"), since) < 0;
}

static bool has_name(const json_t *names, const char *name) {
    const json_t *known;
    size_t i;
    json_array_foreach(names, i, known)
        if (!strcmp(json_string_value(known), name))
            return true;
    return false;
}

static bool is_mentioned(const json_t *page, const char *rep) {
    size_t i;
    const json_t *event;
    if (answer_find(json_object_get(page, "cases"), "rep", rep))
        return true;
    json_array_foreach(json_object_get(page, "told"), i, event)
        if (!strcmp(answer_text(event, "subject"), rep))
            return true;
    json_array_foreach(json_object_get(page, "shifts"), i, event)
        if (has_name(json_object_get(json_object_get(event, "data"), "members"), rep))
            return true;
    return false;
}

/* All of what the rep ever did any of. */
static bool is_quiet(const json_t *rep) {
    const json_t *states = json_object_get(rep, "states");
    return json_object_get(states, "quiet") && json_object_size(states) == (json_object_get(states, "not_begun") ? 2 : 1);
}

/* Of whom neither a case nor a warning speaks, and all of whose indicators are quiet. */
static json_t *usual_of(const json_t *page) {
    json_t *names = json_array();
    size_t i;
    const json_t *rep;
    json_array_foreach(json_object_get(page, "reps"), i, rep) {
        if (is_quiet(rep) && !is_away(rep) && !is_unheard(rep, page) && !is_mentioned(page, answer_text(rep, "name")))
            json_array_append_new(names, json_string(answer_text(rep, "name")));
    }
    return names;
}

/* The most urgent step first; of those that are alike the newest case, which is where a talk changes most. */
static void sort_cases(json_t *cases) {
    for (size_t i = 1; i < json_array_size(cases); i++) {
        json_t *found = json_incref(json_array_get(cases, i));
        json_array_remove(cases, i);
        json_array_insert_new(cases, 0, found);
    }
    page_sort(cases, due_of);
}

/* Three people who are there: as many as a manager has time for on a Monday. */
static json_t *first_of(const json_t *page) {
    json_t *names = json_array();
    const json_t *found;
    size_t i;
    json_array_foreach(json_object_get(page, "cases"), i, found) {
        const char *rep = answer_text(found, "rep");
        bool there = !is_away(answer_find(json_object_get(page, "reps"), "name", rep));
        if (there && json_array_size(names) < SEE_FIRST && !has_name(names, rep))
            json_array_append_new(names, json_string(rep));
    }
    return names;
}

/*
 * Of whom something is slipping that no open case tells of, with the newest case that was
 * dismissed, or null: what was sent since the day closed has no number yet.
 */
static json_t *caseless_of(const json_t *page) {
    json_t *found = json_array();
    const json_t *rep, *of;
    size_t i, c;
    json_array_foreach(json_object_get(page, "reps"), i, rep) {
        bool open = !json_object_get(json_object_get(rep, "states"), "slipping");
        const json_t *dismissed = NULL;
        json_array_foreach(json_object_get(page, "cases"), c, of) {
            bool own = !strcmp(answer_text(of, "rep"), answer_text(rep, "name"));
            open = open || (own && answer_is(of, "open"));
            dismissed = own && !strcmp(answer_text(of, "state"), "dismissed") ? of : dismissed;
        }
        if (!open)
            json_array_append_new(found,
                                  json_pack("{ss sO?}", "rep", answer_text(rep, "name"),
                                            "dismissed", json_object_get(dismissed, "case")));
    }
    return found;
}

static void drop_closed(json_t *cases) {
    for (size_t i = json_array_size(cases); i-- > 0;)
        if (!answer_is(json_array_get(cases, i), "open"))
            json_array_remove(cases, i);
}

/* How the indicators of the open cases stand by now: what was told when they fell may be weeks old. */
static int ask_standing(const struct ctl *ctl, json_t *cases) {
    json_t *found, *stream, *reply = NULL;
    size_t c, i;
    int code = 0;
    json_array_foreach(cases, c, found) {
        json_t *recent = json_object();
        code = code ? code : control_ask_once(ctl, json_pack("{ss ss}", "cmd", "rep", "rep", answer_text(found, "rep")), &reply);
        json_array_foreach(json_object_get(json_object_get(reply, "rep"), "streams"), i, stream)
            if (!code && json_is_number(json_object_get(stream, "recent")))
                json_object_set(recent, answer_text(stream, "indicator"), json_object_get(stream, "recent"));
        json_object_set_new(found, "recent", recent);
        json_decref(reply);
        reply = NULL;
    }
    return code;
}

static int ask_page(const struct ctl *ctl, const char *manager, json_t *page) {
    json_t *promises = NULL;
    int code = ask_lists(ctl, manager, page);
    if (!code)
        json_object_set_new(page, "slipping_without_case", caseless_of(page));
    drop_closed(json_object_get(page, "cases"));
    code = code ? code : ask_week(ctl, manager, page);
    code = code ? code : page_read_cases(ctl, json_object_get(page, "cases"));
    code = code ? code : ask_standing(ctl, json_object_get(page, "cases"));
    if (!code)
        code = page_collect(ctl, json_pack("{ss}", "cmd", "commitments"), is_open_promise, json_object_get(page, "reps"), &promises);
    if (code)
        return code;
    sort_cases(json_object_get(page, "cases"));
    json_object_set_new(page, "see_first", first_of(page));
    page_sort(json_object_get(page, "one_on_ones"), last_of);
    json_object_set_new(page, "promises", promises);
    json_object_set_new(page, "nothing_unusual", usual_of(page));
    if (json_array_size(json_object_get(page, "reps")) || json_array_size(json_object_get(page, "told")))
        return 0;
    code = known_manager(ctl, manager);
    if (code)
        return code;
    return ctl_fail(CTL_NO, "nobody is managed by \"%s\"; pacectl coaching shows who manages whom", manager);
}

/* ---- printing ---- */

/* A level that is less than nearly what it was isn't over; it is what is usual by now. */
static bool is_as_before(const json_t *told, const json_t *indicators, const char *indicator) {
    double before = answer_real(told, "before"), after = answer_real(told, "after");
    bool low = !strcmp(answer_text(answer_find(indicators, "indicator", indicator), "direction"), "down");
    return low ? after <= AS_BEFORE_UP * before : after >= AS_BEFORE * before;
}

/* What it fell to is as of the warning; where the newest days differ from that by a tenth of the way, that is told, too. */
static void put_now(FILE *to, const json_t *told, const json_t *recent, const char *kind) {
    char now[TEXT_NUMBER_SIZE];
    double after = answer_real(told, "after"), way = fabs(answer_real(told, "before") - after);
    if (json_is_number(recent) && fabs(json_number_value(recent) - after) >= TOLD_OF_THE_WAY * way)
        fprintf(to, " (%s in the newest ten days)", indicators_amount(kind, recent, now));
}

/*
 * "calls, from 11 to 6.4 (9.8 in the newest ten days)", as the newest warning about it tells and as it is now; of what is over by now
 * "calls, over: at 10 (before: 11)", or "calls, the new normal: at 6 (before: 11)".
 */
static void put_change(FILE *to, const json_t *found, const char *indicator, const json_t *indicators) {
    char before[TEXT_NUMBER_SIZE], after[TEXT_NUMBER_SIZE];
    const char *kind = indicators_kind(indicators, indicator);
    const json_t *mark, *told = NULL;
    size_t i;
    json_array_foreach(json_object_get(found, "history"), i, mark)
        if (!strcmp(answer_text(mark, "about"), indicator) && json_is_number(json_object_get(mark, "before")))
            told = mark;
    fputs(indicators_label(indicators, indicator), to);
    if (!told)
        return;
    indicators_amount(kind, json_object_get(told, "before"), before);
    indicators_amount(kind, json_object_get(told, "after"), after);
    if (!strcmp(answer_text(told, "what"), "eased")) {
        fprintf(to, ", %s: at %s (before: %s)", is_as_before(told, indicators, indicator) ? "over" : "the new normal", after, before);
        return;
    }
    fprintf(to, ", from %s to %s", before, after);
    put_now(to, told, json_object_get(json_object_get(found, "recent"), indicator), kind);
}

static void print_case(const json_t *found, const json_t *page) {
    const json_t *rep = answer_find(json_object_get(page, "reps"), "name", answer_text(found, "rep"));
    struct text_words words;
    char number[TEXT_NUMBER_SIZE];
    const json_t *name;
    size_t i;
    if (!text_words_begin(&words))
        return;
    fprintf(words.to, "%s: ", answer_text(found, "rep"));
    json_array_foreach(json_object_get(found, "indicators"), i, name) {
        fputs(i ? ", " : "", words.to);
        put_change(words.to, found, json_string_value(name), json_object_get(page, "indicators"));
    }
    fprintf(words.to, "; case %s, of %s.", answer_number(found, "case", number), answer_text(found, "opened_on"));
    if (!page_no_step(found))
        page_put_steps(words.to, found);
    if (is_away(rep))
        fprintf(words.to, " %s is away, back on %s.", answer_text(rep, "name"), answer_text(rep, "back_on"));
    text_words_print(&words, "", 2);
}

/* The cases of a rep; NULL: of all who aren't to be seen first. */
static void print_cases_of(const json_t *page, const char *rep) {
    const json_t *found;
    size_t i, n = 0;
    json_array_foreach(json_object_get(page, "cases"), i, found) {
        const char *of = answer_text(found, "rep");
        if (rep ? strcmp(of, rep) != 0 : has_name(json_object_get(page, "see_first"), of))
            continue;
        if (!rep && !n++)
            page_title("Also open");
        print_case(found, page);
    }
}

static void print_cases(const json_t *page) {
    const json_t *cases = json_object_get(page, "cases"), *first = json_object_get(page, "see_first"), *item;
    size_t i, without = 0;
    page_title("Whom to see first");
    json_array_foreach(first, i, item)
        print_cases_of(page, json_string_value(item));
    if (!i)
        puts(json_array_size(cases) ? "  Nobody: who has an open case is away." : "  Nobody has an open case.");
    print_cases_of(page, NULL);
    json_array_foreach(cases, i, item)
        without += page_no_step(item);
    if (without)
        text_titled(TEXT_PLAIN, "", "%so step is due: something for the next one-on-one%s.",
                    without < i ? "Where nothing else is said n" : "N", without > 1 ? "s" : "");
}

static void print_promises(const json_t *page) {
    static const struct answer_column columns[] = {{"rep", "rep", 0},     {"by", "by", 0},         {"due", "due", 0},
                                                   {"so far", "so_far", 1}, {"of", "target", 1}, {"outlook", "outlook", 0},
                                                   {"id", "commitment", 0}, {"what", "text", 0}};
    static const char *const amounts[] = {"so_far", "target", NULL};
    json_t *promises = json_object_get(page, "promises"), *promise;
    size_t i;
    if (!json_array_size(promises))
        return;
    json_array_foreach(promises, i, promise)
        indicators_tell(promise, indicators_kind(json_object_get(page, "indicators"), answer_text(promise, "indicator")), amounts);
    page_title("Promised and open, by reps and by you");
    answer_table(promises, columns, sizeof columns / sizeof *columns);
}

/* Whose last one is longest ago. Where nobody records them nothing is known. */
static void print_one_on_ones(const json_t *page) {
    const json_t *items = json_object_get(page, "one_on_ones"), *item;
    struct text_words words;
    uint64_t held = 0, due = 0;
    size_t i;
    if (!answer_count(json_array_get(items, 0), "days") || !text_words_begin(&words))
        return;
    json_array_foreach(items, i, item) {
        held += answer_count(item, "one_on_ones");
        due += answer_count(item, "one_on_ones_due");
        if (i < LONGEST_AGO)
            fprintf(words.to, "%s%s (%s)", i ? ", " : "Longest ago: ", answer_text(item, "rep"),
                    *last_of(item) ? last_of(item) : "none on record");
    }
    page_title("One-on-ones");
    printf("  Held in the last twelve weeks: %llu; due: %llu.\n", (unsigned long long)held, (unsigned long long)due);
    text_words_print(&words, "", 2);
}

static void print_told(const json_t *page) {
    static const struct answer_column columns[] = {{"number", "number", 1}, {"day", "raised_on", 0}, {"what", "kind", 0},
                                                   {"whom", "whom", 0},     {"verdict", "verdict", 0}, {"about", "about", 0}};
    json_t *rows = json_array();
    const json_t *event;
    size_t i;
    json_array_foreach(json_object_get(page, "told"), i, event) {
        json_t *row = json_copy(json_object_get(event, "data"));
        const char *label = answer_text(row, "label"), *verdict = answer_text(row, "verdict");
        json_object_set(row, "number", json_object_get(event, "id"));
        json_object_set_new(row, "whom", json_string(answer_text(event, "subject")));
        if (!strcmp(answer_text(row, "kind"), "revised") && *verdict != '-') /* it is what doesn't hold any more */
            json_object_set_new(row, "verdict", json_sprintf("not %s", verdict));
        json_object_set_new(row, "about", json_string(*label == '-' ? answer_text(row, "indicator") : label));
        json_array_append_new(rows, row);
    }
    if (i) {
        page_title("Told this week (\"pacectl alerts\" has it in full)");
        answer_table(rows, columns, sizeof columns / sizeof *columns);
    }
    json_decref(rows);
}

/* "north: outbound calls, from 31 to 24 since 2026-05-26; ann, bob and others", as told. */
static void print_shifts(const json_t *page) {
    const json_t *indicators = json_object_get(page, "indicators"), *event, *name;
    char before[TEXT_NUMBER_SIZE], after[TEXT_NUMBER_SIZE];
    struct text_words words;
    size_t i, m;
    json_array_foreach(json_object_get(page, "shifts"), i, event) {
        const json_t *data = json_object_get(event, "data");
        const char *kind = indicators_kind(indicators, answer_text(data, "indicator"));
        if (!i)
            page_title("Teams as a whole");
        if (!text_words_begin(&words))
            return;
        fprintf(words.to, "%s: %s, from %s to %s since %s; number %s, of %s.",
                answer_text(data, "team"), answer_text(data, "label"),
                indicators_amount(kind, json_object_get(data, "before"), before),
                indicators_amount(kind, json_object_get(data, "after"), after),
                answer_text(data, "since"), answer_text(event, "id"),
                answer_text(data, "raised_on"));
        json_array_foreach(json_object_get(data, "members"), m, name)
            fprintf(words.to, "%s%s", m ? ", " : " Who moved by then: ", json_string_value(name));
        fputs(m ? "." : "", words.to);
        text_words_print(&words, "", 2);
    }
}

static void put_caseless(FILE *to, const json_t *item, const json_t *page) {
    char number[TEXT_NUMBER_SIZE];
    (void)page;
    fprintf(to, "%s%s (", ftell(to) ? ", " : "", answer_text(item, "rep"));
    if (json_is_integer(json_object_get(item, "dismissed")))
        fprintf(to, "case %s was dismissed)", answer_number(item, "dismissed", number));
    else
        fprintf(to, "no number yet; \"pacectl why %s\" tells of it)", answer_text(item, "rep"));
}

/* Who is away, or of whom nothing came. */
static void put_away(FILE *to, const json_t *rep, const json_t *page) {
    static const char *const away[][2] = {
        {"on_leave", "on leave"}, {"no_data", "silent everywhere"}, {"source_down", "a source is down"}};
    const char *name = answer_text(rep, "name"), *last = answer_text(rep, "last_active"), *closed_to = answer_text(rep, "closed_to");
    const char *between = ftell(to) ? ", " : "";
    if (is_away(rep)) {
        fprintf(to, "%s%s (away, back on %s)", between, name, answer_text(rep, "back_on"));
        return;
    }
    for (size_t a = 0; a < sizeof away / sizeof *away; a++)
        if (json_object_get(json_object_get(rep, "states"), away[a][0])) {
            bool since = strcmp(last, closed_to) > 0; /* what the week, which is over, doesn't know of */
            fprintf(to, "%s%s (%s%s%s, %s %s)", between, name, away[a][1], since ? " until " : "", since ? closed_to : "",
                    since ? "with a record of" : "last active on", last);
            return;
        }
    if (is_unheard(rep, page))
        fprintf(to, "%s%s (last active on %s)", between, name, last);
}

static void put_usual(FILE *to, const json_t *name, const json_t *page) {
    (void)page;
    fprintf(to, "%s%s", ftell(to) ? ", " : "", json_string_value(name));
}

/* A list in one paragraph, under a title if there is anything in it. */
static void print_names(const char *text, const json_t *page, const char *list,
                        void (*put)(FILE *to, const json_t *item, const json_t *page)) {
    struct text_words words;
    const json_t *item;
    size_t i;
    if (!text_words_begin(&words))
        return;
    json_array_foreach(json_object_get(page, list), i, item)
        put(words.to, item, page);
    if (ftell(words.to) > 0)
        page_title(text);
    text_words_print(&words, "", 2);
}

static void print_page(const json_t *page) {
    char reps[TEXT_NUMBER_SIZE];
    text_titled(TEXT_BOLD, answer_text(page, "manager"), ": %s, the week from %s to %s",
                text_things(json_array_size(json_object_get(page, "reps")), "rep", reps), answer_text(page, "since"),
                answer_text(page, "closed_to"));
    print_cases(page);
    print_names("Slipping, without an open case", page, "slipping_without_case", put_caseless);
    print_shifts(page);
    print_promises(page);
    print_one_on_ones(page);
    print_told(page);
    print_names("Away, or nothing heard of", page, "reps", put_away);
    print_names("Nothing unusual", page, "nothing_unusual", put_usual);
}

int command_digest(struct ctl *ctl) {
    json_t *page = json_pack("{ss}", "manager", ctl->words[0]);
    json_t *indicators = NULL;
    int code = ask_page(ctl, ctl->words[0], page);
    if (!code && !ctl->json && !(code = indicators_ask(ctl, &indicators)))
        json_object_set_new(page, "indicators", indicators);
    if (!code && ctl->json)
        code = control_print_json(page);
    else if (!code)
        print_page(page);
    json_decref(page);
    return code;
}
