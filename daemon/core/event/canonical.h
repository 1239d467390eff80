/*
 * canonical.h - reads the canonical JSON that members of FORM_JSON hold.
 *
 * That is JSON as io/json writes it: no blanks, in texts only the escapes \" \\ \u00xx, numbers as
 * plain decimals of at most four places. Nothing is allocated or read outside of the view; where
 * bytes aren't of this form, walking ends early.
 */
#ifndef CORE_CANONICAL_H
#define CORE_CANONICAL_H

#include "view.h"

#include <stdint.h>

enum canonical_kind {
    CANONICAL_NOTHING, /* true, false, null, or not JSON */
    CANONICAL_TEXT,
    CANONICAL_NUMBER,
    CANONICAL_LIST,
    CANONICAL_OBJECT
};

/* What a value is, told by its first byte. */
enum canonical_kind canonical_kind(struct view value);

/* The items of a list, the members of an object; any other value is walked as the one item. */
struct canonical_walk {
    const char *at, *end; /* what is left */
    bool object;
};

struct canonical_walk canonical_begin(struct view value);

/* ret_key: the member's name, a text with its quotes; empty for items. False: none is left. */
bool canonical_next(struct canonical_walk *walk, struct view *ret_key, struct view *ret_value);

/* A number in 1/10,000. False: it isn't one, or out of EVENT_NUMBER_MAX. */
bool canonical_number(struct view value, int64_t *ret_number);

/*
 * The content of a text, without quotes and escapes, into a buffer of `size` bytes, which the
 * view then points to. False: it isn't a text, or longer. As long as the value itself is enough.
 */
bool canonical_text(struct view value, char *buffer, size_t size, struct view *ret_text);

/* Whether a value is this text. */
bool canonical_is(struct view value, struct view text);

#endif
