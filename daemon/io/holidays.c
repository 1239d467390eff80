/* holidays.c - see holidays.h. */
#include "holidays.h"

#include "files.h"
#include "ical.h"
#include "pace/error.h"
#include "tzfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOLD_MAX = 10 /* problems of one file */ };

/* A list whose files have been read. */
struct list {
    const struct config_holidays *holidays;
    const struct zone *zone;
};

struct reader {
    struct config *config;
    const char *config_path;
    struct schema_report *report;
    struct zone_table *zones;
    struct list lists[HOLIDAYS_LISTS_MAX];
    int n_lists;
    /* the list that is being read */
    const char *section, *name; /* "people.teams", "north"; name NULL: the organisation's */
    struct config_holidays *holidays;
    const struct zone *zone;
};

/* ---- what is told ---- */

static void __attribute__((format(printf, 4, 5)))
tell(struct reader *reader, int source, bool warning, const char *format, ...) {
    char text[sizeof((struct schema_error *)NULL)->text];
    const struct config_place *place = &reader->holidays->places[source];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    schema_report_add(reader->report, place->line, place->col, warning, "%s%s%s.holidays: %s",
                      reader->section, reader->name ? "." : "", reader->name ? reader->name : "",
                      text);
}

/* A file's own report becomes part of the config's. */
static void pass_on(struct reader *reader, int source, struct schema_report *told) {
    const char *path = reader->holidays->sources[source];
    schema_report_sort(told);
    int n = told->n_errors + told->n_untold, shown = told->n_errors;
    if (n > TOLD_MAX)
        shown = TOLD_MAX - 1;
    for (int i = 0; i < shown; i++)
        tell(reader, source, told->errors[i].warning, "%s:%d: %s", path, told->errors[i].line,
             told->errors[i].text);
    if (n > shown)
        tell(reader, source, !schema_report_has_errors(told), "%s: and %d more problems", path,
             n - shown);
}

/* ---- files ---- */

/* The path from where the program stands (malloc). */
static char *resolve(const char *config_path, const char *source) {
    const char *slash = source[0] == '/' ? NULL : strrchr(config_path, '/');
    size_t folder = slash ? (size_t)(slash - config_path) + 1 : 0;
    char *path = malloc(folder + strlen(source) + 1);
    if (!path)
        return NULL;
    memcpy(path, config_path, folder);
    strcpy(path + folder, source);
    return path;
}

static int read_text(struct reader *reader, int source, char **ret_text, size_t *ret_len) {
    char *path = resolve(reader->config_path, reader->holidays->sources[source]);
    if (!path)
        return -ENOMEM;
    int error = files_read(path, ICAL_MAX_BYTES, ret_text, ret_len);
    if (error && error != -ENOMEM) {
        tell(reader, source, false, "the file %s can't be read: %s", path,
             error == -EINVAL ? "it is not a regular file" : pace_strerror(error));
        error = PACE_ECONFIG;
    }
    free(path);
    return error;
}

static int add_days(struct reader *reader, int source, const pace_day *days, int n) {
    const char *path = reader->holidays->sources[source];
    if (n == 0)
        tell(reader, source, true,
             "%s has no holiday from 1990 to 2100, so it changes nothing; is it the right file?",
             path);
    int error = config_holidays_add(reader->config, reader->holidays, days, n);
    if (error == PACE_ELIMIT) {
        tell(reader, source, false, "with %s the list has more than %d days", path,
             CONFIG_HOLIDAYS_MAX);
        error = PACE_ECONFIG;
    }
    return error;
}

static int read_source(struct reader *reader, int source) {
    struct schema_report told = {0};
    char *text = NULL;
    size_t len = 0;
    pace_day *days = NULL;
    int n = 0;
    int error = read_text(reader, source, &text, &len);
    if (error)
        return error;
    error = ical_read_days(text, len, reader->zone, &told, &days, &n);
    pass_on(reader, source, &told);
    if (!error)
        error = add_days(reader, source, days, n);
    schema_report_clear(&told);
    free(days);
    free(text);
    return error;
}

/* ---- lists ---- */

static bool is_file(const char *source) {
    pace_day day;
    return day_parse(view_of(source), &day) != 0;
}

static bool has_file(const struct config_holidays *holidays) {
    for (int i = 0; i < holidays->n_sources; i++)
        if (is_file(holidays->sources[i]))
            return true;
    return false;
}

