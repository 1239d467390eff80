/* YAML into trees: marks, limits, and everything a config isn't; then files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace/error.h"
#include "temp_dir.h"
#include "yaml.h"

#include <string.h>
#include <sys/stat.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define CALLS "indicators: {calls: {count: sales.activity.call}}\n"

/* ---- trees ---- */

static struct node *parse_good(const char *text) {
    struct schema_report report = {0};
    struct node *root = NULL;
    int error = yaml_parse(text, strlen(text), &report, &root);
    if (report.n_errors)
        print_error("%s\n", report.errors[0].text);
    assert_int_equal(error, 0);
    assert_int_equal(report.n_errors, 0);
    return root;
}

static void check_node(const struct node *node, enum node_kind kind, int line, int col) {
    assert_int_equal(node->kind, kind);
    assert_int_equal(node->line, line);
    assert_int_equal(node->col, col);
}

static void test_tree(void **state) {
    (void)state;
    struct node *root = parse_good("a: 1\n"
                                   "é: [x, \"1\", 'y z',\n"
                                   "    {b: }]\n"
                                   "a: |\n"
                                   "  lines\n"
                                   "  of text\n");
    check_node(root, NODE_MAP, 1, 1);
    assert_int_equal(root->n_items, 3);
    assert_string_equal(root->keys[0]->text, "a");
    check_node(root->items[0], NODE_SCALAR, 1, 4);
    assert_string_equal(root->items[0]->text, "1");
    assert_false(root->items[0]->quoted);
    check_node(root->keys[1], NODE_SCALAR, 2, 1);
    const struct node *list = root->items[1];
    check_node(list, NODE_LIST, 2, 4); /* columns count characters, not bytes */
    assert_int_equal(list->n_items, 4);
    assert_true(list->items[1]->quoted);
    assert_true(list->items[2]->quoted);
    check_node(list->items[2], NODE_SCALAR, 2, 13);
    check_node(list->items[3], NODE_MAP, 3, 5);
    assert_string_equal(list->items[3]->items[0]->text, "");
    check_node(root->keys[2], NODE_SCALAR, 4, 1); /* duplicates stay */
    assert_string_equal(root->items[2]->text, "lines\nof text\n");
    node_destroy(&root);
    assert_null(root);
    node_destroy(&root);
    node_destroy(NULL);
}

static void test_empty(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",      "\n\n",       "# only a comment\n", "   ", "\xEF\xBB\xBF",
        "---\n", "---\n...\n", "%YAML 1.1\n---\n"};
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_null(parse_good(texts[i]));
}

/* A mark of byte order and both kinds of line ends change nothing, not even a place. */
static void test_same_tree(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a:\n  b: [c]\n",
        ("\xEF\xBB\xBF"
         "a:\n  b: [c]\n"),
        "a:\r\n  b: [c]\r\n",
        "a:\r  b: [c]\r",
        "a:\n  b:\n  - c",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct node *root = parse_good(texts[i]);
        check_node(root, NODE_MAP, 1, 1);
        check_node(root->items[0], NODE_MAP, 2, 3);
        assert_string_equal(root->items[0]->keys[0]->text, "b");
        assert_string_equal(root->items[0]->items[0]->items[0]->text, "c");
        node_destroy(&root);
    }
}

/* ---- what a config isn't ---- */

