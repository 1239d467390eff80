/* The walk over a tree along the table of keys. */
#include "schema_table.h"

#include "pace/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what the values use ---- */

static void __attribute__((format(printf, 4, 0)))
tell(struct walk *walk, const struct node *at, bool warning, const char *format, va_list args) {
    char text[sizeof((struct schema_error *)NULL)->text];
    if (walk->in_default && warning)
        return;
    vsnprintf(text, sizeof text, format, args);
    schema_report_add(walk->report, at->line, at->col, warning, "%s%s%s", walk->path,
                      walk->path[0] ? ": " : "", text);
}

void walk_error(struct walk *walk, const struct node *at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    tell(walk, at, false, format, args);
    va_end(args);
}

void walk_warning(struct walk *walk, const struct node *at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    tell(walk, at, true, format, args);
    va_end(args);
}

void walk_mismatch(struct walk *walk, const struct schema_key *row, const struct node *at,
                   const char *problem) {
    char shown[SCHEMA_SHOWN_SIZE], expected[SCHEMA_EXPECTED_SIZE];
    if (at->kind == NODE_BROKEN)
        return;
    schema_expected(row, expected, sizeof expected);
    walk_error(walk, at, "%s %s; write e.g. %s", schema_show(at, shown), problem, expected);
}

void walk_refer(struct walk *walk, enum schema_ref_kind kind, const char *text,
                const struct node *at) {
    if (walk->in_default)
        return;
    int n = walk->n_refs[kind];
    struct schema_ref *refs = arena_grow(walk->scratch, walk->refs[kind], (size_t)n, sizeof *refs);
    if (!refs)
        return;
    refs[n] = (struct schema_ref){text, walk->owner, at};
    walk->refs[kind] = refs;
    walk->n_refs[kind] = n + 1;
}

bool walk_may_guess(const struct walk *walk) {
    return walk->report->n_errors < 100;
}

void *walk_alloc(struct walk *walk, size_t n, size_t size) {
    return arena_alloc(walk->config->arena, n, size);
}

static int find_key(const struct schema_key *keys, const char *name) {
    for (int i = 0; keys[i].name; i++)
        if (strcmp(keys[i].name, name) == 0)
            return i;
    return -1;
}

const struct node *seen_key(const struct schema_key *row, const struct schema_seen *seen,
                            const char *name) {
    int i = find_key(row->keys, name);
    return i < 0 ? NULL : seen->keys[i];
}

const struct node *seen_value(const struct schema_key *row, const struct schema_seen *seen,
                              const char *name) {
    int i = find_key(row->keys, name);
    return i < 0 ? NULL : seen->values[i];
}

/* ---- a place in the tree ---- */

static int place_in(const struct node *map, const char *name) {
    for (int i = 0; map && map->kind == NODE_MAP && i < map->n_items; i++)
        if (strcmp(map->keys[i]->text, name) == 0)
            return i;
    return -1;
}

const struct node *schema_map_key(const struct node *map, const char *name) {
    int i = place_in(map, name);
    return i < 0 ? NULL : map->keys[i];
}

const struct node *schema_map_value(const struct node *map, const char *name) {
    int i = place_in(map, name);
    return i < 0 ? NULL : map->items[i];
}

const struct node *schema_at_path(const struct node *map, const char *const path[SCHEMA_PLACE_KEYS]) {
    for (int i = 0; map && path[i]; i++)
        map = schema_map_value(map, path[i]);
    return map;
}

/* ---- the path in messages ---- */

size_t walk_push(struct walk *walk, const char *name) {
    char shown[SCHEMA_SHOWN_SIZE];
    size_t len = strlen(walk->path);
    bool plain = schema_text_ok(TYPE_TEXT, name) && strlen(name) < 48 && !strpbrk(name, " \":#");
    snprintf(walk->path + len, sizeof walk->path - len, "%s%s", len ? "." : "",
             plain ? name : schema_show_text(name, shown));
    return len;
}

