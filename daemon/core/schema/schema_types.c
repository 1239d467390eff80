#include "event.h"
#include "schema_number.h"

#include <errno.h>
#include <stdio.h>

/* ---- texts ---- */

/* One code point; ill-formed bytes count as 0 (io/yaml lets none through). Moves *at behind it. */
static uint32_t next_code_point(const unsigned char **at) {
    unsigned char first = *(*at)++;
    if (first < 0x80)
        return first;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : 0;
    uint32_t value = more ? first & (0x3FU >> more) : 0;
    for (; more > 0; more--) {
        if ((**at & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (*(*at)++ & 0x3FU);
    }
    return value;
}

/* Control characters and what else can't be seen or breaks a line: a name that people can't read is
 * a mistake. */
static bool is_hidden(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
           (c & 0xFFFE) == 0xFFFE;
}

static bool is_plain_text(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    while (*at)
        if (is_hidden(next_code_point(&at)))
            return false;
    return true;
}

static bool text_ok(const char *text) {
    size_t len = strlen(text);
    return len >= 1 && len <= CONFIG_NAME_MAX_BYTES && is_plain_text(text);
}

static bool consists_of(const char *text, const char *allowed) {
    return text[strspn(text, allowed)] == '\0';
}

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define CAPITAL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool word_ok(const char *text) {
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= CONFIG_INDICATOR_MAX_BYTES &&
           consists_of(text, SMALL DIGITS "_");
}

/* A pattern ends in "*", which stands for anything. */
static bool event_ok(const char *text) {
    size_t len = strlen(text), n = strspn(text, SMALL CAPITAL DIGITS "._-/:");
    return len >= 1 && len <= CONFIG_NAME_MAX_BYTES &&
           (n == len || (n == len - 1 && text[n] == '*'));
}

static bool currency_ok(const char *text) {
    return strlen(text) == 3 && consists_of(text, CAPITAL);
}

/* Z85 (ZeroMQ's RFC 32): 32 bytes. */
static bool key_ok(const char *text) {
    return strlen(text) == 40 && consists_of(text, DIGITS SMALL CAPITAL ".-:+=^!/*?&<>()[]{}@%$#");
}

static bool (*const text_checks[TYPE_KINDS])(const char *) = {
    [TYPE_TEXT] = text_ok, [TYPE_ZONE] = text_ok,         [TYPE_EVENT] = event_ok,
    [TYPE_WORD] = word_ok, [TYPE_CURRENCY] = currency_ok, [TYPE_ENDPOINT] = text_ok,
    [TYPE_KEY] = key_ok,
};

bool schema_text_ok(enum schema_type type, const char *text) {
    return text_checks[type](text);
}

static bool zone_known(struct walk *walk, const struct schema_key *row, const struct node *node) {
    if (!walk->zone_exists || walk->zone_exists(walk->zone_arg, node->text))
        return true;
    walk_mismatch(walk, row, node, "is not a time zone of this system");
    return false;
}

/* One text of type `type`, told and NULL if it isn't; the copy lives with the config. */
static const char *read_one(struct walk *walk, const struct schema_key *row, enum schema_type type,
                            const struct node *node) {
    char problem[SCHEMA_SHOWN_SIZE];
    if (node->kind == NODE_BROKEN)
        return NULL;
    if (node->kind != NODE_SCALAR || schema_is_null(node) || !schema_text_ok(type, node->text)) {
        snprintf(problem, sizeof problem, "is not %s", schema_types[type].noun);
        walk_mismatch(walk, row, node, problem);
        return NULL;
    }
    if (type == TYPE_ZONE && !walk->in_default && !zone_known(walk, row, node))
        return NULL;
    if (type == TYPE_ENDPOINT && !endpoint_check(walk, row, node))
        return NULL;
    if (type == TYPE_EVENT && !walk->in_default)
        event_type_check(walk, node);
    const char *text = arena_text(walk->config->arena, node->text, strlen(node->text));
    if (text && row->ref)
        walk_refer(walk, row->ref, text, node);
    return text;
}

static bool read_text(struct walk *walk, const struct schema_key *row, const struct node *node,
                      void *base) {
    const char *text = read_one(walk, row, row->type, node);
    if (text)
        *(const char **)schema_at(base, row->offset) = text;
    return text != NULL;
}

/* True for what plain YAML reads as text, whatever version of YAML the reader has. */
static bool needs_no_quotes(const char *text) {
    static const char *const taken[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};
    if (!strchr(SMALL CAPITAL, text[0]) || !text[0] ||
        !consists_of(text, SMALL CAPITAL DIGITS "_.-/"))
        return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        size_t at = 0;
        while (taken[i][at] && (text[at] | 0x20) == taken[i][at])
            at++;
        if (!taken[i][at] && !text[at])
            return false;
    }
    return true;
}

void schema_put_text(const struct schema_out *out, const char *text) {
    if (needs_no_quotes(text)) {
        out->put(out->arg, text);
        return;
    }
    out->put(out->arg, "\"");
    for (const char *at = text; *at;) {
        char piece[128];
        size_t len = 0;
        for (; *at && len < sizeof piece - 2; at++) {
            if (*at == '"' || *at == '\\')
                piece[len++] = '\\';
            piece[len++] = *at;
        }
        piece[len] = '\0';
        out->put(out->arg, piece);
    }
    out->put(out->arg, "\"");
}

static void print_text(const struct schema_out *out, const struct schema_key *row,
                       const void *base) {
    schema_put_text(out, *(const char *const *)schema_at_const(base, row->offset));
}

static bool text_set(const struct schema_key *row, const void *base) {
    return *(const char *const *)schema_at_const(base, row->offset) != NULL;
}

/* ---- numbers ---- */

static bool read_number(struct walk *walk, const struct schema_key *row, const struct node *node,
                        void *base) {
    char problem[SCHEMA_SHOWN_SIZE];
    int64_t value = 0;
    bool quoted = node->quoted &&
                  (row->type == TYPE_INT || row->type == TYPE_DECIMAL || row->type == TYPE_SECONDS);
    int error = node->kind != NODE_SCALAR || quoted
                    ? -EINVAL
                    : schema_number_parse(row->type, node->text, &value);
    if (error == -EINVAL)
        snprintf(problem, sizeof problem,
                 quoted ? "is a text because of its quotes, not %s" : "is not %s",
                 schema_types[row->type].noun);
    else if (error || (row->max && value > row->max))
        snprintf(problem, sizeof problem, "is too large");
    else if (row->max && value < row->min)
        snprintf(problem, sizeof problem, "is too small");
    else {
        schema_number_store(row->type, value, schema_at(base, row->offset));
        return true;
    }
    walk_mismatch(walk, row, node, problem);
    return false;
}

static void print_number(const struct schema_out *out, const struct schema_key *row,
                         const void *base) {
    char text[SCHEMA_NUMBER_SIZE];
    int64_t value = schema_number_load(row->type, schema_at_const(base, row->offset));
    out->put(out->arg, schema_number_format(row->type, value, text));
}

static bool number_set(const struct schema_key *row, const void *base) {
    return schema_number_load(row->type, schema_at_const(base, row->offset)) != 0;
}

/* ---- true, false and words of a list ---- */

static bool read_bool(struct walk *walk, const struct schema_key *row, const struct node *node,
                      void *base) {
    bool is_true = node->kind == NODE_SCALAR && strcmp(node->text, "true") == 0;
    bool is_false = node->kind == NODE_SCALAR && strcmp(node->text, "false") == 0;
    if (node->quoted || !(is_true || is_false)) {
        walk_mismatch(walk, row, node, "is not true or false");
        return false;
    }
    *(bool *)schema_at(base, row->offset) = is_true;
    return true;
}

static void print_bool(const struct schema_out *out, const struct schema_key *row,
                       const void *base) {
    out->put(out->arg, *(const bool *)schema_at_const(base, row->offset) ? "true" : "false");
}

static bool read_choice(struct walk *walk, const struct schema_key *row, const struct node *node,
                        void *base) {
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40];
    struct guess guess = {.word = node->kind == NODE_SCALAR ? node->text : ""};
    for (int i = 0; node->kind == NODE_SCALAR && row->choices[i]; i++) {
        if (strcmp(row->choices[i], node->text) == 0) {
            memcpy(schema_at(base, row->offset), &i,
                   sizeof i); /* enums of small constants are ints */
            return true;
        }
        guess_add(&guess, row->choices[i]);
    }
    char expected[SCHEMA_EXPECTED_SIZE];
    schema_expected(row, expected, sizeof expected);
    walk_error(walk, node, "%s is not one of %s%s", schema_show(node, shown), expected,
               *guess.word ? schema_guess_text(&guess, guessed, sizeof guessed) : "");
    return false;
}

