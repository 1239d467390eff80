/* What takes two places of the file to judge: names that must exist, or must not exist twice. */
#include "deals.h"
#include "indicator.h"
#include "schema_table.h"

#include <stdio.h>
#include <stdlib.h>

enum { FEW_INDICATORS = 7 };

static int compare_refs(const void *a, const void *b) {
    const struct schema_ref *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    if (order)
        return order;
    return x->at->line != y->at->line ? x->at->line - y->at->line : x->at->col - y->at->col;
}

static void sort_refs(struct walk *walk, enum schema_ref_kind kind) {
    if (walk->n_refs[kind])
        qsort(walk->refs[kind], (size_t)walk->n_refs[kind], sizeof(struct schema_ref),
              compare_refs);
}

/* The path `section.owner.key` for the messages that follow; there is none before and none after. */
static void set_path(struct walk *walk, const char *section, const char *owner, const char *key) {
    walk->path[0] = '\0';
    snprintf(walk->path, sizeof walk->path, "%s", section);
    walk_push(walk, owner);
    if (key)
        walk_push(walk, key);
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- a subject belongs to one rep ---- */

static void tell_claimed(struct walk *walk, const struct schema_ref *first,
                         const struct schema_ref *second) {
    char shown[SCHEMA_SHOWN_SIZE], name[SCHEMA_SHOWN_SIZE];
    bool is_name = second->text == second->owner, was_name = first->text == first->owner;
    bool same = strcmp(first->owner, second->owner) == 0;
    if (same && (is_name || was_name))
        return; /* one's own name as an alias says nothing new, and a name given twice has been told */
    set_path(walk, "people.reps", second->owner, is_name ? NULL : "aliases");
    schema_show_text(second->text, shown);
    if (same)
        walk_error(walk, second->at, "%s stands here twice; the first is in line %d", shown,
                   first->at->line);
    else
        walk_error(walk, second->at, "%s is %s %s already (line %d); a subject belongs to one rep",
                   shown, was_name ? "the name of rep" : "an alias of rep",
                   schema_show_text(first->owner, name), first->at->line);
}

static void check_subjects(struct walk *walk) {
    sort_refs(walk, REF_SUBJECT);
    const struct schema_ref *refs = walk->refs[REF_SUBJECT];
    for (int i = 1, first = 0; i < walk->n_refs[REF_SUBJECT]; i++) {
        if (strcmp(refs[first].text, refs[i].text) == 0)
            tell_claimed(walk, &refs[first], &refs[i]);
        else
            first = i;
    }
}

/* ---- a rep's team, and a key's, is one of teams, where teams are given ---- */

static void tell_no_team(struct walk *walk, const struct schema_ref *ref, const char *section,
                         const char *key) {
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40] = "";
    struct guess guess = {.word = ref->text};
    for (int i = 0; i < walk->config->people.n_teams && walk_may_guess(walk); i++)
        guess_add(&guess, walk->config->people.teams[i].name);
    set_path(walk, section, ref->owner, key);
    walk_error(walk, ref->at, "%s is not one of teams%s", schema_show_text(ref->text, shown),
               schema_guess_text(&guess, guessed, sizeof guessed));
}

static void check_teams(struct walk *walk, enum schema_ref_kind kind, const char *section,
                        const char *key) {
    const struct config *config = walk->config;
    for (int i = 0; config->people.n_teams && i < walk->n_refs[kind]; i++) {
        const struct schema_ref *ref = &walk->refs[kind][i];
        bool known =
            strcmp(ref->text, "default") == 0 ||
            bsearch(&ref->text, config->people.teams, (size_t)config->people.n_teams,
                    sizeof *config->people.teams, compare_texts); /* teams begin with their name */
        if (!known)
            tell_no_team(walk, ref, section, key);
    }
}

/* ---- a guard is a ratio ---- */

static void check_guard(struct walk *walk, const struct schema_ref *ref) {
    const struct config *config = walk->config;
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40] = "";
    int found = config_indicator_find(config, view_of(ref->text));
    const struct config_indicator *guard = found < 0 ? NULL : &config->indicators[found];
    if ((guard && guard->kind == KIND_RATIO) || strcmp(ref->text, "none") == 0)
        return;
    struct guess guess = {.word = ref->text};
    for (int i = 0; i < config->n_indicators && walk_may_guess(walk); i++)
        if (config->indicators[i].kind == KIND_RATIO)
            guess_add(&guess, config->indicators[i].name);
    set_path(walk, "indicators", ref->owner, "guard");
    walk_error(walk, ref->at, "%s is not %s%s", schema_show_text(ref->text, shown),
               guard ? "of kind ratio, as a guard must be" : "a ratio indicator of this config",
               schema_guess_text(&guess, guessed, sizeof guessed));
}

