/* logger.c - see logger.h. */
#include "logger.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOGGER_LINE_SIZE = 1024 };

static bool logger_to_journal;

/* systemd.exec(5): the variable is inherited by children too, so it counts only where device and
 * inode agree. */
void logger_open(void) {
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat at;
    char found[64];
    logger_to_journal = false;
    if (!stream || fstat(STDERR_FILENO, &at))
        return;
    snprintf(found, sizeof found, "%ju:%ju", (uintmax_t)at.st_dev, (uintmax_t)at.st_ino);
    logger_to_journal = strcmp(found, stream) == 0;
}

static const char *logger_word(enum logger_level level) {
    return level == LOGGER_ERROR ? "error: " : level == LOGGER_WARNING ? "warning: " : "";
}

void logger_write(enum logger_level level, const char *format, ...) {
    char text[LOGGER_LINE_SIZE], line[LOGGER_LINE_SIZE + 32];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    int length = logger_to_journal
                     ? snprintf(line, sizeof line, "<%d>%s\n", (int)level, text)
                     : snprintf(line, sizeof line, "paced: %s%s\n", logger_word(level), text);
    /* One write, so that lines of two processes on one terminal don't mix. Nothing can be done if
     * it fails. */
    ssize_t written = write(STDERR_FILENO, line, (size_t)length);
    (void)written;
}
