/*
 * control_call.h - one request on the control socket, as the commands see it. For control*.c only.
 */
#ifndef IO_CONTROL_CALL_H
#define IO_CONTROL_CALL_H

#include "control.h"
#include "json_value.h"

enum { CONTROL_PAGE_ITEMS = 200 };

struct control_call {
    const struct control_host *host;
    const json_t *request;
    struct view peer, caller;
    const struct config_key *key; /* whose request it is; NULL: somebody on this machine, who may all */
    char caller_words[64];
    int64_t end_us; /* when what can wait for the next turn does */
    json_t *reply; /* the command adds its members */
    bool failed;   /* "ok" is false, the reply says why */
    bool later;    /* no reply now */
    bool again;    /* nor was anything done: it is to be asked once more in the next turn */
};

/* What a command tells of, and so what of it a key gets that is for some teams only
 * (control_rights.c). */
enum control_scope {
    SCOPE_ALL,    /* the store, or all teams together: such a key gets nothing */
    SCOPE_NOBODY, /* no person and no team */
    SCOPE_ASKED,  /* whom the request names */
    SCOPE_ANSWER, /* whom the reply names: a case's rep */
    SCOPE_ITEMS,  /* a list: each item tells whom */
};

struct control_command {
    const char *name;
    void (*run)(struct control_call *call);
    enum key_control needs; /* of who comes by a key */
    enum control_scope scope;
    bool (*own)(const struct control_call *call, const json_t *what); /* whether the request, the
                                                                         reply or the item is of the
                                                                         key's teams */
    const char *const *only; /* SCOPE_NOBODY: but for these members of the reply; NULL: all */
};

/* Ends with a row without a name. */
extern const struct control_command control_commands[];

/* The call is refused: the reply holds this and nothing else. */
void call_fail(struct control_call *call, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a member, unless the call is refused; the value is taken. */
void call_set(struct control_call *call, const char *name, json_t *value);

/*
 * Arguments. False: the call was refused (missing_argument, bad_argument). An argument that isn't
 * there leaves *ret_… as it was, if it isn't required.
 */
bool call_text(struct control_call *call, const char *name, bool required, struct view *ret_text);
bool call_number(struct control_call *call, const char *name, uint64_t *ret_number);
bool call_day(struct control_call *call, const char *name, pace_day *ret_day);
bool call_time(struct control_call *call, const char *name, bool required, int64_t *ret_us);

/* Refuses because no rep has that name, or none of whom anything was sent (no_such_rep). */
void call_fail_rep(struct control_call *call, struct view name);

/* True: what late events changed of that rep's team takes longer to compute anew than this turn may, and the call is made again in the
 * next one; or it was refused, since memory is missing. */
bool call_begins(struct control_call *call, struct view rep);

/* The argument "rep" of a list, which may be absent (empty). False: the call was refused, since
 * nobody has that name. */
bool call_rep_filter(struct control_call *call, struct view *ret_rep);

/* control_rights.c: what a key may. Before a command runs; false: the call was refused. */
bool call_allowed(struct control_call *call, const struct control_command *command);

/* ... and after: leaves of the reply what is of the key's teams. */
void call_keep_own(struct control_call *call, const struct control_command *command);

/* Whether call_allowed would let it ask that of anybody. */
bool key_may_ask(const struct config_key *key, const struct control_command *command);

bool own_newest(const struct control_call *call, const json_t *request);
bool own_day(const struct control_call *call, const json_t *what);
bool own_on(const struct control_call *call, const json_t *request);
bool own_made(const struct control_call *call, const json_t *item);
bool own_opened(const struct control_call *call, const json_t *item);
bool own_team(const struct control_call *call, const json_t *item);
bool own_told(const struct control_call *call, const json_t *event);
bool own_weeks(const struct control_call *call, const json_t *item);

/* Refuses because no case has that number (no_such_case). */
void call_fail_case(struct control_call *call, uint64_t number);

/* Who asks, for the log: "user 1000 (process 4711)", or "the key board". Valid as long as the call. */
const char *call_caller(struct control_call *call);

/* For a reply that comes later. 0 or -ENOMEM. */
int call_ticket(const struct control_call *call, struct control_ticket *ret_ticket);
void control_ticket_clear(struct control_ticket *ticket);

/* control_queries.c */
void command_hello(struct control_call *call);
void command_status(struct control_call *call);
void command_changes(struct control_call *call);
void command_commitments(struct control_call *call);
void command_counts(struct control_call *call);
void command_sources(struct control_call *call);
void command_reps(struct control_call *call);
void command_rep(struct control_call *call);
void command_why(struct control_call *call);
void command_events(struct control_call *call);
void command_alerts(struct control_call *call);
void command_quarantine(struct control_call *call);

/* control_reports.c */
void command_weeks(struct control_call *call);
void command_deals(struct control_call *call);
void command_unknown(struct control_call *call);

/* control_growth.c */
void command_training(struct control_call *call);
void command_growth(struct control_call *call);
void command_effects(struct control_call *call);

/* control_cases.c */
void command_cases(struct control_call *call);
void command_case(struct control_call *call);
void command_coaching(struct control_call *call);
/* control_quarantine.c */
void command_quarantine_show(struct control_call *call);
void command_quarantine_retry(struct control_call *call);
void command_quarantine_drop(struct control_call *call);

/* control_orders.c */
void command_clock(struct control_call *call);
void command_reload(struct control_call *call);
void command_verify(struct control_call *call);
void command_backup(struct control_call *call);
void command_scrub(struct control_call *call);

#endif
