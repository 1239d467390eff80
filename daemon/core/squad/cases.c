#include "cases.h"

#include <stdlib.h>

static const char *const state_names[CASE_STATES] = {
    "raised", "acknowledged", "coached", "committed", "followed_up", "recovered", "rebased", "dismissed", "taken_back", "left",
    "talks", "help_asked", "help_promised"};

static const char *const event_names[CASE_EVENTS] = {
    "slipped", "joined", "acknowledged", "coached", "committed", "postponed", "withdrawn", "verdict", "helped", "eased",
    "recovered", "rebased", "relapsed", "dismissed", "taken_back", "left"};

static const char *const step_names[CASE_STEPS] = {"acknowledge", "coach", "commit", "follow_up", "go_on", "help", "one_on_one"};

const char *case_state_name(enum case_state state) {
    return (unsigned)state < CASE_STATES ? state_names[state] : NULL;
}

const char *case_event_name(enum case_event event) {
    return (unsigned)event < CASE_EVENTS ? event_names[event] : NULL;
}

const char *case_step_name(enum case_step step) {
    return (unsigned)step < CASE_STEPS ? step_names[step] : NULL;
}

/* ---- the two tables ---- */

#define STAYS 0
#define TO(state) ((CASE_##state) + 1)

/* Where an event leads from a state, plus one. */
static const uint8_t next[CASE_STATES][CASE_EVENTS] = {
#define OPEN                                                                                                                   \
    [CASE_BACK] = TO(RECOVERED), [CASE_NEW_NORMAL] = TO(REBASED), [CASE_DISMISSAL] = TO(DISMISSED),                            \
    [CASE_CORRECTION] = TO(TAKEN_BACK), [CASE_DEPARTURE] = TO(LEFT), [CASE_SLIPPED_AGAIN] = TO(RAISED)
    [CASE_RAISED] = {[CASE_SEEN] = TO(ACKNOWLEDGED), [CASE_TALKED] = TO(COACHED), [CASE_PROMISED] = TO(COMMITTED), OPEN},
    [CASE_ACKNOWLEDGED] = {[CASE_TALKED] = TO(COACHED), [CASE_PROMISED] = TO(COMMITTED), OPEN},
    [CASE_COACHED] = {[CASE_PROMISED] = TO(COMMITTED), OPEN},
    [CASE_COMMITTED] = {[CASE_PROMISED] = TO(COMMITTED), [CASE_RELEASED] = TO(COACHED), [CASE_JUDGED] = TO(FOLLOWED_UP), OPEN},
    [CASE_FOLLOWED_UP] = {[CASE_TALKED] = TO(COACHED), [CASE_PROMISED] = TO(COMMITTED), OPEN},
    [CASE_RECOVERED] = {[CASE_SLIPPED_AGAIN] = TO(RAISED), [CASE_CORRECTION] = TO(TAKEN_BACK)},
    [CASE_REBASED] = {[CASE_CORRECTION] = TO(TAKEN_BACK)},
    [CASE_DISMISSED] = {[CASE_SLIPPED_AGAIN] = TO(RAISED), [CASE_CORRECTION] = TO(TAKEN_BACK)},
    [CASE_TALKS] = {[CASE_TALKED] = TO(TALKS), [CASE_DEPARTURE] = TO(LEFT)},
    [CASE_HELP_ASKED] = {[CASE_HELPED] = TO(HELP_PROMISED), [CASE_DEPARTURE] = TO(LEFT)},
};

/* Which step a state waits for. */
static const struct {
    enum case_state state;
    enum case_step step;
    bool of_round;
} waits[] = {
    {CASE_RAISED, STEP_ACKNOWLEDGE, true},    {CASE_RAISED, STEP_COACH, true},       {CASE_ACKNOWLEDGED, STEP_COACH, true},
    {CASE_COACHED, STEP_COMMIT, false},       {CASE_COMMITTED, STEP_FOLLOW_UP, false}, {CASE_FOLLOWED_UP, STEP_GO_ON, false},
    {CASE_TALKS, STEP_ONE_ON_ONE, false},     {CASE_HELP_ASKED, STEP_HELP, false},
};
enum { WAITS = sizeof waits / sizeof *waits };

enum case_state case_next(enum case_state state, enum case_event event) {
    return next[state][event] == STAYS ? state : (enum case_state)(next[state][event] - 1);
}

bool case_is_open(enum case_state state) {
    return state <= CASE_FOLLOWED_UP;
}

bool case_waits_for(enum case_state state, int n, enum case_step *ret_step, bool *ret_of_round) {
    for (int w = 0; w < WAITS; w++)
        if (waits[w].state == state && n-- == 0) {
            *ret_step = waits[w].step;
            *ret_of_round = waits[w].of_round;
            return true;
        }
    return false;
}

/* ---- the walk ---- */

