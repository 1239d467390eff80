/* measure_apply.c - one event on its way into the tallies: whose it is, what it is to each indicator, and what that adds. */
#include "measure_inside.h"

#include "dict.h"
#include "draft.h"
#include "pace/error.h"
#include "people.h"
#include "tally.h"

_Static_assert((int)SERIES_INDICATORS_MAX == (int)CONFIG_INDICATORS_MAX,
               "every indicator has its series");
_Static_assert((int)MEASURE_CREDITED_MAX == (int)CREDIT_PARTICIPANTS, "the header tells the limit");
_Static_assert((int)CREDIT_MAX * (int)CREDIT_WHOLE <= (int)DISTINCT_RANK_MAX,
               "a rep's share is a rank, however often the source lists the rep");

/* A rep's part in the event. */
struct part {
    uint32_t rep;
    int share; /* 1/10,000 */
    pace_day day;
    int late;
};

enum { GATHERED_MAX = 32 };

struct applying {
    struct measure *measure;
    const struct event *event;
    uint32_t subject; /* REP_NONE: nobody that is known */
    struct part own;  /* the subject's, which most indicators ask for */
    struct said said;
    int source, sign;
    uint64_t number;
    const struct revisions *others;             /* NULL: none */
    struct cells_change gathered[GATHERED_MAX]; /* of own's rep and day */
    int n_gathered;
    int err; /* the first; nothing is added behind it */
};

/* What the subject's day gets is gathered, so that its block is looked for once. */
static void add_gathered(struct applying *a) {
    if (!a->err && a->n_gathered)
        a->err = measure_add_all(a->measure, a->own.rep, a->own.day, a->gathered, a->n_gathered, a->number);
    a->n_gathered = 0;
}

static void add(struct applying *a, uint32_t rep, int series, pace_day day, int64_t delta) {
    if (a->err || !delta)
        return;
    if (rep != a->subject || day != a->own.day) {
        a->err = measure_add(a->measure, rep, series, day, delta, a->number);
        return;
    }
    if (a->n_gathered == GATHERED_MAX)
        add_gathered(a);
    a->gathered[a->n_gathered++] = (struct cells_change){series, delta};
}

/* Modulo 2^64, as the tally adds. */
static int64_t by_sign(const struct applying *a, int64_t amount) {
    return a->sign > 0 ? amount : (int64_t)(0 - (uint64_t)amount);
}

static void add_late(struct applying *a, uint32_t rep, int first_series, pace_day day, int late,
                     int64_t amount) {
    for (int n = 0; n < late; n++)
        add(a, rep, first_series + n, day, a->sign * amount);
}

static struct part part_make(const struct applying *a, uint32_t rep) {
    const struct people *people = a->measure->setup.people;
    struct part part = {.rep = rep, .day = people_event_day(people, rep, a->event)};
    if (a->event->recorded_us != TIME_NONE)
        part.late = measure_late(a->measure->setup.config, a->event,
                                 people_zone_at(people, rep, a->event->time_us), part.day);
    return part;
}

static int late_since(const struct applying *a, int i, const struct part *part, int64_t amount,
                      struct view distinct) {
    struct late_part of = {i, part->rep, part->day, amount, distinct};
    return part->late && a->others ? measure_late_since(a->measure, a->others, &of, part->late)
                                   : part->late;
}

static const struct config_indicator *indicator_of(const struct applying *a,
                                                   const struct type_role *role) {
    return &a->measure->setup.config->indicators[role->indicator];
}

static struct part part_of(const struct applying *a, uint32_t rep, int share) {
    struct part part = rep == a->subject ? a->own : part_make(a, rep);
    part.share = share;
    return part;
}

static void add_presence(struct applying *a) {
    if (a->subject == REP_NONE || a->said.automatic)
        return;
    const struct part *part = &a->own;
    add(a, part->rep, SERIES_PRESENCE, part->day, a->sign);
    int late = late_since(a, -1, part, 0, (struct view){0});
    add_late(a, part->rep, SERIES_PRESENCE_LATE, part->day, late, 1);
}

