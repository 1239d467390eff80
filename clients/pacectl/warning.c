#include "warning.h"

#include "text.h"

#include <stdlib.h>

static const char *text_of(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "";
}

static void put_part(FILE *to, const char *before, const char *text) {
    if (*text)
        fprintf(to, "%s%s", before, text);
}

static void put_title(FILE *to, const json_t *event, const json_t *data, int push) {
    put_part(to, "#", text_of(event, "id"));
    put_part(to, "  ", text_of(data, "raised_on"));
    put_part(to, "  ", text_of(data, "kind"));
    put_part(to, "  ", text_of(event, "subject"));
    put_part(to, " · ", text_of(data, "indicator"));
    fputs(push ? "  (pushed)" : "  (not pushed)", to);
}

/* In one line where there is room for it; else as a paragraph. */
static void print_title(FILE *stream, const json_t *event, const json_t *data, int width) {
    int push = json_is_true(json_object_get(data, "push"));
    struct text_words title;
    if (!text_words_begin(&title))
        return;
    put_title(title.to, event, data, push);
    if (fclose(title.to) == 0) {
        bool fits = text_columns(title.text) <= width;
        text_style(stream, push ? TEXT_BOLD : TEXT_DIM);
        text_hanging(stream, fits ? title.text : "", fits ? "" : title.text, 2, width);
        text_style(stream, TEXT_PLAIN);
    }
    free(title.text);
}

void warning_print(FILE *stream, const json_t *event, int width) {
    const json_t *data = json_object_get(event, "data");
    print_title(stream, event, data, width);
    text_paragraph(stream, text_of(data, "text"), 2, width);
    putc('\n', stream);
}
