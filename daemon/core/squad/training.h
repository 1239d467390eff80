/*
 * training.h - what became of a training: the indicators that it was for, before it, in the first
 * twenty working days after it and in the newest twenty; whether it was talked about since; what
 * that was worth.
 *
 * A pure function of the roster, the tallies and the newest closed day. No training is an
 * experiment: who is sent to one often had a bad month before, and would have come back without it
 * (regression to the mean). So the report says what followed, side by side with and without
 * coaching, and with ranges; where these hold zero, or fewer than ESTIMATE_UNITS_LEAST people tell,
 * it is too few to tell.
 */
#ifndef CORE_TRAINING_H
#define CORE_TRAINING_H

#include "view.h"
#include "workspan.h"

enum {
    TRAINING_BEFORE_DAYS = 60, /* working days */
    TRAINING_AFTER_DAYS = 20,
    TRAINING_DATES = 4,      /* to come back to it: after 1, 2, 4 and 8 weeks ... */
    TRAINING_DATE_REACH = 3, /* ... give or take so many of the rep's working days */
    TRAINING_ALERT_REPS = 8, /* trained in the same: before, fading is only in the report */
};

struct training;

enum training_date_state {
    TRAINING_DATE_OPEN,
    TRAINING_DATE_DONE,
    TRAINING_DATE_MISSED,
    TRAINING_DATE_STATES
};

/* "open", "done", "missed"; NULL outside the range. */
const char *training_date_name(enum training_date_state state);

struct training_date {
    pace_day due, done; /* done: DAY_NONE */
    enum training_date_state state;
};

/* One rep, one training, one indicator. Texts are valid until the next people_note. */
struct training_row {
    const char *training, *skill; /* skill may be NULL */
    const char *manager;          /* the rep's manager was trained, by that name; NULL: the rep */
    uint32_t rep;
    int place;     /* of the rep in the order asked */
    int indicator; /* -1: it names none that can be told by spans (workspan.h) */
    pace_day day;
    int64_t cost; /* in 1/10,000; STATEMENT_UNTOLD */
    bool has_before, has_first, has_now;
    struct workspan before, first,
        now; /* first: its first twenty days; now: the newest twenty, all later than first's */
    struct estimate_range first_change, now_change; /* against before, as a share of it */
    int sessions; /* with the trained person since, that name its skill, this indicator or the
                     training */
    struct training_date dates[TRAINING_DATES];
    bool reinforced; /* half or more of the dates that are over were kept */
    bool fading;     /* a rise that wasn't chance, half of it gone, and not reinforced */
};

/* All who were trained in the same, by indicator; reps and managers apart. Of who was trained twice
 * the first time. */
struct training_group {
    const char *training;
    bool of_managers;
    int indicator, reps, coached, uncoached,
        fading;                          /* coached, uncoached: of those that can be told */
    struct estimate_range first_change;  /* of all: the first twenty days against before */
    struct estimate_range with, without; /* coached since, and not: the newest twenty days (else the
                                            first) against before */
    struct estimate_range difference;    /* with less without */
    struct estimate_range yield; /* what the first twenty days had more (or, where less is better,
                                    less) of it, per unit of cost */
};

struct training_report {
    struct training_row *rows;     /* by (training, day, order of reps, indicator) */
    struct training_group *groups; /* by (training, reps before managers, indicator) */
    int n_rows, n_groups;
};

/* One row, of a rep's own training and an indicator that can be told; place is 0. */
struct training_row training_row_of(const struct workspan_source *source, uint32_t rep, const struct training *training,
                                    int indicator);

/* Of these reps, in this order; `only`: of that training, of all where it is empty. 0 or -ENOMEM. */
int training_report_make(const struct workspan_source *source, const uint32_t *reps,
                         uint32_t n_reps, struct view only, struct training_report *ret_report);
void training_report_clear(struct training_report *report);

#endif
