#include "truth.h"

#include "line.h"
#include "loop.h"

#include <errno.h>
#include <stdio.h>

/* Names hold nothing that JSON or YAML would want escaped. */

static void put_date(FILE *file, const struct org *org, const char *name, int day) {
    char text[DAY_TEXT_SIZE];
    fprintf(file, "\"%s\": \"%s\"", name, day_format(org->setup.start + day, text));
}

static void put_span(FILE *file, const struct org *org, struct org_span span) {
    put_date(file, org, "from", span.from);
    fputs(", ", file);
    put_date(file, org, "to", span.to);
}

/* Thousandths: printf's %f would ask the locale for its point. */
static void put_decimal(FILE *file, double value) {
    long thousandths = (long)(value * 1000 + .5);
    fprintf(file, "%ld.%03ld", thousandths / 1000, thousandths % 1000);
}

static void put_rates(FILE *file, const struct org *org, const struct org_slip *slip) {
    const char *comma = "";
    fputs("\"rates\": {", file);
    for (enum org_measure m = 0; m < ORG_MEASURES; m++) {
        if (!(slip->measures >> m & 1))
            continue;
        fprintf(file, "%s\"%s\": ", comma, org_measures[m].name);
        put_decimal(file, org_baseline(org, slip->rep, m));
        comma = ", ";
    }
    fputs("}", file);
}

/* What follows from a slip: warnings about it are neither found nor false. */
static void put_moves(FILE *file, const struct org_slip *slip) {
    const char *comma = "";
    unsigned moves = 0;
    for (enum org_measure m = 0; m < ORG_MEASURES; m++)
        if (slip->measures >> m & 1)
            moves |= org_measures[m].moves;
    fputs(", \"moves\": [", file);
    for (enum org_measure m = 0; m < ORG_MEASURES; m++)
        if ((moves & ~slip->measures) >> m & 1) {
            fprintf(file, "%s\"%s\"", comma, org_measures[m].name);
            comma = ", ";
        }
    fputs("]", file);
}

static void put_date_or_null(FILE *file, const struct org *org, const char *name, int day) {
    if (day)
        put_date(file, org, name, day);
    else
        fprintf(file, "\"%s\": null", name);
}

/* What managers and the rep made of it. */
static void put_answer(FILE *file, const struct org *org, const struct org_slip *slip) {
    fprintf(file, ", \"manager\": \"%s\", ",
            loop_temper_names[loop_temper_on(org, slip->rep, slip->span.from)]);
    put_date_or_null(file, org, "coached", slip->coached_on);
    fputs(", ", file);
    put_date_or_null(file, org, "lifted", slip->lifted_on);
}

static void put_slip(FILE *file, const struct org *org, const struct org_slip *slip) {
    const struct org_rep *rep = &org->reps[slip->rep];
    fprintf(file, "{\"rep\": \"%s\", \"team\": \"%s\", \"role\": \"%s\", \"left\": %s, ", rep->name,
            org->teams[rep->team].name, org_role_names[rep->role],
            slip->factor > 0 ? "false" : "true");
    put_date(file, org, "from", slip->span.from);
    fputs(", ", file);
    if (slip->open)
        fputs("\"until\": null", file);
    else
        put_date(file, org, "until", slip->span.to);
    fputs(", \"factor\": ", file);
    put_decimal(file, slip->factor);
    fputs(", ", file);
    put_rates(file, org, slip);
    put_moves(file, slip);
    if (org->loop)
        put_answer(file, org, slip);
    fputs("}", file);
}

static void put_slips(FILE *file, const struct org *org) {
    fputs("\"slips\": [", file);
    for (int i = 0; i < org->n_slips; i++) {
        fputs(i ? ",\n  " : "\n  ", file);
        put_slip(file, org, &org->slips[i]);
    }
    fputs("],\n", file);
}

static void put_dips(FILE *file, const struct org *org) {
    fputs("\"dips\": [", file);
    if (org->dip.team >= 0) {
        fprintf(file, "{\"team\": \"%s\", ", org->teams[org->dip.team].name);
        put_span(file, org, org->dip.span);
        fputs(", \"factor\": ", file);
        put_decimal(file, org->dip.factor);
        fputs("}", file);
    }
    fputs("],\n", file);
}

static void put_days_off(FILE *file, const struct org *org) {
    const char *comma = "";
    char text[DAY_TEXT_SIZE];
    fputs("\"days_off\": [", file);
    for (int day = 0; day < org->setup.n_days; day++)
        if (org_is_day_off(org, day)) {
            fprintf(file, "%s\"%s\"", comma, day_format(org->setup.start + day, text));
            comma = ", ";
        }
    fputs("],\n", file);
}

