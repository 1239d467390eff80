/* The table of keys: what can be configured, in the order of the sample and the manual. */
#include "schema_table.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define MINUTE INT64_C(60000000)
#define UNIT 10000 /* decimals count in 1/10,000 */

/* Where the value is: in the config, or in the struct of a named thing. */
#define IN(member) .offset = offsetof(struct config, member)
#define N_IN(member) .extra = offsetof(struct config, member)
#define OF(thing, member) .offset = offsetof(struct config_##thing, member)
#define N_OF(thing, member) .extra = offsetof(struct config_##thing, member)

#define KIND_IS(constant) .kind = 1 + (constant)

/* clang-format off */
/* In the order of the enum in config.h. */
static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august",
                                     "september", "october", "november", "december", NULL};

static const struct schema_key organisation_keys[] = {
    {.name = "tz", .type = TYPE_ZONE, IN(organisation.tz), .fallback = "UTC",
     .example = "Europe/Amsterdam",
     .help = "Time zone of everybody for whom no other is given: it says when a day begins and "
             "ends."},
    {.name = "workweek", .type = TYPE_WEEK, IN(organisation.workweek), N_IN(organisation.hours),
     .fallback = "{mon-fri: \"09:00-17:00\"}",
     .help = "Working hours by day (mon to sun) or range of days (mon-fri); a list of stretches "
             "for breaks: [\"09:00-12:00\", \"13:00-17:00\"]. Days that aren't named are free."},
    {.name = "holidays", .type = TYPE_HOLIDAYS, IN(organisation.holidays),
     .example = "[holidays/nl.ics, 2026-12-24]",
     .help = "Public holidays, on which nobody is expected to work: iCalendar files, whose paths "
             "are relative to this file, and days."},
    {.name = "fiscal_year", .type = TYPE_CHOICE, .choices = months, IN(organisation.fiscal_year),
     .fallback = "january",
     .help = "The month with which fiscal years begin, and so do quarters (those of targets, and those "
             "whose low and high weeks are learned): january, february, march, april, may, june, "
             "july, august, september, october, november or december."},
    {.name = "currency", .type = TYPE_CURRENCY, IN(organisation.currency), .fallback = "EUR",
     .help = "Currency of amounts."},
    {.name = "rates", .type = TYPE_RATES, IN(organisation.currencies),
     N_IN(organisation.n_currencies), .example = "{USD: {2026-01-01: 0.92, 2026-07-01: 0.9}}",
     .help = "What one unit of another currency is worth in the organisation's, from which day "
             "on. Amounts in a currency without a rate for their day are left out of sums, and "
             "reported."},
    {0}};

static const struct schema_key manager_keys[] = {
    {.name = "manager", .type = TYPE_TEXT, .ref = REF_BOSS, OF(manager, manager),
     .example = "k.bos",
     .help = "Their own manager: who is told when a step is missed twice, and who stands in for one "
             "who has left, or whose step would be with themselves."},
    {.name = "deputy", .type = TYPE_TEXT, .ref = REF_DEPUTY, OF(manager, deputy),
     .example = "p.smit",
     .help = "Stands in while the manager is away: is reminded of the next step with a rep who slipped."},
    {0}};

static const struct schema_key team_keys[] = {
    {.name = "manager", .type = TYPE_TEXT, OF(team, manager), .example = "m.jansen",
     .help = "Who coaches the team and gets its warnings; need not stand in managers."},
    {.name = "tz", .type = TYPE_ZONE, OF(team, tz), .example = "Europe/Amsterdam",
     .help = "Time zone of the team; without one, the organisation's."},
    {.name = "holidays", .type = TYPE_HOLIDAYS, OF(team, holidays),
     .example = "[holidays/nl.ics, 2026-12-24]",
     .help = "Public holidays of the team's region instead of the organisation's; [] for none."},
    {0}};

static const struct schema_key role_keys[] = {
    {.name = "ramp", .type = TYPE_SHARES, .required = true, OF(role, ramp), N_OF(role, n_ramp),
     .example = "[0.25, 0.5, 0.75]",
     .help = "What is expected of somebody new: the share of full output in each 30 days of "
             "tenure, until all of it is expected after the last."},
    {0}};

