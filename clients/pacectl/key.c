/*
 * key.c - pairs of keys for who connects from another machine: `pacectl key`, and the files that it makes.
 *
 * A file has lines as those of other programs for ZeroMQ (public-key = "…", secret-key = "…"), who can read it, too.
 */
#include "control.h"
#include "files.h"
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MODE = 0600, FILE_BYTES_MAX = 4096 };

/* The value of a line, which is as long as a key is. False: there is none. */
static bool key_member(const char *text, const char *name, char ret_key[CTL_KEY_SIZE]) {
    const char *at = strstr(text, name), *open = at ? strchr(at, '"') : NULL;
    if (!open || strlen(open) <= CTL_KEY_SIZE || open[CTL_KEY_SIZE] != '"')
        return false;
    snprintf(ret_key, CTL_KEY_SIZE, "%s", open + 1);
    return true;
}

static int key_read(const char *file, struct ctl_keys *keys) {
    char *bytes = NULL, text[FILE_BYTES_MAX + 2] = "";
    size_t len = 0;
    int error = files_read(file, FILE_BYTES_MAX, &bytes, &len);
    if (error)
        return ctl_fail(CTL_NO, "--key: %s: %s", file, strerror(-error));
    memcpy(text, bytes, len);
    free(bytes);
    if (key_member(text, "public-key", keys->public) && key_member(text, "secret-key", keys->secret))
        return 0;
    return ctl_fail(CTL_NO, "--key: %s has no pair of keys; \"pacectl key FILE\" makes one", file);
}

int ctl_find_keys(struct ctl *ctl) {
    if (!ctl->key_file && !ctl->server_key)
        return 0;
    if (!ctl->key_file || !ctl->server_key)
        return ctl_fail(CTL_USAGE, "--key and --server-key go together: who one is, and whom one talks to");
    if (strlen(ctl->server_key) != CTL_KEY_SIZE - 1)
        return ctl_fail(CTL_USAGE,
                        "--server-key: \"%s\" is not a key of %d characters; \"pacectl status\" on the daemon's machine shows it",
                        ctl->server_key, CTL_KEY_SIZE - 1);
    ctl->keys.server = ctl->server_key;
    return key_read(ctl->key_file, &ctl->keys);
}

static int key_write(const char *file, const struct ctl_keys *keys) {
    char text[FILE_BYTES_MAX];
    int len = snprintf(text, sizeof text,
                       "# A pair of keys for paced. Whoever has this file is taken for its owner.\n"
                       "curve\n"
                       "    public-key = \"%s\"\n"
                       "    secret-key = \"%s\"\n",
                       keys->public, keys->secret);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    int error = fd < 0 ? -errno : files_write(fd, text, (size_t)len);
    if (fd >= 0 && close(fd) && !error)
        error = -errno;
    explicit_bzero(text, sizeof text);
    return error ? ctl_fail(CTL_NO, "%s: %s", file, error == -EEXIST ? "is there already; nothing is overwritten" : strerror(-error)) : 0;
}

int command_key(struct ctl *ctl) {
    struct ctl_keys keys;
    if (zmq_curve_keypair(keys.public, keys.secret))
        return ctl_fail(CTL_NO, "no keys can be made: %s", zmq_strerror(zmq_errno()));
    int code = key_write(ctl->words[0], &keys);
    if (!code && ctl->json) {
        json_t *json = json_pack("{ss ss}", "file", ctl->words[0], "public_key", keys.public);
        code = control_print_json(json);
        json_decref(json);
    } else if (!code) {
        printf("%s has the pair; it stays with who connects. In the daemon's configuration:\n\n"
               "keys:\n  NAME: {key: \"%s\", sources: [/SOURCE]}\n",
               ctl->words[0], keys.public);
    }
    explicit_bzero(&keys, sizeof keys);
    return code;
}
