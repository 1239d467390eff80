/*
 * reconcile.c - `pacectl reconcile`: what a source says that it has, against what paced holds of that source.
 */
#include "answer.h"
#include "control.h"
#include "report.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>

enum { FILE_MAX_BYTES = 256 << 20, KEY_SIZE = 4096 };

struct reconcile {
    struct ctl *ctl;
    struct control *control;
    const char *source, *file;
    json_t *names;    /* of the report, as paced calls them */
    json_t *asked;    /* types and indicators that the report speaks of */
    json_t *rows;     /* by day, rep and type or indicator: with "report" and "held" */
    pace_day first, last;
};

/* ---- the report ---- */

static int read_file(const char *name, char **ret_bytes, size_t *ret_len) {
    bool is_own = strcmp(name, "-") != 0;
    FILE *stream = is_own ? fopen(name, "rb") : stdin;
    if (!stream)
        return ctl_fail(CTL_USAGE, "%s: %s", name, strerror(errno));
    size_t len = 0, size = 1 << 16;
    char *bytes = malloc(size);
    while (bytes && len < FILE_MAX_BYTES) {
        size_t got = fread(bytes + len, 1, size - len, stream);
        len += got;
        if (got == 0)
            break;
        char *more = len == size ? realloc(bytes, size *= 2) : bytes;
        if (!more)
            free(bytes);
        bytes = more;
    }
    int failed = ferror(stream) ? errno : 0;
    if (is_own)
        fclose(stream);
    if (bytes && !failed && len < FILE_MAX_BYTES) {
        *ret_bytes = bytes;
        *ret_len = len;
        return 0;
    }
    free(bytes);
    return ctl_fail(CTL_USAGE, "%s: %s", name,
                    failed  ? strerror(failed)
                    : bytes ? "longer than 256 MiB"
                            : "out of memory");
}

/* The name that paced has for somebody; who isn't known keeps the report's (and that was told). NULL: no daemon. */
static const char *resolve(struct reconcile *job, const char *name) {
    json_t *known = json_object_get(job->names, name), *reply = NULL;
    if (!known) {
        int code = control_ask(job->control, json_pack("{ss ss}", "cmd", "rep", "rep", name), CONTROL_PATIENCE_MS, &reply);
        if (code == CTL_UNREACHABLE)
            return NULL;
        const char *found = json_string_value(json_object_get(json_object_get(reply, "rep"), "name"));
        known = json_string(found ? found : name);
        json_object_set_new(job->names, name, known);
        json_decref(reply);
    }
    return json_string_value(known);
}

/* Days sort as texts do, so the keys' order is that of days, then of reps. */
static json_t *row_of(struct reconcile *job, const char *day, const char *rep, const char *what, const char *name) {
    char key[KEY_SIZE];
    snprintf(key, sizeof key, "%s\n%s\n%s\n%s", day, rep, what, name);
    json_t *row = json_object_get(job->rows, key);
    if (!row) {
        row = json_pack("{ss ss ss si si}", "day", day, "rep", rep, what, name, "report", 0, "held", 0);
        json_object_set_new(job->rows, key, row);
    }
    return row;
}

static void row_add(json_t *row, const char *member, int64_t count) {
    json_object_set_new(row, member, json_integer(json_integer_value(json_object_get(row, member)) + count));
}

static int take_row(void *arg, const struct report_row *row) {
    struct reconcile *job = arg;
    char rep[1025], name[1025], day[DAY_TEXT_SIZE];
    const char *what = row->type.len ? "type" : "indicator";
    struct view of = row->type.len ? row->type : row->indicator;
    snprintf(rep, sizeof rep, "%.*s", (int)row->rep.len, row->rep.at);
    snprintf(name, sizeof name, "%.*s", (int)of.len, of.at);
    const char *known = resolve(job, rep);
    if (!known)
        return CTL_UNREACHABLE;
    json_object_set_new(job->asked, name, json_true());
    job->first = row->day < job->first ? row->day : job->first;
    job->last = row->day > job->last ? row->day : job->last;
    row_add(row_of(job, day_format(row->day, day), known, what, name), "report", row->count);
    return 0;
}

/* ---- what paced holds ---- */

/* Of types and indicators that the report doesn't speak of nothing is said. */
static int take_item(void *arg, json_t *item) {
    struct reconcile *job = arg;
    const char *what = json_object_get(item, "type") ? "type" : "indicator", *name = answer_text(item, what);
    const char *rep = json_string_value(json_object_get(item, "rep"));
    if (json_object_get(job->asked, name))
        row_add(row_of(job, answer_text(item, "day"), rep ? rep : answer_text(item, "subject"), what, name), "held",
                (int64_t)answer_count(item, "count"));
    return 0;
}

