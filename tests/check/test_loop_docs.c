/* The tables of docs/loop.md are those of cases.c; with --write they are brought up to date instead. */
#include "cases.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "<!-- states -->\n"
#define END "<!-- /states -->\n"

enum { FILE_MAX = 1 << 16 };

static void put(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(char *to, const char *format, ...) {
    size_t n = strlen(to);
    va_list args;
    va_start(args, format);
    vsnprintf(to + n, FILE_MAX - n, format, args);
    va_end(args);
}

static bool is_of_cases(enum case_state state) {
    return state < CASE_TALKS;
}

/* One arrow for each pair of states, with all events that lead along it. */
static void draw_arrow(char *to, enum case_state from, enum case_state into) {
    int n = 0;
    for (int e = 0; e < CASE_EVENTS; e++) {
        bool again = from == CASE_COMMITTED && into == CASE_COMMITTED && e == CASE_PROMISED;
        if (case_next(from, e) != into || (from == into && !again))
            continue;
        if (n++ == 0)
            put(to, "    %s --> %s: %s", case_state_name(from), case_state_name(into), case_event_name(e));
        else
            put(to, ", %s", case_event_name(e));
    }
    if (n)
        put(to, "\n");
}

static void draw(char *to) {
    put(to, "```mermaid\nstateDiagram-v2\n    [*] --> %s: %s\n", case_state_name(CASE_RAISED), case_event_name(CASE_SLIPPED));
    for (int from = 0; is_of_cases(from); from++)
        for (int into = 0; is_of_cases(into); into++)
            draw_arrow(to, from, into);
    put(to, "```\n\n");
}

static void list_steps(char *to) {
    enum case_step step;
    bool of_round;
    put(to, "| in this state | this step is waited for | so many working days after |\n|---|---|---|\n");
    for (int s = 0; s < CASE_STATES; s++)
        for (int n = 0; case_waits_for(s, n, &step, &of_round); n++)
            put(to, "| %s | `%s` | %s: `loop.%s_days` |\n", case_state_name(s), case_step_name(step),
                step == STEP_FOLLOW_UP ? "the commitment was due (four times as many without a date)"
                : of_round             ? "the round began"
                                       : "the state began",
                case_step_name(step));
}

static int read_file(const char *path, char *text) {
    FILE *file = fopen(path, "r");
    if (!file)
        return -errno;
    size_t n = fread(text, 1, FILE_MAX - 1, file);
    text[n] = '\0';
    return fclose(file) ? -EIO : 0;
}

static int write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file)
        return -errno;
    fputs(text, file);
    return fclose(file) ? -EIO : 0;
}

int main(int argc, char **argv) {
    static char found[FILE_MAX], wanted[FILE_MAX];
    const char *path = "docs/loop.md";
    bool write = argc > 1 && !strcmp(argv[1], "--write");
    int err = read_file(path, found);
    const char *begin = err ? NULL : strstr(found, BEGIN), *end = begin ? strstr(begin, END) : NULL;
    if (!end) {
        fprintf(stderr, "%s: %s\n", path, err ? strerror(-err) : "the marks of the states are missing");
        return 1;
    }
    put(wanted, "%.*s", (int)(begin + strlen(BEGIN) - found), found);
    draw(wanted);
    list_steps(wanted);
    put(wanted, "%s", end);
    if (write)
        return write_file(path, wanted) ? 1 : 0;
    if (strcmp(found, wanted) != 0) {
        fprintf(stderr, "%s isn't what the tables of cases.c say; run check_loop_docs --write\n", path);
        return 1;
    }
    return 0;
}
