#include "calendar.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Zones with daylight saving time change twice a year. */
#define HALF_YEAR_US UINT64_C(15778476000000)
#define SECOND_US INT64_C(1000000)

enum { DAYS_FAR = 10000000 };

const struct zone zone_utc = {.name = "UTC", .digest = UINT64_C(0x9f9bd5e6d25f9ec8)};

/* How many transitions were at or before an instant, by bisection. */
static int count_until(const struct zone *zone, int64_t us) {
    int low = 0, high = zone->n_transitions;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (zone->transitions[middle].at_us <= us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * The same without a search for most instants. The tables end with decades of two changes a year:
 * counting half years back from the last one gives the number there, or one less where summer and
 * winter are of different length.
 */
static int transitions_until(const struct zone *zone, int64_t us) {
    const struct zone_transition *t = zone->transitions;
    int n = zone->n_transitions;
    if (n == 0 || us >= t[n - 1].at_us)
        return n;
    uint64_t half_years = ((uint64_t)t[n - 1].at_us - (uint64_t)us) / HALF_YEAR_US;
    if (half_years >= (uint64_t)n - 1)
        return count_until(zone, us);
    int guess = n - 1 - (int)half_years;
    for (int i = guess; i <= guess + 1 && i < n; i++)
        if (t[i - 1].at_us <= us && us < t[i].at_us)
            return i;
    return count_until(zone, us);
}

static int32_t offset_after(const struct zone *zone, int n_transitions) {
    return n_transitions ? zone->transitions[n_transitions - 1].offset_s : zone->first_s;
}

int32_t zone_offset_s(const struct zone *zone, int64_t us) {
    return offset_after(zone, transitions_until(zone, us));
}

/* In seconds, so that no instant overflows. */
pace_day zone_day(const struct zone *zone, int64_t us) {
    return (pace_day)floor_div(floor_div(us, SECOND_US) + zone_offset_s(zone, us), 86400);
}

/*
 * Between two transitions the local clock runs evenly, so a stretch shows days up to `day` until
 * the next midnight by its own offset, or until its end. The last stretch that begins before that
 * midnight is the last to show the day.
 */
int64_t zone_day_end(const struct zone *zone, pace_day day) {
    int64_t midnight = ((int64_t)day + 1) * DAY_US;
    int i = transitions_until(zone, midnight + 2 * DAY_US); /* offsets are below two days */
    while (i > 0 && zone->transitions[i - 1].at_us >= midnight - offset_after(zone, i) * SECOND_US)
        i--;
    int64_t end = midnight - offset_after(zone, i) * SECOND_US;
    if (i < zone->n_transitions && zone->transitions[i].at_us < end)
        end = zone->transitions[i].at_us;
    return end;
}

/* ---- working time ---- */

static int absence_order(const void *a, const void *b) {
    const struct absence *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

int absences_join(struct absence *steps, int n) {
    int kept = 0, share = 0;
    if (n > 1)
        qsort(steps, (size_t)n, sizeof *steps, absence_order);
    for (int i = 0; i < n; i++) {
        share += steps[i].share;
        kept -= kept && steps[kept - 1].from == steps[i].from;
        steps[kept++] = (struct absence){steps[i].from, share};
    }
    return kept;
}

/* Only a leap of a day or more leaves a day out. Days far beyond all calendars have no instants
 * that could be asked about. */
static bool is_skipped(const struct zone *zone, pace_day day) {
    if (!zone->n_transitions || day < -DAYS_FAR || day > DAYS_FAR)
        return false;
    int64_t noon_us = (int64_t)day * DAY_US + DAY_US / 2, around_us = 36 * 3600 * SECOND_US;
    int leap_s =
        zone_offset_s(zone, noon_us + around_us) - zone_offset_s(zone, noon_us - around_us);
    return leap_s >= 86400 && zone_day_end(zone, day - 1) == zone_day_end(zone, day);
}

static bool is_holiday(const struct calendar *calendar, pace_day day) {
    int low = 0, high = calendar->n_holidays;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (calendar->holidays[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->n_holidays && calendar->holidays[low] == day;
}

static int week_minutes(const struct calendar *calendar, pace_day day) {
    const struct workweek *week = calendar->week;
    if (calendar->week_odd && day_iso_week(day, NULL) % 2)
        week = calendar->week_odd;
    return week->days[day_weekday(day)].minutes;
}

int calendar_pattern_minutes(const struct calendar *calendar, pace_day day) {
    int minutes = week_minutes(calendar, day);
    return minutes && is_skipped(calendar->zone, day) ? 0 : minutes;
}

int calendar_minutes(const struct calendar *calendar, pace_day day) {
    int minutes = calendar_pattern_minutes(calendar, day);
    return minutes && is_holiday(calendar, day) ? 0 : minutes;
}

int calendar_absent(const struct calendar *calendar, pace_day day) {
    int low = 0, high = calendar->n_absences;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (calendar->absences[middle].from <= day)
            low = middle + 1;
        else
            high = middle;
    }
    int share = low ? calendar->absences[low - 1].share : 0;
    return share < ABSENCE_WHOLE ? share : ABSENCE_WHOLE;
}

int64_t calendar_worktime(const struct calendar *calendar, pace_day day) {
    int64_t minutes = calendar_minutes(calendar, day);
    return minutes ? minutes * (ABSENCE_WHOLE - calendar_absent(calendar, day)) : 0;
}

/* ---- digest ---- */

static uint64_t hash_number(uint64_t seed, int64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * i));
    return XXH3_64bits_withSeed(bytes, sizeof bytes, seed);
}

uint64_t zone_digest(const struct zone *zone) {
    uint64_t digest = XXH3_64bits(zone->name, strlen(zone->name));
    digest = hash_number(digest, zone->first_s);
    for (int i = 0; i < zone->n_transitions; i++) {
        digest = hash_number(digest, zone->transitions[i].at_us);
        digest = hash_number(digest, zone->transitions[i].offset_s);
    }
    return digest;
}
