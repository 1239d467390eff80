#include "activity.h"

#include "affairs.h"
#include "loop.h"

#include "pmath.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400, WORK_BEGINS_S = 9 * HOUR_S, WORK_S = 8 * HOUR_S };
enum { MOVED_DAYS_MAX = 3 };     /* and never to behind the end: nothing lies there */
enum { STREAM_AHEAD = 1 << 16 }; /* above every day number */

#define SHARE_AGAIN .01        /* lines that are sent twice */
#define SHARE_REDATED .04      /* appointments that are moved once */
#define SHARE_MISDATED .03     /* proposals that were entered on the wrong day and corrected */
#define SHARE_OUT_OF_ORDER .03 /* bookings that arrive after the result */
#define SHARE_VERY_LATE .12    /* of the late ones: more than a week */
#define SHARE_FOLLOWED_UP .35  /* e-mails that a sequence follows up by itself */
#define SHARE_OFF_HOURS .03

/* Of deals and leads. */
#define SHARE_WON .35
#define SHARE_PUSHED .25
#define SHARE_REOPENED .03
#define SHARE_GONE .01
#define SHARE_UNANSWERED .3 /* of the leads not answered within the hour */

const char *const outcome_names[OUTCOMES] = {"",         "connected", "no_answer", "voicemail",
                                             "booked",   "held",      "no_show",   "sent",
                                             "accepted", "declined"};

/* One rep on one day. */
struct scene {
    struct org *org;
    struct agenda *agenda;
    struct rng rng;
    int rep, day;
    const struct zone *zone;
    int offset_s; /* at noon: zones change their offset at night */
    uint32_t midnight_s;
    uint32_t begin_s; /* of the simulation */
};

static void scene_open(struct scene *scene, int rep, int day) {
    struct org *org = scene->org;
    int64_t noon_s = ((int64_t)org->setup.start + day) * DAY_S + DAY_S / 2;
    scene->rep = rep;
    scene->day = day;
    scene->zone = org->teams[org_team_on(org, rep, day)].zone;
    scene->offset_s = zone_offset_s(scene->zone, noon_s * 1000000);
    scene->midnight_s = (uint32_t)(noon_s - DAY_S / 2 - scene->offset_s);
    scene->begin_s = org_day_start_s(org, 0);
}

static uint32_t draw_time(struct scene *scene) {
    uint32_t s = scene->midnight_s + WORK_BEGINS_S + rng_below(&scene->rng, WORK_S);
    if (rng_chance(&scene->rng, SHARE_OFF_HOURS))
        s = s < scene->midnight_s + WORK_BEGINS_S + WORK_S / 2 ? s - HOUR_S : s + HOUR_S;
    return s;
}

static struct item new_record(struct scene *scene, enum org_kind kind, uint32_t time_s) {
    struct item item = {.rep = (uint32_t)scene->rep, .kind = (uint8_t)kind};
    item.owner = item.rep;
    item.serial = scene->org->reps[scene->rep].serial++;
    item.arrival_s = item.time_s = time_s;
    item.offset_min = (int16_t)(scene->offset_s / 60);
    item.detail = (uint32_t)(rng_next(&scene->rng) >> 32);
    return item;
}

/* Another day of the same record may have another offset. */
static void move_time(const struct scene *scene, struct item *item, int days) {
    item->time_s += (uint32_t)(days * DAY_S);
    item->offset_min = (int16_t)(zone_offset_s(scene->zone, (int64_t)item->time_s * 1000000) / 60);
}

static void arrive_at(struct item *item, uint32_t s) {
    item->arrival_s = s;
    item->recorded_s = s == item->time_s ? 0 : s;
}

static uint32_t draw_lateness(struct scene *scene) {
    struct rng *rng = &scene->rng;
    if (rng_chance(rng, SHARE_VERY_LATE))
        return (uint32_t)rng_range(rng, 8 * DAY_S, 20 * DAY_S);
    int days = 1;
    while (days < 6 && rng_chance(rng, .4))
        days++;
    return (uint32_t)(days * DAY_S) + rng_below(rng, 4 * HOUR_S);
}

