/* json_quick.c - see json_quick.h. */
#include "json_quick.h"

#include "draft.h"

#include <endian.h>
#include <stdlib.h>

enum {
    NAME_BYTES = 16, /* with the quote behind it; longer ones are looked up in the core's tables */
    NAMES_MAX = 64,
    SLOTS = 256,
    UNKNOWN_MAX = 8, /* names of one object that aren't read, each of which must be there once */
    INTEGER_DIGITS_MAX = 18,
    DECIMAL_DIGITS_MAX = 17,
};

/* Sixteen bytes of a text, looked at together: gcc and clang make of it what the processor has. */
typedef uint8_t block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* The first bytes of a text of at most 16, as two words. */
struct words {
    uint64_t first, second;
};

/* A name and the quote behind it. */
struct name {
    struct words words, mask; /* all bits of the bytes that it has */
    size_t len;
};

/* The names that one object may have, and what was found by them. */
struct vocabulary {
    int n_names;
    struct name names[NAMES_MAX];
    uint8_t slots[SLOTS];          /* by a hash of the name: its number + 1; 0: none */
    uint8_t after[NAMES_MAX + 1];  /* what stood behind each name last time; at the end: first */
    int (*find)(struct view name); /* of whatever length */
    /* in the object at hand */
    uint64_t there; /* bit i: names[i] is */
    int last;       /* the name before */
    int n_unknown;
    struct view unknown[UNKNOWN_MAX];
    struct value values[NAMES_MAX], ignored;
};

struct json_quick {
    struct vocabulary attributes, members;
    uint64_t forms_json; /* bit i: member i is FORM_JSON */
    bool with_others;
    halves odd; /* top bits: a byte of some text was outside of 0x00 to 0x7E */
};

_Static_assert((int)ATTRIBUTES <= (int)NAMES_MAX && (int)MEMBER_IDS <= (int)NAMES_MAX,
               "a set of names is a uint64_t");

/* ---- bytes ---- */

/* From behind an opening quote to the closing one; NULL where something else comes first. */
static inline const char *text_end(struct json_quick *quick, const char *at) {
    for (;; at += sizeof(block)) {
        block bytes;
        memcpy(&bytes, at, sizeof bytes);
        quick->odd |= (halves)(bytes | (bytes + (uint8_t)1));
        halves stops =
            (halves)((bytes == (uint8_t)'"') | (bytes == (uint8_t)'\\') | (bytes < (uint8_t)0x20));
        if (stops[0] | stops[1]) {
            at += stops[0] ? __builtin_ctzll(le64toh(stops[0])) / 8
                           : 8 + __builtin_ctzll(le64toh(stops[1])) / 8;
            return *at == '"' ? at : NULL;
        }
    }
}

static inline uint64_t load_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* ---- names ---- */

static inline struct words words_at(const char *at, struct words mask) {
    return (struct words){load_word(at) & mask.first, load_word(at + 8) & mask.second};
}

static inline bool words_equal(struct words a, struct words b) {
    return ((a.first ^ b.first) | (a.second ^ b.second)) == 0;
}

static uint64_t mask_of_word(size_t len) {
    return len < 8 ? ~(~UINT64_C(0) << 8 * len) : ~UINT64_C(0);
}

static struct words mask_of(size_t len) {
    return (struct words){mask_of_word(len), mask_of_word(len < 8 ? 0 : len - 8)};
}

static inline unsigned slot_of(struct words words) {
    uint64_t hash =
        words.first * UINT64_C(0x9E3779B97F4A7C15) ^ words.second * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (unsigned)(hash >> 56);
}

/* The number of a name that stands in front of a quote, or -1. */
static int name_find(const struct vocabulary *names, struct view name) {
    if (name.len >= NAME_BYTES)
        return names->find(name);
    struct words words = words_at(name.at, mask_of(name.len + 1));
    for (unsigned slot = slot_of(words); names->slots[slot]; slot = (slot + 1) % SLOTS) {
        int i = names->slots[slot] - 1;
        if (words_equal(names->names[i].words, words))
            return i;
    }
    return -1;
}

