/* effects.c - `pacectl effects`: what promises and coaching did to the indicators that they were about. */
#include "answer.h"
#include "control.h"
#include "spread.h"
#include "text.h"

#include <string.h>

static const struct {
    const char *member, *one, *many;
} sides[] = {
    {"kept", "promise kept", "promises kept"},
    {"broken", "promise broken", "promises broken"},
    {"sessions", "talk about it", "talks about it"},
    {"slips_coached", "slip, talked about", "slips, talked about"},
    {"slips_not_coached", "slip, not talked about", "slips, not talked about"},
};

/* What one side has and the other hasn't. */
static const struct {
    const char *member, *head;
} differences[] = {{"keeping", "what keeping a promise adds"}, {"coaching", "what talking about a slip adds"}};

enum {
    SIDES = sizeof sides / sizeof *sides,
    DIFFERENCES = sizeof differences / sizeof *differences,
    HEAD_COLUMNS = 38,
};

static void print_line(const char *head, const json_t *range, void (*put)(FILE *stream, const json_t *range)) {
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    put(words.to, range);
    text_words_print(&words, head, HEAD_COLUMNS);
}

static void print_side(const json_t *side, int s) {
    char head[HEAD_COLUMNS + TEXT_NUMBER_SIZE], reps[TEXT_NUMBER_SIZE];
    int n = (int)answer_count(side, "n");
    if (!n)
        return;
    snprintf(head, sizeof head, "  %3d %s, %s", n, n == 1 ? sides[s].one : sides[s].many, answer_things(side, "reps", "rep", reps));
    print_line(head, json_object_get(side, "change"), spread_put);
}

static void print_effect(const json_t *effect) {
    char head[HEAD_COLUMNS];
    text_style(stdout, TEXT_BOLD);
    text_put(stdout, view_of(answer_text(effect, "label")));
    text_style(stdout, TEXT_PLAIN);
    putchar('\n');
    for (int s = 0; s < SIDES; s++)
        print_side(json_object_get(effect, sides[s].member), s);
    for (int d = 0; d < DIFFERENCES; d++) {
        const json_t *difference = json_object_get(effect, differences[d].member);
        snprintf(head, sizeof head, "      %s", differences[d].head);
        if (json_is_object(difference))
            print_line(head, difference, spread_put_points);
    }
    putchar('\n');
}

/* 0: nothing happened; 1: of too few reps to be told; 2: something is told. */
static int how_much(const json_t *effect) {
    int much = 0;
    for (int s = 0; s < SIDES; s++) {
        const json_t *side = json_object_get(effect, sides[s].member);
        much = json_is_object(json_object_get(side, "change")) ? 2 : !much && answer_count(side, "n") ? 1 : much;
    }
    return much;
}

static void print_too_few(const json_t *items) {
    struct text_words words;
    const json_t *effect;
    size_t i;
    if (!text_words_begin(&words))
        return;
    json_array_foreach(items, i, effect)
        if (how_much(effect) == 1)
            fprintf(words.to, "%s%s", ftell(words.to) ? ", " : "Too few to tell as yet, of each less than three reps: ",
                    answer_text(effect, "label"));
    bool any = ftell(words.to);
    text_words_print(&words, "", 0);
    fputs(any ? "\n" : "", stdout);
}

static void print_effects(const json_t *items) {
    const json_t *effect;
    size_t i;
    int most = 0;
    json_array_foreach(items, i, effect)
        most = how_much(effect) > most ? how_much(effect) : most;
    if (!most) {
        puts("Nothing to compare yet: no promise, session or slip with 20 working days before and after it.");
        return;
    }
    text_say(0, "How an indicator stood in the 20 working days after, against the 20 before; of slips 21 to 40 working days after "
                "they were found, against the 20 before they began. The truth lies within the brackets with nine chances in ten.");
    putchar('\n');
    json_array_foreach(items, i, effect)
        if (how_much(effect) == 2)
            print_effect(effect);
    print_too_few(items);
    text_say(0, "After a low everything comes back some way by itself, promised and talked about or not (regression to the mean). Only "
                "the last line, slips of the same age that were talked about and that weren't, allows for that, and these were "
                "chosen by people too.");
}

int command_effects(struct ctl *ctl) {
    json_t *reply = NULL;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "effects"), &reply);
    if (code)
        return code;
    if (ctl->json)
        code = control_print_json(reply);
    else
        print_effects(json_object_get(reply, "items"));
    json_decref(reply);
    return code;
}