static const struct schema_key rep_keys[] = {
    {.name = "team", .type = TYPE_TEXT, .ref = REF_TEAM, OF(rep, team), .fallback = "default",
     .example = "north",
     .help = "One of teams. Reps of one team and role are each other's measure for what is "
             "normal."},
    {.name = "role", .type = TYPE_TEXT, OF(rep, role), .fallback = "default", .example = "sdr",
     .help = "The kind of work, such as sdr or ae; an indicator can be limited to roles."},
    {.name = "tz", .type = TYPE_ZONE, OF(rep, tz), .example = "Europe/Lisbon",
     .help = "Time zone of this rep; without one, the team's."},
    {.name = "aliases", .type = TYPE_LIST, .item = TYPE_TEXT, .ref = REF_SUBJECT, OF(rep, aliases),
     N_OF(rep, n_aliases), .example = "[\"hubspot:51377\", \"a.devries@example.com\"]",
     .help = "Subjects by which the sources know this rep, each in full. The rep's own name is "
             "always one."},
    {.name = "workweek", .type = TYPE_WEEK, .may_be_empty = true, OF(rep, workweek),
     N_OF(rep, hours), .example = "{mon-wed: \"09:00-17:00\", thu: \"09:00-12:00\"}",
     .help = "Working hours of this rep instead of the organisation's, for part-time."},
    {.name = "workweek_odd", .type = TYPE_WEEK, .may_be_empty = true, OF(rep, workweek_odd),
     N_OF(rep, hours_odd), .example = "{mon-fri: \"09:00-17:00\"}",
     .help = "Working hours in weeks with an odd ISO number, where they alternate; workweek then "
             "holds in the even ones. After a year of 53 weeks two odd ones follow each other."},
    {.name = "holidays", .type = TYPE_HOLIDAYS, OF(rep, holidays), .example = "[holidays/be.ics]",
     .help = "Public holidays of this rep instead of the team's; [] for none."},
    {.name = "joined", .type = TYPE_DAY, OF(rep, joined), .example = "2026-03-01",
     .help = "First day of work here, from which tenure counts; a sales.rep.joined event wins."},
    {.name = "left", .type = TYPE_DAY, OF(rep, left), .example = "2026-12-01",
     .help = "First day on which this rep no longer works here; a sales.rep.left event wins."},
    {0}};

static const struct schema_named managers = {.size = sizeof(struct config_manager),
.noun = "manager",
                                             .holder = "MANAGER", .example = "m.jansen",
                                             .sorted = true};
static const struct schema_named roles = {.size = sizeof(struct config_role), .noun = "role",
.holder = "ROLE",
                                          .example = "sdr", .sorted = true};
static const struct schema_named teams = {.size = sizeof(struct config_team), .noun = "team",
.holder = "TEAM",
                                          .example = "north", .sorted = true};
static const struct schema_named reps = {.size = sizeof(struct config_rep), .noun = "rep",
.holder = "REP",
                                         .example = "a.devries", .sorted = true,
                                         .finish = rep_finish};

/* In the order of the enums in config.h. */
static const char *const modes[] = {"team_only", "rep_first", "manager", NULL};
static const char *const enrolments[] = {"auto", "park", "reject", NULL};
static const char *const directions[] = {"up", "down", NULL};
static const char *const credits[] = {"subject", "owner", "each", "share", NULL};
static const char *const distincts[] = {"none", "contact/day", "account/day", "lead/day",
"opportunity/day", NULL};
static const char *const successes_by[] = {"anyone", "same_rep", NULL};
static const char *const promisers[] = {"rep", "manager", NULL};
static const char *const settlings[] = {"curve", "horizon", NULL};
static const char *const quantities[] = {"open_amount", "coverage", "no_next_step",
"days_in_stage", "push_count", "contacts_per_deal", NULL};