/* A rep logs some of the work days later; some log all that the CRM wants on Friday. */
static void perhaps_late(struct scene *scene, struct item *item) {
    bool of_crm = item->kind != KIND_CALL && item->kind != KIND_EMAIL;
    int to_friday = 4 - day_weekday(scene->org->setup.start + scene->day);
    if (scene->org->reps[scene->rep].friday_logger && of_crm && to_friday > 0) {
        arrive_at(item, item->arrival_s + (uint32_t)(to_friday * DAY_S));
        return;
    }
    if (rng_chance(&scene->rng, (double)scene->org->reps[scene->rep].late_share))
        arrive_at(item, item->arrival_s + draw_lateness(scene));
}

/* What the dialler's connector couldn't send while it was dead comes when it is back. */
static void hold_back(const struct org *org, struct item *item) {
    uint32_t from_s = org_day_start_s(org, org->outage.from);
    uint32_t back_s = org_day_start_s(org, org->outage.to + 1);
    bool dialer = strcmp(org_kinds[item->kind].source, "/dialer") == 0;
    if (dialer && item->arrival_s >= from_s && item->arrival_s < back_s)
        arrive_at(item, back_s + (item->arrival_s - from_s) / 60);
}

static int send(struct scene *scene, const struct item *given) {
    struct item copy = *given, *item = &copy;
    hold_back(scene->org, item);
    if (item->arrival_s < scene->begin_s)
        return 0;
    int rc = agenda_put(scene->agenda, item);
    if (rc < 0 || !rng_chance(&scene->rng, SHARE_AGAIN))
        return rc;
    struct item again = *item;
    again.flags |= ITEM_AGAIN;
    again.arrival_s += (uint32_t)rng_range(&scene->rng, HOUR_S, 48 * HOUR_S);
    return agenda_put(scene->agenda, &again);
}

/* The CRM loses interest in some records: the last revision says that they are gone. */
static int perhaps_delete(struct scene *scene, const struct item *last) {
    if (!rng_chance(&scene->rng, ORG_DELETED_SHARE))
        return 0;
    struct item item = *last;
    item.flags = ITEM_DELETED;
    item.revision = 9;
    item.outcome = OUTCOME_NONE;
    item.time_s = last->arrival_s + (uint32_t)rng_range(&scene->rng, DAY_S, 5 * DAY_S);
    move_time(scene, &item, 0);
    arrive_at(&item, item.time_s);
    return send(scene, &item);
}

static int do_call(struct scene *scene) {
    struct item item = new_record(scene, KIND_CALL, draw_time(scene));
    double connected = org_share(scene->org, scene->rep, MEASURE_CONNECT_RATE, scene->day);
    double u = rng_unit(&scene->rng);
    item.outcome = u < connected                           ? OUTCOME_CONNECTED
                   : u < connected + .78 * (1 - connected) ? OUTCOME_NO_ANSWER
                                                           : OUTCOME_VOICEMAIL;
    perhaps_late(scene, &item);
    return send(scene, &item);
}

static int do_email(struct scene *scene) {
    struct item item = new_record(scene, KIND_EMAIL, draw_time(scene));
    perhaps_late(scene, &item);
    int rc = send(scene, &item);
    if (rc < 0 || scene->org->reps[scene->rep].role != ROLE_SDR ||
        !rng_chance(&scene->rng, SHARE_FOLLOWED_UP))
        return rc;
    uint32_t days = 2 + rng_below(&scene->rng, 3);
    struct item next = new_record(scene, KIND_EMAIL, scene->midnight_s + days * DAY_S + 8 * HOUR_S);
    move_time(scene, &next, 0);
    next.flags = ITEM_AUTOMATIC;
    return send(scene, &next);
}

/* The same time of day (or what the clock makes of it) on another day. */
static uint32_t time_on(const struct scene *scene, uint32_t time_s, int day) {
    return time_s + (uint32_t)((day - scene->day) * DAY_S);
}

