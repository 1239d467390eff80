/*
 * client.c - libpace: the sender, the outbox before it, and one file descriptor for both.
 *
 * Events go outbox -> window -> link; without an outbox straight into the window. What a turn has
 * settled is removed from the outbox with the next events, or at the end of a turn when there is
 * much of it or nothing else to do.
 */
#include "outbox.h"
#include "sender.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { KEY_LEN = 40, ENDPOINT_SIZE = 512 };

/* How much is settled before that is worth a commit of its own, how many events are looked at and
 * stored at once, how often a call goes round before it returns to its caller. */
enum { SWEEP_EVENTS = 8192, STORE_EVENTS = 65536, ROUNDS_MAX = 16 };

struct pace_client {
    struct pace_client_options options;
    char endpoint[ENDPOINT_SIZE];
    char server_key[KEY_LEN + 1], public_key[KEY_LEN + 1], secret_key[KEY_LEN + 1];
    struct link_keys keys;
    struct sender sender;
    struct outbox *outbox;             /* NULL: none */
    uint64_t submitted, settled;       /* numbers */
    uint64_t loaded;                   /* number of the last event that went into the window */
    uint64_t waiting;                  /* events not answered for good */
    struct pace_client_status counted; /* what answers add up to */
    int epoll_fd, timer_fd;
    uint64_t watched; /* which link's file descriptors are in the epoll */
    int64_t armed_ms; /* of the timer; INT64_MAX: not */
    bool calling;     /* within a callback */
};

/* ---- options ---- */

static size_t length(const char *text) {
    return text ? strlen(text) : 0;
}

static bool keys_complete(const struct pace_client_options *options) {
    const char *own = options->public_key, *secret = options->secret_key;
    bool lengths = length(options->server_key) == KEY_LEN && (!own || length(own) == KEY_LEN) &&
                   (!secret || length(secret) == KEY_LEN);
    return options->server_key ? lengths && !own == !secret : !own && !secret;
}

const char *pace_client_options_problem(const struct pace_client_options *options) {
    if (options->size < sizeof *options)
        return "size isn't set: begin with pace_client_options_init";
    if (!options->endpoint || !strstr(options->endpoint, "://"))
        return "endpoint isn't one: write e.g. \"ipc:///run/paced/ingest.sock\"";
    if (length(options->endpoint) >= ENDPOINT_SIZE)
        return "endpoint is too long";
    if (!keys_complete(options))
        return "keys are server_key alone, or with public_key and secret_key, in Z85 of 40 "
               "characters";
    if (options->outbox && !*options->outbox)
        return "outbox is empty: name a folder, or leave it NULL";
    if (options->outbox_bytes && (options->outbox_bytes < PACE_CLIENT_OUTBOX_MIN_BYTES ||
                                  options->outbox_bytes > PACE_CLIENT_OUTBOX_MAX_BYTES))
        return "outbox_bytes is out of range: 4 MiB to 1 TiB, or 0 for 256 MiB";
    return NULL;
}

/* Keys are copied; where only the server's is given, we make a pair of our own. */
static int take_keys(struct pace_client *client, const struct pace_client_options *options) {
    if (!options->server_key)
        return 0;
    memcpy(client->server_key, options->server_key, KEY_LEN);
    if (options->public_key) {
        memcpy(client->public_key, options->public_key, KEY_LEN);
        memcpy(client->secret_key, options->secret_key, KEY_LEN);
    } else if (zmq_curve_keypair(client->public_key, client->secret_key)) {
        return -EINVAL;
    }
    client->keys = (struct link_keys){client->server_key, client->public_key, client->secret_key};
    return 0;
}

/* The texts are the caller's and may go: only copies are used from here on. */
static int take_options(struct pace_client *client, const struct pace_client_options *options) {
    client->options = *options;
    memcpy(client->endpoint, options->endpoint, strlen(options->endpoint) + 1);
    int error = take_keys(client, options);
    client->options.endpoint = client->options.outbox = NULL;
    client->options.server_key = client->options.public_key = client->options.secret_key = NULL;
    if (!client->options.outbox_bytes)
        client->options.outbox_bytes = PACE_CLIENT_OUTBOX_DEFAULT_BYTES;
    return error;
}

