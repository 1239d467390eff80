/*
 * squad_shift.c - the team's own stream: what its members do together of what is to be expected of them. A fall of all is told of the team,
 * not of each; so is what nearly nobody has any more, and a rise of most.
 */
#include "config.h"
#include "people.h"
#include "pmath.h"
#include "squad_day.h"

#include <math.h>
#include <stdlib.h>

/* 1 + who has more than half of what all are off by, in the last days; 0: nobody, as where nothing is known of these. */
static uint32_t mostly_of(const struct closing *c, int i) {
    double all = 0, most = 0;
    uint32_t mostly = 0;
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        const struct stream *stream = state_look(c->state, m, i);
        struct totals own = team_recent(stream);
        double off = stream->detector.rises ? own.x - own.m : own.m - own.x;
        if (c->today[m].blank)
            return 0;
        if (!c->today[m].member)
            continue;
        all += off;
        if (off <= most)
            continue;
        most = off;
        mostly = 1 + c->reps[m];
    }
    return 2 * most > all ? mostly : 0;
}

static void list_moved(const struct closing *c, int i, struct fact *fact) {
    fact->mostly = mostly_of(c, i);
    fact->moved = malloc(FACT_MOVED_MAX * sizeof *fact->moved);
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        const struct stream *stream = state_look(c->state, m, i);
        struct totals own = team_recent(stream);
        bool blank = c->today[m].blank && !stream->detector.open; /* of days like this one nothing is kept */
        if (!c->today[m].member || (!own.n && !blank))
            continue;
        fact->n_members++;
        bool moved = c->today[m].blank || (stream->detector.rises ? own.x > 1.25 * own.m : own.x < .8 * own.m);
        if (moved && fact->moved && fact->n_moved < FACT_MOVED_MAX)
            fact->moved[fact->n_moved++] = c->reps[m];
    }
    if (!fact->moved && c->facts)
        c->facts->failed = true;
}

static struct fact shift_fact(const struct closing *c, int i, enum fact_kind kind, double before, double after) {
    return (struct fact){.kind = kind, .rep = REP_NONE, .indicator = i, .source = -1, .raised_on = c->day,
                         .since = DAY_NONE, .opened_on = c->state->shifts[i].opened_on,
                         .before = input_rate(c, i, before),
                         .after = input_rate(c, i, after), .team_factor = 1, .silent_to = DAY_NONE,
                         .since_early = DAY_NONE, .since_late = DAY_NONE,
                         .rises = c->config->indicators[i].direction == DIRECTION_DOWN};
}

/* The team's stream is of shares of what its reps' own levels, `rate` together, lead to expect; told is what that comes to. */
static void shift_open(const struct closing *c, int i, const struct detector_reading *reading, double rate) {
    struct shift *shift = &c->state->shifts[i];
    struct detector_ranges ranges;
    pace_day since;
    double before, after;
    detector_ranges(&shift->detector, reading, &ranges);
    detector_open(&shift->detector, reading, &since, &before, &after);
    shift->open_days = 0;
    shift->opened_on = c->day;
    if (!c->facts)
        return;
    struct fact fact = shift_fact(c, i, FACT_TEAM_SHIFT, rate * before, rate * after);
    fact.since = since;
    fact.season = aim_season_since(c, i, since);
    fact.evidence = detector_evidence(reading);
    fact.has_ranges = true;
    for (int end = 0; end < 2; end++) {
        fact.before_range[end] = input_rate(c, i, rate * ranges.before[end]);
        fact.after_range[end] = input_rate(c, i, rate * ranges.after[end]);
    }
    fact.since_early = ranges.since[0];
    fact.since_late = ranges.since[1];
    list_moved(c, i, &fact);
    fact_emit(c, &fact);
}

/*
 * What the team does of what is expected: while a shift is open the level that was told with it, corrected by the newest days; before,
 * what the likeliest change says, by the odds that there is one (its evidence against the threshold's).
 */
static double level_of(const struct closing *c, const struct detector *d, const struct detector_reading *reading) {
    double x = 0, e = 0, level = 1;
    if (d->open) {
        for (int k = 0; k < DETECTOR_RECENT; k++) {
            x += d->recent[k][0];
            e += d->recent[k][1];
        }
        level = (SQUAD_SHIFT_COUNTS * d->fallen + x) / (SQUAD_SHIFT_COUNTS + e);
    } else if (d->sizes.e[reading->strongest] > 0 && reading->lambda > 0) {
        int j = reading->strongest;
        double odds = pmath_exp(reading->log_evidence - c->log_arl0);
        level = 1 + (d->sizes.x[j] / d->sizes.e[j] / reading->lambda - 1) * odds / (1 + odds);
    }
    return level > 2 ? 2 : level;
}

