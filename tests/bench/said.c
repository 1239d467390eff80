/* said.c - see said.h. */
#include "said.h"

#include <math.h>
#include <stdio.h>

enum { LEAST = 20 };

void said_add(struct said *table, double chance, bool made) {
    int b = (int)(chance * SAID_BINS + .5);
    table->n[b]++;
    table->said[b] += chance;
    table->made[b] += made;
    table->squares += (chance - made) * (chance - made);
}

void said_sum(struct said *into, const struct said *table) {
    for (int b = 0; b <= SAID_BINS; b++) {
        into->n[b] += table->n[b];
        into->said[b] += table->said[b];
        into->made[b] += table->made[b];
    }
    into->squares += table->squares;
}

void said_print(const char *name, const struct said *table) {
    printf("  %-10s", name);
    for (int b = 0; b <= SAID_BINS; b++) {
        double n = table->n[b], share = n > 0 ? table->made[b] / n : 0;
        if (n < LEAST)
            printf("       -       ");
        else
            printf(" %2.0f: %2.0f+-%.0f (%-4.0f)", 100 * table->said[b] / n, 100 * share,
                   100 * sqrt(share * (1 - share) / n) + .5, n);
    }
    printf("\n");
}

void said_print_score(const struct said *table) {
    double n = 0, off = 0, gaps = 0;
    for (int b = 0; b <= SAID_BINS; b++) {
        double gap = table->said[b] - table->made[b];
        n += table->n[b];
        off += fabs(gap);
        gaps += gap;
    }
    printf("  said too much by %.1f points on the average, off by %.1f; Brier's score %.4f\n",
           100 * gaps / n, 100 * off / n, table->squares / n);
}
