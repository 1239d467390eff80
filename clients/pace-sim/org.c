#include "org.h"

#include "pmath.h"
#include "room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD (ORG_HELD_SHARE * (1 - ORG_DELETED_SHARE))
#define BIT(measure) (1u << (measure))

enum { SDR = 1 << ROLE_SDR, AE = 1 << ROLE_AE };

const struct org_kind_row org_kinds[ORG_KINDS] = {
    [KIND_CALL] = {"sales.activity.call", "/dialer", "c", MEASURE_CALLS, {0}},
    [KIND_EMAIL] = {"sales.activity.email", "/mail", "e", MEASURE_EMAILS, {0}},
    [KIND_MEETING_SET] = {"sales.activity.meeting", "/crm", "s", MEASURE_MEETINGS_SET, {0}},
    [KIND_MEETING] = {"sales.activity.meeting", "/calendar", "m", MEASURE_MEETINGS_HELD, {0}},
    [KIND_DEMO] = {"sales.activity.demo", "/calendar", "d", MEASURE_DEMOS, {0}},
    [KIND_LEAD] = {"sales.lead.assigned", "/crm", "l", MEASURE_NONE, {3, 0}},
    [KIND_OBSERVATION] = {"sales.coaching.observation", "/coach", "b", MEASURE_NONE, {.25, .1}},
    [KIND_PROPOSAL] = {"sales.activity.proposal", "/crm", "p", MEASURE_NONE, {0}},
    [KIND_ATTENDANCE] = {"sales.activity.appointment", "/calendar", "t", MEASURE_NONE, {0}},
    [KIND_MESSAGE] = {"sales.activity.message", "/dialer", "a", MEASURE_NONE, {0}},
    [KIND_SYNC] = {"sales.source.synced", NULL, "y", MEASURE_NONE, {0}},
    [KIND_HEARTBEAT] = {"sales.source.heartbeat", NULL, "w", MEASURE_NONE, {0}},
    [KIND_ABSENCE] = {"sales.absence.set", "/hr", "h", MEASURE_NONE, {0}},
    [KIND_JOINED] = {"sales.rep.joined", "/hr", "j", MEASURE_NONE, {0}},
    [KIND_LEFT] = {"sales.rep.left", "/hr", "x", MEASURE_NONE, {0}},
    [KIND_MOVED] = {"sales.rep.moved", "/hr", "v", MEASURE_NONE, {0}},
    [KIND_CHANGE] = {"sales.change.introduced", "/hr", "n", MEASURE_NONE, {0}},
    [KIND_GOAL] = {"sales.goal.set", "/goals", "g", MEASURE_NONE, {0}},
    [KIND_SESSION] = {"sales.coaching.session", "/coach", "i", MEASURE_NONE, {0}},
    [KIND_SESSION_AGAIN] = {"sales.coaching.session", "/calendar", "z", MEASURE_NONE, {0}},
    [KIND_PROMISE] = {"sales.commitment.made", "/coach", "k", MEASURE_NONE, {0}},
    [KIND_RECOGNITION] = {"sales.recognition.given", "/coach", "r", MEASURE_NONE, {0}},
    [KIND_ACKNOWLEDGED] = {"sales.goal.acknowledged", "/goals", "q", MEASURE_NONE, {0}},
    [KIND_TRAINING] = {"sales.training.completed", "/hr", "u", MEASURE_NONE, {0}},
    [KIND_GROWTH] = {"sales.growth.goal", "/coach", "f", MEASURE_NONE, {0}},
    [KIND_DEAL] = {"sales.opportunity.changed", "/crm", "o", MEASURE_NONE, {0}},
};

