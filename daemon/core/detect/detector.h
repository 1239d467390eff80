/*
 * detector.h - one stream of closed days: has its rate, share or level fallen for good?
 *
 * A recursive Shiryaev-Roberts mixture over four sizes of fall against a learned baseline, one call
 * per closed scheduled day, under one of three laws:
 *   LAW_COUNT  counts: negative binomial, learned dispersion, odd zero days and weekday pattern
 *              (detector_count.c);
 *   LAW_SHARE  successes among trials, of the same record or by a learned curve of the time to
 *              success: binomial, falls of the odds (detector_share.c);
 *   LAW_LEVEL  a quantity at the close of the day, or the mean of a day's scores: Gaussian,
 *              whitened by a learned AR(1), falls in standard deviations of the innovation
 *              (detector_level.c).
 * All correct themselves for autocorrelation that is left. Pure and in constant memory; the same
 * days give the same bits.
 *
 * Sources: Pollak 1987 and arXiv 0908.4119 (Shiryaev-Roberts); Hoehle & Paul 2008
 * (negative-binomial charts); Siegmund 1985 (overshoot, hence the correction of S); Basseville &
 * Nikiforov 1993, ch. 7 (additive changes in autoregressive models). The steps and constants are
 * those of DETECTION section 2, and where a law has its own, fitted by simulation on one seed and
 * checked on others: bench_detection and bench_laws show what they give, docs/detection.md what was
 * tried. All state is double: gcc's vectorizer has been seen to leave out the rounding to float,
 * and with it the same bits.
 */
#ifndef CORE_DETECTOR_H
#define CORE_DETECTOR_H

#include "day.h"

enum {
    DETECTOR_SIZES = 4,         /* sizes of fall (or rise) that are watched for together */
    DETECTOR_RING = 15,         /* newest days, kept out of the baseline: a slip mustn't teach it */
    DETECTOR_RUNGS = 4,         /* earlier lows of a size that are remembered */
    DETECTOR_LAGS = 23,         /* residuals kept for the autocorrelation */
    DETECTOR_NEAR = 3,          /* of which these are near: what hangs together from day to day */
    DETECTOR_WATCH_FROM = 20,   /* exposure days before the first verdict */
    DETECTOR_RECENT = 10,       /* days that must be back before a case is recovered */
    DETECTOR_REBASE_AFTER = 40, /* exposure days of an open case until its level is the usual one */
    DETECTOR_REBASE_OVER = 30,  /* of which the last so many make the new baseline */
    DETECTOR_NEWS_DAYS = 5,     /* exposure days that a rise must have lasted to be news */
    DETECTOR_NEWS_FEWER = 3,    /* of what is better when low, so many before that fewer since are news */
    DETECTOR_NEWS_AFTER = 20,   /* ... and after a recovery, before there can be any */
    DETECTOR_SHARED = 2,        /* sizes of which a reading tells the likelihood ratio */
};

enum detector_law { LAW_COUNT, LAW_SHARE, LAW_LEVEL, LAWS };

/* By how much the days of one differ beyond chance: the excess, what it is divided by, and the
 * variance that chance gives it. */
struct detector_spread {
    double k1, k2, noise;
};

/* What peers share: sums over the team's other reps of that role, as at the day before's close. */
struct detector_peers {
    int n;                       /* peers with DETECTOR_WATCH_FROM days; 0: no others count */
    double k1, k2, c0, near, far, n_c;
    struct detector_spread top[2]; /* LAW_COUNT: the two with the largest excess; zeros: none */
    double week_x[7], week_m[7]; /* for the team's weekday factor */
    double z1, z2;               /* LAW_LEVEL: autocorrelation of the levels, and its weight */
    double total_x, total_e;     /* of all peers, warmed up or not: the prior mean of a new rep */
};

/* What is known of each size: arrays, so that a day is reckoned for all of them at once. */
struct detector_sizes {
    double r[DETECTOR_SIZES]; /* Shiryaev-Roberts statistic of this size: whether there was a change */
    double c[DETECTOR_SIZES]; /* sum of the log likelihood ratios since they were last lowest (Page 1954): when it was */
    double x[DETECTOR_SIZES], e[DETECTOR_SIZES]; /* counts and exposure since its change point; LAW_LEVEL, here as below:
                                                    value times exposure, and exposure */
    pace_day since[DETECTOR_SIZES];              /* first day after its change point; DAY_NONE: the next exposure day */
    int days[DETECTOR_SIZES];                    /* exposure days since then */
};

