/*
 * alerts.c - `pacectl alerts`: the warnings by number, and those that come.
 *
 * Following: the alerts socket is only listened to as a sign that there is something new; what is
 * printed comes from the control socket, page by page after the last number seen. So nothing is
 * missed, doubled or out of order, whatever is lost on the way, and a look every few seconds covers
 * a sign that was lost.
 */
#include "control.h"
#include "known.h"
#include "link.h"
#include "text.h"
#include "warning.h"

#include <stdlib.h>

enum { LOOK_EVERY_MS = 5000, REOPEN_MS = 1000 };

struct feed {
    struct ctl *ctl;
    bool pushed_only;
    uint64_t through; /* the last number seen */
    uint64_t printed;
};

static int print_alert(void *arg, json_t *event) {
    struct feed *feed = arg;
    const char *id = json_string_value(json_object_get(event, "id"));
    uint64_t number = id ? strtoull(id, NULL, 10) : 0;
    if (number > feed->through)
        feed->through = number;
    if (feed->pushed_only && !json_is_true(json_object_get(json_object_get(event, "data"), "push")))
        return 0;
    feed->printed++;
    if (feed->ctl->json)
        return control_print_json(event);
    warning_print(stdout, event, text_width(stdout));
    return ctl_flush();
}

static int print_new(struct feed *feed, struct control *control) {
    json_t *request = json_pack("{ss sI}", "cmd", "alerts", "since", (json_int_t)feed->through);
    return control_list(control, request, "since", print_alert, feed);
}

/* Prints what is new at each sign and every few seconds, until the connection breaks. */
static int follow_link(struct feed *feed, struct control *control, struct link *link) {
    for (;;) {
        int error = print_new(feed, control);
        if (error || link_is_down(link))
            return error ? error : CTL_UNREACHABLE;
        zmq_pollitem_t items[LINK_POLL_ITEMS];
        link_poll_items(link, items);
        zmq_poll(items, LINK_POLL_ITEMS, LOOK_EVERY_MS);
        struct link_message message;
        while (link_receive(link, &message) == 0)
            link_message_close(&message);
    }
}

static int follow_once(struct feed *feed, const char *endpoint) {
    struct control *control = NULL;
    struct link link = {.down = true};
    struct link_keys keys;
    int error = control_open(feed->ctl, &control);
    if (!error && link_open(&link, ZMQ_SUB, endpoint, control_keys(feed->ctl, &keys)))
        error = CTL_UNREACHABLE;
    if (!error)
        error = follow_link(feed, control, &link);
    link_close(&link);
    control_close(&control);
    return error;
}

/* Goes on over restarts of the daemon; ends only where stdout does or the daemon refuses. */
static int follow(struct feed *feed) {
    char endpoint[CTL_ENDPOINT_SIZE];
    int error = ctl_endpoint_beside(feed->ctl, "alerts.sock", endpoint);
    bool told = false;
    feed->ctl->quiet = true;
    while (!error || error == CTL_UNREACHABLE) {
        uint64_t before = feed->through;
        error = follow_once(feed, endpoint);
        told = told && feed->through == before;
        if (error == CTL_UNREACHABLE && !told)
            ctl_fail(CTL_UNREACHABLE, "no daemon at %s for now; waiting for it",
                     feed->ctl->control);
        told = true;
        zmq_poll(NULL, 0, REOPEN_MS);
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
