/*
 * schema.h - the configuration as a table: each key's type, unit, range, default and one line of
 * help.
 *
 * From this one table (schema_keys.c) come --check, --print-config, conf/paced.yaml and the manual
 * page; tests fail where they differ. Pure: the text is parsed by io/yaml.c into the tree below,
 * with 1-based marks.
 */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include "config.h"

enum node_kind {
    NODE_SCALAR,
    NODE_MAP,
    NODE_LIST,
    NODE_BROKEN, /* stands where something was that has been told already; not looked at */
};

struct node {
    enum node_kind kind;
    int line, col;       /* 1-based, of its first character; columns count characters */
    const char *text;    /* SCALAR; UTF-8, no NUL */
    bool quoted;         /* SCALAR: written with quotes, so never a number, a bool or null */
    struct node **items; /* LIST members, MAP values */
    struct node **keys;  /* MAP keys, scalars, in the file's order, duplicates included */
    int n_items;
};

/* Every problem found, in one run. `text` is one line without the file's name: `key: what,
 * expected; example`. */
struct schema_error {
    int line, col;
    bool warning; /* told, but the config is good */
    char text[400];
};

/* More problems than this are counted by one last entry, not told. */
enum { SCHEMA_ERRORS_MAX = 1000 };

/* Begins as all zeros. */
struct schema_report {
    struct schema_error *errors;
    int n_errors; /* warnings included */
    int n_warnings;
    int n_untold;       /* beyond SCHEMA_ERRORS_MAX */
    bool out_of_memory; /* an entry is missing for lack of memory */
};

/* Text that doesn't fit is cut between two characters; control characters become blanks. */
void schema_report_add(struct schema_report *report, int line, int col, bool warning,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* By line and column; what was found twice is told once. */
void schema_report_sort(struct schema_report *report);

/* Whether there is anything but warnings. */
bool schema_report_has_errors(const struct schema_report *report);

/* Back to all zeros. */
void schema_report_clear(struct schema_report *report);

/* Whether a zone name exists is asked of the caller (io/tzfile); NULL: not checked. */
typedef bool schema_zone_exists(void *arg, const char *name);

/*
 * root NULL (an empty file) is told as an error. 0 and *ret_config (owned by the caller) where the
 * report holds no error but warnings at most, those from before the call included; PACE_ECONFIG
 * with all errors, sorted by place, in the report; -ENOMEM. The config keeps nothing of the tree.
 */
int schema_read(const struct node *root, schema_zone_exists *zone_exists, void *arg,
                struct schema_report *report, struct config **ret_config);

/*
 * Writers of the effective config, the commented sample and the manual's key section: `put` gets
 * pieces of text. The effective config is YAML that gives an equal config when it is read.
 */
typedef void schema_put(void *arg, const char *text);
void schema_print_config(const struct config *config, schema_put *put, void *arg);
/* Only what changes what becomes of the events that are taken. */
void schema_print_folded(const struct config *config, schema_put *put, void *arg);
void schema_print_sample(schema_put *put, void *arg);
void schema_print_manual(schema_put *put, void *arg); /* mdoc(7) */

/*
 * What two configs say differently, by paths as "indicators.calls.within", in the table's order; of
 * what only one of them names, the name: "people.reps.anna". Of calendars' files their days are
 * compared, too.
 */
enum schema_change { SCHEMA_CHANGED, SCHEMA_ADDED, SCHEMA_GONE, SCHEMA_REORDERED };
typedef void schema_differ(void *arg, const char *path, enum schema_change change);
void schema_diff(const struct config *before, const struct config *after, schema_differ *tell,
                 void *arg);

#endif
