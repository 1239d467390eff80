/*
 * json_quick.hpp - an ordinary event, read in one go by simdjson's On-Demand parser.
 *
 * Nearly every event is an object of texts, numbers and words, one of which is the object `data` of
 * the same; and the next one has the same names in the same order. These are read here without a
 * tree, and without copies but of texts with escapes; everything else, and everything that is to be
 * refused, is left to json_event.hpp, whose word holds. So this reader never refuses: it takes only what is
 * valid there, too, and reads it the same (unit/json and fuzz_event compare both). Nothing throws.
 */
#ifndef IO_JSON_QUICK_HPP
#define IO_JSON_QUICK_HPP

#include <simdjson.h>

#include <array>
#include <memory>
#include <string_view>

extern "C" {
#include "draft.h"
#include "json.h"
}

/* The names that one object may have, and what was found by them in the object at hand. */
class json_vocabulary {
  public:
    /* The names are numbered in the order in which they are added, at most 64. `find` knows those
     * of 16 bytes and more. */
    explicit json_vocabulary(int (*find)(view name)) : find_(find) {
    }
    void add(view name);

    /* A new object begins. */
    void begin();

    /* Where the value of the name behind this quote goes; NULL: it stands there twice or has escapes, or there
     * are too many that nobody reads. At least 16 bytes can be read there. */
    value *place(const char *at);

    uint64_t there() const {
        return there_;
    }
    const value &at(int i) const {
        return values_[i];
    }
    bool is_place(const value *value, int i) const {
        return value == &values_[i];
    }

  private:
    static constexpr int names_max = 64, slots = 256, unknown_max = 32;

    /* The first bytes of a text of at most 16, as two words. */
    struct two_words {
        uint64_t first, second;
    };
    struct short_name {
        two_words text, mask; /* with the quote behind it, and all bits of the bytes that it has */
        size_t len;           /* 0: it is longer than that */
    };

    static two_words words_at(const char *at, two_words mask);
    static two_words mask_of(size_t len);
    static bool equal(two_words a, two_words b);
    static unsigned slot_of(two_words text);
    int look_up(view name) const;
    value *known(int i);
    value *unknown(view name);

    int (*find_)(view name);
    int n_names_ = 0, last_ = names_max, n_unknown_ = 0;
    std::array<short_name, names_max> names_{};
    std::array<uint8_t, slots> slots_{}; /* by a hash of the name: its number + 1; 0: none */
    std::array<uint8_t, names_max + 1> after_{}; /* what came after each name last time; at the end:
                                                    what came first */
    uint64_t there_ = 0;                         /* bit i: name i is */
    std::array<value, names_max> values_{};
    std::array<view, unknown_max> unknown_{};
    value ignored_{};
};

class json_quick {
  public:
    json_quick();

    /* Room for a text of that length; false when out of memory. */
    bool reserve(size_t len);

    /* with_others: the config names members of types that DOMAIN doesn't list; events of these
     * types are left to the other reader. */
    void want(bool with_others) {
        with_others_ = with_others;
    }

    /* What comes next is part of this text, each part once: what all of it has nowhere isn't looked for in each.
     * Events that were read before are given up. */
    void begin(const char *text, size_t len);

    /*
     * One event that begins and ends with the text, which simdjson's padding follows. Fills item's
     * event and id, with views into the text or what was kept of it. False: it isn't for this reader; then nothing of the
     * item may be relied on but its code and raw text.
     */
    bool read(const char *text, size_t len, json_item &item);

    /*
     * A list of them. walk() comes before each is walked through, when it isn't known yet where it ends; next(from, end) gives its
     * item, NULL: no further one; those that have a code already aren't judged. False: not all of it is for this reader.
     */
    template <typename Walk, typename Next> bool read_list(const char *text, size_t len, Walk walk, Next next);

  private:
    using on_document = simdjson::ondemand::document;
    using on_object = simdjson::ondemand::object;

    bool open(const char *text, size_t len, on_document &ret_document);
    static bool ended(on_document &document) {
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    }
    bool read_object(on_object object, json_vocabulary &names);
    bool gather(on_object event) {
        members_.begin();
        return read_object(event, attributes_);
    }
    bool unescape(simdjson::ondemand::raw_json_string raw, view &ret_text);
    bool read_text(simdjson::ondemand::value &from, std::string_view token, value &place);
    bool read_value(simdjson::ondemand::value &from, value *place);
    bool judge_attributes(draft &draft) const;
    bool judge_members(draft &draft) const;
    bool judge(json_item &item) const;

    simdjson::ondemand::parser parser_;
    json_vocabulary attributes_, members_;
    uint64_t forms_json_ = 0; /* bit i: member i is FORM_JSON */
    bool with_others_ = false;
    bool escapes_ = true, doubtful_ = true; /* the text of begin() has any such bytes */
    bool escapes_here_ = false, plain_ = false;
    std::unique_ptr<uint8_t[]> texts_; /* those that had escapes, of all that came since begin() */
    uint8_t *texts_end_ = nullptr;
};

template <typename Walk, typename Next> bool json_quick::read_list(const char *text, size_t len, Walk walk, Next next) {
    on_document document;
    simdjson::ondemand::array events;
    if (!open(text, len, document) || document.get_array().get(events))
        return false;
    for (auto element : events) {
        simdjson::ondemand::value value;
        on_object event;
        const char *end;
        walk();
        if (std::move(element).get(value))
            return false;
        const char *from = value.raw_json_token().data();
        if (value.get_object().get(event) || !gather(event) || document.current_location().get(end))
            return false;
        while (end[-1] != '}')
            end--;
        json_item *item = next(from, end);
        if (!item || (!item->code && !judge(*item)))
            return false;
    }
    return ended(document);
}

#endif
