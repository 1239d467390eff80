/*
 * audit.h - verifications as they are asked for: one at a time, begun when no days are being
 * closed, told when they are over.
 */
#ifndef IO_AUDIT_H
#define IO_AUDIT_H

#include "config_file.h"
#include "control.h"
#include "engine.h"

struct audit;

/* All borrowed; *config may be replaced while none is under way. */
struct audit_setup {
    struct engine *engine;
    struct kv *store;
    const struct config_file *config;
    enum engine_clock clock;
};

/* 0 or -ENOMEM. */
int audit_create(const struct audit_setup *setup, struct audit **ret_audit);
void audit_destroy(struct audit **audit);

/* 0: the ticket is taken, and answered in the end. -EBUSY: there is one already; -EAGAIN: the past
 * is being folded anew. */
int audit_ask(struct audit *audit, struct control_ticket *ticket);

/* One was asked for or is under way: the config stays. */
bool audit_busy(const struct audit *audit);

/* One was asked for, and can begin: have everything committed, then audit_begin. */
bool audit_due(const struct audit *audit);
void audit_begin(struct audit *audit, struct control *control);

/* Readable once it is over; -1: none is under way. */
int audit_fd(const struct audit *audit);

/* It is over: answered, and told in the log. True: the index isn't what the log says, which the
 * next commit notes. */
bool audit_end(struct audit *audit, struct control *control);

/* paced stops: gives up what is under way, and answers. */
void audit_stop(struct audit *audit, struct control *control);

/* {"running":…,"last":…}, since the start of this process. */
json_t *audit_json(const struct audit *audit);

#endif
