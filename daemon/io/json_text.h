/*
 * json_text.h - places in JSON text that has already been found valid, and numbers that outgrow a
 * double.
 *
 * simdjson's DOM keeps numbers as int64, uint64 or double and forgets how they were written. Money
 * needs the digits, so they are looked up in the text again, by position. Pure; every function is
 * linear in the text.
 */
#ifndef IO_JSON_TEXT_H
#define IO_JSON_TEXT_H

#include "view.h"

/* Goes through the values of one object or list. */
struct json_walk {
    const char *at, *end;
    bool object;
};

/* `container` begins with "{" or "[" and is valid JSON. */
struct json_walk json_walk_begin(struct view container);

/* The next value, without the blanks around it; false after the last one. */
bool json_walk_next(struct json_walk *walk, struct view *ret_value);

/* Value number `index` (from 0) of a container; empty when it has fewer. */
struct view json_text_value(struct view container, size_t index);

/*
 * JSON allows numbers that fit neither 64 bits nor a double; simdjson refuses them, we pass them
 * over where nobody asks for them. Overwrites each in `text` (any bytes, valid JSON or not) with
 * "9e99" and blanks, which is as far out of every range. True when there was one.
 */
bool json_text_tame_numbers(char *text, size_t len);

#endif
