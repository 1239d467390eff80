/*
 * Types of events: any is accepted, so that a connector may have its own. One that nobody has
 * documented and that looks like one that somebody has is most likely a slip of the pen, and would
 * count nothing for ever: that is told, as a warning.
 */
#include "event.h"
#include "schema_table.h"

#include <stdio.h>

enum { NEAR = 2, NEAR_KIND = 1 }; /* letters, of types and of kinds of activities */

#define OURS "sales."
#define ACTIVITY "sales.activity."

/* DOMAIN's examples of activities; others are as good. */
static const char *const usual_kinds[] = {"call", "email", "meeting", "demo", "proposal", "visit"};

static bool begins(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_pattern(const char *text) {
    return text[0] && text[strlen(text) - 1] == '*';
}

/* Whether a documented type begins as the pattern does. */
static bool pattern_known(const char *pattern) {
    size_t len = strlen(pattern) - 1;
    bool known = begins(pattern, ACTIVITY);
    for (int i = 0; i < event_kind_count && !known; i++)
        known = strncmp(event_kinds[i].pattern, pattern, len) == 0;
    return known;
}

static void tell(struct walk *walk, const struct node *at, const struct guess *guess) {
    char shown[SCHEMA_SHOWN_SIZE], meant[SCHEMA_SHOWN_SIZE + 40];
    walk_warning(walk, at, "%s is not one of the documented types of events, and counts only what is sent as that%s",
                 schema_show(at, shown), schema_guess_text(guess, meant, sizeof meant));
}

static void check_kind(struct walk *walk, const struct node *at) {
    struct guess guess = {.word = at->text + strlen(ACTIVITY)};
    char shown[SCHEMA_SHOWN_SIZE];
    for (size_t i = 0; i < sizeof usual_kinds / sizeof *usual_kinds; i++)
        guess_add(&guess, usual_kinds[i]);
    if (guess.best && guess.distance > 0 && guess.distance <= NEAR_KIND)
        walk_warning(walk, at, "%s counts only what is sent as that; did you mean " ACTIVITY "%s?",
                     schema_show(at, shown), guess.best);
}

void event_type_check(struct walk *walk, const struct node *at) {
    const char *text = at->text, *last = strrchr(text, '.');
    char activity[SCHEMA_SHOWN_SIZE];
    struct guess guess = {.word = text};
    const struct event_kind *kind = is_pattern(text) ? NULL : event_kind_find(view_of(text));
    if (is_pattern(text) ? pattern_known(text) : kind && !is_pattern(kind->pattern))
        return;
    if (kind) {
        check_kind(walk, at);
        return;
    }
    snprintf(activity, sizeof activity, ACTIVITY "%s", last ? last + 1 : "*");
    for (char *c = activity; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    guess_add(&guess, activity);
    for (int i = 0; i < event_kind_count && walk_may_guess(walk); i++)
        guess_add(&guess, event_kinds[i].pattern);
    if (begins(text, OURS) || (guess.best && guess.distance <= NEAR))
        tell(walk, at, &guess);
}
