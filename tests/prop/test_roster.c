/*
 * Random statements about who works where, in random orders, told several times and taken back:
 * every answer is that of a plain reading of people.h, day by day, over the statements that are
 * left; what people_note says of its effect is true; and with all taken back nothing remains.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "people_fixture.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

enum { SEED = 20261122, ROUNDS = 40, STATEMENTS = 24, STEPS = 60, REPS = 4 };
enum { SPAN_DAYS = 140, FAR_DAYS = 500 }; /* asked about; looked for a stint in */

static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam, holidays: [2026-04-27, 2026-05-14]}\n"
    "people:\n"
    "  teams: {north: {manager: m, tz: Asia/Tokyo}, south: {holidays: [2026-04-28]}}\n"
    "  reps:\n"
    "    ann: {team: north, role: sdr, aliases: [\"crm:1\"]}\n"
    "    bob: {team: south, role: ae, tz: America/New_York, joined: 2026-04-10, left: 2026-06-01,\n"
    "          holidays: []}\n"
    "indicators: {calls: {count: sales.activity.call}, demos: {count: sales.activity.demo}}\n";

/* ---- statements ---- */

enum what { JOINED, MOVED, LEFT, ABSENT, NOT_ABSENT, GOAL, CHANGE, WHATS };

struct told {
    enum what what;
    int rep;
    char line[600];
    int64_t time_us, from_us, to_us; /* TIME_NONE: a day */
    uint64_t digest;
    pace_day from, to;                                        /* to: DAY_MAX not told */
    const char *team, *role, *tz, *manager, *per, *indicator; /* NULL: not told */
    int minutes[7], absence, fraction, target, change_team, change_rep;
    bool pattern;
    int number; /* of a change: what it is called */
    int counts; /* how often it counts now */
};

static const char *const rep_names[REPS] = {"ann", "bob", "zoe", "yan"};

static pace_day first_day(void) {
    return crowd_day("2026-03-15");
}

static const char *pick(uint64_t *seed, const char *const *list, int n) {
    return draw_chance(seed, 500) ? list[draw_below(seed, n)] : NULL;
}

static void put(struct told *told, const char *key, const char *text) {
    size_t n = strlen(told->line);
    if (text)
        snprintf(told->line + n, sizeof told->line - n, ",\"%s\":\"%s\"", key, text);
}

static void put_number(struct told *told, const char *key, int ten_thousandths) {
    size_t n = strlen(told->line);
    snprintf(told->line + n, sizeof told->line - n, ",\"%s\":%d.%04d", key, ten_thousandths / 10000,
             ten_thousandths % 10000);
}

/* A day, or an instant at an hour that lies on other days in other zones. */
static void put_moment(uint64_t *seed, struct told *told, const char *key, pace_day *ret_day,
                       int64_t *ret_us) {
    char day[DAY_TEXT_SIZE], text[TIME_TEXT_SIZE];
    *ret_day = first_day() + draw_below(seed, SPAN_DAYS);
    *ret_us = TIME_NONE;
    if (draw_chance(seed, 700)) {
        put(told, key, day_format(*ret_day, day));
        return;
    }
    static const int hours[] = {0, 4, 15, 22, 23};
    *ret_us = *ret_day * DAY_US + hours[draw_below(seed, COUNT(hours))] * HOUR_US;
    put(told, key, time_format(*ret_us, text));
}

static void tell_rep(uint64_t *seed, struct told *told) {
    static const char *const teams[] = {"north", "south", "west", "east"};
    static const char *const roles[] = {"sdr", "ae", "csm"};
    static const char *const zones[] = {"UTC", "Asia/Tokyo", "America/New_York", "No/Where"};
    static const char *const managers[] = {"m", "k"};
    put(told, "team", told->team = pick(seed, teams, COUNT(teams)));
    put(told, "role", told->role = pick(seed, roles, COUNT(roles)));
    put(told, "tz", told->tz = pick(seed, zones, COUNT(zones)));
    put(told, "manager", told->manager = pick(seed, managers, COUNT(managers)));
    told->pattern = draw_chance(seed, 300);
    for (int d = 0; d < 7; d++) {
        told->minutes[d] = 60 * draw_below(seed, 9);
        size_t n = strlen(told->line);
        if (told->pattern)
            snprintf(told->line + n, sizeof told->line - n, "%s%d%s", d ? "," : ",\"pattern\":[",
                     told->minutes[d] / 60, d == 6 ? "]" : "");
    }
}