static int mark_order(const void *a, const void *b) {
    const struct case_mark *x = a, *y = b;
    int order = (x->day > y->day) - (x->day < y->day);
    order = order ? order : (x->event > y->event) - (x->event < y->event);
    return order ? order : (x->alert > y->alert) - (x->alert < y->alert);
}

struct walk {
    const struct case_terms *terms;
    struct case_outcome *out;
    pace_day until;
    pace_day round;         /* when it began, or began anew */
    pace_day due;           /* of the promise that is waited for */
};

static pace_day later(pace_day a, pace_day b) {
    return a > b ? a : b;
}

/* A promise without a date may take four times as long to be followed up as one whose day is over. */
static pace_day deadline(const struct walk *walk, enum case_step step, pace_day base, int level) {
    int days = walk->terms->days[step] * level;
    bool open_ended = step == STEP_FOLLOW_UP && walk->due == DAY_NONE;
    return walk->terms->after(walk->terms->arg, step, base, open_ended ? 4 * days : days);
}

static pace_day base_of(const struct walk *walk, enum case_step step, bool of_round) {
    pace_day base = of_round ? walk->round : walk->out->entered;
    if (step == STEP_FOLLOW_UP && walk->due != DAY_NONE)
        base = later(base, walk->due);
    return later(base, walk->terms->held_from);
}

static void note_missed(const struct walk *walk, struct case_missed missed) {
    struct case_outcome *out = walk->out;
    int n = out->n_missed;
    if (n == CASE_MISSED_MAX)
        return;
    while (n > 0 && out->missed[n - 1].day > missed.day) {
        out->missed[n] = out->missed[n - 1];
        n--;
    }
    out->missed[n] = missed;
    out->n_missed++;
}

/* The state was entered and is left on the day `left`: what ran out in between was missed. */
static void wait_out(const struct walk *walk, pace_day left) {
    enum case_step step;
    bool of_round;
    if (walk->terms->held_from == DAY_NONE || left <= walk->terms->from)
        return;
    for (int n = 0; case_waits_for(walk->out->state, n, &step, &of_round); n++) {
        pace_day base = base_of(walk, step, of_round), first = DAY_NONE;
        for (int level = 1; walk->terms->days[step] && level <= CASE_LEVELS; level++) {
            if (base + walk->terms->days[step] * level > walk->until) /* a working day takes a day at least */
                break;
            pace_day day = deadline(walk, step, base, level);
            first = level == 1 ? day : first;
            if (day != DAY_NONE && day >= walk->out->entered && day < left && day <= walk->until)
                note_missed(walk, (struct case_missed){step, level, day, base, first});
        }
    }
}

static void list_pending(const struct walk *walk) {
    enum case_step step;
    bool of_round;
    if (walk->terms->held_from == DAY_NONE)
        return;
    for (int n = 0; case_waits_for(walk->out->state, n, &step, &of_round); n++) {
        pace_day day = walk->terms->days[step] ? deadline(walk, step, base_of(walk, step, of_round), 1) : DAY_NONE;
        if (day != DAY_NONE)
            walk->out->pending[walk->out->n_pending++] = (struct case_pending){step, day, day <= walk->until};
    }
}

/* A promise is waited for until the last of them is due. */
static void note_due(struct walk *walk, const struct case_mark *mark, bool anew) {
    if (mark->event == CASE_PROMISED && anew)
        walk->due = mark->due;
    else if (mark->event == CASE_PROMISED && walk->due != DAY_NONE && mark->due != DAY_NONE)
        walk->due = later(walk->due, mark->due);
}

static void step_to(struct walk *walk, const struct case_mark *mark) {
    struct case_outcome *out = walk->out;
    enum case_state to = case_next(out->state, mark->event);
    bool moves = !mark->aside && next[out->state][mark->event] != STAYS;
    if (!moves)
        return;
    bool again = to == CASE_RAISED || (out->state == CASE_FOLLOWED_UP && case_is_open(to));
    wait_out(walk, mark->day);
    note_due(walk, mark, out->state != CASE_COMMITTED);
    out->state = to;
    out->entered = mark->day;
    out->rounds += again;
    if (again)
        walk->round = mark->day;
}

void case_run(const struct case_terms *terms, enum case_state begins, struct case_mark *marks, int n, pace_day until,
              struct case_outcome *ret_outcome) {
    *ret_outcome = (struct case_outcome){.state = begins, .entered = DAY_NONE};
    struct walk walk = {terms, ret_outcome, until, DAY_NONE, DAY_NONE};
    if (!n)
        return;
    qsort(marks, (size_t)n, sizeof *marks, mark_order);
    ret_outcome->entered = walk.round = marks[0].day;
    for (int m = 1; m < n && marks[m].day <= until; m++)
        step_to(&walk, &marks[m]);
    if (marks[0].day > until)
        return;
    wait_out(&walk, INT32_MAX);
    list_pending(&walk);
}
