#include "rejects.h"

#include "text.h"

#include <inttypes.h>

void rejects_clear_progress(const struct rejects *rejects) {
    if (rejects->progress)
        fputs("\r\033[K", stderr);
}

void rejects_tell(struct rejects *rejects, uint64_t line, uint64_t member, const char *code,
                  const char *reason) {
    FILE *out = rejects->out ? rejects->out : stderr;
    if (rejects->n++ >= REJECTS_TOLD_MAX && !rejects->verbose)
        return;
    if (out == stderr)
        rejects_clear_progress(rejects);
    fprintf(out, "%" PRIu64 ": ", line);
    text_put(out, view_of(code));
    fputs(": ", out);
    text_put(out, view_of(reason));
    if (member)
        fprintf(out, " (member %" PRIu64 " of the array)", member);
    putc('\n', out);
}

void rejects_end(const struct rejects *rejects) {
    char number[TEXT_NUMBER_SIZE];
    rejects_clear_progress(rejects);
    if (rejects->n > REJECTS_TOLD_MAX && !rejects->verbose)
        fprintf(stderr, "... and %s more rejected events; --verbose lists them all\n",
                text_number(rejects->n - REJECTS_TOLD_MAX, number));
}
