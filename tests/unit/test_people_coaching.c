/* Sessions, trainings and what else is done for somebody's growth; managers are no reps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "people_fixture.h"
#include "roster.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))
#define SESSION(time, more)                                                                        \
    "coaching.session ann 2026-03-02T" time "Z {\"manager\":\"max\"" more "}"

static const char config_text[] =
    "organisation: {tz: Europe/Amsterdam}\n"
    "people:\n"
    "  managers: {eve: {}, max: {manager: eve}}\n"
    "  teams: {north: {manager: max}, south: {manager: bob}}\n"
    "  reps: {ann: {team: north, aliases: [\"crm:1\"]}, bob: {team: south}}\n"
    "indicators:\n"
    "  calls: {count: sales.activity.call}\n"
    "  demo_skill: {score: {skill: Demo}}\n";

enum { LINES = 3 };

static const struct {
    const char *what, *lines[LINES], *told;
} cases[] = {
    {"a session, by an alias",
     {"coaching.session crm:1 2026-03-02T09:00:00Z "
      "{\"manager\":\"max\",\"coach\":\"peer\",\"topics\":[\"calls\"],\"commitments\":[\"k-1\"],"
      "\"help_asked\":true,\"duration_s\":1800,\"cost\":60.5}"},
     "session 2026-03-02 max peer [\"calls\"] [\"k-1\"] help 1800s cost 605000"},
    {"on the rep's local day", {SESSION("23:30:00", "")}, "session 2026-03-03 max"},
    {"one conversation that two connectors report",
     {SESSION("09:00:00", ",\"topics\":[\"calls\"]"),
      SESSION("09:05:00", ",\"topics\":[\"demo\"],\"help_asked\":true,\"duration_s\":60"),
      SESSION("15:00:00", ",\"cost\":3,\"duration_s\":90")},
     "session 2026-03-02 max [\"calls\"] help 60s cost 30000 and 2"},
    {"another coach, another conversation",
     {SESSION("09:00:00", ""), "coaching.session ann 2026-03-02T10:00:00Z {\"manager\":\"eve\"}"},
     "session 2026-03-02 max; session 2026-03-02 eve"},
    {"another day",
     {SESSION("09:00:00", ""), SESSION("23:30:00", "")},
     "session 2026-03-02 max; session 2026-03-03 max"},
    {"a training that two report",
     {"training.completed ann 2026-03-02T09:00:00Z {\"training\":\"t\",\"skill\":\"demo\"}",
      "training.completed ann 2026-03-02T10:00:00Z "
      "{\"training\":\"t\",\"cost\":100,\"skill\":\"other\"}",
      "training.completed ann 2026-03-02T10:00:00Z "
      "{\"training\":\"u\",\"indicators\":[\"calls\"]}"},
     "training 2026-03-02 t demo cost 1000000; training 2026-03-02 u for [\"calls\"]"},
    {"an observation",
     {"coaching.observation ann 2026-03-02T09:00:00Z "
      "{\"manager\":\"max\",\"skill\":\"demo\",\"score\":72.5}"},
     "observed 2026-03-02 max demo 725000"},
    {"growth goals",
     {"growth.goal ann 2026-03-02T09:00:00Z {\"skill\":\"demo\",\"text\":\"fewer slides\"}",
      "growth.goal ann 2026-03-01T09:00:00Z {\"skill\":\"french\"}"},
     "goal 2026-03-01 french; goal 2026-03-02 demo fewer slides"},
};

struct page {
    char text[1000];
    size_t n;
};

static void __attribute__((format(printf, 2, 3))) put(struct page *page, const char *format, ...) {
    va_list args;
    va_start(args, format);
    page->n += (size_t)vsnprintf(page->text + page->n, sizeof page->text - page->n, format, args);
    va_end(args);
}

static void put_head(struct page *page, const char *what, pace_day day, const char *name) {
    char text[DAY_TEXT_SIZE];
    put(page, "%s%s %s %s", page->n ? "; " : "", what, day_format(day, text), name);
}

static void put_word(struct page *page, const char *before, const char *text) {
    if (text)
        put(page, " %s%s", before, text);
}

static void put_cost(struct page *page, int64_t cost) {
    if (cost != STATEMENT_UNTOLD)
        put(page, " cost %lld", (long long)cost);
}

static void put_sessions(struct page *page, const struct people *people, uint32_t rep) {
    const struct coaching *list;
    int n = people_sessions(people, rep, &list);
    for (int s = 0; s < n; s++) {
        int also = 0;
        put_head(page, "session", list[s].day, list[s].manager);
        put_word(page, "", list[s].coach);
        put_word(page, "", list[s].topics);
        put_word(page, "", list[s].commitments);
        if (list[s].help_asked)
            put(page, " help");
        if (list[s].duration_s > 0)
            put(page, " %gs", list[s].duration_s);
        put_cost(page, list[s].cost);
        for (const struct coaching *told = list[s].also; told; told = told->also)
            also++;
        if (also)
            put(page, " and %d", also);
    }
}

static void put_trainings(struct page *page, const struct training *list, int n) {
    for (int t = 0; t < n; t++) {
        put_head(page, "training", list[t].day, list[t].name);
        put_word(page, "", list[t].skill);
        put_word(page, "for ", list[t].indicators);
        put_cost(page, list[t].cost);
    }
}

static void put_others(struct page *page, const struct people *people, uint32_t rep) {
    const struct observation *seen;
    const struct growth_goal *goals;
    int n = people_observations(people, rep, &seen);
    for (int i = 0; i < n; i++) {
        put_head(page, "observed", seen[i].day, seen[i].manager);
        put(page, " %s %lld", seen[i].skill, (long long)seen[i].score);
    }
    n = people_growth_goals(people, rep, &goals);
    for (int i = 0; i < n; i++) {
        put_head(page, "goal", goals[i].day, goals[i].skill);
        put_word(page, "", goals[i].text);
    }
}

static const char *told(struct crowd *c, uint32_t rep) {
    static struct page page;
    const struct training *trainings;
    page = (struct page){.n = 0};
    put_sessions(&page, c->people, rep);
    int n = people_trainings(c->people, rep, &trainings);
    put_trainings(&page, trainings, n);
    put_others(&page, c->people, rep);
    return page.text;
}

/* In the order as written, then turned round; then taken back one by one, and nothing stays. */
static void test_what_is_told_is_put_together(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(cases); i++)
        for (int turned = 0; turned < 2; turned++) {
            struct crowd c;
            int n = 0;
            assert_true(crowd_open(&c, config_text));
            uint32_t ann = crowd_rep(&c, "ann");
            while (n < LINES && cases[i].lines[n])
                n++;
            for (int l = 0; l < n; l++)
                assert_int_equal(crowd_note(&c, cases[i].lines[turned ? n - 1 - l : l], 1, NULL),
                                 0);
            if (strcmp(told(&c, ann), cases[i].told) != 0)
                fail_msg("%s: \"%s\", expected \"%s\"", cases[i].what, told(&c, ann),
                         cases[i].told);
            for (int l = 0; l < n; l++)
                assert_int_equal(crowd_note(&c, cases[i].lines[l], -1, NULL), 0);
            assert_string_equal(told(&c, ann), "");
            crowd_close(&c);
        }
}

