/*
 * config_file.h - the config as the daemon holds it: the data, the file's text, the sockets'
 * addresses.
 */
#ifndef IO_CONFIG_FILE_H
#define IO_CONFIG_FILE_H

#include "endpoints.h"

struct config_file {
    struct config *config;
    char *text; /* as read: it goes into the log */
    size_t text_len;
    struct endpoints endpoints;
};

/*
 * The config alone, with the days of its holiday files, and the file's text (malloc, *ret_len
 * bytes). 0; PACE_ECONFIG: the report tells (it may hold warnings on 0 too); -ENOMEM.
 */
int config_read(const char *path, struct schema_report *report, struct config **ret_config,
                char **ret_text, size_t *ret_len);

/* Reads and checks all of it. 0; PACE_ECONFIG: the report tells (it may hold warnings on 0 too);
 * -ENOMEM. */
int config_file_read(const char *path, const char *runtime_dir, struct schema_report *report,
                     struct config_file *ret_file);

/* NULL-safe, idempotent. */
void config_file_clear(struct config_file *file);

struct view config_file_text(const struct config_file *file);

/* "FILE:line:col: text", "warning: " before the text of one; without place where there is none. */
enum { CONFIG_LINE_SIZE = 2048 };
char *config_report_line(const char *path, const struct schema_error *error, char *buffer);

#endif
