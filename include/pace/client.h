/*
 * client.h - libpace: events to paced, each acknowledged, from a program of your own.
 *
 * A client takes events (submit), sends them in batches within the credit that the daemon gives,
 * and tells what became of each batch (on_result). When the connection breaks, when the daemon is
 * restarted, or when it doesn't answer for 10 seconds, the client connects anew and sends all that
 * wasn't answered again, oldest first: nothing is lost, and nothing counts twice, since the daemon
 * knows an event by its (source, id).
 *
 * What submit has promised when it returns 0:
 *   - with an outbox: the event is on the disk (fsync). Whatever is killed, this process, the
 *     daemon or both, it arrives once a client with that outbox runs again.
 *   - without one: the event is in memory. It arrives as long as this process lives and goes on
 *     calling pace_client_process.
 * In both cases events arrive in the order of submission, over all restarts. (One exception can't
 * be helped by any client that has more than one batch under way: where the daemon refuses a batch
 * and takes the next one, the refused one comes after it.)
 *
 * Nothing here blocks but the storage of the outbox, and pace_client_process for as long as it is
 * told to. Nothing is sent but from pace_client_process.
 *
 *     struct pace_client_options options;
 *     struct pace_client *client;
 *     pace_client_options_init(&options);
 *     options.endpoint = "ipc:///run/paced/ingest.sock";
 *     options.outbox = "/var/lib/my-connector";
 *     options.on_result = tell_rejected;
 *     int error = pace_client_open(&options, &client);
 *     ...
 *     error = pace_client_submit(client, event, strlen(event), my_row);
 *     if (error == PACE_EBACKLOG) ...    process, then submit it again
 *     error = pace_client_process(client, 1000);
 *     ...
 *     pace_client_close(&client);
 *
 * A complete program is clients/libpace/example.c; libpace(3) is the manual.
 *
 * Threads: one client belongs to one thread at a time; several clients know nothing of each other.
 * libzmq runs a thread of its own for each client's connection, which takes no signals. A client
 * can't be used on the other side of a fork: open it after.
 *
 * Names and numbers here are stable: within one SONAME members are only added at the end of
 * structs, which is why some begin with a size or are handed over with one.
 */
#ifndef PACE_CLIENT_H
#define PACE_CLIENT_H

#include <pace/error.h>
#include <pace/export.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PACE_CLIENT_EVENT_MAX_BYTES 1048576 /* the longest event */
#define PACE_CLIENT_OUTBOX_MIN_BYTES (UINT64_C(4) << 20)
#define PACE_CLIENT_OUTBOX_MAX_BYTES (UINT64_C(1) << 40)
#define PACE_CLIENT_OUTBOX_DEFAULT_BYTES (UINT64_C(256) << 20)

struct pace_client;

/* An event that the daemon didn't take, for good: to send it again as it is won't help. */
struct pace_rejected {
    uint64_t number;   /* see pace_client_status; 0: the answer names no event of ours */
    uint64_t tag;      /* as given to submit */
    size_t index;      /* in its batch, from 0 */
    const char *event; /* its text, not terminated */
    size_t event_len;
    const char *id;     /* the event's id where the daemon could read it, else "" */
    const char *code;   /* "bad_time", ...: docs/events.md tells the remedy for each */
    const char *reason; /* a sentence for a person */
};

/*
 * What became of one batch, told once for each in a life of the process; after a restart with an
 * outbox a batch may be told again that was told just before the end. All pointers hold until the
 * callback returns. accepted + duplicate + superseded + n_rejected = n_events.
 */
struct pace_result {
    uint64_t first; /* the batch's events have the numbers first ... first + n_events - 1 */
    size_t n_events;
    const uint64_t *tags; /* n_events of them */
    uint64_t accepted;    /* new records, and new revisions of known ones */
    uint64_t duplicate;   /* (source, id) was known: also what was sent again and had arrived */
    uint64_t superseded;  /* older than the revision that counts */
    const struct pace_rejected *rejected;
    size_t n_rejected;
};

enum pace_trouble_kind {
    PACE_TROUBLE_DAMAGED = 1, /* a record of the outbox fails its checksum: it was passed over */
    PACE_TROUBLE_REFUSED = 2, /* the daemon doesn't understand us, and names no batch */
};

