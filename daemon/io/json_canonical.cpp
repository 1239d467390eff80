/* json_canonical.cpp - writes a value canonically. */
#include "json_canonical.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using simdjson::dom::element;
using simdjson::dom::element_type;

void json_canonical::put(std::string_view bytes) {
    if (len_ < sizeof buffer_)
        std::copy_n(bytes.data(), std::min(bytes.size(), sizeof buffer_ - len_), buffer_ + len_);
    len_ += bytes.size();
}

void json_canonical::write_text(std::string_view text) {
    put("\"");
    for (const char &c : text) {
        char escape[8];
        if (c == '"' || c == '\\')
            put(std::string_view(escape, snprintf(escape, sizeof escape, "\\%c", c)));
        else if (static_cast<unsigned char>(c) < 0x20)
            put(std::string_view(escape, snprintf(escape, sizeof escape, "\\u%04x", c)));
        else
            put(std::string_view(&c, 1));
    }
    put("\"");
}

/* The product and its rounding are those of IEEE 754, so the digits are the same everywhere. */
const char *json_canonical::write_number(double number) {
    double scaled = std::round(number * 10000);
    if (!(std::fabs(scaled) <= static_cast<double>(EVENT_NUMBER_MAX)))
        return "holds a number that is out of range";
    long long units = static_cast<long long>(scaled);
    char text[32];
    int n = snprintf(text, sizeof text, "%s%lld.%04lld", units < 0 ? "-" : "",
                     std::llabs(units / 10000), std::llabs(units % 10000));
    while (text[n - 1] == '0')
        n--;
    put(std::string_view(text, text[n - 1] == '.' ? n - 1 : n));
    return nullptr;
}

const char *json_canonical::write_list(simdjson::dom::array list) {
    const char *separator = "";
    put("[");
    for (element member : list) {
        if (member.is_null())
            continue;
        put(separator);
        separator = ",";
        if (const char *wrong = write(member))
            return wrong;
    }
    put("]");
    return nullptr;
}

const char *json_canonical::write_object(simdjson::dom::object object) {
    const char *separator = "";
    if (!keys_)
        return "holds an object, expected strings";
    put("{");
    for (const char *const *key = keys_; *key; key++) {
        element member;
        if (object.at_key(*key).get(member) || member.is_null())
            continue;
        put(separator);
        separator = ",";
        write_text(*key);
        put(":");
        if (const char *wrong = write(member))
            return wrong;
    }
    put("}");
    return nullptr;
}

/* What nests deeper than the limit of the parser was refused before. */
const char *json_canonical::write(element value) {
    switch (value.type()) {
    case element_type::ARRAY:
        return write_list(value.get_array().value_unsafe());
    case element_type::OBJECT:
        return write_object(value.get_object().value_unsafe());
    case element_type::STRING:
        write_text(value.get_string().value_unsafe());
        return nullptr;
    case element_type::BOOL:
        put(value.get_bool().value_unsafe() ? "true" : "false");
        return nullptr;
    case element_type::NULL_VALUE:
        put("null");
        return nullptr;
    default:
        return write_number(value.get_double().value_unsafe());
    }
}
