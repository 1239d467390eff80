/* peer.c - see peer.h. */
#include "peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { AHEAD_MOST = 16 };

static int count_order(const void *a, const void *b) {
    const struct traffic_event *x = ((const struct peer_count *)a)->of,
                               *y = ((const struct peer_count *)b)->of;
    int order = strcmp(x->subject, y->subject);
    order = order ? order : strcmp(x->type, y->type);
    return order ? order : (x->day > y->day) - (x->day < y->day);
}

int peer_count(const struct traffic_event *events, int n, const unsigned char *taken,
               struct peer_count *counts) {
    int listed = 0, kept = 0;
    for (int i = 0; i < n; i++)
        if (!taken || taken[i])
            counts[listed++] = (struct peer_count){&events[i], 1};
    qsort(counts, (size_t)listed, sizeof *counts, count_order);
    for (int i = 0; i < listed; i++)
        if (kept && count_order(&counts[kept - 1], &counts[i]) == 0)
            counts[kept - 1].n++;
        else
            counts[kept++] = counts[i];
    return kept;
}

struct feed {
    struct traffic traffic;
    uint64_t events, batch, next;
    double seconds; /* 0: until all events were given */
    struct traffic_event *slots[AHEAD_MOST];
    double begin_s, made_s;
};

/* The next batch into a slot; 0: there are no more. */
static int feed_make(struct feed *feed, int slot) {
    double from = traffic_now_s();
    int n = 0;
    if (feed->seconds > 0 && from - feed->begin_s - feed->made_s >= feed->seconds)
        return 0;
    for (; (uint64_t)n < feed->batch && feed->next < feed->events; n++)
        traffic_make(&feed->traffic, feed->next++, &feed->slots[slot][n]);
    feed->made_s += traffic_now_s() - from;
    return n;
}

static long run(const struct peer *peer, void *store, struct feed *feed) {
    long taken = 0, begun = 0, finished = 0;
    for (int n; (n = feed_make(feed, (int)(begun % peer->ahead))) > 0;) {
        peer->begin(store, feed->slots[begun++ % peer->ahead], n);
        if (begun - finished == peer->ahead) {
            taken += peer->finish(store);
            finished++;
        }
    }
    for (; finished < begun; finished++)
        taken += peer->finish(store);
    return taken;
}

int peer_main(const struct peer *peer, int argc, char **argv) {
    struct feed feed = {
        .traffic = {.reps = 1000, .days = 1, .from_us = day_from_civil(2026, 3, 2) * DAY_US},
        .events = 200000,
        .batch = (uint64_t)peer->batch};
    const char *place = NULL;
    for (int a = 1; a < argc; a += 2) {
        const char *value = a + 1 < argc ? argv[a + 1] : NULL;
        if (strcmp(argv[a], "--at") == 0)
            place = value;
        else if (strcmp(argv[a], "--events") == 0)
            feed.events = traffic_number(argv[a], value);
        else if (strcmp(argv[a], "--seconds") == 0)
            feed.seconds = (double)traffic_number(argv[a], value);
        else if (strcmp(argv[a], "--batch") == 0)
            feed.batch = traffic_number(argv[a], value);
        else if (strcmp(argv[a], "--reps") == 0)
            feed.traffic.reps = (uint32_t)traffic_number(argv[a], value);
        else if (strcmp(argv[a], "--days") == 0)
            feed.traffic.days = (int)traffic_number(argv[a], value);
        else
            traffic_check(false, "ingest_%s: no option %s", peer->name, argv[a]);
    }
    traffic_check(place && feed.batch && feed.traffic.reps && feed.traffic.days,
                  "ingest_%s: --at is missing", peer->name);
    for (int s = 0; s < peer->ahead; s++)
        traffic_check((feed.slots[s] = malloc(feed.batch * sizeof **feed.slots)) != NULL,
                      "no memory");
    void *store = peer->open(place);
    feed.begin_s = traffic_now_s();
    if (feed.seconds > 0)
        feed.events = UINT64_MAX;
    long taken = run(peer, store, &feed);
    double seconds = traffic_now_s() - feed.begin_s - feed.made_s;
    peer->close(store);
    printf("{\"peer\":\"%s\",\"events\":%" PRIu64
           ",\"taken\":%ld,\"seconds\":%.3f,\"per_s\":%.0f,\"guarantee\":\"%s\"}\n",
           peer->name, feed.next, taken, seconds, (double)feed.next / seconds, peer->guarantee);
    for (int s = 0; s < peer->ahead; s++)
        free(feed.slots[s]);
    return 0;
}