/* Something that went wrong without ending anything. */
struct pace_trouble {
    enum pace_trouble_kind kind;
    uint64_t number;    /* DAMAGED: of the event that is lost; 0: of the outbox's own notes */
    const char *reason; /* a sentence; holds until the callback returns */
};

/*
 * Set with pace_client_options_init, then fill in. All texts are copied by pace_client_open.
 *
 * The callbacks are called from within pace_client_process only, and may call nothing of their
 * client but pace_client_get_status: all else returns -EDEADLK then, and pace_client_close does
 * nothing.
 */
struct pace_client_options {
    size_t size; /* of this struct: set by pace_client_options_init */

    /* The daemon's ingest socket, as libzmq names it: "ipc:///run/paced/ingest.sock",
     * "tcp://127.0.0.1:7711". Nobody needs to be there yet. From another machine it takes keys: docs/protocol.md. */
    const char *endpoint;

    /* CURVE: the daemon's public key in Z85 (40 characters). NULL: plain, as on ipc. */
    const char *server_key;
    /* Our own pair, both or none in Z85. NULL: a pair made for the life of this client, which is
     * enough for a server that lets everybody in who knows its key; paced takes those that it lists. */
    const char *public_key, *secret_key;

    /* A folder for the outbox: of this client alone, on a local disk; the folder itself is made
     * (0700) when missing. NULL: none. */
    const char *outbox;
    /* How much it may hold, as pace_client_status counts it. 0: PACE_CLIENT_OUTBOX_DEFAULT_BYTES.
     * The file may become twice as large, since deletions need room to work in. */
    uint64_t outbox_bytes;

    void *arg;                                                         /* handed to the callbacks */
    void (*on_result)(void *arg, const struct pace_result *result);    /* NULL: not wanted */
    void (*on_trouble)(void *arg, const struct pace_trouble *trouble); /* NULL: not wanted */
};