static void tell_change(uint64_t *seed, struct told *told) {
    char number[16];
    told->change_team = draw_below(seed, 3) - 1; /* -1: not told, 0: north, 1: west */
    told->change_rep = draw_below(seed, REPS + 1) - 1;
    told->number = 1 + draw_below(seed, 1 << 30);
    snprintf(number, sizeof number, "%d", told->number);
    put(told, "change", number);
    if (told->change_team >= 0)
        put(told, "teams", told->change_team ? "west" : "north");
    if (told->change_rep >= 0)
        put(told, "reps", told->change_rep ? rep_names[told->change_rep] : "crm:1");
    static const char *const indicators[] = {"calls"};
    put(told, "indicators", told->indicator = pick(seed, indicators, 1));
}

static void tell(uint64_t *seed, struct crowd *c, struct told *told) {
    static const char *const types[WHATS] = {"rep.joined",       "rep.moved",         "rep.left",
                                             "absence.set",      "absence.cancelled", "goal.set",
                                             "change.introduced"};
    static const int chances[] = {JOINED, MOVED,  MOVED,      LEFT, ABSENT, ABSENT,
                                  ABSENT, ABSENT, NOT_ABSENT, GOAL, GOAL,   CHANGE};
    static const char *const pers[] = {"day", "week", "month", "quarter"};
    *told = (struct told){.what = (enum what)chances[draw_below(seed, COUNT(chances))],
                          .rep = draw_below(seed, REPS),
                          .to = DAY_MAX,
                          .to_us = TIME_NONE};
    told->time_us = (first_day() + draw_below(seed, 4)) * DAY_US;
    char time[TIME_TEXT_SIZE];
    const char *subject = told->rep || draw_chance(seed, 500) ? rep_names[told->rep] : "crm:1";
    snprintf(told->line, sizeof told->line, "%s %s %s {\"x\":1", types[told->what], subject,
             time_format(told->time_us, time));
    put_moment(seed, told, "from", &told->from, &told->from_us);
    if (told->what == JOINED || told->what == MOVED)
        tell_rep(seed, told);
    if (told->what == ABSENT || told->what == NOT_ABSENT) {
        put_moment(seed, told, "to", &told->to, &told->to_us);
        static const char *const absences[] = {"a", "b", "c"};
        put(told, "absence", absences[told->absence = draw_below(seed, 3)]);
        put_number(told, "fraction", told->fraction = 2500 * (1 + draw_below(seed, 4)));
    }
    if (told->what == GOAL) {
        if (draw_chance(seed, 700))
            put_moment(seed, told, "to", &told->to, &told->to_us);
        put(told, "indicator", told->indicator = draw_chance(seed, 500) ? "calls" : "demos");
        put(told, "per", told->per = pick(seed, pers, COUNT(pers)));
        put_number(told, "target", told->target = 10000 * (1 + draw_below(seed, 500)));
    }
    if (told->what == CHANGE)
        tell_change(seed, told);
    strcat(told->line, "}");
    told->digest = event_digest(crowd_event(c, told->line));
}

/* ---- the plain reading ---- */

struct world {
    struct told told[STATEMENTS];
};

static const struct zone *zone_named(const char *name) {
    const struct zone *zone = NULL;
    return name && !fixture_zone(NULL, name, &zone) ? zone : NULL;
}

static const struct zone *zone_of_config(int rep) {
    static const char *const zones[REPS] = {"Asia/Tokyo", "America/New_York", "Europe/Amsterdam",
                                            "Europe/Amsterdam"};
    return zone_named(zones[rep]);
}

static bool later(pace_day day_a, const struct told *a, pace_day day_b, const struct told *b) {
    if (day_a != day_b)
        return day_a > day_b;
    return a->time_us != b->time_us ? a->time_us > b->time_us : a->digest > b->digest;
}

static pace_day rep_statement_day(const struct told *told) {
    const struct zone *own = zone_named(told->tz);
    return told->from_us == TIME_NONE
               ? told->from
               : zone_day(own ? own : zone_of_config(told->rep), told->from_us);
}

