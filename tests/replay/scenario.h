/*
 * scenario.h - a scenario file: config, timed events, what paced is expected to say; read into plain data.
 *
 * Sections begin in the first column: "config:", "events:", "expect:", as often and in whatever order the story needs.
 * README.md tells the form of their lines. Reading stops at the first line that isn't understood, with its number.
 */
#ifndef REPLAY_SCENARIO_H
#define REPLAY_SCENARIO_H

#include "engine.h"
#include "tzfile.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SCENARIO_LINES_MAX = 400,
    SCENARIO_WORD_SIZE = 128,
    SCENARIO_GAPS_MAX = 8,
    SCENARIO_TOKENS_MAX = 40,
};

enum section_kind { SECTION_CONFIG, SECTION_EVENTS, SECTION_EXPECT };

/* How many events a day has. */
enum amount_kind { AMOUNT_FIXED, AMOUNT_AROUND, AMOUNT_POISSON };

struct gap {
    pace_day from, to;
};

/* One line of events: a generator, a single event, or the clock. */
struct event_line {
    int number;
    bool is_clock, is_instant;
    int64_t at_us;            /* clock, instant */
    pace_day from, to;        /* generator */
    unsigned weekdays;        /* bit 0 = Monday */
    enum amount_kind amount;
    double mean;
    int spread;
    uint64_t seed;
    int minute;               /* of the day at which its events begin, in `zone` */
    const struct zone *zone;  /* NULL: the organisation's */
    struct gap gaps[SCENARIO_GAPS_MAX];
    int n_gaps;
    char subject[SCENARIO_WORD_SIZE], type[SCENARIO_WORD_SIZE], of[SCENARIO_WORD_SIZE];
    char source[SCENARIO_WORD_SIZE], id[SCENARIO_WORD_SIZE], record[SCENARIO_WORD_SIZE];
    char recorded[SCENARIO_WORD_SIZE], localdate[SCENARIO_WORD_SIZE]; /* with blanks to fill in */
    int64_t revision, sequence;
    char names[EVENT_MEMBERS_MAX][SCENARIO_WORD_SIZE / 2], values[EVENT_MEMBERS_MAX][SCENARIO_WORD_SIZE];
    int n_members;
    enum engine_verdict verdict; /* "=> rejected too_late" */
    char code[SCENARIO_WORD_SIZE / 2];
};

struct section {
    enum section_kind kind;
    int first, n; /* lines of the file */
    struct event_line *events;
    int n_events;
};

struct scenario {
    const char *path;
    char *text;
    char *lines[SCENARIO_LINES_MAX]; /* into text; without their ends */
    int n_lines;
    struct section sections[32];
    int n_sections;
    struct zone_table *zones;
    char error[300]; /* of reading; with path and line */
};

static bool scenario_fail(struct scenario *s, int number, const char *what, const char *found) {
    snprintf(s->error, sizeof s->error, "%s:%d: %s: %.120s", s->path, number, what, found);
    return false;
}

static bool copy_word(char *into, size_t size, const char *from) {
    size_t n = strlen(from);
    if (n >= size)
        return false;
    memcpy(into, from, n + 1);
    return true;
}

/* ---- the words of a line ---- */

/* "2026-03-02", or "2026-03-02..2026-06-26" */
static bool read_days(const char *word, pace_day *ret_from, pace_day *ret_to) {
    const char *dots = strstr(word, "..");
    struct view from = {word, dots ? (size_t)(dots - word) : strlen(word)};
    pace_day first, last;
    if (day_parse(from, &first) || (dots && day_parse(view_of(dots + 2), &last)))
        return false;
    *ret_from = first;
    *ret_to = dots ? last : first;
    return *ret_from <= *ret_to;
}

/* "2026-07-01T12:00Z": RFC 3339, the seconds may be left out. */
static bool read_instant(const char *word, int64_t *ret_us) {
    char full[2 * SCENARIO_WORD_SIZE];
    int offset;
    if (strlen(word) < 17 || word[10] != 'T')
        return false;
    snprintf(full, sizeof full, "%.16s%s%s", word, word[16] == ':' ? "" : ":00", word + 16);
    return time_parse(view_of(full), ret_us, &offset) == 0;
}

/*
 * Fills in the blanks of a value: {day} is the event's local day, {day-7} and {day+1} so many days from it, {k} its place among
 * the events that the line has on that day. False if one isn't understood or it gets too long.
 */
static bool fill_in(const char *value, pace_day day, int k, char *into, size_t size) {
    char text[DAY_TEXT_SIZE];
    size_t at = 0;
    while (*value) {
        int shift = 0, taken = 0;
        const char *piece = text;
        if (*value != '{') {
            snprintf(text, sizeof text, "%c", *value++);
        } else if (!strncmp(value, "{k}", 3)) {
            snprintf(text, sizeof text, "%d", k);
            value += 3;
        } else if (!strncmp(value, "{day}", 5)) {
            piece = day_format(day, text);
            value += 5;
        } else if (sscanf(value, "{day%d}%n", &shift, &taken) == 1 && taken) {
            piece = day_format(day + shift, text);
            value += taken;
        } else {
            return false;
        }
        size_t n = strlen(piece);
        if (at + n >= size)
            return false;
        memcpy(into + at, piece, n);
        at += n;
    }
    into[at] = '\0';
    return true;
}

