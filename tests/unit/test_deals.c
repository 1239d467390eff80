/*
 * Histories of deals, rule by rule: what a level comes to, how a deal stands, and the limits. That
 * all of it is a function of the set of records is tested in prop/test_deals.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../engine_fixture.h"
#include "../failing_malloc.h"
#include "deals.h"
#include "pace/error.h"
#include "people.h"
#include "rest.h"
#include "series.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { AMOUNT, LACKING, AGE, PUSHES, CONTACTS, WAY, SMALL, INDICATORS };

static const char *small[] = {"smb"};
static struct config_where where_small = {.member = "segment", .values = small, .n_values = 1};
static const char *steps[] = {"sales.activity.call", "sales.activity.demo"};
static struct config_indicator indicators[INDICATORS] = {
    [AMOUNT] = {.kind = KIND_LEVEL, .quantity = LEVEL_OPEN_AMOUNT},
    [LACKING] = {.kind = KIND_LEVEL, .quantity = LEVEL_NO_NEXT_STEP},
    [AGE] = {.kind = KIND_LEVEL, .quantity = LEVEL_DAYS_IN_STAGE},
    [PUSHES] = {.kind = KIND_LEVEL, .quantity = LEVEL_PUSH_COUNT},
    [CONTACTS] = {.kind = KIND_LEVEL, .quantity = LEVEL_CONTACTS_PER_DEAL},
    [WAY] = {.kind = KIND_ADHERENCE, .stage = "demo", .steps = steps, .n_steps = 2},
    [SMALL] = {.kind = KIND_LEVEL, .quantity = LEVEL_COVERAGE, .where = &where_small, .n_where = 1},
};
static struct config_rate dollars[] = {{20000, CONFIG_RATE_UNIT / 2}, {20539, CONFIG_RATE_UNIT / 4}};
static struct config_currency currencies[] = {{"USD", dollars, 2}};
static struct config config = {
    .organisation = {.currency = "EUR", .currencies = currencies, .n_currencies = 1},
    .indicators = indicators,
    .n_indicators = INDICATORS,
};

/* ---- a tally that adds up from day to day ---- */

enum { DAY = 20538 /* 2026-03-26 */, DAYS = 60, REPS = 3 };

struct tally {
    int64_t n[REPS][INDICATORS][SERIES_PER_INDICATOR][DAYS];
    int adds, fail_at;
};

static int tally_put(void *arg, uint32_t rep, int series, pace_day day, int64_t delta,
                     uint64_t number) {
    struct tally *tally = arg;
    (void)number;
    if (tally->adds++ == tally->fail_at)
        return -EIO;
    assert_true(rep < REPS && day >= DAY && day < DAY + DAYS);
    series -= SERIES_INDICATORS;
    tally->n[rep][series / SERIES_PER_INDICATOR][series % SERIES_PER_INDICATOR][day - DAY] += delta;
    return 0;
}

/* At the close of that day. */
static int64_t level(const struct tally *tally, uint32_t rep, int indicator, int part, int day) {
    int64_t sum = 0;
    for (int d = 0; d <= day; d++)
        sum += tally->n[rep][indicator][part][d];
    return sum;
}

static bool is_empty(const struct tally *tally) {
    const int64_t *n = &tally->n[0][0][0][0];
    for (size_t i = 0; i < sizeof tally->n / sizeof *n; i++)
        if (n[i])
            return false;
    return true;
}

/* Rep 0 lives in Amsterdam, 1 in New York, 2 in Tokyo. */
static const struct zone *zone_of(void *arg, uint32_t rep, int64_t us) {
    (void)arg, (void)us;
    return &fixture_zones[rep == REP_NONE ? 0 : 1 + rep];
}

/* ---- records in words ---- */

/*
 * "0 created 9 stage=demo amount=100": rep, type, hours into DAY, members. A type without a dot is
 * of sales.opportunity.; `act.x` is sales.activity.x. `owner=` only says that there is one: the rep
 * is given. record= and source= name the record.
 */
struct spelled {
    char text[256];
    struct event event;
    uint32_t rep;
};

static const char *type_of(const char *word, char *type, size_t size) {
    if (!strncmp(word, "act.", 4))
        snprintf(type, size, "sales.activity.%s", word + 4);
    else
        snprintf(type, size, "%s%s", strchr(word, '.') ? "" : "sales.opportunity.", word);
    return type;
}

static void member_put(struct event *event, const char *name, const char *value) {
    int id = member_find(view_of(name));
    struct member member = {
        .id = (uint8_t)id, .form = member_table[id].form, .name = view_of(member_table[id].name)};
    if (member.form == FORM_NUMBER || member.form == FORM_BOOL)
        member.number = member.form == FORM_BOOL ? 1 : atoll(value) * 10000;
    else
        member.text = view_of(value);
    int i = event->n_members++;
    for (; i > 0 && event->members[i - 1].id > member.id; i--)
        event->members[i] = event->members[i - 1];
    event->members[i] = member;
}

