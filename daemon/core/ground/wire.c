/* wire.c - the words of the wire. */
#include "pace/wire.h"

#include <stddef.h>

static const char *const code_names[PACE_CODES] = {
    [PACE_OK] = "ok",
    [PACE_BAD_JSON] = "bad_json",
    [PACE_BAD_UTF8] = "bad_utf8",
    [PACE_MISSING_ATTRIBUTE] = "missing_attribute",
    [PACE_BAD_ATTRIBUTE] = "bad_attribute",
    [PACE_BAD_TIME] = "bad_time",
    [PACE_TOO_LATE] = "too_late",
    [PACE_TOO_FAR_AHEAD] = "too_far_ahead",
    [PACE_TOO_LARGE] = "too_large",
    [PACE_TOO_MANY] = "too_many",
    [PACE_UNKNOWN_SUBJECT] = "unknown_subject",
    [PACE_NOT_ALLOWED] = "not_allowed",
    [PACE_BAD_FRAMES] = "bad_frames",
    [PACE_POISON] = "poison",
};

const char *pace_code_name(enum pace_code code) {
    int index = (int)code;
    return index >= 0 && index < PACE_CODES ? code_names[index] : NULL;
}
