/* json_event.cpp - one event out of one DOM element. */
#include "json_event.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "json_canonical.hpp"

extern "C" {
#include "json_text.h"
}

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

constexpr size_t few_names = 16;
/* Text doesn't grow when it is unescaped, but "9e14," is 900000000000000, in canonical JSON. */
constexpr size_t arena_factor = 4;

/* By value: what value_unsafe() returns dies with the expression, and a range-for would go on with
 * it. */
object as_object(element value) {
    return value.get_object().value_unsafe();
}

view view_from(std::string_view text) {
    return {text.data(), text.size()};
}

bool view_less(view a, view b) {
    return view_compare(a, b) < 0;
}

bool is_nested(element value) {
    element_type type = value.type();
    return type == element_type::OBJECT || type == element_type::ARRAY;
}

/* Integers of 64 bits with sign are exact in the DOM; of all other numbers the text is needed. */
bool needs_digits(element value) {
    element_type type = value.type();
    return type == element_type::DOUBLE || type == element_type::UINT64;
}

} // namespace

bool json_event_reader::want(const json_wanted *wanted) {
    size_t n = wanted ? wanted->n_names : 0;
    wanted_ = json_allocate<view>(n);
    wanted_found_ = json_allocate<found>(n);
    if (!wanted_ || !wanted_found_)
        return false;
    for (size_t i = 0; i < n; i++)
        wanted_[i] = view_of(wanted->names[i]);
    std::sort(wanted_.get(), wanted_.get() + n, view_less);
    n_wanted_ = std::unique(wanted_.get(), wanted_.get() + n, view_equal) - wanted_.get();
    return true;
}

bool json_event_reader::reserve(size_t body_len) {
    auto arena = json_allocate<char>(body_len * arena_factor);
    auto names =
        json_allocate<view>(body_len / 4 + 1); /* `"":0` is the least that a member takes */
    if (!arena || !names)
        return false;
    arena_ = std::move(arena);
    names_ = std::move(names);
    return true;
}

view json_event_reader::keep(std::string_view text) {
    char *at = arena_.get() + arena_used_;
    std::copy_n(text.data(), text.size(), at);
    arena_used_ += text.size();
    return {at, text.size()};
}

/* One of 64 marks. All names of attributes have different ones, and so have those of each usual
 * type. */
static unsigned mark_of(std::string_view name) {
    if (name.empty())
        return 0;
    auto middle = static_cast<unsigned char>(name[name.size() / 2]);
    auto last = static_cast<unsigned char>(name.back());
    return (name.size() + middle * 2u + last * 37u) % 64;
}

/*
 * Shows each member to `each`, then says whether a name stands there twice, and whether any member
 * is an object or a list, in which there may be doubles too.
 */
template <typename Each>
bool json_event_reader::find_double(object members, view &ret_name, bool &ret_nested, Each each) {
    std::array<view, few_names> few;
    view *names = members.size() > few_names ? names_.get() : few.data();
    size_t n = 0;
    uint64_t seen = 0;
    bool suspect = false;
    ret_nested = false;
    for (auto [name, value] : members) {
        unsigned mark = mark_of(name);
        suspect |= seen >> mark & 1; /* only where two marks are the same are names compared */
        seen |= uint64_t{1} << mark;
        ret_nested |= is_nested(value);
        names[n] = view_from(name);
        each(names[n], found{value, n, true});
        n++;
    }
    if (!suspect)
        return false;
    std::sort(names, names + n, view_less);
    auto *twin = std::adjacent_find(names, names + n, view_equal);
    if (twin == names + n)
        return false;
    ret_name = *twin;
    return true;
}

/* One object without those below it. */
template <typename Each>
bool json_event_reader::members_unique(object members, json_item &item, bool &ret_nested,
                                       Each each) {
    view name;
    if (!find_double(members, name, ret_nested, each))
        return true;
    char excerpt[EXCERPT_SIZE];
    item.code = draft_refuse(item.reason, PACE_BAD_JSON, "the name %s stands twice in one object",
                             draft_excerpt(name, excerpt));
    return false;
}

/* What is below an object or in a list, as deep as the parser let it nest. */
bool json_event_reader::names_below_unique(object members, json_item &item) {
    for (auto [unused, member] : members) {
        if (is_nested(member) && !names_unique(member, item))
            return false;
    }
    return true;
}

bool json_event_reader::names_unique(element root, json_item &item) {
    if (root.type() == element_type::ARRAY) {
        simdjson::dom::array list = root.get_array().value_unsafe();
        for (element member : list) {
            if (!names_unique(member, item))
                return false;
        }
        return true;
    }
    if (root.type() != element_type::OBJECT)
        return true;
    bool nested;
    object members = as_object(root);
    return members_unique(members, item, nested, [](view, const found &) {}) &&
           (!nested || names_below_unique(members, item));
}

/* Members of the table, whatever the type may have; it isn't known yet. */
bool json_event_reader::gather_data(object data, json_item &item) {
    bool nested;
    auto gather = [this](view name, const found &from) {
        int id = member_find(name);
        if (id < 0)
            return;
        members_[id] = from;
        members_there_ |= uint64_t{1} << id;
    };
    return members_unique(data, item, nested, gather) &&
           (!nested || names_below_unique(data, item));
}

/* One walk over an event and its data: which names stand there, each once. */
bool json_event_reader::gather(object root, json_item &item) {
    bool nested;
    auto gather = [this](view name, const found &from) {
        int which = draft_attribute_find(name);
        if (which < 0)
            return;
        attributes_[which] = from;
        attributes_there_ |= uint32_t{1} << which;
    };
    attributes_there_ = 0;
    members_there_ = 0;
    if (!members_unique(root, item, nested, gather))
        return false;
    if (!nested)
        return true;
    for (auto [name, member] : root) {
        if (!is_nested(member))
            continue;
        bool data = name == "data" && member.type() == element_type::OBJECT;
        if (!(data ? gather_data(as_object(member), item) : names_unique(member, item)))
            return false;
    }
    return true;
}

