/*
 * quarantine.c - `pacectl quarantine list`, `show`, `retry`, `drop`.
 */
#include "answer.h"
#include "control.h"
#include "text.h"

#include <stdlib.h>

struct listing {
    const struct ctl *ctl;
    bool any;
};

static int print_note(const struct ctl *ctl, json_t *note) {
    if (ctl->json)
        return control_print_json(note);
    answer_whole_seconds(note);
    char number[TEXT_NUMBER_SIZE];
    struct text_words words;
    text_style(stdout, TEXT_BOLD);
    printf("#%s  %s  ", answer_number(note, "number", number), answer_text(note, "at"));
    text_put(stdout, view_of(answer_text(note, "code")));
    text_style(stdout, TEXT_PLAIN);
    putchar('\n');
    text_paragraph(stdout, answer_text(note, "reason"), 4, text_width(stdout));
    if (!text_words_begin(&words))
        return 0;
    fprintf(words.to, "id %s, %s, digest %s", answer_text(note, "id"), answer_things(note, "bytes", "byte", number),
            answer_text(note, "digest"));
    if (answer_count(note, "resent"))
        fprintf(words.to, "; sent again %s, last at %s", answer_things(note, "resent", "time", number), answer_text(note, "last"));
    text_words_print(&words, "", 4);
    return 0;
}

static int list_note(void *arg, json_t *note) {
    struct listing *listing = arg;
    listing->any = true;
    return print_note(listing->ctl, note);
}

static const char nothing_kept[] = "No refused event is noted.";

int command_quarantine_list(struct ctl *ctl) {
    struct listing listing = {ctl, false};
    struct control *control = NULL;
    uint64_t from;
    int code = ctl_number(ctl, "--from", 0, INT64_MAX, &from);
    if (!code)
        code = control_open(ctl, &control);
    if (!code)
        code = control_list(control,
                            json_pack("{ss sI}", "cmd", "quarantine", "from", (json_int_t)from),
                            "from", list_note, &listing);
    control_close(&control);
    if (!code && !listing.any && !ctl->json)
        puts(from ? "No refused event is noted from that number on." : nothing_kept);
    return code;
}

/* ---- one note ---- */

static int note_number(const char *word, json_int_t *ret_number) {
    char *end;
    long long number = strtoll(word, &end, 10);
    if (*end || end == word || number < 1)
        return ctl_fail(
            CTL_USAGE, "\"%s\" is not the number of a note; \"pacectl quarantine list\" shows them",
            word);
    *ret_number = number;
    return 0;
}

static int ask_note(struct control *control, const char *command, json_int_t number,
                    json_t **ret_reply) {
    return control_ask(control, json_pack("{ss sI}", "cmd", command, "number", number),
                       CONTROL_PATIENCE_MS, ret_reply);
}

int command_quarantine_show(struct ctl *ctl) {
    json_int_t number = 0;
    json_t *reply = NULL;
    int code = note_number(ctl->words[0], &number);
    if (!code)
        code = control_ask_once(
            ctl, json_pack("{ss sI}", "cmd", "quarantine_show", "number", number), &reply);
    json_t *note = json_object_get(reply, "note");
    if (!code)
        code = print_note(ctl, note);
    if (!code && !ctl->json) {
        const char *body = json_string_value(json_object_get(note, "body"));
        text_put(stdout, view_of(body ? body : "(no content is kept)"));
        putchar('\n');
        if (body && !answer_is(note, "whole"))
            puts("(only its beginning is kept)");
    }
    json_decref(reply);
    return code;
}

/* ---- many ---- */

/* What is done to one note; its reply is printed. */
typedef int each_note(const struct ctl *ctl, struct control *control, json_int_t number);

static int retry_note(const struct ctl *ctl, struct control *control, json_int_t number) {
    json_t *reply = NULL;
    char text[4][TEXT_NUMBER_SIZE];
    int code = ask_note(control, "quarantine_retry", number, &reply);
    bool refused = answer_count(reply, "rejected") > 0;
    if (!code && ctl->json) {
        json_object_set_new(reply, "number", json_integer(number));
        code = control_print_json(reply);
    } else if (!code) {
        printf(
            "#%lld  %s accepted, %s duplicate, %s superseded, %s rejected\n", (long long)number,
            answer_number(reply, "accepted", text[0]), answer_number(reply, "duplicate", text[1]),
            answer_number(reply, "superseded", text[2]), answer_number(reply, "rejected", text[3]));
        if (refused)
            text_paragraph(stdout, answer_text(reply, "reason"), 4, text_width(stdout));
    }
    json_decref(reply);
    return code ? code : refused ? CTL_NO : CTL_YES;
}

static int drop_note(const struct ctl *ctl, struct control *control, json_int_t number) {
    json_t *reply = NULL;
    int code = ask_note(control, "quarantine_drop", number, &reply);
    if (!code && ctl->json) {
        json_object_set_new(reply, "number", json_integer(number));
        code = control_print_json(reply);
    } else if (!code) {
        printf("#%lld  dropped\n", (long long)number);
    }
    json_decref(reply);
    return code;
}

static int add_number(void *arg, json_t *note) {
    return json_array_append(arg, json_object_get(note, "number")) ? CTL_NO : 0;
}

/* All that there are when it begins: a note that is made meanwhile isn't touched. */
static int list_numbers(const struct ctl *ctl, struct control *control, json_t *numbers) {
    json_int_t number = 0;
    if (ctl_value(ctl, "--all"))
        return control_list(control,
                            json_pack("{ss sI}", "cmd", "quarantine", "from", (json_int_t)0),
                            "from", add_number, numbers);
    for (int i = 0; i < ctl->n_words; i++) {
        int code = note_number(ctl->words[i], &number);
        if (code)
            return code;
        json_array_append_new(numbers, json_integer(number));
    }
    return ctl->n_words ? 0 : ctl_fail(CTL_USAGE, "which? Give numbers, or --all");
}

/* One that can't be is told, and the others go on. */
static int command_each(const struct ctl *ctl, each_note *each) {
    struct control *control = NULL;
    json_t *numbers = json_array(), *number;
    int code = control_open(ctl, &control), worst = CTL_YES;
    if (!code)
        code = list_numbers(ctl, control, numbers);
    if (!code && !json_array_size(numbers) && !ctl->json)
        puts(nothing_kept);
    size_t i;
    json_array_foreach(numbers, i, number) {
        int one = code ? CTL_YES : each(ctl, control, json_integer_value(number));
        worst = one > worst ? one : worst;
        if (one == CTL_UNREACHABLE)
            break;
    }
    json_decref(numbers);
    control_close(&control);
    return code ? code : worst;
}

int command_quarantine_retry(struct ctl *ctl) {
    return command_each(ctl, retry_note);
}

int command_quarantine_drop(struct ctl *ctl) {
    return command_each(ctl, drop_note);
}
