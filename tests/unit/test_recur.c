/*
 * Rules of days: by hand, and random rules against a slow reading of the RFC by the C library's
 * calendar. (libical's own expansion is no help: version 3.0.16 is off by a day from some starts.
 * dateutil 2.9 agreed with us on 3,500 rules of these, all that it reads as the RFC has them.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recur.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

enum { DAYS_MAX = 20000 };

struct days {
    pace_day at[DAYS_MAX];
    int n, most; /* most: when to say that it is enough; 0: never */
};

static bool keep(void *arg, pace_day day) {
    struct days *days = arg;
    assert_true(days->n < DAYS_MAX);
    days->at[days->n++] = day;
    return days->n != days->most;
}

static pace_day day_of(const char *text) {
    pace_day day;
    assert_int_equal(day_parse(view_of(text), &day), 0);
    return day;
}

/* ---- by hand ---- */

static void test_examples(void **state) {
    (void)state;
    static struct days days;
    struct recur recur;
    recur_init(&recur);
    /* the last Monday of May */
    recur.months = 1U << 5;
    recur.week_days.given = recur.week_days.from_end[0][1] = true;
    recur_expand(&recur, day_of("2025-01-01"), day_of("2025-01-01"), day_of("2027-12-31"), keep,
                 &days);
    assert_int_equal(days.n, 3);
    assert_int_equal(days.at[0], day_of("2025-05-26"));
    assert_int_equal(days.at[1], day_of("2026-05-25"));
    assert_int_equal(days.at[2], day_of("2027-05-31"));
    /* the same, only from 2026 on, and only once */
    days = (struct days){.most = 1};
    recur_expand(&recur, day_of("2025-01-01"), day_of("2026-01-01"), day_of("2027-12-31"), keep,
                 &days);
    assert_int_equal(days.n, 1);
    assert_int_equal(days.at[0], day_of("2026-05-25"));
    /* 29 February */
    days.n = days.most = 0;
    recur_init(&recur);
    recur.count = 3;
    recur_expand(&recur, day_of("2096-02-29"), day_of("2097-01-01"), day_of("2200-01-01"), keep,
                 &days);
    assert_int_equal(days.n, 2); /* the first isn't asked for, but counted */
    assert_int_equal(days.at[0], day_of("2104-02-29"));
    assert_int_equal(days.at[1], day_of("2108-02-29"));
    /* nothing follows it */
    days.n = 0;
    recur.months = 1U << 2;
    recur.month_days.given = recur.month_days.from_begin[30] = true;
    recur_expand(&recur, day_of("0001-01-01"), day_of("1990-01-01"), day_of("9998-12-31"), keep,
                 &days);
    assert_int_equal(days.n, 0);
}

/* Skipping periods before the first day changes nothing. */
static void test_skipping(void **state) {
    (void)state;
    static struct days all, late;
    for (int freq = RECUR_DAILY; freq <= RECUR_YEARLY; freq++)
        for (int interval = 1; interval < 40; interval += 3) {
            struct recur recur;
            recur_init(&recur);
            recur.freq = (enum recur_freq)freq;
            recur.interval = interval;
            pace_day start = day_of("1899-12-31"), last = day_of("1940-01-01");
            for (pace_day first = start; first < start + 12000; first += 1237) {
                all.n = late.n = 0;
                recur_expand(&recur, start, start, last, keep, &all);
                recur_expand(&recur, start, first, last, keep, &late);
                int skipped = 0;
                while (skipped < all.n && all.at[skipped] < first)
                    skipped++;
                assert_int_equal(all.n - skipped, late.n);
                assert_memory_equal(all.at + skipped, late.at, (size_t)late.n * sizeof *late.at);
            }
        }
}

/* ---- against brute force ---- */

static uint64_t seed = UINT64_C(20261122);

static int below(int n) {
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ z >> 31) % (uint64_t)n);
}

struct rule {
    char text[300];
    struct recur recur;
};

static void append(struct rule *rule, const char *text) {
    size_t len = strlen(rule->text);
    assert_true(snprintf(rule->text + len, sizeof rule->text - len, "%s", text) > 0);
}

