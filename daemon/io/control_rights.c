/*
 * control_rights.c - what a key may ask and order, and whom a key that names teams gets to see.
 *
 * What is told of a day belongs to the team in which its rep was that day, by what is known now; what is told of no day to the
 * rep's newest team. The commands know nothing of it: the table says what each tells of, the question is judged before and the
 * answer after.
 */
#include "control_call.h"

#include <errno.h>

static bool is_limited(const struct control_call *call) {
    return call->key && call->key->n_teams;
}

bool key_may_ask(const struct config_key *key, const struct control_command *command) {
    return !key || (key->control >= command->needs && (!key->n_teams || command->scope != SCOPE_ALL));
}

/* ---- whose ---- */

static struct view text_of(const json_t *of, const char *name) {
    const json_t *text = json_object_get(of, name);
    return (struct view){json_string_value(text), json_string_length(text)};
}

static pace_day day_of(const json_t *of, const char *name) {
    pace_day day = DAY_NONE;
    struct view text = text_of(of, name);
    return text.len && day_parse(text, &day) ? DAY_NONE : day;
}

/* The team of that day; between stints that of the one before, before the first that of the first; DAY_NONE: the newest one. */
static bool team_on(const struct control_call *call, struct view rep, pace_day day, struct view *ret_team) {
    struct engine_stint stint;
    int n = 0;
    while (!engine_rep_stint(call->host->engine, rep, n, &stint) && (!n || day == DAY_NONE || stint.from <= day)) {
        *ret_team = stint.team;
        n++;
    }
    return n > 0;
}

static bool is_own_on(const struct control_call *call, struct view rep, pace_day day) {
    struct view team;
    return team_on(call, rep, day, &team) && config_key_sees(call->key, team);
}

/* Somebody who is or was in one of the key's teams. */
static bool is_own_ever(const struct control_call *call, struct view rep) {
    struct engine_stint stint;
    int n = 0;
    while (!engine_rep_stint(call->host->engine, rep, n, &stint) && !config_key_sees(call->key, stint.team))
        n++;
    return !engine_rep_stint(call->host->engine, rep, n, &stint);
}

bool own_newest(const struct control_call *call, const json_t *request) {
    return is_own_on(call, text_of(request, "rep"), DAY_NONE);
}

bool own_day(const struct control_call *call, const json_t *what) {
    return is_own_on(call, text_of(what, "rep"), day_of(what, "day"));
}

bool own_on(const struct control_call *call, const json_t *request) {
    return is_own_on(call, text_of(request, "rep"), day_of(request, "on"));
}

bool own_made(const struct control_call *call, const json_t *item) {
    return is_own_on(call, text_of(item, "rep"), day_of(item, "made"));
}

bool own_opened(const struct control_call *call, const json_t *item) {
    return is_own_on(call, text_of(item, "rep"), day_of(item, "opened_on"));
}

bool own_team(const struct control_call *call, const json_t *item) {
    return config_key_sees(call->key, text_of(item, "team"));
}

/* Of who isn't known any more, of a team or a feed: the team that it was said in. */
bool own_told(const struct control_call *call, const json_t *event) {
    const json_t *data = json_object_get(event, "data");
    struct view team = text_of(data, "team");
    team_on(call, text_of(data, "rep"), day_of(data, "raised_on"), &team);
    return config_key_sees(call->key, team);
}

/* Whoever was elsewhere for a part of these weeks isn't told of. */
bool own_weeks(const struct control_call *call, const json_t *item) {
    pace_day monday = day_of(call->request, "monday");
    pace_day end = monday + 7 * (pace_day)json_integer_value(json_object_get(call->request, "weeks"));
    struct engine_stint stint;
    bool own = false, others = false;
    for (int n = 0; !engine_rep_stint(call->host->engine, text_of(item, "rep"), n, &stint); n++)
        if (stint.from < end && stint.to > monday)
            *(config_key_sees(call->key, stint.team) ? &own : &others) = true;
    return own && !others;
}

/* ---- before and after a command ---- */

/* Others than the key's own people are as good as unknown, and so is who is unknown: no near name is told. */
static void fail_stranger(struct control_call *call, struct view rep) {
    call_fail(call, "no_such_rep", "nobody of the teams of the key \"%.100s\" has the name or alias \"%.200s\"; pacectl reps lists them",
              call->key->name, rep.at);
}

bool call_allowed(struct control_call *call, const struct control_command *command) {
    struct view rep = {0};
    if (call->key && call->key->control < command->needs)
        call_fail(call, "not_allowed", "\"%s\" is not for the key \"%.100s\"; it needs control: %s (keys)", command->name,
                  call->key->name, command->needs == KEY_CONTROL_ORDER ? "order" : "ask");
    else if (!key_may_ask(call->key, command))
        call_fail(call, "not_allowed", "\"%s\" tells of all teams, and the key \"%.100s\" is for some (keys)", command->name,
                  call->key->name);
    else if (is_limited(call) && call_text(call, "rep", command->scope == SCOPE_ASKED, &rep) && rep.len &&
             !(command->scope == SCOPE_ASKED ? command->own(call, call->request) : is_own_ever(call, rep)))
        fail_stranger(call, rep);
    return !call->failed;
}

static void keep_members(json_t *reply, const char *const *only) {
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(reply, next, name, value) {
        int i = 0;
        while (only[i] && strcmp(only[i], name) != 0)
            i++;
        if (!only[i])
            json_object_del(reply, name);
    }
}

static void keep_items(const struct control_call *call, const struct control_command *command, json_t *items) {
    for (size_t i = json_array_size(items); i-- > 0;)
        if (!command->own(call, json_array_get(items, i)))
            json_array_remove(items, i);
}

void call_keep_own(struct control_call *call, const struct control_command *command) {
    if (!is_limited(call) || call->failed)
        return;
    if (command->scope == SCOPE_ITEMS)
        keep_items(call, command, json_object_get(call->reply, "items"));
    else if (command->scope == SCOPE_ANSWER && !call->again && !command->own(call, call->reply))
        call_fail_case(call, (uint64_t)json_integer_value(json_object_get(call->request, "case")));
    else if (command->only)
        keep_members(call->reply, command->only);
}
