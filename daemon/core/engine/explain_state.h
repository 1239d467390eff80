/*
 * explain_state.h - the words of "why": how one of a rep's streams stood when a day was closed, plain and kind, with numbers and units.
 *
 * What state it is and why; what was expected that day and what was counted; what is special (a new hire's ramp, a case that ended lately,
 * a warning that wasn't pushed); and where counts are few, how long even the best detector there can be would need. No I/O.
 */
#ifndef CORE_EXPLAIN_STATE_H
#define CORE_EXPLAIN_STATE_H

#include "explain_pen.h"

enum { EXPLAIN_STATE_SIZE = 1400 };

struct engine_stream;

/* Fills the stream's text from its other members. */
void explain_state(struct engine_stream *stream, pace_day day);

#endif
