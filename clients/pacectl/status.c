/*
 * status.c - `pacectl status`, `sources`, `reps`: how the daemon is, on one page.
 */
#include "answer.h"
#include "control.h"
#include "indicators.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char no_source[] = "No source has sent anything yet.";

static const struct answer_column source_columns[] = {
    {"source", "name", 0},
    {"events", "events", 1},
    {"conflicts", "conflicts", 1},
    {"missing", "missing", 1},
    {"newest event", "last", 0},
    {"complete to", "complete_to", 0},
    {"gaps", "gaps", 1},
    {"told late", "told_late", 1},
    {"rejected", "refused", 1},
};

static const struct answer_column change_columns[] = {
    {"change", "change", 0}, {"kind", "kind", 0},     {"from", "from", 0},   {"indicator", "indicator", 0},
    {"reps", "reps", 1},     {"before", "before", 1}, {"after", "after", 1}, {"days after", "days_after", 1},
};
enum { CHANGE_COLUMNS = sizeof change_columns / sizeof change_columns[0] };

static const struct answer_column rep_columns[] = {
    {"rep", "name", 0},
    {"team", "team", 0},
    {"role", "role", 0},
    {"last active", "last_active", 0},
    {"closed to", "closed_to", 0},
    {"now", "summary", 0},
};

enum { SOURCE_COLUMNS = sizeof source_columns / sizeof source_columns[0] };
enum { REP_COLUMNS = sizeof rep_columns / sizeof rep_columns[0] };

/* For the table: how much is told more than a day late, how much was refused. */
static void add_source_cells(json_t *source) {
    answer_whole_seconds(source);
    const json_t *late = json_object_get(source, "late");
    const char *code;
    json_t *count;
    json_int_t refused = 0;
    char text[16] = "-";
    double events = (double)answer_count(source, "events"), told = (double)answer_count(source, "recorded");
    if (json_is_object(late) && events > 0) /* who doesn't say when it was recorded is taken to be in time */
        snprintf(text, sizeof text, "%.1f %%", 100 * answer_real(late, "1") * told / events);
    json_object_set_new(source, "told_late", json_string(text));
    json_object_foreach(json_object_get(source, "rejected"), code, count) {
        refused += json_integer_value(count);
    }
    json_object_set_new(source, "refused", json_integer(refused));
}

/* ---- status ---- */

enum { LABEL_COLUMNS = 19 };

/* A line of the page; a long one goes on below. */
static void print_words(const char *label, enum text_style style, struct text_words *words) {
    char head[LABEL_COLUMNS + 1];
    snprintf(head, sizeof head, "  %-16s", label);
    text_style(stdout, style);
    text_words_print(words, head, LABEL_COLUMNS);
    text_style(stdout, TEXT_PLAIN);
}

__attribute__((format(printf, 3, 4))) static void print_line(const char *label, enum text_style style, const char *format, ...) {
    struct text_words words;
    va_list args;
    if (!text_words_begin(&words))
        return;
    va_start(args, format);
    vfprintf(words.to, format, args);
    va_end(args);
    print_words(label, style, &words);
}

static void print_rejected(const json_t *status) {
    char number[TEXT_NUMBER_SIZE];
    const json_t *rejected = json_object_get(status, "rejected");
    const char *code, *before = "";
    struct text_words words;
    json_t *count;
    if (!text_words_begin(&words))
        return;
    json_object_foreach((json_t *)rejected, code, count) {
        fprintf(words.to, "%s%s %s", before, text_number((uint64_t)json_integer_value(count), number), code);
        before = ", ";
    }
    fprintf(words.to, "%s since the start", json_object_size(rejected) ? "" : "none");
    print_words("rejected", TEXT_PLAIN, &words);
}

static void print_state(const json_t *status) {
    const char *state = answer_text(status, "state");
    bool serving = strcmp(state, "serving") == 0;
    uint64_t up_s = answer_count(status, "uptime_s");
    text_style(stdout, serving ? TEXT_GREEN : TEXT_RED);
    text_put(stdout, view_of(state));
    text_style(stdout, TEXT_PLAIN);
    printf(", paced %s, up for %d d %d h %d min\n", answer_text(status, "version"), (int)(up_s / 86400),
           (int)(up_s / 3600 % 24), (int)(up_s / 60 % 60));
    if (strcmp(state, "store_full") == 0)
        puts(strcmp(answer_text(json_object_get(status, "store"), "bound_by"), "disk") == 0
                 ? "  New events are refused until there is room on the disk."
                 : "  New events are refused until there is room: raise store.map_size in the "
                   "configuration and "
                   "\"pacectl reload\".");
}

