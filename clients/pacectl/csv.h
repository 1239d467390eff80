/*
 * csv.h - a file of comma-separated values, cut into cells (RFC 4180). Pure: who calls has read the bytes.
 *
 * The separator is the one of comma, semicolon and tab that the first line has most of, outside of quotes. Cells may be
 * quoted, then hold separators, line feeds and doubled quotes. A byte order mark and blank lines are passed over.
 */
#ifndef PACECTL_CSV_H
#define PACECTL_CSV_H

#include "view.h"

enum { CSV_CELLS_MAX = 256 };

struct csv {
    char *at, *end;
    char separator;
    int line; /* 1-based: of the row that was read last */
    int next_line;
    int n_cells;
    struct view cells[CSV_CELLS_MAX];
};

/* The bytes are changed: quotes within cells are undone in place. They must outlive the cells. */
void csv_begin(struct csv *csv, char *bytes, size_t len);

/* 1: a row is in cells; 0: the end; -1: *ret_wrong says in words what is wrong in `line`. */
int csv_next(struct csv *csv, const char **ret_wrong);

#endif
