/*
 * squad_silence.c - who is there, who is silent, and what a silence means: leave, a day off of all, an outage, or gone?
 */
#include "people.h"
#include "pmath.h"
#include "squad_day.h"
#include "tally.h"

static unsigned scheduled_weekdays(const struct stint *stint) {
    unsigned mask = 0;
    for (int w = 0; w < 7; w++)
        if (stint->week->days[w].minutes || (stint->week_odd && stint->week_odd->days[w].minutes))
            mask |= 1u << w;
    return mask;
}

/* ---- what a rep's days usually show, all kinds of records together ---- */

static void learn_presence(const struct closing *c, int m, pace_day day, double hours) {
    struct attendance *member = &c->state->members[m];
    double x = (double)tally_get(c->tally, c->reps[m], SERIES_PRESENCE, day);
    member->seen_days = SQUAD_FORGET_SEEN * member->seen_days + hours;
    member->seen_x = SQUAD_FORGET_SEEN * member->seen_x + x;
    member->seen_xx = SQUAD_FORGET_SEEN * member->seen_xx + x * x / hours;
}

/* ln of the chance of a full day without a record, by the moments of a negative binomial; 0: too little is known. */
static double presence_log_zero(const struct attendance *member, double hours) {
    if (member->seen_days < DETECTOR_WATCH_FROM || member->seen_x <= 0)
        return 0;
    double mean = member->seen_x / member->seen_days, variance = member->seen_xx / member->seen_days - mean * mean;
    double kappa = variance > mean ? (variance - mean) / (mean * mean) : 0;
    return detector_log_zero(kappa, mean * hours);
}

/*
 * -ln of the chance that a day like today shows nothing: of the rep's records together, or of the busiest stream. Where the whole team is
 * told to do less, less is to be expected of each.
 */
static double silence_weight(const struct closing *c, int m) {
    double most = 0, usual = 0, now = 0;
    for (int i = 0; i < c->state->n_indicators; i++) {
        const struct stream *stream = state_look(c->state, m, i);
        struct detector_reading reading;
        struct detector_day day = {.day = c->day,
                                   .hours = c->today[m].hours * input_ramp(c, m, i) *
                                            late_share(c, i, stream, c->day),
                                   .team_weekday = 1,
                                   .team_factor = 1,
                                   .weekdays = c->today[m].weekdays};
        if (!stream->begun || stream->detector.law != LAW_COUNT || stream->detector.exposure_days < DETECTOR_WATCH_FROM)
            continue;
        detector_expect(&stream->detector, NULL, &day, &reading);
        const struct shift *shift = &c->state->shifts[i];
        double mu = stream->detector.open ? reading.mu * stream->detector.fall : reading.mu;
        double team = shift->detector.open && shift->level < 1 ? shift->level : 1, weight = -detector_log_zero(reading.kappa, mu * team);
        most = weight > most ? weight : most;
        usual += mu;
        now += mu * team;
    }
    double hours = c->today[m].hours * late_share(c, -1, NULL, c->day) * (usual > 0 ? now / usual : 1);
    double presence = -presence_log_zero(&c->state->members[m], hours);
    return presence > most ? presence : most;
}

/*
 * Present after a silence. A long one waits for what the next days say of it. A short one that was no chance was a day off,
 * unless such days are many: then they count.
 */
static void silence_ends(struct attendance *member, struct today *today) {
    today->returns = member->no_data;
    if (member->silent_run >= SQUAD_ASK_DAYS && member->held_n && !member->window) {
        member->window = SQUAD_RETURN_DAYS;
        member->held_silent = member->held_n;
        member->held_records = member->silent_records;
    } else if (!member->window) {
        today->release = member->held_n;
        if (member->silent_log >= SILENCE_LOG && member->excused + member->held_n <= SQUAD_EXCUSED_DAYS) {
            today->forgive = member->held_n;
            member->excused += member->held_n;
        }
    }
    member->silent_run = 0;
    member->silent_log = 0;
}

static void hold_today(const struct closing *c, struct attendance *member, struct today *today) {
    today->holds = true;
    member->held_day[member->held_n] = c->day;
    member->held_hours[member->held_n] = today->hours;
}

/*
 * One more silent scheduled day. The first waits only if a second could make the run unlikely; from the second on the
 * run itself must be. A return before the fifth lets them count as the zeros that they are; the twentieth does too.
 */
