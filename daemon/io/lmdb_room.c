/*
 * lmdb_room.c - how large the map and the file are, and what is left of what they may become.
 */
#define _GNU_SOURCE /* fallocate */
#include "lmdb_inside.h"

#include <pace/error.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Of the map beyond the last page: a commit of a turn, its index and pages, several times over. */
#define HEADROOM_LEAST_BYTES ((uint64_t)128 << 20)

#define RESERVE_LEAST_BYTES ((uint64_t)1 << 20)
#define RESERVE_MOST_BYTES ((uint64_t)64 << 20)

/* The tables that LMDB keeps for itself, and the pages before them. */
enum { FREE_LIST = 0, TABLE_OF_TABLES = 1, META_PAGES = 2 };

/* ------------------------------------------------------------------------------------ growing */

uint64_t lmdb_whole_pages(uint64_t bytes) {
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

/* The map as it should be: room for a turn's commit and more beyond the last page, within the
 * limit. */
static uint64_t map_wanted(const struct lmdb_kv *lmdb, const MDB_envinfo *info,
                           uint64_t page_bytes) {
    uint64_t end = (info->me_last_pgno + 1) * page_bytes;
    uint64_t headroom = end > HEADROOM_LEAST_BYTES ? end : HEADROOM_LEAST_BYTES;
    uint64_t limit = lmdb_whole_pages(lmdb->limit_bytes);
    if (info->me_mapsize >= limit || info->me_mapsize >= end + headroom / 2)
        return info->me_mapsize;
    return end + headroom < limit ? lmdb_whole_pages(end + headroom) : limit;
}

int lmdb_grow(struct lmdb_kv *lmdb, bool all) {
    MDB_envinfo info;
    MDB_stat stat;
    if (lmdb->snapshots || mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat))
        return 0;
    uint64_t wanted =
        all ? lmdb_whole_pages(lmdb->limit_bytes) : map_wanted(lmdb, &info, stat.ms_psize);
    if (wanted <= info.me_mapsize)
        return 0;
    if (lmdb->read)
        mdb_txn_abort(lmdb->read);
    lmdb->read = NULL;
    return lmdb_error_code(mdb_env_set_mapsize(lmdb->env, wanted));
}

void lmdb_reserve(struct lmdb_kv *lmdb) {
    MDB_envinfo info;
    MDB_stat stat;
    int fd;
    if (mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat) ||
        mdb_env_get_fd(lmdb->env, &fd))
        return;
    uint64_t end = (info.me_last_pgno + 1) * stat.ms_psize, bytes = end / 20;
    bytes = bytes < RESERVE_LEAST_BYTES  ? RESERVE_LEAST_BYTES
            : bytes > RESERVE_MOST_BYTES ? RESERVE_MOST_BYTES
                                         : bytes;
    if (lmdb->reserved_to >= end + bytes / 2)
        return;
    lmdb->reserved_to =
        end + bytes; /* where it fails it isn't tried again before the file has grown */
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)end, (off_t)bytes))
        return;
}

/* ------------------------------------------------------------------------------- what is left */

/* A reader's line is "pid thread transaction", the last of them "-" when it isn't reading. */
static int note_oldest_reader(const char *line, void *arg) {
    uint64_t *oldest = arg;
    size_t id;
    if (sscanf(line, "%*d %*x %zu", &id) == 1 && id < *oldest)
        *oldest = id;
    return 0;
}

/*
 * Pages that are free but may still be read, by a snapshot or in the case of a crash, so not to be
 * used yet.
 */
static uint64_t pages_waiting(struct lmdb_kv *lmdb) {
    MDB_envinfo info;
    MDB_txn *txn;
    MDB_cursor *cursor;
    mdb_env_info(lmdb->env, &info);
    uint64_t pages = 0, oldest = info.me_last_txnid;
    mdb_reader_list(lmdb->env, note_oldest_reader, &oldest);
    if (mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn))
        return 0;
    if (!mdb_cursor_open(txn, FREE_LIST, &cursor)) {
        MDB_val key = {sizeof oldest, &oldest}, value;
        MDB_cursor_op op = MDB_SET_RANGE;
        for (; !mdb_cursor_get(cursor, &key, &value, op); op = MDB_NEXT) {
            size_t count = 0; /* the first word of an entry: how many pages follow */
            if (value.mv_size >= sizeof count)
                memcpy(&count, value.mv_data, sizeof count);
            pages += count;
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return pages;
}

static uint64_t pages_of_table(MDB_txn *txn, MDB_dbi table) {
    MDB_stat stat;
    if (mdb_stat(txn, table, &stat))
        return 0;
    return stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
}

static uint64_t pages_used(struct lmdb_kv *lmdb, MDB_txn *txn) {
    uint64_t pages =
        META_PAGES + pages_of_table(txn, FREE_LIST) + pages_of_table(txn, TABLE_OF_TABLES);
    for (int table = 0; table < KV_TABLES; table++)
        pages += pages_of_table(txn, lmdb->tables[table]);
    return pages + pages_waiting(lmdb);
}

/*
 * Not from the greatest page in use: pages that deletions gave back below it are room, too. While
 * something is uncommitted or a snapshot is there, the map can't grow, so that it is what counts.
 */
static int room_look(struct lmdb_kv *lmdb, struct kv_lmdb_room *ret_room) {
    MDB_envinfo info;
    MDB_stat stat;
    MDB_txn *txn;
    struct stat file;
    struct statvfs disk;
    int fd, error = lmdb_get_txn(lmdb, &txn);
    if (error)
        return error;
    if (mdb_env_info(lmdb->env, &info) || mdb_env_stat(lmdb->env, &stat) ||
        mdb_env_get_fd(lmdb->env, &fd))
        return PACE_ECORRUPT;
    if (fstat(fd, &file) || fstatvfs(fd, &disk))
        return -errno;
    uint64_t used = pages_used(lmdb, txn) * stat.ms_psize;
    bool fixed = lmdb->write || lmdb->snapshots;
    uint64_t map = fixed && info.me_mapsize < lmdb->limit_bytes ? info.me_mapsize : lmdb->limit_bytes;
    uint64_t has =
        (uint64_t)file.st_blocks * 512; /* more than its size: reserved; less: compressed */
    has = has > (uint64_t)file.st_size ? has : (uint64_t)file.st_size;
    uint64_t from_disk = has + (uint64_t)disk.f_bavail * disk.f_frsize;
    bool by_disk = from_disk < map;
    *ret_room = (struct kv_lmdb_room){used, by_disk ? from_disk : map, by_disk};
    return 0;
}

static int permille(uint64_t used, uint64_t of) {
    return used < of ? (int)((double)used * 1000 / (double)of) : 1000;
}

int lmdb_used_permille(struct kv *kv) {
    struct kv_lmdb_room room;
    return room_look((struct lmdb_kv *)kv, &room) ? 1000
                                                  : permille(room.used_bytes, room.most_bytes);
}

int kv_lmdb_room(struct kv *kv, struct kv_lmdb_room *ret_room) {
    return room_look((struct lmdb_kv *)kv, ret_room);
}

void kv_lmdb_limit(struct kv *kv, uint64_t limit_bytes) {
    ((struct lmdb_kv *)kv)->limit_bytes = limit_bytes;
}
