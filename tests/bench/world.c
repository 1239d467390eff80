#include "world.h"

#include "streams.h"

#include <stdio.h>
#include <string.h>

enum { MONDAY = 4 /* 1970-01-05 */, WEEKDAYS = 31 };

pace_day world_workday(int t) {
    return MONDAY + t / 5 * 7 + t % 5;
}

int world_workday_of(pace_day day) {
    int n = day - MONDAY, weekday = n % 7;
    return n / 7 * 5 + (weekday < 5 ? weekday : 5);
}

void world_name(const struct scene *s, char *ret_name, size_t size) {
    snprintf(ret_name, size, "%g %g %d %g %d %g %d", s->lambda, s->kappa, s->peers, s->prior, (int)s->trouble, s->amount,
             s->rises);
}

/* What a day leaves of a deviation of the log-rate, and its standard deviation where it stays within one. */
static void wander(const struct scene *s, double *ret_phi, double *ret_sd) {
    *ret_phi = s->trouble == TROUBLE_CHAIN ? s->amount : exp(-1. / QUARTER);
    *ret_sd = s->trouble == TROUBLE_CHAIN ? sqrt(log(1 + s->kappa)) : s->amount;
}

static void person_begin(struct world_person *person, const struct scene *scene, double rate) {
    double sum = 0, phi, sd;
    person->rate = rate;
    for (int w = 0; w < 5; w++)
        sum += person->week[w] = exp(.1 * normal());
    for (int w = 0; w < 5; w++)
        person->week[w] *= 5 / sum;
    wander(scene, &phi, &sd);
    person->deviation = scene->trouble == TROUBLE_DRIFT || scene->trouble == TROUBLE_CHAIN ? sd * normal() : 0;
    detector_init(&person->detector, LAW_COUNT, scene->rises);
}

void world_begin(struct world *world, const struct scene *scene) {
    world->scene = *scene;
    world->t = 0;
    world->team = scene->lambda * (scene->prior > 0 ? scene->prior : exp(.5 * normal()));
    for (int i = 0; i <= scene->peers; i++)
        person_begin(&world->people[i], scene, i ? world->team : scene->lambda);
}

void world_copy(struct world *to, const struct world *from) {
    memcpy(to, from, offsetof(struct world, people));
    memcpy(to->people, from->people, (size_t)(from->scene.peers + 1) * sizeof *from->people);
}

/* How far today's rate is from the usual one, by what disturbs the scene. */
static double disturb(struct world_person *person, const struct scene *scene) {
    double phi, sd;
    wander(scene, &phi, &sd);
    switch (scene->trouble) {
    case TROUBLE_WALK:
        person->deviation += scene->amount / sqrt(QUARTER) * normal();
        return exp(person->deviation);
    case TROUBLE_DRIFT:
    case TROUBLE_CHAIN:
        person->deviation = phi * person->deviation + sd * sqrt(1 - phi * phi) * normal();
        return exp(person->deviation - sd * sd / 2);
    case TROUBLE_ZEROS:
        return uniform() < scene->amount ? 0 : 1;
    default:
        return 1;
    }
}

static int64_t draw(const struct world *world, struct world_person *person, double factor) {
    const struct scene *scene = &world->scene;
    double mean = person->rate * person->week[world->t % 5] * factor;
    if (scene->trouble != TROUBLE_NONE)
        mean *= disturb(person, scene);
    return count_draw(mean, scene->trouble == TROUBLE_CHAIN ? 0 : scene->kappa);
}

int64_t world_draw(struct world *world, double factor) {
    int64_t x = draw(world, &world->people[0], factor);
    world->t++;
    return x;
}

/* Everybody's peers are the others, as they stood at the day before's close. */
static void share_out(const struct world *world, struct detector_peers ret_peers[]) {
    struct detector_peers sums = {0};
    for (int i = 0; i <= world->scene.peers; i++)
        detector_share(&world->people[i].detector, &sums);
    for (int i = 0; i <= world->scene.peers; i++) {
        detector_others(&world->people[i].detector, &sums, &ret_peers[i]);
    }
}

static void open_case(struct detector *detector, const struct detector_reading *reading) {
    pace_day since;
    double before, after;
    detector_open(detector, reading, &since, &before, &after);
}

void world_step(struct world *world, double factor, double log_arl0, struct world_day *ret_day) {
    struct detector_peers peers[WORLD_PEERS_MAX + 1];
    int weekday = world->t % 5;
    share_out(world, peers);
    for (int i = 0; i <= world->scene.peers; i++) {
        struct world_person *person = &world->people[i];
        int64_t x = draw(world, person, i ? 1 : factor);
        struct detector_day day = {.day = world_workday(world->t), .x = (double)x, .hours = 1, .team_factor = 1,
                                   .team_weekday = detector_team_weekday(&peers[i], weekday, WEEKDAYS), .weekdays = WEEKDAYS};
        struct detector_reading reading;
        enum detector_verdict verdict = detector_step(&person->detector, &peers[i], &day, log_arl0, &reading);
        if (verdict == DETECTOR_CROSSED && world->scene.cases)
            open_case(&person->detector, &reading);
        if (i == 0)
            *ret_day = (struct world_day){x, verdict, reading};
    }
    world->t++;
}
