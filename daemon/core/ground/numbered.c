/* numbered.c - see numbered.h. */
#include "numbered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

int numbered_grow(void **table, uint32_t *size, uint32_t number, size_t bytes) {
    size_t grown = *size ? *size : FIRST_SIZE;
    while (grown <= number)
        grown *= 2;
    char *rows = realloc(*table, grown * bytes);
    if (!rows)
        return -ENOMEM;
    memset(rows + *size * bytes, 0, (grown - *size) * bytes);
    *table = rows;
    *size = (uint32_t)grown;
    return 0;
}
