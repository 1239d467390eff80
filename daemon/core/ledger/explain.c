#include "explain_inside.h"

#include "config.h"
#include "indicator.h"
#include "people.h"

enum explain_scale explain_scale_of(const struct config *config, int indicator, const char **ret_unit) {
    static const enum explain_scale scales[KIND_COUNT_OF] = {
        [KIND_COUNT] = SCALE_RATE, [KIND_SUM] = SCALE_AMOUNT, [KIND_RATIO] = SCALE_SHARE,
        [KIND_LATENCY] = SCALE_SHARE, [KIND_ADHERENCE] = SCALE_SHARE, [KIND_LEVEL] = SCALE_LEVEL,
        [KIND_SCORE] = SCALE_LEVEL, [KIND_PROMISES] = SCALE_SHARE};
    const struct config_indicator *at = &config->indicators[indicator];
    const char *currency = at->currency ? at->currency : config->organisation.currency;
    bool money = (at->kind == KIND_SUM && indicator_is_money(at)) ||
                 (at->kind == KIND_LEVEL && at->quantity == LEVEL_OPEN_AMOUNT);
    bool age = at->kind == KIND_LEVEL && at->quantity == LEVEL_DAYS_IN_STAGE;
    *ret_unit = money && currency ? currency : age ? "days" : at->kind == KIND_SCORE ? "points" : "";
    return scales[at->kind];
}

static void (*const tellers[])(const struct scene *) = {
    [FACT_SLIP] = tell_slip, [FACT_RELAPSED] = tell_slip, [FACT_RECOVERED] = tell_recovered,
    [FACT_REBASED] = tell_rebased, [FACT_NO_DATA] = tell_no_data, [FACT_BACK] = tell_back,
    [FACT_TEAM_SHIFT] = tell_team_shift, [FACT_TEAM_RECOVERED] = tell_team_recovered,
    [FACT_TEAM_REBASED] = tell_team_rebased, [FACT_SOURCE_SILENT] = tell_source_silent,
    [FACT_SOURCE_BACK] = tell_source_back, [FACT_SOURCE_ENDED] = tell_source_ended,
    [FACT_OFF_TARGET] = tell_off_target, [FACT_TARGET_BACK] = tell_target_back,
    [FACT_GOOD_NEWS] = tell_good_news, [FACT_PROMISE_VERDICT] = tell_promise,
    [FACT_PROMISE_AT_RISK] = tell_at_risk, [FACT_STEP_MISSED] = tell_step,
    [FACT_TRAINING_FADING] = tell_training_fading};

void explain_fact(const struct fact *fact, const struct explain_names *names, struct alert *alert,
                  struct explanation *words) {
    struct pen pen = pen_on(words->text, sizeof words->text);
    struct measured measured = explain_measured(names, fact->indicator);
    struct scene scene = {fact, names, alert, words, view_of("?"), measured, measured.label, &pen};
    if (fact->rep != REP_NONE)
        scene.who = names->rep(names->arg, fact->rep);
    tellers[fact->kind](&scene);
    if (fact->stands_in_for) {
        write_text(&pen, " This is told to ");
        write_view(&pen, alert->manager);
        write_text(&pen, ", who stands in for %s.", fact->stands_in_for);
    }
    alert->text = view_of(words->text);
}

static bool is_good(enum alert_kind kind) {
    return kind == ALERT_RECOVERED || kind == ALERT_GOOD_NEWS;
}

static const char *kind_words(enum alert_kind kind) {
    return kind == ALERT_NO_DATA    ? "the question about silence"
           : kind == ALERT_TEAM_SHIFT ? "the warning about the whole team"
           : is_good(kind)            ? "the good news"
           : kind == ALERT_REBASED    ? "the message about the end of a case"
           : kind == ALERT_COACHING_OVERDUE ? "the reminder"
           : kind == ALERT_COMMITMENT_VERDICT || kind == ALERT_COMMITMENT_AT_RISK ? "what was said about a promise"
                                      : "the warning";
}

/* A feed that was down and has sent the rest: the warning was right, and is over. Whether it was all of the rest nobody knows here. */
static void tell_caught_up(const struct alert *earlier, struct pen *pen) {
    write_view(pen, earlier->subject);
    write_text(pen, " has caught up: what came in for team ");
    write_view(pen, earlier->team);
    write_text(pen, " makes the days since ");
    write_day(pen, earlier->since);
    write_text(pen, " count as usual now. To ask: Was that all? What is still missing looks as if nobody had done it.");
}

void explain_revised(const struct alert *earlier, uint64_t goes_on_as, struct alert *alert, struct explanation *words) {
    struct pen pen = pen_on(words->text, sizeof words->text);
    if (earlier->kind == ALERT_SOURCE_SILENT) {
        tell_caught_up(earlier, &pen);
        alert->text = view_of(words->text);
        return;
    }
    write_view(&pen, earlier->subject);
    write_text(&pen, ": %s of ", kind_words(earlier->kind));
    write_day(&pen, earlier->raised_on);
    if (earlier->indicator_label.len && earlier->kind != ALERT_NO_DATA) { /* which is about all of them */
        write_text(&pen, " about ");
        write_view(&pen, earlier->indicator_label);
    }
    write_text(&pen, " (number %llu)", (unsigned long long)earlier->number);
    if (goes_on_as)
        write_text(&pen, " goes on as number %llu: both are about one person, as is known now.", (unsigned long long)goes_on_as);
    else if (view_equal(alert->reason, view_of("not_watched")))
        write_text(&pen, " ends here: that isn't watched any more. What it said stays as it is.");
    else
        write_text(&pen, " no longer holds: %s. %s",
                   view_equal(alert->reason, view_of("reconfigured"))
                       ? "what is watched, where or when people work, or what is known of those days was changed since, and by that "
                         "there was no such slip"
                       : "events that arrived late change what was known that day",
                   is_good(earlier->kind) ? "A kind word that was said may stand; only what was planned on it is to be looked at again."
                                          : "Please take it back where it was passed on.");
    alert->text = view_of(words->text);
}