static const struct {
    const char *text;
    size_t len; /* 0: up to its NUL */
    int line, col;
    const char *told; /* the first entry */
} bad[] = {
    {"a: &x 1\n", 0, 1, 4, "anchors (&) aren't used here; write the value out where it is needed"},
    {"a: *x\n", 0, 1, 4,
     "aliases (*) aren't used here; write the value out (or put quotes around a text that begins "
     "with *)"},
    {"a: !!str 1\n", 0, 1, 4, "tags (!) aren't used here; write the plain value"},
    {"a: !x {b: 1}\n", 0, 1, 4, "tags (!) aren't used here; write the plain value"},
    {"b: 1\n<<: {a: 1}\n", 0, 2, 1, "merge keys (<<) aren't used here; write the keys out"},
    {"? [a]\n: 1\n", 0, 1, 3, "a key is one word, not a map or a list"},
    {"{{a: b}: c}\n", 0, 1, 2, "a key is one word, not a map or a list"},
    {"a: 1\n---\nb: 1\n", 0, 2, 1, "a second document begins here; a config is one document"},
    {"a: 1\n...\n---\n", 0, 3, 1, "a second document begins here; a config is one document"},
    {"a: \"x\\0y\"\n", 0, 1, 4, "a text can't hold the character \\0"},
    {"a: 1\nb: x\0y\n", 12, 2, 5, "byte 0x00 is a control character, which a config can't hold"},
    {"\0", 1, 1, 1, "byte 0x00 is a control character, which a config can't hold"},
    {"a: \x1B[1m\n", 0, 1, 4, "byte 0x1B is a control character, which a config can't hold"},
    {"a: \xFF\n", 0, 1, 4, "byte 0xFF isn't UTF-8 here; save the file as UTF-8"},
    {"é: caf\xE9 \n", 0, 1, 7, "byte 0xE9 isn't UTF-8 here; save the file as UTF-8"},
    {"a: \xC0\x80\n", 0, 1, 4, "byte 0xC0 isn't UTF-8 here; save the file as UTF-8"},
    {"a: \xE0\x80\x80\n", 0, 1, 4, "byte 0xE0 isn't UTF-8 here; save the file as UTF-8"},
    {"a: \xED\xA0\x80\n", 0, 1, 4, "byte 0xED isn't UTF-8 here; save the file as UTF-8"},
    {"a: \xF4\x90\x80\x80\n", 0, 1, 4, "byte 0xF4 isn't UTF-8 here; save the file as UTF-8"},
    {"a: \xE2\x82", 0, 1, 4, "byte 0xE2 isn't UTF-8 here; save the file as UTF-8"},
    {"a\0:\0", 4, 1, 2, "byte 0x00 is a control character, which a config can't hold"},
    {"\xFF\xFE"
     "a\0",
     4, 1, 1, "byte 0xFF isn't UTF-8 here; save the file as UTF-8"},
    {"a:\n\tb: 1\n", 0, 2, 1, "a tab stands where only blanks can; indent with blanks"},
    {"a: [1, 2\nb: 3\n", 0, 2, 2,
     "this is not YAML: did not find expected ',' or ']' (while parsing a flow sequence that "
     "begins "
     "in line 1); is a bracket or brace left open?"},
    {"a: 1\n b: 2\n", 0, 2, 3,
     "this is not YAML: mapping values are not allowed in this context; is each line indented as "
     "its neighbours are?"},
    {"a: b: c\n", 0, 1, 5,
     "this is not YAML: mapping values are not allowed in this context; is each line indented as "
     "its neighbours are?"},
    {"a: 'x\n", 0, 2, 1,
     "this is not YAML: found unexpected end of stream (while scanning a quoted scalar that begins "
     "in line 1); is a quotation mark left open?"},
    {"a: \"\\q\"\n", 0, 1, 5, "this is not YAML: found unknown escape character"},
    {"a: %x\n", 0, 1, 4,
     "this is not YAML: found character that cannot start any token; put the text in quotation "
     "marks"},
    {"a: 1\n\xEF\xBB\xBF"
     "b: 2\n",
     0, 2, 1, "byte 0xEF begins a character that can't be seen; remove it"},
    {"a: \xEF\xBF\xBF\n", 0, 1, 4, "byte 0xEF begins a character that can't be seen; remove it"},
    {"a: \xC2\x9F\n", 0, 1, 4, "byte 0xC2 begins a character that can't be seen; remove it"},
};

static void test_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct schema_report report = {0};
        struct node *root = NULL;
        size_t len = bad[i].len ? bad[i].len : strlen(bad[i].text);
        int error = yaml_parse(bad[i].text, len, &report, &root);
        if (error != PACE_ECONFIG)
            print_error("%s", bad[i].text);
        assert_int_equal(error, PACE_ECONFIG);
        assert_null(root);
        assert_true(report.n_errors >= 1);
        assert_string_equal(report.errors[0].text, bad[i].told);
        assert_int_equal(report.errors[0].line, bad[i].line);
        assert_int_equal(report.errors[0].col, bad[i].col);
        schema_report_clear(&report);
    }
}

/* What only the rules of this reader refuse is told together with what the schema finds. */
static void test_all_in_one_run(void **state) {
    (void)state;
    static const char text[] = "indicators: {calls: {count: &a sales.activity.call}}\n"
                               "store: {map_size: *a, keep_days: 3}\n"
                               "<<: {x: y}\n"
                               "? {a: b}\n"
                               ": c\n"
                               "bugdet: 1\n";
    static const char *const told[] = {
        "anchors (&)",     "aliases (*)",       "store.keep_days: \"3\" is too small",
        "merge keys (<<)", "a key is one word", "unknown key \"bugdet\"; did you mean \"budget\"?"};
    struct schema_report report = {0};
    struct config *config = NULL;
    assert_int_equal(yaml_read_text(text, strlen(text), NULL, NULL, &report, &config),
                     PACE_ECONFIG);
    assert_null(config);
    assert_int_equal(report.n_errors, COUNT(told));
    for (size_t i = 0; i < COUNT(told); i++)
        assert_memory_equal(report.errors[i].text, told[i], strlen(told[i]));
    schema_report_clear(&report);
}

