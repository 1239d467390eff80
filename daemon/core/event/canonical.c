#include "canonical.h"

#include "draft.h"

enum canonical_kind canonical_kind(struct view value) {
    char first = value.len ? value.at[0] : '\0';
    if (first == '"')
        return CANONICAL_TEXT;
    if (first == '-' || (first >= '0' && first <= '9'))
        return CANONICAL_NUMBER;
    return first == '[' ? CANONICAL_LIST : first == '{' ? CANONICAL_OBJECT : CANONICAL_NOTHING;
}

/* From a quote to behind the one that closes it. */
static const char *pass_text(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\' && end - at > 1;
    return at < end ? at + 1 : end;
}

/* To the comma, colon or bracket behind a value. */
static const char *pass_value(const char *at, const char *end) {
    int depth = 0;
    while (at < end) {
        if (depth == 0 && strchr(",:]}", *at))
            return at;
        depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
        at = *at == '"' ? pass_text(at, end) : at + 1;
    }
    return end;
}

struct canonical_walk canonical_begin(struct view value) {
    enum canonical_kind kind = canonical_kind(value);
    bool holds = kind == CANONICAL_LIST || kind == CANONICAL_OBJECT;
    const char *at = value.at + (holds ? 1 : 0), *end = value.at + value.len;
    return (struct canonical_walk){at, end, kind == CANONICAL_OBJECT};
}

static struct view take_value(struct canonical_walk *walk) {
    const char *begin = walk->at;
    walk->at = pass_value(begin, walk->end);
    return (struct view){begin, (size_t)(walk->at - begin)};
}

bool canonical_next(struct canonical_walk *walk, struct view *ret_key, struct view *ret_value) {
    struct view key = {0}, value = take_value(walk);
    if (walk->object && walk->at < walk->end && *walk->at == ':') {
        walk->at++;
        key = value;
        value = take_value(walk);
    }
    if (!value.len || (walk->object && !key.len)) {
        walk->at = walk->end;
        return false;
    }
    bool more = walk->at < walk->end && *walk->at == ',';
    walk->at = more ? walk->at + 1 : walk->end;
    *ret_key = key;
    *ret_value = value;
    return true;
}

static bool is_decimal(struct view text) {
    size_t i = text.len && text.at[0] == '-', digits = 0, points = 0;
    for (; i < text.len; i++) {
        bool digit = text.at[i] >= '0' && text.at[i] <= '9';
        if (!digit && (text.at[i] != '.' || !digits || i + 1 == text.len))
            return false;
        digits += digit;
        points += !digit;
    }
    return digits > 0 && points < 2;
}

bool canonical_number(struct view value, int64_t *ret_number) {
    return is_decimal(value) && draft_decimal_parse(value, ret_number) == 0;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that stands at *at, which moves behind it; -1: not one of the three escapes. */
static int take_byte(const char **at, const char *end) {
    const char *from = *at;
    *at += 1;
    if (*from != '\\')
        return (unsigned char)*from;
    if (end - from >= 2 && (from[1] == '"' || from[1] == '\\')) {
        *at += 1;
        return from[1];
    }
    if (end - from < 6 || memcmp(from, "\\u00", 4) != 0)
        return -1;
    *at += 5;
    int high = hex_digit(from[4]), low = hex_digit(from[5]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool canonical_text(struct view value, char *buffer, size_t size, struct view *ret_text) {
    if (value.len < 2 || value.at[0] != '"' || value.at[value.len - 1] != '"')
        return false;
    const char *at = value.at + 1, *end = value.at + value.len - 1;
    size_t n = 0;
    while (at < end) {
        int byte = take_byte(&at, end);
        if (byte < 0 || n == size)
            return false;
        buffer[n++] = (char)byte;
    }
    *ret_text = (struct view){buffer, n};
    return true;
}

bool canonical_is(struct view value, struct view text) {
    if (value.len < 2 || value.at[0] != '"' || value.at[value.len - 1] != '"')
        return false;
    const char *at = value.at + 1, *end = value.at + value.len - 1;
    size_t n = 0;
    while (at < end && n < text.len)
        if (take_byte(&at, end) != (unsigned char)text.at[n++])
            return false;
    return at == end && n == text.len;
}
