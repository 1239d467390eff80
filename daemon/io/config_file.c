/* config_file.c - see config_file.h. */
#include "config_file.h"

#include "holidays.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>

int config_read(const char *path, struct schema_report *report, struct config **ret_config,
                char **ret_text, size_t *ret_len) {
    struct config *config = NULL;
    char *text = NULL;
    size_t len = 0;
    int error = yaml_read_config(path, report, &config, &text, &len);
    if (!error)
        error = holidays_read(config, path, report);
    if (error) {
        config_destroy(&config);
        free(text);
        return error;
    }
    *ret_config = config;
    *ret_text = text;
    *ret_len = len;
    return 0;
}

int config_file_read(const char *path, const char *runtime_dir, struct schema_report *report,
                     struct config_file *ret_file) {
    struct config_file file = {0};
    int error = config_read(path, report, &file.config, &file.text, &file.text_len);
    if (!error)
        error = endpoints_resolve(file.config, runtime_dir, config_file_text(&file), report,
                                  &file.endpoints);
    if (error)
        config_file_clear(&file);
    else
        *ret_file = file;
    return error;
}

void config_file_clear(struct config_file *file) {
    if (!file)
        return;
    config_destroy(&file->config);
    free(file->text);
    *file = (struct config_file){0};
}

struct view config_file_text(const struct config_file *file) {
    return (struct view){file->text, file->text_len};
}

char *config_report_line(const char *path, const struct schema_error *error, char *buffer) {
    const char *kind = error->warning ? "warning: " : "";
    if (error->line > 0)
        snprintf(buffer, CONFIG_LINE_SIZE, "%s:%d:%d: %s%s", path, error->line, error->col, kind,
                 error->text);
    else
        snprintf(buffer, CONFIG_LINE_SIZE, "%s: %s%s", path, kind, error->text);
    return buffer;
}
