/* ctl.c - see ctl.h. */
#include "ctl.h"

#include "failure.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FAIL_SIZE = 1200 };

int ctl_fail(int code, const char *format, ...) {
    char text[FAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "pacectl: %s\n", text_clean(text));
    failure_note(text);
    return code;
}

int ctl_flush(void) {
    bool failed = fflush(stdout) || ferror(stdout);
    return failed ? ctl_fail(CTL_NO, "the answer can't be written to standard output") : CTL_YES;
}

/* ---- endpoints ---- */

/* A path becomes an ipc endpoint; what names its transport stays. 0 or CTL_USAGE. */
static int set_control(struct ctl *ctl, const char *socket) {
    const char *scheme = strstr(socket, "://") ? "" : "ipc://";
    int len = snprintf(ctl->control, sizeof ctl->control, "%s%s", scheme, socket);
    return len < (int)sizeof ctl->control ? 0
                                          : ctl_fail(CTL_USAGE, "--socket: the path is too long");
}

int ctl_find_control(struct ctl *ctl) {
    const char *runtime = getenv("RUNTIME_DIRECTORY");
    char path[CTL_ENDPOINT_SIZE];
    if (ctl->socket)
        return set_control(ctl, ctl->socket);
    if (!runtime || !*runtime)
        return set_control(ctl, "/run/paced/control.sock");
    /* systemd names several directories with colons between. */
    int len = snprintf(path, sizeof path, "%.*s/control.sock", (int)strcspn(runtime, ":"), runtime);
    if (len >= (int)sizeof path)
        return ctl_fail(CTL_USAGE, "RUNTIME_DIRECTORY is too long");
    return set_control(ctl, path);
}

int ctl_endpoint_beside(const struct ctl *ctl, const char *file,
                        char ret_endpoint[CTL_ENDPOINT_SIZE]) {
    if (strncmp(ctl->control, "ipc://", 6) != 0)
        return ctl_fail(CTL_USAGE,
                        "%s is no file, so no %s stands beside it: give --socket PATH, or for send "
                        "--ingest ENDPOINT",
                        ctl->control, file);
    const char *slash = strrchr(ctl->control + 6, '/');
    int directory = slash ? (int)(slash - ctl->control) + 1 : 6;
    int len = snprintf(ret_endpoint, CTL_ENDPOINT_SIZE, "%.*s%s", directory, ctl->control, file);
    return len < CTL_ENDPOINT_SIZE ? 0 : ctl_fail(CTL_USAGE, "--socket: the path is too long");
}
