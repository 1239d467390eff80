/*
 * check_event_schemas.c - the JSON Schemas of docs/schema, written from the tables that the decoder judges by.
 *
 *   check_event_schemas --write DIR   writes every file anew
 *   check_event_schemas --compare DIR exit 1 where a file isn't what would be written, or one is too many
 *   check_event_schemas --judge       one event a line on stdin; "ok" or the code a line on stdout
 *
 * test_event_schemas.py has the schemas and the decoder judge the same events. What a schema can't say stands in
 * docs/schema/README.md. Patterns keep to what ECMA 262, Python and RE2 have in common; "$" may match before a last
 * line feed (Python's does), so line feeds are excluded beside it.
 */
#include "json.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define DIALECT "https://json-schema.org/draft/2020-12/schema"
#define MONTH_DAYS                                                                                 \
    "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
#define LEAP_YEARS                                                                                 \
    "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
#define DAY "([0-9]{4}-" MONTH_DAYS "|" LEAP_YEARS "-02-29)"
#define CLOCK "([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?"
#define OFFSET "([Zz]|[-+]([01][0-9]|2[0-3]):[0-5][0-9])"
#define NO_YEARS "^(0000|9999)|\\n"
#define CONTROLS "[\\u0000-\\u001f\\u007f-\\u009f]"
#define INT64_DIGITS                                                                               \
    "^0*([0-9]{1,18}|[1-8][0-9]{18}|9[01][0-9]{17}|92[01][0-9]{16}|922[0-2][0-9]{15}|"             \
    "9223[0-2][0-9]{14}|92233[0-6][0-9]{13}|922337[01][0-9]{12}|92233720[0-2][0-9]{10}|"           \
    "922337203[0-5][0-9]{9}|9223372036[0-7][0-9]{8}|92233720368[0-4][0-9]{7}|"                     \
    "922337203685[0-3][0-9]{6}|9223372036854[0-6][0-9]{5}|92233720368547[0-6][0-9]{4}|"            \
    "922337203685477[0-4][0-9]{3}|9223372036854775[0-7][0-9]{2}|922337203685477580[0-7])$"

/* ---- the parts that all schemas share, by name: those that one uses stand in its $defs ---- */

static json_t *pattern(const char *pattern, const char *never) {
    return json_pack("{ss ss s{ss}}", "type", "string", "pattern", pattern, "not", "pattern", never);
}

static json_t *text_of(int least, int most, const char *never) {
    json_t *text = json_pack("{ss si}", "type", "string", "maxLength", most);
    if (least)
        json_object_set_new(text, "minLength", json_integer(least));
    if (never)
        json_object_set_new(text, "not", json_pack("{ss}", "pattern", never));
    return text;
}

static json_t *ref(const char *name) {
    return json_pack("{ss+}", "$ref", "#/$defs/", name);
}

static json_t *described(json_t *schema, const char *text) {
    json_object_set_new(schema, "description", json_string(text));
    return schema;
}

static json_t *part_name(void) {
    return described(text_of(1, EVENT_ATTRIBUTE_MAX_BYTES, CONTROLS),
                     "1 to 1024 bytes of UTF-8 without control characters");
}

static json_t *part_day(void) {
    return described(pattern("^" DAY "$", NO_YEARS), "a day that exists, as YYYY-MM-DD");
}

static json_t *part_time(void) {
    return described(pattern("^" DAY "[Tt ]" CLOCK OFFSET "$", NO_YEARS),
                     "RFC 3339 with an offset, such as 2026-03-29T10:00:00+02:00");
}

static json_t *part_count(void) {
    json_t *number = json_pack("{ss si sI}", "type", "integer", "minimum", 0, "maximum",
                               (json_int_t)INT64_MAX);
    return described(json_pack("{s[oo]}", "anyOf", number, pattern(INT64_DIGITS, "\\n")),
                     "an integer from 0 to 9223372036854775807, or its digits as a string");
}

static json_t *part_json_type(void) {
    return pattern("^[Aa][Pp][Pp][Ll][Ii][Cc][Aa][Tt][Ii][Oo][Nn]/[Jj][Ss][Oo][Nn]([; \\t]|$)",
                   "^[^; \\t]*\\n");
}

