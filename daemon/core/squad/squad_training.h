/*
 * squad_training.h - what a training gave and is going again, while something can be done about it.
 *
 * On the 40th, 50th and 60th working day after a training of a member it is looked at as training.h does, as of that day: where
 * an indicator that it was for is `fading`, that is a fact, once for the three. Only where TRAINING_ALERT_REPS members or more
 * had the same training by then: of fewer nobody can tell a training that fades from a month that does.
 */
#ifndef CORE_SQUAD_TRAINING_H
#define CORE_SQUAD_TRAINING_H

struct closing;

/* What the day means for a member's trainings. */
void training_settle(const struct closing *c, int m);

#endif
