#include "explain_state.h"

#include <inttypes.h>

#include "detector.h"
#include "engine.h"
#include "reference.h"

enum {
    REFERENCE_FROM_DAYS = 40, /* the reference needs more for a third: it is said how long */
    RAMP_OVER = 995,          /* per mille of full output: not worth a word */
};

struct state_scene {
    const struct engine_stream *stream;
    pace_day day;
    struct pen *pen;
};

static bool is_per_day(const struct engine_stream *s) {
    return s->scale == SCALE_RATE || s->scale == SCALE_AMOUNT;
}

static void write_amount_of(const struct state_scene *s, double value) {
    write_value(s->pen, s->stream->scale, "", value);
    if (s->stream->scale != SCALE_SHARE && s->stream->unit.len) {
        write_text(s->pen, " ");
        write_view(s->pen, s->stream->unit);
    }
}

/* "about 7.5"; of nothing there is no about. */
static void write_about_amount(const struct state_scene *s, double value) {
    write_text(s->pen, value < .005 && s->stream->scale <= SCALE_SHARE ? "" : "about ");
    write_amount_of(s, value);
}

static void write_label(const struct state_scene *s) {
    write_view(s->pen, s->stream->label);
}

/* " since Monday 2 March 2026", where that is known */
static void write_since_day(const struct state_scene *s, const char *since, pace_day day) {
    if (day == DAY_NONE)
        return;
    write_text(s->pen, "%s", since);
    write_day(s->pen, day);
}

/* "calls have been down since", and of what is no count "connect rate went down around" */
static void write_fallen(const struct state_scene *s) {
    bool counted = s->stream->scale == SCALE_RATE;
    write_label(s);
    if (counted)
        write_text(s->pen, " %s been ", has_or_have(s->stream->label));
    else
        write_text(s->pen, " went ");
    write_text(s->pen, s->stream->rises ? "up" : "down");
    write_since_day(s, counted ? " since " : " around ", s->stream->since);
    write_text(s->pen, ", ");
}

static void write_from_to_of(const struct state_scene *s, double before, double after) {
    write_text(s->pen, "from ");
    write_about_amount(s, before);
    write_text(s->pen, " to ");
    write_about_amount(s, after);
    write_text(s->pen, is_per_day(s->stream) ? " a full working day" : "");
}

/* ---- what was expected and what was counted ---- */

static void write_day_of_counts(const struct state_scene *s) {
    if (s->stream->scale == SCALE_RATE || s->stream->count >= .005)
        write_amount_of(s, s->stream->count);
    else
        write_text(s->pen, "nothing");
    write_text(s->pen, s->stream->scale == SCALE_RATE ? " counted, where " : " came together, where ");
    write_about_amount(s, s->stream->expected);
    write_text(s->pen, " would be usual.");
}

static void write_day_of_shares(const struct state_scene *s) {
    write_rate(s->pen, s->stream->count);
    write_text(s->pen, " of ");
    write_rate(s->pen, s->stream->exposure);
    write_text(s->pen, " that were to be decided by then succeeded, where ");
    write_about_amount(s, s->stream->rate);
    write_text(s->pen, " would be usual.");
}

static void write_day_of_levels(const struct state_scene *s) {
    write_amount_of(s, s->stream->count);
    write_text(s->pen, ", where ");
    write_about_amount(s, s->stream->rate);
    write_text(s->pen, " would be usual.");
}

/* Nothing is expected of a day that isn't stepped. */
static void write_that_day(const struct state_scene *s) {
    static void (*const by_scale[])(const struct state_scene *s) = {
        [SCALE_RATE] = write_day_of_counts, [SCALE_AMOUNT] = write_day_of_counts,
        [SCALE_SHARE] = write_day_of_shares, [SCALE_LEVEL] = write_day_of_levels};
    if (s->stream->exposure <= 0)
        return;
    write_text(s->pen, " On ");
    write_day(s->pen, s->day);
    write_text(s->pen, ": ");
    by_scale[s->stream->scale](s);
}

/* ---- what is special ---- */

/* Of a new hire less is expected. */
static void write_ramp(const struct state_scene *s) {
    if (s->stream->tenure_days <= 0 || s->stream->ramp <= 0 || s->stream->ramp * 1000 >= RAMP_OVER)
        return;
    write_text(s->pen, " This is day %d of getting started, when ", s->stream->tenure_days);
    write_percent(s->pen, s->stream->ramp);
    write_text(s->pen, " of full output is expected; that is allowed for.");
}

