#include "loop_line.h"

#include "loop.h"

#include <stdio.h>

enum { MEMBERS_SIZE = 500, DAY_S = 86400, SESSION_S = 1800 };

static const char *const promise_types[LOOP_ACTS] = {
    [ACT_MADE] = "sales.commitment.made",
    [ACT_CHANGED] = "sales.commitment.changed",
    [ACT_DONE] = "sales.commitment.done",
    [ACT_WITHDRAWN] = "sales.commitment.withdrawn",
};

static const char *const skills[ORG_ROLES] = {[ROLE_SDR] = "discovery", [ROLE_AE] = "closing"};

const char *loop_promise_type(const struct item *item) {
    return promise_types[item->outcome];
}

static const char *manager_of(const struct org *org, const struct item *item) {
    int day = (int)(item->time_s / DAY_S) - org->setup.start;
    return org->teams[org_team_on(org, (int)item->rep, day)].manager;
}

static const char *skill_of(const struct org *org, const struct item *item) {
    return skills[org->reps[item->rep].role];
}

/* Thousandths, and only where there are some: printf's %f would ask the locale for its point. */
static char *put_target(char *at, double target) {
    long thousandths = (long)(target * 1000 + .5);
    if (thousandths % 1000 == 0)
        return at + sprintf(at, ",\"target\":%ld", thousandths / 1000);
    return at + sprintf(at, ",\"target\":%ld.%03ld", thousandths / 1000, thousandths % 1000);
}

static char *put_topics(const struct org *org, char *at, const struct item *item,
                        enum org_measure topic) {
    if (topic == MEASURE_NONE)
        return at + sprintf(at, ",\"topics\":[{\"skill\":\"%s\"}]", skill_of(org, item));
    return at + sprintf(at, ",\"topics\":[\"%s\"]", org_measures[topic].name);
}

static char *put_session(const struct org *org, char *at, const struct item *item) {
    const struct loop_session *session = &org->loop->sessions[item->detail];
    at += snprintf(at, MEMBERS_SIZE, ",\"manager\":\"%s\",\"coach\":\"manager\",\"duration_s\":%d",
                   manager_of(org, item), SESSION_S);
    at = put_topics(org, at, item, session->topic);
    for (int i = 0; i < session->n_promises; i++)
        at += sprintf(at, "%s\"k%d\"", i ? "," : ",\"commitments\":[", session->first_promise + i);
    return at + sprintf(at, "%s%s", session->n_promises ? "]" : "",
                        session->help_asked ? ",\"help_asked\":true" : "");
}

/* The calendar knows who met, not what about. */
static char *put_again(const struct org *org, char *at, const struct item *item) {
    return at + snprintf(at, MEMBERS_SIZE, ",\"manager\":\"%s\",\"duration_s\":%d",
                         manager_of(org, item), SESSION_S);
}

static char *put_made(const struct org *org, char *at, const struct item *item,
                      const struct loop_promise *promise) {
    char due[DAY_TEXT_SIZE];
    const char *label =
        promise->by_manager ? "help, as asked for" : org_measures[promise->measure].label;
    at += snprintf(at, MEMBERS_SIZE,
                   ",\"text\":\"%s\",\"due\":\"%s\",\"by\":\"%s\",\"manager\":\"%s\"", label,
                   day_format(org->setup.start + promise->due, due),
                   promise->by_manager ? "manager" : "rep", manager_of(org, item));
    if (!promise->by_manager)
        at += sprintf(at, ",\"indicator\":\"%s\"", org_measures[promise->measure].name);
    return promise->target > 0 ? put_target(at, promise->target) : at;
}

static char *put_changed(const struct org *org, char *at, const struct item *item,
                         const struct loop_promise *promise) {
    char due[DAY_TEXT_SIZE];
    at += snprintf(at, MEMBERS_SIZE, ",\"due\":\"%s\"",
                   day_format(org->setup.start + promise->changed_to, due));
    if (promise->meant == MEANT_AGREED)
        at += sprintf(at, ",\"agreed_by\":\"%s\"", manager_of(org, item));
    return at;
}

static char *put_promise(const struct org *org, char *at, const struct item *item) {
    const struct loop_promise *promise = &org->loop->promises[item->detail];
    at += sprintf(at, ",\"commitment\":\"k%u\"", item->detail);
    if (item->outcome == ACT_MADE)
        return put_made(org, at, item, promise);
    if (item->outcome == ACT_CHANGED)
        return put_changed(org, at, item, promise);
    return item->outcome == ACT_WITHDRAWN ? at + sprintf(at, ",\"reason\":\"other priorities\"")
                                          : at;
}

static char *put_training(const struct org *org, char *at, const struct item *item) {
    const struct org_rep *rep = &org->reps[item->rep];
    const char *comma = "";
    at += snprintf(at, MEMBERS_SIZE,
                   ",\"training\":\"%s\",\"skill\":\"%s\",\"cost\":800,\"indicators\":[",
                   org_role_names[rep->role], skill_of(org, item));
    for (enum org_measure m = 0; m < ORG_MEASURES; m++)
        if (rep->trained >> m & 1) {
            at += sprintf(at, "%s\"%s\"", comma, org_measures[m].name);
            comma = ",";
        }
    return at + sprintf(at, "]");
}

static char *put_growth(const struct org *org, char *at, const struct item *item) {
    return at + snprintf(at, MEMBERS_SIZE, ",\"skill\":\"%s\",\"text\":\"surer in %s calls\"",
                         skill_of(org, item), skill_of(org, item));
}

static char *put_recognition(const struct org *org, char *at, const struct item *item) {
    return at + snprintf(at, MEMBERS_SIZE, ",\"manager\":\"%s\",\"indicator\":\"%s\"",
                         manager_of(org, item), org_measures[item->detail].name);
}

char *loop_put_data(const struct org *org, char *at, const struct item *item) {
    static char *(*const put[ORG_KINDS])(const struct org *, char *, const struct item *) = {
        [KIND_SESSION] = put_session,         [KIND_SESSION_AGAIN] = put_again,
        [KIND_PROMISE] = put_promise,         [KIND_TRAINING] = put_training,
        [KIND_RECOGNITION] = put_recognition, [KIND_GROWTH] = put_growth,
    };
    return put[item->kind](org, at, item);
}
