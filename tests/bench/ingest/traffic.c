/* traffic.c - see traffic.h. */
#include "traffic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum kind { CALL, MAIL, MEETING, DEMO, OPPORTUNITY, PROPOSAL };

static const struct {
    const char *source, *type, *data, *about;
    char letter;
} kinds[] = {
    [CALL] = {"/dialer", "sales.activity.call",
              "\"outcome\":\"connected\",\"direction\":\"outbound\",\"duration_s\":", "contact",
              'c'},
    [MAIL] = {"/mail", "sales.activity.email",
              "\"direction\":\"outbound\",\"duration_s\":", "contact", 'e'},
    [MEETING] = {"/calendar", "sales.activity.meeting",
                 "\"outcome\":\"held\",\"duration_s\":", "contact", 'm'},
    [DEMO] = {"/calendar", "sales.activity.demo",
              "\"outcome\":\"held\",\"duration_s\":", "opportunity", 'd'},
    [OPPORTUNITY] = {"/crm", "sales.opportunity.created",
                     "\"currency\":\"EUR\",\"amount\":", "opportunity", 'o'},
    [PROPOSAL] = {"/crm", "sales.activity.proposal", "\"amount\":", "opportunity", 'p'},
};

static const enum kind wheel[] = {CALL, MAIL, MEETING, DEMO, OPPORTUNITY, PROPOSAL};
static const int wheel_to[] = {55, 80, 88, 93, 97, 100};

enum { RECORD_SHIFT = 6, REPEAT_FROM = 99, REPEAT_BACK = 37 };

/* 16384 events in a row are about 512 contacts or opportunities, and no later one is. */
enum { ROW_SHIFT = 14, ROW_KEYS = 512 };

static uint64_t mix(uint64_t z) {
    z = (z + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* ---- text, without printf: the sender shares the machine with what it measures ---- */

static char *put(char *at, const char *text) {
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

static char *put_number(char *at, uint64_t number, int least_digits) {
    char digits[20];
    int n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) || n < least_digits);
    while (n)
        *at++ = digits[--n];
    return at;
}

static char *put_name(char *at, char letter, uint64_t number) {
    *at++ = letter;
    *at++ = '-';
    at = put_number(at, number, 6);
    *at = '\0';
    return at;
}

static char *put_time(char *at, int64_t time_us) {
    int year, month, dom;
    int64_t day = floor_div(time_us, DAY_US), second = (time_us - day * DAY_US) / 1000000;
    day_to_civil((pace_day)day, &year, &month, &dom);
    *(at = put_number(at, (uint64_t)year, 4)) = '-';
    *(at = put_number(at + 1, (uint64_t)month, 2)) = '-';
    *(at = put_number(at + 1, (uint64_t)dom, 2)) = 'T';
    *(at = put_number(at + 1, (uint64_t)second / 3600, 2)) = ':';
    *(at = put_number(at + 1, (uint64_t)second / 60 % 60, 2)) = ':';
    *(at = put_number(at + 1, (uint64_t)second % 60, 2)) = 'Z';
    return at + 1;
}

static char *put_attribute(char *at, const char *before, const char *value) {
    return put(put(at, before), value);
}

/* ---- events ---- */

static enum kind kind_of(uint64_t luck) {
    int at = 0;
    while ((int)(luck % 100) >= wheel_to[at])
        at++;
    return wheel[at];
}

static void write_line(struct traffic_event *event, enum kind kind, uint64_t i, uint64_t luck) {
    char *at = put_attribute(event->line, "{\"specversion\":\"1.0\",\"id\":\"", event->id);
    at = put_attribute(at, "\",\"source\":\"", event->source);
    at = put_attribute(at, "\",\"type\":\"", event->type);
    at = put_attribute(at, "\",\"subject\":\"", event->subject);
    at = put_time(put(at, "\",\"time\":\""), event->time_us);
    if (kind == MEETING) {
        at = put_attribute(at, "\",\"record\":\"", event->record);
        at = put_number(put(at, "\",\"revision\":"), (uint64_t)event->revision, 1);
    } else {
        at = put(at, "\"");
    }
    at = put_number(put(put(at, ",\"data\":{"), kinds[kind].data), luck >> 40 & 0xfff, 1);
    at = put_attribute(at, ",\"", kinds[kind].about);
    at = put_number(put(at, "\":\"k"), (i >> ROW_SHIFT) * ROW_KEYS + (luck >> 16) % ROW_KEYS, 5);
    at = put(at, "\"}}\n");
    event->len = (size_t)(at - event->line);
}

void traffic_make(const struct traffic *traffic, uint64_t i, struct traffic_event *ret_event) {
    uint64_t luck = mix(i);
    if (luck % 100 == REPEAT_FROM && i >= REPEAT_BACK)
        luck = mix(i -= REPEAT_BACK);
    enum kind kind = kind_of(luck);
    uint64_t record = kind == MEETING ? i >> RECORD_SHIFT : i;
    int64_t step_us = DAY_US / ((int64_t)traffic->reps * TRAFFIC_REP_DAY),
            span_us = traffic->days * DAY_US;
    put(ret_event->source, kinds[kind].source)[0] = '\0';
    put(ret_event->type, kinds[kind].type)[0] = '\0';
    put_name(ret_event->id, kinds[kind].letter, i);
    put_name(ret_event->record, kind == MEETING ? 'r' : kinds[kind].letter, record);
    put_name(ret_event->subject, 'u', (kind == MEETING ? mix(record) : luck >> 8) % traffic->reps);
    step_us = step_us ? step_us : 1;
    ret_event->time_us = traffic->from_us + (int64_t)(i * (uint64_t)step_us % (uint64_t)span_us);
    ret_event->revision = kind == MEETING ? (int)(i & ((1 << RECORD_SHIFT) - 1)) : 0;
    ret_event->day = (pace_day)floor_div(ret_event->time_us, DAY_US);
    write_line(ret_event, kind, i, luck);
}

size_t traffic_body(const struct traffic *traffic, uint64_t i, size_t n, char *body) {
    struct traffic_event event;
    size_t len = 0;
    for (; n; n--, i++) {
        traffic_make(traffic, i, &event);
        memcpy(body + len, event.line, event.len);
        len += event.len;
    }
    return len;
}

/* ---- what every part needs ---- */

int64_t traffic_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double traffic_now_s(void) {
    return (double)traffic_now_ns() / 1e9;
}

void traffic_check(bool good, const char *format, ...) {
    va_list args;
    if (good)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

uint64_t traffic_number(const char *name, const char *text) {
    char *end = NULL;
    uint64_t number = text ? strtoull(text, &end, 10) : 0;
    traffic_check(text && end != text && !*end, "%s needs a number", name);
    return number;
}