static void add_source(struct applying *a) {
    if (a->subject != REP_NONE && !a->said.automatic && a->source >= 0 &&
        a->source < SERIES_SOURCES_MAX)
        add(a, a->subject, SERIES_SOURCES + a->source, a->own.day, a->sign);
}

/* ---- names ---- */

/*
 * A name in an event is taken as far as there is room for it: one that finds none in the dictionary
 * is nobody's, now and at every later start, since a dictionary never gets emptier.
 */
static int name_resolve(void *arg, struct view name, uint32_t *ret_rep) {
    struct measure *measure = arg;
    uint32_t id;
    *ret_rep = REP_NONE;
    if (name.len > EVENT_ATTRIBUTE_MAX_BYTES || draft_has_control(name))
        return 0;
    int err = dict_intern(measure->setup.dict, name, &id);
    err = err ? err : people_resolve(measure->setup.people, id, ret_rep);
    return err == PACE_ELIMIT ? 0 : err;
}

static int name_find(void *arg, struct view name, uint32_t *ret_rep) {
    const struct measure *measure = arg;
    *ret_rep = people_find(measure->setup.people, name);
    return 0;
}

struct credit_names measure_names(struct measure *measure) {
    return (struct credit_names){name_resolve, measure};
}

struct credit_names measure_names_asked(const struct measure *measure) {
    return (struct credit_names){name_find, (void *)measure};
}

/* ---- the kinds ---- */

enum measure_reason measure_pass(const struct config_indicator *indicator,
                                 const struct event *event, const char **ret_member) {
    if (indicator_too_automatic(indicator, event))
        return MEASURE_AUTOMATIC;
    if (indicator_too_short(indicator, event))
        return MEASURE_TOO_SHORT;
    const struct config_where *unmet = indicator_unmet(indicator->where, indicator->n_where, event);
    if (!unmet && indicator->kind == KIND_RATIO)
        unmet = indicator_unmet(indicator->trials_where, indicator->n_trials_where, event);
    if (unmet)
        *ret_member = unmet->member;
    return unmet ? MEASURE_WHERE : MEASURE_COUNTS;
}

enum measure_reason measure_amount(const struct config *config,
                                   const struct config_indicator *indicator,
                                   const struct event *event, pace_day day, int64_t *ret_amount) {
    const struct member *amount = event_member(event, view_of(indicator->member));
    if (!amount || amount->form != FORM_NUMBER)
        return MEASURE_NO_AMOUNT;
    if (!indicator_is_money(indicator)) {
        *ret_amount = amount->number;
        return MEASURE_COUNTS;
    }
    const struct member *told = event_member(event, view_of("currency"));
    struct view from = told ? told->text : (struct view){0};
    int err =
        config_convert(config, amount->number, from, view_of(indicator->currency), day, ret_amount);
    return err ? MEASURE_CURRENCY : MEASURE_COUNTS;
}

static void add_sum(struct applying *a, int i, const struct part *part) {
    const struct config *config = a->measure->setup.config;
    int64_t amount;
    if (measure_amount(config, &config->indicators[i], a->event, part->day, &amount) !=
        MEASURE_COUNTS)
        return;
    amount = (int64_t)((__int128)amount * part->share / CREDIT_WHOLE);
    add(a, part->rep, series_of(i, PART_MAIN), part->day, by_sign(a, amount));
    int late = late_since(a, i, part, amount, (struct view){0});
    add_late(a, part->rep, series_of(i, PART_LATE), part->day, late, 1);
}

/* From one worth to another, as far as it doesn't depend on how late it came. */
static void add_ranks(struct applying *a, int i, const struct part *part, int was, int is) {
    if (a->measure->setup.config->indicators[i].kind != KIND_RATIO) {
        add(a, part->rep, series_of(i, PART_MAIN), part->day, is - was);
        return;
    }
    add(a, part->rep, series_of(i, PART_MAIN), part->day,
        (is == OUTCOME_SUCCESS) - (was == OUTCOME_SUCCESS));
    add(a, part->rep, series_of(i, PART_TRIALS), part->day,
        (is >= OUTCOME_FAILURE) - (was >= OUTCOME_FAILURE));
    add(a, part->rep, series_of(i, PART_UNKNOWN), part->day,
        (is == OUTCOME_UNKNOWN) - (was == OUTCOME_UNKNOWN));
}

