/*
 * engine_json.h - the engine's answers as JSON objects.
 *
 * The members are those of the structs of core/engine/engine.h, by name and in order; `…_us` become
 * RFC 3339 strings without the suffix, days "YYYY-MM-DD" or null, enums their names, empty views
 * null. A new reference, or NULL when out of memory.
 */
#ifndef IO_ENGINE_JSON_H
#define IO_ENGINE_JSON_H

#include "engine.h"

#include <jansson.h>

json_t *engine_status_json(const struct engine_status *status);

/* By name, in bytes. */
json_t *engine_memory_json(const struct engine_memory *memory);

/* A count per code that isn't 0. */
json_t *rejected_json(const uint64_t rejected[PACE_CODES]);
json_t *engine_promise_json(const struct engine_promise *promise);
json_t *engine_change_json(const struct engine_change *change);
json_t *engine_source_json(const struct source_facts *source);
json_t *quarantine_note_json(const struct quarantine_note *note);
json_t *engine_rep_json(const struct engine_rep *rep, bool with_streams);
/* The names of a case's indicators, each once, in the order in which they slipped. */
json_t *case_indicators_json(const struct ledger_case *of);

/* Those of them that aren't back at the end of a day. */
json_t *case_off_json(const struct ledger_case *of, pace_day day);

#endif
