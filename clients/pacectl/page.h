/*
 * page.h - what the pages for managers have in common: lists that are put together from several answers, titles, next steps.
 *
 * Functions that ask return as control_ask does.
 */
#ifndef PACECTL_PAGE_H
#define PACECTL_PAGE_H

#include "ctl.h"

#include <jansson.h>
#include <stdio.h>

/* The items of a list that are wanted (NULL: all of them). `request` is taken; the items are the caller's. */
int page_collect(const struct ctl *ctl, json_t *request, bool (*wanted)(const json_t *item, const void *arg), const void *arg,
                 json_t **ret_items);

/* The alerts raised on `since` or later whose data is wanted (NULL: all), in order of number; `newest` is the last number there is. */
int page_collect_told(const struct ctl *ctl, uint64_t newest, const char *since, bool (*wanted)(const json_t *data, const void *arg),
                      const void *arg, json_t **ret_told);

/* Each case of a list with its history instead of its line. */
int page_read_cases(const struct ctl *ctl, json_t *cases);

/* By a key of each, those that are alike as they are. */
void page_sort(json_t *items, const char *(*key)(const json_t *item));

void page_title(const char *text);

/* Whether nobody has anything to do about a case by a certain day. */
bool page_no_step(const json_t *found);

/* What is to be done about a case, and by when: " Next: talk about it, by 2026-06-24 (overdue)." */
void page_put_steps(FILE *to, const json_t *found);

#endif
