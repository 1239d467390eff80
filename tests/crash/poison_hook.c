/*
 * poison_hook.c - linked into paced_poison, never into paced: crashes on the event that the
 * environment names.
 *
 *     POISON         "HOW:ID:SIGNAL": that event is fatal while it is decoded, taken or (start)
 *                    read from the log; signal 0: it uses up the stack
 *     POISON_BLIND   crashes aren't noted: the control
 *
 * Says so on standard error where it isn't the first thread that crashes.
 */
#include "draft.h"
#include "engine.h"
#include "engine_fold.h"
#include "poison.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum pace_code __real_draft_close(struct draft *draft);
enum pace_code __wrap_draft_close(struct draft *draft);
int __real_engine_take_keyed(struct engine *engine, const struct event *event,
                             const struct index_keys *keys, struct engine_answer *ret_answer);
int __wrap_engine_take_keyed(struct engine *engine, const struct event *event,
                             const struct index_keys *keys, struct engine_answer *ret_answer);
int __real_fold_apply(struct fold *fold, const struct event *event, const struct event_names *names,
                      int source, int sign, uint64_t number, const struct revisions *others);
int __wrap_fold_apply(struct fold *fold, const struct event *event, const struct event_names *names,
                      int source, int sign, uint64_t number, const struct revisions *others);
int __real_poison_open(const char *directory, struct poison **ret_poison);
int __wrap_poison_open(const char *directory, struct poison **ret_poison);

static volatile unsigned bottom;

static unsigned dig(unsigned depth) {
    volatile unsigned char here[4096];
    here[depth % sizeof here] = (unsigned char)depth;
    return bottom == depth + 1 ? 0 : dig(depth + 1) + here[depth % sizeof here];
}

static void crash(int number) {
    static const char beside[] = "poison: crashes beside\n";
    if (syscall(SYS_gettid) != getpid() && write(STDERR_FILENO, beside, sizeof beside - 1) < 0)
        abort();
    if (number)
        raise(number);
    bottom = dig(0);
}

static void crash_at(const char *how, const struct event *event) {
    char wanted[16], id[64];
    int number;
    const char *poison = getenv("POISON");
    if (poison && sscanf(poison, "%15[^:]:%63[^:]:%d", wanted, id, &number) == 3 &&
        strcmp(wanted, how) == 0 && view_equal(event->id, view_of(id)))
        crash(number);
}

enum pace_code __wrap_draft_close(struct draft *draft) {
    crash_at("decode", draft->event);
    return __real_draft_close(draft);
}

int __wrap_engine_take_keyed(struct engine *engine, const struct event *event,
                             const struct index_keys *keys, struct engine_answer *ret_answer) {
    crash_at("take", event);
    return __real_engine_take_keyed(engine, event, keys, ret_answer);
}

int __wrap_fold_apply(struct fold *fold, const struct event *event, const struct event_names *names,
                      int source, int sign, uint64_t number, const struct revisions *others) {
    crash_at("start", event);
    return __real_fold_apply(fold, event, names, source, sign, number, others);
}

int __wrap_poison_open(const char *directory, struct poison **ret_poison) {
    return getenv("POISON_BLIND") ? -ENOSYS : __real_poison_open(directory, ret_poison);
}