static void spell(const char *text, int number, struct spelled *s) {
    static char names[64][16], types[64][48];
    char *rest = NULL;
    snprintf(s->text, sizeof s->text, "%s", text);
    char *rep = strtok_r(s->text, " ", &rest), *type = strtok_r(NULL, " ", &rest),
         *hours = strtok_r(NULL, " ", &rest);
    snprintf(names[number], sizeof names[number], "r%d", number);
    s->rep = *rep == 'n' ? REP_NONE : (uint32_t)atoi(rep);
    s->event = (struct event){.source = view_of("/crm"),
                              .id = view_of(names[number]),
                              .record = view_of(names[number]),
                              .type = view_of(type_of(type, types[number], sizeof types[number])),
                              .subject = view_of("ann"),
                              .time_us = DAY * DAY_US + (int64_t)(atof(hours) * 3600e6),
                              .localdate = DAY_NONE,
                              .recorded_us = TIME_NONE};
    member_put(&s->event, "opportunity", "opp-9");
    for (char *word = strtok_r(NULL, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        if (!strcmp(word, "record"))
            s->event.record = view_of(value);
        else if (!strcmp(word, "source"))
            s->event.source = view_of(value);
        else if (!strcmp(word, "date"))
            s->event.localdate = DAY + atoi(value);
        else
            member_put(&s->event, word, value);
    }
}

struct fixture {
    struct tally tally;
    struct deals *deals;
    struct spelled spelled[64];
    int n;
};

static void open_fixture(struct fixture *f) {
    struct thread_world world = {tally_put, zone_of, &f->tally, NULL};
    memset(f, 0, sizeof *f);
    f->tally.fail_at = -1;
    assert_int_equal(deals_create(&config, &world, &f->deals), 0);
}

static int put(struct fixture *f, const char *text) {
    struct spelled *s = &f->spelled[f->n];
    spell(text, f->n++, s);
    return deals_change(f->deals, &s->event, s->rep, 1, 1);
}

static void close_fixture(struct fixture *f) {
    for (int i = 0; i < f->n; i++)
        assert_int_equal(deals_change(f->deals, &f->spelled[i].event, f->spelled[i].rep, -1, 1), 0);
    assert_true(is_empty(&f->tally));
    assert_int_equal(deals_facts(f->deals), 0);
    assert_int_equal(deals_unrated(f->deals), 0);
    deals_destroy(&f->deals);
}

/* ---- levels ---- */

static void test_levels(void **state) {
    static const struct {
        const char *what, *records[6];
        int indicator;
        uint32_t rep;
        int day;
        int64_t main, trials;
    } cases[] = {
        {"created", {"0 created 9 amount=100"}, AMOUNT, 0, 0, 1000000, 1},
        {"the days that follow", {"0 created 9 amount=100"}, AMOUNT, 0, 30, 1000000, 1},
        {"an amount told later", {"0 created 9", "0 changed 33 amount=100"}, AMOUNT, 0, 0, 0, 1},
        {"and then", {"0 created 9", "0 changed 33 amount=100"}, AMOUNT, 0, 1, 1000000, 1},
        {"won", {"0 created 9 amount=100", "0 won 33"}, AMOUNT, 0, 1, 0, 0},
        {"won on the day", {"0 created 9 amount=100", "0 won 10"}, AMOUNT, 0, 0, 0, 0},
        {"won by another's hand", {"0 created 9 amount=100", "1 won 33"}, AMOUNT, 0, 1, 0, 0},
        {"lost", {"0 created 9 amount=100", "0 lost 33"}, AMOUNT, 0, 1, 0, 0},
        {"deleted", {"0 created 9 amount=100", "0 deleted 33"}, AMOUNT, 0, 1, 0, 0},
        {"reopened with its amount",
         {"0 created 9 amount=100", "0 lost 33", "0 reopened 57"},
         AMOUNT,
         0,
         2,
         1000000,
         1},
        {"changed when closed",
         {"0 created 9 amount=1", "0 lost 33", "0 changed 57 amount=7"},
         AMOUNT,
         0,
         2,
         0,
         0},
        {"what was told then counts later",
         {"0 created 9 amount=1", "0 lost 33", "0 changed 34 amount=7", "0 reopened 57"},
         AMOUNT,
         0,
         2,
         70000,
         1},
        {"created again by another source",
         {"0 created 9 amount=1", "0 won 33", "0 created 57 source=/x"},
         AMOUNT,
         0,
         2,
         0,
         0},
        {"first heard of by changed", {"0 changed 9 amount=100"}, AMOUNT, 0, 0, 1000000, 1},
        {"first heard of by won", {"0 won 9 amount=100"}, AMOUNT, 0, 0, 0, 0},
        {"only touched", {"0 act.call 9 contact=c"}, CONTACTS, 0, 0, 0, 0},
        {"two sources, one deal",
         {"0 created 9 amount=100", "0 created 10 source=/x amount=300"},
         AMOUNT,
         0,
         0,
         3000000,
         1},
        {"half a euro", {"0 created 9 amount=100 currency=USD"}, AMOUNT, 0, 0, 500000, 1},
        {"the currency stays",
         {"0 created 9 amount=100 currency=USD", "0 changed 10 amount=200"},
         AMOUNT,
         0,
         0,
         1000000,
         1},
        {"no rate", {"0 created 9 amount=100 currency=GBP"}, AMOUNT, 0, 0, 0, 1},
        {"too large to say in euros",
         {"0 created 9 amount=920000000000000 currency=USD"},
         AMOUNT,
         0,
         0,
         4600000000000000000,
         1},
        {"a day in New York", {"1 created 27 amount=100"}, AMOUNT, 1, 0, 1000000, 1},
        {"a day in Tokyo", {"2 created 16 amount=100"}, AMOUNT, 2, 0, 0, 0},
        {"a date", {"2 created 9 date=3 amount=100"}, AMOUNT, 2, 3, 1000000, 1},

        {"to another", {"0 created 9 amount=100", "1 changed 33 owner=b"}, AMOUNT, 0, 1, 0, 0},
        {"from another",
         {"0 created 9 amount=100", "1 changed 33 owner=b"},
         AMOUNT,
         1,
         1,
         1000000,
         1},
        {"the subject is the owner",
         {"0 created 9 amount=100", "1 changed 33"},
         AMOUNT,
         1,
         1,
         1000000,
         1},
        {"to nobody known", {"0 created 9 amount=100", "n changed 33 owner=b"}, AMOUNT, 0, 1, 0, 0},
        {"at one instant the lost one is lost",
         {"0 created 9 amount=1", "0 lost 33", "0 changed 33 amount=2"},
         AMOUNT,
         0,
         1,
         0,
         0},

        {"no step", {"0 created 9"}, LACKING, 0, 0, 1, 1},
        {"a step", {"0 created 9 next_step_at=2026-03-28"}, LACKING, 0, 2, 0, 1},
        {"its day is over", {"0 created 9 next_step_at=2026-03-28"}, LACKING, 0, 3, 1, 1},
        {"closed before", {"0 created 9 next_step_at=2026-03-28", "0 won 33"}, LACKING, 0, 3, 0, 0},
        {"a step that was over", {"0 created 33 next_step_at=2026-03-26"}, LACKING, 0, 1, 1, 1},
        {"a new step in time",
         {"0 created 9 next_step_at=2026-03-28", "0 changed 50 next_step_at=2026-04-09"},
         LACKING,
         0,
         5,
         0,
         1},
        {"a new step later",
         {"0 created 9 next_step_at=2026-03-27", "0 changed 81 next_step_at=2026-04-09"},
         LACKING,
         0,
         2,
         1,
         1},
        {"from its day on",
         {"0 created 9 next_step_at=2026-03-27", "0 changed 81 next_step_at=2026-04-09"},
         LACKING,
         0,
         3,
         0,
         1},
        {"planned",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-03-28"},
         LACKING,
         0,
         2,
         0,
         1},
        {"planned at an instant",
         {"1 created 9", "1 act.planned 10 activity=x at=2026-03-28T01:00:00Z"},
         LACKING,
         1,
         2,
         1,
         1},
        {"planned before",
         {"0 act.planned 8 activity=x at=2026-03-28", "0 created 9"},
         LACKING,
         0,
         2,
         0,
         1},
        {"cancelled",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-04-08",
          "0 act.cancelled 33 activity=x at=2026-04-08"},
         LACKING,
         0,
         1,
         1,
         1},
        {"another source can't cancel",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-04-08",
          "0 act.cancelled 33 source=/y activity=x at=2026-04-08"},
         LACKING,
         0,
         1,
         0,
         1},
        {"moved to another day",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-04-08",
          "0 act.planned 33 activity=x at=2026-03-26"},
         LACKING,
         0,
         1,
         1,
         1},
        {"done",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-04-08", "0 act.demo 33 record=x"},
         LACKING,
         0,
         1,
         1,
         1},
        {"not done by another record",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-04-08", "0 act.demo 33 record=y"},
         LACKING,
         0,
         1,
         0,
         1},
        {"one of two is done",
         {"0 created 9", "0 act.planned 10 activity=x at=2026-04-08",
          "0 act.planned 11 activity=y at=2026-03-28", "0 act.demo 33 record=x"},
         LACKING,
         0,
         2,
         0,
         1},
        {"far ahead: for good", {"0 created 9 next_step_at=2099-01-01"}, LACKING, 0, 59, 0, 1},

        {"entered that day", {"0 created 9"}, AGE, 0, 5, -DAY, 1},
        {"another stage", {"0 created 9 stage=a", "0 changed 57 stage=b"}, AGE, 0, 5, -DAY - 2, 1},
        {"the same stage", {"0 created 9 stage=a", "0 changed 57 stage=a"}, AGE, 0, 5, -DAY, 1},
        {"a first stage", {"0 created 9", "0 changed 57 stage=a"}, AGE, 0, 5, -DAY - 2, 1},
        {"another owner", {"0 created 9 stage=a", "1 changed 57 owner=b"}, AGE, 1, 5, -DAY - 2, 1},
        {"reopened", {"0 created 9 stage=a", "0 lost 33", "0 reopened 57"}, AGE, 0, 5, -DAY - 2, 1},

        {"pushed",
         {"0 created 9 close_date=2026-04-01", "0 changed 33 close_date=2026-05-01"},
         PUSHES,
         0,
         1,
         1,
         1},
        {"pulled",
         {"0 created 9 close_date=2026-05-01", "0 changed 33 close_date=2026-04-01"},
         PUSHES,
         0,
         1,
         0,
         1},
        {"pushed twice, pulled between",
         {"0 created 9 close_date=2026-04-02", "0 changed 33 close_date=2026-04-03",
          "0 changed 34 close_date=2026-04-01", "0 changed 35 close_date=2026-04-02"},
         PUSHES,
         0,
         1,
         2,
         1},
        {"a later date when it is reopened",
         {"0 created 9 close_date=2026-04-01", "0 lost 33", "0 reopened 57 close_date=2026-05-01"},
         PUSHES,
         0,
         2,
         0,
         1},

        {"contacts",
         {"0 created 9", "1 act.call 10 contact=a", "0 act.call 11 contact=b",
          "0 act.email 12 contact=a"},
         CONTACTS,
         0,
         0,
         2,
         1},
        {"from before", {"0 act.call 8 contact=a", "0 created 33"}, CONTACTS, 0, 1, 1, 1},
        {"not automatic ones",
         {"0 created 9", "0 act.email 10 contact=a automatic=1"},
         CONTACTS,
         0,
         0,
         0,
         1},
        {"of other types", {"0 created 9", "0 acme.visit 10 contact=a"}, CONTACTS, 0, 0, 1, 1},

        {"where: never told", {"0 created 9 amount=1"}, SMALL, 0, 0, 0, 0},
        {"where: told", {"0 created 9 amount=1 segment=smb"}, SMALL, 0, 0, 10000, 1},
        {"where: told before",
         {"0 created 9 amount=1 segment=smb", "0 changed 33 amount=2"},
         SMALL,
         0,
         1,
         20000,
         1},
        {"where: no longer so",
         {"0 created 9 amount=1 segment=smb", "0 changed 33 segment=ent"},
         SMALL,
         0,
         1,
         0,
         0},
    };
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct fixture f;
        open_fixture(&f);
        print_message("%s\n", cases[c].what);
        for (int r = 0; r < 6 && cases[c].records[r]; r++)
            assert_int_equal(put(&f, cases[c].records[r]), 0);
        assert_int_equal(level(&f.tally, cases[c].rep, cases[c].indicator, PART_MAIN, cases[c].day),
                         cases[c].main);
        assert_int_equal(
            level(&f.tally, cases[c].rep, cases[c].indicator, PART_TRIALS, cases[c].day),
            cases[c].trials);
        close_fixture(&f);
    }
}

