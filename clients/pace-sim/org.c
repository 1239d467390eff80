#include "org.h"

#include "pmath.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD (ORG_HELD_SHARE * (1 - ORG_DELETED_SHARE))

const struct org_kind_row org_kinds[ORG_KINDS] = {
    [KIND_CALL] = {"calls",
                   "outbound calls",
                   "sales.activity.call",
                   "/dialer",
                   "c",
                   {18, 5},
                   1 - ORG_INBOUND_SHARE,
                   "direction: outbound"},
    [KIND_EMAIL] =
        {"emails", "e-mails written", "sales.activity.email", "/mail", "e", {11, 6}, 1, NULL},
    [KIND_MEETING_SET] = {"meetings_set",
                          "meetings set",
                          "sales.activity.meeting",
                          "/crm",
                          "s",
                          {1.6, 0},
                          1 - ORG_DELETED_SHARE,
                          "outcome: [booked, held, no_show]"},
    [KIND_MEETING] = {"meetings_held",
                      "meetings held",
                      "sales.activity.meeting",
                      "/crm",
                      "m",
                      {0, 2.5},
                      HELD,
                      "outcome: held"},
    [KIND_DEMO] = {"demos",
                   "demos given",
                   "sales.activity.demo",
                   "/crm",
                   "d",
                   {0, 1.2},
                   HELD,
                   "outcome: held"},
    [KIND_PROPOSAL] = {"proposals",
                       "proposals sent",
                       "sales.activity.proposal",
                       "/crm",
                       "p",
                       {0, .7},
                       1 - ORG_DELETED_SHARE,
                       NULL},
};

const char *const org_role_names[ORG_ROLES] = {"sdr", "ae"};

static const char *const surnames[] = {
    "devries", "jansen",  "bakker",   "visser", "smit",    "meijer", "mulder", "bos",
    "vos",     "peters",  "hendriks", "dekker", "brouwer", "dewit",  "dijk",   "smits",
    "koster",  "willems", "kok",      "prins",  "huisman", "postma", "kuiper", "veen",
    "hughes",  "carter",  "walsh",    "doyle",  "ahmed",   "khan",   "rao",    "iyer",
    "mehta",   "nair",    "clarke",   "lopez",  "garcia",  "novak",  "horvat", "weber",
    "keller",  "moreau",  "girard",   "rossi",  "ferri",   "silva",  "costa",  "lind"};
static const char initials[] = "abcdefghijklmnoprstv";
enum { SURNAMES = sizeof(surnames) / sizeof(surnames[0]), INITIALS = sizeof(initials) - 1 };

static const char *const team_names[] = {"north", "south", "east",  "west",
                                         "city",  "coast", "lakes", "hills"};
enum { TEAM_NAMES = sizeof(team_names) / sizeof(team_names[0]) };

/* A few zones with different rules: two hemispheres, three dates of change, and one without any. */
static const char *const zones[] = {"Europe/Amsterdam", "Europe/Amsterdam", "Europe/London",
                                    "America/New_York", "Europe/Amsterdam", "Asia/Kolkata",
                                    "Australia/Sydney"};
enum { ZONES = sizeof(zones) / sizeof(zones[0]) };

static const struct { int month, dom; } days_off[] = {{1, 1}, {5, 1}, {12, 25}, {12, 26}};

/* Names of streams of random numbers; days use the numbers from 0. */
enum { STREAM_TEAMS = 1 << 20, STREAM_REP, STREAM_LEAVE };

enum { LEAVE_EVERY_DAYS = 182 };

bool org_is_day_off(const struct org *org, int day) {
    int year, month, dom;
    day_to_civil(org->setup.start + day, &year, &month, &dom);
    for (size_t i = 0; i < sizeof(days_off) / sizeof(days_off[0]); i++)
        if (days_off[i].month == month && days_off[i].dom == dom)
            return true;
    return false;
}

bool org_is_working_day(const struct org *org, int day) {
    return day_weekday(org->setup.start + day) < 5 && !org_is_day_off(org, day);
}

int org_add_working_days(const struct org *org, int day, int n) {
    for (;; day++)
        if (org_is_working_day(org, day) && n-- == 0)
            return day;
}

