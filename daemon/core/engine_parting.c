/* engine_parting.c - see engine_parting.h. */
#include "engine_parting.h"

#include <errno.h>
#include <stdlib.h>

enum { LOOK_RECORDS = 1 << 14, PAUSE = 1 };

struct parting {
    struct engine *engine;
    uint64_t first, to;  /* of the records that are looked at */
    uint64_t at;         /* it is known which of them were revised by records up to here */
    uint8_t *revised;    /* a bit for each; NULL: nothing is made of them */
    struct tally *tally; /* takes nothing in */
    struct measure *measure;
    struct facts *book;
    uint64_t end; /* of the chunk at hand */
    int left;
};

/* The book goes on where it ended. */
static int book_open(struct parting *parting) {
    struct engine *engine = parting->engine;
    const struct engine_kept *kept = &engine->kept;
    uint32_t generation = kept->book ? kept->book : engine->next_book++;
    int err = fold_read_book(engine->fold, engine->kv, generation, &parting->book);
    if (!err && kept->book)
        facts_append(parting->book, kept->chunks);
    return err;
}

static int threads_create(struct parting *parting) {
    struct fold *fold = parting->engine->fold;
    struct measure_setup setup = {fold->config, fold->people, fold->setup.dict, NULL, fold->zone,
                                  NULL,         NULL};
    parting->revised = calloc((size_t)((parting->to - parting->first) / 8 + 1), 1);
    parting->tally = tally_create();
    if (!parting->revised || !parting->tally)
        return -ENOMEM;
    tally_set_floor(parting->tally, DAY_MAX);
    setup.tally = parting->tally;
    int err = measure_create(&setup, &parting->measure);
    err = err ? err : book_open(parting);
    if (!err)
        measure_keep_threads(parting->measure, parting->book);
    return err;
}

int parting_create(struct engine *engine, struct parting **ret_parting) {
    struct measure *measure = engine->fold->measure;
    struct parting *parting = calloc(1, sizeof *parting);
    if (!parting)
        return -ENOMEM;
    parting->engine = engine;
    parting->first = log_first(engine->log);
    parting->to = parting->at = engine->kept.at;
    int err = 0;
    if (measure_pairs(measure) || measure_deals(measure)) {
        parting->at = parting->first - 1;
        err = threads_create(parting);
    }
    if (err)
        parting_destroy(&parting);
    else
        *ret_parting = parting;
    return err;
}

void parting_destroy(struct parting **parting) {
    if (!*parting)
        return;
    measure_destroy(&(*parting)->measure);
    facts_destroy(&(*parting)->book);
    tally_destroy(&(*parting)->tally);
    free((*parting)->revised);
    free(*parting);
    *parting = NULL;
}

/* ---- which were revised ---- */

static int look_at(void *arg, const struct log_record *record) {
    struct parting *parting = arg;
    if (record->number > parting->to || parting->left-- == 0)
        return PAUSE;
    parting->at = record->number;
    if (record->kind == LOG_EVENT && record->standing == STANDING_REPLACES &&
        record->place >= parting->first)
        parting->revised[(record->place - parting->first) / 8] |=
            (uint8_t)(1 << (record->place - parting->first) % 8);
    return 0;
}

int parting_look(struct parting *parting, uint64_t *ret_bad) {
    if (parting->at >= parting->to)
        return 0;
    parting->left = LOOK_RECORDS;
    int err = log_walk(parting->engine->log, parting->at + 1, look_at, parting, ret_bad);
    return err < 0 ? err : parting->at < parting->to;
}

/* ---- what stays ---- */

static bool counts(const struct parting *parting, const struct log_record *record) {
    uint64_t i = record->number - parting->first;
    return record->kind == LOG_EVENT && record->standing != STANDING_SUPERSEDED &&
           !(parting->revised[i / 8] >> i % 8 & 1) &&
           fold_counts(parting->engine->fold, &record->event);
}

static int take(void *arg, const struct log_record *record) {
    struct parting *parting = arg;
    if (record->number > parting->end)
        return PAUSE;
    int err = roster_keep(parting->engine, record);
    if (!err && parting->measure && counts(parting, record))
        err = measure_apply(parting->measure, &record->event, &record->names, -1, 1, record->number,
                            NULL);
    return err;
}

int parting_take_oldest(struct parting *parting, uint64_t *ret_bad) {
    struct log *log = parting->engine->log;
    int err = log_oldest(log, &parting->end);
    err = err ? err : log_walk(log, log_first(log), take, parting, ret_bad);
    return err < 0 ? err : 0;
}

void parting_flush(struct parting *parting, uint32_t *ret_book, uint64_t *ret_chunks) {
    if (!parting->book)
        return;
    facts_flush(parting->book);
    *ret_chunks = facts_chunks(parting->book);
    *ret_book = *ret_chunks ? facts_generation(parting->book)
                            : 0; /* one without a chunk isn't known to a start */
}
