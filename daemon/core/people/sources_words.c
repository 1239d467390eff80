/* sources_words.c - see sources_words.h. */
#include "sources_words.h"

#include "day.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SPANS_TAIL = 256 }; /* so many may wait, or as many as are sorted */

static int span_order(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

/* Equal ones become one, those that nobody says any more go. Returns how many are left. */
static int spans_fuse(struct span *list, int n) {
    int kept = 0;
    for (int i = 0; i < n;) {
        struct span span = list[i];
        for (i++; i < n && span_order(&span, &list[i]) == 0; i++)
            span.n += list[i].n;
        if (span.n)
            list[kept++] = span;
    }
    return kept;
}

static void spans_merge(const struct spans *spans, struct span *into) {
    const struct span *a = spans->list, *a_end = a + spans->n_sorted, *b = a_end, *b_end = a + spans->n;
    while (a < a_end || b < b_end)
        *into++ = b == b_end || (a < a_end && span_order(a, b) <= 0) ? *a++ : *b++;
}

static void spans_reach(struct spans *spans, int from) {
    for (int i = from; i < spans->n; i++)
        spans->reach[i] = i && spans->reach[i - 1] > spans->list[i].to ? spans->reach[i - 1] : spans->list[i].to;
    spans->n_sorted = spans->n;
}

/* All of what waits lies behind what is sorted: the usual case. */
static int spans_extend(struct spans *spans) {
    int64_t *reach = realloc(spans->reach, (size_t)spans->size * sizeof *reach);
    if (!reach)
        return -ENOMEM;
    spans->reach = reach;
    int sorted = spans->n_sorted;
    spans->n = sorted + spans_fuse(spans->list + sorted, spans->n - sorted);
    spans_reach(spans, sorted);
    return 0;
}

int spans_sort(struct spans *spans) {
    int sorted = spans->n_sorted;
    if (sorted == spans->n)
        return 0;
    qsort(spans->list + sorted, (size_t)(spans->n - sorted), sizeof *spans->list, span_order);
    if (!sorted || span_order(&spans->list[sorted - 1], &spans->list[sorted]) < 0)
        return spans_extend(spans);
    struct spans merged = {.size = spans->n, .list = malloc((size_t)spans->n * sizeof *merged.list),
                           .reach = malloc((size_t)spans->n * sizeof *merged.reach)};
    if (!merged.list || !merged.reach) {
        spans_clear(&merged);
        return -ENOMEM;
    }
    spans_merge(spans, merged.list);
    merged.n = spans_fuse(merged.list, spans->n);
    spans_reach(&merged, 0);
    spans_clear(spans);
    *spans = merged;
    return 0;
}

int spans_add(struct spans *spans, int64_t from, int64_t to, int sign) {
    int waiting = spans->n - spans->n_sorted;
    if (spans->n == spans->size && waiting >= SPANS_TAIL && waiting >= spans->n_sorted && spans_sort(spans))
        return -ENOMEM;
    if (spans->n == spans->size) {
        int size = spans->size < 8 ? 8 : spans->size + spans->size / 2;
        struct span *list = realloc(spans->list, (size_t)size * sizeof *list);
        if (!list)
            return -ENOMEM;
        spans->list = list;
        spans->size = size;
    }
    spans->list[spans->n++] = (struct span){from, to, sign};
    return 0;
}

void spans_clear(struct spans *spans) {
    free(spans->list);
    free(spans->reach);
    *spans = (struct spans){0};
}

bool spans_any(const struct spans *spans) {
    return spans->n_sorted > 0;
}

/* How many begin before `end`. */
static int spans_before(const struct spans *spans, int64_t end) {
    int low = 0, high = spans->n_sorted;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (spans->list[middle].from < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t spans_last_before(const struct spans *spans, int64_t end) {
    int n = spans_before(spans, end);
    return n ? spans->list[n - 1].from : TIME_NONE;
}

bool spans_touch(const struct spans *spans, int64_t begin, int64_t end) {
    int n = spans_before(spans, end);
    if (!n)
        return false;
    /* An instant at `begin` touches, a gap that ends there doesn't. */
    return spans->reach[n - 1] > begin || spans->list[n - 1].from >= begin;
}
