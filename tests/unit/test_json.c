/* The decoder: every rule for one event, one row each; batches; numbers to the last digit; the same
 * on every processor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "draft.h"
#include "json.h"

#include "../json_twin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/crm\",\"subject\":\"a\""
#define TIME ",\"time\":\"2026-03-29T10:00:00+02:00\""
#define CALL HEAD TIME ",\"type\":\"sales.activity.call\""
#define WON HEAD TIME ",\"type\":\"sales.opportunity.won\""
#define GOAL HEAD TIME ",\"type\":\"sales.goal.set\",\"data\":{\"indicator\":\"calls\",\"target\":5"
#define ABSENT HEAD TIME ",\"type\":\"sales.absence.set\",\"data\":{\"absence\":\"a\",\"from\":\"2026-04-01\""
#define OTHER HEAD TIME ",\"type\":\"crm.note.added\""
#define LEN(literal) (sizeof(literal) - 1)

static struct json_decoder *decoder;
static char reason[JSON_REASON_SIZE];

static const char *const wanted_names[] = {"zeta", "alpha", "amount", "alpha", "mid"};
static const struct json_wanted wanted = {wanted_names, 5};

static int create_decoder(void **state) {
    (void)state;
    decoder = json_decoder_create(&wanted);
    return decoder ? 0 : -1;
}

static int destroy_decoder(void **state) {
    (void)state;
    json_decoder_destroy(&decoder);
    json_decoder_destroy(&decoder); /* idempotent */
    json_decoder_destroy(NULL);
    return decoder ? -1 : 0;
}

static struct json_batch decode(const char *body, size_t len) {
    struct json_batch batch = {0};
    enum pace_code code = json_decode(decoder, body, len, 100000, &batch, reason);
    if (code)
        fail_msg("the body was refused: %s: %s", pace_code_name(code), reason);
    return batch;
}

static const struct json_item *decode_one(const char *line) {
    struct json_batch batch = decode(line, strlen(line));
    assert_int_equal(batch.n_items, 1);
    return &batch.items[0];
}

/* ---- one event ---- */

struct row {
    const char *line;
    enum pace_code code;
    const char *reason; /* a part of it */
};

