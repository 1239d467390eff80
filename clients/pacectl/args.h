/*
 * args.h - reads the words of a call by the commands' tables.
 *
 * Options may stand anywhere after the command, the global ones before it too; "--name VALUE" and
 * "--name=VALUE" are the same; "--" ends the options. A lone "-" is a word (standard input).
 */
#ifndef PACECTL_ARGS_H
#define PACECTL_ARGS_H

#include "ctl.h"

/* Reads argv (without the program's name) into *ret_ctl. 0; or CTL_USAGE, told on stderr with the
 * nearest name known. */
int args_read(const struct ctl_command *commands, int n_commands, int argc, char **argv,
              struct ctl *ret_ctl);

/* Whether a command of two words begins with that one. NULL: no. */
bool args_in_group(const struct ctl_command *command, const char *group);

/* The options that every command has. Ends with a NULL name. */
extern const struct ctl_option args_globals[];

#endif
