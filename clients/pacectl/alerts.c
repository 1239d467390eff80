/*
 * alerts.c - `pacectl alerts`: the warnings by number, and those that come.
 *
 * Following is asking again and again for what came after the last number seen: nothing is missed,
 * doubled or out of order, whatever breaks meanwhile, and it takes no more than the right to ask.
 */
#include "control.h"
#include "known.h"
#include "text.h"
#include "warning.h"

#include <stdlib.h>
#include <zmq.h>

enum { LOOK_EVERY_MS = 1000 };

struct feed {
    struct ctl *ctl;
    bool pushed_only;
    uint64_t through; /* everything up to this number is known */
    uint64_t printed;
};

static int print_alert(struct feed *feed, const json_t *event) {
    if (feed->pushed_only && !json_is_true(json_object_get(json_object_get(event, "data"), "push")))
        return 0;
    feed->printed++;
    if (feed->ctl->json)
        return control_print_json(event);
    warning_print(stdout, event, text_width(stdout));
    return ctl_flush();
}

static int print_page(struct feed *feed, const json_t *page) {
    const json_t *event;
    size_t i;
    int error = 0;
    json_array_foreach(json_object_get(page, "items"), i, event) {
        error = error ? error : print_alert(feed, event);
    }
    feed->through = (uint64_t)json_integer_value(json_object_get(page, "through"));
    return error;
}

/* A key that is for some teams gets pages with holes: it is the page that says how far it goes. */
static int print_new(struct feed *feed, struct control *control) {
    bool more = true;
    int error = 0;
    while (more && !error) {
        json_t *page = NULL;
        uint64_t before = feed->through;
        error =
            control_ask(control, json_pack("{ss sI}", "cmd", "alerts", "since", (json_int_t)before),
                        CONTROL_PATIENCE_MS, &page);
        error = error ? error : print_page(feed, page);
        more = json_object_get(page, "next") && feed->through > before;
        json_decref(page);
    }
    return error;
}

/* Until the connection breaks. */
static int follow_once(struct feed *feed) {
    struct control *control = NULL;
    int error = control_open(feed->ctl, &control);
    while (!error && !(error = print_new(feed, control)))
        zmq_poll(NULL, 0, LOOK_EVERY_MS);
    control_close(&control);
    return error;
}

/* Goes on over restarts of the daemon; ends only where stdout does or the daemon refuses. */
static int follow(struct feed *feed) {
    int error = CTL_UNREACHABLE;
    bool told = false;
    feed->ctl->quiet = true;
    while (error == CTL_UNREACHABLE) {
        uint64_t before = feed->through;
        error = follow_once(feed);
        told = told && feed->through == before;
        if (error == CTL_UNREACHABLE && !told)
            ctl_fail(CTL_UNREACHABLE, "no daemon at %s for now; waiting for it",
                     feed->ctl->control);
        told = true;
        zmq_poll(NULL, 0, LOOK_EVERY_MS);
    }
    return error;
}

/* Why nothing was printed. */
static const char *words_for_none(const struct feed *feed, uint64_t since) {
    if (feed->through > since)
        return "Of the warnings that there are none was pushed.";
    return since ? "No warnings after that number." : "No warnings.";
}

int command_alerts(struct ctl *ctl) {
    struct feed feed = {.ctl = ctl, .pushed_only = ctl_value(ctl, "--pushed")};
    struct control *control = NULL;
    uint64_t since = 0;
    int error = ctl_number(ctl, "--since", 0, INT64_MAX, &since);
    feed.through = since;
    if (!error)
        error = control_open(ctl, &control);
    if (!error)
        error = print_new(&feed, control);
    control_close(&control);
    if (!error && ctl_value(ctl, "--follow"))
        return follow(&feed);
    if (error || ctl->json || feed.printed)
        return error;
    puts(words_for_none(&feed, since));
    return feed.through ? 0 : known_unnumbered(ctl);
}
