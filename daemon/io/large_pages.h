/*
 * large_pages.h - memory in pages of 2 MiB where the machine has them (transparent huge pages, always or on advice): a table
 * that is asked at random then costs a miss in the cache, not also a walk through the page tables.
 */
#ifndef IO_LARGE_PAGES_H
#define IO_LARGE_PAGES_H

#include "memory.h"

/* For engine_setup. */
extern const struct memory large_pages;

#endif
