/* Who may connect from elsewhere: keys that are somebody's, and endpoints that somebody may come to. */
#include "schema_table.h"

#include <stdio.h>
#include <stdlib.h>

static int compare_refs(const void *a, const void *b) {
    const struct schema_ref *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : x->at->line != y->at->line ? x->at->line - y->at->line : x->at->col - y->at->col;
}

/* Else it would be chance which of two had the rights. */
static void check_owners(struct walk *walk) {
    struct schema_ref *refs = walk->refs[REF_KEY];
    int n = walk->n_refs[REF_KEY];
    if (n)
        qsort(refs, (size_t)n, sizeof *refs, compare_refs);
    for (int i = 1; i < n; i++) {
        if (strcmp(refs[i - 1].text, refs[i].text) != 0)
            continue;
        snprintf(walk->path, sizeof walk->path, "keys");
        walk_push(walk, refs[i].owner);
        walk_push(walk, "key");
        walk_error(walk, refs[i].at, "is the key of \"%s\" already (line %d); each has one of its own", refs[i - 1].owner,
                   refs[i - 1].at->line);
    }
}

static bool anybody_may_connect(const struct config *config, struct view socket) {
    int i = 0;
    while (i < config->n_keys && !config_key_connects(&config->keys[i], socket))
        i++;
    return i < config->n_keys;
}

static void check_reachable(struct walk *walk, const char *socket, const char **endpoints, int n) {
    char shown[SCHEMA_SHOWN_SIZE];
    if (anybody_may_connect(walk->config, view_of(socket)))
        return;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < walk->n_refs[REF_ENDPOINT]; j++) {
            const struct schema_ref *ref = &walk->refs[REF_ENDPOINT][j];
            if (ref->text != endpoints[i] || endpoint_is_local(ref->text))
                continue;
            snprintf(walk->path, sizeof walk->path, "sockets.%s", socket);
            walk_error(walk, ref->at,
                       "%s is off loopback, where only keys get in, and none of keys: may connect to it; give one the right, or "
                       "use 127.0.0.1 or ipc: paced-protocol(7)",
                       schema_show_text(ref->text, shown));
        }
}

void schema_check_access(struct walk *walk) {
    const struct config *config = walk->config;
    check_owners(walk);
    check_reachable(walk, "ingest", config->sockets.ingest, config->sockets.n_ingest);
    check_reachable(walk, "subscribe", config->sockets.subscribe, config->sockets.n_subscribe);
    check_reachable(walk, "alerts", config->sockets.alerts, config->sockets.n_alerts);
    check_reachable(walk, "control", config->sockets.control, config->sockets.n_control);
}

void key_finish(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen, void *element) {
    const struct config_key *key = element;
    (void)row;
    if (key->key && !key->n_sources && !key->alerts && key->control == KEY_CONTROL_NONE)
        walk_warning(walk, seen->name, "may do nothing: give it sources, alerts or control");
    if (key->n_teams && key->alerts)
        walk_error(walk, seen->name,
                   "has teams and alerts: a subscription is to the warnings of all teams; control: "
                   "ask lets it ask for its own");
    if (key->n_teams && key->control == KEY_CONTROL_ORDER)
        walk_error(walk, seen->name,
                   "has teams and control: order: orders are about the whole store; control: ask "
                   "goes with teams");
}