/* What nobody could see sooner shouldn't be waited for. */
static void write_reference(const struct state_scene *s) {
    const struct engine_stream *stream = s->stream;
    double arl0 = stream->threshold_days, rate = stream->before > 0 ? stream->before : stream->rate;
    if (stream->scale != SCALE_RATE || rate <= 0)
        return;
    double third = reference_delay(rate, stream->dispersion, 2. / 3, arl0);
    if (third < REFERENCE_FROM_DAYS)
        return;
    write_text(s->pen, " At about ");
    write_rate(s->pen, rate);
    write_text(s->pen, " a day even a perfect observer, with as few false alarms, would need about ");
    write_span(s->pen, third);
    write_text(s->pen, " to be sure of a fall by a third, and about ");
    write_span(s->pen, reference_delay(rate, stream->dispersion, .5, arl0));
    write_text(s->pen, " of one by half.");
}

static void write_evidence(const struct state_scene *s) {
    if (s->stream->evidence_days < 1)
        return;
    write_text(s->pen, " Chance does as much as this about once in ");
    write_about(s->pen, s->stream->evidence_days);
    write_text(s->pen, " working days; a warning takes ");
    write_about(s->pen, s->stream->threshold_days);
    write_text(s->pen, ".");
}

/* A case that ended lately. */
static void write_ended(const struct state_scene *s) {
    const struct engine_stream *stream = s->stream;
    write_text(s->pen, stream->rebased ? "A new normal since " : "Back on track since ");
    write_day(s->pen, stream->ended_on);
    write_text(s->pen, ": ");
    write_about_amount(s, stream->ended_after);
    write_text(s->pen, is_per_day(stream) ? " a full working day," : ",");
    write_text(s->pen, stream->rebased ? " after " : " against ");
    write_about_amount(s, stream->ended_before);
    write_text(s->pen, stream->rebased ? " before; that is what is expected from now on." : " before the slip.");
}

static const struct {
    const char *reason, *words;
} reasons[] = {
    {"too_few", "the numbers are too small to be more than a question"},
    {"hollow", "a count that goes with it went up meanwhile, so it is a question rather than a finding"},
    {"warming_up", "it came soon after a long time away"},
    {"below_budget", "stronger ones had used up the week's budget"},
    {"cooling_down", "this rep was warned about in the four weeks before, and the evidence hasn't grown tenfold"},
    {"same_push", "a stronger one of that day speaks for it"},
    {"history", "its day was long past when it was found"},
};

static void write_why_not_pushed(const struct state_scene *s) {
    for (size_t i = 0; s->stream->reason && i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(reasons[i].reason, s->stream->reason))
            write_text(s->pen, " Its warning is on record, and wasn't pushed: %s.", reasons[i].words);
}

static void write_silence(const struct state_scene *s) {
    if (s->stream->silent_records)
        write_text(s->pen, "next to nothing (%" PRId64 " record%s) has come from this rep", s->stream->silent_records,
                   s->stream->silent_records == 1 ? "" : "s");
    else
        write_text(s->pen, "nothing has come from this rep on any source");
    if (s->stream->silent_days > 0) {
        write_text(s->pen, " for ");
        write_days(s->pen, s->stream->silent_days, "scheduled");
        write_since_day(s, ", since ", s->stream->silent_from);
    }
}

/* ---- one writer for each state ---- */

static void state_not_begun(const struct state_scene *s) {
    write_text(s->pen, "Not watched yet: nothing has been recorded for ");
    write_label(s);
    write_text(s->pen, " so far. It begins with the first.");
}

static void state_warming_up(const struct state_scene *s) {
    const struct engine_stream *stream = s->stream;
    if (stream->rewarm_days > 0 && stream->exposure_days >= DETECTOR_WATCH_FROM) {
        write_text(s->pen, "Warming up again: back from a long time away. For ");
        write_days(s->pen, stream->rewarm_days, "more scheduled");
        write_text(s->pen, " a slow start is no news, and warnings are only recorded.");
    } else {
        write_text(s->pen, "Warming up: %d of the %d scheduled days that are needed to know what is usual have been seen.",
                   stream->exposure_days, DETECTOR_WATCH_FROM);
    }
    write_that_day(s);
    write_ramp(s);
}

static void state_quiet(const struct state_scene *s) {
    if (s->stream->ended_on != DAY_NONE)
        write_ended(s);
    else
        write_text(s->pen, "Quiet: nothing that chance wouldn't do as well.");
    write_that_day(s);
    write_evidence(s);
    write_ramp(s);
    write_reference(s);
}

/* "what feeds calls has brought nothing for this team, or isn't known to be complete, since Monday 2 March 2026" */
static void write_unheard(const struct state_scene *s) {
    write_text(s->pen, "what feeds ");
    write_label(s);
    write_text(s->pen, " has brought nothing for this team, or isn't known to be complete, since ");
    write_day(s->pen, s->stream->unknown_from);
}

/* What was told with the warning is told again otherwise: why. */
static void write_told_since(const struct state_scene *s) {
    if (s->stream->told_since == DAY_NONE)
        return;
    write_text(s->pen, " Its warning told of ");
    write_day(s->pen, s->stream->told_since);
    write_text(s->pen, "; records that came later have moved the beginning.");
}