/* `container` is the text of the object that the value is a member of; `kind` the member's, NULL
 * for none. */
pace_code json_event_reader::read_value(const found &from, view container, const member_kind *kind,
                                        char *reason, struct value &ret_value) {
    element_type type = from.value.type();
    if (kind && kind->form == FORM_JSON && type != element_type::NULL_VALUE) {
        json_canonical canonical(kind->keys);
        if (const char *wrong = canonical.write(from.value))
            return draft_refuse(reason, PACE_BAD_ATTRIBUTE, "data.%s %s", kind->name, wrong);
        ret_value = {VALUE_LIST, {nullptr, canonical.len()}, 0};
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
    case element_type::BOOL:
        ret_value = {VALUE_BOOL, {}, from.value.get_bool().value_unsafe()};
        break;
    case element_type::NULL_VALUE:
        ret_value = {VALUE_NULL, {}, 0};
        break;
    case element_type::ARRAY:
        ret_value = {VALUE_LIST, {}, 0};
        break;
    case element_type::OBJECT:
        ret_value = {VALUE_OBJECT, {}, 0};
        break;
    default:
        ret_value = {VALUE_DECIMAL, json_text_value(container, from.index), 0};
    }
    return PACE_OK;
}

/* Attributes and members are judged in the order of their tables, however the peer ordered them. */
pace_code json_event_reader::read_attributes(draft &draft, json_item &item) {
    for (uint32_t there = attributes_there_; there; there &= there - 1) {
        int which = __builtin_ctz(there);
        struct value value;
        pace_code code = read_value(attributes_[which], item.raw, nullptr, item.reason, value);
        if (!code)
            code = draft_attribute(&draft, static_cast<draft_attribute_id>(which), &value);
        item.id = item.event.id;
        if (code)
            return code;
    }
    return draft_close_attributes(&draft);
}

pace_code json_event_reader::read_listed(draft &draft, view root_text, size_t data_index) {
    const uint64_t all = members_there_ & draft.kind->allowed;
    bool digits = false;
    for (uint64_t there = all; there; there &= there - 1)
        digits |= needs_digits(members_[__builtin_ctzll(there)].value);
    view text = digits ? json_text_value(root_text, data_index) : view{};
    for (uint64_t there = all; there; there &= there - 1) {
        int id = __builtin_ctzll(there);
        struct value value;
        pace_code code = read_value(members_[id], text, &member_table[id], draft.reason, value);
        if (!code)
            code = draft_member(&draft, static_cast<member_id>(id), &value);
        if (code)
            return code;
    }
    return PACE_OK;
}

/* A type that DOMAIN doesn't list: members that the config names, in the order of their names. */
void json_event_reader::read_others(draft &draft, object data, view root_text, size_t data_index) {
    view *end = wanted_.get() + n_wanted_;
    size_t index = 0;
    bool digits = false;
    for (size_t i = 0; i < n_wanted_; i++)
        wanted_found_[i].there = false;
    for (auto [name, value] : data) {
        view *at = std::lower_bound(wanted_.get(), end, view_from(name), view_less);
        if (at != end && view_equal(*at, view_from(name))) {
            wanted_found_[at - wanted_.get()] = {value, index, true};
            digits |= needs_digits(value);
        }
        index++;
    }
    view text = digits ? json_text_value(root_text, data_index) : view{};
    for (size_t i = 0; i < n_wanted_; i++) {
        struct value value;
        if (wanted_found_[i].there &&
            !read_value(wanted_found_[i], text, nullptr, draft.reason, value))
            draft_other(&draft, wanted_[i], &value);
    }
}

/*
 * Whether no text of an event can hold a control character (draft_has_control): JSON has those of
 * C0 only behind a backslash, and DEL and what C1 begins with would stand there as they are.
 */
static bool is_plain(view raw) {
    return !memchr(raw.at, '\\', raw.len) && !memchr(raw.at, 0x7F, raw.len) &&
           !memchr(raw.at, 0xC2, raw.len);
}

pace_code json_event_reader::read_event(json_item &item) {
    draft draft;
    draft_begin(&draft, &item.event, item.reason);
    draft.plain = is_plain(item.raw);
    if (pace_code code = read_attributes(draft, item))
        return code;
    object members;
    const found &data = attributes_[ATTRIBUTE_DATA];
    if ((attributes_there_ >> ATTRIBUTE_DATA & 1) && !data.value.get(members)) {
        if (!draft.kind) {
            read_others(draft, members, item.raw, data.index);
        } else if (pace_code code = read_listed(draft, item.raw, data.index)) {
            return code;
        }
    }
    return draft_close(&draft);
}

/* An event that is refused as a whole is still known by its id, where that can be told. */
static view readable_id(element root) {
    std::string_view id;
    bool readable = !root.at_key("id").get(id) && id.size() <= EVENT_ATTRIBUTE_MAX_BYTES &&
                    !draft_has_control(view_from(id));
    return readable ? view_from(id) : view{};
}

void json_event_reader::read(element root, json_item &item) {
    if (root.type() != element_type::OBJECT) {
        item.code = draft_refuse(item.reason, PACE_BAD_JSON,
                                 "an event is a JSON object, and this is something else");
    } else if (gather(as_object(root), item)) {
        item.code = read_event(item);
    } else {
        view id = readable_id(root);
        item.id = keep({id.at, id.len});
    }
}
