/*
 * main.c - pacectl: one command of the table (commands.c), run or explained.
 */
#include "args.h"
#include "complete.h"
#include "failure.h"
#include "text.h"

#include <string.h>

/* ---- help ---- */

enum { OPTION_INDENT = 23, COMMAND_INDENT = 20 };

static void print_options(const char *title, const struct ctl_option *options) {
    char name[80];
    printf("\n%s\n", title);
    for (int i = 0; options[i].name; i++) {
        snprintf(name, sizeof name, "  %s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        text_hanging(stdout, name, options[i].help, OPTION_INDENT, text_width(stdout));
    }
}

/* All commands, or those that begin with a word. */
static void print_commands(const char *group) {
    char name[80];
    for (int i = 0; i < ctl_n_commands; i++) {
        if (group && !args_in_group(&ctl_commands[i], group))
            continue;
        snprintf(name, sizeof name, "  %s", ctl_commands[i].name);
        text_hanging(stdout, name, ctl_commands[i].summary, COMMAND_INDENT, text_width(stdout));
    }
}

static int print_help(const char *group) {
    if (!group)
        puts("pacectl talks to paced, the daemon that warns early when a rep's activity slips.");
    printf("%sUsage: pacectl [--socket PATH] %s%sCOMMAND ...\n\nCommands\n", group ? "" : "\n", group ? group : "", group ? " " : "");
    print_commands(group);
    if (!group)
        print_options("Options of every command", args_globals);
    puts("\n\"pacectl COMMAND --help\" explains a command; so does the manual page pacectl(1).");
    if (!group)
        puts("Exit codes: 0 done or yes, 1 no, 2 wrong call, 3 no daemon can be reached.");
    return CTL_YES;
}

static int print_command_help(const struct ctl_command *command) {
    char head[80];
    snprintf(head, sizeof head, "pacectl %s:", command->name);
    text_hanging(stdout, head, command->summary, 0, text_width(stdout));
    putchar('\n');
    snprintf(head, sizeof head, "Usage: pacectl %s", command->name);
    text_hanging(stdout, head, command->arguments, (int)strlen(head) + 1, text_width(stdout));
    if (command->details) {
        putchar('\n');
        text_paragraph(stdout, command->details, 0, text_width(stdout));
    }
    if (command->options)
        print_options("Options", command->options);
    print_options("Options of every command", args_globals);
    return CTL_YES;
}

static int run(int argc, char **argv) {
    struct ctl ctl;
    int code = args_read(ctl_commands, ctl_n_commands, argc - 1, argv + 1, &ctl);
    if (code)
        return code;
    if (ctl.help)
        return ctl.command ? print_command_help(ctl.command) : print_help(ctl.group);
    if (ctl.version) {
        puts("pacectl " PACED_VERSION);
        return CTL_YES;
    }
    if (!ctl.command)
        return ctl_fail(CTL_USAGE, "which command? \"pacectl --help\" lists them");
    code = ctl_find_control(&ctl);
    code = code ? code : ctl_find_keys(&ctl);
    return code ? code : ctl.command->run(&ctl);
}

/* Also of a call that can't be read: who gave the word reads JSON. */
static bool wants_json(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--complete") == 0)
        return complete_print(ctl_commands, ctl_n_commands, argc - 2, argv + 2, ctl_find_control);
    int code = run(argc, argv);
    code = code ? code : ctl_flush();
    return wants_json(argc, argv) ? failure_print(code) : code;
}
