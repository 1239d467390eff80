#include "training.h"

#include "config.h"
#include "people.h"
#include "room.h"
#include "roster.h"

#include <errno.h>
#include <stdlib.h>

static const int date_days[TRAINING_DATES] = {7, 14, 28, 56};

const char *training_date_name(enum training_date_state state) {
    static const char *const names[TRAINING_DATE_STATES] = {"open", "done", "missed"};
    return (unsigned)state < TRAINING_DATE_STATES ? names[state] : NULL;
}

/* ---- one row ---- */

struct trained {
    const struct workspan_source *source;
    const struct training *training;
    const char *manager; /* who was trained, where it wasn't the rep */
    uint32_t rep;
    int place; /* of the rep in the order asked */
    const struct coaching *sessions;
    int n_sessions;
};

static bool is_about(const struct trained *t, const struct training_row *row,
                     const struct coaching *session) {
    const char *const words[] = {row->training, row->skill};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (words[w] && people_session_names(session, view_of(words[w])))
            return true;
    return row->indicator >= 0 &&
           people_session_is_about(session, &t->source->config->indicators[row->indicator]);
}

/* Working days between two days, whichever is first; -1: far apart. */
static int apart(const struct trained *t, pace_day a, pace_day b) {
    return workspan_count(t->source->people, t->rep, a < b ? a : b, a < b ? b : a);
}

static void date_read(const struct trained *t, const struct training_row *row,
                      struct training_date *date) {
    int over = workspan_count(t->source->people, t->rep, date->due, t->source->closed);
    for (int s = 0; s < t->n_sessions; s++) {
        const struct coaching *session = &t->sessions[s];
        int far = session->day > row->day && session->day <= t->source->closed
                      ? apart(t, session->day, date->due)
                      : -1;
        if (date->done == DAY_NONE && far >= 0 && far <= TRAINING_DATE_REACH &&
            is_about(t, row, session))
            date->done = session->day;
    }
    bool is_over = t->source->closed > date->due && (over < 0 || over >= TRAINING_DATE_REACH);
    date->state = date->done != DAY_NONE ? TRAINING_DATE_DONE
                  : is_over              ? TRAINING_DATE_MISSED
                                         : TRAINING_DATE_OPEN;
}

static void coaching_read(const struct trained *t, struct training_row *row) {
    int of[TRAINING_DATE_STATES] = {0};
    for (int s = 0; s < t->n_sessions; s++)
        row->sessions += t->sessions[s].day > row->day && t->sessions[s].day <= t->source->closed &&
                         is_about(t, row, &t->sessions[s]);
    for (int d = 0; d < TRAINING_DATES; d++) {
        row->dates[d] =
            (struct training_date){row->day + date_days[d], DAY_NONE, TRAINING_DATE_OPEN};
        date_read(t, row, &row->dates[d]);
        of[row->dates[d].state]++;
    }
    row->reinforced =
        2 * of[TRAINING_DATE_DONE] >= of[TRAINING_DATE_DONE] + of[TRAINING_DATE_MISSED];
}

/* 1, or -1 where less is better. */
static int better(const struct workspan_source *source, int indicator) {
    return source->config->indicators[indicator].direction == DIRECTION_DOWN ? -1 : 1;
}

static void spans_read(const struct trained *t, struct training_row *row) {
    const struct workspan_source *source = t->source;
    int i = row->indicator, sign = better(source, i);
    row->has_before =
        workspan_before(source, t->rep, i, row->day, TRAINING_BEFORE_DAYS, &row->before);
    row->has_first = workspan_after(source, t->rep, i, row->day, TRAINING_AFTER_DAYS, &row->first);
    row->has_now =
        row->has_first &&
        workspan_before(source, t->rep, i, source->closed + 1, TRAINING_AFTER_DAYS, &row->now) &&
        row->now.days == TRAINING_AFTER_DAYS && row->now.from > row->first.to;
    if (row->has_before && row->has_first)
        row->first_change = estimate_change(row->before.level, row->first.level);
    if (row->has_before && row->has_now)
        row->now_change = estimate_change(row->before.level, row->now.level);
    row->fading = sign * estimate_side(row->first_change) > 0 && row->now_change.told &&
                  sign * row->now_change.value < sign * row->first_change.value / 2 &&
                  !row->reinforced;
}