void shift_learn_anew(const struct closing *c, int i, bool none) {
    struct shift *shift = &c->state->shifts[i];
    struct fact fact = shift_fact(c, i, FACT_TEAM_REBASED, 0, 0);
    fact.anew = true;
    if (shift->detector.open)
        fact_emit(c, &fact);
    for (int n = 0; n < c->state->n_members; n++) {
        int m = c->by_name[n];
        struct stream *stream = state_stream(c->state, m, i);
        if (!stream || !c->today[m].member)
            continue;
        c->today[m].anew = true;
        if (stream->detector.open)
            case_close(c, m, i, FACT_REBASED, 1);
        c->today[m].anew = false;
        stream_relearn(stream);
        joint_restart(c->state, m);
    }
    detector_init_given(&shift->detector, LAW_COUNT, shift->detector.rises, 1, SQUAD_SHIFT_PRIOR);
    shift->blank_days = 0;
    shift->level = 1;
    shift->none = none;
}

void shift_comes_back(const struct closing *c, int i) {
    int n = 0, some = 0;
    for (int m = 0; c->state->shifts[i].none && m < c->state->n_members; m++) {
        bool counts = c->today[m].member && c->today[m].ready && state_look(c->state, m, i)->begun;
        n += counts;
        some += counts && c->today[m].as_usual.x > 0;
    }
    if (2 * some > n)
        shift_learn_anew(c, i, false);
}

/*
 * The new normal of all is that of each: the reps' levels follow, and the team's own is again what they lead to expect. Where it began
 * with nearly nobody having any, what each of them usually has by now is to be learned.
 */
static void shift_settles(const struct closing *c, int i) {
    struct shift *shift = &c->state->shifts[i];
    double rate = shift->detector.base_e > 0 ? shift->detector.base_x / shift->detector.base_e : 1;
    if (shift->of_blank) {
        shift_learn_anew(c, i, shift->blank_days > 0);
        return;
    }
    if (input_law(&c->config->indicators[i]) != LAW_COUNT || rate <= 0)
        return;
    for (int m = 0; m < c->state->n_members; m++) {
        struct stream *stream = state_stream(c->state, m, i);
        struct totals peers;
        if (stream && team_is_deducted(c, m, i, SQUAD_PEERS_IN_SHIFT, &peers)) /* the others have learned it already */
            detector_scale(&stream->detector, rate);
    }
    detector_init_given(&shift->detector, LAW_COUNT, shift->detector.rises, 1, SQUAD_SHIFT_PRIOR);
}

/* The team's warning speaks for what its reps showed so far, but for those who went much further than all: by more than a single record. */
static void shift_speaks(const struct closing *c, int i) {
    double level = c->state->shifts[i].detector.fallen;
    for (int m = 0; m < c->state->n_members; m++) {
        struct stream *stream = state_stream(c->state, m, i);
        struct totals own = {0};
        if (!stream || !c->today[m].member || stream->detector.open)
            continue;
        own = team_recent(stream);
        if (stream->detector.rises ? own.x - 1 < SQUAD_FURTHER_UP * level * own.m : own.x + 1 > SQUAD_FURTHER_DOWN * level * own.m)
            detector_restart(&stream->detector);
    }
}

static bool is_better(const struct totals *own, bool rises, double by) {
    return rises ? own->x * by < own->m : own->x > by * own->m;
}

/*
 * More than half of the reps who can be told did a tenth better these days, and so did all but the best together: a rise of one or two is
 * theirs. Returns how many days' worth of that it is, more where it is half better; 0: it isn't so.
 */
static int most_rose(const struct closing *c, int i) {
    struct totals all = {0}, best = {0};
    int n = 0, rose = 0;
    bool rises = c->state->shifts[i].detector.rises;
    for (int m = 0; m < c->state->n_members; m++) {
        const struct stream *stream = state_look(c->state, m, i);
        struct totals own = team_recent(stream);
        if (!c->today[m].member || (!own.n && !c->today[m].blank))
            continue;
        n++;
        rose += is_better(&own, rises, SQUAD_ROSE);
        all.x += own.x;
        all.m += own.m;
        if (rises ? own.x - own.m < best.x - best.m : own.x - own.m > best.x - best.m)
            best = own;
    }
    all.x -= best.x;
    all.m -= best.m;
    if (2 * rose <= n || !is_better(&all, rises, SQUAD_ROSE))
        return 0;
    return is_better(&all, rises, SQUAD_ROSE_FAR) ? SQUAD_ROSE_FAR_DAYS : 1;
}

