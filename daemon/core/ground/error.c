/*
 * error.c - codes as sentences.
 *
 * The operating system's codes that a person running paced can meet have sentences here, so that
 * the same words stand in every log whatever the locale is; for all others the C library is asked.
 */
#include "pace/error.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct sentence {
    int code;
    const char *text;
};

static const struct sentence sentences[] = {
    {0, "no error"},
    {PACE_ECORRUPT, "stored data is damaged: its checksum or its form is wrong"},
    {PACE_ENEWER, "the store was written by a newer version of paced"},
    {PACE_EFULL, "the store is full; raise store.map_size"},
    {PACE_EINUSE, "another process is using this directory"},
    {PACE_ECONFIG, "the configuration has errors"},
    {PACE_ELIMIT, "a fixed limit of the program was reached"},
    {PACE_EBACKLOG, "there is no room for more at the moment; wait for answers, then try again"},
    {-EPERM, "the operation is not permitted"},
    {-ENOENT, "there is no such file, directory or entry"},
    {-EINTR, "interrupted by a signal"},
    {-EIO, "the storage device reported an input or output error"},
    {-EAGAIN, "not available right now; try again"},
    {-ENOMEM, "out of memory"},
    {-EACCES, "permission denied"},
    {-EBUSY, "the resource is busy"},
    {-EEXIST, "it exists already"},
    {-ENOTDIR, "a part of the path is not a directory"},
    {-EISDIR, "it is a directory"},
    {-EINVAL, "an argument is not valid"},
    {-EMFILE, "the process has too many open files"},
    {-ENFILE, "the system has too many open files"},
    {-EFBIG, "the file is too large"},
    {-ENOSPC, "no space left on the device"},
    {-EMSGSIZE, "it is longer than is possible"},
    {-EROFS, "the file system is read-only"},
    {-EPIPE, "the other end has closed the connection"},
    {-ERANGE, "a value is out of range"},
    {-ENAMETOOLONG, "the name is too long"},
    {-EDESTADDRREQ, "the time has no offset"},
    {-EAFNOSUPPORT, "this kind of address is not allowed here"},
    {-EADDRINUSE, "the address is in use already"},
    {-EADDRNOTAVAIL, "the address is not available on this machine"},
    {-ETIMEDOUT, "no answer in time"},
    {-ECONNREFUSED, "the connection was refused"},
    {-EDQUOT, "the disk quota is used up"},
};

const char *pace_strerror(int code) {
    static _Thread_local char unknown[64];
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (sentences[i].code == code)
            return sentences[i].text;
    }
    if (code < 0 && code > PACE_ECORRUPT && strerror_r(-code, unknown, sizeof unknown) == 0)
        return unknown;
    snprintf(unknown, sizeof unknown, "unknown error %d", code);
    return unknown;
}
