/*
 * peer_redis.c - Redis with appendfsync always: a Lua script for some hundred events at once.
 *
 * What is done for it: a unix socket, the script by its digest, four calls under way (Redis syncs
 * once for all that it read together), one hash for ids, one for records, one for counts, one list
 * for the JSON; counts are added up in the script.
 */
#include "peer.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS = 5, HEAD = 7, AHEAD = 4 };

/* ARGV: id with its source, record with its source, revision, what is counted, JSON; again and
 * again. */
static const char script[] =
    "local new, counts, lines = 0, {}, {} "
    "for i = 1, #ARGV, 5 do "
    " if redis.call('HSETNX', KEYS[1], ARGV[i], '') == 1 then "
    "  new = new + 1 "
    "  lines[new] = ARGV[i + 4] "
    "  local newest = redis.call('HGET', KEYS[2], ARGV[i + 1]) "
    "  if not newest or tonumber(newest) < tonumber(ARGV[i + 2]) then "
    "   redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i + 2]) end "
    "  counts[ARGV[i + 3]] = (counts[ARGV[i + 3]] or 0) + 1 "
    " end "
    "end "
    "if new > 0 then redis.call('RPUSH', KEYS[4], unpack(lines)) end "
    "for key, n in pairs(counts) do redis.call('HINCRBY', KEYS[3], key, n) end "
    "return new";

struct text {
    char bytes[80];
};

struct store {
    redisContext *redis;
    char digest[64];
    const char **arguments; /* of one call: written out before the next is begun */
    size_t *lengths;
    struct text *texts;
    int size;
};

static redisReply *answer(struct store *store) {
    void *reply = NULL;
    traffic_check(redisGetReply(store->redis, &reply) == REDIS_OK, "redis: %s",
                  store->redis->errstr);
    const redisReply *said = reply;
    traffic_check(said->type != REDIS_REPLY_ERROR, "redis: %s", said->str);
    return reply;
}

static void *store_open(const char *place) {
    struct store *store = calloc(1, sizeof *store);
    traffic_check(store && (store->redis = redisConnectUnix(place)) && !store->redis->err,
                  "redis: can't connect to %s", place);
    redisAppendCommand(store->redis, "SCRIPT LOAD %s", script);
    redisReply *reply = answer(store);
    snprintf(store->digest, sizeof store->digest, "%s", reply->str);
    freeReplyObject(reply);
    return store;
}

static void reserve(struct store *store, int n) {
    static const char *const head[HEAD] = {"EVALSHA", "", "4", "id", "record", "tally", "log"};
    size_t all = HEAD + (size_t)n * FIELDS;
    if (n <= store->size)
        return;
    store->arguments = realloc(store->arguments, all * sizeof *store->arguments);
    store->lengths = realloc(store->lengths, all * sizeof *store->lengths);
    store->texts = realloc(store->texts, (size_t)n * (FIELDS - 1) * sizeof *store->texts);
    traffic_check(store->arguments && store->lengths && store->texts, "no memory");
    for (size_t h = 0; h < HEAD; h++) {
        store->arguments[h] = h == 1 ? store->digest : head[h];
        store->lengths[h] = strlen(store->arguments[h]);
    }
    store->size = n;
}

static void store_begin(void *arg, const struct traffic_event *events, int n) {
    struct store *store = arg;
    reserve(store, n);
    int at = HEAD;
    for (int i = 0; i < n; i++) {
        const struct traffic_event *event = &events[i];
        struct text *texts = &store->texts[(size_t)i * (FIELDS - 1)];
        const size_t size = sizeof texts->bytes;
        size_t lengths[FIELDS] = {
            (size_t)snprintf(texts[0].bytes, size, "%s %s", event->source, event->id),
            (size_t)snprintf(texts[1].bytes, size, "%s %s", event->source, event->record),
            (size_t)snprintf(texts[2].bytes, size, "%d", event->revision),
            (size_t)snprintf(texts[3].bytes, size, "%s %s %d", event->subject, event->type,
                             event->day),
            event->len};
        const char *fields[FIELDS] = {texts[0].bytes, texts[1].bytes, texts[2].bytes,
                                      texts[3].bytes, event->line};
        memcpy(&store->arguments[at], fields, sizeof fields);
        memcpy(&store->lengths[at], lengths, sizeof lengths);
        at += FIELDS;
    }
    redisAppendCommandArgv(store->redis, at, store->arguments, store->lengths);
    int done = 0;
    while (!done)
        traffic_check(redisBufferWrite(store->redis, &done) == REDIS_OK, "redis: %s",
                      store->redis->errstr);
}

static long store_finish(void *arg) {
    redisReply *reply = answer(arg);
    long taken = (long)reply->integer;
    freeReplyObject(reply);
    return taken;
}

static void store_close(void *arg) {
    struct store *store = arg;
    redisFree(store->redis);
    free(store->arguments);
    free(store->lengths);
    free(store->texts);
    free(store);
}

int main(int argc, char **argv) {
    const struct peer peer = {.name = "redis",
                              .guarantee = "append-only file, appendfsync always",
                              .batch = 500,
                              .ahead = AHEAD,
                              .open = store_open,
                              .begin = store_begin,
                              .finish = store_finish,
                              .close = store_close};
    return peer_main(&peer, argc, argv);
}
