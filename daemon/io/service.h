/*
 * service.h - the daemon at work: one thread that takes its turns until it is asked to stop.
 *
 * A turn: wait for a message, a signal or the next due moment; read the clock once; move it; take
 * what came in; commit once; acknowledge; publish; answer questions. Persist first, then tell.
 */
#ifndef IO_SERVICE_H
#define IO_SERVICE_H

#include "config_file.h"
#include "engine.h"
#include "keys.h"

struct service;

/* All borrowed for the service's life; *config is replaced by a reload. */
struct service_setup {
    struct engine *engine;
    struct kv *store;
    struct turns *turns;   /* which the engine tells what it did, too */
    struct poison *poison; /* NULL: nobody notes what crashes it */
    struct config_file *config;
    const char *config_path, *runtime_dir;
    enum engine_clock clock;
    int signal_fd;
    struct wire_socket *ingest, *alerts, *control;
    struct wire_socket *subscribe; /* NULL: none is configured */
    struct keys *keys;             /* NULL: nobody comes by a key */
};

/* 0 or -ENOMEM. */
int service_create(const struct service_setup *setup, struct service **ret_service);
void service_destroy(struct service **service);

/* 0: asked to stop, everything durable. Else why it can't go on; a fresh start may: nothing
 * acknowledged is lost. */
int service_run(struct service *service);

#endif
