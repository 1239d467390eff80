/*
 * squad_joint.c - all indicators of a rep together: may they warn where none does alone, and which
 * of them make up a warning?
 *
 * Each indicator keeps its own one false alarm in arl0_days. All of a rep's n together have theirs
 * once in 1.5/n arl0_days; since what crosses one way often crosses the other too, they add about a
 * fifth to what n indicators raise by chance (bench_joint). With one indicator there is nothing to
 * add. What crosses together opens a case on the strongest; the others that contribute belong to
 * that case and raise none of their own while it is open, unless their own evidence has grown
 * tenfold.
 */
#include "config.h"
#include "people.h"
#include "pmath.h"
#include "squad_day.h"

#include <math.h>

#define THRESHOLD 1.5 /* of arl0_days / n */
#define GROWN 10 /* times the evidence that a warning needs: news, although it belongs to a case */
#define ROSE 30 /* working days: a rise that chance does more seldom is one */
#define PART_CHANCE .5 /* of being among those that fell, for a part to be told; */
#define PART_LEAST .05 /* of its usual level it must have lost, */
#define PART_SHARE .05 /* and of the evidence it must be */

static bool is_watched(const struct closing *c, int m, int i) {
    const struct stream *stream = state_stream(c->state, m, i);
    return stream && stream->detector.exposure_days >= DETECTOR_WATCH_FROM && !stream->detector.open &&
           today_takes_part(c, m, i);
}

void joint_begin(const struct closing *c, int m) {
    struct today *today = &c->today[m];
    today->watched = 0;
    for (int i = 0; today->here && i < c->state->family.n; i++)
        today->watched += is_watched(c, m, i);
}

/*
 * Of two that go up and down together one would have fallen when the other rises by itself: whose minutes were told in seconds from
 * some day on made fewer calls each day than such talks lead to expect.
 */
static bool has_risen(const struct detector *detector, const struct detector_reading *reading) {
    return detector->good_days > 0 || reading->residual > SQUAD_APART || reading->good_log_evidence >= pmath_log(ROSE);
}

void joint_note(const struct closing *c, int m, int i, const struct detector_reading *reading, double factor) {
    struct today *today = &c->today[m];
    if (!reading->weighed || i >= c->state->family.n || shift_holds(c, i))
        return;
    today->joint.active |= 1u << i;
    today->joint.residual[i] = reading->residual;
    if (has_risen(&state_look(c->state, m, i)->detector, reading))
        today->joint.apart |= 1u << i;
    for (int j = 0; j < JOINT_SIZES; j++) {
        today->joint.ratio[i][j] = reading->ratio[j];
        today->joint.shift[i][j] = reading->shift[j];
    }
    today->joint_factor[i] = factor;
}

int joint_named_with(const struct closing *c, int m, int i) {
    const struct attendance *member = &c->state->members[m];
    return i < c->state->family.n && member->joint_parts >> i & 1 ? 1 + member->joint_driver : 0;
}

bool joint_holds(const struct closing *c, int m, int i, const struct detector_reading *reading) {
    return joint_named_with(c, m, i) && reading->log_evidence < c->log_arl0 + pmath_log(GROWN);
}

void joint_restart(const struct squad_state *state, int m) {
    double *statistics = state_joint(state, m);
    for (int n = 0; n < joint_width(&state->family); n++)
        statistics[n] = 0;
}

void joint_closed(const struct closing *c, int m, int i, bool lasting) {
    struct attendance *member = &c->state->members[m];
    if (!member->joint_parts || member->joint_driver != i)
        return;
    for (int k = 0; k < c->state->family.n; k++) {
        struct stream *stream = member->joint_parts >> k & 1 ? state_stream(c->state, m, k) : NULL;
        if (stream && !stream->detector.open && lasting)
            stream_relearn(stream); /* as low as they are is usual now, too */
        else if (stream && !stream->detector.open)
            detector_restart(&stream->detector); /* what spoke against them has been told */
    }
    member->joint_parts = 0;
}

/* ---- which of them ---- */