size_t walk_push_path(struct walk *walk, const char *const path[SCHEMA_PLACE_KEYS]) {
    size_t len = strlen(walk->path);
    for (int i = 0; path[i]; i++)
        walk_push(walk, path[i]);
    return len;
}

void walk_pop(struct walk *walk, size_t len) {
    walk->path[len] = '\0';
}

/* ---- maps of known keys ---- */

static void read_value(struct walk *walk, const struct schema_key *row, const struct node *value,
                       void *base);

/* "tz, workweek or holidays". */
static void list_keys(const struct schema_key *keys, char *buffer, size_t size) {
    size_t len = 0;
    for (int i = 0; keys[i].name && len < size; i++) {
        const char *before = i == 0 ? "" : keys[i + 1].name ? ", " : " or ";
        len += (size_t)snprintf(buffer + len, size - len, "%s%s", before, keys[i].name);
    }
}

static void tell_unknown(struct walk *walk, const struct schema_key *keys, const struct node *key) {
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40] = "", known[SCHEMA_EXPECTED_SIZE];
    struct guess guess = {.word = key->text};
    for (int i = 0; keys[i].name && key->text[0] && walk_may_guess(walk); i++)
        guess_add(&guess, keys[i].name);
    schema_show_text(key->text, shown);
    if (*schema_guess_text(&guess, guessed, sizeof guessed)) {
        walk_error(walk, key, "unknown key %s%s", shown, guessed);
        return;
    }
    list_keys(keys, known, sizeof known);
    walk_error(walk, key, "unknown key %s; it is one of %s", shown, known);
}

static void tell_missing(struct walk *walk, const struct schema_key *keys,
                         const struct schema_seen *seen) {
    for (int i = 0; keys[i].name; i++) {
        if (!keys[i].required || seen->keys[i])
            continue;
        bool section = keys[i].type == TYPE_SECTION;
        walk_error(walk, seen->map, "key %s is missing%s%s", keys[i].name,
                   section ? "" : "; write e.g. ", section ? "" : schema_example(&keys[i]));
    }
}

static void read_key(struct walk *walk, const struct schema_key *keys, const struct node *key,
                     const struct node *value, void *base, struct schema_seen *seen) {
    int i = find_key(keys, key->text);
    if (i < 0) {
        tell_unknown(walk, keys, key);
        return;
    }
    size_t len = walk_push(walk, key->text);
    if (seen->keys[i]) {
        walk_error(walk, key, "is given twice; the first is in line %d", seen->keys[i]->line);
    } else {
        seen->keys[i] = key;
        seen->values[i] = value;
        read_value(walk, &keys[i], value, base);
    }
    walk_pop(walk, len);
}

/* An empty value is an empty map, as where everything below a key is commented out. */
static bool is_map(struct walk *walk, const struct node *node, const char *noun) {
    char shown[SCHEMA_SHOWN_SIZE];
    if (node->kind == NODE_MAP || node->kind == NODE_BROKEN || schema_is_null(node))
        return true;
    walk_error(walk, node, "%s is not %s", schema_show(node, shown), noun);
    return false;
}

static void read_map(struct walk *walk, const struct schema_key *keys, const struct node *node,
                     void *base, struct schema_seen *seen) {
    *seen = (struct schema_seen){.map = node};
    if (!is_map(walk, node, schema_types[TYPE_SECTION].noun))
        return;
    for (int i = 0; node->kind == NODE_MAP && i < node->n_items; i++)
        read_key(walk, keys, node->keys[i], node->items[i], base, seen);
    tell_missing(walk, keys, seen);
}

/* ---- defaults ---- */

/* `{mon-fri: "09:00-17:00"}`, the one default that is more than a word; a test compares it with its
 * text. */
static void set_default_week(struct walk *walk, const struct schema_key *row, void *base) {
    struct node days = {.kind = NODE_SCALAR, .text = "mon-fri"};
    struct node hours = {.kind = NODE_SCALAR, .text = "09:00-17:00", .quoted = true};
    struct node *keys[] = {&days}, *items[] = {&hours};
    struct node week = {.kind = NODE_MAP, .keys = keys, .items = items, .n_items = 1};
    schema_types[row->type].read(walk, row, &week, base);
}