/* Another record of this rep that day. */
static struct item record_on(struct scene *scene, enum org_kind kind, uint32_t time_s) {
    struct item item = new_record(scene, kind, time_s);
    move_time(scene, &item, 0);
    return item;
}

static int do_attendance(struct scene *scene, uint32_t set_s, bool held) {
    int day = org_next_present(scene->org, scene->rep, scene->day + rng_range(&scene->rng, 1, 9));
    struct item item = record_on(scene, KIND_ATTENDANCE, time_on(scene, set_s, day));
    item.outcome = held ? OUTCOME_HELD : OUTCOME_NO_SHOW;
    return send(scene, &item);
}

/* Set today, so counted today; what becomes of the meeting is a later revision of the same record,
 * and a record of the calendar on its day. */
static int do_meeting_set(struct scene *scene) {
    struct item item = new_record(scene, KIND_MEETING_SET, draw_time(scene));
    struct item result = item;
    item.revision = 1;
    item.outcome = OUTCOME_BOOKED;
    perhaps_late(scene, &item);
    result.revision = 2;
    double shows = org_share(scene->org, scene->rep, MEASURE_SHOW_RATE, scene->day);
    result.outcome = rng_chance(&scene->rng, shows) ? OUTCOME_HELD : OUTCOME_NO_SHOW;
    arrive_at(&result, item.arrival_s + (uint32_t)rng_range(&scene->rng, DAY_S, 9 * DAY_S));
    if (rng_chance(&scene->rng, SHARE_OUT_OF_ORDER))
        arrive_at(&item, result.arrival_s + (uint32_t)rng_range(&scene->rng, HOUR_S, 30 * HOUR_S));
    int rc = send(scene, &item);
    if (rc == 0)
        rc = send(scene, &result);
    if (rc == 0)
        rc = do_attendance(scene, item.time_s, result.outcome == OUTCOME_HELD);
    return rc == 0 ? perhaps_delete(scene, &result) : rc;
}

static int do_booking(struct scene *scene, const struct item *result) {
    struct rng *rng = &scene->rng;
    struct item item = *result;
    int rc = 0;
    item.outcome = OUTCOME_BOOKED;
    item.revision = 2;
    uint32_t booked_s =
        result->time_s - (uint32_t)rng_range(rng, DAY_S, (ORG_AHEAD_DAYS - 1) * DAY_S);
    arrive_at(&item, booked_s);
    bool redated =
        rng_chance(rng, SHARE_REDATED) && scene->day + MOVED_DAYS_MAX < scene->org->setup.n_days;
    if (redated) {
        arrive_at(&item, booked_s + (result->time_s - booked_s) / 2);
        struct item first = item;
        first.revision = 1;
        move_time(scene, &first, rng_range(rng, 1, MOVED_DAYS_MAX));
        arrive_at(&first, booked_s);
        rc = send(scene, &first);
    }
    if (rng_chance(rng, SHARE_OUT_OF_ORDER))
        arrive_at(&item, result->arrival_s + (uint32_t)rng_range(rng, HOUR_S, 30 * HOUR_S));
    return rc == 0 ? send(scene, &item) : rc;
}

/* Booked days before, counted on the day on which it is held. */
static int do_appointment(struct scene *scene, struct item *ret_result) {
    struct item result = *ret_result;
    result.revision = 3;
    result.outcome = rng_chance(&scene->rng, ORG_HELD_SHARE) ? OUTCOME_HELD : OUTCOME_NO_SHOW;
    perhaps_late(scene, &result);
    int rc = do_booking(scene, &result);
    if (rc == 0)
        rc = send(scene, &result);
    *ret_result = result;
    return rc == 0 ? perhaps_delete(scene, &result) : rc;
}

static int do_meeting(struct scene *scene) {
    struct item result = new_record(scene, KIND_MEETING, draw_time(scene));
    return do_appointment(scene, &result);
}

/* ---- a deal: its demo, its proposal, its end ---- */