static const struct row rows[] = {
    {CALL "}", PACE_OK, ""},
    {CALL ",\"data\":null}", PACE_OK, ""},
    {CALL ",\"data\":{}}", PACE_OK, ""},
    {" \t" CALL " , \"data\" : { } } \r", PACE_OK, ""},
    /* not JSON */
    {"{", PACE_BAD_JSON, "missing or too many"},
    {"}", PACE_BAD_JSON, "missing or too many"},
    {"garbage", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL "} x", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL "}" CALL "}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",}", PACE_BAD_JSON, "missing or too many"},
    {CALL ",\"x\":01}", PACE_BAD_JSON, "a number"},
    {CALL ",\"x\":1.}", PACE_BAD_JSON, "a number"},
    {CALL ",\"x\":.5}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",\"x\":+5}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",\"x\":1e}", PACE_BAD_JSON, "a number"},
    {CALL ",\"x\":1e999,\"y\":1e}", PACE_BAD_JSON, "a number"},
    {CALL ",\"x\":-}", PACE_BAD_JSON, "a number"},
    {CALL ",\"x\":NaN}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",\"x\":Infinity}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",\"x\":truE}", PACE_BAD_JSON, "word"},
    {CALL ",\"x\":nul}", PACE_BAD_JSON, "word"},
    {CALL ",\"x\":'a'}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",x:1}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",\"x\":\"a}", PACE_BAD_JSON, "isn't closed"},
    {CALL ",\"x\":\"\\x41\"}", PACE_BAD_JSON, "escape"},
    {CALL ",\"x\":\"\\u12g4\"}", PACE_BAD_JSON, "escape"},
    {CALL ",\"x\":\"\\ud800\"}", PACE_BAD_JSON, "surrogate"},
    {CALL ",\"x\":\"\\udc00\"}", PACE_BAD_JSON, "surrogate"},
    {CALL ",\"x\":\"\\ud83d\\ude00\"}", PACE_OK, ""},
    {CALL ",\"x\":\"a\tb\"}", PACE_BAD_JSON, "control character"},
    {CALL ",\"x\":[1,]}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL ",\"x\":[[[[1]]]]}", PACE_OK, ""},
    {CALL ",\"x\":[[[[1]]]}", PACE_BAD_JSON, "isn't valid JSON"},
    {CALL "\f}", PACE_BAD_JSON, "isn't valid JSON"},
    {"5", PACE_BAD_JSON, "an event is a JSON object"},
    {"null", PACE_BAD_JSON, "an event is a JSON object"},
    {"\"" CALL, PACE_BAD_JSON, "isn't valid JSON"},
    {"\"text\"", PACE_BAD_JSON, "an event is a JSON object"},
    /* not UTF-8: in what is read, in what isn't, in a name, behind the event, together with bad
       JSON */
    {CALL ",\"x\":\"\xFF\"}", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"\xC3\":1}", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"x\":\"\xC0\x80\"}", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"x\":\"\xED\xA0\x80\"}", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"x\":\"\xF4\x90\x80\x80\"}", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"x\":\"\xE2\x82\"}", PACE_BAD_UTF8, "UTF-8"},
    {CALL "}\xFF", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"x\":\"\xFF", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"data\":{\"outcome\":\"\x80\"}}", PACE_BAD_UTF8, "UTF-8"},
    {CALL ",\"x\":\"\xF0\x9F\x98\x80 \xE2\x82\xAC \xC3\xA4\"}", PACE_OK, ""},
    /* a name twice, at any depth, also when it is written differently */
    {CALL ",\"id\":\"e1\"}", PACE_BAD_JSON, "\"id\" stands twice"},
    {CALL ",\"\\u0069d\":\"e2\"}", PACE_BAD_JSON, "\"id\" stands twice"},
    {CALL ",\"x\":1,\"x\":1}", PACE_BAD_JSON, "\"x\" stands twice"},
    {CALL ",\"\":1,\"\":1}", PACE_BAD_JSON, "\"\" stands twice"},
    {CALL ",\"data\":{\"outcome\":\"a\",\"outcome\":\"a\"}}", PACE_BAD_JSON,
     "\"outcome\" stands twice"},
    {CALL ",\"data\":{\"x\":[0,{\"y\":{\"z\":1,\"z\":2}}]}}", PACE_BAD_JSON, "\"z\" stands twice"},
    {CALL ",\"data\":{\"ab\":1,\"ba\":2,\"a\":3,\"b\":4,\"\":5}}", PACE_OK, ""},
    {CALL ",\"data\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,"
          "\"j\":1,\"k\":1,\"l\":1,"
          "\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"c\":1}}",
     PACE_BAD_JSON, "\"c\" stands twice"},
    {CALL ",\"\\u001b[2J\":1,\"\\u001b[2J\":1}", PACE_BAD_JSON, "\"?[2J\" stands twice"},
    /* attributes: missing, empty, of another type */
    {"{}", PACE_MISSING_ATTRIBUTE, "id is missing"},
    {"{\"id\":null}", PACE_MISSING_ATTRIBUTE, "id is missing"},
    {"{\"id\":\"e1\"}", PACE_MISSING_ATTRIBUTE, "specversion is missing"},
    {"{\"id\":\"e1\",\"specversion\":\"1.0\"}", PACE_MISSING_ATTRIBUTE, "source is missing"},
    {"{\"id\":\"e1\",\"specversion\":\"1.0\",\"source\":\"s\"}", PACE_MISSING_ATTRIBUTE,
     "type is missing"},
    {HEAD TIME "}", PACE_MISSING_ATTRIBUTE, "type is missing"},
    {HEAD ",\"type\":\"sales.activity.call\"}", PACE_MISSING_ATTRIBUTE, "time is missing"},
    {HEAD ",\"time\":null,\"type\":\"sales.activity.call\"}", PACE_MISSING_ATTRIBUTE,
     "time is missing"},
    {"{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/"
     "crm\",\"type\":\"sales.activity.call\"" TIME "}",
     PACE_MISSING_ATTRIBUTE, "subject is missing"},
    {"{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"s\"}", PACE_BAD_ATTRIBUTE, "id is empty"},
    {"{\"specversion\":\"1.0\",\"id\":7,\"source\":\"s\"}", PACE_BAD_ATTRIBUTE,
     "id is a number, expected a string"},
    {"{\"specversion\":\"1.0\",\"id\":[\"7\"]}", PACE_BAD_ATTRIBUTE,
     "id is a list, expected a string"},
    {"{\"specversion\":\"1.0\",\"id\":{}}", PACE_BAD_ATTRIBUTE,
     "id is an object, expected a string"},
    {"{\"specversion\":\"1.0\",\"id\":true}", PACE_BAD_ATTRIBUTE,
     "id is true or false, expected a string"},
    {"{\"specversion\":\"0.3\",\"id\":\"e1\"}", PACE_BAD_ATTRIBUTE,
     "specversion is \"0.3\", expected \"1.0\""},
    {"{\"specversion\":1.0,\"id\":\"e1\"}", PACE_BAD_ATTRIBUTE, "specversion is a number"},
    {"{\"specversion\":\"1.0\",\"id\":\"a\\u0000b\"}", PACE_BAD_ATTRIBUTE,
     "id has a control character"},
    {"{\"specversion\":\"1.0\",\"id\":\"12345678\\n\"}", PACE_BAD_ATTRIBUTE,
     "id has a control character"},
    {"{\"specversion\":\"1.0\",\"id\":\"\\u007f\"}", PACE_BAD_ATTRIBUTE,
     "id has a control character"},
    {"{\"specversion\":\"1.0\",\"id\":\"1234567\\u0085\"}", PACE_BAD_ATTRIBUTE,
     "id has a control character"},
    {"{\"specversion\":\"1.0\",\"id\":\"a\x7F\"}", PACE_BAD_ATTRIBUTE,
     "id has a control character"},
    {"{\"specversion\":\"1.0\",\"id\":\"1234567\xC2\x85\"}", PACE_BAD_ATTRIBUTE,
     "id has a control character"},
    {CALL ",\"record\":\"a\\u001fb\"}", PACE_BAD_ATTRIBUTE, "record has a control character"},
    {CALL ",\"record\":\"\"}", PACE_BAD_ATTRIBUTE, "record is empty"},
    {CALL ",\"record\":5}", PACE_BAD_ATTRIBUTE, "record is a number"},
    {CALL ",\"record\":null}", PACE_OK, ""},
    /* types */
    {HEAD TIME ",\"type\":\"sales.Activity.call\"}", PACE_BAD_ATTRIBUTE,
     "type is \"sales.Activity.call\""},
    {HEAD TIME ",\"type\":\"sales.activity.Call\"}", PACE_BAD_ATTRIBUTE, "type is"},
    {HEAD TIME ",\"type\":\"sales.activity.\"}", PACE_BAD_ATTRIBUTE, "type is"},
    {HEAD TIME ",\"type\":\"sales.activity.a.b\"}", PACE_BAD_ATTRIBUTE, "type is"},
    {HEAD TIME ",\"type\":\"sales.activity.a b\"}", PACE_BAD_ATTRIBUTE, "type is"},
    {HEAD TIME ",\"type\":\"sales.x\xC3\xA4\"}", PACE_BAD_ATTRIBUTE, "type is"},
    {HEAD TIME ",\"type\":\"sales.new.thing_2\"}", PACE_OK, ""},
    {HEAD TIME ",\"type\":\"Com.Example.Thing-1\"}", PACE_OK, ""},
    {HEAD TIME ",\"type\":\"a\\nb\"}", PACE_BAD_ATTRIBUTE, "type has a control character"},
    /* times */
    {HEAD ",\"type\":\"t\",\"time\":\"2026-03-29T10:00:00\"}", PACE_BAD_TIME,
     "has no offset; write e.g. 2026-03-29T10:00:00+02:00"},
    {HEAD ",\"type\":\"t\",\"time\":\"2026-03-29\"}", PACE_BAD_TIME, "expected a time of RFC 3339"},
    {HEAD ",\"type\":\"t\",\"time\":\"yesterday\"}", PACE_BAD_TIME, "time is \"yesterday\""},
    {HEAD ",\"type\":\"t\",\"time\":\"\"}", PACE_BAD_TIME, "time is empty"},
    {HEAD ",\"type\":\"t\",\"time\":1774771200}", PACE_BAD_ATTRIBUTE,
     "time is a number, expected a string"},
    {HEAD ",\"type\":\"t\",\"time\":\"2026-02-29T10:00:00Z\"}", PACE_BAD_TIME, "time"},
    {HEAD ",\"type\":\"t\",\"time\":\"2026-03-29T25:00:00Z\"}", PACE_BAD_TIME, "time"},
    {CALL ",\"recordedtime\":\"2026-03-29T10:00:00\"}", PACE_BAD_TIME, "recordedtime"},
    {CALL ",\"recordedtime\":\"2026-03-30T10:00:00.5Z\"}", PACE_OK, ""},
    {CALL ",\"recordedtime\":5}", PACE_BAD_ATTRIBUTE, "recordedtime is a number"},
    {CALL ",\"localdate\":\"2026-03-29\"}", PACE_OK, ""},
    {CALL ",\"localdate\":\"2026-3-29\"}", PACE_BAD_TIME,
     "localdate is \"2026-3-29\", expected a day as YYYY-MM-DD"},
    {HEAD ",\"time\":\"2026-03-29T10:00:00Z\",\"type\":\"sales.commitment.made\",\"data\":{\"commitment\":\"k\",\"due\":\"9999-12-31\"}}",
     PACE_BAD_TIME, "data.due is \"9999-12-31\", and there is no such day; years go to 9998"},
    {HEAD ",\"time\":\"2026-03-29T10:00:00Z\",\"type\":\"sales.commitment.made\",\"data\":{\"commitment\":\"k\",\"due\":\"soon\"}}",
     PACE_BAD_TIME, "expected a day, e.g."},
    {CALL ",\"localdate\":\"2026-02-30\"}", PACE_BAD_TIME, "localdate"},
    {CALL ",\"localdate\":\"2026-03-29T00:00:00Z\"}", PACE_BAD_TIME, "localdate"},
    {CALL ",\"localdate\":20260329}", PACE_BAD_ATTRIBUTE, "localdate is a number"},
    /* revision, sequence */
    {CALL ",\"revision\":0}", PACE_OK, ""},
    {CALL ",\"revision\":9223372036854775807}", PACE_OK, ""},
    {CALL ",\"revision\":\"9223372036854775807\"}", PACE_OK, ""},
    {CALL ",\"revision\":\"0007\"}", PACE_OK, ""},
    {CALL ",\"revision\":9223372036854775808}", PACE_BAD_ATTRIBUTE,
     "revision is 9223372036854775808, expected"},
    {CALL ",\"revision\":18446744073709551616}", PACE_BAD_ATTRIBUTE,
     "revision is 18446744073709551616, expected"},
    {CALL ",\"revision\":-99999999999999999999}", PACE_BAD_ATTRIBUTE,
     "revision is -99999999999999999999, expected"},
    {CALL ",\"revision\":\"9223372036854775808\"}", PACE_BAD_ATTRIBUTE,
     "revision is \"9223372036854775808\""},
    {CALL ",\"revision\":-1}", PACE_BAD_ATTRIBUTE,
     "revision is -1, expected an integer from 0 to 9223372036854775807"},
    {CALL ",\"revision\":1.5}", PACE_BAD_ATTRIBUTE, "revision is 1.5"},
    {CALL ",\"revision\":1e400}", PACE_BAD_ATTRIBUTE, "revision is 1e400"},
    {CALL ",\"revision\":\"-1\"}", PACE_BAD_ATTRIBUTE, "revision is \"-1\""},
    {CALL ",\"revision\":\"\"}", PACE_BAD_ATTRIBUTE, "revision is \"\""},
    {CALL ",\"revision\":\"1 \"}", PACE_BAD_ATTRIBUTE, "revision is \"1 \""},
    {CALL ",\"revision\":true}", PACE_BAD_ATTRIBUTE, "revision is true or false"},
    {CALL ",\"revision\":[]}", PACE_BAD_ATTRIBUTE, "revision is a list"},
    {CALL ",\"revision\":null}", PACE_OK, ""},
    {CALL ",\"sequence\":\"00012\"}", PACE_OK, ""},
    {CALL ",\"sequence\":-5}", PACE_BAD_ATTRIBUTE, "sequence is -5"},
    /* data */
    {CALL ",\"datacontenttype\":\"application/json\"}", PACE_OK, ""},
    {CALL ",\"datacontenttype\":\"Application/JSON; charset=utf-8\"}", PACE_OK, ""},
    {CALL ",\"datacontenttype\":\"application/jsonx\"}", PACE_BAD_ATTRIBUTE, "datacontenttype"},
    {CALL ",\"datacontenttype\":\"application/xml\"}", PACE_BAD_ATTRIBUTE,
     "expected \"application/json\""},
    {CALL ",\"datacontenttype\":\"\"}", PACE_BAD_ATTRIBUTE, "datacontenttype"},
    {CALL ",\"data_base64\":\"e30=\"}", PACE_BAD_ATTRIBUTE, "data_base64"},
    {CALL ",\"data_base64\":null}", PACE_OK, ""},
    {CALL ",\"data\":\"text\"}", PACE_BAD_ATTRIBUTE, "data is a string, expected an object"},
    {CALL ",\"data\":[]}", PACE_BAD_ATTRIBUTE, "data is a list, expected an object"},
    {CALL ",\"data\":5}", PACE_BAD_ATTRIBUTE, "data is a number"},
    {CALL ",\"unknown\":{\"deep\":[1,2,{\"x\":null}]},\"data\":{\"unknown\":[]}}", PACE_OK, ""},
    {CALL ",\"x\":123456789012345678901234567890,\"y\":-1e999}", PACE_OK, ""},
    /* members */
    {CALL ",\"data\":{\"outcome\":5}}", PACE_BAD_ATTRIBUTE,
     "data.outcome is a number, expected a string"},
    {CALL ",\"data\":{\"outcome\":null}}", PACE_OK, ""},
    {CALL ",\"data\":{\"outcome\":\"\"}}", PACE_OK, ""},
    {CALL ",\"data\":{\"outcome\":\"a\\u0000\"}}", PACE_BAD_ATTRIBUTE,
     "data.outcome has a control character"},
    {CALL ",\"data\":{\"automatic\":\"yes\"}}", PACE_BAD_ATTRIBUTE,
     "data.automatic is a string, expected true or false"},
    {CALL ",\"data\":{\"automatic\":1}}", PACE_BAD_ATTRIBUTE, "data.automatic is a number"},
    {CALL ",\"data\":{\"duration_s\":\"60\"}}", PACE_BAD_ATTRIBUTE,
     "data.duration_s is a string, expected a number"},
    {CALL ",\"data\":{\"duration_s\":1e15}}", PACE_BAD_ATTRIBUTE,
     "data.duration_s is out of range"},
    {CALL ",\"data\":{\"amount\":\"not a member of this type\"}}", PACE_OK, ""},
    {WON "}", PACE_MISSING_ATTRIBUTE,
     "data.opportunity is missing; \"sales.opportunity.won\" needs it"},
    {WON ",\"data\":null}", PACE_MISSING_ATTRIBUTE, "data.opportunity is missing"},
    {WON ",\"data\":{\"opportunity\":null}}", PACE_MISSING_ATTRIBUTE,
     "data.opportunity is missing"},
    {WON ",\"data\":{\"opportunity\":\"\"}}", PACE_MISSING_ATTRIBUTE,
     "data.opportunity is missing"},
    {WON ",\"data\":{\"opportunity\":7}}", PACE_BAD_ATTRIBUTE,
     "data.opportunity is a number, expected a string"},
    {WON ",\"data\":{\"opportunity\":\"o\",\"close_date\":\"2026-03-29\"}}", PACE_OK, ""},
    {WON ",\"data\":{\"opportunity\":\"o\",\"close_date\":\"2026-03-29T10:00:00Z\"}}", PACE_OK, ""},
    {WON ",\"data\":{\"opportunity\":\"o\",\"close_date\":\"2026-03-29T10:00:00\"}}", PACE_BAD_TIME,
     "data.close_date \"2026-03-29T10:00:00\" has no offset"},
    {WON ",\"data\":{\"opportunity\":\"o\",\"close_date\":\"soon\"}}", PACE_BAD_TIME,
     "data.close_date is \"soon\""},
    {WON ",\"data\":{\"opportunity\":\"o\",\"close_date\":20260329}}", PACE_BAD_ATTRIBUTE,
     "data.close_date is a number"},
    {HEAD TIME ",\"type\":\"sales.goal.set\",\"data\":{\"target\":5}}", PACE_MISSING_ATTRIBUTE,
     "data.indicator or data.result is missing"},
    {HEAD TIME ",\"type\":\"sales.goal.set\",\"data\":{\"target\":5,\"result\":\"revenue\"}}",
     PACE_OK, ""},
    {HEAD TIME ",\"type\":\"sales.goal.set\",\"data\":{\"indicator\":\"calls\"}}",
     PACE_MISSING_ATTRIBUTE, "data.target is missing"},
    {HEAD TIME ",\"type\":\"sales.coaching.observation\",\"data\":{\"manager\":\"m\",\"skill\":"
               "\"s\",\"score\":100}}",
     PACE_OK, ""},
    {HEAD TIME ",\"type\":\"sales.coaching.observation\",\"data\":{\"manager\":\"m\",\"skill\":"
               "\"s\",\"score\":100.0001}}",
     PACE_BAD_ATTRIBUTE, "data.score is out of range, expected 0 to 100"},
    {HEAD TIME ",\"type\":\"sales.coaching.observation\",\"data\":{\"manager\":\"m\",\"skill\":"
               "\"s\",\"score\":-1}}",
     PACE_BAD_ATTRIBUTE, "data.score is out of range, expected 0 to 100"},
    {HEAD TIME ",\"type\":\"sales.record.deleted\",\"record\":\"r\"}", PACE_OK, ""},
    {GOAL ",\"per\":\"week\"}}", PACE_OK, ""},
    {GOAL ",\"per\":\"weekly\"}}", PACE_BAD_ATTRIBUTE,
     "data.per is \"weekly\", expected day, week, month, quarter or year"},
    {HEAD TIME
     ",\"type\":\"sales.commitment.made\",\"data\":{\"commitment\":\"k\",\"by\":\"boss\"}}",
     PACE_BAD_ATTRIBUTE, "data.by is \"boss\", expected rep or manager"},
    {ABSENT ",\"to\":\"2026-04-01\",\"fraction\":0.5}}", PACE_OK, ""},
    {ABSENT ",\"to\":\"2026-04-01\",\"fraction\":50}}", PACE_BAD_ATTRIBUTE,
     "data.fraction is out of range, expected 0 to 1"},
    {ABSENT ",\"to\":\"01-04-2026\"}}", PACE_BAD_TIME,
     "data.to is \"01-04-2026\", expected a day, e.g. 2026-03-29, or a time"},
    {CALL ",\"data\":{\"participants\":[{\"rep\":\"b\",\"share\":1e300}]}}", PACE_BAD_ATTRIBUTE,
     "data.participants holds a number that is out of range"},
    {HEAD TIME
     ",\"type\":\"sales.change.introduced\",\"data\":{\"change\":\"c\",\"teams\":[{\"x\":1}]}}",
     PACE_BAD_ATTRIBUTE, "data.teams holds an object"},
};