/* ---- limits ---- */

/* `head`, then `n` times `piece`, then `tail`. */
static char *repeat(const char *head, const char *piece, size_t n, const char *tail) {
    size_t head_len = strlen(head), piece_len = strlen(piece);
    char *text = malloc(head_len + n * piece_len + strlen(tail) + 1);
    assert_non_null(text);
    strcpy(text, head);
    char *at = text + head_len;
    for (size_t i = 0; i < n; i++, at += piece_len)
        memcpy(at, piece, piece_len);
    strcpy(at, tail);
    return text;
}

static void test_depth(void **state) {
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        size_t n;
        int error, line, col;
    } rows[] = {
        {"", "[", "]]]]]]]]]]]]]]]]", 16, 0, 0, 0},
        {"", "[", "]]]]]]]]]]]]]]]]]", 17, PACE_ECONFIG, 1, 17},
        {"", "[", "", 10000, PACE_ECONFIG, 1, 17},
        {"", "{a: ", "", 10000, PACE_ECONFIG, 1, 65},
        {"", "- ", "", 10000, PACE_ECONFIG, 1, 33},
        {"", "? ", "", 10000, PACE_ECONFIG, 1, 33},
        {"", "[", "", YAML_MAX_BYTES, PACE_ECONFIG, 1, 17},
        {"a: 1\nb:\n  c:\n    ", "[", "", 10000, PACE_ECONFIG, 4, 19},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct schema_report report = {0};
        struct node *root = NULL;
        char *text = repeat(rows[i].head, rows[i].piece, rows[i].n, rows[i].tail);
        assert_int_equal(yaml_parse(text, strlen(text), &report, &root), rows[i].error);
        struct schema_error *last = report.n_errors ? &report.errors[report.n_errors - 1] : NULL;
        if (rows[i].error) {
            assert_string_equal(last->text, "nested too deep; a config has at most 16 levels");
            assert_int_equal(last->line, rows[i].line);
            assert_int_equal(last->col, rows[i].col);
        }
        schema_report_clear(&report);
        node_destroy(&root);
        free(text);
    }
}

/* The largest files there can be: answered, whatever is in them. The suite's time limit is the
 * judge of a reader that is quadratic: 10^12 steps don't end in it. */
static void test_large(void **state) {
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        int error;
    } rows[] = {
        {CALLS, "#", "\n", 0},
        {CALLS, "\n", "", 0},
        {"a: [", "b,", "]\n", PACE_ECONFIG},
        {"", "a: 1\n", "", PACE_ECONFIG},
        {"people: {reps: {", "a: ,", "}}\n", PACE_ECONFIG},
        {"a: \"", "x", "\"\n", PACE_ECONFIG},
        {"", "x", "", PACE_ECONFIG},
        {"", "x", ": 1\n", PACE_ECONFIG},
        {"", "&a ", "", PACE_ECONFIG},
        {"[", "*a,", "]", PACE_ECONFIG},
        {"", "!a ", "", PACE_ECONFIG},
        {"", "---\n", "", PACE_ECONFIG},
        {"", "?\n", "", PACE_ECONFIG},
        {"", "{}", "", PACE_ECONFIG},
        {"[", "[],", "]", PACE_ECONFIG},
        {"{", "? a : b, ", "}", PACE_ECONFIG},
        {"a: |\n", "  x\n", "", PACE_ECONFIG},
        {"a:\n", " b\n\n", "", PACE_ECONFIG},
        {CALLS "people: {reps: {a: {aliases: [", "x,", "y]}}}", PACE_ECONFIG},
        {"%TAG ! !\n", "%X\n", "---\n", PACE_ECONFIG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct schema_report report = {0};
        struct config *config = NULL;
        size_t room = YAML_MAX_BYTES - strlen(rows[i].head) - strlen(rows[i].tail);
        char *text =
            repeat(rows[i].head, rows[i].piece, room / strlen(rows[i].piece), rows[i].tail);
        int error = yaml_read_text(text, strlen(text), NULL, NULL, &report, &config);
        if (error != rows[i].error)
            print_error("%s%s...\n", rows[i].head, rows[i].piece);
        assert_int_equal(error, rows[i].error);
        assert_int_equal(schema_report_has_errors(&report), error != 0);
        schema_report_clear(&report);
        config_destroy(&config);
        free(text);
    }
}

