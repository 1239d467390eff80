/*
 * series.h - which numbers a day's tally of a rep consists of.
 *
 * The tally (tally.h) keeps an integer per rep, series and local day. Presence comes first, then
 * sixteen series for each indicator of the config in its order, then one for each source. What a
 * part holds depends on the indicator's kind; measure.h says how an event gets there. A part that
 * isn't named for a kind is always 0.
 */
#ifndef CORE_SERIES_H
#define CORE_SERIES_H

enum {
    SERIES_PRESENCE = 0,      /* events that show the rep at work (indicator_presence) */
    SERIES_PRESENCE_LATE = 1, /* .. 5: those of them that were told late, see late_closings */
    SERIES_INDICATORS = 16,   /* first series of indicator 0 */
    SERIES_PER_INDICATOR = 16,
    SERIES_INDICATORS_MAX = 256, /* CONFIG_INDICATORS_MAX; measure_apply.c asserts that they agree */
    SERIES_SOURCES = SERIES_INDICATORS + SERIES_PER_INDICATOR * SERIES_INDICATORS_MAX,
    SERIES_MAX = 0x8000, /* lanes of a block (cells.h) */
    SERIES_SOURCES_MAX = SERIES_MAX - SERIES_SOURCES, /* 28,656: presence by source: + the engine's number of the source; further
                                                         ones have no series, so that nobody watches whether they are silent */
};

enum series_part {
    /*
     * count: records (unit 1; 1/10,000 with credit share). sum: the amount in 1/10,000. ratio,
     * latency, adherence: successes, on the day of the success (settled at the horizon: of the
     * deadline). level: changes of the numerator. score: sum of the scores in 1/10,000.
     */
    PART_MAIN = 0,
    /*
     * ratio, latency, adherence: trials, on their day (settled at the horizon: on the deadline's).
     * level: changes of the denominator (open deals). score: number of observations.
     */
    PART_TRIALS = 1,
    PART_UNKNOWN = 2, /* ratio of the same record: trials whose outcome is missing; they are in
                         neither of the above */
    PART_ANSWERS = 2, /* ratio with a key by its curve, latency: records that are successes for
                         whichever trial they find */
    PART_LATE = 3, /* .. 7: of PART_MAIN for count, of the records for sum, of PART_ANSWERS: told
                      late, see late_closings */
    PART_AGE = 8, /* .. 15: ratio with key and settle curve: successes by age since their trial, see
                     age_buckets */
    PART_MOVED = 8, /* level: what of PART_MAIN is a change of owner (it is in PART_MAIN too) */
    PART_MOVED_TRIALS = 9, /* level: likewise of PART_TRIALS */
};

enum { LATE_STEPS = 5, AGE_BUCKETS = 8 };

/*
 * An event of local day d that was recorded at R has missed as many closings as there are k >= 0
 * with close(d + k) < R, where close(x) is the end of day x in its rep's zone plus
 * detection.close_after; none if R isn't told. It is in the late series j if it missed
 * late_closings[j] or more.
 */
static const int late_closings[LATE_STEPS] = {1, 2, 3, 5, 8};

/* Age in calendar days at which each bucket of PART_AGE begins: 0, 1, 2-3, 4-6, 7-13, 14-29, 30-59,
 * 60 and more. */
static const int age_buckets[AGE_BUCKETS] = {0, 1, 2, 4, 7, 14, 30, 60};

static inline int series_of(int indicator, enum series_part part) {
    return SERIES_INDICATORS + indicator * SERIES_PER_INDICATOR + (int)part;
}

static inline int age_bucket(int days) {
    int bucket = 0;
    while (bucket + 1 < AGE_BUCKETS && days >= age_buckets[bucket + 1])
        bucket++;
    return bucket;
}

#endif
