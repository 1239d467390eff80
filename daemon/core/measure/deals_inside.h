/*
 * deals_inside.h - inside deals: what is kept of a record, and how a history is read. Only the
 * deals*.c files include this.
 */
#ifndef CORE_DEALS_INSIDE_H
#define CORE_DEALS_INSIDE_H

#include "deals.h"

/* In the order in which they are read at one instant; touches come before all. */
enum tell_kind {
    TELL_PLANNED,
    TELL_CANCELLED,
    TELL_CREATED,
    TELL_LOST,
    TELL_DELETED,
    TELL_CHANGED,
    TELL_REOPENED,
    TELL_WON,
};

enum told {
    TOLD_OWNER = 1,
    TOLD_AMOUNT = 2,
    TOLD_CURRENCY = 4,
    TOLD_STAGE = 8,
    TOLD_CLOSE_DATE = 16,
    TOLD_NEXT_STEP = 32
};

enum deal_status {
    DEAL_UNHEARD,
    DEAL_STANDS_OPEN,
    DEAL_STANDS_WON,
    DEAL_STANDS_LOST,
    DEAL_STANDS_DELETED
};

enum { CURRENCY_OWN = 0, CURRENCY_UNKNOWN = 0xffff, STEP_FOR_GOOD = INT32_MAX };

/* A record of sales.opportunity.*, or a step planned or cancelled. All bytes are defined. */
struct tell {
    int64_t at_us;
    uint64_t id;
    int64_t amount;
    uint64_t stage;      /* hash of its name; a step: thread_id of source and activity */
    uint32_t conditions; /* of the wheres of the config, those whose member is told here ... */
    uint32_t met;        /* ... and those that it meets */
    uint32_t rep;        /* whom deals_owner names, else the subject */
    pace_day close_date;
    pace_day
        next_step; /* a planned step: its day. STEP_FOR_GOOD: too far ahead to be over some day */
    pace_day date; /* localdate; DAY_NONE: by time */
    uint16_t currency; /* CURRENCY_OWN, 1 + its number in the config, CURRENCY_UNKNOWN */
    uint8_t kind, told;
    uint32_t removed;
};

struct touch {
    int64_t at_us;
    uint64_t id;
    uint64_t contact; /* hash; 0: none */
    uint32_t bits;    /* which steps it is, for which levels of contacts it counts */
    int32_t date;     /* localdate or DAY_NONE, times 2; plus 1: removed */
};

struct deal {
    struct thread_facts tells, touches;
};

/* A level or an adherence of the config. */
struct watch {
    int indicator;
    const struct config_indicator *config;
    uint32_t conditions; /* bits of its where */
    int first_bit;       /* adherence: of its first step; contacts_per_deal: its own; else -1 */
    uint64_t stage;      /* adherence: hash of its name */
};

struct stake {
    int64_t main, trials;
};

struct step {
    uint64_t id;
    pace_day day;
};

struct seen {
    uint64_t contact;
    uint32_t walk; /* in which it was seen */
};

/*
 * What a history has come to. Days and amounts in the organisation's currency take a look at zones
 * and rates, so they are found only where they are asked for.
 */
struct story {
    enum deal_status status;
    bool owned, has_amount, has_stage;
    bool lacking; /* a next step, as far as it was told to the tallies */
    uint32_t owner, met;
    int64_t amount;
    uint16_t currency;
    bool worth_known, rated, clock_known;
    int64_t rated_us, worth; /* when amount or currency were last told; in own currency if known */
    pace_day rated_date;
    uint32_t rated_rep;
    int64_t clock_us; /* when the clock of days in stage was last set; its day if known */
    pace_day clock_date, clock_day;
    uint64_t stage;
    pace_day close_date, next_step_at;
    pace_day stands_until; /* the latest day on which a next step stands; DAY_NONE: none */
    int n_steps, pushes;
    int64_t last_us; /* of the last fact that changed something; TIME_NONE: none */
    pace_day last_date;
};

/* What deals_unrated counts. */
static inline bool story_is_unrated(const struct story *story) {
    return story->status == DEAL_STANDS_OPEN && story->has_amount && !story->rated;
}

/* How far a history was read: what it has come to, and which fact comes next. */
struct place {
    struct story story;
    uint32_t tell, touch;
    int *counts;        /* of each watch: steps done in order, or distinct contacts */
    struct step *steps; /* planned and not over, cancelled or done; DEALS_TELLS_MAX */
};

