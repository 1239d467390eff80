#include "score_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAR_DAYS = 100000 };

/* "" and DAY_NONE for what isn't there. */
static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static pace_day day_value(const json_t *value) {
    const char *text = json_string_value(value);
    pace_day day = DAY_NONE;
    if (text)
        day_parse(view_of(text), &day);
    return day;
}

static pace_day day_of(const json_t *object, const char *name) {
    return day_value(json_object_get(object, name));
}

static int complain(const char *path, const char *what) {
    fprintf(stderr, "pace-sim: %s: %s\n", path, what);
    return -EINVAL;
}

/* ---- truth ---- */

static void add_slip(struct truth *truth, const json_t *slip, const char *indicator, bool left) {
    pace_day until = day_of(slip, "until");
    double change = (json_number_value(json_object_get(slip, "factor")) - 1) * 100;
    struct planted *planted = &truth->slips[truth->n_slips++];
    *planted = (struct planted){.rep = text_of(slip, "rep"), .indicator = indicator, .left = left};
    planted->change_percent = (int)(change < 0 ? change - .5 : change + .5);
    planted->from = day_of(slip, "from");
    planted->moves = json_object_get(slip, "moves");
    planted->manager = text_of(slip, "manager");
    planted->coached = day_of(slip, "coached");
    planted->lifted = day_of(slip, "lifted");
    planted->told = planted->back = DAY_NONE;
    planted->until = until == DAY_NONE ? planted->from + FAR_DAYS : until;
}

static int read_slips(struct truth *truth, json_t *slips) {
    size_t i, n = 0;
    json_t *slip, *rate;
    const char *indicator;
    json_array_foreach(slips, i, slip) {
        n += json_object_size(json_object_get(slip, "rates"));
    }
    truth->slips = calloc(n + 1, sizeof(*truth->slips));
    if (!truth->slips)
        return -ENOMEM;
    json_array_foreach(slips, i, slip) {
        json_t *rates = json_object_get(slip, "rates");
        if (day_of(slip, "from") == DAY_NONE || !json_is_object(rates))
            return -EINVAL;
        if (json_is_true(json_object_get(slip, "left")) && json_object_size(rates) > 1) {
            add_slip(truth, slip, "", true);
            continue;
        }
        json_object_foreach(rates, indicator, rate) {
            add_slip(truth, slip, indicator, false);
        }
    }
    return 0;
}

static int read_spans(struct truth *truth, json_t *dips, json_t *leaves) {
    size_t i;
    json_t *span;
    truth->dips = calloc(json_array_size(dips) + 1, sizeof(*truth->dips));
    truth->leaves = calloc(json_array_size(leaves) + 1, sizeof(*truth->leaves));
    if (!truth->dips || !truth->leaves)
        return -ENOMEM;
    json_array_foreach(dips, i, span) {
        truth->dips[truth->n_dips++] =
            (struct dip){text_of(span, "team"), day_of(span, "from"), day_of(span, "to"), NULL};
    }
    json_array_foreach(leaves, i, span) {
        truth->leaves[truth->n_leaves++] =
            (struct leave){text_of(span, "rep"), day_of(span, "from"), day_of(span, "to")};
    }
    return 0;
}

static int read_decoys(struct truth *truth, json_t *decoys) {
    size_t i;
    json_t *decoy;
    truth->decoys = calloc(json_array_size(decoys) + 1, sizeof(*truth->decoys));
    if (!truth->decoys)
        return -ENOMEM;
    json_array_foreach(decoys, i, decoy) {
        truth->decoys[truth->n_decoys++] = (struct decoy){
            .name = text_of(decoy, "decoy"),
            .rep = text_of(decoy, "rep"),
            .team = text_of(decoy, "team"),
            .kinds = json_object_get(decoy, "kinds"),
            .indicators = json_object_get(decoy, "indicators"),
            .from = day_of(decoy, "from"),
            .to = day_of(decoy, "to"),
        };
    }
    return 0;
}

static int read_promises(struct truth *truth, json_t *promises) {
    size_t i;
    json_t *promise;
    truth->promises = calloc(json_array_size(promises) + 1, sizeof(*truth->promises));
    if (!truth->promises)
        return -ENOMEM;
    json_array_foreach(promises, i, promise) {
        truth->promises[truth->n_promises++] = (struct promised){
            .commitment = text_of(promise, "commitment"),
            .rep = text_of(promise, "rep"),
            .meant = text_of(promise, "meant"),
            .by_manager = strcmp(text_of(promise, "by"), "manager") == 0,
            .verdict = "",
        };
    }
    return 0;
}

static int read_days_off(struct truth *truth, json_t *days) {
    size_t i;
    json_t *day;
    truth->days_off = calloc(json_array_size(days) + 1, sizeof(*truth->days_off));
    if (!truth->days_off)
        return -ENOMEM;
    json_array_foreach(days, i, day) {
        truth->days_off[truth->n_days_off++] = day_value(day);
    }
    return 0;
}

