/*
 * fuzz_record.c - the body of a chunk, as if its checksum were right: any bytes give records or
 * PACE_ECORRUPT.
 *
 * What decodes must come out the same when it is packed again, and each record the same when it is
 * sought for itself.
 */
#include "../log_fixture.h"

#include "log_codec.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

volatile unsigned touched; /* so that the reads below are done */

static void demand(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_record: %s\n", what);
    abort();
}

/*
 * Sixteen strings, so that small ids are known and the others not; made anew, since packing adds to
 * them.
 */
static void fuzz_store_make(struct store *store) {
    *store = (struct store){.kv = kv_mem_create()};
    demand(store->kv && store_load(store) == 0, "no store");
    for (int i = 0; i < 16; i++) {
        char text[16];
        uint32_t id;
        size_t len = (size_t)snprintf(text, sizeof text, "word-%d", i);
        demand(dict_intern(store->dict, (struct view){text, len}, &id) == 0, "no dictionary");
    }
}

/* Every byte that a record shows is read, so that the sanitizer sees where it lies. */
static unsigned touch(struct view text) {
    unsigned sum = 0;
    for (size_t i = 0; i < text.len; i++)
        sum += (unsigned char)text.at[i];
    return sum;
}

static unsigned touch_record(const struct log_record *record) {
    const struct event *event = &record->event;
    if (record->kind != LOG_EVENT)
        return record->kind == LOG_CONFIG ? touch(record->text) : 0;
    unsigned sum = touch(event->source) + touch(event->id) + touch(event->type) +
                   touch(event->subject) + touch(event->record);
    demand(event->n_members >= 0 && event->n_members <= EVENT_MEMBERS_MAX, "too many members");
    demand(record->standing <= STANDING_SUPERSEDED, "a standing that isn't one");
    for (int i = 0; i < event->n_members; i++)
        sum += touch(event->members[i].name) + touch(event->members[i].text);
    return sum;
}

static void check_seek(struct log_reader *whole, const struct log_record *record, uint64_t i) {
    static struct log_reader reader;
    static struct log_record sought;
    reader = *whole;
    demand(log_reader_seek(&reader, i) == 0, "a record that was read can't be sought");
    while (reader.context.records < i)
        demand(log_reader_pass(&reader) == 0, "a record that was read can't be passed");
    demand(log_reader_next(&reader, &sought) == 0, "a record that was read can't be read again");
    demand(same_record(&sought, record), "a record that is sought is another");
}

/*
 * Packs the record into a body of its own, which may be longer than the one it came from, and reads
 * it back.
 */
static void check_repacked(struct store *store, struct log_record *record) {
    static struct log_context context;
    static struct log_reader reader;
    static struct log_record again;
    size_t len = LOG_BODY_HEAD_BYTES;
    uint8_t *body = malloc(len + log_pack_bound(record));
    demand(body != NULL, "out of memory");
    log_body_begin(body, &context);
    demand(log_pack(&context, store->dict, record, record->number, body, &len) == 0,
           "packing fails");
    demand(len <= LOG_BODY_HEAD_BYTES + log_pack_bound(record),
           "the bound of a record is too small");
    demand(log_reader_open(&reader, store->dict, record->number,
                           (struct view){(char *)body, len}) == 0,
           "what was packed doesn't open");
    demand(log_reader_next(&reader, &again) == 0, "what was packed doesn't read");
    demand(same_record(&again, record), "what was packed is another record");
    free(body);
}

static void check_records(struct store *store, struct log_reader *reader) {
    static struct log_record record;
    for (uint64_t i = 0; log_reader_more(reader); i++) {
        if (log_reader_next(reader, &record))
            return;
        demand(record.number == 1000 + i, "numbers don't count up");
        touched = touch_record(&record);
        check_seek(reader, &record, i);
        if (i < 40)
            check_repacked(store, &record);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct log_reader reader;
    struct store store;
    fuzz_store_make(&store);
    struct view body = {(const char *)data, size};
    if (log_reader_open(&reader, store.dict, 1000, body) == 0)
        check_records(&store, &reader);
    store_close(&store);
    return 0;
}