/* From one worth of a rep's day (of one record, or of those that distinct takes as one) to another. */
static void add_worth(struct applying *a, int i, const struct part *part,
                      const struct distinct_worth *before, const struct distinct_worth *after) {
    int was = before->known[LATE_STEPS], is = after->known[LATE_STEPS];
    add_ranks(a, i, part, was, is);
    if (a->measure->setup.config->indicators[i].kind == KIND_RATIO)
        return;
    for (int n = 0; n < LATE_STEPS; n++)
        add(a, part->rep, series_of(i, PART_LATE + n), part->day,
            (is - after->known[n]) - (was - before->known[n]));
}

static struct distinct_worth worth_alone(struct distinct_record record) {
    struct distinct_worth worth = {{0}};
    for (int n = record.late; n <= LATE_STEPS; n++)
        worth.known[n] = record.rank;
    return worth;
}

/* What a record is worth by itself: a count's units, or a ratio's outcome. */
static int record_rank(const struct applying *a, const struct type_role *role, int share) {
    const struct config_indicator *indicator = indicator_of(a, role);
    const char *missing;
    if (indicator->kind != KIND_RATIO)
        return indicator->credit == CREDIT_SHARE ? share : 1;
    if (!role->planned)
        return indicator_outcome(indicator, a->event, &missing);
    if ((a->said.told & role->success) != role->success)
        return OUTCOME_UNKNOWN;
    return (a->said.met & role->success) == role->success ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
}

static void add_record(struct applying *a, const struct type_role *role, const struct part *part) {
    const struct config_indicator *indicator = indicator_of(a, role);
    int i = role->indicator;
    const char *by = indicator_distinct_member(indicator);
    const struct member *member = by ? event_member(a->event, view_of(by)) : NULL;
    int rank = record_rank(a, role, part->share), late = part->late;
    if (indicator->kind == KIND_COUNT) /* of ratios nobody asks */
        late = late_since(a, i, part, rank, member ? member->text : (struct view){0});
    struct distinct_record record = {rank, late};
    if (!member && !late) {
        add_ranks(a, i, part, a->sign > 0 ? 0 : rank, a->sign > 0 ? rank : 0);
        return;
    }
    struct distinct_worth none = {{0}}, before = none, after = worth_alone(record);
    if (member && !a->err) {
        uint32_t stable = people_rep(a->measure->setup.people, part->rep)->stable;
        struct distinct_key key = {i, stable, part->day, member->text};
        a->err = distinct_change(a->measure->distinct, &key, record, a->sign, a->number, &before,
                                 &after);
    }
    if (member || a->sign > 0)
        add_worth(a, i, part, &before, &after);
    else
        add_worth(a, i, part, &after, &before);
}

static void add_score(struct applying *a, int i) {
    const struct config_indicator *indicator = &a->measure->setup.config->indicators[i];
    const struct member *skill = event_member(a->event, view_of("skill"));
    const struct member *score = event_member(a->event, view_of("score"));
    if (a->subject == REP_NONE || !skill || !score ||
        !view_equal(skill->text, view_of(indicator->skill)))
        return;
    struct part part = part_of(a, a->subject, CREDIT_WHOLE);
    add(a, part.rep, series_of(i, PART_MAIN), part.day, a->sign * score->number);
    add(a, part.rep, series_of(i, PART_TRIALS), part.day, a->sign);
}

/* As measure_pass, by what was asked of the event once. */
static bool passes(const struct applying *a, const struct type_role *role) {
    const struct config_indicator *indicator = indicator_of(a, role);
    const char *member;
    if (!role->planned)
        return measure_pass(indicator, a->event, &member) == MEASURE_COUNTS;
    return (a->said.met & role->asked) == role->asked &&
           (indicator->count_automatic || !a->said.automatic) &&
           !indicator_too_short(indicator, a->event);
}

