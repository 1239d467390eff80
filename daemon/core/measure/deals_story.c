/*
 * deals_story.c - reads the history of a deal: facts in order, and at each what the deal adds to
 * the tallies before and after.
 */
#include "deals_inside.h"

#include "people.h"
#include "series.h"

struct walk {
    struct deals *deals;
    struct story *story; /* of reading.now */
    int64_t sign;
    bool emits;    /* what comes is to be told */
    int64_t at_us; /* of the fact looked at */
    pace_day date; /* its localdate, or DAY_NONE */
};

/* ---- days ---- */

static pace_day day_of(const struct walk *walk, uint32_t rep, int64_t us, pace_day date) {
    return date != DAY_NONE ? date : zone_day(zone_at(walk->deals, rep, us), us);
}

static pace_day today(const struct walk *walk) {
    return day_of(walk, walk->story->owner, walk->at_us, walk->date);
}

/* In the organisation's currency, at the local day on which it was last told. */
static int64_t worth(const struct walk *walk) {
    struct story *story = walk->story;
    const struct config *config = walk->deals->config;
    if (story->worth_known)
        return story->worth;
    story->worth_known = true;
    story->worth = story->amount;
    story->rated = story->currency != CURRENCY_UNKNOWN;
    if (story->rated && story->currency != CURRENCY_OWN) {
        struct view name = view_of(config->organisation.currencies[story->currency - 1].name);
        pace_day day = day_of(walk, story->rated_rep, story->rated_us, story->rated_date);
        story->rated =
            config_convert(config, story->amount, name, view_of(NULL), day, &story->worth) == 0;
    }
    story->worth = story->rated ? story->worth : 0;
    return story->worth;
}

/* The owner's local day on which the clock of days in stage was set; a new owner sets it. */
static pace_day clock_day(const struct walk *walk) {
    struct story *story = walk->story;
    if (!story->clock_known)
        story->clock_day = day_of(walk, story->owner, story->clock_us, story->clock_date);
    story->clock_known = true;
    return story->clock_day;
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
        return (struct stake){-(int64_t)clock_day(walk), 1};
    case LEVEL_PUSH_COUNT:
        return (struct stake){story->pushes, 1};
    case LEVEL_CONTACTS_PER_DEAL:
        return (struct stake){walk->deals->reading.now.counts[w], 1};
    default:
        return (struct stake){worth(walk), 1};
    }
}

static void put(const struct walk *walk, int w, uint32_t rep, enum series_part part, pace_day day,
                int64_t n) {
    changes_put(&walk->deals->changes, rep, series_of(walk->deals->watches[w].indicator, part), day,
                (int64_t)((uint64_t)n * (uint64_t)walk->sign));
}

/* What a rep has more than before, modulo 2^64. */
static void put_more(const struct walk *walk, int w, uint32_t rep, pace_day day, struct stake was,
                     struct stake is, bool moved) {
    int64_t main = (int64_t)((uint64_t)is.main - (uint64_t)was.main);
    if (!main && is.trials == was.trials)
        return;
    put(walk, w, rep, PART_MAIN, day, main);
    put(walk, w, rep, PART_TRIALS, day, is.trials - was.trials);
    if (moved) {
        put(walk, w, rep, PART_MOVED, day, main);
        put(walk, w, rep, PART_MOVED_TRIALS, day, is.trials - was.trials);
    }
}

static void keep_stakes(const struct walk *walk) {
    for (int w = 0; w < walk->deals->n_watches; w++)
        walk->deals->reading.stakes[w] = stake_of(walk, w);
}

/* What has changed since keep_stakes, when owner and day were these; day is that of the owner now. */
static void tell_stakes(const struct walk *walk, uint32_t owner_was, pace_day day_was,
                        pace_day day) {
    static const struct stake none;
    uint32_t owner = walk->story->owner;
    for (int w = 0; w < walk->deals->n_watches; w++) {
        struct stake was = walk->deals->reading.stakes[w], is = stake_of(walk, w);
        bool moved = was.trials && is.trials;
        if (owner == owner_was) {
            put_more(walk, w, owner, day, was, is, false);
            continue;
        }
        put_more(walk, w, owner_was, day_was, was, none, moved);
        put_more(walk, w, owner, day, none, is, moved);
    }
}

