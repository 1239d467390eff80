/*
 * main.c - paced from the outside in: the order of the start, its mirror at the end, one way out.
 */
#include "clock.h"
#include "config_file.h"
#include "control.h"
#include "directories.h"
#include "engine.h"
#include "files.h"
#include "ingest.h"
#include "keys.h"
#include "large_pages.h"
#include "lmdb_kv.h"
#include "logger.h"
#include "options.h"
#include "pace/error.h"
#include "poison.h"
#include "publish.h"
#include "service.h"
#include "signals.h"
#include "subscribe.h"
#include "systemd.h"
#include "turns.h"
#include "tzfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, LINGER_MS = 500 };
enum { START_EXTEND_US = 120 * 1000000, TELL_EVERY_US = 1000000 };

/* All that a running daemon holds, in the order in which it is taken. */
struct paced {
    struct options options;
    struct config_file config;
    struct directory state, runtime;
    struct poison *poison;
    struct zone_table *zones;
    struct kv *store;
    struct turns *turns;
    struct engine *engine;
    int signal_fd;
    struct wire *wire;
    struct keys *keys; /* NULL: nobody comes by a key */
    struct wire_socket *ingest, *subscribe, *alerts, *control;
    struct service *service;
    enum engine_work told; /* to the service manager last, which is told again at tell_us */
    int64_t tell_us;
    bool distrusted; /* something in the store was damaged: the next start looks at all of the index */
};

/* ---- the config ---- */

static void report_tell(const char *path, const struct schema_report *report) {
    char line[CONFIG_LINE_SIZE];
    for (int i = 0; i < report->n_errors; i++)
        logger_line(report->errors[i].warning ? LOGGER_WARNING : LOGGER_ERROR,
                    config_report_line(path, &report->errors[i], line));
}

/* All errors and warnings go to standard error as FILE:line:col: text, whoever reads them: a
 * person, an editor. */
static int read_config(const struct options *options, struct config_file *ret_config) {
    struct schema_report report = {0};
    int error = config_file_read(options->config_path, options->runtime_dir, &report, ret_config);
    report_tell(options->config_path, &report);
    if (error && error != PACE_ECONFIG)
        logger_write(LOGGER_ERROR, "%s: %s", options->config_path, pace_strerror(error));
    schema_report_clear(&report);
    return error;
}

static void print_piece(void *arg, const char *text) {
    fputs(text, arg);
}

