/* options.c - see options.h. */
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char options_usage[] =
    "usage: paced --config FILE [--state-dir DIR] [--runtime-dir DIR] [--clock wall|events]\n"
    "       paced --check FILE\n"
    "       paced --print-config FILE\n"
    "       paced --help | --version\n"
    "\n"
    "  --config FILE        serve in the foreground with this configuration\n"
    "  --state-dir DIR      where the store is kept (default: $STATE_DIRECTORY, else "
    "/var/lib/paced)\n"
    "  --runtime-dir DIR    where the sockets are (default: $RUNTIME_DIRECTORY, else /run/paced)\n"
    "  --clock wall|events  what moves time: the system's clock (default), or the events' own "
    "times\n"
    "  --check FILE         tell all errors of a configuration; exit 0 if there are none, else 1\n"
    "  --print-config FILE  print the effective configuration, defaults filled in\n"
    "\n"
    "paced(8) is the manual, paced.yaml(5) documents the configuration.\n";

/* What has been read so far, before the defaults are filled in. */
struct option_values {
    const char *config, *check, *print, *state_dir, *runtime_dir, *clock;
    bool help, version;
};

struct option {
    const char *name;
    size_t value; /* offset of its `const char *` in option_values, or NO_VALUE */
    size_t flag;  /* then: offset of its bool */
};

#define AT(member) offsetof(struct option_values, member)
#define NO_VALUE SIZE_MAX

static const struct option option_table[] = {
    {"--config", AT(config), 0},           {"--check", AT(check), 0},
    {"--print-config", AT(print), 0},      {"--state-dir", AT(state_dir), 0},
    {"--runtime-dir", AT(runtime_dir), 0}, {"--clock", AT(clock), 0},
    {"--help", NO_VALUE, AT(help)},        {"-h", NO_VALUE, AT(help)},
    {"--version", NO_VALUE, AT(version)},
};

/* The option that an argument names, with the value behind "=" if there is one; NULL for none. */
static const struct option *option_find(const char *argument, const char **ret_value) {
    for (size_t i = 0; i < sizeof option_table / sizeof *option_table; i++) {
        size_t length = strlen(option_table[i].name);
        if (strncmp(argument, option_table[i].name, length))
            continue;
        if (argument[length] != '\0' && argument[length] != '=')
            continue;
        *ret_value = argument[length] == '=' ? argument + length + 1 : NULL;
        return &option_table[i];
    }
    return NULL;
}

static int __attribute__((format(printf, 2, 3)))
options_complain(char *reason, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, OPTIONS_REASON_SIZE, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* Takes the argument at *at and its value, if it has one. */
static int option_take(int argc, char **argv, int *at, struct option_values *values, char *reason) {
    const char *value = NULL;
    const struct option *option = option_find(argv[*at], &value);
    if (!option)
        return options_complain(reason, "\"%.100s\" is not an option", argv[*at]);
    if (option->value == NO_VALUE) {
        if (value)
            return options_complain(reason, "%s takes no value", option->name);
        *(bool *)((char *)values + option->flag) = true;
        return 0;
    }
    if (!value && *at + 1 < argc)
        value = argv[++*at];
    const char **place = (const char **)((char *)values + option->value);
    if (!value || !*value)
        return options_complain(reason, "%s needs a value", option->name);
    if (*place)
        return options_complain(reason, "%s is given twice", option->name);
    *place = value;
    return 0;
}

static int options_choose_action(const struct option_values *values, struct options *options,
                                 char *reason) {
    int asked = !!values->config + !!values->check + !!values->print;
    if (values->help || values->version) {
        options->action = values->help ? OPTIONS_HELP : OPTIONS_VERSION;
        return 0;
    }
    if (asked == 0)
        return options_complain(reason, "one of --config, --check or --print-config is needed");
    if (asked > 1)
        return options_complain(reason, "--config, --check and --print-config exclude each other");
    options->action = values->config  ? OPTIONS_SERVE
                      : values->check ? OPTIONS_CHECK
                                      : OPTIONS_PRINT_CONFIG;
    options->config_path = values->config  ? values->config
                           : values->check ? values->check
                                           : values->print;
    return 0;
}

/* The directory to use: as given, or the first of a list with colons, as systemd writes it, or the
 * fallback. */
static int options_directory(const char *given, const char *variable, const char *fallback,
                             char *buffer, char *reason) {
    char here[OPTIONS_PATH_SIZE] = "";
    const char *listed = getenv(variable);
    const char *path = given ? given : listed && *listed ? listed : fallback;
    int length = path == listed ? (int)strcspn(path, ":") : (int)strlen(path);
    if (*path != '/' && !getcwd(here, sizeof here))
        return options_complain(reason, "the working directory can't be read");
    int written =
        snprintf(buffer, OPTIONS_PATH_SIZE, "%s%s%.*s", here, *here ? "/" : "", length, path);
    if (written >= OPTIONS_PATH_SIZE)
        return options_complain(reason, "a directory's path has %d bytes; at most %d are possible",
                                written, OPTIONS_PATH_SIZE - 1);
    return 0;
}

int options_read(int argc, char **argv, struct options *ret_options, char *reason) {
    struct option_values values = {0};
    struct options options = {0};
    for (int at = 1; at < argc; at++)
        if (option_take(argc, argv, &at, &values, reason))
            return -EINVAL;
    if (options_choose_action(&values, &options, reason))
        return -EINVAL;
    if (values.clock && strcmp(values.clock, "wall") && strcmp(values.clock, "events"))
        return options_complain(reason, "--clock is \"wall\" or \"events\", not \"%.100s\"",
                                values.clock);
    options.clock = values.clock && values.clock[0] == 'e' ? ENGINE_EVENTS : ENGINE_WALL;
    if (options_directory(values.state_dir, "STATE_DIRECTORY", "/var/lib/paced", options.state_dir,
                          reason) ||
        options_directory(values.runtime_dir, "RUNTIME_DIRECTORY", "/run/paced",
                          options.runtime_dir, reason))
        return -EINVAL;
    *ret_options = options;
    return 0;
}
