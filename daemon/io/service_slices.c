/* service_slices.c - what is done a slice a turn; see service_inside.h. */
#include "service_inside.h"

#include "clock.h"
#include "logger.h"

enum { REFOLD_RECORDS = 512 /* less than a millisecond */ };

void service_close(struct service *service, int64_t budget_us) {
    int64_t end_us = clock_monotonic_us() + budget_us;
    int more = engine_closes(service->setup.engine) && !service->error;
    while (more > 0 && clock_monotonic_us() < end_us)
        more = engine_close_next(service->setup.engine);
    if (more < 0)
        service_fail(service, "days can't be closed", more);
}

bool service_refolds(const struct service *service) {
    return engine_config_next(service->setup.engine) && !audit_busy(service->audit) &&
           !service->error && !engine_closes(service->setup.engine);
}

void service_refold(struct service *service, int64_t budget_us) {
    int64_t end_us = clock_monotonic_us() + budget_us;
    pace_day before = engine_counted_since(service->setup.engine), since;
    int more = 1;
    if (!service_refolds(service))
        return;
    while (more > 0 && clock_monotonic_us() < end_us)
        more = engine_refold_step(service->setup.engine, REFOLD_RECORDS);
    if (more < 0)
        service_fail(service, "the new configuration can't be folded with", more);
    if (more != 0)
        return;
    since = engine_counted_since(service->setup.engine);
    if (since != before) {
        char day[DAY_TEXT_SIZE];
        logger_write(LOGGER_WARNING,
                     "the new configuration counts from %s on: what was told of earlier days isn't "
                     "kept any more",
                     day_format(since, day));
    }
    retired_begin(&service->retired, service->setup.engine, reload_settle(&service->setup, &service->reload));
    service_settle(service);
}

void service_drop_old(struct service *service) {
    int64_t now_us = clock_monotonic_us();
    if (!engine_drops(service->setup.engine) || service->error || now_us < service->drop_at_us)
        return;
    service->drop_at_us = now_us + SERVICE_DROP_EVERY_US;
    service_commit(service);
}
