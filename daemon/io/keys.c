/* keys.c - see keys.h. */
#include "keys.h"

#include "clock.h"
#include "files.h"
#include "logger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 1280,
    FILE_BYTES_MAX = 4096,
    FILE_MODE = 0600,
    TURN_QUESTIONS = 256,
    TELL_EVERY_US = 60 * 1000000,
    TEST_US = 5 * 1000000,
    TEST_LOOK_MS = 10,
};

static const char *const sockets[] = {"ingest", "subscribe", "alerts", "control"};

/* Somebody on the list, and where they may connect: a bit for each of `sockets`. */
struct keys_entry {
    char key[WIRE_KEY_SIZE];
    unsigned sockets;
};

struct keys {
    struct wire_socket *questions;
    char secret[WIRE_KEY_SIZE], public[WIRE_KEY_SIZE];
    struct keys_entry *entries;
    int n_entries;
    uint64_t refused, told; /* how many of these the log knows */
    int64_t tell_us;        /* from then on it may be told again */
    bool testing;           /* who is refused now is ourselves */
};

/* ---- paced's own pair ---- */

/* Under another name first: a file that is there is whole. */
static int keys_write(const char *directory, const char *path, const char *secret) {
    char fresh[PATH_SIZE + sizeof ".new"];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = files_create(fresh, FILE_MODE);
    if (fd < 0)
        return fd;
    int error = files_write(fd, secret, strlen(secret));
    if (!error)
        error = files_write(fd, "\n", 1);
    if (!error && fsync(fd))
        error = -errno;
    close(fd);
    if (!error && rename(fresh, path))
        error = -errno;
    return error ? error : files_sync(directory);
}

static int keys_read(const char *path, char *ret_secret) {
    char *text = NULL;
    size_t len = 0;
    int error = files_read(path, FILE_BYTES_MAX, &text, &len);
    if (error)
        return error;
    bool whole = len == WIRE_KEY_SIZE && text[len - 1] == '\n';
    if (whole)
        snprintf(ret_secret, WIRE_KEY_SIZE, "%.*s", WIRE_KEY_SIZE - 1, text);
    free(text);
    return whole ? 0 : -EINVAL;
}

static int keys_take_pair(struct keys *keys, const char *directory) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/server.key", directory);
    int error = keys_read(path, keys->secret);
    if (error == -ENOENT) {
        error = wire_key_pair(keys->public, keys->secret);
        if (!error)
            error = keys_write(directory, path, keys->secret);
        if (!error)
            logger_write(LOGGER_NOTICE, "made a pair of keys: %s has the secret one", path);
    }
    return error ? error : wire_key_public(keys->secret, keys->public);
}

int keys_open(struct wire *wire, const char *directory, struct keys **ret_keys) {
    struct keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return -ENOMEM;
    int error = keys_take_pair(keys, directory);
    if (!error)
        error = wire_lock(wire, &keys->questions);
    if (error)
        keys_close(&keys);
    else
        *ret_keys = keys;
    return error;
}

void keys_close(struct keys **keys) {
    if (!*keys)
        return;
    wire_socket_close(&(*keys)->questions, 0);
    explicit_bzero((*keys)->secret, sizeof (*keys)->secret);
    free((*keys)->entries);
    free(*keys);
    *keys = NULL;
}

struct wire_guard keys_guard(const struct keys *keys, const char *name) {
    struct wire_guard guard = {.name = name};
    memcpy(guard.secret, keys->secret, sizeof guard.secret);
    return guard;
}

const char *keys_public(const struct keys *keys) {
    return keys->public;
}

uint64_t keys_refused(const struct keys *keys) {
    return keys->refused;
}

struct wire_socket *keys_socket(struct keys *keys) {
    return keys->questions;
}

/* ---- the list ---- */

static unsigned keys_sockets_of(const struct keys_entry *entries, int n, const char *key) {
    for (int i = 0; i < n; i++)
        if (strcmp(entries[i].key, key) == 0)
            return entries[i].sockets;
    return 0;
}

