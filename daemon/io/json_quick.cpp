/* json_quick.cpp - see json_quick.hpp. */
#include "json_quick.hpp"

#include <cstring>
#include <endian.h>
#include <new>

using std::string_view;

/* ---- names ---- */

namespace {

uint64_t load_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

uint64_t mask_of_word(size_t len) {
    return len < 8 ? ~(~UINT64_C(0) << 8 * len) : ~UINT64_C(0);
}

constexpr size_t name_bytes = 16; /* with the quote behind it */

bool has_escape(const char *text, size_t len) {
    return memchr(text, '\\', len);
}

} // namespace

inline json_vocabulary::two_words json_vocabulary::words_at(const char *at, two_words mask) {
    return {load_word(at) & mask.first, load_word(at + 8) & mask.second};
}

json_vocabulary::two_words json_vocabulary::mask_of(size_t len) {
    return {mask_of_word(len), mask_of_word(len < 8 ? 0 : len - 8)};
}

inline bool json_vocabulary::equal(two_words a, two_words b) {
    return ((a.first ^ b.first) | (a.second ^ b.second)) == 0;
}

inline unsigned json_vocabulary::slot_of(two_words text) {
    uint64_t hash =
        text.first * UINT64_C(0x9E3779B97F4A7C15) ^ text.second * UINT64_C(0xC2B2AE3D27D4EB4F);
    return static_cast<unsigned>(hash >> 56);
}

void json_vocabulary::add(view name) {
    char bytes[name_bytes] = "";
    short_name &added = names_[n_names_++];
    if (name.len >= name_bytes)
        return;
    memcpy(bytes, name.at, name.len);
    bytes[name.len] = '"';
    added.mask = mask_of(name.len + 1);
    added.text = words_at(bytes, added.mask);
    added.len = name.len;
    unsigned slot = slot_of(added.text);
    while (slots_[slot])
        slot = (slot + 1) % slots;
    slots_[slot] = static_cast<uint8_t>(n_names_);
}

void json_vocabulary::begin() {
    there_ = 0;
    last_ = names_max;
    n_unknown_ = 0;
}

/* The number of a name that stands in front of a quote, or -1. */
int json_vocabulary::look_up(view name) const {
    if (name.len >= name_bytes)
        return find_(name);
    two_words text = words_at(name.at, mask_of(name.len + 1));
    for (unsigned slot = slot_of(text); slots_[slot]; slot = (slot + 1) % slots)
        if (equal(names_[slots_[slot] - 1].text, text))
            return slots_[slot] - 1;
    return -1;
}

inline value *json_vocabulary::known(int i) {
    uint64_t bit = UINT64_C(1) << i;
    bool twice = there_ & bit;
    there_ |= bit;
    last_ = i;
    return twice ? nullptr : &values_[i];
}

value *json_vocabulary::unknown(view name) {
    for (int i = 0; i < n_unknown_; i++)
        if (view_equal(unknown_[i], name))
            return nullptr;
    if (n_unknown_ == unknown_max || has_escape(name.at, name.len))
        return nullptr;
    unknown_[n_unknown_++] = name;
    return &ignored_;
}

value *json_vocabulary::place(const char *at) {
    int i = after_[last_];
    const short_name &expected = names_[i];
    if (expected.len && equal(words_at(at, expected.mask), expected.text))
        return known(i);
    auto *end = static_cast<const char *>(rawmemchr(at, '"'));
    view name = {at, static_cast<size_t>(end - at)};
    i = look_up(name);
    if (i >= 0 && name.len < name_bytes)
        after_[last_] = static_cast<uint8_t>(i);
    return i < 0 ? unknown(name) : known(i);
}

/* ---- values ---- */

namespace {

string_view trim_end(string_view token) {
    while (token.size() > 1 && static_cast<unsigned char>(token.back()) <= ' ')
        token.remove_suffix(1);
    return token;
}

/* Fills what the token says, unless it is a text; the parser has to find it valid yet. */
bool read_token(string_view token, value &place) {
    switch (token.front()) {
    case 't':
    case 'f':
        place = {VALUE_BOOL, {}, token.front() == 't'};
        return true;
    case 'n':
        place = {VALUE_NULL, {}, 0};
        return true;
    default:
        place = {VALUE_DECIMAL, {token.data(), token.size()}, 0};
        return token.find_first_of("eE") == token.npos;
    }
}

/* The parser's own word for it, which moves it on. */
bool check(simdjson::ondemand::value &from, value &place) {
    bool truth;
    double number;
    switch (place.kind) {
    case VALUE_BOOL:
        return !from.get_bool().get(truth);
    case VALUE_NULL:
        return !from.is_null().get(truth) && truth;
    default:
        break;
    }
    if (memchr(place.text.at, '.', place.text.len))
        return !from.get_double().get(number);
    place.kind = VALUE_INTEGER;
    return !from.get_int64().get(place.integer);
}

} // namespace

