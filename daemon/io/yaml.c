#include "yaml.h"

#include "arena.h"
#include "files.h"
#include "pace/error.h"
#include "tzfile.h"

#include <errno.h>
#include <libyaml.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the tree ---- */

/* The root that a caller holds is the first member, so that node_destroy finds the arena of all. */
struct tree {
    struct node root;
    struct arena *arena;
};

static struct tree *tree_create(void) {
    struct arena *arena = arena_create();
    struct tree *tree = arena ? arena_alloc(arena, 1, sizeof *tree) : NULL;
    if (tree)
        tree->arena = arena;
    else
        arena_destroy(&arena);
    return tree;
}

void node_destroy(struct node **root) {
    if (!root || !*root)
        return;
    struct arena *arena = ((struct tree *)*root)->arena; /* the tree itself lies in it */
    arena_destroy(&arena);
    *root = NULL;
}

/* ---- the parse ---- */

/* A container that is being filled. */
struct level {
    struct node *node;
    struct node *key; /* MAP: read, and waiting for its value */
};

struct reader {
    yaml_parser_t parser;
    struct schema_report *report;
    struct tree *tree;
    struct level levels[YAML_MAX_DEPTH];
    int depth;
    bool has_root, done;
};

/* libyaml counts from 0. */
static void tell(struct reader *reader, yaml_mark_t mark, const char *text) {
    schema_report_add(reader->report, (int)mark.line + 1, (int)mark.column + 1, false, "%s", text);
}

static bool expects_key(const struct reader *reader) {
    const struct level *top = reader->depth ? &reader->levels[reader->depth - 1] : NULL;
    return top && top->node->kind == NODE_MAP && !top->key;
}

static struct node *new_node(struct reader *reader, enum node_kind kind, yaml_mark_t mark) {
    struct node *node =
        reader->has_root ? arena_alloc(reader->tree->arena, 1, sizeof *node) : &reader->tree->root;
    reader->has_root = true;
    if (node)
        *node =
            (struct node){.kind = kind, .line = (int)mark.line + 1, .col = (int)mark.column + 1};
    return node;
}

/* A pair or a member more. What belongs to a key that was refused is dropped. */
static void append(struct reader *reader, struct node *to, struct node *key, struct node *item) {
    struct arena *arena = reader->tree->arena;
    size_t n = (size_t)to->n_items;
    if (key && key->kind != NODE_SCALAR)
        return;
    struct node **items = arena_grow(arena, to->items, n, sizeof *items);
    struct node **keys = key ? arena_grow(arena, to->keys, n, sizeof *keys) : NULL;
    if (!items || (key && !keys))
        return; /* the arena remembers */
    items[n] = item;
    to->items = items;
    if (key) {
        keys[n] = key;
        to->keys = keys;
    }
    to->n_items++;
}

static void attach(struct reader *reader, struct node *node) {
    if (!reader->depth)
        return;
    struct level *top = &reader->levels[reader->depth - 1];
    if (expects_key(reader)) {
        top->key = node;
        return;
    }
    append(reader, top->node, top->key, node);
    top->key = NULL;
}

static void check_key(struct reader *reader, const struct node *node, yaml_mark_t mark) {
    if (!expects_key(reader))
        return;
    if (node->kind == NODE_MAP || node->kind == NODE_LIST)
        tell(reader, mark, "a key is one word, not a map or a list");
    else if (node->kind == NODE_SCALAR && !node->quoted && strcmp(node->text, "<<") == 0)
        tell(reader, mark, "merge keys (<<) aren't used here; write the keys out");
}

static void check_decoration(struct reader *reader, const yaml_char_t *anchor,
                             const yaml_char_t *tag, yaml_mark_t mark) {
    if (anchor)
        tell(reader, mark, "anchors (&) aren't used here; write the value out where it is needed");
    if (tag)
        tell(reader, mark, "tags (!) aren't used here; write the plain value");
}

/* Merge keys were told; their values aren't looked at. */
static void break_merge_key(const struct reader *reader, struct node *node) {
    if (expects_key(reader) && !node->quoted && strcmp(node->text, "<<") == 0)
        node->kind = NODE_BROKEN;
}

