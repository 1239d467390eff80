/*
 * schema_table.h - inside the schema: the table of keys, the types of its values, and the walk over
 * a tree.
 *
 * Only the schema_*.c files include this. A row says where its value goes as an offset into the
 * struct of its level: struct config for the top and its sections, struct config_rep and so on
 * inside a map of named things.
 */
#ifndef CORE_SCHEMA_TABLE_H
#define CORE_SCHEMA_TABLE_H

#include "arena.h"
#include "guess.h"
#include "schema.h"

enum schema_type {
    TYPE_SECTION, /* a map of the keys in `keys`, at the same struct */
    TYPE_NAMED, /* a map from names to maps of `keys`, into an array of structs that begin with the
                   name */
    /* texts, into a const char * */
    TYPE_TEXT,
    TYPE_ZONE,
    TYPE_EVENT, /* type of event, or a pattern */
    TYPE_WORD,  /* name of an indicator, a member, a skill */
    TYPE_CURRENCY,
    TYPE_ENDPOINT,
    TYPE_KEY, /* CURVE's, in Z85 */
    /* numbers */
    TYPE_INT,      /* int */
    TYPE_DECIMAL,  /* double, up to 4 decimals */
    TYPE_SECONDS,  /* int64_t in 1/10,000 s, written as a decimal */
    TYPE_SIZE,     /* uint64_t in bytes */
    TYPE_DURATION, /* int64_t in µs */
    /* the rest */
    TYPE_BOOL,
    TYPE_CHOICE,   /* an enum whose constants are the places of the words in `choices` */
    TYPE_LIST,     /* const char **, of texts of type `item`; one alone needs no brackets */
    TYPE_WHERE,    /* struct config_where * */
    TYPE_WEEK,     /* struct workweek, and const struct config_hours * at `extra` */
    TYPE_DAY,      /* pace_day; DAY_NONE where it isn't given */
    TYPE_HOLIDAYS, /* struct config_holidays * */
    TYPE_RATES,    /* struct config_currency *, and the count at `extra` */
    TYPE_SHARES,   /* const int *, in 1/10,000, and the count at `extra` */
    TYPE_KINDS,
};

/* What is looked at once all is read, since it takes two places of the file to judge it. */
enum schema_ref_kind {
    REF_NONE,
    REF_SUBJECT, /* a rep's name or alias */
    REF_TEAM,
    REF_GUARD,
    REF_BOSS, /* a manager's manager */
    REF_DEPUTY,
    REF_APPLIES, /* an indicator's role */
    REF_ENDPOINT,
    REF_KEY,
    REF_KEY_TEAM,
    REF_CURRENCY,  /* one with rates */
    REF_CONVERTED, /* one that needs them */
    REF_KINDS
};

struct walk;
struct schema_seen;

struct schema_key {
    const char *name;
    enum schema_type type;
    enum schema_type item; /* LIST: of what */
    enum schema_ref_kind ref;
    bool required;        /* within its map */
    bool may_be_empty;    /* WEEK: a week without working time is fine */
    bool needs_one;       /* LIST: an empty one is an error */
    bool sampled;         /* in the sample it is not commented out, although it has no default */
    bool apart;           /* what becomes of the events that are taken is the same whatever it says */
    int kind;             /* 1 + enum indicator_kind that this key stands for; 0: none */
    size_t offset;        /* of the value */
    size_t extra;         /* of the count (LIST, WHERE, NAMED ...) or of the hours (WEEK) */
    int64_t min, max;     /* numbers, in units of the type; max 0: no range */
    const char *fallback; /* the default as it is written; NULL: none */
    const char *example;  /* NULL: the type's; SECTION of a kind: the sample's indicator */
    const char *const *choices;    /* CHOICE: NULL-terminated */
    const struct schema_key *keys; /* SECTION, NAMED: ends with a row without a name */
    const struct schema_named *named;
    const char *unused; /* a warning where it is set to anything but its default */
    const char *help;   /* one line of whole sentences */
};