/* "BYMONTHDAY=3,-2": up to three places, sometimes from the end. */
static void add_places(struct rule *rule, const char *name, int most, struct recur_places *places) {
    char text[40];
    for (int n = 1 + below(3), i = 0; i < n; i++) {
        int place = 1 + below(most);
        bool back = below(3) == 0;
        if (places->from_begin[place] || places->from_end[place])
            continue;
        snprintf(text, sizeof text, "%s%s%s%d", places->given ? "" : name, places->given ? "," : "",
                 back ? "-" : "", place);
        append(rule, text);
        places->given = true;
        (back ? places->from_end : places->from_begin)[place] = true;
    }
}

static void add_weekdays(struct rule *rule, bool with_place) {
    static const char *const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    char text[40];
    struct recur *recur = &rule->recur;
    int most = recur->freq == RECUR_MONTHLY || recur->months ? 5 : 53;
    for (int weekday = below(7), step = 1 + below(3); weekday < 7; weekday += step) {
        int place = with_place && below(2) ? 1 + below(most) : 0;
        bool back = place && below(2);
        snprintf(text, sizeof text, "%s", recur->week_days.given ? "," : ";BYDAY=");
        append(rule, text);
        if (place) {
            snprintf(text, sizeof text, "%s%d", back ? "-" : "", place);
            append(rule, text);
        }
        append(rule, names[weekday]);
        recur->week_days.given = true;
        if (place)
            (back ? recur->week_days.from_end : recur->week_days.from_begin)[weekday][place] = true;
        else
            recur->week_days.any[weekday] = true;
    }
}

static void add_months(struct rule *rule) {
    char text[40];
    for (int n = 1 + below(3), i = 0; i < n; i++) {
        int month = 1 + below(12);
        if (rule->recur.months >> month & 1)
            continue;
        snprintf(text, sizeof text, "%s%d", rule->recur.months ? "," : ";BYMONTH=", month);
        append(rule, text);
        rule->recur.months |= 1U << month;
    }
}

