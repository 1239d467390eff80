/*
 * reference.h - how long the best detector there can be needs for a fall of a count.
 *
 * The reference is the CUSUM that knows the rate, the dispersion and the size of the fall (Page 1954): no detector has a smaller
 * worst delay at the same rate of false alarms (Moustakides 1986). Its delay says what can't be promised at low rates.
 */
#ifndef CORE_REFERENCE_H
#define CORE_REFERENCE_H

/*
 * Mean delay in days with exposure of a fall (or rise) of the rate to `factor` times as much, for
 * negative binomial counts of that rate a day and over-dispersion kappa, at one false alarm in arl0
 * days; the chart has run for a while when it falls. rate, kappa >= 0, factor > 0 and not 1. A rate
 * of nothing: INFINITY.
 *
 * Both ARL0 and delay follow from one boundary b, which holds the overshoot as well (Wald; Siegmund
 * 1985, ch. II and X): with I0 and I1 the mean log likelihood ratios a day before and after, ARL0
 * I0 = e^b - b - 1 and delay I1 = b + e^-b - s - e^-s, s where the chart stood, which is
 * exponential below b. Within 6 % of the simulated reference at .05 to 40 a day and kappa 0 to .5
 * where the delay is three days or more.
 */
double reference_delay(double rate, double kappa, double factor, double arl0);

#endif
