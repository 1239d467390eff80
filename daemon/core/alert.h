/*
 * alert.h - one warning: its facts, its words, its number; and its stored form.
 *
 * Alerts are records of the past: numbered from 1 without holes, never changed once committed. JSON is made of them by
 * io/alert_json.c. The kinds are those of DOMAIN section 4.
 */
#ifndef CORE_ALERT_H
#define CORE_ALERT_H

#include "day.h"
#include "view.h"

enum alert_kind {
    ALERT_SLIP, ALERT_OFF_TARGET, ALERT_COMMITMENT_AT_RISK, ALERT_COMMITMENT_VERDICT, ALERT_DEAL_STALLED,
    ALERT_COACHING_OVERDUE, ALERT_TRAINING_FADING, ALERT_TEAM_SHIFT, ALERT_IMBALANCE, ALERT_SOURCE_SILENT,
    ALERT_NO_DATA, ALERT_RECOVERED, ALERT_RELAPSED, ALERT_REBASED, ALERT_GOOD_NEWS, ALERT_REVISED, ALERT_DIGEST,
    ALERT_SILENCE_ENDED, ALERT_ERASED, ALERT_KINDS
};

/* "slip", "off_target", ...; NULL outside the range. Stored as numbers: append only. */
const char *alert_kind_name(enum alert_kind kind);

enum { ALERT_LIST_MAX = 4, ALERT_MEMBERS_MAX = 64 };

struct alert {
    uint64_t number;
    enum alert_kind kind;
    bool push;                 /* is it to reach a person by itself? */
    struct view subject;       /* rep, team, manager or source */
    struct view rep, team, manager, indicator; /* empty where they don't apply */
    struct view indicator_label;
    uint64_t case_number;      /* number of the alert that opened the case; 0: none */
    uint64_t revises;          /* number of the earlier alert; 0: none */
    int64_t time_us;           /* the instant at which the day in question closed */
    pace_day raised_on;        /* the closed local day */
    pace_day since;            /* estimated first day of the change; DAY_NONE */
    bool has_rates;
    double before, after;      /* per full scheduled day (ratios 0-1) */
    double evidence_days;      /* M: chance does this about once in so many working days; 0: not applicable */
    struct view reason;        /* "gone", "too_few", "held_back", ...; may be empty */
    struct view text;          /* one paragraph, to be read aloud */
    struct view drivers[ALERT_LIST_MAX], levers[ALERT_LIST_MAX], questions[ALERT_LIST_MAX];
    int n_drivers, n_levers, n_questions;
    struct view members[ALERT_MEMBERS_MAX]; /* team_shift: the reps that moved */
    int n_members, n_team;                  /* k listed of n */
};

/* Packed form, checksummed. Returns the bytes needed; writes them only if they fit in size. */
size_t alert_pack(const struct alert *alert, void *buffer, size_t size);

/* 0 and views into `bytes`; PACE_ECORRUPT. */
int alert_unpack(struct view bytes, struct alert *ret_alert);

#endif
