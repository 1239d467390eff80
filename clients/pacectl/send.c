/*
 * send.c - `pacectl send`: a file or a stream to the daemon, every event accounted for.
 */
#include "control.h"
#include "json.h"
#include "rejects.h"
#include "sender.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRESS_EVERY_MS = 200, PATIENCE_TOLD_MS = 1500 };

struct job {
    struct ctl *ctl;
    const char *name; /* of the input, for messages */
    int fd;
    uint64_t input_bytes, read_bytes; /* input_bytes 0: not known */
    struct split *split;
    struct split_item item; /* taken from the split and waiting for room */
    bool has_item, read_ended, ended;
    struct sender sender;
    struct json_decoder *decoder; /* --dry-run */
    int64_t begun_ms, shown_ms, timeout_ms;
    struct rejects rejects;
    bool patience_told;
};

static void tell_reject(void *arg, struct place place, const char *code, const char *reason) {
    struct job *job = arg;
    rejects_tell(&job->rejects, place.line, place.member, code, reason);
}

/* ---- the input ---- */

static int input_open(struct job *job) {
    struct stat status;
    job->fd = strcmp(job->name, "-") == 0 ? STDIN_FILENO : open(job->name, O_RDONLY | O_CLOEXEC);
    if (job->fd < 0 || fstat(job->fd, &status))
        return ctl_fail(CTL_NO, "%s: %s", job->name, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return ctl_fail(CTL_NO, "%s: %s", job->name, strerror(EISDIR));
    job->input_bytes = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    job->split = split_create(PACE_WIRE_BATCH_MAX_BYTES);
    return job->split ? 0 : ctl_fail(CTL_NO, "out of memory");
}

static void input_close(struct job *job) {
    split_destroy(&job->split);
    if (job->fd > STDIN_FILENO)
        close(job->fd);
}

static bool input_ready(const struct job *job) {
    struct pollfd item = {.fd = job->fd, .events = POLLIN};
    return poll(&item, 1, 0) > 0;
}

/* Reads once. 0, or CTL_NO (told). */
static int input_read(struct job *job) {
    size_t len;
    char *space = split_space(job->split, &len);
    ssize_t got = read(job->fd, space, len);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got < 0) {
        rejects_clear_progress(&job->rejects);
        return ctl_fail(CTL_NO, "%s: reading stopped: %s", job->name, strerror(errno));
    }
    split_fed(job->split, (size_t)got);
    job->read_bytes += (uint64_t)got;
    job->read_ended = got == 0;
    return 0;
}

/* ---- from the input into the window ---- */

static int add_item(struct job *job) {
    const struct split_item *item = &job->item;
    struct place place = {item->line, item->member};
    if (item->kind == SPLIT_EVENT)
        return sender_add(&job->sender, item->bytes, place) ? ctl_fail(CTL_NO, "out of memory") : 0;
    enum pace_code code = item->kind == SPLIT_TOO_LARGE ? PACE_TOO_LARGE : PACE_BAD_JSON;
    sender_reject(&job->sender, place, pace_code_name(code),
                  item->reason ? item->reason : "longer than 1 MiB; it was not sent");
    return 0;
}

/*
 * Cuts events into the window until one more batch is complete, the window is full, or the input
 * has nothing at the moment: what was cut then goes at once, so that a slow stream isn't held back.
 * Sets *ret_more where it could go on.
 */
static int fill(struct job *job, bool *ret_more) {
    struct window *window = &job->sender.window;
    uint64_t batches = window->next;
    *ret_more = false;
    while (!job->ended && window->next <= batches + 1) {
        if (!job->has_item && !(job->has_item = split_next(job->split, &job->item))) {
            job->ended = job->read_ended;
            if (job->ended || !input_ready(job)) {
                window_seal(window);
                return 0;
            }
            if (input_read(job))
                return CTL_NO;
            continue;
        }
        if (job->item.kind == SPLIT_EVENT && !window_has_room(window, job->item.bytes.len)) {
            window_seal(window);
            return 0;
        }
        job->has_item = false;
        if (add_item(job))
            return CTL_NO;
    }
    *ret_more = !job->ended;
    return 0;
}

/* ---- what a person sees ---- */

