/*
 * warning.h - an alert's CloudEvent as a manager reads it.
 */
#ifndef PACECTL_WARNING_H
#define PACECTL_WARNING_H

#include <jansson.h>
#include <stdio.h>

/* "#12  2026-03-02  slip  a.devries · calls  (pushed)" and its paragraph, wrapped to `width`, and
 * an empty line. */
void warning_print(FILE *stream, const json_t *event, int width);

#endif