#define DETECTOR_SIZES_NONE {.since = {DAY_NONE, DAY_NONE, DAY_NONE, DAY_NONE}}

/* An earlier low of a size's c, and how far it lies above the lowest: a change that began there is less likely by so much. */
struct detector_rung {
    pace_day day;   /* first day after it */
    uint16_t above; /* in thousandths of a log likelihood */
};

/* On which days a change of a size may well have begun (detector_range.c). Means nothing before the first exposure day. */
struct detector_begin {
    pace_day late; /* the last one */
    int n_rungs;
    struct detector_rung rungs[DETECTOR_RUNGS]; /* oldest first */
};

struct detector {
    enum detector_law law;
    bool rises;                    /* what is adverse: a rise, not a fall */
    int exposure_days;
    double prior_count;            /* a0: what the prior mean is worth, in counts; LAW_SHARE: in as
                                      many trials as tell as much; LAW_LEVEL: in exposure */
    bool prior_given;              /* prior_mean came from detector_init_given and stays */
    double prior_mean;             /* m; fixed after DETECTOR_WATCH_FROM days; 0: no day yet */
    double base_x, base_e;         /* N, E: the baseline's counts and exposure, slowly forgotten */
    double ring_x, ring_e;         /* Qx, Qe */
    double k1, k2;                 /* over-dispersion; LAW_LEVEL: squared innovations, and days */
    double z1, z2; /* odd zero days (LAW_SHARE: odd ones of any kind); LAW_LEVEL: products of
                      successive deviations, and their squares */
    double c0, near, far, n_c;     /* residuals: variance, autocorrelation at lags 1-3 and 4-23,
                                      their number */
    double psi;                    /* yesterday's caution, >= 1 ... */
    double psi_near;               /* ... and what of it is for lags 1-3, >= 1 */
    double total_x, total_e;       /* all closed days */
    double week_x[7], week_m[7];   /* LAW_COUNT: own weekday factor */
    double week_t[7];              /* as week_m, without the team's weekday factor: for the peers */
    struct detector_sizes sizes;
    struct detector_begin begins[DETECTOR_SIZES];
    double ring[DETECTOR_RING][2]; /* newest days: counts, exposure */
    int32_t residuals[DETECTOR_LAGS]; /* in 1/2^24: any 23 of them have an exact sum, whatever the order */
    uint8_t ring_at, ring_n, residual_at;
    uint8_t bursts; /* LAW_COUNT: days with exposure until the newest bursts are forgotten, twelve
                       for each */
    bool open;                     /* a case is open: the baseline is frozen. While it is: */
    double frozen_rate, frozen_kappa; /* lambda*, and the kappa that went with it */
    double fall;                   /* rho^: the level since the change point, as a share of lambda*;
                                      1 where lambda* is 0 */
    double fallen;                 /* that level itself */
    double back;                   /* R-up: evidence for being back at lambda* */
    int open_days;
    double rebase_x, rebase_e;
    double recent[DETECTOR_RECENT][2];
    struct detector_sizes good;   /* as sizes, for the favourable direction */
    int good_days;                 /* exposure days since good news was told, 0: none is fresh ... */
    double good_rate, good_level;  /* ... and from what to what it was */
    double last;                   /* LAW_LEVEL: the newest value ... */
    pace_day last_day;             /* ... and its day; DAY_NONE: none yet */
};

/*
 * A day without exposure isn't stepped. LAW_SHARE: neither need be a day of an exposure under .05,
 * though it does no harm beyond counting as a day; x and exposure of days that aren't scheduled are
 * best added to the next one that is.
 */
struct detector_day {
    pace_day day;
    double x;             /* count; LAW_SHARE: successes; LAW_LEVEL: value, mean of the scores */
    double hours;         /* > 0: scheduled hours / 8, times ramp and arrived share; LAW_SHARE:
                             trials expected to be decided, the sum of T(d - a) f(a) (same record:
                             trials of the day); LAW_LEVEL: 1, or the number of scores */
    double concentration; /* LAW_SHARE: sum of T f^2 / sum of T f, in (0, 1]; same record: 1, for
                             which 0 is taken too */
    double arrived;       /* LAW_SHARE: of the successes, what is told by now; it is in `hours`, too;
                             1, for which 0 is taken too, where nothing is awaited */
    double arrived_variance; /* LAW_SHARE: how far that may be off by itself */
    double team_weekday;  /* LAW_COUNT: team's weekday factor; 1 without peers */
    double team_factor;   /* LAW_COUNT: g_team; 1 where it doesn't apply */
    double own_weekday;   /* LAW_COUNT: a reading's `weekday` of that day, where nothing was stepped since; 0: it is reckoned */
    unsigned weekdays;    /* bit 0..6: scheduled weekdays, Monday first; LAW_LEVEL counts by them
                             how long ago the last value was */
    double unsettled;     /* LAW_COUNT: variance by which the logarithm of the usual level may have moved by itself since
                             yesterday; such a day says nothing of how days hang together */
    bool sure;            /* LAW_COUNT: a day without any is one; it isn't doubted */
    bool mean_exposure;   /* LAW_COUNT: exposure isn't around 1 a day (team totals): use the ring's
                             mean where a day stands in S, as the other laws always do */
    bool guard_fails;     /* an open case doesn't recover yet: what guards this stream is down; nor is it rebased
                             where its own level is back */
};