bool org_on_leave(const struct org *org, int rep, int day) {
    const struct org_span *leaves = org->leaves + (size_t)rep * (size_t)org->leaves_per_rep;
    for (int i = 0; i < org->leaves_per_rep; i++)
        if (day >= leaves[i].from && day <= leaves[i].to)
            return true;
    return false;
}

static bool in_span(struct org_span span, int day) {
    return day >= span.from && day <= span.to;
}

static double planted_factor(const struct org *org, int rep, enum org_kind kind, int day) {
    double factor = 1;
    const struct org_rep *r = &org->reps[rep];
    for (int i = r->first_slip; i >= 0 && i < org->n_slips && org->slips[i].rep == rep; i++)
        if ((org->slips[i].kinds >> kind & 1) && in_span(org->slips[i].span, day))
            factor *= org->slips[i].factor;
    if (r->team == org->dip.team && in_span(org->dip.span, day))
        factor *= org->dip.factor;
    return factor;
}

double org_mean(const struct org *org, int rep, enum org_kind kind, int day) {
    const struct org_rep *r = &org->reps[rep];
    double mean = (double)r->rate[kind] * (double)r->weekday[day_weekday(org->setup.start + day)];
    return mean > 0 ? mean * planted_factor(org, rep, kind, day) : 0;
}

double org_baseline(const struct org *org, int rep, enum org_kind kind) {
    return (double)org->reps[rep].rate[kind] * org_kinds[kind].counted * (1 - ORG_SICK_SHARE);
}

int org_find_rep(const struct org *org, const char *name) {
    for (int i = 0; i < org->setup.n_reps; i++)
        if (strcmp(org->reps[i].name, name) == 0)
            return i;
    return -1;
}

int org_add_slip(struct org *org, const struct org_slip *slip) {
    if (org->n_slips == org->slips_room) {
        int room = org->slips_room ? 2 * org->slips_room : 16;
        struct org_slip *slips = realloc(org->slips, (size_t)room * sizeof(*slips));
        if (!slips)
            return -ENOMEM;
        org->slips = slips;
        org->slips_room = room;
    }
    org->slips[org->n_slips++] = *slip;
    return 0;
}

static int slip_order(const void *a, const void *b) {
    const struct org_slip *x = a, *y = b;
    if (x->rep != y->rep)
        return x->rep < y->rep ? -1 : 1;
    if (x->span.from != y->span.from)
        return x->span.from < y->span.from ? -1 : 1;
    return (x->kinds > y->kinds) - (x->kinds < y->kinds);
}

void org_sort_slips(struct org *org) {
    if (org->n_slips)
        qsort(org->slips, (size_t)org->n_slips, sizeof(*org->slips), slip_order);
    for (int i = 0; i < org->setup.n_reps; i++)
        org->reps[i].first_slip = -1;
    for (int i = org->n_slips - 1; i >= 0; i--)
        org->reps[org->slips[i].rep].first_slip = i;
}

/* ---- making it ---- */

/* Unique for every number: all surnames, then all initials, then a number. */
static void name_person(char *buffer, size_t size, unsigned n) {
    unsigned surname = n * 29 % SURNAMES; /* 29 and the length of the table have no common factor */
    unsigned initial = (n / SURNAMES + n) % INITIALS; /* 49 steps a lap: no common factor either */
    unsigned round = n / (SURNAMES * INITIALS);
    if (round)
        snprintf(buffer, size, "%c.%s%u", initials[initial], surnames[surname], round + 1);
    else
        snprintf(buffer, size, "%c.%s", initials[initial], surnames[surname]);
}

static int team_size(const struct org *org, struct rng *rng, int team, int left) {
    if (org->setup.n_teams)
        return left / (org->setup.n_teams - team);
    int size = rng_range(rng, 6, 10);
    /* A rest too small for a team of its own joins the last one. */
    return left - size < 6 ? left : size;
}

static int make_team(struct org *org, struct rng *rng, int first_rep) {
    int t = org->n_teams, left = org->setup.n_reps - first_rep;
    struct org_team *team = &org->teams[t];
    if (t < TEAM_NAMES)
        snprintf(team->name, sizeof(team->name), "%s", team_names[(unsigned)t % TEAM_NAMES]);
    else
        snprintf(team->name, sizeof(team->name), "team-%d", t + 1);
    snprintf(team->manager, sizeof(team->manager), "lead.%s", team->name);
    team->tz = zones[(unsigned)t % ZONES];
    team->first_rep = first_rep;
    team->n_reps = team_size(org, rng, t, left);
    int rc = org->setup.zone(org->setup.zone_arg, team->tz, &team->zone);
    if (rc == 0)
        org->n_teams++;
    return rc;
}

