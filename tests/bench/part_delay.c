/*
 * part_delay.c - how early: days from a sustained fall to the alarm, beside the rivals on the same streams.
 */
#include "delay.h"
#include "rivals.h"
#include "streams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ratios ---- */

/* What the delays of two have in common: of runs in which both were in the race. */
struct pairs {
    double x, y, xy;
    int n;
};

static void pairs_add(struct pairs *pairs, double x, double y) {
    pairs->n++;
    pairs->x += x;
    pairs->y += y;
    pairs->xy += x * y;
}

/* Standard error of the logarithm of mean of x / mean of y, to first order. What is common to both cancels. */
static double pairs_error(const struct pairs *pairs, const struct mean *x, const struct mean *y) {
    double ex = mean_of(x), ey = mean_of(y);
    if (ex <= 0 || ey <= 0)
        return NAN;
    double together = pairs->xy - ex * pairs->y - ey * pairs->x + pairs->n * ex * ey;
    together *= pairs->n > 1 ? pairs->n / (pairs->n - 1.) : 0;
    double one = mean_error(x) / ex, other = mean_error(y) / ey;
    double squares = one * one + other * other - 2 * together / (ex * ey) / x->n / y->n;
    return squares > 0 ? sqrt(squares) : 0;
}

/* A geometric mean of ratios over cells. */
struct product {
    double logs, squares; /* squares: of their errors */
    int n;
};

static void product_add(struct product *product, const struct pairs *pairs, const struct mean *x, const struct mean *y) {
    double error = pairs_error(pairs, x, y);
    if (isnan(error))
        return;
    product->logs += log(mean_of(x) / mean_of(y));
    product->squares += error * error;
    product->n++;
}

static double product_of(const struct product *product) {
    return exp(product->logs / product->n);
}

static double product_error(const struct product *product) {
    return product_of(product) * sqrt(product->squares) / product->n;
}

/* ---- one scene ---- */

/* Up to the change; true unless it was told too early. */
static bool calm(struct world *world, double log_arl0) {
    struct world_day day;
    bool early = false;
    while (world->t < WARM_UP + CHANGE_AFTER) {
        world_step(world, 1, log_arl0, &day);
        early = early || day.verdict == DETECTOR_CROSSED;
    }
    return !early;
}

void delay_measure(const struct scene *scene, const struct decline *decline, const char *what, const struct bench *bench,
                   int runs, struct delays *ret_delays) {
    static struct world world;
    char name[100];
    snprintf(name, sizeof name, "%s ", what);
    world_name(scene, name + strlen(name), sizeof name - strlen(name));
    for (int run = 0; run < runs; run++) {
        struct world_day day = {.verdict = DETECTOR_QUIET};
        int days = 0;
        seed_run(bench->seed, name, run);
        world_begin(&world, scene);
        bool counts = calm(&world, log(bench->arl0));
        ret_delays->early += !counts;
        for (; counts && days < CENSOR_AFTER && day.verdict != DETECTOR_CROSSED; days++)
            world_step(&world, decline_at(decline, days), log(bench->arl0), &day);
        if (counts)
            delays_add(ret_delays, days, day.verdict != DETECTOR_CROSSED);
        bench_progress(name, run + 1, runs);
    }
}

double decline_at(const struct decline *decline, int days) {
    double done = decline->over > 0 ? (days + 1.) / decline->over : 1;
    return 1 - (1 - decline->factor) * (done < 1 ? done : 1);
}

/* ---- the cells, with the rivals ---- */

enum { OURS = RIVALS, SHOWN = 7, ORACLE = 1 /* column */ };

/* In the order of the table; of oracles that know the size the one of the fall. */
static const struct column {
    const char *name, *key;
    int rival;
    bool sized;
} columns[SHOWN] = {{"ours", "ours", OURS, false},
                    {"oracle", "oracle", RIVAL_ORACLE, true},
                    {"learning, size known", "learning_known", RIVAL_KNOWN, true},
                    {"learning", "learning", RIVAL_LEARNING, false},
                    {"EWMA .1", "ewma", RIVAL_EWMA, false},
                    {"Poisson CUSUM", "cusum", RIVAL_CUSUM, false},
                    {"7 d < 30 d", "naive", RIVAL_NAIVE, false}};