static void print_choice(const struct schema_out *out, const struct schema_key *row,
                         const void *base) {
    int i;
    memcpy(&i, schema_at_const(base, row->offset), sizeof i);
    schema_put_text(out, row->choices[i]);
}

/* ---- lists of texts ---- */

/* The texts of a list, or one alone, each of type `type`; those that aren't are told and left out. */
static const char **read_texts(struct walk *walk, const struct schema_key *row,
                               enum schema_type type, const struct node *node, int *ret_n) {
    const struct node *alone[] = {node};
    const struct node *const *items =
        node->kind == NODE_LIST ? (const struct node *const *)node->items : alone;
    int n_items = node->kind == NODE_LIST ? node->n_items : 1;
    const char **texts = walk_alloc(walk, (size_t)n_items, sizeof *texts);
    *ret_n = 0;
    for (int i = 0; texts && i < n_items; i++) {
        const char *text = read_one(walk, row, type, items[i]);
        if (text)
            texts[(*ret_n)++] = text;
    }
    return texts;
}

static bool read_list(struct walk *walk, const struct schema_key *row, const struct node *node,
                      void *base) {
    int n = 0;
    if (row->needs_one && node->kind == NODE_LIST && node->n_items == 0) {
        walk_mismatch(walk, row, node, "is not enough");
        return false;
    }
    const char **texts = read_texts(walk, row, row->item, node, &n);
    *(const char ***)schema_at(base, row->offset) = texts;
    *(int *)schema_at(base, row->extra) = n;
    return n > 0;
}

