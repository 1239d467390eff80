/*
 * dict.h - every source, type, subject and common word once, as a small number.
 *
 * Append-only: an id, once given, means that string for the life of the store; ids are 0, 1, 2, ...
 * in the order of their first use. Kept in KV_DICT; new strings are put there at once and become
 * durable with the next commit.
 */
#ifndef CORE_DICT_H
#define CORE_DICT_H

#include "view.h"

#include <stdint.h>

struct event;
struct event_names;
struct kv;
struct memory;
struct dict;

/* What a peer can make us hold: strings, bytes of one, bytes of all. */
enum { DICT_STRINGS_MAX = 1 << 22, DICT_TEXT_MAX_BYTES = 1024, DICT_BYTES_MAX = 256 << 20 };

/*
 * Loads all strings; kv and memory (memory.h; NULL: malloc's), where the table of them lies, are
 * borrowed for the dict's life. 0, -ENOMEM, PACE_ECORRUPT (a hole in the ids, a string that is too
 * long, fails its checksum or stands there twice), or what the store said.
 */
int dict_open(struct kv *kv, const struct memory *memory, struct dict **ret_dict);
void dict_destroy(struct dict **dict);

/*
 * The id of a string, a new one if need be. 0, -ENOMEM, or PACE_ELIMIT at one of the limits above.
 */
int dict_intern(struct dict *dict, struct view text, uint32_t *ret_id);

/* As dict_intern, for strings of which there are few, such as sources and words: those asked for
 * last are found sooner. */
int dict_intern_common(struct dict *dict, struct view text, uint32_t *ret_id);

/* The ids of an event's source, type and subject. Else as dict_intern. */
int dict_intern_names(struct dict *dict, const struct event *event, struct event_names *ret_names);

/* 0, or -ENOENT. */
int dict_find(const struct dict *dict, struct view text, uint32_t *ret_id);

/*
 * That string will be asked for soon: what tells its id is fetched into the processor's caches in
 * three steps, each of which reads what the one before has fetched. `hash` is what the first one
 * returned, `id` what the second one did: most likely the string's, DICT_STRINGS_MAX for none.
 */
uint64_t dict_expect(const struct dict *dict, struct view text);
uint32_t dict_expect_id(const struct dict *dict, uint64_t hash);
void dict_expect_text(const struct dict *dict, uint32_t id);

/* The string, valid as long as the dict; an empty view for an unknown id. */
struct view dict_text(const struct dict *dict, uint32_t id);

uint32_t dict_count(const struct dict *dict);
uint64_t dict_bytes(const struct dict *dict); /* memory */

#endif
