/*
 * agenda.h - what is still to be printed, handed out in the order of arrival.
 *
 * A calendar queue of one bucket an hour (Brown 1988, "Calendar Queues"): an item costs a store now
 * and its share of one small sort when its hour has come. Memory follows what is pending, not what
 * was ever put in.
 */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include <stdint.h>

enum item_flag { ITEM_DELETED = 1, ITEM_AUTOMATIC = 2, ITEM_AGAIN = 4 };

/* One line to print. Seconds since 1970. */
struct item {
    uint32_t arrival_s, time_s;
    uint32_t recorded_s; /* recordedtime; 0: none */
    uint32_t rep, serial;
    uint32_t owner;      /* the rep whom the line is about; mostly rep, whose record it is */
    uint32_t deal;       /* serial + 1 of the deal it belongs to; 0: none */
    uint32_t detail;     /* a number that contact, duration and the like are made of */
    uint16_t ahead_days; /* a deal: expected to close in so many days; 0: not said */
    int16_t offset_min;  /* of time, east of UTC */
    uint8_t kind, outcome, revision, flags;
};

enum { AGENDA_HOURS = 4096 }; /* how far ahead an item can lie: 170 days */

struct agenda_hour {
    struct item *items;
    uint32_t n, room;
};

struct agenda {
    struct agenda_hour hours[AGENDA_HOURS];
    uint32_t next_hour; /* hours before this one have been handed out */
};

/* From this second on. */
void agenda_start(struct agenda *agenda, uint32_t from_s);

/*
 * 0, or -ENOMEM. An item that lies before what was handed out comes with the next hour; one that
 * lies beyond the horizon is a bug of the caller.
 */
int agenda_put(struct agenda *agenda, const struct item *item);

/* Hands out everything that arrives before `until_s` (cut to hours), in order. 0, or the first
 * error of `take`. */
int agenda_flush(struct agenda *agenda, uint32_t until_s,
                 int (*take)(void *arg, const struct item *item), void *arg);

void agenda_end(struct agenda *agenda);

#endif