void schema_put_texts(const struct schema_out *out, const char *const *texts, int n) {
    out->put(out->arg, "[");
    for (int i = 0; i < n; i++) {
        out->put(out->arg, i ? ", " : "");
        schema_put_text(out, texts[i]);
    }
    out->put(out->arg, "]");
}

static void print_list(const struct schema_out *out, const struct schema_key *row,
                       const void *base) {
    schema_put_texts(out, *(const char *const *const *)schema_at_const(base, row->offset),
                     *(const int *)schema_at_const(base, row->extra));
}

static bool extra_set(const struct schema_key *row, const void *base) {
    return *(const int *)schema_at_const(base, row->extra) > 0;
}

/* ---- where ---- */

static bool read_where_member(struct walk *walk, const struct schema_key *row,
                              const struct node *key, const struct node *value,
                              struct config_where *ret_where) {
    char shown[SCHEMA_SHOWN_SIZE];
    if (!schema_text_ok(TYPE_TEXT, key->text)) {
        walk_error(walk, key, "%s is not the name of a member", schema_show(key, shown));
        return false;
    }
    if (value->kind == NODE_LIST && value->n_items == 0) {
        walk_error(walk, value, "%s has an empty list of values, so nothing would match",
                   schema_show(key, shown));
        return false;
    }
    ret_where->member = arena_text(walk->config->arena, key->text, strlen(key->text));
    ret_where->values = read_texts(walk, row, TYPE_TEXT, value, &ret_where->n_values);
    ret_where->known = member_find(view_of(key->text)) + 1;
    return ret_where->member && ret_where->n_values > 0;
}