static const struct schema_key people_keys[] = {
    {.name = "mode", .type = TYPE_CHOICE, .choices = modes, IN(people.mode),
     .fallback = "rep_first",
     .unused = "is accepted, but this version raises the same warnings about single reps in every "
               "mode",
     .help = "Who sees a rep's warnings: team_only (teams, never one person), rep_first (the "
             "rep, some days before the manager) or manager (both at once)."},
    {.name = "enroll", .type = TYPE_CHOICE, .choices = enrolments, IN(people.enroll),
     .fallback = "auto",
     .help = "What an unknown subject becomes: auto (a rep of team default), park (kept until an "
             "alias or a sales.rep.joined names it; pacectl unknown lists them) or reject (refused)."},
    {.name = "managers", .type = TYPE_NAMED, .named = &managers, .keys = manager_keys,
     IN(people.managers),
     N_IN(people.n_managers),
     .help = "Managers by name, for those who have a manager or a deputy."},
    {.name = "roles", .type = TYPE_NAMED, .named = &roles, .keys = role_keys, IN(people.roles),
     N_IN(people.n_roles),
     .help = "Roles by name, for those in which the newly hired aren't expected to do all at "
             "once."},
    {.name = "teams", .type = TYPE_NAMED, .named = &teams, .keys = team_keys, IN(people.teams),
     N_IN(people.n_teams),
     .help = "Teams by name. Team default is always there."},
    {.name = "reps", .type = TYPE_NAMED, .ref = REF_SUBJECT, .named = &reps, .keys = rep_keys,
     IN(people.reps), N_IN(people.n_reps),
     .help = "Reps by name, for those who have a team, a role or more than one subject."},
    {0}};

static const struct schema_key sum_keys[] = {
    {.name = "of", .type = TYPE_EVENT, .required = true, OF(indicator, of),
     .example = "sales.opportunity.created",
     .help = "The type of the events, or a pattern."},
    {.name = "member", .type = TYPE_WORD, .required = true, OF(indicator, member),
     .example = "amount",
     .help = "The numeric member that is added up."},
    {.name = "currency", .type = TYPE_CURRENCY, .ref = REF_CONVERTED, OF(indicator, currency),
     .help = "The currency of the sum; without one, the organisation's. Amounts in another one "
             "are converted by organisation.rates, as of their day."},
    {0}};

static const struct schema_key success_keys[] = {
    {.name = "of", .type = TYPE_EVENT, OF(indicator, then), .example = "sales.activity.proposal",
     .help = "The type of a later record that is the success; without one, the trial's own "
             "record is looked at."},
    {.name = "where", .type = TYPE_WHERE, OF(indicator, success_where), N_OF(indicator,
     n_success_where),
     .example = "{outcome: accepted}", .help = "What the record must have to be a success."},
    {0}};

static const struct schema_key ratio_keys[] = {
    {.name = "trials", .type = TYPE_EVENT, .required = true, OF(indicator, of),
     .example = "sales.activity.demo",
     .help = "The type of the trials, or a pattern."},
    {.name = "success", .type = TYPE_SECTION, .required = true, .keys = success_keys,
     .help = "What makes a trial a success."},
    {.name = "key", .type = TYPE_WORD, OF(indicator, key), .example = "opportunity",
     .help = "The member that a trial and its success have in common; goes with within."},
    {.name = "within", .type = TYPE_DURATION, OF(indicator, within_us), .min = MINUTE,
     .max = 400 * DAY_US,
     .example = "14d", .help = "How long after the trial the success may come; goes with key."},
    {.name = "success_by", .type = TYPE_CHOICE, .choices = successes_by, OF(indicator, success_by),
     .fallback = "anyone", .help = "Whose success counts: anyone's, or only the same_rep's."},
    {.name = "settle", .type = TYPE_CHOICE, .choices = settlings, OF(indicator, settle),
     .fallback = "curve",
     .help = "When a trial with a key is judged: curve compares successes as they come with what "
             "the ages of the open trials lead to expect; horizon waits until within is over."},
    {0}};

static const struct schema_key latency_keys[] = {
    {.name = "trigger", .type = TYPE_EVENT, .required = true, OF(indicator, of),
     .example = "sales.lead.assigned",
     .help = "The type that starts the clock, or a pattern."},
    {.name = "answer", .type = TYPE_EVENT, .required = true, OF(indicator, then),
     .example = "\"sales.activity.*\"",
     .help = "The type that stops it, or a pattern."},
    {.name = "key", .type = TYPE_WORD, .required = true, OF(indicator, key), .example = "lead",
     .help = "The member that the two have in common."},
    {.name = "within", .type = TYPE_DURATION, .required = true, OF(indicator, within_us),
     .min = 1000000,
     .max = 400 * DAY_US, .example = "1h",
     .help = "The limit: the share answered by then is watched."},
    {0}};

static const struct schema_key level_keys[] = {
    {.name = "of", .type = TYPE_CHOICE, .choices = quantities, .required = true,
     OF(indicator, quantity), .example = "open_amount",
     .help = "The quantity, taken at the close of each scheduled day: the open_amount of the "
             "rep's deals, their coverage (that amount by the target), how many have "
             "no_next_step, or the mean of their days_in_stage, their push_count (how often the "
             "close date was moved later) or their contacts_per_deal."},
    {0}};

