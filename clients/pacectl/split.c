#include "split.h"

#include <stdlib.h>

enum split_mode {
    MODE_START, /* nothing but white so far */
    MODE_LINES,
    MODE_ARRAY,
    MODE_AFTER, /* behind the closing bracket */
    MODE_DONE,  /* whatever comes is dropped */
};

struct split {
    size_t limit, size;
    char *buffer;
    size_t begin;     /* of the item that is being scanned */
    size_t scan;      /* how far it was scanned */
    size_t end;       /* of what was fed */
    uint64_t dropped; /* bytes of the stream that stood before the buffer */
    bool ended;
    enum split_mode mode;
    uint64_t line, members;
    bool skipping; /* the item is over the limit: its bytes are dropped as they come */
    /* of the member that is being scanned */
    bool begun, in_string, escaped;
    int64_t depth;
    uint64_t begun_line;
};

struct split *split_create(size_t limit_bytes) {
    struct split *split = calloc(1, sizeof *split);
    if (!split)
        return NULL;
    split->limit = limit_bytes;
    split->size = 2 * limit_bytes + 4096;
    split->line = 1;
    split->buffer = malloc(split->size);
    if (!split->buffer)
        split_destroy(&split);
    return split;
}

void split_destroy(struct split **split) {
    if (*split) {
        free((*split)->buffer);
        free(*split);
    }
    *split = NULL;
}

char *split_space(struct split *split, size_t *ret_len) {
    if (split->begin) {
        memmove(split->buffer, split->buffer + split->begin, split->end - split->begin);
        split->end -= split->begin;
        split->scan -= split->begin;
        split->dropped += split->begin;
        split->begin = 0;
    }
    *ret_len = split->size - split->end;
    return split->buffer + split->end;
}

void split_fed(struct split *split, size_t len) {
    split->end += len;
    split->ended |= len == 0;
}

static bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_blank(struct view line) {
    for (size_t i = 0; i < line.len; i++)
        if (!is_white(line.at[i]))
            return false;
    return true;
}

/* What was scanned of an item that is over the limit makes room. Keeps split_space from ever having
 * none to give. */
static void drop_excess(struct split *split) {
    if (split->scan - split->begin > split->limit)
        split->skipping = true;
    if (split->skipping)
        split->begin = split->scan;
}

/* A batch that began with such a line would be taken for an array as a whole. */
static bool begins_array(struct view bytes) {
    size_t i = 0;
    while (i < bytes.len && is_white(bytes.at[i]))
        i++;
    return i < bytes.len && bytes.at[i] == '[';
}

/* The item from begin to `end` (exclusive); the scan goes on behind it at `next`. */
static void item_finish(struct split *split, size_t end, size_t next, struct split_item *ret_item) {
    bool too_large = split->skipping || end - split->begin > split->limit;
    ret_item->kind = too_large ? SPLIT_TOO_LARGE : SPLIT_EVENT;
    ret_item->bytes = too_large ? (struct view){NULL, 0}
                                : (struct view){split->buffer + split->begin, end - split->begin};
    ret_item->offset = split->dropped + split->begin;
    ret_item->reason = NULL;
    if (begins_array(ret_item->bytes)) {
        ret_item->kind = SPLIT_BROKEN;
        ret_item->reason = "an event is a JSON object; this is an array";
    }
    split->skipping = false;
    split->begin = split->scan = next;
}

static bool lines_next(struct split *split, struct split_item *ret_item) {
    while (split->scan < split->end || (split->ended && split->begin < split->end)) {
        char *from = split->buffer + split->scan;
        char *feed = memchr(from, '\n', split->end - split->scan);
        if (!feed && !split->ended)
            break;
        size_t end = feed ? (size_t)(feed - split->buffer) : split->end;
        struct view bytes = {split->buffer + split->begin, end - split->begin};
        bool blank = !split->skipping && is_blank(bytes);
        item_finish(split, end, feed ? end + 1 : end, ret_item);
        ret_item->line = split->line++;
        ret_item->member = 0;
        if (!blank)
            return true;
    }
    split->scan = split->end;
    drop_excess(split);
    return false;
}

/* At the end of the stream a line that was being skipped has no bytes left to find. */
static bool lines_last(struct split *split, struct split_item *ret_item) {
    if (!split->ended || !split->skipping)
        return false;
    item_finish(split, split->end, split->end, ret_item);
    ret_item->line = split->line++;
    ret_item->member = 0;
    return true;
}

static void item_broken(struct split *split, const char *reason, struct split_item *ret_item) {
    *ret_item = (struct split_item){
        .kind = SPLIT_BROKEN, .reason = reason, .line = split->line, .member = split->members};
}

