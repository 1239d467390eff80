/*
 * tzfile.h - zones by name from the system's TZif files (RFC 8536), footer rule unrolled to 2100.
 */
#ifndef IO_TZFILE_H
#define IO_TZFILE_H

#include "calendar.h"

/* Where zones are looked for: $TZDIR, else /usr/share/zoneinfo. */

/*
 * 0 and a zone to be destroyed by zone_destroy; -ENOENT no such zone (or a name that tries to leave
 * the directory); -EINVAL not a TZif file of version 1 to 4, or damaged; -ENOMEM; another -errno
 * where the system refuses to open or read.
 * Files that count leap seconds ("right/...") are -EINVAL: an instant here is POSIX time, which has
 * none.
 */
int tzfile_load(const char *name, struct zone **ret_zone);

/* The same from the bytes of such a file: 0, -EINVAL or -ENOMEM as above. The name is copied. */
int tzfile_parse(const char *name, const void *bytes, size_t n_bytes, struct zone **ret_zone);

void zone_destroy(struct zone **zone);

/* All the zones of a process by name, each loaded once; "UTC" is always there. */
struct zone_table;
struct zone_table *zone_table_create(void);
void zone_table_destroy(struct zone_table **table);

/* As tzfile_load, but the table owns the zone. */
int zone_table_get(struct zone_table *table, const char *name, const struct zone **ret_zone);

#endif