/* The statements about a rep in their order, those of the config among them. Returns how many. */
static int course_of(struct world *w, int rep, struct told *config, const struct told *ret_told[],
                     pace_day *ret_days) {
    int n = 0;
    bool says[WHATS] = {false};
    for (int t = 0; t < STATEMENTS; t++) {
        const struct told *told = &w->told[t];
        if (!told->counts || told->rep != rep || told->what > LEFT)
            continue;
        says[told->what] = true;
        ret_days[n] = rep_statement_day(told);
        ret_told[n++] = told;
    }
    for (int i = 0; i < 2 && rep == 1; i++) {
        if (says[i ? LEFT : JOINED])
            continue;
        config[i] = (struct told){.what = i ? LEFT : JOINED, .time_us = INT64_MIN};
        ret_days[n] = crowd_day(i ? "2026-06-01" : "2026-04-10");
        ret_told[n++] = &config[i];
    }
    for (int a = 0; a < n; a++)
        for (int b = a + 1; b < n; b++)
            if (later(ret_days[a], ret_told[a], ret_days[b], ret_told[b])) {
                const struct told *told = ret_told[a];
                pace_day day = ret_days[a];
                ret_told[a] = ret_told[b], ret_days[a] = ret_days[b];
                ret_told[b] = told, ret_days[b] = day;
            }
    return n;
}

struct place {
    bool there;
    const char *team, *role, *tz, *manager;
    int minutes[7];
    pace_day since;
};

static void place_step(struct place *place, const struct told *told, pace_day day) {
    if (told->what == LEFT) {
        place->there = false;
        return;
    }
    if (!place->there)
        place->since = day;
    place->there = true;
    if (told->team && strcmp(told->team, place->team) != 0) {
        place->team = told->team;
        place->manager = NULL;
    }
    if (told->manager)
        place->manager = told->manager;
    if (told->role)
        place->role = told->role;
    if (zone_named(told->tz))
        place->tz = told->tz;
    if (told->pattern)
        memcpy(place->minutes, told->minutes, sizeof place->minutes);
}

static struct place place_on(struct world *w, int rep, pace_day day) {
    static const char *const teams[REPS] = {"north", "south", "default", "default"};
    static const char *const roles[REPS] = {"sdr", "ae", "default", "default"};
    struct place place = {.team = teams[rep],
                          .role = roles[rep],
                          .tz = rep == 1 ? "America/New_York" : NULL,
                          .minutes = {480, 480, 480, 480, 480},
                          .since = DAY_NONE};
    const struct told *told[STATEMENTS + 2];
    pace_day days[STATEMENTS + 2];
    struct told config[2];
    int n = course_of(w, rep, config, told, days);
    place.there = true;
    for (int t = 0; t < n; t++)
        if (told[t]->what != MOVED) {
            place.there = told[t]->what == LEFT;
            break;
        }
    for (int t = 0; t < n && days[t] <= day; t++)
        place_step(&place, told[t], days[t]);
    return place;
}

static const struct zone *zone_of_place(const struct place *place) {
    const char *of_team = !strcmp(place->team, "north") ? "Asia/Tokyo" : "Europe/Amsterdam";
    return zone_named(place->tz ? place->tz : of_team);
}

/* The day itself if the rep is there, else the last one before, else the first one behind. */
static struct place place_near(struct world *w, int rep, pace_day day, int direction) {
    for (int turn = 0; turn < 2; turn++, direction = -direction)
        for (int d = 0; d < FAR_DAYS; d++) {
            struct place place = place_on(w, rep, day + direction * d);
            if (place.there)
                return place;
        }
    return (struct place){.there = false};
}

static const struct zone *zone_at(struct world *w, int rep, int64_t us) {
    struct place place = place_near(w, rep, (pace_day)floor_div(us, DAY_US), -1);
    return place.there ? zone_of_place(&place) : zone_of_config(rep);
}

static pace_day day_of(struct world *w, int rep, pace_day day, int64_t us) {
    return us == TIME_NONE ? day : zone_day(zone_at(w, rep, us), us);
}

static pace_day last_of(struct world *w, int rep, pace_day day, int64_t us) {
    return us == TIME_NONE ? day : zone_day(zone_at(w, rep, us), us - 1);
}

