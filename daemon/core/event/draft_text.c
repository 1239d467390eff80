/* draft_text.c - what a peer wrote, as text: excerpts of it, control characters in it, numbers of
 * it. */
#include "draft.h"

#include <errno.h>

const char *draft_excerpt(struct view text, char *buffer) {
    size_t n = text.len, most = EXCERPT_SIZE - sizeof "\"\"...";
    if (n > most) {
        n = most;
        while (n > 0 && ((unsigned char)text.at[n] & 0xC0) == 0x80)
            n--; /* never half a character */
    }
    char *out = buffer;
    *out++ = '"';
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool c1 = c == 0xC2 && i + 1 < n && (unsigned char)text.at[i + 1] < 0xA0;
        if (c1)
            i++;
        *out++ = c1 || c < 0x20 || c == 0x7F ? '?' : (char)c;
    }
    memcpy(out, n < text.len ? "\"..." : "\"", n < text.len ? 5 : 2);
    return buffer;
}

/* Eight bytes at a time: is any of them below 0x20, or 0x7F, or the 0xC2 that C1 begins with?
 * (Hacker's Delight 6-1) */
static bool may_have_control(uint64_t bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t low = (bytes - ones * 0x20) & ~bytes;
    uint64_t del = bytes ^ ones * 0x7F, c1 = bytes ^ ones * 0xC2;
    return ((low | ((del - ones) & ~del) | ((c1 - ones) & ~c1)) & tops) != 0;
}

static bool block_may_have_control(const char *at) {
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return may_have_control(bytes);
}

bool draft_has_control(struct view text) {
    const size_t block = sizeof(uint64_t);
    size_t i = 0;
    if (text.len >= block) {
        while (i + block <= text.len && !block_may_have_control(text.at + i))
            i += block;
        /* What is left at the end is looked at together with what stands before it. */
        if (i + block > text.len && !block_may_have_control(text.at + text.len - block))
            return false;
    }
    for (; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < 0x20 || c == 0x7F)
            return true;
        if (c == 0xC2 && i + 1 < text.len && (unsigned char)text.at[i + 1] < 0xA0)
            return true;
    }
    return false;
}

/* Digits of at most INT64_MAX: CloudEvents' own integers end at 32 bits, so that many send strings. */
bool draft_digits_parse(struct view text, int64_t *ret_number) {
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = text.at[i] - '0';
        if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10)
            return false;
        number = 10 * number + digit;
    }
    *ret_number = number;
    return text.len > 0;
}

/*
 * Where the digits of a number stand: value = 0.d1d2d3... * 10^point with d1 the first digit that
 * isn't 0; the decimal point may lie among them. digits NULL: the value is 0.
 */
struct decimal {
    const char *digits, *end;
    int64_t point;
    bool negative;
};

static int64_t read_exponent(const char *at, const char *end) {
    const int64_t huge = INT64_C(1000000000000); /* beyond any length of the digits */
    int64_t exponent = 0;
    bool down = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    for (; at < end && exponent < huge; at++)
        exponent = 10 * exponent + (*at - '0');
    return down ? -exponent : exponent;
}

static struct decimal find_digits(struct view text) {
    struct decimal decimal = {.end = text.at + text.len};
    const char *at = text.at;
    bool fraction = false;
    decimal.negative = at < decimal.end && *at == '-';
    for (at += decimal.negative; at < decimal.end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        if (!decimal.digits && *at != '0')
            decimal.digits = at;
        decimal.point += decimal.digits ? !fraction : -(int64_t)fraction;
    }
    if (at < decimal.end)
        decimal.point += read_exponent(at + 1, decimal.end);
    decimal.end = at;
    return decimal;
}

int draft_decimal_parse(struct view text, int64_t *ret_number) {
    struct decimal decimal = find_digits(text);
    const char *at = decimal.digits;
    int64_t wanted =
        at ? decimal.point + 4 : 0; /* that many digits are in front of the point, in 1/10,000 */
    uint64_t number = 0;
    if (wanted > 19)
        return -ERANGE;
    for (; wanted > 0; wanted--) {
        if (at < decimal.end && *at == '.')
            at++;
        number = 10 * number + (at < decimal.end ? (uint64_t)(*at++ - '0') : 0);
    }
    if (number > (uint64_t)EVENT_NUMBER_MAX)
        return -ERANGE;
    *ret_number = decimal.negative ? -(int64_t)number : (int64_t)number;
    return 0;
}