/* ---- callbacks ---- */

static void on_result(void *arg, const struct pace_result *result) {
    struct pace_client *client = arg;
    client->waiting -= result->n_events;
    client->counted.accepted += result->accepted;
    client->counted.duplicate += result->duplicate;
    client->counted.superseded += result->superseded;
    client->counted.rejected += result->n_rejected;
    if (!client->options.on_result)
        return;
    client->calling = true;
    client->options.on_result(client->options.arg, result);
    client->calling = false;
}

static void tell_trouble(struct pace_client *client, const struct pace_trouble *trouble) {
    if (!client->options.on_trouble)
        return;
    client->calling = true;
    client->options.on_trouble(client->options.arg, trouble);
    client->calling = false;
}

static void on_refused(void *arg, const char *reason) {
    tell_trouble(arg, &(struct pace_trouble){.kind = PACE_TROUBLE_REFUSED, .reason = reason});
}

static void on_damaged(void *arg, uint64_t number) {
    struct pace_client *client = arg;
    client->counted.damaged++;
    client->waiting -= number > 0;
    tell_trouble(client,
                 &(struct pace_trouble){
                     .kind = PACE_TROUBLE_DAMAGED,
                     .number = number,
                     .reason = number ? "a record of the outbox is damaged; it was passed over"
                                      : "the outbox's notes are damaged; its events are not",
                 });
}

/* ---- opening and closing ---- */

/* libzmq knows what an endpoint is; its own attempt to connect ends with the link. */
static int try_endpoint(const struct pace_client *client) {
    struct link link;
    int error = link_open(&link, client->endpoint, &client->keys);
    link_close(&link);
    bool malformed = error == -EPROTONOSUPPORT || error == -ENOCOMPATPROTO || error == -ENODEV;
    return malformed ? -EINVAL : error;
}

