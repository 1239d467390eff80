/*
 * What deals adds to the tallies is a function of the set of records: random histories, changed in
 * random order, against their contract: for every day and rep the history up to the close of that
 * day is read anew, from its first record, and weighed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "deals.h"
#include "thread_book.h"

enum deal_status {
    DEAL_UNHEARD,
    DEAL_STANDS_OPEN,
    DEAL_STANDS_WON,
    DEAL_STANDS_LOST,
    DEAL_STANDS_DELETED
};

enum { FACTS_MAX = 20, ROUNDS = 1200, FIRST = BOOK_FIRST + 10, SPREAD = 20 /* days of records */ };

static const char *smb[] = {"smb", "mid"}, *late_stages[] = {"b", "c"};
static struct config_where where_smb = {.member = "segment", .values = smb, .n_values = 2},
                           where_stage = {.member = "stage", .values = late_stages, .n_values = 2};
static const char *call_demo[] = {"sales.activity.call", "sales.activity.demo"};
static const char *any_two[] = {"sales.activity.*", "sales.activity.*"};
static const char *review[] = {"sales.activity.demo", "acme.review"};

static const struct config_indicator all[] = {
    {.kind = KIND_LEVEL, .quantity = LEVEL_OPEN_AMOUNT},
    {.kind = KIND_LEVEL, .quantity = LEVEL_COVERAGE, .where = &where_smb, .n_where = 1},
    {.kind = KIND_LEVEL, .quantity = LEVEL_NO_NEXT_STEP},
    {.kind = KIND_LEVEL, .quantity = LEVEL_DAYS_IN_STAGE},
    {.kind = KIND_LEVEL, .quantity = LEVEL_PUSH_COUNT},
    {.kind = KIND_LEVEL, .quantity = LEVEL_CONTACTS_PER_DEAL},
    {.kind = KIND_LEVEL, .quantity = LEVEL_CONTACTS_PER_DEAL, .count_automatic = true},
    {.kind = KIND_ADHERENCE, .stage = "a", .steps = call_demo, .n_steps = 2},
    {.kind = KIND_ADHERENCE,
     .stage = "b",
     .steps = any_two,
     .n_steps = 2,
     .where = &where_smb,
     .n_where = 1},
    {.kind = KIND_LEVEL, .quantity = LEVEL_NO_NEXT_STEP, .where = &where_stage, .n_where = 1},
    {.kind = KIND_ADHERENCE, .stage = "a", .steps = review, .n_steps = 2, .count_automatic = true},
};
enum { ALL = sizeof all / sizeof *all };

/* What a round's config asks for: some of them, so that what nobody asks for is left out in most rounds. */
static struct config_indicator indicators[ALL];

/* A dollar is half a euro, and two from the tenth day on. */
static struct config_rate dollars[] = {{20000, CONFIG_RATE_UNIT / 2},
                                       {FIRST + 10, 2 * (int64_t)CONFIG_RATE_UNIT}};
static struct config_currency currencies[] = {{"USD", dollars, 2}};
static struct config config = {
    .organisation = {.currency = "EUR", .currencies = currencies, .n_currencies = 1},
    .indicators = indicators,
};

/* ---- records ---- */

/* In the order in which they are read at one instant. */
enum type {
    CALL,
    DEMO,
    REVIEW,
    PLANNED,
    CANCELLED,
    CREATED,
    LOST,
    DELETED,
    CHANGED,
    REOPENED,
    WON
};
static const char *const types[] = {
    "sales.activity.call",        "sales.activity.demo",       "acme.review",
    "sales.activity.planned",     "sales.activity.cancelled",  "sales.opportunity.created",
    "sales.opportunity.lost",     "sales.opportunity.deleted", "sales.opportunity.changed",
    "sales.opportunity.reopened", "sales.opportunity.won"};

struct record {
    enum type type;
    int64_t time_us;
    pace_day date;
    uint32_t rep;
    bool owner_told, automatic;
    char id[16], contact[4], activity[16];
    char stage[4], segment[8], currency[4]; /* empty: not told */
    int64_t amount;                         /* 0: not told */
    char close_date[32], next_step[40];
    pace_day close_day, next_day; /* what these texts mean; DAY_NONE: not told */
    bool in;
};