static bool read_where(struct walk *walk, const struct schema_key *row, const struct node *node,
                       void *base) {
    if (node->kind != NODE_MAP) {
        walk_mismatch(walk, row, node, "is not a map of members and values");
        return false;
    }
    walk_tell_repeated(walk, node);
    struct config_where *where = walk_alloc(walk, (size_t)node->n_items, sizeof *where);
    int n = 0;
    for (int i = 0; where && i < node->n_items; i++)
        n += read_where_member(walk, row, node->keys[i], node->items[i], &where[n]);
    *(struct config_where **)schema_at(base, row->offset) = where;
    *(int *)schema_at(base, row->extra) = n;
    return true;
}

static void print_where(const struct schema_out *out, const struct schema_key *row,
                        const void *base) {
    const struct config_where *where =
        *(struct config_where *const *)schema_at_const(base, row->offset);
    int n = *(const int *)schema_at_const(base, row->extra);
    out->put(out->arg, "{");
    for (int i = 0; i < n; i++) {
        out->put(out->arg, i ? ", " : "");
        schema_put_text(out, where[i].member);
        out->put(out->arg, ": ");
        schema_put_texts(out, where[i].values, where[i].n_values);
    }
    out->put(out->arg, "}");
}

static bool week_set(const struct schema_key *row, const void *base) {
    return *(const struct config_hours *const *)schema_at_const(base, row->extra) != NULL;
}

const struct schema_type_ops schema_types[TYPE_KINDS] = {
    [TYPE_SECTION] = {"a map of keys", "map", "", NULL, NULL, NULL},
    [TYPE_NAMED] = {"a map from names to keys", "map", "", NULL, NULL, extra_set},
    [TYPE_TEXT] = {"a text of 1 to 256 bytes without control characters", "text", "north",
                   read_text, print_text, text_set},
    [TYPE_ZONE] = {"a time zone", "zone", "Europe/Amsterdam", read_text, print_text, text_set},
    [TYPE_EVENT] = {"a type of event", "type", "sales.activity.call", read_text, print_text,
                    text_set},
    [TYPE_WORD] = {"a word of a to z, 0 to 9 and _", "word", "connect_rate", read_text, print_text,
                   text_set},
    [TYPE_CURRENCY] = {"a currency of three capitals", "currency", "EUR", read_text, print_text,
                       text_set},
    [TYPE_ENDPOINT] = {"an endpoint", "endpoint", "ipc://{runtime}/ingest.sock", read_text,
                       print_text, text_set},
    [TYPE_KEY] = {"a public key of 40 characters, as pacectl key prints it", "key",
                  "\"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"", read_text, print_text, text_set},
    [TYPE_INT] = {"an integer", "integer", "2", read_number, print_number, number_set},
    [TYPE_DECIMAL] = {"a number of at most 4 decimals", "number", "12.5", read_number, print_number,
                      number_set},
    [TYPE_SECONDS] = {"a number of seconds", "seconds", "30", read_number, print_number,
                      number_set},
    [TYPE_SIZE] = {"a size", "size", "512MiB", read_number, print_number, number_set},
    [TYPE_DURATION] = {"a duration", "duration", "15m", read_number, print_number, number_set},
    [TYPE_BOOL] = {"true or false", "bool", "true", read_bool, print_bool, NULL},
    [TYPE_CHOICE] = {"one of a few words", "word", "", read_choice, print_choice, NULL},
    [TYPE_LIST] = {"a list", "list", "[]", read_list, print_list, extra_set},
    [TYPE_WHERE] = {"a map of members and values", "map", "{outcome: [held, done]}", read_where,
                    print_where, extra_set},
    [TYPE_WEEK] = {"a working week", "week", "{mon-fri: \"09:00-17:00\"}", week_read, week_print,
                   week_set},
    [TYPE_DAY] = {"a day", "day", "2026-12-24", day_read, day_print, day_set},
    [TYPE_HOLIDAYS] = {"a list of holidays", "holidays", "[holidays/nl.ics]", holiday_list_read,
                       holiday_list_print, holiday_list_set},
    [TYPE_RATES] = {"a map of currencies", "rates", "{USD: {2026-01-01: 0.92}}", rates_read,
                    rates_print, extra_set},
    [TYPE_SHARES] = {"a list of shares", "shares", "[0.25, 0.5, 0.75]", shares_read, shares_print,
                     extra_set},
};
