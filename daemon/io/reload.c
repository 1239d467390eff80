/* reload.c - see reload.h. */
#include "reload.h"

#include "logger.h"

void reload_remember(const struct config_file *file, struct reload_base *ret_base) {
    ret_base->endpoints = file->endpoints;
    ret_base->map_size_bytes = file->config->store.map_size_bytes;
    ret_base->dedup_memory_bytes = file->config->store.dedup_memory_bytes;
}

static bool endpoint_lists_equal(const struct endpoint_list *a, const struct endpoint_list *b) {
    for (int i = 0; i < a->n && i < b->n; i++)
        if (strcmp(a->text[i], b->text[i]))
            return false;
    return a->n == b->n;
}

static void reload_list_restarts(const struct config_file *file, const struct reload_base *base,
                                 json_t *restart_needed) {
    const struct config *config = file->config;
    const struct {
        const char *key;
        bool same;
    } table[] = {
        {"sockets.ingest", endpoint_lists_equal(&file->endpoints.ingest, &base->endpoints.ingest)},
        {"sockets.subscribe",
         endpoint_lists_equal(&file->endpoints.subscribe, &base->endpoints.subscribe)},
        {"sockets.alerts", endpoint_lists_equal(&file->endpoints.alerts, &base->endpoints.alerts)},
        {"sockets.control",
         endpoint_lists_equal(&file->endpoints.control, &base->endpoints.control)},
        {"store.map_size", config->store.map_size_bytes == base->map_size_bytes},
        {"store.dedup_memory", config->store.dedup_memory_bytes == base->dedup_memory_bytes},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].same)
            continue;
        json_array_append_new(restart_needed, json_string(table[i].key));
        logger_write(LOGGER_WARNING, "the new %s is used after a restart", table[i].key);
    }
}

int reload_config(const struct service_setup *setup, const struct reload_base *base,
                  struct schema_report *report, json_t *restart_needed) {
    struct config_file fresh;
    int error = config_file_read(setup->config_path, setup->runtime_dir, report, &fresh);
    if (error)
        return error;
    error = engine_reconfigure(setup->engine, fresh.config, config_file_text(&fresh));
    if (error) {
        config_file_clear(&fresh);
        return error;
    }
    reload_list_restarts(&fresh, base, restart_needed);
    config_file_clear(setup->config);
    *setup->config = fresh;
    logger_write(LOGGER_NOTICE, "reloaded %s", setup->config_path);
    return 0;
}
