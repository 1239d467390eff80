/* intake.c - see intake.h. */
#include "intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert((int)ENGINE_REASON_SIZE == (int)JSON_REASON_SIZE, "reasons are copied whole");

enum {
    AHEAD = 12,          /* events are told to the engine so many before they are taken */
    FETCHED_AHEAD = 16,  /* ... and fetched before that: mostly another thread has decoded them */
    FETCHED_BYTES = 448, /* what an item with five members takes */
    LINE_BYTES = 64,
    NOTE_ID_MAX_BYTES = 256,
    SHOWN_SOURCE_BYTES = 80,
    NOTE_BODY_MAX_BYTES = 65536,
};

struct intake {
    struct json_decoder *decoder;
    struct poison *poison;
    struct ahead *ahead;
    const char **wanted; /* with the names in it, which the thread ahead reads whatever becomes of the config */
    bool keep_body;
    uint64_t rejected[PACE_CODES];
};

int intake_create(struct intake **ret_intake) {
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake || ahead_create(sysconf(_SC_NPROCESSORS_ONLN) > 1, &intake->ahead)) {
        free(intake);
        return -ENOMEM;
    }
    *ret_intake = intake;
    return 0;
}

void intake_destroy(struct intake **intake) {
    if (!*intake)
        return;
    ahead_destroy(&(*intake)->ahead);
    json_decoder_destroy(&(*intake)->decoder);
    free((*intake)->wanted);
    free(*intake);
    *intake = NULL;
}

void intake_guard(struct intake *intake, struct poison *poison) {
    intake->poison = poison;
}

struct poison *intake_poison(const struct intake *intake) {
    return intake->poison;
}

int intake_list_wanted(const struct config *config, const char ***ret_names,
                       struct json_wanted *ret_wanted) {
    int n = 0;
    size_t most = 0, bytes = 0;
    for (int i = 0; i < config->n_indicators; i++)
        for (int j = 0; j < config->indicators[i].n_where; j++, most++)
            bytes += strlen(config->indicators[i].where[j].member) + 1;
    const char **names = malloc(most * sizeof *names + bytes + 1);
    if (!names)
        return -ENOMEM;
    char *at = (char *)(names + most);
    for (int i = 0; i < config->n_indicators; i++)
        for (int j = 0; j < config->indicators[i].n_where; j++) {
            const char *name = config->indicators[i].where[j].member;
            if (member_find(view_of(name)) >= 0)
                continue;
            names[n++] = at;
            at = stpcpy(at, name) + 1;
        }
    *ret_names = names;
    *ret_wanted = (struct json_wanted){names, n};
    return 0;
}

int intake_configure(struct intake *intake, const struct config *config) {
    struct json_wanted wanted;
    const char **names;
    if (intake_list_wanted(config, &names, &wanted))
        return -ENOMEM;
    struct json_decoder *decoder = json_decoder_create(&wanted);
    if (!decoder || ahead_configure(intake->ahead, &wanted, intake->poison)) {
        json_decoder_destroy(&decoder);
        free(names);
        return -ENOMEM;
    }
    json_decoder_guard(decoder, intake->poison);
    json_decoder_destroy(&intake->decoder);
    free(intake->wanted);
    intake->decoder = decoder;
    intake->wanted = names;
    intake->keep_body = config->quarantine.keep_body;
    return 0;
}

bool intake_store_full(struct kv *store) {
    return kv_used_permille(store) >= INTAKE_FULL_PERMILLE;
}

struct ahead *intake_ahead(struct intake *intake) {
    return intake->ahead;
}

const uint64_t *intake_rejected(const struct intake *intake) {
    return intake->rejected;
}

/* ---- quarantine ---- */

/* At most `most` bytes of a text, not ending within a character. */
static struct view view_cut(struct view text, size_t most) {
    if (text.len <= most)
        return text;
    while (most && ((unsigned char)text.at[most] & 0xC0) == 0x80)
        most--;
    return (struct view){text.at, most};
}

