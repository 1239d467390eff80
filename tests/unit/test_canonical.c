/* Canonical JSON, walked and read; and bytes that aren't, which end a walk but never a process. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "canonical.h"
#include "engine_fixture.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* All that a walk yields, as "key=value;" */
static void walked(struct view value, char *ret_text, size_t size) {
    struct canonical_walk walk = canonical_begin(value);
    struct view key, item;
    size_t n = 0;
    ret_text[0] = '\0';
    while (canonical_next(&walk, &key, &item))
        n += (size_t)snprintf(ret_text + n, size - n, "%.*s=%.*s;", (int)key.len,
                              key.len ? key.at : "", (int)item.len, item.at);
}

static void test_walks(void **state) {
    static const struct {
        const char *value, *walked;
    } cases[] = {
        {"[1,2.5,-3]", "=1;=2.5;=-3;"},
        {"[]", ""},
        {"{}", ""},
        {"", ""},
        {"7", "=7;"},
        {"\"a,b\"", "=\"a,b\";"},
        {"[\"a]\\\"\",[1,{\"x\":2}],{}]", "=\"a]\\\"\";=[1,{\"x\":2}];={};"},
        {"{\"mon\":8,\"tue\":[\"09:00-12:00\"]}", "\"mon\"=8;\"tue\"=[\"09:00-12:00\"];"},
        {"[1,,2]", "=1;"}, /* ends early */
        {"{\"a\"}", ""},
        {"{1,2}", ""},
        {"[\"open", "=\"open;"},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        char text[200];
        walked(view_of(cases[i].value), text, sizeof text);
        assert_string_equal(text, cases[i].walked);
    }
}

static void test_numbers(void **state) {
    static const struct {
        const char *value;
        bool is;
        int64_t number;
    } cases[] = {
        {"8", true, 80000},  {"-0.25", true, -2500}, {"0.0001", true, 1},
        {"", false, 0},      {"-", false, 0},        {"1.2.3", false, 0},
        {".5", false, 0},    {"5.", false, 0},       {"1e3", false, 0},
        {"\"8\"", false, 0}, {"true", false, 0},     {"99999999999999999999", false, 0},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        int64_t number = 0;
        assert_int_equal(canonical_number(view_of(cases[i].value), &number), cases[i].is);
        assert_int_equal(number, cases[i].number);
    }
}

static void test_texts(void **state) {
    static const struct {
        const char *value, *text; /* NULL: not a text */
    } cases[] = {
        {"\"north\"", "north"},
        {"\"\"", ""},
        {"\"a\\\"b\\\\c\"", "a\"b\\c"},
        {"\"tab\\u0009\"", "tab\t"},
        {"\"\\u001f\"", "\x1f"},
        {"north", NULL},
        {"\"", NULL},
        {"\"\\n\"", NULL},
        {"\"\\u0100\"", NULL},
        {"\"\\u00\"", NULL},
        {"8", NULL},
        {"", NULL},
    };
    (void)state;
    for (int i = 0; i < COUNT(cases); i++) {
        struct view value = view_of(cases[i].value), text;
        char buffer[40];
        bool is = canonical_text(value, buffer, sizeof buffer, &text);
        assert_int_equal(is, cases[i].text != NULL);
        if (!is)
            continue;
        assert_true(view_equal(text, view_of(cases[i].text)));
        assert_true(canonical_is(value, view_of(cases[i].text)));
        assert_false(canonical_is(value, view_of("north ")));
        if (text.len)
            assert_false(canonical_text(value, buffer, text.len - 1, &text));
    }
}

static void test_kinds(void **state) {
    (void)state;
    assert_int_equal(canonical_kind(view_of("\"a\"")), CANONICAL_TEXT);
    assert_int_equal(canonical_kind(view_of("-1")), CANONICAL_NUMBER);
    assert_int_equal(canonical_kind(view_of("[1]")), CANONICAL_LIST);
    assert_int_equal(canonical_kind(view_of("{}")), CANONICAL_OBJECT);
    assert_int_equal(canonical_kind(view_of("true")), CANONICAL_NOTHING);
    assert_int_equal(canonical_kind(view_of("")), CANONICAL_NOTHING);
}

/* Random bytes of the alphabet of JSON in a buffer of their own length: the sanitizers watch. */
static void test_any_bytes(void **state) {
    static const char alphabet[] = "[]{}\",:\\u0019.-a";
    uint64_t seed = 20261122;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)draw_below(&seed, 24);
        char *bytes = malloc(len + 1), *text = malloc(len + 1);
        assert_true(bytes && text);
        for (size_t b = 0; b < len; b++)
            bytes[b] = alphabet[draw_below(&seed, COUNT(alphabet) - 1)];
        char *exact = realloc(bytes, len ? len : 1);
        struct canonical_walk walk = canonical_begin((struct view){exact, len});
        struct view key, value, read;
        int64_t number;
        size_t n = 0;
        while (canonical_next(&walk, &key, &value)) {
            canonical_number(value, &number);
            if (canonical_text(value, text, len, &read))
                assert_true(canonical_is(value, read));
            assert_true(++n <= len);
        }
        free(exact);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks),     cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_texts),     cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
