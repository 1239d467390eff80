/*
 * dry_run.h - `pacectl send --dry-run`: what a daemon would make of a file, without one; nothing is stored.
 *
 * With a configuration the events go through the daemon's own engine over an empty store in memory, whose clock is the
 * system's: so duplicates are those within the file, and days and subjects are judged as today. Without one, only their
 * form is judged. What is held grows with the events (their ids are remembered), about 50 bytes each.
 */
#ifndef PACECTL_DRY_RUN_H
#define PACECTL_DRY_RUN_H

#include "json.h"

#include <jansson.h>

struct dry_run;

/* config_path NULL: only the form is judged. 0, or CTL_NO (told). */
int dry_run_open(const char *config_path, struct dry_run **ret_run);
void dry_run_close(struct dry_run **run);

enum dry_run_verdict { DRY_RUN_ACCEPTED, DRY_RUN_DUPLICATE, DRY_RUN_SUPERSEDED, DRY_RUN_REJECTED };

/* Judges the bytes of one event. REJECTED: *ret_code and reason (JSON_REASON_SIZE bytes). Below 0: the run can't go on. */
int dry_run_take(struct dry_run *run, struct view event, enum pace_code *ret_code, char *reason);

/* A rejected event, whoever found it: the first of each code is kept. member 0: NDJSON. */
void dry_run_rejected(struct dry_run *run, enum pace_code code, uint64_t line, uint64_t member, const char *reason);

/*
 * {"errors":[{code, line, member, reason, remedy}], "parked":n, "reps":[{rep, team, configured, events, days, first, last,
 * indicators:{NAME: total}}], "unknown":[{subject, events}]}; without a configuration only errors. NULL: out of memory.
 */
json_t *dry_run_report(struct dry_run *run);

/* The report for people. */
void dry_run_print(const json_t *report);

#endif
