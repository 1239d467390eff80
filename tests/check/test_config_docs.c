/*
 * The sample and the manual say what the table of keys says. Run from the project's folder; with
 * --write the two files are brought up to date instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_table.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>

static const char sample_path[] = "conf/paced.yaml", manual_path[] = "docs/paced.yaml.5.scd";
static const char begin_mark[] =
    "; Generated from the table of keys: check_config_docs --write\n";
static const char end_mark[] = "; End of the generated part\n";

struct text {
    char *at;
    size_t len;
};

static void put(void *arg, const char *piece) {
    struct text *text = arg;
    size_t len = strlen(piece);
    text->at = realloc(text->at, text->len + len + 1);
    if (!text->at)
        abort();
    memcpy(text->at + text->len, piece, len + 1);
    text->len += len;
}

/* The whole file, or NULL. */
static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct text text = {0};
    char piece[4096];
    if (!file)
        return NULL;
    put(&text, "");
    for (size_t n; (n = fread(piece, 1, sizeof piece - 1, file)) > 0;) {
        piece[n] = '\0';
        put(&text, piece);
    }
    fclose(file);
    return text.at;
}

static char *need_file(const char *path) {
    char *text = read_file(path);
    if (!text)
        fail_msg("%s can't be read; run this from the project's folder", path);
    return text;
}

/* The manual with its generated part as it should be; NULL where the marks are missing. */
static char *renew_manual(const char *old) {
    struct text text = {0};
    const char *begin = strstr(old, begin_mark), *end = strstr(old, end_mark);
    if (!begin || !end || end < begin)
        return NULL;
    put(&text, old);
    text.len = (size_t)(begin - old);
    put(&text, begin_mark);
    schema_print_manual(put, &text);
    put(&text, end);
    return text.at;
}

/* ---- the files ---- */

static void check_same(const char *path, const char *is, const char *should_be) {
    int line = 1;
    size_t at = 0;
    for (; is[at] && is[at] == should_be[at]; at++)
        line += is[at] == '\n';
    if (is[at] != should_be[at])
        fail_msg("%s:%d differs from the table of keys; run check_config_docs --write", path, line);
}

static void test_sample_is_current(void **state) {
    (void)state;
    struct text sample = {0};
    char *file = need_file(sample_path);
    schema_print_sample(put, &sample);
    check_same(sample_path, file, sample.at);
    free(file);
    free(sample.at);
}

static void test_manual_is_current(void **state) {
    (void)state;
    char *file = need_file(manual_path), *renewed = renew_manual(file);
    assert_non_null(renewed);
    check_same(manual_path, file, renewed);
    free(file);
    free(renewed);
}

/* ---- the sample ---- */

static struct config *read_good(const char *yaml, int *ret_warnings) {
    struct schema_report report = {0};
    struct config *config = NULL;
    yaml_read_text(yaml, strlen(yaml), NULL, NULL, &report, &config);
    for (int i = 0; !config && i < report.n_errors; i++)
        print_error("%d:%d: %s\n", report.errors[i].line, report.errors[i].col,
                    report.errors[i].text);
    *ret_warnings = report.n_warnings;
    schema_report_clear(&report);
    assert_non_null(config);
    return config;
}

static char *print_of(const struct config *config) {
    struct text text = {0};
    schema_print_config(config, put, &text);
    return text.at;
}

/* As it stands, it is good without a warning, and says what the defaults are. */
static void test_sample_is_defaults(void **state) {
    (void)state;
    struct text sample = {0};
    int warnings;
    schema_print_sample(put, &sample);
    struct config *config = read_good(sample.at, &warnings);
    assert_int_equal(warnings, 0);
    struct config *defaults =
        read_good("indicators: {calls: {count: sales.activity.call}}", &warnings);
    char *text = print_of(config), *default_text = print_of(defaults);
    assert_string_equal(text, default_text);
    free(text);
    free(default_text);
    free(sample.at);
    config_destroy(&config);
    config_destroy(&defaults);
}

