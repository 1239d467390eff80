/*
 * squad_day.h - inside of squad: one day being closed, and the steps of that.
 */
#ifndef CORE_SQUAD_DAY_H
#define CORE_SQUAD_DAY_H

#include "squad_state.h"

/* What is known of a member while one day is being closed. */
struct today {
    double hours;        /* exposure of the day; 0: not scheduled, not tested */
    unsigned weekdays;   /* scheduled ones, bit 0 = Monday */
    bool present;        /* something shows the rep at work */
    bool holds;          /* the day waits: silent on all sources */
    int forgive;         /* the first so many held days were leave and never count ... */
    int release;         /* ... the others up to here count from now on, for what they are */
    struct detector_peers peers;       /* of the stream in work: */
    struct detector_day as_usual;      /* the day without a team factor */
    struct detector_reading expected;  /* ... and what it leads to expect */
    bool returns;        /* present again after no_data */
    int crossed;         /* indicator of the strongest crossing while silent everywhere; -1 */
    double crossed_factor;
    struct detector_reading crossed_reading;
};

/* Counts and expectations of the last days over a role's streams that are under watch and not slipping. */
struct totals {
    double x, m;
    int n; /* streams with an expectation */
};

/* What closing a day needs from around it. */
struct closing {
    const struct config *config;
    const struct people *people;
    const struct tally *tally;
    const uint32_t *reps;    /* of the members */
    const int *by_name;      /* members in the order of their names */
    struct squad_state *state;
    double log_arl0;
    struct facts *facts;     /* NULL: only the state is wanted */
    int capture_member;      /* -1, or the member whose readings are wanted */
    struct squad_stream *capture;
    pace_day day;
    struct today *today;     /* [member] */
    struct detector_peers *sums; /* [role], of the indicator in work */
    struct totals *roles;        /* [role], likewise */
};

/* Closes closing->day: state and facts. today, sums and roles have room for all members and roles. */
void closing_day(struct closing *closing);

/* ---- squad_silence.c ---- */

/* The member's day before anything is concluded: exposure, weekdays, presence. */
void silence_schedule(const struct closing *c, int m);

/*
 * A day on which nearly the whole team is away, measured by what is usual on that weekday, is a day off that nobody
 * recorded: not tested for anybody.
 */
bool silence_is_day_off(const struct closing *c);

/* Whether the member's day is tested, waits, or lets days that waited go. True: there is something to step. */
bool silence_gauge(const struct closing *c, int m, bool day_off);

/* After all indicators have stepped: what the silence leads to. */
void silence_settle(const struct closing *c, int m);

/* ---- squad_fact.c ---- */

struct fact fact_about(const struct closing *c, int m, enum fact_kind kind, int indicator);
void fact_emit(const struct closing *c, const struct fact *fact);

/* A crossing becomes a case: a new one, or within 60 days of its recovery the earlier one again. */
void case_open(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor, bool gone);
void case_close(const struct closing *c, int m, int i, enum fact_kind kind);

#endif