static void silence_goes_on(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    struct today *today = &c->today[m];
    if (member->silent_run++ == 0) {
        member->silent_from = c->day;
        member->silent_log = 0;
        member->silent_records = 0;
    }
    if (!tally_day_get(&today->counts, SERIES_PRESENCE))
        member->silent_log += silence_weight(c, m);
    double run_log = member->silent_run == 1 ? 2 * member->silent_log : member->silent_log;
    if (member->window)
        return;
    if (run_log >= SILENCE_LOG && member->silent_run < SQUAD_GONE_DAYS)
        hold_today(c, member, today);
    else
        today->release = member->held_n;
}

/* Records of all kinds on the days since the return, and how many are usual. */
static void add_presence(const struct closing *c, int m, double *x, double *mu) {
    const struct attendance *member = &c->state->members[m];
    if (member->seen_days < DETECTOR_WATCH_FROM)
        return;
    for (int h = member->held_silent; h <= member->held_n; h++) {
        bool now = h == member->held_n;
        pace_day day = now ? c->day : member->held_day[h];
        *x += (double)tally_get(c->tally, c->reps[m], SERIES_PRESENCE, day);
        *mu += (now ? c->today[m].hours : member->held_hours[h]) * late_share(c, -1, NULL, day) * member->seen_x / member->seen_days;
    }
}

/*
 * Did the rep go on as before? All streams and records together did half of what is usual on the days since the
 * return. Nobody
 * does nothing at all for a week and then goes on as before, unless it was leave.
 */
static bool went_on(const struct closing *c, int m) {
    const struct attendance *member = &c->state->members[m];
    double x = 0, mu = 0;
    for (int i = 0; i < c->state->n_indicators; i++) {
        const struct stream *stream = state_look(c->state, m, i);
        if (!stream->begun || stream->detector.law != LAW_COUNT || stream->detector.exposure_days < DETECTOR_WATCH_FROM)
            continue;
        for (int h = member->held_silent; h <= member->held_n; h++) {
            bool now = h == member->held_n;
            struct detector_reading reading;
            struct detector_day day = {.day = now ? c->day : member->held_day[h], .team_weekday = 1, .team_factor = 1,
                                       .weekdays = c->today[m].weekdays};
            input_day(c, m, i, stream, (now ? c->today[m].hours : member->held_hours[h]) * input_ramp(c, m, i), &day);
            detector_expect(&stream->detector, NULL, &day, &reading);
            x += day.x;
            mu += stream->detector.open ? reading.mu * stream->detector.fall : reading.mu;
        }
    }
    add_presence(c, m, &x, &mu);
    return x >= .5 * mu;
}

/* A scheduled day after a long silence waits with it, until the last of them decides about all. */
static void window_goes_on(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    struct today *today = &c->today[m];
    if (--member->window) {
        hold_today(c, member, today);
        return;
    }
    today->release = member->held_n;
    if (went_on(c, m))
        today->forgive = member->held_silent;
}

/* Whether the rep comes to this team later: until then the streams learn as a guest's, and nobody is told. */
static bool comes_later(const struct closing *c, uint32_t rep) {
    const struct stint *stints;
    for (int n = people_stints(c->people, rep, &stints) - 1; n >= 0 && stints[n].from > c->day; n--)
        if (stints[n].team == c->setup->team)
            return true;
    return false;
}

/* No longer of this team, or not at work at all: nothing is open or waits any more. */
static void member_leaves(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    for (int i = 0; i < c->state->n_indicators; i++) {
        struct stream *stream = state_stream(c->state, m, i);
        if (stream)
            state_rest(c->state, stream);
    }
    joint_restart(c->state, m);
    member->joint_parts = 0;
    if (member->silent_run || member->held_n || member->no_data || member->gone)
        *member = (struct attendance){.no_data_on = DAY_NONE, .silent_from = DAY_NONE, .counted_to = DAY_NONE,
                                      .away_run = member->away_run, .rewarm = member->rewarm,
                                      .seen_days = member->seen_days, .seen_x = member->seen_x, .seen_xx = member->seen_xx};
}

/* Who has left may come back, after a long time away like any other. */
static bool is_away_by_leaving(const struct closing *c, const struct stint *stint, pace_day first) {
    return !stint && first != DAY_NONE && c->day > first &&
           c->config->organisation.workweek.days[day_weekday(c->day)].minutes > 0;
}