static void every_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_item *item = decode_one(rows[i].line);
        if (item->code != rows[i].code)
            fail_msg("%s\n  is %s (%s), expected %s", rows[i].line, pace_code_name(item->code),
                     item->reason, pace_code_name(rows[i].code));
        if (!strstr(item->reason, rows[i].reason) ||
            (item->code == PACE_OK) != (item->reason[0] == '\0'))
            fail_msg("%s\n  has the reason \"%s\", expected \"%s\" in it", rows[i].line,
                     item->reason, rows[i].reason);
    }
}

/* The rows again, all in one body with good events between them: nobody harms a neighbour. */
static void rows_do_not_harm_each_other(void **state) {
    (void)state;
    enum { N = sizeof rows / sizeof rows[0] };
    static char body[N * 2000];
    size_t len = 0;
    for (int i = 0; i < N; i++)
        len += (size_t)snprintf(body + len, sizeof body - len,
                                "%s\n" CALL ",\"sequence\":%d}\r\n\n", rows[i].line, i);
    struct json_batch batch = decode(body, len);
    assert_int_equal(batch.n_items, 2 * N);
    for (int i = 0; i < N; i++) {
        if (batch.items[2 * i].code != rows[i].code)
            fail_msg("%s is %s", rows[i].line, pace_code_name(batch.items[2 * i].code));
        assert_int_equal(batch.items[2 * i + 1].code, PACE_OK);
        assert_int_equal(batch.items[2 * i + 1].event.sequence, i);
    }
}

