/*
 * intake.h - bodies of events into the engine: decoded, judged, noted. What the acknowledged and
 * the fire-and-forget socket have in common.
 *
 * A refused event is noted in the quarantine and counted; it harms neither its neighbours nor us.
 * What the sender learns of it is the caller's.
 */
#ifndef IO_INTAKE_H
#define IO_INTAKE_H

#include "ahead.h"
#include "engine.h"
#include "json.h"
#include "turns.h"

struct intake;

/* 0 or -ENOMEM. */
int intake_create(struct intake **ret_intake);
void intake_destroy(struct intake **intake);

/* The members that only the config names, for a decoder; a name may be there twice, which costs
 * nothing. The list is to be freed, and the names go with it. 0 or -ENOMEM. */
int intake_list_wanted(const struct config *config, const char ***ret_names,
                       struct json_wanted *ret_wanted);

/* Follows a config, which isn't needed afterwards: members wanted, quarantine. To be called before
 * anything is taken. 0; -ENOMEM: as before. */
int intake_configure(struct intake *intake, const struct config *config);

/* What crashed paced twice is refused from the next intake_configure on; borrowed. */
void intake_guard(struct intake *intake, struct poison *poison);
struct poison *intake_poison(const struct intake *intake);

/* What a turn takes events with. */
struct intake_turn {
    struct intake *intake;
    struct engine *engine;
    struct kv *store;
    int64_t now_us; /* for quarantine notes */
    struct turns *turns; /* NULL: nobody asks what the time goes on */
    const struct config *config;     /* whose keys say who may send what; NULL: nobody comes by a key */
    const struct config_key *sender; /* whose message it is; NULL: somebody on this machine, who may send all */
    bool again;     /* what is refused was so before: it isn't noted once more */
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

/* Where bodies may be decoded before their turn; follows the config, too. */
struct ahead *intake_ahead(struct intake *intake);

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

/* What came of trying a note of the quarantine again. */
struct intake_retry {
    uint64_t counts[VERDICT_REJECTED + 1];
    enum pace_code code; /* of the first event that is refused still */
    char reason[JSON_REASON_SIZE];
};

/*
 * Takes the body of a note as if it came now; where nothing of it is refused any more, the note is
 * dropped. 0; -ENOENT no such note; -ENODATA it has no body; -EMSGSIZE not all of it; PACE_EFULL;
 * else what the engine said, which can't go on then.
 */
int intake_retry(struct intake_turn *turn, uint64_t number, struct intake_retry *ret_retry);

/* As engine_quarantine_drop; what was refused for having crashed paced may come again. */
int intake_forget(struct intake_turn *turn, uint64_t number);

/* Events and whole bodies refused since intake_create, by code (PACE_CODES of them), whoever
 * refused them. */
const uint64_t *intake_rejected(const struct intake *intake);

#endif