static int take_scalar(struct reader *reader, const yaml_event_t *event) {
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    check_decoration(reader, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark);
    struct node *node = new_node(reader, NODE_SCALAR, event->start_mark);
    const char *text = arena_text(reader->tree->arena, value, len);
    if (!node || !text)
        return -ENOMEM;
    node->text = text;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (memchr(value, '\0', len)) {
        tell(reader, event->start_mark, "a text can't hold the character \\0");
        node->kind = NODE_BROKEN;
        attach(reader, node);
        return 0;
    }
    check_key(reader, node, event->start_mark);
    break_merge_key(reader, node);
    attach(reader, node);
    return 0;
}

static int take_alias(struct reader *reader, const yaml_event_t *event) {
    tell(reader, event->start_mark,
         "aliases (*) aren't used here; write the value out (or put quotes around a text "
         "that begins with *)");
    struct node *node = new_node(reader, NODE_BROKEN, event->start_mark);
    if (!node)
        return -ENOMEM;
    attach(reader, node);
    return 0;
}

static int open_container(struct reader *reader, const yaml_event_t *event, enum node_kind kind) {
    if (reader->depth == YAML_MAX_DEPTH) {
        tell(reader, event->start_mark, "nested too deep; a config has at most 16 levels");
        return PACE_ECONFIG;
    }
    struct node *node = new_node(reader, kind, event->start_mark);
    if (!node)
        return -ENOMEM;
    check_key(reader, node, event->start_mark);
    attach(reader, node);
    reader->levels[reader->depth++] = (struct level){.node = node};
    return 0;
}

static int take_map(struct reader *reader, const yaml_event_t *event) {
    check_decoration(reader, event->data.mapping_start.anchor, event->data.mapping_start.tag,
                     event->start_mark);
    return open_container(reader, event, NODE_MAP);
}

static int take_list(struct reader *reader, const yaml_event_t *event) {
    check_decoration(reader, event->data.sequence_start.anchor, event->data.sequence_start.tag,
                     event->start_mark);
    return open_container(reader, event, NODE_LIST);
}

static int take_end(struct reader *reader, const yaml_event_t *event) {
    (void)event;
    reader->depth--;
    return 0;
}

/* A second document. An empty first one, as before a lone "---", has a root as well: an empty
 * scalar. */
static int take_document(struct reader *reader, const yaml_event_t *event) {
    if (!reader->has_root)
        return 0;
    tell(reader, event->start_mark, "a second document begins here; a config is one document");
    return PACE_ECONFIG;
}

static int take_stream_end(struct reader *reader, const yaml_event_t *event) {
    (void)event;
    reader->done = true;
    return 0;
}

static int (*const takers[])(struct reader *, const yaml_event_t *) = {
    [YAML_STREAM_END_EVENT] = take_stream_end, [YAML_DOCUMENT_START_EVENT] = take_document,
    [YAML_ALIAS_EVENT] = take_alias,           [YAML_SCALAR_EVENT] = take_scalar,
    [YAML_SEQUENCE_START_EVENT] = take_list,   [YAML_SEQUENCE_END_EVENT] = take_end,
    [YAML_MAPPING_START_EVENT] = take_map,     [YAML_MAPPING_END_EVENT] = take_end,
};

/* ---- what is refused ---- */

/* Bytes of the character at text, or 0 where what stands there isn't UTF-8. */
static size_t character_bytes(const unsigned char *text, size_t len) {
    unsigned char first = text[0];
    if (first < 0x80)
        return 1;
    size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (first == 0xE0 && text[1] < 0xA0) || (first == 0xF0 && text[1] < 0x90);
    bool beyond = (first == 0xED && text[1] > 0x9F) || (first == 0xF4 && text[1] > 0x8F);
    return overlong || beyond ? 0 : n;
}

/* Characters that YAML doesn't allow: control characters, marks of byte order, U+FFFE, U+FFFF. */
static bool is_forbidden(const unsigned char *text) {
    if (text[0] < 0x20)
        return text[0] != '\t' && text[0] != '\n' && text[0] != '\r';
    if (text[0] == 0xEF)
        return (text[1] == 0xBB && text[2] == 0xBF) || (text[1] == 0xBF && text[2] >= 0xBE);
    return text[0] == 0x7F || (text[0] == 0xC2 && text[1] < 0xA0 && text[1] != 0x85);
}

