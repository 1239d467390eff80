/*
 * Dated rates of currencies: `{USD: {2026-01-01: 0.92}}`, and ramps: `[0.25, 0.5, 0.75]`. Both are
 * exact: a number is read digit by digit into an integer.
 */
#include "schema_table.h"

#include <stdio.h>
#include <stdlib.h>

enum { RATE_DIGITS = 9, SHARE_DIGITS = 4 };

#define RATE_MAX (INT64_C(1000000) * CONFIG_RATE_UNIT)

/*
 * A decimal above 0 with at most `digits` digits behind the point, in units of 10^-digits. False:
 * it isn't one, or is above max.
 */
static bool parse_share(const struct node *node, int digits, int64_t max, int64_t *ret_value) {
    const char *at = node->kind == NODE_SCALAR && !node->quoted ? node->text : "";
    size_t whole = strspn(at, "0123456789");
    size_t behind = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    bool leading_zero = at[0] == '0' && whole > 1;
    if (!whole || whole > 9 || leading_zero || behind > (size_t)digits ||
        at[whole + (behind ? behind + 1 : 0)] != '\0')
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < whole; i++)
        value = 10 * value + (at[i] - '0');
    for (size_t i = 0; i < (size_t)digits; i++)
        value = 10 * value + (i < behind ? at[whole + 1 + i] - '0' : 0);
    if (value < 1 || value > max)
        return false;
    *ret_value = value;
    return true;
}

/* "0.92", without zeros at its end. */
static void put_share(const struct schema_out *out, int64_t value, int64_t unit, int digits) {
    char text[48];
    int len = snprintf(text, sizeof text, "%lld.%0*lld", (long long)(value / unit), digits,
                       (long long)(value % unit));
    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[len - 1] = '\0';
    out->put(out->arg, text);
}

/* ---- rates ---- */

static int compare_rates(const void *a, const void *b) {
    pace_day x = ((const struct config_rate *)a)->from, y = ((const struct config_rate *)b)->from;
    return (x > y) - (x < y);
}

static int compare_currencies(const void *a, const void *b) {
    return strcmp(((const struct config_currency *)a)->name,
                  ((const struct config_currency *)b)->name);
}

static bool read_rate(struct walk *walk, const struct node *key, const struct node *value,
                      struct config_rate *ret_rate) {
    char shown[SCHEMA_SHOWN_SIZE];
    struct config_rate rate;
    if (value->kind == NODE_BROKEN)
        return false;
    if (day_parse(view_of(key->text), &rate.from)) {
        walk_error(walk, key, "%s is not a day; write e.g. 2026-01-01: 0.92",
                   schema_show(key, shown));
        return false;
    }
    if (!parse_share(value, RATE_DIGITS, RATE_MAX, &rate.rate)) {
        walk_error(walk, value,
                   "%s is not a rate; write e.g. 0.92 (above 0, at most 9 decimals, to 1000000)",
                   schema_show(value, shown));
        return false;
    }
    *ret_rate = rate;
    return true;
}

static bool read_currency(struct walk *walk, const struct node *key, const struct node *value,
                          struct config_currency *ret_currency) {
    char shown[SCHEMA_SHOWN_SIZE];
    if (value->kind == NODE_BROKEN)
        return false;
    if (!schema_text_ok(TYPE_CURRENCY, key->text)) {
        walk_error(walk, key, "%s is not a currency of three capitals; write e.g. USD",
                   schema_show(key, shown));
        return false;
    }
    if (value->kind != NODE_MAP || value->n_items == 0) {
        walk_error(walk, value, "%s is not a map from days to rates; write e.g. {2026-01-01: 0.92}",
                   schema_show(value, shown));
        return false;
    }
    size_t len = walk_push(walk, key->text);
    walk_tell_repeated(walk, value);
    struct config_currency currency = {
        .name = arena_text(walk->config->arena, key->text, strlen(key->text)),
        .rates = walk_alloc(walk, (size_t)value->n_items, sizeof *currency.rates)};
    for (int i = 0; currency.rates && i < value->n_items; i++)
        currency.n_rates +=
            read_rate(walk, value->keys[i], value->items[i], &currency.rates[currency.n_rates]);
    walk_pop(walk, len);
    if (!currency.name || !currency.n_rates)
        return false;
    walk_refer(walk, REF_CURRENCY, currency.name, key);
    qsort(currency.rates, (size_t)currency.n_rates, sizeof *currency.rates, compare_rates);
    *ret_currency = currency;
    return true;
}

