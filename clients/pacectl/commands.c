/* commands.c - the commands of pacectl, as a table: see ctl.h. */
#include "ctl.h"

#include <stddef.h>

static const struct ctl_option send_options[] = {
    {"--ingest", "ENDPOINT", "where to send; default ingest.sock beside the control socket"},
    {"--timeout", "SECONDS", "give up after so long without any progress; default 60"},
    {"--dry-run", NULL, "only check the events, without a daemon; nothing is sent"},
    {"--config", "FILE", "with --dry-run: as a daemon with this configuration would"},
    {"--verbose", NULL, "tell every rejected event, not only the first 100"},
    {NULL, NULL, NULL},
};

static const struct ctl_option backtest_options[] = {
    {"--config", "FILE", "the configuration, as for paced"},
    {"--events", "FILE|-", "the events: NDJSON or a JSON array"},
    {"--from", "DATE",
     "report warnings raised on this local date or later; earlier events are history"},
    {"--to", "DATE", "the last local date; later events are left out"},
    {"--arl0", "DAYS[,DAYS]",
     "instead of detection.arl0_days; of several, side by side, only the scores"},
    {"--result", "INDICATOR",
     "what warnings are to foretell: won_deals (the default), won_amount, a count or a sum"},
    {"--cycle", "DAYS", "how long a deal takes; default: what the history shows, else 60"},
    {"--verbose", NULL, "tell every rejected event, not only the first 100"},
    {NULL, NULL, NULL},
};

static const struct ctl_option validity_options[] = {
    {"--config", "FILE", "with --events: of a file of events, without a daemon"},
    {"--events", "FILE|-", "the events: NDJSON or a JSON array"},
    {"--result", "INDICATOR",
     "what they are to foretell: won_deals (the default), won_amount, a count or a sum"},
    {"--cycle", "DAYS", "how long a deal takes; default: what the history shows, else 60"},
    {"--weeks", "N", "only the newest N weeks"},
    {"--verbose", NULL, "tell every rejected event, not only the first 100"},
    {NULL, NULL, NULL},
};

static const struct ctl_option reconcile_options[] = {
    {"--columns", "COLUMN=NAME,...", "what rep, day, type, indicator and count are called in FILE"},
    {NULL, NULL, NULL},
};

static const struct ctl_option alerts_options[] = {
    {"--since", "N", "only numbers above N"},
    {"--follow", NULL, "go on with those that come, over restarts of the daemon"},
    {"--pushed", NULL, "only those that are to reach a person by themselves"},
    {NULL, NULL, NULL},
};

static const struct ctl_option why_options[] = {
    {"--on", "DATE", "as it stood when this local date was closed"},
    {"--events", NULL, "with each event of that day, and what became of it"},
    {NULL, NULL, NULL},
};

static const struct ctl_option clock_options[] = {
    {"--to", "TIME", "RFC 3339 with its offset"},
    {NULL, NULL, NULL},
};

static const struct ctl_option quarantine_options[] = {
    {"--from", "N", "only notes from this number on"},
    {NULL, NULL, NULL},
};

static const struct ctl_option notes_options[] = {
    {"--all", NULL, "all notes"},
    {NULL, NULL, NULL},
};

static const struct ctl_option restore_options[] = {
    {"--state-dir", "DIR", "the daemon's state directory; default as of paced"},
    {NULL, NULL, NULL},
};

static const struct ctl_option reload_options[] = {
    {"--dry-run", NULL, "tell what it would change, and change nothing"},
    {NULL, NULL, NULL},
};

static const struct ctl_option commit_add_options[] = {
    {"--due", "DATE", "the day by which it is done"},
    {"--indicator", "NAME", "what it is counted in: then it verifies itself"},
    {"--target", "N", "how much, from today to the due day; a share as 0 to 1"},
    {"--by", "rep|manager", "who promised it; default rep"},
    {"--manager", "NAME", "the manager in question"},
    {"--case", "N", "the case that it is meant to close"},
    {"--series", "NAME", "of promises that recur: their name"},
    {"--id", "ID", "its name; default: one is made"},
    {NULL, NULL, NULL},
};

static const struct ctl_option commit_list_options[] = {
    {"--all", NULL, "those that are over too"},
    {NULL, NULL, NULL},
};

static const struct ctl_option commit_end_options[] = {
    {"--reason", "TEXT", "a few words"},
    {NULL, NULL, NULL},
};

static const struct ctl_option commit_move_options[] = {
    {"--due", "DATE", "the other day"},
    {"--agreed-by", "NAME", "who agreed to it"},
    {NULL, NULL, NULL},
};

static const struct ctl_option case_ack_options[] = {
    {"--manager", "NAME", "who has seen it"},
    {NULL, NULL, NULL},
};

static const struct ctl_option case_dismiss_options[] = {
    {"--reason", "TEXT", "why, in a few words"},
    {"--manager", "NAME", "who decided it"},
    {NULL, NULL, NULL},
};

