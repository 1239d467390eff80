/* What is judged and filled in once a rep or an indicator has been read. */
#include "event.h"
#include "indicator.h"
#include "schema_table.h"

#include <stdio.h>

/* ---- reps ---- */

/* The rep's own name isn't kept among the aliases. */
static void drop_own_name(struct config_rep *rep) {
    int kept = 0;
    for (int i = 0; i < rep->n_aliases; i++)
        if (strcmp(rep->aliases[i], rep->name) != 0)
            rep->aliases[kept++] = rep->aliases[i];
    rep->n_aliases = kept;
}

static int week_minutes(const struct workweek *week) {
    int minutes = 0;
    for (int day = 0; day < 7; day++)
        minutes += week->days[day].minutes;
    return minutes;
}

/* One of two alternating weeks may be free, not both. */
static void check_weeks(struct walk *walk, const struct schema_key *row,
                        const struct schema_seen *seen, const struct config_rep *rep) {
    const struct node *even = seen_key(row, seen, "workweek");
    const struct node *odd = seen_key(row, seen, "workweek_odd");
    bool works = (rep->hours && week_minutes(&rep->workweek)) ||
                 (rep->hours_odd && week_minutes(&rep->workweek_odd));
    if (works || !even || (even && !rep->hours) || (odd && !rep->hours_odd))
        return;
    size_t len = walk_push(walk, "workweek");
    walk_error(walk, seen_value(row, seen, "workweek"), "%s; write e.g. {mon-fri: \"09:00-17:00\"}",
               odd ? "neither this week nor workweek_odd has working time"
                   : "this week has no working time");
    walk_pop(walk, len);
}

static void check_tenure(struct walk *walk, const struct schema_key *row,
                         const struct schema_seen *seen, const struct config_rep *rep) {
    if (rep->joined == DAY_NONE || rep->left == DAY_NONE || rep->joined < rep->left)
        return;
    size_t len = walk_push(walk, "left");
    walk_error(walk, seen_value(row, seen, "left"),
               "isn't after joined (line %d); left is the first day on which the rep no longer "
               "works here",
               seen_key(row, seen, "joined")->line);
    walk_pop(walk, len);
}

void rep_finish(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                void *element) {
    struct config_rep *rep = element;
    drop_own_name(rep);
    rep->has_workweek = rep->hours != NULL;
    rep->has_workweek_odd = rep->hours_odd != NULL;
    check_weeks(walk, row, seen, rep);
    check_tenure(walk, row, seen, rep);
}

/* ---- indicators ---- */

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

/* The value of a key in a map, or NULL. */
static const struct node *map_value(const struct node *map, const char *name) {
    for (int i = 0; map && map->kind == NODE_MAP && i < map->n_items; i++)
        if (strcmp(map->keys[i]->text, name) == 0)
            return map->items[i];
    return NULL;
}

/* A success without a type and without a condition: every trial would be one. */
static bool says_nothing(const struct node *success) {
    const struct node *where = map_value(success, "where");
    bool unconditional = !where || (where->kind == NODE_MAP && where->n_items == 0);
    return success && !map_value(success, "of") && unconditional;
}

/* `key` and `within` go together, and a success of another type needs both. */
static void check_ratio(struct walk *walk, const struct schema_key *row,
                        const struct schema_seen *seen, const struct config_indicator *indicator) {
    const struct node *at = seen_key(row, seen, "ratio");
    size_t len = walk_push(walk, "ratio");
    if (indicator->key && !indicator->within_us)
        walk_error(walk, at, "has a key but no within; write e.g. within: 14d");
    if (!indicator->key && indicator->within_us)
        walk_error(walk, at, "has within but no key; write e.g. key: opportunity");
    if (indicator->then && !indicator->key && !indicator->within_us)
        walk_error(walk, at,
                   "has a success of another type, so it needs key and within; write e.g. key: "
                   "opportunity, "
                   "within: 14d");
    if (indicator->settle == SETTLE_HORIZON && !indicator->key)
        walk_error(walk, at,
                   "settles at the horizon but has none; write e.g. key: opportunity, within: 14d");
    if (says_nothing(map_value(seen_value(row, seen, "ratio"), "success")))
        walk_error(walk, at,
                   "says nothing about success; write e.g. success: {where: {outcome: connected}}");
    walk_pop(walk, len);
}

/* Events of DOMAIN's types carry listed members only: another one never matches. */
static void check_member(struct walk *walk, const struct event_kind *kind, const char *type,
                         const struct node *key) {
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40] = "";
    int id = member_find(view_of(key->text));
    if (id >= 0 && (kind->allowed >> id & 1))
        return;
    struct guess guess = {.word = key->text};
    for (int i = 0; i < member_table_count && walk_may_guess(walk); i++)
        if (kind->allowed >> i & 1)
            guess_add(&guess, member_table[i].name);
    walk_warning(walk, key, "%s events have no member %s, so nothing matches%s", type,
                 schema_show_text(key->text, shown),
                 schema_guess_text(&guess, guessed, sizeof guessed));
}

static void check_where(struct walk *walk, const struct schema_key *row,
                        const struct schema_seen *seen, const char *type) {
    const struct event_kind *kind = type ? event_kind_find(view_of(type)) : NULL;
    for (int i = 0; kind && row->keys[i].name; i++) {
        const struct node *where = seen->values[i];
        if (strcmp(row->keys[i].name, "where") != 0 || !where || where->kind != NODE_MAP)
            continue;
        size_t len = walk_push(walk, "where");
        for (int j = 0; j < where->n_items; j++)
            check_member(walk, kind, type, where->keys[j]);
        walk_pop(walk, len);
    }
}

/* Members that a kind of indicator reads: what no event has adds up to nothing for ever. */
static void check_read(struct walk *walk, const struct schema_key *row,
                       const struct schema_seen *seen, const char *type) {
    static const struct {
        const char *kind, *member;
    } read[] = {{"sum", "member"}, {"ratio", "key"}, {"latency", "key"}};
    const struct event_kind *kind = type ? event_kind_find(view_of(type)) : NULL;
    for (size_t i = 0; kind && i < sizeof read / sizeof *read; i++) {
        const struct node *member = map_value(seen_value(row, seen, read[i].kind), read[i].member);
        if (!member || member->kind != NODE_SCALAR)
            continue;
        size_t len = walk_push(walk, read[i].kind);
        check_member(walk, kind, type, member);
        walk_pop(walk, len);
    }
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

/* What has no trials counts them all, whatever they were to have. */
static void check_trials(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                         const struct config_indicator *indicator) {
    const struct node *at = seen_key(row, seen, "trials_where");
    if (at && indicator->kind != KIND_RATIO && indicator->kind != KIND_LATENCY)
        walk_warning(walk, at, "trials_where is passed over where there are no trials; write where");
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
    check_trials(walk, row, seen, indicator);
    check_where(walk, row, seen, indicator->of);
    check_read(walk, row, seen, indicator->of);
}