/* Nothing need be recorded when a step's day is over: from then on the deal lacks one. */
static void pass_time(const struct walk *walk, pace_day stood_until, pace_day until) {
    struct story *story = walk->story;
    if (story->lacking || stood_until >= until)
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
        story->last_us != TIME_NONE &&
        story->stands_until < day_of(walk, story->owner, story->last_us, story->last_date);
}

/* ---- steps ahead ---- */

static void stands_anew(struct walk *walk) {
    struct story *story = walk->story;
    story->stands_until = story->next_step_at;
    for (int s = 0; s < story->n_steps; s++)
        if (walk->deals->reading.now.steps[s].day > story->stands_until)
            story->stands_until = walk->deals->reading.now.steps[s].day;
}

static bool step_drop(struct walk *walk, uint64_t id) {
    struct step *steps = walk->deals->reading.now.steps;
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
        walk->deals->reading.now.steps[walk->story->n_steps++] =
            (struct step){tell->stage, tell->next_step};
    stands_anew(walk);
}

/* ---- facts ---- */

static void read_amount(const struct walk *walk, const struct tell *tell) {
    struct story *story = walk->story;
    if (!(tell->told & (TOLD_AMOUNT | TOLD_CURRENCY)))
        return;
    if (tell->told & TOLD_AMOUNT) {
        story->amount = tell->amount;
        story->has_amount = true;
    }
    if (tell->told & TOLD_CURRENCY)
        story->currency = tell->currency;
    story->rated_us = tell->at_us;
    story->rated_date = tell->date;
    story->rated_rep = tell->rep;
    story->worth_known = false;
}

static void read_status(struct story *story, const struct tell *tell) {
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
}

/* Returns whether the clock of days in stage starts anew. */
static bool read_stage(struct story *story, const struct tell *tell, bool opens) {
    bool enters = opens;
    if (tell->told & TOLD_STAGE && (!story->has_stage || story->stage != tell->stage)) {
        story->has_stage = true;
        story->stage = tell->stage;
        enters = true;
    }
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
    if (read_stage(story, tell, opens) || changes) {
        story->clock_us = walk->at_us;
        story->clock_date = walk->date;
        story->clock_known = false;
    }
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
    for (int w = 0; w < deals->n_watches; w++) {
        const struct watch *watch = &deals->watches[w];
        if (watch->first_bit < 0)
            continue;
        if (watch->config->kind == KIND_ADHERENCE) {
            bool next = reading->now.counts[w] < watch->config->n_steps;
            reading->now.counts[w] +=
                next && touch->bits >> (watch->first_bit + reading->now.counts[w]) & 1;
        } else if (touch->contact && touch->bits >> watch->first_bit & 1 &&
                   contact_is_new(reading, touch->contact, w)) {
            reading->now.counts[w]++;
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
            walk->deals->reading.now.counts[w] == watch->config->n_steps);
    }
}

/* ---- the walk ---- */

static void note_change(const struct walk *walk) {
    walk->story->last_us = walk->at_us;
    walk->story->last_date = walk->date;
}

static void step_tell(struct walk *walk, const struct tell *tell) {
    struct story *story = walk->story;
    if (!walk->emits) {
        read_tell(walk, tell);
        note_change(walk);
        return;
    }
    uint32_t owner = story->owner;
    pace_day day_was = today(walk);
    pass_time(walk, story->stands_until, day_was);
    tell_adherence(walk, tell, day_was);
    keep_stakes(walk);
    read_tell(walk, tell);
    pace_day day = story->owner == owner ? day_was : today(walk);
    story->lacking = story->stands_until < day;
    tell_stakes(walk, owner, day_was, day);
    note_change(walk);
}

/* Touches that change nothing are passed over as if they weren't there. */
static void step_touch(struct walk *walk, const struct touch *touch) {
    struct story *story = walk->story;
    pace_day stood_until = story->stands_until;
    if (walk->emits)
        keep_stakes(walk);
    if (!read_touch(walk, touch))
        return;
    if (walk->emits) {
        pace_day day = today(walk);
        pass_time(walk, stood_until, day);
        story->lacking = story->stands_until < day;
        tell_stakes(walk, story->owner, day, day);
    }
    note_change(walk);
}

/* Where reading ends: before a tell, before a touch, or behind an instant. */
struct edge {
    const struct tell *tell;
    const struct touch *touch;
    int64_t until_us;
};

