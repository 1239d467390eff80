#include "joint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void families_are_whole(void **state) {
    static const struct {
        int n, cells;
    } cases[] = {{1, 1}, {2, 3}, {3, 7}, {6, 63}, {7, 7 + 21 + 7 + 1}, {10, 10 + 45 + 10 + 1}, {12, JOINT_CELLS}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct joint_family family;
        double sum = 0;
        joint_family_of(cases[k].n, &family);
        assert_int_equal(family.n_cells, cases[k].cells);
        for (int c = 0; c < family.n_cells; c++) {
            sum += family.weights[c];
            assert_true(family.sets[c] > 0 && family.sets[c] < 1 << cases[k].n);
            for (int other = 0; other < c; other++)
                assert_int_not_equal(family.sets[c], family.sets[other]);
        }
        assert_true(fabs(sum - 1) < 1e-12);
    }
}

/* Pairs whose learned correlation comes out as `wanted`. */
static struct joint_pairs pairs_of(double wanted) {
    struct joint_pairs pairs;
    for (int p = 0; p < JOINT_PAIRS; p++) {
        pairs.n[p] = 1e9;
        pairs.sum[p] = wanted * pairs.n[p];
    }
    return pairs;
}

static void the_inverse_is_one(void **state) {
    struct joint_pairs pairs = pairs_of(.4);
    unsigned active = 1u << 0 | 1u << 2 | 1u << 7;
    struct joint_inverse inverse = {0};
    (void)state;
    joint_invert(&pairs, active, &inverse);
    static const int at[] = {0, 2, 7};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            double sum = 0;
            for (int j = 0; j < 3; j++)
                sum += inverse.p[at[i]][at[j]] * (j == k ? 1 : .97 * .4);
            assert_true(fabs(sum - (i == k)) < 1e-6);
        }
}

/* Three pairs that can't be: a with b and b with c alike, a with c opposed. */
static void contradictions_are_believed_less(void **state) {
    struct joint_pairs pairs = pairs_of(0);
    struct joint_inverse inverse = {0};
    (void)state;
    pairs.sum[joint_pair(0, 1)] = pairs.sum[joint_pair(1, 2)] = .9e9;
    pairs.sum[joint_pair(0, 2)] = -.5e9;
    joint_invert(&pairs, 7, &inverse);
    for (int i = 0; i < 3; i++)
        assert_true(inverse.p[i][i] >= 1 && inverse.p[i][i] < 25);
}

/* ---- days of Gaussian streams, whose laws are known ---- */

static uint64_t seed;

static double normal(void) { /* the sum of twelve: no libm */
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(seed >> 11) / 9007199254740992.0;
    }
    return sum;
}

static const double shifts[JOINT_SIZES] = {.2, .4};

/* n streams, correlated by a common part; those of `fallen` are off by .4. */
static struct joint_day gaussian_day(int n, double correlation, unsigned fallen) {
    struct joint_day day = {.active = (1u << n) - 1};
    double common = normal();
    for (int i = 0; i < n; i++) {
        double z = sqrt(correlation) * common + sqrt(1 - correlation) * normal() + (fallen >> i & 1 ? .4 : 0);
        day.residual[i] = z;
        for (int j = 0; j < JOINT_SIZES; j++) {
            day.shift[i][j] = shifts[j];
            day.ratio[i][j] = shifts[j] * z - shifts[j] * shifts[j] / 2;
        }
    }
    return day;
}

/* The mean of the statistics after one day: 1 where the correlation is the true one. */
static double mean_after_one_day(int n, double correlation, double believed) {
    enum { DRAWS = 20000 };
    struct joint_family family;
    struct joint_pairs pairs = pairs_of(believed / .97);
    struct joint_inverse inverse = {0};
    double sum = 0;
    joint_family_of(n, &family);
    joint_invert(&pairs, (1u << n) - 1, &inverse);
    seed = 7;
    for (int k = 0; k < DRAWS; k++) {
        double statistics[JOINT_CELLS * JOINT_SIZES] = {0};
        struct joint_day day = gaussian_day(n, correlation, 0);
        sum += exp(joint_step(&family, &inverse, &day, statistics) + .1);
    }
    return sum / DRAWS;
}

static void correlation_is_allowed_for(void **state) {
    (void)state;
    assert_true(fabs(mean_after_one_day(6, 0, 0) - 1) < .03);
    assert_true(fabs(mean_after_one_day(6, .5, .5) - 1) < .03);
    assert_true(fabs(mean_after_one_day(10, .3, .3) - 1) < .03);
    assert_true(mean_after_one_day(6, .5, 0) > 1.2); /* what it would be without */
}

