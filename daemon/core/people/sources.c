/* sources.c - see sources.h. */
#include "sources_inside.h"

#include "dict.h"
#include "numbered.h"
#include "room.h"

#include <errno.h>
#include <stdlib.h>

#define MINUTE_US INT64_C(60000000)
#define QUIET_US (240 * MINUTE_US) /* for so long a day may go on after the last heartbeat, whatever is usual */
enum { QUIET_DAYS = 10, QUIET_DAYS_LEAST = 5 }; /* that tell what is usual */

const int source_lag_days[SOURCE_LAGS] = {1, 2, 3, 5, 8};

struct sources *sources_create(struct dict *dict) {
    struct sources *sources = calloc(1, sizeof *sources);
    if (sources)
        sources->dict = dict;
    return sources;
}

static void words_clear(struct words *words) {
    spans_clear(&words->through);
    spans_clear(&words->heartbeats);
    spans_clear(&words->gaps);
}

void sources_destroy(struct sources **sources) {
    if (!*sources)
        return;
    for (int i = 0; i < (*sources)->n; i++) {
        sequence_clear(&(*sources)->rows[i].sequence);
        free((*sources)->rows[i].types);
        words_clear(&(*sources)->rows[i].named);
        words_clear(&(*sources)->rows[i].others);
    }
    free((*sources)->rows);
    free((*sources)->of);
    free(*sources);
    *sources = NULL;
}

/* ---- rows ---- */

int sources_row_make(struct sources *sources, uint32_t name) {
    int err = numbered_reach((void **)&sources->of, &sources->of_size, name, sizeof *sources->of);
    err = err ? err : room_for((void **)&sources->rows, &sources->size, sources->n + 1, sizeof *sources->rows);
    if (err)
        return err;
    sources->rows[sources->n++] = (struct row){.name = name, .last_us = TIME_NONE, .changed = true};
    sources->of[name] = sources->n;
    return 0;
}

/* The number of the source with that name, which gets a row if it has none. */
static int row_number(struct sources *sources, uint32_t name, int *ret_source) {
    int err = name >= sources->of_size || !sources->of[name] ? sources_row_make(sources, name) : 0;
    if (!err)
        *ret_source = sources->of[name] - 1;
    return err;
}

int sources_count(const struct sources *sources) {
    return sources->n;
}

struct view sources_name(const struct sources *sources, int source) {
    return dict_text(sources->dict, sources->rows[source].name);
}

int sources_types(const struct sources *sources, int source) {
    return sources->rows[source].n_types;
}

struct view sources_type(const struct sources *sources, int source, int n) {
    return sources->rows[source].types[n];
}

int sources_find(const struct sources *sources, struct view name) {
    uint32_t id;
    return dict_find(sources->dict, name, &id) ? -1 : sources_number(sources, id);
}

int sources_number(const struct sources *sources, uint32_t name) {
    return name >= sources->of_size ? -1 : sources->of[name] - 1;
}

/* ---- events ---- */

static bool is_synced(struct view type) {
    return view_equal(type, view_of("sales.source.synced"));
}

bool sources_is_word(struct view type) {
    return is_synced(type) || view_equal(type, view_of("sales.source.heartbeat"));
}

static void row_note_lag(struct row *row, const struct event *event) {
    if (event->recorded_us == TIME_NONE)
        return;
    row->recorded++;
    for (int i = 0; i < SOURCE_LAGS; i++)
        row->late[i] += event->recorded_us - event->time_us > source_lag_days[i] * DAY_US;
}

