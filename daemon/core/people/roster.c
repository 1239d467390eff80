#include "roster.h"

#include "pace/error.h"
#include "room.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { NO_MEMBER = MEMBER_IDS, BUCKETS_LEAST = 256, WHOLE = 10000 };

/* What is kept of each type: its texts, by TEXT_..., and its number. */
static const struct form {
    const char *type;
    enum statement_list list;
    uint8_t number;
    int n_texts;
    uint8_t texts[STATEMENT_TEXTS];
} forms[STATEMENT_WHATS] = {
#define REP_TEXTS                                                                                  \
    NO_MEMBER, 6, {                                                                                \
        MEMBER_TEAM, MEMBER_ROLE, MEMBER_MANAGER, MEMBER_TZ, MEMBER_PATTERN, MEMBER_RAMP           \
    }
#define GOAL_TEXTS                                                                                 \
    MEMBER_TARGET, 4, {                                                                            \
        MEMBER_INDICATOR, MEMBER_RESULT, MEMBER_PER, MEMBER_PARENT                                 \
    }
    [SAYS_JOINED] = {"sales.rep.joined", LIST_REP, REP_TEXTS},
    [SAYS_MOVED] = {"sales.rep.moved", LIST_REP, REP_TEXTS},
    [SAYS_LEFT] = {"sales.rep.left", LIST_REP, REP_TEXTS},
    [SAYS_ABSENT] = {"sales.absence.set", LIST_ABSENCE, MEMBER_FRACTION, 1, {MEMBER_ABSENCE}},
    [SAYS_NOT_ABSENT] =
        {"sales.absence.cancelled", LIST_ABSENCE, MEMBER_FRACTION, 1, {MEMBER_ABSENCE}},
    [SAYS_GOAL] = {"sales.goal.set", LIST_GOAL, GOAL_TEXTS},
    [SAYS_GOAL_ACKNOWLEDGED] = {"sales.goal.acknowledged", LIST_GOAL, GOAL_TEXTS},
#define PROMISE_TEXTS                                                                              \
    MEMBER_TARGET, 9, {                                                                            \
        MEMBER_COMMITMENT, MEMBER_TEXT, MEMBER_INDICATOR, MEMBER_BY, MEMBER_MANAGER, MEMBER_CASE,  \
            MEMBER_AGREED_BY, MEMBER_SERIES, MEMBER_REASON                                         \
    }
    [SAYS_PROMISED] = {"sales.commitment.made", LIST_PROMISE, PROMISE_TEXTS},
    [SAYS_PROMISE_CHANGED] = {"sales.commitment.changed", LIST_PROMISE, PROMISE_TEXTS},
    [SAYS_PROMISE_DONE] = {"sales.commitment.done", LIST_PROMISE, PROMISE_TEXTS},
    [SAYS_PROMISE_WITHDRAWN] = {"sales.commitment.withdrawn", LIST_PROMISE, PROMISE_TEXTS},
#define CASE_TEXTS                                                                                 \
    NO_MEMBER, 3, {                                                                                \
        MEMBER_CASE, MEMBER_MANAGER, MEMBER_REASON                                                 \
    }
    [SAYS_CASE_ACKNOWLEDGED] = {"sales.case.acknowledged", LIST_CASE, CASE_TEXTS},
    [SAYS_CASE_DISMISSED] = {"sales.case.dismissed", LIST_CASE, CASE_TEXTS},
#define COACHING_TEXTS                                                                             \
    MEMBER_COST, 5, {                                                                              \
        MEMBER_MANAGER, MEMBER_COACH, MEMBER_TOPICS, MEMBER_COMMITMENTS, MEMBER_HELP_ASKED         \
    }
#define TRAINING_TEXTS                                                                             \
    MEMBER_COST, 3, {                                                                              \
        MEMBER_TRAINING, MEMBER_SKILL, MEMBER_INDICATORS                                           \
    }
    [SAYS_SESSION] = {"sales.coaching.session", LIST_SESSION, COACHING_TEXTS},
    [SAYS_TRAINED] = {"sales.training.completed", LIST_TRAINING, TRAINING_TEXTS},
    [SAYS_RECOGNIZED] = {"sales.recognition.given",
                         LIST_RECOGNITION,
                         NO_MEMBER,
                         2,
                         {MEMBER_MANAGER, MEMBER_INDICATOR}},
    [SAYS_OBSERVED] = {"sales.coaching.observation",
                       LIST_OBSERVATION,
                       MEMBER_SCORE,
                       2,
                       {MEMBER_MANAGER, MEMBER_SKILL}},
    [SAYS_GROWTH_GOAL] =
        {"sales.growth.goal", LIST_GROWTH, NO_MEMBER, 2, {MEMBER_SKILL, MEMBER_TEXT}},
    [SAYS_CHANGE] = {"sales.change.introduced",
                     LIST_CHANGE,
                     NO_MEMBER,
                     5,
                     {MEMBER_CHANGE, MEMBER_KIND, MEMBER_TEAMS, MEMBER_REPS, MEMBER_INDICATORS}},
};

