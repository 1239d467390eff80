/* scrubber.c - see scrubber.h. */
#include "scrubber.h"

#include "background.h"
#include "clock.h"
#include "json_value.h"
#include "lmdb_kv.h"
#include "logger.h"

#include <pace/error.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
    SLOW_SLICE_BYTES = 1 << 20,
    FAST_SLICE_BYTES = 8 << 20,
    FINDINGS_KEPT = 16,
};

struct finding {
    enum kv_table table;
    uint64_t key;
};

struct scrubber {
    struct kv *store;
    int days;
    int64_t due_us;      /* monotonic; of the next slice, or of the next pass */
    int64_t earliest_us; /* no pass by itself before */
    bool running, asked; /* a pass; somebody waits for it */
    int64_t began_us, began_wall_us;
    uint64_t of_bytes;
    struct scrub walk;       /* as of the end of the last slice */
    uint64_t bad[KV_TABLES]; /* of this pass, or the last one */
    struct finding findings[FINDINGS_KEPT];
    int n_findings;
    bool noted; /* a last result is known: */
    struct scrub_result last;
    bool again; /* the pass under way is to begin anew, asked for */
    /* A slice: the thread's between its start and its end. */
    bool slicing;
    struct background thread;
    struct kv *snapshot;
    struct scrub sliced;
    uint64_t slice_bytes;
    struct finding found[FINDINGS_KEPT];
    uint64_t found_bad[KV_TABLES];
    int n_found, slice_result;
};

/* ---- the thread ---- */

static void found(void *arg, enum kv_table table, uint64_t key) {
    struct scrubber *scrubber = arg;
    scrubber->found_bad[table]++;
    if (scrubber->n_found < FINDINGS_KEPT)
        scrubber->found[scrubber->n_found++] = (struct finding){table, key};
}

static void slice_work(void *arg) {
    struct scrubber *scrubber = arg;
    scrubber->slice_result =
        scrub_step(&scrubber->sliced, scrubber->snapshot, scrubber->slice_bytes, found, scrubber);
}

static int slice_start(struct scrubber *scrubber) {
    scrubber->sliced = scrubber->walk;
    scrubber->slice_bytes = scrubber->asked ? FAST_SLICE_BYTES : SLOW_SLICE_BYTES;
    scrubber->n_found = 0;
    memset(scrubber->found_bad, 0, sizeof scrubber->found_bad);
    int error = kv_lmdb_snapshot(scrubber->store, &scrubber->snapshot);
    if (!error)
        error = background_start(&scrubber->thread, slice_work, scrubber);
    if (error)
        kv_destroy(&scrubber->snapshot);
    scrubber->slicing = !error;
    return error;
}

static void slice_end(struct scrubber *scrubber) {
    if (!scrubber->slicing)
        return;
    background_end(&scrubber->thread);
    kv_destroy(&scrubber->snapshot);
    scrubber->slicing = false;
}

/* ---- when ---- */

/* A pass by itself: so many days after the last, but no more from now on, where the clock was wrong when that ended;
 * sooner where it found damage, which may be mended by now. */
static int64_t next_pass_us(const struct scrubber *scrubber) {
    int64_t wait_us = 0;
    if (!scrubber->days)
        return INT64_MAX;
    if (scrubber->noted && !scrubber->last.bad)
        wait_us = scrubber->last.ended_us + scrubber->days * DAY_US - clock_wall_us();
    wait_us = wait_us < scrubber->days * DAY_US ? wait_us : scrubber->days * DAY_US;
    int64_t at_us = clock_monotonic_us() + (wait_us > 0 ? wait_us : 0);
    return at_us > scrubber->earliest_us ? at_us : scrubber->earliest_us;
}

void scrubber_configure(struct scrubber *scrubber, int days) {
    scrubber->days = days;
    if (!scrubber->running)
        scrubber->due_us = next_pass_us(scrubber);
}

int64_t scrubber_due_us(const struct scrubber *scrubber) {
    return scrubber->slicing ? INT64_MAX : scrubber->due_us;
}