static void tell_character(struct schema_report *report, int line, int col,
                           const unsigned char *text, size_t n) {
    const char *is = n == 0   ? "isn't UTF-8 here; save the file as UTF-8"
                     : n == 1 ? "is a control character, which a config can't hold"
                              : "begins a character that can't be seen; remove it";
    schema_report_add(report, line, col, false, "byte 0x%02X %s", text[0], is);
}

static bool ends_line(const unsigned char *at, const unsigned char *end) {
    return *at == '\n' || (*at == '\r' && !(at + 1 < end && at[1] == '\n'));
}

/* libyaml gives no line for these, so they are looked for beforehand. */
static bool check_characters(const char *text, size_t len, struct schema_report *report) {
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    for (int line = 1, col = 1; at < end;) {
        size_t n = character_bytes(at, (size_t)(end - at));
        if (!n || is_forbidden(at)) {
            tell_character(report, line, col, at, n);
            return false;
        }
        bool next_line = ends_line(at, end);
        line += next_line;
        col = next_line ? 1 : col + 1;
        at += n;
    }
    return true;
}

/* What most often is behind one of libyaml's words. */
static const char *parser_remedy(const char *problem) {
    static const struct {
        const char *words, *remedy;
    } table[] = {
        {"did not find expected key", "; is each line indented as its neighbours are?"},
        {"mapping values are not allowed", "; is each line indented as its neighbours are?"},
        {"did not find expected ','", "; is a bracket or brace left open?"},
        {"unexpected end of stream", "; is a quotation mark left open?"},
        {"cannot start any token", "; put the text in quotation marks"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strstr(problem, table[i].words))
            return table[i].remedy;
    return "";
}

/* libyaml's words, with those of ours that help more. */
static void tell_parser_error(struct reader *reader) {
    const yaml_parser_t *parser = &reader->parser;
    yaml_mark_t mark = parser->problem_mark;
    const char *problem = parser->problem ? parser->problem : "it can't be parsed";
    bool tab = parser->error == YAML_SCANNER_ERROR && strstr(problem, "cannot start any token") &&
               parser->buffer.pointer < parser->buffer.last && *parser->buffer.pointer == '\t';
    if (tab)
        schema_report_add(reader->report, (int)mark.line + 1, (int)mark.column + 1, false,
                          "a tab stands where only blanks can; indent with blanks");
    else if (parser->context && parser->context_mark.line != mark.line)
        schema_report_add(reader->report, (int)mark.line + 1, (int)mark.column + 1, false,
                          "this is not YAML: %s (%s that begins in line %d)%s", problem,
                          parser->context, (int)parser->context_mark.line + 1,
                          parser_remedy(problem));
    else
        schema_report_add(reader->report, (int)mark.line + 1, (int)mark.column + 1, false,
                          "this is not YAML: %s%s", problem, parser_remedy(problem));
}

static int read_events(struct reader *reader) {
    int error = 0;
    while (!error && !reader->done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event)) {
            if (reader->parser.error == YAML_MEMORY_ERROR)
                return -ENOMEM;
            tell_parser_error(reader);
            return PACE_ECONFIG;
        }
        size_t kind = (size_t)event.type;
        if (kind < sizeof takers / sizeof *takers && takers[kind])
            error = takers[kind](reader, &event);
        yaml_event_delete(&event);
        if (arena_failed(reader->tree->arena))
            error = -ENOMEM;
    }
    return error;
}

static int parse_with(struct reader *reader, const char *text, size_t len) {
    if (!yaml_parser_initialize(&reader->parser))
        return -ENOMEM;
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, len);
    int error = read_events(reader);
    yaml_parser_delete(&reader->parser);
    return error;
}

/* Nothing, or a lone "---", is no document. */
static bool is_empty(const struct reader *reader) {
    const struct node *root = &reader->tree->root;
    return !reader->has_root || (root->kind == NODE_SCALAR && !root->quoted && !root->text[0]);
}

