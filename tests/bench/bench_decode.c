/*
 * bench_decode.c - how many events a second the decoder reads from a batch of the wire's size.
 *
 * bench_decode [FILE]: events of an NDJSON file instead of made ones. The body is 1 MiB, and the
 * same one each time, so that this is the speed of decoding from cache, as it is when a batch has
 * just arrived.
 */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static char body[PACE_WIRE_BATCH_MAX_BYTES];

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Calls and opportunities in the proportion of a sales organisation's log. */
static size_t make_line(char *line, size_t size, int i) {
    if (i % 5 == 0)
        return (size_t)snprintf(
            line, size,
            "{\"specversion\":\"1.0\",\"id\":\"crm-%06d\",\"source\":\"/crm/loan\",\"type\":"
            "\"sales.opportunity.created\",\"subject\":\"user-%d\",\"time\":"
            "\"2026-03-%02dT10:%02d:%02d.759+02:00\",\"data\":{\"opportunity\":\"%d\","
            "\"amount\":%d.25,\"currency\":\"EUR\"}}\n",
            i, i % 61, 1 + i % 28, i % 60, i % 59, 170000 + i, 1000 + i);
    return (size_t)snprintf(
        line, size,
        "{\"specversion\":\"1.0\",\"id\":\"crm-%06d\",\"source\":\"/crm/loan\",\"type\":"
        "\"sales.activity.call\",\"subject\":\"user-%d\",\"time\":"
        "\"2026-03-%02dT10:%02d:%02d.759+02:00\",\"data\":{\"opportunity\":\"%d\","
        "\"outcome\":\"connected\",\"duration_s\":%d}}\n",
        i, i % 61, 1 + i % 28, i % 60, i % 59, 170000 + i, i % 900);
}

static size_t make_body(void) {
    size_t len = 0;
    char line[512];
    for (int i = 0; i < PACE_WIRE_BATCH_MAX_EVENTS; i++) {
        size_t n = make_line(line, sizeof line, i);
        if (len + n > sizeof body)
            break;
        memcpy(body + len, line, n);
        len += n;
    }
    return len;
}

static size_t read_body(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t len = fread(body, 1, sizeof body, file);
    fclose(file);
    while (len && body[len - 1] != '\n')
        len--; /* whole lines only */
    return len;
}

int main(int argc, char **argv) {
    size_t len = argc > 1 ? read_body(argv[1]) : make_body();
    struct json_decoder *decoder = json_decoder_create(NULL);
    struct json_batch batch = {0};
    char reason[JSON_REASON_SIZE];
    if (!decoder)
        return 1;
    const int64_t duration_ns = INT64_C(2000000000);
    uint64_t n_events = 0, n_bodies = 0, refused = 0, digest = 0;
    int64_t begin_ns = now_ns(), digest_ns = 0;
    do {
        if (json_decode(decoder, body, len, len, &batch, reason)) {
            fprintf(stderr, "bench_decode: %s\n", reason);
            return 1;
        }
        n_events += batch.n_items;
        n_bodies++;
    } while (now_ns() - begin_ns < duration_ns);
    int64_t decode_ns = now_ns() - begin_ns;
    begin_ns = now_ns();
    for (size_t i = 0; i < batch.n_items; i++) {
        refused += batch.items[i].code != PACE_OK;
        digest ^= batch.items[i].code ? 0 : event_digest(&batch.items[i].event);
    }
    digest_ns = now_ns() - begin_ns;
    printf("decode: %.0f events/s, %.0f ns an event, %.0f MB/s (%zu events, %zu bytes, %" PRIu64
           " refused)\n",
           (double)n_events * 1e9 / (double)decode_ns, (double)decode_ns / (double)n_events,
           (double)n_bodies * (double)len * 1e3 / (double)decode_ns, batch.n_items, len, refused);
    printf("digest: %.0f ns an event (%016" PRIx64 ")\n", (double)digest_ns / (double)batch.n_items,
           digest);
    json_decoder_destroy(&decoder);
    return 0;
}
