#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_PLAN = 1 << 21 };
enum {
    WARM_DAYS = 90,       /* before the first slip */
    ROOM_DAYS = 40,       /* after the last one, to be found in */
    PRESENT_DAYS = 10,    /* working days without leave after a slip has begun */
    LOOP_ROOM_DAYS = 120, /* to be answered in, and to end by itself */
    SLIPS_MAX = 1000,
    TRIES = 60,
};

static unsigned measures_of_role(enum org_role role) {
    unsigned measures = 0;
    for (int m = 0; m < ORG_MEASURES; m++)
        if (org_measures[m].rate[role] > 0 && (org_measures[m].watched >> role & 1))
            measures |= 1u << m;
    return measures;
}

/* Where a slip begins in the middle of a leave nobody could say when it began. */
static bool is_present(const struct org *org, int rep, int day) {
    int to = org_add_working_days(org, day, PRESENT_DAYS);
    for (int d = day; d <= to; d++)
        if (org_on_leave(org, rep, d))
            return false;
    return true;
}

static bool is_free(const struct org *org, int rep) {
    const struct org_rep *r = &org->reps[rep];
    if (r->team == org->dip.team || r->team == org->change.team || r->joins_on ||
        r->leaves_on != ORG_NEVER || r->moves_on != ORG_NEVER || rep == org->handover.rep ||
        rep == org->handover.to)
        return false;
    for (int i = 0; i < org->n_slips; i++)
        if (org->slips[i].rep == rep)
            return false;
    return true;
}

static int room_days(const struct org *org) {
    bool fits = org->setup.loop && org->setup.n_days >= WARM_DAYS + LOOP_ROOM_DAYS;
    return fits ? LOOP_ROOM_DAYS : ROOM_DAYS;
}

/* A rep without a slip yet and a day on which one can begin; false if none was found. */
static bool find_place(const struct org *org, struct rng *rng, int *ret_rep, int *ret_day) {
    for (int i = 0; i < TRIES; i++) {
        int rep = (int)rng_below(rng, (unsigned)org->setup.n_reps);
        int day = rng_range(rng, WARM_DAYS, org->setup.n_days - room_days(org));
        day = org_add_working_days(org, day, 0);
        if (is_free(org, rep) && is_present(org, rep, day)) {
            *ret_rep = rep;
            *ret_day = day;
            return true;
        }
    }
    return false;
}

/* One after the other, so that a few slips are of different kinds already. */
static unsigned choose_measure(const struct org *org, enum org_role role, int n) {
    unsigned of_role = measures_of_role(role), chosen[ORG_MEASURES] = {0}, count = 0;
    for (unsigned m = 0; m < ORG_MEASURES; m++)
        if (org_measures[m].planted && (of_role >> m & 1))
            chosen[count++] = 1u << m;
    return count ? chosen[(org->setup.seed % ORG_MEASURES + (unsigned)n) % count] : 0;
}

/* When it would be over by itself. */
static void draw_end(const struct org *org, struct rng *rng, struct org_slip *slip) {
    const bool loop = org->setup.loop;
    int days = loop ? rng_range(rng, 50, 90) : rng_range(rng, 25, 40);
    int until = org_add_working_days(org, slip->span.from, days);
    if (rng_chance(rng, loop ? 1 : .4) && until < org->setup.n_days - 20) {
        slip->span.to = until;
        slip->open = false;
    }
}

static int add_drawn_slip(struct org *org, struct rng *rng, int n) {
    static const double factors[] = {.5, .2, .7};
    static const double answered[] = {.5, .2, .4}; /* seen by whoever is to answer */
    struct org_slip slip = {.factor = org->setup.loop ? answered[n % 3] : factors[n % 3],
                            .open = true};
    int from;
    if (!find_place(org, rng, &slip.rep, &from))
        return 0;
    slip.measures = choose_measure(org, org->reps[slip.rep].role, n);
    slip.span = (struct org_span){from, org->setup.n_days - 1};
    draw_end(org, rng, &slip);
    return org_add_slip(org, &slip);
}

static int add_drawn_leaver(struct org *org, struct rng *rng) {
    struct org_slip slip = {.factor = 0, .open = true};
    int from;
    if (!find_place(org, rng, &slip.rep, &from))
        return 0;
    slip.measures = measures_of_role(org->reps[slip.rep].role);
    slip.span = (struct org_span){from, org->setup.n_days - 1};
    return org_add_slip(org, &slip);
}

static void draw_dip(struct org *org, struct rng *rng) {
    int days = org->setup.n_days;
    int from = org_add_working_days(org, rng_range(rng, days * 2 / 5, days * 3 / 5), 0);
    int to = org_add_working_days(org, from, rng_range(rng, 20, 30));
    org->dip = (struct org_dip){(int)rng_below(rng, (unsigned)org->n_teams), {from, to}, .65};
}

int plan_default(struct org *org) {
    struct rng rng;
    rng_seed(&rng, org->setup.seed, 0, STREAM_PLAN);
    int days = org->setup.n_days, reps = org->setup.n_reps;
    if (org->n_teams >= 2 && days >= WARM_DAYS + 2 * ROOM_DAYS)
        draw_dip(org, &rng);
    if (days < WARM_DAYS + ROOM_DAYS)
        return 0;
    int share = org->setup.loop ? 4 : 7;
    int wanted = reps / share < 1 ? 1 : reps / share > SLIPS_MAX ? SLIPS_MAX : reps / share;
    int rc = 0;
    for (int n = 0; n < wanted && rc == 0; n++)
        rc = add_drawn_slip(org, &rng, n);
    if (rc == 0 && reps >= 10)
        rc = add_drawn_leaver(org, &rng);
    org_sort_slips(org);
    return rc;
}

