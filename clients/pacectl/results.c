#include "results.h"

#include <errno.h>
#include <stdlib.h>

enum { TELLS_MIN = 256, KIND_WON_DEAL = 0 };

/* What a type means for whether a deal is won. */
static const struct {
    const char *type;
    bool won, ends, begins;
} kinds[] = {
    {"sales.opportunity.won", true, false, false},      {"sales.opportunity.lost", false, true, false},
    {"sales.opportunity.reopened", false, true, false}, {"sales.opportunity.deleted", false, true, false},
    {"sales.opportunity.created", false, false, true},  {"sales.opportunity.changed", false, false, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct tell {
    char *opportunity;
    int kind;
    int rep, owner; /* -1: none */
    int64_t time_us;
    pace_day day;
    bool has_amount;
    double amount;
};

struct entry {
    int rep;
    struct result result;
};

struct results {
    char **reps; /* names, in the order in which they were met */
    int *order;  /* ... and in the order of their text, for search */
    int n_reps;
    size_t reps_size, order_size;
    struct tell *tells;
    size_t n_tells, tells_size;
    struct entry *entries;
    size_t n_entries, entries_size;
    struct result *sorted; /* the entries', by rep and day */
    size_t *begins;        /* [n_reps + 1] where each rep's begin */
    int *cycles;           /* days of each deal that was won */
    int n_cycles;
    bool finished;
};

/* Room for one more of so many bytes. 0 or -ENOMEM. */
static int make_room(void **list, size_t n, size_t *size, size_t bytes) {
    if (n < *size)
        return 0;
    size_t more = *size ? *size * 2 : TELLS_MIN;
    void *grown = realloc(*list, more * bytes);
    if (!grown)
        return -ENOMEM;
    *list = grown;
    *size = more;
    return 0;
}

struct results *results_create(void) {
    return calloc(1, sizeof(struct results));
}

void results_destroy(struct results **results) {
    struct results *old = *results;
    if (!old)
        return;
    for (int r = 0; r < old->n_reps; r++)
        free(old->reps[r]);
    for (size_t t = 0; t < old->n_tells; t++)
        free(old->tells[t].opportunity);
    free(old->reps);
    free(old->order);
    free(old->tells);
    free(old->entries);
    free(old->sorted);
    free(old->begins);
    free(old->cycles);
    free(old);
    *results = NULL;
}

/* ---- names ---- */

static int place_of(const struct results *results, struct view name, bool *ret_found) {
    int low = 0, high = results->n_reps;
    *ret_found = false;
    while (low < high && !*ret_found) {
        int middle = low + (high - low) / 2;
        int way = view_compare(name, view_of(results->reps[results->order[middle]]));
        *ret_found = way == 0;
        if (way > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

/* The number of a name, given now if it is new; -1 for an empty one. 0 or -ENOMEM. */
static int rep_number(struct results *results, struct view name, int *ret_rep) {
    bool found;
    *ret_rep = -1;
    if (!name.len)
        return 0;
    int place = place_of(results, name, &found);
    if (found) {
        *ret_rep = results->order[place];
        return 0;
    }
    size_t n = (size_t)results->n_reps;
    int err = make_room((void **)&results->reps, n, &results->reps_size, sizeof *results->reps);
    err = err ? err : make_room((void **)&results->order, n, &results->order_size, sizeof *results->order);
    if (err)
        return err;
    char *copy = strndup(name.at, name.len);
    if (!copy)
        return -ENOMEM;
    memmove(&results->order[place + 1], &results->order[place], (n - (size_t)place) * sizeof *results->order);
    results->order[place] = results->n_reps;
    results->reps[n] = copy;
    *ret_rep = results->n_reps++;
    return 0;
}

/* ---- taking in ---- */

static int add_entry(struct results *results, int rep, pace_day day, double amount) {
    int err = make_room((void **)&results->entries, results->n_entries, &results->entries_size, sizeof *results->entries);
    if (!err)
        results->entries[results->n_entries++] = (struct entry){rep, {day, amount}};
    return err;
}

int results_take(struct results *results, struct view rep, pace_day day, double amount) {
    int number;
    int err = rep_number(results, rep, &number);
    return err || number < 0 ? err : add_entry(results, number, day, amount);
}

int results_take_deal(struct results *results, const struct results_deal *deal) {
    struct tell tell = {.time_us = deal->time_us, .day = deal->day, .has_amount = deal->has_amount, .amount = deal->amount};
    while (tell.kind < KINDS && !view_equal(deal->type, view_of(kinds[tell.kind].type)))
        tell.kind++;
    if (tell.kind == KINDS)
        return 0;
    int err = rep_number(results, deal->rep, &tell.rep);
    err = err ? err : rep_number(results, deal->owner, &tell.owner);
    err = err ? err : make_room((void **)&results->tells, results->n_tells, &results->tells_size, sizeof *results->tells);
    tell.opportunity = err ? NULL : strndup(deal->opportunity.at, deal->opportunity.len);
    if (!tell.opportunity)
        return err ? err : -ENOMEM;
    results->tells[results->n_tells++] = tell;
    return 0;
}

/* ---- from deals to results ---- */

static int compare_tells(const void *left, const void *right) {
    const struct tell *a = left, *b = right;
    int way = strcmp(a->opportunity, b->opportunity);
    if (!way)
        way = (a->time_us > b->time_us) - (a->time_us < b->time_us);
    return way ? way : b->kind - a->kind; /* at one instant a win has the last word */
}

/* The n records of one deal, in order of time. 0 or -ENOMEM. */
static int finish_deal(struct results *results, const struct tell *tells, size_t n, enum results_deals deals) {
    const struct tell *won = NULL;
    int owner = -1;
    double amount = 0;
    pace_day created = DAY_NONE;
    for (size_t t = 0; t < n; t++) {
        if (kinds[tells[t].kind].begins && created == DAY_NONE)
            created = tells[t].day;
        if (kinds[tells[t].kind].ends)
            won = NULL;
        owner = tells[t].owner >= 0 ? tells[t].owner : owner;
        amount = tells[t].has_amount ? tells[t].amount : amount;
        if (kinds[tells[t].kind].won)
            won = &tells[t];
    }
    if (!won)
        return 0;
    if (created != DAY_NONE && won->day >= created)
        results->cycles[results->n_cycles++] = won->day - created;
    int rep = owner >= 0 ? owner : won->rep;
    if (rep < 0 || deals == RESULTS_TIME_DEALS)
        return 0;
    return add_entry(results, rep, won->day, deals == RESULTS_SUM_DEALS ? amount : 1);
}

static int finish_deals(struct results *results, enum results_deals deals) {
    if (!results->n_tells)
        return 0;
    qsort(results->tells, results->n_tells, sizeof *results->tells, compare_tells);
    results->cycles = calloc(results->n_tells, sizeof *results->cycles);
    int err = results->cycles ? 0 : -ENOMEM;
    for (size_t begin = 0, end; !err && begin < results->n_tells; begin = end) {
        end = begin + 1;
        while (end < results->n_tells && strcmp(results->tells[end].opportunity, results->tells[begin].opportunity) == 0)
            end++;
        err = finish_deal(results, &results->tells[begin], end - begin, deals);
    }
    return err;
}

static int compare_entries(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    int way = (a->rep > b->rep) - (a->rep < b->rep);
    if (!way)
        way = (a->result.day > b->result.day) - (a->result.day < b->result.day);
    return way ? way : (a->result.amount > b->result.amount) - (a->result.amount < b->result.amount);
}

static int compare_ints(const void *left, const void *right) {
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

int results_finish(struct results *results, enum results_deals deals) {
    int err = finish_deals(results, deals);
    results->sorted = calloc(results->n_entries + 1, sizeof *results->sorted);
    results->begins = calloc((size_t)results->n_reps + 1, sizeof *results->begins);
    if (err || !results->sorted || !results->begins)
        return -ENOMEM;
    if (results->n_entries)
        qsort(results->entries, results->n_entries, sizeof *results->entries, compare_entries);
    if (results->n_cycles)
        qsort(results->cycles, (size_t)results->n_cycles, sizeof *results->cycles, compare_ints);
    size_t n = 0, e = 0;
    for (int r = 0; r < results->n_reps; r++) {
        results->begins[r] = n;
        for (; e < results->n_entries && results->entries[e].rep == r; e++) {
            if (n > results->begins[r] && results->sorted[n - 1].day == results->entries[e].result.day)
                results->sorted[n - 1].amount += results->entries[e].result.amount;
            else
                results->sorted[n++] = results->entries[e].result;
        }
    }
    results->begins[results->n_reps] = n;
    results->finished = true;
    return 0;
}

const struct result *results_of(const struct results *results, struct view rep, size_t *ret_n) {
    bool found;
    int place = place_of(results, rep, &found);
    *ret_n = 0;
    if (!found || !results->finished)
        return results->sorted;
    int number = results->order[place];
    *ret_n = results->begins[number + 1] - results->begins[number];
    return results->sorted + results->begins[number];
}

int results_cycle_days(const struct results *results, int *ret_deals) {
    *ret_deals = results->n_cycles;
    return results->n_cycles < RESULTS_CYCLE_DEALS_MIN ? 0 : results->cycles[results->n_cycles / 2];
}

/* ---- of an engine ---- */

struct reading {
    struct results *results;
    int error;
};

static void take_deal(void *arg, const struct engine_deal *deal) {
    struct reading *reading = arg;
    const struct results_deal taken = {.opportunity = deal->opportunity,
                                       .type = deal->event->type,
                                       .rep = deal->rep,
                                       .owner = deal->owner,
                                       .time_us = deal->event->time_us,
                                       .day = deal->day,
                                       .has_amount = deal->has_amount,
                                       .amount = (double)deal->amount / 10000};
    if (!reading->error)
        reading->error = results_take_deal(reading->results, &taken);
}

int results_take_deals(struct results *results, struct engine *engine) {
    struct reading reading = {.results = results};
    uint64_t next = 0;
    int err;
    do
        err = engine_deals(engine, next, take_deal, &reading, &next);
    while (!err && !reading.error && next);
    return err ? err : reading.error;
}

/* Every day of every rep. */
static int read_indicator(struct engine *engine, const char *name, struct results *results) {
    struct engine_rep rep;
    pace_day last = engine_last_closed(engine);
    int err = 0;
    for (int r = 0; !err && (err = engine_rep_at(engine, r, &rep)) == 0; r++)
        for (pace_day day = rep.first_day; !err && rep.first_day != DAY_NONE && day <= last; day++) {
            int64_t count = 0, unit = 1;
            err = engine_tally(engine, rep.name, view_of(name), day, &count, &unit);
            if (!err && count)
                err = results_take(results, rep.name, day, (double)count / (double)unit);
        }
    return err == -ENOENT ? 0 : err;
}

int results_read(struct engine *engine, const char *name, struct results **ret_results) {
    const struct config *config = engine_config(engine);
    int i = config_indicator_find(config, view_of(name));
    const struct config_indicator *indicator = i < 0 ? NULL : &config->indicators[i];
    bool worth = strcmp(name, RESULTS_WORTH) == 0;
    if (!indicator && !worth && strcmp(name, RESULTS_WON) != 0)
        return -ENOENT;
    if (indicator && indicator->kind != KIND_COUNT && indicator->kind != KIND_SUM)
        return -EINVAL;
    struct results *results = results_create();
    int err = results ? results_take_deals(results, engine) : -ENOMEM; /* also where an indicator is asked for: for the cycle */
    if (!err && indicator)
        err = read_indicator(engine, name, results);
    if (!err)
        err = results_finish(results, indicator ? RESULTS_TIME_DEALS : worth ? RESULTS_SUM_DEALS : RESULTS_COUNT_DEALS);
    if (err)
        results_destroy(&results);
    *ret_results = results;
    return err;
}

const char *results_why_not(int error) {
    return error == -ENOENT   ? "there is no such indicator; it may also be " RESULTS_WON " or " RESULTS_WORTH
           : error == -EINVAL ? "only a count or a sum can be the result"
                              : pace_strerror(error);
}