static void test_a_day_is_touched_by_what_its_facts_may_hang_on(void **state) {
    static const struct {
        const char *line;
        bool touches;
    } rows[] = {
        {SESSION("09:00:00", ""), true},
        {"training.completed ann 2026-03-02T09:00:00Z {\"training\":\"t\"}", true},
        {"coaching.observation ann 2026-03-02T09:00:00Z "
         "{\"manager\":\"m\",\"skill\":\"s\",\"score\":7}",
         true},
        {"recognition.given ann 2026-03-02T09:00:00Z {\"manager\":\"m\"}", false},
        {"growth.goal ann 2026-03-02T09:00:00Z {\"skill\":\"s\"}", false},
    };
    (void)state;
    for (int i = 0; i < COUNT(rows); i++) {
        struct crowd c;
        struct people_effect effect;
        assert_true(crowd_open(&c, config_text));
        uint32_t ann = crowd_rep(&c, "ann");
        assert_int_equal(crowd_note(&c, rows[i].line, 1, &effect), 0);
        assert_int_equal(effect.rep, ann);
        assert_int_equal(effect.from, rows[i].touches ? day_from_civil(2026, 3, 2) : DAY_MAX);
        crowd_close(&c);
    }
}

static void test_what_a_session_names(void **state) {
    static const struct {
        const char *topics, *word;
        bool names;
    } rows[] = {
        {"[\"calls\"]", "calls", true},
        {"[\"demo\",\"Calls\"]", "cALLS", true},
        {"[\"calls\"]", "call", false},
        {"[\"calls\"]", "", false},
        {"[]", "calls", false},
        {"\"calls\"", "calls", true},
        {"[{\"indicator\":\"calls\"},{\"case\":17}]", "17", true},
        {"[{\"indicator\":\"calls\"},{\"case\":\"17\"}]", "17", true},
        {"[{\"indicator\":\"calls\"},{\"case\":17}]", "calls", true},
        {"[{\"indicator\":\"calls\"}]", "indicator", false},
        {"{\"skill\":\"demo\"}", "demo", true},
        {"[17]", "17", true},
        {"[17]", "1", false},
        {"[\"a\\\"b\"]", "a\"b", true},
        {"[true]", "true", false},
    };
    (void)state;
    for (int i = 0; i < COUNT(rows); i++) {
        struct coaching other = {.topics = NULL}, first = {.also = &other};
        *(i % 2 ? &first.topics : &other.topics) = rows[i].topics;
        if (people_session_names(&first, view_of(rows[i].word)) != rows[i].names)
            fail_msg("%s in %s", rows[i].word, rows[i].topics);
    }
}

