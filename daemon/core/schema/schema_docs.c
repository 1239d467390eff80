/* The table as documents: the commented sample and the manual's list of keys. */
#include "schema_number.h"

#include <stdio.h>

enum { STEP = 2, SAMPLE_WIDTH = 96, MANUAL_WIDTH = 96, LINE_SIZE = 512 };

/* ---- what both say ---- */

/* The range and, if wanted, the default of a value as a sentence or two, or empty. */
static void facts_of(const struct schema_key *row, bool with_default, char *buffer, size_t size) {
    char range[80];
    const char *fallback = with_default ? row->fallback : NULL;
    schema_range(row, range, sizeof range);
    snprintf(buffer, size, "%s%s%s%s%s%s", range, range[0] ? "." : "",
             range[0] && fallback ? " " : "", fallback ? "Default: " : "", fallback ? fallback : "",
             fallback ? "." : "");
}

/* Calls `line` with as many words of text as fit in width, until none is left. */
static void wrap(const char *text, int width, void (*line)(void *arg, const char *text),
                 void *arg) {
    char buffer[LINE_SIZE];
    while (*text) {
        size_t len = strlen(text);
        if (len > (size_t)width) {
            len = (size_t)width;
            while (len > 0 && text[len] != ' ')
                len--;
            len = len ? len : strcspn(text, " ");
        }
        snprintf(buffer, sizeof buffer, "%.*s", (int)len, text);
        line(arg, buffer);
        text += len;
        text += *text == ' ';
    }
}

/* ---- the sample ---- */

struct sample {
    struct schema_out out;
    int depth;
    bool commented; /* what is only an example begins with "#" in the first column, before its
                       indentation */
};

/* A line of three pieces. */
static void put_line(const struct sample *sample, const char *begin, const char *middle, const char *end) {
    const char *const pieces[] = {begin, middle, end, "\n"};
    if (sample->commented)
        sample->out.put(sample->out.arg, "#");
    for (int column = 0; column < sample->depth * STEP; column++)
        sample->out.put(sample->out.arg, " ");
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        sample->out.put(sample->out.arg, pieces[i]);
}

static void put_comment(void *arg, const char *text) {
    put_line(arg, "# ", text, "");
}

static void put_help(struct sample *sample, const struct schema_key *row) {
    char facts[LINE_SIZE], text[2 * LINE_SIZE];
    facts_of(row, sample->commented, facts,
             sizeof facts); /* else the value that follows is the default */
    snprintf(text, sizeof text, "%s%s%s", row->help, facts[0] ? " " : "", facts);
    wrap(text, SAMPLE_WIDTH - sample->depth * STEP - 2, put_comment, sample);
}

static void put_key(struct sample *sample, const char *name, const char *value) {
    put_line(sample, name, value[0] ? ": " : ":", value);
}

static void sample_rows(struct sample *sample, const struct schema_key *keys, const char *also);

/* `also`: the kind that this example shows besides the keys of all kinds; NULL: those that are
 * shown at first. */
static void sample_element(struct sample *sample, const struct schema_key *row, const char *name,
                           const char *also) {
    sample->depth++;
    put_key(sample, name, "");
    sample->depth++;
    sample_rows(sample, row->keys, also);
    sample->depth -= 2;
}

/* One example of every kind that the first one doesn't show. */
static void sample_kinds(struct sample *sample, const struct schema_key *row) {
    bool commented = sample->commented;
    sample->commented = true;
    for (const struct schema_key *kind = row->keys; kind->name; kind++)
        if (kind->kind && !kind->sampled)
            sample_element(sample, row, kind->example, kind->name);
    sample->commented = commented;
}

/* A section is commented out with what it holds; a default or an example of its own stands by
 * itself. */
static bool is_example(const struct schema_key *row) {
    return row->type != TYPE_SECTION && !row->fallback && !row->sampled;
}

static void sample_row(struct sample *sample, const struct schema_key *row) {
    bool commented = sample->commented;
    sample->commented = commented || is_example(row);
    put_help(sample, row);
    if (row->type == TYPE_SECTION) {
        put_key(sample, row->name, "");
        sample->depth++;
        sample_rows(sample, row->keys, NULL);
        sample->depth--;
    } else if (row->type == TYPE_NAMED) {
        put_key(sample, row->name, "");
        sample_element(sample, row, row->named->example, NULL);
        sample_kinds(sample, row);
    } else {
        const char *value =
            sample->commented || !row->fallback ? schema_example(row) : row->fallback;
        put_key(sample, row->name, value);
    }
    sample->commented = commented;
}