/* A stream as it stands at the end of the day. */
static struct detector_reading read_stream(const struct closing *c, int m, int i) {
    const struct detector *detector = &state_look(c->state, m, i)->detector;
    struct detector_peers peers;
    struct detector_reading reading;
    struct detector_day day = {.day = c->day, .hours = 1, .concentration = 1, .team_weekday = 1, .team_factor = 1,
                               .weekdays = c->today[m].weekdays};
    team_sum_peers(c, i);
    team_peers_of(c, m, i, &peers);
    detector_expect(detector, &peers, &day, &reading);
    reading.strongest = detector_strongest(detector, &reading);
    return reading;
}

/* Adds a stream to the list, strongest first, unless it says little. */
static void add_part(const struct closing *c, int m, int i, double chance, struct joint_parts *parts) {
    const struct detector *detector = &state_look(c->state, m, i)->detector;
    if (chance < PART_CHANCE || !is_watched(c, m, i) || shift_holds(c, i))
        return;
    struct joint_part part = {.indicator = i, .reading = read_stream(c, m, i)};
    c->today[m].as_usual.x = detector->last;
    if (part.reading.strongest < 0 || !slip_is_relevant(c, m, i, &part.reading))
        return;
    pace_day since;
    part.weight = chance * detector->sizes.c[part.reading.strongest];
    detector_peek(detector, &part.reading, &since, &part.before, &part.after);
    double gone = detector->rises ? part.after - part.before : part.before - part.after;
    if (part.weight <= 0 || gone <= PART_LEAST * fabs(part.before))
        return;
    part.too_few = detector->law == LAW_COUNT && part.reading.lambda < .5;
    int at = parts->n++;
    for (; at > 0 && parts->list[at - 1].weight < part.weight; at--)
        parts->list[at] = parts->list[at - 1];
    parts->list[at] = part;
    parts->sum += part.weight;
}

static void find_parts(const struct closing *c, int m, struct joint_parts *parts) {
    double chance[JOINT_STREAMS];
    *parts = (struct joint_parts){0};
    joint_included(&c->state->family, state_joint(c->state, m), chance);
    for (int i = 0; i < c->state->family.n; i++)
        add_part(c, m, i, chance[i], parts);
    while (parts->n && parts->list[parts->n - 1].weight < PART_SHARE * parts->sum)
        parts->sum -= parts->list[--parts->n].weight;
}

/* The case is the strongest one's; but where that is too few for a push, another may not be. */
static struct joint_part *driver_of(struct joint_parts *parts) {
    for (int p = 0; p < parts->n; p++)
        if (!parts->list[p].too_few)
            return &parts->list[p];
    return &parts->list[0];
}

static void put_part(const struct closing *c, const struct joint_part *part, double sum, struct fact *fact) {
    if (fact->n_parts < FACT_PARTS_MAX)
        fact->parts[fact->n_parts++] =
            (struct fact_part){part->indicator, input_rate(c, part->indicator, part->before),
                               input_rate(c, part->indicator, part->after), part->weight / sum};
}

/* Today's newest warning about a slip of this rep, the strongest if there are several. */
static struct fact *slip_of_today(const struct closing *c, int m) {
    struct fact *found = NULL;
    for (int f = c->facts ? c->facts->n - 1 : -1; f >= 0 && c->facts->list[f].raised_on == c->day; f--) {
        struct fact *fact = &c->facts->list[f];
        bool slip = fact->kind == FACT_SLIP || fact->kind == FACT_RELAPSED;
        if (slip && fact->rep == c->reps[m] && (!found || fact->evidence > found->evidence))
            found = fact;
    }
    return found;
}

/* ---- warnings ---- */

/* One indicator has crossed by itself: which others go with it? */
static void complete_slip(const struct closing *c, int m) {
    struct joint_parts parts;
    struct fact *fact = slip_of_today(c, m);
    find_parts(c, m, &parts);
    if (!fact || !parts.n)
        return;
    double own = fact->evidence > 3 ? pmath_log(fact->evidence) : 1, sum = own + parts.sum;
    fact->parts[fact->n_parts++] = (struct fact_part){fact->indicator, fact->before, fact->after, own / sum};
    for (int p = 0; p < parts.n && parts.list[p].weight >= PART_SHARE * sum; p++)
        put_part(c, &parts.list[p], sum, fact);
    if (fact->n_parts == 1) /* nothing but itself */
        fact->n_parts = 0;
}