/* Takes the "#" away from the examples, as the sample's head says. */
static char *without_marks(const char *sample) {
    struct text text = {0};
    for (const char *line = sample; *line;) {
        size_t len = strcspn(line, "\n") + 1;
        char *piece = strndup(line, len);
        assert_non_null(piece);
        put(&text, piece + (strncmp(line, "#  ", 3) == 0 || (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z')));
        free(piece);
        line += len;
    }
    return text.at;
}

/* How many keys of the table don't stand at the beginning of a line, indented or not. */
static int count_missing(const char *printed, const struct schema_key *keys) {
    int missing = 0;
    for (const struct schema_key *row = keys; row->name; row++) {
        char top[80], inner[80];
        snprintf(top, sizeof top, "\n%s:", row->name);
        snprintf(inner, sizeof inner, "  %s:", row->name);
        if (!strstr(printed, top) && !strstr(printed, inner)) {
            print_error("the sample shows no %s\n", row->name);
            missing++;
        }
        if (row->keys)
            missing += count_missing(printed, row->keys);
    }
    return missing;
}

/* With the examples taken in, it is good too, and it shows every key of the table. */
static void test_sample_examples(void **state) {
    (void)state;
    struct text sample = {0};
    int warnings;
    schema_print_sample(put, &sample);
    char *yaml = without_marks(sample.at);
    struct config *config = read_good(yaml, &warnings);
    struct text printed = {0};
    put(&printed, "\n");
    schema_print_config(config, put, &printed);
    assert_int_equal(count_missing(printed.at, schema_root), 0);
    assert_int_equal(config->n_indicators, KIND_COUNT_OF);
    assert_true(warnings > 0); /* kinds that aren't watched yet */
    free(printed.at);
    free(yaml);
    free(sample.at);
    config_destroy(&config);
}

/* ---- the table ---- */

static void check_rows(const struct schema_key *keys) {
    int n = 0;
    for (const struct schema_key *row = keys; row->name; row++, n++) {
        size_t len = row->help ? strlen(row->help) : 0;
        if (len < 10 || row->help[len - 1] != '.')
            fail_msg("%s needs help in whole sentences", row->name);
        for (const struct schema_key *other = keys; other < row; other++)
            if (strcmp(other->name, row->name) == 0)
                fail_msg("%s stands twice in the table", row->name);
        if (row->type == TYPE_CHOICE && !row->fallback && !row->required)
            fail_msg("%s needs a default, or has to be given", row->name);
        for (int i = 0; row->type == TYPE_CHOICE && row->choices[i]; i++)
            if (!strstr(row->help, row->choices[i]))
                fail_msg("the help of %s says nothing about %s", row->name, row->choices[i]);
        if (row->keys)
            check_rows(row->keys);
    }
    assert_true(n < SCHEMA_KEYS_MAX);
}

static void test_table(void **state) {
    (void)state;
    check_rows(schema_root);
}


/* ---- bringing them up to date ---- */

static int write_file(const char *path, const char *text) {
    FILE *file = text ? fopen(path, "wb") : NULL;
    bool written = file && fputs(text, file) >= 0;
    if (file && fclose(file))
        written = false;
    if (!written)
        fprintf(stderr, "%s can't be written\n", path);
    return written ? 0 : 1;
}

static int write_docs(void) {
    struct text sample = {0};
    char *old = read_file(manual_path), *manual = old ? renew_manual(old) : NULL;
    schema_print_sample(put, &sample);
    int failed = write_file(sample_path, sample.at) | write_file(manual_path, manual);
    free(old);
    free(manual);
    free(sample.at);
    return failed;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_is_current),
        cmocka_unit_test(test_manual_is_current),
        cmocka_unit_test(test_sample_is_defaults),
        cmocka_unit_test(test_sample_examples),
        cmocka_unit_test(test_table),
    };
    if (argc > 1 && strcmp(argv[1], "--write") == 0)
        return write_docs();
    return cmocka_run_group_tests_name("config_docs", tests, NULL, NULL);
}
