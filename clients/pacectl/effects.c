/* effects.c - `pacectl effects`: what promises and coaching did to the indicators that they were about. */
#include "answer.h"
#include "control.h"
#include "spread.h"
#include "text.h"

#include <string.h>

static const struct {
    const char *member, *one, *many, *after; /* `after`: which days are told */
} sides[] = {
    {"kept", "promise was kept", "promises were kept",
     "In the 20 working days after they were made"},
    {"broken", "promise was broken", "promises were broken",
     "In the 20 working days after they were made"},
    {"sessions", "coaching session", "coaching sessions", "In the 20 working days after"},
    {"slips_coached", "slip was coached", "slips were coached",
     "20 to 40 working days after they were found, against the days before"},
    {"slips_not_coached", "slip wasn't coached", "slips weren't coached",
     "20 to 40 working days after they were found, against the days before"},
};

enum { SIDES = sizeof sides / sizeof *sides };

static void put_side(FILE *stream, const json_t *side, int s) {
    int n = (int)answer_count(side, "n"), reps = (int)answer_count(side, "reps");
    if (!n)
        return;
    fprintf(stream, "%d %s (of %d %s). %s: ", n, n == 1 ? sides[s].one : sides[s].many, reps, reps == 1 ? "rep" : "reps",
            sides[s].after);
    spread_put(stream, json_object_get(side, "change"));
    fputs(". ", stream);
}

static bool has(const json_t *effect, const char *side) {
    return answer_count(json_object_get(effect, side), "n") > 0;
}

static void put_difference(FILE *stream, const json_t *effect, const char *member, const char *what) {
    fputs(what, stream);
    spread_put_points(stream, json_object_get(effect, member));
    fputs(". ", stream);
}

static void put_effect(FILE *stream, const json_t *effect) {
    fprintf(stream, "%s: ", answer_text(effect, "label"));
    for (int s = 0; s < SIDES; s++)
        put_side(stream, json_object_get(effect, sides[s].member), s);
    if (has(effect, "kept") && has(effect, "broken"))
        put_difference(stream, effect, "keeping", "Between kept and broken: ");
    if (has(effect, "slips_coached") || has(effect, "slips_not_coached"))
        put_difference(stream, effect, "coaching", "What coaching adds to slips of the same age: ");
}

static bool has_any(const json_t *effect) {
    for (int s = 0; s < SIDES; s++)
        if (has(effect, sides[s].member))
            return true;
    return false;
}

static void print_effects(const json_t *items) {
    const json_t *effect;
    size_t i;
    int n = 0;
    json_array_foreach(items, i, effect) {
        if (!has_any(effect))
            continue;
        spread_paragraph(effect, put_effect);
        n++;
    }
    if (n)
        spread_caution("After a low everything comes back some way by itself, promised and coached or not (regression to the mean). Only "
                       "the comparison with slips of the same age that weren't coached allows for that, and these were "
                       "chosen by people too.");
    else
        puts("Nothing to compare yet: no promise, session or slip with 20 working days before and after it.");
}

int command_effects(struct ctl *ctl) {
    json_t *reply = NULL;
    int code = control_ask_once(ctl, json_pack("{ss}", "cmd", "effects"), &reply);
    if (code)
        return code;
    if (ctl->json)
        code = control_print_json(reply);
    else
        print_effects(json_object_get(reply, "items"));
    json_decref(reply);
    return code ? code : fflush(stdout) ? CTL_NO : CTL_YES;
}