/* --check and --print-config. */
static int run_config_action(const struct options *options) {
    struct config_file config = {0};
    if (read_config(options, &config))
        return EXIT_FAILURE;
    if (options->action == OPTIONS_PRINT_CONFIG)
        schema_print_config(config.config, print_piece, stdout);
    config_file_clear(&config);
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- the start, step by step; each tells its own failure ---- */

static int open_config(struct paced *paced) {
    return read_config(&paced->options, &paced->config);
}

static int open_directory(const char *path, const char *option, const char *lock,
                          struct directory *ret_directory) {
    char words[FILES_WORDS_SIZE];
    int error = directory_open(path, lock, ret_directory);
    if (error == PACE_EINUSE)
        logger_write(LOGGER_ERROR, "%s is in use by another paced; stop it, or give another %s",
                     path, option);
    else if (error)
        logger_write(
            LOGGER_ERROR, "%s can't be made or written: %s%s; %sgive another %s", path,
            pace_strerror(error), files_in_the_way(path, error, words),
            error == -EACCES
                ? "make whoever runs paced the owner of the directory and of all in it, or "
                : "",
            option);
    return error;
}

static int open_directories(struct paced *paced) {
    const struct options *options = &paced->options;
    umask(0027);
    int error = open_directory(options->state_dir, "--state-dir", "state.lock", &paced->state);
    if (!error)
        error =
            open_directory(options->runtime_dir, "--runtime-dir", "runtime.lock", &paced->runtime);
    return error;
}

/* What a person can do about an error of the store. */
static const char *store_remedy(int error) {
    static const struct {
        int error;
        const char *remedy;
    } table[] = {
        {PACE_ENEWER, "upgrade paced, or restore a backup made by this version"},
        {PACE_EFULL, "raise store.map_size"},
        {PACE_ECORRUPT,
         "restore the newest backup (pacectl restore FILE); the store is left as it is"},
        {-EACCES, "make whoever runs paced the owner of the directory and of all in it, or give "
                  "another --state-dir"},
        {-ENOSPC, "make room on the disk"},
        {-ENOMEM, "give paced more memory"},
        {-EINVAL, "is a time zone of the config missing in /usr/share/zoneinfo? install tzdata"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].error == error)
            return table[i].remedy;
    return "see the manual, paced(8)";
}

static int tell_store(const struct paced *paced, const char *what, int error) {
    char words[FILES_WORDS_SIZE];
    if (error)
        logger_write(LOGGER_ERROR, "the store in %s can't be %s: %s%s; %s", paced->state.path, what,
                     pace_strerror(error), files_in_the_way(paced->state.path, error, words),
                     store_remedy(error));
    return error;
}

/* What earlier processes crashed on, for whoever reads the log: an event by its digest only. */
static void tell_crashes(const struct paced *paced) {
    struct poison_counts counts;
    poison_count(paced->poison, &counts);
    if (counts.record)
        logger_write(LOGGER_ERROR,
                     "reading record %" PRIu64
                     " of the log has crashed paced %s; the log itself is whole. If it crashes "
                     "again: start the version that ran before, or one that mends it, and please "
                     "report it",
                     counts.record, counts.starts > 1 ? "at least twice" : "once");
    if (counts.suspected || counts.isolated)
        logger_write(LOGGER_WARNING,
                     "%d events have crashed paced once; %d did so twice and are refused with the "
                     "code poison (pacectl "
                     "quarantine list): please report them",
                     counts.suspected, counts.isolated);
}

/* Without it paced serves all the same. */
static int open_poison(struct paced *paced) {
    int error = poison_open(paced->state.path, &paced->poison);
    if (error)
        logger_write(LOGGER_WARNING, "%s: crashes can't be noted: %s", paced->state.path,
                     pace_strerror(error));
    tell_crashes(paced);
    return 0;
}

/* Whose record it is. To read it here may crash as well, so that its number was told before. */
static void tell_record(const struct paced *paced) {
    struct poison_counts counts;
    struct engine_record record;
    struct poison_mark *mark = poison_mark_of(POISON_START);
    char time[TIME_TEXT_SIZE];
    poison_count(paced->poison, &counts);
    mark->n = counts.record;
    if (counts.record && !engine_store_record(paced->store, counts.record, &record))
        logger_write(LOGGER_ERROR,
                     "record %" PRIu64
                     " is %s%s%s, of %s. Where no version reads it: pacectl restore a backup made "
                     "before it came, and have the sources send again what they sent since",
                     counts.record, record.type[0] ? record.type : "a note of paced's own",
                     record.source[0] ? " from " : "", record.source,
                     time_format(record.time_us, time));
    poison_mark_clear(mark);
}

static int open_store(struct paced *paced) {
    const struct config *config = paced->config.config;
    int error = kv_lmdb_open_within(paced->state.path, config->store.map_size_bytes,
                                    config_store_limit(config), &paced->store);
    if (!error)
        tell_record(paced);
    return tell_store(paced, "opened", error);
}

/* The two layouts tell whether it is the right backup, or the right package, that one has at hand. */
static int tell_newer(const struct paced *paced) {
    struct engine_store store;
    if (engine_store_read(paced->store, &store))
        return tell_store(paced, "read", PACE_ENEWER);
    logger_write(LOGGER_ERROR,
                 "the store in %s was written by a newer version of paced: its layout is %" PRIu32
                 ", version " PACED_VERSION " knows those up to %" PRIu32
                 "; nothing was changed; upgrade paced, or restore a backup made by this version",
                 paced->state.path, store.schema, store.newest);
    return PACE_ENEWER;
}

static int find_zone(void *arg, const char *name, const struct zone **ret_zone) {
    return zone_table_get(arg, name, ret_zone);
}

/* To the service manager, which gives up a start that tells nothing for START_EXTEND_US. */
static void tell_progress(void *arg, enum engine_work work, uint64_t done, uint64_t total) {
    static const struct {
        const char *what, *of;
    } words[] = {[ENGINE_READS] = {"Folding the log", "records"},
                 [ENGINE_CLOSES] = {"Closing days", "teams"}};
    struct paced *paced = arg;
    int64_t now_us = clock_monotonic_us();
    if (work == paced->told && now_us < paced->tell_us)
        return;
    if (work == ENGINE_READS && !paced->tell_us)
        logger_write(
            LOGGER_NOTICE,
            "reads the log's %" PRIu64
            " records before it serves: senders keep their events meanwhile, and `systemctl "
            "status` shows how far it is",
            total);
    paced->told = work;
    paced->tell_us = now_us + TELL_EVERY_US;
    systemd_extend(START_EXTEND_US);
    systemd_status("%s: %" PRIu64 " of %" PRIu64 " %s", words[work].what, done, total,
                   words[work].of);
}

static void tell_counted(const struct paced *paced) {
    char day[DAY_TEXT_SIZE];
    pace_day since = engine_counted_since(paced->engine);
    if (since != DAY_NONE)
        logger_write(LOGGER_NOTICE,
                     "the configuration in force counts from %s on: earlier days' records were "
                     "gone when it came",
                     day_format(since, day));
}

static void tell_turns(void *arg, enum engine_part part) {
    turns_lap(arg, (int)part);
}

static int open_engine(struct paced *paced) {
    unsigned char store_id[16];
    paced->zones = zone_table_create();
    paced->turns = turns_create();
    if (!paced->zones || !paced->turns)
        return tell_store(paced, "read", -ENOMEM);
    if (getrandom(store_id, sizeof store_id, 0) != (ssize_t)sizeof store_id)
        return tell_store(paced, "named", -errno);
    const struct engine_setup setup = {
        .kv = paced->store,
        .config = paced->config.config,
        .config_text = config_file_text(&paced->config),
        .zone = find_zone,
        .zone_arg = paced->zones,
        .clock = paced->options.clock,
        .progress = tell_progress,
        .progress_arg = paced,
        .passed = tell_turns,
        .passed_arg = paced->turns,
        .store_id = store_id,
        .reading = &poison_mark_of(POISON_START)->n,
        .memory = &large_pages,
    };
    int error = engine_open(&setup, &paced->engine);
    poison_started(paced->poison);
    if (!error)
        tell_counted(paced);
    return error == PACE_ENEWER ? tell_newer(paced) : tell_store(paced, "read", error);
}

static int open_signals(struct paced *paced) {
    int error = signals_open(&paced->signal_fd);
    if (error)
        logger_write(LOGGER_ERROR, "signals can't be read: %s", pace_strerror(error));
    return error;
}

static void tell_server_key(const char *state_dir, int error) {
    char words[FILES_WORDS_SIZE];
    if (error == -EINVAL)
        logger_write(LOGGER_ERROR,
                     "%s/server.key holds no secret key (40 characters and a line feed): put back "
                     "what was there, or remove it. Then the "
                     "next start makes another, whose public key each client has to be told: "
                     "paced-protocol(7)",
                     state_dir);
    else
        logger_write(LOGGER_ERROR,
                     "%s/server.key can't be read or made: %s%s; its owner must be who runs paced",
                     state_dir, pace_strerror(error), files_in_the_way(state_dir, error, words));
}

static int open_keys(struct paced *paced) {
    const struct config *config = paced->config.config;
    if (!endpoints_guarded(&paced->config.endpoints, config))
        return 0;
    int error = keys_open(paced->wire, paced->state.path, &paced->keys);
    if (error) {
        tell_server_key(paced->state.path, error);
        return error;
    }
    keys_configure(paced->keys, config);
    logger_write(LOGGER_INFO, "keys are asked for over TCP; the public key of this paced is %s", keys_public(paced->keys));
    return 0;
}

/* A lock that doesn't close must not be found by those whom it is there for. */
static int test_keys(const struct paced *paced, struct wire_socket *socket, const char *name) {
    int error = paced->keys ? keys_test(paced->keys, socket) : 0;
    if (error == -EPERM)
        logger_write(LOGGER_ERROR, "sockets.%s: a key that nobody knows was let in: libzmq doesn't do what it should; not started", name);
    else if (error)
        logger_write(LOGGER_ERROR,
                     "sockets.%s: whether unknown keys are refused can't be tried: %s; not started. Does the sandbox let paced reach its "
                     "own address (IPAddressAllow=)?",
                     name, pace_strerror(error));
    return error;
}

/* Those of one kind: with keys TCP is for who has one. */
static int bind_those(const struct paced *paced, struct wire_socket *socket, const char *name, const struct endpoint_list *endpoints,
                      bool guarded) {
    struct wire_guard guard = guarded ? keys_guard(paced->keys, name) : (struct wire_guard){0};
    int error = 0;
    for (int i = 0; i < endpoints->n && !error; i++) {
        const char *endpoint = endpoints->text[i];
        if (guarded != (paced->keys && !endpoint_path(endpoint)))
            continue;
        error = guarded ? wire_socket_bind_guarded(socket, endpoint, &guard) : wire_socket_bind(socket, endpoint);
        if (error)
            logger_write(LOGGER_ERROR, "%s can't be bound: %s; %s", endpoint, pace_strerror(error),
                         error == -EAFNOSUPPORT
                             ? "by itself the service has no network: paced-protocol(7), \"From "
                               "another machine\", has "
                               "the lines for `systemctl edit paced`"
                             : "see to that, or give another one in the configuration (sockets)");
    }
    return error;
}

static int bind_all(const struct paced *paced, struct wire_socket *socket, const char *name, const struct endpoint_list *endpoints) {
    int error = bind_those(paced, socket, name, endpoints, false);
    if (paced->keys && !error)
        error = bind_those(paced, socket, name, endpoints, true);
    return error ? error : test_keys(paced, socket, name);
}

static int open_sockets(struct paced *paced) {
    const struct endpoints *at = &paced->config.endpoints;
    const struct {
        const char *name;
        enum wire_role role;
        int in, out;
        const struct endpoint_list *endpoints;
        struct wire_socket **socket;
    } table[] = {
        {"alerts", WIRE_XPUB, PUBLISH_SUBSCRIPTIONS, PUBLISH_QUEUE, &at->alerts, &paced->alerts},
        {"control", WIRE_ROUTER, CONTROL_QUEUE, CONTROL_ANSWERS, &at->control, &paced->control},
        {"ingest", WIRE_ROUTER, INGEST_QUEUE, INGEST_ANSWERS, &at->ingest, &paced->ingest},
        {"subscribe", WIRE_SUB, SUBSCRIBE_QUEUE, 1 /* nothing is sent */, &at->subscribe, &paced->subscribe},
    };
    int error = wire_open(&paced->wire);
    error = error ? error : open_keys(paced);
    for (size_t i = 0; i < sizeof table / sizeof *table && !error; i++) {
        if (table[i].role == WIRE_SUB && !table[i].endpoints->n)
            continue;
        error = wire_socket_create(paced->wire, table[i].role, table[i].in, table[i].out, table[i].socket);
        if (error)
            logger_write(LOGGER_ERROR, "a socket can't be made: %s", pace_strerror(error));
        error = error ? error : bind_all(paced, *table[i].socket, table[i].name, table[i].endpoints);
    }
    return error;
}

static int open_service(struct paced *paced) {
    const struct service_setup setup = {
        .engine = paced->engine,
        .store = paced->store,
        .turns = paced->turns,
        .poison = paced->poison,
        .config = &paced->config,
        .config_path = paced->options.config_path,
        .runtime_dir = paced->options.runtime_dir,
        .clock = paced->options.clock,
        .signal_fd = paced->signal_fd,
        .ingest = paced->ingest,
        .subscribe = paced->subscribe,
        .alerts = paced->alerts,
        .control = paced->control,
        .keys = paced->keys,
    };
    int error = service_create(&setup, &paced->service);
    if (error)
        logger_write(LOGGER_ERROR, "can't serve: %s", pace_strerror(error));
    return error;
}

static int serve(struct paced *paced) {
    struct engine_status status;
    engine_status(paced->engine, &status);
    logger_write(
        LOGGER_INFO, "version %s serves %s (records: %" PRIu64 ", alerts: %" PRIu64 ", reps: %d)",
        PACED_VERSION, paced->options.config_path, status.log_records, status.alerts, status.reps);
    if (status.folded_anew)
        logger_write(
            LOGGER_NOTICE,
            "the log was folded anew (records: %" PRIu64
            "): the configuration, or what this version makes of "
            "the same events, isn't what it was when paced ran last. What was said stays said",
            status.folded_anew);
    if (status.index_given_up)
        logger_write(LOGGER_WARNING,
                     "the index by which events that come twice are known was damaged; it was made "
                     "anew from the "
                     "log (records: %" PRIu64 "). Is the disk failing?",
                     status.index_given_up);
    systemd_ready();
    int error = service_run(paced->service);
    paced->distrusted = error == PACE_ECORRUPT;
    if (!error)
        logger_write(LOGGER_INFO, "paced stops; everything acknowledged is stored");
    return error;
}

/* A commit by itself: what the engine had not committed is gone. */
static void note_distrust(const struct paced *paced) {
    struct kv *store = NULL;
    uint64_t limit_bytes = config_store_limit(paced->config.config);
    int error = kv_lmdb_open(paced->state.path, limit_bytes, &store);
    if (!error) {
        engine_distrust_index(store);
        error = kv_commit(store);
    }
    tell_store(paced, "marked as damaged", error);
    kv_destroy(&store);
}

/* The mirror of the start. What wasn't reached is NULL or closed. */
static void close_all(struct paced *paced) {
    service_destroy(&paced->service);
    wire_socket_close(&paced->subscribe, 0);
    wire_socket_close(&paced->ingest, LINGER_MS);
    wire_socket_close(&paced->control, LINGER_MS);
    wire_socket_close(&paced->alerts, LINGER_MS);
    keys_close(&paced->keys);
    wire_close(&paced->wire);
    if (paced->signal_fd >= 0)
        close(paced->signal_fd);
    engine_destroy(&paced->engine);
    turns_destroy(&paced->turns);
    zone_table_destroy(&paced->zones);
    kv_destroy(&paced->store);
    poison_close(&paced->poison);
    if (paced->distrusted)
        note_distrust(paced);
    directory_close(&paced->runtime);
    directory_close(&paced->state);
    config_file_clear(&paced->config);
}

/* A start that fails for what only a person can mend says so, and the unit doesn't try again. */
static int start_status(int error) {
    switch (error) {
    case PACE_ECONFIG:
        return EX_CONFIG;
    case PACE_ENEWER:
    case PACE_ECORRUPT:
        return EX_DATAERR;
    }
    return EXIT_FAILURE;
}

static int run_daemon(const struct options *options) {
    static int (*const steps[])(struct paced * paced) = {
        open_config, open_directories, open_poison,  open_store,
        open_engine, open_signals,     open_sockets, open_service,
    };
    struct paced paced = {
        .options = *options, .signal_fd = -1, .state.lock_fd = -1, .runtime.lock_fd = -1};
    int error = 0;
    logger_open();
    signals_hold_reload();
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !error; i++)
        error = steps[i](&paced);
    int status = error ? start_status(error) : serve(&paced) ? EXIT_FAILURE : EXIT_SUCCESS;
    close_all(&paced);
    return status;
}

int main(int argc, char **argv) {
    struct options options;
    char reason[OPTIONS_REASON_SIZE];
    if (options_read(argc, argv, &options, reason)) {
        fprintf(stderr, "paced: %s\n%s", reason, options_usage);
        return EXIT_USAGE;
    }
    switch (options.action) {
    case OPTIONS_HELP:
        return fputs(options_usage, stdout) < 0 || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    case OPTIONS_VERSION:
        return puts("paced " PACED_VERSION) < 0 || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
    case OPTIONS_CHECK:
    case OPTIONS_PRINT_CONFIG:
        return run_config_action(&options);
    case OPTIONS_SERVE:
        return run_daemon(&options);
    }
    return EXIT_FAILURE;
}
