/* endpoints.c - see endpoints.h. */
#include "endpoints.h"

#include "pace/error.h"
#include "yaml.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char runtime_word[] = "{runtime}";

/* The value of a key in a map of the tree, or NULL. */
static const struct node *node_value(const struct node *map, const char *key) {
    for (int i = 0; map && map->kind == NODE_MAP && i < map->n_items; i++)
        if (map->keys[i]->text && strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    return NULL;
}

/* Where sockets.<key> stands in the file; the file's first character if it only has its default. */
static void endpoints_find_mark(struct view config_text, const char *key, int *ret_line,
                                int *ret_col) {
    struct schema_report ignored = {0};
    struct node *root = NULL;
    *ret_line = *ret_col = 1;
    if (config_text.at && yaml_parse(config_text.at, config_text.len, &ignored, &root) == 0) {
        const struct node *value = node_value(node_value(root, "sockets"), key);
        if (value) {
            *ret_line = value->line;
            *ret_col = value->col;
        }
    }
    node_destroy(&root);
    schema_report_clear(&ignored);
}

/* False if it doesn't fit. */
static bool endpoint_expand(const char *endpoint, const char *runtime_dir, char *buffer) {
    const char *word = strstr(endpoint, runtime_word);
    int before = word ? (int)(word - endpoint) : (int)strlen(endpoint);
    const char *after = word ? word + strlen(runtime_word) : "";
    int length = snprintf(buffer, ENDPOINT_SIZE, "%.*s%s%s", before, endpoint,
                          word ? runtime_dir : "", after);
    return length < ENDPOINT_SIZE;
}

const char *endpoint_path(const char *endpoint) {
    return strncmp(endpoint, "ipc://", 6) ? NULL : endpoint + 6;
}

/* What is wrong with one, into `text`; 0 or PACE_ECONFIG. */
static int endpoint_check(const char *endpoint, const char *runtime_dir, char *expanded, char *text,
                          size_t size) {
    bool fits = endpoint_expand(endpoint, runtime_dir, expanded);
    const char *path = endpoint_path(expanded);
    size_t length = path ? strlen(path) : 0;
    if (fits && length <= ENDPOINT_PATH_MAX_BYTES)
        return 0;
    if (!fits)
        length = strlen(endpoint) + strlen(runtime_dir) - strlen(runtime_word) - strlen("ipc://");
    snprintf(
        text, size,
        "\"%.120s\" is a socket path of %zu bytes with the runtime directory filled in; a socket "
        "path can have %d: use a shorter directory",
        endpoint, length, ENDPOINT_PATH_MAX_BYTES);
    return PACE_ECONFIG;
}

static int endpoints_resolve_list(const char **configured, int n, const char *key,
                                  const char *runtime_dir, struct view config_text,
                                  struct schema_report *report, struct endpoint_list *list) {
    char wrong[320] = "";
    list->n = 0;
    for (int i = 0; i < n && !*wrong; i++) {
        if (list->n == ENDPOINTS_MAX)
            snprintf(wrong, sizeof wrong, "has %d endpoints; at most %d are possible", n,
                     ENDPOINTS_MAX);
        else if (!endpoint_check(configured[i], runtime_dir, list->text[list->n], wrong,
                                 sizeof wrong))
            list->n++;
    }
    if (!*wrong)
        return 0;
    int line, col;
    endpoints_find_mark(config_text, key, &line, &col);
    schema_report_add(report, line, col, false, "sockets.%s: %s", key, wrong);
    return PACE_ECONFIG;
}

int endpoints_resolve(const struct config *config, const char *runtime_dir, struct view config_text,
                      struct schema_report *report, struct endpoints *ret_endpoints) {
    struct endpoints endpoints;
    const struct {
        const char *key;
        const char **configured;
        int n;
        struct endpoint_list *list;
    } table[] = {
        {"ingest", config->sockets.ingest, config->sockets.n_ingest, &endpoints.ingest},
        {"subscribe", config->sockets.subscribe, config->sockets.n_subscribe, &endpoints.subscribe},
        {"alerts", config->sockets.alerts, config->sockets.n_alerts, &endpoints.alerts},
        {"control", config->sockets.control, config->sockets.n_control, &endpoints.control},
    };
    int error = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (endpoints_resolve_list(table[i].configured, table[i].n, table[i].key, runtime_dir,
                                   config_text, report, table[i].list))
            error = PACE_ECONFIG;
    if (!error)
        *ret_endpoints = endpoints;
    return error;
}

static bool endpoint_list_has_tcp(const struct endpoint_list *list) {
    int i = 0;
    while (i < list->n && endpoint_path(list->text[i]))
        i++;
    return i < list->n;
}

bool endpoints_guarded(const struct endpoints *endpoints, const struct config *config) {
    return config->n_keys && (endpoint_list_has_tcp(&endpoints->ingest) || endpoint_list_has_tcp(&endpoints->subscribe) ||
                              endpoint_list_has_tcp(&endpoints->alerts) || endpoint_list_has_tcp(&endpoints->control));
}

bool endpoint_is_served(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    strcpy(address.sun_path, path);
    bool served = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return served;
}
