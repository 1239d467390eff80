/*
 * thread_book.h - what pairs and deals add to the tallies, kept as plain numbers, and a small world
 * of reps in zones.
 */
#ifndef TESTS_PROP_THREAD_BOOK_H
#define TESTS_PROP_THREAD_BOOK_H

#include "../engine_fixture.h"
#include "people.h"
#include "series.h"
#include "thread.h"

enum {
    BOOK_REPS = 4,
    BOOK_SERIES = 12 * SERIES_PER_INDICATOR,
    BOOK_DAYS = 120,
    BOOK_FIRST = 20500 /* 2026-02-16 */
};

struct book {
    int64_t cells[BOOK_REPS][BOOK_SERIES][BOOK_DAYS];
    long adds;
    int fails_after; /* so many adds succeed, then one fails; negative: none */
    bool one_zone;
};

static inline const struct zone *book_zone(void *arg, uint32_t rep, int64_t us) {
    const struct book *book = arg;
    (void)us;
    return &fixture_zones[book->one_zone ? 2 : rep == REP_NONE ? 0 : 1 + rep];
}

static inline int book_add(void *arg, uint32_t rep, int series, pace_day day, int64_t delta,
                           uint64_t number) {
    struct book *book = arg;
    assert_in_range(rep, 0, BOOK_REPS - 1);
    assert_in_range(series, SERIES_INDICATORS, SERIES_INDICATORS + BOOK_SERIES - 1);
    assert_true(day >= BOOK_FIRST && day < BOOK_FIRST + BOOK_DAYS);
    assert_int_not_equal(delta, 0);
    assert_int_equal(number, 77);
    if (book->fails_after == 0)
        return -EIO;
    book->fails_after -= book->fails_after > 0;
    book->cells[rep][series - SERIES_INDICATORS][day - BOOK_FIRST] += delta;
    book->adds++;
    return 0;
}

static inline struct thread_world book_world(struct book *book) {
    return (struct thread_world){book_add, book_zone, book, NULL};
}

static inline void book_put(struct book *book, uint32_t rep, int indicator, int part, pace_day day,
                            int64_t delta) {
    if (rep != REP_NONE && delta)
        book->cells[rep][indicator * SERIES_PER_INDICATOR + part][day - BOOK_FIRST] += delta;
}

/* Prints the first cell in which two books differ. */
static inline bool book_equal(const struct book *is, const struct book *should_be) {
    for (int r = 0; r < BOOK_REPS; r++)
        for (int s = 0; s < BOOK_SERIES; s++)
            for (int d = 0; d < BOOK_DAYS; d++)
                if (is->cells[r][s][d] != should_be->cells[r][s][d]) {
                    fprintf(stderr, "rep %d, indicator %d, part %d, day %d: %lld instead of %lld\n",
                            r, s / SERIES_PER_INDICATOR, s % SERIES_PER_INDICATOR, BOOK_FIRST + d,
                            (long long)is->cells[r][s][d], (long long)should_be->cells[r][s][d]);
                    return false;
                }
    return true;
}

#endif
