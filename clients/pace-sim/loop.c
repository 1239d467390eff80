#include "loop.h"

#include "activity.h"
#include "room.h"

#include <errno.h>
#include <stdlib.h>

enum {
    STREAM_LOOP = 1 << 22,
    STREAM_SEEN = 1 << 23,
    STREAM_TRAINED = 1 << 24,
    STREAM_WARNED = 1 << 25
};
enum { HOUR_S = 3600, DAY_S = 86400 };
enum {
    DUE_DAYS = 10,       /* working days that a promise is given */
    DUE_AHEAD_DAYS = 20, /* where appointments come first */
    HELP_DAYS = 5,       /* a manager's */
    SESSIONS_MAX = 5,    /* about one slip */
    GROWTH_DAY = 21,
    TRAINED_DAYS = 60, /* in which a training is a topic */
};

#define SHARE_TALK .2 /* sessions about a slip that end without a promise */
#define SHARE_TALK_HELPS .35
#define SHARE_KEPT .7
#define SHARE_AGREED .15   /* of those kept: another date is agreed the day before */
#define SHARE_WITHDRAWN .2 /* of those broken */
#define SHARE_MOVED .2     /* of those broken: moved the day after, and by one alone */
#define SHARE_HELP .4
#define SHARE_AGAIN .2 /* sessions that the calendar tells of too */
#define SHARE_OWN_TOPIC .5 /* one-on-ones without a slip that are about an indicator all the same */
#define SHARE_PRAISED .05

const char *const loop_temper_names[LOOP_TEMPERS] = {"well", "late", "never"};
const char *const loop_meant_names[LOOP_MEANT] = {"kept", "broken", "renegotiated", "moved",
                                                  "withdrawn"};

static const struct temper {
    int sees_from, sees_to;       /* working days after a slip began; 0: never */
    int answers_from, answers_to; /* after a warning */
    int every;                    /* working days between one-on-ones; 0: none */
    int acknowledges;             /* days until a goal is; 0: never */
    double keeps;                 /* promises of their own */
    bool praises;
} tempers[LOOP_TEMPERS] = {
    [TEMPER_WELL] = {14, 20, 1, 4, 10, 3, .9, true},
    [TEMPER_LATE] = {26, 36, 12, 20, 20, 30, .5, false},
    [TEMPER_NEVER] = {0, 0, 0, 0, 0, 0, 0, false},
};

enum loop_temper loop_temper_of_team(const struct org *org, int team) {
    /* So that each kind manages each role: the role of a team's reps repeats every three teams. */
    uint64_t n = (uint64_t)team + (uint64_t)team / LOOP_TEMPERS + org->setup.seed;
    return (enum loop_temper)(n % LOOP_TEMPERS);
}

enum loop_temper loop_temper_on(const struct org *org, int rep, int day) {
    return loop_temper_of_team(org, org_team_on(org, rep, day));
}

static const struct temper *temper_on(const struct org *org, int rep, int day) {
    return &tempers[loop_temper_on(org, rep, day)];
}

/* ---- lists that grow ---- */