const struct org_measure_row org_measures[ORG_MEASURES] = {
    [MEASURE_CALLS] = {"calls",
                       "outbound calls",
                       {18, 5},
                       .3,
                       1 - ORG_INBOUND_SHARE,
                       SDR,
                       0,
                       true,
                       "count: sales.activity.call, where: {direction: outbound}, guard: "
                       "connect_rate"},
    [MEASURE_CONNECT_RATE] = {"connect_rate",
                              "connected calls",
                              {.3, .3},
                              .15,
                              1,
                              SDR,
                              0,
                              true,
                              "ratio: {trials: sales.activity.call, success: {where: {outcome: "
                              "connected}}}, trials_where: {direction: outbound}"},
    [MEASURE_EMAILS] = {"emails",
                        "e-mails written",
                        {11, 6},
                        .3,
                        1,
                        SDR | AE,
                        0,
                        true,
                        "count: sales.activity.email, guard: none"},
    [MEASURE_MEETINGS_SET] = {"meetings_set",
                              "meetings set",
                              {1.6, 0},
                              .3,
                              1 - ORG_DELETED_SHARE,
                              SDR,
                              0,
                              true,
                              "count: sales.activity.meeting, where: {outcome: [booked, held, "
                              "no_show]}, guard: show_rate"},
    [MEASURE_SHOW_RATE] = {"show_rate",
                           "meetings that take place",
                           {.75, 0},
                           .08,
                           1,
                           SDR,
                           0,
                           true,
                           "ratio: {trials: sales.activity.appointment, success: {where: "
                           "{outcome: held}}}"},
    [MEASURE_SPEED_TO_LEAD] = {"speed_to_lead",
                               "leads answered within an hour",
                               {.75, 0},
                               .1,
                               1,
                               SDR,
                               0,
                               true,
                               "latency: {trigger: sales.lead.assigned, answer: "
                               "\"sales.activity.*\", key: lead, within: 1h}"},
    [MEASURE_DISCOVERY] =
        {"discovery", "discovery", {70, 0}, .08, 1, SDR, 0, false, "score: {skill: discovery}"},
    [MEASURE_MEETINGS_HELD] = {"meetings_held",
                               "meetings held",
                               {0, 2.5},
                               .3,
                               HELD,
                               AE,
                               0,
                               true,
                               "count: sales.activity.meeting, where: {outcome: held}, guard: "
                               "none"},
    [MEASURE_DEMOS] = {"demos",
                       "demos given",
                       {0, 1.2},
                       .3,
                       HELD,
                       AE,
                       BIT(MEASURE_PIPELINE_CREATED) | BIT(MEASURE_OPEN_PIPELINE),
                       true,
                       "count: sales.activity.demo, where: {outcome: held}, guard: "
                       "demo_to_proposal"},
    [MEASURE_DEMO_TO_PROPOSAL] = {"demo_to_proposal",
                                  "demos with a proposal within two weeks",
                                  {0, .6},
                                  .12,
                                  1 - ORG_DELETED_SHARE,
                                  AE,
                                  BIT(MEASURE_OPEN_PIPELINE),
                                  true,
                                  "ratio: {trials: sales.activity.demo, success: {of: "
                                  "sales.activity.proposal}, key: opportunity, within: 14d}, "
                                  "trials_where: {outcome: held}"},
    [MEASURE_PIPELINE_CREATED] = {"pipeline_created",
                                  "pipeline created",
                                  {0, 1},
                                  .2,
                                  0,
                                  AE,
                                  BIT(MEASURE_OPEN_PIPELINE),
                                  true,
                                  "sum: {of: sales.opportunity.created, member: amount}"},
    [MEASURE_OUR_WAY] = {"our_way",
                         "deals that had a call and a demo before they moved on",
                         {0, .75},
                         .08,
                         1,
                         AE,
                         0,
                         false,
                         "adherence: {stage: discovery, steps: [sales.activity.call, "
                         "sales.activity.demo]}"},
    [MEASURE_OPEN_PIPELINE] =
        {"open_pipeline", "open pipeline", {0, 0}, 0, 0, AE, 0, false, "level: {of: open_amount}"},
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
enum { STREAM_TEAMS = 1 << 20, STREAM_REP, STREAM_LEAVE, STREAM_RECORDED };

enum { LEAVE_EVERY_DAYS = 182, LONG_DAYS = 170 /* from then on something happens to all */ };

static bool in_span(struct org_span span, int day) {
    return day >= span.from && day <= span.to;
}

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

static bool org_has(const struct org *org, enum org_nuisance nuisance) {
    return !(org->setup.without >> nuisance & 1);
}

bool org_is_recorded(const struct org *org, int rep, int leave) {
    struct rng rng;
    rng_seed(&rng, org->setup.seed, (uint64_t)rep, STREAM_RECORDED + (uint64_t)leave);
    return rng_chance(&rng, .8);
}

/* 4 January is always in the first week. */
static bool is_odd_week(pace_day date) {
    int year, month, dom;
    pace_day thursday = date - day_weekday(date) + 3;
    day_to_civil(thursday, &year, &month, &dom);
    return (thursday - day_from_civil(year, 1, 1)) / 7 % 2 == 0;
}

static bool is_free_friday(const struct org *org, int rep, int day) {
    int every = org->reps[rep].fridays_off;
    pace_day date = org->setup.start + day;
    return every && day_weekday(date) == 4 && (every == 1 || is_odd_week(date));
}

bool org_is_present(const struct org *org, int rep, int day) {
    const struct org_rep *r = &org->reps[rep];
    return org_is_working_day(org, day) && !org_on_leave(org, rep, day) &&
           (r->joins_on == 0 || day >= r->joins_on) && day < r->leaves_on &&
           !is_free_friday(org, rep, day);
}

int org_team_on(const struct org *org, int rep, int day) {
    const struct org_rep *r = &org->reps[rep];
    return day >= r->moves_on ? r->moves_to : r->team;
}

bool org_has_goal(const struct org *org, int rep) {
    return org_has(org, NUISANCE_GOALS) && rep % 20 == 6 && org->reps[rep].role == ROLE_SDR;
}

static int search_present(const struct org *org, int rep, int day, int step) {
    for (int i = 0; i < 60; i++)
        if (org_is_present(org, rep, day + i * step))
            return day + i * step;
    return day;
}

int org_next_present(const struct org *org, int rep, int day) {
    return search_present(org, rep, day, 1);
}

int org_last_present(const struct org *org, int rep, int day) {
    return search_present(org, rep, day, -1);
}

static double slip_factor(const struct org_slip *slip, int day) {
    if (!slip->lifted_on || day < slip->lifted_on)
        return slip->factor;
    double way = (double)(day - slip->lifted_on + 1) / (ORG_LIFT_DAYS + 1);
    return way < 1 ? slip->factor + (1 - slip->factor) * way : 1;
}

void org_lift_slip(struct org *org, int n, int day) {
    struct org_slip *slip = &org->slips[n];
    slip->lifted_on = day;
    if (slip->open || slip->span.to > day + ORG_LIFT_DAYS - 1)
        slip->span.to = day + ORG_LIFT_DAYS - 1;
    slip->open = false;
}

bool org_is_ahead(enum org_measure measure) {
    const unsigned ahead = BIT(MEASURE_MEETINGS_HELD) | BIT(MEASURE_DEMOS) |
                           BIT(MEASURE_DEMO_TO_PROPOSAL) | BIT(MEASURE_PIPELINE_CREATED) |
                           BIT(MEASURE_OUR_WAY);
    return ahead >> measure & 1;
}

/* More than the usual since a training, for good or fading. */
static double training_factor(const struct org_rep *rep, enum org_measure measure, int day) {
    if (!rep->trained_on || day < rep->trained_on || !(rep->trained >> measure & 1))
        return 1;
    if (rep->reinforced)
        return 1 + ORG_UPLIFT;
    double halves = (double)(day - rep->trained_on) / ORG_FADE_DAYS;
    return 1 + ORG_UPLIFT * pmath_exp(-halves * .6931471805599453);
}

double org_planted_factor(const struct org *org, int rep, enum org_measure measure, int day) {
    double factor = 1;
    const struct org_rep *r = &org->reps[rep];
    for (int i = r->first_slip; i >= 0 && i < org->n_slips && org->slips[i].rep == rep; i++)
        if ((org->slips[i].measures >> measure & 1) && day >= org->slips[i].span.from &&
            (org->slips[i].open || day <= org->slips[i].span.to))
            factor *= slip_factor(&org->slips[i], day);
    return factor;
}

double org_mean(const struct org *org, int rep, enum org_kind kind, int day) {
    const struct org_rep *r = &org->reps[rep];
    const struct org_kind_row *row = &org_kinds[kind];
    bool measured = row->measure != MEASURE_NONE;
    double mean = measured ? (double)r->rate[row->measure] : row->mean[r->role];
    if (mean <= 0)
        return 0;
    if (measured)
        mean *=
            org_planted_factor(org, rep, row->measure, day) * training_factor(r, row->measure, day);
    int team = org_team_on(org, rep, day);
    if (team == org->dip.team && in_span(org->dip.span, day))
        mean *= org->dip.factor;
    if (team == org->change.team && in_span(org->change.span, day))
        mean *= org->change.factor;
    if (r->joins_on && day < r->joins_on + 90) {
        int month = (day - r->joins_on) / 30;
        mean *= .25 * (1 + month);
    }
    return mean * (double)r->weekday[day_weekday(org->setup.start + day)];
}

double org_share(const struct org *org, int rep, enum org_measure measure, int day) {
    return (double)org->reps[rep].rate[measure] * org_planted_factor(org, rep, measure, day) *
           training_factor(&org->reps[rep], measure, day);
}

double org_baseline(const struct org *org, int rep, enum org_measure measure) {
    const struct org_measure_row *row = &org_measures[measure];
    bool daily = false; /* then days lost without a word lower it */
    for (enum org_kind kind = 0; kind < ORG_DRAWN; kind++)
        daily = daily || org_kinds[kind].measure == measure;
    return (double)org->reps[rep].rate[measure] * row->counted * (daily ? 1 - ORG_SICK_SHARE : 1);
}

uint32_t org_day_start_s(const struct org *org, int day) {
    return (uint32_t)(((int64_t)org->setup.start + day) * (DAY_US / 1000000));
}

int org_find_rep(const struct org *org, const char *name) {
    for (int i = 0; i < org->setup.n_reps; i++)
        if (strcmp(org->reps[i].name, name) == 0)
            return i;
    return -1;
}

int org_add_slip(struct org *org, const struct org_slip *slip) {
    if (room_for((void **)&org->slips, &org->slips_room, org->n_slips + 1, sizeof(*org->slips)))
        return -ENOMEM;
    org->slips[org->n_slips++] = *slip;
    return 0;
}

static int slip_order(const void *a, const void *b) {
    const struct org_slip *x = a, *y = b;
    if (x->rep != y->rep)
        return x->rep < y->rep ? -1 : 1;
    if (x->span.from != y->span.from)
        return x->span.from < y->span.from ? -1 : 1;
    return (x->measures > y->measures) - (x->measures < y->measures);
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
    rep->leaves_on = rep->moves_on = ORG_NEVER;
    rep->first_slip = -1;
    for (int m = 0; m < ORG_MEASURES; m++) {
        const struct org_measure_row *row = &org_measures[m];
        double factor = pmath_exp(row->spread * rng_normal(&rng));
        /* Nobody's share is so high that it couldn't vary. */
        double most = row->rate[rep->role] < 1 ? .93 : 1e9;
        double rate = row->rate[rep->role] * factor;
        rep->rate[m] = (float)(rate < most ? rate : most);
    }
    draw_week(&rng, rep->weekday);
    rep->dispersion = (float)rng_between(&rng, .05, .3);
    rep->late_share = !org_has(org, NUISANCE_LATE) ? 0 : (float)rng_between(&rng, .05, .15);
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
        bool taken =
            rng_chance(&rng, .9) && from < org->setup.n_days && org_has(org, NUISANCE_LEAVE);
        *leave = taken ? (struct org_span){from, to} : (struct org_span){0, -1};
    }
}

