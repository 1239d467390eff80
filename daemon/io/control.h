/*
 * control.h - questions and orders: the control socket's side of a turn.
 *
 * A request is `PACE1` and one JSON object with "cmd"; each gets one reply, an object with "ok" and
 * the request's "id". docs/protocol.md shows every command. What is asked of the daemon as a whole
 * goes through the host's functions.
 */
#ifndef IO_CONTROL_H
#define IO_CONTROL_H

#include "engine.h"
#include "intake.h"
#include "schema.h"
#include "wire_socket.h"

#include <jansson.h>

#define CONTROL_FOLDS_ANEW "the past is being folded anew; ask again when status shows no refill"

/* How many questions of each peer wait, and how many answers: whoever asks and asks and takes none would fill the memory with them. */
enum { CONTROL_QUEUE = 16, CONTROL_ANSWERS = 64 };

struct control;

/* Whom a reply that comes later goes to. */
struct control_ticket {
    size_t peer_len;
    char peer[WIRE_PEER_MAX_BYTES];
    json_t *id; /* the request's, owned; NULL: none */
};

struct control_host {
    void *service;
    struct engine *engine;
    enum engine_clock clock;
    const char *config_path;

    /* The one that requests are judged by, for who comes by a key. */
    const struct config *(*config)(void *service);

    /* Members of `status` that the daemon as a whole knows. 0 or -ENOMEM. */
    int (*describe)(void *service, json_t *status);

    /* Moves the clock, commits, publishes. 0, or the daemon is about to stop. */
    int (*move_clock)(void *service, int64_t to_us);

    /*
     * Reads the config file again; events are taken by it from now on, the past is folded with it
     * in the background. 0; PACE_ECONFIG: the report says why; or what engine_reconfigure said. The
     * old config holds on any error. -EBUSY: a verification needs the old one. restart_needed:
     * the keys whose change waits for a restart, to be freed (NULL: none).
     */
    int (*reload)(void *service, struct schema_report *report, json_t **ret_restart_needed);

    /* What that would come to, into the reply: as forecast_reload. */
    int (*forecast)(void *service, struct schema_report *report, json_t *reply);

    /* Starts a verification; its reply is sent to the ticket (taken on 0) later. 0; -EBUSY one is
     * under way; -EAGAIN: CONTROL_FOLDS_ANEW; or an error. */
    int (*verify)(void *service, struct control_ticket *ticket);

    /* As intake_retry, and durable. */
    int (*retry)(void *service, uint64_t number, struct intake_retry *ret_retry);

    /* As engine_quarantine_drop, and durable. */
    int (*drop)(void *service, uint64_t number);

    /* Starts a backup into a file; its reply is sent to the ticket (taken on 0) later. 0; -EBUSY
     * one is under way; or as backup_start. */
    int (*backup)(void *service, const char *file, struct control_ticket *ticket);

    /* Looks at all checksums of the store; its reply is sent to the ticket (taken on 0) later. 0, or
     * -EBUSY: somebody waits for that already. */
    int (*scrub)(void *service, struct control_ticket *ticket);
};

/* Socket and host are borrowed. 0 or -ENOMEM. */
int control_create(struct wire_socket *socket, const struct control_host *host,
                   struct control **ret_control);
void control_destroy(struct control **control);

/* Answers what waits, up to a turn's worth. What takes long is begun, and answered by a later call. */
void control_drain(struct control *control);

/* Whether there is one that was begun. */
bool control_is_busy(const struct control *control);

/* Sends a reply kept for later: takes `reply`, whose members they are, and frees what the ticket
 * holds. */
void control_reply_later(struct control *control, struct control_ticket *ticket, json_t *reply);

/* {"ok":false,"code":…,"reason":…}: the one form of a refusal. NULL when out of memory. */
json_t *control_refusal(const char *code, const char *reason);

#endif