/* What reading needs room for; made once. */
struct reading {
    struct stake *stakes;       /* of each watch, before a fact */
    struct place now, split;    /* where two histories part */
    struct place with, without; /* a fact: how the deal stands at an instant */
    struct seen *seen; /* open addressing; a power of two, at least three times what goes in */
    uint32_t seen_size;
    uint32_t walk, trunk; /* contacts were seen in this walk, or before the split */
};

struct deals {
    const struct config *config;
    struct thread_world world;
    struct thread_table *table; /* of struct deal */
    struct watch *watches;
    int n_watches, n_contact_watches;
    bool asks_steps;       /* some level asks for next steps */
    uint32_t contact_bits; /* of touches: those of levels of contacts */
    const struct config_where *conditions[DEALS_BITS_MAX];
    int n_conditions;
    struct reading reading;
    struct changes changes;
    size_t unrated, overfull, facts, list_bytes;
    bool foreign; /* a tell that was recalled has another currency than the organisation's */
    struct facts *book; /* NULL: none is kept */
    pace_day settled;   /* as deals_settle was told ... */
    bool relieves;      /* ... likewise */
    struct rest *rest;
};

extern const struct thread_kind tell_kinds, touch_kinds;

static inline const struct zone *zone_at(const struct deals *deals, uint32_t rep, int64_t us) {
    return deals->world.zone(deals->world.arg, rep, us);
}

static inline pace_day touch_date(const struct touch *touch) {
    return touch->date <= DAY_NONE + 1 ? DAY_NONE : (touch->date - (touch->date & 1)) / 2;
}

/* ---- deals_told.c: what a record tells ---- */

/* The opportunity also of types that DOMAIN doesn't list, whose members are those that the config
 * names. Empty: there is none. */
struct view opportunity_of(const struct event *event);

/* enum tell_kind, or -1: the type tells nothing, so that a record of it is a touch at most. */
int tell_kind_of(struct view type);

/* rep is whose the record is. */
struct tell tell_make(const struct deals *deals, const struct event *event, int kind, uint32_t rep);
struct touch touch_make(const struct deals *deals, const struct event *event, uint32_t rep);

/* Whether what the config asks for can depend on it. If not, it isn't kept: it's the same for every
 * config that could ask, and another one counts anew from the log. */
bool tell_matters(const struct deals *deals, const struct tell *tell);
bool touch_matters(const struct deals *deals, const struct touch *touch);

uint64_t stage_hash(struct view name);

/* ---- deals_story.c: its history ---- */

/*
 * What a fact (a tell or a touch, the other NULL) changes is the difference of two histories that
 * agree in all that comes before it. So story_split reads up to it, then story_tally from there to
 * the end, once without and once with it, and gathers what is added from it on, times sign. With
 * both NULL the histories differ from the beginning; the list may then be one that can't be read.
 */
void story_split(struct deals *deals, const struct deal *deal, const struct tell *tell,
                 const struct touch *touch);
void story_tally(struct deals *deals, const struct deal *deal, int sign);

/* What a history has come to; worth and rated are known. */
void story_read(struct deals *deals, const struct deal *deal, struct story *ret_story);

/* How a deal stands with all facts before that instant. */
void story_stand(struct deals *deals, const struct deal *deal, int64_t edge_us,
                 struct place *ret_place);

/* ---- into a book (deals.c) ---- */

void tell_note(struct facts *book, struct thread_key key, const struct tell *tell, int sign,
               uint64_t number);
void touch_note(struct facts *book, struct thread_key key, const struct touch *touch, int sign,
                uint64_t number);

/* Before a deal is touched: if it rests, it is woken; what was settled since it was touched last,
 * goes (deals_forget.c). 0, or as rest_find. */
int deal_rouse(struct deals *deals, struct thread_key key, uint64_t number);

/* ---- room (deals_room.c) ---- */

/* Room for reading; 0 or -ENOMEM. Freed by reading_clear. */
int reading_make(struct reading *reading, size_t n_watches);
void reading_clear(struct reading *reading);

/* Room for a history of so many touches. 0 or -ENOMEM. */
int reading_reserve(struct deals *deals, uint32_t touches);

/* Whether a contact is met for the first time in this walk, by one who counts them. */
bool contact_is_new(struct reading *reading, uint64_t contact, int counter);

/* A walk from the first fact: nothing was met yet. */
void contacts_forget(struct reading *reading);

#endif