static void day_draw(const struct book *book, struct record *record, uint64_t *seed) {
    pace_day day = FIRST + draw_below(seed, SPREAD + 20);
    int64_t us = day * DAY_US + 23 * HOUR_US + HOUR_US / 2;
    char text[TIME_TEXT_SIZE];
    if (draw_chance(seed, 500)) {
        day_format(day, record->next_step);
        record->next_day = day;
    } else {
        snprintf(record->next_step, sizeof record->next_step, "%s", time_format(us, text));
        record->next_day = zone_day(book_zone((void *)book, record->rep, us), us);
    }
}

static void opportunity_draw(const struct book *book, struct record *record, uint64_t *seed) {
    static const char *const stages[] = {"a", "b", "c", ""},
                             *const segments[] = {"smb", "ent", "mid", "", ""},
                             *const moneys[] = {"EUR", "USD", "GBP", "", ""};
    snprintf(record->stage, sizeof record->stage, "%s", stages[draw_below(seed, 4)]);
    snprintf(record->segment, sizeof record->segment, "%s", segments[draw_below(seed, 5)]);
    snprintf(record->currency, sizeof record->currency, "%s", moneys[draw_below(seed, 5)]);
    record->amount = draw_chance(seed, 600) ? 10000 * (1 + draw_below(seed, 9)) : 0;
    record->owner_told = draw_chance(seed, 400);
    if (draw_chance(seed, 500)) {
        record->close_day = FIRST + draw_below(seed, 40);
        day_format(record->close_day, record->close_date);
    }
    if (draw_chance(seed, 300))
        day_draw(book, record, seed);
}

static struct record record_draw(const struct book *book, uint64_t *seed, int i, bool dates) {
    static const enum type mix[] = {CALL,      CALL,    DEMO,     DEMO,    REVIEW,  PLANNED,
                                    CANCELLED, CREATED, CREATED,  CHANGED, CHANGED, CHANGED,
                                    LOST,      WON,     REOPENED, DELETED};
    struct record record = {.date = DAY_NONE, .close_day = DAY_NONE, .next_day = DAY_NONE};
    record.type = mix[draw_below(seed, sizeof mix / sizeof *mix)];
    record.time_us = FIRST * DAY_US + draw_below(seed, SPREAD * 6) * 4 * HOUR_US;
    record.rep = draw_chance(seed, 60) ? REP_NONE : (uint32_t)draw_below(seed, BOOK_REPS);
    record.automatic = draw_chance(seed, 250);
    snprintf(record.id, sizeof record.id, "%c%d", 'r', i);
    snprintf(record.activity, sizeof record.activity, "r%d", draw_below(seed, 4));
    if (draw_chance(seed, 700))
        snprintf(record.contact, sizeof record.contact, "%c", 'p' + draw_below(seed, 4));
    if (dates && draw_chance(seed, 300))
        record.date = (pace_day)floor_div(record.time_us, DAY_US) + draw_below(seed, 3) - 1;
    if (record.type >= CREATED)
        opportunity_draw(book, &record, seed);
    else if (record.type == PLANNED || record.type == CANCELLED)
        day_draw(book, &record, seed);
    return record;
}

static void tell_text(struct event *event, int id, const char *text) {
    if (*text)
        event->members[event->n_members++] = (struct member){.id = (uint8_t)id,
                                                             .form = member_table[id].form,
                                                             .name = view_of(member_table[id].name),
                                                             .text = view_of(text)};
}

static void tell_number(struct event *event, int id, int64_t number) {
    if (number)
        event->members[event->n_members++] = (struct member){.id = (uint8_t)id,
                                                             .form = FORM_NUMBER,
                                                             .name = view_of(member_table[id].name),
                                                             .number = number};
}

static struct event event_make(const struct record *record) {
    struct event event = {.source = view_of("/crm"),
                          .id = view_of(record->id),
                          .record = view_of(record->id),
                          .type = view_of(types[record->type]),
                          .subject = view_of("somebody"),
                          .time_us = record->time_us,
                          .localdate = record->date,
                          .recorded_us = TIME_NONE};
    bool planned = record->type == PLANNED || record->type == CANCELLED;
    tell_text(&event, MEMBER_OPPORTUNITY, "opp-9");
    if (record->type < PLANNED) {
        tell_text(&event, MEMBER_CONTACT, record->contact);
        tell_number(&event, MEMBER_AUTOMATIC, record->automatic);
    }
    if (record->type >= CREATED && record->owner_told)
        tell_text(&event, MEMBER_OWNER, "the owner");
    tell_text(&event, MEMBER_ACTIVITY, planned ? record->activity : "");
    tell_text(&event, MEMBER_AT, planned ? record->next_step : "");
    tell_number(&event, MEMBER_AMOUNT, record->amount);
    tell_text(&event, MEMBER_CURRENCY, record->currency);
    tell_text(&event, MEMBER_STAGE, record->stage);
    tell_text(&event, MEMBER_CLOSE_DATE, record->close_date);
    tell_text(&event, MEMBER_NEXT_STEP_AT, planned ? "" : record->next_step);
    tell_text(&event, MEMBER_SEGMENT, record->segment);
    return event;
}