static void correlation_is_learned(void **state) {
    struct joint_pairs pairs = {0};
    (void)state;
    seed = 3;
    for (int t = 0; t < 4000; t++) {
        struct joint_day day = gaussian_day(4, .4, 0);
        if (t % 2)
            day.active = 3; /* the others aren't there every day */
        joint_learn(&pairs, &day);
        joint_forget(&pairs);
    }
    assert_true(fabs(joint_correlation(&pairs, 0, 1) - .4) < .12);
    assert_true(fabs(joint_correlation(&pairs, 3, 2) - .4) < .15);
    assert_true(joint_correlation(&pairs, 4, 5) == 0);
    assert_true(joint_correlation(&pairs, 1, 1) == 1);
}

/* Days until the evidence is one in 500, and who is thought to have fallen. */
static int days_to_tell(unsigned fallen, double correlation, double ret_chance[JOINT_STREAMS]) {
    struct joint_family family;
    struct joint_pairs pairs = pairs_of(correlation);
    double statistics[JOINT_CELLS * JOINT_SIZES] = {0};
    int days = 0;
    joint_family_of(6, &family);
    for (; days < 2000; days++) {
        struct joint_inverse inverse = {0};
        struct joint_day day = gaussian_day(6, correlation, fallen);
        joint_invert(&pairs, day.active, &inverse);
        if (joint_step(&family, &inverse, &day, statistics) > log(500))
            break;
    }
    joint_included(&family, statistics, ret_chance);
    return days;
}

static void several_are_told_sooner(void **state) {
    int one = 0, three = 0, right = 0;
    (void)state;
    seed = 11;
    for (int run = 0; run < 100; run++) {
        double chance[JOINT_STREAMS];
        one += days_to_tell(1, .3, chance);
        three += days_to_tell(7, .3, chance);
        for (int i = 0; i < 6; i++)
            right += (chance[i] > .5) == (i < 3);
    }
    assert_true(three < .7 * one);
    assert_true(right > 400); /* of 600 */
}

/* A stream without its day changes nothing: neither in sets with it nor in those of it alone. */
static void who_is_not_there_says_nothing(void **state) {
    struct joint_family both, alone;
    struct joint_pairs pairs = pairs_of(.5);
    double two[JOINT_CELLS * JOINT_SIZES] = {0}, one[JOINT_CELLS * JOINT_SIZES] = {0};
    (void)state;
    joint_family_of(2, &both);
    joint_family_of(1, &alone);
    seed = 5;
    for (int t = 0; t < 50; t++) {
        struct joint_inverse inverse = {0};
        struct joint_day day = gaussian_day(2, 0, 0);
        day.active = 1;
        joint_invert(&pairs, 1, &inverse);
        joint_step(&both, &inverse, &day, two);
        joint_step(&alone, &inverse, &day, one);
    }
    for (int s = 0; s < JOINT_SIZES; s++) {
        assert_true(two[s] == one[s] && two[2 * JOINT_SIZES + s] == one[s]); /* {0}, and {0, 1} for all that is known */
        assert_true(two[JOINT_SIZES + s] == 0);
    }
}

/* One of two that go together rises for good: for all that the other is as usual. With the correlation alone that would be a fall. */
static void what_rises_apart_blames_nobody(void **state) {
    struct joint_family family;
    struct joint_pairs pairs = pairs_of(.8);
    double found[2] = {0};
    (void)state;
    joint_family_of(2, &family);
    for (unsigned apart = 0; apart < 2; apart++) {
        double statistics[JOINT_CELLS * JOINT_SIZES] = {0};
        struct joint_inverse inverse = {0};
        for (int k = 0; k < 30; k++) {
            struct joint_day day = {.active = 3, .apart = apart << 1, .residual = {0, -JOINT_FURTHEST}};
            for (int j = 0; j < JOINT_SIZES; j++) {
                day.shift[0][j] = day.shift[1][j] = shifts[j];
                day.ratio[0][j] = -shifts[j] * shifts[j] / 2;
                day.ratio[1][j] = -shifts[j] * JOINT_FURTHEST - shifts[j] * shifts[j] / 2;
            }
            joint_invert(&pairs, joint_together(&day), &inverse);
            found[apart] = joint_step(&family, &inverse, &day, statistics);
        }
    }
    assert_true(found[0] > 6);
    assert_true(found[1] < 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_are_whole),           cmocka_unit_test(the_inverse_is_one),
        cmocka_unit_test(contradictions_are_believed_less), cmocka_unit_test(correlation_is_allowed_for),
        cmocka_unit_test(correlation_is_learned),       cmocka_unit_test(several_are_told_sooner),
        cmocka_unit_test(who_is_not_there_says_nothing), cmocka_unit_test(what_rises_apart_blames_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
