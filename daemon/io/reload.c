/* reload.c - see reload.h. */
#include "reload.h"

#include "logger.h"

void reload_remember(const struct config_file *file, struct reload *ret_reload) {
    *ret_reload = (struct reload){.started = {
                                      .endpoints = file->endpoints,
                                      .dedup_memory_bytes = file->config->store.dedup_memory_bytes,
                                      .guarded = endpoints_guarded(&file->endpoints, file->config),
                                  }};
}

void reload_clear(struct reload *reload) {
    if (reload->waits)
        config_file_clear(&reload->pending);
    reload->waits = false;
}

const struct config *reload_newest(const struct service_setup *setup, const struct reload *reload) {
    return reload->waits ? reload->pending.config : setup->config->config;
}

static bool endpoint_lists_equal(const struct endpoint_list *a, const struct endpoint_list *b) {
    for (int i = 0; i < a->n && i < b->n; i++)
        if (strcmp(a->text[i], b->text[i]))
            return false;
    return a->n == b->n;
}

json_t *reload_restarts(const struct config_file *file, const struct reload *reload) {
    const struct reload_base *base = &reload->started;
    json_t *keys = json_array();
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
        {"keys", endpoints_guarded(&base->endpoints, config) == base->guarded},
        {"store.dedup_memory", config->store.dedup_memory_bytes == base->dedup_memory_bytes},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!table[i].same)
            json_array_append_new(keys, json_string(table[i].key));
    return keys;
}

static void reload_tell_restarts(const json_t *keys) {
    size_t i;
    json_t *key;
    json_array_foreach(keys, i, key)
        logger_write(LOGGER_WARNING, "the new %s is used after a restart", json_string_value(key));
}

/* The engine has it, or has found that it makes no difference. */
static void reload_keep(const struct service_setup *setup, struct reload *reload,
                        struct config_file *fresh) {
    const struct config *next = engine_config_next(setup->engine);
    if (reload->waits && next != reload->pending.config)
        reload_clear(reload);
    if (next != fresh->config) {
        config_file_clear(fresh);
        return;
    }
    reload->pending = *fresh;
    reload->waits = true;
}

int reload_config(const struct service_setup *setup, struct reload *reload,
                  struct schema_report *report, json_t **ret_restart_needed) {
    struct config_file fresh;
    int error = config_file_read(setup->config_path, setup->runtime_dir, report, &fresh);
    if (error)
        return error;
    error = engine_reconfigure(setup->engine, fresh.config, config_file_text(&fresh));
    if (error) {
        config_file_clear(&fresh);
        return error;
    }
    *ret_restart_needed = reload_restarts(&fresh, reload);
    reload_tell_restarts(*ret_restart_needed);
    reload_keep(setup, reload, &fresh);
    logger_write(LOGGER_NOTICE, "accepted %s%s", setup->config_path,
                 reload->waits ? "; the past is being folded with it" : "; it changes nothing");
    return 0;
}

struct config_file reload_settle(const struct service_setup *setup, struct reload *reload) {
    struct config_file old = {0};
    if (!reload->waits || engine_config(setup->engine) != reload->pending.config)
        return old;
    old = *setup->config;
    *setup->config = reload->pending;
    reload->waits = false;
    logger_write(LOGGER_NOTICE, "reloaded %s", setup->config_path);
    return old;
}
