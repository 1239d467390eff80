#include "control.h"

#include "answer.h"
#include "failure.h"
#include "link.h"
#include "pace/wire.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct control {
    char endpoint[CTL_ENDPOINT_SIZE];
    bool keyed;
    struct link link;
    json_int_t last_id;
    bool quiet;
};

static int tell_unreachable(const struct control *control, const char *what) {
    if (control->quiet)
        return CTL_UNREACHABLE;
    if (control->keyed || control->link.reason == -EPROTO)
        return control_tell_refused(control->endpoint, what);
    return control_tell_unreachable(control->endpoint, what);
}

int control_tell_refused(const char *endpoint, const char *what) {
    return ctl_fail(CTL_UNREACHABLE,
                    "%s at %s. Either it isn't running there, or the keys don't fit: --server-key must be the one that \"pacectl "
                    "status\" shows on its machine, and keys: of its configuration must name the public key of --key FILE, with the "
                    "right to connect to this socket",
                    what, endpoint);
}

int control_tell_unreachable(const char *endpoint, const char *what) {
    static const char start[] =
        "Is it running, or still starting? \"systemctl status paced\" tells. If it runs with another "
        "runtime directory, name its control socket: --socket DIRECTORY/control.sock";
    const char *path = link_path(endpoint);
    switch (link_path_problem(endpoint)) {
    case ENOENT:
    case ENOTDIR:
        return ctl_fail(CTL_UNREACHABLE, "no daemon: there is no socket %s. %s", path, start);
    case EACCES:
        return ctl_fail(
            CTL_UNREACHABLE,
            "no access to the daemon's socket %s. Use root, or a user in the group that owns the "
            "socket, paced as packages make it: \"usermod -aG paced USER\", then log in anew",
            path);
    default:
        return ctl_fail(CTL_UNREACHABLE, "%s at %s. %s", what, path ? path : endpoint, start);
    }
}

static const struct link_keys *control_keys(const struct ctl *ctl, struct link_keys *keys) {
    *keys = (struct link_keys){ctl->keys.server, ctl->keys.public, ctl->keys.secret};
    return keys;
}

int control_open(const struct ctl *ctl, struct control **ret_control) {
    struct link_keys keys;
    struct control *control = calloc(1, sizeof *control);
    if (!control)
        return ctl_fail(CTL_NO, "out of memory");
    snprintf(control->endpoint, sizeof control->endpoint, "%s", ctl->control);
    control->keyed = ctl->keys.server;
    control->quiet = ctl->quiet;
    int error = link_path_problem(ctl->control);
    if (!error)
        error = link_open(&control->link, ctl->control, control_keys(ctl, &keys));
    if (error) {
        error = tell_unreachable(control, "no daemon can be reached");
        control_close(&control);
        return error;
    }
    *ret_control = control;
    return 0;
}

void control_close(struct control **control) {
    if (*control) {
        link_close(&(*control)->link);
        free(*control);
    }
    *control = NULL;
}

static int send_request(struct control *control, json_t *request) {
    json_object_set_new(request, "id", json_integer(++control->last_id));
    char *text = json_dumps(request, JSON_COMPACT);
    if (!text)
        return ctl_fail(CTL_NO, "the request can't be written as JSON: is a name not UTF-8?");
    struct view frames[] = {view_of(PACE_WIRE_MAGIC), view_of(text)};
    int error = link_send(&control->link, frames, 2);
    free(text);
    return error ? tell_unreachable(control, "no daemon can be reached") : 0;
}

/* The reply in a message if it is one to the last request, or NULL. */
static json_t *reply_of(const struct control *control, const struct link_message *message) {
    if (message->n_frames != 2 || !view_equal(message->frames[0], view_of(PACE_WIRE_MAGIC)))
        return NULL;
    json_t *reply = json_loadb(message->frames[1].at, message->frames[1].len, JSON_ALLOW_NUL, NULL);
    json_t *id = json_object_get(reply, "id");
    if (id && json_integer_value(id) == control->last_id)
        return reply;
    json_decref(reply);
    return NULL;
}

/* -EAGAIN: none has come in patience_ms. */
static int await_reply(struct control *control, int patience_ms, json_t **ret_reply) {
    int64_t until_ms = link_now_ms() + patience_ms;
    for (;;) {
        struct link_message message;
        while (link_receive(&control->link, &message) == 0) {
            json_t *reply = reply_of(control, &message);
            link_message_close(&message);
            if (reply) {
                *ret_reply = reply;
                return 0;
            }
        }
        if (link_is_down(&control->link))
            return tell_unreachable(control, "no daemon answers");
        int64_t left_ms = until_ms - link_now_ms();
        if (left_ms <= 0)
            return -EAGAIN;
        zmq_pollitem_t items[LINK_POLL_ITEMS];
        link_poll_items(&control->link, items);
        zmq_poll(items, LINK_POLL_ITEMS, (long)left_ms);
    }
}

static int wait_reply(struct control *control, int patience_ms, json_t **ret_reply) {
    int error = await_reply(control, patience_ms, ret_reply);
    return error == -EAGAIN ? tell_unreachable(control, "no answer in time from the daemon") : error;
}

static int tell_refusal(const json_t *reply) {
    const char *reason = json_string_value(json_object_get(reply, "reason"));
    const char *code = json_string_value(json_object_get(reply, "code"));
    size_t i;
    json_t *error;
    json_array_foreach(json_object_get(reply, "errors"), i, error) {
        if (json_is_string(error))
            ctl_fail(CTL_NO, "%s", json_string_value(error));
    }
    failure_set_code(code ? code : "no_code");
    return ctl_fail(CTL_NO, "%s (%s)", reason ? reason : "the daemon gave no reason",
                    code ? code : "no code");
}