bool rates_read(struct walk *walk, const struct schema_key *row, const struct node *node,
                void *base) {
    if (node->kind != NODE_MAP) {
        walk_mismatch(walk, row, node, "is not a map from currencies to dated rates");
        return false;
    }
    walk_tell_repeated(walk, node);
    struct config_currency *list = walk_alloc(walk, (size_t)node->n_items, sizeof *list);
    int n = 0;
    for (int i = 0; list && i < node->n_items; i++)
        n += read_currency(walk, node->keys[i], node->items[i], &list[n]);
    if (n)
        qsort(list, (size_t)n, sizeof *list, compare_currencies);
    *(struct config_currency **)schema_at(base, row->offset) = list;
    *(int *)schema_at(base, row->extra) = n;
    return n > 0;
}

static void put_rates(const struct schema_out *out, const struct config_currency *currency) {
    for (int i = 0; i < currency->n_rates; i++) {
        char day[DAY_TEXT_SIZE];
        out->put(out->arg, i ? ", " : "");
        out->put(out->arg, day_format(currency->rates[i].from, day));
        out->put(out->arg, ": ");
        put_share(out, currency->rates[i].rate, CONFIG_RATE_UNIT, RATE_DIGITS);
    }
}

void rates_print(const struct schema_out *out, const struct schema_key *row, const void *base) {
    const struct config_currency *list =
        *(struct config_currency *const *)schema_at_const(base, row->offset);
    int n = *(const int *)schema_at_const(base, row->extra);
    for (int i = 0; i < n; i++) {
        out->put(out->arg, i ? ", " : "{");
        schema_put_text(out, list[i].name);
        out->put(out->arg, ": {");
        put_rates(out, &list[i]);
        out->put(out->arg, "}");
    }
    out->put(out->arg, n ? "}" : "{}");
}

/* ---- shares ---- */

static bool read_share(struct walk *walk, const struct node *node, int *ret_share) {
    char shown[SCHEMA_SHOWN_SIZE];
    int64_t value;
    if (!parse_share(node, SHARE_DIGITS, CONFIG_SHARE_UNIT, &value)) {
        walk_error(walk, node,
                   "%s is not a share; write e.g. 0.25 (above 0, to 1, at most 4 decimals)",
                   schema_show(node, shown));
        return false;
    }
    *ret_share = (int)value;
    return true;
}

bool shares_read(struct walk *walk, const struct schema_key *row, const struct node *node,
                 void *base) {
    if (node->kind != NODE_LIST || node->n_items < 1 || node->n_items > CONFIG_RAMP_MAX) {
        char problem[SCHEMA_SHOWN_SIZE];
        snprintf(problem, sizeof problem, "is not a list of 1 to %d shares", CONFIG_RAMP_MAX);
        walk_mismatch(walk, row, node, problem);
        return false;
    }
    int *shares = walk_alloc(walk, (size_t)node->n_items, sizeof *shares), n = 0;
    for (int i = 0; shares && i < node->n_items; i++)
        if (node->items[i]->kind != NODE_BROKEN)
            n += read_share(walk, node->items[i], &shares[n]);
    *(const int **)schema_at(base, row->offset) = shares;
    *(int *)schema_at(base, row->extra) = n;
    return n > 0;
}

void shares_print(const struct schema_out *out, const struct schema_key *row, const void *base) {
    const int *shares = *(const int *const *)schema_at_const(base, row->offset);
    int n = *(const int *)schema_at_const(base, row->extra);
    for (int i = 0; i < n; i++) {
        out->put(out->arg, i ? ", " : "[");
        put_share(out, shares[i], CONFIG_SHARE_UNIT, SHARE_DIGITS);
    }
    out->put(out->arg, n ? "]" : "[]");
}