/* ---- the contract, read literally ---- */

struct list {
    const struct book *book;
    const struct record *records[FACTS_MAX];
    int64_t at_us[FACTS_MAX];
    int n;
};

static const struct zone *zone_of(const struct list *list, uint32_t rep) {
    return book_zone((void *)list->book, rep, 0);
}

static pace_day day_for(const struct list *list, uint32_t rep, int i) {
    return list->records[i]->date != DAY_NONE ? list->records[i]->date
                                              : zone_day(zone_of(list, rep), list->at_us[i]);
}

static int rank_of(enum type type) {
    return type < PLANNED ? 0 : (int)type;
}

static bool comes_before(const struct list *list, int64_t at_us, const struct record *record,
                         int i) {
    const struct record *other = list->records[i];
    if (at_us != list->at_us[i])
        return at_us < list->at_us[i];
    if (rank_of(record->type) != rank_of(other->type))
        return rank_of(record->type) < rank_of(other->type);
    return thread_id(view_of("/crm"), view_of(record->id)) <
           thread_id(view_of("/crm"), view_of(other->id));
}

static void list_put(struct list *list, const struct record *record) {
    int64_t at_us = record->time_us;
    if (record->date != DAY_NONE) {
        int64_t begin = zone_day_end(zone_of(list, record->rep), record->date - 1);
        int64_t end = zone_day_end(zone_of(list, record->rep), record->date);
        at_us = at_us < begin ? begin : at_us >= end ? end - 1 : at_us;
    }
    int i = list->n++;
    for (; i > 0 && comes_before(list, at_us, record, i - 1); i--) {
        list->records[i] = list->records[i - 1];
        list->at_us[i] = list->at_us[i - 1];
    }
    list->records[i] = record;
    list->at_us[i] = at_us;
}

/* Whether a record is of the deal itself. */
static bool is_own(const struct record *record) {
    return record->type >= CREATED;
}

/* The state after the first n records, each question answered by itself. */

static enum deal_status status_after(const struct list *list, int n) {
    enum deal_status status = DEAL_UNHEARD;
    for (int i = 0; i < n; i++)
        switch (list->records[i]->type) {
        case WON:
            status = DEAL_STANDS_WON;
            break;
        case LOST:
            status = DEAL_STANDS_LOST;
            break;
        case DELETED:
            status = DEAL_STANDS_DELETED;
            break;
        case REOPENED:
            status = DEAL_STANDS_OPEN;
            break;
        case CREATED:
        case CHANGED:
            status = status == DEAL_UNHEARD ? DEAL_STANDS_OPEN : status;
            break;
        default:
            break;
        }
    return status;
}

static bool tells_owner(const struct record *record) {
    return record->owner_told || record->type == CREATED || record->type == CHANGED ||
           record->type == REOPENED;
}

/* Who owns it, REP_NONE also where nobody was named yet. */
static uint32_t owner_after(const struct list *list, int n) {
    for (int i = n - 1; i >= 0; i--)
        if (is_own(list->records[i]) && tells_owner(list->records[i]))
            return list->records[i]->rep;
    for (int i = 0; i < n; i++)
        if (is_own(list->records[i]))
            return list->records[i]->rep; /* the first word of all, if no word was better */
    return REP_NONE;
}

/* The last record that tells what is asked for, of the first n; -1: none. */
static int last_telling(const struct list *list, int n,
                        bool (*tells)(const struct record *record)) {
    for (n--; n >= 0; n--)
        if (is_own(list->records[n]) && tells(list->records[n]))
            return n;
    return -1;
}

