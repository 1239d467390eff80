/*
 * why_events.h - the events behind a rep's day, for `pacectl why --events`.
 */
#ifndef PACECTL_WHY_EVENTS_H
#define PACECTL_WHY_EVENTS_H

#include "control.h"

/* All events of the rep's day, owned by the caller. 0, or as control_ask. */
int why_ask_events(struct control *control, const char *rep, const char *day, json_t **ret_items);

/* With what each indicator, or this one if it isn't NULL, made of them. */
void why_print_events(const json_t *items, const char *indicator, const char *day);

#endif
