/* Holiday files as a config names them: found, read for each level, and told about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_file.h"
#include "holidays.h"
#include "pace/error.h"
#include "temp_dir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CALLS "indicators: {calls: {count: sales.activity.call}}\n"
#define DAY_OFF(text) "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:" text "\nEND:VEVENT\nEND:VCALENDAR\n"

static struct temp_dir dir;

static void write_file(const char *name, const char *text) {
    char path[TEMP_PATH_SIZE];
    FILE *file = fopen(temp_dir_file(&dir, name, path), "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What is told, in lines, with the folder's name left out; the config, if it is good. */
static int read_config(const char *yaml, char *told, size_t size, struct config **ret_config) {
    char path[TEMP_PATH_SIZE], *text = NULL;
    size_t len = 0, used = 0;
    struct schema_report report = {0};
    write_file("paced.yaml", yaml);
    int error =
        config_read(temp_dir_file(&dir, "paced.yaml", path), &report, ret_config, &text, &len);
    told[0] = '\0';
    for (int i = 0; i < report.n_errors && used < size; i++) {
        const struct schema_error *entry = &report.errors[i];
        char *folder = strstr(report.errors[i].text, dir.path);
        if (folder)
            memmove(folder, folder + strlen(dir.path) + 1,
                    strlen(folder + strlen(dir.path) + 1) + 1);
        used +=
            (size_t)snprintf(told + used, size - used, "%s%d:%d: %s%s", i ? "\n" : "", entry->line,
                             entry->col, entry->warning ? "warning: " : "", entry->text);
    }
    assert_int_equal(schema_report_has_errors(&report), error == PACE_ECONFIG);
    if (!error)
        assert_string_equal(text, yaml);
    free(text);
    schema_report_clear(&report);
    return error;
}

static int open_dir(void **state) {
    (void)state;
    temp_dir_make(&dir);
    char path[TEMP_PATH_SIZE];
    write_file("nl.ics", DAY_OFF("20260427"));
    write_file("be.ics", DAY_OFF("20260721"));
    write_file("utc.ics", DAY_OFF("20260704T040000Z\nDURATION:P1D"));
    write_file("none.ics", "BEGIN:VCALENDAR\nEND:VCALENDAR\n");
    write_file("bad.ics", DAY_OFF("x"));
    return mkdir(temp_dir_file(&dir, "folder.ics", path), 0700) ||
           mkfifo(temp_dir_file(&dir, "pipe.ics", path), 0600);
}

static int close_dir(void **state) {
    (void)state;
    char path[TEMP_PATH_SIZE];
    rmdir(temp_dir_file(&dir, "folder.ics", path));
    temp_dir_empty(&dir);
    return rmdir(dir.path);
}

static void check_days(const struct config_holidays *holidays, const char *expected) {
    char text[400] = "", day[DAY_TEXT_SIZE];
    for (int i = 0; i < holidays->n_days; i++) {
        strcat(text, i ? " " : "");
        strcat(text, day_format(holidays->days[i], day));
    }
    assert_string_equal(text, expected);
}

static void test_levels(void **state) {
    (void)state;
    char told[2000];
    struct config *config = NULL;
    int error = read_config(CALLS "organisation: {holidays: [nl.ics, 2026-01-01]}\n"
                                  "people:\n"
                                  "  teams:\n"
                                  "    be: {holidays: be.ics, tz: Europe/Brussels}\n"
                                  "    us: {holidays: utc.ics, tz: America/New_York}\n"
                                  "  reps:\n"
                                  "    a: {team: us, holidays: [nl.ics, 2026-01-01]}\n"
                                  "    b: {team: us, holidays: [utc.ics, be.ics]}\n"
                                  "    c: {team: be, holidays: [utc.ics, be.ics]}\n",
                            told, sizeof told, &config);
    /* four in the morning in London and five in Brussels is midnight in New York */
    assert_string_equal(
        told, "10:30: warning: people.reps.c.holidays: utc.ics:2: this event doesn't take all of "
              "09:00-17:00 on 2026-07-05, which stays a working day");
    assert_int_equal(error, 0);
    check_days(config->organisation.holidays, "2026-01-01 2026-04-27");
    check_days(config->people.teams[0].holidays, "2026-07-21");
    check_days(config->people.teams[1].holidays, "2026-07-04");
    check_days(config->people.reps[0].holidays, "2026-01-01 2026-04-27");
    check_days(config->people.reps[1].holidays, "2026-07-04 2026-07-21");
    check_days(config->people.reps[2].holidays, "2026-07-04 2026-07-21");
    config_destroy(&config);
}

