#include "args.h"

#include "guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 40, WORDS_MAX = 300 };

const struct ctl_option args_globals[] = {
    {"--socket", "PATH",
     "the daemon's control socket, or its endpoint as tcp://HOST:PORT; default $RUNTIME_DIRECTORY/control.sock, "
     "else /run/paced/control.sock"},
    {"--key", "FILE", "over TCP: the pair of keys to connect with, as pacectl key makes it"},
    {"--server-key", "KEY", "over TCP: the daemon's public key, as status shows it"},
    {"--json", NULL, "answer with JSON, for programs"},
    {"--help", NULL, "explain this command"},
    {"--version", NULL, "print the version"},
    {NULL, NULL, NULL},
};

enum { GLOBAL_SOCKET, GLOBAL_KEY, GLOBAL_SERVER_KEY, GLOBAL_JSON, GLOBAL_HELP, GLOBAL_VERSION };

static int fail_unknown(const char *what, const struct ctl_command *of, const struct guess *guess) {
    if (guess_is_near(guess))
        return ctl_fail(CTL_USAGE, "there is no %s \"%s\"; did you mean \"%s\"?", what, guess->word,
                        guess->best);
    return ctl_fail(CTL_USAGE, "there is no %s \"%s\"; \"pacectl %s%s--help\" lists what there is",
                    what, guess->word, of ? of->name : "", of ? " " : "");
}

/* Length of an option's name in an argument: up to "=". */
static size_t name_length(const char *argument) {
    const char *equals = strchr(argument, '=');
    return equals ? (size_t)(equals - argument) : strlen(argument);
}

static int option_find(const struct ctl_option *options, const char *argument) {
    size_t len = name_length(argument);
    for (int i = 0; options && options[i].name; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, argument, len) == 0)
            return i;
    return -1;
}

/* Reads the option at argv[*at] by its row; steps *at over a value that is a word of its own. */
static int option_value(const struct ctl_option *option, int argc, char **argv, int *at,
                        const char **ret_value) {
    const char *equals = strchr(argv[*at], '=');
    if (!option->value) {
        if (equals)
            return ctl_fail(CTL_USAGE, "%s takes no value", option->name);
        *ret_value = "";
        return 0;
    }
    if (equals)
        *ret_value = equals + 1;
    else if (*at + 1 < argc)
        *ret_value = argv[++*at];
    else
        return ctl_fail(CTL_USAGE, "%s needs a value: %s %s", option->name, option->name,
                        option->value);
    return 0;
}

static void global_set(struct ctl *ctl, int global, const char *value) {
    switch (global) {
    case GLOBAL_SOCKET:
        ctl->socket = value;
        break;
    case GLOBAL_KEY:
        ctl->key_file = value;
        break;
    case GLOBAL_SERVER_KEY:
        ctl->server_key = value;
        break;
    case GLOBAL_JSON:
        ctl->json = true;
        break;
    case GLOBAL_HELP:
        ctl->help = true;
        break;
    case GLOBAL_VERSION:
        ctl->version = true;
        break;
    }
}

static int fail_unknown_option(const struct ctl_command *of, const char *argument) {
    const struct ctl_option *own = of ? of->options : NULL;
    char word[WORD_MAX + 1];
    struct guess guess = {.word = word};
    snprintf(word, sizeof word, "%.*s", (int)name_length(argument), argument);
    for (int i = 0; own && own[i].name; i++)
        guess_add(&guess, own[i].name);
    for (int i = 0; args_globals[i].name; i++)
        guess_add(&guess, args_globals[i].name);
    return fail_unknown("option", of, &guess);
}

static int option_read(struct ctl *ctl, int argc, char **argv, int *at) {
    const struct ctl_option *own = ctl->command ? ctl->command->options : NULL;
    int n = option_find(own, argv[*at]);
    if (n >= 0)
        return option_value(&own[n], argc, argv, at, &ctl->values[n]);
    const char *value = NULL;
    n = option_find(args_globals, argv[*at]);
    if (n < 0)
        return fail_unknown_option(ctl->command, argv[*at]);
    int error = option_value(&args_globals[n], argc, argv, at, &value);
    if (!error)
        global_set(ctl, n, value);
    return error;
}

