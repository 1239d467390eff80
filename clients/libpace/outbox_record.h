/*
 * outbox_record.h - one event as it stands in the outbox: bytes in, bytes out.
 *
 * XXH3-64 of all that follows, seeded with the record's number, so that a record that stands in
 * another's place is damaged · tag, 8 bytes · text, 1 byte to 1 MiB. Numbers are little-endian.
 * Pure.
 */
#ifndef LIBPACE_OUTBOX_RECORD_H
#define LIBPACE_OUTBOX_RECORD_H

#include "window.h"

#include <stdint.h>

enum { OUTBOX_RECORD_HEAD_BYTES = 16 };

/* Writes OUTBOX_RECORD_HEAD_BYTES + text.len bytes. Line feeds become tabs. */
void outbox_record_write(const struct parcel *parcel, uint8_t *ret_bytes);

/* 0 and the event, its text within the bytes; or PACE_ECORRUPT. */
int outbox_record_read(uint64_t number, struct view bytes, struct parcel *ret_parcel);

/* The notes: what the outbox knows beside its events. */
struct outbox_notes {
    uint64_t form;    /* OUTBOX_FORM */
    uint64_t settled; /* events up to this number were removed */
};

enum { OUTBOX_FORM = 1, OUTBOX_NOTES_BYTES = 24 };

void outbox_notes_write(const struct outbox_notes *notes, uint8_t ret_bytes[OUTBOX_NOTES_BYTES]);

/* 0; PACE_ENEWER: a form that this version doesn't know; PACE_ECORRUPT. */
int outbox_notes_read(struct view bytes, struct outbox_notes *ret_notes);

#endif
