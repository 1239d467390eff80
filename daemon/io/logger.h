/*
 * logger.h - one line a message to standard error.
 *
 * Where standard error is the journal's own stream ($JOURNAL_STREAM), each line begins with the
 * priority as "<N>" (sd-daemon(3)); elsewhere it begins with the program's name. Control characters
 * become "?", so that nothing that a peer sent can forge a line. At the level info and above no
 * names of people are written, only of sources, files and numbers.
 */
#ifndef IO_LOGGER_H
#define IO_LOGGER_H

/* The priorities of syslog(3). */
enum logger_level { LOGGER_ERROR = 3, LOGGER_WARNING = 4, LOGGER_NOTICE = 5, LOGGER_INFO = 6 };

/* Looks once whether standard error is the journal. Without it lines are written as for a terminal. */
void logger_open(void);

/* A line as it is, such as FILE:line:col: text: without the program's name, for editors. */
void logger_line(enum logger_level level, const char *text);

void logger_write(enum logger_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
