#include "score.h"

#include "score_input.h"
#include "score_loop.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AFTER_DAYS =
        14, /* calendar days after the end of something in which a warning still belongs to it */
    NAME_WIDTH = 22,
};

static const char *const kinds[] = {"slip",    "relapsed",      "recovered",  "rebased",
                                    "no_data", "source_silent", "team_shift", "revised"};
enum { SCORE_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* How the warnings that belong to nothing planted came about, as far as one can see. */
struct score {
    const struct truth *truth;
    int kinds[SCORE_KINDS]; /* warnings of each kind, whatever they belong to */
    int found, followed, other, other_pushed, other_leave, other_dip, other_days_off, asked,
        asked_leave, other_shifts;
    double median_delay_days; /* negative: none was found */
};

static bool is_slip(const struct warning *warning) {
    return strcmp(warning->kind, "slip") == 0 || strcmp(warning->kind, "relapsed") == 0;
}

/* ---- matching ---- */

static bool is_listed(const json_t *list, const char *name) {
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value) {
        const char *text = json_string_value(value);
        if (text && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

static bool is_shift(const struct warning *warning) {
    return strcmp(warning->kind, "team_shift") == 0;
}

/* What several reps of a team do together is told once, of the team, and names them. */
static bool is_about(const struct warning *warning, const char *rep) {
    return is_shift(warning) ? is_listed(warning->members, rep) : strcmp(rep, warning->subject) == 0;
}

static bool belongs_to(const struct planted *slip, const struct warning *warning) {
    return is_about(warning, slip->rep) &&
           (slip->left ? !is_shift(warning) : strcmp(slip->indicator, warning->indicator) == 0) &&
           warning->raised_on >= slip->from && warning->raised_on <= slip->until + AFTER_DAYS;
}

static bool match_planted(struct truth *truth, const struct warning *warning) {
    bool belongs = false;
    for (size_t i = 0; i < truth->n_slips; i++) {
        struct planted *slip = &truth->slips[i];
        if (!belongs_to(slip, warning))
            continue;
        belongs = true;
        if (!slip->warning)
            slip->warning = warning;
    }
    return belongs;
}

/* What falls with a planted slip is neither found nor chance. */
static bool follows_from(const struct truth *truth, const struct warning *warning) {
    for (size_t i = 0; i < truth->n_slips; i++) {
        const struct planted *slip = &truth->slips[i];
        if (strcmp(slip->rep, warning->subject) == 0 &&
            is_listed(slip->moves, warning->indicator) && warning->raised_on >= slip->from &&
            warning->raised_on <= slip->until + AFTER_DAYS)
            return true;
    }
    return false;
}

static bool is_caught(const struct decoy *decoy, const struct warning *warning) {
    return warning->raised_on >= decoy->from && warning->raised_on <= decoy->to &&
           (!*decoy->rep || strcmp(decoy->rep, warning->subject) == 0) &&
           (!*decoy->team || strcmp(decoy->team, warning->team) == 0) &&
           is_listed(decoy->kinds, warning->kind) &&
           (json_array_size(decoy->indicators) == 0 ||
            is_listed(decoy->indicators, warning->indicator));
}

static void match_decoys(struct truth *truth, const struct warning *warning) {
    for (size_t i = 0; i < truth->n_decoys; i++)
        if (!truth->decoys[i].warning && is_caught(&truth->decoys[i], warning))
            truth->decoys[i].warning = warning;
}

static bool in_dip(const struct truth *truth, const struct warning *warning) {
    for (size_t i = 0; i < truth->n_dips; i++) {
        const struct dip *dip = &truth->dips[i];
        if (strcmp(dip->team, warning->team) == 0 && warning->raised_on >= dip->from &&
            warning->raised_on <= dip->to + AFTER_DAYS)
            return true;
    }
    return false;
}

static bool after_days_off(const struct truth *truth, pace_day day) {
    for (size_t i = 0; i < truth->n_days_off; i++)
        if (day >= truth->days_off[i] && day <= truth->days_off[i] + AFTER_DAYS)
            return true;
    return false;
}

static void count_other(struct score *score, const struct warning *warning) {
    const struct truth *truth = score->truth;
    score->other++;
    score->other_pushed += warning->push;
    if (truth_on_leave(truth, warning->subject, warning->raised_on, AFTER_DAYS))
        score->other_leave++;
    else if (in_dip(truth, warning))
        score->other_dip++;
    else if (after_days_off(truth, warning->raised_on))
        score->other_days_off++;
}

static void match_shift(struct truth *truth, struct score *score, const struct warning *warning) {
    for (size_t i = 0; i < truth->n_dips; i++) {
        struct dip *dip = &truth->dips[i];
        if (strcmp(dip->team, warning->team) != 0 || warning->raised_on < dip->from ||
            warning->raised_on > dip->to + AFTER_DAYS)
            continue;
        if (!dip->warning)
            dip->warning = warning;
        return;
    }
    score->other_shifts += !match_planted(truth, warning);
}

static void match_warning(struct truth *truth, struct score *score, const struct warning *warning) {
    for (int k = 0; k < SCORE_KINDS; k++)
        score->kinds[k] += strcmp(warning->kind, kinds[k]) == 0;
    match_decoys(truth, warning);
    if (is_shift(warning)) {
        match_shift(truth, score, warning);
    } else if (is_slip(warning)) {
        if (match_planted(truth, warning))
            return;
        if (follows_from(truth, warning))
            score->followed++;
        else
            count_other(score, warning);
    } else if (strcmp(warning->kind, "no_data") == 0 && !match_planted(truth, warning)) {
        score->asked++;
        score->asked_leave +=
            truth_on_leave(truth, warning->subject, warning->raised_on, AFTER_DAYS);
    }
}

static int delay_days(const struct truth *truth, const struct planted *slip) {
    return truth_working_days(truth, slip->rep, slip->from, slip->warning->raised_on);
}

static int int_order(const void *a, const void *b) {
    const int *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int measure(struct truth *truth, struct score *score) {
    int *delays = malloc((truth->n_slips + 1) * sizeof(*delays)), n = 0;
    if (!delays)
        return -ENOMEM;
    for (size_t i = 0; i < truth->n_slips; i++)
        if (truth->slips[i].warning)
            delays[n++] = delay_days(truth, &truth->slips[i]);
    qsort(delays, (size_t)n, sizeof(*delays), int_order);
    score->found = n;
    int low = (n - 1) / 2, high = n / 2;
    score->median_delay_days = n ? (delays[low] + delays[high]) * .5 : -1;
    free(delays);
    return 0;
}

/* ---- as a table ---- */

static void print_slip(const struct truth *truth, const struct planted *slip) {
    char begun[DAY_TEXT_SIZE], warned[DAY_TEXT_SIZE], since[DAY_TEXT_SIZE];
    char change[16];
    if (slip->left)
        snprintf(change, sizeof(change), "left");
    else
        snprintf(change, sizeof(change), "%+d %%", slip->change_percent);
    printf("%-*.*s %-14s %7s  %s  ", NAME_WIDTH, NAME_WIDTH, slip->rep,
           slip->left ? "all" : slip->indicator, change, day_format(slip->from, begun));
    if (!slip->warning) {
        printf("%-10s %6s  %-10s  \n", "missed", "-", "-");
        return;
    }
    printf("%s %4d d  %-10s  %s%s\n", day_format(slip->warning->raised_on, warned),
           delay_days(truth, slip), day_format(slip->warning->since, since), slip->warning->kind,
           slip->warning->push ? "" : ", not pushed");
}

static void print_dip(const struct truth *truth, const struct dip *dip) {
    char from[DAY_TEXT_SIZE], to[DAY_TEXT_SIZE], told[DAY_TEXT_SIZE];
    printf("Team dip:      %s, %s to %s: ", dip->team, day_format(dip->from, from),
           day_format(dip->to, to));
    if (dip->warning)
        printf("told on %s, after %d working days.\n", day_format(dip->warning->raised_on, told),
               truth_working_days(truth, NULL, dip->from, dip->warning->raised_on));
    else
        printf("missed.\n");
}

static void print_counts(const struct score *score, double expected) {
    printf("Planted:       %zu, of which %d found", score->truth->n_slips, score->found);
    if (score->found)
        printf("; median delay %.1f working days", score->median_delay_days);
    if (score->followed)
        printf("; %d more warnings of what falls with them", score->followed);
    printf(".\nOther slips:   %d raised (%d pushed): %d within two weeks of a leave, %d with their "
           "team, "
           "%d around public holidays.\n",
           score->other, score->other_pushed, score->other_leave, score->other_dip,
           score->other_days_off);
    if (expected >= 0)
        printf("By chance:     %.1f are expected.\n", expected);
    printf("Asked:         %d times why a rep was silent, %d of them rightly about a leave.\n",
           score->asked, score->asked_leave);
}

/* The decoys of one name, which stand one after the other. */
static size_t decoys_alike(const struct truth *truth, size_t first, int *ret_quiet) {
    size_t i = first;
    *ret_quiet = 0;
    for (; i < truth->n_decoys && strcmp(truth->decoys[i].name, truth->decoys[first].name) == 0;
         i++)
        *ret_quiet += truth->decoys[i].warning == NULL;
    return i - first;
}

static void print_decoys(const struct truth *truth) {
    size_t n;
    int quiet;
    for (size_t i = 0; i < truth->n_decoys; i += n) {
        n = decoys_alike(truth, i, &quiet);
        printf("%s %-26s %3d of %zu quiet",
               i ? "              " : "Decoys:       ", truth->decoys[i].name, quiet, n);
        for (size_t j = i; j < i + n; j++) {
            const struct warning *warning = truth->decoys[j].warning;
            char day[DAY_TEXT_SIZE];
            if (!warning)
                continue;
            printf("; first %s%s%s about %s on %s", warning->kind,
                   *warning->indicator ? " of " : "", warning->indicator,
                   *warning->subject ? warning->subject : warning->team,
                   day_format(warning->raised_on, day));
            break;
        }
        putchar('\n');
    }
}

static void print_kinds(const struct score *score) {
    const char *comma = "";
    printf("By kind:       ");
    for (int k = 0; k < SCORE_KINDS; k++)
        if (score->kinds[k]) {
            printf("%s%s %d", comma, kinds[k], score->kinds[k]);
            comma = ", ";
        }
    printf(".\n");
}

static void print_table(const struct score *score, double expected) {
    const struct truth *truth = score->truth;
    printf("%-*s %-14s %7s  %-10s  %-10s %6s  %-10s  %s\n", NAME_WIDTH, "rep", "indicator",
           "change", "begun", "warned on", "delay", "since", "as");
    for (size_t i = 0; i < truth->n_slips; i++)
        print_slip(truth, &truth->slips[i]);
    printf("\n");
    print_counts(score, expected);
    for (size_t i = 0; i < truth->n_dips; i++)
        print_dip(truth, &truth->dips[i]);
    if (score->other_shifts)
        printf("Other shifts:  %d of a team.\n", score->other_shifts);
    print_decoys(truth);
    print_kinds(score);
    if (truth->answered)
        score_loop_print(truth);
}

/* ---- as JSON ---- */

static json_t *json_day(pace_day day) {
    char text[DAY_TEXT_SIZE];
    return day == DAY_NONE ? json_null() : json_string(day_format(day, text));
}

static json_t *slip_to_json(const struct truth *truth, const struct planted *slip) {
    const struct warning *warning = slip->warning;
    json_t *object =
        json_pack("{s:s, s:s, s:b, s:i, s:o, s:b}", "rep", slip->rep, "indicator",
                  slip->left ? "all" : slip->indicator, "left", slip->left, "change_percent",
                  slip->change_percent, "from", json_day(slip->from), "found", warning != NULL);
    if (object && warning)
        json_object_update_new(object,
                               json_pack("{s:o, s:o, s:s, s:b, s:i}", "raised_on",
                                         json_day(warning->raised_on), "since",
                                         json_day(warning->since), "kind", warning->kind, "push",
                                         warning->push, "delay_days", delay_days(truth, slip)));
    return object;
}

static json_t *dip_to_json(const struct truth *truth, const struct dip *dip) {
    json_t *object =
        json_pack("{s:s, s:o, s:o, s:b}", "team", dip->team, "from", json_day(dip->from), "to",
                  json_day(dip->to), "found", dip->warning != NULL);
    if (object && dip->warning)
        json_object_update_new(
            object,
            json_pack("{s:o, s:i}", "raised_on", json_day(dip->warning->raised_on), "delay_days",
                      truth_working_days(truth, NULL, dip->from, dip->warning->raised_on)));
    return object;
}

static json_t *decoys_to_json(const struct truth *truth) {
    json_t *list = json_array();
    size_t n;
    int quiet;
    for (size_t i = 0; i < truth->n_decoys; i += n) {
        n = decoys_alike(truth, i, &quiet);
        json_array_append_new(list, json_pack("{s:s, s:i, s:i}", "decoy", truth->decoys[i].name,
                                              "n", (int)n, "quiet", quiet));
    }
    return list;
}

static json_t *kinds_to_json(const struct score *score) {
    json_t *object = json_object();
    for (int k = 0; k < SCORE_KINDS; k++)
        json_object_set_new(object, kinds[k], json_integer(score->kinds[k]));
    return object;
}

static int print_json(const struct score *score, double expected) {
    const struct truth *truth = score->truth;
    json_t *slips = json_array(), *dips = json_array();
    for (size_t i = 0; i < truth->n_slips; i++)
        json_array_append_new(slips, slip_to_json(truth, &truth->slips[i]));
    for (size_t i = 0; i < truth->n_dips; i++)
        json_array_append_new(dips, dip_to_json(truth, &truth->dips[i]));
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:i, s:i, s:i, s:i, s:i, s:o, s:i, s:i, s:i}",
        "planted", slips, "dips", dips, "decoys", decoys_to_json(truth), "kinds",
        kinds_to_json(score), "followed", score->followed, "found", score->found,
        "median_delay_days", score->found ? json_real(score->median_delay_days) : json_null(),
        "other_slips", score->other, "other_pushed", score->other_pushed, "other_on_leave",
        score->other_leave, "other_in_dip", score->other_dip, "other_after_days_off",
        score->other_days_off, "expected", expected >= 0 ? json_real(expected) : json_null(),
        "asked", score->asked, "asked_about_leave", score->asked_leave, "other_team_shifts",
        score->other_shifts);
    if (!object)
        return -ENOMEM;
    if (truth->answered)
        score_loop_to_json(truth, object);
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(object);
    return 0;
}

int score_run(const struct score_options *options) {
    struct truth *truth = NULL;
    struct warning_list warnings = {0};
    int rc = truth_read(options->truth, &truth);
    if (rc == 0)
        rc = warnings_read(options->alerts, &warnings);
    if (rc == 0) {
        struct score score = {.truth = truth};
        for (size_t i = 0; i < warnings.n; i++)
            match_warning(truth, &score, &warnings.items[i]);
        rc = measure(truth, &score);
        if (rc == 0 && truth->answered)
            rc = score_loop_match(truth, &warnings);
        if (rc == 0 && options->json)
            rc = print_json(&score, options->expected);
        else if (rc == 0)
            print_table(&score, options->expected);
    }
    warnings_free(&warnings);
    truth_free(&truth);
    return rc;
}