/* add_record of what is plain and wasn't late. */
static void add_plain(struct applying *a, const struct type_role *role) {
    bool ratio = indicator_of(a, role)->kind == KIND_RATIO;
    int rank = record_rank(a, role, CREDIT_WHOLE), i = role->indicator;
    if (!ratio || rank == OUTCOME_SUCCESS)
        add(a, a->subject, series_of(i, PART_MAIN), a->own.day, a->sign);
    if (ratio)
        add(a, a->subject, series_of(i, rank == OUTCOME_UNKNOWN ? PART_UNKNOWN : PART_TRIALS),
            a->own.day, a->sign);
}

static void add_credited(struct applying *a, const struct type_role *role,
                         const struct part *part) {
    if (indicator_of(a, role)->kind == KIND_SUM)
        add_sum(a, role->indicator, part);
    else
        add_record(a, role, part);
}

/* Whoever it is credited to. */
static void add_others(struct applying *a, const struct type_role *role) {
    struct credit_names names = measure_names(a->measure);
    struct credit list[CREDIT_MAX];
    int n = credit_list(indicator_of(a, role)->credit, a->event, a->subject, &names, list);
    a->err = a->err ? a->err : n < 0 ? n : 0;
    for (int c = 0; c < n; c++) {
        struct part part = part_of(a, list[c].rep, list[c].share);
        add_credited(a, role, &part);
    }
}

/* A record of an indicator of which each event stands for itself. */
static void apply_record(struct applying *a, const struct type_role *role) {
    const struct config_indicator *indicator = indicator_of(a, role);
    if (!passes(a, role))
        return;
    if (indicator->kind == KIND_SCORE) {
        add_score(a, role->indicator);
        return;
    }
    if (indicator->credit == CREDIT_SUBJECT) {
        if (a->subject != REP_NONE && role->plain && !a->own.late)
            add_plain(a, role);
        else if (a->subject != REP_NONE)
            add_credited(a, role, &a->own);
        return;
    }
    add_others(a, role);
}

/* A record that answers whatever trial is open: how late such ones are told is asked of days that lack them. */
static void add_answer(struct applying *a, int i, uint32_t rep) {
    struct part part = part_of(a, rep, CREDIT_WHOLE);
    add(a, rep, series_of(i, PART_ANSWERS), part.day, a->sign);
    int late = late_since(a, i, &part, 0, (struct view){0});
    add_late(a, rep, series_of(i, PART_LATE), part.day, late, 1);
}

static void apply_keyed(struct applying *a, const struct type_role *role) {
    uint32_t answers = REP_NONE;
    a->err = keyed_apply(a->measure, role->indicator, role->roles, a->event, a->subject, a->sign, a->number, &answers);
    if (answers != REP_NONE && indicator_of(a, role)->settle == SETTLE_CURVE)
        add_answer(a, role->indicator, answers);
}

int measure_apply(struct measure *measure, const struct event *event,
                  const struct event_names *names, int source, int sign, uint64_t number,
                  const struct revisions *others) {
    struct applying a; /* not zeroed: most of it is room */
    a.measure = measure;
    a.event = event;
    a.source = source;
    a.sign = sign;
    a.number = number;
    a.others = others;
    a.n_gathered = a.err = 0;
    const struct type_row *type;
    int err = type_of(measure, names->type, &type);
    measure->touched_rep = REP_NONE;
    if (err || !type->counted)
        return err;
    err = people_resolve(measure->setup.people, names->subject, &a.subject);
    if (err)
        return err;
    if (a.subject != REP_NONE)
        a.own = part_make(&a, a.subject);
    a.own.share = CREDIT_WHOLE;
    a.said = type_ask(type, event);
    if (type->presence)
        add_presence(&a);
    for (int r = 0; !a.err && r < type->n_roles; r++) {
        const struct type_role *role = &type->roles[r];
        if (role->roles & ROLE_RECORD)
            apply_record(&a, role);
        else
            apply_keyed(&a, role);
    }
    if (type->presence)
        add_source(&a); /* the last of the series */
    add_gathered(&a);
    if (!a.err && type->history)
        a.err = history_apply(measure, event, a.subject, sign, number);
    return a.err;
}
