/*
 * deals_story.c - reads the history of a deal: facts in order, and at each what the deal adds to
 * the tallies before and after.
 */
#include "deals_inside.h"

#include "people.h"
#include "series.h"

#include <errno.h>
#include <stdlib.h>

struct walk {
    struct deals *deals;
    struct story *story;
    int64_t sign;
    bool emits;      /* what comes is to be told */
    bool counts;     /* all contacts are wanted */
    int64_t at_us;   /* of the fact looked at */
    pace_day date;   /* its localdate, or DAY_NONE */
    int64_t last_us; /* of the last fact that changed something */
    pace_day last_date;
};

int reading_reserve(struct deals *deals, uint32_t touches) {
    struct reading *reading = &deals->reading;
    uint64_t size = 64,
             want = 2 * (uint64_t)(touches + 1) * (uint64_t)(deals->n_contact_watches + 1);
    while (size < want)
        size *= 2;
    if (size <= reading->seen_size)
        return 0;
    struct seen *seen = calloc(size, sizeof *seen);
    if (!seen)
        return -ENOMEM;
    free(reading->seen);
    reading->seen = seen;
    reading->seen_size = (uint32_t)size;
    reading->walk = 0;
    return 0;
}

/* Whether a contact is met for the first time in this walk, by one who counts them. */
static bool first_seen(struct reading *reading, uint64_t contact, int counter) {
    uint64_t key = contact + (uint64_t)(counter + 1) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t mask = reading->seen_size - 1, i = (uint32_t)(key >> 32) & mask;
    for (; reading->seen[i].walk == reading->walk; i = (i + 1) & mask)
        if (reading->seen[i].contact == key)
            return false;
    reading->seen[i] = (struct seen){key, reading->walk};
    return true;
}

/* ---- days ---- */

static const struct zone *zone_at(const struct deals *deals, uint32_t rep, int64_t us) {
    return deals->world.zone(deals->world.arg, rep, us);
}

static pace_day day_of(const struct walk *walk, uint32_t rep, int64_t us, pace_day date) {
    return date != DAY_NONE ? date : zone_day(zone_at(walk->deals, rep, us), us);
}

static pace_day today(const struct walk *walk) {
    return day_of(walk, walk->story->owner, walk->at_us, walk->date);
}

/* ---- what an open deal adds ---- */

static struct stake stake_of(const struct walk *walk, int w) {
    const struct watch *watch = &walk->deals->watches[w];
    const struct story *story = walk->story;
    if (story->status != DEAL_STANDS_OPEN || watch->config->kind != KIND_LEVEL ||
        (watch->conditions & ~story->met))
        return (struct stake){0, 0};
    switch (watch->config->quantity) {
    case LEVEL_NO_NEXT_STEP:
        return (struct stake){story->lacking, 1};
    case LEVEL_DAYS_IN_STAGE:
        return (struct stake){-(int64_t)story->clock_day, 1};
    case LEVEL_PUSH_COUNT:
        return (struct stake){story->pushes, 1};
    case LEVEL_CONTACTS_PER_DEAL:
        return (struct stake){walk->deals->reading.counts[w], 1};
    default:
        return (struct stake){story->worth, 1};
    }
}

static void put(const struct walk *walk, int w, uint32_t rep, enum series_part part, pace_day day,
                int64_t n) {
    changes_put(&walk->deals->changes, rep, series_of(walk->deals->watches[w].indicator, part), day,
                (int64_t)((uint64_t)n * (uint64_t)walk->sign));
}

static void put_stake(const struct walk *walk, int w, uint32_t rep, pace_day day,
                      struct stake stake, int64_t sign, bool moved) {
    int64_t main = (int64_t)((uint64_t)stake.main * (uint64_t)sign);
    put(walk, w, rep, PART_MAIN, day, main);
    put(walk, w, rep, PART_TRIALS, day, stake.trials * sign);
    if (moved) {
        put(walk, w, rep, PART_MOVED, day, main);
        put(walk, w, rep, PART_MOVED_TRIALS, day, stake.trials * sign);
    }
}

static void keep_stakes(const struct walk *walk) {
    for (int w = 0; w < walk->deals->n_watches; w++)
        walk->deals->reading.stakes[w] = stake_of(walk, w);
}

