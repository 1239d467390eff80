/*
 * orders.c - `pacectl verify`, `scrub`, `clock`, `reload`.
 */
#include "answer.h"
#include "control.h"
#include "day.h"
#include "text.h"

#include <inttypes.h>

/* ---- verify ---- */

static void print_verdict(const json_t *reply) {
    char number[TEXT_NUMBER_SIZE];
    bool equal = answer_is(reply, "equal"), alerts_ok = answer_is(reply, "alerts_ok");
    bool index_ok = answer_is(reply, "index_ok");
    text_titled(equal ? TEXT_GREEN : TEXT_RED, equal ? "equal" : "not equal",
                ": %s, folded anew from the first, %s %s the state in use.", answer_things(reply, "log_records", "log record", number),
                answer_count(reply, "log_records") == 1 ? "gives" : "give", equal ? "exactly" : "something else than");
    if (!equal)
        text_titled(TEXT_PLAIN, "",
                    "Restart paced and verify again. If it isn't equal then, restore the newest backup, and please report it.");
    text_titled(TEXT_PLAIN, "digest", " in use %s, folded anew %s", answer_text(reply, "digest"), answer_text(reply, "refolded"));
    if (!index_ok)
        text_titled(TEXT_RED, "index of known events:", " not what the log says; restart paced, which makes it anew");
    if (alerts_ok)
        text_titled(TEXT_PLAIN, "warnings:", " numbered without holes, checksums right");
    else
        text_titled(TEXT_RED, "warnings:", " number %s is missing or damaged; restore the newest backup",
                    answer_number(reply, "bad_alert", number));
}

int command_verify(struct ctl *ctl) {
    json_t *reply = NULL;
    int code = control_ask_long(ctl, json_pack("{ss}", "cmd", "verify"), &reply);
    if (!code) {
        if (ctl->json)
            code = control_print_json(reply);
        else
            print_verdict(reply);
        if (!answer_is(reply, "equal") || !answer_is(reply, "alerts_ok") || !answer_is(reply, "index_ok"))
            code = CTL_NO;
    }
    json_decref(reply);
    return code;
}

/* ---- scrub ---- */

static void print_damage(const json_t *reply) {
    size_t i;
    json_t *damage;
    json_array_foreach(json_object_get(reply, "damage"), i, damage)
        text_titled(TEXT_PLAIN, "", "%s (%s, %" PRIu64 "): %s", answer_text(damage, "what"), answer_text(damage, "table"),
                    answer_count(damage, "key"), answer_text(damage, "remedy"));
    if (answer_count(reply, "bad") > json_array_size(json_object_get(reply, "damage")))
        puts("  ...");
}

static void print_scrubbed(const json_t *reply) {
    char values[TEXT_NUMBER_SIZE], size[TEXT_NUMBER_SIZE], bad[TEXT_NUMBER_SIZE];
    bool sound = answer_is(reply, "sound");
    text_style(stdout, sound ? TEXT_GREEN : TEXT_RED);
    printf("%s", sound ? "sound" : "damaged");
    text_style(stdout, TEXT_PLAIN);
    printf(": %s, %s, were looked at", answer_things(reply, "values", "value", values),
           text_bytes(answer_count(reply, "bytes"), size));
    if (sound)
        puts("; all checksums are right.");
    else
        printf("; %s of them aren't what was written:\n", answer_number(reply, "bad", bad));
    print_damage(reply);
}

int command_scrub(struct ctl *ctl) {
    json_t *reply = NULL;
    int code = control_ask_long(ctl, json_pack("{ss}", "cmd", "scrub"), &reply);
    if (!code) {
        if (ctl->json)
            code = control_print_json(reply);
        else
            print_scrubbed(reply);
        if (!answer_is(reply, "sound"))
            code = CTL_NO;
    }
    json_decref(reply);
    return code;
}

/* ---- clock ---- */