static void make_rule(struct rule *rule) {
    static const char *const freqs[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
    static const char *const days[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    char text[60];
    struct recur *recur = &rule->recur;
    rule->text[0] = '\0';
    recur_init(recur);
    recur->freq = (enum recur_freq)below(4);
    recur->interval = below(2) ? 1 : 1 + below(5);
    snprintf(text, sizeof text, "FREQ=%s;INTERVAL=%d", freqs[recur->freq], recur->interval);
    append(rule, text);
    if (below(3) == 0)
        add_months(rule);
    if (recur->freq != RECUR_WEEKLY && below(3) == 0)
        add_places(rule, ";BYMONTHDAY=", 31, &recur->month_days);
    if (recur->freq == RECUR_YEARLY && !recur->month_days.given && below(5) == 0)
        add_places(rule, ";BYYEARDAY=", 366, &recur->year_days);
    if (below(2)) /* with other days, and in the days of a year, the RFC leaves places open */
        add_weekdays(rule, recur->freq >= RECUR_MONTHLY && !recur->month_days.given &&
                               !recur->year_days.given);
    bool days_given = recur->month_days.given || recur->year_days.given || recur->week_days.given;
    if (recur->freq >= RECUR_MONTHLY && days_given && below(4) == 0)
        add_places(rule, ";BYSETPOS=", 4, &recur->set);
    if (recur->freq == RECUR_WEEKLY && below(2)) {
        recur->week_start = below(7);
        snprintf(text, sizeof text, ";WKST=%s", days[recur->week_start]);
        append(rule, text);
    }
    if (below(3) == 0) {
        recur->count = 1 + below(50);
        snprintf(text, sizeof text, ";COUNT=%d", recur->count);
        append(rule, text);
    }
}

/* ---- brute force ---- */

static struct tm civil(pace_day day) {
    time_t s = (time_t)day * 86400;
    struct tm tm;
    assert_non_null(gmtime_r(&s, &tm));
    return tm;
}

/* The number of the period that a day lies in. */
static int period_of(const struct recur *recur, pace_day day) {
    struct tm tm = civil(day);
    switch (recur->freq) {
    case RECUR_DAILY:
        return day;
    case RECUR_WEEKLY: /* 1970-01-05 was a Monday */
        return (int)floor_div((int64_t)day - 4 - recur->week_start, 7);
    case RECUR_MONTHLY:
        return 12 * tm.tm_year + tm.tm_mon;
    default:
        return tm.tm_year;
    }
}

/* Which place a day has in its month or year, counted in steps of 1 or 7 days; from the end with
 * step < 0. */
static int place_of(pace_day day, bool in_year, int step) {
    struct tm here = civil(day);
    int n = 0;
    for (struct tm at = here; at.tm_year == here.tm_year && (in_year || at.tm_mon == here.tm_mon);
         at = civil(day))
        n++, day -= step;
    return n;
}

static bool has_place(const struct recur_places *places, int from_begin, int from_end) {
    return !places->given || places->from_begin[from_begin] || places->from_end[from_end];
}

static bool fits(const struct recur *recur, pace_day start, pace_day day) {
    struct tm tm = civil(day), first = civil(start);
    bool days = recur->month_days.given || recur->year_days.given || recur->week_days.given;
    int weekday = (tm.tm_wday + 6) % 7;
    if (recur->months && !(recur->months >> (tm.tm_mon + 1) & 1))
        return false;
    if (!days && recur->freq == RECUR_WEEKLY)
        return tm.tm_wday == first.tm_wday;
    if (!days && recur->freq == RECUR_MONTHLY)
        return tm.tm_mday == first.tm_mday;
    if (!days && recur->freq == RECUR_YEARLY)
        return tm.tm_mday == first.tm_mday && (recur->months || tm.tm_mon == first.tm_mon);
    if (!has_place(&recur->month_days, tm.tm_mday, place_of(day, false, -1)) ||
        !has_place(&recur->year_days, tm.tm_yday + 1, place_of(day, true, -1)))
        return false;
    bool in_year = recur->freq == RECUR_YEARLY && !recur->months;
    return !recur->week_days.given || recur->week_days.any[weekday] ||
           recur->week_days.from_begin[weekday][place_of(day, in_year, 7)] ||
           recur->week_days.from_end[weekday][place_of(day, in_year, -7)];
}

static void expand_slowly(const struct recur *recur, pace_day start, pace_day last,
                          struct days *ret_days) {
    int first_period = period_of(recur, start), counted = 0;
    pace_day day = start;
    ret_days->n = 0;
    while (period_of(recur, day - 1) == first_period)
        day--;
    while (day <= last) {
        pace_day set[RECUR_YEAR_DAYS];
        int n = 0, period = period_of(recur, day);
        bool meant = (period - first_period) % recur->interval == 0;
        for (; period_of(recur, day) == period; day++)
            if (meant && fits(recur, start, day))
                set[n++] = day;
        for (int i = 0; i < n; i++) {
            if (set[i] < start || !has_place(&recur->set, i + 1, n - i))
                continue;
            if (set[i] <= last && (!recur->count || counted < recur->count))
                keep(ret_days, set[i]);
            counted++;
        }
    }
}

static void test_like_brute_force(void **state) {
    (void)state;
    static struct days ours, theirs;
    static struct rule rule;
    int compared = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 160; i++) {
        pace_day start = day_of("1995-01-01") + below(4000), last = start + 3000;
        make_rule(&rule);
        expand_slowly(&rule.recur, start, last, &theirs);
        ours.n = 0;
        recur_expand(&rule.recur, start, start, last, keep, &ours);
        char day[DAY_TEXT_SIZE];
        for (int j = 0; j < ours.n || j < theirs.n; j++)
            if (j >= ours.n || j >= theirs.n || ours.at[j] != theirs.at[j]) {
                print_error("%s from %s: place %d: ", rule.text, day_format(start, day), j);
                print_error("ours %s, ", j < ours.n ? day_format(ours.at[j], day) : "none");
                fail_msg("theirs %s", j < theirs.n ? day_format(theirs.at[j], day) : "none");
            }
        compared += ours.n > 0;
    }
    print_message("%d rules with days\n", compared);
    assert_true(compared > 120);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_skipping),
        cmocka_unit_test(test_like_brute_force),
    };
    return cmocka_run_group_tests_name("recur", tests, NULL, NULL);
}
