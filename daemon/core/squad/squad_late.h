/*
 * squad_late.h - people log late: what share of a recent day's records has arrived by now.
 *
 * A day that closed k closings ago still lacks the records that come later. How many those are is learned per indicator from
 * days that are complete: the tallies tell for each day how many of its records were reported after 1, 2, 3,
 * 5 and 8 further closings (by their recordedtime). The expectation of a recent day is multiplied by the share that is there.
 * A record later than SQUAD_LATE_DAYS closings is too seldom to wait for: from then on a day counts as complete. But answers of a
 * share are waited for up to SQUAD_LATE_LONG, if there are such (a past that was brought in doesn't teach that there are).
 *
 * People enter things when they do their reports, each on days of their own: so it is learned per weekday, and the team's habit
 * stands in only until a few records of the rep are known. Where most of a weekday came later in the rep's newest weeks a habit has
 * changed, and it is waited for, however it was for months before. A day of which next to nothing has come by then isn't tested yet.
 *
 * Everything here is a function of the tallies and of the newest closed day, so a day's share grows as the newest day
 * moves on, and at each close the days are stepped anew from the first one of which more was awaited.
 */
#ifndef CORE_SQUAD_LATE_H
#define CORE_SQUAD_LATE_H

#include "day.h"
#include "series.h"

struct closing;
struct squad_state;

enum {
    SQUAD_LATE_DAYS = 8, /* the last of late_closings */
    SQUAD_LATE_LONG = 16, /* by then the answers that come later than that are taken to be there */
    LATE_ALL = 7,        /* all weekdays together, behind the single ones */
};

/* Records of complete days by weekday, slowly forgotten. */
struct lateness {
    double n[LATE_ALL + 1];
    int32_t table; /* 1 + place in the state's late_tables; 0: none of them was ever late */
};

/* [weekday][j]: of these, after late_closings[j] further closings or more; and of the newest weeks alone, of which a new habit shows. */
struct late_table {
    double late[LATE_ALL + 1][LATE_STEPS];
    double newest_n[7], newest[7][LATE_STEPS];
};

struct stream;

/* Learns from the day that became complete with closing->day. */
void late_learn(const struct closing *c);

/* Of a day's records, which share is there when closing->newest has closed, and how far that may be off by itself. */
struct late_share {
    double share, variance;
};

/*
 * Of an indicator (-1: of presence); of the team's where stream is NULL. A share of 0 where it isn't worth testing. Where more is
 * to come the state notes that it isn't final (awaited_from).
 */
struct late_share late_arrived(const struct closing *c, int indicator, const struct stream *stream, pace_day day);

/* The share alone. */
double late_share(const struct closing *c, int indicator, const struct stream *stream, pace_day day);

/*
 * What the threshold of an indicator's evidence is raised by (a logarithm): a day that is looked at again as more of it
 * arrives is tested again, and each look may cross by chance. Union bound over the looks, weighted by what comes after the first; of a
 * share they are the more the more its days tell.
 */
double late_caution(const struct closing *c, int indicator, const struct stream *stream);

/* Whether evidence (a logarithm) reaches a threshold that is raised by that. */
bool late_crosses(const struct closing *c, int indicator, const struct stream *stream, double log_evidence, double threshold);

/* [LATE_STEPS]; zeros where nothing was late. */
const double *late_known(const struct squad_state *state, const struct lateness *l, int weekday);

/* Whether anything of this team was ever late, as far as the state knows. */
bool late_at_all(const struct squad_state *state);

#endif
