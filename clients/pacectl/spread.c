#include "spread.h"

#include "answer.h"
#include "text.h"

char *spread_number(double number, char *buffer) {
    buffer[0] = '-';
    text_rate(number < 0 ? -number : number, number < 0 ? buffer + 1 : buffer);
    return buffer;
}

void spread_put(FILE *stream, const json_t *range) {
    double value = 100 * answer_real(range, "value"), low = 100 * answer_real(range, "low"), high = 100 * answer_real(range, "high");
    if (!json_is_object(range))
        fputs("too few to tell", stream);
    else if (low > 0)
        fprintf(stream, "up %.0f %% (%.0f to %.0f %%)", value, low, high);
    else if (high < 0)
        fprintf(stream, "down %.0f %% (%.0f to %.0f %%)", -value, -high, -low);
    else
        fprintf(stream, "no more than chance does (%+.0f to %+.0f %%)", low, high);
}

void spread_put_points(FILE *stream, const json_t *range) {
    double low = 100 * answer_real(range, "low"), high = 100 * answer_real(range, "high");
    if (!json_is_object(range))
        fputs("too few to tell", stream);
    else if (low > 0 || high < 0)
        fprintf(stream, "%+.0f points (%+.0f to %+.0f)", 100 * answer_real(range, "value"), low, high);
    else
        fprintf(stream, "no more than chance does (%+.0f to %+.0f points)", low, high);
}

void spread_paragraph(const json_t *one, void (*put)(FILE *stream, const json_t *one)) {
    struct text_words words;
    if (!text_words_begin(&words))
        return;
    put(words.to, one);
    text_words_print(&words, "", 0);
    putchar('\n');
}
