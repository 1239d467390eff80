/* Paragraphs for a person: broken between words, and never between a number and its percent sign. */
#define _XOPEN_SOURCE 700 /* as text.c */
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
        {"山田 太郎", "山田\n太郎\n", 0, 8},
        {"a\xc2\x9b" "31m\x1b[31m b", "a?31m?[31m b\n", 0, 20}, /* nothing drives the terminal */
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
    char text[TEXT_NUMBER_SIZE];
    assert_string_equal(text_things(0, "rep", text), "0 reps");
    assert_string_equal(text_things(1, "rep", text), "1 rep");
    assert_string_equal(text_things(1200, "rep", text), "1,200 reps");
    assert_string_equal(text_things(UINT64_MAX, "12345678901234567890", text), "18,446,744,073,709,551,615 1234567890123456789s");
}

static void rates_have_the_digits_that_say_something(void **state) {
    (void)state;
    static const struct {
        double rate;
        const char *text;
    } cases[] = {{0, "0.00"}, {.456, "0.46"}, {3.21, "3.2"}, {-41.4, "-41"}, {999.4, "999"}, {999.6, "1,000"}, {-17567.3, "-17,567"}};
    char text[TEXT_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_rate(cases[i].rate, text), cases[i].text);
}

static void heads_stand_before_what_hangs_under_them(void **state) {
    (void)state;
    char *told = NULL;
    size_t size;
    FILE *stream = open_memstream(&told, &size);
    assert_non_null(stream);
    text_hanging(stream, "  --a", "one two three", 8, 16);
    text_hanging(stream, "  --much-longer", "one two", 8, 20);
    text_hanging(stream, "alone", "", 8, 20);
    fclose(stream);
    assert_string_equal(told, "  --a   one two\n        three\n  --much-longer one\n        two\nalone\n");
    free(told);
}

static void columns_are_those_of_a_terminal(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int columns;
    } cases[] = {{"", 0},           {"Jürgen", 6}, {"Ju\u0308rgen", 6}, {"山田太郎", 8},
                 {"🦊 Fuchs", 8}, {"محمد", 4},   {"\xc3(", 2},        {"\xe5\xb1", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(text_columns(cases[i].text), cases[i].columns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraphs_break_between_words),
        cmocka_unit_test(one_is_no_plural),
        cmocka_unit_test(rates_have_the_digits_that_say_something),
        cmocka_unit_test(heads_stand_before_what_hangs_under_them),
        cmocka_unit_test(columns_are_those_of_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
