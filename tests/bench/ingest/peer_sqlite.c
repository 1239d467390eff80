/*
 * peer_sqlite.c - SQLite in write-ahead mode with synchronous=FULL, a transaction a batch.
 *
 * What is done for it: prepared statements, tables without a second index (WITHOUT ROWID), sources
 * and types as numbers, the counts of a batch added up before they are written, 256 MiB of page
 * cache, a checkpoint every 64 MiB.
 */
#include "peer.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { SOURCES = 8, TYPES = 8 };

struct store {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *event, *record, *tally;
    char sources[SOURCES][16], types[TYPES][32];
    unsigned char *taken;
    struct peer_count *counts;
    int size;
    long last;
};

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-262144; PRAGMA "
    "wal_autocheckpoint=16384;"
    "PRAGMA locking_mode=EXCLUSIVE;"
    "CREATE TABLE event(source INTEGER, id TEXT, json TEXT, PRIMARY KEY(source, id)) WITHOUT ROWID;"
    "CREATE TABLE record(source INTEGER, record TEXT, revision INTEGER, id TEXT, PRIMARY "
    "KEY(source, record)) WITHOUT ROWID;"
    "CREATE TABLE tally(subject TEXT, type INTEGER, day INTEGER, n INTEGER, PRIMARY KEY(subject, "
    "type, day)) WITHOUT ROWID;";

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement = NULL;
    traffic_check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) ==
                      SQLITE_OK,
                  "sqlite: %s", sqlite3_errmsg(db));
    return statement;
}

static void *store_open(const char *place) {
    struct store *store = calloc(1, sizeof *store);
    traffic_check(store && sqlite3_open(place, &store->db) == SQLITE_OK, "sqlite: can't open %s",
                  place);
    traffic_check(sqlite3_exec(store->db, schema, NULL, NULL, NULL) == SQLITE_OK, "sqlite: %s",
                  sqlite3_errmsg(store->db));
    store->begin = prepare(store->db, "BEGIN IMMEDIATE");
    store->commit = prepare(store->db, "COMMIT");
    store->event = prepare(store->db, "INSERT OR IGNORE INTO event VALUES(?1, ?2, ?3)");
    store->record = prepare(
        store->db,
        "INSERT INTO record VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET "
        "revision = excluded.revision, id = excluded.id WHERE excluded.revision > revision");
    store->tally = prepare(
        store->db,
        "INSERT INTO tally VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET n = n + excluded.n");
    return store;
}

static void step(struct store *store, sqlite3_stmt *statement) {
    int result = sqlite3_step(statement);
    traffic_check(result == SQLITE_DONE || result == SQLITE_ROW, "sqlite: %s",
                  sqlite3_errmsg(store->db));
    sqlite3_reset(statement);
}

static void bind_text(sqlite3_stmt *statement, int i, const char *text, size_t len) {
    sqlite3_bind_text(statement, i, text, (int)len, SQLITE_STATIC);
}

/* A source's or a type's number: the few that there are get theirs as they are met. */
static int number_of(char *names, size_t width, int n, const char *name) {
    for (int i = 0; i < n; i++) {
        char *at = names + (size_t)i * width;
        if (!*at)
            memcpy(at, name, strlen(name) + 1);
        if (strcmp(at, name) == 0)
            return i;
    }
    traffic_check(false, "sqlite: too many names");
    return -1;
}

static void put_event(struct store *store, const struct traffic_event *event,
                      unsigned char *ret_taken) {
    int source = number_of(store->sources[0], sizeof *store->sources, SOURCES, event->source);
    sqlite3_bind_int(store->event, 1, source);
    bind_text(store->event, 2, event->id, strlen(event->id));
    bind_text(store->event, 3, event->line, event->len);
    step(store, store->event);
    *ret_taken = sqlite3_changes(store->db) > 0;
    if (!*ret_taken)
        return;
    sqlite3_bind_int(store->record, 1, source);
    bind_text(store->record, 2, event->record, strlen(event->record));
    sqlite3_bind_int(store->record, 3, event->revision);
    bind_text(store->record, 4, event->id, strlen(event->id));
    step(store, store->record);
}

static void put_count(struct store *store, const struct peer_count *count) {
    bind_text(store->tally, 1, count->of->subject, strlen(count->of->subject));
    sqlite3_bind_int(store->tally, 2,
                     number_of(store->types[0], sizeof *store->types, TYPES, count->of->type));
    sqlite3_bind_int(store->tally, 3, count->of->day);
    sqlite3_bind_int(store->tally, 4, count->n);
    step(store, store->tally);
}

static void reserve(struct store *store, int n) {
    if (n <= store->size)
        return;
    free(store->taken);
    free(store->counts);
    store->taken = malloc((size_t)n);
    store->counts = malloc((size_t)n * sizeof *store->counts);
    traffic_check(store->taken && store->counts, "no memory");
    store->size = n;
}

static void store_begin(void *arg, const struct traffic_event *events, int n) {
    struct store *store = arg;
    reserve(store, n);
    step(store, store->begin);
    store->last = 0;
    for (int i = 0; i < n; i++) {
        put_event(store, &events[i], &store->taken[i]);
        store->last += store->taken[i];
    }
    int n_counts = peer_count(events, n, store->taken, store->counts);
    for (int c = 0; c < n_counts; c++)
        put_count(store, &store->counts[c]);
    step(store, store->commit);
}

static long store_finish(void *arg) {
    return ((struct store *)arg)->last;
}

static void store_close(void *arg) {
    struct store *store = arg;
    sqlite3_stmt *statements[] = {store->begin, store->commit, store->event, store->record,
                                  store->tally};
    for (size_t s = 0; s < sizeof statements / sizeof *statements; s++)
        sqlite3_finalize(statements[s]);
    sqlite3_close(store->db);
    free(store->taken);
    free(store->counts);
    free(store);
}

int main(int argc, char **argv) {
    const struct peer peer = {.name = "sqlite",
                              .guarantee = "WAL, synchronous=FULL: an fsync a batch",
                              .batch = 10000,
                              .ahead = 1,
                              .open = store_open,
                              .begin = store_begin,
                              .finish = store_finish,
                              .close = store_close};
    return peer_main(&peer, argc, argv);
}