struct cell {
    struct scene scene;
    struct thresholds thresholds;
    struct delays delays[SIZES][SHOWN];
    struct pairs pairs[SIZES][SHOWN]; /* with the oracle, of the same run */
    struct {
        struct mean now, then;
        struct pairs pairs;
    } earlier[SIZES]; /* ours, beside those of another build */
};

static int rival_of(const struct column *column, int size) {
    return column->rival + (column->sized ? size : 0);
}

/* Who is in the race for that size, as bits of columns: all that have a threshold and haven't alarmed before the change. */
static unsigned starters(struct cell *cell, unsigned early, int size) {
    unsigned left = 0;
    for (int i = 0; i < SHOWN; i++) {
        int rival = rival_of(&columns[i], size);
        if (rival != OURS && isnan(cell->thresholds.at[rival]))
            continue;
        if (early & RIVAL_BIT(rival))
            cell->delays[size][i].early++;
        else
            left |= 1u << i;
    }
    return left;
}

static unsigned alarms(const struct thresholds *thresholds, const double statistics[RIVALS]) {
    unsigned alarmed = 0;
    for (int i = 0; i <= RIVAL_NAIVE; i++)
        alarmed |= statistics[i] >= thresholds->at[i] ? RIVAL_BIT(i) : 0;
    return alarmed;
}

static unsigned run_calm(struct world *world, struct rivals *rivals, const struct thresholds *thresholds, double log_arl0) {
    unsigned early = 0;
    while (world->t < WARM_UP + CHANGE_AFTER) {
        struct world_day day;
        double statistics[RIVALS];
        world_step(world, 1, log_arl0, &day);
        rivals_step(rivals, day.x, RIVALS_ALL, statistics);
        early |= alarms(thresholds, statistics) | (day.verdict == DETECTOR_CROSSED ? RIVAL_BIT(OURS) : 0);
    }
    return early;
}

/* Who was in the race, beside the oracle. */
static void pair_up(struct cell *cell, int size, unsigned started, const int delays[SHOWN]) {
    for (int i = 0; started >> ORACLE & 1 && i < SHOWN; i++)
        if (started >> i & 1)
            pairs_add(&cell->pairs[size][i], delays[i], delays[ORACLE]);
}

/* Notes how many days we took (0: not in the race), or sets that beside what was noted. */
static void note_ours(const struct bench *bench, struct cell *cell, int size, int days) {
    double lambda, kappa, factor;
    int then;
    if (bench->save)
        fprintf(bench->save, "%g %g %g %d\n", cell->scene.lambda, cell->scene.kappa, rival_sizes[size], days);
    if (!bench->against)
        return;
    if (fscanf(bench->against, "%lf %lf %lf %d", &lambda, &kappa, &factor, &then) != 4 || lambda != cell->scene.lambda ||
        kappa != cell->scene.kappa || factor != rival_sizes[size]) {
        fprintf(stderr, "bench_detection: what was saved is of other runs\n");
        exit(2);
    }
    if (days)
        mean_add(&cell->earlier[size].now, days);
    if (then)
        mean_add(&cell->earlier[size].then, then);
    if (days && then)
        pairs_add(&cell->earlier[size].pairs, days, then);
}

