/*
 * send.c - `pacectl send`: a file or a stream to the daemon, every event accounted for.
 */
#include "control.h"
#include "dry_run.h"
#include "failure.h"
#include "link.h"
#include "rejects.h"
#include "split.h"
#include "text.h"

#include <pace/client.h>
#include <pace/wire.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRESS_EVERY_MS = 200, PATIENCE_TOLD_MS = 1500, FILL_EVENTS = 2048 };

struct counts {
    uint64_t sent, accepted, duplicate, superseded, rejected;
};

struct job {
    struct ctl *ctl;
    const char *name; /* of the input, for messages */
    int fd;
    uint64_t input_bytes, read_bytes; /* input_bytes 0: not known */
    struct split *split;
    struct split_item item; /* taken from the split and waiting for room */
    bool has_item, read_ended, ended;
    struct pace_client *client;
    struct pace_client_status status; /* after the last turn */
    bool was_up;                      /* nothing is read before a daemon answered */
    struct counts counts;
    struct dry_run *dry; /* --dry-run: in the client's stead */
    bool judged;         /* by a configuration too */
    char endpoint[CTL_ENDPOINT_SIZE];
    int64_t begun_ms, shown_ms, timeout_ms;
    struct rejects rejects;
    bool patience_told;
};

/*
 * Where an event stands in the input, as the tag that comes back with its answer: the line; of an
 * array's member (from 1) the line in the upper half, 31 bits of it and the highest bit set.
 */
static uint64_t tag_of(const struct split_item *item) {
    static const uint64_t line_max = INT32_MAX, member_max = UINT32_MAX;
    if (!item->member)
        return item->line;
    uint64_t line = item->line < line_max ? item->line : line_max;
    uint64_t member = item->member < member_max ? item->member : member_max;
    return UINT64_C(1) << 63 | line << 32 | member;
}

static void reject(struct job *job, uint64_t tag, const char *code, const char *reason) {
    bool of_array = tag >> 63;
    job->counts.rejected++;
    rejects_tell(&job->rejects, of_array ? tag >> 32 & INT32_MAX : tag,
                 of_array ? tag & UINT32_MAX : 0, code, reason);
}

static void on_result(void *arg, const struct pace_result *result) {
    struct job *job = arg;
    job->counts.sent += result->n_events;
    job->counts.accepted += result->accepted;
    job->counts.duplicate += result->duplicate;
    job->counts.superseded += result->superseded;
    for (size_t i = 0; i < result->n_rejected; i++)
        reject(job, result->rejected[i].tag, result->rejected[i].code, result->rejected[i].reason);
}