static bool belongs(const struct schema_key *row, const char *also) {
    if (also)
        return strcmp(row->name, also) == 0;
    return !row->kind || row->sampled;
}

static void sample_rows(struct sample *sample, const struct schema_key *keys, const char *also) {
    for (const struct schema_key *row = keys; row->name; row++) {
        if (!belongs(row, also))
            continue;
        if (sample->depth == 0)
            sample->out.put(sample->out.arg, "\n");
        sample_row(sample, row);
    }
}

static const char sample_head[] =
    "# paced.yaml - what paced watches, for whom, and what it does about it.\n"
    "#\n"
    "# Every key is here. A key that isn't commented out stands with its default (the indicator "
    "\"calls\" is an\n"
    "# example); lines that begin with \"#  \", and \"#keys:\", are examples: take the \"#\" away to use them. "
    "Check with\n"
    "# `paced --check paced.yaml`; `paced --print-config paced.yaml` prints what is in effect. See "
    "paced.yaml(5).\n";

void schema_print_sample(schema_put *put, void *arg) {
    struct sample sample = {.out = {put, arg}};
    put(arg, sample_head);
    sample_rows(&sample, schema_root, NULL);
}

/* ---- the manual ---- */

/* scdoc's signs stand for themselves behind a backslash: these anywhere, others where a line begins
 * and would be a heading, a list or a table. */
static void put_escaped(const struct schema_out *out, const char *text) {
    for (const char *at = text; *at; at++) {
        char escaped[3] = {'\\', *at, '\0'};
        bool sign = strchr("\\*_`", *at) || (at == text && strchr("#[]|:;.-~", *at));
        out->put(out->arg, sign ? escaped : escaped + 1);
    }
}

static void put_body_line(void *arg, const char *text) {
    const struct schema_out *out = arg;
    out->put(out->arg, "\t");
    put_escaped(out, text);
    out->put(out->arg, "\n");
}

static void put_text_line(void *arg, const char *text) {
    const struct schema_out *out = arg;
    put_escaped(out, text);
    out->put(out->arg, "\n");
}

/* "*path* (_holder_)", and below it what it is for. */
static void manual_item(struct schema_out *out, const struct schema_key *row, const char *path) {
    char facts[LINE_SIZE];
    const char *holder = schema_types[row->type == TYPE_LIST ? row->item : row->type].holder;
    facts_of(row, true, facts, sizeof facts);
    out->put(out->arg, "\n*");
    put_escaped(out, path);
    out->put(out->arg, "* (_");
    put_escaped(out, holder);
    out->put(out->arg, row->type == TYPE_LIST ? "_ ...)\n" : "_)\n");
    wrap(row->help, MANUAL_WIDTH, put_body_line, out);
    wrap(facts, MANUAL_WIDTH, put_body_line, out);
    if (row->required)
        put_body_line(out, "Required.");
    if (row->unused)
        put_body_line(out, "Accepted, but without effect in this version.");
}

static void manual_rows(struct schema_out *out, const struct schema_key *keys, const char *path) {
    for (const struct schema_key *row = keys; row->name; row++) {
        char inner[200];
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] ? "." : "", row->name);
        if (row->type != TYPE_SECTION || path[0])
            manual_item(out, row, inner);
        size_t len = strlen(inner);
        if (row->type == TYPE_NAMED)
            snprintf(inner + len, sizeof inner - len, ".%s", row->named->holder);
        if (row->keys)
            manual_rows(out, row->keys, inner);
    }
}

/* One subsection with a list for each key at the top. */
static void manual_section(struct schema_out *out, const struct schema_key *row) {
    char path[200];
    out->put(out->arg, "\n## ");
    put_escaped(out, row->name);
    out->put(out->arg, "\n\n");
    wrap(row->help, MANUAL_WIDTH, put_text_line, out);
    snprintf(path, sizeof path, "%s%s%s", row->name, row->type == TYPE_NAMED ? "." : "",
             row->type == TYPE_NAMED ? row->named->holder : "");
    manual_rows(out, row->keys, path);
}

void schema_print_manual(schema_put *put, void *arg) {
    struct schema_out out = {put, arg};
    for (const struct schema_key *row = schema_root; row->name; row++)
        manual_section(&out, row);
}