static void test_too_large(void **state) {
    (void)state;
    struct schema_report report = {0};
    struct config *config = NULL;
    size_t fill = YAML_MAX_BYTES - strlen(CALLS);
    char *text = repeat(CALLS, "#", fill, "#");
    assert_int_equal(yaml_read_text(text, YAML_MAX_BYTES, NULL, NULL, &report, &config), 0);
    config_destroy(&config);
    assert_int_equal(yaml_read_text(text, YAML_MAX_BYTES + 1, NULL, NULL, &report, &config),
                     PACE_ECONFIG);
    assert_string_equal(report.errors[0].text, "the file is too large; a config has at most 1MiB");
    assert_null(config);
    schema_report_clear(&report);
    free(text);
}

/* ---- files ---- */

static void write_file(const char *path, const char *text, size_t len) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_file(void **state) {
    (void)state;
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE], *text = NULL;
    size_t len = 0;
    struct schema_report report = {0};
    struct config *config = NULL;
    temp_dir_make(&dir);
    temp_dir_file(&dir, "paced.yaml", path);
    write_file(path, CALLS, strlen(CALLS));
    assert_int_equal(yaml_read_config(path, &report, &config, &text, &len), 0);
    assert_string_equal(text, CALLS);
    assert_int_equal(len, strlen(CALLS));
    assert_string_equal(config->indicators[0].name, "calls");
    free(text);
    config_destroy(&config);
    assert_int_equal(yaml_read_config(path, &report, &config, NULL, NULL), 0);
    config_destroy(&config);

    write_file(path, "a: 1", 4); /* the text is given although it is wrong */
    assert_int_equal(yaml_read_config(path, &report, &config, &text, &len), PACE_ECONFIG);
    assert_null(config);
    assert_string_equal(text, "a: 1");
    assert_int_equal(report.n_errors, 1);
    schema_report_clear(&report);
    free(text);
    temp_dir_remove(&dir);
}

static void test_file_zones(void **state) {
    (void)state;
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE];
    static const char zones[] =
        CALLS "organisation: {tz: UTC}\n"
              "people: {teams: {a: {tz: No/Where}, b: {tz: ../../etc/passwd}}}\n";
    struct schema_report report = {0};
    struct config *config = NULL;
    temp_dir_make(&dir);
    temp_dir_file(&dir, "paced.yaml", path);
    write_file(path, zones, strlen(zones));
    assert_int_equal(yaml_read_config(path, &report, &config, NULL, NULL), PACE_ECONFIG);
    assert_int_equal(report.n_errors, 2);
    assert_string_equal(
        report.errors[0].text,
        "people.teams.a.tz: \"No/Where\" is not a time zone of this system; write e.g. "
        "Europe/Amsterdam");
    schema_report_clear(&report);
    temp_dir_remove(&dir);
}

static void test_no_file(void **state) {
    (void)state;
    struct temp_dir dir;
    char path[TEMP_PATH_SIZE], *text = NULL;
    size_t len = 0;
    temp_dir_make(&dir);
    const char *const paths[] = {temp_dir_file(&dir, "missing.yaml", path), dir.path, ""};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct schema_report report = {0};
        struct config *config = NULL;
        assert_int_equal(yaml_read_config(paths[i], &report, &config, &text, &len), PACE_ECONFIG);
        assert_int_equal(report.n_errors, 1);
        assert_int_equal(report.errors[0].line, 0);
        assert_int_equal(report.errors[0].col, 0);
        assert_memory_equal(report.errors[0].text, "the file can't be read: ", 24);
        assert_null(config);
        assert_null(text);
        schema_report_clear(&report);
    }
    temp_dir_remove(&dir);
}

/* Ten megabytes are seen to be too many without reading them all; so is a file without an end. */
static void test_endless_file(void **state) {
    (void)state;
    struct schema_report report = {0};
    struct config *config = NULL;
    assert_int_equal(yaml_read_config("/dev/zero", &report, &config, NULL, NULL), PACE_ECONFIG);
    assert_int_equal(report.errors[0].line, 1);
    assert_string_equal(report.errors[0].text, "the file is too large; a config has at most 1MiB");
    schema_report_clear(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),           cmocka_unit_test(test_empty),
        cmocka_unit_test(test_same_tree),      cmocka_unit_test(test_bad),
        cmocka_unit_test(test_all_in_one_run), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_large),          cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_file),           cmocka_unit_test(test_file_zones),
        cmocka_unit_test(test_no_file),        cmocka_unit_test(test_endless_file),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