/* Whether the rep's deals are the colleague's by then. New ones are the rep's own again. */
static bool has_moved(const struct scene *scene, uint32_t time_s) {
    const struct org *org = scene->org;
    return scene->rep == org->handover.rep && scene->day <= org->handover.day &&
           time_s >= org_day_start_s(org, org->handover.day) + 9 * HOUR_S;
}

/* A deal's line at that time; what it is worth and its key are those of the demo's record. */
static int tell_deal(struct scene *scene, const struct item *deal, enum outcome what,
                     uint32_t time_s, int ahead_days) {
    struct item item = *deal;
    item.kind = KIND_DEAL;
    item.revision = 0;
    item.flags = 0;
    item.serial = scene->org->reps[scene->rep].serial++;
    item.outcome = (uint8_t)what;
    item.ahead_days = (uint16_t)(ahead_days > 0 ? ahead_days : 0);
    item.time_s = item.arrival_s = time_s;
    item.recorded_s = 0;
    move_time(scene, &item, 0);
    if (has_moved(scene, time_s))
        item.owner = (uint32_t)scene->org->handover.to;
    return send(scene, &item);
}

/* Tells of the new owner, if the deal is open from `from_s` to `end_s` and that is in between. */
static int perhaps_hand_over(struct scene *scene, const struct item *deal, uint32_t from_s,
                             uint32_t end_s) {
    uint32_t moved_s = org_day_start_s(scene->org, scene->org->handover.day) + 9 * HOUR_S;
    if (!has_moved(scene, end_s) || has_moved(scene, from_s))
        return 0;
    return tell_deal(scene, deal, OUTCOME_MOVED, moved_s, 0);
}

static double draw_amount(struct scene *scene, int day) {
    double usual = org_share(scene->org, scene->rep, MEASURE_PIPELINE_CREATED, day);
    double amount = 12000 * usual * pmath_exp(.5 * rng_normal(&scene->rng));
    return amount < 100 ? 100 : amount > 900000 ? 900000 : amount;
}

static int present_after(struct scene *scene, int day, int days) {
    return org_next_present(scene->org, scene->rep, day + days);
}

/* Won, lost, lost and tried once more, or deleted as a double. */
static int end_deal(struct scene *scene, const struct item *deal, int day, double won) {
    struct rng *rng = &scene->rng;
    uint32_t end_s = time_on(scene, deal->time_s, day);
    int told = perhaps_hand_over(scene, deal, deal->time_s + DAY_S / 2, end_s);
    if (told < 0)
        return told;
    if (rng_chance(rng, SHARE_GONE))
        return tell_deal(scene, deal, OUTCOME_GONE, end_s, 0);
    if (rng_chance(rng, won))
        return tell_deal(scene, deal, OUTCOME_WON, end_s, 0);
    int rc = tell_deal(scene, deal, OUTCOME_LOST, end_s, 0);
    if (rc < 0 || !rng_chance(rng, SHARE_REOPENED))
        return rc;
    int again = present_after(scene, day, 5);
    rc = tell_deal(scene, deal, OUTCOME_REOPENED, time_on(scene, deal->time_s, again), 20);
    again = present_after(scene, again, 12);
    return rc == 0 ? tell_deal(scene, deal, OUTCOME_LOST, time_on(scene, deal->time_s, again), 0)
                   : rc;
}

/* Sent within two weeks of the demo, unless a leave is in between; perhaps entered on a wrong day
 * first. */
static int do_proposal(struct scene *scene, const struct item *deal, int day) {
    struct rng *rng = &scene->rng;
    struct item item = record_on(scene, KIND_PROPOSAL, time_on(scene, deal->time_s, day));
    item.deal = deal->deal;
    item.revision = 2;
    item.outcome = OUTCOME_SENT;
    perhaps_late(scene, &item);
    int rc = 0;
    if (rng_chance(rng, SHARE_MISDATED)) {
        struct item wrong = item;
        wrong.revision = 1;
        move_time(scene, &wrong, -1);
        arrive_at(&wrong, wrong.arrival_s);
        arrive_at(&item, item.arrival_s + (uint32_t)rng_range(rng, HOUR_S, 3 * DAY_S));
        rc = send(scene, &wrong);
    }
    if (rc == 0)
        rc = send(scene, &item);
    return rc == 0 ? perhaps_delete(scene, &item) : rc;
}

