/*
 * gcc 12 -O2 prints 0.10000000000000001 twice, everything else 0.10000000149011612: its SLP vectorizer forwards the doubles past
 * the rounding to float. The same pattern stands in detector.c (learn_rate), so that a release by gcc and one by clang keep
 * different bits. -fno-tree-slp-vectorize or a ring of doubles ends it; unit/test_detector.c then holds with -DTOLERANCE=1e-9.
 */
#include <stdio.h>

struct ring {
    double x_sum, e_sum;
    float days[4][2];
    unsigned char at;
};

void push(struct ring *ring, double x, double e);

__attribute__((noinline)) void push(struct ring *ring, double x, double e) {
    ring->days[ring->at][0] = (float)x;
    ring->days[ring->at][1] = (float)e;
    ring->x_sum += ring->days[ring->at][0];
    ring->e_sum += ring->days[ring->at][1];
}

int main(void) {
    struct ring ring = {0};
    push(&ring, .1, .1);
    printf("%.17g %.17g\n", ring.x_sum, ring.e_sum);
    return ring.x_sum != (float).1;
}