/* What has changed since keep_stakes, when owner and day were these. */
static void tell_stakes(const struct walk *walk, uint32_t owner, pace_day day) {
    uint32_t now_owner = walk->story->owner;
    pace_day now_day = today(walk);
    for (int w = 0; w < walk->deals->n_watches; w++) {
        struct stake was = walk->deals->reading.stakes[w], now = stake_of(walk, w);
        bool same = owner == now_owner, moved = !same && was.trials && now.trials;
        if (same && was.main == now.main && was.trials == now.trials)
            continue;
        put_stake(walk, w, owner, day, was, -1, moved);
        put_stake(walk, w, now_owner, now_day, now, 1, moved);
    }
}

/* Nothing need be recorded when a step's day is over: from then on the deal lacks one. */
static void pass_time(const struct walk *walk, pace_day stood_until, pace_day until) {
    struct story *story = walk->story;
    if (story->lacking || stood_until >= until || stood_until == STEP_FOR_GOOD)
        return;
    story->lacking = true;
    for (int w = 0; w < walk->deals->n_watches; w++) {
        const struct config_indicator *config = walk->deals->watches[w].config;
        if (config->kind != KIND_LEVEL || config->quantity != LEVEL_NO_NEXT_STEP ||
            !stake_of(walk, w).trials)
            continue;
        put(walk, w, story->owner, PART_MAIN, stood_until + 1, 1);
        walk->deals->reading.stakes[w].main = 1;
    }
}

static void begin_telling(struct walk *walk) {
    struct story *story = walk->story;
    walk->emits = true;
    story->lacking =
        walk->last_us != TIME_NONE &&
        story->stands_until < day_of(walk, story->owner, walk->last_us, walk->last_date);
}

/* ---- steps ahead ---- */

static void stands_anew(struct walk *walk) {
    struct story *story = walk->story;
    story->stands_until = story->next_step_at;
    for (int s = 0; s < story->n_steps; s++)
        if (walk->deals->reading.steps[s].day > story->stands_until)
            story->stands_until = walk->deals->reading.steps[s].day;
}

static bool step_drop(struct walk *walk, uint64_t id) {
    struct step *steps = walk->deals->reading.steps;
    for (int s = 0; s < walk->story->n_steps; s++)
        if (steps[s].id == id) {
            steps[s] = steps[--walk->story->n_steps];
            stands_anew(walk);
            return true;
        }
    return false;
}

static void read_step(struct walk *walk, const struct tell *tell) {
    step_drop(walk, tell->stage);
    if (tell->kind == TELL_PLANNED)
        walk->deals->reading.steps[walk->story->n_steps++] =
            (struct step){tell->stage, tell->next_step};
    stands_anew(walk);
}

/* ---- facts ---- */

static void read_amount(struct walk *walk, const struct tell *tell) {
    struct story *story = walk->story;
    const struct config *config = walk->deals->config;
    if (!(tell->told & (TOLD_AMOUNT | TOLD_CURRENCY)))
        return;
    if (tell->told & TOLD_AMOUNT) {
        story->amount = tell->amount;
        story->has_amount = true;
    }
    if (tell->told & TOLD_CURRENCY)
        story->currency = tell->currency;
    struct view name = {NULL, 0};
    if (story->currency != CURRENCY_OWN && story->currency != CURRENCY_UNKNOWN)
        name = view_of(config->organisation.currencies[story->currency - 1].name);
    int64_t worth = 0;
    story->rated = story->currency != CURRENCY_UNKNOWN &&
                   !config_convert(config, story->amount, name, view_of(NULL),
                                   day_of(walk, tell->rep, tell->at_us, tell->date), &worth);
    story->worth = story->rated ? worth : 0;
}

static void read_status(struct story *story, const struct tell *tell) {
    bool was_open = story->status == DEAL_STANDS_OPEN;
    switch (tell->kind) {
    case TELL_LOST:
        story->status = DEAL_STANDS_LOST;
        break;
    case TELL_DELETED:
        story->status = DEAL_STANDS_DELETED;
        break;
    case TELL_WON:
        story->status = DEAL_STANDS_WON;
        break;
    default:
        if (story->status == DEAL_UNHEARD || tell->kind == TELL_REOPENED)
            story->status = DEAL_STANDS_OPEN;
    }
    if (story->status == DEAL_STANDS_OPEN && !was_open) {
        story->opened_us = tell->at_us;
        story->closed_us = TIME_NONE;
    } else if (story->status != DEAL_STANDS_OPEN && story->closed_us == TIME_NONE) {
        story->closed_us = tell->at_us;
    }
}

