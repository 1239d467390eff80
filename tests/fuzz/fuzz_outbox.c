/*
 * fuzz_outbox.c - a record of the outbox, as if its checksum were right, and the notes: any bytes
 * give an event or PACE_ECORRUPT, and what reads comes out the same when it is written again.
 */
#include "outbox_record.h"

#include <pace/client.h>

#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NUMBER = 1000, CHECK_BYTES = 8 };

static void demand(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_outbox: %s\n", what);
    abort();
}

/* The bytes as they are: only the right checksum lets them through, and then nothing else may fail. */
static void read_as_is(const uint8_t *data, size_t size) {
    struct parcel parcel;
    struct outbox_notes notes;
    struct view bytes = {(const char *)data, size};
    int error = outbox_record_read(NUMBER, bytes, &parcel);
    demand(error == 0 || error == PACE_ECORRUPT, "a record has an error of its own");
    error = outbox_notes_read(bytes, &notes);
    demand(error == 0 || error == PACE_ECORRUPT || error == PACE_ENEWER, "so have the notes");
}

/* The bytes as tag and text, written and read; under another number they are damaged. */
static void write_and_read(const uint8_t *data, size_t size) {
    struct parcel in = {.number = NUMBER}, out;
    if (size <= sizeof in.tag || size - sizeof in.tag > PACE_CLIENT_EVENT_MAX_BYTES)
        return;
    memcpy(&in.tag, data, sizeof in.tag);
    in.text = (struct view){(const char *)data + sizeof in.tag, size - sizeof in.tag};
    size_t len = OUTBOX_RECORD_HEAD_BYTES + in.text.len;
    uint8_t *bytes = malloc(len);
    demand(bytes != NULL, "out of memory");
    outbox_record_write(&in, bytes);
    struct view stored = {(const char *)bytes, len};
    demand(outbox_record_read(NUMBER, stored, &out) == 0, "what was written doesn't read");
    demand(out.tag == in.tag && out.number == NUMBER && out.text.len == in.text.len,
           "it is another");
    for (size_t i = 0; i < in.text.len; i++)
        demand(out.text.at[i] == (in.text.at[i] == '\n' ? '\t' : in.text.at[i]),
               "its text is another");
    demand(outbox_record_read(NUMBER + 1, stored, &out) == PACE_ECORRUPT, "it stands anywhere");
    bytes[size % len] ^= (uint8_t)(1 << size % 8);
    demand(outbox_record_read(NUMBER, stored, &out) == PACE_ECORRUPT, "a flipped bit isn't seen");
    free(bytes);
}

/* The bytes behind a checksum that is right. */
static void read_checked(const uint8_t *data, size_t size) {
    struct parcel parcel;
    uint8_t *bytes = malloc(CHECK_BYTES + size);
    demand(bytes != NULL, "out of memory");
    memcpy(bytes + CHECK_BYTES, data, size);
    uint64_t check = XXH3_64bits_withSeed(bytes + CHECK_BYTES, size, NUMBER);
    for (int i = 0; i < CHECK_BYTES; i++)
        bytes[i] = (uint8_t)(check >> 8 * i);
    struct view stored = {(const char *)bytes, CHECK_BYTES + size};
    int error = outbox_record_read(NUMBER, stored, &parcel);
    bool fits = size > 8 && size <= 8 + (size_t)PACE_CLIENT_EVENT_MAX_BYTES;
    demand(error == (fits ? 0 : PACE_ECORRUPT), "the length alone decides behind a good checksum");
    if (!error)
        demand(parcel.text.at + parcel.text.len == stored.at + stored.len,
               "the text ends elsewhere");
    free(bytes);
}

/* The first bytes as notes: they read as they were written, another form and a flipped bit are
 * told. */
static void write_and_read_notes(const uint8_t *data, size_t size) {
    struct outbox_notes in = {.form = OUTBOX_FORM}, out;
    uint8_t bytes[OUTBOX_NOTES_BYTES];
    struct view stored = {(const char *)bytes, sizeof bytes};
    if (size <= sizeof in.settled)
        return;
    memcpy(&in.settled, data, sizeof in.settled);
    in.form = data[sizeof in.settled] % 3;
    outbox_notes_write(&in, bytes);
    int error = outbox_notes_read(stored, &out);
    demand(error == (in.form == OUTBOX_FORM  ? 0
                     : in.form > OUTBOX_FORM ? PACE_ENEWER
                                             : PACE_ECORRUPT),
           "the form of notes isn't looked at");
    demand(error || out.settled == in.settled, "notes are others");
    bytes[size % sizeof bytes] ^= (uint8_t)(1 << size % 8);
    demand(outbox_notes_read(stored, &out) == PACE_ECORRUPT, "a flipped bit of notes isn't seen");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    write_and_read_notes(data, size);
    read_as_is(data, size);
    write_and_read(data, size);
    read_checked(data, size);
    return 0;
}