#define PARTICIPANTS "[{\"rep\":\"b \\\"q\\\"\",\"share\":0.5},{\"rep\":\"c\",\"role\":\"se\"}]"

static void all_fields_arrive(void **state) {
    (void)state;
    const struct json_item *item = decode_one(
        "{\"data\":{\"outcome\":\"conn\\u0065cted\",\"duration_s\":61.5,\"automatic\":true,\"next_"
        "step\":false,"
        "\"participants\":[ {\"share\":0.5,\"x\":[1],\"rep\":\"b \\\"q\\\"\"}, null, "
        "{\"role\":\"se\",\"rep\":\"c\"} ]},"
        "\"sequence\":\"42\",\"recordedtime\":\"2026-03-29T12:00:00Z\",\"localdate\":\"2026-03-"
        "28\",\"revision\":17,"
        "\"record\":\"r\",\"time\":\"2026-03-29T10:00:00.25+02:00\",\"subject\":\"J\\u00f6rg\","
        "\"type\":\"sales.activity.call\",\"source\":\"/"
        "crm\",\"id\":\"e\\u002f1\",\"specversion\":\"1.0\"}");
    const struct event *event = &item->event;
    assert_int_equal(item->code, PACE_OK);
    assert_true(view_equal(event->id, view_of("e/1")) && view_equal(item->id, view_of("e/1")));
    assert_true(view_equal(event->source, view_of("/crm")));
    assert_true(view_equal(event->type, view_of("sales.activity.call")));
    assert_true(view_equal(event->subject, view_of("J\xC3\xB6rg")));
    assert_true(view_equal(event->record, view_of("r")));
    assert_int_equal(event->time_us, INT64_C(1774771200250000));
    assert_int_equal(event->offset_min, 120);
    assert_int_equal(event->revision, 17);
    assert_int_equal(event->localdate, day_from_civil(2026, 3, 28));
    assert_int_equal(event->recorded_us, INT64_C(1774785600000000));
    assert_int_equal(event->sequence, 42);
    assert_int_equal(event->n_members, 5);
    static const struct member expected[] = {
        {.id = MEMBER_OUTCOME, .form = FORM_WORD, .text = {"connected", 9}},
        {.id = MEMBER_DURATION_S, .form = FORM_NUMBER, .number = 615000},
        {.id = MEMBER_AUTOMATIC, .form = FORM_BOOL, .number = 1, .text = {"true", 4}},
        {.id = MEMBER_NEXT_STEP, .form = FORM_BOOL, .number = 0, .text = {"false", 5}},
        {.id = MEMBER_PARTICIPANTS, .form = FORM_JSON, .text = {PARTICIPANTS, LEN(PARTICIPANTS)}},
    };
    for (int i = 0; i < 5; i++) {
        const struct member *member = &event->members[i];
        assert_int_equal(member->id, expected[i].id);
        assert_int_equal(member->form, expected[i].form);
        assert_int_equal(member->number, expected[i].number);
        assert_true(view_equal(member->name, view_of(member_table[member->id].name)));
        if (!view_equal(member->text, expected[i].text))
            fail_msg("member %d is %.*s", i, (int)member->text.len, member->text.at);
    }
}

static void defaults_are_told_apart(void **state) {
    (void)state;
    const struct event *event = &decode_one(CALL "}")->event;
    assert_true(view_equal(event->record, view_of("e1")));
    assert_int_equal(event->revision, 0);
    assert_int_equal(event->localdate, DAY_NONE);
    assert_true(event->recorded_us == TIME_NONE);
    assert_int_equal(event->sequence, -1);
    assert_int_equal(event->n_members, 0);
}

static void a_feed_speaks_of_itself(void **state) {
    (void)state;
#define FEED                                                                                       \
    "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/crm\"" TIME                              \
    ",\"type\":\"sales.source.synced\","
    const struct json_item *item =
        decode_one(FEED "\"data\":{\"through\":\"2026-03-29T10:00:00Z\"}}");
    assert_int_equal(item->code, PACE_OK);
    assert_true(view_equal(item->event.subject, view_of("/crm")));
    item =
        decode_one(FEED "\"subject\":\"/dialer\",\"data\":{\"through\":\"2026-03-29T10:00:00Z\"}}");
    assert_true(view_equal(item->event.subject, view_of("/dialer")));
    assert_int_equal(decode_one(FEED "\"data\":{}}")->code, PACE_MISSING_ATTRIBUTE);
    assert_int_equal(decode_one(FEED "\"data\":{\"through\":\"now\"}}")->code, PACE_BAD_TIME);
}

/* A type that DOMAIN doesn't list keeps what the config names, and nothing in `data` is ever wrong. */
static void other_types_keep_what_is_wanted(void **state) {
    (void)state;
    const struct json_item *item =
        decode_one(OTHER ",\"data\":{\"zeta\":true,\"beta\":\"no\",\"amount\":0.00019,\"alpha\":"
                         "\"yes\",\"mid\":{\"x\":1}}}");
    assert_int_equal(item->code, PACE_OK);
    assert_int_equal(item->event.n_members, 3);
    const struct member *members = item->event.members;
    assert_true(view_equal(members[0].name, view_of("alpha")) && members[0].id == MEMBER_OTHER);
    assert_true(members[0].form == FORM_WORD && view_equal(members[0].text, view_of("yes")));
    assert_true(view_equal(members[1].name, view_of("amount")) && members[1].id == MEMBER_OTHER);
    assert_true(members[1].form == FORM_NUMBER && members[1].number == 1);
    assert_true(view_equal(members[2].name, view_of("zeta")) && members[2].form == FORM_BOOL &&
                members[2].number == 1);
    item = decode_one(
        OTHER ",\"data\":{\"zeta\":1e30,\"amount\":null,\"alpha\":\"\\u0007\",\"mid\":[]}}");
    assert_int_equal(item->code, PACE_OK);
    assert_int_equal(item->event.n_members, 0);
    item = decode_one(OTHER ",\"data\":{\"mid\":7}}");
    assert_int_equal(item->event.members[0].number, 70000);
    /* A listed type keeps its own members only. */
    assert_int_equal(decode_one(CALL ",\"data\":{\"zeta\":true,\"alpha\":\"x\"}}")->event.n_members,
                     0);
}

/* ---- lengths ---- */

static const struct json_item *decode_filled(const char *before, size_t n, const char *after) {
    static char line[PACE_WIRE_BATCH_MAX_BYTES + 4096];
    size_t len = (size_t)sprintf(line, "%s", before);
    memset(line + len, 'x', n);
    sprintf(line + len + n, "%s", after);
    return decode_one(line);
}