/* ---- what the caller asks for ---- */

enum { PARTS_MAX = 5, PART_SIZE = 48 };

/* The parts between colons; their number, or -1 where there are too many or one is too long or
 * empty. */
static int split(const char *text, char parts[PARTS_MAX][PART_SIZE]) {
    int n = 0;
    for (;; text++) {
        size_t len = strcspn(text, ":");
        if (n == PARTS_MAX || len == 0 || len >= PART_SIZE)
            return -1;
        memcpy(parts[n], text, len);
        parts[n++][len] = '\0';
        text += len;
        if (!*text)
            return n;
    }
}

static int complain(char *ret_why, const char *what, const char *value, const char *expected) {
    snprintf(ret_why, PLAN_TEXT_SIZE, "%s \"%s\": %s", what, value, expected);
    return -EINVAL;
}

static int parse_day(const struct org *org, const char *text, int *ret_day, char *ret_why) {
    pace_day date;
    if (day_parse(view_of(text), &date) < 0)
        return complain(ret_why, "the date", text, "write it as 2026-03-30");
    int64_t day = (int64_t)date - org->setup.start;
    if (day < 0 || day >= org->setup.n_days)
        return complain(ret_why, "the date", text, "it is not within the simulated days");
    *ret_day = (int)day;
    return 0;
}

/* Digits with at most one point: strtod would ask the locale. */
static int parse_factor(const char *text, double *ret_factor, char *ret_why) {
    double value = 0, unit = 1;
    bool point = false;
    size_t len = strspn(text, "0123456789.");
    for (size_t i = 0; i < len && i < 12; i++) {
        if (text[i] == '.') {
            if (point)
                len = 0;
            point = true;
        } else {
            value = value * 10 + (text[i] - '0');
            unit *= point ? 10 : 1;
        }
    }
    if (len == 0 || text[len] || strlen(text) > 8 || value / unit > 10)
        return complain(ret_why, "the factor", text,
                        "write a number from 0 to 10, .5 for half of it");
    *ret_factor = value / unit;
    return 0;
}

static int parse_measures(enum org_role role, const char *text, unsigned *ret_measures,
                          char *ret_why) {
    unsigned of_role = measures_of_role(role);
    if (strcmp(text, "all") == 0) {
        *ret_measures = of_role;
        return 0;
    }
    for (int m = 0; m < ORG_MEASURES; m++)
        if (strcmp(text, org_measures[m].name) == 0 && (of_role >> m & 1)) {
            *ret_measures = 1u << m;
            return 0;
        }
    return complain(
        ret_why, "the indicator", text,
        "sdr: calls connect_rate emails meetings_set show_rate speed_to_lead discovery; "
        "ae: emails meetings_held demos demo_to_proposal pipeline_created our_way; or "
        "all");
}

int plan_slip(struct org *org, const char *text, char *ret_why) {
    char parts[PARTS_MAX][PART_SIZE];
    int n = split(text, parts), rc;
    if (n < 4)
        return complain(ret_why, "the slip", text, "write REP:INDICATOR:DATE:FACTOR[:UNTIL]");
    struct org_slip slip = {.rep = org_find_rep(org, parts[0]), .open = n == 4};
    if (slip.rep < 0)
        return complain(ret_why, "the rep", parts[0],
                        "not one of this organisation; see --truth or --config");
    slip.span.to = org->setup.n_days - 1;
    if ((rc = parse_measures(org->reps[slip.rep].role, parts[1], &slip.measures, ret_why)) < 0 ||
        (rc = parse_day(org, parts[2], &slip.span.from, ret_why)) < 0 ||
        (rc = parse_factor(parts[3], &slip.factor, ret_why)) < 0 ||
        (n == 5 && (rc = parse_day(org, parts[4], &slip.span.to, ret_why)) < 0))
        return rc;
    if (slip.span.to < slip.span.from)
        return complain(ret_why, "the last day", parts[4], "it is before the first");
    return org_add_slip(org, &slip);
}

int plan_dip(struct org *org, const char *text, char *ret_why) {
    char parts[PARTS_MAX][PART_SIZE];
    int rc;
    if (split(text, parts) != 4)
        return complain(ret_why, "the dip", text, "write TEAM:DATE:FACTOR:UNTIL");
    struct org_dip dip = {.team = -1};
    for (int t = 0; t < org->n_teams; t++)
        if (strcmp(org->teams[t].name, parts[0]) == 0)
            dip.team = t;
    if (dip.team < 0)
        return complain(ret_why, "the team", parts[0],
                        "not one of this organisation; see --config");
    if ((rc = parse_day(org, parts[1], &dip.span.from, ret_why)) < 0 ||
        (rc = parse_factor(parts[2], &dip.factor, ret_why)) < 0 ||
        (rc = parse_day(org, parts[3], &dip.span.to, ret_why)) < 0)
        return rc;
    org->dip = dip;
    return 0;
}
