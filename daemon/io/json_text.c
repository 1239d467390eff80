/* json_text.c - places and numbers in JSON text. */
#include "json_text.h"

#include <stdint.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* From an opening quote to behind the closing one. */
static const char *skip_string(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

static const char *skip_container(const char *at, const char *end) {
    size_t depth = 0;
    do {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth > 0 && at < end);
    return at;
}

static const char *skip_value(const char *at, const char *end) {
    if (*at == '"')
        return skip_string(at, end);
    if (*at == '{' || *at == '[')
        return skip_container(at, end);
    while (at < end && !is_blank(*at) && *at != ',' && *at != '}' && *at != ']')
        at++;
    return at;
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && is_blank(*at))
        at++;
    return at;
}

struct json_walk json_walk_begin(struct view container) {
    return (struct json_walk){container.at + 1, container.at + container.len,
                              container.at[0] == '{'};
}

bool json_walk_next(struct json_walk *walk, struct view *ret_value) {
    const char *at = skip_blanks(walk->at, walk->end);
    if (at < walk->end && *at == ',')
        at = skip_blanks(at + 1, walk->end);
    if (at >= walk->end || *at == '}' || *at == ']')
        return false;
    if (walk->object) {
        at = skip_blanks(skip_string(at, walk->end), walk->end);
        at = at < walk->end ? skip_blanks(at + 1, walk->end) : at; /* the colon */
    }
    if (at >= walk->end)
        return false;
    walk->at = skip_value(at, walk->end);
    *ret_value = (struct view){at, (size_t)(walk->at - at)};
    return true;
}

struct view json_text_value(struct view container, size_t index) {
    struct json_walk walk = json_walk_begin(container);
    struct view value = {0};
    for (size_t i = 0; i <= index; i++) {
        if (!json_walk_next(&walk, &value))
            return (struct view){0};
    }
    return value;
}

/* What a number in the text looks like, as far as it follows JSON's grammar. */
struct number_shape {
    const char *end;
    bool valid, integer;
    int64_t point; /* the value is below 10^point, and not below 10^(point - 1); 0 for zero */
};

/* At least one digit; counts the significant ones. */
static const char *scan_digits(const char *at, const char *end, bool *significant, int64_t *count,
                               bool *ret_any) {
    *ret_any = at < end && is_digit(*at);
    for (; at < end && is_digit(*at); at++) {
        *significant |= *at != '0';
        *count += *significant;
    }
    return at;
}

static const char *scan_exponent(const char *at, const char *end, int64_t *ret_exponent,
                                 bool *ret_any) {
    bool down = at < end && *at == '-';
    int64_t exponent = 0;
    at += at < end && (*at == '-' || *at == '+');
    *ret_any = at < end && is_digit(*at);
    for (; at < end && is_digit(*at); at++)
        exponent = exponent < INT64_C(1000000000) ? 10 * exponent + (*at - '0') : exponent;
    *ret_exponent = down ? -exponent : exponent;
    return at;
}

static struct number_shape scan_number(const char *at, const char *end) {
    struct number_shape shape = {.integer = true};
    bool significant = false, any = false;
    int64_t exponent = 0;
    at += *at == '-';
    const char *first = at;
    at = scan_digits(at, end, &significant, &shape.point, &any);
    shape.valid = any && !(*first == '0' && at > first + 1);
    if (shape.valid && at < end && *at == '.') {
        const char *fraction = at + 1;
        int64_t ignored = 0;
        bool leading = !significant;
        shape.integer = false;
        at = scan_digits(fraction, end, &significant, &ignored, &any);
        shape.valid = any;
        /* 0.00123 is below 10^-2: zeros in front of the first significant digit. */
        if (leading && significant)
            shape.point = ignored - (int64_t)(at - fraction);
    }
    if (shape.valid && at < end && (*at == 'e' || *at == 'E')) {
        shape.integer = false;
        at = scan_exponent(at + 1, end, &exponent, &any);
        shape.valid = any;
    }
    shape.point = significant ? shape.point + exponent : 0;
    shape.end = at;
    return shape;
}

/* Only what simdjson can't hold: an integer beyond int64 and uint64, or what may be beyond a
 * double. */
static bool outgrows(const char *at, const struct number_shape *shape) {
    if (!shape->integer)
        return shape->point >= 309;
    bool negative = *at == '-';
    uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : UINT64_MAX, number = 0;
    for (at += negative; at < shape->end; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (most - digit) / 10)
            return true;
        number = 10 * number + digit;
    }
    return false;
}

bool json_text_tame_numbers(char *text, size_t len) {
    static const char placeholder[] = "9e99";
    const size_t placeholder_len = sizeof placeholder - 1;
    char *at = text, *end = text + len;
    bool found = false;
    while (at < end) {
        if (*at == '"') {
            at = text + (skip_string(at, end) - text);
            continue;
        }
        if (*at != '-' && !is_digit(*at)) {
            at++;
            continue;
        }
        struct number_shape shape = scan_number(at, end);
        char *number_end = text + (shape.end - text);
        if (shape.valid && outgrows(at, &shape)) {
            found = true;
            memset(at, ' ', (size_t)(number_end - at));
            memcpy(at, placeholder, placeholder_len);
        }
        at = number_end > at ? number_end : at + 1;
    }
    return found;
}
