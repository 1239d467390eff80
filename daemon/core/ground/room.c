/* room.c - see room.h. */
#include "room.h"

#include <errno.h>
#include <stdlib.h>

int room_for(void **array, int *size, int n, size_t bytes) {
    if (n <= *size)
        return 0;
    int grown = n > 2 * *size ? n : 2 * *size;
    void *more = realloc(*array, (size_t)grown * bytes);
    if (!more)
        return -ENOMEM;
    *array = more;
    *size = grown;
    return 0;
}