static double seconds_since(int64_t ms) {
    double seconds = (double)(link_now_ms() - ms) / 1000;
    return seconds > 0.001 ? seconds : 0.001;
}

static void show_progress(struct job *job) {
    char events[TEXT_NUMBER_SIZE], rate[TEXT_NUMBER_SIZE];
    int64_t now_ms = link_now_ms();
    if (!job->rejects.progress || now_ms - job->shown_ms < PROGRESS_EVERY_MS)
        return;
    job->shown_ms = now_ms;
    double per_second = (double)job->sender.counts.sent / seconds_since(job->begun_ms);
    fprintf(stderr, "\r\033[K%s events, %s/s", text_number(job->sender.counts.sent, events),
            text_number((uint64_t)per_second, rate));
    if (job->input_bytes)
        fprintf(stderr, ", %d %%", (int)(100 * job->read_bytes / job->input_bytes));
}

static void show_summary(const struct job *job) {
    const struct sender_counts *counts = &job->sender.counts;
    char number[5][TEXT_NUMBER_SIZE];
    double seconds = seconds_since(job->begun_ms);
    printf("%s events %s in %.1f s (%s/s): ", text_number(counts->sent, number[0]),
           job->decoder ? "checked" : "sent", seconds,
           text_number((uint64_t)((double)counts->sent / seconds), number[1]));
    printf("%s %s, %s duplicate, %s superseded, ", text_number(counts->accepted, number[2]),
           job->decoder ? "well formed" : "accepted", text_number(counts->duplicate, number[3]),
           text_number(counts->superseded, number[4]));
    printf("%s rejected.\n", text_number(counts->rejected, number[0]));
}

static int print_result(const struct job *job) {
    const struct sender_counts *counts = &job->sender.counts;
    if (!job->ctl->json) {
        show_summary(job);
        return fflush(stdout) ? CTL_NO : CTL_YES;
    }
    json_t *json = json_pack(
        "{sI sI sI sI sI}", "sent", (json_int_t)counts->sent, "accepted",
        (json_int_t)counts->accepted, "duplicate", (json_int_t)counts->duplicate, "rejected",
        (json_int_t)counts->rejected, "superseded", (json_int_t)counts->superseded);
    int code = control_print_json(json);
    json_decref(json);
    return code;
}

/* ---- the two ways to work ---- */

/* --dry-run: each batch is decoded here, as the daemon would, and answered. */
static int check_batches(struct job *job) {
    struct window *window = &job->sender.window;
    struct batch *batch;
    while ((batch = window_sendable(window, UINT64_MAX, WINDOW_BATCHES))) {
        struct json_batch decoded;
        char reason[JSON_REASON_SIZE] = "";
        enum pace_code code = json_decode(job->decoder, batch->body, batch->len,
                                          PACE_WIRE_BATCH_MAX_EVENTS, &decoded, reason);
        enum pace_code missing = code == PACE_OK ? PACE_BAD_JSON : code;
        for (int i = 0; i < batch->n_events; i++) {
            bool found = code == PACE_OK && (size_t)i < decoded.n_items;
            enum pace_code own = found ? decoded.items[i].code : missing;
            if (own != PACE_OK)
                sender_reject(&job->sender, batch->places[i], pace_code_name(own),
                              found ? decoded.items[i].reason : reason);
            else
                job->sender.counts.accepted++, job->sender.counts.sent++;
        }
        window_mark_done(window, batch);
    }
    return 0;
}

static int check_all(struct job *job) {
    bool more = true;
    while (!job->ended) {
        struct pollfd item = {.fd = job->fd, .events = POLLIN};
        if (!more)
            poll(&item, 1, -1);
        if (fill(job, &more) || check_batches(job))
            return CTL_NO;
        show_progress(job);
    }
    return 0;
}

static int give_up(struct job *job) {
    const struct sender *sender = &job->sender;
    int seconds = (int)(job->timeout_ms / 1000);
    rejects_clear_progress(&job->rejects);
    if (!sender->was_up || sender->state != SENDER_UP)
        return control_tell_unreachable(sender->endpoint, "no daemon answers");
    if (sender->refusal[0])
        return ctl_fail(CTL_UNREACHABLE,
                        "the daemon took nothing for %d s, it says: %s. What was not acknowledged "
                        "can be sent again at any time: known events are not counted twice",
                        seconds, sender->refusal);
    return ctl_fail(CTL_UNREACHABLE, "the daemon acknowledged nothing for %d s", seconds);
}