static void test_what_changes_hands_is_marked(void **state) {
    struct fixture f;
    (void)state;
    open_fixture(&f);
    put(&f, "0 created 9 amount=100 close_date=2026-04-01");
    put(&f, "1 changed 33 owner=b amount=300");
    put(&f, "1 won 57");
    const struct tally *t = &f.tally;
    assert_int_equal(t->n[0][AMOUNT][PART_MOVED][1], -1000000);
    assert_int_equal(t->n[0][AMOUNT][PART_MOVED_TRIALS][1], -1);
    assert_int_equal(t->n[1][AMOUNT][PART_MOVED][1], 3000000);
    assert_int_equal(t->n[1][AMOUNT][PART_MOVED_TRIALS][1], 1);
    assert_int_equal(t->n[1][AGE][PART_MOVED][1], -DAY - 1);
    assert_int_equal(level(t, 0, AMOUNT, PART_MOVED, 59), -1000000); /* being won isn't */
    assert_int_equal(level(t, 1, AMOUNT, PART_MOVED, 59), 3000000);
    assert_int_equal(level(t, 1, AMOUNT, PART_MAIN, 59), 0);
    close_fixture(&f);
    open_fixture(&f);
    put(&f, "0 created 9 amount=100");
    put(&f, "1 won 33 owner=b");
    assert_int_equal(level(&f.tally, 0, AMOUNT, PART_MOVED, 59), 0);
    close_fixture(&f);
}