/* What a clock that was ahead has closed stays closed. */
static void print_behind(const json_t *status) {
    char days[TEXT_NUMBER_SIZE];
    double behind_s = answer_real(status, "clock_behind_s");
    if (behind_s > 0)
        print_line("system's clock", TEXT_RED,
                   "%s days behind that: no day closes, and events may come too late. If it is wrong now, set it right; if it was ahead, "
                   "restore the newest backup made before",
                   text_rate(behind_s / 86400, days));
}

static void print_clock(const json_t *status) {
    print_line("clock", TEXT_PLAIN, "%s (%s)", answer_text(status, "now"),
               strcmp(answer_text(status, "clock"), "events") == 0 ? "moved by the events" : "wall");
    print_behind(status);
    print_line("days closed to", TEXT_PLAIN, "%s", answer_text(status, "last_closed"));
}

static void print_refill(const json_t *status) {
    const json_t *refill = json_object_get(status, "refill");
    char number[2][TEXT_NUMBER_SIZE];
    if (!json_is_object(refill))
        return;
    print_line("refill", TEXT_PLAIN, "%s of %s records folded with what is new since %s; until then all is told as before",
               answer_number(refill, "records", number[0]), answer_number(refill, "of", number[1]), answer_text(refill, "since"));
}

static void print_events(const json_t *status) {
    char number[4][TEXT_NUMBER_SIZE];
    bool conflicts = answer_count(status, "conflicts");
    print_line("events", TEXT_PLAIN, "%s accepted, %s superseded, %s duplicate since the start%s%s",
               answer_number(status, "accepted", number[0]), answer_number(status, "superseded", number[1]),
               answer_number(status, "duplicates", number[2]), conflicts ? ", " : "",
               conflicts ? answer_things(status, "conflicts", "conflict", number[3]) : "");
    print_rejected(status);
    bool resent = answer_count(status, "resent");
    print_line("quarantine", TEXT_PLAIN, "%s%s%s%s%s", answer_things(status, "quarantined", "note", number[0]),
               resent ? ", " : "", resent ? answer_number(status, "resent", number[1]) : "",
               resent ? " more of the same since the start" : "",
               answer_count(status, "quarantined") ? "; \"pacectl quarantine list\" shows them" : "");
}

/* Only where there is anything to tell. */
static void print_parked(const json_t *status) {
    char number[TEXT_NUMBER_SIZE];
    uint64_t parked = answer_count(status, "parked");
    if (!parked)
        return;
    print_line("parked", TEXT_PLAIN, "%s of nobody known since the start; \"pacectl unknown\" lists the names",
               text_things(parked, "event", number));
}

/* What would count and doesn't, for want of something that the admin can see to. */
static void print_uncounted(const json_t *status) {
    char number[TEXT_NUMBER_SIZE];
    if (answer_count(status, "unrated"))
        print_line("without a rate", TEXT_PLAIN,
                   "%s: amounts in a currency that had no rate on their day count for nothing (organisation.rates)",
                   text_things(answer_count(status, "unrated"), "open deal", number));
    if (answer_count(status, "overfull"))
        print_line("too many records", TEXT_PLAIN, "%s: nothing under such a lead or deal counts",
                   text_things(answer_count(status, "overfull"), "key", number));
}

static void print_poison(const json_t *status) {
    const json_t *counts = json_object_get(status, "poison");
    char number[2][TEXT_NUMBER_SIZE];
    if (!answer_count(counts, "suspected") && !answer_count(counts, "isolated"))
        return;
    print_line("crashes", TEXT_PLAIN, "%s crashed paced once, %s twice: these are refused (\"pacectl codes poison\")",
               answer_things(counts, "suspected", "event", number[0]), answer_number(counts, "isolated", number[1]));
}

/* Only where connectors can publish: what came in without acknowledgement. */
static void print_published(const json_t *status) {
    char number[5][TEXT_NUMBER_SIZE];
    const json_t *counts = json_object_get(status, "subscribe");
    if (!json_is_object(counts))
        return;
    bool dropped = answer_count(counts, "dropped");
    print_line("fire-and-forget", TEXT_PLAIN, "%s accepted, %s superseded, %s duplicate, %s rejected%s%s%s since the start",
               answer_number(counts, "accepted", number[0]), answer_number(counts, "superseded", number[1]),
               answer_number(counts, "duplicate", number[2]), answer_number(counts, "rejected", number[3]), dropped ? ", " : "",
               dropped ? answer_number(counts, "dropped", number[4]) : "", dropped ? " dropped" : "");
}

