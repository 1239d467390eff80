/*
 * resident.h - how much of the machine's memory this process has, by the kernel.
 */
#ifndef IO_RESIDENT_H
#define IO_RESIDENT_H

#include <stdint.h>

/* own: nobody else has it; file: pages of the store and of programs, which the kernel takes back where it needs room. */
struct resident {
    uint64_t own_bytes, file_bytes;
};

/* 0, or -ENOENT where the kernel doesn't tell. */
int resident_read(struct resident *ret_resident);

#endif
