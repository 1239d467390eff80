/*
 * pmath.h - exp and log that give the same bits on every CPU and compiler.
 *
 * glibc chooses FMA variants by CPU at run time, so a store moved to another machine could disagree
 * with its own log. These use only + - * / and comparisons of IEEE doubles, built with
 * -ffp-contract=off. The error is below 1 ulp, checked against long double in
 * tests/unit/test_pmath.c, and there is one NaN only. sqrt is exact in IEEE and may be called as it
 * is.
 */
#ifndef CORE_PMATH_H
#define CORE_PMATH_H

double pmath_exp(double x);   /* 0 below -745.14, +inf above 709.78; NaN for NaN */
double pmath_log(double x);   /* -inf for 0, NaN below 0 and for NaN */
double pmath_log1p(double x); /* accurate near 0; -inf for -1, NaN below -1 and for NaN */

#endif
