/* Who a subject is, under each way to enroll; teams, roles, zones and working time from the config. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dict.h"
#include "engine_fixture.h"
#include "people.h"

#define REPS                                                                                                               \
    "  teams: {north: {manager: m, tz: Asia/Tokyo}, south: {}}\n"                                                          \
    "  reps:\n"                                                                                                            \
    "    ann: {team: north, role: sdr, aliases: [\"crm:1\", \"ann@x\"]}\n"                                                 \
    "    bob: {team: south, role: ae, tz: America/New_York, workweek: {mon-tue: \"09:00-13:00\"}}\n"                       \
    "    cyd: {}\n"                                                                                                        \
    "indicators: {calls: {count: sales.activity.call}, demos: {count: sales.activity.demo, roles: [ae]}}\n"                \
    "organisation: {tz: Europe/Amsterdam}\n"

struct crowd {
    struct kv *kv;
    struct dict *dict;
    struct config *config;
    struct people *people;
};

static void crowd_open(struct crowd *c, const char *enroll) {
    char text[2000];
    snprintf(text, sizeof text, "people:\n  enroll: %s\n%s", enroll, REPS);
    *c = (struct crowd){.kv = kv_mem_create(), .config = fixture_config(text)};
    assert_true(c->kv && c->config);
    assert_int_equal(dict_open(c->kv, NULL, &c->dict), 0);
    assert_int_equal(people_create(c->config, c->dict, fixture_zone, NULL, &c->people), 0);
}

static void crowd_close(struct crowd *c) {
    people_destroy(&c->people);
    dict_destroy(&c->dict);
    config_destroy(&c->config);
    kv_destroy(&c->kv);
}

static uint32_t who(struct crowd *c, const char *subject) {
    uint32_t id, rep = 12345;
    assert_int_equal(dict_intern(c->dict, view_of(subject), &id), 0);
    assert_int_equal(people_resolve(c->people, id, &rep), 0);
    return rep;
}

static const struct rep *rep_of(struct crowd *c, const char *subject) {
    return people_rep(c->people, who(c, subject));
}

static void test_names_and_aliases_meet_in_any_order(void **state) {
    static const char *const orders[][3] = {
        {"ann", "crm:1", "ann@x"}, {"crm:1", "ann", "ann@x"}, {"ann@x", "crm:1", "ann"}, {"crm:1", "ann@x", "ann"}};
    (void)state;
    for (int o = 0; o < 4; o++) {
        struct crowd c;
        crowd_open(&c, "auto");
        assert_int_equal(people_find(c.people, view_of("ann")), REP_NONE);
        uint32_t rep = who(&c, orders[o][0]);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(who(&c, orders[o][i]), rep);
            assert_int_equal(people_find(c.people, view_of(orders[o][i])), rep);
        }
        assert_int_equal(people_count(c.people), 1);
        assert_true(view_equal(people_rep(c.people, rep)->name, view_of("ann")));
        assert_true(view_equal(dict_text(c.dict, people_rep(c.people, rep)->stable), view_of("ann")));
        crowd_close(&c);
    }
}

static void test_strangers(void **state) {
    static const struct {
        const char *enroll;
        bool enrolled;
    } cases[] = {{"auto", true}, {"park", false}, {"reject", false}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct crowd c;
        crowd_open(&c, cases[i].enroll);
        assert_int_equal(who(&c, "zoe") != REP_NONE, cases[i].enrolled);
        assert_int_equal(who(&c, "zoe") != REP_NONE, cases[i].enrolled); /* asked again, the same */
        assert_int_equal(people_find(c.people, view_of("zoe")) != REP_NONE, cases[i].enrolled);
        assert_false(people_configured(c.people, view_of("zoe")));
        assert_true(people_configured(c.people, view_of("crm:1")));
        assert_true(who(&c, "cyd") != REP_NONE);
        crowd_close(&c);
    }
}

static void test_teams_zones_roles_hours(void **state) {
    static const struct {
        const char *subject, *team, *role, *zone;
        bool configured, demos;
        double monday, wednesday;
    } cases[] = {
        {"crm:1", "north", "sdr", "Asia/Tokyo", true, false, 1, 1},
        {"bob", "south", "ae", "America/New_York", true, true, .5, 0},
        {"cyd", "default", "default", "Europe/Amsterdam", true, false, 1, 1},
        {"zoe", "default", "default", "Europe/Amsterdam", false, false, 1, 1},
    };
    struct crowd c;
    (void)state;
    crowd_open(&c, "auto");
    for (int i = 0; i < 4; i++) {
        const struct zone *early = people_zone(c.people, view_of(cases[i].subject)); /* before the rep is met */
        const struct rep *rep = rep_of(&c, cases[i].subject);
        uint32_t number = who(&c, cases[i].subject);
        assert_true(view_equal(people_team(c.people, rep->team)->name, view_of(cases[i].team)));
        assert_string_equal(people_role(c.people, rep->role), cases[i].role);
        assert_string_equal(rep->calendar.zone->name, cases[i].zone);
        assert_ptr_equal(rep->calendar.zone, early);
        assert_ptr_equal(people_zone(c.people, view_of(cases[i].subject)), early);
        assert_int_equal(rep->configured, cases[i].configured);
        assert_true(people_hours(c.people, number, 20577) == cases[i].monday);
        assert_true(people_hours(c.people, number, 20579) == cases[i].wednesday);
        assert_true(people_hours(c.people, number, 20582) == 0); /* Saturday */
        assert_true(people_role_in(c.people, rep->role, &c.config->indicators[0]));
        assert_int_equal(people_role_in(c.people, rep->role, &c.config->indicators[1]), cases[i].demos);
    }
    assert_int_equal(people_teams(c.people), 3);
    assert_true(view_equal(people_team(c.people, 0)->manager, view_of("m")));
    crowd_close(&c);
}

static void test_many_strangers_keep_their_names(void **state) {
    struct crowd c;
    char name[16];
    (void)state;
    crowd_open(&c, "auto");
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "rep%d", i);
        assert_int_equal(who(&c, name), i);
    }
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "rep%d", i);
        assert_true(view_equal(people_rep(c.people, (uint32_t)i)->name, view_of(name)));
    }
    crowd_close(&c);
}

static void test_a_missing_zone_is_told(void **state) {
    struct crowd c = {.kv = kv_mem_create(), .config = fixture_config("people: {reps: {ann: {tz: Europe/Paris}}}\n"
                                                                       "indicators: {calls: {count: sales.activity.call}}\n")};
    (void)state;
    assert_int_equal(dict_open(c.kv, NULL, &c.dict), 0);
    assert_int_equal(people_create(c.config, c.dict, fixture_zone, NULL, &c.people), -EINVAL);
    assert_null(c.people);
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_aliases_meet_in_any_order),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_teams_zones_roles_hours),
        cmocka_unit_test(test_many_strangers_keep_their_names),
        cmocka_unit_test(test_a_missing_zone_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
