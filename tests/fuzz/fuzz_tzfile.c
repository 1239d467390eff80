/*
 * Any bytes as a file of a time zone: refused, or a zone whose changes of the clock ascend, each of which changes it, with
 * days that follow each other.
 */
#define _GNU_SOURCE /* memfd_create */
#include "tzfile.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds) {
    if (!holds)
        abort();
}

static void check_zone(const struct zone *zone) {
    int32_t before_s = zone->first_s;
    for (int i = 0; i < zone->n_transitions; i++) {
        const struct zone_transition *change = &zone->transitions[i];
        demand(change->offset_s != before_s && change->offset_s > -90000 && change->offset_s < 93600);
        demand(i == 0 || change[-1].at_us < change->at_us);
        demand(zone_offset_s(zone, change->at_us) == change->offset_s && zone_offset_s(zone, change->at_us - 1) == before_s);
        before_s = change->offset_s;
    }
    demand(zone_digest(zone) == zone->digest);
    for (pace_day day = 20000; day < 20400; day++)
        demand(zone_day_end(zone, day) <= zone_day_end(zone, day + 1));
}

/* The same from a directory of zones, asked for twice; what has its like's name but leads elsewhere is none. */
static void read_from_table(const char *name, const struct zone *expected) {
    static const char *const none[] = {"", "..", ".", "a//b", "./1", "../fd/0", "nowhere"};
    struct zone_table *zones = zone_table_create();
    const struct zone *zone = NULL, *again = NULL;
    demand(zones != NULL);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        demand(zone_table_get(zones, none[i], &zone) == -ENOENT);
    demand(zone_table_get(zones, "UTC", &zone) == 0 && zone == &zone_utc);
    demand((zone_table_get(zones, name, &zone) == 0) == (expected != NULL));
    demand(!expected || (zone->digest == expected->digest && zone_table_get(zones, name, &again) == 0 && again == zone));
    zone_table_destroy(&zones);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct zone *zone = NULL;
    char name[16];
    int fd = memfd_create("zone", MFD_CLOEXEC);
    demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(name, sizeof name, "%d", fd);
    setenv("TZDIR", "/proc/self/fd", 1);
    if (tzfile_parse(name, data, size, &zone) == 0)
        check_zone(zone);
    read_from_table(name, zone);
    zone_destroy(&zone);
    close(fd);
    return 0;
}
