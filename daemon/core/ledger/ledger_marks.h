/*
 * ledger_marks.h - what happened in one rep's loop, put together from what was said (alerts) and from what the events tell (sessions,
 * commitments, words about cases), as marks for cases.h.
 */
#ifndef CORE_LEDGER_MARKS_H
#define CORE_LEDGER_MARKS_H

#include "ledger_inside.h"

/* One rep's loop, as of setup->today. */
struct loop {
    const struct ledger *ledger;
    const struct ledger_setup *setup;
    uint32_t rep, who;  /* who: dictionary id */
    pace_day held_from; /* DAY_NONE: nobody is held */
    struct silences silences;
};

struct marks {
    struct case_mark *at;
    int n, size;
    bool failed;
};

/* A case, and all alerts that tell of it. */
struct case_file {
    uint64_t number;
    pace_day opened_on;
    const struct entry **entries; /* slips, relapses and their ends that still hold, in order of day and number */
    int n;
    bool held;                    /* it reached a person: its steps are waited for */
    pace_day taken_back;          /* the newest correction; DAY_NONE */
    pace_day over_on;             /* nothing is off from then on: what is said and done later isn't about it; DAY_MAX */
};

void marks_add(struct marks *marks, struct case_mark mark);

/* Reads what was said of a case. 0 or -ENOMEM; file->entries are to be freed. */
int file_read(const struct loop *loop, uint64_t number, struct case_file *file);

/* Adds all marks of a case that was read. */
void mark_all(const struct loop *loop, struct case_file *file, struct marks *marks);

/* Adds the first day from `from` on that the rep isn't there; who comes back begins anew. */
void mark_departure(const struct loop *loop, pace_day from, struct marks *marks);

/* The config's indicator of that name; NULL: none, or none any more. */
const struct config_indicator *indicator_of(const struct loop *loop, uint32_t id);

#endif