/* "workdays", "daily", "mon,wed", "mon-thu" */
static bool read_weekdays(const char *word, unsigned *ret_mask) {
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    unsigned mask = 0;
    if (!strcmp(word, "workdays") || !strcmp(word, "daily")) {
        *ret_mask = *word == 'w' ? 31 : 127;
        return true;
    }
    for (int last = -1; *word;) {
        int day = 0;
        while (day < 7 && strncmp(word, names[day], 3))
            day++;
        if (day == 7)
            return false;
        for (int d = last >= 0 ? last : day; d <= day; d++)
            mask |= 1u << d;
        word += 3;
        last = *word == '-' ? day : -1;
        if (*word && *word != ',' && *word != '-')
            return false;
        word += *word != 0;
    }
    *ret_mask = mask;
    return mask != 0;
}

/* "23:30" */
static bool read_minute(const char *word, int *ret_minute) {
    int hour, minute;
    if (sscanf(word, "%2d:%2d", &hour, &minute) != 2)
        return false;
    *ret_minute = 60 * hour + minute;
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

/* "8", "8+-2", "~7.5" */
static bool read_amount(const char *word, struct event_line *line) {
    char *end;
    line->amount = *word == '~' ? AMOUNT_POISSON : AMOUNT_FIXED;
    line->mean = strtod(word + (*word == '~'), &end);
    if (end == word + (*word == '~') || line->mean < 0 || line->mean > 200)
        return false;
    if (line->amount == AMOUNT_FIXED && !strncmp(end, "+-", 2)) {
        line->amount = AMOUNT_AROUND;
        line->spread = (int)strtol(end + 2, &end, 10);
    }
    return !*end && (line->amount == AMOUNT_POISSON || line->mean == (int)line->mean);
}

static bool set_word(char *into, const char *value) {
    return copy_word(into, SCENARIO_WORD_SIZE, value);
}

static bool set_member(struct event_line *line, const char *name, const char *value) {
    if (line->n_members == EVENT_MEMBERS_MAX)
        return false;
    int at = line->n_members++;
    return copy_word(line->names[at], sizeof line->names[at], name) &&
           copy_word(line->values[at], sizeof line->values[at], value);
}

static bool set_filled(char *into, const char *value, bool (*good)(const char *filled)) {
    char filled[SCENARIO_WORD_SIZE];
    return set_word(into, value) && fill_in(value, 20000, 0, filled, sizeof filled) && good(filled);
}

static bool is_instant_text(const char *text) {
    int64_t us;
    return read_instant(text, &us);
}

static bool is_day_text(const char *text) {
    pace_day day;
    return day_parse(view_of(text), &day) == 0;
}

/* "name=value": an attribute of the event, else a member of its data. */
static bool read_assignment(struct event_line *line, char *word, char *equals) {
    const char *value = equals + 1;
    *equals = '\0';
    if (!strcmp(word, "source"))
        return set_word(line->source, value);
    if (!strcmp(word, "id"))
        return set_word(line->id, value);
    if (!strcmp(word, "record"))
        return set_word(line->record, value);
    if (!strcmp(word, "of"))
        return set_word(line->of, value);
    if (!strcmp(word, "revision"))
        return (line->revision = strtoll(value, NULL, 10)) >= 0;
    if (!strcmp(word, "recorded"))
        return set_filled(line->recorded, value, is_instant_text);
    if (!strcmp(word, "localdate"))
        return set_filled(line->localdate, value, is_day_text);
    if (!strcmp(word, "sequence"))
        return (line->sequence = strtoll(value, NULL, 10)) >= 0;
    return set_member(line, word, value);
}

static int split(char *text, char **tokens) {
    int n = 0;
    char *rest = text;
    for (char *token; n < SCENARIO_TOKENS_MAX && (token = strtok_r(rest, " \t", &rest));)
        tokens[n++] = token;
    return n;
}

/* Words that take the next one as their value. */
static bool read_option(struct scenario *s, struct event_line *line, const char *word, char *value) {
    if (!strcmp(word, "seed"))
        return (line->seed = strtoull(value, NULL, 10)) > 0;
    if (!strcmp(word, "at"))
        return read_minute(value, &line->minute);
    if (!strcmp(word, "tz"))
        return zone_table_get(s->zones, value, &line->zone) == 0;
    if (!strcmp(word, "except") && line->n_gaps < SCENARIO_GAPS_MAX) {
        struct gap *gap = &line->gaps[line->n_gaps++];
        return read_days(value, &gap->from, &gap->to);
    }
    return false;
}

static bool read_verdict(struct event_line *line, char **tokens, int n) {
    static const char *const names[] = {"accepted", "duplicate", "superseded", "rejected"};
    for (int v = 0; n > 0 && v < 4; v++)
        if (!strcmp(tokens[0], names[v])) {
            line->verdict = (enum engine_verdict)v;
            return n == 1 || (n == 2 && v == VERDICT_REJECTED && copy_word(line->code, sizeof line->code, tokens[1]));
        }
    return false;
}

static bool read_rest(struct scenario *s, struct event_line *line, char **tokens, int n) {
    for (int i = 0; i < n; i++) {
        char *equals = strchr(tokens[i], '=');
        if (!strcmp(tokens[i], "=>"))
            return read_verdict(line, tokens + i + 1, n - i - 1);
        if (equals ? !read_assignment(line, tokens[i], equals)
                   : i + 1 == n || !read_option(s, line, tokens[i], tokens[i + 1]))
            return false;
        i += !equals;
    }
    return true;
}

static bool read_event_line(struct scenario *s, struct event_line *line, char *text) {
    char *tokens[SCENARIO_TOKENS_MAX];
    int n = split(text, tokens), at = 1;
    line->weekdays = 31;
    line->seed = 1;
    line->minute = 600;
    line->sequence = -1;
    line->mean = 1;
    if (n == 2 && !strcmp(tokens[0], "clock")) {
        line->is_clock = true;
        return read_instant(tokens[1], &line->at_us);
    }
    line->is_instant = read_instant(tokens[0], &line->at_us);
    if (!line->is_instant && !read_days(tokens[0], &line->from, &line->to))
        return false;
    if (!line->is_instant && line->from == line->to)
        line->weekdays = 127;
    if (at < n && !line->is_instant && read_weekdays(tokens[at], &line->weekdays))
        at++;
    if (at + 2 > n || !set_word(line->subject, tokens[at]) || !set_word(line->type, tokens[at + 1]))
        return false;
    at += 2;
    if (at < n && (tokens[at][0] == '~' || (tokens[at][0] >= '0' && tokens[at][0] <= '9')))
        if (!read_amount(tokens[at++], line))
            return false;
    return read_rest(s, line, tokens + at, n - at);
}

/* ---- sections ---- */

static bool is_blank(const char *text) {
    text += strspn(text, " \t\r");
    return !*text || *text == '#';
}

/* The line without a comment that follows a blank; malloc. */
static char *line_copy(const char *text) {
    char *copy = strdup(text), *hash = copy ? strstr(copy, " #") : NULL;
    if (hash)
        *hash = '\0';
    return copy;
}

static bool read_events(struct scenario *s, struct section *section) {
    section->events = calloc((size_t)section->n + 1, sizeof *section->events);
    for (int l = section->first; section->events && l < section->first + section->n; l++) {
        char *copy;
        if (is_blank(s->lines[l]) || !(copy = line_copy(s->lines[l])))
            continue;
        struct event_line *line = &section->events[section->n_events++];
        line->number = l + 1;
        bool good = read_event_line(s, line, copy);
        free(copy);
        if (!good)
            return scenario_fail(s, l + 1, "not an event, a generator or a clock", s->lines[l]);
    }
    return section->events;
}

static bool read_sections(struct scenario *s) {
    static const char *const heads[] = {"config:", "events:", "expect:"};
    struct section *section = NULL;
    for (int l = 0; l < s->n_lines; l++) {
        int kind = 0;
        while (kind < 3 && strcmp(s->lines[l], heads[kind]))
            kind++;
        if (kind < 3 && s->n_sections < 32) {
            section = &s->sections[s->n_sections++];
            *section = (struct section){.kind = (enum section_kind)kind, .first = l + 1};
        } else if (section) {
            section->n = l + 1 - section->first;
        } else if (!is_blank(s->lines[l])) {
            return scenario_fail(s, l + 1, "expected config:, events: or expect:", s->lines[l]);
        }
    }
    for (int i = 0; i < s->n_sections; i++)
        if (s->sections[i].kind == SECTION_EVENTS && !read_events(s, &s->sections[i]))
            return false;
    if (!s->n_sections || s->sections[0].kind != SECTION_CONFIG)
        return scenario_fail(s, 1, "begins without a config", "");
    return true;
}

static char *file_read(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = file ? calloc(1, 1 << 16) : NULL;
    if (text)
        text[fread(text, 1, (1 << 16) - 1, file)] = '\0';
    if (file)
        fclose(file);
    return text;
}

static bool scenario_read(const char *path, struct zone_table *zones, struct scenario *s) {
    *s = (struct scenario){.path = path, .zones = zones, .text = file_read(path)};
    if (!s->text)
        return scenario_fail(s, 0, "can't be read", "");
    for (char *at = s->text; at && *at && s->n_lines < SCENARIO_LINES_MAX;) {
        s->lines[s->n_lines++] = at;
        at = strchr(at, '\n');
        if (at)
            *at++ = '\0';
    }
    return read_sections(s);
}

static void scenario_clear(struct scenario *s) {
    for (int i = 0; i < s->n_sections; i++)
        free(s->sections[i].events);
    free(s->text);
    s->n_sections = 0;
    s->text = NULL;
}

#endif