/* Only where somebody can come by a key. */
static void print_keys(const json_t *status) {
    char number[2][TEXT_NUMBER_SIZE];
    const json_t *keys = json_object_get(status, "keys");
    if (json_is_object(keys))
        print_line("keys", TEXT_PLAIN, "%s may connect over TCP; %s refused since the start; the daemon's own is %s",
                   answer_things(keys, "listed", "key", number[0]), answer_things(keys, "refused", "connection", number[1]),
                   answer_text(keys, "server"));
}

static void print_watch(const json_t *status) {
    char number[3][TEXT_NUMBER_SIZE];
    double arl0_days = answer_real(status, "arl0_days"),
           watched_days = answer_real(status, "watched_days");
    print_line("watches", TEXT_PLAIN, "%s in %s, %s", answer_things(status, "reps", "rep", number[0]),
               answer_things(status, "teams", "team", number[1]), answer_things(status, "indicators", "indicator", number[2]));
    print_line("warnings", TEXT_PLAIN, "%s, of them published %s; %s of reps slipping", answer_number(status, "alerts", number[0]),
               answer_number(status, "published", number[1]), answer_things(status, "open_cases", "indicator", number[2]));
    if (answer_is(status, "behind"))
        print_line("", TEXT_PLAIN, "not yet with all that came of closed days; pacectl reps has it computed");
    if (arl0_days > 0)
        print_line("by chance", TEXT_PLAIN, "about %s warnings to expect in %s watched days, one in %.0f",
                   text_rate(watched_days / arl0_days, number[0]), text_number((uint64_t)watched_days, number[1]), arl0_days);
    else
        print_line("by chance", TEXT_PLAIN, "-");
}

static void print_store(const json_t *status) {
    char number[5][TEXT_NUMBER_SIZE];
    uint64_t permille = answer_count(status, "store_used_permille");
    const json_t *store = json_object_get(status, "store");
    print_line("store", permille >= 900 ? TEXT_RED : permille >= 750 ? TEXT_YELLOW : TEXT_PLAIN,
               "%d.%d %% full, %s of %s%s, %s, index of %s in %s", (int)(permille / 10), (int)(permille % 10),
               text_bytes(answer_count(store, "used_bytes"), number[0]), text_bytes(answer_count(store, "most_bytes"), number[1]),
               strcmp(answer_text(store, "bound_by"), "disk") == 0 ? " (the disk)" : "",
               answer_things(status, "log_records", "log record", number[2]), answer_number(status, "index_entries", number[3]),
               text_bytes(answer_count(status, "index_bytes"), number[4]));
}

/* Parts of less than a hundredth aren't worth a place on the page. */
static void print_memory(const json_t *status) {
    const json_t *memory = json_object_get(status, "memory");
    char number[TEXT_NUMBER_SIZE];
    const char *name, *before = ": ";
    json_t *bytes;
    uint64_t own = answer_count(memory, "own_bytes");
    struct text_words words;
    if (!own || !text_words_begin(&words))
        return;
    fputs(text_bytes(own, number), words.to);
    json_object_foreach(json_object_get(memory, "parts"), name, bytes) {
        if ((uint64_t)json_integer_value(bytes) < own / 100)
            continue;
        fprintf(words.to, "%s%s %s", before, name, text_bytes((uint64_t)json_integer_value(bytes), number));
        before = ", ";
    }
    fprintf(words.to, "; besides, %s of the store's file", text_bytes(answer_count(memory, "file_bytes"), number));
    print_words("memory", TEXT_PLAIN, &words);
}

/* Of the longest turn what most of it went on. */
static void print_turns(const json_t *status) {
    const json_t *turns = json_object_get(status, "turns"), *longest = json_array_get(json_object_get(turns, "longest"), 0);
    const char *part, *most = NULL;
    json_t *ms;
    if (!longest)
        return;
    json_object_foreach(json_object_get(longest, "parts"), part, ms) {
        if (!most || json_number_value(ms) > answer_real(json_object_get(longest, "parts"), most))
            most = part;
    }
    char spent[80] = "";
    if (most)
        snprintf(spent, sizeof spent, " (%s %.0f ms)", most, answer_real(json_object_get(longest, "parts"), most));
    print_line("turns", TEXT_PLAIN, "99 %% within %.1f ms; the longest took %.0f ms at %s%s", answer_real(turns, "p99_ms"),
               answer_real(longest, "ms"), answer_text(longest, "at"), spent);
}

/* ---- long work that goes on beside ---- */

static void print_stuck(const json_t *stuck) {
    char number[TEXT_NUMBER_SIZE];
    if (!json_is_object(stuck))
        return;
    print_line("dropping", TEXT_RED, "STOPPED at %s: record %s of the log can't be read; restore the newest backup",
               answer_text(stuck, "since"), answer_number(stuck, "record", number));
}