static void test_adherence(void **state) {
    static const struct {
        const char *what, *records[7];
        int64_t successes, trials; /* of rep 0, all days */
    } cases[] = {
        {"still there", {"0 created 9 stage=demo", "0 act.call 10", "0 act.demo 11"}, 0, 0},
        {"left by the way",
         {"0 created 9 stage=demo", "0 act.call 10", "0 act.demo 11", "0 changed 12 stage=offer"},
         1,
         1},
        {"left without",
         {"0 created 9 stage=demo", "0 act.demo 11", "0 changed 12 stage=offer"},
         0,
         1},
        {"in another order",
         {"0 created 9 stage=demo", "0 act.demo 10", "0 act.call 11", "0 changed 12 stage=offer"},
         0,
         1},
        {"with others between",
         {"0 created 9 stage=demo", "0 act.call 10", "0 act.email 10", "0 act.demo 11",
          "0 changed 12 stage=x"},
         1,
         1},
        {"before the stage, by others",
         {"1 act.call 7", "2 act.demo 8", "0 created 9 stage=demo", "0 changed 12 stage=x"},
         1,
         1},
        {"the last step at that instant",
         {"0 created 9 stage=demo", "0 act.call 10", "0 act.demo 12", "0 changed 12 stage=x"},
         1,
         1},
        {"too late",
         {"0 created 9 stage=demo", "0 act.call 10", "0 act.demo 12.1", "0 changed 12 stage=x"},
         0,
         1},
        {"automatic",
         {"0 created 9 stage=demo", "0 act.call 10 automatic=1", "0 act.demo 11",
          "0 changed 12 stage=x"},
         0,
         1},
        {"planned isn't done",
         {"0 created 9 stage=demo", "0 act.planned 10 activity=x at=2026-03-26",
          "0 changed 12 stage=x"},
         0,
         1},
        {"won in it",
         {"0 created 9 stage=demo", "0 act.call 10", "0 act.demo 11", "0 won 12"},
         1,
         1},
        {"won in another", {"0 created 9 stage=x", "0 won 12"}, 0, 0},
        {"lost", {"0 created 9 stage=demo", "0 lost 12"}, 0, 0},
        {"lost and told to be in the last stage",
         {"0 created 9 stage=demo", "0 changed 12 stage=gone", "0 lost 12"},
         0,
         0},
        {"moved on, then won: once",
         {"0 created 9 stage=demo", "0 changed 12 stage=x", "0 won 13"},
         0,
         1},
        {"twice",
         {"0 created 9 stage=demo", "0 changed 12 stage=x", "0 changed 13 stage=demo",
          "0 act.call 14", "0 act.demo 15", "0 changed 16 stage=x"},
         1,
         2},
        {"the same stage told again", {"0 created 9 stage=demo", "0 changed 12 stage=demo"}, 0, 0},
        {"by who owned it then", {"0 created 9 stage=demo", "1 changed 12 owner=b stage=x"}, 0, 1},
        {"not by who owned it before",
         {"1 created 9 stage=demo", "0 changed 10", "1 changed 12 owner=b stage=x"},
         0,
         1},
    };
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct fixture f;
        open_fixture(&f);
        print_message("%s\n", cases[c].what);
        for (int r = 0; r < 7 && cases[c].records[r]; r++)
            assert_int_equal(put(&f, cases[c].records[r]), 0);
        assert_int_equal(level(&f.tally, 0, WAY, PART_MAIN, DAYS - 1), cases[c].successes);
        assert_int_equal(level(&f.tally, 0, WAY, PART_TRIALS, DAYS - 1), cases[c].trials);
        close_fixture(&f);
    }
}

