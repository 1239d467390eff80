/* Days: `2026-12-24`, and lists of holidays: `[holidays/nl.ics, 2026-12-24]`. */
#include "schema_table.h"

#include <stdio.h>

/* ---- a day ---- */

bool day_read(struct walk *walk, const struct schema_key *row, const struct node *node,
              void *base) {
    pace_day day;
    if (node->kind != NODE_SCALAR || day_parse(view_of(node->text), &day)) {
        walk_mismatch(walk, row, node, "is not a day");
        return false;
    }
    *(pace_day *)schema_at(base, row->offset) = day;
    return true;
}

void day_print(const struct schema_out *out, const struct schema_key *row, const void *base) {
    char text[DAY_TEXT_SIZE];
    out->put(out->arg, day_format(*(const pace_day *)schema_at_const(base, row->offset), text));
}

bool day_set(const struct schema_key *row, const void *base) {
    return *(const pace_day *)schema_at_const(base, row->offset) != DAY_NONE;
}

/* ---- holidays ---- */

/* The arrays that a list of holidays is read into, with room for all of its items. */
struct holidays_walk {
    const char **sources;
    struct config_place *places;
    pace_day *days;
    int n_sources, n_days;
};

static bool is_ics(const char *text) {
    size_t len = strlen(text);
    return len > 4 && strcmp(text + len - 4, ".ics") == 0;
}

static void read_source(struct walk *walk, const struct schema_key *row, const struct node *node,
                        struct holidays_walk *list) {
    bool text = node->kind == NODE_SCALAR && schema_text_ok(TYPE_TEXT, node->text);
    pace_day day = DAY_NONE;
    bool is_day = text && day_parse(view_of(node->text), &day) == 0;
    if (!is_day && !(text && is_ics(node->text))) {
        walk_mismatch(walk, row, node, "is neither a day, as in 2026-12-24, nor a file .ics");
        return;
    }
    list->places[list->n_sources] = (struct config_place){node->line, node->col};
    list->sources[list->n_sources++] =
        arena_text(walk->config->arena, node->text, strlen(node->text));
    if (is_day)
        list->days[list->n_days++] = day;
}

static bool begin_list(struct walk *walk, const struct schema_key *row, const struct node *node,
                       int n, struct holidays_walk *list) {
    char problem[SCHEMA_SHOWN_SIZE];
    if (n > CONFIG_HOLIDAYS_MAX) {
        snprintf(problem, sizeof problem, "has %d entries, more than the %d that there can be", n,
                 CONFIG_HOLIDAYS_MAX);
        walk_mismatch(walk, row, node, problem);
        return false;
    }
    list->sources = walk_alloc(walk, (size_t)n, sizeof *list->sources);
    list->places = walk_alloc(walk, (size_t)n, sizeof *list->places);
    list->days = walk_alloc(walk, (size_t)n, sizeof *list->days);
    return list->sources && list->places && list->days;
}

bool holiday_list_read(struct walk *walk, const struct schema_key *row, const struct node *node,
                       void *base) {
    const struct node *alone[] = {node};
    bool is_list = node->kind == NODE_LIST;
    const struct node *const *items = is_list ? (const struct node *const *)node->items : alone;
    int n = is_list ? node->n_items : 1;
    struct holidays_walk list = {0};
    struct config_holidays *holidays = walk_alloc(walk, 1, sizeof *holidays);
    if (!holidays || !begin_list(walk, row, node, n, &list))
        return false;
    for (int i = 0; i < n; i++)
        if (items[i]->kind != NODE_BROKEN)
            read_source(walk, row, items[i], &list);
    *holidays = (struct config_holidays){
        .sources = list.sources, .places = list.places, .n_sources = list.n_sources};
    *(struct config_holidays **)schema_at(base, row->offset) = holidays;
    return config_holidays_add(walk->config, holidays, list.days, list.n_days) == 0;
}

void holiday_list_print(const struct schema_out *out, const struct schema_key *row,
                        const void *base) {
    const struct config_holidays *holidays =
        *(struct config_holidays *const *)schema_at_const(base, row->offset);
    schema_put_texts(out, holidays->sources, holidays->n_sources);
}

bool holiday_list_set(const struct schema_key *row, const void *base) {
    return *(struct config_holidays *const *)schema_at_const(base, row->offset) != NULL;
}