static void pass_begin(struct scrubber *scrubber, bool asked) {
    struct kv_lmdb_room room = {0};
    kv_lmdb_room(scrubber->store, &room);
    scrubber->running = true;
    scrubber->asked = asked;
    scrubber->began_us = scrubber->due_us = clock_monotonic_us();
    scrubber->began_wall_us = clock_wall_second_us();
    scrubber->of_bytes = room.used_bytes;
    scrubber->walk = (struct scrub){0};
    scrubber->n_findings = 0;
    memset(scrubber->bad, 0, sizeof scrubber->bad);
}

int scrubber_ask(struct scrubber *scrubber) {
    if (scrubber->asked)
        return -EBUSY;
    scrubber->again = scrubber->slicing; /* its slice isn't waited for */
    scrubber->asked = true;
    if (!scrubber->again)
        pass_begin(scrubber, true);
    return 0;
}

/* Where no thread can be had it is tried again in a while. */
void scrubber_look(struct scrubber *scrubber) {
    int64_t now_us = clock_monotonic_us();
    if (scrubber->slicing || now_us < scrubber->due_us)
        return;
    if (!scrubber->running)
        pass_begin(scrubber, false);
    int64_t apart_us =
        scrubber->asked ? 0 : (int64_t)SLOW_SLICE_BYTES * 1000000 / SCRUBBER_BYTES_PER_S;
    scrubber->due_us = now_us + (slice_start(scrubber) ? 1000000 : apart_us);
}

int scrubber_fd(const struct scrubber *scrubber) {
    return scrubber->slicing ? scrubber->thread.done_fd : -1;
}

/* ---- what a slice found ---- */

static void tell_finding(const struct finding *finding) {
    struct scrub_remedy remedy = scrub_remedy(finding->table);
    logger_write(LOGGER_ERROR,
                 "the store is damaged: %s (%s, %" PRIu64
                 ") isn't what was written; %s. Is the disk failing?",
                 remedy.what, remedy.table, finding->key, remedy.remedy);
}

static void take_slice(struct scrubber *scrubber) {
    scrubber->walk = scrubber->sliced;
    for (int t = 0; t < KV_TABLES; t++)
        scrubber->bad[t] += scrubber->found_bad[t];
    for (int i = 0; i < scrubber->n_found && scrubber->n_findings < FINDINGS_KEPT; i++) {
        tell_finding(&scrubber->found[i]);
        scrubber->findings[scrubber->n_findings++] = scrubber->found[i];
    }
}

static struct scrub_result result_of(const struct scrubber *scrubber) {
    return (struct scrub_result){
        .ended_us = clock_wall_second_us(),
        .seconds = (uint64_t)(clock_monotonic_us() - scrubber->began_us) / 1000000,
        .values = scrubber->walk.values,
        .bytes = scrubber->walk.bytes,
        .bad = scrubber->walk.bad,
    };
}

/* A table that can't be walked to its end is damage, too. */
static void tell_unwalkable(struct scrubber *scrubber) {
    if (scrubber->walk.table >= KV_TABLES)
        return;
    struct finding finding = {(enum kv_table)scrubber->walk.table, scrubber->walk.key};
    scrubber->walk.bad++;
    scrubber->bad[finding.table]++;
    tell_finding(&finding);
    if (scrubber->n_findings < FINDINGS_KEPT)
        scrubber->findings[scrubber->n_findings++] = finding;
}

static void pass_end(struct scrubber *scrubber, int error, struct scrubber_pass *ret_pass) {
    if (error == PACE_ECORRUPT)
        tell_unwalkable(scrubber);
    scrubber->running = false;
    scrubber->last = result_of(scrubber);
    scrubber->noted = true;
    *ret_pass =
        (struct scrubber_pass){scrubber->last, scrubber->asked, error, scrubber->bad[KV_INDEX] > 0};
    scrub_note(scrubber->store, &scrubber->last);
    scrubber->asked = false;
    scrubber->earliest_us = clock_monotonic_us() + DAY_US;
    scrubber->due_us = next_pass_us(scrubber);
}

