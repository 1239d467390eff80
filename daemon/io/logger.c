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

enum { LOGGER_LINE_SIZE = 2048 };

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

/* One write, so that lines of two processes on one terminal don't mix. Nothing can be done if it
 * fails. */
static void logger_put(enum logger_level level, const char *program, const char *word,
                       const char *text) {
    char line[LOGGER_LINE_SIZE + 32];
    int begin = logger_to_journal ? snprintf(line, sizeof line, "<%d>", (int)level)
                                  : snprintf(line, sizeof line, "%s%s", program, word);
    int length = begin + snprintf(line + begin, LOGGER_LINE_SIZE, "%s", text);
    if (length > begin + LOGGER_LINE_SIZE - 1)
        length = begin + LOGGER_LINE_SIZE - 1;
    for (char *c = line + begin; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    line[length] = '\n';
    ssize_t written = write(STDERR_FILENO, line, (size_t)length + 1);
    (void)written;
}

void logger_line(enum logger_level level, const char *text) {
    logger_put(level, "", "", text);
}

void logger_write(enum logger_level level, const char *format, ...) {
    char text[LOGGER_LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    logger_put(level, "paced: ", logger_word(level), text);
}
