/* The table of keys: what it says about a config, what it makes of one, and what it prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace/error.h"
#include "schema_number.h"
#include "yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define CALLS "indicators: {calls: {count: sales.activity.call}}\n"

/* ---- helpers ---- */

struct text {
    char *at;
    size_t len;
};

static void put(void *arg, const char *piece) {
    struct text *text = arg;
    size_t len = strlen(piece);
    text->at = realloc(text->at, text->len + len + 1);
    assert_non_null(text->at);
    memcpy(text->at + text->len, piece, len + 1);
    text->len += len;
}

static bool zone_known(void *arg, const char *name) {
    (void)arg;
    return strcmp(name, "UTC") == 0 || strcmp(name, "Europe/Amsterdam") == 0 ||
           strcmp(name, "Europe/Lisbon") == 0;
}

static int read_len(const char *yaml, size_t len, struct schema_report *report,
                    struct config **ret_config) {
    return yaml_read_text(yaml, len, zone_known, NULL, report, ret_config);
}

/* All entries as lines "line:col: text", warnings with "warning: " before the text. */
static char *told(const struct schema_report *report) {
    struct text text = {0};
    put(&text, "");
    for (int i = 0; i < report->n_errors; i++) {
        char place[64];
        const struct schema_error *entry = &report->errors[i];
        snprintf(place, sizeof place, "%s%d:%d: %s", i ? "\n" : "", entry->line, entry->col,
                 entry->warning ? "warning: " : "");
        put(&text, place);
        put(&text, entry->text);
    }
    return text.at;
}

/* A config that must be good; warnings are let through. */
static struct config *read_good(const char *yaml) {
    struct schema_report report = {0};
    struct config *config = NULL;
    if (read_len(yaml, strlen(yaml), &report, &config)) {
        char *lines = told(&report);
        print_error("%s\n%s\n", yaml, lines);
        free(lines);
    }
    schema_report_clear(&report);
    assert_non_null(config);
    return config;
}

static char *print_of(const struct config *config) {
    struct text text = {0};
    schema_print_config(config, put, &text);
    return text.at;
}

/* ---- what is told ---- */

struct telling {
    const char *yaml;
    const char *expected; /* entries as told() writes them; "" for none */
};

static void check_tellings(const struct telling *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct schema_report report = {0};
        struct config *config = NULL;
        int error = read_len(rows[i].yaml, strlen(rows[i].yaml), &report, &config);
        char *lines = told(&report);
        if (strcmp(lines, rows[i].expected) != 0)
            print_error("---\n%s\n--- told\n%s\n--- expected\n%s\n", rows[i].yaml, lines,
                        rows[i].expected);
        assert_string_equal(lines, rows[i].expected);
        bool bad = report.n_errors > report.n_warnings;
        assert_int_equal(error, bad ? PACE_ECONFIG : 0);
        assert_int_equal(config != NULL, !bad);
        free(lines);
        schema_report_clear(&report);
        config_destroy(&config);
        assert_null(config);
    }
}