static json_t *part_type(void) {
    json_t *type = described(part_name(), "types that begin with sales. have small letters, "
                                          "digits, _ and . only");
    json_t *ours = json_pack("{s{ss}}", "not", "pattern", "[^a-z0-9_.]");
    json_t *kinds = json_pack("{ss s{ss}}", "pattern", "^sales\\.activity\\.[a-z0-9_]+$", "not",
                              "pattern", "[^a-z0-9_.]");
    json_object_set_new(type, "allOf",
                        json_pack("[{s{ss} so} {s{ss} so}]", "if", "pattern", "^sales\\.", "then",
                                  ours, "if", "pattern", "^sales\\.activity\\.", "then", kinds));
    return type;
}

static json_t *part_word(void) {
    return described(text_of(1, EVENT_WORD_MAX_BYTES, CONTROLS),
                     "a word: at most 64 bytes without control characters");
}

static json_t *part_key(void) {
    return described(text_of(1, EVENT_KEY_MAX_BYTES, CONTROLS),
                     "a key: at most 256 bytes without control characters");
}

static json_t *part_text(void) {
    return described(text_of(1, EVENT_TEXT_MAX_BYTES, NULL), "free text: at most 4096 bytes");
}

static json_t *part_number(void) {
    const json_int_t most = EVENT_NUMBER_MAX / 10000;
    return described(json_pack("{ss sI sI}", "type", "number", "minimum", -most, "maximum", most),
                     "a number; kept to four decimals");
}

static json_t *part_bool(void) {
    return json_pack("{ss}", "type", "boolean");
}

static json_t *part_moment(void) {
    return described(json_pack("{s[oo]}", "anyOf", ref("day"), ref("time")),
                     "a day, or a time with an offset");
}

static json_t *part_absent(void) {
    return described(json_pack("{s[ns]}", "enum", "", ""), "counts as absent");
}

/* Lists of strings and numbers, as deep as one likes, without objects. */
static json_t *part_list(void) {
    json_t *types = json_pack("[sssss]", "string", "number", "boolean", "null", "array");
    json_t *list = json_pack("{so so}", "type", types, "items", ref("list"));
    json_object_update_missing_new(list, part_number());
    json_object_set_new(list, "maxLength", json_integer(EVENT_JSON_MAX_BYTES - 2)); /* its quotes */
    return described(list, "a string, a number or a list; at most 2048 bytes without blanks");
}

