/*
 * line.h - items as CloudEvents, one a line (docs/events.md).
 */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "agenda.h"
#include "org.h"

#include <stdio.h>

enum { LINE_ROOM = 1024, LINE_BUFFER = 1 << 18 };

struct line_writer {
    const struct org *org;
    FILE *file;
    uint64_t lines;
    size_t used;
    pace_day date; /* that date_text stands for */
    char date_text[DAY_TEXT_SIZE];
    char buffer[LINE_BUFFER];
};

void line_start(struct line_writer *writer, const struct org *org, FILE *file);

/* 0, or -errno of the write. */
int line_write(struct line_writer *writer, const struct item *item);
int line_flush(struct line_writer *writer);

/* The names by which the systems know this rep; buffers of LINE_SUBJECT_SIZE. False: by the rep's
 * own name only. */
enum { LINE_SUBJECT_SIZE = 48 };
bool line_aliases(const struct org *org, int rep, char *ret_mail, char *ret_dialer);

#endif
