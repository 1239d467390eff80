/*
 * unknown.c - `pacectl unknown`: whom events were about whom nobody is known by.
 */
#include "answer.h"
#include "control.h"

#include <string.h>

static const struct answer_column columns[] = {
    {"subject", "subject", 0}, {"events", "events", 1}, {"first", "first", 0}, {"last", "last", 0}, {"source of the last", "source", 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* A page of the log tells each name once: what it told before is added. */
static int take_item(void *arg, json_t *item) {
    json_t *found = arg, *known = json_object_get(found, answer_text(item, "subject"));
    if (!known)
        return json_object_set(found, answer_text(item, "subject"), item) ? ctl_fail(CTL_NO, "out of memory") : 0;
    uint64_t events = answer_count(known, "events") + answer_count(item, "events");
    json_object_set_new(known, "events", json_integer((json_int_t)events));
    if (strcmp(answer_text(item, "first"), answer_text(known, "first")) < 0)
        json_object_set(known, "first", json_object_get(item, "first"));
    if (strcmp(answer_text(item, "last"), answer_text(known, "last")) >= 0) {
        json_object_set(known, "last", json_object_get(item, "last"));
        json_object_set(known, "source", json_object_get(item, "source"));
    }
    return 0;
}

static int print_unknown(const struct ctl *ctl, json_t *found) {
    json_t *items = json_array(), *item;
    const char *name;
    int code = CTL_YES;
    json_object_foreach(found, name, item) {
        json_array_append(items, item);
    }
    if (ctl->json) {
        code = control_print_items(items);
    } else if (json_array_size(items)) {
        answer_table(items, columns, COLUMNS);
        puts("\nNothing of this counts for anybody. It does, from the first event on, once the configuration has the name as a rep's or an "
             "alias,\nor a sales.rep.joined tells who it is.");
    } else {
        puts("Every event is about somebody who is known.");
    }
    json_decref(items);
    return code;
}

int command_unknown(struct ctl *ctl) {
    struct control *control = NULL;
    json_t *found = json_object();
    int code = control_open(ctl, &control);
    if (!code)
        code = control_list(control, json_pack("{ss}", "cmd", "unknown"), "from", take_item, found);
    if (!code)
        code = print_unknown(ctl, found);
    json_decref(found);
    control_close(&control);
    return code;
}
