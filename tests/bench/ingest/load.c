/*
 * load.c - a sender that keeps to the credit and looks at nothing but acknowledgements.
 *
 *     ingest_load --endpoint E [--events N | --seconds S] [--first I] [--reps R] [--days D] [--back
 * D] [--batch B]
 *                 [--credit C] [--rate R]
 *     ingest_load --print N [...]      the same events as lines
 *     ingest_load --sink --endpoint E  a peer that acknowledges everything: what the transport
 * alone would allow
 *
 * The last line is JSON: events, seconds, events a second, what became of them, and how long
 * acknowledgements took (with --rate from the moment at which the batch was due, so that a sender
 * that falls behind doesn't make them look short).
 */
#include "traffic.h"

#include <errno.h>
#include <inttypes.h>
#include <pace/wire.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

enum {
    WINDOW = 1 << 16,
    PATIENCE_MS = 60000,
    FRAME_BYTES = 256,
    SINK_TURN = 256,
    SAMPLES = 1 << 22,
    PAUSE_NS = 200000
};

struct options {
    struct traffic traffic;
    const char *endpoint;
    uint64_t events, first, batch, credit, print;
    double seconds, rate;
    bool sink;
};

/* A batch under way: what it holds, and since when it is waited for. */
struct batch {
    uint64_t n;
    int64_t since_ns;
};

struct load {
    struct options options;
    void *socket;
    char *body;
    struct batch window[WINDOW]; /* by its number */
    uint64_t sent_batches, acked_batches;
    uint64_t sent, acked, accepted, duplicate, superseded, rejected;
    int64_t begin_ns;
    float *waits_ms;
    size_t n_waits;
};

/* ---- acknowledgements ---- */