/* ---- who owns it, and without a rate ---- */

static int64_t at_hour(double hours) {
    return DAY * DAY_US + (int64_t)(hours * 3600e6);
}

static void test_deals_without_a_rate(void **state) {
    struct fixture f;
    (void)state;
    open_fixture(&f);
    put(&f, "2 lost 9 stage=x amount=5 currency=GBP");
    assert_int_equal(deals_unrated(f.deals), 0);
    put(&f, "2 reopened 10");
    assert_int_equal(deals_unrated(f.deals), 1);
    close_fixture(&f);
}

static void test_who_owns_it(void **state) {
    struct spelled s;
    struct view name;
    (void)state;
    spell("0 created 9", 0, &s);
    assert_true(deals_owner(&s.event, &name) && view_equal(name, view_of("ann")));
    spell("0 changed 9 owner=bob", 0, &s);
    assert_true(deals_owner(&s.event, &name) && view_equal(name, view_of("bob")));
    spell("0 won 9 owner=bob", 0, &s);
    assert_true(deals_owner(&s.event, &name) && view_equal(name, view_of("bob")));
    static const char *const none[] = {"0 won 9", "0 lost 9", "0 deleted 9",
                                       "0 act.demo 9 owner=bob", "0 act.planned 9 activity=x"};
    for (size_t i = 0; i < COUNT(none); i++) {
        spell(none[i], 0, &s);
        assert_false(deals_owner(&s.event, &name));
    }
}

static void test_which_types(void **state) {
    static const struct {
        const char *type;
        bool is;
    } cases[] = {{"sales.opportunity.won", true},  {"sales.activity.call", true},
                 {"sales.activity.planned", true}, {"acme.review", true},
                 {"sales.lead.assigned", false},   {"sales.absence.set", false},
                 {"sales.source.synced", false},   {"sales.opportunity.other", false}};
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++)
        assert_int_equal(deals_type(view_of(cases[c].type)), cases[c].is);
}

/* A type that DOMAIN doesn't list has its opportunity as a member that only the config names. */
static void test_members_of_other_types(void **state) {
    struct fixture f;
    (void)state;
    open_fixture(&f);
    put(&f, "0 acme.review 9");
    f.spelled[0].event.members[0].id = MEMBER_OTHER;
    assert_int_equal(deals_change(f.deals, &f.spelled[0].event, 0, 1, 1), 0);
    assert_int_equal(deals_facts(f.deals), 2);
    f.spelled[0].event.n_members = 0;
    assert_int_equal(deals_change(f.deals, &f.spelled[0].event, 0, 1, 1),
                     0); /* of no opportunity: passed over */
    assert_int_equal(deals_facts(f.deals), 2);
    deals_destroy(&f.deals);
}

