/*
 * room.h - arrays that get longer one by one: each time that there is no room they at least double.
 */
#ifndef CORE_ROOM_H
#define CORE_ROOM_H

#include <stddef.h>

/* Room for n items of so many bytes in an array that has room for *size of them; what is new holds anything. n: below 2^30. 0, or
 * -ENOMEM: the array is as it was. */
int room_for(void **array, int *size, int n, size_t bytes);

#endif