/* Defaults take the same way as values from the file, so that the table can't promise what isn't
 * so. */
static void set_defaults(struct walk *walk, const struct schema_key *keys, void *base) {
    for (const struct schema_key *row = keys; row->name; row++) {
        struct node word = {.kind = NODE_SCALAR, .text = row->fallback};
        if (row->type == TYPE_SECTION)
            set_defaults(walk, row->keys, base);
        else if (row->type == TYPE_DAY)
            *(pace_day *)schema_at(base, row->offset) = DAY_NONE;
        else if (row->fallback && row->type == TYPE_WEEK)
            set_default_week(walk, row, base);
        else if (row->fallback)
            schema_types[row->type].read(walk, row, &word, base);
    }
}

static void set_all_defaults(struct walk *walk, const struct schema_key *keys, void *base) {
    walk->in_default = true;
    set_defaults(walk, keys, base);
    walk->in_default = false;
}

/* ---- maps of named things ---- */

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a,
                  *(const char *const *)b); /* they begin with their name */
}

static int compare_key_nodes(const void *a, const void *b) {
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    int order = strcmp(x->text, y->text);
    if (order)
        return order;
    return x->line != y->line ? x->line - y->line : x->col - y->col;
}

void walk_tell_repeated(struct walk *walk, const struct node *map) {
    const struct node **keys = arena_alloc(walk->scratch, (size_t)map->n_items, sizeof *keys);
    if (!keys || !map->n_items)
        return;
    memcpy(keys, map->keys, (size_t)map->n_items * sizeof *keys);
    qsort(keys, (size_t)map->n_items, sizeof *keys, compare_key_nodes);
    for (int i = 1, first = 0; i < map->n_items; i++) {
        if (strcmp(keys[first]->text, keys[i]->text) != 0) {
            first = i;
            continue;
        }
        size_t len = walk_push(walk, keys[i]->text);
        walk_error(walk, keys[i], "is given twice; the first is in line %d", keys[first]->line);
        walk_pop(walk, len);
    }
}

static bool name_ok(struct walk *walk, const struct schema_key *row, const struct node *key) {
    char shown[SCHEMA_SHOWN_SIZE];
    enum schema_type type = row->named->strict ? TYPE_WORD : TYPE_TEXT;
    if (schema_text_ok(type, key->text))
        return true;
    if (row->named->strict)
        walk_error(walk, key, "%s is not a name; write e.g. %s (a to z, 0 to 9 and _, at most %d)",
                   schema_show_text(key->text, shown), row->named->example,
                   CONFIG_INDICATOR_MAX_BYTES);
    else
        walk_error(walk, key,
                   "%s is not a name; write e.g. %s (1 to %d bytes without control characters)",
                   schema_show_text(key->text, shown), row->named->example, CONFIG_NAME_MAX_BYTES);
    return false;
}

/* One rep, team, manager or indicator. False: its name can't be used. */
static bool read_element(struct walk *walk, const struct schema_key *row, const struct node *key,
                         const struct node *value, void *element) {
    if (!name_ok(walk, row, key))
        return false;
    const char *name = arena_text(walk->config->arena, key->text, strlen(key->text));
    if (!name)
        return false;
    *(const char **)element = name;
    walk->owner = name;
    if (row->ref)
        walk_refer(walk, row->ref, name, key);
    set_all_defaults(walk, row->keys, element);
    struct schema_seen seen;
    size_t len = walk_push(walk, name);
    read_map(walk, row->keys, value, element, &seen);
    seen.name = key;
    if (row->named->finish)
        row->named->finish(walk, row, &seen, element);
    walk_pop(walk, len);
    walk->owner = NULL;
    return true;
}

