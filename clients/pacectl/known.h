/*
 * known.h - is it there? What a person names on the command line is asked about before a word of it is sent: the daemon would take
 * a slip of the pen as a new rep, or as a promise that was never made.
 */
#ifndef PACECTL_KNOWN_H
#define PACECTL_KNOWN_H

#include "ctl.h"

#include <jansson.h>

/* All return 0; CTL_NO: there is none (told); CTL_UNREACHABLE (told). */

/* A rep by name or alias, of the configuration or met in an event. */
int known_rep(const struct ctl *ctl, const char *rep);

/* A promise of that rep, or with `wanted` false: that there is none of that id yet. */
int known_promise(const struct ctl *ctl, const char *rep, const char *id, bool wanted);

/* Of the texts of a list's items the one that a misspelt word comes near to, though it is none of them; NULL. Valid as long as the list. */
const char *known_near(const json_t *items, const char *member, const char *word);

/* That nobody is a rep's manager by a name which one that is comes near to: CTL_NO (told). */
int known_manager(const struct ctl *ctl, const char *manager);

/* An indicator of the configuration, and that there can be so much of it: CTL_USAGE where there can't (told). */
int known_indicator(const struct ctl *ctl, const char *indicator, double amount);

/* A case by its number, as a person writes it; CTL_USAGE: that is no number (told). The case is the caller's. */
int known_case(const struct ctl *ctl, const char *number, json_t **ret_case);

/*
 * Where slips are seen and no warning has a number yet: says so on stdout, since "none" would be read as "all is well". That is so
 * from a history's being sent until the next day closes.
 */
int known_unnumbered(const struct ctl *ctl);

#endif