static int ask_counts(struct reconcile *job) {
    char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
    json_t *request = json_pack("{ss ss ss ss}", "cmd", "counts", "source", job->source, "first",
                                day_format(job->first, first), "last", day_format(job->last, last));
    return control_list(job->control, request, "from", take_item, job);
}

/* ---- the answer ---- */

static int compare_keys(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The rows that differ, in order, and the totals of all. */
static json_t *compare(struct reconcile *job, json_t **ret_totals) {
    json_int_t sums[4] = {0};
    json_t *different = json_array(), *row;
    const char **keys = calloc(json_object_size(job->rows) + 1, sizeof *keys), *key;
    size_t n = 0;
    json_object_foreach(job->rows, key, row) {
        if (keys)
            keys[n++] = key;
    }
    if (n)
        qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < n; i++) {
        row = json_object_get(job->rows, keys[i]);
        json_int_t report = json_integer_value(json_object_get(row, "report"));
        json_int_t held = json_integer_value(json_object_get(row, "held"));
        json_int_t missing = report > held ? report - held : 0, surplus = held > report ? held - report : 0;
        json_object_set_new(row, "missing", json_integer(missing));
        json_object_set_new(row, "surplus", json_integer(surplus));
        if (missing || surplus)
            json_array_append(different, row);
        sums[0] += report, sums[1] += held, sums[2] += missing, sums[3] += surplus;
    }
    free(keys);
    *ret_totals = json_pack("{sI sI sI sI}", "report", sums[0], "held", sums[1], "missing", sums[2], "surplus", sums[3]);
    return different;
}

static void print_totals(const json_t *totals, const char *source) {
    char number[4][TEXT_NUMBER_SIZE];
    printf("%s records in the report, %s of %s held: %s missing, %s surplus.\n",
           text_number(answer_count(totals, "report"), number[0]), text_number(answer_count(totals, "held"), number[1]),
           source, text_number(answer_count(totals, "missing"), number[2]),
           text_number(answer_count(totals, "surplus"), number[3]));
}

static void print_rows(json_t *rows) {
    static const struct answer_column columns[] = {
        {"day", "day", 0},   {"rep", "rep", 0},         {"of", "of", 0},           {"report", "report", 1},
        {"held", "held", 1}, {"missing", "missing", 1}, {"surplus", "surplus", 1},
    };
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        json_t *type = json_object_get(row, "type");
        json_object_set(row, "of", type ? type : json_object_get(row, "indicator"));
    }
    if (json_array_size(rows))
        answer_table(rows, columns, sizeof columns / sizeof *columns);
}

static int print_answer(struct reconcile *job) {
    json_t *totals, *rows = compare(job, &totals);
    bool equal = json_array_size(rows) == 0;
    int code = CTL_YES;
    if (job->ctl->json) {
        char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
        json_t *json = json_pack("{ss ss ss sb sO sO}", "source", job->source, "first", day_format(job->first, first),
                                 "last", day_format(job->last, last), "equal", equal, "totals", totals, "rows", rows);
        code = control_print_json(json);
        json_decref(json);
    } else {
        print_rows(rows);
        print_totals(totals, job->source);
    }
    json_decref(totals);
    json_decref(rows);
    return code == CTL_YES && !equal ? CTL_NO : code;
}

static int run(struct reconcile *job, char *bytes, size_t len) {
    struct report_names names;
    int code = report_names_read(ctl_value(job->ctl, "--columns"), &names);
    if (!code)
        code = control_open(job->ctl, &job->control);
    if (!code)
        code = report_read(job->file, &names, bytes, len, take_row, job);
    if (!code && json_object_size(job->rows) == 0)
        code = ctl_fail(CTL_USAGE, "%s: no row", job->file);
    if (!code)
        code = ask_counts(job);
    return code ? code == CTL_NO ? CTL_USAGE : code : print_answer(job);
}

int command_reconcile(struct ctl *ctl) {
    struct reconcile job = {.ctl = ctl,
                            .source = ctl->words[0],
                            .file = ctl->words[1],
                            .names = json_object(),
                            .asked = json_object(),
                            .rows = json_object(),
                            .first = INT32_MAX,
                            .last = INT32_MIN};
    char *bytes = NULL;
    size_t len = 0;
    int code = read_file(job.file, &bytes, &len);
    if (!code)
        code = run(&job, bytes, len);
    free(bytes);
    control_close(&job.control);
    json_decref(job.names);
    json_decref(job.asked);
    json_decref(job.rows);
    return code;
}
