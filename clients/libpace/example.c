/*
 * example.c - a complete connector: events from standard input, one a line, to paced; what was
 * accepted here survives the end of this program and of the daemon.
 *
 *     cc example.c -o example $(pkg-config --cflags --libs libpace)
 *     ./example ENDPOINT [OUTBOX] < events.ndjson
 *
 * It is C and C++ alike. The tag of an event is its line, so that refused ones can be named.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* getline, whatever standard the compiler is asked for */
#endif
#include <pace/client.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 60000, LINES_MAX = 500 };

static int fail(const char *what, int error) {
    fprintf(stderr, "example: %s: %s\n", what, pace_strerror(error));
    return 1;
}

/* The batch is answered: what was accepted is stored for good, the rest is named. */
static void on_result(void *arg, const struct pace_result *result) {
    bool *any_rejected = (bool *)arg;
    for (size_t i = 0; i < result->n_rejected; i++) {
        const struct pace_rejected *rejected = &result->rejected[i];
        fprintf(stderr, "line %" PRIu64 ": %s: %s\n", rejected->tag, rejected->code,
                rejected->reason);
        *any_rejected = true;
    }
}

static void on_trouble(void *arg, const struct pace_trouble *trouble) {
    (void)arg;
    fprintf(stderr, "event %" PRIu64 ": %s\n", trouble->number, trouble->reason);
}

/* Answers make room in the outbox, on a full disk too; where there are none to come, only a person makes some. */
static bool is_room_to_come(const struct pace_client *client, int error) {
    struct pace_client_status status;
    pace_client_get_status(client, &status, sizeof status);
    return error == PACE_EBACKLOG || (error == -ENOSPC && status.waiting > 0);
}

/* Submits them all: what can't be an event is told and passed over; while there is no room, answers
 * are taken in. */
static int submit(struct pace_client *client, const struct pace_event *events, size_t n) {
    int error = 0;
    while (n > 0 && !error) {
        size_t taken;
        error = pace_client_submit_many(client, events, n, &taken);
        events += taken;
        n -= taken;
        if (error == -EINVAL || error == -EMSGSIZE) {
            fprintf(stderr, "line %" PRIu64 ": %s\n", events->tag,
                    error == -EINVAL ? "no event: it is blank, or begins as a list"
                                     : pace_strerror(error));
            events++;
            n--;
            error = 0;
        }
        if (is_room_to_come(client, error))
            error = pace_client_process(client, -1);
    }
    return error;
}

/* So many lines at once share one write to the disk. */
struct lines {
    char *texts[LINES_MAX];
    size_t sizes[LINES_MAX];
    struct pace_event events[LINES_MAX];
};

static size_t read_lines(struct lines *lines, uint64_t *number) {
    size_t n = 0;
    ssize_t len;
    for (; n < LINES_MAX && (len = getline(&lines->texts[n], &lines->sizes[n], stdin)) >= 0; n++) {
        lines->events[n].text = lines->texts[n];
        lines->events[n].len = (size_t)len;
        lines->events[n].tag = ++*number;
    }
    return n;
}

static int submit_all(struct pace_client *client) {
    static struct lines lines;
    uint64_t number = 0;
    int error = 0;
    for (size_t n; !error && (n = read_lines(&lines, &number)) > 0;) {
        error = submit(client, lines.events, n);
        if (!error)
            error = pace_client_process(client, 0); /* what can go goes while we read on */
    }
    for (size_t i = 0; i < LINES_MAX; i++)
        free(lines.texts[i]);
    return error;
}

static void tell(const struct pace_client *client) {
    struct pace_client_status status;
    pace_client_get_status(client, &status, sizeof status);
    printf("%" PRIu64 " accepted, %" PRIu64 " known already, %" PRIu64 " rejected, %" PRIu64
           " waiting\n",
           status.accepted + status.superseded, status.duplicate, status.rejected, status.waiting);
    if (status.state != PACE_CLIENT_UP)
        fprintf(stderr, "no connection: %s\n", pace_strerror(status.down_reason));
}

int main(int argc, char **argv) {
    struct pace_client_options options;
    struct pace_client *client = NULL;
    bool any_rejected = false;
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s ENDPOINT [OUTBOX] < EVENTS\n", argv[0]);
        return 2;
    }
    pace_client_options_init(&options);
    options.endpoint = argv[1];
    options.outbox = argc > 2 ? argv[2] : NULL;
    options.on_result = on_result;
    options.on_trouble = on_trouble;
    options.arg = &any_rejected;
    const char *problem = pace_client_options_problem(&options);
    int error = pace_client_open(&options, &client);
    if (error)
        return fail(problem ? problem : "can't open the client", error);

    error = submit_all(client);
    if (!error)
        error = pace_client_drain(client, PATIENCE_MS);
    tell(client);
    pace_client_close(&client);
    if (error)
        return fail(options.outbox ? "what was submitted stays in the outbox" : "not all was sent",
                    error);
    return any_rejected ? 1 : 0;
}