/* The file's content is part of what a config is, its name in the file isn't enough. */
static void test_digest(void **state) {
    (void)state;
    char told[2000];
    struct config *configs[3] = {NULL};
    const char *const days[] = {"20260427", "20260428", "20260427"};
    for (int i = 0; i < 3; i++) {
        char ics[200];
        snprintf(ics, sizeof ics, DAY_OFF("%s"), days[i]);
        write_file("changing.ics", ics);
        assert_int_equal(read_config(CALLS "organisation: {holidays: changing.ics}\n", told,
                                     sizeof told, &configs[i]),
                         0);
    }
    assert_true(configs[0]->holidays_digest != configs[1]->holidays_digest);
    assert_true(configs[0]->holidays_digest == configs[2]->holidays_digest);
    for (int i = 0; i < 3; i++)
        config_destroy(&configs[i]);
}

static void test_told(void **state) {
    (void)state;
    static const struct {
        const char *list, *told;
        int error;
    } rows[] = {
        {"[none.ics]",
         "2:27: warning: organisation.holidays: none.ics has no holiday from 1990 to 2100, so it "
         "changes nothing; is it the right file?",
         0},
        {"[missing.ics, bad.ics, nl.ics, folder.ics, pipe.ics]",
         "2:27: organisation.holidays: the file missing.ics can't be read: there is no such file, "
         "directory or entry\n"
         "2:40: organisation.holidays: bad.ics:3: DTSTART \"x\" is not a day or time; write e.g. "
         "DTSTART;VALUE=DATE:20261225\n"
         "2:57: organisation.holidays: the file folder.ics can't be read: it is a directory\n"
         "2:69: organisation.holidays: the file pipe.ics can't be read: it is not a regular file",
         PACE_ECONFIG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[300], told[2000];
        struct config *config = NULL;
        snprintf(yaml, sizeof yaml, CALLS "organisation: {holidays: %s}\n", rows[i].list);
        assert_int_equal(read_config(yaml, told, sizeof told, &config), rows[i].error);
        assert_string_equal(told, rows[i].told);
        config_destroy(&config);
    }
}

/* A file with more problems than anybody reads. */
static void test_many_problems(void **state) {
    (void)state;
    char ics[4000] = "BEGIN:VCALENDAR\n", told[8000];
    struct config *config = NULL;
    for (int i = 0; i < 40; i++)
        strcat(ics, "BEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\n");
    strcat(ics, "END:VCALENDAR\n");
    write_file("many.ics", ics);
    assert_int_equal(
        read_config(CALLS "organisation: {holidays: many.ics}\n", told, sizeof told, &config),
        PACE_ECONFIG);
    assert_non_null(strstr(told, "many.ics:3: "));
    assert_non_null(strstr(told, "many.ics:27: "));
    assert_null(strstr(told, "many.ics:30: "));
    assert_non_null(strstr(told, "many.ics: and 31 more problems"));
}

static void test_limits(void **state) {
    (void)state;
    static char yaml[400 * HOLIDAYS_LISTS_MAX], told[2000];
    struct config *config = NULL;
    size_t len = (size_t)sprintf(yaml, CALLS "people:\n  reps:\n");
    for (int i = 0; i < 3 * HOLIDAYS_LISTS_MAX; i++) /* each list three times */
        len += (size_t)sprintf(yaml + len,
                               "    r%d: {holidays: [nl.ics, 20%02d-01-01, 1990-01-%02d]}\n", i,
                               10 + i / 3 % 16, 1 + i / 48 % 16);
    assert_int_equal(read_config(yaml, told, sizeof told, &config), 0);
    assert_string_equal(told, "");
    assert_ptr_equal(config_holidays_of(config, NULL, &config->people.reps[0])->days,
                     config_holidays_of(config, NULL, &config->people.reps[1])->days);
    config_destroy(&config);
    sprintf(yaml + len, "    x: {holidays: [nl.ics, 2050-01-01]}\n");
    assert_int_equal(read_config(yaml, told, sizeof told, &config), PACE_ECONFIG);
    assert_string_equal(told, "772:20: people.reps.x.holidays: there are more than 256 different "
                              "lists of holidays with files; give teams the lists, not reps");
    char *many = malloc(CONFIG_HOLIDAYS_MAX * 16 + 200);
    assert_non_null(many);
    len = (size_t)sprintf(many, CALLS "organisation: {holidays: [nl.ics");
    for (int i = 0; i < CONFIG_HOLIDAYS_MAX - 1; i++) {
        char day[DAY_TEXT_SIZE];
        len += (size_t)sprintf(many + len, ", %s", day_format(i, day));
    }
    sprintf(many + len, "]}\n");
    assert_int_equal(read_config(many, told, sizeof told, &config), 0);
    config_destroy(&config);
    write_file("nl.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260427\nRDATE:20260428\n"
                         "END:VEVENT\nEND:VCALENDAR\n");
    assert_int_equal(read_config(many, told, sizeof told, &config), PACE_ECONFIG);
    assert_string_equal(
        told, "2:27: organisation.holidays: with nl.ics the list has more than 10000 days");
    free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels), cmocka_unit_test(test_digest),
        cmocka_unit_test(test_told),   cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("holidays", tests, open_dir, close_dir);
}
