#include "backtest_follow.h"

#include <errno.h>
#include <stdlib.h>

int follow_fill(struct follow_rep *rep, const struct engine *engine, const struct results *results, struct view name,
                pace_day first, pace_day last) {
    size_t n = last < first ? 0 : (size_t)(last - first + 1), n_results, at = 0;
    const struct result *list = results_of(results, name, &n_results);
    *rep = (struct follow_rep){.first = first, .n = (int)n};
    rep->days = calloc(n + 1, sizeof *rep->days);
    rep->result = calloc(n + 1, sizeof *rep->result);
    rep->scheduled = calloc(n + 1, sizeof *rep->scheduled);
    if (!rep->days || !rep->result || !rep->scheduled)
        return -ENOMEM;
    while (at < n_results && list[at].day < first)
        at++;
    for (size_t d = 0; d < n; d++) {
        pace_day day = first + (pace_day)d;
        double worktime = engine_worktime(engine, name, day);
        bool has_result = at < n_results && list[at].day == day;
        rep->days[d + 1] = rep->days[d] + worktime;
        rep->scheduled[d + 1] = rep->scheduled[d] + (worktime > 0);
        rep->result[d + 1] = rep->result[d] + (has_result ? list[at].amount : 0);
        at += has_result;
    }
    return 0;
}

void follow_clear(struct follow_rep *rep) {
    free(rep->days);
    free(rep->result);
    free(rep->scheduled);
    *rep = (struct follow_rep){0};
}

/* The first day of the drop, as its place in the rep's days: where the result so far less what half-way between makes of the
 * days so far is greatest, the earliest of equals. */
static int drop_begins(const struct follow_rep *rep, int from, int end, double usual) {
    double border = usual * (1 + FOLLOW_SHARE) / 2, most = 0;
    int begins = from;
    for (int d = from; d < end; d++) {
        double kept = rep->result[d] - rep->result[from] - border * (rep->days[d] - rep->days[from]);
        if (kept > most) {
            most = kept;
            begins = d;
        }
    }
    return begins;
}

enum follow_verdict follow_judge(const struct follow_rep *rep, pace_day since, pace_day raised_on, int cycle_days,
                                 int *ret_lead) {
    int begin = (since == DAY_NONE || since > raised_on ? raised_on : since) - rep->first;
    int after = raised_on - rep->first + 1, end = after + cycle_days;
    if (begin < 0 || end > rep->n || rep->days[begin] < FOLLOW_DAYS_BEFORE || rep->result[begin] <= 0 ||
        rep->days[end] - rep->days[after] < FOLLOW_DAYS_AFTER)
        return FOLLOW_UNJUDGED;
    double usual = rep->result[begin] / rep->days[begin];
    double later = (rep->result[end] - rep->result[after]) / (rep->days[end] - rep->days[after]);
    if (later >= FOLLOW_SHARE * usual)
        return FOLLOW_NO_DROP;
    if (ret_lead) {
        int drop = drop_begins(rep, begin, end, usual);
        *ret_lead = rep->scheduled[drop] - rep->scheduled[after - 1];
    }
    return FOLLOW_DROP;
}