int command_clock(struct ctl *ctl) {
    const char *to = ctl_value(ctl, "--to");
    int64_t to_us;
    int offset_min;
    if (!to)
        return ctl_fail(CTL_USAGE, "--to is missing; write e.g. --to 2026-03-31T23:00:00Z");
    if (time_parse(view_of(to), &to_us, &offset_min))
        return ctl_fail(CTL_USAGE,
                        "--to: \"%s\" is not an instant with its offset; write e.g. "
                        "2026-03-31T23:00:00Z or 2026-03-31T23:00:00+02:00",
                        to);
    json_t *reply = NULL;
    int code = control_ask_long(ctl, json_pack("{ss ss}", "cmd", "clock", "to", to), &reply);
    if (!code && ctl->json)
        code = control_print_json(reply);
    else if (!code)
        printf("The clock stands at %s.\n", answer_text(reply, "now"));
    json_decref(reply);
    return code;
}

/* ---- reload ---- */

static void print_lines(const json_t *lines, const char *before) {
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line) {
        fputs(before, stdout);
        text_put(stdout, view_of(json_is_string(line) ? json_string_value(line) : "?"));
        putchar('\n');
    }
}

static void print_counted(const json_t *reply) {
    if (json_is_string(json_object_get(reply, "counted_since")))
        text_titled(TEXT_PLAIN, "",
                    "It counts from %s on: the records of earlier days were dropped (store.keep_days). What is usual is learned from "
                    "that day on, indicators have no older history, and known changes before it aren't compared; what was said stays said.",
                    answer_text(reply, "counted_since"));
}

static void print_keys(const json_t *reply) {
    size_t i;
    json_t *key;
    json_array_foreach(json_object_get(reply, "keys"), i, key) {
        fputs("  ", stdout);
        text_cell(stdout, answer_text(key, "is"), 10);
        text_put(stdout, view_of(answer_text(key, "key")));
        putchar('\n');
    }
    if (answer_count(reply, "keys_untold"))
        printf("  and %" PRIu64 " more\n", answer_count(reply, "keys_untold"));
}

static void print_fate(const json_t *of) {
    bool ends = !strcmp(answer_text(of, "fate"), "ends");
    size_t i;
    json_t *name;
    printf("  case %" PRIu64 " of ", answer_count(of, "case"));
    text_put(stdout, view_of(answer_text(of, "rep")));
    json_array_foreach(json_object_get(of, "indicators"), i, name) {
        fputs(i ? ", " : " (", stdout);
        text_put(stdout, view_of(json_string_value(name)));
    }
    puts(ends ? ") is taken back: what it is about is watched no more"
              : ") is judged anew, and taken back if it isn't found again");
}

static void print_work(const json_t *reply) {
    char records[TEXT_NUMBER_SIZE], seconds[TEXT_NUMBER_SIZE];
    double takes = answer_real(reply, "seconds");
    printf("  %s would be folded anew in the background", answer_things(reply, "records", "record", records));
    if (takes >= 1)
        printf(
            ", which takes about %s s at the pace of the first ones, and longer beside other work",
            text_number((uint64_t)(takes + .5), seconds));
    puts("; then the days of all teams are closed anew.\n"
         "  Until then answers and warnings come from the configuration in force.");
}

/* What `reload --dry-run` tells. */
static void print_forecast(const json_t *reply) {
    size_t i;
    json_t *of;
    puts(answer_is(reply, "changes")
             ? "The configuration can be taken over; nothing was changed yet. What differs:"
             : "The configuration can be taken over; it makes no difference.");
    print_keys(reply);
    print_lines(json_object_get(reply, "warnings"), "  ");
    print_lines(json_object_get(reply, "restart_needed"), "  used only after a restart: ");
    if (!answer_is(reply, "changes"))
        return;
    print_work(reply);
    print_counted(reply);
    json_array_foreach(json_object_get(reply, "cases"), i, of) print_fate(of);
}

int command_reload(struct ctl *ctl) {
    json_t *reply = NULL;
    bool dry_run = ctl_value(ctl, "--dry-run") != NULL;
    /* A short log is folded anew under the new configuration before the answer comes. */
    int code = control_ask_long(ctl, json_pack("{ss sb}", "cmd", "reload", "dry_run", (int)dry_run), &reply);
    if (!code && ctl->json) {
        code = control_print_json(reply);
    } else if (!code && dry_run) {
        print_forecast(reply);
    } else if (!code) {
        puts("The configuration was read again and holds.");
        print_lines(json_object_get(reply, "warnings"), "  ");
        print_lines(json_object_get(reply, "restart_needed"), "  used only after a restart: ");
        print_counted(reply);
    }
    json_decref(reply);
    return code;
}
