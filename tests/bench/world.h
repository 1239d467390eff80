/*
 * world.h - a rep and her peers of known truth, day by day through the production detector as the squad calls it.
 *
 * Counts: negative binomial around a rate times the rep's own weekday pattern (10 % off). All peers have one rate of their own, so that the
 * prior that they teach is as far off as the scene says. What disturbs a scene disturbs each of its people by a chance of their own.
 */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "detector.h"

enum {
    WORLD_PEERS_MAX = 30,
    WORLD_PEERS = 7,
    WARM_UP = 60,      /* days before anything is measured */
    CHANGE_AFTER = 60, /* days from then to the change */
    CENSOR_AFTER = 251, /* days from the change to the end of a run */
    ARL_CAP = 20000,
    QUARTER = 65
};

enum trouble {
    TROUBLE_NONE,
    TROUBLE_DRIFT,  /* the log-rate wanders within a standard deviation of `amount`, with a memory of a quarter */
    TROUBLE_WALK,   /* the log-rate walks: `amount` a quarter */
    TROUBLE_CHAIN,  /* a day's own factor, of variance kappa, is the day before's to `amount` (log-normal AR(1)) */
    TROUBLE_ZEROS,  /* a share `amount` of the days has no records */
};

struct scene {
    double lambda, kappa; /* a day; over-dispersion */
    int peers;
    double prior;         /* the peers' rate in hers; 0: drawn, .5 log-sd */
    enum trouble trouble;
    double amount;
    bool rises;           /* what is watched for is a rise */
    bool cases;           /* whoever crosses has a case open, until it recovers or is the new normal */
};

struct world_person {
    double rate, week[5], deviation;
    struct detector detector;
};

struct world {
    struct scene scene;
    double team; /* the peers' rate */
    int t;       /* working days so far */
    struct world_person people[WORLD_PEERS_MAX + 1]; /* 0 is the one who is judged */
};

struct world_day {
    int64_t x;
    enum detector_verdict verdict;
    struct detector_reading reading;
};

void world_begin(struct world *world, const struct scene *scene);
void world_copy(struct world *to, const struct world *from);

/* One working day of all, her rate times factor. */
void world_step(struct world *world, double factor, double log_arl0, struct world_day *ret_day);

/* The same day without the detectors: only what she counts. */
int64_t world_draw(struct world *world, double factor);

/* The t-th working day, and which one a day is. */
pace_day world_workday(int t);
int world_workday_of(pace_day day);

/* A text that names the scene: for seeds. */
void world_name(const struct scene *scene, char *ret_name, size_t size);

#endif
