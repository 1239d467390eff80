/*
 * control.h - questions to the daemon: `PACE1` and a JSON object there, `PACE1` and a JSON object
 * back.
 */
#ifndef PACECTL_CONTROL_H
#define PACECTL_CONTROL_H

#include "ctl.h"

#include <jansson.h>

struct control;

/* 0, or CTL_UNREACHABLE (told). The daemon is met with the first question. */
int control_open(const struct ctl *ctl, struct control **ret_control);
void control_close(struct control **control);

enum { CONTROL_PATIENCE_MS = 10000, CONTROL_LONG_PATIENCE_MS = 24 * 3600000 };

/*
 * Asks one question. `request` is taken; "id" is added. 0 and the reply's object without "ok" and
 * "id", owned by the caller; CTL_NO: the daemon says no (its reason was told); CTL_UNREACHABLE: no
 * answer in patience_ms (told).
 */
int control_ask(struct control *control, json_t *request, int patience_ms, json_t **ret_reply);

/*
 * Asks for a list page by page: `request` is sent again with `cursor` (its name: "from" or "since")
 * set to the reply's "next" until there is none. Each page's items are handed to `each`; a result
 * other than 0 ends it and is returned.
 */
int control_list(struct control *control, json_t *request, const char *cursor,
                 int (*each)(void *arg, json_t *item), void *arg);

/*
 * Opens, asks for the whole list (as control_list, by "since" where the request has it, else by "from"), closes. `request` is
 * taken. 0 and an array, owned by the caller; else as control_list.
 */
int control_collect(const struct ctl *ctl, json_t *request, json_t **ret_items);

/* Opens, asks once with the usual patience, closes. Returns as control_ask. */
int control_ask_once(const struct ctl *ctl, json_t *request, json_t **ret_reply);

/*
 * Opens, asks for work of minutes, waits for its end, closes. On a terminal stderr shows each second how far it is, by what `status`
 * tells under the request's "cmd". `request` is taken. Returns as control_ask.
 */
int control_ask_long(const struct ctl *ctl, json_t *request, json_t **ret_reply);

/* As the next, where keys are asked for, or were given. */
int control_tell_refused(const char *endpoint, const char *what);

/* Tells why no daemon answers at `endpoint` and what to do. Returns CTL_UNREACHABLE. */
int control_tell_unreachable(const char *endpoint, const char *what);

/* One JSON value and a line feed on stdout. Returns CTL_YES, or CTL_NO where stdout can't be
 * written (told). */
int control_print_json(const json_t *json);

/* As that: {"items": [...]}. */
int control_print_items(json_t *items);

#endif
