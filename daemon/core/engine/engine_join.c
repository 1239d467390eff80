/*
 * engine_join.c - who is in which squad, and what it changes when events say so.
 */
#include "engine_fold.h"
#include "numbered.h"

#include <errno.h>
#include <stdlib.h>

/* A team that no tick has met yet is closed as far as the clock has closed the others. */
static int reach_clock(struct fold *fold, int team) {
    struct squad *squad = fold->squads[team].squad;
    if (!squad || fold->clock_us == TIME_NONE)
        return 0;
    pace_day day = fold_closed_day(fold, team, fold->clock_us);
    return day > squad_closed_to(squad) ? squad_close(squad, day) : 0;
}

int fold_reach_clock(struct fold *fold) {
    int err = 0;
    for (int t = 0; !err && t < fold_teams(fold); t++)
        err = reach_clock(fold, t);
    return err;
}

/* ---- joining ---- */

static void row_mark(struct squad_row *row, pace_day day) {
    if (!row->squad)
        return;
    squad_mark(row->squad, day);
    if (row->late_day == DAY_NONE || day < row->late_day)
        row->late_day = day;
}

static struct rep_squads squads_of(const struct fold *fold, uint32_t rep) {
    return rep < fold->joined_size ? fold->joined[rep] : (struct rep_squads){NULL, 0};
}

static bool team_has(const struct fold *fold, int team, uint32_t rep) {
    struct rep_squads squads = squads_of(fold, rep);
    int n = 0;
    while (n < squads.n && squads.teams[n] != team)
        n++;
    return n < squads.n;
}

static int joined_add(struct fold *fold, int team, uint32_t rep) {
    int err =
        numbered_reach((void **)&fold->joined, &fold->joined_size, rep, sizeof *fold->joined);
    struct rep_squads *squads = err ? NULL : &fold->joined[rep];
    int *teams = err ? NULL : realloc(squads->teams, ((size_t)squads->n + 1) * sizeof *teams);
    if (!teams)
        return -ENOMEM;
    squads->teams = teams;
    teams[squads->n++] = team;
    return 0;
}

/* From where the day begins first among the team's zones to where it ends last. */
static void day_bounds(void *arg, int team, pace_day day, int64_t *ret_begin_us, int64_t *ret_end_us) {
    const struct fold *fold = arg;
    const struct squad_row *row = &fold->squads[team];
    int64_t begin_us = INT64_MAX, end_us = INT64_MIN;
    for (int z = 0; z < row->n_zones; z++) {
        int64_t begin = zone_day_end(row->zones[z], day - 1), end = zone_day_end(row->zones[z], day);
        begin_us = begin < begin_us ? begin : begin_us;
        end_us = end > end_us ? end : end_us;
    }
    *ret_begin_us = begin_us;
    *ret_end_us = end_us;
}

static int team_create(struct fold *fold, int team) {
    struct squad_setup setup = {.config = fold->config, .people = fold->people, .tally = fold->tally,
                                .sources = fold->setup.sources, .day_bounds = day_bounds, .arg = fold, .team = team};
    fold->squads[team].squad = squad_create(&setup);
    fold->next_due_us = TIME_NONE; /* asked anew: a team more */
    return fold->squads[team].squad ? 0 : -ENOMEM;
}

static int team_join(struct fold *fold, int team, uint32_t rep) {
    int err = fold->squads[team].squad ? 0 : team_create(fold, team);
    err = err ? err : squad_join(fold->squads[team].squad, rep);
    err = err ? err : joined_add(fold, team, rep);
    return err ? err : reach_clock(fold, team);
}

/* The n-th team that a rep is ever in, or, without any stint, is said to be in; -1 past the last. They may repeat. */
static int rep_team(const struct fold *fold, uint32_t rep, int n) {
    const struct stint *stints;
    int count = people_stints(fold->people, rep, &stints);
    if (n < count)
        return stints[n].team;
    return n || count ? -1 : people_rep(fold->people, rep)->team;
}

/* A new rep, or one of whom something new is known, joins the squads where it isn't yet. */
static int rep_join(struct fold *fold, uint32_t rep, bool is_new) {
    int err = fold_reach_teams(fold), team;
    for (int n = 0; !err && (team = rep_team(fold, rep, n)) >= 0; n++)
        if (!team_has(fold, team, rep)) {
            err = team_join(fold, team, rep);
            if (!is_new) /* comes with a past, of which the squad's own makes use */
                row_mark(&fold->squads[team], DAY_NONE + 1);
        }
    return err;
}