static void turn_note(struct intake_turn *turn, struct view id, struct view bytes,
                      enum pace_code code, const char *reason) {
    if (turn->again)
        return;
    struct quarantine_note note = {
        .at_us = turn->now_us,
        .code = code,
        .id = id,
        .reason = view_of(reason),
        .digest = XXH3_64bits(bytes.len ? bytes.at : "", bytes.len),
        .bytes = bytes.len,
    };
    if (turn->intake->keep_body)
        note.body = view_cut(bytes, NOTE_BODY_MAX_BYTES);
    engine_quarantine(turn->engine, &note);
    turn->intake->rejected[code]++;
}

void intake_refuse(struct intake_turn *turn, struct view bytes, enum pace_code code,
                   const char *reason) {
    turn_note(turn, (struct view){0}, bytes, code, reason);
}

/* ---- events ---- */

enum pace_code intake_decode(struct intake *intake, struct view body, struct json_batch *ret_batch,
                             char reason[JSON_REASON_SIZE]) {
    return json_decode(intake->decoder, body.at, body.len, PACE_WIRE_BATCH_MAX_EVENTS, ret_batch,
                       reason);
}

/* Whether its sender may say so; else the answer tells. */
static bool turn_allows(const struct intake_turn *turn, const struct json_item *item, struct engine_answer *answer) {
    if (!turn->sender || config_key_sends(turn->sender, item->event.source))
        return true;
    answer->verdict = VERDICT_REJECTED;
    answer->code = PACE_NOT_ALLOWED;
    snprintf(answer->reason, sizeof answer->reason, "source: \"%.*s\" isn't among those that the key \"%.60s\" may send (keys)",
             (int)view_cut(item->event.source, SHOWN_SOURCE_BYTES).len, item->event.source.at, turn->sender->name);
    return false;
}

/* What becomes of one event; a refused one is noted. 0, or as engine_take. */
static int turn_take_item(struct intake_turn *turn, const struct json_item *item,
                          struct engine_answer *answer) {
    if (item->code == PACE_OK && turn_allows(turn, item, answer)) {
        poison_mark_set(poison_mark_of(POISON_TAKE), item->raw);
        int error = engine_take_keyed(turn->engine, &item->event, &item->keys, answer);
        poison_mark_clear(poison_mark_of(POISON_TAKE));
        if (error)
            return error;
    } else if (item->code != PACE_OK) {
        answer->verdict = VERDICT_REJECTED;
        answer->code = item->code;
        memcpy(answer->reason, item->reason, sizeof answer->reason);
    }
    if (answer->verdict == VERDICT_REJECTED)
        turn_note(turn, view_cut(item->id, NOTE_ID_MAX_BYTES), item->raw, answer->code,
                  answer->reason);
    return 0;
}

static void item_fetch(const struct json_item *item) {
    for (size_t at = 0; at < FETCHED_BYTES; at += LINE_BYTES)
        __builtin_prefetch((const char *)item + at);
}

int intake_take(struct intake_turn *turn, const struct json_batch *batch,
                uint64_t counts[VERDICT_REJECTED + 1], intake_refusal *refused, void *arg) {
    for (size_t i = 0; i < batch->n_items; i++) {
        const struct json_item *item = &batch->items[i];
        struct engine_answer answer;
        if (i + FETCHED_AHEAD < batch->n_items)
            item_fetch(&item[FETCHED_AHEAD]);
        if (i + AHEAD < batch->n_items && item[AHEAD].code == PACE_OK)
            engine_expect(turn->engine, &item[AHEAD].event, &item[AHEAD].keys);
        int error = turn_take_item(turn, item, &answer);
        if (error)
            return error;
        counts[answer.verdict]++;
        if (refused && answer.verdict == VERDICT_REJECTED)
            refused(arg, i, view_cut(item->id, NOTE_ID_MAX_BYTES), answer.code, answer.reason);
    }
    return 0;
}
