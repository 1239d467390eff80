#include "score_loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACK_WITHIN_DAYS = 120 }; /* calendar days after the true end in which it can be told */

static const char *const manners[] = {"well", "late", "never"};
enum { MANNERS = sizeof(manners) / sizeof(manners[0]) };

static bool is_kind(const struct warning *warning, const char *kind) {
    return strcmp(warning->kind, kind) == 0;
}

static bool is_about(const struct planted *slip, const struct warning *warning) {
    return strcmp(slip->rep, warning->subject) == 0 &&
           strcmp(slip->indicator, warning->indicator) == 0;
}

/* ---- matching ---- */

/* A case that was open already when the slip began is told from its first day on. */
static void follow(struct planted *slip, const struct warning *warning) {
    bool opens = is_kind(warning, "slip") || is_kind(warning, "relapsed");
    bool back = is_kind(warning, "recovered"), rebased = is_kind(warning, "rebased");
    pace_day day = warning->raised_on;
    bool belongs = day <= slip->until || (slip->told != DAY_NONE && slip->back == DAY_NONE &&
                                          day <= slip->until + BACK_WITHIN_DAYS);
    if (!belongs || slip->rebased)
        return;
    if (opens) {
        if (slip->told == DAY_NONE)
            slip->told = day < slip->from ? slip->from : day;
        slip->back = DAY_NONE;
    } else if (back && day < slip->from) {
        slip->told = DAY_NONE;
    } else if (back && slip->told != DAY_NONE) {
        slip->back = day;
    } else if (rebased) {
        slip->rebased = day >= slip->from && slip->told != DAY_NONE;
        if (day < slip->from)
            slip->told = DAY_NONE;
    }
}

static int promise_order(const void *a, const void *b) {
    const struct promised *const *x = a, *const *y = b;
    return strcmp((*x)->commitment, (*y)->commitment);
}

/* Another date is a record, not the end. */
static int match_promises(struct truth *truth, const struct warning_list *warnings) {
    struct promised **sorted = malloc((truth->n_promises + 1) * sizeof(struct promised *));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < truth->n_promises; i++)
        sorted[i] = &truth->promises[i];
    qsort(sorted, truth->n_promises, sizeof(*sorted), promise_order);
    for (size_t i = 0; i < warnings->n; i++) {
        const struct warning *warning = &warnings->items[i];
        struct promised key = {.commitment = warning->commitment}, *wanted = &key;
        if (!is_kind(warning, "commitment_verdict") ||
            strcmp(warning->verdict, "renegotiated") == 0)
            continue;
        struct promised **found =
            bsearch(&wanted, sorted, truth->n_promises, sizeof(*sorted), promise_order);
        if (found)
            (*found)->verdict = warning->verdict;
    }
    free(sorted);
    return 0;
}

int score_loop_match(struct truth *truth, const struct warning_list *warnings) {
    for (size_t i = 0; i < truth->n_slips; i++)
        for (size_t j = 0; j < warnings->n && !truth->slips[i].left; j++)
            if (is_about(&truth->slips[i], &warnings->items[j]))
                follow(&truth->slips[i], &warnings->items[j]);
    return match_promises(truth, warnings);
}

/* ---- how long it took ---- */

/* Working days from the warning to the day on which it was over; where that never came, to the end
 * of the simulation, and then only known to be longer. A new normal is no recovery. */
static int days_back(const struct truth *truth, const struct planted *slip, bool *ret_over) {
    *ret_over = slip->back != DAY_NONE && !slip->rebased;
    pace_day to = *ret_over ? slip->back : truth->end;
    return truth_working_days(truth, slip->rep, slip->told + 1, to);
}

struct wait {
    int days;
    bool over;
};

static int wait_order(const void *a, const void *b) {
    const struct wait *x = a, *y = b;
    if (x->days != y->days)
        return x->days < y->days ? -1 : 1;
    return (int)y->over - (int)x->over;
}

/* The median of waits of which some aren't over (Kaplan & Meier 1958); -1 where it isn't reached. */
static int median_wait(struct wait *waits, int n) {
    double still = 1;
    if (n)
        qsort(waits, (size_t)n, sizeof(*waits), wait_order);
    for (int i = 0; i < n; i++) {
        if (!waits[i].over)
            continue;
        still *= 1 - 1.0 / (n - i);
        if (still <= .5)
            return waits[i].days;
    }
    return -1;
}

struct row {
    int slips, told, coached, back, rebased, to_coached, to_back; /* -1: no median */
};

static bool is_answered(const struct planted *slip, const char *manner) {
    return !slip->left && strcmp(slip->manager, manner) == 0;
}

