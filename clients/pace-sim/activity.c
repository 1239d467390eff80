#include "activity.h"

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

uint32_t activity_day_start_s(const struct org *org, int day) {
    return (uint32_t)(((int64_t)org->setup.start + day) * DAY_S);
}

static void scene_open(struct scene *scene, int rep, int day) {
    struct org *org = scene->org;
    int64_t noon_s = ((int64_t)org->setup.start + day) * DAY_S + DAY_S / 2;
    scene->rep = rep;
    scene->day = day;
    scene->zone = org->teams[org->reps[rep].team].zone;
    scene->offset_s = zone_offset_s(scene->zone, noon_s * 1000000);
    scene->midnight_s = (uint32_t)(noon_s - DAY_S / 2 - scene->offset_s);
    scene->begin_s = activity_day_start_s(org, 0);
}

static uint32_t draw_time(struct scene *scene) {
    uint32_t s = scene->midnight_s + WORK_BEGINS_S + rng_below(&scene->rng, WORK_S);
    if (rng_chance(&scene->rng, SHARE_OFF_HOURS))
        s = s < scene->midnight_s + WORK_BEGINS_S + WORK_S / 2 ? s - HOUR_S : s + HOUR_S;
    return s;
}

static struct item new_record(struct scene *scene, enum org_kind kind, uint32_t time_s) {
    struct item item = {.rep = (uint32_t)scene->rep, .kind = (uint8_t)kind};
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

/* A rep logs some of the work days later. */
static void perhaps_late(struct scene *scene, struct item *item) {
    if (rng_chance(&scene->rng, (double)scene->org->reps[scene->rep].late_share))
        arrive_at(item, item->arrival_s + draw_lateness(scene));
}

static int send(struct scene *scene, const struct item *item) {
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
    double u = rng_unit(&scene->rng);
    item.outcome = u < .3 ? OUTCOME_CONNECTED : u < .85 ? OUTCOME_NO_ANSWER : OUTCOME_VOICEMAIL;
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

/* Set today, so counted today; what becomes of the meeting is a later revision of the same record.
 */
static int do_meeting_set(struct scene *scene) {
    struct item item = new_record(scene, KIND_MEETING_SET, draw_time(scene));
    struct item result = item;
    item.revision = 1;
    item.outcome = OUTCOME_BOOKED;
    perhaps_late(scene, &item);
    result.revision = 2;
    result.outcome = rng_chance(&scene->rng, .75) ? OUTCOME_HELD : OUTCOME_NO_SHOW;
    arrive_at(&result, item.arrival_s + (uint32_t)rng_range(&scene->rng, DAY_S, 9 * DAY_S));
    if (rng_chance(&scene->rng, SHARE_OUT_OF_ORDER))
        arrive_at(&item, result.arrival_s + (uint32_t)rng_range(&scene->rng, HOUR_S, 30 * HOUR_S));
    int rc = send(scene, &item);
    if (rc == 0)
        rc = send(scene, &result);
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
static int do_appointment(struct scene *scene, enum org_kind kind) {
    struct item result = new_record(scene, kind, draw_time(scene));
    result.revision = 3;
    result.outcome = rng_chance(&scene->rng, ORG_HELD_SHARE) ? OUTCOME_HELD : OUTCOME_NO_SHOW;
    perhaps_late(scene, &result);
    int rc = do_booking(scene, &result);
    if (rc == 0)
        rc = send(scene, &result);
    return rc == 0 ? perhaps_delete(scene, &result) : rc;
}

static int do_meeting(struct scene *scene) {
    return do_appointment(scene, KIND_MEETING);
}

static int do_demo(struct scene *scene) {
    return do_appointment(scene, KIND_DEMO);
}

static int do_proposal(struct scene *scene) {
    struct rng *rng = &scene->rng;
    struct item item = new_record(scene, KIND_PROPOSAL, draw_time(scene));
    item.revision = 2;
    item.outcome = OUTCOME_SENT;
    perhaps_late(scene, &item);
    struct item answer = item;
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
    double u = rng_unit(rng);
    if (rc < 0 || u > .6)
        return rc == 0 ? perhaps_delete(scene, &item) : rc;
    answer.revision = 3;
    answer.outcome = u < .3 ? OUTCOME_ACCEPTED : OUTCOME_DECLINED;
    arrive_at(&answer, item.arrival_s + (uint32_t)rng_range(rng, 3 * DAY_S, 20 * DAY_S));
    rc = send(scene, &answer);
    return rc == 0 ? perhaps_delete(scene, &answer) : rc;
}

static const struct {
    int (*run)(struct scene *scene);
    bool ahead; /* made ORG_AHEAD_DAYS before, so that it can be booked */
} deeds[ORG_KINDS] = {
    [KIND_CALL] = {do_call, false},
    [KIND_EMAIL] = {do_email, false},
    [KIND_MEETING_SET] = {do_meeting_set, false},
    [KIND_MEETING] = {do_meeting, true},
    [KIND_DEMO] = {do_demo, true},
    [KIND_PROPOSAL] = {do_proposal, false},
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
    for (enum org_kind kind = 0; kind < ORG_KINDS; kind++) {
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
    if (day < 0 || day >= org->setup.n_days || !org_is_working_day(org, day))
        return 0;
    for (int rep = 0; rep < org->setup.n_reps; rep++) {
        if (org_on_leave(org, rep, day))
            continue;
        scene_open(&scene, rep, day);
        int rc = generate_rep(&scene, ahead);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int activity_generate(struct org *org, int day, struct agenda *agenda) {
    int rc = generate_pass(org, day + ORG_AHEAD_DAYS, true, agenda);
    return rc == 0 ? generate_pass(org, day, false, agenda) : rc;
}
