#include "failure.h"

#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *lines;
static char *daemons_code;
static bool answered;

void failure_note(const char *line) {
    if (!lines)
        lines = json_array();
    json_array_append_new(lines, json_string(line));
}

void failure_set_code(const char *code) {
    free(daemons_code);
    daemons_code = strdup(code);
}

void failure_answered(void) {
    answered = true;
}

void failure_add(json_t *answer, int code) {
    static const char *const words[] = {[CTL_NO] = "failed", [CTL_USAGE] = "usage", [CTL_UNREACHABLE] = "unreachable"};
    size_t n = json_array_size(lines);
    if (!code || !n)
        return;
    json_t *error = json_pack("{ss sO}", "code", daemons_code ? daemons_code : words[code], "reason", json_array_get(lines, n - 1));
    json_array_remove(lines, n - 1);
    if (n > 1)
        json_object_set(error, "errors", lines);
    json_object_set_new(answer, "error", error);
}

int failure_print(int code) {
    json_t *object = json_object();
    failure_add(object, code);
    if (!answered && json_object_size(object)) {
        json_dumpf(object, stdout, JSON_COMPACT);
        putchar('\n');
    }
    json_decref(object);
    return code;
}