static void run_fall(struct cell *cell, int size, unsigned early, struct world *world, struct rivals *rivals, const struct bench *bench) {
    int taken[SHOWN] = {0};
    unsigned left = starters(cell, early, size), learning = 1u << 2 | 1u << 3, started = left;
    for (int days = 1; left && days <= CENSOR_AFTER; days++) {
        struct world_day day = {.verdict = DETECTOR_QUIET};
        double statistics[RIVALS];
        if (left & 1)
            world_step(world, rivals->sizes[size], log(bench->arl0), &day);
        else
            day.x = world_draw(world, rivals->sizes[size]);
        rivals_step(rivals, day.x, left & learning ? RIVALS_ALL : RIVALS_ALL & ~RIVALS_LEARNING, statistics);
        unsigned alarmed = alarms(&cell->thresholds, statistics) | (day.verdict == DETECTOR_CROSSED ? RIVAL_BIT(OURS) : 0);
        for (int i = 0; i < SHOWN; i++)
            if (left >> i & 1 && (days == CENSOR_AFTER || alarmed & RIVAL_BIT(rival_of(&columns[i], size)))) {
                delays_add(&cell->delays[size][i], days, !(alarmed & RIVAL_BIT(rival_of(&columns[i], size))));
                taken[i] = days;
                left &= ~(1u << i);
            }
    }
    pair_up(cell, size, started, taken);
    note_ours(bench, cell, size, taken[0]);
}

/* The falls of a run begin with the same world and the same chance. */
static void run_cell(struct cell *cell, const char *name, int run, const struct bench *bench) {
    static struct world world, fallen;
    static struct rivals rivals, theirs;
    seed_run(bench->seed, name, run);
    world_begin(&world, &cell->scene);
    rivals_begin(&rivals, &world);
    unsigned early = run_calm(&world, &rivals, &cell->thresholds, log(bench->arl0));
    uint64_t chance[2] = {random_state[0], random_state[1]};
    for (int size = 0; size < SIZES; size++) {
        world_copy(&fallen, &world);
        theirs = rivals;
        memcpy(random_state, chance, sizeof chance);
        run_fall(cell, size, early, &fallen, &theirs, bench);
    }
}

/* ---- tables ---- */

static double ratio(const struct cell *cell, int size, int column) {
    double oracle = mean_of(&cell->delays[size][ORACLE].mean), mean = mean_of(&cell->delays[size][column].mean);
    return mean > 0 && oracle > 0 ? mean / oracle : NAN;
}

static void print_size(struct bench *bench, struct cell *cell, int size) {
    struct delays *ours = &cell->delays[size][0];
    json_t *object = json_pack("{s:f, s:f, s:f}", "lambda", cell->scene.lambda, "kappa", cell->scene.kappa, "factor",
                               rival_sizes[size]);
    printf("  %4.1f %4.2f  x %.2f %7.1f +-%-4.1f %5.0f  %4.2f  %4.2f  %3.0f %%  ", cell->scene.lambda, cell->scene.kappa,
           bench->rises ? 1 / rival_sizes[size] : rival_sizes[size], mean_of(&ours->mean), mean_error(&ours->mean),
           delays_quantile(ours, .5), delays_within(ours, 10), delays_within(ours, 20),
           100. * ours->censored / (ours->mean.n ? ours->mean.n : 1));
    for (int i = 0; i < SHOWN; i++) {
        if (!cell->delays[size][i].mean.n)
            continue;
        json_t *figures = delays_json(&cell->delays[size][i]);
        json_object_set_new(figures, "ratio", json_real(ratio(cell, size, i)));
        json_object_set_new(object, columns[i].key, figures);
    }
    printf("%5.2f  %7.1f  ", ratio(cell, size, 0), mean_of(&cell->delays[size][1].mean));
    for (int i = 2; i < SHOWN; i++)
        printf("%7.2f", ratio(cell, size, i));
    printf("\n");
    bench_add(bench, "delays", object);
}

struct products {
    struct product oracle[SIZES][SHOWN], earlier[SIZES];
};