/* A comma or the closing bracket at `at`. True if it ends an item; a trailing or missing member is
 * one that is broken. */
static bool member_ends(struct split *split, size_t at, bool last, struct split_item *ret_item) {
    bool begun = split->begun;
    split->begun = false;
    split->mode = last ? MODE_AFTER : MODE_ARRAY;
    if (begun) {
        item_finish(split, at, at + 1, ret_item);
        ret_item->line = split->begun_line;
        ret_item->member = ++split->members;
        return true;
    }
    split->begin = split->scan = at + 1;
    if (last && split->members == 0)
        return false;
    split->members++;
    item_broken(split, "a member of the array is missing here", ret_item);
    return true;
}

/* One byte within a string. */
static void string_step(struct split *split, char c) {
    if (split->escaped)
        split->escaped = false;
    else if (c == '\\')
        split->escaped = true;
    else if (c == '"')
        split->in_string = false;
}

/* One byte outside of strings: true if it ends the member. */
static bool member_step(struct split *split, char c) {
    if (split->depth == 0 && (c == ',' || c == ']'))
        return true;
    if (c == '"')
        split->in_string = true;
    else if (c == '{' || c == '[')
        split->depth++;
    else if ((c == '}' || c == ']') && split->depth > 0)
        split->depth--;
    if (!split->begun && !is_white(c)) {
        split->begun = true;
        split->begin = split->scan;
        split->begun_line = split->line;
    }
    return false;
}

static bool array_next(struct split *split, struct split_item *ret_item) {
    while (split->scan < split->end && split->mode == MODE_ARRAY) {
        char c = split->buffer[split->scan];
        if (c == '\n') {
            /* A tab is white outside of strings and forbidden within, just as the line feed: so the
               meaning stays, and the member is one line. */
            split->buffer[split->scan] = '\t';
            split->line++;
        }
        if (split->in_string)
            string_step(split, c);
        else if (member_step(split, c) && member_ends(split, split->scan, c == ']', ret_item))
            return true;
        else if (split->mode == MODE_AFTER)
            return false;
        split->scan++;
    }
    if (!split->begun)
        split->begin = split->scan;
    drop_excess(split);
    return false;
}

/* The stream ended within the array. */
static bool array_cut(struct split *split, struct split_item *ret_item) {
    if (!split->ended)
        return false;
    split->mode = MODE_DONE;
    split->members++;
    item_broken(split, "the array is cut off: its closing bracket is missing", ret_item);
    if (split->begun)
        ret_item->line = split->begun_line;
    return true;
}

/* Nothing but white may follow an array. */
static bool after_next(struct split *split, struct split_item *ret_item) {
    for (; split->scan < split->end; split->scan++) {
        char c = split->buffer[split->scan];
        split->line += c == '\n';
        if (is_white(c))
            continue;
        split->mode = MODE_DONE;
        split->members++;
        item_broken(split, "something follows the end of the array", ret_item);
        return true;
    }
    split->begin = split->scan;
    return false;
}

/* Steps over a byte order mark at the very beginning. False: too few bytes came to tell. */
static bool skip_mark(struct split *split) {
    static const char mark[] = "\xef\xbb\xbf";
    if (split->dropped || split->scan)
        return true;
    size_t len = split->end < 3 ? split->end : 3;
    if (memcmp(split->buffer, mark, len) != 0)
        return true;
    if (len == 3)
        split->begin = split->scan = 3;
    return len == 3 || split->ended;
}

/* White before the first event; then the first byte tells the form. */
static void start(struct split *split) {
    for (; split->scan < split->end; split->scan++) {
        char c = split->buffer[split->scan];
        if (!is_white(c)) {
            split->mode = c == '[' ? MODE_ARRAY : MODE_LINES;
            split->begin = split->scan += c == '[';
            return;
        }
        split->line += c == '\n';
    }
    split->begin = split->scan;
}

bool split_next(struct split *split, struct split_item *ret_item) {
    if (split->mode == MODE_START && skip_mark(split))
        start(split);
    if (split->mode == MODE_LINES)
        return lines_next(split, ret_item) || lines_last(split, ret_item);
    if (split->mode == MODE_ARRAY) {
        if (array_next(split, ret_item))
            return true;
        if (split->mode == MODE_ARRAY)
            return array_cut(split, ret_item);
    }
    if (split->mode == MODE_AFTER)
        return after_next(split, ret_item);
    if (split->mode == MODE_DONE)
        split->begin = split->scan = split->end;
    return false;
}