/* NAMED: what the elements are. */
struct schema_named {
    size_t size;
    const char *noun;    /* "rep" */
    const char *holder;  /* "REP": stands for the name in the manual */
    const char *example; /* a name */
    bool sorted;         /* by name; else in the file's order */
    bool strict;         /* names are words; else any text */
    int max;             /* how many; 0: any number */
    void (*finish)(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                   void *element);
};

extern const struct schema_key schema_root[];

/* ---- the walk ---- */

enum {
    SCHEMA_PLACE_KEYS = 5, /* a path of fewer keys, with NULL behind it */
    SCHEMA_KEYS_MAX = 32,
    SCHEMA_PATH_SIZE = 160,
    SCHEMA_SHOWN_SIZE = 72,
    SCHEMA_EXPECTED_SIZE = 200
};

/* The keys met in one map, by their row's place in the table; NULL: not met. */
struct schema_seen {
    const struct node *name; /* for elements of a NAMED: its key */
    const struct node *map;
    const struct node *keys[SCHEMA_KEYS_MAX];
    const struct node *values[SCHEMA_KEYS_MAX];
};

struct schema_ref {
    const char *text, *owner; /* in the config's arena */
    const struct node *at;
};

enum { SCHEMA_TOLD_MAX = 32 };

struct walk {
    struct schema_report *report;
    struct config *config;
    schema_zone_exists *zone_exists;
    void *zone_arg;
    char path[SCHEMA_PATH_SIZE];
    const char *owner; /* name of the element that is being read */
    bool in_default;   /* a default is being set: nothing to warn of or to remember */
    struct arena *scratch;
    struct schema_ref *refs[REF_KINDS];
    int n_refs[REF_KINDS];
    const struct schema_key
        *told[SCHEMA_TOLD_MAX]; /* unused keys that were warned of: once is enough */
    int n_told;
};