static void lengths_are_limited(void **state) {
    (void)state;
    static const struct {
        const char *before, *after, *name;
        size_t most;
    } limits[] = {
        {"{\"specversion\":\"1.0\",\"source\":\"/crm\",\"subject\":\"a\",\"type\":\"t\"" TIME
         ",\"id\":\"",
         "\"}", "id", EVENT_ATTRIBUTE_MAX_BYTES},
        {CALL ",\"record\":\"", "\"}", "record", EVENT_ATTRIBUTE_MAX_BYTES},
        {HEAD TIME ",\"type\":\"", "\"}", "type", EVENT_ATTRIBUTE_MAX_BYTES},
        {CALL ",\"data\":{\"outcome\":\"", "\"}}", "data.outcome", EVENT_WORD_MAX_BYTES},
        {CALL ",\"data\":{\"opportunity\":\"", "\"}}", "data.opportunity", EVENT_KEY_MAX_BYTES},
        {HEAD TIME ",\"type\":\"sales.growth.goal\",\"data\":{\"skill\":\"s\",\"text\":\"", "\"}}",
         "data.text", EVENT_TEXT_MAX_BYTES},
        {HEAD TIME
         ",\"type\":\"sales.coaching.session\",\"data\":{\"manager\":\"m\",\"topics\":[\"",
         "\"]}}", "data.topics", EVENT_JSON_MAX_BYTES - LEN("[\"\"]")},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct json_item *item =
            decode_filled(limits[i].before, limits[i].most, limits[i].after);
        if (item->code)
            fail_msg("%s: %s", limits[i].name, item->reason);
        item = decode_filled(limits[i].before, limits[i].most + 1, limits[i].after);
        assert_int_equal(item->code, PACE_BAD_ATTRIBUTE);
        char expected[80];
        bool list = limits[i].after[1] == ']';
        snprintf(expected, sizeof expected, "%s is %zu bytes long, at most", limits[i].name,
                 limits[i].most + 1 + (list ? LEN("[\"\"]") : 0));
        if (!strstr(item->reason, expected))
            fail_msg("\"%s\" isn't in \"%s\"", expected, item->reason);
        /* A megabyte is only longer. */
        assert_int_equal(decode_filled(limits[i].before, 1000000, limits[i].after)->code,
                         PACE_BAD_ATTRIBUTE);
    }
    assert_int_equal(decode_filled(CALL ",\"unknown\":\"", 1000000, "\"}")->code, PACE_OK);
    assert_int_equal(decode_filled(CALL ",\"data\":{\"amount\":\"", 1000000, "\"}}")->code,
                     PACE_OK);
}

static void an_event_above_the_limit_is_too_large(void **state) {
    (void)state;
    static char body[PACE_WIRE_BATCH_MAX_BYTES + 1000];
    static const char good[] = CALL "}\n";
    memset(body, 'x', sizeof body);
    memcpy(body, good, LEN(good));
    memcpy(body + sizeof body - LEN(good) - 1, "\n" CALL "}\n", LEN(good) + 1);
    struct json_batch batch = decode(body, sizeof body);
    assert_int_equal(batch.n_items, 3);
    assert_int_equal(batch.items[0].code, PACE_OK);
    assert_int_equal(batch.items[1].code, PACE_TOO_LARGE);
    assert_non_null(strstr(batch.items[1].reason, "bytes long, at most 1048576"));
    assert_int_equal(batch.items[2].code, PACE_OK);
}

/* ---- numbers ---- */

static void numbers_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t number; /* INT64_MIN: out of range */
    } numbers[] = {
        {"0", 0},
        {"-0", 0},
        {"-0.0", 0},
        {"0.1", 1000},
        {"1", 10000},
        {"-1", -10000},
        {"0.0001", 1},
        {"0.00009999999999999999999999", 0},
        {"-0.00019", -1},
        {"0.12349999999999999999999", 1234},
        {"1234567.89", INT64_C(12345678900)},
        {"1e3", 10000000},
        {"1E+3", 10000000},
        {"1e-4", 1},
        {"1e-5", 0},
        {"123456e-3", 1234560},
        {"0.00012e3", 1200},
        {"0.00012345e4", 12345},
        {"12.5e1", 1250000},
        {"123456789012345.67899", INT64_C(1234567890123456789)},
        {"4.35", 43500},
        {"1.005", 10050},
        {"8.2", 82000},
        {"1e-400", 0},
        {"0e999999999999999999", 0},
        {"0.0e5", 0},
        {"-2.5", -25000},
        {"920000000000000", EVENT_NUMBER_MAX},
        {"-920000000000000", -EVENT_NUMBER_MAX},
        {"920000000000000.00009", EVENT_NUMBER_MAX},
        {"920000000000000.0001", INT64_MIN},
        {"920000000000001", INT64_MIN},
        {"-920000000000000.0001", INT64_MIN},
        {"9.2e14", EVENT_NUMBER_MAX},
        {"9.3e14", INT64_MIN},
        {"1e15", INT64_MIN},
        {"9223372036854775807", INT64_MIN},
        {"9223372036854775808", INT64_MIN},
        {"18446744073709551615", INT64_MIN},
        {"18446744073709551616", INT64_MIN},
        {"-9223372036854775808", INT64_MIN},
        {"-9223372036854775809", INT64_MIN},
        {"1e309", INT64_MIN},
        {"1e308", INT64_MIN},
        {"-1e400", INT64_MIN},
        {"1e99999999999999999999", INT64_MIN},
        {"123456789012345678901234567890e-20", INT64_C(12345678901234)},
        {"0.000000000000000000000000000001e30", 10000},
        {"1000000000000000000000000000000e-30", 10000},
        {"0.00000000000000000000000000000000000000001e400", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char line[600];
        /* Another number in front of it and behind it, and blanks, so that the right digits must be
         * found. */
        snprintf(line, sizeof line,
                 WON ", \"x\" : [ 0.7 , \"]\\\"\" ] , \"data\" : { \"opportunity\" : \"}\\\\\" , "
                     "\"x\" : 0.5,"
                     " \"amount\" : %s , \"margin\":0.25 } }",
                 numbers[i].text);
        const struct json_item *item = decode_one(line);
        if (numbers[i].number == INT64_MIN) {
            if (item->code != PACE_BAD_ATTRIBUTE ||
                !strstr(item->reason, "data.amount is out of range"))
                fail_msg("%s: %s %s", numbers[i].text, pace_code_name(item->code), item->reason);
            continue;
        }
        if (item->code)
            fail_msg("%s: %s", numbers[i].text, item->reason);
        const struct member *amount = event_member(&item->event, view_of("amount"));
        if (!amount || amount->number != numbers[i].number)
            fail_msg("%s is %lld", numbers[i].text, amount ? (long long)amount->number : -1);
        assert_int_equal(event_member(&item->event, view_of("margin"))->number, 2500);
    }
}

static uint64_t random_state;

static uint64_t random_next(void) { /* splitmix64 */
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t seed_random(void) {
    const char *given = getenv("PACED_TEST_SEED");
    random_state = given ? strtoull(given, NULL, 0) : UINT64_C(20261121);
    print_message("seed %llu (PACED_TEST_SEED sets it)\n", (unsigned long long)random_state);
    return random_state;
}

/* A number is written with its point and exponent moved about: it must stay what it is. */
static void decimals_survive_any_notation(void **state) {
    (void)state;
    seed_random();
    for (int i = 0; i < 200000; i++) {
        int64_t number =
            (int64_t)(random_next() % (uint64_t)EVENT_NUMBER_MAX) >> random_next() % 63;
        int shift = (int)(random_next() % 30), zeros = (int)(random_next() % 4);
        bool negative = random_next() & 1;
        char digits[32], text[128];
        snprintf(digits, sizeof digits, "%lld", (long long)number);
        int n = (int)strlen(digits), point = (int)(random_next() % (unsigned)(n + 1));
        /* digits[0..point) . digits[point..) zeros, times 10^(n - point - 4) */
        int exponent = n - point - 4;
        int used = snprintf(text, sizeof text, "%s%.*s%s.%s", negative ? "-" : "", point, digits,
                            point ? "" : "0", digits + point);
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%.*s", point == n ? "0" : "",
                         zeros, "000000");
        snprintf(text + used, sizeof text - (size_t)used, "%c%s%d", random_next() & 1 ? 'e' : 'E',
                 exponent >= 0 && shift & 1 ? "+" : "", exponent);
        int64_t parsed = -1;
        assert_int_equal(draft_decimal_parse(view_of(text), &parsed), 0);
        if (parsed != (negative ? -number : number))
            fail_msg("%s is %lld", text, (long long)parsed);
    }
}

