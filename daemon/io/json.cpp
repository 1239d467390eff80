/*
 * json.cpp - a body taken apart into events: the ordinary ones by json_quick, all others by
 * simdjson's DOM.
 *
 * The body is copied once in front of padding, then each line is parsed where it lies: what
 * simdjson reads beyond a line is the next line, or padding. All that a body of the wire's size
 * needs is allocated at creation.
 */
#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <new>

#include "json_event.hpp"
#include "json_quick.hpp"

extern "C" {
#include "json_text.h"
}

using simdjson::dom::element;

namespace {

constexpr size_t body_max_bytes = size_t{64} << 20;
constexpr size_t event_max_bytes = PACE_WIRE_BATCH_MAX_BYTES;
constexpr size_t depth_max = 64;

static_assert(int{JSON_REASON_SIZE} == int{DRAFT_REASON_SIZE});

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
pace_code refuse_count(char *reason, size_t max_events) {
    return draft_refuse(reason, PACE_TOO_MANY, "the batch has more than %zu events", max_events);
}

pace_code refuse_poison(char *reason) {
    return draft_refuse(reason, PACE_POISON,
                        "exactly this has crashed paced twice; it is refused until its note in the "
                        "quarantine is dropped");
}

pace_code refuse_memory(char *reason, size_t len) {
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
    json_event_reader reader;
    json_quick quick;
    std::unique_ptr<char[]> body;
    std::unique_ptr<json_item[]> items;
    const poison *guard = nullptr;
    size_t capacity = 0, items_capacity = 0, n_items = 0;

    bool reserve(size_t len);
    bool reserve_items(size_t n);
    simdjson::error_code parse(char *text, size_t len, element &ret_root);
    json_item *next_item(view raw);
    void decode_line(char *line, json_item &item);
    pace_code decode_lines(view text, size_t max_events, char *reason);
    bool decode_list_quickly(view text, size_t max_events);
    pace_code decode_list(view text, size_t max_events, char *reason);
    void make_keys();
};

bool json_decoder::reserve(size_t len) {
    if (len <= capacity)
        return true;
    auto new_body = json_allocate<char>(len + simdjson::SIMDJSON_PADDING);
    if (!new_body || !reader.reserve(len) || !quick.reserve(len) || parser.allocate(len, depth_max))
        return false;
    body = std::move(new_body);
    capacity = len;
    return true;
}

bool json_decoder::reserve_items(size_t n) {
    if (n <= items_capacity)
        return true;
    size_t grown = std::max<size_t>({n, items_capacity * 2, PACE_WIRE_BATCH_MAX_EVENTS});
    auto new_items = json_allocate<json_item>(grown);
    if (!new_items)
        return false;
    std::copy_n(items.get(), n_items, new_items.get());
    items = std::move(new_items);
    items_capacity = grown;
    return true;
}

simdjson::error_code json_decoder::parse(char *text, size_t len, element &ret_root) {
    auto *bytes = reinterpret_cast<const uint8_t *>(text);
    simdjson::error_code error = parser.parse(bytes, len, false).get(ret_root);
    if (error == simdjson::NUMBER_ERROR && json_text_tame_numbers(text, len))
        error = parser.parse(bytes, len, false).get(ret_root);
    /* Which of several errors simdjson sees first depends on the processor. */
    return error && !simdjson::validate_utf8(text, len) ? simdjson::UTF8_ERROR : error;
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
    poison_mark_set(poison_mark_of(POISON_DECODE), raw);
    if (raw.len > event_max_bytes)
        item->code = draft_refuse(item->reason, PACE_TOO_LARGE,
                                  "the event is %zu bytes long, at most %zu are allowed", raw.len,
                                  event_max_bytes);
    else if (poison_isolates(guard, raw))
        item->code = refuse_poison(item->reason);
    return item;
}

void json_decoder::decode_line(char *line, json_item &item) {
    element root;
    if (quick.read(line, item.raw.len, item))
        return;
    simdjson::error_code error = parse(line, item.raw.len, root);
    if (!error)
        reader.read(root, item);
    else if (error == simdjson::UTF8_ERROR)
        item.code = draft_refuse(item.reason, PACE_BAD_UTF8, "the line isn't valid UTF-8");
    else
        item.code = draft_refuse(item.reason, PACE_BAD_JSON, "the line isn't valid JSON: %s",
                                 parse_problem(error));
}

pace_code json_decoder::decode_lines(view text, size_t max_events, char *reason) {
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

/* True: all of it is ordinary. */
bool json_decoder::decode_list_quickly(view text, size_t max_events) {
    const char *const begin = body.get();
    auto walk = [&] { poison_mark_set(poison_mark_of(POISON_DECODE), text); };
    auto next = [&](const char *from, const char *end) {
        view raw = {text.at + (from - begin), static_cast<size_t>(end - from)};
        return n_items < max_events ? next_item(raw) : nullptr;
    };
    bool all = quick.read_list(begin, text.len, walk, next);
    walk(); /* what the other reader begins with is all of it, too */
    return all;
}

pace_code json_decoder::decode_list(view text, size_t max_events, char *reason) {
    element root;
    poison_mark_set(poison_mark_of(POISON_DECODE), text);
    if (poison_isolates(guard, text))
        return refuse_poison(reason);
    if (decode_list_quickly(text, max_events))
        return PACE_OK;
    n_items = 0;
    simdjson::error_code error = parse(body.get(), text.len, root);
    if (error == simdjson::UTF8_ERROR)
        return draft_refuse(reason, PACE_BAD_UTF8, "the batch isn't valid UTF-8");
    if (error)
        return draft_refuse(reason, PACE_BAD_JSON, "the batch isn't a valid JSON list: %s",
                            parse_problem(error));
    simdjson::dom::array list = root.get_array().value_unsafe();
    json_walk walk = json_walk_begin(text);
    view raw;
    for (element member : list) {
        if (n_items == max_events)
            return refuse_count(reason, max_events);
        json_item *item = json_walk_next(&walk, &raw) ? next_item(raw) : nullptr;
        if (!item)
            return refuse_memory(reason, text.len);
        if (!item->code)
            reader.read(member, *item);
    }
    return PACE_OK;
}

void json_decoder::make_keys() {
    for (size_t i = 0; i < n_items; i++)
        if (!items[i].code)
            items[i].keys = index_keys_of(&items[i].event);
}

extern "C" struct json_decoder *json_decoder_create(const struct json_wanted *wanted) {
    std::unique_ptr<json_decoder> decoder(new (std::nothrow) json_decoder);
    if (decoder)
        decoder->quick.want(wanted && wanted->n_names > 0);
    bool ready = decoder && decoder->reader.want(wanted) &&
                 decoder->reserve(PACE_WIRE_BATCH_MAX_BYTES) &&
                 decoder->reserve_items(PACE_WIRE_BATCH_MAX_EVENTS);
    return ready ? decoder.release() : nullptr;
}

extern "C" void json_decoder_destroy(struct json_decoder **decoder) {
    if (!decoder)
        return;
    delete *decoder;
    *decoder = nullptr;
}

extern "C" void json_decoder_guard(struct json_decoder *decoder, const struct poison *guard) {
    decoder->guard = guard;
}

extern "C" enum pace_code json_decode(struct json_decoder *decoder, const char *body, size_t len,
                                      size_t max_events, struct json_batch *ret_batch,
                                      char *reason) {
    static const char mark[] =
        "\xEF\xBB\xBF"; /* Windows programs begin a file with it; RFC 8259 lets us pass over it */
    decoder->n_items = 0;
    decoder->reader.begin();
    if (len > body_max_bytes)
        return draft_refuse(reason, PACE_TOO_LARGE,
                            "the batch is %zu bytes long, at most %zu are allowed", len,
                            body_max_bytes);
    bool marked = len >= 3 && memcmp(body, mark, 3) == 0;
    view text = trim({body + (marked ? 3 : 0), len - (marked ? 3 : 0)});
    if (!decoder->reserve(text.len))
        return refuse_memory(reason, len);
    char *copied = std::copy_n(text.at, text.len, decoder->body.get());
    std::fill_n(copied, simdjson::SIMDJSON_PADDING, ' ');
    decoder->quick.begin(decoder->body.get(), text.len);
    bool list = text.len && text.at[0] == '[';
    enum pace_code code = list ? decoder->decode_list(text, max_events, reason)
                               : decoder->decode_lines(text, max_events, reason);
    poison_mark_clear(poison_mark_of(POISON_DECODE));
    if (code)
        return code;
    decoder->make_keys();
    *ret_batch = {decoder->n_items, decoder->items.get()};
    return PACE_OK;
}
