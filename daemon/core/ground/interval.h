/*
 * interval.h - between which values a rate, a share or a mean lies, given what was counted.
 *
 * z is the standard normal quantile of one end: -1.645 and 1.645 leave five chances in a hundred beyond each.
 */
#ifndef CORE_INTERVAL_H
#define CORE_INTERVAL_H

#define INTERVAL_Z90 1.6448536269514722

/*
 * The quantile of a gamma variable as a multiple of its mean, shape > 0: a rate that `shape` events have told. Wilson & Hilferty
 * 1931: the cube root is nearly normal. At 5 and 95 %: within 1 % of the mean for a shape of 3 and more, .03 at 1, .1 at .5.
 */
double interval_gamma(double shape, double z);

/* One end of Wilson's score interval (1927) of a share that n trials have told; n > 0. */
double interval_share(double share, double n, double z);

#endif
