/*
 * peer_nats.c - NATS JetStream, a stream in files: one message a batch of events.
 *
 * It is given far less to do: a batch is known by one id (Nats-Msg-Id, kept for two minutes), its
 * events aren't looked at, there are no records and no counts, and a message is acknowledged when
 * it was written but before it is synced (by default every two minutes). What is done for it:
 * sixteen messages under way, one connection, no client library between.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AHEAD = 16, LINE_BYTES = 4096 };

struct store {
    int fd;
    FILE *in, *out;
    unsigned long number;
    int sizes[AHEAD]; /* of the batches under way */
    unsigned begun, finished;
    char *body;
    size_t size;
};

static void line_read(struct store *store, char line[LINE_BYTES]) {
    do {
        traffic_check(fgets(line, LINE_BYTES, store->in) != NULL, "nats: the server has gone");
        if (strncmp(line, "PING", 4) == 0) {
            fputs("PONG\r\n", store->out);
            fflush(store->out);
        }
        traffic_check(strncmp(line, "-ERR", 4) != 0, "nats: %s", line);
    } while (strncmp(line, "PING", 4) == 0 || strncmp(line, "INFO", 4) == 0 ||
             strncmp(line, "+OK", 3) == 0);
}

/* MSG subject sid bytes, then as many bytes. */
static void answer_read(struct store *store, char body[LINE_BYTES]) {
    char line[LINE_BYTES];
    unsigned long len = 0;
    line_read(store, line);
    const char *last = strrchr(line, ' ');
    traffic_check(strncmp(line, "MSG", 3) == 0 && last &&
                      (len = strtoul(last, NULL, 10)) + 3 < LINE_BYTES,
                  "nats: %s", line);
    traffic_check(fread(body, 1, len + 2, store->in) == len + 2, "nats: the server has gone");
    body[len] = '\0';
    traffic_check(!strstr(body, "\"error\""), "nats: %s", body);
}

static void *store_open(const char *place) {
    static const char create[] = "{\"name\":\"pace\",\"subjects\":[\"pace.in\"],\"storage\":"
                                 "\"file\",\"retention\":\"limits\",\"num_replicas\":1}";
    struct store *store = calloc(1, sizeof *store);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)traffic_number("--at", place)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char body[LINE_BYTES];
    int one = 1;
    traffic_check(store && (store->fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0 &&
                      connect(store->fd, (struct sockaddr *)&address, sizeof address) == 0,
                  "nats: can't connect to port %s", place);
    setsockopt(store->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    store->in = fdopen(store->fd, "r");
    store->out = fdopen(dup(store->fd), "w");
    traffic_check(store->in && store->out, "no memory");
    setvbuf(store->out, NULL, _IOFBF, 1 << 18);
    fprintf(store->out,
            "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB ack.> 1\r\nPUB "
            "$JS.API.STREAM.CREATE.pace ack.made %zu\r\n%s\r\n",
            sizeof create - 1, create);
    fflush(store->out);
    answer_read(store, body);
    return store;
}

static void store_begin(void *arg, const struct traffic_event *events, int n) {
    struct store *store = arg;
    char head[64];
    size_t len = 0, most = (size_t)n * TRAFFIC_LINE_BYTES;
    if (most > store->size) {
        store->body = realloc(store->body, store->size = most);
        traffic_check(store->body != NULL, "no memory");
    }
    for (int i = 0; i < n; i++) {
        memcpy(store->body + len, events[i].line, events[i].len);
        len += events[i].len;
    }
    int head_len =
        snprintf(head, sizeof head, "NATS/1.0\r\nNats-Msg-Id: %lu\r\n\r\n", store->number++);
    fprintf(store->out, "HPUB pace.in ack.in %d %zu\r\n%s", head_len, (size_t)head_len + len, head);
    fwrite(store->body, 1, len, store->out);
    fputs("\r\n", store->out);
    fflush(store->out);
    store->sizes[store->begun++ % AHEAD] = n;
}

static long store_finish(void *arg) {
    struct store *store = arg;
    char body[LINE_BYTES];
    answer_read(store, body);
    return store->sizes[store->finished++ % AHEAD];
}

static void store_close(void *arg) {
    struct store *store = arg;
    fclose(store->in);
    fclose(store->out);
    free(store->body);
    free(store);
}

int main(int argc, char **argv) {
    const struct peer peer = {.name = "nats",
                              .guarantee = "written, not synced; nothing known of single events",
                              .batch = 256,
                              .ahead = AHEAD,
                              .open = store_open,
                              .begin = store_begin,
                              .finish = store_finish,
                              .close = store_close};
    return peer_main(&peer, argc, argv);
}
