/*
 * yaml.h - a YAML file into a tree with marks, by libyaml's parser, within limits.
 *
 * At most 1 MiB and 16 levels; no aliases, anchors or tags, one document; keys are scalars. libyaml is quadratic on nesting
 * and silent about duplicate keys: the depth is counted while parsing and stops it; duplicates stay in the tree for the schema.
 */
#ifndef IO_YAML_H
#define IO_YAML_H

#include "schema.h"

/* text is len bytes. 0 and a tree (NULL for an empty document); PACE_ECONFIG, told in the report; -ENOMEM. */
int yaml_parse(const char *text, size_t len, struct schema_report *report, struct node **ret_root);
void node_destroy(struct node **root);

/*
 * A file into a config: read, parse, schema. Errors are in the report with their marks (an unreadable file is at 0:0).
 * 0; PACE_ECONFIG; -ENOMEM. *ret_text (malloc, *ret_len bytes) is the file as read, also on PACE_ECONFIG where it could
 * be read; may be NULL if not wanted.
 */
int yaml_read_config(const char *path, struct schema_report *report, struct config **ret_config, char **ret_text,
                     size_t *ret_len);

#endif