static int watch_fd(const struct pace_client *client, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_fds(struct pace_client *client) {
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    client->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (client->epoll_fd < 0 || client->timer_fd < 0)
        return -errno;
    return watch_fd(client, client->timer_fd, EPOLLIN);
}

static int open_outbox(struct pace_client *client, const struct pace_client_options *options) {
    const struct outbox_setup setup = {.folder = options->outbox,
                                       .bound_bytes = client->options.outbox_bytes,
                                       .damaged = on_damaged,
                                       .arg = client};
    int error = options->outbox ? outbox_open(&setup, &client->outbox) : 0;
    if (!error && client->outbox) {
        client->submitted = outbox_last(client->outbox);
        client->settled = client->loaded = outbox_settled(client->outbox);
        client->waiting = outbox_count(client->outbox);
    }
    return error;
}

static void arm(struct pace_client *client, int64_t due_ms);

static int open_all(struct pace_client *client, const struct pace_client_options *options) {
    int error = take_options(client, options);
    if (!error)
        error = try_endpoint(client);
    if (!error)
        error = open_fds(client);
    if (!error)
        error = open_outbox(client, options);
    client->sender.endpoint = client->endpoint;
    client->sender.keys = &client->keys;
    client->sender.arg = client;
    client->sender.on_result = on_result;
    client->sender.on_refused = on_refused;
    if (!error)
        error = sender_open(&client->sender);
    if (!error)
        arm(client, 0);
    return error;
}

int pace_client_open(const struct pace_client_options *options, struct pace_client **ret_client) {
    if (pace_client_options_problem(options))
        return -EINVAL;
    struct pace_client *client = calloc(1, sizeof *client);
    if (!client)
        return -ENOMEM;
    client->epoll_fd = client->timer_fd = -1;
    client->armed_ms = INT64_MAX;
    int error = open_all(client, options);
    if (error)
        pace_client_close(&client);
    else
        *ret_client = client;
    return error;
}

void pace_client_close(struct pace_client **client) {
    struct pace_client *it = client ? *client : NULL;
    if (!it || it->calling)
        return;
    sender_close(&it->sender);
    if (it->outbox)
        outbox_sweep(it->outbox); /* if it can't be, it is sent once more */
    outbox_close(&it->outbox);
    if (it->timer_fd >= 0)
        close(it->timer_fd);
    if (it->epoll_fd >= 0)
        close(it->epoll_fd);
    free(it);
    *client = NULL;
}

/* ---- the file descriptor ---- */

/* due_ms by link_now_ms; in the past: at once; INT64_MAX: not at all. */
static void arm(struct pace_client *client, int64_t due_ms) {
    if (due_ms == client->armed_ms)
        return;
    client->armed_ms = due_ms;
    struct itimerspec at = {0};
    if (due_ms < 1)
        at.it_value.tv_nsec = 1;
    else if (due_ms < INT64_MAX)
        at.it_value = (struct timespec){due_ms / 1000, due_ms % 1000 * 1000000 + 1};
    timerfd_settime(client->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Each link has file descriptors of its own. Those of a closed one have left the epoll by
 * themselves.
 */
static int watch_link(struct pace_client *client) {
    struct link *link = &client->sender.link;
    int fds[LINK_POLL_ITEMS], error = 0;
    if (client->watched == client->sender.n_links || !link->socket)
        return 0;
    link_fds(link, fds);
    for (int i = 0; i < LINK_POLL_ITEMS && !error; i++)
        error = watch_fd(client, fds[i], EPOLLIN);
    client->watched = client->sender.n_links;
    return error;
}

int pace_client_fd(const struct pace_client *client) {
    return client->epoll_fd;
}

/* ---- submitting ---- */

static bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int pace_event_check(const char *event, size_t len) {
    static const char mark[] =
        "\xEF\xBB\xBF"; /* a byte order mark: the daemon passes over it, too */
    size_t at = len >= 3 && memcmp(event, mark, 3) == 0 ? 3 : 0;
    if (len > PACE_CLIENT_EVENT_MAX_BYTES)
        return -EMSGSIZE;
    while (at < len && is_white(event[at]))
        at++;
    return at == len || event[at] == '[' ? -EINVAL : 0;
}

/* How many of the events, from the first, can be events; *ret_error is about the next one. */
static size_t check_some(const struct pace_event *events, size_t n, int *ret_error) {
    size_t good = 0;
    for (*ret_error = 0; good < n; good++)
        if ((*ret_error = pace_event_check(events[good].text, events[good].len)))
            break;
    return good;
}

static int store_some(struct pace_client *client, const struct pace_event *events, size_t n,
                      size_t *ret_taken) {
    int bad;
    size_t good = check_some(events, n < STORE_EVENTS ? n : STORE_EVENTS, &bad);
    return good ? outbox_add(client->outbox, events, good, ret_taken) : bad;
}

static int hold_one(struct pace_client *client, const struct pace_event *event, size_t *ret_taken) {
    int error = pace_event_check(event->text, event->len);
    if (!error)
        error =
            window_add(&client->sender.window, &(struct parcel){.text = {event->text, event->len},
                                                                .number = client->submitted + 1,
                                                                .tag = event->tag});
    if (!error)
        *ret_taken = 1;
    return error;
}

static void note_submitted(struct pace_client *client, size_t n) {
    if (!client->waiting)
        client->sender.progress_ms = link_now_ms();
    client->waiting += n;
    client->submitted += n;
    if (!client->outbox)
        client->loaded = client->submitted;
}

int pace_client_submit_many(struct pace_client *client, const struct pace_event *events,
                            size_t n_events, size_t *ret_taken) {
    size_t taken = 0;
    int error = client->calling ? -EDEADLK : 0;
    while (!error && taken < n_events) {
        size_t more = 0;
        error = client->outbox ? store_some(client, events + taken, n_events - taken, &more)
                               : hold_one(client, events + taken, &more);
        note_submitted(client, more);
        taken += more;
    }
    if (taken && client->sender.state == PACE_CLIENT_UP)
        arm(client, 0);
    if (ret_taken)
        *ret_taken = taken;
    return error;
}

int pace_client_submit(struct pace_client *client, const char *event, size_t len, uint64_t tag) {
    return pace_client_submit_many(client, &(struct pace_event){event, len, tag}, 1, NULL);
}

/* ---- processing ---- */

static int load_one(void *arg, const struct parcel *parcel) {
    struct pace_client *client = arg;
    return window_add(&client->sender.window, parcel);
}

/* From the outbox into the window, as much as there is room for. */
static int feed(struct pace_client *client) {
    if (!client->outbox || client->sender.state != PACE_CLIENT_UP ||
        !window_has_room(&client->sender.window, 1))
        return 0;
    int error = outbox_read(client->outbox, client->loaded, load_one, client, &client->loaded);
    return error == PACE_EBACKLOG ? 0 : error;
}

static void settle(struct pace_client *client) {
    uint64_t oldest = window_oldest(&client->sender.window);
    client->settled = oldest ? oldest - 1 : client->loaded;
    if (client->outbox)
        outbox_settle(client->outbox, client->settled);
}

static int sweep(struct pace_client *client) {
    bool worth = client->outbox && (outbox_unswept(client->outbox) >= SWEEP_EVENTS ||
                                    window_is_empty(&client->sender.window));
    int error = worth ? outbox_sweep(client->outbox) : 0;
    return error == -ENOSPC ? 0 : error; /* it can wait: what stays is sent once more at worst */
}

/* Goes round as long as something moves; *ret_moved: something did. */
static int go_round(struct pace_client *client, bool *ret_moved) {
    bool moves = true;
    for (int i = 0; moves && i < ROUNDS_MAX; i++) {
        moves = sender_receive(&client->sender);
        settle(client);
        int error = feed(client);
        if (error)
            return error;
        moves |= sender_send(&client->sender);
        *ret_moved |= moves;
    }
    int error = sweep(client);
    if (!error)
        error = watch_link(client);
    arm(client, moves ? 0 : sender_due_ms(&client->sender));
    return error;
}

/* As pace_client_process, and -EINTR. */
static int process(struct pace_client *client, int timeout_ms) {
    struct pollfd item = {.fd = client->epoll_fd, .events = POLLIN};
    bool moved = false;
    int error = go_round(client, &moved);
    if (error || moved || timeout_ms == 0)
        return error;
    int ready = poll(&item, 1, timeout_ms);
    return ready < 0 ? -errno : ready ? go_round(client, &moved) : 0;
}

int pace_client_process(struct pace_client *client, int timeout_ms) {
    if (client->calling)
        return -EDEADLK;
    if (timeout_ms < -1)
        return -EINVAL;
    int error = process(client, timeout_ms);
    return error == -EINTR ? 0 : error;
}

int pace_client_drain(struct pace_client *client, int timeout_ms) {
    int64_t until_ms = link_now_ms() + timeout_ms;
    int error = client->calling ? -EDEADLK : timeout_ms < -1 ? -EINVAL : 0;
    while (!error && client->waiting) {
        int64_t left_ms = timeout_ms < 0 ? -1 : until_ms - link_now_ms();
        if (timeout_ms >= 0 && left_ms < 0)
            return -ETIMEDOUT;
        error = process(client, (int)left_ms);
    }
    return error;
}

/* ---- status ---- */

void pace_client_get_status(const struct pace_client *client, struct pace_client_status *ret_status,
                            size_t size) {
    const struct sender *sender = &client->sender;
    struct pace_client_status status = client->counted;
    status.state = sender->state;
    status.down_reason = sender->down_reason;
    status.submitted = client->submitted;
    status.settled = client->settled;
    status.waiting = client->waiting;
    status.under_way = sender->window.sent_events;
    status.outbox_used_bytes = client->outbox ? outbox_used_bytes(client->outbox) : 0;
    status.outbox_bytes = client->outbox ? client->options.outbox_bytes : 0;
    status.stalled_ms = client->waiting ? link_now_ms() - sender->progress_ms : 0;
    memcpy(status.refusal, sender->refusal, sizeof status.refusal);
    memset(ret_status, 0, size);
    memcpy(ret_status, &status, size < sizeof status ? size : sizeof status);
}