/* Written anew it is never longer. */
bool json_quick::unescape(simdjson::ondemand::raw_json_string raw, view &ret_text) {
    string_view text;
    if (parser_.unescape(raw, texts_end_).get(text))
        return false;
    ret_text = {text.data(), text.size()};
    return true;
}

inline bool json_quick::read_text(simdjson::ondemand::value &from, string_view token, value &place) {
    simdjson::ondemand::raw_json_string raw;
    place.kind = VALUE_STRING;
    place.text = {token.data() + 1, token.size() - 2};
    if (from.get_raw_json_string().get(raw))
        return false;
    return !escapes_here_ || !has_escape(place.text.at, place.text.len) || unescape(raw, place.text);
}

/* Only `data` is an object. */
inline bool json_quick::read_value(simdjson::ondemand::value &from, value *place) {
    string_view token = trim_end(from.raw_json_token());
    if (token.front() == '"')
        return read_text(from, token, *place);
    if (token.front() != '{')
        return read_token(token, *place) && check(from, *place);
    on_object data;
    if (!attributes_.is_place(place, ATTRIBUTE_DATA) || from.get_object().get(data))
        return false;
    place->kind = VALUE_OBJECT;
    return read_object(data, members_);
}

bool json_quick::read_object(on_object object, json_vocabulary &names) {
    names.begin();
    for (auto found : object) {
        simdjson::ondemand::field field;
        if (std::move(found).get(field))
            return false;
        value *place = names.place(field.key().raw());
        if (!place || !read_value(field.value(), place))
            return false;
    }
    return true;
}

/* ---- an event ---- */

bool json_quick::judge_attributes(draft &draft) const {
    for (uint64_t there = attributes_.there(); there; there &= there - 1) {
        int which = __builtin_ctzll(there);
        if (draft_attribute(&draft, static_cast<draft_attribute_id>(which), &attributes_.at(which)))
            return false;
    }
    return draft_close_attributes(&draft) == PACE_OK;
}

/* Lists and objects in their canonical form are the other reader's; so is null in their place,
 * which nobody sends. */
bool json_quick::judge_members(draft &draft) const {
    if (!draft.kind)
        return !with_others_;
    uint64_t there = members_.there() & draft.kind->allowed;
    if (there & forms_json_)
        return false;
    for (; there; there &= there - 1) {
        int id = __builtin_ctzll(there);
        if (draft_member(&draft, static_cast<member_id>(id), &members_.at(id)))
            return false;
    }
    return true;
}

bool json_quick::judge(json_item &item) const {
    draft draft;
    draft_begin(&draft, &item.event, item.reason);
    draft.plain = plain_;
    if (!judge_attributes(draft) || !judge_members(draft) || draft_close(&draft))
        return false;
    item.id = item.event.id;
    return true;
}

/* Without a backslash a text is what it looks like, and as json_event's is_plain says, two bytes
 * are all that could be in a control character then. */
static bool is_doubtful(const char *text, size_t len) {
    return memchr(text, 0x7F, len) || memchr(text, 0xC2, len);
}

void json_quick::begin(const char *text, size_t len) {
    escapes_ = has_escape(text, len);
    doubtful_ = is_doubtful(text, len);
    texts_end_ = texts_.get();
}

bool json_quick::open(const char *text, size_t len, on_document &ret_document) {
    escapes_here_ = escapes_ && has_escape(text, len);
    plain_ = !escapes_here_ && !(doubtful_ && is_doubtful(text, len));
    return !parser_.iterate(text, len, len + simdjson::SIMDJSON_PADDING).get(ret_document);
}

bool json_quick::read(const char *text, size_t len, json_item &item) {
    on_document document;
    on_object event;
    return open(text, len, document) && !document.get_object().get(event) && gather(event) &&
           ended(document) && judge(item);
}

bool json_quick::reserve(size_t len) {
    std::unique_ptr<uint8_t[]> texts(new (std::nothrow) uint8_t[len + simdjson::SIMDJSON_PADDING]);
    if (!texts || parser_.allocate(len, 8))
        return false;
    texts_ = std::move(texts);
    return true;
}

json_quick::json_quick() : attributes_(draft_attribute_find), members_(member_find) {
    for (int i = 0; i < ATTRIBUTES; i++)
        attributes_.add(view_of(draft_attribute_name(static_cast<draft_attribute_id>(i))));
    for (int i = 0; i < MEMBER_IDS; i++) {
        members_.add(view_of(member_table[i].name));
        forms_json_ |= static_cast<uint64_t>(member_table[i].form == FORM_JSON) << i;
    }
}