/*
 * The whole team's rise: told once, until its reps' baselines have come after (detector_good_told). One who does twice as much makes all
 * of them together rise for as long as it lasts, and in some week of it the others do well by chance: so most must have risen for long.
 */
static void news_of_team(const struct closing *c, int i, const struct detector_reading *reading, double rate) {
    struct shift *shift = &c->state->shifts[i];
    struct detector *d = &shift->detector;
    pace_day since;
    double before, after;
    int by = most_rose(c, i);
    shift->rose_days += by ? by : -(shift->rose_days > 0);
    if (shift->rose_days > SQUAD_ROSE_DAYS)
        shift->rose_days = SQUAD_ROSE_DAYS;
    if (!late_crosses(c, i, NULL, reading->good_log_evidence, c->log_news) ||
        !detector_good(d, reading, &since, &before, &after) || shift->rose_days < SQUAD_ROSE_DAYS)
        return;
    shift->rose_days = 0;
    detector_good_told(d, before, after);
    struct fact fact = shift_fact(c, i, FACT_GOOD_NEWS, rate * before, rate * after);
    fact.opened_on = DAY_NONE;
    fact.since = since;
    fact.season = aim_season_since(c, i, since);
    fact.evidence = pmath_exp(reading->good_log_evidence);
    if (c->facts)
        fact_emit(c, &fact);
}

static bool may_be_blank(const struct closing *c, int m) {
    return c->today[m].member && c->today[m].ready && !c->today[m].holds;
}

static void leave_blank(const struct closing *c, int i) {
    int slot = c->state->worked_days % SQUAD_FACTOR_DAYS;
    for (int m = 0; m < c->state->n_members; m++) {
        struct today *today = &c->today[m];
        if (!may_be_blank(c, m) || today->as_usual.x > 0)
            continue;
        struct stream *stream = state_stream(c->state, m, i);
        stream->recent_x[slot] = stream->recent_m[slot] = 0;
        input_forgive(stream);
        today->blank = today->unknown = true;
        today->ready = false;
    }
    c->state->pooled[i].unknown_days |= 1;
}

bool shift_is_blank(const struct closing *c, int i) {
    double usual = 0, log_none = 0;
    int n = 0, some = 0;
    enum detector_law law = input_law(&c->config->indicators[i]);
    if (law == LAW_LEVEL || c->state->shifts[i].detector.rises)
        return false;
    for (int k = 0; k < c->state->n_members; k++) {
        int m = c->by_name[k];
        const struct today *today = &c->today[m];
        if (!may_be_blank(c, m) || state_look(c->state, m, i)->detector.exposure_days < DETECTOR_WATCH_FROM)
            continue;
        double log_zero = detector_log_zero(law == LAW_COUNT ? today->expected.kappa : 0, today->expected.mu);
        usual += 1 - pmath_exp(log_zero);
        log_none += today->as_usual.x > 0 ? 0 : log_zero;
        some += today->as_usual.x > 0;
        n++;
    }
    double most = c->state->shifts[i].blank_days > 1 ? SQUAD_BLANK_STAYS : SQUAD_BLANK_SHARE;
    if (n < SQUAD_PEERS_MIN || some > most * usual + SQUAD_BLANK_SLACK || log_none > -SILENCE_LOG)
        return false;
    leave_blank(c, i);
    return true;
}

/* What the members did of what was expected of them in the last five days. */
static double level_now(const struct closing *c, int i) {
    double x = 0, m = 0;
    for (int n = 0; n < c->state->n_members; n++) {
        struct totals own = team_recent(state_look(c->state, c->by_name[n], i));
        x += own.x;
        m += own.m;
    }
    return m > 0 ? x / m : 1;
}

/* The team is back at its level, be it only these days, or what it does now is its new normal. */
static void shift_ends(const struct closing *c, int i, enum detector_verdict verdict, double rate) {
    struct shift *shift = &c->state->shifts[i];
    if (verdict != DETECTOR_RECOVERED && verdict != DETECTOR_REBASED)
        return;
    double now = level_now(c, i);
    bool back = verdict == DETECTOR_RECOVERED || (shift->blank_days == 0 && (shift->detector.rises ? now <= 1.1 : now >= .9));
    double left = back && verdict == DETECTOR_REBASED ? now : detector_left(&shift->detector, !back), usual = shift->detector.frozen_rate;
    struct fact fact = shift_fact(c, i, back ? FACT_TEAM_RECOVERED : FACT_TEAM_REBASED, rate * usual, rate * left);
    fact_emit(c, &fact);
    if (!back)
        shift_settles(c, i);
    else if (verdict == DETECTOR_REBASED) /* nor has the team's own stream learned of it */
        detector_init_given(&shift->detector, LAW_COUNT, shift->detector.rises, 1, SQUAD_SHIFT_PRIOR);
    shift->of_blank = false;
}

