/*
 * mem_kv.c - the store in memory: a sorted array of entries a table, and a list of what to undo.
 *
 * A commit costs the number of changes since the last one, never the size of the tables: the value
 * that an entry had at the last commit moves into the undo list when the entry is first changed,
 * and is freed by the commit.
 */
#include "kv.h"

#include <errno.h>
#include <stdlib.h>

struct value {
    uint8_t *bytes; /* NULL: there is none (in the undo list) */
    size_t len;
    size_t size; /* of the allocation */
};

struct entry {
    uint64_t key;
    struct value value;
    uint64_t round; /* the one that this entry was changed in; see mem_kv */
};

struct table {
    struct entry *entries; /* ascending by key */
    size_t n, size;
};

/*
 * What an entry was when the round began: applied from the last to the first it leads back there.
 */
struct undo {
    enum kv_table table;
    uint64_t key;
    struct value value; /* bytes NULL: the entry was not there */
};

struct mem_kv {
    struct kv kv;
    struct table tables[KV_TABLES];
    struct undo *undo;
    size_t n_undo, undo_size;
    uint64_t round; /* counts commits and reopenings, from 1 */
};

static int array_reserve(void **array, size_t *size, size_t n, size_t item_bytes) {
    if (n <= *size)
        return 0;
    size_t wanted = *size ? *size * 2 : 16;
    void *grown = realloc(*array, wanted * item_bytes);
    if (!grown)
        return -ENOMEM;
    *array = grown;
    *size = wanted;
    return 0;
}

/* Index of the first entry with a key >= key. The end is tried first: most puts are there. */
static size_t table_lower_bound(const struct table *table, uint64_t key) {
    size_t low = 0, high = table->n;
    if (high && table->entries[high - 1].key < key)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entries[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *table_find(const struct table *table, uint64_t key) {
    size_t i = table_lower_bound(table, key);
    return i < table->n && table->entries[i].key == key ? &table->entries[i] : NULL;
}

/* A hole for a new entry, or NULL when out of memory. */
static struct entry *table_insert(struct table *table, uint64_t key) {
    if (array_reserve((void **)&table->entries, &table->size, table->n + 1, sizeof *table->entries))
        return NULL;
    size_t i = table_lower_bound(table, key);
    struct entry *entry = &table->entries[i];
    memmove(entry + 1, entry, (table->n - i) * sizeof *entry);
    table->n++;
    *entry = (struct entry){.key = key};
    return entry;
}

static void table_remove(struct table *table, struct entry *entry) {
    size_t i = (size_t)(entry - table->entries);
    table->n--;
    memmove(entry, entry + 1, (table->n - i) * sizeof *entry);
}

static int value_make(struct value *value, const void *bytes, size_t len) {
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        return -ENOMEM;
    if (len)
        memcpy(copy, bytes, len);
    *value = (struct value){copy, len, len};
    return 0;
}

static int fail(struct mem_kv *mem, int error) {
    if (!mem->kv.error)
        mem->kv.error = error;
    return mem->kv.error;
}

static int undo_reserve(struct mem_kv *mem) {
    return array_reserve((void **)&mem->undo, &mem->undo_size, mem->n_undo + 1, sizeof *mem->undo);
}

/* Takes over the value. Room was reserved. */
static void undo_add(struct mem_kv *mem, enum kv_table table, uint64_t key, struct value value) {
    mem->undo[mem->n_undo++] = (struct undo){table, key, value};
}

static int mem_give(struct mem_kv *mem, enum kv_table table, size_t i, uint64_t *ret_key,
                    struct view *ret_value) {
    const struct entry *entry = &mem->tables[table].entries[i];
    if (ret_key)
        *ret_key = entry->key;
    *ret_value = (struct view){(const char *)entry->value.bytes, entry->value.len};
    return 0;
}

static int mem_get(struct kv *kv, enum kv_table table, uint64_t key, struct view *ret_value) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    if (kv->error)
        return kv->error;
    const struct entry *entry = table_find(&mem->tables[table], key);
    if (!entry)
        return -ENOENT;
    return mem_give(mem, table, (size_t)(entry - mem->tables[table].entries), NULL, ret_value);
}

static int mem_floor(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                     struct view *ret_value) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    if (kv->error)
        return kv->error;
    const struct table *t = &mem->tables[table];
    size_t after = table_lower_bound(t, key);
    if (after < t->n && t->entries[after].key == key)
        after++;
    return after ? mem_give(mem, table, after - 1, ret_key, ret_value) : -ENOENT;
}

static int mem_ceil(struct kv *kv, enum kv_table table, uint64_t key, uint64_t *ret_key,
                    struct view *ret_value) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    if (kv->error)
        return kv->error;
    size_t i = table_lower_bound(&mem->tables[table], key);
    return i < mem->tables[table].n ? mem_give(mem, table, i, ret_key, ret_value) : -ENOENT;
}