/* What one day looked like to the detector. */
struct detector_reading {
    double kappa;        /* over-dispersion; LAW_SHARE: of a day's own log-odds; LAW_LEVEL: 0 */
    double lambda;       /* usual rate of a full day, usual share of successes, usual level */
    double weekday, exposure /* e */;
    double mu;           /* expected x of the day */
    double spread;       /* LAW_SHARE, LAW_LEVEL: standard deviation of x around mu; LAW_COUNT: 0 */
    double phi;          /* LAW_LEVEL: what a scheduled day leaves of a deviation; otherwise 0 */
    double log_evidence; /* S */
    int strongest;       /* the size that tells most of the change */
    double good_log_evidence; /* S of a favourable change; -INFINITY where none is looked for */
    int good_strongest;
    /* For whoever judges several streams together, of a day that was weighed: adverse is positive,
       in standard deviations, and with the caution that psi asks for */
    bool weighed;
    double residual;
    double shift[DETECTOR_SHARED]; /* of the residual, under each of the first sizes */
    double ratio[DETECTOR_SHARED]; /* log likelihood ratio of these sizes */
};

/* M = e^S: chance does this about once in so many days that are stepped. */
double detector_evidence(const struct detector_reading *reading);

enum detector_verdict { DETECTOR_QUIET, DETECTOR_CROSSED, DETECTOR_RECOVERED, DETECTOR_REBASED };

void detector_init(struct detector *detector, enum detector_law law, bool rises);

/* As detector_init, with a prior mean known beforehand and worth `count` (see prior_count). */
void detector_init_given(struct detector *detector, enum detector_law law, bool rises, double mean,
                         double count);

/*
 * Whether a count x where mu is expected, with dispersion kappa, is a burst: more than is usual by
 * seven standard deviations and a count, and seldom so: of three such days in a row, or in three
 * weeks, the third isn't. From day DETECTOR_WATCH_FROM on; never of another law.
 */
bool detector_is_burst(const struct detector *d, double x, double mu, double kappa);

/* Rate, dispersion and expectation for a day before its x is known. peers may be NULL. */
void detector_expect(const struct detector *detector, const struct detector_peers *peers,
                     const struct detector_day *day, struct detector_reading *ret_reading);

/* LAW_COUNT: how far a day without any is believed, given what was to be expected: 1, or less if it may be an odd zero day. */
double detector_believe_zero(const struct detector *detector, const struct detector_reading *reading);

/* LAW_COUNT: ln of the probability of no count on a day with that expectation (<= 0). */
double detector_log_zero(double kappa, double mu);

/*
 * One closed scheduled day. DETECTOR_CROSSED whenever S >= log_arl0 after the day, the change of the
 * likeliest size goes on, and no case is open; the caller decides whether that opens a case (detector_open). RECOVERED and REBASED end an
 * open one, here.
 */
enum detector_verdict detector_step(struct detector *detector, const struct detector_peers *peers,
                                    const struct detector_day *day, double log_arl0,
                                    struct detector_reading *ret_reading);

/*
 * A case is opened at the reading's day: the baseline freezes. ret: since, and the rates before and
 * after: per full day, as shares of successes, or as means of the level.
 */
void detector_open(struct detector *detector, const struct detector_reading *reading,
                   pace_day *ret_since, double *ret_before, double *ret_after);

/* Where a case that ends leaves its level: at what its newest days show, or rebased at what of its days is the new normal. */
double detector_left(const struct detector *detector, bool rebased);

/* Where a case opened now would begin and what it would say; as detector_open, without a change. */
void detector_peek(const struct detector *detector, const struct detector_reading *reading,
                   pace_day *ret_since, double *ret_before, double *ret_after);

/* With nine chances in ten the truth lies between the two (detector_range.c). */
struct detector_ranges {
    double before[2], after[2];
    pace_day since[2];
};

