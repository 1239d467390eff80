/*
 * Members that an indicator names, and the values that it asks for. Events of documented types carry listed members only,
 * each in its form: whoever names another one, or asks for what can't be said in one, counts nothing for ever. That is
 * told, as a warning.
 */
#include "event.h"
#include "indicator.h"
#include "schema_number.h"

#include <stdio.h>

enum { USUAL_MAX = 6, NEAR = 1 }; /* words; letters */

/* ---- which types are asked ---- */

enum asked {
    ASKED_FIRST, /* what is counted, a trial, a trigger */
    ASKED_LAST,  /* what follows it, where that is another record, else the first */
};

/* Of levels and adherences any event of a deal will do: they all carry the same. NULL: none. */
static const char *type_asked(const struct config_indicator *indicator, enum asked asked) {
    if (asked == ASKED_LAST && indicator->then)
        return indicator->then;
    if (indicator->kind == KIND_LEVEL || indicator->kind == KIND_ADHERENCE)
        return "sales.opportunity.changed";
    return indicator->kind == KIND_SCORE ? "sales.coaching.observation" : indicator->of;
}

/* NULL: such events have none of that name. */
static const struct member_kind *member_of(const struct event_kind *kind, const char *name) {
    int id = member_find(view_of(name));
    return id >= 0 && (kind->allowed >> id & 1) ? &member_table[id] : NULL;
}

/* ---- values ---- */

/* What people call things where any word will do; others are as good. */
static const struct {
    enum member_id member;
    const char *words[USUAL_MAX + 1];
} usual[] = {{MEMBER_DIRECTION, {"inbound", "outbound"}},
             {MEMBER_OUTCOME, {"connected", "no_answer", "booked", "held", "no_show", "accepted"}}};

static bool is_word_of(const struct member_kind *member, const char *text) {
    for (int i = 0; member->words && member->words[i]; i++)
        if (strcmp(member->words[i], text) == 0)
            return true;
    return !member->words;
}

/* What the values of a member are, where this isn't one; NULL: it may be. */
static const char *what_it_should_be(const struct member_kind *member, const char *text) {
    int64_t number;
    switch (member->form) {
    case FORM_BOOL:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ? NULL : "true or false";
    case FORM_NUMBER:
        return schema_number_parse(TYPE_DECIMAL, text, &number) ? schema_types[TYPE_DECIMAL].noun : NULL;
    case FORM_WORD:
        return is_word_of(member, text) ? NULL : "one of its words in paced-events(7)";
    default:
        return NULL;
    }
}

static void warn_unusual(struct walk *walk, const struct member_kind *member, const struct node *value) {
    struct guess guess = {.word = value->text};
    char shown[SCHEMA_SHOWN_SIZE];
    for (size_t u = 0; u < sizeof usual / sizeof *usual; u++)
        for (int w = 0; member == &member_table[usual[u].member] && usual[u].words[w]; w++)
            guess_add(&guess, usual[u].words[w]);
    if (guess.best && guess.distance > 0 && guess.distance <= NEAR)
        walk_warning(walk, value, "%s counts only what is sent as that; did you mean %s?", schema_show(value, shown),
                     guess.best);
}

static void check_value(struct walk *walk, const struct member_kind *member, const struct node *value) {
    char shown[SCHEMA_SHOWN_SIZE];
    if (value->kind != NODE_SCALAR || schema_is_null(value))
        return; /* told where it was read */
    const char *expected = what_it_should_be(member, value->text);
    if (expected)
        walk_warning(walk, value, "%s is not %s, so nothing matches", schema_show(value, shown), expected);
    else
        warn_unusual(walk, member, value);
}

static void check_values(struct walk *walk, const struct member_kind *member, const struct node *value) {
    size_t len = walk_push(walk, member->name);
    if (value->kind != NODE_LIST)
        check_value(walk, member, value);
    for (int i = 0; value->kind == NODE_LIST && i < value->n_items; i++)
        check_value(walk, member, value->items[i]);
    walk_pop(walk, len);
}

/* ---- where they are named ---- */