/* NULL: out of memory; the list is as it was. */
#define ADD(loop, list)                                                                                                  \
    room_for((void **)&(loop)->list, &(loop)->list##_room, (loop)->n_##list + 1, sizeof(*(loop)->list))                   \
        ? NULL                                                                                                           \
        : &(loop)->list[(loop)->n_##list++]

/* ---- one day of one rep ---- */

struct talk {
    struct org *org;
    struct loop *loop;
    struct agenda *agenda;
    struct rng rng;
    int rep, day;
    uint32_t time_s; /* of the session */
};

/* That time of that day, where the rep works. */
static uint32_t at_local(const struct org *org, int rep, int day, uint32_t s, int *ret_offset_s) {
    const struct zone *zone = org->teams[org_team_on(org, rep, day)].zone;
    int64_t noon_s = ((int64_t)org->setup.start + day) * DAY_S + DAY_S / 2;
    *ret_offset_s = zone_offset_s(zone, noon_s * 1000000);
    return (uint32_t)(noon_s - DAY_S / 2 - *ret_offset_s) + s;
}

static int say(struct talk *talk, enum org_kind kind, int day, uint32_t s, struct item item) {
    int offset_s;
    item.kind = (uint8_t)kind;
    item.rep = item.owner = (uint32_t)talk->rep;
    item.time_s = item.arrival_s = at_local(talk->org, talk->rep, day, s, &offset_s);
    item.offset_min = (int16_t)(offset_s / 60);
    return agenda_put(talk->agenda, &item);
}

static int tell_promise(struct talk *talk, int n, enum loop_act act, int day, uint32_t s) {
    struct item item = {.detail = (uint32_t)n, .outcome = (uint8_t)act};
    item.serial = (uint32_t)n * LOOP_ACTS + (uint32_t)act;
    return say(talk, KIND_PROMISE, day, s, item);
}

static int praise(struct talk *talk, enum org_measure measure) {
    struct item item = {.detail = measure,
                        .serial = (uint32_t)(talk->day * ORG_MEASURES) + measure};
    return say(talk, KIND_RECOGNITION, talk->day, talk->time_s + HOUR_S, item);
}

/* ---- promises ---- */

static int present_days(const struct org *org, int rep, int from, int to) {
    int n = 0;
    for (int day = from; day <= to; day++)
        n += org_is_present(org, rep, day);
    return n;
}

/* Not quite half of the way back up: more than chance gives to who goes on as before. */
static double draw_target(const struct talk *talk, enum org_measure measure, int due) {
    const struct org *org = talk->org;
    double usual = org_baseline(org, talk->rep, measure);
    double now = org_planted_factor(org, talk->rep, measure, talk->day);
    double share = now < 1 ? now + (1 - now) * .4 : .85;
    if (org_measures[measure].rate[org->reps[talk->rep].role] < 1)
        return usual * share;
    int days = measure == MEASURE_DISCOVERY ? 1 : present_days(org, talk->rep, talk->day, due); /* a score is a mean */
    return (double)(int)(usual * share * days);
}

static enum loop_meant draw_meant(struct rng *rng) {
    if (rng_chance(rng, SHARE_KEPT))
        return rng_chance(rng, SHARE_AGREED) ? MEANT_AGREED : MEANT_KEPT;
    if (rng_chance(rng, SHARE_WITHDRAWN))
        return MEANT_WITHDRAWN;
    return rng_chance(rng, SHARE_MOVED) ? MEANT_MOVED : MEANT_BROKEN;
}

static int working_day_before(const struct org *org, int day, int n) {
    while (n > 0)
        n -= org_is_working_day(org, --day);
    return day;
}

/* What is told of it after it was made. Those that can't be counted are declared as done. */
static int tell_outcome(struct talk *talk, int n) {
    struct loop_promise *promise = &talk->loop->promises[n];
    const struct org *org = talk->org;
    int later = org_add_working_days(org, promise->due, 5), rc = 0;
    if (promise->meant == MEANT_AGREED || promise->meant == MEANT_MOVED) {
        promise->changed_to = later;
        int day = promise->meant == MEANT_AGREED ? working_day_before(org, promise->due, 1)
                                                 : org_add_working_days(org, promise->due, 1);
        rc = tell_promise(talk, n, ACT_CHANGED, day, 11 * HOUR_S);
    }
    if (promise->meant == MEANT_WITHDRAWN)
        return tell_promise(talk, n, ACT_WITHDRAWN, working_day_before(org, promise->due, 3),
                            11 * HOUR_S);
    bool kept = promise->meant == MEANT_KEPT || promise->meant == MEANT_AGREED;
    if (rc == 0 && kept && promise->target <= 0)
        rc = tell_promise(talk, n, ACT_DONE, promise->meant == MEANT_AGREED ? later : promise->due,
                          15 * HOUR_S);
    return rc;
}

static int add_promise(struct talk *talk, const struct loop_promise *given) {
    struct loop_promise *promise = ADD(talk->loop, promises);
    if (!promise)
        return -ENOMEM;
    *promise = *given;
    int n = talk->loop->n_promises - 1;
    int rc = tell_promise(talk, n, ACT_MADE, talk->day, talk->time_s + 20 * 60);
    return rc == 0 ? tell_outcome(talk, n) : rc;
}

static int promise_by_rep(struct talk *talk, enum org_measure measure, enum loop_meant *ret_meant) {
    int days = org_is_ahead(measure) ? DUE_AHEAD_DAYS : DUE_DAYS;
    struct loop_promise promise = {.rep = talk->rep, .made = talk->day, .measure = measure};
    promise.due = org_add_working_days(talk->org, talk->day, days);
    promise.target = draw_target(talk, measure, promise.due);
    *ret_meant = promise.meant = draw_meant(&talk->rng);
    return add_promise(talk, &promise);
}

/* What was asked for. */
static int promise_by_manager(struct talk *talk) {
    struct loop_promise promise = {.rep = talk->rep, .made = talk->day, .by_manager = true};
    promise.measure = MEASURE_NONE;
    promise.due = org_add_working_days(talk->org, talk->day, HELP_DAYS);
    bool keeps = rng_chance(&talk->rng, temper_on(talk->org, talk->rep, talk->day)->keeps);
    promise.meant = keeps ? MEANT_KEPT : MEANT_BROKEN;
    return add_promise(talk, &promise);
}

/* ---- one-on-ones ---- */

/* With the promises from `first_promise` on. Sometimes another system has the same session. */
static int hold(struct talk *talk, enum org_measure topic, int first_promise, bool help_asked) {
    struct loop_session *session = ADD(talk->loop, sessions);
    if (!session)
        return -ENOMEM;
    *session = (struct loop_session){talk->rep, topic, help_asked, first_promise,
                                     talk->loop->n_promises - first_promise};
    struct item item = {.serial = (uint32_t)talk->loop->n_sessions - 1};
    item.detail = item.serial;
    int rc = say(talk, KIND_SESSION, talk->day, talk->time_s, item);
    if (rc == 0 && rng_chance(&talk->rng, SHARE_AGAIN))
        rc = say(talk, KIND_SESSION_AGAIN, talk->day, talk->time_s, item);
    return rc;
}

static void climb_back(struct talk *talk, struct loop_concern *concern) {
    concern->lifted = true;
    if (concern->slip >= 0)
        org_lift_slip(talk->org, concern->slip,
                      talk->day + 1 + (org_is_ahead(concern->measure) ? ORG_AHEAD_DAYS : 0));
}

/* About a slip that is still there: a promise, or words only. */
static int coach(struct talk *talk, struct loop_concern *concern) {
    struct org_slip *slip = concern->slip >= 0 ? &talk->org->slips[concern->slip] : NULL;
    int first = talk->loop->n_promises, rc = 0;
    bool help_asked = rng_chance(&talk->rng, SHARE_HELP), helps;
    if (slip && !slip->coached_on)
        slip->coached_on = talk->day;
    if (rng_chance(&talk->rng, SHARE_TALK)) {
        helps = rng_chance(&talk->rng, SHARE_TALK_HELPS);
    } else {
        enum loop_meant meant;
        rc = promise_by_rep(talk, concern->measure, &meant);
        helps = meant == MEANT_KEPT || meant == MEANT_AGREED;
    }
    if (rc == 0 && help_asked)
        rc = promise_by_manager(talk);
    if (rc == 0 && helps)
        climb_back(talk, concern);
    return rc == 0 ? hold(talk, concern->measure, first, help_asked) : rc;
}

/* The session after the climb: how it went, and a word about it. */
static int follow_up(struct talk *talk, struct loop_concern *concern) {
    concern->over = true;
    int rc = hold(talk, concern->measure, talk->loop->n_promises, false);
    if (rc == 0 && temper_on(talk->org, talk->rep, talk->day)->praises)
        rc = praise(talk, concern->measure);
    return rc;
}

static bool has_ended(const struct org *org, const struct loop_concern *concern, int day) {
    if (concern->slip < 0)
        return false;
    const struct org_slip *slip = &org->slips[concern->slip];
    return !concern->lifted && !slip->open && day > slip->span.to;
}

static int meet_about(struct talk *talk, struct loop_concern *concern) {
    int every = temper_on(talk->org, talk->rep, talk->day)->every;
    if (every == 0 || has_ended(talk->org, concern, talk->day) ||
        concern->sessions == SESSIONS_MAX) {
        concern->over = true;
        return 0;
    }
    concern->sessions++;
    concern->next_day = org_add_working_days(talk->org, talk->day, every);
    return concern->lifted ? follow_up(talk, concern) : coach(talk, concern);
}

static void talk_open(struct talk *talk, int rep) {
    const struct org *org = talk->org;
    talk->rep = rep;
    rng_seed(&talk->rng, org->setup.seed, (uint64_t)rep, STREAM_LOOP + (uint64_t)talk->day);
    talk->time_s = 9 * HOUR_S + rng_below(&talk->rng, 6 * HOUR_S / 60) * 60;
}

/* Who isn't there is met when back. */
static int work_on_concerns(struct talk *talk) {
    struct loop *loop = talk->loop;
    int rc = 0;
    for (int i = 0; i < loop->n_concerns && rc == 0; i++) {
        struct loop_concern *concern = &loop->concerns[i];
        if (concern->over || concern->next_day != talk->day)
            continue;
        if (!org_is_present(talk->org, concern->rep, talk->day)) {
            concern->next_day++;
            continue;
        }
        talk_open(talk, concern->rep);
        rc = meet_about(talk, concern);
    }
    return rc;
}

static bool is_concern(const struct loop *loop, int rep, unsigned measures) {
    for (int i = 0; i < loop->n_concerns; i++)
        if (loop->concerns[i].rep == rep && !loop->concerns[i].over &&
            (measures >> loop->concerns[i].measure & 1))
            return true;
    return false;
}

static enum org_measure pick(unsigned measures, struct rng *rng) {
    enum org_measure chosen[ORG_MEASURES] = {0};
    unsigned n = 0;
    for (enum org_measure m = 0; m < ORG_MEASURES; m++)
        if (measures >> m & 1)
            chosen[n++] = m;
    return n ? chosen[rng_below(rng, n)] : MEASURE_NONE;
}

static enum org_measure routine_topic(struct talk *talk) {
    const struct org_rep *rep = &talk->org->reps[talk->rep];
    unsigned watched = 0;
    if (rep->trained_on && talk->day > rep->trained_on &&
        talk->day <= rep->trained_on + TRAINED_DAYS)
        return pick(rep->trained, &talk->rng);
    if (!rng_chance(&talk->rng, SHARE_OWN_TOPIC))
        return MEASURE_NONE;
    for (enum org_measure m = 0; m < ORG_MEASURES; m++)
        if (org_measures[m].watched >> rep->role & 1)
            watched |= 1u << m;
    return pick(watched, &talk->rng);
}

/* Every so many working days, with each rep on another one. */
static int hold_routine(struct talk *talk, int rep) {
    const struct temper *temper = temper_on(talk->org, rep, talk->day);
    if (!temper->every || (talk->loop->working_days + rep) % temper->every != 0 ||
        !org_is_present(talk->org, rep, talk->day) || is_concern(talk->loop, rep, ~0u))
        return 0;
    talk_open(talk, rep);
    enum org_measure topic = routine_topic(talk);
    int rc = hold(talk, topic, talk->loop->n_promises, false);
    if (rc == 0 && topic != MEASURE_NONE && temper->praises &&
        rng_chance(&talk->rng, SHARE_PRAISED))
        rc = praise(talk, topic);
    return rc;
}

/* ---- what comes once ---- */

static int say_once(struct talk *talk, int rep) {
    const struct org_rep *r = &talk->org->reps[rep];
    int acknowledges = temper_on(talk->org, rep, talk->day)->acknowledges, rc = 0;
    struct item item = {0};
    talk->rep = rep;
    if (talk->day == acknowledges && acknowledges && org_has_goal(talk->org, rep))
        rc = say(talk, KIND_ACKNOWLEDGED, talk->day, 9 * HOUR_S, item);
    if (rc == 0 && talk->day == GROWTH_DAY && rep % 3 == 1)
        rc = say(talk, KIND_GROWTH, talk->day, 16 * HOUR_S, item);
    if (rc == 0 && r->trained_on && r->trained_on == talk->day)
        rc = say(talk, KIND_TRAINING, talk->day, 16 * HOUR_S, item);
    return rc;
}

/* ---- slips that a manager sees ---- */

static int draw_seen(const struct org *org, int n) {
    const struct org_slip *slip = &org->slips[n];
    const struct temper *temper = temper_on(org, slip->rep, slip->span.from);
    struct rng rng;
    rng_seed(&rng, org->setup.seed, (uint64_t)slip->rep, STREAM_SEEN + (uint64_t)n);
    if (temper->sees_from == 0 || slip->factor <= 0)
        return ORG_NEVER;
    return org_add_working_days(org, slip->span.from,
                                rng_range(&rng, temper->sees_from, temper->sees_to));
}

static enum org_measure first_measure(unsigned measures) {
    enum org_measure m = 0;
    while (m < ORG_MEASURES && !(measures >> m & 1))
        m++;
    return m;
}

static int add_concerns(struct org *org, struct loop *loop) {
    for (int n = 0; n < org->n_slips; n++) {
        int seen = draw_seen(org, n);
        if (seen == ORG_NEVER)
            continue;
        struct loop_concern *concern = ADD(loop, concerns);
        if (!concern)
            return -ENOMEM;
        *concern = (struct loop_concern){.rep = org->slips[n].rep, .slip = n, .next_day = seen};
        concern->measure = first_measure(org->slips[n].measures);
    }
    return 0;
}

/* ---- warnings that a manager gets ---- */

/* The slip behind a warning, or what makes this fall too; -1: chance, or something else. */
static int slip_behind(const struct org *org, int rep, enum org_measure measure, int day) {
    for (int n = org->reps[rep].first_slip; n >= 0 && n < org->n_slips && org->slips[n].rep == rep;
         n++) {
        const struct org_slip *slip = &org->slips[n];
        unsigned fallen = slip->measures;
        for (enum org_measure m = 0; m < ORG_MEASURES; m++)
            if (slip->measures >> m & 1)
                fallen |= org_measures[m].moves;
        if ((fallen >> measure & 1) && slip->factor > 0 && day >= slip->span.from &&
            (slip->open || day <= slip->span.to))
            return n;
    }
    return -1;
}

int loop_warned(struct org *org, int rep, enum org_measure measure, int day, bool pushed) {
    const struct temper *temper = temper_on(org, rep, day);
    struct rng rng;
    if (temper->answers_from == 0 || is_concern(org->loop, rep, 1u << measure))
        return 0;
    struct loop_concern *concern = ADD(org->loop, concerns);
    if (!concern)
        return -ENOMEM;
    rng_seed(&rng, org->setup.seed, (uint64_t)rep, STREAM_WARNED + (uint64_t)day);
    *concern = (struct loop_concern){.rep = rep, .measure = measure};
    concern->slip = slip_behind(org, rep, measure, day);
    int days = rng_range(&rng, temper->answers_from, temper->answers_to);
    concern->next_day = org_add_working_days(org, day, days + (pushed ? 0 : temper->every));
    return 0;
}

void loop_over(struct org *org, int rep, enum org_measure measure) {
    for (int i = 0; i < org->loop->n_concerns; i++) {
        struct loop_concern *concern = &org->loop->concerns[i];
        if (concern->rep == rep && concern->measure == measure && !concern->lifted)
            concern->over = true;
    }
}

/* ---- trainings ---- */

/* Every third, but nobody in whom something else was planted. */
static void plan_training(struct org *org, int n) {
    static const unsigned lifted[ORG_ROLES] = {
        [ROLE_SDR] = 1u << MEASURE_CONNECT_RATE | 1u << MEASURE_MEETINGS_SET,
        [ROLE_AE] = 1u << MEASURE_MEETINGS_HELD | 1u << MEASURE_DEMO_TO_PROPOSAL};
    struct org_rep *rep = &org->reps[n];
    struct rng rng;
    if (n % 3 != 0 || rep->first_slip >= 0 || rep->joins_on || rep->leaves_on != ORG_NEVER ||
        rep->moves_on != ORG_NEVER || org->setup.n_days < 130)
        return;
    rng_seed(&rng, org->setup.seed, (uint64_t)n, STREAM_TRAINED);
    int day = org->setup.n_days * 2 / 5 + rng_range(&rng, 0, 20);
    rep->trained_on = org_next_present(org, n, org_add_working_days(org, day, 0));
    rep->trained = lifted[rep->role];
    rep->reinforced = loop_temper_on(org, n, rep->trained_on) == TEMPER_WELL;
}

int loop_create(struct org *org, struct loop **ret_loop) {
    struct loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return -ENOMEM;
    for (int n = 0; n < org->setup.n_reps; n++)
        plan_training(org, n);
    int rc = org->setup.live ? 0 : add_concerns(org, loop);
    if (rc < 0) {
        loop_destroy(&loop);
        return rc;
    }
    *ret_loop = org->loop = loop;
    return 0;
}

void loop_destroy(struct loop **loop) {
    if (!*loop)
        return;
    free((*loop)->promises);
    free((*loop)->sessions);
    free((*loop)->concerns);
    free(*loop);
    *loop = NULL;
}

int loop_generate(struct org *org, int day, struct agenda *agenda) {
    struct talk talk = {.org = org, .loop = org->loop, .agenda = agenda, .day = day};
    int rc = work_on_concerns(&talk);
    bool works = org_is_working_day(org, day);
    for (int rep = 0; rep < org->setup.n_reps && rc == 0; rep++) {
        rc = say_once(&talk, rep);
        if (rc == 0 && works)
            rc = hold_routine(&talk, rep);
    }
    org->loop->working_days += works;
    return rc;
}