static void print_means(struct bench *bench, const struct products *products) {
    printf("\nGeometric means over the cells of mean delay / oracle's, +- standard error, run by run on the same days\n"
           "(7 d < 30 d: over those cells that have a threshold)\n");
    for (int size = 0; size < SIZES; size++) {
        json_t *object = json_pack("{s:f}", "factor", rival_sizes[size]);
        printf("  x %.2f:", bench->rises ? 1 / rival_sizes[size] : rival_sizes[size]);
        for (int i = 0; i < SHOWN; i++)
            if (i != ORACLE && products->oracle[size][i].n) {
                double mean = product_of(&products->oracle[size][i]), error = product_error(&products->oracle[size][i]);
                char key[32];
                printf("  %s %.3f +- %.3f", columns[i].name, mean, error);
                snprintf(key, sizeof key, "%s_error", columns[i].key);
                json_object_set_new(object, columns[i].key, json_real(mean));
                json_object_set_new(object, key, json_real(error));
            }
        if (products->earlier[size].n) {
            double mean = product_of(&products->earlier[size]), error = product_error(&products->earlier[size]);
            printf("  ours / the earlier ours %.4f +- %.4f", mean, error);
            json_object_set_new(object, "earlier", json_pack("[f, f]", mean, error));
        }
        printf("\n");
        bench_add(bench, "geometric_means", object);
    }
}

static void print_shipped(struct bench *bench, const struct cell *cell) {
    const struct thresholds *t = &cell->thresholds;
    json_t *object = json_pack("{s:f, s:f}", "lambda", cell->scene.lambda, "kappa", cell->scene.kappa);
    printf("  %4.1f %4.2f  ARL0 as shipped:", cell->scene.lambda, cell->scene.kappa);
    static const int shipped[] = {RIVAL_EWMA_PLUG, RIVAL_CUSUM_PLUG, RIVAL_NAIVE};
    for (int i = 0; i < 3; i++) {
        double arl0 = t->shipped[shipped[i]];
        printf("  %s %.0f", columns[i + 4].name, arl0);
        json_object_set_new(object, columns[i + 4].key, isfinite(arl0) ? json_real(arl0) : json_null());
    }
    printf("\n");
    bench_add(bench, "as_shipped", object);
}

static void measure_cell(struct bench *bench, double lambda, double kappa, struct products *products) {
    struct cell cell = {.scene = bench_scene(bench, lambda, kappa)};
    char name[100] = "delay ";
    world_name(&cell.scene, name + strlen(name), sizeof name - strlen(name));
    rivals_calibrate(&cell.scene, bench->arl0, bench->seed, 2 * bench->runs, &cell.thresholds);
    for (int run = 0; run < bench->runs; run++) {
        run_cell(&cell, name, run, bench);
        bench_progress(name, run + 1, bench->runs);
    }
    for (int size = 0; size < SIZES; size++) {
        print_size(bench, &cell, size);
        for (int i = 0; i < SHOWN; i++)
            product_add(&products->oracle[size][i], &cell.pairs[size][i], &cell.delays[size][i].mean, &cell.delays[size][ORACLE].mean);
        product_add(&products->earlier[size], &cell.earlier[size].pairs, &cell.earlier[size].now, &cell.earlier[size].then);
        for (int i = 0; i < SHOWN; i++)
            delays_clear(&cell.delays[size][i]);
    }
    print_shipped(bench, &cell);
}

void part_delay(struct bench *bench) {
    struct products products = {0};
    printf("\nDelays: working days from a sustained fall, %d days after the warm-up, to the alarm; "
           "%d runs a cell, cut off (and counted so) after %d;\n"
           "runs that alarmed before aren't counted. Ratios: mean delay / the oracle's\n"
           "lambda kappa  fall    mean +- error  median <=10  <=20  cut off  ratio  oracle   known "
           "  not    EWMA  CUSUM  naive\n",
           CHANGE_AFTER, bench->runs, CENSOR_AFTER);
    for (int k = 0; k < KAPPAS; k++)
        for (int l = 0; l < LAMBDAS; l++)
            if (bench_wants(bench, bench_lambdas[l], bench_kappas[k]))
                measure_cell(bench, bench_lambdas[l], bench_kappas[k], &products);
    print_means(bench, &products);
}
