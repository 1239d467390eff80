#include "schema_number.h"

#include <errno.h>
#include <stdio.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit int_units[] = {{"", 1}, {NULL, 0}};
static const struct unit decimal_units[] = {{"", SCHEMA_DECIMAL_UNIT}, {NULL, 0}};
static const struct unit size_units[] = {{"TiB", INT64_C(1) << 40},
                                         {"GiB", INT64_C(1) << 30},
                                         {"MiB", INT64_C(1) << 20},
                                         {"KiB", INT64_C(1) << 10},
                                         {NULL, 0}};
static const struct unit duration_units[] = {{"d", DAY_US},
                                             {"h", DAY_US / 24},
                                             {"m", INT64_C(60000000)},
                                             {"s", INT64_C(1000000)},
                                             {NULL, 0}};

/* Largest unit first. */
static const struct unit *units_of(enum schema_type type) {
    switch (type) {
    case TYPE_INT:
        return int_units;
    case TYPE_DECIMAL:
    case TYPE_SECONDS:
        return decimal_units;
    case TYPE_SIZE:
        return size_units;
    case TYPE_DURATION:
        return duration_units;
    default:
        return NULL;
    }
}

bool schema_is_number(enum schema_type type) {
    return units_of(type) != NULL;
}

/* Digits without a leading zero; stops at the first other character. -ERANGE beyond 18 digits. */
static int parse_digits(const char **at, int64_t *ret_value) {
    const char *from = *at;
    int64_t value = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        if (*at - from < 18)
            value = 10 * value + (**at - '0');
    if (*at == from || (*from == '0' && *at - from > 1))
        return -EINVAL;
    if (*at - from > 18)
        return -ERANGE;
    *ret_value = value;
    return 0;
}

/* What follows the point, in 1/10,000: one to four digits. */
static int parse_fraction(const char **at, int64_t *ret_fraction) {
    const char *from = *at;
    int64_t value = 0, place = SCHEMA_DECIMAL_UNIT;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        place /= 10;
        value += place * (**at - '0');
    }
    if (*at == from || *at - from > SCHEMA_DECIMALS)
        return -EINVAL;
    *ret_fraction = value;
    return 0;
}

int schema_number_parse(enum schema_type type, const char *text, int64_t *ret_value) {
    bool negative = *text == '-', decimal = units_of(type) == decimal_units;
    const char *at = text + negative;
    int64_t whole = 0, fraction = 0;
    int error = parse_digits(&at, &whole);
    if (error == -EINVAL)
        return error;
    if (decimal && *at == '.' && (at++, parse_fraction(&at, &fraction)))
        return -EINVAL;
    const struct unit *unit = units_of(type);
    while (unit->name && strcmp(unit->name, at) != 0)
        unit++;
    if (!unit->name)
        return -EINVAL;
    if (error || whole > (INT64_MAX - fraction) / unit->factor)
        return -ERANGE;
    int64_t value = whole * unit->factor + fraction;
    *ret_value = negative ? -value : value;
    return 0;
}

static char *format_decimal(int64_t value, char *buffer) {
    int64_t whole = value / SCHEMA_DECIMAL_UNIT, fraction = value % SCHEMA_DECIMAL_UNIT;
    int len =
        snprintf(buffer, SCHEMA_NUMBER_SIZE, "%lld.%04lld", (long long)whole, (long long)fraction);
    while (buffer[len - 1] == '0')
        buffer[--len] = '\0';
    if (buffer[len - 1] == '.')
        buffer[len - 1] = '\0';
    return buffer;
}

char *schema_number_format(enum schema_type type, int64_t value, char *buffer) {
    const struct unit *unit = units_of(type);
    if (unit == decimal_units)
        return format_decimal(value, buffer);
    while (unit[1].name && (value == 0 || value % unit->factor != 0))
        unit++;
    snprintf(buffer, SCHEMA_NUMBER_SIZE, "%lld%s", (long long)(value / unit->factor), unit->name);
    return buffer;
}

void schema_number_store(enum schema_type type, int64_t value, void *field) {
    if (type == TYPE_INT)
        *(int *)field = (int)value;
    else if (type == TYPE_DECIMAL)
        *(double *)field = (double)value / SCHEMA_DECIMAL_UNIT;
    else if (type == TYPE_SIZE)
        *(uint64_t *)field = (uint64_t)value;
    else
        *(int64_t *)field = value;
}

int64_t schema_number_load(enum schema_type type, const void *field) {
    if (type == TYPE_INT)
        return *(const int *)field;
    if (type ==
        TYPE_DECIMAL) /* what was read is within half a unit of an integer; .5 finds it again */
        return (int64_t)(*(const double *)field * SCHEMA_DECIMAL_UNIT + .5);
    if (type == TYPE_SIZE)
        return (int64_t) * (const uint64_t *)field;
    return *(const int64_t *)field;
}