/*
 * Any record shows that a rep is there. But once silent it takes more than a tenth of a usual day: a note that a system
 * writes in the rep's name, or a look at the mail on holiday, ends no silence.
 */
static bool shows_presence(const struct closing *c, int m, int64_t records) {
    const struct attendance *member = &c->state->members[m];
    if (records <= 0 || !member->silent_run || member->seen_days < DETECTOR_WATCH_FROM)
        return records > 0;
    double hours = c->today[m].hours > 0 ? c->today[m].hours : 1;
    return (double)records > SQUAD_NEXT_TO_NOTHING * hours * late_share(c, -1, NULL, c->day) * member->seen_x / member->seen_days;
}

/* Nothing that is found now began before a long time away: a last day without any would be told as "down since" half a year of leave. */
static void comes_back(const struct closing *c, int m) {
    c->state->members[m].rewarm = SQUAD_AWAY_DAYS;
    for (int i = 0; i < c->state->n_indicators; i++) {
        struct stream *stream = state_stream(c->state, m, i);
        if (stream && !stream->detector.open)
            detector_begin_anew(&stream->detector);
    }
    joint_restart(c->state, m);
}

void silence_schedule(const struct closing *c, int m) {
    uint32_t rep = c->reps[m];
    struct today *today = &c->today[m];
    struct attendance *member = &c->state->members[m];
    const struct stint *stint = people_stint(c->people, rep, c->day);
    pace_day first = tally_first_day(c->tally, rep);
    *today = (struct today){.crossed = -1, .ramp = 1, .counts = tally_day(c->tally, rep, c->day),
                            .has_goals = people_has_goals(c->people, rep), .ramps = stint && stint->n_ramp > 0,
                            .n_promises = people_promises(c->people, rep)};
    today->member = stint && stint->team == c->setup->team;
    if (!today->member && !(stint && comes_later(c, rep))) {
        member_leaves(c, m);
        member->away_run += is_away_by_leaving(c, stint, first);
        return;
    }
    today->here = first != DAY_NONE && c->day >= first;
    today->role = stint->role;
    if (!today->here)
        return;
    today->hours = people_hours(c->people, rep, c->day);
    today->ramp = people_ramp(c->people, rep, c->day);
    today->weekdays = scheduled_weekdays(stint);
    int64_t records = tally_day_get(&today->counts, SERIES_PRESENCE);
    today->present = shows_presence(c, m, records);
    member->silent_records += today->present ? 0 : records;
    member->records += records;
    member->off_records += today->hours > 0 ? 0 : records;
    member->away_run += (today->hours > 0 && !today->present) || people_away(c->people, rep, c->day);
    if (member->rewarm > 0 && today->hours > 0)
        member->rewarm--;
    if (today->present && today->hours > 0) {
        if (member->away_run >= SQUAD_AWAY_DAYS)
            comes_back(c, m);
        member->away_run = 0;
    }
}

/*
 * A day on which nearly the whole team is away, measured by what is usual on that weekday, is a day off that nobody
 * recorded: not tested for anybody. Two in a row at most, then it is silence. Those who were silent the day before say
 * nothing about the day.
 */
bool silence_is_day_off(const struct closing *c, double *ret_there) {
    struct squad_state *state = c->state;
    int w = day_weekday(c->day), n = 0, present = 0;
    for (int m = 0; m < state->n_members; m++) {
        bool counts = c->today[m].member && c->today[m].hours > 0 && state->members[m].silent_run == 0;
        n += counts;
        present += counts && c->today[m].present;
    }
    double usual = n * (state->week_present[w] + 2) / (state->week_members[w] + 2);
    state->week_present[w] = SQUAD_FORGET_WEEK * state->week_present[w] + present;
    state->week_members[w] = SQUAD_FORGET_WEEK * state->week_members[w] + n;
    bool tells = n > SQUAD_PEERS_MIN && usual >= 2;
    *ret_there = tells ? present / usual : 1;
    return state->days_off < SQUAD_DAYS_OFF_MAX && tells && *ret_there < SQUAD_DAY_OFF_SHARE;
}

bool silence_gauge(const struct closing *c, int m, bool day_off) {
    struct today *today = &c->today[m];
    if (day_off || (!today->present && feed_any_down(c)))
        today->hours = 0;
    if (today->present)
        silence_ends(&c->state->members[m], today);
    else if (today->hours > 0)
        silence_goes_on(c, m);
    if (c->state->members[m].window && today->hours > 0)
        window_goes_on(c, m);
    return today->hours > 0 || today->release > 0;
}

