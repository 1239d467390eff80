/*
 * docs/events.md against the decoder: its tables of types, members and codes are the decoder's, and
 * every example in it is accepted. On a difference the table that should stand there is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json.h"

#include <stdio.h>
#include <stdlib.h>

static const char path[] = "docs/events.md"; /* ctest starts us in the source folder */
static char page[1 << 17];

static int read_page(void **state) {
    (void)state;
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    size_t len = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[len] = '\0';
    return len > 0 && len < sizeof page - 1 ? 0 : -1;
}

struct text {
    char bytes[1 << 15];
    size_t len;
};

static void put(struct text *text, const char *piece) {
    size_t len = strlen(piece);
    assert_true(text->len + len < sizeof text->bytes);
    memcpy(text->bytes + text->len, piece, len + 1);
    text->len += len;
}

/* `a`, `b` of a set of members. */
static void put_members(struct text *text, uint64_t members, const char *separator) {
    const char *between = "";
    for (int id = 0; id < member_table_count; id++) {
        if (!(members >> id & 1))
            continue;
        put(text, between);
        put(text, "`");
        put(text, member_table[id].name);
        put(text, "`");
        between = separator;
    }
}

static void put_kind(struct text *text, const struct event_kind *kind) {
    put(text, "| `");
    put(text, kind->pattern);
    put(text, "` | ");
    put_members(text, kind->required, ", ");
    if (kind->one_of) {
        put(text, kind->required ? ", " : "");
        put_members(text, kind->one_of, " or ");
    }
    put(text, " | ");
    put_members(text, kind->allowed & ~kind->required & ~kind->one_of, ", ");
    put(text, " |\n");
}

/* The rows of the table between <!-- NAME --> and the next empty line, without its two head lines. */
static struct view find_rows(const char *name) {
    char mark[64];
    snprintf(mark, sizeof mark, "<!-- %s -->\n", name);
    const char *at = strstr(page, mark);
    if (!at)
        fail_msg("%s has no %s", path, mark);
    at += strlen(mark);
    for (int i = 0; i < 2; i++)
        at = strchr(at, '\n') + 1;
    const char *end = strstr(at, "\n\n");
    return (struct view){at, end ? (size_t)(end + 1 - at) : strlen(at)};
}

static void types_are_the_decoders(void **state) {
    (void)state;
    static struct text expected;
    for (int i = 0; i < event_kind_count; i++)
        put_kind(&expected, &event_kinds[i]);
    struct view found = find_rows("types");
    if (!view_equal(found, (struct view){expected.bytes, expected.len})) {
        fputs(expected.bytes, stderr); /* longer than cmocka's messages may be */
        fail_msg("%s: the table of types should be as above", path);
    }
}

/* Each row begins with what the program knows; the rest of it is prose. */
static void check_beginnings(const char *table, char beginnings[][64], int n) {
    struct view rows = find_rows(table);
    const char *at = rows.at, *end = rows.at + rows.len;
    for (int i = 0; i < n; i++) {
        if (at >= end || strncmp(at, beginnings[i], strlen(beginnings[i])) != 0)
            fail_msg("%s: row %d of %s should begin with %s", path, i + 1, table, beginnings[i]);
        const char *line_end = strchr(at, '\n');
        if ((size_t)(line_end - at) < strlen(beginnings[i]) + strlen("word |"))
            fail_msg("%s: row %d of %s says nothing", path, i + 1, table);
        at = line_end + 1;
    }
    if (at != end)
        fail_msg("%s: %s has more rows than there are", path, table);
}

static void members_are_the_decoders(void **state) {
    (void)state;
    static const char *const forms[] = {
        [FORM_WORD] = "word", [FORM_KEY] = "key",   [FORM_TEXT] = "text", [FORM_NUMBER] = "number",
        [FORM_BOOL] = "bool", [FORM_TIME] = "time", [FORM_JSON] = "json",
    };
    static char beginnings[64][64];
    for (int id = 0; id < member_table_count; id++)
        snprintf(beginnings[id], sizeof beginnings[id], "| `%s` | %s | ", member_table[id].name,
                 forms[member_table[id].form]);
    check_beginnings("members", beginnings, member_table_count);
}

static void codes_are_the_wires(void **state) {
    (void)state;
    static char beginnings[PACE_CODES][64];
    for (int code = 1; code < PACE_CODES; code++)
        snprintf(beginnings[code - 1], sizeof beginnings[0], "| `%s` | ",
                 pace_code_name((enum pace_code)code));
    check_beginnings("codes", beginnings, PACE_CODES - 1);
}

static void limits_are_told(void **state) {
    (void)state;
    static const int limits[] = {EVENT_ATTRIBUTE_MAX_BYTES, EVENT_WORD_MAX_BYTES,
                                 EVENT_KEY_MAX_BYTES,       EVENT_TEXT_MAX_BYTES,
                                 EVENT_JSON_MAX_BYTES,      PACE_WIRE_BATCH_MAX_EVENTS};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char number[16];
        snprintf(number, sizeof number, " %d ", limits[i]);
        if (!strstr(page, number))
            fail_msg("%s doesn't tell the limit%s", path, number);
    }
}

static void examples_are_accepted(void **state) {
    (void)state;
    struct json_decoder *decoder = json_decoder_create(NULL);
    assert_non_null(decoder);
    static const char fence[] = "```json\n";
    int n_examples = 0;
    for (const char *at = page; (at = strstr(at, fence));) {
        at += strlen(fence);
        const char *end = strstr(at, "```");
        assert_non_null(end);
        struct json_batch batch = {0};
        char reason[JSON_REASON_SIZE] = "";
        if (json_decode(decoder, at, (size_t)(end - at), 100, &batch, reason))
            fail_msg("%.*s is refused: %s", (int)(end - at), at, reason);
        for (size_t i = 0; i < batch.n_items; i++) {
            const struct json_item *item = &batch.items[i];
            if (item->code)
                fail_msg("%.*s is refused: %s", (int)item->raw.len, item->raw.at, item->reason);
        }
        n_examples += (int)batch.n_items;
        at = end;
    }
    assert_true(n_examples >= 10);
    json_decoder_destroy(&decoder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_the_decoders), cmocka_unit_test(members_are_the_decoders),
        cmocka_unit_test(codes_are_the_wires),    cmocka_unit_test(limits_are_told),
        cmocka_unit_test(examples_are_accepted),
    };
    return cmocka_run_group_tests(tests, read_page, NULL);
}