struct naming {
    const struct config_indicator *indicator;
    const struct event_kind *kind;
    const char *type;
    const struct node *node;
};

static void tell_no_member(struct walk *walk, const struct naming *at, const struct node *name) {
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40] = "";
    struct guess guess = {.word = name->text};
    for (int i = 0; i < member_table_count && walk_may_guess(walk); i++)
        if (at->kind->allowed >> i & 1)
            guess_add(&guess, member_table[i].name);
    walk_warning(walk, name, "%s events have no member %s, so nothing matches%s", at->type,
                 schema_show_text(name->text, shown), schema_guess_text(&guess, guessed, sizeof guessed));
}

static void check_where(struct walk *walk, const struct naming *at) {
    for (int i = 0; at->node->kind == NODE_MAP && i < at->node->n_items; i++) {
        const struct node *key = at->node->keys[i];
        const struct member_kind *member = member_of(at->kind, key->text);
        if (member)
            check_values(walk, member, at->node->items[i]);
        else
            tell_no_member(walk, at, key);
    }
}

/* Whether it is one; else it is told. */
static bool check_name(struct walk *walk, const struct naming *at) {
    if (at->node->kind != NODE_SCALAR || !schema_text_ok(TYPE_WORD, at->node->text) || member_of(at->kind, at->node->text))
        return true;
    tell_no_member(walk, at, at->node);
    return false;
}

/* What ties two types together is a member of both. */
static void check_key(struct walk *walk, const struct naming *at) {
    struct naming second = *at;
    second.type = at->indicator->then;
    second.kind = second.type ? event_kind_find(view_of(second.type)) : NULL;
    if (check_name(walk, at) && second.kind)
        check_name(walk, &second);
}

static void check_number(struct walk *walk, const struct naming *at) {
    const struct member_kind *member = at->node->kind == NODE_SCALAR ? member_of(at->kind, at->node->text) : NULL;
    char shown[SCHEMA_SHOWN_SIZE];
    if (member && member->form != FORM_NUMBER)
        walk_warning(walk, at->node, "%s is not a number, so nothing is added up; write e.g. amount or duration_s",
                     schema_show(at->node, shown));
    else
        check_name(walk, at);
}

/* Where a key ties two types together, only the one that has a duration is asked for it. */
static void check_duration(struct walk *walk, const struct naming *at) {
    bool asked = at->indicator->min_duration > 0 && !at->indicator->key && at->indicator->kind != KIND_LEVEL &&
                 at->indicator->kind != KIND_ADHERENCE;
    if (asked && !member_of(at->kind, "duration_s"))
        walk_warning(walk, at->node, "%s events have no duration_s, so none is long enough", at->type);
}

static void check_distinct(struct walk *walk, const struct naming *at) {
    const char *member = indicator_distinct_member(at->indicator);
    if (member && !member_of(at->kind, member))
        walk_warning(walk, at->node, "%s events have no %s, so each of them counts", at->type, member);
}

static const struct {
    const char *path[SCHEMA_PLACE_KEYS];
    enum asked asked;
    void (*check)(struct walk *walk, const struct naming *at);
} places[] = {
    {{"where"}, ASKED_FIRST, check_where},
    {{"trials_where"}, ASKED_FIRST, check_where},
    {{"filters", "min_duration_s"}, ASKED_FIRST, check_duration},
    {{"filters", "distinct"}, ASKED_FIRST, check_distinct},
    {{"sum", "member"}, ASKED_FIRST, check_number},
    {{"ratio", "key"}, ASKED_FIRST, check_key},
    {{"ratio", "success", "where"}, ASKED_LAST, check_where},
    {{"latency", "key"}, ASKED_FIRST, check_key},
};

void schema_check_members(struct walk *walk, const struct node *map, const struct config_indicator *indicator) {
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        const char *type = type_asked(indicator, places[p].asked);
        struct naming at = {indicator, type ? event_kind_find(view_of(type)) : NULL, type,
                            schema_at_path(map, places[p].path)};
        if (!at.kind || !at.node)
            continue;
        size_t len = walk_push_path(walk, places[p].path);
        places[p].check(walk, &at);
        walk_pop(walk, len);
    }
}