static bool tells_amount(const struct record *record) {
    return record->amount;
}
static bool tells_currency(const struct record *record) {
    return *record->currency;
}
static bool tells_stage(const struct record *record) {
    return *record->stage;
}
static bool tells_segment(const struct record *record) {
    return *record->segment;
}
static bool tells_close(const struct record *record) {
    return record->close_day != DAY_NONE;
}
static bool tells_step(const struct record *record) {
    return record->next_day != DAY_NONE;
}

static int64_t worth_after(const struct list *list, int n) {
    int amount = last_telling(list, n, tells_amount),
        currency = last_telling(list, n, tells_currency);
    int last = amount > currency ? amount : currency;
    if (amount < 0 || (currency >= 0 && !strcmp(list->records[currency]->currency, "GBP")))
        return 0;
    int64_t worth = list->records[amount]->amount;
    if (currency < 0 || !strcmp(list->records[currency]->currency, "EUR"))
        return worth;
    return day_for(list, list->records[last]->rep, last) < FIRST + 10 ? worth / 2 : worth * 2;
}

static const char *stage_after(const struct list *list, int n) {
    int i = last_telling(list, n, tells_stage);
    return i < 0 ? "" : list->records[i]->stage;
}

static bool opens_at(const struct list *list, int i) {
    return status_after(list, i + 1) == DEAL_STANDS_OPEN &&
           status_after(list, i) != DEAL_STANDS_OPEN;
}

/* The day of the last record that opened it, changed its stage or gave it to another. */
static pace_day clock_after(const struct list *list, int n) {
    for (int i = n - 1; i >= 0; i--) {
        bool heard = last_telling(list, i, is_own) >= 0;
        bool stage = strcmp(stage_after(list, i), stage_after(list, i + 1)) != 0;
        bool owner = heard && owner_after(list, i) != owner_after(list, i + 1);
        if (is_own(list->records[i]) && (opens_at(list, i) || stage || owner))
            return day_for(list, owner_after(list, i + 1), i);
    }
    return DAY_NONE;
}

static int pushes_after(const struct list *list, int n) {
    int pushes = 0;
    for (int i = 0; i < n; i++) {
        int before = last_telling(list, i, tells_close);
        bool open = status_after(list, i) == DEAL_STANDS_OPEN &&
                    status_after(list, i + 1) == DEAL_STANDS_OPEN;
        const struct record *record = list->records[i];
        pushes += is_own(record) && open && record->type != REOPENED && tells_close(record) &&
                  before >= 0 && record->close_day > list->records[before]->close_day;
    }
    return pushes;
}

static int contacts_after(const struct list *list, int n, bool automatic) {
    int contacts = 0;
    for (char contact = 'p'; contact < 'p' + 4; contact++) {
        bool found = false;
        for (int i = 0; i < n; i++)
            found |= list->records[i]->type < PLANNED && list->records[i]->contact[0] == contact &&
                     (automatic || !list->records[i]->automatic);
        contacts += found;
    }
    return contacts;
}

/* Whether the step planned by record i still stands after n records. */
static bool step_stands(const struct list *list, int i, int n) {
    for (int k = i + 1; k < n; k++) {
        const struct record *record = list->records[k];
        bool told = (record->type == PLANNED || record->type == CANCELLED) &&
                    !strcmp(record->activity, list->records[i]->activity);
        if (told || (record->type < PLANNED && !strcmp(record->id, list->records[i]->activity)))
            return false;
    }
    return true;
}

static pace_day step_after(const struct list *list, int n) {
    int told = last_telling(list, n, tells_step);
    pace_day day = told < 0 ? DAY_NONE : list->records[told]->next_day;
    for (int i = 0; i < n; i++)
        if (list->records[i]->type == PLANNED && step_stands(list, i, n) &&
            list->records[i]->next_day > day)
            day = list->records[i]->next_day;
    return day;
}

static bool meets(const struct list *list, int n, const struct config_indicator *indicator) {
    if (!indicator->n_where)
        return true;
    if (indicator->where == &where_stage)
        return *stage_after(list, n) == 'b' || *stage_after(list, n) == 'c';
    int i = last_telling(list, n, tells_segment);
    return i >= 0 && strcmp(list->records[i]->segment, "ent") != 0;
}

/* What the deal adds for its owner after n records, on a day. False: it isn't open, or not asked
 * for. */
