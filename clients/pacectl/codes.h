/*
 * codes.h - for each code on the wire: what was wrong, and what the author of a connector can do about it. The table of
 * docs/events.md, which a test compares with this one.
 */
#ifndef PACECTL_CODES_H
#define PACECTL_CODES_H

#include <pace/wire.h>

struct code_help {
    const char *wrong, *remedy; /* sentences without a full stop */
};

/* NULL for PACE_OK and what is no code. */
const struct code_help *code_help(enum pace_code code);

#endif
