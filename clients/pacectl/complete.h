/*
 * complete.h - what may stand at the end of a half-typed call, for shells (completions/), by the
 * same tables that read a whole one.
 */
#ifndef PACECTL_COMPLETE_H
#define PACECTL_COMPLETE_H

#include "ctl.h"

/*
 * `argv` holds the words up to the cursor without the program's name; the last is the one being
 * typed, perhaps empty. Prints a candidate a line, "WORD" or "WORD<tab>HELP", that begins as the
 * last word does; or the one line ":file" where a file's name belongs. Names of reps and indicators
 * are asked of the daemon; where none answers at once, there are none. Always CTL_YES: a shell in
 * the middle of a line is no place for errors (standard error, which the shells drop, may have
 * some). `find_control` fills ctl->control by ctl->socket.
 */
int complete_print(const struct ctl_command *commands, int n_commands, int argc, char **argv,
                   int (*find_control)(struct ctl *ctl));

#endif
