#include "warning.h"

#include "text.h"

static const char *text_of(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "";
}

static void print_part(FILE *stream, const char *before, const char *text) {
    if (*text) {
        fputs(before, stream);
        text_put(stream, view_of(text));
    }
}

static void print_title(FILE *stream, const json_t *event, const json_t *data) {
    int push = json_is_true(json_object_get(data, "push"));
    text_style(stream, push ? TEXT_BOLD : TEXT_DIM);
    print_part(stream, "#", text_of(event, "id"));
    print_part(stream, "  ", text_of(data, "raised_on"));
    print_part(stream, "  ", text_of(data, "kind"));
    print_part(stream, "  ", text_of(event, "subject"));
    print_part(stream, " · ", text_of(data, "indicator"));
    fputs(push ? "  (pushed)\n" : "  (recorded, not pushed)\n", stream);
    text_style(stream, TEXT_PLAIN);
}

void warning_print(FILE *stream, const json_t *event, int width) {
    const json_t *data = json_object_get(event, "data");
    print_title(stream, event, data);
    text_paragraph(stream, text_of(data, "text"), 2, width);
    putc('\n', stream);
}
