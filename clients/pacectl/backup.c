/*
 * backup.c - `pacectl backup`, `restore`: the first asks the daemon, the second needs that there is
 * none.
 */
#include "answer.h"
#include "control.h"
#include "link.h"
#include "restore.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_PATH_SIZE = 4096 };

/* Both programs see the same files, but not from the same directory. */
static int path_absolute(const char *file, char ret_path[FILE_PATH_SIZE]) {
    char here[FILE_PATH_SIZE] = "";
    if (file[0] != '/' && !getcwd(here, sizeof here))
        return ctl_fail(CTL_NO, "the working directory has no path");
    int len = snprintf(ret_path, FILE_PATH_SIZE, "%s%s%s", here, strlen(here) > 1 ? "/" : "", file);
    return len < FILE_PATH_SIZE ? 0 : ctl_fail(CTL_USAGE, "the path is too long");
}

int command_backup(struct ctl *ctl) {
    json_t *reply = NULL;
    char path[FILE_PATH_SIZE], size[TEXT_NUMBER_SIZE];
    int code = path_absolute(ctl->words[0], path);
    if (!code)
        code = control_ask_long(ctl, json_pack("{ss ss}", "cmd", "backup", "file", path), &reply);
    if (!code && ctl->json)
        code = control_print_json(reply);
    else if (!code)
        printf("%s: %s in %.1f s.\n", path, text_bytes(answer_count(reply, "bytes"), size),
               answer_real(reply, "seconds"));
    json_decref(reply);
    return code;
}

/* As paced finds it: the option, the first of $STATE_DIRECTORY, the default. */
static int find_state_dir(const struct ctl *ctl, char ret_path[FILE_PATH_SIZE]) {
    const char *given = ctl_value(ctl, "--state-dir"), *system = getenv("STATE_DIRECTORY");
    const char *path = given ? given : system && *system ? system : "/var/lib/paced";
    int most = given ? FILE_PATH_SIZE : (int)strcspn(path, ":");
    int len = snprintf(ret_path, FILE_PATH_SIZE, "%.*s", most, path);
    return len < FILE_PATH_SIZE ? 0 : ctl_fail(CTL_USAGE, "--state-dir: the path is too long");
}

static int print_restored(const struct ctl *ctl, const char *dir,
                          const struct restore_result *result, double seconds) {
    char size[TEXT_NUMBER_SIZE], values[TEXT_NUMBER_SIZE];
    if (ctl->json) {
        json_t *json = json_pack(
            "{s:s,s:I,s:I,s:I,s:I,s:b,s:f}", "state_dir", dir, "bytes", (json_int_t)result->bytes,
            "values", (json_int_t)result->values, "schema", (json_int_t)result->schema, "epoch",
            (json_int_t)result->epoch, "replaced", result->replaced, "seconds", seconds);
        int code = control_print_json(json);
        json_decref(json);
        return code;
    }
    printf("%s restored into %s in %.1f s; %s checksums are right. Warnings are of epoch %d from "
           "now on.\n",
           text_bytes(result->bytes, size), dir, seconds, text_number(result->values, values),
           (int)result->epoch);
    if (result->replaced)
        printf("The store that was there is kept: %s/paced.mdb.replaced\n", dir);
    puts("Start paced; \"pacectl verify\" then folds the whole log anew.");
    return CTL_YES;
}

int command_restore(struct ctl *ctl) {
    char dir[FILE_PATH_SIZE], reason[RESTORE_REASON_SIZE];
    struct restore_result result;
    int64_t began_ms = link_now_ms();
    int code = find_state_dir(ctl, dir);
    if (code)
        return code;
    if (restore_run(ctl->words[0], dir, &result, reason))
        return ctl_fail(CTL_NO, "nothing is restored: %s", reason);
    return print_restored(ctl, dir, &result, (double)(link_now_ms() - began_ms) / 1000);
}