/* Takes the request. */
static int ask(struct control *control, json_t *request) {
    int error = request ? send_request(control, request)
                        : ctl_fail(CTL_NO, "the request can't be made: is a name not UTF-8?");
    json_decref(request);
    return error;
}

/* Takes the reply, which there is unless there is an error. */
static int accept_reply(int error, json_t *reply, json_t **ret_reply) {
    if (!error && !json_is_true(json_object_get(reply, "ok")))
        error = tell_refusal(reply);
    if (error) {
        json_decref(reply);
        return error;
    }
    json_object_del(reply, "ok");
    json_object_del(reply, "id");
    *ret_reply = reply;
    return 0;
}

int control_ask(struct control *control, json_t *request, int patience_ms, json_t **ret_reply) {
    json_t *reply = NULL;
    int error = ask(control, request);
    if (!error)
        error = wait_reply(control, patience_ms, &reply);
    return accept_reply(error, reply, ret_reply);
}

static int each_item(const json_t *page, int (*each)(void *arg, json_t *item), void *arg) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(page, "items"), i, item) {
        int result = each(arg, item);
        if (result)
            return result;
    }
    return 0;
}

int control_list(struct control *control, json_t *request, const char *cursor,
                 int (*each)(void *arg, json_t *item), void *arg) {
    int error = 0;
    for (bool more = true; more && !error;) {
        json_t *page = NULL;
        error = control_ask(control, json_copy(request), CONTROL_PATIENCE_MS, &page);
        if (error)
            break;
        error = each_item(page, each, arg);
        json_t *next = json_object_get(page, "next");
        /* A daemon that names the same place again would keep us here for ever. */
        more = next && !json_is_null(next) && !json_equal(next, json_object_get(request, cursor));
        if (more)
            json_object_set(request, cursor, next);
        json_decref(page);
    }
    json_decref(request);
    return error;
}

static int keep_item(void *arg, json_t *item) {
    return json_array_append(arg, item) ? ctl_fail(CTL_NO, "out of memory") : 0;
}

int control_collect(const struct ctl *ctl, json_t *request, json_t **ret_items) {
    struct control *control = NULL;
    json_t *items = json_array();
    int code = control_open(ctl, &control);
    if (!code)
        code = control_list(control, request, json_object_get(request, "since") ? "since" : "from", keep_item, items);
    else
        json_decref(request);
    control_close(&control);
    if (code)
        json_decref(items);
    else
        *ret_items = items;
    return code;
}

int control_ask_once(const struct ctl *ctl, json_t *request, json_t **ret_reply) {
    struct control *control = NULL;
    int error = control_open(ctl, &control);
    if (error)
        json_decref(request);
    else
        error = control_ask(control, request, CONTROL_PATIENCE_MS, ret_reply);
    control_close(&control);
    return error;
}

/* ---- work of minutes ---- */

enum { PROGRESS_EACH_MS = 1000 };

/* "verify: 12,000 of 40,000 records", over the line before. */
static void show_progress(struct control *beside, const char *work) {
    json_t *status = NULL;
    char done[TEXT_NUMBER_SIZE], of[TEXT_NUMBER_SIZE];
    if (control_ask(beside, json_pack("{ss}", "cmd", "status"), CONTROL_PATIENCE_MS, &status))
        return;
    const json_t *at = json_object_get(status, work), *running = json_object_get(at, "running");
    at = running ? running : at;
    if (json_object_get(at, "records"))
        fprintf(stderr, "\r%s: %s of %s records\033[K", work, answer_number(at, "records", done), answer_number(at, "of", of));
    else if (json_object_get(at, "bytes"))
        fprintf(stderr, "\r%s: %s of about %s\033[K", work, text_bytes(answer_count(at, "bytes"), done),
                text_bytes(answer_count(at, "of"), of));
    json_decref(status);
}

static int wait_showing(const struct ctl *ctl, struct control *control, const char *work, json_t **ret_reply) {
    struct ctl silent = *ctl;
    struct control *beside = NULL;
    int error = -EAGAIN;
    silent.quiet = true;
    if (control_open(&silent, &beside))
        return wait_reply(control, CONTROL_LONG_PATIENCE_MS, ret_reply);
    for (int64_t waited_ms = 0; error == -EAGAIN && waited_ms < CONTROL_LONG_PATIENCE_MS; waited_ms += PROGRESS_EACH_MS) {
        error = await_reply(control, PROGRESS_EACH_MS, ret_reply);
        if (error == -EAGAIN)
            show_progress(beside, work);
    }
    fputs("\r\033[K", stderr);
    control_close(&beside);
    return error == -EAGAIN ? tell_unreachable(control, "no answer in time from the daemon") : error;
}

int control_ask_long(const struct ctl *ctl, json_t *request, json_t **ret_reply) {
    struct control *control = NULL;
    json_t *reply = NULL;
    char work[32];
    snprintf(work, sizeof work, "%s", answer_text(request, "cmd"));
    int error = control_open(ctl, &control);
    if (error) {
        json_decref(request);
        return error;
    }
    error = ask(control, request);
    if (!error)
        error = isatty(STDERR_FILENO) ? wait_showing(ctl, control, work, &reply)
                                      : wait_reply(control, CONTROL_LONG_PATIENCE_MS, &reply);
    error = accept_reply(error, reply, ret_reply);
    control_close(&control);
    return error;
}

int control_print_items(json_t *items) {
    json_t *list = json_pack("{sO}", "items", items);
    int code = control_print_json(list);
    json_decref(list);
    return code;
}

int control_print_json(const json_t *json) {
    failure_answered();
    int error = json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
    int code = ctl_flush();
    return code || !error ? code : ctl_fail(CTL_NO, "out of memory");
}
