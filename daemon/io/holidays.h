/*
 * holidays.h - the days of a config's holiday files, read into the config.
 */
#ifndef IO_HOLIDAYS_H
#define IO_HOLIDAYS_H

#include "schema.h"

enum { HOLIDAYS_LISTS_MAX = 256 };

/*
 * Completes a config that was read from config_path, to whose folder the paths of holiday files are
 * relative: of the organisation, of teams and of reps, times in UTC by the zone of each. At most
 * HOLIDAYS_LISTS_MAX different lists with files can be there; reps who have the same list share it.
 *
 * 0; PACE_ECONFIG: a file is missing, isn't a regular file, is too large or has something wrong,
 * told in the report at the place of its path in the config ("organisation.holidays: nl.ics:12:
 * ..."), at most ten of each file; -ENOMEM. The report, sorted, may hold warnings on 0 too, such as
 * of a calendar without any day.
 */
int holidays_read(struct config *config, const char *config_path, struct schema_report *report);

#endif