static const struct schema_key score_keys[] = {
    {.name = "skill", .type = TYPE_TEXT, .required = true, OF(indicator, skill),
     .example = "discovery",
     .help = "The skill whose observation scores are averaged."},
    {0}};

static const struct schema_key adherence_keys[] = {
    {.name = "stage", .type = TYPE_TEXT, .required = true, OF(indicator, stage),
     .example = "discovery",
     .help = "The stage: each deal that leaves it is looked at."},
    {.name = "steps", .type = TYPE_LIST, .item = TYPE_EVENT, .required = true, .needs_one = true, OF(indicator, steps),
     N_OF(indicator, n_steps), .example = "[sales.activity.call, sales.activity.demo]",
     .help = "The types of the steps that belong before that, in order."},
    {0}};

static const struct schema_key promises_keys[] = {
    {.name = "by", .type = TYPE_CHOICE, .choices = promisers, OF(indicator, promises_by),
     .fallback = "rep",
     .help = "Whose promises: those of the rep, or those that the manager made to the rep."},
    {0}};

static const struct schema_key filter_keys[] = {
    {.name = "min_duration_s", .type = TYPE_SECONDS, OF(indicator, min_duration),
     .max = INT64_C(86400) * UNIT,
     .fallback = "0", .example = "30",
     .help = "Records with a shorter duration_s, or none, don't count."},
    {.name = "distinct", .type = TYPE_CHOICE, .choices = distincts, OF(indicator, distinct),
     .fallback = "none",
     .example = "contact/day",
     .help = "Counts several records with one contact on one day once: contact/day; so do "
             "account/day, lead/day and opportunity/day. With none, each record counts. For counts, and "
             "for ratios of the same record."},
    {.name = "automatic", .type = TYPE_BOOL, OF(indicator, count_automatic), .fallback = "false",
     .help = "Whether records that a sequence or an import made (automatic: true) count too."},
    {0}};

static const struct schema_key indicator_keys[] = {
    {.name = "label", .type = TYPE_TEXT, OF(indicator, label), .example = "calls",
     .help = "What sentences call it; without one, its name with blanks for underscores."},
    {.name = "count", .type = TYPE_EVENT, KIND_IS(KIND_COUNT), .sampled = true, OF(indicator, of),
     .help = "Kind count: records of this type are counted; a pattern ends in *, as in "
             "\"sales.activity.*\". Each indicator has exactly one kind."},
    {.name = "sum", .type = TYPE_SECTION, KIND_IS(KIND_SUM), .keys = sum_keys,
     .example = "pipeline_created",
     .help = "Kind sum: a numeric member is added up."},
    {.name = "ratio", .type = TYPE_SECTION, KIND_IS(KIND_RATIO), .keys = ratio_keys,
     .example = "demo_to_proposal",
     .help = "Kind ratio: of the trials, the share that succeeds."},
    {.name = "latency", .type = TYPE_SECTION, KIND_IS(KIND_LATENCY), .keys = latency_keys,
     .example = "speed_to_lead",
     .help = "Kind latency: of the triggers, the share that is answered within a limit."},
    {.name = "level", .type = TYPE_SECTION, KIND_IS(KIND_LEVEL), .keys = level_keys,
     .example = "open_pipeline",
     .help = "Kind level: a quantity at the close of each day."},
    {.name = "score", .type = TYPE_SECTION, KIND_IS(KIND_SCORE), .keys = score_keys,
     .example = "discovery",
     .help = "Kind score: the mean of observed scores of a skill."},
    {.name = "adherence", .type = TYPE_SECTION, KIND_IS(KIND_ADHERENCE), .keys = adherence_keys,
     .example = "our_way",
     .help = "Kind adherence: of the deals that left a stage, the share whose steps happened."},
    {.name = "promises", .type = TYPE_SECTION, KIND_IS(KIND_PROMISES), .keys = promises_keys,
     .example = "say_do",
     .help = "Kind promises: of the promises that were judged, the share that was kept. Those that "
             "were likely anyway, agreed anew, withdrawn or can't be verified stand outside."},
    {.name = "where", .type = TYPE_WHERE, OF(indicator, where), N_OF(indicator, n_where),
     .example = "{direction: outbound}",
     .help = "What a record must have to count: each member one of its values, as {outcome: "
             "[held, done]}."},
    {.name = "trials_where", .type = TYPE_WHERE, OF(indicator, trials_where), N_OF(indicator,
     n_trials_where),
     .example = "{direction: outbound}",
     .help = "For a ratio: what a record must have to be a trial."},
    {.name = "direction", .type = TYPE_CHOICE, .choices = directions, OF(indicator, direction),
     .fallback = "up",
     .help = "Which way is better: up or down."},
    {.name = "roles", .type = TYPE_LIST, .item = TYPE_TEXT, .ref = REF_APPLIES, OF(indicator,
     roles),
     N_OF(indicator, n_roles), .example = "[sdr]",
     .help = "The roles it is watched for; without any, all."},
    {.name = "target", .type = TYPE_DECIMAL, OF(indicator, target), .min = 1,
     .max = INT64_C(1000000000) * UNIT,
     .example = "25",
     .help = "What is agreed per full scheduled day (a ratio's share from 0 to 1)."},
    {.name = "credit", .type = TYPE_CHOICE, .choices = credits, OF(indicator, credit),
     .fallback = "subject",
     .help = "Who gets the record: its subject; its owner, where one is told; each of its subject "
             "and participants; or these by their share, of which the subject has what is left."},
    {.name = "filters", .type = TYPE_SECTION, .keys = filter_keys,
     .help = "Which records don't count."},
    {.name = "guard", .type = TYPE_WORD, .ref = REF_GUARD, OF(indicator, guard),
     .example = "demo_to_proposal",
     .help = "The ratio that must hold while this one recovers, so that more isn't just more of "
             "worse; none says that there is none on purpose."},
    {0}};

