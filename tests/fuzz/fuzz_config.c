/*
 * Any bytes as a config: read within the limits, told in lines, and, where good, printed as a
 * config that reads and prints the same.
 */
#define _GNU_SOURCE /* memfd_create */
#include "yaml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    char *at;
    size_t len, room;
};

static void put(void *arg, const char *piece) {
    struct text *text = arg;
    size_t len = strlen(piece);
    if (text->len + len + 1 > text->room) {
        text->room = 2 * (text->len + len + 1);
        text->at = realloc(text->at, text->room);
        if (!text->at)
            abort();
    }
    memcpy(text->at + text->len, piece, len + 1);
    text->len += len;
}

static void check_report(const struct schema_report *report, int error) {
    if (schema_report_has_errors(report) != (error != 0))
        abort();
    for (int i = 0; i < report->n_errors; i++) {
        const struct schema_error *entry = &report->errors[i];
        bool ordered = i == 0 || entry->line > entry[-1].line ||
                       (entry->line == entry[-1].line && entry->col >= entry[-1].col);
        if (!ordered || entry->line < 1 || entry->col < 1 || !entry->text[0] ||
            strpbrk(entry->text, "\n\r\t"))
            abort();
    }
}

/* The printed form of a config text, or one without text where it isn't good. */
static struct text print_of(const char *yaml, size_t len) {
    struct schema_report report = {0};
    struct config *config = NULL;
    struct text text = {0};
    int error = yaml_read_text(yaml, len, NULL, NULL, &report, &config);
    check_report(&report, error);
    if (config)
        schema_print_config(config, put, &text);
    schema_report_clear(&report);
    config_destroy(&config);
    return text;
}

/* The tree by itself: what is a config is one, and what isn't is told. */
static void check_tree(const char *yaml, size_t len, bool good) {
    struct schema_report report = {0};
    struct node *root = NULL;
    int error = yaml_parse(yaml, len, &report, &root);
    schema_report_sort(&report);
    check_report(&report, error);
    if ((error && good) || (error && root))
        abort();
    node_destroy(&root);
    schema_report_clear(&report);
}

/* The same bytes as a file, with the zones of this machine: a config that has another one is
 * refused there only. */
static void read_as_file(const uint8_t *data, size_t size, bool good) {
    struct schema_report report = {0};
    struct config *config = NULL;
    char path[64], *text = NULL;
    size_t len = 0;
    int fd = memfd_create("config", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int error = yaml_read_config(path, &report, &config, &text, &len);
    check_report(&report, error);
    if (!text || memcmp(text, data, len) != 0 || (!error && !good))
        abort();
    config_destroy(&config);
    schema_report_clear(&report);
    free(text);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text once = print_of((const char *)data, size);
    check_tree((const char *)data, size, once.at != NULL);
    read_as_file(data, size, once.at != NULL);
    /* A print can be longer than the limit on files; then it can't be read again. */
    if (once.at && once.len <= YAML_MAX_BYTES) {
        struct text twice = print_of(once.at, once.len);
        if (!twice.at || strcmp(once.at, twice.at) != 0)
            abort();
        free(twice.at);
    }
    free(once.at);
    return 0;
}