static const struct ctl_option coach_options[] = {
    {"--manager", "NAME", "who talked with the rep"},
    {"--topics", "WORDS",
     "what was talked about: indicators, skills or numbers of cases, with commas between them"},
    {"--coach", "KIND", "manager, peer, specialist or external; default manager"},
    {"--help-asked", NULL, "the rep asked for help"},
    {NULL, NULL, NULL},
};

const struct ctl_command ctl_commands[] = {
    {"send",
     "FILE|- [--ingest ENDPOINT] [--timeout SECONDS] [--dry-run [--config FILE]] "
     "[--verbose] [--json]",
     1, 1, "send events and wait until each is acknowledged",
     "FILE is NDJSON, one CloudEvent a line, or a JSON array of them; \"-\" is standard input. "
     "Each rejected event is told on standard error as \"LINE: code: reason\". What was "
     "acknowledged is stored for good; to send a file once more is always safe. Exit code 0: all "
     "were taken or known already.",
     send_options, command_send},
    {"backtest",
     "--config FILE --events FILE|- [--from DATE] [--to DATE] [--arl0 DAYS[,DAYS]] [--result "
     "INDICATOR] [--cycle DAYS] [--json]",
     0, 0, "tell what would have been warned, from a file of events",
     "No daemon is needed. Events are taken in the order of their arrival (recordedtime, else "
     "time). "
     "For a compressed file: zcat FILE | pacectl backtest --config CONFIG --events -",
     backtest_options, command_backtest},
    {"validity",
     "[--config FILE --events FILE|-] [--result INDICATOR] [--cycle DAYS] [--weeks N] [--json]", 0,
     0, "tell which indicators foretell the result",
     "Over rep-weeks: is a rep's better week in an indicator followed by more of the result, up to "
     "a deal's cycle later? "
     "Whoever is good and weeks that are good for all don't matter, and looking at many is allowed "
     "for. Without --config and "
     "--events the daemon is asked for its history.",
     validity_options, command_validity},
    {"reconcile", "SOURCE FILE|- [--columns COLUMN=NAME,...] [--json]", 2, 2,
     "compare a source's own report with what paced holds of it",
     "FILE is CSV with a first line that names the columns rep, day, type or indicator, and count, "
     "or JSON objects "
     "with these members, one a line. Exit code 0: equal; 1: not; 2: the report can't be read, or "
     "paced doesn't "
     "know the source.",
     reconcile_options, command_reconcile},
    {"codes", "[CODE] [--json]", 0, 1, "explain why events are refused, and what to do", NULL, NULL,
     command_codes},
    {"status", "[--json]", 0, 0, "show how the daemon is", NULL, NULL, command_status},
    {"sources", "[--json]", 0, 0, "list the sources and their newest events", NULL, NULL,
     command_sources},
    {"unknown", "[--json]", 0, 0, "list the names in events that nobody is known by",
     "With people.enroll: park their events are kept and count once somebody is.", NULL, command_unknown},
    {"changes", "[--json]", 0, 0,
     "list known changes, with each indicator before and after", NULL, NULL,
     command_changes},
    {"reps", "[--json]", 0, 0, "list the reps and the states of their indicators", NULL, NULL,
     command_reps},
    {"rep", "REP [--json]", 1, 1, "show one rep's indicators as a table",
     "REP is a name or any alias.", NULL, command_rep},
    {"why", "REP [INDICATOR] [--on DATE] [--events] [--json]", 1, 2,
     "explain why a rep's indicators are or aren't warning", "REP is a name or any alias.",
     why_options, command_why},
    {"alerts", "[--since N] [--follow] [--pushed] [--json]", 0, 0, "show the warnings, by number",
     "With --json one CloudEvent a line.", alerts_options, command_alerts},
    {"commit add",
     "REP TEXT [--due DATE] [--indicator NAME --target N] [--by rep|manager] [--manager NAME] "
     "[--case N] [--series NAME] [--id ID] [--json]",
     2, 2, "note what was promised",
     "With an indicator, a target and a due day it verifies itself from the events; anything else "
     "is as `commit done` tells. "
     "The event goes to the ingest socket, as a connector's would.",
     commit_add_options, command_commit_add},
    {"commit list", "[REP] [--all] [--json]", 0, 1,
     "list promises that are open, and how they stand", "REP is a name or any alias.",
     commit_list_options, command_commit_list},
    {"commit done", "REP ID [--reason TEXT] [--json]", 2, 2, "tell that a promise is kept", NULL,
     commit_end_options, command_commit_done},
    {"commit withdraw", "REP ID [--reason TEXT] [--json]", 2, 2, "take a promise back", NULL,
     commit_end_options, command_commit_withdraw},
    {"commit move", "REP ID --due DATE --agreed-by NAME [--json]", 2, 2, "agree on another day",
     "It holds only if it comes before the due day is over; otherwise the first date counts.",
     commit_move_options, command_commit_move},
    {"training", "[TRAINING] [--json]", 0, 1, "show what came of trainings",
     "Each indicator that a training was for, in the 60 working days before, the first 20 after it "
     "and the newest 20, of those who were coached on it since and of those who weren't, and what "
     "it gave for its cost. Ranges hold with nine chances in ten.",
     NULL, command_training},
    {"effects", "[--json]", 0, 0,
     "show what promises and coaching did to their indicators",
     "Each indicator in the 20 working days after beside the 20 before: of promises in it that "
     "were "
     "kept and broken, of coaching sessions about it, and of slips that were coached and that "
     "weren't, "
     "at the same age. Ranges hold with nine chances in ten.",
     NULL, command_effects},
    {"growth", "[--json]", 0, 0, "list the reps' own growth goals, and what was seen of them",
     NULL, NULL, command_growth},
    {"case list", "[REP] [--all] [--json]", 0, 1,
     "list slips that aren't over, and the next step of each", "REP is a name or any alias.",
     commit_list_options, command_case_list},
    {"case show", "NUMBER [--json]", 1, 1, "show one case: what happened, day by day", NULL, NULL,
     command_case_show},
    {"case ack", "NUMBER [--manager NAME] [--json]", 1, 1, "note that a case was seen", NULL,
     case_ack_options, command_case_ack},
    {"case dismiss", "NUMBER --reason TEXT [--manager NAME] [--json]", 1, 1,
     "note that nothing is to be done, and why", "The case stays on record, with what follows.",
     case_dismiss_options, command_case_dismiss},
    {"coaching", "[MANAGER] [--json]", 0, 1,
     "show how often managers talk with their reps, and how evenly",
     "One-on-ones held of those due (loop.one_on_one_days), promises kept and steps that were "
     "late, in the last twelve weeks.",
     NULL, command_coaching},
    {"digest", "MANAGER [--json]", 1, 1, "show a manager's week on one page",
     "Whom to see first, what was promised, whose one-on-one is longest ago, what was told in the last "
     "seven closed days, and with whom nothing is unusual.",
     NULL, command_digest},
    {"one-on-one", "REP [--json]", 1, 1, "show a page for a talk with a rep",
     "What goes well, what changed since when, what was agreed, two or three questions to ask, and what the manager owes. "
     "It looks back to the last talk that is on record, two weeks at least. REP is a name or any alias.",
     NULL, command_one_on_one},
    {"coach", "REP --manager NAME [--topics WORDS] [--coach KIND] [--help-asked] [--json]", 1, 1,
     "note a conversation with a rep",
     "One that names an indicator or a case moves that case on. Nothing of what was said is kept.",
     coach_options, command_coach},
    {"quarantine list", "[--from N] [--json]", 0, 0, "list events that were refused",
     "With --json one note a line.", quarantine_options, command_quarantine_list},
    {"quarantine show", "N [--json]", 1, 1, "show one refused event, with its content if kept",
     NULL, NULL, command_quarantine_show},
    {"quarantine retry", "N...|--all [--json]", 0, CTL_WORDS_MAX,
     "take refused events as if they came now",
     "Only with quarantine.keep_body, for a week. A note whose events are all taken, or known, is "
     "dropped. "
     "With --json one answer a line. Exit code 1: something is refused still.",
     notes_options, command_quarantine_retry},
    {"quarantine drop", "N...|--all [--json]", 0, CTL_WORDS_MAX, "forget refused events",
     "With --json one answer a line.", notes_options, command_quarantine_drop},
    {"verify", "[--json]", 0, 0, "fold the log anew and compare with the state in use",
     "Exit code 0: equal; 1: not.", NULL, command_verify},
    {"scrub", "[--json]", 0, 0, "look at all checksums of the store, now",
     "It goes on by itself every store.scrub_days. Exit code 0: all are right; 1: something is "
     "damaged; what, and what to do, "
     "is told.",
     NULL, command_scrub},
    {"backup", "FILE [--json]", 1, 1, "copy the store into a file while the daemon goes on",
     "The daemon writes it, whole and synced before it has its name; nothing is overwritten. "
     "status shows how far it is.",
     NULL, command_backup},
    {"key", "FILE [--json]", 1, 1, "make a pair of keys for who connects from another machine",
     "FILE gets the pair and is for its owner's eyes only; nothing is overwritten. What is printed goes below keys: in the "
     "daemon's configuration, with what the key may.",
     NULL, command_key},
    {"restore", "FILE [--state-dir DIR] [--json]", 1, 1, "put a backup in the place of the store",
     "Only while no daemon runs. Every checksum is looked at first. The store that was there is "
     "kept as "
     "paced.mdb.replaced. Subscribers see another source, with a greater epoch.",
     restore_options, command_restore},
    {"clock", "--to TIME [--json]", 0, 0, "move the clock of a daemon under --clock events", NULL,
     clock_options, command_clock},
    {"reload", "[--dry-run] [--json]", 0, 0, "have the daemon read its configuration again",
     "Exit code 1: the file has errors (told by place), and the old configuration holds.",
     reload_options, command_reload},
};

const int ctl_n_commands = sizeof ctl_commands / sizeof ctl_commands[0];
