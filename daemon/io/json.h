/*
 * json.h - CloudEvents out of a batch body, by simdjson.
 *
 * The one place on the data path that knows JSON. NDJSON (one CloudEvent a line, blank lines
 * skipped, a bad line is an item with its error and harms no other) or one JSON array (a body that
 * begins with "[" and isn't JSON is an error as a whole); a single object is NDJSON of one line.
 * Every byte must be valid JSON in valid UTF-8; duplicate members are refused, at any depth of what
 * is read, unknown ones are skipped.
 *
 * A byte order mark at the very beginning is passed over. Nesting ends at 64 levels, one event at 1
 * MiB (PACE_WIRE_BATCH_MAX_BYTES: matters only where bodies may be larger). Which rules an event
 * must keep stands in core/event/draft.h and, for people, in docs/events.md.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include "event.h"
#include "index.h"
#include "pace/wire.h"
#include "poison.h"

struct json_decoder;

enum { JSON_REASON_SIZE = 200 };

struct json_item {
    enum pace_code code; /* PACE_OK: `event` is valid; else `reason` says where, what was found,
                            what was expected */
    struct view id;  /* the event's id where it could be read, else empty */
    struct view raw; /* its bytes in the caller's body: a view into that, not a copy */
    struct index_keys keys; /* PACE_OK: of the event */
    struct event event;
    char reason[JSON_REASON_SIZE];
};

struct json_batch {
    size_t n_items;
    const struct json_item *items;
};

/* Members that the config names beyond DOMAIN's table (for types outside it) may be set; borrowed,
 * not copied. */
struct json_wanted {
    const char *const *names;
    int n_names;
};

/* NULL when out of memory. Not shared between threads. */
struct json_decoder *json_decoder_create(const struct json_wanted *wanted);
void json_decoder_destroy(struct json_decoder **decoder);

/* What crashed paced twice is refused from now on, without a look into it; borrowed, NULL: nothing. */
void json_decoder_guard(struct json_decoder *decoder, const struct poison *poison);

/*
 * Decodes a body of at most PACE_WIRE_BATCH_MAX_BYTES (the caller checks; the limit here is 64 MiB)
 * and at most max_events events. PACE_OK: ret_batch holds one item per non-blank line or array
 * member, in order; it and all its views live until the next call. Else the body as a whole is
 * refused: reason (JSON_REASON_SIZE bytes) says why. A body of the wire's size needs no memory
 * beyond what was allocated at creation; a larger one for which there is none is PACE_TOO_LARGE.
 */
enum pace_code json_decode(struct json_decoder *decoder, const char *body, size_t len,
                           size_t max_events, struct json_batch *ret_batch, char *reason);

#endif