/* One blank day tells nothing; from the second on the team is told to have none, since the first, if that was the day before. */
static void step_blank(const struct closing *c, int i, struct detector_day *day, double rate) {
    struct shift *shift = &c->state->shifts[i];
    struct detector_day first = *day;
    struct detector_reading reading;
    bool in_a_row = shift->filled_days == 0;
    first.sure = day->sure = true;
    shift->filled_days = 0;
    if (++shift->blank_days == 1) {
        shift->blank_from = day->day;
        shift->blank_x = day->x;
        shift->blank_m = day->hours;
    } else if (shift->blank_days == 2 && in_a_row) {
        first.day = shift->blank_from;
        first.x = shift->blank_x;
        first.hours = shift->blank_m;
        shift_ends(c, i, detector_step(&shift->detector, NULL, &first, c->log_arl0, &reading), rate);
    }
}

/* A team of which for a while too few were watched remembers what is over by now. */
static bool is_still_off(const struct closing *c, int i) {
    return c->state->shifts[i].detector.rises ? level_now(c, i) > 1 : level_now(c, i) < 1;
}

/* What is tied to earlier trials by a key succeeds by others' hands: two bank holidays without any success aren't the team's doing. */
static bool blank_tells(const struct closing *c, int i) {
    const struct config_indicator *at = &c->config->indicators[i];
    return !(at->kind == KIND_RATIO && at->key) || c->state->shifts[i].blank_days >= SQUAD_SHIFT_DAYS_MIN;
}

/*
 * What the team did today. Nobody alone makes it more by what chance doesn't do to all of them
 * together: a list of sixty that one of four called through hid that the others did less, and how
 * even the team's days are.
 */
static double done_by_team(const struct gauge *gauge) {
    double most = 1 + SQUAD_ALONE * sqrt(gauge->variance);
    return gauge->top > most ? gauge->x - (gauge->top - most) : gauge->x;
}

void shift_step(const struct closing *c, int i, const struct gauge *gauge, bool blank) {
    struct shift *shift = &c->state->shifts[i];
    shift->open_days += shift->detector.open && gauge->n > 0; /* also of a team that has become too small to be judged */
    if (gauge->n < SQUAD_PEERS_MIN || gauge->m <= 0)
        return;
    struct detector_reading reading;
    struct detector_day day = {.day = c->day,
                               .x = done_by_team(gauge),
                               .hours = gauge->m,
                               .team_weekday = 1,
                               .team_factor = 1,
                               .weekdays = 127,
                               .mean_exposure = true};
    double rate = c->config->indicators[i].kind == KIND_COUNT || c->config->indicators[i].kind == KIND_SUM
                      ? gauge->rate
                      : gauge->rate / gauge->n; /* of a share the mean is told */
    if (blank)
        step_blank(c, i, &day, rate);
    else if (++shift->filled_days >= SQUAD_FACTOR_DAYS)
        shift->blank_days = 0;
    if (blank && shift->blank_days == 1)
        return;
    enum detector_verdict verdict = detector_step(&shift->detector, NULL, &day, c->log_arl0, &reading);
    if (verdict == DETECTOR_CROSSED && !late_crosses(c, i, NULL, reading.log_evidence, c->log_arl0))
        verdict = DETECTOR_QUIET;
    bool lasts = c->state->full_days >= SQUAD_SHIFT_DAYS_MIN && shift->detector.sizes.days[reading.strongest] >= SQUAD_SHIFT_DAYS_MIN;
    if (verdict == DETECTOR_CROSSED && (blank ? blank_tells(c, i) : lasts && is_still_off(c, i))) {
        shift_open(c, i, &reading, rate);
        shift_speaks(c, i);
        shift->of_blank = blank;
    }
    shift_ends(c, i, verdict, rate);
    /* Who has any isn't measured by those of whom nothing is known. */
    shift->level = shift->blank_days ? 1 : level_of(c, &shift->detector, &reading);
    news_of_team(c, i, &reading, rate);
}

bool shift_holds(const struct closing *c, int i) {
    const struct shift *shift = &c->state->shifts[i];
    double x = 0, e = 0;
    if (!shift->detector.open || shift->open_days <= SQUAD_SHIFT_HOLD_DAYS)
        return shift->detector.open;
    for (int k = 0; k < DETECTOR_RECENT; k++) {
        x += shift->detector.recent[k][0];
        e += shift->detector.recent[k][1];
    }
    return !shift->detector.rises && x < SQUAD_FACTOR_LEAST * e; /* nobody stands out by doing as little as all */
}