static void read_named(struct walk *walk, const struct schema_key *row, const struct node *node,
                       void *base) {
    const struct schema_named *named = row->named;
    if (!is_map(walk, node, schema_types[TYPE_NAMED].noun) || node->kind != NODE_MAP)
        return;
    if (named->max && node->n_items > named->max) {
        walk_error(walk, node->keys[named->max], "%d are too many; there can be %d", node->n_items,
                   named->max);
        return;
    }
    walk_tell_repeated(walk, node);
    char *elements = walk_alloc(walk, (size_t)node->n_items, named->size);
    int n = 0;
    for (int i = 0; elements && i < node->n_items; i++)
        n += read_element(walk, row, node->keys[i], node->items[i],
                          elements + (size_t)n * named->size);
    if (!elements)
        return;
    if (named->sorted && n)
        qsort(elements, (size_t)n, named->size, compare_names);
    *(void **)schema_at(base, row->offset) = elements;
    *(int *)schema_at(base, row->extra) = n;
}

/* ---- a value of any type ---- */

static void warn_unused(struct walk *walk, const struct schema_key *row, const struct node *value) {
    bool is_default =
        row->fallback && value->kind == NODE_SCALAR && strcmp(value->text, row->fallback) == 0;
    bool empty = value->kind != NODE_SCALAR && value->n_items == 0;
    if (!row->unused || is_default || empty)
        return;
    for (int i = 0; i < walk->n_told; i++)
        if (walk->told[i] == row)
            return;
    if (walk->n_told < SCHEMA_TOLD_MAX && !walk->in_default)
        walk->told[walk->n_told++] = row;
    walk_warning(walk, value, "%s", row->unused);
}

/* The key of an indicator's kind says which it is. */
static void note_kind(const struct schema_key *row, void *base) {
    struct config_indicator *indicator = base;
    if (row->kind)
        indicator->kind = (enum indicator_kind)(row->kind - 1);
}

static void read_value(struct walk *walk, const struct schema_key *row, const struct node *value,
                       void *base) {
    struct schema_seen seen;
    note_kind(row, base);
    if (row->type == TYPE_SECTION)
        read_map(walk, row->keys, value, base, &seen);
    else if (row->type == TYPE_NAMED)
        read_named(walk, row, value, base);
    else if (value->kind != NODE_BROKEN && schema_types[row->type].read(walk, row, value, base))
        warn_unused(walk, row, value);
}

/* ---- the whole ---- */

static void read_root(struct walk *walk, const struct node *root) {
    struct schema_seen seen;
    set_all_defaults(walk, schema_root, walk->config);
    if (!root) {
        schema_report_add(
            walk->report, 1, 1, false,
            "the file is empty; a config has at least indicators, e.g. indicators: {calls: {count: "
            "sales.activity.call}}");
        return;
    }
    read_map(walk, schema_root, root, walk->config, &seen);
    if (!schema_report_has_errors(walk->report) && !walk->config->n_indicators)
        schema_report_add(
            walk->report, root->line, root->col, true,
            "indicators: there is none, so nothing is watched; write e.g. calls: {count: "
            "sales.activity.call}");
    schema_check(walk, root);
}

static int judge(struct walk *walk) {
    bool failed = arena_failed(walk->config->arena) || arena_failed(walk->scratch) ||
                  walk->report->out_of_memory;
    schema_report_sort(walk->report);
    if (failed)
        return -ENOMEM;
    return schema_report_has_errors(walk->report) ? PACE_ECONFIG : 0;
}

int schema_read(const struct node *root, schema_zone_exists *zone_exists, void *arg,
                struct schema_report *report, struct config **ret_config) {
    struct walk walk = {.report = report, .zone_exists = zone_exists, .zone_arg = arg};
    walk.config = config_create();
    walk.scratch = arena_create();
    int error = -ENOMEM;
    if (walk.config && walk.scratch) {
        read_root(&walk, root);
        config_digest_holidays(walk.config);
        error = judge(&walk);
    }
    arena_destroy(&walk.scratch);
    if (error)
        config_destroy(&walk.config);
    else
        *ret_config = walk.config;
    return error;
}
