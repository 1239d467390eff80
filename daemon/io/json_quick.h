/*
 * json_quick.h - an ordinary event, read in one go.
 *
 * Nearly every event is an object of texts without escapes, numbers and words, one of which is the
 * object `data` of the same. These are read here; everything else, and everything that is to be
 * refused, is left to simdjson and json_event.hpp, whose word holds. So this reader never refuses:
 * it takes only what is valid there, too, and reads it the same (fuzz_event compares both).
 */
#ifndef IO_JSON_QUICK_H
#define IO_JSON_QUICK_H

#include "json.h"

struct json_quick;

/* What stands behind the text: so many bytes that are NUL. */
enum { JSON_QUICK_PADDING = 24 };

/* with_others: the config names members of types that DOMAIN doesn't list; events of these types
 * are left to the other reader. NULL when out of memory. */
struct json_quick *json_quick_create(bool with_others);
void json_quick_destroy(struct json_quick **quick);

/*
 * Reads the object that begins at `at` and returns the place behind it; NULL: it isn't one for
 * this reader. It is valid JSON if it is UTF-8: *ret_ascii tells that no byte of its texts is below
 * 0x20 or above 0x7E, else the caller looks. The texts stay where they are.
 */
const char *json_quick_gather(struct json_quick *quick, const char *at, bool *ret_ascii);

/*
 * Judges what was gathered, with `ascii` as it was told, and fills item's event and id, with views
 * into the line. False: it would be refused; then nothing of the item may be relied on but its code
 * and raw text.
 */
bool json_quick_judge(struct json_quick *quick, bool ascii, struct json_item *item);

#endif
