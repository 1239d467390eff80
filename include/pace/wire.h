/*
 * wire.h - the words and limits of the wire, shared by the daemon and everybody who talks to it.
 *
 * The conversation itself is described in docs/protocol.md. Frames are ZeroMQ frames without an empty delimiter.
 */
#ifndef PACE_WIRE_H
#define PACE_WIRE_H

#include <pace/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PACE_WIRE_MAGIC "PACE1"

#define PACE_WIRE_BATCH "batch"     /* client -> daemon: batch id, body */
#define PACE_WIRE_HELLO "hello"     /* client -> daemon */
#define PACE_WIRE_ACK "ack"         /* daemon -> client: batch id, JSON */
#define PACE_WIRE_RETRY "retry"     /* daemon -> client: batch id, JSON */
#define PACE_WIRE_ERROR "error"     /* daemon -> client: batch id or empty, JSON */
#define PACE_WIRE_WELCOME "welcome" /* daemon -> client: JSON */

enum {
    PACE_WIRE_BATCH_ID_MAX_BYTES = 64,
    PACE_WIRE_BATCH_MAX_BYTES = 1 << 20,    /* a body above this is answered `too_large` */
    PACE_WIRE_MESSAGE_MAX_BYTES = 4 << 20,  /* a frame above this disconnects the peer (ZMQ_MAXMSGSIZE) */
    PACE_WIRE_BATCH_MAX_EVENTS = 4096,      /* more are answered `too_many` */
    PACE_WIRE_REPLY_TIMEOUT_MS = 10000,     /* no reply in this time: reconnect, hello, resend */
};

/* Why an event or a batch was not taken. The names on the wire are those of pace_code_name(). */
enum pace_code {
    PACE_OK = 0,
    PACE_BAD_JSON,
    PACE_BAD_UTF8,
    PACE_MISSING_ATTRIBUTE,
    PACE_BAD_ATTRIBUTE,
    PACE_BAD_TIME,
    PACE_TOO_LATE,
    PACE_TOO_FAR_AHEAD,
    PACE_TOO_LARGE,
    PACE_TOO_MANY,
    PACE_UNKNOWN_SUBJECT,
    PACE_NOT_ALLOWED,
    PACE_BAD_FRAMES,
    PACE_POISON,
    PACE_CODES
};

/* "bad_json", ...; "ok" for PACE_OK; NULL outside the range. */
PACE_API const char *pace_code_name(enum pace_code code);

#ifdef __cplusplus
}
#endif

#endif
