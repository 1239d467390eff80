/* guess.c - see guess.h. */
#include "guess.h"

#include <string.h>

enum { WORD_MAX = 64 };

static int least(int a, int b, int c) {
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/*
 * Optimal string alignment: Levenshtein's distance with swapped neighbours as one change. Three
 * rows of the table are kept. Source: Boytsov, "Indexing methods for approximate dictionary
 * searching" (2011), section 2.
 */
static int aligned_distance(const char *a, int a_len, const char *b, int b_len) {
    int rows[3][WORD_MAX + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (int j = 0; j <= b_len; j++)
        last[j] = j;
    for (int i = 1; i <= a_len; i++) {
        row[0] = i;
        for (int j = 1; j <= b_len; j++) {
            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        int *freed = before;
        before = last;
        last = row;
        row = freed;
    }
    return last[b_len];
}

int guess_distance(const char *a, const char *b, int limit) {
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return limit + 1;
    int gap = (int)a_len - (int)b_len;
    if (gap > limit || -gap > limit)
        return limit + 1;
    int distance = aligned_distance(a, (int)a_len, b, (int)b_len);
    return distance > limit ? limit + 1 : distance;
}

void guess_add(struct guess *guess, const char *candidate) {
    int limit = guess->best ? guess->distance - 1 : WORD_MAX;
    int distance = guess_distance(guess->word, candidate, limit);
    if (distance <= limit) {
        guess->best = candidate;
        guess->distance = distance;
    }
}

bool guess_is_near(const struct guess *guess) {
    int len = guess->best ? (int)strlen(guess->best) : 0;
    return guess->best && guess->distance <= 1 + len / 3 && 2 * guess->distance < len;
}