static inline void pace_client_options_init(struct pace_client_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

/*
 * What is wrong with the options, as a sentence in static storage; NULL: nothing. Looks at the
 * texts only, at no file and no network. (Where pace_client_open returns -EINVAL, this tells why.)
 */
PACE_API const char *pace_client_options_problem(const struct pace_client_options *options);

/*
 * Opens a client and, if there is one, its outbox: what an earlier process left in it is sent
 * before anything new. The connection is made by pace_client_process.
 *
 * 0 and the client, the caller's until pace_client_close; else *ret_client is untouched:
 *   -EINVAL        pace_client_options_problem tells why; where it says nothing, libzmq doesn't
 *                  know the endpoint's transport or address, or a key isn't one
 *   -ENOMEM, -EMFILE, -ENFILE
 *   -ENAMETOOLONG  the endpoint or the folder
 *   PACE_EINUSE    another client has this outbox open, here or in another process
 *   PACE_ENEWER    the outbox was written by a newer libpace
 *   PACE_ECORRUPT  the outbox's file is no outbox, or its inner structure is broken
 *   -EACCES, -ENOSPC, -EIO, ...  what the system said of the outbox's folder or file
 */
PACE_API int pace_client_open(const struct pace_client_options *options,
                              struct pace_client **ret_client);

/*
 * Closes without waiting for answers (a twentieth of a second at most, in which what is being sent
 * leaves): what wasn't answered stays in the outbox, or is dropped without one (pace_client_drain
 * waits for it). *client becomes NULL. NULL and a pointer to NULL are fine.
 */
PACE_API void pace_client_close(struct pace_client **client);

/*
 * Can this be an event at all, without looking into its JSON? 0; -EINVAL: it is empty or blank, or
 * begins as an array; -EMSGSIZE: longer than PACE_CLIENT_EVENT_MAX_BYTES.
 */
PACE_API int pace_event_check(const char *event, size_t len);

/*
 * Takes one event: a CloudEvent as JSON text in UTF-8 (docs/events.md), not terminated, copied.
 * Line feeds in it become tabs, which mean the same in JSON. tag is yours: it comes back with the
 * answer, also after a restart.
 *
 * 0: taken, with what is promised above. Otherwise it wasn't taken:
 *   PACE_EBACKLOG  the outbox, or without one the memory for what is under way, has no room. Call
 *                  pace_client_process until it has, then submit it again
 *   -EINVAL, -EMSGSIZE  see pace_event_check: this event never will be
 *   -EDEADLK       called from a callback
 *   -ENOMEM
 *   -ENOSPC, -EIO, PACE_ECORRUPT, ...  the outbox's storage failed. Whether the event was kept is
 *                  open: submitting it again is safe, if its id is the same. Where it goes on
 *                  failing, close the client and open it again
 */
PACE_API int pace_client_submit(struct pace_client *client, const char *event, size_t len,
                                uint64_t tag);

/* One of many events to be submitted at once. */
struct pace_event {
    const char *text;
    size_t len;
    uint64_t tag;
};

/*
 * Takes events in their order until one can't be taken. With an outbox up to 64 MiB of them go to
 * the disk in one write, which makes this much faster than one by one. 0: all were taken; else what
 * pace_client_submit says of the next one. *ret_taken (may be NULL) is in each case how many were
 * taken, from the first.
 */
PACE_API int pace_client_submit_many(struct pace_client *client, const struct pace_event *events,
                                     size_t n_events, size_t *ret_taken);

/*
 * Does all that is to be done: connects, sends, takes answers in, calls back. If there is nothing
 * at once, waits for something at most timeout_ms (0: not at all; -1: without end), does that and
 * returns. Call it again and again, or whenever pace_client_fd is readable, and after submitting.
 *
 * 0 (also when nothing came in time, or a signal did), -EDEADLK from a callback, -EINVAL
 * (timeout_ms below -1), -ENOMEM, or what the outbox's storage said, as for pace_client_submit.
 * That no daemon answers is no error: pace_client_get_status tells.
 */
PACE_API int pace_client_process(struct pace_client *client, int timeout_ms);

/*
 * Processes until all that was submitted is answered. 0; -ETIMEDOUT: not in timeout_ms (-1: without
 * end); -EINTR: a signal came; else as pace_client_process.
 */
PACE_API int pace_client_drain(struct pace_client *client, int timeout_ms);

/*
 * A file descriptor to poll for reading, the same for the client's whole life: readable when
 * pace_client_process has something to do, timers included. Only poll it.
 */
PACE_API int pace_client_fd(const struct pace_client *client);

enum pace_client_state {
    PACE_CLIENT_DOWN = 0, /* no connection; the next try comes by itself, in at most 2 seconds */
    PACE_CLIENT_CONNECTING = 1, /* waiting for the daemon's welcome */
    PACE_CLIENT_UP = 2,
};

/* How a client is. Events are numbered in the order of submission: from 1, or with an outbox from
 * where the last process with it ended. */
struct pace_client_status {
    enum pace_client_state state;
    /* Why it isn't up, as a code for pace_strerror: -ENOENT (no such socket), -EACCES,
     * -ECONNREFUSED (nobody there, or the connection broke), -ETIMEDOUT, -EPROTO (CURVE: the keys
     * don't fit); 0: it is up, or wasn't tried yet. */
    int down_reason;
    uint64_t submitted; /* number of the last event that submit took; 0: none */
    uint64_t settled;   /* every event up to this number has been answered for good */
    uint64_t waiting;   /* events that were not */
    uint64_t under_way; /* of these sent, over the present connection */
    uint64_t accepted, duplicate, superseded, rejected; /* events answered since pace_client_open */
    uint64_t damaged; /* records of the outbox that were passed over since then */
    uint64_t outbox_used_bytes, outbox_bytes; /* 0 without one */
    int64_t stalled_ms; /* since the last answer for good, while something waits for one */
    char refusal[128];  /* why the daemon last asked to wait ("store full"); "": it didn't since an
                           answer for good */
};

/* Fills what fits of the status into size bytes: pass sizeof(struct pace_client_status). */
PACE_API void pace_client_get_status(const struct pace_client *client,
                                     struct pace_client_status *ret_status, size_t size);

#ifdef __cplusplus
}
#endif

#endif