/* Every control character at every place of every length, and what only looks like one. */
static void controls_are_found_everywhere(void **state) {
    (void)state;
    static const char *const controls[] = {"\x01", "\t",       "\n",      "\x1F",
                                           "\x7F", "\xC2\x80", "\xC2\x9F"};
    static const char *const others[] = {" ", "~", "\xC2\xA0", "\xC3\x80", "\xE2\x82\xAC"};
    char text[64];
    for (size_t len = 0; len < 40; len++) {
        for (size_t at = 0; at <= len; at++) {
            for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
                memset(text, 'x', sizeof text);
                memcpy(text + at, controls[i], strlen(controls[i]));
                assert_true(draft_has_control((struct view){text, len + strlen(controls[i])}));
            }
            for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
                memset(text, 'x', sizeof text);
                memcpy(text + at, others[i], strlen(others[i]));
                assert_false(draft_has_control((struct view){text, len + strlen(others[i])}));
            }
        }
    }
    assert_true(draft_has_control((struct view){"\0", 1}));
    assert_false(draft_has_control((struct view){NULL, 0}));
}

static void attributes_are_found_by_their_names(void **state) {
    (void)state;
    static const char *const names[ATTRIBUTES] = {
        "id",       "specversion",     "source",      "type",      "subject",
        "time",     "record",          "revision",    "localdate", "recordedtime",
        "sequence", "datacontenttype", "data_base64", "data"};
    static const char *const others[] = {"",           "i",        "ids",    "tyme",
                                         "dato",       "sauce1",   "time ",  "datacontenttypes",
                                         "dataschema", "subjects", "record_"};
    for (int i = 0; i < ATTRIBUTES; i++)
        assert_int_equal(draft_attribute_find(view_of(names[i])), i);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(draft_attribute_find(view_of(others[i])), -1);
}

/* ---- batches ---- */

static void batches_of_every_shape(void **state) {
    (void)state;
    static const struct {
        const char *body;
        size_t n_items;
        const char *codes; /* of the items: + is ok, j bad_json, m missing_attribute */
    } batches[] = {
        {"", 0, ""},
        {"\n", 0, ""},
        {" \r\n\t\n\r\n", 0, ""},
        {"[]", 0, ""},
        {" \n[ \n ] \n", 0, ""},
        {CALL "}", 1, "+"},
        {CALL "}\n", 1, "+"},
        {CALL "}\r\n", 1, "+"},
        {"\n\n" CALL "}\n\n\n" CALL "}", 2, "++"},
        {CALL "}\nx\n" CALL "}\n", 3, "+j+"},
        {CALL "}\n[]\n", 2, "+j"},
        {"x\n[]", 2, "jj"},
        {CALL "}\r" CALL "}", 1, "j"},
        {"[" CALL "}]", 1, "+"},
        {"[" CALL "},\n{}\n, 5, [], " CALL "} ]", 5, "+mjj+"},
        {"[{},{},{\"a\":\"]},{\\\"\"},{}]", 4, "mmmm"},
        {"[[[{}]]]", 1, "j"},
        {"[null]", 1, "j"},
        {"\xEF\xBB\xBF" CALL "}", 1, "+"},
        {"\xEF\xBB\xBF[" CALL "}]", 1, "+"},
        {"\xEF\xBB\xBF", 0, ""},
        {CALL "}\n\xEF\xBB\xBF" CALL "}", 2, "+j"},
    };
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        struct json_batch batch = decode(batches[i].body, strlen(batches[i].body));
        if (batch.n_items != batches[i].n_items)
            fail_msg("%s has %zu items", batches[i].body, batch.n_items);
        for (size_t j = 0; j < batch.n_items; j++) {
            enum pace_code code = batch.items[j].code;
            char c = code == PACE_OK                  ? '+'
                     : code == PACE_BAD_JSON          ? 'j'
                     : code == PACE_MISSING_ATTRIBUTE ? 'm'
                                                      : '?';
            if (c != batches[i].codes[j])
                fail_msg("%s: item %zu is %s", batches[i].body, j, pace_code_name(code));
        }
    }
    assert_int_equal(decode(NULL, 0).n_items, 0);
}

static void a_broken_list_is_refused_as_a_whole(void **state) {
    (void)state;
    static const struct row lists[] = {
        {"[", PACE_BAD_JSON, "isn't a valid JSON list"},
        {" \n [" CALL "}", PACE_BAD_JSON, "isn't a valid JSON list"},
        {"[" CALL "},]", PACE_BAD_JSON, "isn't a valid JSON list"},
        {"[" CALL "}] x", PACE_BAD_JSON, "isn't a valid JSON list"},
        {"[" CALL "}]\n" CALL "}", PACE_BAD_JSON, "isn't a valid JSON list"},
        {"[" CALL ",\"x\":\"\xFF\"}]", PACE_BAD_UTF8, "UTF-8"},
        {"[\xFF", PACE_BAD_UTF8, "UTF-8"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct json_batch batch = {77, NULL};
        enum pace_code code =
            json_decode(decoder, lists[i].line, strlen(lists[i].line), 10, &batch, reason);
        assert_int_equal(code, lists[i].code);
        assert_non_null(strstr(reason, lists[i].reason));
        assert_int_equal(batch.n_items, 77); /* untouched */
    }
}

static void counts_are_limited(void **state) {
    (void)state;
    struct json_batch batch = {77, NULL};
    const char *const three[] = {"{}\n{}\n\n{}", "[{},{},{}]"};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(json_decode(decoder, three[i], strlen(three[i]), 3, &batch, reason),
                         PACE_OK);
        assert_int_equal(batch.n_items, 3);
        assert_int_equal(json_decode(decoder, three[i], strlen(three[i]), 2, &batch, reason),
                         PACE_TOO_MANY);
        assert_string_equal(reason, "the batch has more than 2 events");
        assert_int_equal(batch.n_items, 3);
        assert_int_equal(json_decode(decoder, three[i], strlen(three[i]), 0, &batch, reason),
                         PACE_TOO_MANY);
    }
    assert_int_equal(json_decode(decoder, "", ((size_t)64 << 20) + 1, 2, &batch, reason),
                     PACE_TOO_LARGE);
}

/* More items and more bytes than were made ready at creation. */
static void large_bodies_grow_the_decoder(void **state) {
    (void)state;
    enum { N = 20000 };
    const size_t size = (size_t)N * 200;
    char *body = malloc(size);
    assert_non_null(body);
    size_t len = 0;
    for (int i = 0; i < N; i++)
        len += (size_t)snprintf(body + len, size - len, CALL ",\"sequence\":%d}\n", i);
    struct json_batch batch = decode(body, len);
    assert_int_equal(batch.n_items, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(batch.items[i].code, PACE_OK);
        assert_int_equal(batch.items[i].event.sequence, i);
        assert_true(view_equal(batch.items[i].event.id, view_of("e1")));
        assert_true(batch.items[i].raw.at >= body && batch.items[i].raw.at < body + len);
    }
    free(body);
}