/* Minutes of the week less holidays, by what holds there on some day. */
static int regular(const struct place *place, int rep, pace_day day) {
    char text[DAY_TEXT_SIZE];
    const char *days = rep == 1                        ? ""
                       : !strcmp(place->team, "south") ? "2026-04-28"
                                                       : "2026-04-27 2026-05-14";
    if (!place->there || strstr(days, day_format(day, text)))
        return 0;
    return place->minutes[day_weekday(day)];
}

static int share_away(struct world *w, int rep, pace_day day) {
    int share = 0;
    for (int absence = 0; absence < 3; absence++) {
        const struct told *latest = NULL;
        for (int t = 0; t < STATEMENTS; t++) {
            const struct told *told = &w->told[t];
            if (told->counts && told->rep == rep &&
                (told->what == ABSENT || told->what == NOT_ABSENT) && told->absence == absence &&
                (!latest || later(0, told, 0, latest)))
                latest = told;
        }
        if (latest && latest->what == ABSENT &&
            day >= day_of(w, rep, latest->from, latest->from_us) &&
            day <= last_of(w, rep, latest->to, latest->to_us))
            share += latest->fraction;
    }
    return share < 10000 ? share : 10000;
}

static bool same_period(const char *per, pace_day a, pace_day b) {
    int year[2], month[2], dom[2];
    day_to_civil(a, &year[0], &month[0], &dom[0]);
    day_to_civil(b, &year[1], &month[1], &dom[1]);
    if (!strcmp(per, "day"))
        return a == b;
    if (!strcmp(per, "week"))
        return a - day_weekday(a) == b - day_weekday(b);
    if (!strcmp(per, "month"))
        return year[0] == year[1] && month[0] == month[1];
    return year[0] == year[1] && (month[0] - 1) / 3 == (month[1] - 1) / 3;
}

static double target_on(struct world *w, int rep, const char *indicator, pace_day day) {
    const struct told *best = NULL;
    pace_day best_from = 0, best_to = 0;
    for (int t = 0; t < STATEMENTS; t++) {
        const struct told *told = &w->told[t];
        if (!told->counts || told->what != GOAL || told->rep != rep ||
            strcmp(told->indicator, indicator) != 0)
            continue;
        pace_day from = day_of(w, rep, told->from, told->from_us);
        pace_day to = last_of(w, rep, told->to, told->to_us);
        if (day < from || day > to || (best && !later(from, told, best_from, best)))
            continue;
        best = told, best_from = from, best_to = to;
    }
    if (!best || (!best->per && best_to == DAY_MAX))
        return 0;
    int64_t minutes = 0;
    for (pace_day d = day - 300; d <= day + 300; d++) {
        bool inside = best->per ? same_period(best->per, d, day) : d >= best_from && d <= best_to;
        struct place place = inside ? place_near(w, rep, d, 1) : (struct place){.there = false};
        minutes += inside ? regular(&place, rep, d) : 0;
    }
    return minutes ? best->target / 10000.0 / ((double)minutes / 480) : 0;
}

static const struct told *change_on(struct world *w, int rep, const char *indicator, pace_day day) {
    const struct told *best = NULL;
    struct place place = place_on(w, rep, day);
    for (int t = 0; t < STATEMENTS; t++) {
        const struct told *told = &w->told[t];
        pace_day from = told->from_us == TIME_NONE
                            ? told->from
                            : zone_day(zone_named("Europe/Amsterdam"), told->from_us);
        if (!told->counts || told->what != CHANGE || from != day ||
            (told->indicator && strcmp(told->indicator, indicator) != 0))
            continue;
        bool names = told->change_team >= 0 || told->change_rep >= 0;
        bool team = told->change_team >= 0 && place.there &&
                    !strcmp(place.team, told->change_team ? "west" : "north");
        if ((!names || team || told->change_rep == rep) && (!best || later(0, told, 0, best)))
            best = told;
    }
    return best;
}

/* ---- answers ---- */

/* All that can be asked of a day, as bytes. */
struct answer {
    double hours, targets[2];
    char team[16], role[16], zone[24], manager[8];
    pace_day tenure;
    bool there, away;
    int change; /* 0: none */
};

