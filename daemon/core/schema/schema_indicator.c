/* What is judged and filled in once an indicator has been read. */
#include "indicator.h"
#include "schema_table.h"

static const char no_guard[] = "none";

/* "meetings_held" is called "meetings held". */
static const char *label_of(struct walk *walk, const char *name) {
    char *label = arena_text(walk->config->arena, name, strlen(name));
    for (char *at = label; at && *at; at++)
        if (*at == '_')
            *at = ' ';
    return label;
}

/* Exactly one kind. */
static void check_kind(struct walk *walk, const struct schema_key *row,
                       const struct schema_seen *seen) {
    const struct node *first = NULL;
    for (int i = 0; row->keys[i].name; i++) {
        const struct node *key = row->keys[i].kind ? seen->keys[i] : NULL;
        bool earlier =
            key && first &&
            (key->line < first->line || (key->line == first->line && key->col < first->col));
        if (key && first)
            walk_error(walk, earlier ? first : key,
                       "has two kinds, %s and %s; an indicator has one",
                       earlier ? key->text : first->text, earlier ? first->text : key->text);
        first = key && (!first || earlier) ? key : first;
    }
    if (!first)
        walk_error(walk, seen->name,
                   "has no kind; write e.g. count: sales.activity.call (count, sum, ratio, "
                   "latency, level, score, "
                   "adherence or promises)");
}

/* A success without a type and without a condition: every trial would be one. */
static bool says_nothing(const struct node *success) {
    const struct node *where = schema_map_value(success, "where");
    bool unconditional = !where || (where->kind == NODE_MAP && where->n_items == 0);
    return success && !schema_map_value(success, "of") && unconditional;
}

/* `key` and `within` go together, and a success of another type needs both. One that was told to be wrong is there. */
static void check_ratio(struct walk *walk, const struct schema_key *row,
                        const struct schema_seen *seen, const struct config_indicator *indicator) {
    const struct node *at = seen_key(row, seen, "ratio"), *ratio = seen_value(row, seen, "ratio");
    bool key = schema_map_value(ratio, "key"), within = schema_map_value(ratio, "within");
    size_t len = walk_push(walk, "ratio");
    if (key && !within)
        walk_error(walk, at, "has a key but no within; write e.g. within: 14d");
    if (!key && within)
        walk_error(walk, at, "has within but no key; write e.g. key: opportunity");
    if (indicator->then && !key && !within)
        walk_error(walk, at,
                   "has a success of another type, so it needs key and within; write e.g. key: "
                   "opportunity, "
                   "within: 14d");
    if (indicator->settle == SETTLE_HORIZON && !key)
        walk_error(walk, at,
                   "settles at the horizon but has none; write e.g. key: opportunity, within: 14d");
    if (says_nothing(schema_map_value(ratio, "success")))
        walk_error(walk, at,
                   "says nothing about success; write e.g. success: {where: {outcome: connected}}");
    walk_pop(walk, len);
}

/* Of these quantities, more is worse; who forgets to say so would be warned of what is good. */
static void check_level(struct walk *walk, const struct schema_key *row,
                        const struct schema_seen *seen, const struct config_indicator *indicator) {
    static const bool burden[LEVEL_QUANTITIES] = {
        [LEVEL_NO_NEXT_STEP] = true, [LEVEL_DAYS_IN_STAGE] = true, [LEVEL_PUSH_COUNT] = true};
    if (!burden[indicator->quantity] || seen_key(row, seen, "direction"))
        return;
    walk_warning(walk, seen_key(row, seen, "level"),
                 "has no direction, so more counts as better; write e.g. direction: down");
}

/* 40 for 40 %: nobody would ever be measured by it. */
static void check_target(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                         const struct config_indicator *indicator) {
    double most = indicator_most(indicator);
    if (indicator->target <= most)
        return;
    size_t len = walk_push(walk, "target");
    walk_warning(walk, seen_key(row, seen, "target"), "is more than the %g that there can be, so nothing is measured by it%s", most,
                 most > 1 ? "" : "; write e.g. 0.4 for 40 %");
    walk_pop(walk, len);
}

/* ---- what nobody asks for ---- */

#define OF(kind) (1U << KIND_##kind)
#define OF_EVENTS (~OF(PROMISES))

static const struct {
    const char *path[SCHEMA_PLACE_KEYS];
    unsigned kinds;      /* that ask for it */
    bool not_with_a_key; /* for a ratio */
    const char *instead;
} asked[] = {
    {{"where"}, OF_EVENTS, false, ""},
    {{"trials_where"}, OF(RATIO) | OF(LATENCY), false, "; write where"},
    {{"credit"}, OF(COUNT) | OF(SUM) | OF(RATIO) | OF(LATENCY), false, ""},
    {{"filters", "distinct"}, OF(COUNT) | OF(RATIO), true, ""},
    {{"filters", "min_duration_s"}, OF_EVENTS, false, ""},
    {{"filters", "automatic"}, OF_EVENTS, false, ""},
};

/* Who wrote it thinks that something is left out, or given to somebody else. */
static void check_asked(struct walk *walk, const struct node *map, const struct config_indicator *indicator) {
    bool keyed = indicator->kind == KIND_RATIO && indicator->key;
    for (size_t a = 0; a < sizeof asked / sizeof *asked; a++) {
        const struct node *at = schema_at_path(map, asked[a].path);
        bool reads = (asked[a].kinds >> indicator->kind & 1) && !(keyed && asked[a].not_with_a_key);
        if (!at || reads)
            continue;
        size_t len = walk_push_path(walk, asked[a].path);
        walk_warning(walk, at, "is passed over: indicators of kind %s%s don't ask for it%s", indicator_kind_name(indicator->kind),
                     keyed ? " with a key" : "", asked[a].instead);
        walk_pop(walk, len);
    }
}

void indicator_finish(struct walk *walk, const struct schema_key *row,
                      const struct schema_seen *seen, void *element) {
    struct config_indicator *indicator = element;
    if (indicator->guard && strcmp(indicator->guard, no_guard) == 0)
        indicator->guard = NULL;
    indicator->line = seen->name->line;
    if (!indicator->label)
        indicator->label = label_of(walk, indicator->name);
    check_kind(walk, row, seen);
    if (seen_key(row, seen, "ratio"))
        check_ratio(walk, row, seen, indicator);
    if (seen_key(row, seen, "level"))
        check_level(walk, row, seen, indicator);
    check_target(walk, row, seen, indicator);
    check_asked(walk, seen->map, indicator);
    schema_check_members(walk, seen->map, indicator);
}
