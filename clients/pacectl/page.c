#include "page.h"

#include "answer.h"
#include "control.h"
#include "text.h"

#include <string.h>

enum { LOOK_BACK = 200 };

/* ---- asking ---- */

int page_collect(const struct ctl *ctl, json_t *request, bool (*wanted)(const json_t *item, const void *arg), const void *arg,
                 json_t **ret_items) {
    int code = control_collect(ctl, request, ret_items);
    for (size_t i = code || !wanted ? 0 : json_array_size(*ret_items); i-- > 0;)
        if (!wanted(json_array_get(*ret_items, i), arg))
            json_array_remove(*ret_items, i);
    return code;
}

static bool is_before(const json_t *event, const char *since) {
    return strcmp(answer_text(json_object_get(event, "data"), "raised_on"), since) < 0;
}

/* From the newest on back, until one is older than the day. */
int page_collect_told(const struct ctl *ctl, uint64_t newest, const char *since, bool (*wanted)(const json_t *data, const void *arg),
                      const void *arg, json_t **ret_told) {
    json_t *told = NULL;
    int code = 0;
    for (uint64_t back = LOOK_BACK, from = 1; !code && from; back *= 4) {
        json_decref(told);
        told = NULL;
        from = newest > back ? newest - back : 0;
        code = control_collect(ctl, json_pack("{ss sI}", "cmd", "alerts", "since", (json_int_t)from), &told);
        if (json_array_size(told) && is_before(json_array_get(told, 0), since))
            from = 0;
    }
    for (size_t i = json_array_size(told); i-- > 0;) {
        const json_t *event = json_array_get(told, i);
        if (is_before(event, since) || (wanted && !wanted(json_object_get(event, "data"), arg)))
            json_array_remove(told, i);
    }
    *ret_told = told;
    return code;
}

int page_read_cases(const struct ctl *ctl, json_t *cases) {
    int code = 0;
    for (size_t i = 0; !code && i < json_array_size(cases); i++) {
        json_t *found = NULL;
        json_int_t number = json_integer_value(json_object_get(json_array_get(cases, i), "case"));
        code = control_ask_once(ctl, json_pack("{ss sI}", "cmd", "case", "case", number), &found);
        if (!code)
            json_array_set_new(cases, i, found);
    }
    return code;
}

void page_sort(json_t *items, const char *(*key)(const json_t *item)) {
    for (size_t i = 1; i < json_array_size(items); i++)
        for (size_t j = i; j > 0 && strcmp(key(json_array_get(items, j)), key(json_array_get(items, j - 1))) < 0; j--) {
            json_t *item = json_incref(json_array_get(items, j));
            json_array_remove(items, j);
            json_array_insert_new(items, j - 1, item);
        }
}

/* ---- printing ---- */

void page_title(const char *text) {
    putchar('\n');
    text_style(stdout, TEXT_BOLD);
    puts(text);
    text_style(stdout, TEXT_PLAIN);
}

static const char *step_words(const json_t *pending) {
    static const char *const words[][2] = {{"acknowledge", "say that it was seen"},
                                           {"coach", "talk about it"},
                                           {"commit", "agree on a promise"},
                                           {"follow_up", "look at what became of the promise"},
                                           {"go_on", "talk about it again"}};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (!strcmp(answer_text(pending, "step"), words[w][0]))
            return words[w][1];
    return answer_text(pending, "step");
}

bool page_no_step(const json_t *found) {
    return !json_array_size(json_object_get(found, "waits_for")) && strcmp(answer_text(found, "state"), "committed") != 0;
}

void page_put_steps(FILE *to, const json_t *found) {
    const json_t *pending;
    size_t i;
    json_array_foreach(json_object_get(found, "waits_for"), i, pending)
        fprintf(to, "%s%s, by %s%s", i ? "; " : " Next: ", step_words(pending), answer_text(pending, "by"),
                answer_is(pending, "overdue") ? " (overdue)" : "");
    if (i)
        fputs(".", to);
    else if (page_no_step(found))
        fputs(" No step is due: something for the next one-on-one.", to);
    else
        fputs(" It waits for what was promised.", to);
}
