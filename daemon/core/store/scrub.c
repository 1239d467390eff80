/* scrub.c - see scrub.h. */
#include "scrub.h"

#include "meta.h"
#include "reader.h"
#include "sealed.h"

#include <pace/error.h>

#include <errno.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum sealing { UNSEALED, SEALED, SEALED_BY_KEY };

static const char restore_backup[] = "restore the newest backup";
/* Not if it is of days whose records were dropped (engine_retain.c). */
static const char remake[] = "restart paced, which makes it anew; if it refuses to start, restore the newest backup";

static const char restore_log[] = "restore the newest backup; until then nothing that is as old is dropped (store.keep_days)";

static const struct {
    enum sealing sealing;
    struct scrub_remedy remedy;
} tables[KV_TABLES] = {
    [KV_META] = {UNSEALED, {"a word about the store itself", restore_backup, "meta"}},
    [KV_LOG] = {SEALED_BY_KEY, {"a part of the log", restore_log, "log"}},
    [KV_DICT] = {SEALED_BY_KEY, {"a name that the log uses", restore_backup, "dict"}},
    [KV_PAGE] = {SEALED, {"a page of tallies", remake, "page"}},
    [KV_ALERT] = {SEALED, {"a warning", restore_backup, "alert"}},
    [KV_QUARANTINE] = {SEALED,
                       {"a note about a refused event", "drop it: pacectl quarantine drop",
                        "quarantine"}},
    [KV_ROSTER] = {UNSEALED, {"the list of what is said of people", restore_backup, "roster"}},
    [KV_INDEX] = {SEALED_BY_KEY, {"a part of the index of known events", remake, "index"}},
    [KV_BASE] = {SEALED_BY_KEY, {"what a start goes on from", remake, "base"}},
    [KV_FACT] = {SEALED_BY_KEY,
                 {"a part of what is kept by lead, opportunity or contact", remake, "fact"}},
    [KV_REST] = {SEALED_BY_KEY,
                 {"what is kept of dropped days, by lead or opportunity", restore_backup, "rest"}},
};

struct scrub_remedy scrub_remedy(enum kv_table table) {
    return tables[table].remedy;
}

static bool is_sound(enum kv_table table, uint64_t key, struct view value) {
    enum sealing sealing = tables[table].sealing;
    if (table == KV_META)
        return meta_is_sound(key, value);
    if (table == KV_ROSTER && value.len > 1) /* what the log hasn't any more */
        sealing = SEALED_BY_KEY;
    if (sealing == UNSEALED)
        return true;
    uint64_t sum;
    if (value.len < sizeof sum)
        return false;
    memcpy(&sum, value.at, sizeof sum);
    return sum == XXH3_64bits_withSeed(value.at + sizeof sum, value.len - sizeof sum,
                                       sealing == SEALED_BY_KEY ? key : 0);
}

/* The next value of the table that the walk is in; -ENOENT: it has no more. */
static int scrub_value(struct scrub *scrub, struct kv *kv, scrub_finding *each, void *arg) {
    struct view value;
    enum kv_table table = (enum kv_table)scrub->table;
    int err = kv_ceil(kv, table, scrub->key, &scrub->key, &value);
    if (err)
        return err;
    scrub->values++;
    scrub->bytes += value.len;
    if (!is_sound(table, scrub->key, value)) {
        scrub->bad++;
        each(arg, table, scrub->key);
    }
    return kv_behind(&scrub->key) ? 0 : -ENOENT;
}

int scrub_step(struct scrub *scrub, struct kv *kv, uint64_t max_bytes, scrub_finding *each, void *arg) {
    uint64_t end = scrub->bytes + max_bytes;
    while (scrub->table < KV_TABLES && scrub->bytes < end) {
        int err = scrub_value(scrub, kv, each, arg);
        if (err && err != -ENOENT)
            return err;
        if (err) {
            scrub->table++;
            scrub->key = 0;
        }
    }
    return scrub->table < KV_TABLES;
}

/* ---- how it ended ---- */

enum { RESULT_NUMBERS = 5 };

void scrub_note(struct kv *kv, const struct scrub_result *result) {
    uint8_t bytes[SEALED_HEAD + RESULT_NUMBERS * VARINT_MAX_BYTES], *at = bytes + SEALED_HEAD;
    at = varint_put(at, zigzag(result->ended_us));
    at = varint_put(at, result->seconds);
    at = varint_put(at, result->values);
    at = varint_put(at, result->bytes);
    at = varint_put(at, result->bad);
    sealed_put(kv, KV_META, META_SCRUB, bytes, (size_t)(at - bytes));
}

int scrub_noted(struct kv *kv, struct scrub_result *ret_result) {
    struct view body;
    int err = sealed_get(kv, KV_META, META_SCRUB, &body);
    if (err)
        return err;
    struct reader reading = reader_of(body);
    struct scrub_result result = {.ended_us = read_signed(&reading)};
    result.seconds = read_number(&reading);
    result.values = read_number(&reading);
    result.bytes = read_number(&reading);
    result.bad = read_number(&reading);
    if (!reader_done(&reading))
        return PACE_ECORRUPT;
    *ret_result = result;
    return 0;
}
