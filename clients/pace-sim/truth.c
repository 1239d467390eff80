#include "truth.h"

#include "line.h"

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
        fputs("}", file);
        comma = ",";
    }
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
        fprintf(file, "    %s: {team: %s, role: %s", rep->name, org->teams[rep->team].name,
                org_role_names[rep->role]);
        if (line_aliases(org, i, mail, dialer))
            fprintf(file, ", aliases: [\"%s\", \"%s\"]", mail, dialer);
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
