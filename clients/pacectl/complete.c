#include "complete.h"

#include "args.h"
#include "control.h"
#include "results.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 400, PAGES_MAX = 5 };

/* What the words before the last one come to. */
struct line {
    const struct ctl_command *command;
    const char *first;               /* of a command of two words, the first; NULL */
    const struct ctl_option *option; /* whose value comes next; NULL */
    const char *socket;              /* --socket as given; NULL */
    const char *words[CTL_WORDS_MAX];
    int n_words;
};

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static void print_candidate(const char *word, const char *help) {
    printf("%s%s%s\n", word, help ? "\t" : "", help ? help : "");
}

/* ---- what has been typed ---- */

/* The row of a command with that name, of one word or two; NULL. */
static const struct ctl_command *find_command(const struct ctl_command *commands, int n_commands,
                                              const char *first, const char *word) {
    for (int i = 0; i < n_commands; i++) {
        const char *name = commands[i].name;
        size_t len = first ? strlen(first) : 0;
        if (first && (!begins(name, first) || name[len] != ' '))
            continue;
        if (strcmp(first ? name + len + 1 : name, word) == 0)
            return &commands[i];
    }
    return NULL;
}

static const struct ctl_option *find_option(const struct ctl_option *options, const char *name) {
    for (; options && options->name; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

static void read_option(struct line *line, const char *word) {
    const struct ctl_option *option =
        find_option(line->command ? line->command->options : NULL, word);
    if (!option)
        option = find_option(args_globals, word);
    line->option = option && option->value ? option : NULL;
}

/* Shells take "--name=value" for three words. */
static void read_value(struct line *line, const char *word) {
    if (strcmp(word, "=") == 0)
        return;
    if (strcmp(line->option->name, "--socket") == 0)
        line->socket = word;
    line->option = NULL;
}

static void read_word(const struct ctl_command *commands, int n_commands, struct line *line,
                      const char *word) {
    if (line->option) {
        read_value(line, word);
    } else if (word[0] == '-' && word[1]) {
        read_option(line, word);
    } else if (!line->command) {
        line->command = find_command(commands, n_commands, line->first, word);
        line->first = line->command ? NULL : word;
    } else if (line->n_words < CTL_WORDS_MAX) {
        line->words[line->n_words++] = word;
    }
}

/* ---- what may follow ---- */

static void complete_options(const struct ctl_option *options, const char *last) {
    for (; options && options->name; options++)
        if (begins(options->name, last))
            print_candidate(options->name, options->help);
}

/* The next word of each command that fits; of several that share it, once. */
static void complete_command(const struct ctl_command *commands, int n_commands,
                             const struct line *line, const char *last) {
    char word[80], before[80] = "";
    size_t skip = line->first ? strlen(line->first) + 1 : 0;
    for (int i = 0; i < n_commands; i++) {
        const char *name = commands[i].name;
        if (line->first && (!begins(name, line->first) || name[skip - 1] != ' '))
            continue;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(name + skip, " "), name + skip);
        if (begins(word, last) && strcmp(word, before) != 0)
            print_candidate(word, strchr(name + skip, ' ') ? NULL : commands[i].summary);
        snprintf(before, sizeof before, "%s", word);
    }
}

/* ---- names that the daemon knows ---- */

static void print_names(const json_t *items, const char *member, const char *last) {
    size_t i;
    json_t *item;
    char word[CTL_ENDPOINT_SIZE];
    json_array_foreach(items, i, item) {
        const json_t *value = json_object_get(item, member);
        const char *name = json_string_value(value);
        if (json_is_integer(value))
            snprintf(word, sizeof word, "%lld", (long long)json_integer_value(value));
        else
            snprintf(word, sizeof word, "%s", name ? name : "");
        if (*word && (!name || strlen(name) < sizeof word) && begins(word, last))
            puts(text_clean(word));
    }
}

/* Some pages of them: who has more reps than that types on. */
static void complete_from_reps(struct control *control, const char *member, const char *last) {
    json_int_t from = 0;
    for (int page = 0; page < PAGES_MAX && from >= 0; page++) {
        json_t *reply = NULL;
        json_t *request = json_pack("{s:s,s:I}", "cmd", "reps", "from", from);
        if (control_ask(control, request, PATIENCE_MS, &reply))
            return;
        const json_t *next = json_object_get(reply, "next");
        print_names(json_object_get(reply, "items"), member, last);
        from = next ? json_integer_value(next) : -1;
        json_decref(reply);
    }
}

static void complete_reps(struct control *control, const struct line *line, const char *last) {
    (void)line;
    complete_from_reps(control, "name", last);
}

/* As often as they have reps: shells show each word once. */
static void complete_managers(struct control *control, const struct line *line, const char *last) {
    (void)line;
    complete_from_reps(control, "manager", last);
}

static void complete_indicators(struct control *control, const struct line *line, const char *last) {
    json_t *reply = NULL;
    json_t *request = json_pack("{s:s,s:s}", "cmd", "rep", "rep", line->words[0]);
    if (control_ask(control, request, PATIENCE_MS, &reply))
        return;
    print_names(json_object_get(json_object_get(reply, "rep"), "streams"), "indicator", last);
    json_decref(reply);
}

static bool is_open(const json_t *item) {
    const char *state = json_string_value(json_object_get(item, "state"));
    return json_is_true(json_object_get(item, "open")) || (state && !strcmp(state, "open"));
}

/* Of what is over nobody types the name. The request is taken. */
static void complete_open(struct control *control, json_t *request, const char *member, const char *last) {
    json_t *reply = NULL;
    if (control_ask(control, request, PATIENCE_MS, &reply))
        return;
    json_t *items = json_object_get(reply, "items");
    for (size_t i = json_array_size(items); i-- > 0;)
        if (!is_open(json_array_get(items, i)))
            json_array_remove(items, i);
    print_names(items, member, last);
    json_decref(reply);
}

static void complete_cases(struct control *control, const struct line *line, const char *last) {
    (void)line;
    complete_open(control, json_pack("{ss}", "cmd", "cases"), "case", last);
}

static void complete_promises(struct control *control, const struct line *line, const char *last) {
    complete_open(control, json_pack("{ss ss}", "cmd", "commitments", "rep", line->words[0]), "commitment", last);
}

/* What --result may name: deals, or an indicator that the daemon has. */
static void complete_result(const struct line *line, const char *last, int (*find_control)(struct ctl *ctl)) {
    static const char *const deals[] = {RESULTS_WON, RESULTS_WORTH};
    struct ctl ctl = {.socket = line->socket, .quiet = true};
    struct control *control = NULL;
    json_t *reply = NULL;
    for (size_t i = 0; i < sizeof deals / sizeof *deals; i++)
        if (begins(deals[i], last))
            print_candidate(deals[i], NULL);
    if (find_control(&ctl) == 0 && control_open(&ctl, &control) == 0 &&
        control_ask(control, json_pack("{ss}", "cmd", "weeks"), PATIENCE_MS, &reply) == 0)
        print_names(json_object_get(reply, "indicators"), "indicator", last);
    json_decref(reply);
    control_close(&control);
}

/* What a value is called in the help says what it is. */
static void complete_value(const struct line *line, const char *last, int (*find_control)(struct ctl *ctl)) {
    const char *value = line->option->value;
    if (begins(value, "FILE") || strcmp(value, "PATH") == 0)
        puts(":file");
    else if (strcmp(value, "INDICATOR") == 0)
        complete_result(line, last, find_control);
}

/* What the forms of the calls call their words, and who knows them. */
static const struct {
    const char *word;
    void (*complete)(struct control *control, const struct line *line, const char *last);
} named[] = {
    {"REP", complete_reps},   {"MANAGER", complete_managers}, {"INDICATOR", complete_indicators},
    {"ID", complete_promises}, {"NUMBER", complete_cases},
};

/* The nth word of a form as "REP [INDICATOR] [--on DATE]", without its brackets. */
static struct view form_word(const char *form, int n) {
    for (; n > 0; n--) {
        form += strcspn(form, " ");
        form += strspn(form, " ");
    }
    form += *form == '[';
    return (struct view){form, strcspn(form, " ]")};
}

static void complete_word(const struct line *line, const char *last,
                          int (*find_control)(struct ctl *ctl)) {
    struct ctl ctl = {.socket = line->socket, .quiet = true};
    struct control *control = NULL;
    struct view word = form_word(line->command->arguments, line->n_words);
    if (line->n_words == 0 && begins(line->command->arguments, "FILE"))
        puts(":file");
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (view_equal(word, view_of(named[i].word)) && find_control(&ctl) == 0 && control_open(&ctl, &control) == 0)
            named[i].complete(control, line, last);
    control_close(&control);
}

/* ---- the end of the line ---- */

int complete_print(const struct ctl_command *commands, int n_commands, int argc, char **argv,
                   int (*find_control)(struct ctl *ctl)) {
    struct line line = {0};
    const char *last = argc ? argv[argc - 1] : "";
    for (int i = 0; i + 1 < argc; i++)
        read_word(commands, n_commands, &line, argv[i]);
    if (line.option && strcmp(last, "=") == 0)
        last = "";
    if (line.option)
        complete_value(&line, last, find_control);
    else if (last[0] == '-') {
        complete_options(line.command ? line.command->options : NULL, last);
        complete_options(args_globals, last);
    } else if (line.command)
        complete_word(&line, last, find_control);
    else
        complete_command(commands, n_commands, &line, last);
    return CTL_YES;
}
