#include "outbox_record.h"

#include <pace/client.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHECK_BYTES = 8 };

/* Seeds the check of the notes, which have no number. */
static const uint64_t NOTES_SEED = UINT64_C(0x7061636e6f746573);

static void put_le64(uint8_t *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_le64(const char *at) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return value;
}

static uint64_t check_of(const void *bytes, size_t len, uint64_t seed) {
    return XXH3_64bits_withSeed((const uint8_t *)bytes + CHECK_BYTES, len - CHECK_BYTES, seed);
}

void outbox_record_write(const struct parcel *parcel, uint8_t *ret_bytes) {
    size_t len = OUTBOX_RECORD_HEAD_BYTES + parcel->text.len;
    put_le64(ret_bytes + CHECK_BYTES, parcel->tag);
    parcel_copy(parcel, (char *)ret_bytes + OUTBOX_RECORD_HEAD_BYTES);
    put_le64(ret_bytes, check_of(ret_bytes, len, parcel->number));
}

int outbox_record_read(uint64_t number, struct view bytes, struct parcel *ret_parcel) {
    size_t most = OUTBOX_RECORD_HEAD_BYTES + (size_t)PACE_CLIENT_EVENT_MAX_BYTES;
    if (bytes.len <= OUTBOX_RECORD_HEAD_BYTES || bytes.len > most ||
        get_le64(bytes.at) != check_of(bytes.at, bytes.len, number))
        return PACE_ECORRUPT;
    *ret_parcel = (struct parcel){
        .text = {bytes.at + OUTBOX_RECORD_HEAD_BYTES, bytes.len - OUTBOX_RECORD_HEAD_BYTES},
        .number = number,
        .tag = get_le64(bytes.at + CHECK_BYTES),
    };
    return 0;
}

void outbox_notes_write(const struct outbox_notes *notes, uint8_t ret_bytes[OUTBOX_NOTES_BYTES]) {
    put_le64(ret_bytes + CHECK_BYTES, notes->form);
    put_le64(ret_bytes + CHECK_BYTES + 8, notes->settled);
    put_le64(ret_bytes, check_of(ret_bytes, OUTBOX_NOTES_BYTES, NOTES_SEED));
}

int outbox_notes_read(struct view bytes, struct outbox_notes *ret_notes) {
    if (bytes.len < OUTBOX_NOTES_BYTES ||
        get_le64(bytes.at) != check_of(bytes.at, bytes.len, NOTES_SEED))
        return PACE_ECORRUPT;
    uint64_t form = get_le64(bytes.at + CHECK_BYTES);
    if (form > OUTBOX_FORM)
        return PACE_ENEWER;
    if (form < OUTBOX_FORM || bytes.len != OUTBOX_NOTES_BYTES)
        return PACE_ECORRUPT;
    *ret_notes = (struct outbox_notes){form, get_le64(bytes.at + CHECK_BYTES + 8)};
    return 0;
}