static void name_add(struct vocabulary *names, struct view text) {
    char bytes[NAME_BYTES] = "";
    struct name *name = &names->names[names->n_names++];
    if (text.len >= NAME_BYTES)
        return;
    memcpy(bytes, text.at, text.len);
    bytes[text.len] = '"';
    *name = (struct name){.mask = mask_of(text.len + 1), .len = text.len};
    name->words = words_at(bytes, name->mask);
    unsigned slot = slot_of(name->words);
    while (names->slots[slot])
        slot = (slot + 1) % SLOTS;
    names->slots[slot] = (uint8_t)names->n_names;
}

/* NULL: it stands there twice, or there are too many. */
static struct value *unknown_place(struct vocabulary *names, struct view name) {
    for (int i = 0; i < names->n_unknown; i++)
        if (view_equal(names->unknown[i], name))
            return NULL;
    if (names->n_unknown == UNKNOWN_MAX)
        return NULL;
    names->unknown[names->n_unknown++] = name;
    return &names->ignored;
}

/* Where the value of a name goes; NULL: it stands there twice. */
static inline struct value *name_place(struct vocabulary *names, int i) {
    uint64_t bit = UINT64_C(1) << i;
    bool twice = names->there & bit;
    names->there |= bit;
    names->last = i;
    return twice ? NULL : &names->values[i];
}

static const char *read_other_name(struct json_quick *quick, struct vocabulary *names,
                                   const char *at, struct value **ret_place) {
    const char *end = text_end(quick, at);
    if (!end)
        return NULL;
    struct view text = {at, (size_t)(end - at)};
    int i = name_find(names, text);
    if (i >= 0 && text.len < NAME_BYTES)
        names->after[names->last] = (uint8_t)i;
    *ret_place = i < 0 ? unknown_place(names, text) : name_place(names, i);
    return end + 1;
}

/* From behind its opening quote to behind the closing one. Most often it is the name that stood
 * there last time. */
static inline const char *read_name(struct json_quick *quick, struct vocabulary *names,
                                    const char *at, struct value **ret_place) {
    int i = names->after[names->last];
    const struct name *name = &names->names[i];
    if (!words_equal(words_at(at, name->mask), name->words))
        return read_other_name(quick, names, at, ret_place);
    *ret_place = name_place(names, i);
    return at + name->len + 1;
}

/* ---- values: each returns the place behind it, or NULL for what isn't ordinary ---- */

static const char *skip_more_blanks(const char *at) {
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
        at++;
    return at;
}

static inline const char *skip_blanks(const char *at) {
    return (unsigned char)*at > ' ' ? at : skip_more_blanks(at);
}

static inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Behind the point; `digits` stand in front of it. */
static const char *read_fraction(const char *from, const char *at, ptrdiff_t digits,
                                 struct value *value) {
    const char *first = at;
    while (is_digit(*at))
        at++;
    if (at == first || digits + (at - first) > DECIMAL_DIGITS_MAX)
        return NULL;
    *value = (struct value){VALUE_DECIMAL, {from, (size_t)(at - from)}, 0};
    return at;
}

static const char *read_number(const char *from, struct value *value) {
    const char *at = from + (*from == '-'), *first = at;
    int64_t number = 0;
    for (; is_digit(*at) && at - first < INTEGER_DIGITS_MAX; at++)
        number = 10 * number + (*at - '0');
    ptrdiff_t digits = at - first;
    if (digits == 0 || (*first == '0' && digits > 1))
        return NULL;
    if (*at == '.')
        return read_fraction(from, at + 1, digits, value);
    *value = (struct value){VALUE_INTEGER, {0}, *from == '-' ? -number : number};
    return *at == 'e' || *at == 'E' ? NULL : at;
}

static const char *read_word(const char *at, struct value *value) {
    if (memcmp(at, "true", 4) == 0) {
        *value = (struct value){VALUE_BOOL, {0}, 1};
        return at + 4;
    }
    if (memcmp(at, "fals", 4) == 0 && at[4] == 'e') {
        *value = (struct value){VALUE_BOOL, {0}, 0};
        return at + 5;
    }
    *value = (struct value){VALUE_NULL, {0}, 0};
    return memcmp(at, "null", 4) == 0 ? at + 4 : NULL;
}

