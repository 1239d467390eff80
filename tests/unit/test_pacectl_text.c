/* Paragraphs for a person: broken between words, and never between a number and its percent sign. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../clients/pacectl/text.c"

#include <stdlib.h>

static void paragraphs_break_between_words(void **state) {
    (void)state;
    static const struct {
        const char *text, *lines;
        int indent, width;
    } cases[] = {
        {"", "", 2, 20},
        {"one two three", "  one two\n  three\n", 2, 10},
        {"kept up, at about 55 %. What", "kept up, at about\n55 %. What\n", 0, 20},
        {"79 % of 81 %", "79 %\nof\n81 %\n", 0, 5},
        {"a %", "a %\n", 0, 1},
        {"  two\n blanks ", "two blanks\n", 0, 20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *told = NULL;
        size_t size;
        FILE *stream = open_memstream(&told, &size);
        assert_non_null(stream);
        text_paragraph(stream, cases[i].text, cases[i].indent, cases[i].width);
        fclose(stream);
        assert_string_equal(told, cases[i].lines);
        free(told);
    }
}

static void one_is_no_plural(void **state) {
    (void)state;
    assert_string_equal(text_plural(0), "s");
    assert_string_equal(text_plural(1), "");
    assert_string_equal(text_plural(2), "s");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraphs_break_between_words),
        cmocka_unit_test(one_is_no_plural),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