static struct answer answer_read(struct world *w, int rep, pace_day day, bool goals) {
    struct answer a;
    memset(&a, 0, sizeof a);
    struct place place = place_on(w, rep, day);
    int minutes = regular(&place, rep, day), away = share_away(w, rep, day);
    a.there = place.there;
    a.hours = (double)(minutes * (10000 - away)) / (480 * 10000.0);
    a.away = place.there && place.minutes[day_weekday(day)] && a.hours <= 0;
    a.tenure = place.there && place.since != DAY_NONE ? day - place.since : -1;
    if (place.there) {
        snprintf(a.team, sizeof a.team, "%s", place.team);
        snprintf(a.role, sizeof a.role, "%s", place.role);
        snprintf(a.zone, sizeof a.zone, "%s", zone_of_place(&place)->name);
        snprintf(a.manager, sizeof a.manager, "%s", place.manager ? place.manager : "-");
    }
    const struct told *change = change_on(w, rep, "demos", day);
    a.change = change ? change->number : 0;
    a.targets[0] = goals ? target_on(w, rep, "calls", day) : 0;
    a.targets[1] = goals ? target_on(w, rep, "demos", day) : 0;
    return a;
}

static struct answer answer_asked(struct crowd *c, uint32_t rep, pace_day day, bool goals) {
    struct answer a;
    memset(&a, 0, sizeof a);
    const struct stint *stint = people_stint(c->people, rep, day);
    a.there = stint != NULL;
    a.hours = people_hours(c->people, rep, day);
    a.away = people_away(c->people, rep, day);
    a.tenure = stint && stint->tenure_from != DAY_NONE ? day - stint->tenure_from : -1;
    if (stint) {
        struct view team = people_team(c->people, stint->team)->name;
        snprintf(a.team, sizeof a.team, "%.*s", (int)team.len, team.at);
        snprintf(a.role, sizeof a.role, "%s", people_role(c->people, stint->role));
        snprintf(a.zone, sizeof a.zone, "%s", stint->zone->name);
        snprintf(a.manager, sizeof a.manager, "%s", stint->manager ? stint->manager : "-");
    }
    const struct people_change *change = people_change_on(c->people, rep, view_of("demos"), day);
    a.change = change ? atoi(change->change) : 0;
    a.targets[0] = goals ? people_target(c->people, rep, view_of("calls"), day) : 0;
    a.targets[1] = goals ? people_target(c->people, rep, view_of("demos"), day) : 0;
    return a;
}

static bool same_answer(const struct answer *a, const struct answer *b) {
    return a->hours == b->hours && a->targets[0] == b->targets[0] &&
           a->targets[1] == b->targets[1] && !strcmp(a->team, b->team) &&
           !strcmp(a->role, b->role) && !strcmp(a->zone, b->zone) &&
           !strcmp(a->manager, b->manager) && a->tenure == b->tenure && a->there == b->there &&
           a->away == b->away && a->change == b->change;
}

static void fail_answer(struct world *w, int rep, pace_day day, const struct answer *expected,
                        const struct answer *got) {
    char text[DAY_TEXT_SIZE];
    for (int t = 0; t < STATEMENTS; t++)
        if (w->told[t].counts && (w->told[t].rep == rep || w->told[t].what == CHANGE))
            fprintf(stderr, "  %s\n", w->told[t].line);
    for (int i = 0; i < 2; i++) {
        const struct answer *a = i ? got : expected;
        fprintf(stderr, "  %s: %g hours, targets %g %g, %s %s %s %s, %d, %d %d, %d\n",
                i ? "got" : "expected", a->hours, a->targets[0], a->targets[1], a->team, a->role,
                a->zone, a->manager, a->tenure, a->there, a->away, a->change);
    }
    fail_msg("%s on %s", rep_names[rep], day_format(day, text));
}

static void compare_all(uint64_t *seed, struct world *w, struct crowd *c, const uint32_t *reps) {
    for (int r = 0; r < REPS; r++)
        for (int d = -5; d < SPAN_DAYS + 5; d++) {
            bool goals = draw_chance(seed, 50);
            pace_day day = first_day() + d;
            struct answer expected = answer_read(w, r, day, goals);
            struct answer got = answer_asked(c, reps[r], day, goals);
            if (!same_answer(&expected, &got))
                fail_answer(w, r, day, &expected, &got);
            int64_t us = day * DAY_US + draw_below(seed, 24) * HOUR_US;
            assert_ptr_equal(people_zone_at(c->people, reps[r], us), zone_at(w, r, us));
        }
}

/* ---- the properties ---- */

/* All that is known of every rep and day. */
static struct answer known[2][REPS][SPAN_DAYS];