static void tell_patience(struct job *job) {
    int64_t stalled_ms = sender_stalled_ms(&job->sender);
    if (job->patience_told || stalled_ms < PATIENCE_TOLD_MS || job->sender.state != SENDER_DOWN)
        return;
    job->patience_told = true;
    rejects_clear_progress(&job->rejects);
    ctl_fail(CTL_NO, "no daemon at %s for now; trying for %d s", job->sender.endpoint,
             (int)(job->timeout_ms / 1000));
}

/* Sleeps until the daemon says something, input comes that there is room for, or a timer is due. */
static void wait_for_work(struct job *job) {
    zmq_pollitem_t items[LINK_POLL_ITEMS + 1];
    int n = 0;
    if (!job->sender.link.down) {
        link_poll_items(&job->sender.link, items);
        n = LINK_POLL_ITEMS;
    }
    bool wants_input = job->sender.was_up && !job->ended && !job->has_item;
    if (wants_input)
        items[n++] = (zmq_pollitem_t){.fd = job->fd, .events = ZMQ_POLLIN};
    zmq_poll(items, n, sender_wait_ms(&job->sender));
}

static bool is_done(const struct job *job) {
    return job->ended && window_is_empty(&job->sender.window);
}

static int send_all(struct job *job) {
    bool more = false;
    while (!is_done(job)) {
        if (job->sender.was_up && fill(job, &more))
            return CTL_NO;
        sender_turn(&job->sender);
        if (sender_stalled_ms(&job->sender) > job->timeout_ms)
            return give_up(job);
        tell_patience(job);
        show_progress(job);
        if (!more && !is_done(job))
            wait_for_work(job);
    }
    return 0;
}

/* ---- the command ---- */

static int read_options(struct job *job, char endpoint[CTL_ENDPOINT_SIZE]) {
    const char *ingest = ctl_value(job->ctl, "--ingest");
    uint64_t timeout_s;
    int error = ctl_number(job->ctl, "--timeout", 60, 86400, &timeout_s);
    if (error)
        return error;
    job->timeout_ms = (int64_t)timeout_s * 1000;
    job->rejects.verbose = ctl_value(job->ctl, "--verbose");
    job->rejects.progress = isatty(STDERR_FILENO);
    if (!ingest)
        return ctl_endpoint_beside(job->ctl, "ingest.sock", endpoint);
    const char *scheme = strstr(ingest, "://") ? "" : "ipc://";
    if (snprintf(endpoint, CTL_ENDPOINT_SIZE, "%s%s", scheme, ingest) >= CTL_ENDPOINT_SIZE)
        return ctl_fail(CTL_USAGE, "--ingest: the endpoint is too long");
    return 0;
}

static int run(struct job *job, const char *endpoint) {
    int error = input_open(job);
    if (error)
        return error;
    if (sender_open(&job->sender, endpoint))
        return ctl_fail(CTL_NO, "out of memory");
    job->sender.reject = tell_reject;
    job->sender.reject_arg = job;
    job->begun_ms = link_now_ms();
    if (ctl_value(job->ctl, "--dry-run")) {
        job->decoder = json_decoder_create(&(struct json_wanted){NULL, 0});
        return job->decoder ? check_all(job) : ctl_fail(CTL_NO, "out of memory");
    }
    return send_all(job);
}

int command_send(struct ctl *ctl) {
    struct job job = {.ctl = ctl, .name = ctl->words[0], .fd = -1};
    char endpoint[CTL_ENDPOINT_SIZE];
    int code = read_options(&job, endpoint);
    if (code)
        return code;
    code = run(&job, endpoint);
    rejects_clear_progress(&job.rejects);
    rejects_end(&job.rejects);
    bool begun = job.begun_ms != 0;
    if (begun && print_result(&job) != CTL_YES && code == CTL_YES)
        code = CTL_NO;
    if (code == CTL_YES && job.sender.counts.rejected)
        code = CTL_NO;
    if (begun)
        sender_close(&job.sender);
    json_decoder_destroy(&job.decoder);
    input_close(&job);
    return code;
}