static const struct part {
    const char *name;
    json_t *(*make)(void);
} parts[] = {
    {"absent", part_absent}, {"bool", part_bool},     {"count", part_count},
    {"day", part_day},       {"key", part_key},       {"list", part_list},
    {"moment", part_moment}, {"name", part_name},     {"number", part_number},
    {"text", part_text},     {"time", part_time},     {"type", part_type},
    {"word", part_word},     {"json_type", part_json_type},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* ---- one event ---- */

/* A list or an object with the keys that are kept, what they hold judged alike. */
static json_t *keyed_part(const struct member_kind *kind) {
    json_t *properties = json_object();
    json_t *part = part_number();
    json_object_del(part, "type");
    json_object_set_new(part, "items", ref(kind->name));
    for (const char *const *key = kind->keys; *key; key++)
        json_object_set_new(properties, *key, ref(kind->name));
    json_object_set_new(part, "properties", properties);
    json_object_set_new(part, "maxLength", json_integer(EVENT_JSON_MAX_BYTES - 2)); /* its quotes */
    return described(part, "at most 2048 bytes without blanks; other keys are dropped");
}

static json_t *ranged_number(const struct member_kind *kind) {
    char text[96];
    /* What is behind four decimals is cut before the range is looked at. */
    json_t *number = json_pack("{ss sf sf}", "type", "number", "exclusiveMinimum",
                               (double)(kind->least - 1) / 10000, "exclusiveMaximum",
                               (double)(kind->most + 1) / 10000);
    snprintf(text, sizeof text, "a number from %lld to %lld; kept to four decimals",
             (long long)kind->least / 10000, (long long)kind->most / 10000);
    return described(number, text);
}

static json_t *one_of_words(const struct member_kind *kind) {
    json_t *words = json_array();
    for (const char *const *word = kind->words; *word; word++)
        json_array_append_new(words, json_string(*word));
    return json_pack("{so}", "enum", words);
}

/* The member's value where it is there. */
static json_t *member_schema(const struct member_kind *kind) {
    static const char *const forms[] = {
        [FORM_WORD] = "word", [FORM_KEY] = "key",   [FORM_TEXT] = "text", [FORM_NUMBER] = "number",
        [FORM_BOOL] = "bool", [FORM_TIME] = "moment", [FORM_JSON] = "list",
    };
    if (kind->form == FORM_NUMBER && (kind->least || kind->most))
        return ranged_number(kind);
    if (kind->words)
        return one_of_words(kind);
    return ref(kind->form == FORM_JSON && kind->keys ? kind->name : forms[kind->form]);
}

static json_t *or_absent(json_t *schema) {
    return json_pack("{s[oo]}", "anyOf", schema, ref("absent"));
}

static json_t *names_of(uint64_t members) {
    json_t *names = json_array();
    for (int id = 0; id < member_table_count; id++)
        if (members >> id & 1)
            json_array_append_new(names, json_string(member_table[id].name));
    return names;
}

/* At least one of them is there, and not as null or an empty string. */
static json_t *one_of_schema(uint64_t members) {
    json_t *choices = json_array();
    for (int id = 0; id < member_table_count; id++)
        if (members >> id & 1)
            json_array_append_new(
                choices, json_pack("{s[s] s{s{so}}}", "required", member_table[id].name,
                                   "properties", member_table[id].name, "not", ref("absent")));
    return choices;
}

static json_t *data_schema(const struct event_kind *kind) {
    json_t *data = json_pack("{ss}", "type", "object"), *properties = json_object();
    for (int id = 0; id < member_table_count; id++) {
        if (!(kind->allowed >> id & 1))
            continue;
        json_t *member = member_schema(&member_table[id]);
        bool must = kind->required >> id & 1;
        json_object_set_new(properties, member_table[id].name, must ? member : or_absent(member));
    }
    if (kind->required)
        json_object_set_new(data, "required", names_of(kind->required));
    if (kind->one_of)
        json_object_set_new(data, "anyOf", one_of_schema(kind->one_of));
    json_object_set_new(data, "properties", properties);
    json_object_set_new(data, "additionalProperties", json_true());
    return data;
}

static json_t *or_null(json_t *schema) {
    return json_pack("{s[o{ss}]}", "anyOf", schema, "type", "null");
}

static bool is_of_source(const char *type) {
    return strncmp(type, "sales.source.", strlen("sales.source.")) == 0;
}

/* The attributes; with a kind also its type and data. NULL: of any type. */
static json_t *event_schema(const struct event_kind *kind) {
    bool needs_subject = kind && !is_of_source(kind->pattern);
    bool needs_data = kind && (kind->required || kind->one_of);
    json_t *data = kind ? data_schema(kind) : json_pack("{ss}", "type", "object");
    json_t *properties = json_pack(
        "{s{ss} so so so so so so so so so so s{ss}}", "specversion", "const", "1.0", "id",
        ref("name"), "source", ref("name"), "type", ref("type"), "subject",
        needs_subject ? ref("name") : or_null(ref("name")), "time", ref("time"), "record",
        or_null(ref("name")), "revision", or_null(ref("count")), "localdate", or_null(ref("day")),
        "recordedtime", or_null(ref("time")), "sequence", or_null(ref("count")), "data_base64",
        "type", "null");
    json_object_set_new(properties, "datacontenttype", or_null(ref("json_type")));
    json_object_set_new(properties, "data", needs_data ? data : or_null(data));
    json_t *required = json_pack("[sssss]", "specversion", "id", "source", "type", "time");
    if (needs_subject)
        json_array_append_new(required, json_string("subject"));
    if (needs_data)
        json_array_append_new(required, json_string("data"));
    return json_pack("{ss so so sb}", "type", "object", "required", required, "properties",
                     properties, "additionalProperties", 1);
}

/* Of any type: who the subject is is asked for, but where the source is the subject. */
static json_t *envelope_schema(void) {
    json_t *envelope = event_schema(NULL);
    json_t *of_source = json_pack("{s{s{ss}}}", "properties", "type", "pattern",
                                  "^sales\\.source\\.");
    json_t *subject = json_pack("{s[s] s{so}}", "required", "subject", "properties", "subject",
                                ref("name"));
    json_object_set_new(envelope, "if", of_source);
    json_object_set_new(envelope, "then", json_true());
    json_object_set_new(envelope, "else", subject);
    return envelope;
}

/* What the type of a kind looks like. An exact name wins over the pattern. */
static json_t *type_schema(const struct event_kind *kind) {
    if (kind->pattern[kind->pattern_len - 1] != '*')
        return json_pack("{ss}", "const", kind->pattern);
    json_t *others = json_array();
    for (int i = 0; i < event_kind_count; i++)
        if (&event_kinds[i] != kind &&
            strncmp(event_kinds[i].pattern, kind->pattern, kind->pattern_len - 1) == 0)
            json_array_append_new(others, json_string(event_kinds[i].pattern));
    return json_pack("{ss s{so}}", "pattern", "^sales\\.activity\\.", "not", "enum", others);
}

static json_t *kind_schema(const struct event_kind *kind) {
    json_t *schema = event_schema(kind);
    json_t *type = json_pack("{s[oo]}", "allOf", ref("type"), type_schema(kind));
    json_object_set_new(json_object_get(schema, "properties"), "type", type);
    return schema;
}

/* ---- files ---- */

/* Adds the shared parts that the schema uses, and those that these use. */
static void add_parts(json_t *defs, const json_t *schema) {
    json_t *value;
    size_t i;
    const char *key;
    if (json_is_array(schema))
        json_array_foreach(schema, i, value) add_parts(defs, value);
    if (!json_is_object(schema))
        return;
    json_object_foreach((json_t *)schema, key, value) {
        const char *name = strcmp(key, "$ref") == 0 ? json_string_value(value) : NULL;
        name = name ? name + strlen("#/$defs/") : NULL;
        add_parts(defs, value);
        if (!name || json_object_get(defs, name))
            continue;
        int id = member_find(view_of(name));
        json_t *part = NULL;
        if (id >= 0 && member_table[id].keys)
            part = keyed_part(&member_table[id]);
        for (int p = 0; p < PARTS && !part; p++)
            part = strcmp(parts[p].name, name) == 0 ? parts[p].make() : NULL;
        if (!part)
            continue; /* a kind, which event.json has already */
        json_object_set_new(defs, name, part);
        add_parts(defs, part);
    }
}

static json_t *file_of(const char *title, json_t *schema) {
    json_t *file = json_pack("{ss ss}", "$schema", DIALECT, "title", title), *defs = json_object();
    json_object_update_missing_new(file, schema);
    add_parts(defs, file);
    json_object_set_new(file, "$defs", defs);
    return file;
}

/* "sales.goal.set.json"; the pattern's is "sales.activity.json". */
static const char *file_name(const struct event_kind *kind, char buffer[80]) {
    bool any = kind->pattern[kind->pattern_len - 1] == '*';
    snprintf(buffer, 80, "%.*s.json", (int)kind->pattern_len - (any ? 2 : 0), kind->pattern);
    return buffer;
}

/* Every event that is accepted and no other: the envelope, and of a listed type also that type's schema. */
static json_t *any_event(void) {
    json_t *event = envelope_schema(), *defs = json_object(), *all = json_array();
    for (int i = 0; i < event_kind_count; i++) {
        const struct event_kind *kind = &event_kinds[i];
        json_t *when = json_pack("{s{so} s[s]}", "properties", "type", type_schema(kind),
                                 "required", "type");
        json_object_set_new(defs, kind->pattern, kind_schema(kind));
        json_array_append_new(all, json_pack("{so so}", "if", when, "then", ref(kind->pattern)));
    }
    json_object_set_new(event, "allOf", all);
    json_object_set(event, "$defs", defs);
    json_t *file = json_pack("{ss ss}", "$schema", DIALECT, "title", "an event that paced accepts");
    json_object_update_missing_new(file, event);
    add_parts(defs, file);
    json_decref(defs);
    return file;
}

static json_t *index_file(void) {
    json_t *types = json_array();
    char name[80];
    for (int i = 0; i < event_kind_count; i++) {
        const struct event_kind *kind = &event_kinds[i];
        json_t *type = json_pack("{ss ss so so}", "type", kind->pattern, "schema",
                                 file_name(kind, name), "required", names_of(kind->required),
                                 "optional", names_of(kind->allowed & ~kind->required & ~kind->one_of));
        if (kind->one_of)
            json_object_set_new(type, "one_of", names_of(kind->one_of));
        json_array_append_new(types, type);
    }
    return json_pack("{ss ss so}", "event", "event.json", "envelope", "envelope.json", "types",
                     types);
}

/* Takes the file. True: it was written, or is as it would be written. */
typedef bool each_file(const char *directory, const char *name, json_t *file);

static bool with_text(json_t *file, char **ret_text) {
    *ret_text = file ? json_dumps(file, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(file);
    return *ret_text != NULL;
}

static FILE *open_in(const char *directory, const char *name, const char *mode) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *stream = fopen(path, mode);
    if (!stream)
        perror(path);
    return stream;
}

static bool write_file(const char *directory, const char *name, json_t *file) {
    char *text;
    FILE *stream = with_text(file, &text) ? open_in(directory, name, "w") : NULL;
    bool good = stream && fprintf(stream, "%s\n", text) > 0;
    free(text);
    return stream && fclose(stream) == 0 && good;
}

static bool compare_file(const char *directory, const char *name, json_t *file) {
    static char found[1 << 20];
    char *text;
    FILE *stream = with_text(file, &text) ? open_in(directory, name, "r") : NULL;
    size_t len = stream ? fread(found, 1, sizeof found, stream) : 0;
    bool good = text && len == strlen(text) + 1 && memcmp(found, text, len - 1) == 0 &&
                found[len - 1] == '\n';
    if (stream)
        fclose(stream);
    free(text);
    if (!good)
        fprintf(stderr, "%s/%s isn't what check_event_schemas --write writes\n", directory, name);
    return good;
}

static bool all_files(const char *directory, each_file *each) {
    char name[80];
    bool good = each(directory, "index.json", index_file());
    good &= each(directory, "envelope.json",
                 file_of("an event of any type: its attributes", envelope_schema()));
    good &= each(directory, "event.json", any_event());
    for (int i = 0; i < event_kind_count; i++)
        good &= each(directory, file_name(&event_kinds[i], name),
                     file_of(event_kinds[i].pattern, kind_schema(&event_kinds[i])));
    return good;
}

/* As many files as there should be: none is left of a type that went. */
static bool none_too_many(const char *path) {
    DIR *directory = opendir(path);
    int n = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        n += strstr(entry->d_name, ".json") != NULL;
    if (directory)
        closedir(directory);
    if (n != event_kind_count + 3)
        fprintf(stderr, "%s has %d schemas, expected %d\n", path, n, event_kind_count + 3);
    return n == event_kind_count + 3;
}

static int judge(void) {
    struct json_decoder *decoder = json_decoder_create(NULL);
    char *line = NULL;
    size_t size = 0;
    for (ssize_t len; decoder && (len = getline(&line, &size, stdin)) > 0;) {
        struct json_batch batch = {0};
        char reason[JSON_REASON_SIZE] = "";
        enum pace_code code = json_decode(decoder, line, (size_t)len, 1, &batch, reason);
        if (!code && batch.n_items == 1)
            code = batch.items[0].code;
        puts(code ? pace_code_name(code) : "ok");
    }
    free(line);
    json_decoder_destroy(&decoder);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--judge") == 0)
        return judge();
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return all_files(argv[2], write_file) ? 0 : 1;
    if (argc == 3 && strcmp(argv[1], "--compare") == 0) {
        bool good = all_files(argv[2], compare_file);
        return none_too_many(argv[2]) && good ? 0 : 1;
    }
    fputs("usage: check_event_schemas --write DIR | --compare DIR | --judge\n", stderr);
    return 2;
}
