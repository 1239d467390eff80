/*
 * error.h - what can go wrong, as numbers that a program can act on and sentences that a person can.
 *
 * Every function of paced that can fail returns 0 or a negative code: -Exxx of errno.h for what the operating
 * system said, one of these for what paced itself found.
 */
#ifndef PACE_ERROR_H
#define PACE_ERROR_H

#include <pace/export.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PACE_ECORRUPT = -1000, /* stored bytes fail their checksum or don't parse: never used, never repaired silently */
    PACE_ENEWER = -1001,   /* the store was written by a newer paced: upgrade, or restore a backup */
    PACE_EFULL = -1002,    /* the store's map is (nearly) full: raise store.map_size */
    PACE_EINUSE = -1003,   /* another process holds the directory's lock */
    PACE_ECONFIG = -1004,  /* the configuration has errors; they were told one by one */
    PACE_ELIMIT = -1005,   /* a fixed limit of the program was reached; the caller's context says which */
    PACE_EBACKLOG = -1006, /* no room at the moment: let answers come in, then try again */
};

/* A sentence without a full stop, for any code above or any -errno. Never NULL; static or thread-local storage. */
PACE_API const char *pace_strerror(int code);

#ifdef __cplusplus
}
#endif

#endif