static void print_kept(const json_t *status) {
    const json_t *kept = json_object_get(status, "kept");
    uint64_t dropped = answer_count(kept, "dropped");
    char records[TEXT_NUMBER_SIZE];
    print_stuck(json_object_get(kept, "stuck"));
    if (!json_is_string(json_object_get(kept, "since")))
        return;
    print_line("kept", TEXT_PLAIN, "events since %s; %s %s gone%s", answer_text(kept, "since"),
               text_things(dropped, "older record", records), dropped == 1 ? "is" : "are",
               answer_is(kept, "dropping") ? ", and some are being dropped now" : "");
    if (json_is_string(json_object_get(kept, "counted_since")))
        print_line("counted", TEXT_PLAIN, "from %s on: earlier days' records were gone when the configuration came",
                   answer_text(kept, "counted_since"));
}

static void print_backup(const json_t *status) {
    const json_t *backup = json_object_get(status, "backup"), *last = json_object_get(status, "last_backup");
    char number[2][TEXT_NUMBER_SIZE];
    if (json_is_object(last))
        print_line("last backup", answer_is(last, "good") ? TEXT_PLAIN : TEXT_RED, "%s at %s: %s",
                   answer_is(last, "good") ? text_bytes(answer_count(last, "bytes"), number[0]) : "FAILED", answer_text(last, "at"),
                   answer_text(last, "file"));
    if (json_is_object(backup))
        print_line("backup", TEXT_PLAIN, "%s of about %s are in %s", text_bytes(answer_count(backup, "bytes"), number[0]),
                   text_bytes(answer_count(backup, "of"), number[1]), answer_text(backup, "file"));
}

static void print_verify(const json_t *status) {
    const json_t *verify = json_object_get(status, "verify"), *running = json_object_get(verify, "running"),
                 *last = json_object_get(verify, "last");
    char number[2][TEXT_NUMBER_SIZE];
    if (json_is_object(running))
        print_line("verify", TEXT_PLAIN, "%s of %s records folded anew since %s", answer_number(running, "records", number[0]),
                   answer_number(running, "of", number[1]), answer_text(running, "since"));
    if (json_is_object(last))
        print_line("verified", answer_is(last, "good") ? TEXT_PLAIN : TEXT_RED, "%s at %s, %s",
                   answer_is(last, "good") ? "equal" : "NOT EQUAL", answer_text(last, "at"),
                   answer_things(last, "records", "record", number[0]));
}

static void print_scrub(const json_t *status) {
    const json_t *scrub = json_object_get(status, "scrub"), *running = json_object_get(scrub, "running"),
                 *last = json_object_get(scrub, "last"), *next = json_object_get(scrub, "next");
    char number[3][TEXT_NUMBER_SIZE];
    if (json_is_object(running))
        print_line("scrub", TEXT_PLAIN, "%s of about %s looked at since %s, %s a second",
                   text_bytes(answer_count(running, "bytes"), number[0]), text_bytes(answer_count(running, "of"), number[1]),
                   answer_text(running, "since"), text_bytes(answer_count(running, "bytes_per_s"), number[2]));
    const char *found = !json_is_object(last) ? "not looked at yet" : answer_count(last, "bad") ? "DAMAGE was found at " : "all right at ";
    const char *then = json_is_string(next) ? "; next look " : json_is_object(running) ? "" : "; only when asked: \"pacectl scrub\"";
    print_line("checksums", TEXT_PLAIN, "%s%s%s%s", found, json_is_object(last) ? answer_text(last, "at") : "", then,
               json_is_string(next) ? json_string_value(next) : "");
}

/* Before all else: what is broken, and what to do. */
static void print_damage(const json_t *status) {
    const json_t *scrub = json_object_get(status, "scrub");
    char number[TEXT_NUMBER_SIZE];
    size_t i;
    json_t *damage;
    if (!answer_count(scrub, "bad"))
        return;
    text_titled(TEXT_RED, "  The store is damaged:", " %s values aren't what was written. Is the disk failing?",
                text_number(answer_count(scrub, "bad"), number));
    json_array_foreach(json_object_get(scrub, "damage"), i, damage)
        text_titled(TEXT_PLAIN, "", "%s (%s, %s): %s", answer_text(damage, "what"), answer_text(damage, "table"),
                    text_number(answer_count(damage, "key"), number), answer_text(damage, "remedy"));
    if (!json_array_size(json_object_get(scrub, "damage")))
        puts("    \"pacectl scrub\" looks anew and names them.");
}

