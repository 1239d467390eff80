#include "agenda.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void agenda_start(struct agenda *agenda, uint32_t from_s) {
    memset(agenda, 0, sizeof(*agenda));
    agenda->next_hour = from_s / 3600;
}

void agenda_end(struct agenda *agenda) {
    for (int i = 0; i < AGENDA_HOURS; i++)
        free(agenda->hours[i].items);
    memset(agenda, 0, sizeof(*agenda));
}

static int grow(struct agenda_hour *hour) {
    uint32_t room = hour->room ? hour->room + hour->room / 2 : 64;
    struct item *items = realloc(hour->items, room * sizeof(*items));
    if (!items)
        return -ENOMEM;
    hour->items = items;
    hour->room = room;
    return 0;
}

int agenda_put(struct agenda *agenda, const struct item *item) {
    uint32_t at = item->arrival_s / 3600;
    if (at < agenda->next_hour)
        at = agenda->next_hour;
    assert(at - agenda->next_hour < AGENDA_HOURS);
    struct agenda_hour *hour = &agenda->hours[at % AGENDA_HOURS];
    if (hour->n == hour->room && grow(hour) < 0)
        return -ENOMEM;
    hour->items[hour->n++] = *item;
    return 0;
}

#define ORDER_BY(member)                                                                           \
    if (x->member != y->member)                                                                    \
    return x->member < y->member ? -1 : 1

/* A total order, so that the bytes don't depend on how qsort works. */
static int item_order(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    ORDER_BY(arrival_s);
    ORDER_BY(time_s);
    ORDER_BY(rep);
    ORDER_BY(kind);
    ORDER_BY(serial);
    ORDER_BY(revision);
    ORDER_BY(flags);
    ORDER_BY(outcome);
    return 0;
}

static int hand_out(struct agenda_hour *hour, int (*take)(void *arg, const struct item *item),
                    void *arg) {
    int rc = 0;
    if (hour->n > 1)
        qsort(hour->items, hour->n, sizeof(*hour->items), item_order);
    for (uint32_t i = 0; i < hour->n && rc == 0; i++)
        rc = take(arg, &hour->items[i]);
    free(hour->items);
    *hour = (struct agenda_hour){0};
    return rc;
}

int agenda_flush(struct agenda *agenda, uint32_t until_s,
                 int (*take)(void *arg, const struct item *item), void *arg) {
    int rc = 0;
    for (; rc == 0 && agenda->next_hour < until_s / 3600; agenda->next_hour++)
        rc = hand_out(&agenda->hours[agenda->next_hour % AGENDA_HOURS], take, arg);
    return rc;
}