static struct training_row row_read(const struct trained *t, int indicator) {
    struct training_row row = {.training = t->training->name,
                               .skill = t->training->skill,
                               .manager = t->manager,
                               .rep = t->rep,
                               .place = t->place,
                               .indicator = indicator,
                               .day = t->training->day,
                               .cost = t->training->cost};
    coaching_read(t, &row);
    if (indicator >= 0)
        spans_read(t, &row);
    return row;
}

struct training_row training_row_of(const struct workspan_source *source, uint32_t rep,
                                    const struct training *training, int indicator) {
    struct trained t = {.source = source, .training = training, .rep = rep};
    t.n_sessions = people_sessions(source->people, rep, &t.sessions);
    return row_read(&t, indicator);
}

/* ---- all rows ---- */

struct making {
    struct training_report *report;
    int size;
    const struct workspan_source *source;
    struct view only;
};

static int row_add(struct making *making, const struct training_row *row) {
    struct training_report *report = making->report;
    if (room_for((void **)&report->rows, &making->size, report->n_rows + 1, sizeof *report->rows))
        return -ENOMEM;
    report->rows[report->n_rows++] = *row;
    return 0;
}

/* A row for each indicator that it is for; one without where there is none. */
static int training_add(struct making *making, const struct trained *t) {
    const struct config *config = making->source->config;
    int err = 0, n = 0;
    if (t->training->day > making->source->closed ||
        (making->only.len && !view_equal(view_of(t->training->name), making->only)))
        return 0;
    for (int i = 0; !err && i < config->n_indicators; i++) {
        if (!workspan_measures(&config->indicators[i]) ||
            !people_training_names(t->training, &config->indicators[i]))
            continue;
        struct training_row row = row_read(t, i);
        err = row_add(making, &row);
        n++;
    }
    if (!err && !n) {
        struct training_row row = row_read(t, -1);
        err = row_add(making, &row);
    }
    return err;
}

static int rep_add(struct making *making, uint32_t rep, int place) {
    struct trained t = {.source = making->source, .rep = rep, .place = place};
    int n = people_trainings(making->source->people, rep, &t.training), err = 0;
    t.n_sessions = people_sessions(making->source->people, rep, &t.sessions);
    for (; !err && n > 0; n--, t.training++)
        err = training_add(making, &t);
    return err;
}

/* What a manager learned may show in those who were in the team then. */
static int stint_add(struct making *making, uint32_t rep, int place, const struct stint *stint) {
    const struct people *people = making->source->people;
    struct trained t = {.source = making->source, .rep = rep, .place = place};
    struct view name =
        stint->manager ? view_of(stint->manager) : people_team(people, stint->team)->manager;
    int err = 0;
    if (!name.len || view_equal(name, people_rep(people, rep)->name))
        return 0;
    t.manager = name.at;
    t.n_sessions = people_sessions_of(people, name, &t.sessions);
    int n = people_trainings_of(people, name, &t.training);
    for (; !err && n > 0; n--, t.training++)
        if (t.training->day >= stint->from && t.training->day < stint->to)
            err = training_add(making, &t);
    return err;
}