static bool weigh(const struct list *list, int n, const struct config_indicator *indicator,
                  pace_day day, int64_t *ret_main) {
    if (status_after(list, n) != DEAL_STANDS_OPEN || !meets(list, n, indicator))
        return false;
    switch (indicator->quantity) {
    case LEVEL_NO_NEXT_STEP:
        *ret_main = step_after(list, n) < day;
        return true;
    case LEVEL_DAYS_IN_STAGE:
        *ret_main = -(int64_t)clock_after(list, n);
        return true;
    case LEVEL_PUSH_COUNT:
        *ret_main = pushes_after(list, n);
        return true;
    case LEVEL_CONTACTS_PER_DEAL:
        *ret_main = contacts_after(list, n, indicator->count_automatic);
        return true;
    default:
        *ret_main = worth_after(list, n);
        return true;
    }
}

/* The change from day to day of what is there at the close of a rep's day. */
static void tell_levels(const struct list *list, int indicator, uint32_t rep, struct book *book) {
    int64_t before = 0, trials_before = 0;
    for (pace_day day = BOOK_FIRST; day < BOOK_FIRST + BOOK_DAYS; day++) {
        int64_t close = zone_day_end(zone_of(list, rep), day), main = 0;
        int n = 0;
        while (n < list->n && list->at_us[n] < close)
            n++;
        bool counts =
            owner_after(list, n) == rep && weigh(list, n, &indicators[indicator], day, &main);
        main = counts ? main : 0;
        book_put(book, rep, indicator, PART_MAIN, day, main - before);
        book_put(book, rep, indicator, PART_TRIALS, day, counts - trials_before);
        before = main;
        trials_before = counts;
    }
}

static void tell_moves(const struct list *list, int indicator, struct book *book) {
    for (int i = 0; i < list->n; i++) {
        uint32_t from = owner_after(list, i), to = owner_after(list, i + 1);
        int64_t was, is;
        pace_day out = day_for(list, from, i), in = day_for(list, to, i);
        if (from == to || !weigh(list, i, &indicators[indicator], out, &was) ||
            !weigh(list, i + 1, &indicators[indicator], in, &is))
            continue;
        book_put(book, from, indicator, PART_MOVED, out, -was);
        book_put(book, from, indicator, PART_MOVED_TRIALS, out, -1);
        book_put(book, to, indicator, PART_MOVED, in, is);
        book_put(book, to, indicator, PART_MOVED_TRIALS, in, 1);
    }
}

static bool is_step(const struct config_indicator *indicator, int step,
                    const struct record *record) {
    const char *type = types[record->type], *pattern = indicator->steps[step];
    size_t n = strlen(pattern);
    if (record->type >= PLANNED || (record->automatic && !indicator->count_automatic))
        return false;
    return pattern[n - 1] == '*' ? !strncmp(pattern, type, n - 1) : !strcmp(pattern, type);
}

/* Whether the steps from `step` on are in order among the records from i to n, by trying all ways. */
static bool has_steps(const struct list *list, const struct config_indicator *indicator, int step,
                      int i, int n) {
    if (step == indicator->n_steps)
        return true;
    for (; i < n; i++)
        if (is_step(indicator, step, list->records[i]) &&
            has_steps(list, indicator, step + 1, i + 1, n))
            return true;
    return false;
}

static void tell_adherence(const struct list *list, int indicator, struct book *book) {
    const struct config_indicator *config_of = &indicators[indicator];
    for (int i = 0; i < list->n; i++) {
        const struct record *record = list->records[i];
        bool leaves = record->type == WON || (record->type == CHANGED && *record->stage &&
                                              strcmp(record->stage, config_of->stage));
        if (!leaves || status_after(list, i) != DEAL_STANDS_OPEN ||
            strcmp(stage_after(list, i), config_of->stage) || !meets(list, i, config_of))
            continue;
        uint32_t rep = owner_after(list, i);
        book_put(book, rep, indicator, PART_TRIALS, day_for(list, rep, i), 1);
        book_put(book, rep, indicator, PART_MAIN, day_for(list, rep, i),
                 has_steps(list, config_of, 0, 0, i));
    }
}

static void brute_force(const struct list *list, struct book *book) {
    for (int i = 0; i < config.n_indicators; i++) {
        if (indicators[i].kind == KIND_ADHERENCE) {
            tell_adherence(list, i, book);
            continue;
        }
        for (uint32_t rep = 0; rep < BOOK_REPS; rep++)
            tell_levels(list, i, rep, book);
        tell_moves(list, i, book);
    }
}

/* ---- random histories ---- */

