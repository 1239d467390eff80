#include "offline.h"

#include "config_file.h"
#include "ctl.h"
#include "failure.h"
#include "intake.h"
#include "large_pages.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>

enum { LINE_PLACE_SIZE = 300 };

static void tell(const char *path, const struct schema_error *one) {
    char line[sizeof one->text + LINE_PLACE_SIZE];
    snprintf(line, sizeof line, "%s:%d:%d: %s%s", path, one->line, one->col, one->warning ? "warning: " : "", one->text);
    fprintf(stderr, "%s\n", text_clean(line));
    if (!one->warning)
        failure_note(line);
}

static int read_config(struct offline *offline, const char *path) {
    struct schema_report report = {0};
    int error = config_read(path, &report, &offline->config, &offline->config_text, &offline->config_len);
    for (int i = 0; i < report.n_errors; i++)
        tell(path, &report.errors[i]);
    schema_report_clear(&report);
    if (error == PACE_ECONFIG)
        failure_note(pace_strerror(error)); /* which ones was told */
    else if (error)
        ctl_fail(CTL_NO, "%s: %s", path, pace_strerror(error));
    return error ? CTL_NO : 0;
}

int offline_open(struct offline *offline, const char *config_path) {
    *offline = (struct offline){0};
    int error = read_config(offline, config_path);
    if (error)
        return error;
    offline->zones = zone_table_create();
    if (!offline->zones ||
        intake_list_wanted(offline->config, &offline->wanted_names, &offline->wanted))
        return ctl_fail(CTL_NO, "out of memory");
    return 0;
}

static int get_zone(void *arg, const char *name, const struct zone **ret_zone) {
    return zone_table_get(arg, name, ret_zone);
}

int offline_begin(struct offline *offline, enum engine_clock clock) {
    static const unsigned char store_id[16]; /* all zero: the same input gives the same bytes */
    engine_destroy(&offline->engine);
    kv_destroy(&offline->kv);
    offline->kv = kv_mem_create();
    if (!offline->kv)
        return -ENOMEM;
    struct engine_setup setup = {
        .kv = offline->kv,
        .config = offline->config,
        .config_text = {offline->config_text, offline->config_len},
        .zone = get_zone,
        .zone_arg = offline->zones,
        .clock = clock,
        .store_id = store_id,
        .memory = &large_pages,
        .index_entries = UINT64_MAX, /* the store is in memory as well */
    };
    return engine_open(&setup, &offline->engine);
}

void offline_close(struct offline *offline) {
    engine_destroy(&offline->engine);
    kv_destroy(&offline->kv);
    free(offline->wanted_names);
    zone_table_destroy(&offline->zones);
    config_destroy(&offline->config);
    free(offline->config_text);
    *offline = (struct offline){0};
}
