/* sequence.c - see sequence.h. */
#include "sequence.h"

#include "room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first run that the number is in, touches from above, or lies before; n_runs: behind all. */
static int run_find(const struct sequence *sequence, int64_t number) {
    int from = 0, to = sequence->n_runs;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (sequence->runs[middle].last >= number - 1)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

static void run_remove(struct sequence *sequence, int at) {
    sequence->n_runs--;
    memmove(&sequence->runs[at], &sequence->runs[at + 1],
            (size_t)(sequence->n_runs - at) * sizeof *sequence->runs);
}

static uint64_t gap_after(const struct sequence *sequence, int at) {
    return (uint64_t)(sequence->runs[at + 1].first - sequence->runs[at].last - 1);
}

/* There is room for one run more than are kept, so that the new one may be part of the lowest gap. */
static int run_insert(struct sequence *sequence, int at, int64_t number) {
    if (room_for((void **)&sequence->runs, &sequence->size, sequence->n_runs + 1, sizeof *sequence->runs))
        return -ENOMEM;
    memmove(&sequence->runs[at + 1], &sequence->runs[at],
            (size_t)(sequence->n_runs - at) * sizeof *sequence->runs);
    sequence->runs[at] = (struct sequence_run){number, number};
    sequence->n_runs++;
    if (sequence->n_runs > SEQUENCE_RUNS_MAX) {
        sequence->given_up += gap_after(sequence, 0);
        sequence->runs[1].first = sequence->runs[0].first;
        run_remove(sequence, 0);
    }
    return 0;
}

int sequence_see(struct sequence *sequence, int64_t number) {
    int at = run_find(sequence, number);
    struct sequence_run *run = at < sequence->n_runs ? &sequence->runs[at] : NULL;
    if (!run || number < run->first - 1)
        return run_insert(sequence, at, number);
    if (number < run->first) {
        run->first = number;
    } else if (number > run->last) {
        run->last = number;
        if (at + 1 < sequence->n_runs && gap_after(sequence, at) == 0) {
            run[1].first = run->first;
            run_remove(sequence, at);
        }
    }
    return 0;
}

uint64_t sequence_missing(const struct sequence *sequence) {
    uint64_t missing = sequence->given_up;
    for (int i = 0; i + 1 < sequence->n_runs; i++)
        missing += gap_after(sequence, i);
    return missing;
}

void sequence_clear(struct sequence *sequence) {
    free(sequence->runs);
    *sequence = (struct sequence){0};
}
