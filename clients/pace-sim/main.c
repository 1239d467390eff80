/*
 * pace-sim - a realistic sales organisation, as events, with slips that are known: to try paced on,
 * and to measure it.
 */
#include "activity.h"
#include "line.h"
#include "live.h"
#include "loop.h"
#include "pace/error.h"
#include "plan.h"
#include "score.h"
#include "truth.h"
#include "tzfile.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OK, EXIT_NO, EXIT_USAGE };
enum { LISTED_MAX = 64, HOURS_EAST = 14 };
enum { WITHOUT = 256 }; /* options that switch a nuisance off: + enum org_nuisance */

static const char usage[] =
    "usage: pace-sim [--seed N] [--reps N] [--days N] [--teams N] [--start DATE]\n"
    "                [--no-leave] [--no-late] [--no-friday] [--no-part-time] [--no-roster]\n"
    "                [--no-outage] [--no-reassign] [--no-change] [--no-goals] [--plain]\n"
    "                [--slip REP:INDICATOR:DATE:FACTOR[:UNTIL]]... [--slip none]\n"
    "                [--dip TEAM:DATE:FACTOR:UNTIL] [--loop | --live] [--truth FILE]\n"
    "                [--config FILE] > events.ndjson\n"
    "       pace-sim score --truth FILE --alerts FILE [--expected X] [--json]\n"
    "       pace-sim --help | --version\n";

struct options {
    struct org_setup setup;
    const char *truth, *config, *dip;
    const char *slips[LISTED_MAX];
    int n_slips;
};

/* Decimal digits only. 0 or -EINVAL. */
static int parse_number(const char *text, uint64_t lo, uint64_t hi, uint64_t *ret_number) {
    uint64_t n = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 19 || strspn(text, "0123456789") != len)
        return -EINVAL;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (uint64_t)(text[i] - '0');
    if (n < lo || n > hi)
        return -EINVAL;
    *ret_number = n;
    return 0;
}

static int parse_int(const char *name, const char *text, int lo, int hi, int *ret_number) {
    uint64_t n;
    if (parse_number(text, (uint64_t)lo, (uint64_t)hi, &n) < 0) {
        fprintf(stderr, "pace-sim: --%s \"%s\" is not a number from %d to %d\n", name, text, lo,
                hi);
        return -EINVAL;
    }
    *ret_number = (int)n;
    return 0;
}

static int parse_start(const char *text, pace_day *ret_day) {
    pace_day day;
    if (day_parse(view_of(text), &day) < 0 || day < day_from_civil(1971, 1, 1) ||
        day > day_from_civil(2090, 1, 1)) {
        fprintf(stderr, "pace-sim: --start \"%s\" is not a date from 1971-01-01 to 2090-01-01\n",
                text);
        return -EINVAL;
    }
    *ret_day = day;
    return 0;
}

static const struct option long_options[] = {
    {"seed", required_argument, NULL, 's'},
    {"reps", required_argument, NULL, 'r'},
    {"days", required_argument, NULL, 'd'},
    {"teams", required_argument, NULL, 't'},
    {"start", required_argument, NULL, 'b'},
    {"slip", required_argument, NULL, 'p'},
    {"dip", required_argument, NULL, 'i'},
    {"loop", no_argument, NULL, 'l'},
    {"live", no_argument, NULL, 'L'},
    {"truth", required_argument, NULL, 'T'},
    {"config", required_argument, NULL, 'C'},
    {"plain", no_argument, NULL, 'P'}, /* none of the nuisances */
    {"no-leave", no_argument, NULL, WITHOUT + NUISANCE_LEAVE},
    {"no-late", no_argument, NULL, WITHOUT + NUISANCE_LATE},
    {"no-friday", no_argument, NULL, WITHOUT + NUISANCE_FRIDAY},
    {"no-part-time", no_argument, NULL, WITHOUT + NUISANCE_PART_TIME},
    {"no-roster", no_argument, NULL, WITHOUT + NUISANCE_ROSTER},
    {"no-outage", no_argument, NULL, WITHOUT + NUISANCE_OUTAGE},
    {"no-reassign", no_argument, NULL, WITHOUT + NUISANCE_REASSIGN},
    {"no-change", no_argument, NULL, WITHOUT + NUISANCE_CHANGE},
    {"no-goals", no_argument, NULL, WITHOUT + NUISANCE_GOALS},
    {NULL, 0, NULL, 0}};

