/*
 * peer.h - the same work for other stores: take each event once, know its record's newest revision,
 * count it for its rep, type and day, keep its JSON, and say so when it is durable.
 *
 * Peers do less than paced: they get the events decoded, they judge none, a superseded revision
 * isn't taken back from a count, and there is no detection. Making the events isn't measured. What
 * each does to be as fast as it can stands in its file.
 *
 *     ingest_NAME --at PLACE [--events N | --seconds S] [--reps R] [--days D] [--batch B]
 */
#ifndef BENCH_INGEST_PEER_H
#define BENCH_INGEST_PEER_H

#include "traffic.h"

/* One of the batch's counts: how many events of a rep, type and day it has. */
struct peer_count {
    const struct traffic_event *of;
    int n;
};

struct peer {
    const char *name, *guarantee;
    int batch; /* events, where --batch says nothing else */
    int ahead; /* batches that may be under way */

    void *(*open)(const char *place);
    /* Begins a batch; its events stay until it was finished. */
    void (*begin)(void *store, const struct traffic_event *events, int n);
    /* Waits until the oldest batch that was begun is durable. Returns how many of its events were
     * new. */
    long (*finish)(void *store);
    void (*close)(void *store);
};

/* The counts of events whose `taken` is set (NULL: of all), each rep, type and day once; counts has
 * room for n. Returns how many. */
int peer_count(const struct traffic_event *events, int n, const unsigned char *taken,
               struct peer_count *counts);

int peer_main(const struct peer *peer, int argc, char **argv);

#endif
