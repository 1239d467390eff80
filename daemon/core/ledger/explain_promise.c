/* explain_promise.c - how a promise stands, and what became of it: said to the rep, so without reproach. */
#include "explain_inside.h"

#include "config.h"

#define NEARLY .9 /* of what was promised */

enum { WORDS_MAX = 200 };

/* People's own words, cut between characters. */
static void write_words(struct pen *pen, const char *before, const char *words, const char *after) {
    size_t len = strlen(words);
    bool cut = len > WORDS_MAX;
    for (len = cut ? WORDS_MAX : len; cut && len && ((unsigned char)words[len] & 0xc0) == 0x80;)
        len--;
    write_text(pen, "%s%.*s%s%s", before, (int)len, words, cut ? "..." : "", after);
}

static const char *whose(const struct fact_promise *promise) {
    return promise->by_manager ? "the manager's promise" : "the promise";
}

/* "ann: the promise of Monday 2 March 2026 ("Two hundred calls")" */
static void write_promise(const struct scene *s) {
    const struct fact_promise *promise = &s->fact->promise;
    write_view(s->pen, s->who);
    write_text(s->pen, ": %s of ", whose(promise));
    write_day(s->pen, promise->made);
    if (promise->text)
        write_words(s->pen, " (\"", promise->text, "\")");
}

/* "150 of 200 calls", "5 where at most 3 were promised (no-shows)", "75 % where 80 % was promised (show rate)" */
static void write_amounts(const struct scene *s) {
    const struct fact_target *target = &s->fact->target;
    bool many = s->measured.scale <= SCALE_AMOUNT, most = s->fact->rises;
    write_value(s->pen, s->measured.scale, s->measured.unit, target->so_far);
    write_text(s->pen, many && !most ? " of " : most ? " where at most " : " where ");
    write_value(s->pen, s->measured.scale, s->measured.unit, target->target);
    if (many && !most)
        write_text(s->pen, " %s", s->label);
    else
        write_text(s->pen, " %s promised (%s)", s->measured.scale == SCALE_SHARE ? "was" : "were", s->label);
}

/* How the promise speaks for say-do, and those before it in its series. */
static void write_record(const struct scene *s) {
    const struct fact_promise *promise = &s->fact->promise;
    if (promise->usual)
        write_text(s->pen, " At the pace of the day on which it was agreed it was likely anyway: it is as usual, and stands outside "
                           "say-do.");
    if (promise->series_n > 1)
        write_text(s->pen, " Of the last %d of this series, %d %s kept.", promise->series_n, promise->series_kept,
                   promise->series_kept == 1 ? "was" : "were");
}

static void tell_kept(const struct scene *s) {
    const struct fact_promise *promise = &s->fact->promise;
    write_text(s->pen, promise->verdict == PROMISE_KEPT ? " is kept" : " is kept after its day");
    if (promise->measured) {
        write_text(s->pen, ": ");
        write_amounts(s);
    }
    if (promise->due != DAY_NONE) {
        write_text(s->pen, promise->verdict == PROMISE_KEPT ? ", due on " : "; it was due on ");
        write_day(s->pen, promise->due);
    }
    write_text(s->pen, promise->measured ? "." : ", as it was told.");
    write_text(s->pen, promise->verdict == PROMISE_KEPT ? " Worth a word of thanks."
                                                        : " Better late than not at all: what made it take longer?");
    write_record(s);
}

static void list_promise_questions(const struct scene *s) {
    const bool own = s->fact->promise.by_manager;
    struct alert *alert = s->alert;
    struct pen pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, own ? "What came in between, and does the rep know?" : "What came in between?");
    pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "Is it still the right thing to do, and by which day can it be done?");
    pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, own ? "Who could help, so that it is done this week?" : "What help do you need for it?");
    close_lines(alert->questions, alert->n_questions);
}

static bool is_nearly_reached(const struct fact *fact) {
    return fact->promise.measured && !fact->rises && fact->target.so_far >= NEARLY * fact->target.target;
}

static void list_nearly_questions(const struct scene *s) {
    struct alert *alert = s->alert;
    struct pen pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "What made it go so far, and what was missing at the end?");
    pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "What is the next thing to promise?");
    close_lines(alert->questions, alert->n_questions);
}

static void tell_broken(const struct scene *s) {
    const struct fact_promise *promise = &s->fact->promise;
    bool nearly = is_nearly_reached(s->fact);
    write_text(s->pen, !promise->measured ? " was due on "
                       : s->fact->rises   ? " was not kept up to "
                       : nearly           ? " was nearly reached by "
                                          : " was not reached by ");
    write_day(s->pen, promise->measured ? s->fact->raised_on : promise->due); /* or the next working day, until which is counted */
    if (promise->measured) {
        write_text(s->pen, ": ");
        write_amounts(s);
        write_text(s->pen, ".");
    } else {
        write_text(s->pen, ", and nobody has told that it is done.");
    }
    if (promise->moved)
        write_text(s->pen, " Another day was told, but too late or without agreement, so the first one counts.");
    write_record(s);
    (nearly ? list_nearly_questions : list_promise_questions)(s);
    write_lists(s->pen, s->alert);
}

static void tell_renegotiated(const struct scene *s) {
    write_text(s->pen, " was agreed anew in time: it is due on ");
    write_day(s->pen, s->fact->promise.due);
    write_text(s->pen, " now.");
}