static int propose(struct scene *scene, const struct item *deal) {
    struct rng *rng = &scene->rng;
    int day = present_after(scene, scene->day, rng_range(rng, 1, 11));
    int cycle = 6 + (int)(6 * rng_gamma(rng, 2));
    int end = present_after(scene, day, cycle > 40 ? 40 : cycle);
    int rc = do_proposal(scene, deal, day);
    if (rc == 0)
        rc = tell_deal(scene, deal, OUTCOME_PROPOSED, time_on(scene, deal->time_s, day) + 60,
                       end - day);
    int pushed = present_after(scene, day, (end - day) / 2);
    if (rc == 0 && pushed < end && rng_chance(rng, SHARE_PUSHED))
        rc = tell_deal(scene, deal, OUTCOME_PUSHED, time_on(scene, deal->time_s, pushed) + 120,
                       end - day + 14);
    return rc == 0 ? end_deal(scene, deal, end, SHARE_WON) : rc;
}

/* It was found some days before, and mostly called about before the demo, as is the way here. */
static int open_deal(struct scene *scene, const struct item *deal, int *ret_day) {
    struct rng *rng = &scene->rng;
    int day = org_last_present(scene->org, scene->rep,
                               scene->day - rng_range(rng, 1, ORG_AHEAD_DAYS - 1));
    if (day < scene->day - ORG_AHEAD_DAYS)
        day = scene->day;
    uint32_t found_s = time_on(scene, deal->time_s, day) - 2 * HOUR_S;
    *ret_day = day;
    int rc = tell_deal(scene, deal, OUTCOME_CREATED, found_s, 40);
    if (rc < 0 || !rng_chance(rng, org_share(scene->org, scene->rep, MEASURE_OUR_WAY, scene->day)))
        return rc;
    struct item call = record_on(scene, KIND_CALL, found_s + HOUR_S);
    call.deal = deal->deal;
    call.outcome = OUTCOME_CONNECTED;
    return send(scene, &call);
}

static int do_demo(struct scene *scene) {
    struct rng *rng = &scene->rng;
    struct item result = new_record(scene, KIND_DEMO, draw_time(scene));
    result.deal = result.serial + 1;
    int found;
    struct item deal = result;
    deal.detail = (uint32_t)draw_amount(scene, scene->day);
    int rc = open_deal(scene, &deal, &found);
    if (rc == 0)
        rc = do_appointment(scene, &result);
    if (rc < 0)
        return rc;
    if (result.outcome == OUTCOME_HELD) {
        rc = tell_deal(scene, &deal, OUTCOME_DEMONSTRATED, result.time_s + HOUR_S / 2, 30);
        double rate = org_share(scene->org, scene->rep, MEASURE_DEMO_TO_PROPOSAL, scene->day);
        if (rc == 0 && rng_chance(rng, rate))
            return propose(scene, &deal);
    }
    int end = present_after(scene, scene->day, rng_range(rng, 8, 30));
    return rc == 0 ? end_deal(scene, &deal, end, 0) : rc;
}

/* ---- what others bring ---- */

