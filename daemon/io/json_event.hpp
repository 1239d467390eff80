/*
 * json_event.hpp - one event out of one DOM element, for json.cpp.
 *
 * Walks the element, hands core/event/draft what it finds, and keeps the strings: simdjson's own buffer
 * is reused by the next parse, so what an event holds is copied into an arena that lives until the
 * next body. Nothing here throws.
 */
#ifndef IO_JSON_EVENT_HPP
#define IO_JSON_EVENT_HPP

#include <simdjson.h>

#include <array>
#include <memory>
#include <new>
#include <string_view>

extern "C" {
#include "draft.h"
#include "json.h"
}

/* NULL when out of memory. */
template <typename T> std::unique_ptr<T[]> json_allocate(size_t n) {
    return std::unique_ptr<T[]>(new (std::nothrow) T[n]);
}

class json_event_reader {
  public:
    /* False when out of memory, from both. The names are borrowed. */
    bool want(const json_wanted *wanted);
    bool reserve(size_t body_len);

    /* A new body: what was kept of the last one is given up. */
    void begin() {
        arena_used_ = 0;
    }

    /* Fills code, event, reason and id of an item whose raw text is set. */
    void read(simdjson::dom::element root, json_item &item);

  private:
    /* A member of the object at hand; its position there is how the text of a number is found
     * again. */
    struct found {
        simdjson::dom::element value;
        size_t index;
        bool there; /* of those that only the config names */
    };

    view keep(std::string_view text);
    template <typename Each>
    bool find_double(simdjson::dom::object members, view &ret_name, bool &ret_nested, Each each);
    template <typename Each>
    bool members_unique(simdjson::dom::object members, json_item &item, bool &ret_nested,
                        Each each);
    bool names_below_unique(simdjson::dom::object members, json_item &item);
    bool names_unique(simdjson::dom::element root, json_item &item);
    bool gather_data(simdjson::dom::object data, json_item &item);
    bool gather(simdjson::dom::object root, json_item &item);
    pace_code read_value(const found &from, view container, const member_kind *kind, char *reason,
                         struct value &ret_value);
    pace_code read_attributes(draft &draft, json_item &item);
    pace_code read_listed(draft &draft, view root_text, size_t data_index);
    void read_others(draft &draft, simdjson::dom::object data, view root_text, size_t data_index);
    pace_code read_event(json_item &item);

    std::array<found, ATTRIBUTES>
        attributes_;                        /* of the event at hand; the bits say which are there */
    std::array<found, MEMBER_IDS> members_; /* ... of its data */
    uint32_t attributes_there_ = 0;
    uint64_t members_there_ = 0;
    std::unique_ptr<char[]> arena_;
    size_t arena_used_ = 0;
    std::unique_ptr<view[]> names_;         /* of one large object: doubles are found by sorting */
    std::unique_ptr<view[]> wanted_;        /* sorted */
    std::unique_ptr<found[]> wanted_found_; /* in the data at hand, parallel to wanted_ */
    size_t n_wanted_ = 0;
};

#endif