static bool same_sources(const struct config_holidays *a, const struct config_holidays *b) {
    for (int i = 0; i < a->n_sources && i < b->n_sources; i++)
        if (strcmp(a->sources[i], b->sources[i]) != 0)
            return false;
    return a->n_sources == b->n_sources;
}

/* The same list, if it has been read for that zone, or NULL. */
static const struct config_holidays *find_read(const struct reader *reader) {
    for (int i = 0; i < reader->n_lists; i++)
        if (reader->lists[i].zone == reader->zone &&
            same_sources(reader->lists[i].holidays, reader->holidays))
            return reader->lists[i].holidays;
    return NULL;
}

/* Every file of the list, so that all problems are told in one run. */
static int read_files(struct reader *reader) {
    int result = 0;
    for (int i = 0; i < reader->holidays->n_sources && result != -ENOMEM; i++) {
        int error = is_file(reader->holidays->sources[i]) ? read_source(reader, i) : 0;
        result = error ? error : result;
    }
    return result;
}

static int read_list(struct reader *reader) {
    const struct config_holidays *known = find_read(reader);
    if (known) {
        reader->holidays->days = known->days;
        reader->holidays->n_days = known->n_days;
        return 0;
    }
    if (reader->n_lists == HOLIDAYS_LISTS_MAX) {
        tell(reader, 0, false,
             "there are more than %d different lists of holidays with files; give teams the "
             "lists, not reps",
             HOLIDAYS_LISTS_MAX);
        return PACE_ECONFIG;
    }
    int error = read_files(reader);
    reader->lists[reader->n_lists++] = (struct list){reader->holidays, reader->zone};
    return error;
}

/* ---- levels ---- */

/* tz: the nearest zone that is given. */
static int read_level(struct reader *reader, const char *section, const char *name, const char *tz,
                      struct config_holidays *holidays) {
    if (!holidays || !has_file(holidays))
        return 0;
    reader->section = section;
    reader->name = name;
    reader->holidays = holidays;
    int error = zone_table_get(reader->zones, tz, &reader->zone);
    if (error && error != -ENOMEM) {
        tell(reader, 0, false, "the time zone %s can't be read: %s", tz, pace_strerror(error));
        error = PACE_ECONFIG;
    }
    return error ? error : read_list(reader);
}

static int compare_team(const void *name, const void *team) {
    return strcmp(name, ((const struct config_team *)team)->name);
}

static const char *zone_of_rep(const struct config *config, const struct config_rep *rep) {
    const struct config_team *team = NULL;
    if (rep->tz)
        return rep->tz;
    if (config->people.n_teams)
        team = bsearch(rep->team, config->people.teams, (size_t)config->people.n_teams,
                       sizeof *team, compare_team);
    return team && team->tz ? team->tz : config->organisation.tz;
}

/* Goes on after an error, so that all problems are told in one run. */
static int read_levels(struct reader *reader) {
    const struct config *config = reader->config;
    const char *tz = config->organisation.tz;
    int result = read_level(reader, "organisation", NULL, tz, config->organisation.holidays);
    for (int i = 0; i < config->people.n_teams && result != -ENOMEM; i++) {
        const struct config_team *team = &config->people.teams[i];
        int error = read_level(reader, "people.teams", team->name, team->tz ? team->tz : tz,
                               team->holidays);
        result = error ? error : result;
    }
    for (int i = 0; i < config->people.n_reps && result != -ENOMEM; i++) {
        const struct config_rep *rep = &config->people.reps[i];
        int error =
            read_level(reader, "people.reps", rep->name, zone_of_rep(config, rep), rep->holidays);
        result = error ? error : result;
    }
    return result;
}

int holidays_read(struct config *config, const char *config_path, struct schema_report *report) {
    struct reader *reader = calloc(1, sizeof *reader);
    struct zone_table *zones = zone_table_create();
    int error = -ENOMEM;
    if (reader && zones) {
        *reader = (struct reader){
            .config = config, .config_path = config_path, .report = report, .zones = zones};
        error = read_levels(reader);
        config_digest_holidays(config);
    }
    if (report->out_of_memory)
        error = -ENOMEM;
    schema_report_sort(report);
    zone_table_destroy(&zones);
    free(reader);
    return error;
}