/* Assigned during working hours; answered in minutes, or hours or days later, or never. */
static int do_lead(struct scene *scene) {
    struct rng *rng = &scene->rng;
    uint32_t s = scene->midnight_s + WORK_BEGINS_S + rng_below(rng, WORK_S - HOUR_S);
    struct item lead = new_record(scene, KIND_LEAD, s);
    lead.deal = lead.serial + 1;
    int rc = send(scene, &lead);
    bool fast =
        rng_chance(rng, org_share(scene->org, scene->rep, MEASURE_SPEED_TO_LEAD, scene->day));
    if (rc < 0 || (!fast && rng_chance(rng, SHARE_UNANSWERED)))
        return rc;
    s += (uint32_t)(fast ? rng_range(rng, 180, 3300) : rng_range(rng, 2 * HOUR_S, 5 * HOUR_S));
    struct item answer = new_record(scene, KIND_MESSAGE, s);
    answer.deal = lead.deal;
    if ((rc = send(scene, &answer)) < 0 || !rng_chance(rng, .6))
        return rc;
    int day = present_after(scene, scene->day, rng_range(rng, 2, 9));
    struct item closed = record_on(scene, KIND_LEAD, time_on(scene, s, day));
    closed.deal = lead.deal;
    closed.outcome = OUTCOME_CLOSED;
    return send(scene, &closed);
}

static int do_observation(struct scene *scene) {
    struct item item = new_record(scene, KIND_OBSERVATION, draw_time(scene));
    double score = org_share(scene->org, scene->rep, MEASURE_DISCOVERY, scene->day);
    if (scene->org->reps[scene->rep].role == ROLE_AE)
        score = 65;
    score += 9 * rng_normal(&scene->rng);
    item.detail = (uint32_t)(score < 0 ? 0 : score > 100 ? 100 : score + .5);
    return send(scene, &item);
}

static const struct {
    int (*run)(struct scene *scene);
    bool ahead; /* made ORG_AHEAD_DAYS before, so that it can be booked */
} deeds[ORG_DRAWN] = {
    [KIND_CALL] = {do_call, false},
    [KIND_EMAIL] = {do_email, false},
    [KIND_MEETING_SET] = {do_meeting_set, false},
    [KIND_MEETING] = {do_meeting, true},
    [KIND_DEMO] = {do_demo, true},
    [KIND_LEAD] = {do_lead, false},
    [KIND_OBSERVATION] = {do_observation, false},
};

/* The same answer whenever it is asked: it is the first draw of the rep's day. */
static bool is_sick(struct scene *scene) {
    rng_seed(&scene->rng, scene->org->setup.seed, scene->rep + UINT64_C(1), (uint64_t)scene->day);
    return rng_chance(&scene->rng, ORG_SICK_SHARE);
}

static int generate_rep(struct scene *scene, bool ahead) {
    struct org *org = scene->org;
    double kappa = (double)org->reps[scene->rep].dispersion;
    if (is_sick(scene))
        return 0;
    if (ahead)
        rng_seed(&scene->rng, org->setup.seed, scene->rep + UINT64_C(1),
                 STREAM_AHEAD + (uint64_t)scene->day);
    for (enum org_kind kind = 0; kind < ORG_DRAWN; kind++) {
        if (deeds[kind].ahead != ahead)
            continue;
        unsigned n = rng_negbin(&scene->rng, org_mean(org, scene->rep, kind, scene->day), kappa);
        for (; n > 0; n--) {
            int rc = deeds[kind].run(scene);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int generate_pass(struct org *org, int day, bool ahead, struct agenda *agenda) {
    struct scene scene = {.org = org, .agenda = agenda};
    /* What lies ahead of the end is booked before it all the same. */
    int end = org->setup.n_days + (ahead ? ORG_AHEAD_DAYS : 0);
    if (day < 0 || day >= end || !org_is_working_day(org, day))
        return 0;
    for (int rep = 0; rep < org->setup.n_reps; rep++) {
        if (!org_is_present(org, rep, day))
            continue;
        scene_open(&scene, rep, day);
        int rc = generate_rep(&scene, ahead);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int activity_generate(struct org *org, int day, struct agenda *agenda) {
    int told = day < 0 ? 0 : affairs_generate(org, day, agenda);
    if (told == 0 && org->loop && day >= 0)
        told = loop_generate(org, day, agenda);
    if (told < 0)
        return told;
    int rc = generate_pass(org, day + ORG_AHEAD_DAYS, true, agenda);
    return rc == 0 ? generate_pass(org, day, false, agenda) : rc;
}
