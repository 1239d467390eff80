/*
 * large_pages.h - memory in pages of 2 MiB where the machine has them (transparent huge pages, always or on advice): a table
 * that is asked at random then costs a miss in the cache, not also a walk through the page tables.
 */
#ifndef IO_LARGE_PAGES_H
#define IO_LARGE_PAGES_H

#include "memory.h"

/* For engine_setup. */
extern const struct memory large_pages;

/*
 * From here on what is told to be touched soon is made resident by a thread: where a host gives a virtual machine its memory page
 * by page, the first touch of a large one takes 5 to 13 ms. Where there is one processor only, or no thread, nothing is made
 * resident before it is touched. No signal is taken by it.
 */
void large_pages_begin(void);
void large_pages_end(void);

#endif
