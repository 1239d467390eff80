#include "interval.h"

#include <math.h>

double interval_gamma(double shape, double z) {
    double root = 1 - 1 / (9 * shape) + z / (3 * sqrt(shape));
    return root > 0 ? root * root * root : 0;
}

double interval_share(double share, double n, double z) {
    double centre = share + z * z / (2 * n);
    double reach = z * sqrt((share * (1 - share) + z * z / (4 * n)) / n);
    double end = (centre + reach) / (1 + z * z / n);
    return end < 0 ? 0 : end > 1 ? 1 : end;
}