/* The first place of which the type isn't smaller. */
static int type_place(const struct row *row, struct view type) {
    int low = 0, high = row->n_types;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (view_compare(row->types[middle], type) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int type_insert(struct sources *sources, struct row *row, int at, struct view type) {
    int last = SOURCE_TYPES_MAX - 1;
    struct view *types = row->types ? row->types : malloc(SOURCE_TYPES_MAX * sizeof *types);
    if (!types)
        return -ENOMEM;
    row->types = types;
    int n = row->n_types < last ? row->n_types : last; /* the greatest makes room */
    memmove(&types[at + 1], &types[at], (size_t)(n - at) * sizeof *types);
    types[at] = type;
    row->n_types = n + 1;
    row->new_type = sources->waits = true;
    return 0;
}

static int row_note_type(struct sources *sources, struct row *row, uint32_t name) {
    uint32_t *seen = &row->seen_types[name % ROW_SEEN_TYPES];
    if (*seen == name + 1)
        return 0;
    struct view type = dict_text(sources->dict, name);
    int at = type_place(row, type), err = 0;
    bool known = at < row->n_types && view_equal(row->types[at], type);
    if (!known && at < SOURCE_TYPES_MAX)
        err = type_insert(sources, row, at, type);
    if (!err)
        *seen = name + 1;
    return err;
}

int sources_see(struct sources *sources, const struct event *event, const struct event_names *names,
                bool conflict, int *ret_source) {
    int source, about;
    int err = row_number(sources, names->source, &source);
    if (!err && sources_is_word(event->type))
        err = row_number(sources, names->subject, &about);
    if (!err && event->sequence >= 0)
        err = sequence_see(&sources->rows[source].sequence, event->sequence);
    err = err ? err : row_note_type(sources, &sources->rows[source], names->type);
    if (err)
        return err;
    struct row *row = &sources->rows[source];
    row->changed = true;
    row->events++;
    row->conflicts += conflict;
    row->last_us = event->time_us > row->last_us ? event->time_us : row->last_us;
    row_note_lag(row, event);
    *ret_source = source;
    return 0;
}

void sources_refuse(struct sources *sources, struct view name, enum pace_code code) {
    int source = sources_find(sources, name);
    if (source >= 0)
        sources->rows[source].rejected[code]++;
}

/* ---- words ---- */

static int64_t whole_minutes(int64_t us) {
    int64_t rest = us % MINUTE_US;
    return us - (rest < 0 ? rest + MINUTE_US : rest);
}

/* A member that is an instant, or a plain date: its beginning or its end in UTC. TIME_NONE: neither. */
static int64_t member_instant(const struct event *event, const char *name, bool end) {
    const struct member *member = event_member(event, view_of(name));
    int64_t us;
    int offset;
    pace_day day;
    if (!member)
        return TIME_NONE;
    if (!time_parse(member->text, &us, &offset))
        return us;
    return day_parse(member->text, &day) ? TIME_NONE : (day + end) * DAY_US;
}

static int note_gap(struct words *words, const struct event *event, int sign) {
    int64_t from = member_instant(event, "gap_from", false), to = member_instant(event, "gap_to", true);
    if (from == TIME_NONE || to == TIME_NONE || from >= to)
        return 0;
    words->from_us = from < words->from_us ? from : words->from_us;
    return spans_add(&words->gaps, from, to, sign);
}

static int note_through(struct words *words, const struct event *event, int sign) {
    int64_t us = member_instant(event, "through", true), minute = us == TIME_NONE ? us : whole_minutes(us);
    return us == TIME_NONE ? 0 : spans_add(&words->through, minute, minute, sign);
}

int64_t sources_through(const struct event *event) {
    return is_synced(event->type) ? member_instant(event, "through", false) : TIME_NONE;
}

static int words_note(struct words *words, const struct event *event, int sign) {
    int64_t minute = whole_minutes(event->time_us);
    if (!words->waits)
        words->from_us = INT64_MAX;
    words->waits = true;
    int err = note_gap(words, event, sign);
    if (err || is_synced(event->type))
        return err ? err : note_through(words, event, sign);
    words->from_us = minute < words->from_us ? minute : words->from_us;
    return spans_add(&words->heartbeats, minute, minute, sign);
}

int sources_note(struct sources *sources, const struct event *event, int sign) {
    int source = sources_find(sources, event->source), about = sources_find(sources, event->subject);
    if (!sources_is_word(event->type) || source < 0 || about < 0)
        return 0;
    sources->waits = true;
    int err = words_note(&sources->rows[about].named, event, sign);
    if (err || about == source)
        return err;
    return words_note(&sources->rows[source].others, event, sign);
}

/* ---- taking in ---- */

static bool words_any(const struct words *words) {
    return spans_any(&words->through) || spans_any(&words->heartbeats) || spans_any(&words->gaps);
}

/* TIME_NONE: never told. */
static int64_t spans_newest(const struct spans *spans) {
    return spans->n_sorted ? spans->list[spans->n_sorted - 1].from : TIME_NONE;
}

/* A source that is complete to another instant stands differently from the earlier one on. */
static int words_settle(struct words *words, int64_t *from_us) {
    int64_t before = spans_newest(&words->through);
    int err = spans_sort(&words->through);
    err = err ? err : spans_sort(&words->heartbeats);
    err = err ? err : spans_sort(&words->gaps);
    if (err)
        return err;
    int64_t after = spans_newest(&words->through), changed = words->from_us;
    if (before != after) {
        int64_t earlier = before == TIME_NONE || (after != TIME_NONE && after < before) ? after : before;
        changed = earlier < changed ? earlier : changed;
    }
    words->waits = false;
    *from_us = changed < *from_us ? changed : *from_us;
    return 0;
}

static int row_settle(struct row *row, int64_t *from_us) {
    int64_t others_us = INT64_MAX;
    bool was_named = words_any(&row->named);
    int err = row->named.waits ? words_settle(&row->named, from_us) : 0;
    if (!err && row->others.waits)
        err = words_settle(&row->others, &others_us);
    bool named = words_any(&row->named);
    if (!named && others_us < *from_us)
        *from_us = others_us;
    if (row->new_type || (named != was_named && words_any(&row->others)))
        *from_us = INT64_MIN; /* of the latter: what held for want of better no longer does, or does again */
    row->new_type = row->new_type && err;
    return err;
}

int sources_settle(struct sources *sources, int64_t *ret_from_us) {
    int64_t from_us = INT64_MAX;
    int err = 0;
    for (int i = 0; !err && sources->waits && i < sources->n; i++)
        err = row_settle(&sources->rows[i], &from_us);
    if (err)
        return err;
    sources->waits = false;
    *ret_from_us = from_us;
    return 0;
}

/* ---- questions ---- */

static const struct words *row_words(const struct row *row) {
    return words_any(&row->named) ? &row->named : &row->others;
}

/* Stretches that don't touch, and the last of them. */
static void fill_gaps(const struct spans *gaps, struct source_facts *facts) {
    facts->gap_from_us = facts->gap_to_us = TIME_NONE;
    for (int i = 0; i < gaps->n_sorted; i++) {
        if (!facts->gaps || gaps->list[i].from > facts->gap_to_us) {
            facts->gaps++;
            facts->gap_from_us = gaps->list[i].from;
        }
        facts->gap_to_us = gaps->reach[i];
    }
}

int sources_facts(const struct sources *sources, int source, struct source_facts *ret_facts) {
    if (source < 0 || source >= sources->n)
        return -ENOENT;
    const struct row *row = &sources->rows[source];
    const struct words *words = row_words(row);
    struct source_facts facts = {.name = dict_text(sources->dict, row->name), .events = row->events,
                                 .conflicts = row->conflicts, .last_us = row->last_us, .recorded = row->recorded,
                                 .missing = sequence_missing(&row->sequence),
                                 .through_us = spans_newest(&words->through),
                                 .heartbeat_us = spans_newest(&words->heartbeats)};
    memcpy(facts.late, row->late, sizeof facts.late);
    memcpy(facts.rejected, row->rejected, sizeof facts.rejected);
    fill_gaps(&words->gaps, &facts);
    *ret_facts = facts;
    return 0;
}

/* For how long no heartbeat came before that instant. Some came earlier. */
static int64_t quiet_until(const struct spans *beats, int64_t us) {
    return us - spans_last_before(beats, us);
}

/*
 * Whether the day ends with so long a silence that most of the ten days before, nights and weekends of a connector that sleeps
 * among them, had nothing like it.
 */
static bool falls_silent(const struct spans *beats, int64_t begin_us, int64_t end_us) {
    int64_t quiet = quiet_until(beats, end_us);
    int known = 0, unlike = 0;
    for (int d = 1; d <= QUIET_DAYS && beats->list[0].from < begin_us - d * DAY_US; d++) {
        known++;
        unlike += quiet > QUIET_US + 2 * quiet_until(beats, end_us - d * DAY_US);
    }
    return known >= QUIET_DAYS_LEAST && 2 * unlike > known;
}

enum source_standing sources_standing(const struct sources *sources, int source, int64_t begin_us, int64_t end_us) {
    const struct words *words = source < 0 || source >= sources->n ? NULL : row_words(&sources->rows[source]);
    if (!words)
        return SOURCE_FINE;
    int64_t through_us = spans_newest(&words->through);
    const struct spans *beats = &words->heartbeats;
    if (spans_touch(&words->gaps, begin_us, end_us))
        return SOURCE_GAP;
    if (through_us != TIME_NONE && through_us < end_us)
        return SOURCE_BEHIND;
    bool missed = spans_any(beats) && beats->list[0].from < begin_us &&
                  (!spans_touch(beats, whole_minutes(begin_us), end_us) || falls_silent(beats, begin_us, end_us));
    return missed ? SOURCE_NO_HEARTBEAT : SOURCE_FINE;
}