struct roster {
    struct statement **buckets;
    uint32_t n_buckets, n;
    uint64_t bytes; /* of the statements */
};

/* ---- one statement ---- */

bool roster_reads(struct view type, enum statement_list *ret_list, enum statement_what *ret_what) {
    const size_t told = sizeof "sales." -
                        1; /* all begin with that; the letter behind it tells most of them apart */
    for (int what = 0; type.len > told && what < STATEMENT_WHATS; what++)
        if (forms[what].type[told] == type.at[told] &&
            view_equal(type, view_of(forms[what].type))) {
            *ret_list = forms[what].list;
            *ret_what = (enum statement_what)what;
            return true;
        }
    return false;
}

enum statement_list statement_list_of(const struct statement *statement) {
    return forms[statement->what].list;
}

static const struct member *member_of(const struct event *event, uint8_t id) {
    for (int m = 0; m < event->n_members; m++)
        if (event->members[m].id == id)
            return &event->members[m];
    return NULL;
}

/* A day or an instant as the draft has checked it; anything else is as if it weren't told. */
static struct moment moment_read(const struct event *event, uint8_t id) {
    const struct member *member = member_of(event, id);
    struct moment moment = {TIME_NONE, DAY_NONE};
    int offset_min;
    if (member && day_parse(member->text, &moment.day) != 0)
        time_parse(member->text, &moment.us, &offset_min);
    return moment;
}

bool moment_told(struct moment moment) {
    return moment.us != TIME_NONE || moment.day != DAY_NONE;
}

static size_t texts_size(const struct form *form, const struct event *event) {
    size_t size = 0;
    for (int t = 0; t < form->n_texts; t++) {
        const struct member *member = member_of(event, form->texts[t]);
        size += member ? member->text.len + 1 : 0;
    }
    return size;
}

static void texts_copy(struct statement *statement, const struct form *form,
                       const struct event *event) {
    char *to = (char *)(statement + 1);
    for (int t = 0; t < form->n_texts; t++) {
        const struct member *member = member_of(event, form->texts[t]);
        if (!member)
            continue;
        statement->texts[t] = to;
        if (member->text.len)
            memcpy(to, member->text.at, member->text.len);
        to += member->text.len;
        *to++ = '\0';
    }
}

static uint64_t statement_hash(const struct statement *statement) {
    return XXH3_64bits_withSeed(&statement->who, sizeof statement->who,
                                statement->digest + (uint64_t)statement->what);
}

static int64_t number_of(const struct event *event, uint8_t id, int64_t untold) {
    const struct member *member = member_of(event, id);
    return member ? member->number : untold;
}

/* A target or a share that isn't told is the whole. */
static int64_t untold_of(const struct form *form) {
    return form->list == LIST_GOAL || form->list == LIST_ABSENCE ? WHOLE : STATEMENT_UNTOLD;
}

int statement_make(const struct event *event, uint32_t who, struct statement **ret_statement) {
    enum statement_list list;
    enum statement_what what;
    if (!roster_reads(event->type, &list, &what))
        return -EINVAL;
    const struct form *form = &forms[what];
    struct statement *made = calloc(1, sizeof *made + texts_size(form, event));
    if (!made)
        return -ENOMEM;
    made->what = what;
    made->who = who;
    made->time_us = event->time_us;
    made->digest = event_digest(event);
    made->number = number_of(event, form->number, untold_of(form));
    made->duration = form->list == LIST_SESSION
                         ? number_of(event, MEMBER_DURATION_S, STATEMENT_UNTOLD)
                         : STATEMENT_UNTOLD;
    made->from = moment_read(event, MEMBER_FROM);
    made->to = moment_read(event, form->list == LIST_PROMISE ? MEMBER_DUE : MEMBER_TO);
    if (!moment_told(made->from))
        made->from = event->localdate != DAY_NONE ? (struct moment){TIME_NONE, event->localdate}
                                                  : (struct moment){event->time_us, DAY_NONE};
    texts_copy(made, form, event);
    made->hash = statement_hash(made);
    made->day = made->last = DAY_NONE;
    *ret_statement = made;
    return 0;
}