static void put_leaves(FILE *file, const struct org *org) {
    const char *comma = "";
    fputs("\"leaves\": [", file);
    for (int i = 0; i < org->setup.n_reps * org->leaves_per_rep; i++) {
        if (org->leaves[i].from > org->leaves[i].to)
            continue;
        fprintf(file, "%s\n  {\"rep\": \"%s\", ", comma, org->reps[i / org->leaves_per_rep].name);
        put_span(file, org, org->leaves[i]);
        fputs(org_is_recorded(org, i / org->leaves_per_rep, i % org->leaves_per_rep)
                  ? ", \"recorded\": true}"
                  : ", \"recorded\": false}",
              file);
        comma = ",";
    }
    fputs("],\n", file);
}

/* Reps with something of their own: "fridays_off" 1 for all, 2 for those of odd ISO weeks. */
static void put_peculiar(FILE *file, const struct org *org) {
    const char *comma = "";
    fputs("\"roster\": [", file);
    for (int i = 0; i < org->setup.n_reps; i++) {
        const struct org_rep *rep = &org->reps[i];
        bool left = rep->leaves_on != ORG_NEVER, moved = rep->moves_on != ORG_NEVER;
        if (!rep->joins_on && !left && !moved && !rep->fridays_off)
            continue;
        fprintf(file, "%s\n  {\"rep\": \"%s\", \"fridays_off\": %d", comma, rep->name,
                rep->fridays_off);
        fputs(rep->joins_on || left || moved ? ", " : "", file);
        if (rep->joins_on)
            put_date(file, org, "joined", rep->joins_on);
        else if (left)
            put_date(file, org, "left", rep->leaves_on);
        else if (moved)
            put_date(file, org, "moved", rep->moves_on);
        fputs("}", file);
        comma = ",";
    }
    fputs("],\n", file);
}

/* ---- the other half ---- */

static void put_commitments(FILE *file, const struct org *org) {
    fputs("\"commitments\": [", file);
    for (int i = 0; i < org->loop->n_promises; i++) {
        const struct loop_promise *promise = &org->loop->promises[i];
        fprintf(file, "%s\n  {\"commitment\": \"k%d\", \"rep\": \"%s\", \"by\": \"%s\", ",
                i ? "," : "", i, org->reps[promise->rep].name,
                promise->by_manager ? "manager" : "rep");
        put_date(file, org, "made", promise->made);
        fputs(", ", file);
        put_date(file, org, "due", promise->due);
        if (promise->target > 0) {
            fprintf(file,
                    ", \"indicator\": \"%s\", \"target\": ", org_measures[promise->measure].name);
            put_decimal(file, promise->target);
        }
        fprintf(file, ", \"meant\": \"%s\"}", loop_meant_names[promise->meant]);
    }
    fputs("],\n", file);
}

static void put_trained(FILE *file, unsigned measures) {
    const char *comma = "";
    fputs("\"indicators\": [", file);
    for (enum org_measure m = 0; m < ORG_MEASURES; m++)
        if (measures >> m & 1) {
            fprintf(file, "%s\"%s\"", comma, org_measures[m].name);
            comma = ", ";
        }
    fputs("], ", file);
}

static void put_trainings(FILE *file, const struct org *org) {
    const char *comma = "";
    fputs("\"trainings\": [", file);
    for (int i = 0; i < org->setup.n_reps; i++) {
        const struct org_rep *rep = &org->reps[i];
        if (!rep->trained_on)
            continue;
        fprintf(file, "%s\n  {\"rep\": \"%s\", ", comma, rep->name);
        put_trained(file, rep->trained);
        put_date(file, org, "on", rep->trained_on);
        fputs(", \"uplift\": ", file);
        put_decimal(file, ORG_UPLIFT);
        fprintf(file, ", \"reinforced\": %s}", rep->reinforced ? "true" : "false");
        comma = ",";
    }
    fputs("],\n", file);
}

static void put_managers(FILE *file, const struct org *org) {
    fputs("\"managers\": [", file);
    for (int t = 0; t < org->n_teams; t++)
        fprintf(file, "%s{\"manager\": \"%s\", \"team\": \"%s\", \"coaches\": \"%s\"}",
                t ? ", " : "", org->teams[t].manager, org->teams[t].name,
                loop_temper_names[loop_temper_of_team(org, t)]);
    fputs("],\n", file);
}