static void on_trouble(void *arg, const struct pace_trouble *trouble) {
    struct job *job = arg;
    rejects_clear_progress(&job->rejects);
    ctl_fail(CTL_NO, "the daemon answered: %s", trouble->reason);
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

/* ---- from the input to the client ---- */

/* An event that never reaches the daemon counts as sent and rejected. */
static int reject_item(struct job *job, enum pace_code code, const char *reason) {
    job->counts.sent++;
    reject(job, tag_of(&job->item), pace_code_name(code), reason);
    if (job->dry)
        dry_run_rejected(job->dry, code, job->item.line, job->item.member, reason);
    return 0;
}

/* --dry-run: the event is judged here, as the daemon would, and answered. 0 or an error. */
static int check_event(struct job *job, struct view event) {
    char reason[JSON_REASON_SIZE] = "";
    enum pace_code code;
    int verdict = dry_run_take(job->dry, event, &code, reason);
    if (verdict < 0)
        return verdict;
    if (verdict == DRY_RUN_REJECTED)
        return reject_item(job, code, reason);
    job->counts.sent++;
    job->counts.accepted += verdict == DRY_RUN_ACCEPTED;
    job->counts.duplicate += verdict == DRY_RUN_DUPLICATE;
    job->counts.superseded += verdict == DRY_RUN_SUPERSEDED;
    return 0;
}

static int take_event(struct job *job, struct view event) {
    switch (pace_event_check(event.at, event.len)) {
    case -EINVAL:
        return reject_item(job, PACE_BAD_JSON, "an event is a JSON object; it was not sent");
    case -EMSGSIZE:
        return reject_item(job, PACE_TOO_LARGE, "longer than 1 MiB; it was not sent");
    default:
        return job->dry
                   ? check_event(job, event)
                   : pace_client_submit(job->client, event.at, event.len, tag_of(&job->item));
    }
}

/* 0, PACE_EBACKLOG (the item has to wait), or CTL_NO (told). */
static int take_item(struct job *job) {
    const struct split_item *item = &job->item;
    if (item->kind == SPLIT_EVENT) {
        int error = take_event(job, item->bytes);
        if (error == 0 || error == PACE_EBACKLOG)
            return error;
        rejects_clear_progress(&job->rejects);
        return ctl_fail(CTL_NO, "%s", pace_strerror(error));
    }
    enum pace_code code = item->kind == SPLIT_TOO_LARGE ? PACE_TOO_LARGE : PACE_BAD_JSON;
    return reject_item(job, code,
                       item->reason ? item->reason : "longer than 1 MiB; it was not sent");
}

/*
 * Cuts so many events from the input, or until the client has no room or the input has nothing at
 * the moment: what was cut then goes at once, so that a slow stream isn't held back. Sets *ret_more
 * where it could go on.
 */
static int fill(struct job *job, bool *ret_more) {
    *ret_more = false;
    for (int i = 0; !job->ended && i < FILL_EVENTS;) {
        if (!job->has_item && !(job->has_item = split_next(job->split, &job->item))) {
            job->ended = job->read_ended;
            if (job->ended || !input_ready(job))
                return 0;
            if (input_read(job))
                return CTL_NO;
            continue;
        }
        int error = take_item(job);
        if (error)
            return error == PACE_EBACKLOG ? 0 : CTL_NO;
        job->has_item = false;
        i++;
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
    double per_second = (double)job->counts.sent / seconds_since(job->begun_ms);
    fprintf(stderr, "\r\033[K%s events, %s/s", text_number(job->counts.sent, events),
            text_number((uint64_t)per_second, rate));
    if (job->input_bytes)
        fprintf(stderr, ", %d %%", (int)(100 * job->read_bytes / job->input_bytes));
}

static void show_summary(const struct job *job) {
    const struct counts *counts = &job->counts;
    char number[6][TEXT_NUMBER_SIZE];
    double seconds = seconds_since(job->begun_ms);
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    fprintf(words.to, "%s %s in %.1f s (%s/s): %s %s, %s duplicate, %s superseded, %s rejected.",
            text_things(counts->sent, "event", number[0]), job->dry ? "checked" : "sent", seconds,
            text_number((uint64_t)((double)counts->sent / seconds), number[1]), text_number(counts->accepted, number[2]),
            job->dry && !job->judged ? "well formed" : "accepted", text_number(counts->duplicate, number[3]),
            text_number(counts->superseded, number[4]), text_number(counts->rejected, number[5]));
    text_words_print(&words, "", 0);
}

/* code: what became of it all. */
static int print_result(const struct job *job, int code) {
    const struct counts *counts = &job->counts;
    json_t *report = job->dry ? dry_run_report(job->dry) : NULL;
    if (job->dry && !report)
        return CTL_NO;
    if (!job->ctl->json) {
        show_summary(job);
        if (report)
            dry_run_print(report);
        json_decref(report);
        return CTL_YES;
    }
    json_t *json = json_pack(
        "{sI sI sI sI sI}", "sent", (json_int_t)counts->sent, "accepted",
        (json_int_t)counts->accepted, "duplicate", (json_int_t)counts->duplicate, "rejected",
        (json_int_t)counts->rejected, "superseded", (json_int_t)counts->superseded);
    if (report)
        json_object_update(json, report);
    json_decref(report);
    failure_add(json, code);
    code = control_print_json(json);
    json_decref(json);
    return code;
}

/* ---- the two ways to work ---- */

static int check_all(struct job *job) {
    bool more = true;
    while (!job->ended) {
        struct pollfd item = {.fd = job->fd, .events = POLLIN};
        if (!more)
            poll(&item, 1, -1);
        if (fill(job, &more))
            return CTL_NO;
        show_progress(job);
    }
    return 0;
}

/* Milliseconds without an answer for good while something waits for one, or for a daemon. */
static int64_t stalled_ms(const struct job *job) {
    return job->was_up ? job->status.stalled_ms : link_now_ms() - job->begun_ms;
}

static int give_up(struct job *job) {
    const struct pace_client_status *status = &job->status;
    int seconds = (int)(job->timeout_ms / 1000);
    rejects_clear_progress(&job->rejects);
    if (status->state != PACE_CLIENT_UP && status->down_reason == -EPROTO)
        return control_tell_refused(job->endpoint, "no daemon lets this in");
    if (status->state != PACE_CLIENT_UP)
        return control_tell_unreachable(job->endpoint, "no daemon answers");
    if (status->refusal[0])
        return ctl_fail(CTL_UNREACHABLE,
                        "the daemon took nothing for %d s, it says: %s. What was not acknowledged "
                        "can be sent again at any time: known events are not counted twice",
                        seconds, status->refusal);
    return ctl_fail(CTL_UNREACHABLE, "the daemon acknowledged nothing for %d s", seconds);
}

static void tell_patience(struct job *job) {
    if (job->patience_told || stalled_ms(job) < PATIENCE_TOLD_MS ||
        job->status.state != PACE_CLIENT_DOWN)
        return;
    job->patience_told = true;
    rejects_clear_progress(&job->rejects);
    ctl_fail(CTL_NO, "no daemon at %s for now; trying for %d s", job->endpoint,
             (int)(job->timeout_ms / 1000));
}

/* Sleeps until the client has something to do, input comes that there is room for, or a second is
 * over. */
static void wait_for_work(struct job *job) {
    struct pollfd items[] = {{.fd = pace_client_fd(job->client), .events = POLLIN},
                             {.fd = job->fd, .events = POLLIN}};
    bool wants_input = job->was_up && !job->ended && !job->has_item;
    poll(items, wants_input ? 2 : 1, 1000);
}

static int turn(struct job *job) {
    int error = pace_client_process(job->client, 0);
    pace_client_get_status(job->client, &job->status, sizeof job->status);
    job->was_up |= job->status.state == PACE_CLIENT_UP;
    return error ? ctl_fail(CTL_NO, "%s", pace_strerror(error)) : 0;
}

static bool is_done(const struct job *job) {
    return job->ended && !job->status.waiting;
}

/* Nobody's rights change while a program runs: waiting would help nothing. */
static bool is_shut_out(const struct job *job) {
    return !job->was_up && (link_path_problem(job->endpoint) == EACCES || job->status.down_reason == -EPROTO);
}

static int send_all(struct job *job) {
    bool more = false;
    while (!is_done(job)) {
        if (job->was_up && fill(job, &more))
            return CTL_NO;
        if (turn(job))
            return CTL_NO;
        if (stalled_ms(job) > job->timeout_ms || is_shut_out(job))
            return give_up(job);
        tell_patience(job);
        show_progress(job);
        if (!more && !is_done(job))
            wait_for_work(job);
    }
    return 0;
}

/* ---- the command ---- */

static int read_options(struct job *job) {
    const char *ingest = ctl_value(job->ctl, "--ingest");
    uint64_t timeout_s;
    int error = ctl_number(job->ctl, "--timeout", 60, 86400, &timeout_s);
    if (error)
        return error;
    job->timeout_ms = (int64_t)timeout_s * 1000;
    job->rejects.verbose = ctl_value(job->ctl, "--verbose");
    job->rejects.progress = isatty(STDERR_FILENO);
    job->judged = ctl_value(job->ctl, "--config");
    if (job->judged && !ctl_value(job->ctl, "--dry-run"))
        return ctl_fail(CTL_USAGE, "--config goes with --dry-run only: the daemon has its own");
    if (!ingest)
        return ctl_endpoint_beside(job->ctl, "ingest.sock", job->endpoint);
    const char *scheme = strstr(ingest, "://") ? "" : "ipc://";
    if (snprintf(job->endpoint, CTL_ENDPOINT_SIZE, "%s%s", scheme, ingest) >= CTL_ENDPOINT_SIZE)
        return ctl_fail(CTL_USAGE, "--ingest: the endpoint is too long");
    return 0;
}

static int open_client(struct job *job) {
    struct pace_client_options options;
    pace_client_options_init(&options);
    options.endpoint = job->endpoint;
    if (job->ctl->keys.server) {
        options.server_key = job->ctl->keys.server;
        options.public_key = job->ctl->keys.public;
        options.secret_key = job->ctl->keys.secret;
    }
    options.arg = job;
    options.on_result = on_result;
    options.on_trouble = on_trouble;
    int error = pace_client_open(&options, &job->client);
    return error ? ctl_fail(CTL_NO, "%s: %s", job->endpoint, pace_strerror(error)) : 0;
}

static int run(struct job *job) {
    int error = input_open(job);
    if (error)
        return error;
    if (ctl_value(job->ctl, "--dry-run")) {
        error = dry_run_open(ctl_value(job->ctl, "--config"), &job->dry);
        if (error)
            return error;
        job->begun_ms = link_now_ms();
        return check_all(job);
    }
    job->begun_ms = link_now_ms();
    error = open_client(job);
    return error ? error : send_all(job);
}

int command_send(struct ctl *ctl) {
    struct job job = {.ctl = ctl, .name = ctl->words[0], .fd = -1};
    int code = read_options(&job);
    if (code)
        return code;
    code = run(&job);
    rejects_clear_progress(&job.rejects);
    rejects_end(&job.rejects);
    bool begun = job.begun_ms != 0;
    if (begun && print_result(&job, code) != CTL_YES && code == CTL_YES)
        code = CTL_NO;
    if (code == CTL_YES && job.counts.rejected)
        code = CTL_NO;
    pace_client_close(&job.client);
    dry_run_close(&job.dry);
    input_close(&job);
    return code;
}