/* Of what detector_open and detector_peek say, before the case is opened. */
void detector_ranges(const struct detector *detector, const struct detector_reading *reading,
                     struct detector_ranges *ret_ranges);

/* Some days together: their counts, and how many days they are. */
struct detector_days {
    double x, e;
    int n;
};

/* The newest exposure days, so many at most: of an open case its own, else those that the baseline doesn't have yet. */
struct detector_days detector_newest(const struct detector *detector, int most);

/*
 * Whether these days lie off the usual level, either way, by more than chance does once in fifty. The reading is of detector_expect.
 */
bool detector_is_off(const struct detector *detector, const struct detector_reading *reading, const struct detector_days *days);

/*
 * A favourable change is watched for with the same sizes the other way (rho_j becomes 1/rho_j),
 * against the same baseline, while no case is open: it is there where good_log_evidence reaches the
 * logarithm of its own ARL0, it has gone on for five days and the level since is halfway to the smallest size at least, which is what this
 * tells; ret as detector_peek.
 */
bool detector_good(const struct detector *detector, const struct detector_reading *reading,
                   pace_day *ret_since, double *ret_before, double *ret_after);

/*
 * It was told: nothing more of it, and unless the level has come halfway back by then, that of the
 * last thirty of the next forty exposure days is the baseline. (What a change looks like on the day
 * on which it shows is the better half of the truth: a baseline from so few chosen days would make
 * a slip of the rest.)
 */
void detector_good_told(struct detector *detector, double before, double after);

/*
 * A level that was agreed (per full day, a share, or as it stands), as a baseline that nobody learns:
 * has the stream's own level come to lie on the adverse side of it? The same sizes and the same
 * correction as above, with the stream's dispersion, weekdays and caution. DETECTOR_HOLD_NONE at
 * first.
 */
struct detector_hold {
    struct detector_sizes sizes;
    bool below;                /* that was told; while it is: */
    double fall, fallen;       /* as in struct detector, against the agreed level */
    double back;               /* evidence for being back at it */
    double recent_x, recent_e; /* the newest days, forgotten by half in five */
};

#define DETECTOR_HOLD_NONE \
    {.fall = 1, .sizes = DETECTOR_SIZES_NONE}

void detector_hold_init(struct detector_hold *hold);

/*
 * A day, before the stream's own step of it. CROSSED: below it, and ret_reading says how surely; the
 * caller decides whether that is told (detector_hold_told). RECOVERED: what was told is over, and
 * `fallen` is where the newest days are.
 */
enum detector_verdict detector_hold(struct detector_hold *hold, const struct detector *detector,
                                    const struct detector_peers *peers,
                                    const struct detector_day *day, double level, double log_arl0,
                                    struct detector_reading *ret_reading);

void detector_hold_told(struct detector_hold *hold, const struct detector *detector,
                        const struct detector_reading *reading, pace_day *ret_since,
                        double *ret_after);

/*
 * LAW_LEVEL: the level moved by so much for a reason that isn't the rep's doing (deals came or went
 * with their owner). Baseline, history and an open case's level move along; call it before the step
 * of the day on which it shows. Under the other laws nothing happens.
 */
void detector_shift(struct detector *detector, double by);

/* LAW_COUNT: days so far count as if they had shown `by` times as much: what was expected of all has changed for good. */
void detector_scale(struct detector *detector, double by);

/* The size that tells most of a change for the worse, as in a reading of today; -1: none goes on. */
int detector_strongest(const struct detector *detector, const struct detector_reading *reading);

/* Every value of the state in a fixed order, for a dump that must tell any two states apart. */
void detector_each(const struct detector *detector, void (*put)(void *arg, double value),
                   void *arg);

/* What the days so far speak for is forgotten: a change that is told later began later. */
void detector_begin_anew(struct detector *detector);

/* So, and an open case is over without a word. */
void detector_restart(struct detector *detector);

/*
 * A known change: the level is learned anew and warms up again; dispersion, weekdays and caution
 * stay as they were.
 */
void detector_relearn(struct detector *detector);

/* Adds this stream's share to its peers' sums. */
void detector_share(const struct detector *detector, struct detector_peers *sums);

/* The sums without this stream, which has its share in them. */
void detector_others(const struct detector *detector, const struct detector_peers *restrict sums,
                     struct detector_peers *restrict ret_sums);

/* The team's factor for weekday 0..6 over the scheduled ones, from the peers' sums. */
double detector_team_weekday(const struct detector_peers *peers, int weekday, unsigned weekdays);

#endif
