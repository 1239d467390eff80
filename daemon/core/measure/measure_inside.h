/*
 * measure_inside.h - what measure.c (what is kept), measure_apply.c (one event), measure_keyed.c (records that hang together) and
 * measure_explain.c (why) share.
 */
#ifndef CORE_MEASURE_INSIDE_H
#define CORE_MEASURE_INSIDE_H

#include "cells.h"
#include "credit.h"
#include "deals.h"
#include "distinct.h"
#include "indicator.h"
#include "measure.h"
#include "pairs.h"

/* What an event of one type can be to an indicator; several at once for those with a key. */
enum measure_role {
    ROLE_RECORD = 1,   /* count, sum, ratio of the same record, score */
    ROLE_TRIAL = 2,    /* ratio with a key: a trial; latency: a trigger */
    ROLE_SUCCESS = 4,  /* likewise: a success, an answer */
    ROLE_THREAD = 8,   /* likewise: may say whose the key is, or close it (pairs_role) */
    ROLE_HISTORY = 16, /* level, adherence: belongs to the history of a deal */
};

struct type_role {
    uint16_t indicator;
    uint16_t roles;
    bool plain;       /* a count or ratio of the same record, the subject's, each for itself */
    bool planned;     /* ROLE_RECORD: its conditions are among the type's ... */
    uint64_t asked;   /* ... those that a record has to meet ... */
    uint64_t success; /* ... and those that make it a success */
};

/* A `where` of some indicators. */
struct condition {
    const struct config_where *where;
    int id;            /* of its member; negative: it isn't of the table */
    struct view value; /* the first one */
};

enum { CONDITIONS_MAX = 64 };

/* What the config makes of an event type; kept by the type's dictionary id. */
struct type_row {
    bool known, counted, presence;
    bool history;                 /* of deals, where there is a level or an adherence */
    struct type_role *roles;      /* of the indicators that it concerns, in their order */
    int n_roles;
    struct condition *conditions; /* of all roles, each once */
    int n_conditions;
    uint64_t asked;               /* the members that they are about, by id, and `automatic` */
};

/* What an event says to the conditions of its type: those whose member it tells, and those that it
 * meets. */
struct said {
    bool automatic;
    uint64_t told, met;
};

struct measure {
    struct measure_setup setup;
    struct distinct *distinct; /* these three are NULL where no indicator asks for them */
    struct pairs *pairs;
    struct deals *deals;
    struct rest *rest; /* NULL: measure_rest gave none */
    uint64_t keys;     /* the members, by id, of which threads are kept */
    struct type_row *types;
    uint32_t n_types;
    uint32_t
        touched_rep; /* whom and what day was said last of the event at hand; REP_NONE: nothing */
    pace_day touched_day;
};

/* Adds to cells of a rep's day, or to one, and says so, a day of a rep once an event; every contribution goes through here. 0, -ENOMEM, or
 * what `touched` said. */
int measure_add_all(struct measure *measure, uint32_t rep, pace_day day, const struct cells_change *changes, int n, uint64_t number);
int measure_add(struct measure *measure, uint32_t rep, int series, pace_day day, int64_t delta,
                uint64_t number);

/* Whether events of a type count at all: about people, what they do, not the roster. */
bool measure_counts_type(struct view type);

/* What an event of that type is to an indicator: a set of enum measure_role. */
unsigned measure_roles(const struct config_indicator *indicator, struct view type);

/* ---- measure_types.c ---- */

/* By the type's number in the dictionary. 0 or -ENOMEM. */
int type_of(struct measure *measure, uint32_t type, const struct type_row **ret_row);

struct said type_ask(const struct type_row *row, const struct event *event);
void types_clear(struct measure *measure);

/* How the names in an event are resolved: into reps that are made if need be, or (asked) only
 * found. */
struct credit_names measure_names(struct measure *measure);
struct credit_names measure_names_asked(const struct measure *measure);

/* ---- records that stand for themselves ---- */

/* Whether a record of a count, sum or ratio passes where and the filters: MEASURE_COUNTS, or why
 * not and by which member. */
enum measure_reason measure_pass(const struct config_indicator *indicator,
                                 const struct event *event, const char **ret_member);

/* A sum's amount, in 1/10,000 of its unit, on the local day of the rep: MEASURE_COUNTS, _NO_AMOUNT,
 * _CURRENCY. */
enum measure_reason measure_amount(const struct config *config,
                                   const struct config_indicator *indicator,
                                   const struct event *event, pace_day day, int64_t *ret_amount);

/* ---- measure_late.c ---- */

/* Late steps (series.h) of an event on that local day by itself; none where it doesn't tell when it
 * was recorded. */
int measure_late(const struct config *config, const struct event *event, const struct zone *zone,
                 pace_day day);

/* What a record adds to a rep's day of an indicator (-1: of presence), as far as it was late. */
struct late_part {
    int indicator;
    uint32_t rep;
    pace_day day;
    int64_t amount;       /* as measure_explain tells it */
    struct view distinct; /* text of the member that filters.distinct names; empty: none */
};

/* The least lateness of those of the revisions that add the same, at most `late`, the newest one's. */
int measure_late_since(const struct measure *measure, const struct revisions *others,
                       const struct late_part *part, int late);

/* ---- records that hang together ---- */

/* Makes pairs and deals where the config has indicators for them. 0 or -ENOMEM. */
int keyed_create(struct measure *measure);

enum { KEYED_FACTS_MAX = 2, KEYED_TEXT_MAX = 24 };

/* What an event is to the thread of one indicator's key. */
struct keyed {
    struct view key;             /* empty: the event has none */
    char number[KEYED_TEXT_MAX]; /* where the key was told as a number: its digits */
    struct pair_fact facts[KEYED_FACTS_MAX];
    int n_facts;
    enum measure_reason reason; /* without facts: why */
    const char *member;         /* ... and by which member */
};

/* 0, or what `names` said. `roles` as of measure_roles. */
int keyed_read(const struct measure *measure, int indicator, unsigned roles,
               const struct event *event, uint32_t subject, const struct credit_names *names,
               struct keyed *ret_keyed);

/* Whose success the event may be; REP_NONE: it is none, or nobody's. */
uint32_t keyed_answers(const struct keyed *keyed);

/* Into the threads (*ret_answers: as keyed_answers), and into the histories. 0, -ENOMEM, or what
 * `touched` said. */
int keyed_apply(struct measure *measure, int indicator, unsigned roles, const struct event *event,
                uint32_t subject, int sign, uint64_t number, uint32_t *ret_answers);
int history_apply(struct measure *measure, const struct event *event, uint32_t subject, int sign,
                  uint64_t number);

#endif
