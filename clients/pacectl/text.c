#define _XOPEN_SOURCE 700 /* wcwidth */
#include "text.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

int text_width(FILE *stream) {
    struct winsize size;
    if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) || size.ws_col == 0)
        return 80;
    return size.ws_col < 40 ? 40 : size.ws_col > 100 ? 100 : size.ws_col;
}

static bool is_styled(FILE *stream) {
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool dumb = terminal && strcmp(terminal, "dumb") == 0;
    return isatty(fileno(stream)) && !(no_colour && *no_colour) && !dumb;
}

void text_style(FILE *stream, enum text_style style) {
    static const char *const codes[] = {"0", "1", "2", "31", "32", "33"};
    if (is_styled(stream))
        fprintf(stream, "\033[%sm", codes[style]);
}

static bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

/* 0x80-0x9f as UTF-8 are controls too: some terminals read U+009B as the begin of a command. */
static bool is_c1(const char *at, size_t len) {
    return len >= 2 && (unsigned char)at[0] == 0xc2 && (unsigned char)at[1] < 0xa0;
}

void text_put(FILE *stream, struct view text) {
    for (size_t i = 0; i < text.len; i++) {
        if (is_c1(text.at + i, text.len - i)) {
            putc('?', stream);
            i++;
        } else {
            putc(is_control((unsigned char)text.at[i]) ? '?' : text.at[i], stream);
        }
    }
}

char *text_clean(char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (is_control((unsigned char)text[i])) {
            text[i] = '?';
        } else if (is_c1(text + i, len - i)) {
            text[i] = text[i + 1] = '?';
        }
    }
    return text;
}

/* What the C library knows of a character's width, whatever the caller's locale is. */
static int columns_of(struct view text) {
    static locale_t utf8;
    mbstate_t state = {0};
    wchar_t character;
    int columns = 0;
    utf8 = utf8 ? utf8 : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = uselocale(utf8);
    for (size_t i = 0, len; i < text.len; i += len) {
        len = mbrtowc(&character, text.at + i, text.len - i, &state);
        bool is_character = len > 0 && len <= text.len - i;
        int width = is_character ? wcwidth(character) : -1;
        columns += width < 0 ? 1 : width;
        len = is_character ? len : 1;
        state = is_character ? state : (mbstate_t){0};
    }
    uselocale(before);
    return columns;
}

int text_columns(const char *text) {
    return columns_of(view_of(text));
}

/* The length of a word; "55 %" is one. */
static size_t word_len(const char *text, const char *blanks) {
    size_t len = strcspn(text, blanks);
    while (text[len] == ' ' && text[len + 1] == '%')
        len += 1 + strcspn(text + len + 1, blanks);
    return len;
}

/* From a column on, of which those before are printed. */
static void text_flow(FILE *stream, int column, const char *text, int indent, int width) {
    static const char blanks[] = " \t\r\n";
    bool fresh = true; /* no word of the text is on this line */
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        struct view word = {text, word_len(text, blanks)};
        int columns = columns_of(word);
        if (!fresh && column + 1 + columns > width) {
            putc('\n', stream);
            column = 0;
            fresh = true;
        }
        int gap = !fresh || (column && column >= indent) ? 1 : indent - column;
        fprintf(stream, "%*s", gap, "");
        column += gap + columns;
        fresh = false;
        text_put(stream, word);
        text += word.len;
    }
    if (column)
        putc('\n', stream);
}

void text_hanging(FILE *stream, const char *head, const char *text, int indent, int width) {
    text_put(stream, view_of(head));
    text_flow(stream, text_columns(head), text, indent, width);
}

void text_paragraph(FILE *stream, const char *text, int indent, int width) {
    text_hanging(stream, "", text, indent, width);
}

bool text_words_begin(struct text_words *words) {
    words->to = open_memstream(&words->text, &words->size);
    return words->to;
}

void text_words_print(struct text_words *words, const char *head, int indent) {
    if (fclose(words->to) == 0 && *words->text)
        text_hanging(stdout, head, words->text, indent, text_width(stdout));
    free(words->text);
}

void text_say(int indent, const char *format, ...) {
    struct text_words words;
    va_list args;
    if (!text_words_begin(&words))
        return;
    va_start(args, format);
    vfprintf(words.to, format, args);
    va_end(args);
    text_words_print(&words, "", indent);
}

void text_titled(enum text_style style, const char *title, const char *format, ...) {
    struct text_words words;
    va_list args;
    if (!text_words_begin(&words))
        return;
    va_start(args, format);
    vfprintf(words.to, format, args);
    va_end(args);
    if (fclose(words.to) == 0) {
        struct view sign = {words.text, *title ? strcspn(words.text, " ") : 0}; /* a colon, say, follows at once */
        text_style(stdout, style);
        text_put(stdout, view_of(title));
        text_style(stdout, TEXT_PLAIN);
        text_put(stdout, sign);
        text_flow(stdout, text_columns(title) + columns_of(sign), words.text + sign.len, 2, text_width(stdout));
    }
    free(words.text);
}

void text_cell(FILE *stream, const char *text, int columns) {
    int pad = abs(columns) - text_columns(text);
    if (columns < 0 && pad > 0)
        fprintf(stream, "%*s", pad, "");
    text_put(stream, view_of(text));
    if (columns > 0 && pad > 0)
        fprintf(stream, "%*s", pad, "");
}

char *text_number(uint64_t number, char *buffer) {
    char digits[TEXT_NUMBER_SIZE];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), out = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buffer[out++] = ',';
        buffer[out++] = digits[i];
    }
    buffer[out] = '\0';
    return buffer;
}

char *text_things(uint64_t n, const char *one, char *buffer) {
    char number[TEXT_NUMBER_SIZE];
    snprintf(buffer, TEXT_NUMBER_SIZE, "%.26s %.19s%s", text_number(n, number), one, n == 1 ? "" : "s");
    return buffer;
}

char *text_rate(double rate, char *buffer) {
    double size = rate < 0 ? -rate : rate;
    if (size >= 999.5 && size < 1e18) {
        buffer[0] = '-';
        text_number((uint64_t)(size + .5), rate < 0 ? buffer + 1 : buffer);
        return buffer;
    }
    snprintf(buffer, TEXT_NUMBER_SIZE, "%.*f", size < 0.9995 ? 2 : size < 19.95 ? 1 : 0, rate);
    return buffer;
}

char *text_bytes(uint64_t bytes, char *buffer) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double size = (double)bytes;
    int unit = 0;
    for (; size >= 1024 && unit < 4; unit++)
        size /= 1024;
    snprintf(buffer, TEXT_NUMBER_SIZE, "%.*f %s", unit && size < 100 ? 1 : 0, size, units[unit]);
    return buffer;
}
