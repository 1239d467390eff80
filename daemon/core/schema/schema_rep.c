/* What is judged and filled in once a rep has been read. */
#include "schema_table.h"

/* The rep's own name isn't kept among the aliases. */
static void drop_own_name(struct config_rep *rep) {
    int kept = 0;
    for (int i = 0; i < rep->n_aliases; i++)
        if (strcmp(rep->aliases[i], rep->name) != 0)
            rep->aliases[kept++] = rep->aliases[i];
    rep->n_aliases = kept;
}

static int week_minutes(const struct workweek *week) {
    int minutes = 0;
    for (int day = 0; day < 7; day++)
        minutes += week->days[day].minutes;
    return minutes;
}

/* One of two alternating weeks may be free, not both. */
static void check_weeks(struct walk *walk, const struct schema_key *row,
                        const struct schema_seen *seen, const struct config_rep *rep) {
    const struct node *even = seen_key(row, seen, "workweek");
    const struct node *odd = seen_key(row, seen, "workweek_odd");
    bool works = (rep->hours && week_minutes(&rep->workweek)) ||
                 (rep->hours_odd && week_minutes(&rep->workweek_odd));
    if (works || !even || (even && !rep->hours) || (odd && !rep->hours_odd))
        return;
    size_t len = walk_push(walk, "workweek");
    walk_error(walk, seen_value(row, seen, "workweek"), "%s; write e.g. {mon-fri: \"09:00-17:00\"}",
               odd ? "neither this week nor workweek_odd has working time"
                   : "this week has no working time");
    walk_pop(walk, len);
}

static void check_tenure(struct walk *walk, const struct schema_key *row,
                         const struct schema_seen *seen, const struct config_rep *rep) {
    if (rep->joined == DAY_NONE || rep->left == DAY_NONE || rep->joined < rep->left)
        return;
    size_t len = walk_push(walk, "left");
    walk_error(walk, seen_value(row, seen, "left"),
               "isn't after joined (line %d); left is the first day on which the rep no longer "
               "works here",
               seen_key(row, seen, "joined")->line);
    walk_pop(walk, len);
}

void rep_finish(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                void *element) {
    struct config_rep *rep = element;
    drop_own_name(rep);
    rep->has_workweek = rep->hours != NULL;
    rep->has_workweek_odd = rep->hours_odd != NULL;
    check_weeks(walk, row, seen, rep);
    check_tenure(walk, row, seen, rep);
}
