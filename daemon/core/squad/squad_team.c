/*
 * squad_team.c - what the members of a team tell of each other: peers' sums and the team factor.
 */
#include "config.h"
#include "people.h"
#include "squad_day.h"

#include <math.h>

static bool counts_for_others(const struct closing *c, int m, int i) {
    return c->today[m].member && state_look(c->state, m, i)->begun;
}

void team_sum_peers(const struct closing *c, int i) {
    memset(c->sums, 0, (size_t)people_roles(c->people) * sizeof *c->sums);
    memset(c->roles, 0, (size_t)people_roles(c->people) * sizeof *c->roles);
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        if (counts_for_others(c, m, i))
            detector_share(&state_look(c->state, m, i)->detector, &c->sums[c->today[m].role]);
    }
}

void team_peers_of(const struct closing *c, int m, int i, struct detector_peers *ret_peers) {
    if (!c->today[m].member) {
        *ret_peers = (struct detector_peers){0};
        return;
    }
    detector_others(&state_look(c->state, m, i)->detector, &c->sums[c->today[m].role], ret_peers);
}

/* ---- the last days of all together ---- */

struct totals team_recent(const struct stream *stream) {
    struct totals own = {0};
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++) {
        own.x += stream->recent_x[d];
        own.m += stream->recent_m[d];
    }
    own.n = own.m > 0;
    return own;
}

static void note_top(struct role_top *top, struct role_top next) {
    for (int t = 0; t < 2 && next.m > 0; t++) {
        struct role_top was = top[t];
        if (was.m > 0 && next.x - next.m <= was.x - was.m)
            continue;
        top[t] = next;
        next = was;
    }
}

void team_note(const struct closing *c, int m, int i) {
    const struct stream *stream = state_look(c->state, m, i);
    if (!c->today[m].here)
        return;
    struct totals *role = &c->roles[c->today[m].role].all;
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++) /* one by one: the order of a sum is part of its bits */
        role->x += stream->recent_x[d];
    struct totals own = team_recent(stream);
    role->m += own.m;
    role->n += own.n;
    note_top(c->roles[c->today[m].role].top, (struct role_top){m, own.x, own.m});
}

/* What was agreed with one rep is no matter of the others. */
static bool has_own_target(const struct closing *c, int m, int i) {
    const struct config_indicator *at = &c->config->indicators[i];
    return at->target > 0 || (c->today[m].has_goals && people_goal(c->people, c->reps[m], GOAL_OF_INDICATOR, view_of(at->name), c->day));
}

bool team_is_deducted(const struct closing *c, int m, int i, int least, struct totals *ret_peers) {
    const struct stream *stream = state_look(c->state, m, i);
    struct totals peers = c->roles[c->today[m].role].all, own = team_recent(stream);
    if (!c->today[m].member || stream->detector.law != LAW_COUNT)
        return false;
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++)
        peers.x -= stream->recent_x[d];
    peers.m -= own.m;
    peers.n -= own.n;
    *ret_peers = peers;
    return peers.n >= least && !has_own_target(c, m, i);
}

/* How far a member's last days lie above what `level` of the usual leads to expect, the standard
 * deviation of that, and on how many of them. */
struct surplus {
    double x, error;
    int days;
};

static struct surplus surplus_of(const struct stream *stream, double level, double kappa) {
    struct surplus surplus = {0};
    double variance = 0;
    for (int d = 0; d < SQUAD_FACTOR_DAYS; d++) {
        double usual = level * stream->recent_m[d];
        surplus.x += stream->recent_x[d] - usual;
        variance += usual * (1 + kappa * usual);
        surplus.days += stream->recent_x[d] > usual;
    }
    surplus.error = sqrt(variance);
    return surplus;
}

/*
 * Where one of them does far more than the rest leads to expect, and on most of the last days, the
 * others are measured by the rest: they didn't fall because one rose. Nor did they because one had
 * two large days, so that nobody alone raises what is expected of them by more than chance does. By
 * what the team does less somebody is excused, not blamed, so that nobody is left out of that.
 */
static double factor_of(const struct closing *c, int m, int i, const struct totals *peers, double weight, double level) {
    const struct role_top *top = c->roles[c->today[m].role].top;
    double factor = (peers->x + weight * level) / (peers->m + weight);
    top += top->member == m;
    if (factor <= 1 || top->m <= 0)
        return factor;
    double rest = (peers->x - top->x + weight * level) / (peers->m - top->m + weight);
    struct surplus surplus = surplus_of(state_look(c->state, top->member, i), rest, c->today[m].expected.kappa);
    double most = SQUAD_ALONE * surplus.error;
    if (2 * surplus.days > SQUAD_FACTOR_DAYS && surplus.x > SQUAD_APART * surplus.error)
        factor = rest;
    else if (surplus.x > most)
        factor = (peers->x - (surplus.x - most) + weight * level) / (peers->m + weight);
    return factor > 1 ? factor : 1;
}

double team_factor(const struct closing *c, int m, int i) {
    struct totals peers;
    if (!team_is_deducted(c, m, i, c->state->shifts[i].detector.open ? SQUAD_PEERS_IN_SHIFT : SQUAD_PEERS_MIN, &peers))
        return 1;
    const struct detector_reading *expected = &c->today[m].expected;
    double weight = 20 * (1 + expected->kappa * expected->lambda);
    double factor = factor_of(c, m, i, &peers, weight, c->state->shifts[i].level);
    double own = expected->mu > 0 ? c->today[m].as_usual.x / expected->mu : 0, least = own < SQUAD_FACTOR_LEAST ? own : SQUAD_FACTOR_LEAST;
    return factor < least ? least : factor > 2 ? 2 : factor;
}