bool args_in_group(const struct ctl_command *command, const char *group) {
    size_t len = group ? strlen(group) : 0;
    return group && strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

static bool is_group(const struct ctl_command *commands, int n_commands, const char *word) {
    for (int i = 0; i < n_commands; i++)
        if (args_in_group(&commands[i], word))
            return true;
    return false;
}

static int fail_unknown_command(const struct ctl_command *commands, int n_commands, const char *group, const char *word) {
    char both[2 * WORD_MAX + 2];
    struct guess guess = {.word = both};
    snprintf(both, sizeof both, "%.*s%s%.*s", WORD_MAX, group ? group : "", group ? " " : "", WORD_MAX, word);
    for (int i = 0; i < n_commands; i++)
        guess_add(&guess, commands[i].name);
    return fail_unknown("command", NULL, &guess);
}

static int fail_incomplete(const struct ctl_command *commands, int n_commands, const char *group) {
    char list[WORDS_MAX] = "";
    size_t len = 0;
    for (int i = 0; i < n_commands; i++)
        if (args_in_group(&commands[i], group) && len < sizeof list)
            len += (size_t)snprintf(list + len, sizeof list - len, "%s\"%s\"", len ? ", " : "", commands[i].name);
    return ctl_fail(CTL_USAGE, "\"%s\" is the first word of %s; \"pacectl %s --help\" explains them", group, list, group);
}

static int command_find(const struct ctl_command *commands, int n_commands, const char *word, struct ctl *ctl) {
    for (int i = 0; i < n_commands; i++)
        if (ctl->group ? args_in_group(&commands[i], ctl->group) && !strcmp(commands[i].name + strlen(ctl->group) + 1, word)
                       : !strcmp(commands[i].name, word)) {
            ctl->command = &commands[i];
            return 0;
        }
    if (ctl->group || !is_group(commands, n_commands, word))
        return fail_unknown_command(commands, n_commands, ctl->group, word);
    ctl->group = word;
    return 0;
}

/* "help" before a command is as "--help" behind it. */
static int word_read(const struct ctl_command *commands, int n_commands, const char *word, struct ctl *ctl) {
    if (!ctl->command && !ctl->group && !strcmp(word, "help")) {
        ctl->help = true;
        return 0;
    }
    if (!ctl->command)
        return command_find(commands, n_commands, word, ctl);
    if (ctl->n_words == CTL_WORDS_MAX || ctl->n_words == ctl->command->max_words)
        return ctl_fail(CTL_USAGE, "\"%s\" is one word too many; the form is: pacectl %s %s", word, ctl->command->name,
                        ctl->command->arguments);
    ctl->words[ctl->n_words++] = word;
    return 0;
}

int args_read(const struct ctl_command *commands, int n_commands, int argc, char **argv,
              struct ctl *ret_ctl) {
    struct ctl ctl = {0};
    bool options_ended = false;
    for (int at = 0; at < argc; at++) {
        int error = 0;
        if (!options_ended && strcmp(argv[at], "--") == 0)
            options_ended = true;
        else if (!options_ended && strcmp(argv[at], "-h") == 0)
            ctl.help = true;
        else if (!options_ended && argv[at][0] == '-' && argv[at][1])
            error = option_read(&ctl, argc, argv, &at);
        else
            error = word_read(commands, n_commands, argv[at], &ctl);
        if (error)
            return error;
    }
    if (ctl.group && !ctl.command && !ctl.help)
        return fail_incomplete(commands, n_commands, ctl.group);
    if (ctl.command && !ctl.help && ctl.n_words < ctl.command->min_words)
        return ctl_fail(CTL_USAGE, "something is missing; the form is: pacectl %s %s",
                        ctl.command->name, ctl.command->arguments);
    *ret_ctl = ctl;
    return 0;
}

const char *ctl_value(const struct ctl *ctl, const char *option) {
    int n = option_find(ctl->command->options, option);
    return n < 0 ? NULL : ctl->values[n];
}

int ctl_number(const struct ctl *ctl, const char *option, uint64_t missing, uint64_t max,
               uint64_t *ret_value) {
    const char *text = ctl_value(ctl, option);
    if (!text) {
        *ret_value = missing;
        return 0;
    }
    size_t len = strlen(text);
    unsigned long long value = strtoull(text, NULL, 10);
    if (len == 0 || len > 18 || strspn(text, "0123456789") != len || value > max)
        return ctl_fail(CTL_USAGE, "%s: \"%s\" is not a number from 0 to %llu", option, text,
                        (unsigned long long)max);
    *ret_value = value;
    return 0;
}