static void test_what_a_training_is_for(void **state) {
    static const struct {
        const char *skill, *indicators;
        bool calls, demo_skill;
    } rows[] = {{NULL, NULL, false, false},
                {"demo", NULL, false, true},
                {"calls", NULL, false, false},
                {"demo", "[\"calls\"]", true, false},
                {NULL, "[\"demo_skill\",\"calls\"]", true, true},
                {NULL, "\"calls\"", true, false}};
    struct crowd c;
    (void)state;
    assert_true(crowd_open(&c, config_text));
    for (int i = 0; i < COUNT(rows); i++) {
        struct training training = {
            .name = "t", .skill = rows[i].skill, .indicators = rows[i].indicators};
        assert_int_equal(people_training_names(&training, &c.config->indicators[0]), rows[i].calls);
        assert_int_equal(people_training_names(&training, &c.config->indicators[1]),
                         rows[i].demo_skill);
    }
    crowd_close(&c);
}

static uint32_t resolve(struct crowd *c, const char *name) {
    uint32_t id, rep;
    assert_int_equal(dict_intern(c->dict, view_of(name), &id), 0);
    assert_int_equal(people_resolve(c->people, id, &rep), 0);
    return rep;
}

/* Who leads is trained too, but is nobody's rep; a rep who leads stays one, and so does who joined. */
static void test_managers_are_no_reps(void **state) {
    static const char trained[] =
        "training.completed max 2026-03-02T09:00:00Z {\"training\":\"t\"}";
    static const char joined[] = "rep.joined max 2026-03-02T09:00:00Z {}";
    struct crowd c;
    struct people_effect effect;
    const struct training *trainings;
    (void)state;
    assert_true(crowd_open(&c, config_text));
    assert_int_equal(crowd_note(&c, trained, 1, &effect), 0);
    assert_int_equal(effect.rep, REP_NONE);
    assert_int_equal(resolve(&c, "max"), REP_NONE);
    assert_int_equal(resolve(&c, "eve"), REP_NONE);
    assert_int_not_equal(resolve(&c, "bob"), REP_NONE);
    assert_int_not_equal(resolve(&c, "zoe"), REP_NONE);
    assert_int_equal(people_count(c.people), 2);
    assert_true(people_configured(c.people, view_of("eve")));
    assert_int_equal(people_trainings_of(c.people, view_of("max"), &trainings), 1);
    assert_string_equal(trainings[0].name, "t");
    assert_int_equal(people_trainings_of(c.people, view_of("eve"), &trainings), 0);
    assert_int_equal(crowd_note(&c, joined, 1, &effect), 0);
    assert_true(effect.new_rep);
    uint32_t max = resolve(&c, "max");
    assert_int_not_equal(max, REP_NONE);
    assert_int_equal(people_trainings(c.people, max, &trainings), 1);
    assert_int_equal(crowd_note(&c, joined, -1, &effect), 0);
    assert_true(effect.lost_rep);
    assert_int_equal(resolve(&c, "max"), REP_NONE);
    crowd_close(&c);
}