static inline const char *read_value(struct json_quick *quick, const char *at,
                                     struct value *value) {
    if (*at == '"') {
        const char *end = text_end(quick, ++at);
        if (!end)
            return NULL;
        value->kind = VALUE_STRING;
        value->text = (struct view){at, (size_t)(end - at)};
        return end + 1;
    }
    return *at == '-' || is_digit(*at) ? read_number(at, value) : read_word(at, value);
}

static const char *read_object(struct json_quick *quick, struct vocabulary *names, const char *at);

/* From the opening quote of a name to behind its value. Only `data` is an object. */
static inline const char *read_member(struct json_quick *quick, struct vocabulary *names,
                                      const char *at) {
    struct value *place;
    at = *at == '"' ? read_name(quick, names, at + 1, &place) : NULL;
    if (!at || !place)
        return NULL;
    at = skip_blanks(at);
    if (*at != ':')
        return NULL;
    at = skip_blanks(at + 1);
    if (*at != '{')
        return read_value(quick, at, place);
    if (place != &quick->attributes.values[ATTRIBUTE_DATA])
        return NULL;
    place->kind = VALUE_OBJECT;
    return read_object(quick, &quick->members, at + 1);
}

/* Behind the opening brace. */
static const char *read_object(struct json_quick *quick, struct vocabulary *names, const char *at) {
    names->there = 0;
    names->last = NAMES_MAX;
    names->n_unknown = 0;
    at = skip_blanks(at);
    if (*at == '}')
        return at + 1;
    for (;; at++) {
        at = read_member(quick, names, skip_blanks(at));
        if (!at)
            return NULL;
        at = skip_blanks(at);
        if (*at != ',')
            return *at == '}' ? at + 1 : NULL;
    }
}

/* ---- an event ---- */

const char *json_quick_gather(struct json_quick *quick, const char *at, bool *ret_ascii) {
    quick->members.there = 0;
    quick->odd = (halves){0};
    at = *at == '{' ? read_object(quick, &quick->attributes, at + 1) : NULL;
    *ret_ascii = !((quick->odd[0] | quick->odd[1]) & UINT64_C(0x8080808080808080));
    return at;
}

static bool judge_attributes(struct json_quick *quick, struct draft *draft) {
    for (uint64_t there = quick->attributes.there; there; there &= there - 1) {
        int which = __builtin_ctzll(there);
        if (draft_attribute(draft, (enum draft_attribute_id)which,
                            &quick->attributes.values[which]))
            return false;
    }
    return draft_close_attributes(draft) == PACE_OK;
}

/* Lists and objects in their canonical form are the other reader's; so is null in their place,
 * which nobody sends. */
static bool judge_members(struct json_quick *quick, struct draft *draft) {
    if (!draft->kind)
        return !quick->with_others;
    uint64_t there = quick->members.there & draft->kind->allowed;
    if (there & quick->forms_json)
        return false;
    for (; there; there &= there - 1) {
        int id = __builtin_ctzll(there);
        if (draft_member(draft, (enum member_id)id, &quick->members.values[id]))
            return false;
    }
    return true;
}

bool json_quick_judge(struct json_quick *quick, bool ascii, struct json_item *item) {
    struct draft draft;
    draft_begin(&draft, &item->event, item->reason);
    draft.plain = ascii;
    if (!judge_attributes(quick, &draft) || !judge_members(quick, &draft) || draft_close(&draft))
        return false;
    item->id = item->event.id;
    return true;
}

struct json_quick *json_quick_create(bool with_others) {
    struct json_quick *quick = calloc(1, sizeof *quick);
    if (!quick)
        return NULL;
    quick->with_others = with_others;
    quick->attributes.find = draft_attribute_find;
    quick->members.find = member_find;
    for (int i = 0; i < ATTRIBUTES; i++)
        name_add(&quick->attributes, view_of(draft_attribute_name((enum draft_attribute_id)i)));
    for (int i = 0; i < MEMBER_IDS; i++) {
        name_add(&quick->members, view_of(member_table[i].name));
        quick->forms_json |= (uint64_t)(member_table[i].form == FORM_JSON) << i;
    }
    return quick;
}

void json_quick_destroy(struct json_quick **quick) {
    free(*quick);
    *quick = NULL;
}
