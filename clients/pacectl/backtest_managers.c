/* backtest_managers.c - see backtest.h: how many warnings each manager got in a week. */
#include "backtest.h"

#include "answer.h"

#include <stdlib.h>

static void count_up(json_t *object, const char *member, json_int_t n) {
    json_object_set_new(object, member, json_integer(json_integer_value(json_object_get(object, member)) + n));
}

/* Who is told: the manager, else the team has to do. */
static const char *told_whom(const json_t *object) {
    const char *manager = json_string_value(json_object_get(object, "manager"));
    return manager ? manager : answer_text(object, "team");
}

/* Those without a warning too: how many of which week are to be counted. */
static json_t *list_managers(struct engine *engine) {
    json_t *managers = json_object();
    struct engine_rep rep;
    for (int r = 0; engine_rep_at(engine, r, &rep) == 0; r++) {
        struct view name = rep.manager.len ? rep.manager : rep.team;
        char text[CONFIG_NAME_MAX_BYTES + 1];
        snprintf(text, sizeof text, "%.*s", (int)name.len, name.at);
        if (!json_object_get(managers, text))
            json_object_set_new(managers, text, json_pack("{s{} s{}}", "warnings", "pushes"));
    }
    return managers;
}

static pace_day raised_on(const json_t *warning) {
    pace_day day;
    const char *text = answer_text(json_object_get(warning, "data"), "raised_on");
    return day_parse(view_of(text), &day) ? DAY_NONE : day;
}

static void note_week(json_t *manager, const char *what, pace_day day) {
    char week[DAY_TEXT_SIZE];
    count_up(json_object_get(manager, what), day_format(day - day_weekday(day), week), 1);
}

static json_t *largest_week(const json_t *weeks, json_int_t *ret_total, json_int_t *ret_most) {
    const char *week, *largest = NULL;
    json_t *count;
    *ret_total = *ret_most = 0;
    json_object_foreach((json_t *)weeks, week, count) {
        json_int_t n = json_integer_value(count);
        *ret_total += n;
        if (n > *ret_most || (n == *ret_most && largest && strcmp(week, largest) < 0)) {
            *ret_most = n;
            largest = week;
        }
    }
    return largest ? json_string(largest) : json_null();
}

static json_t *manager_json(const char *name, const json_t *weeks_told, double weeks) {
    json_int_t warnings, pushes, most_warnings, most_pushes;
    json_t *week_warnings = largest_week(json_object_get(weeks_told, "warnings"), &warnings, &most_warnings);
    json_t *week_pushes = largest_week(json_object_get(weeks_told, "pushes"), &pushes, &most_pushes);
    return json_pack("{ss sI sI so so sI so sI so}", "manager", name, "warnings", warnings, "pushes", pushes,
                     "warnings_per_week", answer_quotient((double)warnings, weeks, 1), "pushes_per_week",
                     answer_quotient((double)pushes, weeks, 1), "most_warnings", most_warnings, "most_warnings_week",
                     week_warnings, "most_pushes", most_pushes, "most_pushes_week", week_pushes);
}

static int compare_names(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

json_t *backtest_managers(struct backtest *test, const json_t *warnings, double weeks) {
    json_t *managers = list_managers(test->offline.engine), *list = json_array(), *warning, *one;
    size_t i, n = 0;
    json_array_foreach(warnings, i, warning) {
        const char *whom = told_whom(json_object_get(warning, "data"));
        if (!json_object_get(managers, whom))
            json_object_set_new(managers, whom, json_pack("{s{} s{}}", "warnings", "pushes"));
        note_week(json_object_get(managers, whom), "warnings", raised_on(warning));
        if (answer_is(json_object_get(warning, "data"), "push"))
            note_week(json_object_get(managers, whom), "pushes", raised_on(warning));
    }
    const char **names = calloc(json_object_size(managers) + 1, sizeof *names), *name;
    json_object_foreach(managers, name, one) {
        if (names)
            names[n++] = name;
    }
    if (n)
        qsort(names, n, sizeof *names, compare_names);
    for (i = 0; i < n; i++)
        json_array_append_new(list, manager_json(names[i], json_object_get(managers, names[i]), weeks));
    free(names);
    json_decref(managers);
    return list;
}