static const struct schema_named indicators = {.size = sizeof(struct config_indicator),
.noun = "indicator",
                                               .holder = "INDICATOR", .example = "calls",
                                               .strict = true,
                                               .max = CONFIG_INDICATORS_MAX,
                                               .finish = indicator_finish};

static const struct schema_key detection_keys[] = {
    {.name = "arl0_days", .type = TYPE_DECIMAL, IN(detection.arl0_days), .min = 20 * UNIT,
     .max = 100000 * UNIT,
     .fallback = "500", .example = "250",
     .help = "How often chance alone may raise a warning: once in so many working days per rep "
             "and indicator. All n indicators of a rep together may warn too, by chance once in "
             "1.5/n times as many days."},
    {.name = "good_news_arl0_days", .type = TYPE_DECIMAL, IN(detection.good_news_arl0_days),
     .min = 20 * UNIT, .max = 100000 * UNIT,
     .fallback = "500", .example = "250",
     .help = "How often chance alone may be taken for good news: once in so many working days per rep "
             "and indicator."},
    {.name = "off_target_below", .type = TYPE_DECIMAL, IN(detection.off_target_below), .min = 0,
     .max = UNIT / 2,
     .fallback = "0.2", .example = "0.1",
     .help = "An agreed target is told to be off when the probability of reaching it by the end of "
             "its period is below this."},
    {.name = "close_after", .type = TYPE_DURATION, IN(detection.close_after_us), .min = 0,
     .max = 30 * DAY_US,
     .fallback = "6h",
     .help = "A team's day is judged this long after it has ended for all of its members."},
    {0}};

static const struct schema_key budget_keys[] = {
    {.name = "per_week", .type = TYPE_INT, IN(budget.per_week), .min = 0, .max = 1000,
     .fallback = "2",
     .help = "How many warnings a week are pushed to one manager, the surest first; the rest "
             "waits in the list. Who is silent for twenty scheduled days is pushed once beyond it, unless it is 0."},
    {0}};

static const char *const holds[] = {"auto", "always", "never", NULL};

#define LOOP_DAYS(key, default, text)                                                              \
    {.name = #key "_days", .type = TYPE_INT, IN(loop.key##_days), .min = 0, .max = 250,            \
     .fallback = default, .help = text}

static const struct schema_key loop_keys[] = {
    {.name = "hold", .type = TYPE_CHOICE, .choices = holds, IN(loop.hold), .fallback = "auto",
     .help = "Whether managers are reminded of the next step with a rep who slipped, and then their "
             "managers: always, never, or auto, from the first coaching session on that anybody records."},
    LOOP_DAYS(acknowledge, "2", "A slip is to be acknowledged within so many working days; 0 here and below: "
                                "nobody is reminded."),
    LOOP_DAYS(coach, "5", "Within so many working days it is to be talked about with the rep."),
    LOOP_DAYS(commit, "3", "Once it was talked about, a commitment is to follow within so many working days."),
    LOOP_DAYS(follow_up, "5", "A commitment is to have its verdict so many working days after it was due."),
    LOOP_DAYS(go_on, "10", "Where the verdict is in and the slip is still there, it is to be talked about again."),
    LOOP_DAYS(help, "5", "A rep who asked for help is to be promised some."),
    LOOP_DAYS(one_on_one, "10", "How often each rep has a one-on-one: every so many working days."),
    {0}};

