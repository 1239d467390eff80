/* control_reports.c - for reports over the past: rep-weeks (`weeks`) and what was told of opportunities (`deals`). */
#include "control_call.h"
#include "indicator.h"
#include "json_value.h"

#include <errno.h>
#include <stdlib.h>

enum { WEEKS_MAX = 520, PAGE_CELLS = 20000 };

/* ---- weeks ---- */

static json_t *list_indicators(const struct config *config) {
    json_t *list = json_array();
    for (int i = 0; i < config->n_indicators; i++) {
        const struct config_indicator *one = &config->indicators[i];
        json_array_append_new(list, json_pack("{ss ss ss ss? ss}", "indicator", one->name, "label", one->label, "kind",
                                              indicator_kind_name(one->kind), "of", one->of, "direction",
                                              one->direction == DIRECTION_DOWN ? "down" : "up"));
    }
    return list;
}

static json_t *amounts_json(const struct engine_amount *amounts, int n) {
    json_t *list = json_array();
    for (int w = 0; w < n; w++)
        json_array_append_new(list, amounts[w].has_value ? json_real(amounts[w].value) : json_null());
    return list;
}

struct weeks_query {
    struct engine *engine;
    pace_day monday;
    int n;
    struct engine_week *weeks;
    struct engine_amount *amounts;
};

static json_t *rep_json(const struct weeks_query *query, struct view rep) {
    json_t *days = json_array(), *records = json_array(), *values = json_object();
    const struct config *config = engine_config(query->engine);
    if (engine_weeks(query->engine, rep, query->monday, query->n, query->weeks) == 0)
        for (int w = 0; w < query->n; w++) {
            json_array_append_new(days, json_real(query->weeks[w].days));
            json_array_append_new(records, json_integer(query->weeks[w].records));
        }
    for (int i = 0; i < config->n_indicators; i++)
        if (engine_amounts(query->engine, rep, i, query->monday, query->n, query->amounts) == 0)
            json_object_set_new(values, config->indicators[i].name, amounts_json(query->amounts, query->n));
    return json_pack("{so so so so}", "rep", json_value_text(rep), "days", days, "records", records, "values", values);
}

/* As many reps as make a page of bounded work, at least one. */
static void list_reps(struct control_call *call, const struct weeks_query *query, uint64_t from) {
    int each = query->n * (1 + engine_config(query->engine)->n_indicators), n = 0, error = 0;
    int first = from > INT32_MAX / 2 ? INT32_MAX / 2 : (int)from;
    struct engine_rep rep;
    json_t *items = json_array();
    while ((n == 0 || n * each < PAGE_CELLS) && (error = engine_rep_at(query->engine, first + n, &rep)) == 0) {
        json_array_append_new(items, rep_json(query, rep.name));
        n++;
    }
    call_set(call, "items", items);
    if (error && error != -ENOENT)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (!error)
        call_set(call, "next", json_integer(first + n));
}

void command_weeks(struct control_call *call) {
    struct weeks_query query = {.engine = call->host->engine, .monday = DAY_NONE};
    uint64_t n = 0, from = 0;
    if (!call_day(call, "monday", &query.monday) || !call_number(call, "weeks", &n) || !call_number(call, "from", &from))
        return;
    if (query.monday != DAY_NONE && (day_weekday(query.monday) != 0 || n < 1 || n > WEEKS_MAX)) {
        call_fail(call, "bad_argument", "\"monday\" is the date of a Monday and \"weeks\" a number from 1 to %d", WEEKS_MAX);
        return;
    }
    call_set(call, "first", json_value_day(engine_first_day(query.engine)));
    call_set(call, "last", json_value_day(engine_last_closed(query.engine)));
    call_set(call, "indicators", list_indicators(engine_config(query.engine)));
    if (query.monday == DAY_NONE)
        return;
    query.n = (int)n;
    query.weeks = calloc(n, sizeof *query.weeks);
    query.amounts = calloc(n, sizeof *query.amounts);
    if (query.weeks && query.amounts)
        list_reps(call, &query, from);
    else
        call_fail(call, "internal", "out of memory");
    free(query.weeks);
    free(query.amounts);
}

/* ---- deals ---- */

static json_t *name_json(struct view name) {
    return name.len ? json_value_text(name) : json_null();
}

static void add_deal(void *arg, const struct engine_deal *deal) {
    json_array_append_new(
        arg, json_pack("{so so so so so so so}", "opportunity", json_value_text(deal->opportunity), "type",
                       json_value_text(deal->event->type), "rep", name_json(deal->rep), "owner", name_json(deal->owner), "time",
                       json_value_time(deal->event->time_us), "day", json_value_day(deal->day), "amount",
                       deal->has_amount ? json_real((double)deal->amount / 10000) : json_null()));
}

void command_deals(struct control_call *call) {
    uint64_t from = 0, next = 0;
    if (!call_number(call, "from", &from))
        return;
    json_t *items = json_array();
    int error = engine_deals(call->host->engine, from, add_deal, items, &next);
    call_set(call, "items", items);
    if (error)
        call_fail(call, "store", "%s", pace_strerror(error));
    else if (next)
        call_set(call, "next", json_integer((json_int_t)next));
}
