/*
 * peer_postgres.c - PostgreSQL with fsync and synchronous_commit on: one statement and one
 * transaction a batch.
 *
 * What is done for it: a unix socket, arrays in binary made here (unnest turns them into rows), a
 * prepared statement, ON CONFLICT DO NOTHING, counts added up by the statement, no other index than
 * the keys, two batches under way in a pipeline, and a server with room: shared_buffers,
 * max_wal_size and checkpoints far apart (ingest_peers.py says how much).
 */
#include "peer.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TEXT_OID = 25,
    INT4_OID = 23,
    TEXT_ARRAY_OID = 1009,
    INT4_ARRAY_OID = 1007,
    COLUMNS = 8,
    AHEAD = 2
};

static const char *const tables[] = {
    "CREATE TABLE event(source text, id text, json text, PRIMARY KEY(source, id))",
    "CREATE TABLE record(source text, record text, revision int, id text, PRIMARY KEY(source, "
    "record))",
    "CREATE TABLE tally(subject text, type text, day int, n bigint, PRIMARY KEY(subject, type, "
    "day)) WITH (fillfactor = 50)",
};

/* The newest revision of a record in a batch is chosen before it is put: a row can be changed once
 * a statement. */
static const char insert[] =
    "WITH batch AS (SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS b(source, id, record, "
    "type, subject, revision, day, json)), "
    "taken AS (INSERT INTO event SELECT source, id, json FROM batch ON CONFLICT DO NOTHING "
    "RETURNING source, id), "
    "fresh AS (SELECT DISTINCT ON (b.source, b.id) b.* FROM batch b JOIN taken USING (source, "
    "id)), "
    "heads AS (INSERT INTO record SELECT DISTINCT ON (source, record) source, record, revision, id "
    "FROM fresh "
    "ORDER BY source, record, revision DESC ON CONFLICT (source, record) DO UPDATE SET revision = "
    "excluded.revision, id = excluded.id "
    "WHERE excluded.revision > record.revision), "
    "counts AS (INSERT INTO tally SELECT subject, type, day, count(*) FROM fresh GROUP BY subject, "
    "type, day "
    "ON CONFLICT (subject, type, day) DO UPDATE SET n = tally.n + excluded.n) "
    "SELECT count(*) FROM taken";

struct array {
    char *bytes;
    size_t len, size;
};

struct store {
    PGconn *connection;
    struct array columns[COLUMNS];
};

static void check_result(PGresult *result, ExecStatusType wanted) {
    traffic_check(result && PQresultStatus(result) == wanted, "postgres: %s",
                  result ? PQresultErrorMessage(result) : "no answer");
}

static void run(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    check_result(result, PGRES_COMMAND_OK);
    PQclear(result);
}

static void *store_open(const char *place) {
    static const Oid types[COLUMNS] = {TEXT_ARRAY_OID, TEXT_ARRAY_OID, TEXT_ARRAY_OID,
                                       TEXT_ARRAY_OID, TEXT_ARRAY_OID, INT4_ARRAY_OID,
                                       INT4_ARRAY_OID, TEXT_ARRAY_OID};
    struct store *store = calloc(1, sizeof *store);
    traffic_check(store && (store->connection = PQconnectdb(place)), "no memory");
    traffic_check(PQstatus(store->connection) == CONNECTION_OK, "postgres: %s",
                  PQerrorMessage(store->connection));
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        run(store->connection, tables[t]);
    PGresult *result = PQprepare(store->connection, "take", insert, COLUMNS, types);
    check_result(result, PGRES_COMMAND_OK);
    PQclear(result);
    traffic_check(PQenterPipelineMode(store->connection), "postgres: no pipeline");
    return store;
}

/* ---- arrays as the server sends and takes them ---- */

static void put(struct array *array, const void *bytes, size_t len) {
    if (array->len + len > array->size) {
        array->size = 2 * (array->size + len);
        array->bytes = realloc(array->bytes, array->size);
        traffic_check(array->bytes != NULL, "no memory");
    }
    memcpy(array->bytes + array->len, bytes, len);
    array->len += len;
}

static void put_number(struct array *array, int32_t number) {
    uint32_t order = htonl((uint32_t)number);
    put(array, &order, sizeof order);
}

/* One dimension, no nulls, of that type, n of them, counted from 1. */
static void array_begin(struct array *array, int type, int n) {
    const int head[] = {1, 0, type, n, 1};
    array->len = 0;
    for (size_t h = 0; h < sizeof head / sizeof *head; h++)
        put_number(array, head[h]);
}

static void put_text(struct array *array, const char *text, size_t len) {
    put_number(array, (int32_t)len);
    put(array, text, len);
}

static void put_int(struct array *array, int number) {
    put_number(array, sizeof(int32_t));
    put_number(array, number);
}

static void put_event(struct array columns[COLUMNS], const struct traffic_event *event) {
    const char *texts[] = {event->source, event->id, event->record, event->type, event->subject};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        put_text(&columns[t], texts[t], strlen(texts[t]));
    put_int(&columns[5], event->revision);
    put_int(&columns[6], event->day);
    put_text(&columns[7], event->line, event->len);
}

static void store_begin(void *arg, const struct traffic_event *events, int n) {
    struct store *store = arg;
    const char *values[COLUMNS];
    int lengths[COLUMNS], formats[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        array_begin(&store->columns[c], c == 5 || c == 6 ? INT4_OID : TEXT_OID, n);
    for (int i = 0; i < n; i++)
        put_event(store->columns, &events[i]);
    for (int c = 0; c < COLUMNS; c++) {
        values[c] = store->columns[c].bytes;
        lengths[c] = (int)store->columns[c].len;
        formats[c] = 1;
    }
    traffic_check(
        PQsendQueryPrepared(store->connection, "take", COLUMNS, values, lengths, formats, 0) &&
            PQpipelineSync(store->connection),
        "postgres: %s", PQerrorMessage(store->connection));
}

static long store_finish(void *arg) {
    struct store *store = arg;
    PGresult *result = PQgetResult(store->connection);
    check_result(result, PGRES_TUPLES_OK);
    long taken = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    traffic_check(PQgetResult(store->connection) == NULL, "postgres: an answer too many");
    result = PQgetResult(store->connection);
    check_result(result, PGRES_PIPELINE_SYNC);
    PQclear(result);
    return taken;
}

static void store_close(void *arg) {
    struct store *store = arg;
    PQfinish(store->connection);
    for (int c = 0; c < COLUMNS; c++)
        free(store->columns[c].bytes);
    free(store);
}

int main(int argc, char **argv) {
    const struct peer peer = {.name = "postgres",
                              .guarantee = "fsync and synchronous_commit on: a sync a batch",
                              .batch = 10000,
                              .ahead = AHEAD,
                              .open = store_open,
                              .begin = store_begin,
                              .finish = store_finish,
                              .close = store_close};
    return peer_main(&peer, argc, argv);
}
