#include "credit.h"

#include "people.h"

/* ---- participants: a small reader of minified JSON ---- */

struct reader {
    const char *at, *end;
};

static bool next_is(const struct reader *reader, char c) {
    return reader->at < reader->end && *reader->at == c;
}

static bool take(struct reader *reader, char c) {
    bool is = next_is(reader, c);
    reader->at += is;
    return is;
}

static void pass_string(struct reader *reader) {
    for (reader->at++; reader->at < reader->end && *reader->at != '"'; reader->at++)
        reader->at += *reader->at == '\\' && reader->at + 1 < reader->end;
    reader->at += reader->at < reader->end;
}

/* Any value, whatever it holds: up to the comma or bracket behind it. */
static void pass_value(struct reader *reader) {
    int depth = 0;
    while (reader->at < reader->end) {
        char c = *reader->at;
        if (depth == 0 && (c == ',' || c == ']' || c == '}'))
            return;
        if (c == '"') {
            pass_string(reader);
            continue;
        }
        depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        reader->at++;
    }
}

static int hex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

/* A string without its quotes and escapes (\" \\ \u00xx are all there are), into a buffer of EVENT_JSON_MAX_BYTES. */
static bool read_text(struct reader *reader, char *buffer, struct view *ret_text) {
    const char *begin = reader->at + 1;
    size_t n = 0;
    if (!next_is(reader, '"'))
        return false;
    pass_string(reader);
    for (const char *at = begin; at + 1 < reader->at && n < EVENT_JSON_MAX_BYTES; at++) {
        bool escaped = *at == '\\', coded = escaped && at[1] == 'u' && reader->at - at > 6;
        at += escaped && !coded;
        buffer[n++] = coded ? (char)(hex(at[4]) << 4 | hex(at[5])) : *at;
        at += coded ? 5 : 0;
    }
    *ret_text = (struct view){buffer, n};
    return true;
}

/* A decimal number from 0 to 1 with at most four decimals, in 1/10,000. */
static bool read_share(struct view text, int *ret_share) {
    int share = 0, scale = CREDIT_WHOLE;
    bool fraction = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '.' && !fraction && i > 0) {
            fraction = true;
            continue;
        }
        scale = fraction ? scale / 10 : scale;
        if (c < '0' || c > '9' || scale == 0 || share > CREDIT_WHOLE)
            return false;
        share = fraction ? share + (c - '0') * scale : share * 10 + (c - '0') * CREDIT_WHOLE;
    }
    if (text.len == 0 || share > CREDIT_WHOLE)
        return false;
    *ret_share = share;
    return true;
}

struct participant {
    char buffer[EVENT_JSON_MAX_BYTES];
    struct view name; /* empty: not one */
    int share;        /* 0: none told */
};

static void read_member(struct reader *reader, struct participant *ret_participant) {
    char word[EVENT_JSON_MAX_BYTES];
    struct view key = {0};
    if (!read_text(reader, word, &key) || !take(reader, ':')) {
        pass_value(reader);
        return;
    }
    const char *begin = reader->at;
    if (view_equal(key, view_of("rep")) && read_text(reader, ret_participant->buffer, &ret_participant->name))
        return;
    pass_value(reader);
    if (view_equal(key, view_of("share")))
        read_share((struct view){begin, (size_t)(reader->at - begin)}, &ret_participant->share);
}

/* The reader may stand anywhere that is left of `participants`; false: nothing is left. */
static bool next_participant(struct reader *reader, struct participant *ret_participant) {
    ret_participant->name = (struct view){0};
    ret_participant->share = 0;
    while (reader->at < reader->end && (*reader->at == ',' || *reader->at == '[' || *reader->at == ']'))
        reader->at++;
    if (reader->at == reader->end)
        return false;
    if (read_text(reader, ret_participant->buffer, &ret_participant->name))
        return true;
    bool object = take(reader, '{');
    while (object && reader->at < reader->end && !take(reader, '}')) {
        read_member(reader, ret_participant);
        reader->at += reader->at < reader->end && *reader->at != '}';
    }
    if (!object)
        pass_value(reader);
    reader->at += !object && reader->at < reader->end;
    return true;
}

/* ---- whose it is ---- */

static struct view text_of(const struct event *event, const char *name) {
    const struct member *member = event_member(event, view_of(name));
    return member ? member->text : (struct view){0};
}

static int rep_of(const struct credit_names *names, const struct event *event, uint32_t subject, struct view name,
                  uint32_t *ret_rep) {
    if (!view_equal(name, event->subject))
        return names->rep(names->arg, name, ret_rep);
    *ret_rep = subject;
    return 0;
}

int credit_one(enum indicator_credit credit, const struct event *event, uint32_t subject,
               const struct credit_names *names, uint32_t *ret_rep) {
    struct view owner = credit == CREDIT_OWNER ? text_of(event, "owner") : (struct view){0};
    if (owner.len)
        return rep_of(names, event, subject, owner, ret_rep);
    *ret_rep = subject;
    return 0;
}

static int list_add(struct credit *list, int n, uint32_t rep, int share, bool by_share) {
    for (int i = 0; i < n; i++)
        if (list[i].rep == rep) {
            list[i].share += by_share ? share : 0;
            return n;
        }
    list[n] = (struct credit){rep, share};
    return n + 1;
}

static int list_participants(const struct event *event, uint32_t subject, const struct credit_names *names,
                             bool by_share, struct credit *list) {
    struct view text = text_of(event, "participants");
    struct reader reader = {text.at, text.at + text.len};
    struct participant one;
    int n = 0, total = 0;
    bool listed = false;
    for (int p = 0; p < CREDIT_PARTICIPANTS && next_participant(&reader, &one); p++) {
        uint32_t rep = REP_NONE;
        int err = one.name.len ? rep_of(names, event, subject, one.name, &rep) : 0;
        if (err)
            return err;
        int share = by_share ? one.share : CREDIT_WHOLE;
        listed = listed || (rep == subject && one.name.len);
        total += one.name.len ? share : 0;
        if (rep != REP_NONE && share)
            n = list_add(list, n, rep, share, by_share);
    }
    int rest = !by_share ? CREDIT_WHOLE : listed || total >= CREDIT_WHOLE ? 0 : CREDIT_WHOLE - total;
    return subject != REP_NONE && rest ? list_add(list, n, subject, rest, by_share) : n;
}

int credit_list(enum indicator_credit credit, const struct event *event, uint32_t subject,
                const struct credit_names *names, struct credit ret_list[CREDIT_MAX]) {
    if (credit == CREDIT_EACH || credit == CREDIT_SHARE)
        return list_participants(event, subject, names, credit == CREDIT_SHARE, ret_list);
    ret_list[0].share = CREDIT_WHOLE;
    int err = credit_one(credit, event, subject, names, &ret_list[0].rep);
    return err ? err : ret_list[0].rep != REP_NONE;
}