static bool crosses(const struct closing *c, int m, double log_evidence) {
    const struct today *today = &c->today[m];
    if (today->watched < 2)
        return false;
    double late = 0, least = c->log_arl0 + pmath_log(THRESHOLD / today->watched);
    if (log_evidence < least)
        return false;
    for (int i = 0; i < c->state->family.n; i++) {
        double caution = today->joint.active >> i & 1 ? late_caution(c, i, state_look(c->state, m, i)) : 0;
        late = caution > late ? caution : late;
    }
    return log_evidence >= least + late;
}

static void open_together(const struct closing *c, int m, double log_evidence) {
    struct attendance *member = &c->state->members[m];
    struct joint_parts parts;
    find_parts(c, m, &parts);
    if (!parts.n)
        return;
    struct joint_part *driver = driver_of(&parts);
    int i = driver->indicator;
    driver->reading.log_evidence = log_evidence;
    c->today[m].as_usual.x = state_look(c->state, m, i)->detector.last;
    case_open(c, m, i, &driver->reading, c->today[m].joint_factor[i], false);
    struct fact *fact = slip_of_today(c, m);
    member->joint_driver = i;
    member->joint_parts = 0;
    for (int p = 0; p < parts.n; p++) {
        member->joint_parts |= &parts.list[p] == driver ? 0 : 1u << parts.list[p].indicator;
        if (fact)
            put_part(c, &parts.list[p], parts.sum, fact);
    }
    if (fact)
        fact->jointly = parts.n > 1 ? c->today[m].watched : 0;
}

static void capture(const struct closing *c, int m, double log_evidence) {
    struct joint_parts parts;
    if (m != c->capture_member || log_evidence <= 0)
        return;
    find_parts(c, m, &parts);
    for (int i = 0; i < c->state->n_indicators; i++)
        c->capture[i].joint_evidence = pmath_exp(log_evidence);
    for (int p = 0; p < parts.n; p++)
        c->capture[parts.list[p].indicator].joint_share = parts.list[p].weight / parts.sum;
}

static bool has_open_case(const struct closing *c, int m) {
    for (int i = 0; i < c->state->n_indicators; i++)
        if (state_look(c->state, m, i)->detector.open)
            return true;
    return false;
}

static const struct joint_inverse *inverse_of(const struct closing *c, unsigned together) {
    int n = 0;
    while (n < JOINT_INVERSES - 1 && c->inverses[n].made && c->inverses[n].together != together)
        n++;
    joint_invert(&c->state->pairs, together, &c->inverses[n]);
    return &c->inverses[n];
}

void joint_settle(const struct closing *c, int m) {
    const struct today *today = &c->today[m];
    if (!today->joint.active)
        return;
    const struct joint_inverse *inverse = inverse_of(c, joint_together(&today->joint));
    double log_evidence = joint_step(&c->state->family, inverse, &today->joint, state_joint(c->state, m));
    if (has_open_case(c, m)) {
        if (today->opened)
            complete_slip(c, m);
        joint_restart(c->state, m);
        return;
    }
    capture(c, m, log_evidence);
    if (c->state->members[m].silent_run < SQUAD_ASK_DAYS && crosses(c, m, log_evidence))
        open_together(c, m, log_evidence);
    if (today->opened)
        joint_restart(c->state, m);
}

void joint_learn_day(const struct closing *c) {
    bool any = false;
    for (int n = 0; n < c->state->n_members; n++) {
        const struct today *today = &c->today[c->by_name[n]];
        if (!today->member || !today->joint.active)
            continue;
        joint_learn(&c->state->pairs, &today->joint);
        any = true;
    }
    if (any)
        joint_forget(&c->state->pairs);
}