static const struct schema_key store_keys[] = {
    {.name = "map_size", .type = TYPE_SIZE, IN(store.map_size_bytes), .min = 16 * MIB, .max = TIB,
     .fallback = "4GiB",
     .help = "How large the store's file may become. Events are refused when it is 90 % full, or the disk is."},
    {.name = "map_max", .type = TYPE_SIZE, IN(store.map_max_bytes), .min = 16 * MIB, .max = TIB,
     .example = "64GiB",
     .help = "If given, the file may grow by itself beyond map_size, up to this, as far as the disk has room."},
    {.name = "keep_days", .type = TYPE_INT, IN(store.keep_days), .min = 30, .max = 36500,
     .fallback = "800",
     .example = "400",
     .help = "Events of older days are refused as too late, and those that were taken are dropped, a month at a time. What "
             "they came to (counts, warnings, who works where, promises) stays; but a changed configuration counts what is kept."},
    {.name = "dedup_memory", .type = TYPE_SIZE, IN(store.dedup_memory_bytes), .min = MIB,
     .max = TIB,
     .fallback = "256MiB",
     .help = "Memory by which an event that comes twice is known: of 64 bytes each, the newest are kept there; "
             "what is older lies in the store, and takes two bytes of memory each."},
    {.name = "scrub_days", .type = TYPE_INT, IN(store.scrub_days), .min = 0, .max = 3650,
     .fallback = "7",
     .help = "Every so many days all checksums of the store are looked at, 4 MiB a second, while events come in; "
             "status tells what was found. 0: only when asked (pacectl scrub)."},
    {0}};

static const struct schema_key alerts_keys[] = {
    {.name = "fresh_days", .type = TYPE_INT, IN(alerts.fresh_days), .min = 0, .max = 3650,
     .fallback = "10",
     .help = "Warnings about days further back are kept and numbered, but not pushed to people."},
    {0}};

static const struct schema_key ingest_keys[] = {
    {.name = "max_ahead", .type = TYPE_DURATION, IN(ingest.max_ahead_us), .min = 1000000,
     .max = 4000 * DAY_US,
     .example = "1d",
     .help = "Events further ahead of the clock are refused; without it 1 day, or 400 days under "
             "--clock events."},
    {.name = "credit_events", .type = TYPE_INT, IN(ingest.credit_events), .min = 1, .max = 1 << 24,
     .fallback = "65536", .help = "How many unacknowledged events a client may have outstanding."},
    {0}};

static const struct schema_key quarantine_keys[] = {
    {.name = "keep_body", .type = TYPE_BOOL, IN(quarantine.keep_body), .fallback = "false",
     .help = "Whether refused events are kept with their content (which may name people), so "
             "that they can be tried again."},
    {.name = "keep_notes", .type = TYPE_INT, IN(quarantine.keep_notes), .min = 0, .max = 10000000,
     .fallback = "10000", .help = "How many of the newest notes about refused events are kept."},
    {0}};

static const struct schema_key sockets_keys[] = {
    {.name = "ingest", .type = TYPE_LIST, .item = TYPE_ENDPOINT, .ref = REF_ENDPOINT,
     IN(sockets.ingest), N_IN(sockets.n_ingest),
     .fallback = "ipc://{runtime}/ingest.sock", .example = "tcp://127.0.0.1:7711",
     .help = "Where connectors send events: an ipc path ({runtime} is the runtime directory) or "
             "TCP, or a list. TCP off loopback needs keys."},
    {.name = "subscribe", .type = TYPE_LIST, .item = TYPE_ENDPOINT, .ref = REF_ENDPOINT,
     IN(sockets.subscribe), N_IN(sockets.n_subscribe), .example = "tcp://127.0.0.1:7712",
     .help = "Where connectors that want no answer publish events, which may get lost; without "
             "one, nowhere."},
    {.name = "alerts", .type = TYPE_LIST, .item = TYPE_ENDPOINT, .ref = REF_ENDPOINT,
     IN(sockets.alerts), N_IN(sockets.n_alerts),
     .fallback = "ipc://{runtime}/alerts.sock", .example = "tcp://127.0.0.1:7713",
     .help = "Where subscribers get warnings."},
    {.name = "control", .type = TYPE_LIST, .item = TYPE_ENDPOINT, .needs_one = true, .ref = REF_ENDPOINT,
     IN(sockets.control), N_IN(sockets.n_control),
     .fallback = "ipc://{runtime}/control.sock", .example = "ipc://{runtime}/control.sock",
     .help = "Where pacectl asks its questions."},
    {0}};

