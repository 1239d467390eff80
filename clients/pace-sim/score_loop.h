/*
 * score_loop.h - whether coaching helped, as far as the warnings tell: planted slips by how their
 * managers coach, and promises as they were meant beside what was told of them.
 */
#ifndef SIM_SCORE_LOOP_H
#define SIM_SCORE_LOOP_H

#include "score_input.h"

/* After the warnings were matched. Finds when each slip was told, when it was told to be over for
 * good, and the last verdict of each promise. 0 or -ENOMEM. */
int score_loop_match(struct truth *truth, const struct warning_list *warnings);

void score_loop_print(const struct truth *truth);

/* Adds `answers` and `promises`. */
void score_loop_to_json(const struct truth *truth, json_t *object);

#endif
