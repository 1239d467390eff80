/* test_pacectl_args.c - the words of a call, right and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "../../clients/pacectl/args.c"

static char told[400];

int ctl_fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(told, sizeof told, format, arguments);
    va_end(arguments);
    return code;
}

static const struct ctl_option options[] = {
    {"--since", "N", ""}, {"--follow", NULL, ""}, {NULL, NULL, NULL}};

static const struct ctl_command commands[] = {
    {"status", "", 0, 0, "", NULL, NULL, NULL},
    {"alerts", "[--since N]", 0, 0, "", NULL, options, NULL},
    {"why", "REP [INDICATOR]", 1, 2, "", NULL, NULL, NULL},
    {"quarantine list", "", 0, 0, "", NULL, NULL, NULL},
    {"quarantine show", "N", 1, 1, "", NULL, NULL, NULL},
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static int read_line(const char *line, struct ctl *ret_ctl) {
    static char words[400];
    char *argv[16];
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    told[0] = '\0';
    return args_read(commands, N_COMMANDS, argc, argv, ret_ctl);
}

static const struct {
    const char *line, *command;
    int n_words;
    bool json;
    const char *since;
} good[] = {
    {"status", "status", 0, false, NULL},
    {"--json status", "status", 0, true, NULL},
    {"status --json", "status", 0, true, NULL},
    {"alerts --since 7", "alerts", 0, false, "7"},
    {"alerts --since=7 --json", "alerts", 0, true, "7"},
    {"--socket /s alerts", "alerts", 0, false, NULL},
    {"why a.devries calls", "why", 2, false, NULL},
    {"why -- --json", "why", 1, false, NULL},
    {"why -", "why", 1, false, NULL},
    {"why --help", "why", 0, false, NULL},
    {"quarantine list --json", "quarantine list", 0, true, NULL},
    {"quarantine --json list", "quarantine list", 0, true, NULL},
    {"help why", "why", 0, false, NULL},
    {"why help", "why", 1, false, NULL},
};

static void test_good(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ctl ctl;
        if (read_line(good[i].line, &ctl))
            fail_msg("%s: %s", good[i].line, told);
        assert_string_equal(ctl.command->name, good[i].command);
        assert_int_equal(ctl.n_words, good[i].n_words);
        assert_int_equal(ctl.json, good[i].json);
        const char *since = ctl_value(&ctl, "--since");
        assert_int_equal(!since, !good[i].since);
        if (since)
            assert_string_equal(since, good[i].since);
    }
}

static const struct {
    const char *line, *says;
} bad[] = {
    {"statsu", "did you mean \"status\"?"},
    {"xyzzy", "there is no command \"xyzzy\"; \"pacectl --help\""},
    {"quarantine lits", "did you mean \"quarantine list\"?"},
    {"quarantine", "\"quarantine\" is the first word of \"quarantine list\", \"quarantine show\"; \"pacectl quarantine --help\""},
    {"quarantine list list", "one word too many"},
    {"list", "there is no command \"list\""},
    {"quarantine alerts", "there is no command \"quarantine alerts\""},
    {"status --jsno", "did you mean \"--json\"?"},
    {"alerts --sinse 3", "did you mean \"--since\"?"},
    {"alerts --since", "--since needs a value"},
    {"alerts --follow=3", "--follow takes no value"},
    {"status --since 3", "there is no option"},
    {"status more", "one word too many"},
    {"why", "the form is: pacectl why REP"},
    {"why a b c", "one word too many"},
};

static void test_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ctl ctl = {.n_words = 99};
        assert_int_equal(read_line(bad[i].line, &ctl), CTL_USAGE);
        assert_int_equal(ctl.n_words, 99);
        if (!strstr(told, bad[i].says))
            fail_msg("%s: said %s, expected %s", bad[i].line, told, bad[i].says);
    }
}

static void test_numbers(void **state) {
    static const struct {
        const char *text;
        int code;
        uint64_t value;
    } numbers[] = {
        {"0", 0, 0},          {"100", 0, 100},       {"101", CTL_USAGE, 0},
        {"-1", CTL_USAGE, 0}, {"", CTL_USAGE, 0},    {"1x", CTL_USAGE, 0},
        {" 1", CTL_USAGE, 0}, {"0x1", CTL_USAGE, 0}, {"99999999999999999999999", CTL_USAGE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct ctl ctl = {.command = &commands[1], .values = {numbers[i].text}};
        uint64_t value = 5;
        assert_int_equal(ctl_number(&ctl, "--since", 3, 100, &value), numbers[i].code);
        assert_int_equal(value, numbers[i].code ? 5 : numbers[i].value);
    }
    struct ctl none = {.command = &commands[1]};
    uint64_t value = 5;
    assert_int_equal(ctl_number(&none, "--since", 3, 100, &value), 0);
    assert_int_equal(value, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