void statement_free(struct statement **statement) {
    if (!*statement)
        return;
    free((*statement)->terms);
    free(*statement);
    *statement = NULL;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int moment_compare(struct moment a, struct moment b) {
    return a.us != b.us ? ORDER(a.us, b.us) : ORDER(a.day, b.day);
}

static int text_compare(const char *a, const char *b) {
    return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

/* A digest says it all but for who crafts two events with the same one. */
int statement_compare(const struct statement *a, const struct statement *b) {
    int order = ORDER(a->time_us, b->time_us);
    order = order ? order : ORDER(a->digest, b->digest);
    order = order ? order : ORDER(a->what, b->what);
    order = order ? order : ORDER(a->number, b->number);
    order = order ? order : ORDER(a->duration, b->duration);
    order = order ? order : moment_compare(a->from, b->from);
    order = order ? order : moment_compare(a->to, b->to);
    for (int t = 0; !order && t < STATEMENT_TEXTS; t++)
        order = text_compare(a->texts[t], b->texts[t]);
    return order ? order : ORDER(a->who, b->who);
}

int statement_order_by_day(const void *a, const void *b) {
    const struct statement *x = *(struct statement *const *)a, *y = *(struct statement *const *)b;
    return x->day != y->day ? ORDER(x->day, y->day) : statement_compare(x, y);
}

pace_day moment_day(struct moment moment, const struct zone *zone) {
    return moment.us == TIME_NONE ? moment.day : zone_day(zone, moment.us);
}

pace_day moment_last_day(struct moment moment, const struct zone *zone) {
    return moment.us == TIME_NONE ? moment.day : zone_day(zone, moment.us - 1);
}

/* ---- the set: a hash table with chains ---- */

struct roster *roster_create(void) {
    struct roster *roster = calloc(1, sizeof *roster);
    if (!roster)
        return NULL;
    roster->n_buckets = BUCKETS_LEAST;
    roster->buckets = calloc(BUCKETS_LEAST, sizeof *roster->buckets);
    if (!roster->buckets) {
        free(roster);
        return NULL;
    }
    return roster;
}

void roster_destroy(struct roster **roster) {
    for (uint32_t b = 0; *roster && b < (*roster)->n_buckets; b++)
        for (struct statement *s = (*roster)->buckets[b], *next; s; s = next) {
            next = s->next;
            statement_free(&s);
        }
    if (*roster)
        free((*roster)->buckets);
    free(*roster);
    *roster = NULL;
}

static struct statement **bucket_of(const struct roster *roster, uint64_t hash) {
    return &roster->buckets[hash & (roster->n_buckets - 1)];
}

struct statement *roster_find(const struct roster *roster, const struct statement *like) {
    struct statement *found = *bucket_of(roster, like->hash);
    while (found && (found->hash != like->hash || statement_compare(found, like) != 0))
        found = found->next;
    return found;
}

static int buckets_grow(struct roster *roster) {
    struct roster grown = {.n_buckets = roster->n_buckets * 2};
    grown.buckets = calloc(grown.n_buckets, sizeof *grown.buckets);
    if (!grown.buckets)
        return -ENOMEM;
    for (uint32_t b = 0; b < roster->n_buckets; b++)
        for (struct statement *s = roster->buckets[b], *next; s; s = next) {
            struct statement **bucket = bucket_of(&grown, s->hash);
            next = s->next;
            s->next = *bucket;
            *bucket = s;
        }
    free(roster->buckets);
    roster->buckets = grown.buckets;
    roster->n_buckets = grown.n_buckets;
    return 0;
}

static size_t statement_bytes(const struct statement *statement) {
    size_t bytes = sizeof *statement;
    for (int t = 0; t < STATEMENT_TEXTS; t++)
        bytes += statement->texts[t] ? strlen(statement->texts[t]) + 1 : 0;
    return bytes;
}

int roster_put(struct roster *roster, struct statement *statement) {
    if (roster->n == ROSTER_STATEMENTS_MAX)
        return PACE_ELIMIT;
    if (roster->n == roster->n_buckets && buckets_grow(roster))
        return -ENOMEM;
    struct statement **bucket = bucket_of(roster, statement->hash);
    statement->next = *bucket;
    statement->count = 1;
    *bucket = statement;
    roster->n++;
    roster->bytes += statement_bytes(statement);
    return 0;
}

void roster_take(struct roster *roster, struct statement *statement) {
    struct statement **at = bucket_of(roster, statement->hash);
    while (*at != statement)
        at = &(*at)->next;
    *at = statement->next;
    statement->next = NULL;
    roster->n--;
    roster->bytes -= statement_bytes(statement);
}

uint64_t roster_bytes(const struct roster *roster) {
    return roster->bytes + roster->n_buckets * sizeof *roster->buckets;
}

/* ---- lists ---- */

int statement_row_reach(struct statement_row *row) {
    return room_for((void **)&row->at, &row->size, row->n + 1, sizeof(struct statement *));
}

void statement_row_add(struct statement_row *row, struct statement *statement) {
    statement->place = row->n;
    row->at[row->n++] = statement;
}

void statement_row_drop(struct statement_row *row, const struct statement *statement) {
    struct statement *last = row->at[--row->n];
    last->place = statement->place;
    row->at[statement->place] = last;
}

void statement_row_sort(struct statement_row *row, int (*order)(const void *, const void *)) {
    if (row->n > 1)
        qsort(row->at, (size_t)row->n, sizeof(struct statement *), order);
    for (int i = 0; i < row->n; i++)
        row->at[i]->place = i;
}