static void tell_withdrawn(const struct scene *s) {
    write_text(s->pen, " was withdrawn");
    if (s->fact->promise.reason)
        write_words(s->pen, " (", s->fact->promise.reason, ")");
    write_text(s->pen, ".");
}

static void tell_left(const struct scene *s) {
    const struct fact_promise *promise = &s->fact->promise;
    write_text(s->pen, " stays open: ");
    write_view(s->pen, s->who);
    write_text(s->pen, " left before it was due");
    if (promise->due != DAY_NONE) {
        write_text(s->pen, " on ");
        write_day(s->pen, promise->due);
    }
    write_text(s->pen, ". It counts neither way.");
    if (promise->measured) {
        write_text(s->pen, " By then: ");
        write_amounts(s);
        write_text(s->pen, ".");
    }
    write_text(s->pen, " Does somebody else take it on?");
}

static void tell_impossible(const struct scene *s) {
    const struct fact_target *target = &s->fact->target;
    write_text(s->pen, " can't be judged: ");
    write_value(s->pen, s->measured.scale, s->measured.unit, target->target);
    write_text(s->pen, " %s promised, and there is no more than ", s->measured.scale == SCALE_SHARE ? "was" : "were");
    write_value(s->pen, s->measured.scale, s->measured.unit, s->fact->promise.most);
    write_text(s->pen, " of %s. It counts neither way. Known so far: ", s->label);
    write_value(s->pen, s->measured.scale, s->measured.unit, target->so_far);
    write_text(s->pen, ". What was meant?");
}

static void tell_unverifiable(const struct scene *s) {
    const struct fact_promise *promise = &s->fact->promise;
    if (promise->left || promise->most > 0) {
        (promise->left ? tell_left : tell_impossible)(s);
        return;
    }
    write_text(s->pen, " can't be judged: of ");
    write_days(s->pen, promise->days, "working");
    write_text(s->pen, " up to ");
    write_day(s->pen, s->fact->raised_on);
    if (promise->away_days)
        write_text(s->pen, promise->away_days == 1 ? ", %d was leave or a holiday" : ", %d were leave or holidays", promise->away_days);
    if (promise->unknown_days)
        write_text(s->pen, ", on %d the data of %s was missing", promise->unknown_days, s->label);
    write_text(s->pen, ". Known so far: ");
    write_amounts(s);
    write_text(s->pen, ". If the rest comes in, this is judged again.");
}

void tell_promise(const struct scene *s) {
    static void (*const tellers[PROMISE_VERDICTS])(const struct scene *) = {
        [PROMISE_KEPT] = tell_kept,
        [PROMISE_LATE] = tell_kept,
        [PROMISE_BROKEN] = tell_broken,
        [PROMISE_RENEGOTIATED] = tell_renegotiated,
        [PROMISE_WITHDRAWN] = tell_withdrawn,
        [PROMISE_UNVERIFIABLE] = tell_unverifiable,
    };
    write_promise(s);
    tellers[s->fact->promise.verdict](s);
}

/* ---- at risk ---- */

static void write_outlook(const struct scene *s) {
    const struct fact_target *target = &s->fact->target;
    write_text(s->pen, " At today's pace, ");
    write_about_value(s->pen, &s->measured, s->fact->after);
    write_text(s->pen, " a full working day, it will be about ");
    write_value(s->pen, s->measured.scale, s->measured.unit, target->expected);
    write_text(s->pen, s->fact->rises ? " by then, and keeping within it has " : " by then, and keeping it has ");
    write_chance(s->pen, target->probability);
    write_text(s->pen, ".");
}

static void list_what_it_takes(const struct scene *s) {
    const struct fact_target *target = &s->fact->target;
    struct alert *alert = s->alert;
    struct pen pen = next_line(s->words->levers, alert->levers, &alert->n_levers);
    if (s->fact->rises) {
        write_text(&pen, "no more than ");
        write_value(&pen, s->measured.scale, s->measured.unit, target->target - target->so_far);
        write_text(&pen, " from here on");
    } else {
        write_about_value(&pen, &s->measured, rate_needed(target));
        write_text(&pen, " a full working day from here on");
    }
    close_lines(alert->levers, alert->n_levers);
}

static void list_risk_questions(const struct scene *s) {
    const bool own = s->fact->promise.by_manager;
    struct alert *alert = s->alert;
    struct pen pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, own ? "What came in between, and who could help?" : "What is in the way, and what help do you need?");
    pen = next_line(s->words->questions, alert->questions, &alert->n_questions);
    write_text(&pen, "Is it still the right thing to do? Another day that is agreed before it is due counts as agreed anew.");
    close_lines(alert->questions, alert->n_questions);
}

void tell_at_risk(const struct scene *s) {
    write_promise(s);
    write_text(s->pen, " may not be kept: ");
    write_amounts(s);
    write_text(s->pen, ", due on ");
    write_day(s->pen, s->fact->target.to);
    write_text(s->pen, ",");
    write_days_left(s->pen, &s->fact->target);
    write_text(s->pen, ".");
    write_outlook(s);
    list_what_it_takes(s);
    list_risk_questions(s);
    write_text(s->pen, " Days off on record are already allowed for.");
    write_lists(s->pen, s->alert);
}