/* A touch is kept where a contact, a step of a process or a next step is asked for. */
static void test_what_nobody_asks_for_isnt_kept(void **state) {
    static const struct {
        int indicator; /* the only one */
        size_t facts;
    } cases[] = {{AMOUNT, 1}, {AGE, 1}, {PUSHES, 1}, {CONTACTS, 2}, {WAY, 3}, {LACKING, 5}};
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct config asks = config;
        struct fixture f;
        asks.indicators = &indicators[cases[c].indicator];
        asks.n_indicators = 1;
        struct thread_world world = {tally_put, zone_of, &f.tally, NULL};
        memset(&f, 0, sizeof f);
        f.tally.fail_at = -1;
        assert_int_equal(deals_create(&asks, &world, &f.deals), 0);
        put(&f, "0 created 9 stage=demo amount=100");
        put(&f, "0 act.call 10 contact=a");
        put(&f, "0 act.demo 11");
        put(&f, "0 act.email 12");
        put(&f, "0 act.planned 13 activity=x at=2026-03-28");
        assert_int_equal(deals_facts(f.deals), cases[c].facts);
        close_fixture(&f);
    }
}

/* ---- limits and errors ---- */

static int note_latest(void *arg, uint32_t rep, int series, pace_day day, int64_t delta, uint64_t number) {
    pace_day *latest = arg;
    (void)rep, (void)series, (void)delta, (void)number;
    *latest = day > *latest ? day : *latest;
    return 0;
}

/* The day after a step is lacking, unless it is too far ahead to be waited for. */
static void test_how_far_ahead_a_step_may_be_over(void **state) {
    (void)state;
    for (int beyond = 0; beyond < 2; beyond++) {
        pace_day latest = 0;
        struct thread_world world = {note_latest, zone_of, &latest, NULL};
        char at[DAY_TEXT_SIZE], text[64];
        struct spelled spelled;
        struct deals *deals;
        assert_int_equal(deals_create(&config, &world, &deals), 0);
        snprintf(text, sizeof text, "0 created 9 next_step_at=%s", day_format(DAY + DEALS_STEP_DAYS_MAX + beyond, at));
        spell(text, 0, &spelled);
        assert_int_equal(deals_change(deals, &spelled.event, 0, 1, 1), 0);
        assert_int_equal(latest, beyond ? DAY : DAY + DEALS_STEP_DAYS_MAX + 1);
        deals_destroy(&deals);
    }
}

static void fill(struct fixture *f, const char *text, int n, int sign) {
    struct spelled s;
    spell(text, 60, &s);
    for (int i = 0; i < n; i++) {
        s.event.time_us = at_hour(30) + i;
        assert_int_equal(deals_change(f->deals, &s.event, s.rep, sign, 1), 0);
    }
}

static void test_too_long_histories_add_nothing(void **state) {
    static const struct {
        const char *text;
        int most;
    } cases[] = {{"0 act.call 9 contact=a", DEALS_TOUCHES_MAX},
                 {"0 changed 9 close_date=2026-04-01", DEALS_TELLS_MAX - 1}};
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct fixture f;
        open_fixture(&f);
        put(&f, "0 created 9 amount=100");
        fill(&f, cases[c].text, cases[c].most, 1);
        assert_int_equal(level(&f.tally, 0, AMOUNT, PART_MAIN, 0), 1000000);
        fill(&f, cases[c].text, 2, 1);
        assert_true(is_empty(&f.tally));
        assert_int_equal(deals_overfull(f.deals), 1);
        put(&f, "0 act.demo 12 contact=b");
        assert_true(is_empty(&f.tally));
        fill(&f, cases[c].text, 2, -1);
        if (cases[c].most == DEALS_TOUCHES_MAX) /* one too many still */
            fill(&f, cases[c].text, 1, -1);
        assert_int_equal(level(&f.tally, 0, AMOUNT, PART_MAIN, 0), 1000000);
        assert_int_equal(deals_overfull(f.deals), 0);
        deals_destroy(&f.deals);
    }
}

enum { SETTLED = DAY + 50 };

/* Of more settled records than a deal may have one too many will do for good. */
static void test_of_too_many_settled_records_one_too_many_stays(void **state) {
    (void)state;
    for (int more = 1; more <= 3; more++) {
        struct fixture f;
        open_fixture(&f);
        put(&f, "0 created 9 amount=100");
        fill(&f, "0 act.call 9 contact=a", DEALS_TOUCHES_MAX + more, 1);
        deals_settle(f.deals, SETTLED, true);
        put(&f, "0 act.demo 1320 contact=b");
        assert_int_equal(deals_facts(f.deals), 1 + DEALS_TOUCHES_MAX + 1 + 1);
        assert_int_equal(deals_overfull(f.deals), 1);
        deals_destroy(&f.deals);
    }
}

