/*
 * ledger_inside.h - what the files of the ledger share: ledger.c (what was said), ledger_settle.c (whether it still holds), ledger_raise.c
 * (saying it), ledger_push.c (to whom it is pushed), ledger_marks.c and ledger_cases.c (what became of it), ledger_record.c (leadership's
 * part).
 */
#ifndef CORE_LEDGER_INSIDE_H
#define CORE_LEDGER_INSIDE_H

#include "cases.h"
#include "config.h"
#include "ledger.h"
#include "people.h"

#define NOBODY UINT32_MAX

/* What settling needs of an alert; names by their dictionary ids. */
struct entry {
    uint64_t number, case_number;
    uint32_t team, rep, indicator, manager, commitment, verdict; /* NOBODY: none; rep: whom it is about, for a feed the source */
    uint32_t whose;     /* coaching_overdue: the manager whose step it is */
    uint32_t said_of, said_in; /* rep and team by the names of then; `rep` and `team` are those that these go by now */
    uint32_t one_of;    /* team_shift: the first of those who moved */
    pace_day raised_on, since;
    double evidence;
    int older;          /* the team's entry before this one, -1: none */
    int older_of_rep;   /* likewise of who it is about */
    int older_of_manager;
    uint8_t kind;
    uint8_t reason;     /* place in push_reasons: why it isn't pushed */
    uint8_t step, level; /* coaching_overdue: enum case_step, and who was told */
    bool push, revised, matched;
    bool early;         /* of a rep who came to its team some days later, by what is known now */
    bool corrects;      /* it takes an earlier one back */
    bool of_feed;
};

/* The newest entry of each team, rep or manager by the dictionary's id of the name, -1: none. */
struct newest {
    int *entry;
    uint32_t size;
};

struct ledger {
    struct kv *kv;
    struct dict *dict;
    const struct people *people; /* by whose names reps go; NULL: as was said */
    struct entry *entries; /* number = index + 1 */
    int n, size;
    struct newest teams, reps, managers;
    struct newest renamed; /* not entries: of each team that was told of, the one that its people are in */
};

struct settling {
    struct ledger *ledger;
    const struct ledger_setup *setup;
    struct squad *squad;
    pace_day from;            /* the first day that was computed anew */
    pace_day look; /* the first day of the entries and facts that are matched: what is said may have
                      been said of an earlier day */
    uint32_t team;
    int *entries; /* what was said of this team's days from `look` on */
    int n_entries;
    const struct fact *facts; /* from `look` on */
    int n;
    bool *done;               /* [fact] has its alert */
    int watched;              /* streams that this team's manager has under watch; 0: not asked for yet */
    bool steps;               /* the facts are steps that were missed, not the squad's */
};

/* The manager's own conversation with the rep: nobody else is said to have led it. */
static inline bool is_one_on_one(const struct coaching *session) {
    return !session->coach || !strcmp(session->coach, "manager");
}

enum { SILENCES_MAX = 16 };

/* Of a rep the newest that were asked about (no_data): since when, and from the day after the question to the one of the return. */
struct silences {
    struct {
        pace_day since, from, to;
    } at[SILENCES_MAX];
    int n;
};

/* ---- ledger.c ---- */

/* The newest entry about a team, rep or manager, -1: none. */
int newest_of(const struct newest *newest, uint32_t id);

/* The dictionary's id of a name (NOBODY: there is none, or nothing was said with it), of a rep (of REP_NONE), of an indicator (of -1), and
 * of whom a fact is about. */
uint32_t ledger_id(const struct ledger *ledger, struct view name);
uint32_t ledger_who(const struct people *people, uint32_t rep);
uint32_t ledger_indicator(const struct ledger *ledger, const struct config *config, int indicator);
uint32_t ledger_whom(const struct settling *s, const struct fact *fact);

bool team_is_there(const struct people *people, struct view name);

/* Numbers an alert and puts it on record. 0, -ENOMEM, PACE_ELIMIT. */
int ledger_write(struct ledger *ledger, struct alert *alert);

/* ---- ledger_settle.c ---- */

/* What a fact is told as. */
enum alert_kind ledger_kind(enum fact_kind kind);

/* ---- ledger_raise.c ---- */

/* Tells a fact. 0, -ENOMEM, PACE_ELIMIT. */
int ledger_raise(struct settling *s, const struct fact *fact);

/* ---- ledger_push.c ---- */

/* Sets an alert's push, or the reason why not. Its manager and evidence are known. */
void ledger_push(const struct settling *s, const struct fact *fact, struct alert *alert);

/* Whether it is for a person at once, if the budget has room, and not for the record. */
bool ledger_is_for_push(enum fact_kind kind);

/* The place of a reason in the list of those why something isn't pushed; 0: it is none of them. */
uint8_t ledger_push_reason(struct view reason);

/* It isn't pushed since another warning of that day speaks for it. */
bool ledger_shares_push(const struct entry *entry);

/* ---- ledger_marks.c ---- */

bool says_verdict(const struct ledger *ledger, const struct entry *entry, enum promise_verdict verdict);

/* Whether this is a slip that is neither over nor taken back, by what was said. */
bool slip_is_open(const struct ledger *ledger, const struct entry *entry);

/* The newest slip about this that is open at the end of a day, by what was said; NULL: there is none. */
const struct entry *slip_open_on(const struct ledger *ledger, uint32_t who, uint32_t indicator, pace_day day);

/* The number of an open case of the rep's that a slip of this day belongs to; 0: it is one of its
 * own, as is what comes after a dismissal. */
uint64_t cases_join(const struct ledger *ledger, const struct people *people, uint32_t team,
                    uint32_t rep, pace_day day);

/* ---- ledger_target.c ---- */

/* A slip and a target that is off are two matters, and so are their ends: whether this is one of the latter. */
bool ends_off_target(const struct ledger *ledger, const struct entry *entry);

/* What was last said by the end of a day to be off target, if it isn't back since; NULL. A target whose period is over stays so. */
const struct entry *target_open_on(const struct ledger *ledger, uint32_t who, uint32_t indicator, pace_day day);

/* Whether another team, from which the rep came, has said the same of the same target, and it isn't over. */
bool target_was_told(const struct settling *s, const struct fact *fact);

/* ---- ledger_cases.c ---- */

/*
 * The steps with the team's reps that were missed from `from` on, up to setup->today, in order of day. ret: owned by the caller (free); may
 * be NULL. 0 or -ENOMEM.
 */
int cases_missed(const struct ledger *ledger, const struct ledger_setup *setup, const struct squad *squad, pace_day from,
                 struct fact **ret_facts, int *ret_n);

/* ---- ledger_record.c ---- */

/* By what was said and holds; one that isn't over ends with `today` so far. */
void silences_read(const struct ledger *ledger, uint32_t who, pace_day today, struct silences *ret_silences);

/* Whether that day lies in one, in the same place as when that was asked. */
bool was_silent(const struct silences *silences, const struct people *people, uint32_t rep, pace_day day);

/* Leadership's record with a rep at the end of a day. */
void leadership_record(const struct ledger *ledger, const struct ledger_setup *setup, uint32_t rep, int indicator, pace_day day,
                       struct leadership *ret_record);

#endif