int scrubber_end(struct scrubber *scrubber, struct scrubber_pass *ret_pass) {
    if (!scrubber->slicing)
        return 0;
    slice_end(scrubber);
    if (scrubber->again) {
        scrubber->again = false;
        pass_begin(scrubber, true);
        return 0;
    }
    take_slice(scrubber);
    int more = scrubber->slice_result;
    if (more == 1)
        return 0;
    pass_end(scrubber, more, ret_pass);
    return 1;
}

void scrubber_stop(struct scrubber *scrubber) {
    slice_end(scrubber);
    scrubber->running = scrubber->asked = scrubber->again = false;
    scrubber->due_us = INT64_MAX;
}

/* ---- what is told ---- */

uint64_t scrubber_bad(const struct scrubber *scrubber) {
    return scrubber->running && scrubber->walk.bad ? scrubber->walk.bad
           : scrubber->noted                       ? scrubber->last.bad
                                                   : 0;
}

json_t *scrubber_damage(const struct scrubber *scrubber) {
    json_t *list = json_array();
    for (int i = 0; i < scrubber->n_findings; i++) {
        struct scrub_remedy remedy = scrub_remedy(scrubber->findings[i].table);
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:I}", "what", remedy.what, "remedy",
                                              remedy.remedy, "table", remedy.table, "key",
                                              (json_int_t)scrubber->findings[i].key));
    }
    return list;
}

static json_t *last_json(const struct scrubber *scrubber) {
    const struct scrub_result *last = &scrubber->last;
    if (!scrubber->noted)
        return json_null();
    return json_pack("{s:o,s:I,s:I,s:I,s:I}", "at", json_value_time(last->ended_us), "seconds",
                     (json_int_t)last->seconds, "values", (json_int_t)last->values, "bytes",
                     (json_int_t)last->bytes, "bad", (json_int_t)last->bad);
}

static json_t *running_json(const struct scrubber *scrubber) {
    double seconds = (double)(clock_monotonic_us() - scrubber->began_us) / 1e6;
    uint64_t bytes = scrubber->walk.bytes,
             of = scrubber->of_bytes > bytes ? scrubber->of_bytes : bytes;
    if (!scrubber->running)
        return json_null();
    return json_pack("{s:o,s:b,s:I,s:I,s:I,s:I,s:I}", "since",
                     json_value_time(scrubber->began_wall_us), "asked", scrubber->asked, "bytes",
                     (json_int_t)bytes, "of", (json_int_t)of, "values",
                     (json_int_t)scrubber->walk.values, "bad", (json_int_t)scrubber->walk.bad,
                     "bytes_per_s", (json_int_t)(seconds > 0 ? (double)bytes / seconds : 0));
}

static json_t *next_json(const struct scrubber *scrubber) {
    if (scrubber->running || scrubber->due_us == INT64_MAX)
        return json_null();
    int64_t at_us = clock_wall_us() + scrubber->due_us - clock_monotonic_us();
    return json_value_time(at_us / 1000000 * 1000000);
}

json_t *scrubber_json(const struct scrubber *scrubber) {
    return json_pack("{s:o,s:o,s:o,s:I,s:o}", "running", running_json(scrubber), "last",
                     last_json(scrubber), "next", next_json(scrubber), "bad",
                     (json_int_t)scrubber_bad(scrubber), "damage", scrubber_damage(scrubber));
}

/* ---- life ---- */

int scrubber_create(struct kv *store, int64_t first_after_us, struct scrubber **ret_scrubber) {
    struct scrubber *scrubber = calloc(1, sizeof *scrubber);
    if (!scrubber)
        return -ENOMEM;
    scrubber->thread.done_fd = -1;
    scrubber->store = store;
    scrubber->noted = scrub_noted(store, &scrubber->last) == 0;
    scrubber->earliest_us = clock_monotonic_us() + first_after_us;
    scrubber->due_us = INT64_MAX;
    *ret_scrubber = scrubber;
    return 0;
}

void scrubber_destroy(struct scrubber **scrubber) {
    if (!*scrubber)
        return;
    slice_end(*scrubber);
    free(*scrubber);
    *scrubber = NULL;
}