struct round {
    struct record records[FACTS_MAX];
    int n;
    bool dates; /* some records are without time of day */
};

static void flip(struct deals *deals, struct record *record) {
    struct event event = event_make(record);
    assert_int_equal(deals_change(deals, &event, record->rep, record->in ? -1 : 1, 77), 0);
    record->in = !record->in;
}

static void print_round(const struct round *round) {
    char text[TIME_TEXT_SIZE];
    for (int i = 0; i < round->n; i++)
        if (round->records[i].in) {
            const struct record *r = &round->records[i];
            fprintf(stderr,
                    "  %s %s %s date %d rep %d%s stage %s segment %s %lld %s close %d step %d (%s) "
                    "contact %s%s\n",
                    r->id, types[r->type], time_format(r->time_us, text), r->date, (int)r->rep,
                    r->owner_told ? " owner" : "", r->stage, r->segment, (long long)r->amount,
                    r->currency, r->close_day, r->next_day, r->activity, r->contact,
                    r->automatic ? " auto" : "");
        }
}

static void fresh(const struct round *round, struct book *book, uint64_t *seed) {
    struct thread_world world = book_world(book);
    struct deals *deals = NULL;
    struct round copy = *round;
    assert_int_equal(deals_create(&config, &world, &deals), 0);
    for (int left = copy.n; left > 0; left--) {
        int i = draw_below(seed, left);
        struct record record = copy.records[i];
        copy.records[i] = copy.records[left - 1];
        if (record.in) {
            record.in = false;
            flip(deals, &record);
        }
    }
    deals_destroy(&deals);
}

static void check(const struct round *round, const struct book *book, uint64_t start,
                  uint64_t *seed) {
    static struct book should_be;
    struct list list = {.book = book};
    for (int i = 0; i < round->n; i++)
        if (round->records[i].in)
            list_put(&list, &round->records[i]);
    memset(&should_be, 0, sizeof should_be);
    should_be.one_zone = book->one_zone;
    should_be.fails_after = -1;
    if (round->dates && !book->one_zone)
        fresh(round, &should_be, seed); /* days of several zones: only the order is tested */
    else
        brute_force(&list, &should_be);
    if (!book_equal(book, &should_be)) {
        fprintf(stderr, "seed %llu\n", (unsigned long long)start);
        print_round(round);
        fail();
    }
}

static void config_draw(uint64_t *seed) {
    memcpy(indicators, all, sizeof all);
    config.n_indicators = 1 + draw_below(seed, ALL);
    for (int i = 0; i < config.n_indicators; i++) {
        int other = i + draw_below(seed, ALL - i);
        struct config_indicator drawn = indicators[other];
        indicators[other] = indicators[i];
        indicators[i] = drawn;
    }
}

static void one_round(uint64_t start) {
    static struct book book;
    uint64_t seed = start;
    struct round round = {.n = 1 + draw_below(&seed, FACTS_MAX), .dates = draw_chance(&seed, 500)};
    struct deals *deals = NULL;
    config_draw(&seed);
    memset(&book, 0, sizeof book);
    book.fails_after = -1;
    book.one_zone = draw_chance(&seed, 300);
    struct thread_world world = book_world(&book);
    assert_int_equal(deals_create(&config, &world, &deals), 0);
    for (int i = 0; i < round.n; i++)
        round.records[i] = record_draw(&book, &seed, i, round.dates);
    for (int step = 0; step < 3 * round.n; step++) {
        struct record *record = &round.records[draw_below(&seed, round.n)];
        if (!record->in || draw_chance(&seed, 300))
            flip(deals, record);
        if (draw_chance(&seed, 60))
            check(&round, &book, start, &seed);
    }
    check(&round, &book, start, &seed);
    for (int i = 0; i < round.n; i++)
        if (round.records[i].in)
            flip(deals, &round.records[i]);
    check(&round, &book, start, &seed); /* nothing is left: all zero */
    assert_int_equal(deals_facts(deals), 0);
    assert_int_equal(deals_unrated(deals), 0);
    deals_destroy(&deals);
}

static void test_deals_are_a_function_of_the_set(void **state) {
    uint64_t seed = 20261122;
    (void)state;
    print_message("seed %llu, %d rounds\n", (unsigned long long)seed, ROUNDS);
    for (int r = 0; r < ROUNDS; r++)
        one_round(draw(&seed));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_deals_are_a_function_of_the_set)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