static int reps_add(struct making *making, const uint32_t *reps, uint32_t n_reps) {
    int err = 0;
    for (uint32_t r = 0; !err && r < n_reps; r++) {
        const struct stint *stints;
        int n = people_stints(making->source->people, reps[r], &stints);
        err = rep_add(making, reps[r], (int)r);
        for (int s = 0; !err && s < n; s++)
            err = stint_add(making, reps[r], (int)r, &stints[s]);
    }
    return err;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int row_order(const void *a, const void *b) {
    const struct training_row *x = a, *y = b;
    int order = strcmp(x->training, y->training);
    order = order ? order : ORDER(x->manager != NULL, y->manager != NULL);
    order = order ? order : ORDER(x->indicator, y->indicator);
    order = order ? order : ORDER(x->day, y->day);
    return order ? order : ORDER(x->place, y->place);
}

/* ---- together ---- */

static bool same_group(const struct training_row *a, const struct training_row *b) {
    return !strcmp(a->training, b->training) && (a->manager != NULL) == (b->manager != NULL) &&
           a->indicator == b->indicator;
}

/* Trained in the same before. */
static bool is_again(const struct training_row *first, const struct training_row *row) {
    for (; first < row; first++)
        if (first->rep == row->rep)
            return true;
    return false;
}

enum { ALL, WITH, WITHOUT, YIELD, SAMPLES };

struct samples {
    struct estimate_unit *units[SAMPLES];
    int n[SAMPLES];
};

static void sample_add(struct samples *samples, int of, double x, double e) {
    samples->units[of][samples->n[of]++] = (struct estimate_unit){x, e};
}

/* A manager's training is paid once, and is for all of the reps. */
static int sharers(const struct training_row *rows, int n, const struct training_row *of) {
    int sharing = 0;
    for (int r = 0; r < n && of->manager; r++)
        sharing += rows[r].day == of->day && !strcmp(rows[r].manager, of->manager);
    return sharing ? sharing : 1;
}

static void sample_row(struct samples *samples, const struct training_row *row, int sign,
                       int sharing) {
    const struct workspan *later = row->has_now && row->now.e > 0 ? &row->now : &row->first;
    if (!row->has_before || !row->has_first || !(row->before.e > 0) || !(row->first.e > 0))
        return;
    sample_add(samples, ALL, workspan_amount(&row->first), workspan_amount(&row->before));
    sample_add(samples, row->sessions ? WITH : WITHOUT, workspan_amount(later), workspan_amount(&row->before));
    if (row->cost != STATEMENT_UNTOLD && row->cost > 0)
        sample_add(samples, YIELD, sign * (workspan_amount(&row->first) - workspan_amount(&row->before)) * row->first.e,
                   (double)row->cost / 10000 / sharing);
}

static struct training_group group_read(const struct workspan_source *source,
                                        const struct training_row *rows, int n,
                                        struct samples *samples) {
    struct training_group group = {.training = rows->training,
                                   .of_managers = rows->manager != NULL,
                                   .indicator = rows->indicator};
    memset(samples->n, 0, sizeof samples->n);
    for (int r = 0; r < n; r++) {
        if (is_again(rows, &rows[r]))
            continue;
        group.reps++;
        group.fading += rows[r].fading;
        if (group.indicator >= 0)
            sample_row(samples, &rows[r], better(source, group.indicator),
                       sharers(rows, n, &rows[r]));
    }
    struct estimate with = estimate_of(samples->units[WITH], samples->n[WITH]);
    struct estimate without = estimate_of(samples->units[WITHOUT], samples->n[WITHOUT]);
    group.coached = samples->n[WITH];
    group.uncoached = samples->n[WITHOUT];
    group.first_change = estimate_change_of(estimate_of(samples->units[ALL], samples->n[ALL]));
    group.with = estimate_change_of(with);
    group.without = estimate_change_of(without);
    group.difference = estimate_difference(with, without);
    group.yield = estimate_range_of(estimate_of(samples->units[YIELD], samples->n[YIELD]));
    return group;
}

static int groups_make(const struct workspan_source *source, struct training_report *report) {
    struct samples samples;
    int n = report->n_rows, err = 0;
    if (!n)
        return 0;
    report->groups = calloc((size_t)n, sizeof *report->groups);
    for (int s = 0; s < SAMPLES; s++) {
        samples.units[s] = calloc((size_t)n, sizeof *samples.units[s]);
        err = samples.units[s] ? err : -ENOMEM;
    }
    err = report->groups ? err : -ENOMEM;
    for (int from = 0, to; !err && from < n; from = to) {
        for (to = from + 1; to < n && same_group(&report->rows[from], &report->rows[to]); to++)
            ;
        report->groups[report->n_groups++] =
            group_read(source, &report->rows[from], to - from, &samples);
    }
    for (int s = 0; s < SAMPLES; s++)
        free(samples.units[s]);
    return err;
}

int training_report_make(const struct workspan_source *source, const uint32_t *reps,
                         uint32_t n_reps, struct view only, struct training_report *ret_report) {
    struct training_report report = {.n_rows = 0};
    struct making making = {.report = &report, .source = source, .only = only};
    int err = reps_add(&making, reps, n_reps);
    if (!err && report.n_rows > 1)
        qsort(report.rows, (size_t)report.n_rows, sizeof *report.rows, row_order);
    err = err ? err : groups_make(source, &report);
    if (err)
        training_report_clear(&report);
    else
        *ret_report = report;
    return err;
}

void training_report_clear(struct training_report *report) {
    free(report->rows);
    free(report->groups);
    *report = (struct training_report){.n_rows = 0};
}