/* What goes of settled days is what nothing after them can depend on: where something of a deal went, its next record adds the same. */
static void test_what_is_settled_goes_without_a_trace(void **state) {
#define LAST "0 changed 58 segment=smb"
    static const struct {
        const char *what, *records[6], *next;
        size_t stays; /* of all of them */
    } cases[] = {
        {"the same amount again", {"0 created 9 amount=100", "0 changed 33 amount=7", "0 changed 57 amount=8"}, "0 won 1320", 3},
        {"an amount whose currency is told later", {"0 created 9 amount=100", "0 changed 33 amount=7", "0 changed 57 currency=EUR"},
         "0 won 1320", 4},
        {"none of a currency without a rate", {"0 created 9", "0 changed 33 amount=0", "0 changed 57 currency=GBP"}, "0 act.call 1320", 4},
        {"a currency whose amount is told later", {"0 created 9 amount=100", "0 changed 33 currency=USD", "0 changed 57 amount=100"},
         "0 won 1320", 4},
        {"the same amount at another rate", {"0 created 9 amount=100 currency=USD", "0 changed 33 amount=100", LAST}, "0 won 1320", 4},
        {"... of a date",
         {"0 created 9 currency=USD", "0 changed 33 amount=100 date=0 close_date=2026-06-01", "0 changed 33 amount=100 date=1", LAST},
         "0 won 1320", 5},
        {"a stage told again", {"0 created 9 stage=demo amount=100", "0 changed 33 stage=close", "0 changed 57 stage=close"}, "0 won 1320",
         3},
        {"... and then one of another date",
         {"0 created 9 amount=100", "0 changed 33 stage=demo date=0", "0 changed 33 stage=demo date=1", LAST},
         "0 won 1320", 4},
        {"a step that is over when something is told again",
         {"0 created 9 amount=100", "0 act.planned 10 activity=x at=2026-03-27", "0 changed 81 stage=demo", "0 changed 105 stage=demo"},
         "0 changed 1320 stage=end", 4},
        {"a step before one that may be cancelled",
         {"0 created 9 next_step_at=2026-05-22", "0 changed 33 next_step_at=2026-05-21", "0 act.planned 57 activity=x at=2026-05-23", LAST},
         "0 act.cancelled 1320 activity=x", 5},
        {"when it is to close", {"0 created 9", "0 changed 33 close_date=2026-06-01", LAST}, "0 changed 1320 close_date=2026-07-01", 4},
        {"that it was put off",
         {"0 created 9 close_date=2026-06-01", "0 changed 33 close_date=2026-07-01", "0 changed 57 close_date=2026-05-20"},
         "0 won 1320", 4},
        {"whom it is of", {"0 created 9 segment=smb amount=100", "0 changed 33 segment=mid", "0 changed 57 amount=100"}, "0 won 1320", 4},
        {"whose it is", {"0 created 9 amount=100", "1 changed 9"}, "0 won 1320", 3},
        {"in whose day the rate is",
         {"0 created 9 currency=USD", "1 changed 25 amount=100", "0 changed 25 amount=100 close_date=2026-06-01", "2 changed 58"},
         "2 won 1320", 5},
        {"a step to come of one that is closed",
         {"0 created 9 next_step_at=2026-03-27", "0 changed 33 next_step_at=2026-05-22", "0 lost 57"}, "0 reopened 1320", 3},
        {"closed, however long ago", {"0 created 9 amount=100 stage=demo", "0 changed 33 stage=close", "0 lost 57"}, "0 reopened 1320", 4},
    };
    (void)state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct fixture relieved, whole;
        open_fixture(&relieved);
        open_fixture(&whole);
        for (size_t r = 0; r < COUNT(cases[c].records) && cases[c].records[r]; r++) {
            put(&relieved, cases[c].records[r]);
            put(&whole, cases[c].records[r]);
        }
        deals_settle(relieved.deals, SETTLED, true);
        put(&relieved, cases[c].next);
        put(&whole, cases[c].next);
        if (memcmp(relieved.tally.n, whole.tally.n, sizeof whole.tally.n) || deals_unrated(relieved.deals) != deals_unrated(whole.deals))
            fail_msg("%s: adds something else", cases[c].what);
        if (deals_facts(relieved.deals) != cases[c].stays)
            fail_msg("%s: %zu records stay", cases[c].what, deals_facts(relieved.deals));
        deals_destroy(&relieved.deals);
        deals_destroy(&whole.deals);
    }
}

static struct thread_key only_key(const struct deals *deals) {
    struct thread_key *keys, key = {0};
    size_t n, all = 0;
    for (int part = 0; part < THREAD_PARTS; part++) {
        assert_int_equal(thread_keys(deals_threads(deals), part, &keys, &n), 0);
        key = n ? keys[0] : key;
        all += n;
        free(keys);
    }
    assert_int_equal(all, 1);
    return key;
}

static uint32_t same_rep(void *arg, uint32_t rep) {
    (void)arg;
    return rep;
}

