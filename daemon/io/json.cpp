/*
 * json.cpp - events out of a body, by simdjson's DOM.
 *
 * The body is copied once in front of padding, then each line is parsed where it lies: what simdjson reads
 * beyond a line is the next line, or padding. Strings go from the parser's buffer, which the next parse
 * reuses, into one arena. All that a body of the wire's size needs is allocated at creation.
 */
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>

#include "json_canonical.hpp"

extern "C" {
#include "draft.h"
#include "json.h"
#include "json_text.h"
}

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

constexpr size_t body_max_bytes = size_t{64} << 20;
constexpr size_t event_max_bytes = PACE_WIRE_BATCH_MAX_BYTES;
constexpr size_t depth_max = 64;
constexpr size_t few_names = 16;
/* Text doesn't grow when it is unescaped, but "9e14," is 900000000000000, in canonical JSON. */
constexpr size_t arena_factor = 4;

static_assert(int{JSON_REASON_SIZE} == int{DRAFT_REASON_SIZE});

struct found {
    element value;
    size_t index; /* its position in its object, by which its text is found */
    bool there;
};

view view_from(std::string_view text) {
    return {text.data(), text.size()};
}

/* 64-bit integers with sign are exact in the DOM; of everything else the text is needed. */
bool needs_digits(element value) {
    return value.is_double() || value.is_uint64();
}

template <typename T> std::unique_ptr<T[]> allocate(size_t n) {
    return std::unique_ptr<T[]>(new (std::nothrow) T[n]);
}

/* By value: what value_unsafe() returns dies with the expression, and a range-for would go on with it. */
object as_object(element value) {
    return value.get_object().value_unsafe();
}

simdjson::dom::array as_list(element value) {
    return value.get_array().value_unsafe();
}