/* What was written with escapes is kept until the next body, of all events of this one. */
static void escapes_are_kept(void **state) {
    enum { N = 500 };
    static char body[N * 400];
    (void)state;
    for (int round = 0; round < 60; round++) { /* more texts than one body has room for */
        size_t len = (size_t)sprintf(body, "%s", round % 2 ? "[" : "");
        for (int i = 0; i < N; i++)
            len += (size_t)sprintf(body + len,
                                   "%s{\"specversion\":\"1.0\",\"id\":\"e\\/%d\",\"source\":\"\\/crm\",\"type\":\"sales.activity.call\","
                                   "\"subject\":\"J\\u00f6rg \\ud83d\\ude00 %d\",\"time\":\"2026-03-29T10:00:00\\u002B02:00\","
                                   "\"data\":{\"outcome\":\"\\\"%d\\\"\"}}\n",
                                   round % 2 && i ? "," : "", i, i, i);
        len += (size_t)sprintf(body + len, "%s", round % 2 ? "]" : "");
        struct json_batch batch = decode(body, len);
        assert_int_equal(batch.n_items, N);
        for (int i = 0; i < N; i++) {
            const struct event *event = &batch.items[i].event;
            char id[32], subject[32], outcome[32];
            sprintf(id, "e/%d", i);
            sprintf(subject, "J\xC3\xB6rg \xF0\x9F\x98\x80 %d", i);
            sprintf(outcome, "\"%d\"", i);
            assert_int_equal(batch.items[i].code, PACE_OK);
            assert_true(view_equal(event->id, view_of(id)) && view_equal(event->source, view_of("/crm")));
            assert_true(view_equal(event->subject, view_of(subject)));
            assert_int_equal(event->offset_min, 120);
            assert_int_equal(event->n_members, 1);
            assert_true(view_equal(event->members[0].text, view_of(outcome)));
        }
    }
}

static char *nested(size_t depth) {
    static char line[4096];
    size_t len = (size_t)snprintf(line, sizeof line, CALL ",\"x\":");
    memset(line + len, '[', depth);
    memset(line + len + depth, ']', depth);
    strcpy(line + len + 2 * depth, "}");
    return line;
}

static void depth_is_limited(void **state) {
    (void)state;
    assert_int_equal(decode_one(nested(63))->code, PACE_OK);
    const struct json_item *item = decode_one(nested(64));
    assert_int_equal(item->code, PACE_BAD_JSON);
    assert_non_null(strstr(item->reason, "deeper than 64"));
    static char many[1 << 20];
    memset(many, '[', sizeof many);
    struct json_batch batch;
    assert_int_equal(json_decode(decoder, many, sizeof many, 10, &batch, reason), PACE_BAD_JSON);
}

/* 100,000 names in one object: with every pair compared this would take minutes. */
static void many_names_are_not_quadratic(void **state) {
    (void)state;
    static char line[2 * PACE_WIRE_BATCH_MAX_BYTES];
    size_t len = (size_t)snprintf(line, sizeof line, CALL ",\"data\":{");
    for (int i = 0; len < PACE_WIRE_BATCH_MAX_BYTES - 100; i++)
        len += (size_t)snprintf(line + len, sizeof line - len, "\"%x\":1,", i);
    size_t end = len;
    snprintf(line + end, sizeof line - end, "\"end\":1}}");
    assert_int_equal(decode_one(line)->code, PACE_OK);
    snprintf(line + end, sizeof line - end, "\"1\":1}}");
    const struct json_item *item = decode_one(line);
    assert_int_equal(item->code, PACE_BAD_JSON);
    assert_string_equal(item->reason, "the name \"1\" stands twice in one object");
    assert_true(view_equal(item->id, view_of("e1")));
}

static void raw_is_the_event_in_the_body(void **state) {
    (void)state;
    const char *const bodies[] = {"  {\"a\":1} \r\n\n x \n{}", "[ {\"a\":1} ,\n x:0, {} ]",
                                  "[ {\"a\":1} ,\n 7, {} ]"};
    for (int i = 0; i < 3; i += 2) {
        struct json_batch batch = decode(bodies[i], strlen(bodies[i]));
        assert_int_equal(batch.n_items, 3);
        assert_true(view_equal(batch.items[0].raw, view_of("{\"a\":1}")));
        assert_true(view_equal(batch.items[1].raw, view_of(i ? "7" : "x")));
        assert_true(view_equal(batch.items[2].raw, view_of("{}")));
        assert_ptr_equal(batch.items[0].raw.at, bodies[i] + 2);
    }
}

static void the_id_is_told_where_it_can_be(void **state) {
    (void)state;
    assert_true(view_equal(decode_one("{\"id\":\"e9\"}")->id, view_of("e9")));
    assert_true(view_equal(decode_one("{\"x\":1,\"x\":2,\"id\":\"e9\"}")->id, view_of("e9")));
    assert_int_equal(decode_one("{\"id\":9}")->id.len, 0);
    assert_int_equal(decode_one("{\"id\":\"a\\nb\"}")->id.len, 0);
    assert_int_equal(decode_one("{\"x\":1,\"x\":2,\"id\":\"a\\nb\"}")->id.len, 0);
    assert_int_equal(decode_one("{\"id\":\"e9\"")->id.len, 0);
}

/* ---- the digest of what was decoded ---- */

static uint64_t digest_of(const char *line) {
    const struct json_item *item = decode_one(line);
    if (item->code)
        fail_msg("%s: %s", line, item->reason);
    return event_digest(&item->event);
}

static void the_same_content_has_the_same_digest(void **state) {
    (void)state;
    uint64_t digest =
        digest_of(WON ",\"data\":{\"opportunity\":\"o\",\"amount\":12.5,\"stage\":\"won\"}}");
    static const char *const same[] = {
        WON ",\"data\":{\"stage\":\"won\",\"amount\":12.5,\"opportunity\":\"o\"}}",
        WON
        " , \"data\" : { \"opportunity\" : \"o\" , \"amount\" : 12.50 , \"stage\" : \"won\" } }",
        WON ",\"data\":{\"opportunity\":\"\\u006f\",\"am\\u006funt\":1.25e1,\"stage\":\"won\","
            "\"owner\":null,\"x\":[]}}",
        WON ",\"revision\":3,\"record\":\"r\",\"sequence\":1,\"data\":{\"opportunity\":\"o\","
            "\"amount\":12.50001,"
            "\"stage\":\"won\"}}",
        HEAD ",\"type\":\"sales.opportunity.won\",\"time\":\"2026-03-29T08:00:00Z\",\"data\":{"
             "\"opportunity\":\"o\","
             "\"amount\":12.5,\"stage\":\"won\"}}",
        HEAD ",\"type\":\"sales.opportunity.won\",\"time\":\"2026-03-29t03:30:00.000-04:30\","
             "\"data\":{\"opportunity\":"
             "\"o\",\"amount\":12.5,\"stage\":\"won\"}}",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (digest_of(same[i]) != digest)
            fail_msg("%s has another digest", same[i]);
    }
    static const char *const others[] = {
        WON ",\"data\":{\"opportunity\":\"o\",\"amount\":12.5}}",
        WON ",\"data\":{\"opportunity\":\"o\",\"amount\":12.5,\"segment\":\"won\"}}",
        WON ",\"data\":{\"opportunity\":\"o\",\"amount\":12.5001,\"stage\":\"won\"}}",
        WON ",\"data\":{\"opportunity\":\"O\",\"amount\":12.5,\"stage\":\"won\"}}",
        WON ",\"localdate\":\"2026-03-29\",\"data\":{\"opportunity\":\"o\",\"amount\":12.5,"
            "\"stage\":\"won\"}}",
        WON ",\"recordedtime\":\"2026-03-29T10:00:00Z\",\"data\":{\"opportunity\":\"o\",\"amount\":"
            "12.5,"
            "\"stage\":\"won\"}}",
        HEAD ",\"type\":\"sales.opportunity.won\",\"time\":\"2026-03-29T10:00:00.000001+02:00\","
             "\"data\":{"
             "\"opportunity\":\"o\",\"amount\":12.5,\"stage\":\"won\"}}",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (digest_of(others[i]) == digest)
            fail_msg("%s has the same digest", others[i]);
    }
    /* What is kept as JSON is canonical too. */
    digest = digest_of(CALL ",\"data\":{\"participants\":[{\"rep\":\"b\",\"share\":0.5}]}}");
    assert_true(
        digest ==
        digest_of(CALL
                  ",\"data\":{\"participants\":[ {\"share\":5e-1,\"rep\":\"\\u0062\",\"z\":1}]}}"));
    assert_true(digest !=
                digest_of(CALL ",\"data\":{\"participants\":[{\"rep\":\"b\",\"share\":0.25}]}}"));
}