/* In the order of the enum in config.h. */
static const char *const key_controls[] = {"none", "ask", "order", NULL};

static const struct schema_key key_keys[] = {
    {.name = "key", .type = TYPE_KEY, .ref = REF_KEY, .required = true, OF(key, key),
     .help = "Its public key, which pacectl key printed when it made the pair; the secret one stays where it is used."},
    {.name = "sources", .type = TYPE_LIST, .item = TYPE_TEXT, OF(key, sources), N_OF(key, n_sources), .example = "[/hubspot]",
     .help = "The sources that its events may come from; one that ends in * stands for all that begin so. Events of "
             "others are refused (not_allowed). Without any, it may send nothing."},
    {.name = "alerts", .type = TYPE_BOOL, OF(key, alerts), .fallback = "false",
     .help = "Whether it may subscribe to warnings, of all teams."},
    {.name = "control", .type = TYPE_CHOICE, .choices = key_controls, OF(key, control), .fallback = "none", .example = "ask",
     .help = "What it may on the control socket: none, ask (about everybody), or order as well (reload, backup, verify, scrub, clock, "
             "and to retry or drop what was refused)."},
    {.name = "teams", .type = TYPE_LIST, .item = TYPE_TEXT, .needs_one = true, .ref = REF_KEY_TEAM, OF(key, teams), N_OF(key, n_teams),
     .example = "[north]",
     .help = "The teams that it may ask about, and their people; without it, all. It goes with control: ask; a subscription to warnings "
             "can't be bounded so, but it may ask for them (alerts)."},
    {0}};

static const struct schema_named named_keys = {.size = sizeof(struct config_key), .noun = "key", .holder = "NAME",
                                               .example = "hubspot", .sorted = true, .finish = key_finish};

const struct schema_key schema_root[] = {
    {.name = "organisation", .type = TYPE_SECTION, .keys = organisation_keys,
     .help = "What holds for everybody."},
    {.name = "people", .type = TYPE_SECTION, .keys = people_keys,
     .help = "Who is watched, and who is told."},
    {.name = "indicators", .type = TYPE_NAMED, .named = &indicators, .keys = indicator_keys,
     .sampled = true,
     IN(indicators), N_IN(n_indicators),
     .help = "What is watched: few lead measures, each one a rep can influence."},
    {.name = "detection", .type = TYPE_SECTION, .keys = detection_keys,
     .help = "How sure a warning must be."},
    {.name = "budget", .type = TYPE_SECTION, .keys = budget_keys,
     .help = "How much attention warnings may ask for."},
    {.name = "loop", .type = TYPE_SECTION, .keys = loop_keys,
     .help = "By when each step from a warning to a kept promise is to be taken."},
    {.name = "store", .type = TYPE_SECTION, .keys = store_keys, .apart = true,
     .help = "What is kept, and for how long."},
    {.name = "alerts", .type = TYPE_SECTION, .keys = alerts_keys,
     .help = "What becomes of warnings."},
    {.name = "ingest", .type = TYPE_SECTION, .keys = ingest_keys, .apart = true,
     .help = "What is taken from connectors."},
    {.name = "quarantine", .type = TYPE_SECTION, .keys = quarantine_keys, .apart = true,
     .help = "What is kept of refused events."},
    {.name = "sockets", .type = TYPE_SECTION, .keys = sockets_keys, .apart = true,
     .help = "Where the daemon can be reached."},
    {.name = "keys", .type = TYPE_NAMED, .named = &named_keys, .keys = key_keys, IN(keys), N_IN(n_keys), .apart = true,
     .help = "Who may connect over TCP, by CURVE keys, and what each may. With any of them it is only they who get in at any tcp "
             "endpoint, loopback included; without, TCP is for the loopback only."},
    {0}};
