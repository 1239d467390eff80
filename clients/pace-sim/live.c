#include "live.h"

#include "loop.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static enum org_measure measure_of(const char *indicator) {
    enum org_measure m = 0;
    while (m < ORG_MEASURES && strcmp(org_measures[m].name, indicator) != 0)
        m++;
    return m;
}

static int hear(struct org *org, int day, const json_t *warning) {
    const json_t *data = json_object_get(warning, "data");
    const char *kind = text_of(data, "kind");
    enum org_measure measure = measure_of(text_of(data, "indicator"));
    int rep = org_find_rep(org, text_of(warning, "subject"));
    if (rep < 0 || measure == MEASURE_NONE)
        return 0;
    if (strcmp(kind, "recovered") == 0)
        loop_over(org, rep, measure);
    bool opens = strcmp(kind, "slip") == 0 || strcmp(kind, "relapsed") == 0;
    bool pushed = json_is_true(json_object_get(data, "push"));
    return opens ? loop_warned(org, rep, measure, day, pushed) : 0;
}

static int hear_line(struct org *org, int day, const char *line) {
    json_error_t error;
    json_t *warning = json_loads(line, 0, &error);
    if (!warning) {
        fprintf(stderr, "pace-sim: a warning is not JSON: %s\n", error.text);
        return -EINVAL;
    }
    int rc = hear(org, day, warning);
    json_decref(warning);
    return rc;
}

int live_exchange(struct org *org, int day, FILE *out, FILE *in) {
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    int rc = putc('\n', out) == EOF || fflush(out) != 0 ? -errno : 0;
    while (rc == 0 && (len = getline(&line, &room, in)) > 0 && line[0] != '\n')
        rc = hear_line(org, day, line);
    free(line);
    return rc;
}