static bool tell_reaches(const struct tell *tell, struct edge edge) {
    if (edge.touch)
        return tell->at_us >= edge.touch->at_us;
    return edge.tell ? tell_kinds.compare(tell, edge.tell) >= 0 : tell->at_us > edge.until_us;
}

static bool touch_reaches(const struct touch *touch, struct edge edge) {
    if (edge.tell)
        return touch->at_us > edge.tell->at_us;
    return edge.touch ? touch_kinds.compare(touch, edge.touch) >= 0 : touch->at_us > edge.until_us;
}

static void begin_reading(struct walk *walk) {
    struct reading *reading = &walk->deals->reading;
    contacts_forget(reading);
    reading->now.tell = reading->now.touch = 0;
    memset(reading->now.counts, 0, (size_t)walk->deals->n_watches * sizeof *reading->now.counts);
    reading->now.story = (struct story){.owner = REP_NONE,
                                        .close_date = DAY_NONE,
                                        .next_step_at = DAY_NONE,
                                        .stands_until = DAY_NONE,
                                        .last_us = TIME_NONE};
}

/* Reads on, tells and touches in order of time, touches first, up to the edge. */
static void read_on(struct walk *walk, const struct deal *deal, struct edge edge) {
    struct place *now = &walk->deals->reading.now;
    const struct tell *tells = deal->tells.at;
    const struct touch *touches = deal->touches.at;
    while (now->tell < deal->tells.n || now->touch < deal->touches.n) {
        const struct tell *tell = now->tell < deal->tells.n ? &tells[now->tell] : NULL;
        const struct touch *touch = now->touch < deal->touches.n ? &touches[now->touch] : NULL;
        bool is_touch = !tell || (touch && touch->at_us <= tell->at_us);
        if (is_touch ? touch_reaches(touch, edge) : tell_reaches(tell, edge))
            return;
        walk->at_us = is_touch ? touch->at_us : tell->at_us;
        walk->date = is_touch ? touch_date(touch) : tell->date;
        now->touch += is_touch;
        now->tell += !is_touch;
        if (is_touch)
            step_touch(walk, touch);
        else
            step_tell(walk, tell);
    }
}

static void place_copy(struct place *to, const struct place *from, int n_watches) {
    to->story = from->story;
    to->tell = from->tell;
    to->touch = from->touch;
    memcpy(to->counts, from->counts, (size_t)n_watches * sizeof *to->counts);
    memcpy(to->steps, from->steps, (size_t)from->story.n_steps * sizeof *to->steps);
}

static struct walk walk_make(struct deals *deals) {
    return (struct walk){.deals = deals, .story = &deals->reading.now.story, .sign = 1};
}

void story_stand(struct deals *deals, const struct deal *deal, int64_t edge_us,
                 struct place *ret_place) {
    struct walk walk = walk_make(deals);
    begin_reading(&walk);
    read_on(&walk, deal, (struct edge){NULL, NULL, edge_us - 1});
    place_copy(ret_place, &deals->reading.now, deals->n_watches);
}

void story_split(struct deals *deals, const struct deal *deal, const struct tell *tell,
                 const struct touch *touch) {
    struct walk walk = walk_make(deals);
    begin_reading(&walk);
    if (tell || touch)
        read_on(&walk, deal, (struct edge){tell, touch, 0});
    place_copy(&deals->reading.split, &deals->reading.now, deals->n_watches);
}

void story_tally(struct deals *deals, const struct deal *deal, int sign) {
    struct walk walk = walk_make(deals);
    struct story *story = walk.story;
    place_copy(&deals->reading.now, &deals->reading.split, deals->n_watches);
    deals->reading.walk++;
    walk.sign = sign;
    begin_telling(&walk);
    read_on(&walk, deal, (struct edge){NULL, NULL, INT64_MAX});
    pass_time(&walk, story->stands_until, INT32_MAX);
    if (story->status != DEAL_STANDS_OPEN || !story->has_amount)
        return;
    worth(&walk);
    deals->unrated += story->rated ? 0 : (size_t)sign;
}

void story_read(struct deals *deals, const struct deal *deal, struct story *ret_story) {
    struct walk walk = walk_make(deals);
    begin_reading(&walk);
    read_on(&walk, deal, (struct edge){NULL, NULL, INT64_MAX});
    worth(&walk);
    *ret_story = *walk.story;
}
