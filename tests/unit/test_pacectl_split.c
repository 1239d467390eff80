/* test_pacectl_split.c - streams are cut into events, whatever they are and in whatever pieces they
 * come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../clients/pacectl/split.c"

enum { LIMIT = 40, OUT_SIZE = 1 << 16, SEEDS = 300 };

/* An item as text: "line[/member]:bytes", "line:TOO_LARGE" or "line:BROKEN", ended by "|". */
static void write_item(char *out, const struct split_item *item) {
    size_t len = strlen(out);
    len += (size_t)snprintf(out + len, OUT_SIZE - len,
                            item->member ? "%d/%d:" : "%d:", (int)item->line, (int)item->member);
    if (item->kind == SPLIT_EVENT) {
        for (size_t i = 0; i < item->bytes.len; i++)
            out[len++] = item->bytes.at[i] ? item->bytes.at[i] : '0';
        out[len] = '\0';
    } else {
        strcat(out, item->kind == SPLIT_BROKEN ? "BROKEN" : "TOO_LARGE");
    }
    strcat(out, "|");
}

/* Cuts `bytes`, fed in pieces of 1 to max_piece bytes; checks that offsets are those of the bytes. */
static void cut(struct view bytes, size_t max_piece, unsigned seed, char *out) {
    struct split *split = split_create(LIMIT);
    assert_non_null(split);
    out[0] = '\0';
    for (size_t fed = 0, len = 1; len; fed += len) {
        size_t room;
        char *space = split_space(split, &room);
        assert_true(room > 0);
        seed = seed * 1103515245u + 12345u;
        len = 1 + (seed >> 8) % max_piece;
        len = len > room ? room : len;
        len = len > bytes.len - fed ? bytes.len - fed : len;
        if (len)
            memcpy(space, bytes.at + fed, len);
        split_fed(split, len);
        struct split_item item;
        while (split_next(split, &item)) {
            write_item(out, &item);
            if (item.kind == SPLIT_EVENT)
                assert_int_equal(item.bytes.at[0], bytes.at[item.offset]);
        }
    }
    split_destroy(&split);
    assert_null(split);
}

static const struct {
    const char *name;
    struct view bytes;
    const char *expected;
} cases[] = {
#define CASE(name, literal, expected)                                                              \
    { name, {literal, sizeof literal - 1}, expected }
    CASE("empty", "", ""),
    CASE("only white", " \n\t\r\n", ""),
    CASE("one line without its line feed", "{1}", "1:{1}|"),
    CASE("two lines", "{1}\n{2}\n", "1:{1}|2:{2}|"),
    CASE("blank lines keep the count", "\n{1}\n\n  \r\n{2}", "2:{1}|5:{2}|"),
    CASE("carriage returns stay", "{1}\r\n{2}\r\n", "1:{1}\r|2:{2}\r|"),
    CASE("byte order mark", "\xef\xbb\xbf{1}\n", "1:{1}|"),
    CASE("NUL bytes", "{\0}\n{2}\n", "1:{0}|2:{2}|"),
    CASE("a line that is no object", "oops\n{2}", "1:oops|2:{2}|"),
    CASE("an array as a line", "{1}\n [2]\n{3}", "1:{1}|2:BROKEN|3:{3}|"),
    CASE("a line at the limit", "0123456789012345678901234567890123456789\n{2}",
         "1:0123456789012345678901234567890123456789|2:{2}|"),
    CASE("a line over the limit", "01234567890123456789012345678901234567890\n{2}",
         "1:TOO_LARGE|2:{2}|"),
    CASE("a last line far over the limit",
         "{1}"
         "\n012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
         "789"
         "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
         "9",
         "1:{1}|2:TOO_LARGE|"),
    CASE("empty array", "[]", ""),
    CASE("empty array in white", " [ \n ] \n", ""),
    CASE("array", "[{1},{2}]", "1/1:{1}|1/2:{2}|"),
    CASE("array in lines", "\n[\n {1},\n {2}\n]\n", "3/1:{1}|4/2:{2}\t|"),
    CASE("line feeds within a member", "[{\n1\n},{2}]", "1/1:{\t1\t}|3/2:{2}|"),
    CASE("brackets and commas in strings", "[{\"a\":\"],[\\\"}\"},{2}]",
         "1/1:{\"a\":\"],[\\\"}\"}|1/2:{2}|"),
    CASE("a backslash at a string's end", "[{\"\\\\\"},{2}]", "1/1:{\"\\\\\"}|1/2:{2}|"),
    CASE("nested", "[{\"a\":[1,{\"b\":[]}]},{2}]", "1/1:{\"a\":[1,{\"b\":[]}]}|1/2:{2}|"),
    CASE("missing member", "[{1},,{3}]", "1/1:{1}|1/2:BROKEN|1/3:{3}|"),
    CASE("trailing comma", "[{1},]", "1/1:{1}|1/2:BROKEN|"),
    CASE("only a comma", "[,]", "1/1:BROKEN|1/2:BROKEN|"),
    CASE("cut off within a member", "[{1},{2", "1/1:{1}|1/2:BROKEN|"),
    CASE("cut off behind a comma", "[{1},", "1/1:{1}|1/2:BROKEN|"),
    CASE("cut off at once", "[", "1/1:BROKEN|"),
    CASE("something behind", "[{1}]\n x y\n{2}", "1/1:{1}|2/2:BROKEN|"),
    CASE("array in an array", "[[1],{2}]", "1/1:BROKEN|1/2:{2}|"),
    CASE("a closing brace too many", "[{1}},{2}]", "1/1:{1}}|1/2:{2}|"),
    CASE(
        "a member over the limit",
        "[{\"a\":\"01234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "],[01234567890123456789012345678901234567890123456789012345678901234567890123456789\"},{2}"
        "]",
        "1/1:TOO_LARGE|1/2:{2}|"),
};

static void test_cases(void **state) {
    static char out[OUT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cut(cases[i].bytes, 1 << 20, 1, out);
        if (strcmp(out, cases[i].expected) != 0)
            fail_msg("%s: found %s, expected %s", cases[i].name, out, cases[i].expected);
    }
}

static void test_pieces_dont_matter(void **state) {
    static char out[OUT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t max_piece = 1; max_piece < 50; max_piece += 7) {
            cut(cases[i].bytes, max_piece, (unsigned)i, out);
            if (strcmp(out, cases[i].expected) != 0)
                fail_msg("%s in pieces of up to %zu: found %s, expected %s", cases[i].name,
                         max_piece, out, cases[i].expected);
        }
}

/* Whatever the bytes are: the same items in one piece and in many, and every one is a line. */
static void test_any_bytes(void **state) {
    static const char alphabet[] = "{}[],,\"\"\\ \n\n\tab0";
    static char whole[OUT_SIZE], pieces[OUT_SIZE], bytes[600];
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        srand(seed);
        size_t len = (size_t)rand() % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        if (len && seed % 2)
            bytes[0] = '[';
        cut((struct view){bytes, len}, 1 << 20, seed, whole);
        cut((struct view){bytes, len}, 9, seed, pieces);
        if (strcmp(whole, pieces) != 0)
            fail_msg("seed %u: in one piece %s, in several %s", seed, whole, pieces);
        assert_null(strchr(whole, '\n'));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_pieces_dont_matter),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
