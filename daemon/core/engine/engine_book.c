/*
 * engine_book.c - the books of facts at a commit: what is new goes in, what a fold that is gone has
 * written goes by and by, and the book in force is written anew when too much of it cancels.
 */
#include "engine_inside.h"
#include "facts_pack.h"

#include <errno.h>

enum {
    PACK_CHUNKS = 1,         /* a commit, and twice as many as came with it */
    PACK_LEAST_NOTES = 8192, /* a shorter book isn't worth it */
    PACK_FACTS = 1 << 20,    /* that are taken out are left out at a time */
    PACK_SHARE = 4,          /* one removal in so many notes: half of them cancel */
};

/* Up to there no start will read the log again: neither this fold's pages nor its base go back. */
static uint64_t pack_settled(const struct engine *engine) {
    uint64_t oldest = tally_oldest_change(engine->fold->tally);
    uint64_t floor = oldest == UINT64_MAX ? log_last(engine->log) : oldest - 1;
    return !engine->has_base ? 0 : floor < engine->base ? floor : engine->base;
}

static bool pack_due(const struct engine *engine) {
    const struct facts *book = engine->fold->book;
    const struct engine_packing *packing = &engine->packing;
    uint64_t least = engine->setup.checkpoint_lag ? engine->setup.checkpoint_lag : PACK_LEAST_NOTES;
    uint64_t removals, notes = facts_notes(book, &removals);
    return notes >= least && removals > packing->left &&
           (removals - packing->left) * PACK_SHARE >= notes && pack_settled(engine);
}

static void pack_drop(struct engine *engine) {
    facts_pack_destroy(&engine->packing.pack);
}

/* The base names the new generation in the same commit. What couldn't be left out now isn't a
 * reason to begin anew. */
static void pack_end(struct engine *engine) {
    struct engine_packing *packing = &engine->packing;
    uint64_t removals;
    facts_notes(engine->fold->book, &removals);
    packing->left = facts_pack_more(packing->pack) ? 0 : removals;
    engine->has_base = false;
    pack_drop(engine);
}

static int pack_step(struct engine *engine) {
    struct engine_packing *packing = &engine->packing;
    struct facts *book = engine->fold->book;
    uint64_t chunks = facts_chunks(book),
             grown = chunks > packing->chunks ? chunks - packing->chunks : 0;
    packing->chunks = chunks;
    if (!packing->pack) {
        packing->of = facts_generation(book);
        packing->pack = facts_pack_create(
            book, engine->next_book++, pack_settled(engine),
            engine->setup.checkpoint_lag ? 3 * engine->setup.checkpoint_lag : PACK_FACTS);
        return packing->pack ? 0 : -ENOMEM;
    }
    int more = facts_pack_step(
        packing->pack, book,
        (int)(grown < INT32_MAX / 2 - PACK_CHUNKS ? PACK_CHUNKS + 2 * grown : INT32_MAX));
    if (more == 0)
        pack_end(engine);
    return more < 0 ? more : 0;
}

/* Not beside a second fold, which has a book of its own and may take over any time. */
static int book_pack(struct engine *engine) {
    struct engine_packing *packing = &engine->packing;
    struct facts *book = engine->fold->book;
    if (packing->pack && (!book || engine->next || facts_generation(book) != packing->of))
        pack_drop(engine);
    if (!book || engine->next || engine->fold->frozen)
        return 0;
    return packing->pack || pack_due(engine) ? pack_step(engine) : 0;
}

int books_commit(struct engine *engine) {
    int err = book_pack(engine);
    if (err)
        return err;
    struct facts *book = engine->fold->book, *next = engine->next ? engine->next->book : NULL;
    if (book)
        facts_flush(book);
    if (next)
        facts_flush(next);
    uint32_t kept[] = {book ? facts_generation(book) : 0, next ? facts_generation(next) : 0,
                       engine->packing.pack ? facts_pack_generation(engine->packing.pack) : 0,
                       engine->kept.book};
    facts_tidy(engine->kv, kept, sizeof kept / sizeof *kept);
    return 0;
}

void books_clear(struct engine *engine) {
    pack_drop(engine);
}
