/*
 * Any bytes as a calendar of holidays: read within the limits, without a word from libical, told in
 * lines; the days ascend and lie in the window.
 */
#include "ical.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_report(const struct schema_report *report, int error) {
    if (schema_report_has_errors(report) != (error != 0))
        abort();
    for (int i = 0; i < report->n_errors; i++)
        if (report->errors[i].line < 1 || !report->errors[i].text[0] ||
            strpbrk(report->errors[i].text, "\n\r\t"))
            abort();
}

static void check_days(const pace_day *days, int n) {
    if (n > ICAL_DAYS_MAX || (n && days[0] < day_from_civil(ICAL_FIRST_YEAR, 1, 1)) ||
        (n && days[n - 1] > day_from_civil(ICAL_LAST_YEAR, 12, 31)))
        abort();
    for (int i = 1; i < n; i++)
        if (days[i - 1] >= days[i])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct zone_transition summer = {INT64_C(1774746000000000), 7200};
    const struct zone zone = {"Test/Zone", 3600, 1, &summer, 0};
    struct schema_report report = {0};
    pace_day *days = NULL;
    int n = 0;
    int error = ical_read_days((const char *)data, size, &zone, &report, &days, &n);
    check_report(&report, error);
    if (!error)
        check_days(days, n);
    free(days);
    schema_report_clear(&report);
    return 0;
}