/* Lines of all sizes of their texts and numbers, which end anywhere within the eight bytes that are looked at together. */
static size_t random_line(char *line) {
    static const char *const words[] = {"outcome", "at",    "duration_s", "amount", "x",     "",
                                        "next_step_at", "kind", "a name of 16 b.", "a name of 17 by",
                                        "participants", "automatic", "\xC3\xA4", "\x7F", "opportunity", "id",
                                        "k\\u0069nd", "\\/", "\\\\"};
    static const char *const values[] = {"true", "false", "null", "0", "-0", "-1", "12.5", "1e3", "123456789012345678",
                                         "1234567890123456789", "-0.25", "00", "1.", "0.1234567890123456789", "[1]",
                                         "{}", "tru", "nul", "-", "\"2026-03-29\"", "\"\\n\"", "\"\xC2\x85\"", "\"a\tb\"",
                                         "\"\\u00e4 \\/ \\\\ \\\"\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\u0085\"", "\"\\x\""};
    size_t len = (size_t)sprintf(line, "%s,\"data\":{", random_next() % 4 ? CALL : OTHER);
    for (unsigned i = 0, n = random_next() % 10; i < n; i++) {
        len += (size_t)sprintf(line + len, "%s\"%s\"%s", i ? "," : "", words[random_next() % (sizeof words / sizeof *words)],
                               random_next() % 8 ? ":" : " : ");
        if (random_next() % 2)
            len += (size_t)sprintf(line + len, "%s", values[random_next() % (sizeof values / sizeof *values)]);
        else
            len += (size_t)sprintf(line + len, "\"%.*s\"", (int)(random_next() % 40),
                                   "abcdefghijklmnopqrstuvwxyz0123456789 .-/");
    }
    return len + (size_t)sprintf(line + len, "}}");
}

/* Whether the quick reader or the general one reads it: an event is the same. */
static void both_readers_agree(void **state) {
    (void)state;
    static const struct json_wanted none = {NULL, 0};
    struct json_decoder *others[] = {json_decoder_create(&none), json_decoder_create(&none)};
    int good = 0;
    random_state = seed_random();
    for (int i = 0; i < 20000; i++) {
        char line[1024], twin[sizeof line + JSON_TWIN_BYTES];
        struct json_batch batches[2];
        size_t len = i < (int)(sizeof rows / sizeof *rows) ? strlen(strcpy(line, rows[i].line)) : random_line(line);
        size_t twin_len = json_twin((struct view){line, len}, twin);
        if (!twin_len)
            continue;
        assert_int_equal(json_decode(others[0], line, len, 1, &batches[0], reason), PACE_OK);
        assert_int_equal(json_decode(others[1], twin, twin_len, 1, &batches[1], reason), PACE_OK);
        if (!json_twin_same(batches[0].items, batches[1].items))
            fail_msg("%s is %s (%s), and for the general reader %s (%s)", line, pace_code_name(batches[0].items->code),
                     batches[0].items->reason, pace_code_name(batches[1].items->code), batches[1].items->reason);
        good += batches[0].items->code == PACE_OK;
    }
    assert_true(good > 1000);
    json_decoder_destroy(&others[0]);
    json_decoder_destroy(&others[1]);
}

/* ---- every implementation of simdjson ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t len) { /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001B3);
    return hash;
}

/* Everything that the rows, whole and mutilated, decode to. */
static uint64_t fingerprint(uint64_t seed) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    random_state = seed;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int round = 0; round < 40; round++) {
            char line[1024];
            size_t len = strlen(rows[i].line);
            memcpy(line, rows[i].line, len + 1);
            if (round)
                line[random_next() % len] = (char)random_next();
            struct json_batch batch = {0};
            enum pace_code code = json_decode(decoder, line, len, 100, &batch, reason);
            hash = mix(hash, &code, sizeof code);
            for (size_t j = 0; !code && j < batch.n_items; j++) {
                const struct json_item *item = &batch.items[j];
                uint64_t digest = item->code ? 0 : event_digest(&item->event);
                hash = mix(hash, &item->code, sizeof item->code);
                hash = mix(hash, &digest, sizeof digest);
                bool parse_error = strstr(item->reason, "isn't valid JSON") != NULL;
                hash = mix(hash, item->reason, parse_error ? 0 : strlen(item->reason));
            }
        }
    }
    return hash;
}

/* In a process of its own, since simdjson chooses once. NULL: its own choice. 0: this processor
 * can't. */
static uint64_t fingerprint_with(const char *implementation, uint64_t seed) {
    int ends[2];
    uint64_t hash = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (implementation)
            setenv("SIMDJSON_FORCE_IMPLEMENTATION", implementation, 1);
        decoder = json_decoder_create(&wanted);
        hash = decoder ? fingerprint(seed) : 0;
        json_decoder_destroy(&decoder);
        _exit(write(ends[1], &hash, sizeof hash) != sizeof hash);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &hash, sizeof hash), sizeof hash);
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return hash;
}

/* The first test: once this process has decoded anything, its children have the same
 * implementation. */
static void every_processor_decodes_the_same(void **state) {
    (void)state;
    static const char *const implementations[] = {"icelake", "haswell", "westmere", "arm64",
                                                  "ppc64"};
    uint64_t seed = seed_random();
    uint64_t fallback = fingerprint_with("fallback", seed);
    assert_true(fallback != 0);
    assert_true(fingerprint_with("fallback", seed + 1) != fallback);
    if (fingerprint_with(NULL, seed) != fallback)
        fail_msg("simdjson's own choice decodes differently from its fallback");
    for (size_t i = 0; i < sizeof implementations / sizeof implementations[0]; i++) {
        uint64_t hash = fingerprint_with(implementations[i], seed);
        print_message("%s %s\n", implementations[i],
                      hash ? "compared with fallback" : "isn't for this processor");
        if (hash && hash != fallback)
            fail_msg("%s decodes differently from fallback", implementations[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_processor_decodes_the_same),
        cmocka_unit_test_setup_teardown(every_rule, create_decoder, destroy_decoder),
        cmocka_unit_test(both_readers_agree),
        cmocka_unit_test_setup_teardown(rows_do_not_harm_each_other, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(all_fields_arrive, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(defaults_are_told_apart, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(a_feed_speaks_of_itself, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(other_types_keep_what_is_wanted, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(lengths_are_limited, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(an_event_above_the_limit_is_too_large, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(numbers_are_exact, create_decoder, destroy_decoder),
        cmocka_unit_test(decimals_survive_any_notation),
        cmocka_unit_test(controls_are_found_everywhere),
        cmocka_unit_test(attributes_are_found_by_their_names),
        cmocka_unit_test_setup_teardown(batches_of_every_shape, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(a_broken_list_is_refused_as_a_whole, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(counts_are_limited, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(escapes_are_kept, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(large_bodies_grow_the_decoder, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(depth_is_limited, create_decoder, destroy_decoder),
        cmocka_unit_test_setup_teardown(many_names_are_not_quadratic, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(raw_is_the_event_in_the_body, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(the_id_is_told_where_it_can_be, create_decoder,
                                        destroy_decoder),
        cmocka_unit_test_setup_teardown(the_same_content_has_the_same_digest, create_decoder,
                                        destroy_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
