/*
 * intake.h - bodies of events into the engine: decoded, judged, noted. What the acknowledged and
 * the fire-and-forget socket have in common.
 *
 * A refused event is noted in the quarantine and counted; it harms neither its neighbours nor us.
 * What the sender learns of it is the caller's.
 */
#ifndef IO_INTAKE_H
#define IO_INTAKE_H

#include "engine.h"
#include "json.h"

struct intake;

/* 0 or -ENOMEM. */
int intake_create(struct intake **ret_intake);
void intake_destroy(struct intake **intake);

/* Follows a config (borrowed until the next call): members wanted, quarantine. To be called before
 * anything is taken. 0; -ENOMEM: as before. */
int intake_configure(struct intake *intake, const struct config *config);

/* What a turn takes events with. */
struct intake_turn {
    struct intake *intake;
    struct engine *engine;
    struct kv *store;
    int64_t now_us; /* for quarantine notes */
};

/* At so many permille of the store nothing more may be taken. */
enum { INTAKE_FULL_PERMILLE = 900 };
bool intake_store_full(struct kv *store);

/*
 * As json_decode, with the wire's limit of events. Notes nothing: a body may also be decoded only
 * to know how many events are in it. The batch lives until the next call.
 */
enum pace_code intake_decode(struct intake *intake, struct view body, struct json_batch *ret_batch,
                             char reason[JSON_REASON_SIZE]);

/* Notes in the quarantine what is refused as a whole, and counts it as one event. */
void intake_refuse(struct intake_turn *turn, struct view bytes, enum pace_code code,
                   const char *reason);

/* An event that was refused: its place among the items, its id (cut at 256 bytes; may be empty),
 * and why. */
typedef void intake_refusal(void *arg, size_t index, struct view id, enum pace_code code,
                            const char *reason);

/*
 * Hands every event of a batch to the engine and counts the verdicts in counts[verdict]; `refused`
 * may be NULL. 0; anything else is what engine_take said, and the engine can't go on.
 */
int intake_take(struct intake_turn *turn, const struct json_batch *batch,
                uint64_t counts[VERDICT_REJECTED + 1], intake_refusal *refused, void *arg);

/* Events and whole bodies refused since intake_create, by code (PACE_CODES of them), whoever
 * refused them. */
const uint64_t *intake_rejected(const struct intake *intake);

#endif
