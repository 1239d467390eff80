#include "credit.h"

#include "canonical.h"
#include "people.h"

/* ---- participants ---- */

struct participant {
    char buffer[EVENT_JSON_MAX_BYTES];
    struct view name; /* empty: not one */
    int share;        /* 0: none told, or not from 0 to 1 */
};

static int share_read(struct view value) {
    int64_t share;
    return canonical_number(value, &share) && share >= 0 && share <= CREDIT_WHOLE ? (int)share : 0;
}

/* A plain name, or an object with a name and perhaps a share. */
static void participant_read(struct view value, struct participant *ret) {
    struct canonical_walk members = canonical_begin(value);
    struct view key;
    ret->name = (struct view){0};
    ret->share = 0;
    if (!members.object) {
        canonical_text(value, ret->buffer, sizeof ret->buffer, &ret->name);
        return;
    }
    while (canonical_next(&members, &key, &value)) {
        if (canonical_is(key, view_of("rep")))
            canonical_text(value, ret->buffer, sizeof ret->buffer, &ret->name);
        if (canonical_is(key, view_of("share")))
            ret->share = share_read(value);
    }
}

/* ---- whose it is ---- */

static struct view text_of(const struct event *event, const char *name) {
    const struct member *member = event_member(event, view_of(name));
    return member ? member->text : (struct view){0};
}

static int rep_of(const struct credit_names *names, const struct event *event, uint32_t subject,
                  struct view name, uint32_t *ret_rep) {
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

static int list_participants(const struct event *event, uint32_t subject,
                             const struct credit_names *names, bool by_share, struct credit *list) {
    struct view text = text_of(event, "participants"), key, value;
    struct canonical_walk walk = canonical_begin(text);
    if (walk.object) /* one alone */
        walk = (struct canonical_walk){text.at, text.at + text.len, false};
    struct participant one;
    int n = 0, total = 0;
    bool listed = false;
    for (int p = 0; p < CREDIT_PARTICIPANTS && canonical_next(&walk, &key, &value); p++) {
        uint32_t rep = REP_NONE;
        participant_read(value, &one);
        int err = one.name.len ? rep_of(names, event, subject, one.name, &rep) : 0;
        if (err)
            return err;
        int share = by_share ? one.share : CREDIT_WHOLE;
        listed = listed || (rep == subject && one.name.len);
        total += one.name.len ? share : 0;
        if (rep != REP_NONE && share)
            n = list_add(list, n, rep, share, by_share);
    }
    int rest = !by_share                         ? CREDIT_WHOLE
               : listed || total >= CREDIT_WHOLE ? 0
                                                 : CREDIT_WHOLE - total;
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