static struct row sum_up(const struct truth *truth, const char *manner) {
    struct row row = {0};
    struct wait *back = calloc(truth->n_slips + 1, sizeof(*back));
    struct wait *coached = calloc(truth->n_slips + 1, sizeof(*coached));
    for (size_t i = 0; back && coached && i < truth->n_slips; i++) {
        const struct planted *slip = &truth->slips[i];
        if (!is_answered(slip, manner))
            continue;
        row.slips++;
        row.coached += slip->coached != DAY_NONE;
        if (slip->told == DAY_NONE)
            continue;
        back[row.told].days = days_back(truth, slip, &back[row.told].over);
        row.back += back[row.told].over;
        row.rebased += slip->rebased;
        coached[row.told].over = slip->coached != DAY_NONE;
        pace_day until = coached[row.told].over ? slip->coached : truth->end;
        coached[row.told++].days = truth_working_days(truth, slip->rep, slip->told + 1, until);
    }
    row.to_back = back ? median_wait(back, row.told) : -1;
    row.to_coached = coached ? median_wait(coached, row.told) : -1;
    free(back);
    free(coached);
    return row;
}

/* ---- as a table ---- */

static void put_median(int days) {
    if (days < 0)
        printf("  %12s", "-");
    else
        printf("  %10d d", days);
}

static int count_promises(const struct truth *truth, bool by_manager, const char *meant,
                          const char *verdict) {
    int n = 0;
    for (size_t i = 0; i < truth->n_promises; i++) {
        const struct promised *promise = &truth->promises[i];
        n += promise->by_manager == by_manager && strcmp(promise->meant, meant) == 0 &&
             (!verdict || strcmp(promise->verdict, verdict) == 0);
    }
    return n;
}

static const char *const meanings[] = {"kept", "renegotiated", "broken", "moved", "withdrawn"};
static const char *const verdicts[] = {"kept", "late", "broken", "withdrawn", "unverifiable", ""};
enum {
    MEANINGS = sizeof(meanings) / sizeof(meanings[0]),
    VERDICTS = sizeof(verdicts) / sizeof(verdicts[0])
};

static void print_promises(const struct truth *truth, bool by_manager) {
    for (int m = 0; m < MEANINGS; m++) {
        int n = count_promises(truth, by_manager, meanings[m], NULL);
        if (n == 0)
            continue;
        printf("%-10s %-14s %6d", by_manager ? "manager" : "rep", meanings[m], n);
        for (int v = 0; v < VERDICTS; v++)
            printf(" %12d", count_promises(truth, by_manager, meanings[m], verdicts[v]));
        putchar('\n');
    }
}

void score_loop_print(const struct truth *truth) {
    printf("\n%-10s %6s %6s %8s %6s %10s  %12s  %12s\n", "manager", "slips", "warned", "coached",
           "over", "new normal", "to coaching", "to recovered");
    for (int i = 0; i < MANNERS; i++) {
        struct row row = sum_up(truth, manners[i]);
        printf("%-10s %6d %6d %8d %6d %10d", manners[i], row.slips, row.told, row.coached, row.back,
               row.rebased);
        put_median(row.to_coached);
        put_median(row.to_back);
        putchar('\n');
    }
    printf("Median working days after the warning; \"-\": not so many came so far.\n\n");
    printf("%-10s %-14s %6s", "promise of", "meant to be", "number");
    for (int v = 0; v < VERDICTS; v++)
        printf(" %12s", *verdicts[v] ? verdicts[v] : "no verdict");
    putchar('\n');
    print_promises(truth, false);
    print_promises(truth, true);
}

/* ---- as JSON ---- */

static json_t *json_day(pace_day day) {
    char text[DAY_TEXT_SIZE];
    return day == DAY_NONE ? json_null() : json_string(day_format(day, text));
}

static json_t *answer_to_json(const struct truth *truth, const struct planted *slip) {
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b}", "rep", slip->rep, "indicator",
                  slip->indicator, "manager", slip->manager, "from", json_day(slip->from), "told",
                  json_day(slip->told), "coached", json_day(slip->coached), "lifted",
                  json_day(slip->lifted), "back", json_day(slip->back), "rebased", slip->rebased);
    if (object && slip->told != DAY_NONE) {
        bool over;
        int days = days_back(truth, slip, &over);
        json_object_set_new(object, "days", json_integer(days));
        json_object_set_new(object, "over", json_boolean(over));
    }
    return object;
}

void score_loop_to_json(const struct truth *truth, json_t *object) {
    json_t *answers = json_array(), *promises = json_array();
    for (size_t i = 0; i < truth->n_slips; i++)
        if (!truth->slips[i].left)
            json_array_append_new(answers, answer_to_json(truth, &truth->slips[i]));
    for (size_t i = 0; i < truth->n_promises; i++) {
        const struct promised *promise = &truth->promises[i];
        json_array_append_new(promises,
                              json_pack("{s:s, s:s, s:s, s:s}", "commitment", promise->commitment,
                                        "by", promise->by_manager ? "manager" : "rep", "meant",
                                        promise->meant, "verdict", promise->verdict));
    }
    json_object_set_new(object, "answers", answers);
    json_object_set_new(object, "promises", promises);
}
