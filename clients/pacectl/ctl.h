/*
 * ctl.h - what the commands of pacectl share: the call, its options, its exit codes.
 *
 * A command is a row of the table in commands.c: its words, its options, its help and the function
 * that runs it.
 */
#ifndef PACECTL_CTL_H
#define PACECTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CTL_YES = 0,         /* done; or the answer is yes */
    CTL_NO = 1,          /* not done; or the answer is no; said why on stderr */
    CTL_USAGE = 2,       /* the call makes no sense; said why on stderr */
    CTL_UNREACHABLE = 3, /* no daemon answers; said what to do on stderr */
};

enum { CTL_OPTIONS_MAX = 8, CTL_WORDS_MAX = 8, CTL_ENDPOINT_SIZE = 512, CTL_KEY_SIZE = 41 };

/* One option of a command. */
struct ctl_option {
    const char *name;  /* "--since" */
    const char *value; /* what stands for its value in the help; NULL: a flag */
    const char *help;
};

struct ctl_command;

/* CURVE: a pair of one's own and the daemon's public key, in Z85; without a server's no connection has keys. */
struct ctl_keys {
    char public[CTL_KEY_SIZE], secret[CTL_KEY_SIZE];
    const char *server;
};

/* One call of pacectl, read. */
struct ctl {
    const struct ctl_command *command;
    const char *group;               /* the first word of a command of two, as given; NULL */
    char control[CTL_ENDPOINT_SIZE]; /* endpoint of the control socket */
    bool json, help, version;
    bool quiet;                          /* a daemon that can't be reached isn't told */
    const char *socket;                  /* --socket as given; NULL */
    const char *key_file, *server_key;   /* --key, --server-key as given; NULL */
    struct ctl_keys keys;
    const char *values[CTL_OPTIONS_MAX]; /* by position in command->options; "" for a flag */
    const char *words[CTL_WORDS_MAX];    /* what follows the command's name */
    int n_words;
};

struct ctl_command {
    const char *name;      /* one or two words: "status", "quarantine list" */
    const char *arguments; /* "REP [INDICATOR]" */
    int min_words, max_words;
    const char *summary;              /* one line */
    const char *details;              /* for --help; may be NULL */
    const struct ctl_option *options; /* ends with a NULL name; may be NULL */
    int (*run)(struct ctl *ctl);
};

/* The value of an option ("" for a flag that was given), or NULL. The command must have that
 * option. */
const char *ctl_value(const struct ctl *ctl, const char *option);

/*
 * A natural number of at most `max` as the value of an option. `missing` where it wasn't given.
 * 0, or CTL_USAGE (told on stderr).
 */
int ctl_number(const struct ctl *ctl, const char *option, uint64_t missing, uint64_t max,
               uint64_t *ret_value);

/* Fills `control` by --socket, the environment, or where packages put it. 0, or CTL_USAGE (told). */
int ctl_find_control(struct ctl *ctl);

/* Reads what --key and --server-key name. 0, CTL_USAGE or CTL_NO (told). */
int ctl_find_keys(struct ctl *ctl);

/* The endpoint of another socket in the control socket's directory, as "ingest.sock". 0, or
 * CTL_USAGE (told). */
int ctl_endpoint_beside(const struct ctl *ctl, const char *file,
                        char ret_endpoint[CTL_ENDPOINT_SIZE]);

/* "pacectl: " + the text + a line feed on stderr; without control characters. Returns `code`. */
int ctl_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* CTL_YES: all that was printed so far has left for standard output; CTL_NO: it can't (told). Who ends looks once for every
 * command (main.c); a command need only look where it goes on and on. */
int ctl_flush(void);

/* All of them, in the order of the help. */
extern const struct ctl_command ctl_commands[];
extern const int ctl_n_commands;

int command_send(struct ctl *ctl);
int command_backtest(struct ctl *ctl);
int command_validity(struct ctl *ctl);
int command_status(struct ctl *ctl);
int command_changes(struct ctl *ctl);
int command_sources(struct ctl *ctl);
int command_unknown(struct ctl *ctl);
int command_reps(struct ctl *ctl);
int command_rep(struct ctl *ctl);
int command_why(struct ctl *ctl);
int command_alerts(struct ctl *ctl);
int command_quarantine_list(struct ctl *ctl);
int command_quarantine_show(struct ctl *ctl);
int command_quarantine_retry(struct ctl *ctl);
int command_quarantine_drop(struct ctl *ctl);
int command_verify(struct ctl *ctl);
int command_backup(struct ctl *ctl);
int command_scrub(struct ctl *ctl);
int command_restore(struct ctl *ctl);
int command_clock(struct ctl *ctl);
int command_reload(struct ctl *ctl);
int command_commit_add(struct ctl *ctl);
int command_commit_list(struct ctl *ctl);
int command_commit_done(struct ctl *ctl);
int command_commit_withdraw(struct ctl *ctl);
int command_commit_move(struct ctl *ctl);
int command_training(struct ctl *ctl);
int command_growth(struct ctl *ctl);
int command_case_list(struct ctl *ctl);
int command_case_show(struct ctl *ctl);
int command_case_ack(struct ctl *ctl);
int command_case_dismiss(struct ctl *ctl);
int command_coach(struct ctl *ctl);
int command_coaching(struct ctl *ctl);
int command_digest(struct ctl *ctl);
int command_one_on_one(struct ctl *ctl);
int command_effects(struct ctl *ctl);
int command_codes(struct ctl *ctl);
int command_key(struct ctl *ctl);
int command_reconcile(struct ctl *ctl);

#endif