static int truth_fill(struct truth *truth, json_t *root) {
    json_t *slips = json_object_get(root, "slips");
    int rc = json_is_array(slips) ? read_slips(truth, slips) : -EINVAL;
    if (rc == 0)
        rc = read_spans(truth, json_object_get(root, "dips"), json_object_get(root, "leaves"));
    if (rc == 0)
        rc = read_decoys(truth, json_object_get(root, "decoys"));
    if (rc == 0)
        rc = read_promises(truth, json_object_get(root, "commitments"));
    pace_day start = day_of(root, "start");
    truth->answered = json_is_array(json_object_get(root, "managers"));
    truth->end = start == DAY_NONE
                     ? DAY_NONE
                     : start + (pace_day)json_integer_value(json_object_get(root, "days"));
    return rc == 0 ? read_days_off(truth, json_object_get(root, "days_off")) : rc;
}

int truth_read(const char *path, struct truth **ret_truth) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        return complain(path, error.text);
    struct truth *truth = calloc(1, sizeof(*truth));
    if (!truth) {
        json_decref(root);
        return -ENOMEM;
    }
    truth->owner = root;
    int rc = truth_fill(truth, root);
    if (rc < 0) {
        truth_free(&truth);
        return rc == -EINVAL ? complain(path, "this is not a truth that pace-sim wrote") : rc;
    }
    *ret_truth = truth;
    return 0;
}

void truth_free(struct truth **truth) {
    if (!*truth)
        return;
    free((*truth)->slips);
    free((*truth)->dips);
    free((*truth)->leaves);
    free((*truth)->days_off);
    free((*truth)->decoys);
    free((*truth)->promises);
    json_decref((*truth)->owner);
    free(*truth);
    *truth = NULL;
}

static bool truth_is_day_off(const struct truth *truth, pace_day day) {
    for (size_t i = 0; i < truth->n_days_off; i++)
        if (truth->days_off[i] == day)
            return true;
    return false;
}

bool truth_on_leave(const struct truth *truth, const char *rep, pace_day day, int after) {
    for (size_t i = 0; i < truth->n_leaves; i++) {
        const struct leave *leave = &truth->leaves[i];
        if (day >= leave->from && day <= leave->to + after && strcmp(leave->rep, rep) == 0)
            return true;
    }
    return false;
}

int truth_working_days(const struct truth *truth, const char *rep, pace_day from, pace_day to) {
    int n = 0;
    for (pace_day day = from; day <= to; day++)
        if (day_weekday(day) < 5 && !truth_is_day_off(truth, day) &&
            !(rep && truth_on_leave(truth, rep, day, 0)))
            n++;
    return n;
}

/* ---- warnings ---- */

static int grow(struct warning_list *list) {
    size_t room = list->room ? 2 * list->room : 64;
    struct warning *items = realloc(list->items, room * sizeof(*items));
    if (!items)
        return -ENOMEM;
    list->items = items;
    list->room = room;
    return 0;
}

static int add_warning(struct warning_list *list, const json_t *event) {
    const json_t *data = json_object_get(event, "data");
    if (!*text_of(data, "kind"))
        return -EINVAL;
    if (list->n == list->room && grow(list) < 0)
        return -ENOMEM;
    list->items[list->n++] = (struct warning){
        .kind = text_of(data, "kind"),
        .subject = text_of(event, "subject"),
        .indicator = text_of(data, "indicator"),
        .team = text_of(data, "team"),
        .raised_on = day_of(data, "raised_on"),
        .since = day_of(data, "since"),
        .commitment = text_of(data, "commitment"),
        .verdict = text_of(data, "verdict"),
        .push = json_is_true(json_object_get(data, "push")),
        .members = json_object_get(data, "members"),
    };
    return 0;
}

/* A value of the input: a warning, or something that holds warnings one level down. */
static int add_value(struct warning_list *list, json_t *value) {
    json_t *items = json_is_array(value) ? value : json_object_get(value, "items"), *item;
    size_t i;
    if (!items)
        items = json_object_get(value, "warnings");
    if (!items)
        return add_warning(list, value);
    json_array_foreach(items, i, item) {
        int rc = add_warning(list, item);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The next value, or NULL at the end or on an error, which *ret_end tells apart. */
static json_t *next_value(FILE *file, json_error_t *error, bool *ret_end) {
    int c;
    while ((c = getc(file)) == ' ' || (c >= '\t' && c <= '\r'))
        continue;
    *ret_end = c == EOF;
    if (c == EOF)
        return NULL;
    ungetc(c, file);
    return json_loadf(file, JSON_DISABLE_EOF_CHECK, error);
}

static int read_values(FILE *file, const char *path, struct warning_list *list) {
    for (;;) {
        json_error_t error;
        bool end;
        json_t *value = next_value(file, &error, &end);
        if (end)
            return 0;
        if (!value)
            return complain(path, error.text);
        if (json_array_append_new(list->owner, value) < 0)
            return -ENOMEM;
        int rc = add_value(list, value);
        if (rc < 0)
            return rc == -EINVAL ? complain(path, "a value is not a warning of paced") : rc;
    }
}

int warnings_read(const char *path, struct warning_list *ret_list) {
    bool is_own = strcmp(path, "-") != 0;
    FILE *file = is_own ? fopen(path, "r") : stdin;
    if (!file)
        return complain(path, strerror(errno));
    struct warning_list list = {.owner = json_array()};
    int rc = list.owner ? read_values(file, path, &list) : -ENOMEM;
    if (is_own)
        fclose(file);
    if (rc < 0)
        warnings_free(&list);
    else
        *ret_list = list;
    return rc;
}

void warnings_free(struct warning_list *list) {
    free(list->items);
    json_decref(list->owner);
    *list = (struct warning_list){0};
}