static void check_guards(struct walk *walk) {
    for (int i = 0; i < walk->n_refs[REF_GUARD]; i++)
        check_guard(walk, &walk->refs[REF_GUARD][i]);
}

/* ---- nobody is their own manager, not even around corners ---- */

static void check_deputies(struct walk *walk) {
    for (int i = 0; i < walk->n_refs[REF_DEPUTY]; i++) {
        const struct schema_ref *ref = &walk->refs[REF_DEPUTY][i];
        if (strcmp(ref->text, ref->owner) != 0)
            continue;
        set_path(walk, "people.managers", ref->owner, "deputy");
        walk_error(walk, ref->at, "nobody can be their own deputy");
    }
}

static int compare_owners(const void *a, const void *b) {
    return strcmp(((const struct schema_ref *)a)->owner, ((const struct schema_ref *)b)->owner);
}

/* The place of a manager's own row among refs sorted by owner, or -1 for one who has no manager. */
static int find_owner(const struct walk *walk, const char *name) {
    struct schema_ref wanted = {.owner = name};
    const struct schema_ref *refs = walk->refs[REF_BOSS];
    const struct schema_ref *found =
        bsearch(&wanted, refs, (size_t)walk->n_refs[REF_BOSS], sizeof *refs, compare_owners);
    return found ? (int)(found - refs) : -1;
}

/* Tells the cycle that goes through `from`, at whoever of it stands first in the file. */
static void tell_cycle(struct walk *walk, const int *boss_of, int from) {
    const struct schema_ref *refs = walk->refs[REF_BOSS];
    char shown[SCHEMA_SHOWN_SIZE], chain[200];
    int first = from;
    for (int at = boss_of[from]; at != from; at = boss_of[at])
        if (refs[at].at->line < refs[first].at->line ||
            (refs[at].at->line == refs[first].at->line && refs[at].at->col < refs[first].at->col))
            first = at;
    size_t len =
        (size_t)snprintf(chain, sizeof chain, "%s", schema_show_text(refs[first].owner, shown));
    for (int at = boss_of[first]; at != first && len < sizeof chain / 2; at = boss_of[at])
        len += (size_t)snprintf(chain + len, sizeof chain - len, " → %s",
                                schema_show_text(refs[at].owner, shown));
    set_path(walk, "people.managers", refs[first].owner, "manager");
    walk_error(walk, refs[first].at, "%s → %s is a circle: everybody is under their own manager",
               chain, schema_show_text(refs[first].owner, shown));
}

/* Follows each chain once: a chain that comes back to a step of its own is a cycle. */
static void check_managers(struct walk *walk) {
    int n = walk->n_refs[REF_BOSS];
    int *boss_of = arena_alloc(walk->scratch, (size_t)n, sizeof *boss_of);
    int *seen_by = arena_alloc(walk->scratch, (size_t)n,
                               sizeof *seen_by); /* 1 + the start of the chain; 0: not yet */
    if (!n || !boss_of || !seen_by)
        return;
    qsort(walk->refs[REF_BOSS], (size_t)n, sizeof *walk->refs[REF_BOSS], compare_owners);
    for (int i = 0; i < n; i++)
        boss_of[i] = find_owner(walk, walk->refs[REF_BOSS][i].text);
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at >= 0 && !seen_by[at]; at = boss_of[at])
            seen_by[at] = i + 1;
        if (at >= 0 && seen_by[at] == i + 1)
            tell_cycle(walk, boss_of, at);
    }
}

/* ---- few indicators, for roles that exist ---- */

static const char **sorted_roles(struct walk *walk) {
    const struct config *config = walk->config;
    const char **roles = arena_alloc(walk->scratch, (size_t)config->people.n_reps, sizeof *roles);
    if (!roles || !config->people.n_reps)
        return NULL;
    for (int i = 0; i < config->people.n_reps; i++)
        roles[i] = config->people.reps[i].role;
    qsort(roles, (size_t)config->people.n_reps, sizeof *roles, compare_texts);
    return roles;
}

static void tell_no_role(struct walk *walk, const struct schema_ref *ref,
                         const char *const *roles) {
    char shown[SCHEMA_SHOWN_SIZE], guessed[SCHEMA_SHOWN_SIZE + 40] = "";
    struct guess guess = {.word = ref->text};
    for (int i = 0; i < walk->config->people.n_reps && walk_may_guess(walk); i++)
        if (i == 0 || strcmp(roles[i - 1], roles[i]) != 0)
            guess_add(&guess, roles[i]);
    set_path(walk, "indicators", ref->owner, "roles");
    walk_warning(walk, ref->at, "no rep of this config has role %s%s",
                 schema_show_text(ref->text, shown),
                 schema_guess_text(&guess, guessed, sizeof guessed));
}

