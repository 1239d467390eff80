/*
 * sources_words.h - stretches of time that are told and taken back, as a multiset: the newest, whether one touches.
 *
 * A span is an instant (a heartbeat, a `through`: from = to) or a gap. What is added goes behind and is sorted in when it is
 * asked for, so that neither many words nor many questions cost more than they are worth. Equal ones are kept once with their number.
 */
#ifndef CORE_SOURCES_WORDS_H
#define CORE_SOURCES_WORDS_H

#include <stdbool.h>
#include <stdint.h>

struct span {
    int64_t from, to, n; /* n: how many say so; may be negative until sorted in */
};

/* All zero: empty. */
struct spans {
    struct span *list;
    int n, n_sorted, size;
    int64_t *reach; /* [n_sorted]: the greatest `to` up to here */
};

int spans_add(struct spans *spans, int64_t from, int64_t to, int sign); /* 0 or -ENOMEM */
void spans_clear(struct spans *spans);

/* Sorts in what was added. 0 or -ENOMEM: then the questions below answer as before. */
int spans_sort(struct spans *spans);

bool spans_any(const struct spans *spans);

/* When the last of them begins that does before `end`; TIME_NONE: none does. */
int64_t spans_last_before(const struct spans *spans, int64_t end);

/* Whether one of them lies in [begin, end), in part; an instant lies there if begin <= it < end. */
bool spans_touch(const struct spans *spans, int64_t begin, int64_t end);

#endif