/* The entry was already put in this round, so its old value is safe: write over the newer one. */
static int entry_overwrite(struct entry *entry, const void *bytes, size_t len) {
    struct value *value = &entry->value;
    if (len > value->size) {
        size_t size = len + len / 2;
        uint8_t *grown = realloc(value->bytes, size);
        if (!grown)
            return -ENOMEM;
        value->bytes = grown;
        value->size = size;
    }
    if (len)
        memcpy(value->bytes, bytes, len);
    value->len = len;
    return 0;
}

static int entry_replace(struct mem_kv *mem, enum kv_table table, struct entry *entry,
                         const void *bytes, size_t len) {
    struct value fresh;
    if (undo_reserve(mem) || value_make(&fresh, bytes, len))
        return -ENOMEM;
    undo_add(mem, table, entry->key, entry->value);
    entry->value = fresh;
    entry->round = mem->round;
    return 0;
}

static int entry_create(struct mem_kv *mem, enum kv_table table, uint64_t key, const void *bytes,
                        size_t len) {
    struct value fresh;
    if (undo_reserve(mem) || value_make(&fresh, bytes, len))
        return -ENOMEM;
    struct entry *entry = table_insert(&mem->tables[table], key);
    if (!entry) {
        free(fresh.bytes);
        return -ENOMEM;
    }
    undo_add(mem, table, key, (struct value){0});
    entry->value = fresh;
    entry->round = mem->round;
    return 0;
}

static void mem_put(struct kv *kv, enum kv_table table, uint64_t key, const void *bytes,
                    size_t len) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    if (kv->error)
        return;
    struct entry *entry = table_find(&mem->tables[table], key);
    int error;
    if (!entry)
        error = entry_create(mem, table, key, bytes, len);
    else if (entry->round == mem->round)
        error = entry_overwrite(entry, bytes, len);
    else
        error = entry_replace(mem, table, entry, bytes, len);
    if (error)
        fail(mem, error);
}

static void mem_del(struct kv *kv, enum kv_table table, uint64_t key) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    if (kv->error)
        return;
    struct entry *entry = table_find(&mem->tables[table], key);
    if (!entry)
        return;
    if (undo_reserve(mem)) {
        fail(mem, -ENOMEM);
        return;
    }
    undo_add(mem, table, key, entry->value);
    table_remove(&mem->tables[table], entry);
}

static void mem_clear(struct kv *kv, enum kv_table table) {
    const struct table *t = &((struct mem_kv *)kv)->tables[table];
    while (t->n && !kv->error)
        mem_del(kv, table, t->entries[t->n - 1].key);
}

static int mem_commit(struct kv *kv) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    if (kv->error)
        return kv->error;
    for (size_t i = 0; i < mem->n_undo; i++)
        free(mem->undo[i].value.bytes);
    mem->n_undo = 0;
    mem->round++;
    return 0;
}

static int mem_used_permille(struct kv *kv) {
    (void)kv;
    return 0;
}

/* A hole that a deletion left is still allocated, so putting an entry back can't fail. */
static void undo_apply(struct mem_kv *mem, const struct undo *undo) {
    struct table *table = &mem->tables[undo->table];
    struct entry *entry = table_find(table, undo->key);
    if (entry)
        free(entry->value.bytes);
    if (!undo->value.bytes) {
        table_remove(table, entry);
        return;
    }
    if (!entry)
        entry = table_insert(table, undo->key);
    entry->value = undo->value;
}

void kv_mem_reopen(struct kv *kv) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    while (mem->n_undo)
        undo_apply(mem, &mem->undo[--mem->n_undo]);
    mem->round++;
    kv->error = 0;
}

static void mem_destroy(struct kv *kv) {
    struct mem_kv *mem = (struct mem_kv *)kv;
    for (size_t i = 0; i < mem->n_undo; i++)
        free(mem->undo[i].value.bytes);
    free(mem->undo);
    for (int t = 0; t < KV_TABLES; t++) {
        for (size_t i = 0; i < mem->tables[t].n; i++)
            free(mem->tables[t].entries[i].value.bytes);
        free(mem->tables[t].entries);
    }
    free(mem);
}

static const struct kv_ops mem_ops = {
    .get = mem_get,
    .floor = mem_floor,
    .ceil = mem_ceil,
    .put = mem_put,
    .del = mem_del,
    .clear = mem_clear,
    .commit = mem_commit,
    .used_permille = mem_used_permille,
    .destroy = mem_destroy,
};

struct kv *kv_mem_create(void) {
    struct mem_kv *mem = calloc(1, sizeof *mem);
    if (!mem)
        return NULL;
    mem->kv.ops = &mem_ops;
    mem->round = 1;
    return &mem->kv;
}
