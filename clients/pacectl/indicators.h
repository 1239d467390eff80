/*
 * indicators.h - what an indicator's amounts are to a reader: shares in percent, everything else as a number; and what it is called.
 */
#ifndef PACECTL_INDICATORS_H
#define PACECTL_INDICATORS_H

#include "ctl.h"

#include <jansson.h>
#include <stdio.h>

/* The most that there can be of an indicator of this kind; INFINITY. */
double indicators_most(const char *kind);

/* The amount into a buffer of TEXT_NUMBER_SIZE: "73 %", "17,567"; "-" where it is no number. Returns the buffer. */
char *indicators_amount(const char *kind, const json_t *amount, char *buffer);

/* Makes texts of those members of an item that are amounts of that kind; `members` ends with NULL. */
void indicators_tell(json_t *item, const char *kind, const char *const *members);

/* A sentence of a stream's "outlook", where it stands against what was agreed for a period: it has to be there. */
void indicators_put_outlook(FILE *to, const json_t *stream);

/* Those of the configuration, each with its name (indicator), label and kind. 0, or CTL_... (told). */
int indicators_ask(const struct ctl *ctl, json_t **ret_indicators);

/* As the configuration has it; of one that it hasn't got "-", and its name. */
const char *indicators_kind(const json_t *indicators, const char *name);
const char *indicators_label(const json_t *indicators, const char *name);

#endif