/* Who has which peculiarity follows from the number, so that each is there in small organisations
 * too. */
static void make_peculiar(struct org *org, int n) {
    struct org_rep *rep = &org->reps[n];
    int days = org->setup.n_days;
    rep->friday_logger = org_has(org, NUISANCE_FRIDAY) && n % 12 == 5;
    if (org_has(org, NUISANCE_PART_TIME))
        rep->fridays_off = n % 20 == 4 ? 1 : n % 20 == 18 ? 2 : 0;
    if (!org_has(org, NUISANCE_ROSTER) || days < LONG_DAYS)
        return;
    if (n % 40 == 13)
        rep->joins_on = org_add_working_days(org, days * 2 / 5, 0);
    if (n % 40 == 17)
        rep->leaves_on = org_add_working_days(org, days * 3 / 4, 0);
    if (n % 40 == 9 && org->n_teams > 1) {
        rep->moves_on = org_add_working_days(org, days / 2, 0);
        rep->moves_to = (rep->team + 1) % org->n_teams;
    }
    if (rep->joins_on)
        rep->two_subjects = false;
}

/* Two AEs of one team, the second of whom gets the first one's deals. */
static void draw_handover(struct org *org) {
    for (int n = org->setup.n_reps - 1; n > 0; n--) {
        const struct org_rep *from = &org->reps[n - 1], *to = &org->reps[n];
        if (from->role == ROLE_AE && to->role == ROLE_AE && from->team == to->team &&
            (n - 1) % 40 != 13 && n % 40 != 13 && (n - 1) % 40 != 17 && n % 40 != 17) {
            org->handover = (struct org_handover){n - 1, n, org->setup.n_days * 7 / 10};
            return;
        }
    }
}

static void make_affairs(struct org *org) {
    int days = org->setup.n_days;
    for (int n = 0; n < org->setup.n_reps; n++)
        make_peculiar(org, n);
    if (days < LONG_DAYS)
        return;
    if (org_has(org, NUISANCE_OUTAGE)) {
        int from = org_add_working_days(org, days * 9 / 20, 0);
        org->outage = (struct org_span){from, from + 2};
    }
    if (org_has(org, NUISANCE_REASSIGN))
        draw_handover(org);
    if (org_has(org, NUISANCE_CHANGE) && org->n_teams > 1)
        org->change = (struct org_dip){
            org->n_teams - 1, {org_add_working_days(org, days * 13 / 20, 0), days}, .65};
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
    make_affairs(org);
    return 0;
}

int org_create(const struct org_setup *setup, struct org **ret_org) {
    struct org *org = calloc(1, sizeof(*org));
    if (!org)
        return -ENOMEM;
    size_t n = (size_t)setup->n_reps;
    org->setup = *setup;
    org->dip = org->change = (struct org_dip){-1, {0, -1}, 1};
    org->outage = (struct org_span){0, -1};
    org->handover = (struct org_handover){-1, -1, 0};
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
