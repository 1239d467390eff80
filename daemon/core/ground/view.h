/*
 * view.h - a borrowed run of bytes: not owned, not terminated, possibly with NUL bytes inside.
 *
 * Whoever hands out a view says how long it stays valid.
 */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct view {
    const char *at; /* may be NULL when len is 0 */
    size_t len;     /* bytes */
};

/* A view of a string literal or of any NUL-terminated string. */
static inline struct view view_of(const char *text) {
    return (struct view){text, text ? strlen(text) : 0};
}

static inline bool view_equal(struct view a, struct view b) {
    return a.len == b.len && (a.at == b.at || a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* As view_equal with view_of(text): what begins otherwise is told at once. */
static inline bool view_is(struct view a, const char *text) {
    return a.len && a.at[0] == text[0] ? view_equal(a, view_of(text)) : !a.len && !*text;
}

/* Order by bytes, the shorter first where one begins the other: <0, 0, >0. The one order of names in paced. */
static inline int view_compare(struct view a, struct view b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