/* What was told, unless there was no memory to tell it. */
static int refuse(const struct schema_report *report) {
    return report->out_of_memory ? -ENOMEM : PACE_ECONFIG;
}

/*
 * As yaml_parse, but 0 also where only anchors and the like were told: the tree is complete then,
 * with NODE_BROKEN in their places, so that the schema can add what it finds.
 */
static int parse_tree(const char *text, size_t len, struct schema_report *report,
                      struct node **ret_root) {
    static const char mark[] = "\xEF\xBB\xBF";
    if (len > YAML_MAX_BYTES) {
        schema_report_add(report, 1, 1, false, "the file is too large; a config has at most 1MiB");
        return refuse(report);
    }
    size_t skipped = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    if (!check_characters(text + skipped, len - skipped, report))
        return refuse(report);
    struct reader reader = {.report = report, .tree = tree_create()};
    int error = reader.tree ? parse_with(&reader, text + skipped, len - skipped) : -ENOMEM;
    struct node *root = (struct node *)reader.tree;
    if (error || is_empty(&reader))
        node_destroy(&root);
    if (!error)
        *ret_root = root;
    return error == PACE_ECONFIG ? refuse(report) : error;
}

int yaml_parse(const char *text, size_t len, struct schema_report *report, struct node **ret_root) {
    struct node *root = NULL;
    int told = report->n_errors - report->n_warnings + report->n_untold;
    int error = parse_tree(text, len, report, &root);
    bool refused = report->n_errors - report->n_warnings + report->n_untold > told;
    if (!error && (refused || report->out_of_memory))
        error = refuse(report);
    if (error)
        node_destroy(&root);
    else
        *ret_root = root;
    return error;
}

int yaml_read_text(const char *text, size_t len, schema_zone_exists *zone_exists, void *arg,
                   struct schema_report *report, struct config **ret_config) {
    struct node *root = NULL;
    int error = parse_tree(text, len, report, &root);
    if (!error)
        error = schema_read(root, zone_exists, arg, report, ret_config);
    else
        schema_report_sort(report);
    node_destroy(&root);
    return error;
}

/* ---- the file ---- */

/* At most one byte more than a config may have, so that a larger one is seen as such. */
static int read_file(FILE *file, char **ret_text, size_t *ret_len) {
    char *text = malloc(YAML_MAX_BYTES + 2);
    if (!text)
        return -ENOMEM;
    errno = 0;
    size_t len = fread(text, 1, YAML_MAX_BYTES + 1, file);
    if (ferror(file)) {
        int error = errno ? -errno : -EIO;
        free(text);
        return error;
    }
    text[len] = '\0';
    *ret_text = text;
    *ret_len = len;
    return 0;
}

static int read_path(const char *path, char **ret_text, size_t *ret_len) {
    FILE *file = fopen(path, "rbe");
    if (!file)
        return errno ? -errno : -EIO;
    int error = read_file(file, ret_text, ret_len);
    fclose(file);
    return error;
}

static bool zone_in_table(void *arg, const char *name) {
    const struct zone *zone;
    return zone_table_get(arg, name, &zone) == 0;
}

static int read_with_zones(const char *text, size_t len, struct schema_report *report,
                           struct config **ret_config) {
    struct zone_table *zones = zone_table_create();
    if (!zones)
        return -ENOMEM;
    int error = yaml_read_text(text, len, zone_in_table, zones, report, ret_config);
    zone_table_destroy(&zones);
    return error;
}

int yaml_read_config(const char *path, struct schema_report *report, struct config **ret_config,
                     char **ret_text, size_t *ret_len) {
    char *text = NULL, words[FILES_WORDS_SIZE];
    size_t len = 0;
    int error = read_path(path, &text, &len);
    if (error == -ENOMEM)
        return error;
    if (error) {
        schema_report_add(report, 0, 0, false, "the file can't be read: %s%s", pace_strerror(error),
                          files_in_the_way(path, error, words));
        return PACE_ECONFIG;
    }
    error = read_with_zones(text, len, report, ret_config);
    if (!ret_text) {
        free(text);
        return error;
    }
    *ret_text = text;
    if (ret_len)
        *ret_len = len;
    return error;
}
