/*
 * The cells of CSV files, as spreadsheets and exports write them: quotes, separators, ends of lines, and what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../clients/pacectl/csv.c"

/* Rows as "LINE:cell|cell" with blanks between; "LINE!" and the reason ends it. */
static void read_all(const char *text, char *to, size_t size) {
    size_t len = strlen(text), at = 0;
    char *bytes = malloc(len ? len : 1); /* exactly: a read behind the end is seen by the sanitizers */
    struct csv *csv = malloc(sizeof *csv);
    assert_non_null(bytes);
    assert_non_null(csv);
    memcpy(bytes, text, len);
    to[0] = '\0';
    csv_begin(csv, bytes, len);
    const char *wrong = NULL;
    int more;
    while ((more = csv_next(csv, &wrong)) > 0) {
        at += (size_t)snprintf(to + at, size - at, "%s%d:", at ? " " : "", csv->line);
        for (int i = 0; i < csv->n_cells; i++)
            at += (size_t)snprintf(to + at, size - at, "%s%.*s", i ? "|" : "", (int)csv->cells[i].len, csv->cells[i].at);
    }
    if (more < 0)
        snprintf(to + at, size - at, "%s%d! %s", at ? " " : "", csv->line, wrong);
    free(bytes);
    free(csv);
}

static void cells(void **state) {
    (void)state;
    static const struct {
        const char *text, *rows;
    } table[] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"\xEF\xBB\xBF", ""},
        {"a,b\n1,2\n", "1:a|b 2:1|2"},
        {"a,b\r\n1,2", "1:a|b 2:1|2"},
        {"\xEF\xBB\xBF\"a\",b", "1:a|b"},
        {"a;b,c;d", "1:a|b,c|d"},
        {"a\tb;c\td\n1\t2", "1:a|b;c|d 2:1|2"},
        {"\"a;b;c;\",d", "1:a;b;c;|d"},
        {"a,b;c", "1:a|b;c"},
        {"a,,\n,", "1:a|| 2:|"},
        {"\"\",\"\"\"\",\"x\"\"y\"", "1:|\"|x\"y"},
        {"\"a\nb\",c\n\nd,e", "1:a\nb|c 4:d|e"},
        {"a,b\"c\"", "1:a|b\"c\""},
        {"one", "1:one"},
        {"a\n\"b", "1:a 2! a quote is opened here and never closed"},
        {"a\n\"b\"\"", "1:a 2! a quote is opened here and never closed"},
        {"\"a\" ,b", "1! something stands behind a closing quote; quotes within a cell are doubled"},
    };
    char found[512];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        read_all(table[i].text, found, sizeof found);
        if (strcmp(found, table[i].rows) != 0)
            fail_msg("%s: expected %s, found %s", table[i].text, table[i].rows, found);
    }
}

static void at_most_so_many_cells(void **state) {
    (void)state;
    char text[CSV_CELLS_MAX + 1], found[2048];
    memset(text, ',', sizeof text);
    text[CSV_CELLS_MAX - 1] = '\0';
    read_all(text, found, sizeof found);
    assert_null(strchr(found, '!'));
    memset(text, ',', sizeof text);
    text[CSV_CELLS_MAX] = '\0';
    read_all(text, found, sizeof found);
    assert_string_equal(found, "1! more than 256 columns");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells),
        cmocka_unit_test(at_most_so_many_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