static void put_whole(struct page *page, struct crowd *c) {
    const struct case_word *words;
    const struct training *trainings;
    uint32_t ann = crowd_rep(c, "ann");
    int n = people_case_words(c->people, ann, &words);
    put(page, "%s", told(c, ann));
    for (int w = 0; w < n; w++)
        put_head(page, "word", words[w].day, "");
    n = people_trainings_of(c->people, view_of("max"), &trainings);
    put_trainings(page, trainings, n);
    put_head(page, "first", people_first_session(c->people), "");
}

/* Whatever was asked before: as if only those were ever told that count now. */
static void test_answers_are_of_what_counts(void **state) {
    static const char *const lines[] = {
        SESSION("23:30:00", ""),
        SESSION("09:00:00", ",\"topics\":[\"demo\"]"),
        "coaching.session ann 2026-03-01T23:30:00Z {\"manager\":\"max\"}",
        "coaching.session bob 2026-03-02T23:30:00Z {\"manager\":\"eve\"}",
        "coaching.session bob 2026-02-27T09:00:00Z {\"manager\":\"eve\"}",
        "training.completed max 2026-03-02T23:30:00Z {\"training\":\"t\"}",
        "case.acknowledged ann 2026-03-02T23:30:00Z {\"case\":\"17\"}",
        "rep.moved ann 2026-02-01T09:00:00Z {\"tz\":\"America/New_York\"}",
        "rep.joined max 2026-02-01T09:00:00Z {\"tz\":\"America/New_York\"}",
        "rep.moved bob 2026-02-01T09:00:00Z {\"tz\":\"America/New_York\"}"};
    enum { TOGGLES = 200 };
    bool counts[COUNT(lines)] = {false};
    struct crowd c;
    uint64_t seed = 1;
    (void)state;
    assert_true(crowd_open(&c, config_text));
    for (int t = 0; t < TOGGLES; t++) {
        struct page asked = {.n = 0}, expected = {.n = 0};
        struct crowd fresh;
        int line = draw_below(&seed, COUNT(lines));
        assert_int_equal(crowd_note(&c, lines[line], counts[line] ? -1 : 1, NULL), 0);
        counts[line] = !counts[line];
        assert_true(crowd_open(&fresh, config_text));
        for (int l = 0; l < COUNT(lines); l++)
            assert_int_equal(counts[l] ? crowd_note(&fresh, lines[l], 1, NULL) : 0, 0);
        put_whole(&asked, &c);
        put_whole(&expected, &fresh);
        assert_string_equal(asked.text, expected.text);
        crowd_close(&fresh);
    }
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_are_of_what_counts),
        cmocka_unit_test(test_what_is_told_is_put_together),
        cmocka_unit_test(test_a_day_is_touched_by_what_its_facts_may_hang_on),
        cmocka_unit_test(test_what_a_session_names),
        cmocka_unit_test(test_what_a_training_is_for),
        cmocka_unit_test(test_managers_are_no_reps),
    };
    return cmocka_run_group_tests_name("coaching", tests, NULL, NULL);
}