/* A squad without that rep, as if it had never been there: its days are computed and settled anew. */
static int team_leave(struct fold *fold, int team, uint32_t rep) {
    struct squad *old = fold->squads[team].squad;
    pace_day closed = squad_closed_to(old);
    int err = 0;
    fold->squads[team].squad = NULL;
    for (int m = 0; !err && m < squad_members(old); m++)
        if (squad_member(old, m) != rep) {
            err = fold->squads[team].squad ? 0 : team_create(fold, team);
            err = err ? err : squad_join(fold->squads[team].squad, squad_member(old, m));
        }
    squad_destroy(&old);
    if (!err && fold->squads[team].squad && closed != DAY_NONE)
        err = squad_close(fold->squads[team].squad, closed);
    return err;
}

/* Whether anything says that a rep is ever in a team. */
static bool rep_is_of(const struct fold *fold, uint32_t rep, int team) {
    int n = 0, of;
    while ((of = rep_team(fold, rep, n)) >= 0 && of != team)
        n++;
    return of >= 0;
}

/* Where nothing says any more that a rep ever was, it isn't. */
static int rep_leave(struct fold *fold, uint32_t rep) {
    struct rep_squads squads = squads_of(fold, rep);
    int err = 0, stays = 0;
    for (int n = 0; !err && n < squads.n; n++)
        if (rep_is_of(fold, rep, squads.teams[n]))
            squads.teams[stays++] = squads.teams[n];
        else
            err = team_leave(fold, squads.teams[n], rep);
    if (squads.n)
        fold->joined[rep].n = stays;
    return err;
}

int fold_join(struct fold *fold) {
    int err = 0;
    while (!err && fold->n_joined < people_count(fold->people))
        err = rep_join(fold, fold->n_joined++, true);
    return err;
}

/* ---- marking ---- */

void fold_mark(struct fold *fold, pace_day day) {
    for (int t = 0; t < fold_teams(fold); t++)
        row_mark(&fold->squads[t], day);
}

int fold_touched(void *arg, uint32_t rep, pace_day day) {
    struct fold *fold = arg;
    const struct stint *stints;
    int err = fold->recalling ? 0 : fold_join(fold);
    if (err || fold->recalling)
        return err;
    int n = people_stints(fold->people, rep, &stints);
    if (!n)
        row_mark(&fold->squads[people_rep(fold->people, rep)->team], day);
    for (int s = 0; s < n; s++)
        row_mark(&fold->squads[stints[s].team], day);
    return 0;
}

/* ---- what events say about people ---- */

/* It is in the squads of the teams of before and of now. */
static void rep_mark(struct fold *fold, uint32_t rep, pace_day day) {
    struct rep_squads squads = squads_of(fold, rep);
    for (int n = 0; n < squads.n; n++)
        row_mark(&fold->squads[squads.teams[n]], day);
}

static int effect_take(struct fold *fold, const struct people_effect *effect) {
    int err = fold_reach_teams(fold);
    err = err ? err : fold_join(fold);
    if (!err && effect->rep != REP_NONE)
        err = rep_join(fold, effect->rep, false);
    if (!err && effect->rep != REP_NONE)
        err = rep_leave(fold, effect->rep);
    if (err || effect->from == DAY_MAX)
        return err;
    pace_day from = people_promises_touched(fold->people, effect);
    from = from == DAY_EVER ? DAY_EVER + 1 : from; /* DAY_EVER is DAY_NONE */
    if (effect->everybody)
        fold_mark(fold, from);
    else if (effect->rep != REP_NONE)
        rep_mark(fold, effect->rep, from);
    return 0;
}

/*
 * A fold that waits to be replaced still takes in leave, moves and changes, since it goes on warning meanwhile; only what would
 * assign days anew waits for the next one.
 */
int fold_note_roster(struct fold *fold, const struct event *event, int sign, bool *ret_anew) {
    struct people_effect effect, undone;
    uint32_t known = people_find(fold->people, event->subject), met = fold->n_joined;
    int err = people_note(fold->people, event, sign, &effect);
    if (err)
        return err;
    bool was_met = known != REP_NONE && known < met;
    *ret_anew = effect.new_rep || effect.lost_rep || (effect.zone_changed && was_met);
    if (*ret_anew) {
        fold->frozen = true;
        return people_note(fold->people, event, -sign, &undone);
    }
    *ret_anew = fold->frozen;
    return effect_take(fold, &effect);
}