enum { SOURCES_SHOWN = 30 };

/* Where every mailbox is one, there are thousands. */
static void print_sources(const json_t *sources) {
    char number[TEXT_NUMBER_SIZE];
    size_t i, n = json_array_size(sources);
    json_t *source, *shown = json_array();
    json_array_foreach(sources, i, source) {
        if (i < SOURCES_SHOWN) {
            add_source_cells(source);
            json_array_append(shown, source);
        }
    }
    if (n)
        answer_table(shown, source_columns, SOURCE_COLUMNS);
    else
        printf("  %s\n", no_source);
    if (n > SOURCES_SHOWN)
        printf("  and %s more: \"pacectl sources\" lists all\n", text_number(n - SOURCES_SHOWN, number));
    json_decref(shown);
}

static void print_status(const json_t *status, const json_t *sources) {
    print_state(status);
    print_damage(status);
    print_clock(status);
    print_refill(status);
    print_events(status);
    print_parked(status);
    print_uncounted(status);
    print_poison(status);
    print_published(status);
    print_keys(status);
    print_watch(status);
    print_store(status);
    print_memory(status);
    print_turns(status);
    print_kept(status);
    print_backup(status);
    print_verify(status);
    print_scrub(status);
    putchar('\n');
    print_sources(sources);
}

int command_status(struct ctl *ctl) {
    json_t *status = NULL, *sources = NULL;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "status"), &status);
    if (!code)
        code = control_collect(ctl, json_pack("{ss}", "cmd", "sources"), &sources);
    if (!code && ctl->json) {
        json_object_set(status, "source_list", sources);
        code = control_print_json(status);
    } else if (!code) {
        answer_whole_seconds(status);
        print_status(status, sources);
    }
    json_decref(status);
    json_decref(sources);
    return code;
}

/* ---- lists ---- */

/* "2 quiet, 1 slipping", for the table. */
static void add_summary(json_t *rep) {
    char summary[200] = "";
    size_t len = 0;
    const char *state;
    json_t *count;
    json_object_foreach(json_object_get(rep, "states"), state, count) {
        if (len < sizeof summary)
            len += (size_t)snprintf(summary + len, sizeof summary - len, "%s%d %s", len ? ", " : "",
                                    (int)json_integer_value(count), state);
    }
    json_object_set_new(rep, "summary", json_string(len ? summary : "-"));
}

/* What one of the commands lists, how, and what it says of an empty one. */
struct list {
    const char *command, *none;
    const struct answer_column *columns;
    int n_columns;
    void (*prepare)(json_t *item);       /* sets the cells that an item doesn't have; NULL: none */
    void (*append)(const json_t *items); /* prints what goes below; NULL: nothing */
};

static void print_list(const struct list *list, const json_t *items) {
    json_t *item;
    size_t i;
    json_array_foreach(items, i, item)
        if (list->prepare)
            list->prepare(item);
    if (json_array_size(items))
        answer_table(items, list->columns, list->n_columns);
    else
        puts(list->none);
    if (list->append)
        list->append(items);
}

static int list_command(const struct ctl *ctl, const struct list *list) {
    json_t *items = NULL;
    int code = control_collect(ctl, json_pack("{ss}", "cmd", list->command), &items);
    if (!code && ctl->json)
        code = control_print_items(items);
    else if (!code)
        print_list(list, items);
    json_decref(items);
    return code;
}

int command_sources(struct ctl *ctl) {
    static const struct list sources = {"sources", no_source, source_columns, SOURCE_COLUMNS, add_source_cells, NULL};
    return list_command(ctl, &sources);
}

static void add_change_cells(json_t *change) {
    static const char *const members[] = {"before", "after", NULL};
    indicators_tell(change, answer_text(change, "measure"), members);
}

static void print_counted(const json_t *changes) {
    size_t i;
    const json_t *change;
    json_array_foreach(changes, i, change) {
        if (!json_is_string(json_object_get(change, "counted_since")))
            continue;
        text_titled(TEXT_PLAIN, "", "Nothing before %s counts under this configuration (store.keep_days); \"-\": it can't be compared.",
                    answer_text(change, "counted_since"));
        return;
    }
}

int command_changes(struct ctl *ctl) {
    static const struct list changes = {"changes", "No change was told.", change_columns, CHANGE_COLUMNS, add_change_cells, print_counted};
    return list_command(ctl, &changes);
}

int command_reps(struct ctl *ctl) {
    static const struct list reps = {"reps", "Nobody is watched yet.", rep_columns, REP_COLUMNS, add_summary, NULL};
    return list_command(ctl, &reps);
}
