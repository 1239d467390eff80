/*
 * forge DIR CHUNK NTH - what a flipped bit would do if nobody looked: changes bit NTH of a chunk of
 * the log (0: the first), counted round and round its records, and mends the chunk's checksum, so
 * that no check can see it. For the control of `torture flip`. Exit 1: there is no such chunk.
 */
#include "lmdb_kv.h"
#include "log_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHECK_BYTES = 8 };

static int change(struct kv *kv, uint64_t first, struct view chunk, uint64_t nth) {
    const size_t head = CHECK_BYTES + LOG_BODY_HEAD_BYTES;
    uint8_t *bytes = malloc(chunk.len);
    if (!bytes || chunk.len <= head)
        return -1;
    size_t at = head + nth / 8 % (chunk.len - head);
    memcpy(bytes, chunk.at, chunk.len);
    bytes[at] ^= (uint8_t)(1 << nth % 8);
    uint64_t sum = XXH3_64bits_withSeed(bytes + CHECK_BYTES, chunk.len - CHECK_BYTES, first);
    for (int i = 0; i < CHECK_BYTES; i++)
        bytes[i] = (uint8_t)(sum >> 8 * i);
    kv_put(kv, KV_LOG, first, bytes, chunk.len);
    free(bytes);
    return kv_commit(kv);
}

int main(int argc, char **argv) {
    struct kv *kv = NULL;
    struct view chunk;
    uint64_t first = 0;
    if (argc != 4 || kv_lmdb_open(argv[1], (uint64_t)64 << 20, &kv))
        return EXIT_FAILURE;
    int error = 0;
    for (uint64_t n = 0; n <= strtoull(argv[2], NULL, 10) && !error; n++)
        error = kv_ceil(kv, KV_LOG, first + 1, &first, &chunk);
    error = error ? error : change(kv, first, chunk, strtoull(argv[3], NULL, 10));
    kv_destroy(&kv);
    return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
