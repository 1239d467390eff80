/*
 * libyaml.h - libyaml's own header, whose name our yaml.h hides from <yaml.h>.
 *
 * To be included as <libyaml.h>: the search then goes on behind this folder. Only io/yaml.c does.
 */
#ifndef IO_LIBYAML_H
#define IO_LIBYAML_H

#include_next <yaml.h>

#endif
