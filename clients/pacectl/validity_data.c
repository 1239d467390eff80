#include "validity_data.h"

#include "answer.h"
#include "control.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEEK_DAYS = 7, REPS_MIN = 64, PROGRESS_EVERY = 50 };

/* Whole weeks from the first day to the last, of these the newest `most` (0: all). */
static void span(struct validity_data *data, pace_day first, pace_day last, int most) {
    pace_day monday = first + (WEEK_DAYS - day_weekday(first)) % WEEK_DAYS;
    int n = last >= monday ? (last - monday + 1) / WEEK_DAYS : 0;
    int skip = most && n > most ? n - most : 0;
    data->monday = monday + skip * WEEK_DAYS;
    data->n_weeks = n - skip;
}

/* `of`: the type that it is made of, or NULL. 0 or -ENOMEM. */
static int add_indicator(struct validity_data *data, const char *name, const char *label,
                         const char *of, bool per_day, bool lower) {
    size_t n = (size_t)data->n_indicators;
    struct validity_indicator *grown = realloc(data->indicators, (n + 1) * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    data->indicators = grown;
    grown[n] = (struct validity_indicator){strdup(name), strdup(label), per_day, lower,
                                           of && strcmp(of, "sales.opportunity.won") == 0};
    data->n_indicators++;
    return grown[n].name && grown[n].label ? 0 : -ENOMEM;
}

static int grow(void **list, size_t n, size_t bytes) {
    void *grown = realloc(*list, n * bytes + 1);
    if (!grown)
        return -ENOMEM;
    *list = grown;
    return 0;
}

static int make_room(struct validity_data *data) {
    if (data->n_reps < data->size)
        return 0;
    size_t size = data->size ? (size_t)data->size * 2 : REPS_MIN, cells = size * (size_t)data->n_weeks;
    int err = grow((void **)&data->reps, size, sizeof *data->reps);
    err = err ? err : grow((void **)&data->days, cells, sizeof *data->days);
    err = err ? err : grow((void **)&data->x, cells * (size_t)data->n_indicators, sizeof *data->x);
    if (!err)
        data->size = (int)size;
    return err;
}

/* A rep's weeks, after all indicators: days, records [week], values [indicator * n_weeks + week]
 * (NAN: none). 0 or -ENOMEM. */
static int add_rep(struct validity_data *data, struct view name, const double *days,
                   const double *records, const double *values) {
    int err = make_room(data), n = data->n_weeks;
    char *copy = err ? NULL : strndup(name.at, name.len);
    if (!copy)
        return err ? err : -ENOMEM;
    data->reps[data->n_reps] = copy;
    double *own_days = &data->days[(ptrdiff_t)data->n_reps * n];
    double *own_x = &data->x[(ptrdiff_t)data->n_reps * n * data->n_indicators];
    for (int w = 0; w < n; w++)
        own_days[w] = days[w] >= VALIDITY_DAYS_MIN && records[w] > 0 ? days[w] : NAN;
    for (int i = 0; i < data->n_indicators; i++)
        for (int w = 0; w < n; w++) {
            double by = data->indicators[i].per_day ? own_days[w] : isnan(own_days[w]) ? NAN : 1;
            own_x[i * n + w] = values[i * n + w] / by * (data->indicators[i].lower ? -1 : 1);
        }
    data->n_reps++;
    return 0;
}

int validity_find(const struct validity_data *data, const char *indicator) {
    for (int i = 0; i < data->n_indicators; i++)
        if (strcmp(data->indicators[i].name, indicator) == 0)
            return i;
    return -1;
}

double validity_amount(const struct validity_data *data, int rep, int indicator, int week) {
    double days = data->days[(ptrdiff_t)rep * data->n_weeks + week];
    double x = data->x[((ptrdiff_t)rep * data->n_indicators + indicator) * data->n_weeks + week];
    return isnan(days) || isnan(x) ? 0 : fabs(x) * days;
}

/* [rep][indicator][week] becomes [indicator][rep][week]. */
static int order_x(struct validity_data *data) {
    size_t n = (size_t)data->n_weeks, reps = (size_t)data->n_reps, indicators = (size_t)data->n_indicators;
    double *ordered = malloc((n * reps * indicators + 1) * sizeof *ordered);
    if (!ordered)
        return -ENOMEM;
    for (size_t r = 0; r < reps; r++)
        for (size_t i = 0; i < indicators; i++)
            memcpy(&ordered[(i * reps + r) * n], &data->x[(r * indicators + i) * n], n * sizeof *ordered);
    free(data->x);
    data->x = ordered;
    return 0;
}

int validity_finish(struct validity_data *data, const struct results *results) {
    size_t n = (size_t)data->n_weeks * (size_t)data->n_reps;
    data->y = calloc(n + 1, sizeof *data->y);
    if (!data->y)
        return -ENOMEM;
    for (int r = 0; r < data->n_reps; r++) {
        size_t n_results;
        const struct result *list = results_of(results, view_of(data->reps[r]), &n_results);
        double *y = &data->y[(ptrdiff_t)r * data->n_weeks], *days = &data->days[(ptrdiff_t)r * data->n_weeks];
        for (size_t i = 0; i < n_results; i++)
            if (list[i].day >= data->monday && list[i].day < data->monday + WEEK_DAYS * data->n_weeks)
                y[(list[i].day - data->monday) / WEEK_DAYS] += list[i].amount;
        for (int w = 0; w < data->n_weeks; w++)
            y[w] = n_results ? y[w] / days[w] : NAN; /* who never has any isn't asked for it */
    }
    return order_x(data);
}

void validity_leave_out(struct validity_data *data, int indicator) {
    ptrdiff_t cells = (ptrdiff_t)data->n_reps * data->n_weeks;
    for (ptrdiff_t c = indicator * cells; c < (indicator + 1) * cells; c++)
        data->x[c] = NAN;
}

void validity_clear(struct validity_data *data) {
    for (int i = 0; i < data->n_indicators; i++) {
        free(data->indicators[i].name);
        free(data->indicators[i].label);
    }
    for (int r = 0; r < data->n_reps; r++)
        free(data->reps[r]);
    free(data->indicators);
    free(data->reps);
    free(data->x);
    free(data->y);
    free(data->days);
    *data = (struct validity_data){0};
}

/* ---- of an engine ---- */

struct buffers {
    struct engine_week *weeks;
    struct engine_amount *amounts;
    double *days, *records, *values;
};

static int read_rep(struct validity_data *data, const struct engine *engine, struct view name, struct buffers *buffers) {
    int n = data->n_weeks, err = engine_weeks(engine, name, data->monday, n, buffers->weeks);
    for (int w = 0; !err && w < n; w++) {
        buffers->days[w] = buffers->weeks[w].days;
        buffers->records[w] = (double)buffers->weeks[w].records;
    }
    for (int i = 0; !err && i < data->n_indicators; i++) {
        err = engine_amounts(engine, name, i, data->monday, n, buffers->amounts);
        for (int w = 0; !err && w < n; w++)
            buffers->values[i * n + w] = buffers->amounts[w].has_value ? buffers->amounts[w].value : NAN;
    }
    return err ? err : add_rep(data, name, buffers->days, buffers->records, buffers->values);
}

static int read_reps(struct validity_data *data, struct engine *engine) {
    size_t n = (size_t)data->n_weeks + 1;
    struct engine_rep rep;
    struct buffers buffers = {calloc(n, sizeof *buffers.weeks), calloc(n, sizeof *buffers.amounts),
                              calloc(n, sizeof(double)), calloc(n, sizeof(double)),
                              calloc(n * ((size_t)data->n_indicators + 1), sizeof(double))};
    bool good = buffers.weeks && buffers.amounts && buffers.days && buffers.records && buffers.values;
    int err = good ? 0 : -ENOMEM;
    for (int r = 0; !err && (err = engine_rep_at(engine, r, &rep)) == 0; r++)
        err = read_rep(data, engine, rep.name, &buffers);
    free(buffers.weeks);
    free(buffers.amounts);
    free(buffers.days);
    free(buffers.records);
    free(buffers.values);
    return err == -ENOENT ? 0 : err;
}

int validity_read(struct validity_data *data, struct engine *engine, int weeks) {
    const struct config *config = engine_config(engine);
    pace_day first = engine_first_day(engine), last = engine_last_closed(engine);
    int err = 0;
    if (first != DAY_NONE && last != DAY_NONE)
        span(data, first, last, weeks);
    for (int i = 0; !err && i < config->n_indicators; i++) {
        const struct config_indicator *one = &config->indicators[i];
        err = add_indicator(data, one->name, one->label, one->of,
                            one->kind == KIND_COUNT || one->kind == KIND_SUM,
                            one->direction == DIRECTION_DOWN);
    }
    return err ? err : read_reps(data, engine);
}

/* ---- of a daemon ---- */

static double number_at(const json_t *list, int i) {
    const json_t *value = json_array_get(list, (size_t)i);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int take_rep(void *arg, json_t *item) {
    struct validity_data *data = arg;
    size_t n = (size_t)data->n_weeks + 1;
    double *days = calloc(n, sizeof *days), *records = calloc(n, sizeof *records);
    double *values = calloc(n * ((size_t)data->n_indicators + 1), sizeof *values);
    const json_t *told = json_object_get(item, "values");
    int err = days && records && values ? 0 : -ENOMEM;
    for (int w = 0; !err && w < data->n_weeks; w++) {
        days[w] = number_at(json_object_get(item, "days"), w);
        records[w] = number_at(json_object_get(item, "records"), w);
        for (int i = 0; i < data->n_indicators; i++)
            values[i * data->n_weeks + w] = number_at(json_object_get(told, data->indicators[i].name), w);
    }
    if (!err)
        err = add_rep(data, view_of(answer_text(item, "rep")), days, records, values);
    free(days);
    free(records);
    free(values);
    if (data->progress && data->n_reps % PROGRESS_EVERY == 0)
        fprintf(stderr, "\r\033[K%d reps", data->n_reps);
    return err;
}

static pace_day day_told(const json_t *reply, const char *member) {
    pace_day day;
    return day_parse(view_of(answer_text(reply, member)), &day) ? DAY_NONE : day;
}

int validity_ask(struct validity_data *data, struct control *control, int weeks) {
    json_t *reply = NULL, *one;
    char monday[DAY_TEXT_SIZE];
    size_t i;
    int err = control_ask(control, json_pack("{ss}", "cmd", "weeks"), CONTROL_PATIENCE_MS, &reply);
    if (err)
        return err;
    pace_day first = day_told(reply, "first"), last = day_told(reply, "last");
    if (first != DAY_NONE && last != DAY_NONE)
        span(data, first, last, weeks);
    json_array_foreach(json_object_get(reply, "indicators"), i, one) {
        const char *kind = answer_text(one, "kind");
        bool per_day = strcmp(kind, "count") == 0 || strcmp(kind, "sum") == 0;
        if (!err)
            err = add_indicator(data, answer_text(one, "indicator"), answer_text(one, "label"),
                                answer_text(one, "of"), per_day,
                                strcmp(answer_text(one, "direction"), "down") == 0);
    }
    json_decref(reply);
    if (err || !data->n_weeks)
        return err;
    err = control_list(control, json_pack("{ss ss si}", "cmd", "weeks", "monday", day_format(data->monday, monday), "weeks",
                                          data->n_weeks), "from", take_rep, data);
    if (data->progress)
        fputs("\r\033[K", stderr);
    return err;
}
