/*
 * json_twin.h - an event as the decoder's two readers read it.
 *
 * A line and its twin say the same, but for a member that nobody reads and whose name is written
 * with an escape: that, only the general reader takes. So what both are decoded to must be the
 * same.
 */
#ifndef TESTS_JSON_TWIN_H
#define TESTS_JSON_TWIN_H

#include "json.h"

#define JSON_TWIN_MEMBER "{\"\\u0074win of this line\":0,"
enum { JSON_TWIN_BYTES = sizeof JSON_TWIN_MEMBER }; /* a twin is so much longer at most */

/* Writes the twin and returns its length; 0 for what isn't an object with a member, or is a twin. */
static inline size_t json_twin(struct view line, char *to) {
    const size_t added = sizeof JSON_TWIN_MEMBER - 1;
    size_t i = 1;
    if (line.len == 0 || line.at[0] != '{')
        return 0;
    for (size_t at = 0; at + 6 <= line.len; at++)
        if (memcmp(line.at + at, "win of", 6) == 0)
            return 0;
    while (i < line.len && (unsigned char)line.at[i] <= ' ')
        i++;
    if (i == line.len || line.at[i] == '}')
        return 0;
    memcpy(to, JSON_TWIN_MEMBER, added);
    memcpy(to + added, line.at + 1, line.len - 1);
    return added + line.len - 1;
}

static inline bool json_twin_same_member(const struct member *a, const struct member *b) {
    bool number = a->form == FORM_NUMBER || a->form == FORM_BOOL;
    return a->id == b->id && a->form == b->form && view_equal(a->name, b->name) &&
           (number ? a->number == b->number : view_equal(a->text, b->text));
}

/* All that an event says; of refused ones the code, and the reason unless it is that it isn't JSON. */
static inline bool json_twin_same(const struct json_item *a, const struct json_item *b) {
    const struct event *x = &a->event, *y = &b->event;
    if (a->code != b->code || a->code != PACE_OK)
        return a->code == b->code && view_equal(a->id, b->id) &&
               (a->code == PACE_BAD_JSON || strcmp(a->reason, b->reason) == 0);
    bool same = view_equal(a->id, b->id) && view_equal(x->source, y->source) &&
                view_equal(x->id, y->id) && view_equal(x->type, y->type) &&
                view_equal(x->subject, y->subject) && view_equal(x->record, y->record) &&
                x->time_us == y->time_us && x->offset_min == y->offset_min &&
                x->revision == y->revision && x->localdate == y->localdate &&
                x->recorded_us == y->recorded_us && x->sequence == y->sequence &&
                x->n_members == y->n_members;
    for (int i = 0; same && i < x->n_members; i++)
        same = json_twin_same_member(&x->members[i], &y->members[i]);
    return same;
}

#endif
