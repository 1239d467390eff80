/*
 * why_events.h - the events behind a rep's day, for `pacectl why --events`.
 */
#ifndef PACECTL_WHY_EVENTS_H
#define PACECTL_WHY_EVENTS_H

#include <jansson.h>

/* All events of a day, with what each indicator, or this one if it isn't NULL, made of them. */
void why_print_events(const json_t *items, const char *indicator, const char *day);

#endif
