/*
 * json_canonical.hpp - the one way in which a list or object that we keep is written (FORM_JSON of
 * core/event/event.h).
 *
 * Minified; of objects only the listed keys, in the listed order; null is left out; text with the
 * fewest escapes; numbers rounded to 1/10,000 and written without exponent. So two bodies that say
 * the same are kept as the same bytes.
 */
#ifndef IO_JSON_CANONICAL_HPP
#define IO_JSON_CANONICAL_HPP

#include <simdjson.h>

extern "C" {
#include "event.h"
}

class json_canonical {
  public:
    /* keys: as in struct member_kind. */
    explicit json_canonical(const char *const *keys) : keys_(keys) {
    }

    /* NULL, or what it was that can't be kept: the end of a sentence "data.topics ...". */
    const char *write(simdjson::dom::element value);

    /* len() may be above EVENT_JSON_MAX_BYTES: then it is how much would have been needed, and
     * text() is cut. */
    const char *text() const {
        return buffer_;
    }
    size_t len() const {
        return len_;
    }

  private:
    const char *write_list(simdjson::dom::array list);
    const char *write_object(simdjson::dom::object object);
    const char *write_number(double number);
    void write_text(std::string_view text);
    void put(std::string_view bytes);

    const char *const *keys_;
    size_t len_ = 0;
    char buffer_[EVENT_JSON_MAX_BYTES];
};

#endif