static uint64_t count_of(const char *text, const char *name) {
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void take_ack(struct load *load, uint64_t number, const char *body) {
    traffic_check(number >= load->acked_batches && number < load->sent_batches,
                  "an acknowledgement of nothing");
    const struct batch *batch = &load->window[number % WINDOW];
    load->acked_batches++; /* in whatever order: only how many matters */
    load->acked += batch->n;
    load->accepted += count_of(body, "\"accepted\":");
    load->duplicate += count_of(body, "\"duplicate\":");
    load->superseded += count_of(body, "\"superseded\":");
    const char *rejected = strstr(body, "\"rejected\":[{");
    traffic_check(!rejected, "an event was refused: %s", body);
    if (load->n_waits < SAMPLES)
        load->waits_ms[load->n_waits++] =
            (float)((double)(traffic_now_ns() - batch->since_ns) / 1e6);
}

/* One message into at most four frames, cut to size; false: there is none. */
static bool receive(void *socket, char frames[4][FRAME_BYTES], int *ret_n) {
    int n = 0, more = 1;
    size_t size = sizeof more;
    while (more) {
        int len = zmq_recv(socket, frames[n], FRAME_BYTES - 1, ZMQ_DONTWAIT);
        if (len < 0)
            return false;
        frames[n][len < FRAME_BYTES ? len : FRAME_BYTES - 1] = '\0';
        n += n < 3;
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
    }
    *ret_n = n;
    return true;
}

static void take_replies(struct load *load) {
    char frames[4][FRAME_BYTES];
    int n;
    while (receive(load->socket, frames, &n)) {
        traffic_check(strcmp(frames[1], PACE_WIRE_ACK) == 0, "%s instead of an acknowledgement: %s",
                      frames[1], frames[3]);
        take_ack(load, strtoull(frames[2], NULL, 10), frames[3]);
    }
}

static void wait_for(struct load *load, long ms) {
    zmq_pollitem_t item = {.socket = load->socket, .events = ZMQ_POLLIN};
    int n = zmq_poll(&item, 1, ms);
    traffic_check(n > 0 || ms < PATIENCE_MS, "no acknowledgement in %d s", PATIENCE_MS / 1000);
    take_replies(load);
}

/* Until a batch is due, and not by turning round and round: the daemon wants the processor, too. */
static void pause_for(struct load *load, int64_t ns) {
    const struct timespec pause = {.tv_nsec = ns < PAUSE_NS ? ns : PAUSE_NS};
    nanosleep(&pause, NULL);
    take_replies(load);
}

/* ---- sending ---- */

static void send_frames(void *socket, const struct view *frames, int n) {
    for (int i = 0; i < n; i++)
        traffic_check(zmq_send(socket, frames[i].at, frames[i].len, i + 1 < n ? ZMQ_SNDMORE : 0) >=
                          0,
                      "can't send: %s", zmq_strerror(errno));
}

static void send_batch(struct load *load, uint64_t n, int64_t since_ns) {
    char id[24];
    size_t len =
        traffic_body(&load->options.traffic, load->options.first + load->sent, n, load->body);
    snprintf(id, sizeof id, "%" PRIu64, load->sent_batches);
    load->window[load->sent_batches++ % WINDOW] =
        (struct batch){n, since_ns ? since_ns : traffic_now_ns()};
    const struct view frames[] = {
        view_of(PACE_WIRE_MAGIC), view_of(PACE_WIRE_BATCH), view_of(id), {load->body, len}};
    send_frames(load->socket, frames, 4);
    load->sent += n;
}

/* When the next batch is due at that rate; 0: at once. */
static int64_t due_ns(const struct load *load) {
    return load->options.rate > 0
               ? load->begin_ns + (int64_t)((double)load->sent / load->options.rate * 1e9)
               : 0;
}

static bool is_over(const struct load *load) {
    const struct options *options = &load->options;
    if (options->seconds > 0)
        return (double)(traffic_now_ns() - load->begin_ns) >= options->seconds * 1e9;
    return load->sent >= options->events;
}

static void send_all(struct load *load) {
    const struct options *options = &load->options;
    while (!is_over(load)) {
        uint64_t left = options->seconds > 0 ? UINT64_MAX : options->events - load->sent;
        uint64_t n = left < options->batch ? left : options->batch;
        int64_t due = due_ns(load), ahead = due - traffic_now_ns();
        if (load->sent - load->acked + n > options->credit ||
            load->sent_batches - load->acked_batches >= WINDOW)
            wait_for(load, PATIENCE_MS);
        else if (due && ahead > 0)
            pause_for(load, ahead);
        else
            send_batch(load, n, due);
        if (load->sent_batches % 16 == 0)
            take_replies(load);
    }
    while (load->acked_batches < load->sent_batches)
        wait_for(load, PATIENCE_MS);
}

/* ---- telling ---- */

static int order(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double wait_at(const struct load *load, double share) {
    return load->n_waits ? (double)load->waits_ms[(size_t)((double)(load->n_waits - 1) * share)]
                         : 0;
}

static void tell(struct load *load) {
    double seconds = (double)(traffic_now_ns() - load->begin_ns) / 1e9;
    qsort(load->waits_ms, load->n_waits, sizeof *load->waits_ms, order);
    printf("{\"events\":%" PRIu64 ",\"seconds\":%.3f,\"per_s\":%.0f,\"accepted\":%" PRIu64
           ",\"duplicate\":%" PRIu64 ",\"superseded\":%" PRIu64
           ",\"ack_p50_ms\":%.3f,\"ack_p99_ms\":%.3f,\"ack_max_ms\":%.3f}\n",
           load->acked, seconds, (double)load->acked / seconds, load->accepted, load->duplicate,
           load->superseded, wait_at(load, .5), wait_at(load, .99), wait_at(load, 1));
}

static void run_load(void *context, const struct options *options) {
    struct load *load = calloc(1, sizeof *load);
    traffic_check(load && (load->body = malloc(options->batch * TRAFFIC_LINE_BYTES)) &&
                      (load->waits_ms = malloc(SAMPLES * sizeof *load->waits_ms)),
                  "no memory");
    load->options = *options;
    load->socket = zmq_socket(context, ZMQ_DEALER);
    int no_limit =
        0; /* answers never wait in the daemon, which would drop them, for who is about to send */
    traffic_check(load->socket &&
                      zmq_setsockopt(load->socket, ZMQ_RCVHWM, &no_limit, sizeof no_limit) == 0 &&
                      zmq_connect(load->socket, options->endpoint) == 0,
                  "can't connect to %s", options->endpoint);
    load->begin_ns = traffic_now_ns();
    send_all(load);
    tell(load);
    zmq_close(load->socket);
    free(load->waits_ms);
    free(load->body);
    free(load);
}

/* ---- the transport alone ---- */

/* Answers as the daemon does: all that waits is taken first, then all of it is acknowledged. */
static void run_sink(void *context, const char *endpoint) {
    static const char ack[] = "{\"accepted\":0,\"duplicate\":0,\"superseded\":0,\"rejected\":[]}";
    static zmq_msg_t parts[SINK_TURN][5];
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    int no_limit = 0; /* no answer is dropped, however small the batches are */
    traffic_check(socket && zmq_setsockopt(socket, ZMQ_SNDHWM, &no_limit, sizeof no_limit) == 0 &&
                      zmq_bind(socket, endpoint) == 0,
                  "can't bind %s", endpoint);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int n = 0;
        zmq_poll(&item, 1, -1);
        for (; n < SINK_TURN; n++) {
            int p = 0;
            while (p < 5 && (zmq_msg_init(&parts[n][p]),
                             zmq_msg_recv(&parts[n][p], socket, ZMQ_DONTWAIT) >= 0))
                p++;
            if (p < 5)
                break;
        }
        for (int m = 0; m < n; m++) {
            const struct view frames[] = {{zmq_msg_data(&parts[m][0]), zmq_msg_size(&parts[m][0])},
                                          view_of(PACE_WIRE_MAGIC),
                                          view_of(PACE_WIRE_ACK),
                                          {zmq_msg_data(&parts[m][3]), zmq_msg_size(&parts[m][3])},
                                          {ack, sizeof ack - 1}};
            send_frames(socket, frames, 5);
            for (int p = 0; p < 5; p++)
                zmq_msg_close(&parts[m][p]);
        }
    }
}

/* ---- options ---- */

static void print_lines(const struct options *options) {
    struct traffic_event event;
    for (uint64_t i = 0; i < options->print; i++) {
        traffic_make(&options->traffic, options->first + i, &event);
        fwrite(event.line, 1, event.len, stdout);
    }
}

static pace_day today(void) {
    return (pace_day)(time(NULL) / 86400);
}

static struct options read_options(int argc, char **argv) {
    struct options options = {
        .traffic = {.reps = 1000, .days = 1}, .events = 1000000, .batch = 256, .credit = 65536};
    uint64_t back = 1;
    for (int a = 1; a < argc; a++) {
        const char *name = argv[a], *value = a + 1 < argc ? argv[a + 1] : NULL;
        const struct {
            const char *name;
            uint64_t *number;
        } numbers[] = {{"--events", &options.events}, {"--first", &options.first},
                       {"--batch", &options.batch},   {"--credit", &options.credit},
                       {"--print", &options.print},   {"--back", &back}};
        size_t n = 0;
        while (n < sizeof numbers / sizeof *numbers && strcmp(numbers[n].name, name) != 0)
            n++;
        a += strcmp(name, "--sink") != 0;
        if (n < sizeof numbers / sizeof *numbers)
            *numbers[n].number = traffic_number(name, value);
        else if (strcmp(name, "--endpoint") == 0)
            options.endpoint = value;
        else if (strcmp(name, "--reps") == 0)
            options.traffic.reps = (uint32_t)traffic_number(name, value);
        else if (strcmp(name, "--days") == 0)
            options.traffic.days = (int)traffic_number(name, value);
        else if (strcmp(name, "--seconds") == 0)
            options.seconds = (double)traffic_number(name, value);
        else if (strcmp(name, "--rate") == 0)
            options.rate = (double)traffic_number(name, value);
        else if (strcmp(name, "--sink") == 0)
            options.sink = true;
        else
            traffic_check(false, "ingest_load: no option %s", name);
    }
    options.traffic.from_us = (today() - (int64_t)back) * DAY_US;
    traffic_check(options.batch > 0 && options.traffic.reps > 0 && options.traffic.days > 0,
                  "ingest_load: an option is zero");
    return options;
}

int main(int argc, char **argv) {
    struct options options = read_options(argc, argv);
    if (options.print) {
        print_lines(&options);
        return 0;
    }
    traffic_check(options.endpoint != NULL, "ingest_load: --endpoint is missing");
    void *context = zmq_ctx_new();
    if (options.sink)
        run_sink(context, options.endpoint);
    else
        run_load(context, &options);
    zmq_ctx_term(context);
    return 0;
}