/* One whose last day was settled just now may be relieved of more the next time: also where it rests meanwhile. */
static size_t facts_after_a_second_time(bool rests) {
    enum { FIRST = DAY + 6, SECOND = FIRST + 32 };
    struct kv *kv = kv_mem_create();
    struct extent extent = {0};
    struct facts_setup setup = {.kv = kv, .stable = same_rep, .rep = same_rep};
    struct facts *book = facts_create(&setup);
    struct rest *rest = rest_create(kv, &extent, &book);
    struct fixture f;
    size_t n;
    open_fixture(&f);
    deals_rest(f.deals, rest);
    put(&f, "0 created 9 amount=100");
    put(&f, "0 changed 100 amount=7");
    put(&f, "0 changed 101 amount=8");
    deals_settle(f.deals, FIRST, true);
    if (rests) {
        assert_int_equal(deals_sweep(f.deals, only_key(f.deals), 1, &n), 0);
        assert_int_equal(deals_facts(f.deals), 0);
    }
    deals_settle(f.deals, SECOND, true);
    assert_int_equal(put(&f, "0 changed 1000 amount=9"), 0);
    n = deals_facts(f.deals);
    deals_destroy(&f.deals);
    rest_destroy(&rest);
    kv_destroy(&kv);
    return n;
}

static void test_who_is_woken_is_relieved_too(void **state) {
    (void)state;
    assert_int_equal(facts_after_a_second_time(true), facts_after_a_second_time(false));
    assert_int_equal(facts_after_a_second_time(true), 3);
}

/* Whatever there is no memory for: it is told, or the tallies would miss something and nobody would know. */
static void test_missing_memory_is_told(void **state) {
    static const char *const lines[] = {"0 created 9 stage=demo amount=100", "0 act.call 10 contact=a", "0 act.demo 11",
                                        "0 act.planned 13 activity=x at=2026-03-28", "0 changed 14 stage=close owner=b",
                                        "1 won 15"};
    int failures = 0;
    (void)state;
    if (!failing_malloc_works())
        skip();
    for (size_t last = 0; last < COUNT(lines); last++)
        for (uint64_t nth = 1, left = 0; !left; nth++) {
            struct fixture f;
            open_fixture(&f);
            for (size_t l = 0; l < last; l++)
                put(&f, lines[l]);
            countdown = nth;
            int err = put(&f, lines[last]);
            left = countdown;
            countdown = 0;
            assert_int_equal(err, left ? 0 : -ENOMEM);
            failures += !left;
            assert_int_equal(put(&f, "0 act.call 20 contact=z"), 0); /* once there is some again */
            deals_destroy(&f.deals);
        }
    assert_true(failures > 6);
}

static void test_errors(void **state) {
    struct fixture f;
    (void)state;
    open_fixture(&f);
    assert_int_equal(put(&f, "0 created 9 amount=100"), 0);
    struct event other = f.spelled[0].event;
    other.time_us++;
    assert_int_equal(deals_change(f.deals, &other, 0, -1, 1), -ENOENT);
    assert_int_equal(deals_change(f.deals, &f.spelled[0].event, 1, -1, 1),
                     -ENOENT); /* of another rep */
    assert_int_equal(put(&f, "1 act.demo 12 contact=b"), 0);
    other = f.spelled[1].event;
    other.localdate = (pace_day)floor_div(other.time_us, DAY_US);
    assert_int_equal(deals_change(f.deals, &other, 0, -1, 1), -ENOENT); /* of that day, not instant */
    f.tally.fail_at = f.tally.adds;
    assert_int_equal(deals_change(f.deals, &other, 0, 1, 1), 0); /* says nothing new */
    assert_int_equal(put(&f, "0 won 10"), -EIO);
    deals_destroy(&f.deals);
    deals_destroy(&f.deals);
}

static void test_what_the_config_may_ask_for(void **state) {
    static const char *many[40];
    struct config_indicator one[2] = {
        {.kind = KIND_ADHERENCE, .stage = "a", .steps = many, .n_steps = 31}, {.kind = KIND_COUNT}};
    struct config asks = {.indicators = one, .n_indicators = 1};
    struct thread_world world = {0};
    struct deals *deals = NULL;
    (void)state;
    assert_true(deals_wanted(&asks));
    assert_int_equal(deals_create(&asks, &world, &deals), 0);
    deals_destroy(&deals);
    one[0].n_steps = 32;
    assert_int_equal(deals_create(&asks, &world, &deals), PACE_ELIMIT);
    assert_null(deals);
    asks.indicators = &one[1];
    assert_false(deals_wanted(&asks));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_what_changes_hands_is_marked),
        cmocka_unit_test(test_adherence),
        cmocka_unit_test(test_deals_without_a_rate),
        cmocka_unit_test(test_who_owns_it),
        cmocka_unit_test(test_which_types),
        cmocka_unit_test(test_members_of_other_types),
        cmocka_unit_test(test_what_nobody_asks_for_isnt_kept),
        cmocka_unit_test(test_how_far_ahead_a_step_may_be_over),
        cmocka_unit_test(test_too_long_histories_add_nothing),
        cmocka_unit_test(test_of_too_many_settled_records_one_too_many_stays),
        cmocka_unit_test(test_what_is_settled_goes_without_a_trace),
        cmocka_unit_test(test_who_is_woken_is_relieved_too),
        cmocka_unit_test(test_missing_memory_is_told),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_what_the_config_may_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