/* A case is told as it stood when its feed was heard last. */
static void write_stood(const struct state_scene *s) {
    if (s->stream->unknown_from == DAY_NONE)
        return;
    write_text(s->pen, " That is how it stood: ");
    write_unheard(s);
    write_text(s->pen, ".");
}

static void state_too_few(const struct state_scene *s) {
    write_text(s->pen, "Too few to tell: ");
    write_fallen(s);
    write_from_to_of(s, s->stream->before, s->stream->after);
    write_text(s->pen, ". That is a question, not a finding: it is on record and isn't pushed.");
    write_stood(s);
    write_that_day(s);
    write_reference(s);
}

static void write_gone(const struct state_scene *s) {
    write_text(s->pen, "Gone quiet: ");
    write_silence(s);
    write_text(s->pen, ". If that is leave or a departure, please enter it, and the days no longer count.");
}

/* Back, nearly back, or held open by what guards it. */
static void write_recent(const struct state_scene *s) {
    const struct engine_stream *stream = s->stream;
    bool near = stream->rises ? stream->recent <= 1.1 * stream->before : stream->recent >= .9 * stream->before;
    if (!stream->has_recent)
        return;
    write_text(s->pen, " The newest ten days come to ");
    write_about_amount(s, stream->recent);
    write_text(s->pen, is_per_day(stream) ? " a full working day" : "");
    if (near && stream->waits_for)
        write_text(s->pen, ", which is usual; the case stays open until %s, which guards it, is back as well", stream->waits_for);
    write_text(s->pen, ".");
}

static void state_slipping(const struct state_scene *s) {
    if (s->stream->gone) {
        write_gone(s);
        return;
    }
    write_text(s->pen, "Slipping: ");
    write_fallen(s);
    write_from_to_of(s, s->stream->before, s->stream->after);
    write_text(s->pen, ".");
    write_told_since(s);
    write_recent(s);
    write_stood(s);
    write_that_day(s);
    write_ramp(s);
    write_why_not_pushed(s);
}

static void state_pending(const struct state_scene *s) {
    write_text(s->pen, "Waiting: ");
    write_silence(s);
    write_text(s->pen, ". A return within five scheduled days lets these days count; after a later one the first three days "
                       "back tell whether it was leave.");
}

static void state_no_data(const struct state_scene *s) {
    if (s->stream->gone) {
        write_gone(s);
        return;
    }
    write_text(s->pen, "No data: ");
    write_silence(s);
    write_text(s->pen, ". Is it leave, an outage or a departure that isn't on record? Nothing is concluded about the work.");
}

static void state_team_shift(const struct state_scene *s) {
    write_text(s->pen, "Held back: the whole team moved at the same time, and that is told once, for the team. What this rep does "
                       "beyond that is told if it lasts longer than the team's ten days.");
    write_that_day(s);
    write_evidence(s);
}

static void state_free(const struct state_scene *s) {
    write_text(s->pen, "Not tested: this rep wasn't scheduled to work on that day, or nothing was due.");
}

static void state_on_leave(const struct state_scene *s) {
    write_text(s->pen, "Not tested: a holiday or an absence on record, or not a member of this team that day.");
}

static void state_source_down(const struct state_scene *s) {
    write_text(s->pen, "Unknown: ");
    if (s->stream->unknown_from != DAY_NONE) {
        write_unheard(s);
        write_text(s->pen, ". Days of which nobody knows say nothing about anybody's work; they count once they have come.");
        return;
    }
    write_text(s->pen, "nearly nobody of the team had any ");
    write_label(s);
    write_text(s->pen, " on that day, so that it says nothing about the work of one. It counts once the rest has come.");
}

static void state_not_fresh(const struct state_scene *s) {
    write_text(s->pen, "Not fresh: next to nothing of that day has come in yet, as is usual with this rep. It is tested when it has.");
}

static void (*const writers[])(const struct state_scene *s) = {
    [STREAM_NOT_BEGUN] = state_not_begun, [STREAM_WARMING_UP] = state_warming_up, [STREAM_QUIET] = state_quiet,
    [STREAM_TOO_FEW] = state_too_few, [STREAM_SLIPPING] = state_slipping, [STREAM_PENDING] = state_pending,
    [STREAM_NO_DATA] = state_no_data, [STREAM_TEAM_SHIFT] = state_team_shift, [STREAM_FREE] = state_free,
    [STREAM_ON_LEAVE] = state_on_leave, [STREAM_SOURCE_DOWN] = state_source_down, [STREAM_NOT_FRESH] = state_not_fresh};

void explain_state(struct engine_stream *stream, pace_day day) {
    struct pen pen = pen_on(stream->text, sizeof stream->text);
    struct state_scene scene = {stream, day, &pen};
    writers[stream->state](&scene);
}
