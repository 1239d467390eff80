#include "config.h"

#include "arena.h"
#include "pace/error.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

__extension__ typedef __int128 wide;

struct config *config_create(void) {
    struct arena *arena = arena_create();
    if (!arena)
        return NULL;
    struct config *config = arena_alloc(arena, 1, sizeof *config);
    if (config)
        config->arena = arena;
    else
        arena_destroy(&arena);
    return config;
}

void config_destroy(struct config **config) {
    if (!config || !*config)
        return;
    struct arena *arena = (*config)->arena; /* the config itself lies in it */
    arena_destroy(&arena);
    *config = NULL;
}

/* ---- holidays ---- */

const struct config_holidays *config_holidays_of(const struct config *config,
                                                 const struct config_team *team,
                                                 const struct config_rep *rep) {
    static const struct config_holidays none;
    const struct config_holidays *levels[] = {
        rep ? rep->holidays : NULL, team ? team->holidays : NULL, config->organisation.holidays};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (levels[i])
            return levels[i];
    return &none;
}

static int compare_days(const void *a, const void *b) {
    pace_day x = *(const pace_day *)a, y = *(const pace_day *)b;
    return (x > y) - (x < y);
}

/* Sorts, and keeps each day once. Returns how many are left. */
static int sort_days(pace_day *days, int n) {
    int kept = 0;
    if (n)
        qsort(days, (size_t)n, sizeof *days, compare_days);
    for (int i = 0; i < n; i++)
        if (!kept || days[kept - 1] != days[i])
            days[kept++] = days[i];
    return kept;
}

int config_holidays_add(struct config *config, struct config_holidays *holidays,
                        const pace_day *days, int n) {
    if (n > CONFIG_HOLIDAYS_MAX)
        return PACE_ELIMIT;
    size_t had = (size_t)holidays->n_days;
    pace_day *all = arena_alloc(config->arena, had + (size_t)n, sizeof *all);
    if (!all)
        return -ENOMEM;
    if (had)
        memcpy(all, holidays->days, had * sizeof *all);
    if (n)
        memcpy(all + had, days, (size_t)n * sizeof *all);
    int kept = sort_days(all, (int)had + n);
    if (kept > CONFIG_HOLIDAYS_MAX)
        return PACE_ELIMIT;
    holidays->days = all;
    holidays->n_days = kept;
    return 0;
}

static uint64_t hash_number(uint64_t seed, int64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * i));
    return XXH3_64bits_withSeed(bytes, sizeof bytes, seed);
}

/* A list that isn't there differs from an empty one: that one wins over the level above it. */
static uint64_t hash_holidays(uint64_t digest, const struct config_holidays *holidays) {
    digest = hash_number(digest, holidays ? holidays->n_days : -1);
    for (int i = 0; holidays && i < holidays->n_days; i++)
        digest = hash_number(digest, holidays->days[i]);
    return digest;
}

void config_digest_holidays(struct config *config) {
    uint64_t digest = hash_holidays(0, config->organisation.holidays);
    for (int i = 0; i < config->people.n_teams; i++)
        digest = hash_holidays(digest, config->people.teams[i].holidays);
    for (int i = 0; i < config->people.n_reps; i++)
        digest = hash_holidays(digest, config->people.reps[i].holidays);
    config->holidays_digest = digest;
}

/* ---- currencies ---- */

static int compare_currency(const void *name, const void *currency) {
    return view_compare(*(const struct view *)name,
                        view_of(((const struct config_currency *)currency)->name));
}

/* How many rates begin at or before that day. */
static int count_rates(const struct config_currency *currency, pace_day day) {
    int low = 0, high = currency->n_rates;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (currency->rates[middle].from <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int config_rate(const struct config *config, struct view currency, pace_day day,
                int64_t *ret_rate) {
    if (view_equal(currency, view_of(config->organisation.currency))) {
        *ret_rate = CONFIG_RATE_UNIT;
        return 0;
    }
    const struct config_currency *found = NULL;
    if (config->organisation.n_currencies)
        found = bsearch(&currency, config->organisation.currencies,
                        (size_t)config->organisation.n_currencies, sizeof *found, compare_currency);
    int n = found ? count_rates(found, day) : 0;
    if (!n)
        return -ENOENT;
    *ret_rate = found->rates[n - 1].rate;
    return 0;
}

int config_convert(const struct config *config, int64_t amount, struct view from, struct view to,
                   pace_day day, int64_t *ret_amount) {
    struct view own = view_of(config->organisation.currency);
    int64_t from_rate = 0, to_rate = 0;
    from = from.len ? from : own;
    to = to.len ? to : own;
    if (view_equal(from, to)) {
        *ret_amount = amount;
        return 0;
    }
    int error = config_rate(config, from, day, &from_rate);
    error = error ? error : config_rate(config, to, day, &to_rate);
    if (error)
        return error;
    wide value = (wide)amount * from_rate / to_rate;
    if (value > INT64_MAX || value < INT64_MIN)
        return -ERANGE;
    *ret_amount = (int64_t)value;
    return 0;
}

int config_indicator_find(const struct config *config, struct view name) {
    int i = config->n_indicators - 1;
    while (i >= 0 && !view_equal(view_of(config->indicators[i].name), name))
        i--;
    return i;
}

/* ---- keys ---- */

const struct config_key *config_key_find(const struct config *config, struct view user) {
    static const struct config_key nobody = {.name = "(not listed)", .key = ""};
    if (!user.len)
        return NULL;
    for (int i = 0; i < config->n_keys; i++)
        if (view_equal(user, view_of(config->keys[i].key)))
            return &config->keys[i];
    return &nobody;
}

bool config_key_connects(const struct config_key *key, struct view socket) {
    const struct {
        const char *socket;
        bool may;
    } table[] = {
        {"ingest", key->n_sources > 0},
        {"subscribe", key->n_sources > 0},
        {"alerts", key->alerts && !key->n_teams}, /* what one subscribes to is all teams' */
        {"control", key->control != KEY_CONTROL_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (view_equal(socket, view_of(table[i].socket)))
            return table[i].may;
    return false;
}

static bool source_fits(const char *pattern, struct view source) {
    size_t len = strlen(pattern);
    if (len && pattern[len - 1] == '*')
        return source.len >= len - 1 && memcmp(pattern, source.at, len - 1) == 0;
    return view_equal(source, view_of(pattern));
}

bool config_key_sends(const struct config_key *key, struct view source) {
    for (int i = 0; i < key->n_sources; i++)
        if (source_fits(key->sources[i], source))
            return true;
    return false;
}

bool config_key_sees(const struct config_key *key, struct view team) {
    int i = 0;
    while (i < key->n_teams && !view_equal(team, view_of(key->teams[i])))
        i++;
    return !key->n_teams || i < key->n_teams;
}

/* ---- roles ---- */

static int compare_role(const void *name, const void *role) {
    return strcmp(name, ((const struct config_role *)role)->name);
}

uint64_t config_store_limit(const struct config *config) {
    uint64_t most = config->store.map_max_bytes, size = config->store.map_size_bytes;
    return most > size ? most : size;
}

const struct config_role *config_role_find(const struct config *config, const char *name) {
    if (!config->people.n_roles)
        return NULL;
    return bsearch(name, config->people.roles, (size_t)config->people.n_roles,
                   sizeof *config->people.roles, compare_role);
}
