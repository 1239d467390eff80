/*
 * yaml.h - a YAML file into a tree with marks, by libyaml's parser, within limits.
 *
 * At most 1 MiB and 16 levels; no aliases, anchors, tags or merge keys, one document; keys are
 * scalars. libyaml is quadratic on nesting and silent about duplicate keys: the depth is counted
 * while parsing and stops it; duplicates stay in the tree for the schema. UTF-8 only, with or
 * without a byte order mark; lines may end in LF or CR LF.
 */
#ifndef IO_YAML_H
#define IO_YAML_H

#include "schema.h"

enum { YAML_MAX_BYTES = 1024 * 1024, YAML_MAX_DEPTH = 16 };

/* text is len bytes. 0 and a tree (NULL for an empty document); PACE_ECONFIG, told in the report;
 * -ENOMEM. */
int yaml_parse(const char *text, size_t len, struct schema_report *report, struct node **ret_root);

/* NULL-safe, sets *root to NULL. Only for the root of a tree: all of it goes. */
void node_destroy(struct node **root);

/*
 * A text into a config: parse, schema. What the limits and rules above refuse is told together with
 * what the schema finds. zone_exists as in schema_read. 0; PACE_ECONFIG; -ENOMEM.
 */
int yaml_read_text(const char *text, size_t len, schema_zone_exists *zone_exists, void *arg,
                   struct schema_report *report, struct config **ret_config);

/*
 * A file into a config: read, parse, schema; zones are those of io/tzfile. Errors are in the report
 * with their marks (an unreadable file is at 0:0). 0; PACE_ECONFIG; -ENOMEM. *ret_text (malloc,
 * *ret_len bytes, a NUL behind them) is the file as read, also on PACE_ECONFIG where it could be
 * read; may be NULL if not wanted.
 */
int yaml_read_config(const char *path, struct schema_report *report, struct config **ret_config,
                     char **ret_text, size_t *ret_len);

#endif