/* Every third team has both roles, the others one of them. */
static enum org_role role_in_team(int team, int n_in_team) {
    return team % 3 == 2 ? (enum org_role)(n_in_team % 2) : (enum org_role)(team % 3);
}

static void draw_week(struct rng *rng, float weekday[7]) {
    double sum = 0;
    for (int d = 0; d < 5; d++)
        sum += weekday[d] = (float)pmath_exp(.1 * rng_normal(rng));
    for (int d = 0; d < 5; d++)
        weekday[d] = (float)(weekday[d] * 5 / sum);
    weekday[5] = weekday[6] = 0;
}

static void make_rep(struct org *org, int n, int team) {
    struct org_rep *rep = &org->reps[n];
    struct rng rng;
    rng_seed(&rng, org->setup.seed, (uint64_t)n, STREAM_REP);
    name_person(rep->name, sizeof(rep->name), (unsigned)n);
    rep->team = team;
    rep->role = role_in_team(team, n - org->teams[team].first_rep);
    rep->two_subjects = n % 5 == 1;
    rep->first_slip = -1;
    for (int k = 0; k < ORG_KINDS; k++)
        rep->rate[k] = (float)(org_kinds[k].mean[rep->role] * pmath_exp(.3 * rng_normal(&rng)));
    draw_week(&rng, rep->weekday);
    rep->dispersion = (float)rng_between(&rng, .05, .3);
    rep->late_share = org->setup.no_late ? 0 : (float)rng_between(&rng, .05, .15);
}

/* About one block of 5 to 15 working days in each half year, at any time of it. */
static void draw_leaves(struct org *org, int rep) {
    struct rng rng;
    rng_seed(&rng, org->setup.seed, (uint64_t)rep, STREAM_LEAVE);
    for (int i = 0; i < org->leaves_per_rep; i++) {
        struct org_span *leave =
            &org->leaves[(size_t)rep * (size_t)org->leaves_per_rep + (size_t)i];
        int from = org_add_working_days(
            org, i * LEAVE_EVERY_DAYS + (int)rng_below(&rng, LEAVE_EVERY_DAYS), 0);
        int to = org_add_working_days(org, from, rng_range(&rng, 5, 15) - 1);
        bool taken = rng_chance(&rng, .9) && from < org->setup.n_days && !org->setup.no_leave;
        *leave = taken ? (struct org_span){from, to} : (struct org_span){0, -1};
    }
}

static int fill(struct org *org) {
    struct rng rng;
    rng_seed(&rng, org->setup.seed, 0, STREAM_TEAMS);
    for (int rep = 0; rep < org->setup.n_reps;) {
        int rc = make_team(org, &rng, rep);
        if (rc < 0)
            return rc;
        for (int end = rep + org->teams[org->n_teams - 1].n_reps; rep < end; rep++) {
            make_rep(org, rep, org->n_teams - 1);
            draw_leaves(org, rep);
        }
    }
    return 0;
}

int org_create(const struct org_setup *setup, struct org **ret_org) {
    struct org *org = calloc(1, sizeof(*org));
    if (!org)
        return -ENOMEM;
    size_t n = (size_t)setup->n_reps;
    org->setup = *setup;
    org->dip = (struct org_dip){-1, {0, -1}, 1};
    org->leaves_per_rep = (setup->n_days + LEAVE_EVERY_DAYS - 1) / LEAVE_EVERY_DAYS;
    org->teams = calloc(n, sizeof(*org->teams)); /* never more teams than reps */
    org->reps = calloc(n, sizeof(*org->reps));
    org->leaves = calloc(n * (size_t)org->leaves_per_rep, sizeof(*org->leaves));
    int rc = org->teams && org->reps && org->leaves ? fill(org) : -ENOMEM;
    if (rc < 0)
        org_destroy(&org);
    else
        *ret_org = org;
    return rc;
}

void org_destroy(struct org **org) {
    if (!*org)
        return;
    free((*org)->teams);
    free((*org)->reps);
    free((*org)->leaves);
    free((*org)->slips);
    free(*org);
    *org = NULL;
}