static void check_roles_exist(struct walk *walk) {
    const char **roles = sorted_roles(walk);
    for (int i = 0; roles && i < walk->n_refs[REF_APPLIES]; i++) {
        const struct schema_ref *ref = &walk->refs[REF_APPLIES][i];
        size_t n = (size_t)walk->config->people.n_reps;
        if (strcmp(ref->text, "default") != 0 && !config_role_find(walk->config, ref->text) &&
            !bsearch(&ref->text, roles, n, sizeof *roles, compare_texts))
            tell_no_role(walk, ref, roles);
    }
}

static void tell_many(struct walk *walk, const struct node *at, const char *role, int n) {
    char shown[SCHEMA_SHOWN_SIZE] = "every role";
    snprintf(walk->path, sizeof walk->path, "indicators");
    walk_warning(walk, at,
                 "%s%s has %d of them; more than %d are too many to act on: keep the few that "
                 "predict results",
                 role ? "role " : "", role ? schema_show_text(role, shown) : shown, n,
                 FEW_INDICATORS);
}

/* Counts per role: those for all roles and those that name it. */
static void check_few(struct walk *walk, const struct node *at) {
    const struct config *config = walk->config;
    int for_all = 0, n = walk->n_refs[REF_APPLIES];
    for (int i = 0; i < config->n_indicators; i++)
        for_all += config->indicators[i].n_roles == 0;
    if (for_all > FEW_INDICATORS)
        tell_many(walk, at, NULL, for_all);
    sort_refs(walk, REF_APPLIES);
    const struct schema_ref *refs = walk->refs[REF_APPLIES];
    for (int i = 0, first = 0; i < n; i++) {
        bool last = i + 1 == n || strcmp(refs[i].text, refs[i + 1].text) != 0;
        int named = i + 1 - first;
        if (last && for_all <= FEW_INDICATORS && for_all + named > FEW_INDICATORS)
            tell_many(walk, at, refs[i].text, for_all + named);
        if (last)
            first = i + 1;
    }
}

/* ---- what is kept of a deal's history has so much room ---- */

static void check_deals(struct walk *walk, const struct node *at) {
    if (deals_fit(walk->config))
        return;
    snprintf(walk->path, sizeof walk->path, "indicators");
    walk_error(walk, at,
               "the steps of all adherences and the conditions (where) of all levels and "
               "adherences must be at most %d each",
               DEALS_BITS_MAX);
}

/* ---- an endpoint is bound once ---- */

struct endpoint {
    const char *text, *socket;
};

static int add_endpoints(struct endpoint *list, const char *socket, const char *const *texts,
                         int n) {
    for (int i = 0; i < n; i++)
        list[i] = (struct endpoint){texts[i], socket};
    return n;
}

/* Where this very text was read; NULL for a default. */
static const struct node *endpoint_place(const struct walk *walk, const char *text) {
    for (int i = 0; i < walk->n_refs[REF_ENDPOINT]; i++)
        if (walk->refs[REF_ENDPOINT][i].text == text)
            return walk->refs[REF_ENDPOINT][i].at;
    return NULL;
}

static void tell_same_endpoint(struct walk *walk, const struct endpoint *a,
                               const struct endpoint *b) {
    char shown[SCHEMA_SHOWN_SIZE];
    const struct node *at_a = endpoint_place(walk, a->text), *at_b = endpoint_place(walk, b->text);
    bool b_later = at_b && (!at_a || at_b->line > at_a->line ||
                            (at_b->line == at_a->line && at_b->col > at_a->col));
    const struct endpoint *later = b_later ? b : a, *earlier = b_later ? a : b;
    const struct node *at = b_later ? at_b : at_a;
    if (!at)
        return; /* both are defaults, which differ */
    set_path(walk, "sockets", later->socket, NULL);
    walk_error(walk, at, "%s is bound by sockets.%s already", schema_show_text(later->text, shown),
               earlier->socket);
}

static void check_endpoints(struct walk *walk) {
    const struct config *config = walk->config;
    int total = config->sockets.n_ingest + config->sockets.n_subscribe + config->sockets.n_alerts +
                config->sockets.n_control;
    int n = 0;
    struct endpoint *list = arena_alloc(walk->scratch, (size_t)total, sizeof *list);
    if (!list)
        return;
    n += add_endpoints(list + n, "ingest", config->sockets.ingest, config->sockets.n_ingest);
    n += add_endpoints(list + n, "subscribe", config->sockets.subscribe,
                       config->sockets.n_subscribe);
    n += add_endpoints(list + n, "alerts", config->sockets.alerts, config->sockets.n_alerts);
    n += add_endpoints(list + n, "control", config->sockets.control, config->sockets.n_control);
    qsort(list, (size_t)n, sizeof *list, compare_texts); /* they begin with their text */
    for (int i = 1; i < n && walk_may_guess(walk); i++)
        if (strcmp(list[i - 1].text, list[i].text) == 0)
            tell_same_endpoint(walk, &list[i - 1], &list[i]);
}