/* Returns whether the clock of days in stage starts anew. */
static bool read_stage(struct story *story, const struct tell *tell, bool opens) {
    bool enters = opens;
    if (tell->told & TOLD_STAGE && (!story->has_stage || story->stage != tell->stage)) {
        story->has_stage = true;
        story->stage = tell->stage;
        enters = true;
    }
    if (enters)
        story->stage_since_us = tell->at_us;
    return enters;
}

static bool read_owner(struct story *story, const struct tell *tell) {
    if (!(tell->told & TOLD_OWNER) && story->owned)
        return false;
    bool changes = story->owned && story->owner != tell->rep;
    story->owned = true;
    story->owner = tell->rep;
    return changes;
}

static void read_dates(struct story *story, const struct tell *tell, bool was_open) {
    if (tell->told & TOLD_NEXT_STEP)
        story->next_step_at = tell->next_step;
    if (!(tell->told & TOLD_CLOSE_DATE))
        return;
    bool open = was_open && story->status == DEAL_STANDS_OPEN && tell->kind != TELL_REOPENED;
    if (open && story->close_date != DAY_NONE && tell->close_date > story->close_date)
        story->pushes++;
    story->close_date = tell->close_date;
}

static void read_tell(struct walk *walk, const struct tell *tell) {
    struct story *story = walk->story;
    if (tell->kind <= TELL_CANCELLED) {
        read_step(walk, tell);
        return;
    }
    bool was_open = story->status == DEAL_STANDS_OPEN;
    read_status(story, tell);
    bool opens = story->status == DEAL_STANDS_OPEN && !was_open;
    bool changes = read_owner(story, tell);
    if (read_stage(story, tell, opens) || changes)
        story->clock_day = today(walk);
    read_amount(walk, tell);
    read_dates(story, tell, was_open);
    story->met = (story->met & ~tell->conditions) | tell->met;
    stands_anew(walk);
}

/* Returns whether it changes anything that a level is made of. */
static bool read_touch(struct walk *walk, const struct touch *touch) {
    struct deals *deals = walk->deals;
    struct reading *reading = &deals->reading;
    bool changes = step_drop(walk, touch->id);
    walk->story->touches++;
    if (touch->bits & TOUCH_BY_HAND)
        walk->story->touched_us = touch->at_us;
    if (touch->contact && walk->counts)
        walk->story->contacts += first_seen(reading, touch->contact, -1);
    for (int w = 0; w < deals->n_watches; w++) {
        const struct watch *watch = &deals->watches[w];
        if (watch->first_bit < 0)
            continue;
        if (watch->config->kind == KIND_ADHERENCE) {
            bool next = reading->counts[w] < watch->config->n_steps;
            reading->counts[w] +=
                next && touch->bits >> (watch->first_bit + reading->counts[w]) & 1;
        } else if (touch->contact && touch->bits >> watch->first_bit & 1 &&
                   first_seen(reading, touch->contact, w)) {
            reading->counts[w]++;
            changes = true;
        }
    }
    return changes;
}

/* The adherence of a deal that leaves a stage by this record. */
static void tell_adherence(const struct walk *walk, const struct tell *tell, pace_day day) {
    const struct story *story = walk->story;
    if (story->status != DEAL_STANDS_OPEN || !story->has_stage)
        return;
    bool moves =
        tell->kind == TELL_CHANGED && tell->told & TOLD_STAGE && tell->stage != story->stage;
    for (int w = 0; (moves || tell->kind == TELL_WON) && w < walk->deals->n_watches; w++) {
        const struct watch *watch = &walk->deals->watches[w];
        if (watch->config->kind != KIND_ADHERENCE || watch->stage != story->stage ||
            (watch->conditions & ~story->met))
            continue;
        put(walk, w, story->owner, PART_TRIALS, day, 1);
        put(walk, w, story->owner, PART_MAIN, day,
            walk->deals->reading.counts[w] == watch->config->n_steps);
    }
}

/* ---- the walk ---- */