static int take_slip(struct options *options, const char *text) {
    if (options->n_slips == LISTED_MAX) {
        fprintf(stderr, "pace-sim: more than %d times --slip\n", LISTED_MAX);
        return -EINVAL;
    }
    options->slips[options->n_slips++] = text;
    return 0;
}

static int take_option(struct options *options, int option, const char *value) {
    struct org_setup *setup = &options->setup;
    if (option >= WITHOUT) {
        setup->without |= 1u << (option - WITHOUT);
        return 0;
    }
    switch (option) {
    case 's':
        if (parse_number(value, 0, UINT64_C(9999999999999999999), &setup->seed) == 0)
            return 0;
        fprintf(stderr, "pace-sim: --seed \"%s\" is not a number\n", value);
        return -EINVAL;
    case 'r':
        return parse_int("reps", value, 1, ORG_REPS_MAX, &setup->n_reps);
    case 'd':
        return parse_int("days", value, 1, ORG_DAYS_MAX, &setup->n_days);
    case 't':
        return parse_int("teams", value, 1, ORG_REPS_MAX, &setup->n_teams);
    case 'b':
        return parse_start(value, &setup->start);
    case 'P':
        setup->without = (1u << ORG_NUISANCES) - 1;
        return 0;
    case 'L':
        setup->live = setup->loop = true;
        return 0;
    case 'l':
        setup->loop = true;
        return 0;
    case 'p':
        return take_slip(options, value);
    case 'i':
        options->dip = value;
        return 0;
    case 'T':
        options->truth = value;
        return 0;
    case 'C':
        options->config = value;
        return 0;
    }
    fputs(usage, stderr);
    return -EINVAL;
}