static void put_loop(FILE *file, const struct org *org) {
    put_managers(file, org);
    put_commitments(file, org);
    put_trainings(file, org);
}

/* ---- what must not be told of: a warning of one of `kinds`, about one of `indicators` (none:
 * all), raised from the first day to the last ---- */

struct decoy {
    const char *name, *rep, *team, *kinds, *indicators; /* rep and team: NULL for all; JSON lists */
    struct org_span raised;
};

static void put_decoy(FILE *file, const struct org *org, const struct decoy *decoy,
                      const char **comma) {
    fprintf(file, "%s\n  {\"decoy\": \"%s\", ", *comma, decoy->name);
    if (decoy->rep)
        fprintf(file, "\"rep\": \"%s\", ", decoy->rep);
    if (decoy->team)
        fprintf(file, "\"team\": \"%s\", ", decoy->team);
    fprintf(file, "\"kinds\": [%s], \"indicators\": [%s], ", decoy->kinds, decoy->indicators);
    put_span(file, org, decoy->raised);
    fputs("}", file);
    *comma = ",";
}

static const char SLIPS[] = "\"slip\", \"relapsed\"", SILENCE[] = "\"no_data\"";

/* Half as much of something at the same rate: the rate hasn't changed. */
static void put_same_rates(FILE *file, const struct org *org, const char **comma) {
    static const struct {
        enum org_measure volume, rate;
    } pairs[] = {{MEASURE_CALLS, MEASURE_CONNECT_RATE},
                 {MEASURE_DEMOS, MEASURE_DEMO_TO_PROPOSAL},
                 {MEASURE_MEETINGS_SET, MEASURE_SHOW_RATE}};
    for (int i = 0; i < org->n_slips; i++)
        for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
            const struct org_slip *slip = &org->slips[i];
            char indicator[40];
            if (slip->measures != 1u << pairs[p].volume)
                continue;
            snprintf(indicator, sizeof(indicator), "\"%s\"", org_measures[pairs[p].rate].name);
            put_decoy(file, org,
                      &(struct decoy){"less of it at the same rate", org->reps[slip->rep].name,
                                      NULL, SLIPS, indicator, slip->span},
                      comma);
        }
}

static void put_recorded_leaves(FILE *file, const struct org *org, const char **comma) {
    for (int i = 0; i < org->setup.n_reps * org->leaves_per_rep; i++) {
        int rep = i / org->leaves_per_rep;
        struct org_span leave = org->leaves[i];
        if (leave.from > leave.to || leave.to >= org->setup.n_days ||
            !org_is_recorded(org, rep, i % org->leaves_per_rep))
            continue;
        put_decoy(file, org,
                  &(struct decoy){"recorded leave", org->reps[rep].name, NULL, SILENCE, "", leave},
                  comma);
    }
}

static void put_decoys(FILE *file, const struct org *org) {
    const char *comma = "";
    const struct org_handover *handover = &org->handover;
    fputs("\"decoys\": [", file);
    put_same_rates(file, org, &comma);
    put_recorded_leaves(file, org, &comma);
    for (int day = 0; day < org->setup.n_days; day++)
        if (org_is_day_off(org, day) && day_weekday(org->setup.start + day) < 5)
            put_decoy(file, org,
                      &(struct decoy){"public holiday",
                                      NULL,
                                      NULL,
                                      "\"no_data\", \"team_shift\", \"source_silent\"",
                                      "",
                                      {day, day}},
                      &comma);
    if (org->outage.from <= org->outage.to)
        put_decoy(file, org,
                  &(struct decoy){"dead connector",
                                  NULL,
                                  NULL,
                                  "\"slip\", \"relapsed\", \"no_data\", \"team_shift\"",
                                  "\"calls\", \"connect_rate\", \"speed_to_lead\"",
                                  {org->outage.from, org->outage.to}},
                  &comma);
    if (handover->rep >= 0)
        put_decoy(file, org,
                  &(struct decoy){"reassigned deals",
                                  org->reps[handover->rep].name,
                                  NULL,
                                  SLIPS,
                                  "\"open_pipeline\"",
                                  {handover->day, handover->day + 14}},
                  &comma);
    if (org->change.team >= 0)
        put_decoy(file, org,
                  &(struct decoy){"known change",
                                  NULL,
                                  org->teams[org->change.team].name,
                                  "\"slip\", \"relapsed\", \"team_shift\"",
                                  "",
                                  {org->change.span.from, org->change.span.from + 20}},
                  &comma);
    fputs("]", file);
}