bool keys_configure(struct keys *keys, const struct config *config) {
    struct keys_entry *entries = calloc((size_t)config->n_keys + 1, sizeof *entries);
    int n = entries ? config->n_keys : 0; /* without memory nobody gets in */
    bool lost = false;
    for (int i = 0; i < n; i++) {
        snprintf(entries[i].key, sizeof entries[i].key, "%s", config->keys[i].key);
        for (unsigned j = 0; j < sizeof sockets / sizeof *sockets; j++)
            entries[i].sockets |= (unsigned)config_key_connects(&config->keys[i], view_of(sockets[j])) << j;
    }
    for (int i = 0; i < keys->n_entries; i++)
        lost |= (keys->entries[i].sockets & ~keys_sockets_of(entries, n, keys->entries[i].key)) != 0;
    free(keys->entries);
    keys->entries = entries;
    keys->n_entries = n;
    return lost;
}

/* ---- questions ---- */

/* A question's frames, and those of an answer, by RFC 27. */
enum { ASKED_EMPTY, ASKED_VERSION, ASKED_ID, ASKED_DOMAIN, ASKED_ADDRESS, ASKED_ROUTING_ID, ASKED_MECHANISM, ASKED_KEY, ASKED_FRAMES };

static bool keys_allow(const struct keys *keys, const struct wire_message *question, const char *key) {
    unsigned may = keys_sockets_of(keys->entries, keys->n_entries, key);
    for (unsigned j = 0; j < sizeof sockets / sizeof *sockets; j++)
        if (view_equal(question->frames[ASKED_DOMAIN], view_of(sockets[j])))
            return may >> j & 1;
    return false;
}

/* Once a minute: whoever tries and tries must not fill the journal. */
static void keys_tell(struct keys *keys, const struct wire_message *question, const char *key) {
    const struct view *address = &question->frames[ASKED_ADDRESS], *socket = &question->frames[ASKED_DOMAIN];
    int64_t now_us = clock_monotonic_us();
    if (keys->testing)
        return;
    keys->refused++;
    if (now_us < keys->tell_us)
        return;
    logger_write(LOGGER_WARNING,
                 "refused %" PRIu64 " connections by keys that may not connect; the newest to sockets.%.*s, from %.*s, with the key %s: "
                 "if it is a friend's, list it in keys: of the configuration, with what it may",
                 keys->refused - keys->told, (int)socket->len, socket->at, (int)address->len, address->at, key);
    keys->told = keys->refused;
    keys->tell_us = now_us + TELL_EVERY_US;
}

static void keys_answer_one(struct keys *keys, const struct wire_message *question) {
    char key[WIRE_KEY_SIZE];
    const struct view *asked = question->frames;
    bool curve = question->n_frames == ASKED_FRAMES && view_equal(asked[ASKED_MECHANISM], view_of("CURVE"));
    bool may = curve && *wire_key_text(asked[ASKED_KEY], key) && keys_allow(keys, question, key);
    const struct view answer[] = {
        view_of(""), view_of("1.0"), asked[ASKED_ID], view_of(may ? "200" : "400"), view_of(may ? "OK" : "not listed"),
        view_of(may ? key : ""), view_of(""),
    };
    if (question->n_frames != ASKED_FRAMES)
        return; /* no question */
    wire_socket_send(keys->questions, question->peer, answer, sizeof answer / sizeof *answer);
    if (!may)
        keys_tell(keys, question, key);
}

void keys_answer(struct keys *keys) {
    struct wire_message question;
    for (int i = 0; i < TURN_QUESTIONS && !wire_socket_receive(keys->questions, &question); i++)
        keys_answer_one(keys, &question);
}

/* ---- the test at the start ---- */

static int keys_test_endpoint(struct keys *keys, struct wire_socket *socket, int endpoint) {
    struct wire_probe *probe = NULL;
    struct wire_poll_item item = {.socket = keys->questions};
    int error = wire_probe_begin(socket, endpoint, keys->public, &probe);
    int64_t until_us = clock_monotonic_us() + TEST_US;
    if (error)
        return error;
    while ((error = wire_probe_look(probe)) == -EAGAIN && clock_monotonic_us() < until_us) {
        wire_poll(&item, 1, TEST_LOOK_MS);
        keys_answer(keys);
    }
    wire_probe_end(&probe);
    return error == -EAGAIN ? -ETIMEDOUT : error;
}

int keys_test(struct keys *keys, struct wire_socket *socket) {
    int error = 0;
    keys->testing = true;
    for (int i = 0; i < wire_socket_guarded(socket) && !error; i++)
        error = keys_test_endpoint(keys, socket, i);
    keys->testing = false;
    return error;
}
