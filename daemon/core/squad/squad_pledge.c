#include "squad_pledge.h"

#include "config.h"
#include "people.h"
#include "room.h"
#include "roster.h"
#include "squad_day.h"
#include "squad_inside.h"
#include "squad_promise.h"

#include <errno.h>
#include <stdlib.h>

enum {
    KEEP_DAYS = 60, /* calendar days after its date */
    DAYS_MAX = 400, /* from making it to its date: nobody knows a rate for longer */
};

#define LEFT_LEAST .5

/* ---- the list ---- */

/* FNV-1a (Fowler, Noll, Vo). */
uint64_t promise_key(const char *name) {
    uint64_t hash = 14695981039346656037u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

static struct pledge *find(const struct pledges *pledges, int m, uint64_t key) {
    for (int p = 0; p < pledges->n; p++)
        if (pledges->list[p].member == m && pledges->list[p].key == key)
            return &pledges->list[p];
    return NULL;
}

const struct pledge *pledge_find(const struct squad_state *state, int m, const char *name) {
    return state->pledges.n ? find(&state->pledges, m, promise_key(name)) : NULL;
}

static int pledges_reach(struct pledges *pledges, int n) {
    return room_for((void **)&pledges->list, &pledges->size, n, sizeof *pledges->list);
}

int pledges_copy(struct pledges *to, const struct pledges *from) {
    if (pledges_reach(to, from->n))
        return -ENOMEM;
    if (from->n)
        memcpy(to->list, from->list, (size_t)from->n * sizeof *from->list);
    to->n = from->n;
    return 0;
}

void pledges_clear(struct pledges *pledges) {
    free(pledges->list);
    *pledges = (struct pledges){0};
}

void pledge_forget(const struct closing *c) {
    struct pledges *pledges = &c->state->pledges;
    int n = 0;
    for (int p = 0; p < pledges->n; p++)
        if (c->day - KEEP_DAYS < pledges->list[p].due)
            pledges->list[n++] = pledges->list[p];
    pledges->n = n;
}

/* ---- a tested day ---- */

struct look {
    const struct closing *c;
    int m, i;
    struct promise now;
    pace_day due; /* the working day */
};

static bool same_terms(const struct pledge *pledge, const struct look *look) {
    return pledge->indicator == look->i && pledge->target == look->now.target &&
           pledge->made == look->now.made && pledge->due == look->due;
}

/* The promise's own place, which begins anew where its terms are others. NULL: out of memory. */
static struct pledge *place_of(const struct look *look, bool *ret_fresh) {
    struct squad_state *state = look->c->state;
    uint64_t key = promise_key(look->now.name);
    struct pledge *pledge = find(&state->pledges, look->m, key);
    *ret_fresh = !pledge || !same_terms(pledge, look);
    if (!*ret_fresh)
        return pledge;
    if (!pledge && pledges_reach(&state->pledges, state->pledges.n + 1)) {
        state->failed = true;
        return NULL;
    }
    pledge = pledge ? pledge : &state->pledges.list[state->pledges.n++];
    *pledge = (struct pledge){.key = key,
                              .member = look->m,
                              .indicator = look->i,
                              .target = look->now.target,
                              .made = look->now.made,
                              .due = look->due,
                              .judged_on = DAY_NONE,
                              .told_on = DAY_NONE};
    return pledge;
}

/* What the days on which a feed was down would have brought. */
static double lost(const struct look *look, enum target_kind kind) {
    double exposure = 0;
    for (pace_day day = look->now.made; day < look->c->day; day++)
        if (promise_was_unknown(look->c, look->i, day))
            exposure += aim_exposure(look->c, look->m, look->i, kind, day);
    return exposure;
}

static void tell_risk(const struct look *look, const struct aim_outlook *outlook) {
    const struct closing *c = look->c;
    struct fact fact = fact_about(c, look->m, FACT_PROMISE_AT_RISK, look->i);
    fact.since = look->now.made;
    fact.after = outlook->level * input_unit(c->state, look->i);
    fact.promise = promise_fact(&look->now);
    fact.promise.measured = true;
    fact.has_target = true;
    fact.target = (struct fact_target){(double)look->now.target / 10000,
                                       outlook->so_far,
                                       outlook->expected,
                                       outlook->chance,
                                       look->now.made,
                                       look->due,
                                       outlook->left};
    fact_emit(c, &fact);
}

/* Less done than the time that is gone asks for; where less is better, more. One more than was
 * promised is lost already. */
static bool is_behind(const struct look *look, const struct aim_outlook *outlook) {
    double target = (double)look->now.target / 10000;
    if (look->c->config->indicators[look->i].direction == DIRECTION_DOWN)
        return outlook->so_far > target * outlook->done && outlook->so_far <= target;
    return outlook->so_far < target * outlook->done;
}

static void judge(const struct look *look) {
    const struct closing *c = look->c;
    struct aim_outlook outlook;
    struct aim_span span = {.from = look->now.made,
                            .to = look->due,
                            .kind = aim_kind(c, look->m, look->i, c->day),
                            .target = (double)look->now.target / 10000};
    bool fresh;
    struct pledge *pledge = place_of(look, &fresh);
    span.lost = lost(look, span.kind);
    span.ask_usual = fresh;
    if (!pledge || !aim_look(c, look->m, look->i, &span, &outlook))
        return;
    if (fresh)
        pledge->usual = outlook.usual;
    pledge->chance = outlook.chance;
    pledge->judged_on = c->day;
    if (pledge->told_on == DAY_NONE && outlook.chance < PLEDGE_RISK &&
        outlook.done >= PLEDGE_GONE && outlook.left >= LEFT_LEAST && is_behind(look, &outlook)) {
        pledge->told_on = c->day;
        tell_risk(look, &outlook);
    }
}

void pledge_judge(const struct closing *c, int m, int i) {
    int n = c->today[m].n_promises;
    if (input_law(&c->config->indicators[i]) != LAW_COUNT || !aim_is_known(c, m, i))
        return;
    for (int k = 0; k < n; k++) {
        const struct promise *all = people_promise(c->people, c->reps[m], k);
        struct look look = {.c = c, .m = m, .i = i};
        if (c->day < all->made || c->day > all->busy_to + KEEP_DAYS ||
            promise_ended_by_leaving(c, m, all) ||
            !people_promise_on(c->people, c->reps[m], k, c->day, &look.now) ||
            promise_indicator(c->config, &look.now) != i || look.now.withdrawn != DAY_NONE)
            continue;
        look.due = promise_workday(c, m, &look.now);
        if (c->day <= look.due && look.due - look.now.made <= DAYS_MAX)
            judge(&look);
    }
}

/* ---- questions ---- */

int squad_promise(const struct squad *squad, uint32_t rep, const char *name,
                  struct squad_promise *ret_promise) {
    for (int m = 0; m < squad->n_members && m < squad->state->n_members; m++) {
        const struct pledge *pledge =
            squad->reps[m] == rep ? pledge_find(squad->state, m, name) : NULL;
        if (!pledge || pledge->judged_on == DAY_NONE)
            continue;
        *ret_promise = (struct squad_promise){pledge->usual, pledge->chance, pledge->judged_on,
                                              pledge->told_on};
        return 0;
    }
    return -ENOENT;
}
