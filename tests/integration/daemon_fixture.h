/*
 * daemon_fixture.h - a real paced in a directory of its own, and raw ZeroMQ sockets to talk to it.
 *
 * Readiness is told by the daemon itself over $NOTIFY_SOCKET, so nothing here waits by the clock.
 * The program is the one beside the test's own ($PACED names another).
 */
#ifndef TEST_DAEMON_FIXTURE_H
#define TEST_DAEMON_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "../lingering.h"

enum { PATIENCE_MS = 20000, FRAMES_MAX = 4, NOTES_SIZE = 65536, SOCKETS_MAX = 512 };

struct fixture {
    char directory[64]; /* holds paced.yaml, log, state/, run/ */
    void *context;
    void *sockets[SOCKETS_MAX]; /* open ones: closed by the teardown, whatever failed */
    int notify_fd;
    char notes[NOTES_SIZE]; /* all that the daemon told the service manager, one line each */
    pid_t pid;
    rlim_t file_limit_bytes; /* for the next start; 0: none */
    bool to_journal;         /* the next start's standard error claims to be the journal */
};

struct reply {
    int n_frames;
    char *frames[FRAMES_MAX]; /* terminated, owned */
    size_t lengths[FRAMES_MAX];
};

/* ---- files ---- */

static inline const char *fixture_path(const struct fixture *fixture, const char *name) {
    static char paths[16][160];
    static int turn;
    char *path = paths[turn++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", fixture->directory, name);
    return path;
}

static inline void fixture_write_config(const struct fixture *fixture, const char *text) {
    FILE *file = fopen(fixture_path(fixture, "paced.yaml"), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* All that the daemon wrote to standard error since the first start; in a buffer that the next call
 * uses again. */
static inline const char *fixture_log(const struct fixture *fixture) {
    static char text[65536];
    FILE *file = fopen(fixture_path(fixture, "log"), "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    return text;
}

static inline void assert_logged(const struct fixture *fixture, const char *expected) {
    if (!strstr(fixture_log(fixture), expected))
        fail_msg("\"%s\" isn't in the log:\n%s", expected, fixture_log(fixture));
}

/* ---- the process ---- */

static inline const char *fixture_program(void) {
    static char path[4096];
    const char *given = getenv("PACED");
    if (given)
        return given;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    assert_true(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/'), "/paced");
    return path;
}

static inline void fixture_prepare_child(const struct fixture *fixture) {
    char stream[64];
    struct stat at;
    int log = open(fixture_path(fixture, "log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    dup2(log, STDOUT_FILENO);
    setenv("NOTIFY_SOCKET", fixture_path(fixture, "notify"), 1);
    fstat(log, &at);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)at.st_dev, (uintmax_t)at.st_ino);
    if (fixture->to_journal)
        setenv("JOURNAL_STREAM", stream, 1);
    if (!fixture->file_limit_bytes)
        return;
    /* Writing beyond it then fails with EFBIG, as a full disk would with another number. */
    const struct rlimit limit = {fixture->file_limit_bytes, fixture->file_limit_bytes};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Starts the program with these arguments; it may fail. */
static inline void fixture_spawn(struct fixture *fixture, const char *const *arguments) {
    const char *argv[16] = {fixture_program()};
    for (int i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    fixture->notes[0] = '\0';
    fixture->pid = fork();
    assert_true(fixture->pid >= 0);
    if (fixture->pid == 0) {
        fixture_prepare_child(fixture);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
}

/* The exit status; 128 + the signal where one ended it. */
static inline int fixture_wait(struct fixture *fixture) {
    int status = 0;
    alarm(PATIENCE_MS / 1000);
    assert_int_equal(waitpid(fixture->pid, &status, 0), fixture->pid);
    alarm(0);
    fixture->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* True once a note can be read; false when the daemon ended before, or patience did. */
static inline bool fixture_poll_note(struct fixture *fixture) {
    enum { STEP_MS = 50 };
    zmq_pollitem_t item = {.fd = fixture->notify_fd, .events = ZMQ_POLLIN};
    for (int waited_ms = 0; waited_ms < PATIENCE_MS; waited_ms += STEP_MS) {
        if (zmq_poll(&item, 1, STEP_MS) == 1)
            return true;
        if (waitpid(fixture->pid, NULL, WNOHANG) != 0) {
            fixture->pid = 0;
            return false;
        }
    }
    return false;
}

static inline void fixture_take_note(struct fixture *fixture) {
    char note[512];
    ssize_t length = recv(fixture->notify_fd, note, sizeof note - 2, 0);
    assert_true(length >= 0);
    strcpy(note + length, "\n");
    assert_true(strlen(fixture->notes) + strlen(note) < NOTES_SIZE);
    strcat(fixture->notes, note);
}

/* What was told meanwhile: the socket's queue is short. */
static inline void fixture_take_notes(struct fixture *fixture) {
    zmq_pollitem_t item = {.fd = fixture->notify_fd, .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, 0) == 1)
        fixture_take_note(fixture);
}

/* Waits until the daemon has told the service manager so; fails if it ended before. */
static inline void fixture_await_note(struct fixture *fixture, const char *expected) {
    while (!strstr(fixture->notes, expected)) {
        if (!fixture_poll_note(fixture))
            fail_msg("no note \"%s\"; notes:\n%s\nlog:\n%s", expected, fixture->notes,
                     fixture_log(fixture));
        fixture_take_note(fixture);
    }
}

static inline void fixture_start_with(struct fixture *fixture, const char *option,
                                      const char *value) {
    char config[160], state[160], runtime[160];
    snprintf(config, sizeof config, "%s/paced.yaml", fixture->directory);
    snprintf(state, sizeof state, "%s/state", fixture->directory);
    snprintf(runtime, sizeof runtime, "%s/run", fixture->directory);
    const char *const arguments[] = {"--config", config, "--state-dir", state, "--runtime-dir",
                                     runtime,    option, value,         NULL};
    fixture_spawn(fixture, arguments);
    fixture_await_note(fixture, "READY=1");
}

static inline void fixture_start(struct fixture *fixture) {
    fixture_start_with(fixture, NULL, NULL);
}

static inline void fixture_start_by_events(struct fixture *fixture) {
    fixture_start_with(fixture, "--clock", "events");
}

static inline int fixture_stop(struct fixture *fixture) {
    kill(fixture->pid, SIGTERM);
    return fixture_wait(fixture);
}

static inline void fixture_kill(struct fixture *fixture) {
    kill(fixture->pid, SIGKILL);
    assert_int_equal(fixture_wait(fixture), 128 + SIGKILL);
}

/* ---- sockets ---- */

static inline void fixture_keep(struct fixture *fixture, void *socket) {
    int i = 0;
    while (i < SOCKETS_MAX && fixture->sockets[i])
        i++;
    assert_true(i < SOCKETS_MAX);
    fixture->sockets[i] = socket;
}

static inline void fixture_disconnect(struct fixture *fixture, void *socket) {
    for (int i = 0; i < SOCKETS_MAX; i++)
        if (fixture->sockets[i] == socket)
            fixture->sockets[i] = NULL;
    zmq_close(socket);
}

static inline void *fixture_connect(struct fixture *fixture, int type, const char *name) {
    char endpoint[200];
    const int patience_ms = PATIENCE_MS;
    void *socket = zmq_socket(fixture->context, type);
    assert_non_null(socket);
    fixture_keep(fixture, socket);
    let_linger(socket);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience_ms, sizeof patience_ms);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s.sock", fixture->directory, name);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

static inline void *fixture_ingest(struct fixture *fixture) {
    return fixture_connect(fixture, ZMQ_DEALER, "ingest");
}

/* Sends text frames up to the first NULL. */
static inline void send_texts(void *socket, const char *const *frames) {
    for (int i = 0; frames[i]; i++)
        assert_true(
            zmq_send(socket, frames[i], strlen(frames[i]), frames[i + 1] ? ZMQ_SNDMORE : 0) >= 0);
}

static inline void send_batch(void *socket, const char *id, const char *body) {
    const char *const frames[] = {"PACE1", "batch", id, body, NULL};
    send_texts(socket, frames);
}

static inline void reply_clear(struct reply *reply) {
    for (int i = 0; i < reply->n_frames; i++)
        free(reply->frames[i]);
    *reply = (struct reply){0};
}

/* The next message, into a cleared or zeroed reply. */
static inline void receive(void *socket, struct reply *reply) {
    int more = 1;
    reply_clear(reply);
    while (more) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, 0) < 0)
            fail_msg("no answer: %s", zmq_strerror(errno));
        assert_true(reply->n_frames < FRAMES_MAX);
        char *copy = calloc(1, zmq_msg_size(&part) + 1);
        memcpy(copy, zmq_msg_data(&part), zmq_msg_size(&part));
        reply->lengths[reply->n_frames] = zmq_msg_size(&part);
        reply->frames[reply->n_frames++] = copy;
        more = zmq_msg_more(&part);
        zmq_msg_close(&part);
    }
}

/* The JSON of a reply of this form, owned by the caller: PACE1, verb, batch id (NULL: without),
 * JSON. */
static inline json_t *receive_answer(void *socket, const char *verb, const char *batch_id) {
    struct reply reply = {0};
    receive(socket, &reply);
    assert_int_equal(reply.n_frames, batch_id ? 4 : 3);
    assert_string_equal(reply.frames[0], "PACE1");
    if (strcmp(reply.frames[1], verb))
        fail_msg("%s %s, expected %s", reply.frames[1], reply.frames[reply.n_frames - 1], verb);
    if (batch_id)
        assert_string_equal(reply.frames[2], batch_id);
    json_t *body = json_loads(reply.frames[reply.n_frames - 1], 0, NULL);
    assert_non_null(body);
    reply_clear(&reply);
    return body;
}

static inline int member_int(const json_t *object, const char *name) {
    json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        fail_msg("no integer \"%s\" in %s", name, json_dumps(object, 0));
    return (int)json_integer_value(value);
}

static inline const char *member_text(const json_t *object, const char *name) {
    json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        fail_msg("no string \"%s\" in %s", name, json_dumps(object, 0));
    return json_string_value(value);
}

static inline void assert_counts(const json_t *ack, int accepted, int duplicate, int rejected) {
    assert_int_equal(member_int(ack, "accepted"), accepted);
    assert_int_equal(member_int(ack, "duplicate"), duplicate);
    assert_int_equal(json_array_size(json_object_get(ack, "rejected")), rejected);
}

/* Sends a batch and expects it acknowledged with these counts. */
static inline void assert_batch(void *socket, const char *body, int accepted, int duplicate,
                                int rejected) {
    send_batch(socket, "b", body);
    json_t *ack = receive_answer(socket, "ack", "b");
    assert_counts(ack, accepted, duplicate, rejected);
    json_decref(ack);
}

/* Asks the control socket, on a connection of its own; the reply is the caller's. */
static inline json_t *ask(struct fixture *fixture, const char *request) {
    struct reply reply = {0};
    const char *const frames[] = {"PACE1", request, NULL};
    void *socket = fixture_connect(fixture, ZMQ_DEALER, "control");
    fixture_take_notes(fixture);
    send_texts(socket, frames);
    receive(socket, &reply);
    assert_int_equal(reply.n_frames, 2);
    assert_string_equal(reply.frames[0], "PACE1");
    json_t *json = json_loads(reply.frames[1], 0, NULL);
    assert_non_null(json);
    reply_clear(&reply);
    fixture_disconnect(fixture, socket);
    return json;
}

/* As ask, and the answer is yes. */
static inline json_t *ask_yes(struct fixture *fixture, const char *request) {
    json_t *reply = ask(fixture, request);
    if (!json_is_true(json_object_get(reply, "ok")))
        fail_msg("%s: %s", request, json_dumps(reply, 0));
    return reply;
}

/* As ask, and the answer is no, with this code and a reason that holds this text. */
static inline void assert_refused(struct fixture *fixture, const char *request, const char *code,
                                  const char *reason) {
    json_t *reply = ask(fixture, request);
    assert_true(json_is_false(json_object_get(reply, "ok")));
    assert_string_equal(member_text(reply, "code"), code);
    if (!strstr(member_text(reply, "reason"), reason))
        fail_msg("%s: \"%s\" isn't in \"%s\"", request, reason, member_text(reply, "reason"));
    json_decref(reply);
}

/* ---- set-up ---- */

static const char config_plain[] = "indicators:\n  calls: {count: sales.activity.call}\n";

static inline int fixture_setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    strcpy(fixture->directory, "/tmp/paced-test-XXXXXX");
    if (!mkdtemp(fixture->directory))
        return -1;
    fixture->context = zmq_ctx_new();
    fixture->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fixture->notify_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fixture_path(fixture, "notify"));
    if (bind(fixture->notify_fd, (const struct sockaddr *)&address, sizeof address))
        return -1;
    fixture_write_config(fixture, config_plain);
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state) {
    struct fixture *fixture = *state;
    char command[128];
    if (fixture->pid > 0) {
        kill(fixture->pid, SIGKILL);
        waitpid(fixture->pid, NULL, 0);
    }
    for (int i = 0; i < SOCKETS_MAX; i++)
        if (fixture->sockets[i])
            zmq_close(fixture->sockets[i]);
    zmq_ctx_term(fixture->context);
    snprintf(command, sizeof command, "rm -rf %s", fixture->directory);
    int failed = system(command);
    close(fixture->notify_fd);
    free(fixture);
    return failed;
}

#endif