static void know(struct crowd *c, const uint32_t *reps, int which) {
    for (int r = 0; r < REPS; r++)
        for (int d = 0; d < SPAN_DAYS; d++)
            known[which][r][d] = answer_asked(c, reps[r], first_day() + d, true);
}

/* What the effect says that stayed is as it was. */
static void check_effect(const struct people_effect *effect, const uint32_t *reps) {
    for (int r = 0; r < REPS; r++) {
        bool concerned = effect->everybody || effect->rep == reps[r];
        for (int d = 0; d < SPAN_DAYS; d++) {
            const struct answer *before = &known[0][r][d], *now = &known[1][r][d];
            if (!concerned || first_day() + d < effect->from)
                assert_true(same_answer(before, now));
            if (!concerned || !effect->team_changed)
                assert_true(before->there == now->there && !strcmp(before->team, now->team));
        }
    }
}

static void step(uint64_t *seed, struct world *w, struct crowd *c, const uint32_t *reps) {
    struct told *told = &w->told[draw_below(seed, STATEMENTS)];
    bool add = !told->counts || draw_chance(seed, 350);
    uint64_t digest = people_zone_digest(c->people);
    struct people_effect effect;
    know(c, reps, 0);
    assert_int_equal(crowd_note(c, told->line, add ? 1 : -1, &effect), 0);
    told->counts += add ? 1 : -1;
    assert_int_equal(effect.zone_changed, digest != people_zone_digest(c->people));
    know(c, reps, 1);
    check_effect(&effect, reps);
    assert_int_equal(effect.everybody, told->what == CHANGE && effect.from != DAY_MAX);
}

/* The same set told in another order, to people who never heard of anything else. */
static void compare_afresh(uint64_t *seed, struct world *w, struct crowd *c, const uint32_t *reps) {
    struct crowd afresh;
    int order[STATEMENTS];
    assert_true(crowd_open(&afresh, config_text));
    for (int t = 0; t < STATEMENTS; t++) {
        int other = draw_below(seed, t + 1);
        order[t] = order[other];
        order[other] = t;
    }
    for (int t = 0; t < STATEMENTS; t++)
        for (int n = 0; n < w->told[order[t]].counts; n++)
            assert_int_equal(crowd_note(&afresh, w->told[order[t]].line, 1, NULL), 0);
    assert_true(people_zone_digest(afresh.people) == people_zone_digest(c->people));
    for (int r = REPS - 1; r >= 0; r--) {
        char a[4000], b[4000];
        assert_string_equal(crowd_stints(c, reps[r], a, sizeof a),
                            crowd_stints(&afresh, crowd_rep(&afresh, rep_names[r]), b, sizeof b));
    }
    crowd_close(&afresh);
}

static void take_all_back(uint64_t *seed, struct world *w, struct crowd *c) {
    for (int left = STATEMENTS; left > 0;) {
        struct told *told = &w->told[draw_below(seed, STATEMENTS)];
        left = 0;
        if (told->counts) {
            assert_int_equal(crowd_note(c, told->line, -1, NULL), 0);
            told->counts--;
        }
        for (int t = 0; t < STATEMENTS; t++)
            left += w->told[t].counts;
    }
}

static void test_any_order_as_plainly_read(void **state) {
    uint64_t seed = SEED;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < ROUNDS; round++) {
        static struct world w;
        struct crowd c;
        uint32_t reps[REPS];
        char alone[REPS][400], text[400];
        assert_true(crowd_open(&c, config_text));
        for (int t = 0; t < STATEMENTS; t++)
            tell(&seed, &c, &w.told[t]);
        for (int r = 0; r < REPS; r++) {
            reps[r] = crowd_rep(&c, rep_names[r]);
            crowd_stints(&c, reps[r], alone[r], sizeof alone[r]);
        }
        for (int s = 0; s < STEPS; s++)
            step(&seed, &w, &c, reps);
        compare_all(&seed, &w, &c, reps);
        compare_afresh(&seed, &w, &c, reps);
        take_all_back(&seed, &w, &c);
        compare_all(&seed, &w, &c, reps);
        assert_true(people_zone_digest(c.people) == 0);
        for (int r = 0; r < REPS; r++)
            assert_string_equal(crowd_stints(&c, reps[r], text, sizeof text), alone[r]);
        crowd_close(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_as_plainly_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
