/* Two configs beside each other, key by key as the table has them. */
#include "schema_table.h"

#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct differ {
    schema_differ *tell;
    void *arg;
    char path[SCHEMA_PATH_SIZE];
};

/* Appends a key; the length to go back to. */
static size_t differ_push(struct differ *differ, const char *name) {
    size_t len = strlen(differ->path);
    snprintf(differ->path + len, sizeof differ->path - len, "%s%s", len ? "." : "", name);
    return len;
}

static void differ_tell(struct differ *differ, const char *name, enum schema_change change) {
    size_t len = differ_push(differ, name);
    differ->tell(differ->arg, differ->path, change);
    differ->path[len] = '\0';
}

static void digest_piece(void *arg, const char *text) {
    uint64_t *digest = arg;
    *digest = XXH3_64bits_withSeed(text, strlen(text), *digest);
}

/* Of what --print-config writes of a value. */
static uint64_t value_digest(const struct schema_key *row, const void *base) {
    uint64_t digest = 0;
    const struct schema_out out = {digest_piece, &digest};
    schema_types[row->type].print(&out, row, base);
    return digest;
}

/* Of holidays the config has the files' names, and what is in them may be another. */
static bool holidays_differ(const struct schema_key *row, const void *before, const void *after) {
    const struct config_holidays *a =
        *(struct config_holidays *const *)schema_at_const(before, row->offset);
    const struct config_holidays *b =
        *(struct config_holidays *const *)schema_at_const(after, row->offset);
    return a->n_days != b->n_days ||
           (a->n_days && memcmp(a->days, b->days, (size_t)a->n_days * sizeof *a->days) != 0);
}

static bool values_differ(const struct schema_key *row, const void *before, const void *after) {
    return value_digest(row, before) != value_digest(row, after) ||
           (row->type == TYPE_HOLIDAYS && holidays_differ(row, before, after));
}

static void differ_rows(struct differ *differ, const struct schema_key *keys, const void *before,
                        const void *after);

/* ---- maps of named things ---- */

struct elements {
    const char *at;
    int n;
    size_t size;
};

static struct elements elements_of(const struct schema_key *row, const void *base) {
    return (struct elements){*(const char *const *)schema_at_const(base, row->offset),
                             *(const int *)schema_at_const(base, row->extra), row->named->size};
}

static const char *element(const struct elements *of, int i) {
    return of->at + (size_t)i * of->size;
}

static const char *element_name(const struct elements *of, int i) {
    return *(const char *const *)element(of, i);
}

/* Its place, by halves where they are in order: those are of which there may be many. -1: none. */
static int element_find(const struct elements *of, bool sorted, const char *name) {
    int from = 0, to = of->n;
    while (from < to) {
        int at = sorted ? from + (to - from) / 2 : from;
        int order = strcmp(element_name(of, at), name);
        if (order == 0)
            return at;
        if (!sorted || order < 0)
            from = at + 1;
        else
            to = at;
    }
    return -1;
}

static void differ_element(struct differ *differ, const struct schema_key *row, const void *before,
                           const void *after) {
    size_t len = differ_push(differ, *(const char *const *)before);
    differ_rows(differ, row->keys, before, after);
    differ->path[len] = '\0';
}

/* The elements of `from` that `in` hasn't. */
static void differ_missing(struct differ *differ, const struct schema_key *row,
                           const struct elements *from, const struct elements *in,
                           enum schema_change change) {
    for (int i = 0; i < from->n; i++)
        if (element_find(in, row->named->sorted, element_name(from, i)) < 0)
            differ_tell(differ, element_name(from, i), change);
}

static void differ_elements(struct differ *differ, const struct schema_key *row, const void *base,
                            const void *other) {
    const struct elements before = elements_of(row, base), after = elements_of(row, other);
    bool ordered = true;
    size_t len = differ_push(differ, row->name);
    differ_missing(differ, row, &before, &after, SCHEMA_GONE);
    differ_missing(differ, row, &after, &before, SCHEMA_ADDED);
    for (int i = 0, least = 0; i < before.n; i++) {
        int found = element_find(&after, row->named->sorted, element_name(&before, i));
        if (found < 0)
            continue;
        ordered = ordered && found >= least;
        least = found;
        differ_element(differ, row, element(&before, i), element(&after, found));
    }
    differ->path[len] = '\0';
    if (!ordered)
        differ_tell(differ, row->name, SCHEMA_REORDERED);
}

/* ---- keys ---- */

static void differ_row(struct differ *differ, const struct schema_key *row, const void *before,
                       const void *after) {
    bool is = schema_is_printed(row, before), will = schema_is_printed(row, after);
    if (is != will) {
        differ_tell(differ, row->name, is ? SCHEMA_GONE : SCHEMA_ADDED);
    } else if (is && row->type == TYPE_NAMED) {
        differ_elements(differ, row, before, after);
    } else if (is && row->type == TYPE_SECTION) {
        size_t len = differ_push(differ, row->name);
        differ_rows(differ, row->keys, before, after);
        differ->path[len] = '\0';
    } else if (is && values_differ(row, before, after)) {
        differ_tell(differ, row->name, SCHEMA_CHANGED);
    }
}

static void differ_rows(struct differ *differ, const struct schema_key *keys, const void *before,
                        const void *after) {
    for (const struct schema_key *row = keys; row->name; row++)
        differ_row(differ, row, before, after);
}

void schema_diff(const struct config *before, const struct config *after, schema_differ *tell,
                 void *arg) {
    struct differ differ = {.tell = tell, .arg = arg};
    differ_rows(&differ, schema_root, before, after);
}