/* An error or a warning about the walk's present path. */
void walk_error(struct walk *walk, const struct node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void walk_warning(struct walk *walk, const struct node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Tells `"tenGB" is not a size; write e.g. 512MiB (16MiB to 1TiB, default 4GiB)`, where the problem
 * is "is not a size".
 */
void walk_mismatch(struct walk *walk, const struct schema_key *row, const struct node *at,
                   const char *problem);

/* Appends a key to the path; returns the length to go back to. */
size_t walk_push(struct walk *walk, const char *name);
size_t walk_push_path(struct walk *walk, const char *const path[SCHEMA_PLACE_KEYS]);
void walk_pop(struct walk *walk, size_t len);

/* Finding the nearest word is the one slow step: only while there are few problems. */
bool walk_may_guess(const struct walk *walk);

/* Keys given twice in a map of free names; the fixed keys are looked at by the walk. */
void walk_tell_repeated(struct walk *walk, const struct node *map);

void walk_refer(struct walk *walk, enum schema_ref_kind kind, const char *text,
                const struct node *at);

/* Memory of the config; NULL is remembered by the arena and answered once at the end. */
void *walk_alloc(struct walk *walk, size_t n, size_t size);

/* ---- values ---- */

struct schema_out {
    schema_put *put;
    void *arg;
};

struct schema_type_ops {
    const char *noun;    /* "a size" */
    const char *holder;  /* "size": in the manual */
    const char *example; /* "512MiB" */
    /* From a node into the struct. Problems are told; false: the value wasn't set. */
    bool (*read)(struct walk *walk, const struct schema_key *row, const struct node *node,
                 void *base);
    /* As it is written in YAML. */
    void (*print)(const struct schema_out *out, const struct schema_key *row, const void *base);
    /* Whether there is something to print where the row has no default. */
    bool (*is_set)(const struct schema_key *row, const void *base);
};

extern const struct schema_type_ops schema_types[TYPE_KINDS];

/* `write e.g. 512MiB (16MiB to 1TiB, default 4GiB)` without its opening words: "512MiB (16MiB to
 * ...)". */
void schema_expected(const struct schema_key *row, char *buffer, size_t size);

/* "16MiB to 1TiB", or empty where there is no range. */
void schema_range(const struct schema_key *row, char *buffer, size_t size);

const char *schema_example(const struct schema_key *row);

bool schema_text_ok(enum schema_type type, const char *text);

/* Whether a row is in the effective config: a kind only for indicators of that kind, a section only
 * with something in it. */
bool schema_is_printed(const struct schema_key *row, const void *base);

/* Text in quotes where YAML would take it for something else without them. */
void schema_put_text(const struct schema_out *out, const char *text);

bool week_read(struct walk *walk, const struct schema_key *row, const struct node *node,
               void *base);
void week_print(const struct schema_out *out, const struct schema_key *row, const void *base);

/* "[a, b]" */
void schema_put_texts(const struct schema_out *out, const char *const *texts, int n);

/* Days and what goes with them (schema_days.c). */
bool day_read(struct walk *walk, const struct schema_key *row, const struct node *node, void *base);
void day_print(const struct schema_out *out, const struct schema_key *row, const void *base);
bool day_set(const struct schema_key *row, const void *base);
bool holiday_list_read(struct walk *walk, const struct schema_key *row, const struct node *node,
                       void *base);
void holiday_list_print(const struct schema_out *out, const struct schema_key *row,
                        const void *base);
bool holiday_list_set(const struct schema_key *row, const void *base);

/* Numbers by name or in a row (schema_money.c). */
bool rates_read(struct walk *walk, const struct schema_key *row, const struct node *node,
                void *base);
void rates_print(const struct schema_out *out, const struct schema_key *row, const void *base);
bool shares_read(struct walk *walk, const struct schema_key *row, const struct node *node,
                 void *base);
void shares_print(const struct schema_out *out, const struct schema_key *row, const void *base);

bool endpoint_check(struct walk *walk, const struct schema_key *row, const struct node *node);
bool endpoint_is_local(const char *endpoint); /* of a good one: nobody on another machine can get there */

/* A warning where the type of event looks like a mistyped one. */
void event_type_check(struct walk *walk, const struct node *at);

static inline void *schema_at(void *base, size_t offset) {
    return (char *)base + offset;
}

static inline const void *schema_at_const(const void *base, size_t offset) {
    return (const char *)base + offset;
}

/* ---- words about words ---- */

/* The node as a person wrote it, cut and in quotes: `"tenGB"`, `a list`. Returns the buffer
 * (SCHEMA_SHOWN_SIZE). */
char *schema_show(const struct node *node, char *buffer);
char *schema_show_text(const char *text, char *buffer);

/* `; did you mean "x"?`, or nothing where no word is near. Returns the buffer. */
char *schema_guess_text(const struct guess *guess, char *buffer, size_t size);

bool schema_is_null(const struct node *node);

/* ---- the whole ---- */

/* What takes two places of the file to judge (schema_check.c). */
void schema_check(struct walk *walk, const struct node *root);

/* Members that an indicator names, and values it asks for (schema_member.c). map: the indicator's. */
void schema_check_members(struct walk *walk, const struct node *map, const struct config_indicator *indicator);

/* Of these, what keys and endpoints have to do with each other (schema_access.c). */
void schema_check_access(struct walk *walk);

/* The key, or the value of a key, in a map; NULL: it isn't there, or that is no map. */
const struct node *schema_map_key(const struct node *map, const char *name);
const struct node *schema_map_value(const struct node *map, const char *name);
const struct node *schema_at_path(const struct node *map, const char *const path[SCHEMA_PLACE_KEYS]);

/* The finish functions of schema_named. */
void rep_finish(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                void *element);
void key_finish(struct walk *walk, const struct schema_key *row, const struct schema_seen *seen,
                void *element);
void indicator_finish(struct walk *walk, const struct schema_key *row,
                      const struct schema_seen *seen, void *element);

/* The nodes of a row's key and value by the key's name, or NULL. */
const struct node *seen_key(const struct schema_key *row, const struct schema_seen *seen,
                            const char *name);
const struct node *seen_value(const struct schema_key *row, const struct schema_seen *seen,
                              const char *name);

#endif