bool view_less(view a, view b) {
    return view_compare(a, b) < 0;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

view trim(view text) {
    while (text.len && is_blank(text.at[0]))
        text = {text.at + 1, text.len - 1};
    while (text.len && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* Both refuse the whole body. Bodies of the wire's size never need memory. */
enum pace_code refuse_count(char *reason, size_t max_events) {
    return draft_refuse(reason, PACE_TOO_MANY, "the batch has more than %zu events", max_events);
}

enum pace_code refuse_memory(char *reason, size_t len) {
    return draft_refuse(reason, PACE_TOO_LARGE, "there is no memory for a batch of %zu bytes", len);
}

/* Whole sentences for what simdjson says in codes. Bad UTF-8 is told apart before. */
const char *parse_problem(simdjson::error_code error) {
    switch (error) {
    case simdjson::DEPTH_ERROR:
        return "it is nested deeper than 64 levels";
    case simdjson::STRING_ERROR:
        return "a string has an escape that JSON doesn't know, or half of a surrogate pair";
    case simdjson::UNESCAPED_CHARS:
        return "a string holds a control character that isn't escaped";
    case simdjson::UNCLOSED_STRING:
        return "a string isn't closed";
    case simdjson::NUMBER_ERROR:
        return "a number isn't written as JSON writes numbers";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
        return "there is a word other than true, false and null";
    default:
        return "a comma, colon, quote, bracket or brace is missing or too many";
    }
}

} // namespace

struct json_decoder {
    simdjson::dom::parser parser;
    std::unique_ptr<char[]> body, arena;
    std::unique_ptr<std::string_view[]> names; /* of one large object: doubles are found by sorting */
    std::unique_ptr<view[]> wanted;            /* sorted */
    std::unique_ptr<found[]> wanted_found;     /* in the data at hand, parallel to wanted */
    std::unique_ptr<json_item[]> items;
    size_t n_wanted = 0, capacity = 0, items_capacity = 0, arena_used = 0, n_items = 0;

    bool reserve(size_t len);
    bool reserve_items(size_t n);
    view keep(std::string_view text);
    simdjson::error_code parse(char *text, size_t len, element &ret_root);
    bool find_double(object members, std::string_view &ret_name);
    bool names_unique(element value, json_item &item);
    enum pace_code read_value(const found &from, view container, const member_kind *kind, char *reason,
                              value &ret_value);
    enum pace_code read_listed(draft &draft, object data, view root_text, size_t data_index);
    enum pace_code read_others(draft &draft, object data, view root_text, size_t data_index);
    enum pace_code read_event(element root, json_item &item);
    json_item *next_item(view raw);
    void decode_element(element root, json_item &item);
    void decode_line(char *line, json_item &item);
    enum pace_code decode_lines(view text, size_t max_events, char *reason);
    enum pace_code decode_list(view text, size_t max_events, char *reason);
};

bool json_decoder::reserve(size_t len) {
    if (len <= capacity)
        return true;
    auto new_body = allocate<char>(len + simdjson::SIMDJSON_PADDING);
    auto new_arena = allocate<char>(len * arena_factor);
    auto new_names = allocate<std::string_view>(len / 4); /* `"":0,` is the least that a member takes */
    if (!new_body || !new_arena || !new_names || parser.allocate(len, depth_max))
        return false;
    body = std::move(new_body);
    arena = std::move(new_arena);
    names = std::move(new_names);
    capacity = len;
    return true;
}

bool json_decoder::reserve_items(size_t n) {
    if (n <= items_capacity)
        return true;
    size_t grown = std::max<size_t>({n, items_capacity * 2, PACE_WIRE_BATCH_MAX_EVENTS});
    auto new_items = allocate<json_item>(grown);
    if (!new_items)
        return false;
    std::copy_n(items.get(), n_items, new_items.get());
    items = std::move(new_items);
    items_capacity = grown;
    return true;
}

view json_decoder::keep(std::string_view text) {
    char *at = std::copy_n(text.data(), text.size(), arena.get() + arena_used);
    arena_used += text.size();
    return {at - text.size(), text.size()};
}

simdjson::error_code json_decoder::parse(char *text, size_t len, element &ret_root) {
    auto *bytes = reinterpret_cast<const uint8_t *>(text);
    simdjson::error_code error = parser.parse(bytes, len, false).get(ret_root);
    if (error == simdjson::NUMBER_ERROR && json_text_tame_numbers(text, len))
        error = parser.parse(bytes, len, false).get(ret_root);
    /* Which error simdjson sees first depends on the processor. */
    return error && !simdjson::validate_utf8(text, len) ? simdjson::UTF8_ERROR : error;
}

bool json_decoder::find_double(object members, std::string_view &ret_name) {
    std::array<std::string_view, few_names> few;
    size_t n = 0;
    uint64_t seen = 0;
    bool many = members.size() > few_names;
    for (auto [name, unused] : members) {
        if (many) {
            names[n++] = name;
            continue;
        }
        /* Most names differ in this already; only where they don't are they compared. */
        size_t mark = name.size() + (name.empty() ? 0 : name.front() * 7u + name.back() * 31u);
        bool suspect = seen >> mark % 64 & 1;
        if (suspect && std::find(few.begin(), few.begin() + n, name) != few.begin() + n) {
            ret_name = name;
            return true;
        }
        seen |= uint64_t{1} << mark % 64;
        few[n++] = name;
    }
    if (!many)
        return false;
    std::sort(names.get(), names.get() + n);
    auto *twin = std::adjacent_find(names.get(), names.get() + n);
    if (twin == names.get() + n)
        return false;
    ret_name = *twin;
    return true;
}

bool json_decoder::names_unique(element value, json_item &item) {
    if (value.is_array()) {
        for (element member : as_list(value)) {
            if (!names_unique(member, item))
                return false;
        }
        return true;
    }
    if (!value.is_object())
        return true;
    object members = as_object(value);
    std::string_view name;
    if (find_double(members, name)) {
        char excerpt[EXCERPT_SIZE];
        item.code = draft_refuse(item.reason, PACE_BAD_JSON, "the name %s stands twice in one object",
                                 draft_excerpt(view_from(name), excerpt));
        return false;
    }
    for (auto [unused, member] : members) {
        if (!names_unique(member, item))
            return false;
    }
    return true;
}

/* `container` is the text of the object that the value is a member of; `kind` the member's, NULL for none. */
enum pace_code json_decoder::read_value(const found &from, view container, const member_kind *kind,
                                        char *reason, value &ret_value) {
    element_type type = from.value.type();
    ret_value = {};
    if (kind && kind->form == FORM_JSON && type != element_type::NULL_VALUE) {
        json_canonical canonical(kind->keys);
        if (const char *wrong = canonical.write(from.value))
            return draft_refuse(reason, PACE_BAD_ATTRIBUTE, "data.%s %s", kind->name, wrong);
        ret_value = {VALUE_LIST, {canonical.text(), canonical.len()}, 0};
        if (canonical.len() <= EVENT_JSON_MAX_BYTES)
            ret_value.text = keep({canonical.text(), canonical.len()});
        return PACE_OK;
    }
    switch (type) {
    case element_type::STRING:
        ret_value = {VALUE_STRING, keep(from.value.get_string().value_unsafe()), 0};
        break;
    case element_type::INT64:
        ret_value = {VALUE_INTEGER, {}, from.value.get_int64().value_unsafe()};
        break;
    case element_type::UINT64:
    case element_type::DOUBLE:
        ret_value = {VALUE_DECIMAL, json_text_value(container, from.index), 0};
        break;
    case element_type::BOOL:
        ret_value = {VALUE_BOOL, {}, from.value.get_bool().value_unsafe()};
        break;
    case element_type::NULL_VALUE:
        ret_value.kind = VALUE_NULL;
        break;
    default:
        ret_value.kind = type == element_type::ARRAY ? VALUE_LIST : VALUE_OBJECT;
    }
    return PACE_OK;
}

/* Members are judged in the order of their ids, however the peer ordered them. */
enum pace_code json_decoder::read_listed(draft &draft, object data, view root_text, size_t data_index) {
    std::array<found, MEMBER_IDS> members;
    uint64_t there = 0;
    size_t index = 0;
    bool digits = false;
    for (auto [name, member] : data) {
        int id = member_find(view_from(name));
        if (id >= 0 && draft.kind->allowed >> id & 1) {
            members[id] = {member, index, true};
            there |= uint64_t{1} << id;
            digits |= needs_digits(member);
        }
        index++;
    }
    view data_text = digits ? json_text_value(root_text, data_index) : view{};
    for (int id = 0; id < MEMBER_IDS; id++) {
        if (!(there >> id & 1))
            continue;
        struct value value;
        enum pace_code code = read_value(members[id], data_text, &member_table[id], draft.reason, value);
        if (!code)
            code = draft_member(&draft, static_cast<member_id>(id), &value);
        if (code)
            return code;
    }
    return PACE_OK;
}

/* The same for a type that DOMAIN doesn't list: members that the config names, in the order of their names. */
enum pace_code json_decoder::read_others(draft &draft, object data, view root_text, size_t data_index) {
    view *end = wanted.get() + n_wanted;
    size_t index = 0;
    bool digits = false;
    for (size_t i = 0; i < n_wanted; i++)
        wanted_found[i].there = false;
    for (auto [name, member] : data) {
        view *at = std::lower_bound(wanted.get(), end, view_from(name), view_less);
        if (at != end && view_equal(*at, view_from(name))) {
            wanted_found[at - wanted.get()] = {member, index, true};
            digits |= needs_digits(member);
        }
        index++;
    }
    view data_text = digits ? json_text_value(root_text, data_index) : view{};
    for (size_t i = 0; i < n_wanted; i++) {
        struct value value;
        if (wanted_found[i].there && !read_value(wanted_found[i], data_text, nullptr, draft.reason, value))
            draft_other(&draft, wanted[i], &value);
    }
    return PACE_OK;
}

enum pace_code json_decoder::read_event(element root, json_item &item) {
    std::array<found, ATTRIBUTES> attributes;
    uint32_t there = 0;
    size_t index = 0;
    draft draft;
    draft_begin(&draft, &item.event, item.reason);
    for (auto [name, value] : as_object(root)) {
        int which = draft_attribute_find(view_from(name));
        if (which >= 0) {
            attributes[which] = {value, index, true};
            there |= uint32_t{1} << which;
        }
        index++;
    }
    for (int which = 0; which < ATTRIBUTES; which++) {
        if (!(there >> which & 1))
            continue;
        struct value value;
        enum pace_code code = read_value(attributes[which], item.raw, nullptr, item.reason, value);
        if (!code)
            code = draft_attribute(&draft, static_cast<draft_attribute_id>(which), &value);
        item.id = item.event.id;
        if (code)
            return code;
    }
    if (enum pace_code code = draft_close_attributes(&draft))
        return code;
    object data;
    bool has_data = there >> ATTRIBUTE_DATA & 1 && !attributes[ATTRIBUTE_DATA].value.get(data);
    if (has_data) {
        auto read = draft.kind ? &json_decoder::read_listed : &json_decoder::read_others;
        if (enum pace_code code = (this->*read)(draft, data, item.raw, attributes[ATTRIBUTE_DATA].index))
            return code;
    }
    return draft_close(&draft);
}

/* NULL when out of memory. `raw` lies in the caller's body. */
json_item *json_decoder::next_item(view raw) {
    if (!reserve_items(n_items + 1))
        return nullptr;
    json_item *item = &items[n_items++];
    item->code = PACE_OK;
    item->reason[0] = '\0';
    item->id = {nullptr, 0};
    item->raw = raw;
    item->event.n_members = 0;
    if (raw.len > event_max_bytes)
        item->code = draft_refuse(item->reason, PACE_TOO_LARGE, "the event is %zu bytes long, at most %zu are allowed",
                                  raw.len, event_max_bytes);
    return item;
}

void json_decoder::decode_element(element root, json_item &item) {
    if (!root.is_object())
        item.code = draft_refuse(item.reason, PACE_BAD_JSON, "an event is a JSON object; this is something else");
    else if (names_unique(root, item))
        item.code = read_event(root, item);
}

void json_decoder::decode_line(char *line, json_item &item) {
    element root;
    simdjson::error_code error = parse(line, item.raw.len, root);
    if (!error)
        decode_element(root, item);
    else if (error == simdjson::UTF8_ERROR)
        item.code = draft_refuse(item.reason, PACE_BAD_UTF8, "the line isn't valid UTF-8");
    else
        item.code = draft_refuse(item.reason, PACE_BAD_JSON, "the line isn't valid JSON: %s", parse_problem(error));
}

enum pace_code json_decoder::decode_lines(view text, size_t max_events, char *reason) {
    const char *end = text.at + text.len;
    for (const char *line = text.at; line < end;) {
        auto *line_end = static_cast<const char *>(memchr(line, '\n', end - line));
        const char *next = line_end ? line_end + 1 : end;
        view raw = trim({line, static_cast<size_t>((line_end ? line_end : end) - line)});
        line = next;
        if (raw.len == 0)
            continue;
        if (n_items == max_events)
            return refuse_count(reason, max_events);
        json_item *item = next_item(raw);
        if (!item)
            return refuse_memory(reason, text.len);
        if (!item->code)
            decode_line(body.get() + (raw.at - text.at), *item);
    }
    return PACE_OK;
}

enum pace_code json_decoder::decode_list(view text, size_t max_events, char *reason) {
    element root;
    simdjson::error_code error = parse(body.get(), text.len, root);
    if (error == simdjson::UTF8_ERROR)
        return draft_refuse(reason, PACE_BAD_UTF8, "the batch isn't valid UTF-8");
    if (error)
        return draft_refuse(reason, PACE_BAD_JSON, "the batch isn't a valid JSON list: %s", parse_problem(error));
    json_walk walk = json_walk_begin(text);
    view raw;
    for (element member : as_list(root)) {
        if (n_items == max_events)
            return refuse_count(reason, max_events);
        json_item *item = json_walk_next(&walk, &raw) ? next_item(raw) : nullptr;
        if (!item)
            return refuse_memory(reason, text.len);
        if (!item->code)
            decode_element(member, *item);
    }
    return PACE_OK;
}

extern "C" struct json_decoder *json_decoder_create(const struct json_wanted *wanted) {
    std::unique_ptr<json_decoder> decoder(new (std::nothrow) json_decoder);
    size_t n = wanted ? wanted->n_names : 0;
    if (!decoder || !decoder->reserve(PACE_WIRE_BATCH_MAX_BYTES) ||
        !decoder->reserve_items(PACE_WIRE_BATCH_MAX_EVENTS))
        return nullptr;
    decoder->wanted = allocate<view>(n);
    decoder->wanted_found = allocate<found>(n);
    if (!decoder->wanted || !decoder->wanted_found)
        return nullptr;
    view *names = decoder->wanted.get();
    for (size_t i = 0; i < n; i++)
        names[i] = view_of(wanted->names[i]);
    std::sort(names, names + n, view_less);
    decoder->n_wanted = std::unique(names, names + n, view_equal) - names;
    return decoder.release();
}

extern "C" void json_decoder_destroy(struct json_decoder **decoder) {
    if (!decoder)
        return;
    delete *decoder;
    *decoder = nullptr;
}

extern "C" enum pace_code json_decode(struct json_decoder *decoder, const char *body, size_t len, size_t max_events,
                                      struct json_batch *ret_batch, char *reason) {
    static const char mark[] = "\xEF\xBB\xBF"; /* Windows programs begin a file with it; RFC 8259 lets us pass over it */
    decoder->n_items = decoder->arena_used = 0;
    if (len > body_max_bytes)
        return draft_refuse(reason, PACE_TOO_LARGE, "the batch is %zu bytes long, at most %zu are allowed", len,
                            body_max_bytes);
    bool marked = len >= 3 && memcmp(body, mark, 3) == 0;
    view text = trim({body + (marked ? 3 : 0), len - (marked ? 3 : 0)});
    if (!decoder->reserve(text.len))
        return refuse_memory(reason, len);
    char *copied = std::copy_n(text.at, text.len, decoder->body.get());
    std::fill_n(copied, simdjson::SIMDJSON_PADDING, ' ');
    bool list = text.len && text.at[0] == '[';
    enum pace_code code = list ? decoder->decode_list(text, max_events, reason)
                               : decoder->decode_lines(text, max_events, reason);
    if (code)
        return code;
    *ret_batch = {decoder->n_items, decoder->items.get()};
    return PACE_OK;
}