static void step_tell(struct walk *walk, const struct tell *tell) {
    if (walk->emits) {
        uint32_t owner = walk->story->owner;
        pace_day day = today(walk);
        pass_time(walk, walk->story->stands_until, day);
        tell_adherence(walk, tell, day);
        keep_stakes(walk);
        read_tell(walk, tell);
        walk->story->lacking = walk->story->stands_until < today(walk);
        tell_stakes(walk, owner, day);
    } else {
        read_tell(walk, tell);
    }
    walk->last_us = walk->at_us;
    walk->last_date = walk->date;
}

/* Touches that change nothing are passed over as if they weren't there. */
static void step_touch(struct walk *walk, const struct touch *touch) {
    pace_day stood_until = walk->story->stands_until;
    if (walk->emits)
        keep_stakes(walk);
    if (!read_touch(walk, touch))
        return;
    if (walk->emits) {
        pace_day day = today(walk);
        pass_time(walk, stood_until, day);
        walk->story->lacking = walk->story->stands_until < day;
        tell_stakes(walk, walk->story->owner, day);
    }
    walk->last_us = walk->at_us;
    walk->last_date = walk->date;
}

/* Where what is asked for begins; neither: at the first fact. */
struct edge {
    const struct tell *tell;
    const struct touch *touch;
};

static bool tell_reaches(const struct tell *tell, struct edge edge) {
    if (edge.touch)
        return tell->at_us >= edge.touch->at_us;
    return !edge.tell || tell_kinds.compare(tell, edge.tell) >= 0;
}

static bool touch_reaches(const struct touch *touch, struct edge edge) {
    if (edge.tell)
        return touch->at_us > edge.tell->at_us;
    return !edge.touch || touch_kinds.compare(touch, edge.touch) >= 0;
}

static void begin_reading(struct walk *walk) {
    struct reading *reading = &walk->deals->reading;
    if (++reading->walk == 0) {
        memset(reading->seen, 0, reading->seen_size * sizeof *reading->seen);
        reading->walk = 1;
    }
    memset(reading->counts, 0, (size_t)walk->deals->n_watches * sizeof *reading->counts);
    *walk->story = (struct story){.owner = REP_NONE,
                                  .close_date = DAY_NONE,
                                  .next_step_at = DAY_NONE,
                                  .stands_until = DAY_NONE,
                                  .stage_since_us = TIME_NONE,
                                  .opened_us = TIME_NONE,
                                  .closed_us = TIME_NONE,
                                  .touched_us = TIME_NONE};
}

/* Reads tells and touches in order of time, touches first, up to that instant. Tells from the edge
 * on. */
static void read_all(struct walk *walk, const struct deal *deal, struct edge edge, bool tells,
                     int64_t until_us) {
    const struct tell *tell = deal->tells.at, *no_tell = tell + deal->tells.n;
    const struct touch *touch = deal->touches.at, *no_touch = touch + deal->touches.n;
    begin_reading(walk);
    while (tell < no_tell || touch < no_touch) {
        bool is_touch = touch < no_touch && (tell == no_tell || touch->at_us <= tell->at_us);
        walk->at_us = is_touch ? touch->at_us : tell->at_us;
        walk->date = is_touch ? touch_date(touch) : tell->date;
        if (walk->at_us > until_us)
            break;
        if (tells && !walk->emits &&
            (is_touch ? touch_reaches(touch, edge) : tell_reaches(tell, edge)))
            begin_telling(walk);
        if (is_touch)
            step_touch(walk, touch++);
        else
            step_tell(walk, tell++);
    }
}

static struct walk walk_make(struct deals *deals, struct story *story, int sign) {
    return (struct walk){
        .deals = deals, .story = story, .sign = sign, .last_us = TIME_NONE, .last_date = DAY_NONE};
}

void story_tally(struct deals *deals, const struct deal *deal, const struct tell *tell,
                 const struct touch *touch, int sign) {
    struct story story;
    struct walk walk = walk_make(deals, &story, sign);
    read_all(&walk, deal, (struct edge){tell, touch}, true, INT64_MAX);
    if (!walk.emits)
        begin_telling(&walk);
    pass_time(&walk, story.stands_until, INT32_MAX);
    if (story.status == DEAL_STANDS_OPEN && story.has_amount && !story.rated)
        deals->unrated += (size_t)sign;
}

void story_read(struct deals *deals, const struct deal *deal, int64_t at_us,
                struct story *ret_story) {
    struct walk walk = walk_make(deals, ret_story, 1);
    walk.counts = true;
    read_all(&walk, deal, (struct edge){NULL, NULL}, false, at_us);
}