static void test_values(void **state) {
    (void)state;
    static const struct telling rows[] = {
        {CALLS, ""},
        {CALLS "store: {map_size: tenGB}",
         "2:19: store.map_size: \"tenGB\" is not a size; write e.g. 512MiB (16MiB to 1TiB, default "
         "4GiB)"},
        {CALLS "store: {map_size: 15MiB}", "2:19: store.map_size: \"15MiB\" is too small; write "
                                           "e.g. 512MiB (16MiB to 1TiB, default 4GiB)"},
        {CALLS "store: {map_size: 2TiB}", "2:19: store.map_size: \"2TiB\" is too large; write e.g. "
                                          "512MiB (16MiB to 1TiB, default 4GiB)"},
        {CALLS "store: {map_size: 9999999999TiB}",
         "2:19: store.map_size: \"9999999999TiB\" is too large; write e.g. 512MiB (16MiB to 1TiB, "
         "default 4GiB)"},
        {CALLS "store: {map_size: 16MiB, keep_days: 30}", ""},
        {CALLS "store: {map_size: 4 GiB}",
         "2:19: store.map_size: \"4 GiB\" is not a size; write e.g. 512MiB (16MiB to 1TiB, default "
         "4GiB)"},
        {CALLS "store:\n  map_size:\n",
         "3:12: store.map_size: an empty value is not a size; write e.g. 512MiB (16MiB to 1TiB, "
         "default 4GiB)"},
        {CALLS "budget: {per_week: \"2\"}",
         "2:20: budget.per_week: \"2\" is a text because of its quotes, not an integer; write e.g. "
         "2 (0 to 1000, default 2)"},
        {CALLS "budget: {per_week: 02}", "2:20: budget.per_week: \"02\" is not an integer; write "
                                         "e.g. 2 (0 to 1000, default 2)"},
        {CALLS "budget: {per_week: [2]}", "2:20: budget.per_week: a list is not an integer; write "
                                          "e.g. 2 (0 to 1000, default 2)"},
        {CALLS "detection: {arl0_days: 1,5}",
         "2:24: detection.arl0_days: \"1\" is too small; write e.g. 250 (20 to 100000, default "
         "500)\n2:26: detection: unknown key \"5\"; it is one of arl0_days, good_news_arl0_days, "
         "off_target_below or close_after"},
        {CALLS "detection: {arl0_days: 25.12345}",
         "2:24: detection.arl0_days: \"25.12345\" is not a number of at most 4 decimals; write "
         "e.g. 250 (20 to 100000, default 500)"},
        {CALLS "detection: {close_after: 6}",
         "2:26: detection.close_after: \"6\" is not a duration; write e.g. 15m (0s to 30d, default "
         "6h)"},
        {CALLS "detection: {close_after: 0s}", ""},
        {CALLS "quarantine: {keep_body: yes}",
         "2:25: quarantine.keep_body: \"yes\" is not true or false; write e.g. false (default "
         "false)"},
        {CALLS "quarantine: {keep_body: \"true\"}",
         "2:25: quarantine.keep_body: \"true\" is not true or false; write e.g. false (default "
         "false)"},
        {CALLS "people: {enroll: rejct}",
         "2:18: people.enroll: \"rejct\" is not one of auto, park or reject (default auto); did "
         "you mean \"reject\"?"},
        {CALLS "loop: {hold: no}", "2:14: loop.hold: \"no\" is not one of auto, always or never (default auto)"},
        {CALLS "organisation: {tz: Europe/Amsterdm}",
         "2:20: organisation.tz: \"Europe/Amsterdm\" is not a time zone of this system; write e.g. "
         "Europe/Amsterdam (default UTC)"},
        {CALLS "organisation: {currency: eur}",
         "2:26: organisation.currency: \"eur\" is not a currency of three capitals; write e.g. EUR "
         "(default EUR)"},
        {CALLS "people: {mode: team_only}",
         "2:16: warning: people.mode: is accepted, but this version raises the same warnings about "
         "single reps in every mode"},
        {CALLS "detection: [500]", "2:12: detection: a list is not a map of keys"},
        {CALLS "people: {reps: 3}", "2:16: people.reps: \"3\" is not a map from names to keys"},
        {CALLS "people: {reps: , teams: ~}\nstore: null\nbudget:", ""},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_keys(void **state) {
    (void)state;
    static const struct telling rows[] = {
        {"indicatorz: {}\n", "1:1: unknown key \"indicatorz\"; did you mean \"indicators\"?"},
        {CALLS "xyzzy: 1\n", "2:1: unknown key \"xyzzy\"; it is one of organisation, people, indicators, detection, budget, "
                              "loop, store, alerts, ingest, quarantine, sockets or keys"},
        {CALLS "store: {mapsize: 1GiB, kepe_days: 3}",
         "2:9: store: unknown key \"mapsize\"; did you mean \"map_size\"?\n"
         "2:24: store: unknown key \"kepe_days\"; did you mean \"keep_days\"?"},
        {CALLS "store: {keep_days: 40}\nbudget: {per_week: 1}\nstore: {keep_days: 50}\n",
         "4:1: store: is given twice; the first is in line 2"},
        {CALLS "store:\n  keep_days: 40\n  map_size: 1GiB\n  keep_days: 50\n",
         "5:3: store.keep_days: is given twice; the first is in line 3"},
        {CALLS "people: {reps: {a: {role: x}, b: {}, a: {role: y}}}",
         "2:38: people.reps.a: is given twice; the first is in line 2"},
        {"indicators:\n  a: {count: x.y, where: {z: 1, z: 2}}\n",
         "2:33: indicators.a.where.z: is given twice; the first is in line 2"},
        {"{}", "1:1: warning: indicators: there is none, so nothing is watched; write e.g. calls: "
               "{count: sales.activity.call}"},
        {"- a\n", "1:1: a list is not a map of keys"},
        {"just a text", "1:1: \"just a text\" is not a map of keys"},
        {"", "1:1: the file is empty; a config has at least indicators, e.g. indicators: {calls: "
             "{count: sales.activity.call}}"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_people(void **state) {
    (void)state;
    static const struct telling rows[] = {
        {CALLS "people:\n  reps:\n    a: {aliases: [\"h:1\"]}\n    b: {aliases: h:1}\n",
         "5:18: people.reps.b.aliases: \"h:1\" is an alias of rep \"a\" already (line 4); a "
         "subject "
         "belongs to one rep"},
        {CALLS "people:\n  reps:\n    b: {}\n    a: {aliases: [b]}\n",
         "5:19: people.reps.a.aliases: \"b\" is the name of rep \"b\" already (line 4); a subject "
         "belongs to one rep"},
        {CALLS "people:\n  reps:\n    a: {aliases: [b]}\n    b: {}\n",
         "5:5: people.reps.b: \"b\" is an alias of rep \"a\" already (line 4); a subject belongs "
         "to "
         "one rep"},
        {CALLS "people: {reps: {a: {aliases: [x, x]}}}",
         "2:34: people.reps.a.aliases: \"x\" stands here twice; the first is in line 2"},
        {CALLS "people: {reps: {a: {aliases: [a]}}}", ""},
        {CALLS "people: {teams: {north: {}, south: {}}, reps: {a: {team: nroth}}}",
         "2:58: people.reps.a.team: \"nroth\" is not one of teams; did you mean \"north\"?"},
        {CALLS "people: {teams: {north: {}}, reps: {a: {team: default}, b: {}}}", ""},
        {CALLS "people: {reps: {a: {team: anywhere}}}", ""},
        {CALLS "people: {managers: {a: {manager: b}, b: {manager: c}, c: {manager: a}}}",
         "2:34: people.managers.a.manager: \"a\" → \"b\" → \"c\" → \"a\" is a circle: everybody is "
         "under their own manager"},
        {CALLS
         "people:\n  managers:\n    z: {manager: y}\n    y: {manager: x}\n    x: {manager: y}\n"
         "    s: {manager: s, deputy: s}\n    t: {manager: nobody_here}\n",
         "5:18: people.managers.y.manager: \"y\" → \"x\" → \"y\" is a circle: everybody is under "
         "their own manager\n"
         "7:18: people.managers.s.manager: \"s\" → \"s\" is a circle: everybody is under their own "
         "manager\n"
         "7:29: people.managers.s.deputy: nobody can be their own deputy"},
        {CALLS "people: {reps: {\"a\\nb\": {}, \"\": {}, \"tab\\there\": {}, \"nel\\u0085\": {}}}",
         "2:17: people.reps: \"a b\" is not a name; write e.g. a.devries (1 to 256 bytes without "
         "control characters)\n"
         "2:29: people.reps: \"\" is not a name; write e.g. a.devries (1 to 256 bytes without "
         "control characters)\n"
         "2:37: people.reps: \"tab here\" is not a name; write e.g. a.devries (1 to 256 bytes "
         "without control characters)\n"
         "2:54: people.reps: \"nel  \" is not a name; write e.g. a.devries (1 to 256 bytes without "
         "control characters)"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_working_time(void **state) {
    (void)state;
#define REP(text) CALLS "people: {reps: {a: " text "}}"
    static const struct telling rows[] = {
        {CALLS "organisation: {holidays: [nl.ics, 2026-12-24, ../x/be.ics]}", ""},
        {CALLS "organisation: {holidays: 2026-12-24}", ""},
        {CALLS "people: {teams: {n: {holidays: []}}}", ""},
        {CALLS "organisation: {holidays: [24-12-2026, nl.txt, {a: b}, 2026-02-29, .ics]}",
         "2:27: organisation.holidays: \"24-12-2026\" is neither a day, as in 2026-12-24, nor a "
         "file .ics; write e.g. [holidays/nl.ics, 2026-12-24]\n"
         "2:39: organisation.holidays: \"nl.txt\" is neither a day, as in 2026-12-24, nor a "
         "file .ics; write e.g. [holidays/nl.ics, 2026-12-24]\n"
         "2:47: organisation.holidays: a map is neither a day, as in 2026-12-24, nor a "
         "file .ics; write e.g. [holidays/nl.ics, 2026-12-24]\n"
         "2:55: organisation.holidays: \"2026-02-29\" is neither a day, as in 2026-12-24, nor a "
         "file .ics; write e.g. [holidays/nl.ics, 2026-12-24]\n"
         "2:67: organisation.holidays: \".ics\" is neither a day, as in 2026-12-24, nor a "
         "file .ics; write e.g. [holidays/nl.ics, 2026-12-24]"},
        {REP("{workweek: {mon: \"09:00-17:00\"}, workweek_odd: {}}"), ""},
        {REP("{workweek: {}, workweek_odd: {mon: \"09:00-17:00\"}}"), ""},
        {REP("{workweek_odd: {}}"), ""},
        {REP("{workweek: {}}"), "2:31: people.reps.a.workweek: this week has no working time; "
                                "write e.g. {mon-fri: \"09:00-17:00\"}"},
        {REP("{workweek: {mon: []}, workweek_odd: {}}"),
         "2:31: people.reps.a.workweek: neither this week nor workweek_odd has working time; "
         "write e.g. {mon-fri: \"09:00-17:00\"}"},
        {REP("{workweek: {mon: 9-17}}"),
         "2:37: people.reps.a.workweek: \"9-17\" is not a stretch of hours; write e.g. "
         "\"09:00-17:00\""},
        {REP("{joined: 2026-03-01, left: 2026-03-02}"), ""},
        {REP("{left: 2026-03-01}"), ""},
        {REP("{joined: 1 March}"),
         "2:29: people.reps.a.joined: \"1 March\" is not a day; write e.g. 2026-03-01"},
        {REP("{joined: 2026-03-01, left: 2026-03-01}"),
         "2:47: people.reps.a.left: isn't after joined (line 2); left is the first day on which "
         "the rep no longer works here"},
        {CALLS "people: {roles: {sdr: {ramp: [0.25, 0.5, 1]}}}", ""},
        {CALLS "people: {roles: {sdr: {}}}",
         "2:23: people.roles.sdr: key ramp is missing; write e.g. [0.25, 0.5, 0.75]"},
        {CALLS "people: {roles: {sdr: {ramp: [0, 1.5, 0.00001, 25%]}}}",
         "2:31: people.roles.sdr.ramp: \"0\" is not a share; write e.g. 0.25 (above 0, to 1, at "
         "most 4 decimals)\n"
         "2:34: people.roles.sdr.ramp: \"1.5\" is not a share; write e.g. 0.25 (above 0, to 1, at "
         "most 4 decimals)\n"
         "2:39: people.roles.sdr.ramp: \"0.00001\" is not a share; write e.g. 0.25 (above 0, to "
         "1, at most 4 decimals)\n"
         "2:48: people.roles.sdr.ramp: \"25%\" is not a share; write e.g. 0.25 (above 0, to 1, at "
         "most 4 decimals)"},
        {CALLS "people: {roles: {sdr: {ramp: 0.5}}}",
         "2:30: people.roles.sdr.ramp: \"0.5\" is not a list of 1 to 60 shares; write e.g. [0.25, "
         "0.5, 0.75]"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_rates(void **state) {
    (void)state;
#define RATES(text) CALLS "organisation: {rates: " text "}"
    static const struct telling rows[] = {
        {RATES("{USD: {2026-01-01: 0.92, 2026-07-01: 0.9}, GBP: {2026-01-01: 1.15}}"), ""},
        {RATES("{}"), ""},
        {RATES("{USD: 0.92}"), "2:29: organisation.rates: \"0.92\" is not a map from days to "
                               "rates; write e.g. {2026-01-01: 0.92}"},
        {RATES("{USD: {}}"), "2:29: organisation.rates: an empty map is not a map from days to "
                             "rates; write e.g. {2026-01-01: 0.92}"},
        {RATES("{usd: {2026-01-01: 1}}"),
         "2:24: organisation.rates: \"usd\" is not a currency of three capitals; write e.g. USD"},
        {RATES("{EUR: {2026-01-01: 1}}"), "2:24: organisation.rates: EUR is the organisation's "
                                          "own currency, which needs no rate"},
        {RATES("{USD: {2026: 1, 2026-01-01: -1, 2026-01-02: 0.0000000001, 2026-01-03: \"1\"}}"),
         "2:30: organisation.rates.USD: \"2026\" is not a day; write e.g. 2026-01-01: 0.92\n"
         "2:51: organisation.rates.USD: \"-1\" is not a rate; write e.g. 0.92 (above 0, at most 9 "
         "decimals, to 1000000)\n"
         "2:67: organisation.rates.USD: \"0.0000000001\" is not a rate; write e.g. 0.92 (above "
         "0, at most 9 decimals, to 1000000)\n"
         "2:93: organisation.rates.USD: \"1\" is not a rate; write e.g. 0.92 (above "
         "0, at most 9 decimals, to 1000000)"},
        {RATES("{USD: {2026-01-01: 1, 2026-01-01: 2}}"),
         "2:45: organisation.rates.USD.2026-01-01: is given twice; the first is in line 2"},
        {RATES("[USD]"), "2:23: organisation.rates: a list is not a map from currencies to dated "
                         "rates; write e.g. {USD: {2026-01-01: 0.92, 2026-07-01: 0.9}}"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_indicators(void **state) {
    (void)state;
    static const struct telling rows[] = {
        {"indicators: {Calls: {count: a.b}}",
         "1:14: indicators: \"Calls\" is not a name; write e.g. calls (a to z, 0 to 9 and _, at "
         "most 64)"},
        {"indicators:\n  a: {label: x}\n", "2:3: indicators.a: has no kind; write e.g. count: "
                                           "sales.activity.call (count, sum, ratio, "
                                           "latency, level, score, adherence or promises)"},
        {"indicators:\n  a:\n", "2:3: indicators.a: has no kind; write e.g. count: "
                                "sales.activity.call (count, sum, ratio, "
                                "latency, level, score, adherence or promises)"},
        {"indicators:\n  a: {level: {of: open_amount}, count: b.c}\n",
         "2:33: indicators.a: has two kinds, level and count; an indicator has one"},
        {"indicators: {a: {count: \"sales.*.call\"}}",
         "1:25: indicators.a.count: \"sales.*.call\" is not a type of event; write e.g. "
         "sales.activity.call"},
        {"indicators: {a: {sum: {of: b.c}}}",
         "1:23: indicators.a.sum: key member is missing; write e.g. amount"},
        {"indicators: {a: {ratio: {trials: b.c, success: {of: d.e}}}}",
         "1:18: indicators.a.ratio: has a success of another type, so it needs key and within; "
         "write e.g. key: opportunity, within: 14d"},
        {"indicators: {a: {ratio: {trials: b.c, success: {of: d.e}, within: 14d}}}",
         "1:18: indicators.a.ratio: has within but no key; write e.g. key: opportunity"},
        {"indicators: {a: {ratio: {trials: b.c, success: {}}}}",
         "1:18: indicators.a.ratio: says nothing about success; write e.g. success: {where: "
         "{outcome: connected}}"},
        {"indicators: {a: {latency: {trigger: b.c, answer: d.e, key: lead, within: 2y}}}",
         "1:74: indicators.a.latency.within: \"2y\" is not a duration; write e.g. 1h (1s to 400d)"},
        {"indicators: {a: {adherence: {stage: x, steps: [b.c, 3]}}}",
         ""},
        {"indicators:\n  a: {count: b.c, guard: r}\n  b: {count: b.c, guard: a}\n",
         "2:26: indicators.a.guard: \"r\" is not a ratio indicator of this config\n"
         "3:26: indicators.b.guard: \"a\" is not of kind ratio, as a guard must be"},
        {"indicators: {a: {count: sales.activity.call, where: {directoin: x}}}",
         "1:54: warning: indicators.a.where: sales.activity.call events have no member "
         "\"directoin\", so nothing matches; did you mean \"direction\"?"},
        {"indicators: {a: {sum: {of: sales.opportunity.created, member: amuont}}}",
         "1:63: warning: indicators.a.sum.member: sales.opportunity.created events have no member "
         "\"amuont\", so nothing matches; did you mean \"amount\"?"},
        {"indicators: {a: {latency: {trigger: sales.lead.assigned, answer: \"sales.activity.*\", key: leed, "
         "within: 1h}}}",
         "1:91: warning: indicators.a.latency.key: sales.lead.assigned events have no member \"leed\", so "
         "nothing matches; did you mean \"lead\"?"},
        {"indicators: {a: {sum: {of: our.own, member: amuont}}}", ""},
        {"indicators: {a: {count: our.own, where: {anything: [x, 3, true], b: []}}}",
         "1:69: indicators.a.where: \"b\" has an empty list of values, so nothing would match"},
        {"indicators: {a: {count: b.c, roles: sdrr}}\npeople: {reps: {x: {role: sdr}}}",
         "1:37: warning: indicators.a.roles: no rep of this config has role \"sdrr\"; did you mean "
         "\"sdr\"?"},
        {"indicators: {a: {count: b.c, credit: owner, filters: {distinct: contact/day}}}", ""},
        {"indicators: {a: {count: b.c, credit: subject, filters: {distinct: none}}}", ""},
        {"indicators: {a: {count: b.c, guard: none}}", ""},
        {"indicators: {a: {count: b.c, trials_where: {x: y}}}",
         "1:44: warning: indicators.a.trials_where: is passed over: indicators of kind count don't ask for it; write where"},
        {"indicators: {a: {latency: {trigger: b.c, answer: d.e, key: lead, within: 1h}, trials_where: {x: y}}}", ""},
        {"indicators: {a: {level: {of: open_amout}}}",
         "1:30: indicators.a.level.of: \"open_amout\" is not one of open_amount, coverage, "
         "no_next_step, days_in_stage, push_count or contacts_per_deal; did you mean "
         "\"open_amount\"?"},
        {"indicators: {a: {level: {of: push_count}}}",
         "1:18: warning: indicators.a: has no direction, so more counts as better; write e.g. "
         "direction: down"},
        {"indicators: {a: {target: 40, ratio: {trials: b.c, success: {where: {x: y}}}}}",
         "1:18: warning: indicators.a.target: is more than the 1 that there can be, so nothing is measured by it; write e.g. 0.4 for 40 %"},
        {"indicators: {a: {ratio: {trials: b.c, success: {where: {x: y}}, settle: horizon}}}",
         "1:18: indicators.a.ratio: settles at the horizon but has none; write e.g. key: "
         "opportunity, within: 14d"},
        {"indicators: {a: {count: b.c, roles: sdr}}\npeople: {reps: {x: {role: ae}}, roles: {sdr: "
         "{ramp: [0.5]}}}",
         ""},
        {"indicators:\n  a: {adherence: {stage: s, steps: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, "
         "p]}}\n"
         "  b: {adherence: {stage: t, steps: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]}}\n",
         "1:1: indicators: the steps of all adherences and the conditions (where) of all levels and "
         "adherences must be at most 31 each"},
        {"indicators:\n  a: {count: x}\n  b: {count: x}\n  c: {count: x}\n  d: {count: x}\n"
         "  e: {count: x}\n  f: {count: x}\n  g: {count: x, roles: [ae]}\n",
         ""},
        {"indicators:\n  a: {count: x}\n  b: {count: x}\n  c: {count: x}\n  d: {count: x}\n"
         "  e: {count: x}\n  f: {count: x}\n  g: {count: x, roles: [ae]}\n  h: {count: x, roles: "
         "[ae, sdr]}\n",
         "1:1: warning: indicators: role \"ae\" has 8 of them; more than 7 are too many to act on: "
         "keep the few that predict results"},
        {"indicators:\n  a: {count: x}\n  b: {count: x}\n  c: {count: x}\n  d: {count: x}\n"
         "  e: {count: x}\n  f: {count: x}\n  g: {count: x}\n  h: {count: x}\n",
         "1:1: warning: indicators: every role has 8 of them; more than 7 are too many to act on: "
         "keep the few that predict results"},
    };
    check_tellings(rows, COUNT(rows));
}

/* A name or a value that no event has: nothing would be counted, for ever and without a word. */
static void test_members(void **state) {
    (void)state;
#define IND(text) "indicators: {a: {" text "}}"
#define DEMOS(success, rest) IND("ratio: {trials: sales.activity.demo, success: {" success "}" rest "}")
#define LEADS(rest) IND("latency: {trigger: sales.lead.assigned, answer: " rest)
    static const struct telling rows[] = {
        {IND("count: sales.activity.call, where: {direction: [inbound, outbond]}"),
         "1:75: warning: indicators.a.where.direction: \"outbond\" counts only what is sent as that; did you mean outbound?"},
        {IND("count: sales.activity.call, where: {direction: [inbound, outbound], outcome: voicemail, automatic: true}"), ""},
        {IND("count: sales.activity.call, where: {automatic: yes}"),
         "1:65: warning: indicators.a.where.automatic: \"yes\" is not true or false, so nothing matches"},
        {IND("count: sales.activity.call, where: {duration_s: [30, 1.5, long]}"),
         "1:76: warning: indicators.a.where.duration_s: \"long\" is not a number of at most 4 decimals, so nothing matches"},
        {IND("count: sales.commitment.made, where: {by: managre}"),
         "1:60: warning: indicators.a.where.by: \"managre\" is not one of its words in paced-events(7), so nothing matches"},
        {IND("sum: {of: sales.opportunity.created, member: stage}"),
         "1:63: warning: indicators.a.sum.member: \"stage\" is not a number, so nothing is added up; write e.g. amount or "
         "duration_s"},
        {DEMOS("where: {outcome: helt}", ""),
         "1:82: warning: indicators.a.ratio.success.where.outcome: \"helt\" counts only what is sent as that; did you mean held?"},
        {DEMOS("of: sales.opportunity.won, where: {stge: x}", ", key: opportunity, within: 14d"),
         "1:100: warning: indicators.a.ratio.success.where: sales.opportunity.won events have no member \"stge\", so nothing "
         "matches; did you mean \"stage\"?"},
        {DEMOS("of: sales.training.completed", ", key: opportunity, within: 14d"),
         "1:101: warning: indicators.a.ratio.key: sales.training.completed events have no member \"opportunity\", so nothing "
         "matches"},
        {DEMOS("of: sales.activity.proposal", ", key: oportunity, within: 14d"),
         "1:100: warning: indicators.a.ratio.key: sales.activity.demo events have no member \"oportunity\", so nothing "
         "matches; did you mean \"opportunity\"?"},
        {IND("ratio: {trials: sales.activity.call, success: {where: {outcome: held}}}, trials_where: {durection: outbound}"),
         "1:106: warning: indicators.a.trials_where: sales.activity.call events have no member \"durection\", so nothing "
         "matches; did you mean \"direction\"?"},
        {LEADS("sales.opportunity.created, key: lead, within: 1h}"),
         "1:98: warning: indicators.a.latency.key: sales.opportunity.created events have no member \"lead\", so nothing matches"},
        {IND("level: {of: open_amount}, where: {stag: x}"),
         "1:52: warning: indicators.a.where: sales.opportunity.changed events have no member \"stag\", so nothing matches; did "
         "you mean \"stage\"?"},
        {IND("count: sales.lead.assigned, filters: {distinct: contact/day, min_duration_s: 3}"),
         "1:66: warning: indicators.a.filters.distinct: sales.lead.assigned events have no contact, so each of them counts\n"
         "1:95: warning: indicators.a.filters.min_duration_s: sales.lead.assigned events have no duration_s, so none is long "
         "enough"},
        {LEADS("\"sales.activity.*\", key: lead, within: 1h}, filters: {min_duration_s: 20}"), ""},
        {IND("count: our.own, where: {direction: outbond, anything: [x]}, filters: {distinct: lead/day, min_duration_s: 3}"), ""},
    };
    check_tellings(rows, COUNT(rows));
}

/* What a kind doesn't ask for, and what doesn't fit together. */
static void test_combinations(void **state) {
    (void)state;
    static const struct telling rows[] = {
        {IND("promises: {by: rep}, where: {x: y}, credit: each, filters: {min_duration_s: 3}"),
         "1:46: warning: indicators.a.where: is passed over: indicators of kind promises don't ask for it\n"
         "1:62: warning: indicators.a.credit: is passed over: indicators of kind promises don't ask for it\n"
         "1:94: warning: indicators.a.filters.min_duration_s: is passed over: indicators of kind promises don't ask for it"},
        {IND("level: {of: open_amount}, filters: {distinct: contact/day}"),
         "1:64: warning: indicators.a.filters.distinct: is passed over: indicators of kind level don't ask for it"},
        {DEMOS("of: sales.opportunity.won", ", key: opportunity, within: 14d}, filters: {distinct: contact/day"),
         "1:145: warning: indicators.a.filters.distinct: is passed over: indicators of kind ratio with a key don't ask for it"},
        {DEMOS("of: sales.opportunity.won", ", key: opportunity, within: 14"),
         "1:119: indicators.a.ratio.within: \"14\" is not a duration; write e.g. 14d (1m to 400d)"},
        {DEMOS("of: sales.opportunity.won", ", key: Deal, within: 14d"),
         "1:98: indicators.a.ratio.key: \"Deal\" is not a word of a to z, 0 to 9 and _; write e.g. opportunity"},
        {IND("adherence: {stage: discovery, steps: []}"),
         "1:55: indicators.a.adherence.steps: an empty list is not enough; write e.g. [sales.activity.call, sales.activity.demo]"},
        {IND("sum: {of: sales.activity.call, member: duration_s, currency: USD}"),
         "1:79: warning: indicators.a.sum.currency: is passed over: duration_s is no amount of money"},
        {IND("sum: {of: sales.opportunity.won, member: amount, currency: USD}"),
         "1:77: warning: indicators.a.sum.currency: USD has no rate in organisation.rates, so amounts in any other currency, or "
         "without one, are left out"},
        {IND("sum: {of: sales.opportunity.won, member: amount, currency: USD}") "\norganisation: {currency: USD}", ""},
        {IND("sum: {of: sales.opportunity.won, member: amount, currency: USD}") "\norganisation: {rates: {USD: {2026-01-01: 1}}}",
         ""},
        {LEADS("\"sales.activity.*\", key: lead, within: 30d}") "\nstore: {keep_days: 30}",
         "1:105: warning: indicators.a.latency.within: is as long as store.keep_days (30), so what follows late is refused; "
         "write less, or keep more"},
        {CALLS "store: {map_size: 8GiB, map_max: 1GiB}",
         "2:34: warning: store.map_max: is below store.map_size, so the file doesn't grow by itself; write more, or leave it out"},
        {CALLS "store: {map_max: 4GiB}", ""},
        {CALLS "sockets: {control: []}",
         "2:20: sockets.control: an empty list is not enough; write e.g. ipc://{runtime}/control.sock (default "
         "ipc://{runtime}/control.sock)"},
        {CALLS "sockets: {ingest: [], alerts: []}",
         "2:19: warning: sockets.ingest: is empty, and so is sockets.subscribe: no event can be sent"},
        {CALLS "sockets: {ingest: [], subscribe: \"tcp://127.0.0.1:7712\"}", ""},
    };
    check_tellings(rows, COUNT(rows));
}

#define NO_TYPE                                                                                    \
    " is not one of the documented types of events, and counts only what is sent as that"

/* A connector may have types of its own; one that looks like a slip of the pen is told. */
static void test_types_of_events(void **state) {
    (void)state;
    static const struct telling rows[] = {
        {"indicators: {a: {count: sales.activity.call}}", ""},
        {"indicators: {a: {count: sales.activity.site_visit}}", ""},
        {"indicators: {a: {count: \"sales.activity.*\"}}", ""},
        {"indicators: {a: {count: \"sales.*\"}}", ""},
        {"indicators: {a: {count: \"*\"}}", ""},
        {"indicators: {a: {count: crm.ticket.closed}}", ""},
        {"indicators: {a: {count: sales.activity.cal}}",
         "1:25: warning: indicators.a.count: \"sales.activity.cal\" counts only what is sent as "
         "that; "
         "did you mean sales.activity.call?"},
        {"indicators: {a: {count: sales.activity.Call}}",
         "1:25: warning: indicators.a.count: \"sales.activity.Call\"" NO_TYPE "; did you mean \"sales.activity.call\"?"},
        {"indicators: {a: {count: sales.activity.emial}}",
         "1:25: warning: indicators.a.count: \"sales.activity.emial\" counts only what is sent as "
         "that; "
         "did you mean sales.activity.email?"},
        {"indicators: {a: {count: sales.activty.demo}}",
         "1:25: warning: indicators.a.count: \"sales.activty.demo\"" NO_TYPE
         "; did you mean \"sales.activity.demo\"?"},
        {"indicators: {a: {count: sales.opportunity.one}}",
         "1:25: warning: indicators.a.count: \"sales.opportunity.one\"" NO_TYPE
         "; did you mean \"sales.opportunity.won\"?"},
        {"indicators: {a: {count: sale.lead.assigned}}",
         "1:25: warning: indicators.a.count: \"sale.lead.assigned\"" NO_TYPE
         "; did you mean \"sales.lead.assigned\"?"},
        {"indicators: {a: {count: \"sales.activties.*\"}}",
         "1:25: warning: indicators.a.count: \"sales.activties.*\"" NO_TYPE
         "; did you mean \"sales.activity.*\"?"},
        {"indicators: {a: {ratio: {trials: sales.activity.demo, success: {of: "
         "sales.activity.proposals}, "
         "key: opportunity, within: 14d}}}",
         "1:69: warning: indicators.a.ratio.success.of: \"sales.activity.proposals\" counts only "
         "what "
         "is sent as that; did you mean sales.activity.proposal?"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_weeks(void **state) {
    (void)state;
#define WEEK(text) CALLS "organisation: {workweek: " text "}"
    static const struct telling rows[] = {
        {WEEK("{mon-fri: \"09:00-12:00\", sat: [\"13:00-17:00\", \"09:00-12:00\"], sun: []}"), ""},
        {WEEK("{sun-thu: 00:00-24:00}"), ""},
        {WEEK("{mon-fri: \"09:00-17:00\", tue: \"09:00-17:00\"}"),
         "2:51: organisation.workweek: \"tue\" sets tue again; \"mon-fri\" in line 2 did already"},
        {WEEK("{mo-fri: \"09:00-17:00\"}"), "2:27: organisation.workweek: \"mo-fri\" is not a day "
                                            "or a range of days; write e.g. sat or "
                                            "mon-fri"},
        {WEEK("{monday: \"09:00-17:00\"}"), "2:27: organisation.workweek: \"monday\" is not a day "
                                            "or a range of days; write e.g. sat or "
                                            "mon-fri"},
        {WEEK("{mon: 9-17}"), "2:32: organisation.workweek: \"9-17\" is not a stretch of hours; "
                              "write e.g. \"09:00-17:00\""},
        {WEEK("{mon: \"09:00-24:01\"}"), "2:32: organisation.workweek: \"09:00-24:01\" is not a "
                                         "stretch of hours; write e.g. \"09:00-17:00\""},
        {WEEK("{mon: \"09:60-17:00\"}"), "2:32: organisation.workweek: \"09:60-17:00\" is not a "
                                         "stretch of hours; write e.g. \"09:00-17:00\""},
        {WEEK("{mon: \"09:00-09:00\"}"),
         "2:32: organisation.workweek: \"09:00-09:00\" ends before it begins; write a night as two "
         "stretches, up to 24:00 and from 00:00"},
        {WEEK("{mon: [\"09:00-12:00\", \"11:59-13:00\"]}"),
         "2:48: organisation.workweek: \"11:59-13:00\" overlaps another stretch of the same day"},
        {WEEK("{mon: [\"10:00-12:00\", \"09:00-17:00\"]}"),
         "2:48: organisation.workweek: \"09:00-17:00\" overlaps another stretch of the same day"},
        {WEEK("{mon: [\"01:00-02:00\", \"03:00-04:00\", \"05:00-06:00\", \"07:00-08:00\", "
              "\"09:00-10:00\", \"11:00-12:00\", \"13:00-14:00\"]}"),
         "2:123: organisation.workweek: \"13:00-14:00\" is one too many; a day has at most 6"},
        {WEEK("{}"), "2:26: organisation.workweek: this week has no working time; write e.g. "
                     "{mon-fri: \"09:00-17:00\"}"},
        {WEEK("mon-fri"), "2:26: organisation.workweek: \"mon-fri\" is not a map from days to "
                          "hours; write e.g. {mon-fri: \"09:00-17:00\"} (default {mon-fri: "
                          "\"09:00-17:00\"})"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_endpoints(void **state) {
    (void)state;
#define INGEST(text) CALLS "sockets: {ingest: " text "}"
#define CURVE                                                                                      \
    "is off loopback, where only keys get in, and none of keys: may connect to it; give one the "  \
    "right, or use 127.0.0.1 or ipc: paced-protocol(7)"
    static const struct telling rows[] = {
        {INGEST("[\"tcp://127.0.0.1:7711\", \"tcp://[::1]:65535\", \"tcp://localhost:1\", "
                "\"ipc:///run/x.sock\", \"ipc://{runtime}/a/b.sock\"]"),
         ""},
        {INGEST("tcp://0.0.0.0:7711"), "2:19: sockets.ingest: \"tcp://0.0.0.0:7711\" " CURVE},
        {INGEST("\"tcp://*:7711\""), "2:19: sockets.ingest: \"tcp://*:7711\" " CURVE},
        {INGEST("tcp://127.0.0.1.example.com:7711"),
         "2:19: sockets.ingest: \"tcp://127.0.0.1.example.com:7711\" " CURVE},
        {INGEST("tcp://127.0.0.256:1"), "2:19: sockets.ingest: \"tcp://127.0.0.256:1\" " CURVE},
        {INGEST("tcp://127.1:1"), "2:19: sockets.ingest: \"tcp://127.1:1\" " CURVE},
        {INGEST("tcp://127.0.0.1"),
         "2:19: sockets.ingest: \"tcp://127.0.0.1\" needs a host and a port from 1 to 65535"},
        {INGEST("tcp://127.0.0.1:65536"),
         "2:19: sockets.ingest: \"tcp://127.0.0.1:65536\" needs a host and a port from 1 to 65535"},
        {INGEST("tcp://127.0.0.1:0"),
         "2:19: sockets.ingest: \"tcp://127.0.0.1:0\" needs a host and a port from 1 to 65535"},
        {INGEST("\"ipc://x.sock\""), "2:19: sockets.ingest: \"ipc://x.sock\" needs a path that "
                                     "begins with / or {runtime}/"},
        {INGEST("\"ipc://@x\""), "2:19: sockets.ingest: \"ipc://@x\" needs a path that begins with "
                                 "/ or {runtime}/"},
        {INGEST("\"ipc://{runtime}/{state}\""), "2:19: sockets.ingest: \"ipc://{runtime}/{state}\" "
                                                "has a placeholder other than {runtime}"},
        {INGEST("inproc://x"),
         "2:19: sockets.ingest: \"inproc://x\" is not an endpoint: it begins with neither ipc:// "
         "nor "
         "tcp://; write e.g. tcp://127.0.0.1:7711 (default ipc://{runtime}/ingest.sock)"},
        {INGEST("\"ipc:///"
                "1234567890123456789012345678901234567890123456789012345678901234567890123456789012"
                "34567890123456789012345678\""),
         "2:19: sockets.ingest: \"ipc:///"
         "12345678901234567890123456789012345678901234567890123456789…\" has a path of more than "
         "107 "
         "bytes, which sockets can't have"},
        {INGEST("\"ipc://{runtime}/alerts.sock\""),
         "2:19: sockets.ingest: \"ipc://{runtime}/alerts.sock\" is bound by sockets.alerts "
         "already"},
        {CALLS "sockets: {subscribe: \"tcp://127.0.0.1:7712\"}", ""},
        {CALLS "sockets: {subscribe: \"tcp://*:7712\"}",
         "2:22: sockets.subscribe: \"tcp://*:7712\" " CURVE},
        {CALLS "sockets: {subscribe: \"ipc://{runtime}/ingest.sock\"}",
         "2:22: sockets.subscribe: \"ipc://{runtime}/ingest.sock\" is bound by sockets.ingest "
         "already"},
        {CALLS "sockets:\n  control: tcp://127.0.0.1:7\n  alerts: tcp://127.0.0.1:7\n",
         "4:11: sockets.alerts: \"tcp://127.0.0.1:7\" is bound by sockets.control already"},
    };
    check_tellings(rows, COUNT(rows));
}

static void test_access(void **state) {
    (void)state;
#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define NO_KEY                                                                                     \
    " is not a public key of 40 characters, as pacectl key prints it; write e.g. \"" KEY "\""
#define KEYS(text) CALLS "keys:\n  crm: {key: \"" KEY "\", " text "}\n"
#define TEAMS "people: {teams: {north: {}, south: {}}}\n"
#define LISTENS(socket) "sockets: {" socket ": \"tcp://*:7711\"}\n"
    static const struct telling rows[] = {
        {KEYS("sources: [/crm, \"/dialer/*\"]") LISTENS("ingest"), ""},
        {KEYS("sources: /crm") LISTENS("subscribe"), ""},
        {KEYS("alerts: true") LISTENS("alerts"), ""},
        {KEYS("control: ask") LISTENS("control"), ""},
        {KEYS("sources: /crm") LISTENS("alerts"), "4:19: sockets.alerts: \"tcp://*:7711\" " CURVE},
        {KEYS("alerts: true, control: none") LISTENS("control"),
         "4:20: sockets.control: \"tcp://*:7711\" " CURVE},
        {TEAMS KEYS("control: ask, teams: [north]") LISTENS("control"), ""},
        {KEYS("control: ask, teams: north"), ""},
        {TEAMS KEYS("control: ask, teams: [north, sout]"),
         "4:87: keys.crm.teams: \"sout\" is not one of teams; did you mean \"south\"?"},
        {TEAMS KEYS("control: ask, teams: []"),
         "4:79: keys.crm.teams: an empty list is not enough; write e.g. [north]"},
        {TEAMS KEYS("alerts: true, teams: [north]"),
         "4:3: keys.crm: has teams and alerts: a subscription is to the warnings of all teams; "
         "control: ask lets it ask for its own"},
        {TEAMS KEYS("control: order, teams: [north]"),
         "4:3: keys.crm: has teams and control: order: orders are about the whole store; control: "
         "ask goes with teams"},
        {KEYS("alerts: false"),
         "3:3: warning: keys.crm: may do nothing: give it sources, alerts or control"},
        {CALLS "keys: {crm: {alerts: true}}\n",
         "2:13: keys.crm: key key is missing; write e.g. \"" KEY "\""},
        {CALLS "keys: {crm: {key: short, alerts: true}}\n", "2:19: keys.crm.key: \"short\"" NO_KEY},
        {CALLS "keys: {crm: {key: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf~\", alerts: true}}\n",
         "2:19: keys.crm.key: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf~\"" NO_KEY},
        {KEYS("alerts: true") "  board: {control: ask, key: \"" KEY "\"}\n",
         "4:30: keys.board.key: is the key of \"crm\" already (line 3); each has one of its own"},
    };
    check_tellings(rows, COUNT(rows));
}

/* The skeleton of INTERFACES.md, section 4, as it stands there. */
static const char skeleton[] =
    "organisation: {tz: Europe/Amsterdam, workweek: {mon-fri: \"09:00-17:00\"}, holidays: "
    "[holidays/nl.ics], currency: EUR}\n"
    "people:\n"
    "  mode: rep_first         # team_only | rep_first | manager\n"
    "  enroll: auto            # auto | park | reject\n"
    "  managers: {m.jansen: {manager: k.bos, deputy: p.smit}}\n"
    "  teams:    {north: {manager: m.jansen, tz: Europe/Amsterdam}}\n"
    "  reps:     {a.devries: {team: north, role: sdr, aliases: [\"hubspot:51377\", "
    "\"a.devries@example.com\"]}}\n"
    "indicators:\n"
    "  calls:            {label: \"calls\", count: sales.activity.call, where: {direction: "
    "outbound}, guard: connect_rate}\n"
    "  pipeline_created: {sum: {of: sales.opportunity.created, member: amount, currency: EUR}}\n"
    "  connect_rate:     {ratio: {trials: sales.activity.call, success: {where: {outcome: "
    "connected}}}}\n"
    "  demo_to_proposal: {ratio: {trials: sales.activity.demo, success: {of: "
    "sales.activity.proposal}, key: opportunity, within: 14d}}\n"
    "  speed_to_lead:    {latency: {trigger: sales.lead.assigned, answer: \"sales.activity.*\", "
    "key: lead, within: 1h}}\n"
    "  open_pipeline:    {level: {of: open_amount}}\n"
    "  discovery:        {score: {skill: discovery}}\n"
    "detection: {arl0_days: 500, close_after: 6h}\n"
    "budget:    {per_week: 2}\n"
    "store:     {map_size: 4GiB, keep_days: 800, dedup_memory: 256MiB}\n"
    "alerts:    {fresh_days: 10}\n";

static void test_skeleton(void **state) {
    (void)state;
    static const struct telling row = {skeleton, ""};
    check_tellings(&row, 1);
}

/* ---- what is made of it ---- */

static void test_defaults(void **state) {
    (void)state;
    struct config *config = read_good(CALLS);
    assert_string_equal(config->organisation.tz, "UTC");
    assert_string_equal(config->organisation.currency, "EUR");
    for (int day = 0; day < 7; day++) {
        const struct workday *workday = &config->organisation.workweek.days[day];
        assert_int_equal(workday->minutes, day < 5 ? 480 : 0);
        assert_int_equal(workday->start_min, day < 5 ? 540 : 0);
        assert_int_equal(workday->end_min, day < 5 ? 1020 : 0);
    }
    assert_int_equal(config->people.mode, MODE_REP_FIRST);
    assert_int_equal(config->people.enroll, ENROLL_AUTO);
    assert_int_equal(config->people.n_reps + config->people.n_teams + config->people.n_managers, 0);
    assert_true(config->detection.arl0_days == 500);
    assert_int_equal(config->detection.close_after_us, INT64_C(21600000000));
    assert_int_equal(config->budget.per_week, 2);
    assert_int_equal(config->store.map_size_bytes, UINT64_C(4) << 30);
    assert_int_equal(config->store.keep_days, 800);
    assert_int_equal(config->store.scrub_days, 7);
    assert_int_equal(config->store.dedup_memory_bytes, UINT64_C(256) << 20);
    assert_int_equal(config->alerts.fresh_days, 10);
    assert_int_equal(config->ingest.max_ahead_us, 0);
    assert_int_equal(config->ingest.credit_events, 65536);
    assert_false(config->quarantine.keep_body);
    assert_int_equal(config->quarantine.keep_notes, 10000);
    assert_int_equal(config->sockets.n_ingest, 1);
    assert_string_equal(config->sockets.ingest[0], "ipc://{runtime}/ingest.sock");
    assert_string_equal(config->sockets.alerts[0], "ipc://{runtime}/alerts.sock");
    assert_int_equal(config->sockets.n_subscribe + config->organisation.n_currencies, 0);
    assert_string_equal(config->sockets.control[0], "ipc://{runtime}/control.sock");
    const struct config_indicator *calls = &config->indicators[0];
    assert_int_equal(config->n_indicators, 1);
    assert_int_equal(calls->kind, KIND_COUNT);
    assert_int_equal(calls->direction, DIRECTION_UP);
    assert_string_equal(calls->label, "calls");
    assert_int_equal(calls->n_where + calls->n_roles, 0);
    assert_null(calls->guard);
    assert_false(calls->count_automatic);
    config_destroy(&config);
}

static void test_people_made(void **state) {
    (void)state;
    struct config *config =
        read_good(CALLS "organisation: {workweek: {sun-tue: [\"13:00-17:30\", \"08:00-12:00\"]}}\n"
                        "people:\n"
                        "  teams: {zuid: {tz: Europe/Lisbon}, noord: }\n"
                        "  reps:\n"
                        "    zoë: {team: zuid, role: ae, aliases: [\"x 1\", zoë, \"y: 2\"]}\n"
                        "    bo: {workweek: {wed: \"09:00-12:00\"}, tz: Europe/Lisbon}\n"
                        "    Bo:\n");
    const struct workday *sunday = &config->organisation.workweek.days[6];
    assert_int_equal(sunday->start_min, 480);
    assert_int_equal(sunday->end_min, 1050);
    assert_int_equal(sunday->minutes, 510);
    assert_int_equal(config->organisation.workweek.days[1].minutes, 510);
    assert_int_equal(config->organisation.workweek.days[2].minutes, 0);
    assert_int_equal(config->people.n_teams, 2);
    assert_string_equal(config->people.teams[0].name, "noord");
    assert_null(config->people.teams[0].tz);
    assert_string_equal(config->people.teams[1].tz, "Europe/Lisbon");
    assert_int_equal(config->people.n_reps, 3);
    const struct config_rep *capital = &config->people.reps[0], *small = &config->people.reps[1],
                            *zoe = &config->people.reps[2];
    assert_string_equal(capital->name, "Bo");
    assert_string_equal(capital->team, "default");
    assert_string_equal(capital->role, "default");
    assert_false(capital->has_workweek);
    assert_true(small->has_workweek);
    assert_int_equal(small->workweek.days[2].minutes, 180);
    assert_int_equal(small->workweek.days[0].minutes, 0);
    assert_string_equal(zoe->name, "zoë");
    assert_int_equal(zoe->n_aliases, 2);
    assert_string_equal(zoe->aliases[0], "x 1");
    assert_string_equal(zoe->aliases[1], "y: 2");
    config_destroy(&config);
}

static void test_indicators_made(void **state) {
    (void)state;
    struct config *config =
        read_good("indicators:\n"
                  "  meetings_held: {count: sales.activity.meeting, where: {outcome: [held, done], "
                  "duration_s: 030, automatic: false}, roles: [ae, sdr], target: 1.25,\n"
                  "                  direction: down, filters: {min_duration_s: 7.5, automatic: "
                  "true}}\n"
                  "  a_first: {ratio: {trials: b.c, success: {of: d.e}, key: lead, within: 90m, "
                  "success_by: same_rep}}\n");
    const struct config_indicator *held = &config->indicators[0], *ratio = &config->indicators[1];
    assert_string_equal(held->name, "meetings_held"); /* the file's order */
    assert_string_equal(held->label, "meetings held");
    assert_int_equal(held->line, 2);
    assert_int_equal(held->n_where, 3);
    assert_string_equal(held->where[0].member, "outcome");
    assert_int_equal(held->where[0].n_values, 2);
    assert_string_equal(held->where[0].values[1], "done");
    assert_string_equal(held->where[1].values[0], "030"); /* as it was written */
    assert_string_equal(held->where[2].values[0], "false");
    assert_int_equal(held->n_roles, 2);
    assert_true(held->target == 1.25);
    assert_int_equal(held->direction, DIRECTION_DOWN);
    assert_int_equal(held->min_duration, 75000);
    assert_true(held->count_automatic);
    assert_int_equal(ratio->kind, KIND_RATIO);
    assert_string_equal(ratio->of, "b.c");
    assert_string_equal(ratio->then, "d.e");
    assert_string_equal(ratio->key, "lead");
    assert_int_equal(ratio->within_us, INT64_C(5400000000));
    assert_int_equal(ratio->success_by, SUCCESS_BY_SAME_REP);
    config_destroy(&config);
}

static void test_working_time_made(void **state) {
    (void)state;
    struct config *config =
        read_good(CALLS "organisation: {holidays: [2026-12-25, nl.ics, 2026-05-05, 2026-12-25]}\n"
                        "people:\n"
                        "  roles: {sdr: {ramp: [0.25, 0.5, 1]}, ae: {ramp: [0.0001]}}\n"
                        "  teams: {be: {holidays: [2026-07-21]}, none: {holidays: []}, nl: }\n"
                        "  reps:\n"
                        "    a: {joined: 2026-03-01, left: 2026-12-01, workweek_odd: {}}\n"
                        "    b: {holidays: 2026-01-01}\n");
    const struct config_team *be = &config->people.teams[0], *nl = &config->people.teams[1],
                             *none = &config->people.teams[2];
    const struct config_rep *a = &config->people.reps[0], *b = &config->people.reps[1];
    const struct config_holidays *all = config->organisation.holidays;
    assert_int_equal(all->n_sources, 4);
    assert_string_equal(all->sources[1], "nl.ics");
    assert_int_equal(all->places[1].col, 39);
    assert_int_equal(all->n_days, 2);
    assert_int_equal(all->days[0], day_from_civil(2026, 5, 5));
    assert_int_equal(all->days[1], day_from_civil(2026, 12, 25));
    assert_ptr_equal(config_holidays_of(config, NULL, NULL), all);
    assert_ptr_equal(config_holidays_of(config, nl, a), all);
    assert_ptr_equal(config_holidays_of(config, be, a), be->holidays);
    assert_int_equal(config_holidays_of(config, none, a)->n_days, 0);
    assert_int_equal(config_holidays_of(config, be, b)->days[0], day_from_civil(2026, 1, 1));
    assert_int_equal(a->joined, day_from_civil(2026, 3, 1));
    assert_int_equal(a->left, day_from_civil(2026, 12, 1));
    assert_int_equal(b->joined, DAY_NONE);
    assert_int_equal(b->left, DAY_NONE);
    assert_true(a->has_workweek_odd && !a->has_workweek && !b->has_workweek_odd);
    assert_int_equal(a->workweek_odd.days[0].minutes, 0);
    const struct config_role *sdr = config_role_find(config, "sdr");
    assert_int_equal(sdr->n_ramp, 3);
    assert_int_equal(sdr->ramp[0], 2500);
    assert_int_equal(sdr->ramp[2], 10000);
    assert_int_equal(config_role_find(config, "ae")->ramp[0], 1);
    assert_null(config_role_find(config, "am"));
    config_destroy(&config);
    config = read_good(CALLS);
    assert_null(config->organisation.holidays);
    assert_int_equal(config_holidays_of(config, NULL, NULL)->n_days, 0);
    config_destroy(&config);
}

/* The digest is of the days alone, level by level. */
static void test_holidays_digest(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"", "", true},
        {"organisation: {holidays: [x.ics, 2026-12-25]}", "organisation: {holidays: 2026-12-25}",
         true},
        {"organisation: {holidays: 2026-12-25}", "organisation: {holidays: 2026-12-26}", false},
        {"organisation: {holidays: 2026-12-25}", "people: {reps: {a: {holidays: 2026-12-25}}}",
         false},
        {"people: {teams: {a: {holidays: []}}}", "people: {teams: {a: }}", false},
        {"people: {teams: {a: {holidays: 2026-12-25}, b: }}",
         "people: {teams: {a: , b: {holidays: 2026-12-25}}}", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t digests[2];
        for (int j = 0; j < 2; j++) {
            char yaml[300];
            snprintf(yaml, sizeof yaml, "%s%s\n", CALLS, j ? rows[i].b : rows[i].a);
            struct config *config = read_good(yaml);
            digests[j] = config->holidays_digest;
            config_destroy(&config);
        }
        assert_int_equal(digests[0] == digests[1], rows[i].same);
    }
}

static void test_holidays_added(void **state) {
    (void)state;
    static pace_day many[CONFIG_HOLIDAYS_MAX + 1];
    struct config *config = read_good(CALLS "organisation: {holidays: [x.ics, 1970-01-02]}");
    struct config_holidays *holidays = config->organisation.holidays;
    const pace_day days[] = {4, 1, -9, 4};
    uint64_t before = config->holidays_digest;
    assert_int_equal(config_holidays_add(config, holidays, days, COUNT(days)), 0);
    config_digest_holidays(config);
    assert_int_equal(holidays->n_days, 3);
    assert_int_equal(holidays->days[0], -9);
    assert_int_equal(holidays->days[1], 1);
    assert_int_equal(holidays->days[2], 4);
    assert_true(config->holidays_digest != before);
    for (int i = 0; i < (int)COUNT(many); i++)
        many[i] = i;
    assert_int_equal(config_holidays_add(config, holidays, many, COUNT(many)), PACE_ELIMIT);
    assert_int_equal(config_holidays_add(config, holidays, many, CONFIG_HOLIDAYS_MAX), PACE_ELIMIT);
    assert_int_equal(holidays->n_days, 3);
    assert_int_equal(config_holidays_add(config, holidays, many, CONFIG_HOLIDAYS_MAX - 1), 0);
    assert_int_equal(holidays->n_days, CONFIG_HOLIDAYS_MAX);
    config_destroy(&config);
}

static void test_money(void **state) {
    (void)state;
    struct config *config = read_good(
        CALLS "organisation: {rates: {USD: {2026-07-01: 0.9, 2026-01-01: 0.92}, JPY: {2026-01-01: "
              "0.006123457}, XXX: {2026-01-01: 1000000}, YYY: {2026-01-01: 0.000000001}}}");
    static const struct {
        const char *from, *to, *day;
        int64_t amount;
        int error;
        int64_t converted;
    } rows[] = {
        {"EUR", "EUR", "2026-01-01", 12345, 0, 12345},
        {"EUR", NULL, "1999-01-01", 12345, 0, 12345},
        {"USD", "USD", "1999-01-01", 12345, 0, 12345}, /* needs no rate */
        {"USD", "EUR", "2025-12-31", 10000, -ENOENT, 0},
        {"USD", "EUR", "2026-01-01", 10000, 0, 9200},
        {"USD", "", "2026-06-30", 10000, 0, 9200},
        {"USD", "EUR", "2026-07-01", 10000, 0, 9000},
        {"USD", "EUR", "2099-07-01", 1, 0, 0},
        {"USD", "EUR", "2099-07-01", -11, 0, -9},
        {NULL, "USD", "2026-07-01", 9000, 0, 10000},
        {"JPY", "USD", "2026-07-01", 10000000, 0, 68038},
        {"CHF", "EUR", "2026-07-01", 1, -ENOENT, 0},
        {"EUR", "CHF", "2026-07-01", 1, -ENOENT, 0},
        {"eur", "EUR", "2026-07-01", 1, -ENOENT, 0},
        {"XXX", "EUR", "2026-07-01", INT64_C(9000000000000), 0, INT64_C(9000000000000000000)},
        {"XXX", "EUR", "2026-07-01", INT64_C(9300000000000), -ERANGE, 0},
        {"XXX", "YYY", "2026-07-01", INT64_MIN, -ERANGE, 0},
        {"YYY", "XXX", "2026-07-01", INT64_MAX, 0, 9223},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t converted = 4711;
        pace_day day;
        assert_int_equal(day_parse(view_of(rows[i].day), &day), 0);
        int error = config_convert(config, rows[i].amount, view_of(rows[i].from),
                                   view_of(rows[i].to), day, &converted);
        if (error != rows[i].error || converted != (error ? 4711 : rows[i].converted))
            fail_msg("row %zu: %d, %lld", i, error, (long long)converted);
    }
    int64_t rate = 0;
    assert_int_equal(config_rate(config, view_of("JPY"), 30000, &rate), 0);
    assert_int_equal(rate, 6123457);
    assert_int_equal(config_rate(config, view_of("EUR"), 0, &rate), 0);
    assert_int_equal(rate, CONFIG_RATE_UNIT);
    assert_int_equal(config_rate(config, view_of(""), 0, &rate), -ENOENT);
    config_destroy(&config);
}

/* ---- what is printed ---- */

static void check_printed_again(const char *yaml) {
    struct config *config = read_good(yaml);
    char *once = print_of(config);
    struct config *again = read_good(once);
    char *twice = print_of(again);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    config_destroy(&config);
    config_destroy(&again);
}

static void test_print_again(void **state) {
    (void)state;
    check_printed_again(CALLS);
    check_printed_again("{}");
    check_printed_again(skeleton);
    check_printed_again(
        CALLS
        "organisation: {workweek: {mon: [\"00:00-12:00\", \"12:00-13:30\", \"23:00-24:00\"]}}\n"
        "people: {reps: {\"null\": {role: \"true\", aliases: [\"on\", \"1\", \"a\\\"b\\\\c\", "
        "\"#x\", "
        "\" y \", \"- z\", \"{\", \"&a\", \"*a\", \"!t\", \"%\", \"@\", \"`\", \"'\", \"~\", \"a: "
        "b\", "
        "\"é\\u20AC\\U0001F600\"]}, \"No\": {workweek: {sat: \"09:00-10:00\"}}}}\n"
        "detection: {arl0_days: 333.3333, close_after: 61s}\n"
        "ingest: {max_ahead: 36h}\nstore: {map_size: 1048577KiB}\n");
    check_printed_again(
        CALLS "organisation: {holidays: [2026-12-24, \"a b/nl.ics\"], rates: {USD: {2026-07-01: "
              "0.900000000, 2026-01-01: 123456.000000001}, GBP: {2026-01-01: 1}}}\n"
              "people: {roles: {sdr: {ramp: [0.25, 1, 0.0001]}}, teams: {n: {holidays: []}}, reps: "
              "{a: {holidays: x.ics, joined: 2026-01-02, left: 2027-01-01, workweek: {}, "
              "workweek_odd: {mon: \"08:00-09:00\"}}}}\n"
              "sockets: {subscribe: tcp://127.0.0.1:7712}\n");
    check_printed_again("indicators: {a: {level: {of: push_count}, direction: down}, b: {ratio: "
                        "{trials: x.y, success: {of: z}, key: k, within: 3d, settle: horizon}}, c: "
                        "{count: x, guard: none}}");
    check_printed_again(
        "indicators: {a: {count: x.y, where: {n: [1, \"2\", true, \"\\\"\"]}, target: "
        "0.0001}, b: {adherence: {stage: s, steps: [a.b, c.d]}, trials_where: {z: "
        "w}}}");
}

static void test_print_text(void **state) {
    (void)state;
    struct config *config =
        read_good("indicators: {calls: {count: sales.activity.call, target: 12.5}}\n"
                  "people: {reps: {\"on\": {aliases: [\"a\\\"b\"]}}}\n"
                  "organisation: {workweek: {mon-wed: [\"13:00-17:00\", \"09:00-12:00\"], "
                  "sun: \"09:00-17:00\", fri: \"09:00-17:00\", thu: \"09:00-17:00\"}}\n");
    char *text = print_of(config);
    assert_non_null(strstr(text, "    \"on\":\n      team: default\n      role: default\n"
                                 "      aliases: [\"a\\\"b\"]\n"));
    assert_non_null(strstr(text, "  workweek: {mon-wed: [\"09:00-12:00\", \"13:00-17:00\"], "
                                 "thu-fri: \"09:00-17:00\", sun: \"09:00-17:00\"}\n"));
    assert_non_null(strstr(text, "    target: 12.5\n"));
    assert_non_null(strstr(text, "  map_size: 4GiB\n"));
    assert_non_null(strstr(text, "  ingest: [\"ipc://{runtime}/ingest.sock\"]\n"));
    assert_null(strstr(text, "max_ahead")); /* without a default and not given */
    free(text);
    config_destroy(&config);
}

/* ---- numbers ---- */

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        enum schema_type type;
        const char *text;
        int error;
        int64_t value;
        const char *written; /* NULL: as text */
    } rows[] = {
        {TYPE_INT, "0", 0, 0, NULL},
        {TYPE_INT, "-7", 0, -7, NULL},
        {TYPE_INT, "999999999999999999", 0, INT64_C(999999999999999999), NULL},
        {TYPE_INT, "1000000000000000000", -ERANGE, 0, NULL},
        {TYPE_INT, "", -EINVAL, 0, NULL},
        {TYPE_INT, "-", -EINVAL, 0, NULL},
        {TYPE_INT, "+1", -EINVAL, 0, NULL},
        {TYPE_INT, "00", -EINVAL, 0, NULL},
        {TYPE_INT, "0x10", -EINVAL, 0, NULL},
        {TYPE_INT, "1_000", -EINVAL, 0, NULL},
        {TYPE_INT, "1.0", -EINVAL, 0, NULL},
        {TYPE_INT, " 1", -EINVAL, 0, NULL},
        {TYPE_INT, "1\n", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "0.1", 0, 1000, NULL},
        {TYPE_DECIMAL, "12.3400", 0, 123400, "12.34"},
        {TYPE_DECIMAL, "500", 0, 5000000, NULL},
        {TYPE_DECIMAL, ".5", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "5.", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "1,5", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "1e3", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "nan", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "0.00001", -EINVAL, 0, NULL},
        {TYPE_DECIMAL, "999999999999999999", -ERANGE, 0, NULL},
        {TYPE_SIZE, "16MiB", 0, INT64_C(16) << 20, NULL},
        {TYPE_SIZE, "1024KiB", 0, INT64_C(1) << 20, "1MiB"},
        {TYPE_SIZE, "1TiB", 0, INT64_C(1) << 40, NULL},
        {TYPE_SIZE, "8388608TiB", -ERANGE, 0, NULL},
        {TYPE_SIZE, "1GB", -EINVAL, 0, NULL},
        {TYPE_SIZE, "1gib", -EINVAL, 0, NULL},
        {TYPE_SIZE, "1.5GiB", -EINVAL, 0, NULL},
        {TYPE_SIZE, "1", -EINVAL, 0, NULL},
        {TYPE_SIZE, "0KiB", 0, 0, NULL},
        {TYPE_DURATION, "90s", 0, INT64_C(90000000), NULL},
        {TYPE_DURATION, "120s", 0, INT64_C(120000000), "2m"},
        {TYPE_DURATION, "36h", 0, INT64_C(129600000000), NULL},
        {TYPE_DURATION, "14d", 0, 14 * DAY_US, NULL},
        {TYPE_DURATION, "0d", 0, 0, "0s"},
        {TYPE_DURATION, "1w", -EINVAL, 0, NULL},
        {TYPE_DURATION, "h", -EINVAL, 0, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = 4711;
        char written[SCHEMA_NUMBER_SIZE];
        if (schema_number_parse(rows[i].type, rows[i].text, &value) != rows[i].error)
            fail_msg("\"%s\" of type %d", rows[i].text, rows[i].type);
        assert_int_equal(value, rows[i].error ? 4711 : rows[i].value);
        if (!rows[i].error)
            assert_string_equal(schema_number_format(rows[i].type, value, written),
                                rows[i].written ? rows[i].written : rows[i].text);
    }
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* What is written is read as the same value, through the fields of structs too. */
static void test_numbers_random(void **state) {
    (void)state;
    uint64_t seed = 20261121;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 100000; i++) {
        enum schema_type type = TYPE_DECIMAL + next_random(&seed) % 4;
        int64_t unit = type == TYPE_SIZE ? 1024 : type == TYPE_DURATION ? 1000000 : 1;
        int64_t value =
            (int64_t)(next_random(&seed) >> (14 + next_random(&seed) % 50)) / unit * unit;
        int64_t field[1] = {0}, read = -1;
        char text[SCHEMA_NUMBER_SIZE];
        schema_number_store(type, value, field);
        int64_t loaded = schema_number_load(type, field);
        if (type != TYPE_DECIMAL || value < INT64_C(1) << 50)
            assert_int_equal(loaded, value);
        assert_int_equal(schema_number_parse(type, schema_number_format(type, value, text), &read),
                         0);
        assert_int_equal(read, value);
    }
}

/* ---- words ---- */

static void test_distance(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        int limit, distance;
    } rows[] = {
        {"", "", 9, 0},
        {"abc", "abc", 9, 0},
        {"abc", "", 9, 3},
        {"abc", "abd", 9, 1},
        {"abc", "acb", 9, 1},
        {"abc", "xabc", 9, 1},
        {"kitten", "sitting", 9, 3},
        {"ca", "abc", 9, 3},
        {"indicatorz", "indicators", 9, 1},
        {"abcdef", "ghijkl", 3, 4},
        {"abcdefgh", "a", 3, 4},
        {"nroth", "north", 9, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(guess_distance(rows[i].a, rows[i].b, rows[i].limit), rows[i].distance);
        assert_int_equal(guess_distance(rows[i].b, rows[i].a, rows[i].limit), rows[i].distance);
    }
}

static void test_near(void **state) {
    (void)state;
    static const struct {
        const char *word, *candidate;
        bool near;
    } rows[] = {{"max", "max", true},     {"mx", "max", true},        {"ian", "max", false},       {"rap", "rep", true},
                {"help", "rep", false},   {"m.jansn", "m.jansen", true}, {"--foo", "--json", false}, {"kitten", "sitting", true},
                {"x", "", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct guess guess = {.word = rows[i].word};
        guess_add(&guess, rows[i].candidate);
        assert_int_equal(guess_is_near(&guess), rows[i].near);
    }
}

/* ---- the report ---- */

static void test_report_cut(void **state) {
    (void)state;
    struct schema_report report = {0};
    char text[1000];
    for (size_t start = 0; start < 4; start++) { /* each way that é can lie across the end */
        memset(text, 'x', sizeof text);
        for (size_t i = start; i + 2 < sizeof text; i += 2)
            memcpy(text + i, "é", 2);
        text[sizeof text - 1] = '\0';
        schema_report_add(&report, 1, 1, false, "%s\n\x7F", text);
        const char *cut = report.errors[start].text;
        size_t len = strlen(cut);
        assert_true(len < sizeof report.errors->text && len > sizeof report.errors->text - 8);
        assert_string_equal(cut + len - 3, "…");
        const char *before = cut + len - 3 - (cut[len - 4] == 'x' ? 1 : 2);
        assert_true(memcmp(before, "é", 2) == 0 || *before == 'x');
    }
    schema_report_add(&report, 1, 1, false, "two\nlines\xC2\x85");
    assert_string_equal(report.errors[4].text, "two lines  ");
    schema_report_clear(&report);
    assert_null(report.errors);
    assert_int_equal(report.n_errors, 0);
}

static void test_report_order(void **state) {
    (void)state;
    struct schema_report report = {0};
    schema_report_add(&report, 2, 1, true, "d");
    schema_report_add(&report, 1, 9, false, "b");
    schema_report_add(&report, 1, 10, false, "c");
    schema_report_add(&report, 2, 1, true, "d");
    schema_report_add(&report, 1, 2, false, "a");
    schema_report_sort(&report);
    char *lines = told(&report);
    assert_string_equal(lines, "1:2: a\n1:9: b\n1:10: c\n2:1: warning: d");
    assert_int_equal(report.n_warnings, 1);
    assert_true(schema_report_has_errors(&report));
    free(lines);
    schema_report_clear(&report);
}

static void test_report_many(void **state) {
    (void)state;
    struct text yaml = {0};
    for (int i = 0; i < 5000; i++) {
        char line[32];
        snprintf(line, sizeof line, "k%d: 1\n", i);
        put(&yaml, line);
    }
    struct schema_report report = {0};
    struct config *config = NULL;
    assert_int_equal(read_len(yaml.at, yaml.len, &report, &config), PACE_ECONFIG);
    assert_int_equal(report.n_errors, SCHEMA_ERRORS_MAX);
    const struct schema_error *last = &report.errors[SCHEMA_ERRORS_MAX - 1];
    assert_string_equal(last->text, "and 4001 more problems, which aren't listed");
    schema_report_clear(&report);
    free(yaml.at);
}

/* ---- large configs ---- */

static void test_many_reps(void **state) {
    (void)state;
    struct text yaml = {0};
    enum { REPS = 20000 };
    put(&yaml, CALLS "people:\n  reps:\n");
    for (int i = 0; i < REPS; i++) {
        char line[64];
        snprintf(line, sizeof line, "    r%d: {aliases: [\"h:%d\"]}\n", (i * 7919) % REPS, i);
        put(&yaml, line);
    }
    struct config *config = read_good(yaml.at);
    assert_int_equal(config->people.n_reps, REPS);
    for (int i = 1; i < REPS; i++)
        assert_true(strcmp(config->people.reps[i - 1].name, config->people.reps[i].name) < 0);
    config_destroy(&config);
    free(yaml.at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_working_time),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_working_time_made),
        cmocka_unit_test(test_holidays_digest),
        cmocka_unit_test(test_holidays_added),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_indicators), cmocka_unit_test(test_members), cmocka_unit_test(test_combinations),
        cmocka_unit_test(test_types_of_events),
        cmocka_unit_test(test_weeks),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_skeleton),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_people_made),
        cmocka_unit_test(test_indicators_made),
        cmocka_unit_test(test_print_again),
        cmocka_unit_test(test_print_text),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_numbers_random),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_report_cut),
        cmocka_unit_test(test_report_order),
        cmocka_unit_test(test_report_many),
        cmocka_unit_test(test_many_reps),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