static int read_options(int argc, char **argv, struct options *ret_options) {
    struct options options = {.setup = {.seed = 1, .n_reps = 40, .n_days = 365}};
    options.setup.start = day_from_civil(2025, 9, 1);
    int option, rc = 0;
    while (rc == 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        rc = take_option(&options, option, optarg);
    if (rc == 0 && optind < argc) {
        fprintf(stderr, "pace-sim: \"%s\" is not expected here\n%s", argv[optind], usage);
        rc = -EINVAL;
    }
    if (rc == 0 && options.setup.n_teams > options.setup.n_reps) {
        fprintf(stderr, "pace-sim: %d teams need at least as many reps\n", options.setup.n_teams);
        rc = -EINVAL;
    }
    if (rc == 0 && options.setup.loop && options.setup.n_reps > LOOP_REPS_MAX) {
        fprintf(stderr, "pace-sim: --loop with more than %d reps\n", LOOP_REPS_MAX);
        rc = -EINVAL;
    }
    if (rc == 0)
        *ret_options = options;
    return rc;
}

/* ---- making events ---- */

static int plan(struct org *org, const struct options *options) {
    char why[PLAN_TEXT_SIZE] = "";
    bool none = options->n_slips == 1 && strcmp(options->slips[0], "none") == 0;
    int rc = 0;
    if (options->n_slips == 0 && !options->dip)
        return plan_default(org);
    for (int i = 0; i < options->n_slips && !none && rc == 0; i++)
        rc = plan_slip(org, options->slips[i], why);
    if (rc == 0 && options->dip)
        rc = plan_dip(org, options->dip, why);
    if (rc < 0)
        fprintf(stderr, "pace-sim: %s\n", *why ? why : pace_strerror(rc));
    org_sort_slips(org);
    return rc;
}

static int write_line(void *arg, const struct item *item) {
    return line_write(arg, item);
}

static int print_events(struct org *org, struct agenda *agenda, struct line_writer *writer) {
    int days = org->setup.n_days, rc = 0;
    agenda_start(agenda, org_day_start_s(org, 0));
    for (int day = -ORG_AHEAD_DAYS; day < days && rc == 0; day++) {
        rc = activity_generate(org, day, agenda);
        /* The next day begins in the east before it does at Greenwich. What arrives after the end
         * isn't there yet. */
        if (rc == 0 && day >= 0)
            rc = agenda_flush(agenda, org_day_start_s(org, day + 1) - HOURS_EAST * 3600,
                              write_line, writer);
        if (rc == 0 && day >= 0 && org->setup.live && (rc = line_flush(writer)) == 0)
            rc = live_exchange(org, day + 1, writer->file, stdin);
    }
    if (rc == 0)
        rc = agenda_flush(agenda, org_day_start_s(org, days), write_line, writer);
    if (rc == 0)
        rc = line_flush(writer);
    if (rc == 0 && fflush(writer->file) != 0)
        rc = -errno;
    return rc;
}

static int print_all(struct org *org) {
    struct agenda *agenda = calloc(1, sizeof(*agenda));
    struct line_writer *writer = malloc(sizeof(*writer));
    int rc = -ENOMEM;
    if (agenda && writer) {
        line_start(writer, org, stdout);
        rc = print_events(org, agenda, writer);
        agenda_end(agenda);
    }
    free(agenda);
    free(writer);
    return rc;
}

/* Says what went wrong with `what`; gives the exit code. */
static int verdict(int rc, const char *what) {
    if (rc == 0)
        return EXIT_OK;
    fprintf(stderr, "pace-sim: %s: %s\n", what, pace_strerror(rc));
    return EXIT_NO;
}

static int simulate_org(struct org *org, const struct options *options) {
    struct loop *loop = NULL;
    int code = EXIT_OK;
    if (plan(org, options) < 0)
        return EXIT_USAGE;
    if (options->setup.loop)
        code = verdict(loop_create(org, &loop), "the other half");
    /* What comes of coaching is known at the end only. */
    if (code == EXIT_OK && options->truth && !loop)
        code = verdict(truth_write(org, options->truth), options->truth);
    if (code == EXIT_OK && options->config)
        code = verdict(truth_write_config(org, options->config), options->config);
    if (code == EXIT_OK)
        code = verdict(print_all(org), "standard output");
    if (code == EXIT_OK && options->truth && loop)
        code = verdict(truth_write(org, options->truth), options->truth);
    loop_destroy(&loop);
    return code;
}

static int zone_by_name(void *arg, const char *name, const struct zone **ret_zone) {
    return zone_table_get(arg, name, ret_zone);
}

static int simulate(int argc, char **argv) {
    struct options options;
    if (read_options(argc, argv, &options) < 0)
        return EXIT_USAGE;
    struct zone_table *zones = zone_table_create();
    struct org *org = NULL;
    options.setup.zone = zone_by_name;
    options.setup.zone_arg = zones;
    int code = verdict(zones ? org_create(&options.setup, &org) : -ENOMEM,
                       "the organisation (is tzdata installed?)");
    if (code == EXIT_OK)
        code = simulate_org(org, &options);
    org_destroy(&org);
    zone_table_destroy(&zones);
    return code;
}

/* ---- score ---- */

static const struct option score_long_options[] = {{"truth", required_argument, NULL, 'T'},
                                                   {"alerts", required_argument, NULL, 'A'},
                                                   {"expected", required_argument, NULL, 'x'},
                                                   {"json", no_argument, NULL, 'j'},
                                                   {NULL, 0, NULL, 0}};

static int parse_expected(const char *text, double *ret_value) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value < 1e9)) {
        fprintf(stderr, "pace-sim: --expected \"%s\" is not a number\n", text);
        return -EINVAL;
    }
    *ret_value = value;
    return 0;
}

static int score(int argc, char **argv) {
    struct score_options options = {.expected = -1};
    int option;
    while ((option = getopt_long(argc, argv, "", score_long_options, NULL)) != -1) {
        if (option == 'T')
            options.truth = optarg;
        else if (option == 'A')
            options.alerts = optarg;
        else if (option == 'j')
            options.json = true;
        else if (option != 'x' || parse_expected(optarg, &options.expected) < 0)
            return EXIT_USAGE;
    }
    if (optind < argc || !options.truth || !options.alerts) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return score_run(&options) < 0 ? EXIT_NO : EXIT_OK;
}

int main(int argc, char **argv) {
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (strcmp(first, "--version") == 0) {
        puts("pace-sim " PACED_VERSION);
        return EXIT_OK;
    }
    if (strcmp(first, "score") == 0)
        return score(argc - 1, argv + 1);
    return simulate(argc, argv);
}