/* ---- the organisation's own currency has no rate ---- */

static void check_currencies(struct walk *walk) {
    for (int i = 0; i < walk->n_refs[REF_CURRENCY]; i++) {
        const struct schema_ref *ref = &walk->refs[REF_CURRENCY][i];
        if (strcmp(ref->text, walk->config->organisation.currency) != 0)
            continue;
        snprintf(walk->path, sizeof walk->path, "organisation.rates");
        walk_error(walk, ref->at, "%s is the organisation's own currency, which needs no rate",
                   ref->text);
    }
}

/* ---- a sum in another currency is one of money, and needs a rate ---- */

static bool has_rate(const struct config *config, const char *currency) {
    bool found = strcmp(currency, config->organisation.currency) == 0;
    for (int i = 0; i < config->organisation.n_currencies && !found; i++)
        found = strcmp(currency, config->organisation.currencies[i].name) == 0;
    return found;
}

static void check_converted(struct walk *walk) {
    for (int i = 0; i < walk->n_refs[REF_CONVERTED]; i++) {
        const struct schema_ref *ref = &walk->refs[REF_CONVERTED][i];
        int sum = config_indicator_find(walk->config, view_of(ref->owner));
        const struct config_indicator *indicator = sum < 0 ? NULL : &walk->config->indicators[sum];
        set_path(walk, "indicators", ref->owner, "sum.currency");
        if (indicator && indicator->member && !indicator_is_money(indicator))
            walk_warning(walk, ref->at, "is passed over: %s is no amount of money", indicator->member);
        else if (!has_rate(walk->config, ref->text))
            walk_warning(walk, ref->at,
                         "%s has no rate in organisation.rates, so amounts in any other currency, or without one, are left out",
                         ref->text);
    }
}

/* ---- sizes and spans that fit each other ---- */

static void check_map_max(struct walk *walk, const struct node *root) {
    static const char *const path[SCHEMA_PLACE_KEYS] = {"store", "map_max"};
    const struct node *at = schema_at_path(root, path);
    uint64_t most = walk->config->store.map_max_bytes;
    if (!at || !most || most >= walk->config->store.map_size_bytes)
        return;
    walk->path[0] = '\0';
    walk_push_path(walk, path);
    walk_warning(walk, at, "is below store.map_size, so the file doesn't grow by itself; write more, or leave it out");
}

/* A trial whose day is dropped before its success may come is judged without it. */
static void check_horizons(struct walk *walk, const struct node *root) {
    const struct config *config = walk->config;
    for (int i = 0; i < config->n_indicators; i++) {
        const struct config_indicator *indicator = &config->indicators[i];
        const char *const path[SCHEMA_PLACE_KEYS] = {"indicators", indicator->name,
                                                     indicator_kind_name(indicator->kind), "within"};
        const struct node *at = schema_at_path(root, path);
        if (!at || indicator->within_us < config->store.keep_days * DAY_US)
            continue;
        walk->path[0] = '\0';
        walk_push_path(walk, path);
        walk_warning(walk, at, "is as long as store.keep_days (%d), so what follows late is refused; write less, or keep more",
                     config->store.keep_days);
    }
}

/* ---- somebody has to be able to send something ---- */

static void check_senders(struct walk *walk, const struct node *root) {
    static const char *const path[SCHEMA_PLACE_KEYS] = {"sockets", "ingest"};
    const struct node *at = schema_at_path(root, path);
    if (!at || at->kind != NODE_LIST || at->n_items || walk->config->sockets.n_subscribe)
        return;
    walk->path[0] = '\0';
    walk_push_path(walk, path);
    walk_warning(walk, at, "is empty, and so is sockets.subscribe: no event can be sent");
}

void schema_check(struct walk *walk, const struct node *root) {
    const struct node *indicators = schema_map_key(root, "indicators");
    check_subjects(walk);
    check_teams(walk, REF_TEAM, "people.reps", "team");
    check_teams(walk, REF_KEY_TEAM, "keys", "teams");
    check_guards(walk);
    check_deputies(walk);
    check_managers(walk);
    check_roles_exist(walk);
    if (indicators) {
        check_few(walk, indicators);
        check_deals(walk, indicators);
    }
    check_endpoints(walk);
    schema_check_access(walk);
    check_senders(walk, root);
    check_currencies(walk);
    check_converted(walk);
    check_map_max(walk, root);
    check_horizons(walk, root);
    walk->path[0] = '\0';
}