/* ---- what silence means ---- */

static int open_indicator(const struct closing *c, int m) {
    for (int i = 0; i < c->state->n_indicators; i++)
        if (state_look(c->state, m, i)->detector.open)
            return i;
    return FACT_NO_INDICATOR;
}

/* Who is silent since the same day as others is seldom missing: it is told with each that it may be a shutdown. */
static void find_silent_alike(const struct closing *c, int m, struct fact *fact) {
    for (int p = 0; p < c->state->n_members; p++) {
        const struct attendance *other = &c->state->members[p];
        if (p == m || !c->today[p].member)
            continue;
        fact->n_peers++;
        fact->n_alike += other->silent_run > 0 && other->silent_from == c->state->members[m].silent_from;
    }
}

static void raise_no_data(const struct closing *c, int m, int case_indicator) {
    struct attendance *member = &c->state->members[m];
    const struct today *today = &c->today[m];
    struct fact fact = fact_about(c, m, FACT_NO_DATA, case_indicator);
    fact.since = member->silent_from;
    if (case_indicator != FACT_NO_INDICATOR)
        fact.opened_on = state_look(c->state, m, case_indicator)->case_opened;
    else
        fact.evidence = today->crossed >= 0 ? detector_evidence(&today->crossed_reading) : pmath_exp(member->silent_log);
    /* Of somebody who seldom does anything the silence by itself says nothing. */
    fact.too_few = case_indicator == FACT_NO_INDICATOR && today->crossed_reading.lambda < .5 &&
                   member->silent_log < SILENCE_LOG;
    fact.gone = member->silent_run >= SQUAD_GONE_DAYS;
    find_silent_alike(c, m, &fact);
    fact_emit(c, &fact);
    member->no_data = true;
    member->no_data_on = c->day;
}

/* That the rep is gone speaks for all that would have been done: none of it is told again on the day of the return. */
static void raise_gone(const struct closing *c, int m) {
    const struct today *today = &c->today[m];
    case_open(c, m, today->crossed, &today->crossed_reading, today->crossed_factor, true);
    for (int i = 0; i < c->state->n_indicators; i++) {
        struct stream *stream = state_stream(c->state, m, i);
        if (stream && !stream->detector.open)
            detector_restart(&stream->detector);
    }
    joint_restart(c->state, m);
    c->state->members[m].gone = true;
}

/* So long that it is asked about whatever the streams say, of which there may be none that tells, or which fell with the whole team. */
static bool is_long(const struct attendance *member) {
    return member->silent_run == SQUAD_GONE_DAYS && member->silent_log >= SILENCE_LOG;
}

void silence_settle(const struct closing *c, int m) {
    struct attendance *member = &c->state->members[m];
    const struct today *today = &c->today[m];
    for (int h = today->forgive; h < today->release; h++)
        learn_presence(c, m, member->held_day[h], member->held_hours[h]);
    if (today->hours > 0 && !today->holds)
        learn_presence(c, m, c->day, today->hours);
    member->excused *= today->hours > 0 ? SQUAD_FORGET_EXCUSED : 1;
    if (today->release > today->forgive && member->held_silent) {
        member->counted = member->held_silent;
        member->counted_records = member->held_records;
        member->counted_to = member->held_day[member->held_silent - 1];
    }
    if (today->release)
        member->held_n = member->held_silent = 0;
    if (today->holds)
        member->held_n++;
    if (today->returns) {
        struct fact fact = fact_about(c, m, FACT_BACK, FACT_NO_INDICATOR);
        fact.since = member->silent_from;
        fact.opened_on = member->no_data_on;
        fact_emit(c, &fact);
        member->no_data = member->gone = false;
    }
    int open = open_indicator(c, m);
    if (!member->no_data && member->silent_run == SQUAD_ASK_DAYS && open >= 0 && member->silent_log >= SILENCE_LOG)
        raise_no_data(c, m, open);
    if (!member->no_data && (today->crossed >= 0 || is_long(member)))
        raise_no_data(c, m, FACT_NO_INDICATOR);
    if (!member->gone && member->silent_run >= SQUAD_GONE_DAYS && today->crossed >= 0)
        raise_gone(c, m);
}