/* Closes the file and says how it went. */
static int finish(FILE *file) {
    int rc = ferror(file) ? -EIO : 0;
    if (fclose(file) != 0 && rc == 0)
        rc = -errno;
    return rc;
}

int truth_write(const struct org *org, const char *path) {
    FILE *file = fopen(path, "w");
    if (!file)
        return -errno;
    char start[DAY_TEXT_SIZE];
    fprintf(file,
            "{\"seed\": %llu, \"start\": \"%s\", \"days\": %d, \"reps\": %d, \"teams\": %d,\n",
            (unsigned long long)org->setup.seed, day_format(org->setup.start, start),
            org->setup.n_days, org->setup.n_reps, org->n_teams);
    put_slips(file, org);
    put_dips(file, org);
    put_days_off(file, org);
    put_leaves(file, org);
    put_peculiar(file, org);
    if (org->loop)
        put_loop(file, org);
    put_decoys(file, org);
    fputs("}\n", file);
    return finish(file);
}

/* ---- the config ---- */

static void put_people(FILE *file, const struct org *org) {
    fputs("people:\n  teams:\n", file);
    for (int t = 0; t < org->n_teams; t++)
        fprintf(file, "    %s: {manager: %s, tz: %s}\n", org->teams[t].name, org->teams[t].manager,
                org->teams[t].tz);
    fputs("  reps:\n", file);
    for (int i = 0; i < org->setup.n_reps; i++) {
        char mail[LINE_SUBJECT_SIZE], dialer[LINE_SUBJECT_SIZE];
        const struct org_rep *rep = &org->reps[i];
        if (rep->joins_on)
            continue; /* HR tells */
        fprintf(file, "    %s: {team: %s, role: %s", rep->name, org->teams[rep->team].name,
                org_role_names[rep->role]);
        if (line_aliases(org, i, mail, dialer))
            fprintf(file, ", aliases: [\"%s\", \"%s\"]", mail, dialer);
        if (rep->fridays_off)
            fprintf(file, ", %s: {mon-thu: \"09:00-17:00\"}",
                    rep->fridays_off == 1 ? "workweek" : "workweek_odd");
        fputs("}\n", file);
    }
}

/* Small organisations may lack a role. */
static bool has_role(const struct org *org, unsigned roles) {
    for (int i = 0; i < org->setup.n_reps; i++)
        if (roles >> org->reps[i].role & 1)
            return true;
    return false;
}

static void put_indicators(FILE *file, const struct org *org, bool with_roles) {
    fputs("indicators:\n", file);
    for (enum org_measure m = 0; m < ORG_MEASURES; m++) {
        const struct org_measure_row *row = &org_measures[m];
        /* At most seven for anybody. */
        if (!has_role(org, row->watched) || (!with_roles && !(row->watched >> ROLE_SDR & 1)))
            continue;
        fprintf(file, "  %s: {label: \"%s\", %s", row->name, row->label, row->yaml);
        if (with_roles && row->watched != (1u << ORG_ROLES) - 1)
            fprintf(file, ", roles: [%s]",
                    org_role_names[row->watched >> ROLE_SDR & 1 ? ROLE_SDR : ROLE_AE]);
        fputs("}\n", file);
    }
}

static void put_organisation(FILE *file, const struct org *org) {
    const char *comma = "";
    char text[DAY_TEXT_SIZE];
    fputs("organisation:\n  tz: Europe/Amsterdam\n  workweek: {mon-fri: \"09:00-17:00\"}\n"
          "  holidays: [",
          file);
    for (int day = -60; day < org->setup.n_days + 60; day++)
        if (org_is_day_off(org, day)) {
            fprintf(file, "%s%s", comma, day_format(org->setup.start + day, text));
            comma = ", ";
        }
    fputs("]\n", file);
}

int truth_write_config(const struct org *org, const char *path) {
    bool with_people = org->setup.n_reps <= TRUTH_CONFIG_REPS_MAX;
    FILE *file = fopen(path, "w");
    if (!file)
        return -errno;
    fprintf(file, "# Fits pace-sim --seed %llu --reps %d.\n", (unsigned long long)org->setup.seed,
            org->setup.n_reps);
    put_organisation(file, org);
    if (with_people)
        put_people(file, org);
    else
        fputs("# Too many reps to be listed: they enrol themselves, in one team and without a "
              "role.\n",
              file);
    put_indicators(file, org, with_people);
    return finish(file);
}
