/* Endpoints of sockets: ipc with a path that a mode can guard, and TCP. */
#include "schema_table.h"

#include <stdio.h>

enum { IPC_PATH_MAX = 107 }; /* struct sockaddr_un, less its NUL */

static const char runtime[] = "{runtime}";

static bool begins_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* NULL, or what is wrong with the path. */
static const char *ipc_problem(const char *path) {
    bool in_runtime = begins_with(path, runtime);
    const char *rest = in_runtime ? path + strlen(runtime) : path;
    if (rest[0] != '/' || strlen(rest) < 2)
        return "needs a path that begins with / or {runtime}/";
    if (strpbrk(rest, "{}"))
        return "has a placeholder other than {runtime}";
    if (strlen(rest) > IPC_PATH_MAX)
        return "has a path of more than 107 bytes, which sockets can't have";
    return NULL;
}

/* 1 to 65535, no sign, no leading zero. */
static bool is_port(const char *text) {
    size_t len = strlen(text);
    if (len < 1 || len > 5 || text[0] == '0' || text[strspn(text, "0123456789")])
        return false;
    return len < 5 || strcmp(text, "65535") <= 0;
}

/* "127.x.y.z", each 0 to 255. */
static bool is_loopback_v4(const char *host, size_t len) {
    int parts = 0, value = 0, digits = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || host[i] == '.') {
            if (!digits || value > 255 || (parts == 0 && value != 127))
                return false;
            parts++;
            value = digits = 0;
        } else if (host[i] >= '0' && host[i] <= '9' && ++digits <= 3) {
            value = 10 * value + (host[i] - '0');
        } else {
            return false;
        }
    }
    return parts == 4;
}

static bool is_loopback(const char *host, size_t len) {
    return is_loopback_v4(host, len) || (len == 5 && memcmp(host, "[::1]", 5) == 0) ||
           (len == 9 && memcmp(host, "localhost", 9) == 0);
}

static const char *tcp_problem(const char *address) {
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || !is_port(colon + 1))
        return "needs a host and a port from 1 to 65535";
    return NULL;
}

bool endpoint_is_local(const char *endpoint) {
    const char *address = endpoint + strlen("tcp://"), *colon = strrchr(endpoint, ':');
    return !begins_with(endpoint, "tcp://") || is_loopback(address, (size_t)(colon - address));
}

static const struct {
    const char *scheme;
    const char *(*problem)(const char *rest);
} schemes[] = {{"ipc://", ipc_problem}, {"tcp://", tcp_problem}};

bool endpoint_check(struct walk *walk, const struct schema_key *row, const struct node *node) {
    char shown[SCHEMA_SHOWN_SIZE];
    const char *problem = NULL;
    bool known = false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !known; i++) {
        known = begins_with(node->text, schemes[i].scheme);
        if (known)
            problem = schemes[i].problem(node->text + strlen(schemes[i].scheme));
    }
    if (!known)
        walk_mismatch(walk, row, node,
                      "is not an endpoint: it begins with neither ipc:// nor tcp://");
    else if (problem)
        walk_error(walk, node, "%s %s", schema_show(node, shown), problem);
    return known && !problem;
}
