/*
 * text.h - words on a terminal: width, colour, paragraphs, numbers; nothing that could drive the
 * terminal itself.
 *
 * Names and reasons come from other people's systems: control characters in them are printed as
 * "?".
 */
#ifndef PACECTL_TEXT_H
#define PACECTL_TEXT_H

#include "view.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Columns of the terminal behind a stream, 40 to 100; 80 where there is none. */
int text_width(FILE *stream);

enum text_style { TEXT_PLAIN, TEXT_BOLD, TEXT_DIM, TEXT_RED, TEXT_GREEN, TEXT_YELLOW };

/* Switches the style; nothing on what isn't a terminal, on a dumb one, or where NO_COLOR is set. */
void text_style(FILE *stream, enum text_style style);

/* Bytes made safe for a terminal. */
void text_put(FILE *stream, struct view text);

/* Makes a string safe in place. Returns it. */
char *text_clean(char *text);

/* The text in lines of at most `width` columns, each after `indent` blanks. Words longer than a
 * line stand alone. */
void text_paragraph(FILE *stream, const char *text, int indent, int width);

/* The same behind a head, which stands where the first line's blanks would. */
void text_hanging(FILE *stream, const char *head, const char *text, int indent, int width);

/* Words that are put together in memory, then printed as a paragraph. */
struct text_words {
    FILE *to;
    char *text;
    size_t size;
};

/* False: out of memory; there is nothing to print then. */
bool text_words_begin(struct text_words *words);

/* On standard output, as wide as that is, as text_hanging does; of no words but a head nothing. */
void text_words_print(struct text_words *words, const char *head, int indent);

/* On standard output, as wide as that is, as text_paragraph does. */
__attribute__((format(printf, 2, 3))) void text_say(int indent, const char *format, ...);

/* On standard output: a title in its style, and what follows it, from its first sign on; what is too long for a line goes on below,
 * behind two blanks. */
__attribute__((format(printf, 3, 4))) void text_titled(enum text_style style, const char *title, const char *format, ...);

/* Printed columns of a UTF-8 text: two of 山, one of é, none of a combining accent. */
int text_columns(const char *text);

/* The text padded with blanks to `columns` (to the right where negative); longer ones are printed
 * in full. */
void text_cell(FILE *stream, const char *text, int columns);

enum { TEXT_NUMBER_SIZE = 48 };

/* "1,234,567" into a buffer of TEXT_NUMBER_SIZE; returns the buffer. */
char *text_number(uint64_t number, char *buffer);

/* "1 rep", "1,200 reps", where one is a "rep", of at most 20 bytes. Returns the buffer. */
char *text_things(uint64_t n, const char *one, char *buffer);

/* A rate in as few digits as say something: "0.45", "3.2", "41", "17,567". Returns the buffer. */
char *text_rate(double rate, char *buffer);

/* "12.3 MiB". Returns the buffer. */
char *text_bytes(uint64_t bytes, char *buffer);

#endif
