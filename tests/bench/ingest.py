#!/usr/bin/env python3
"""ingest.py BIN [--quick] [--seconds N] [--rounds N] [--reps N] [--entries N] [--flat] [--json]: acknowledged, durable events.

One real daemon over ipc with default sync, under the wall clock and with eight indicators, takes the events of ingest/traffic.h from a
sender that keeps to its credit. In the same rounds, one after the other: what the transport, decoding, the log and fdatasync
allow by themselves on this machine, and other stores with the same events. Of the rounds the medians are told, and of what stood
in the same round the medians of the ratios: these depend least on whatever else the machine is doing, which is told, too.

--seconds   how long the daemon takes events in all rounds together (60); the others take half as long each
--entries   events that it remembers before anything is measured (0); then what that costs is told
--flat      also what an event costs with 10^3 to 10^6 reps
--quick     two rounds of two seconds
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ingest_peers as peers  # noqa: E402
from lab import Daemon  # noqa: E402

CONFIG = """
organisation: {tz: Europe/Amsterdam, workweek: {mon-fri: "09:00-17:00"}}
indicators:
  calls: {count: sales.activity.call, where: {direction: outbound}, guard: connect_rate}
  connect_rate: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}, trials_where: {direction: outbound}}
  emails: {count: sales.activity.email, guard: none}
  meetings: {count: sales.activity.meeting, where: {outcome: [booked, held, no_show]}}
  demos: {count: sales.activity.demo, where: {outcome: held}}
  demo_to_proposal: {ratio: {trials: sales.activity.demo, success: {of: sales.activity.proposal}, key: opportunity, within: 14d}}
  pipeline_created: {sum: {of: sales.opportunity.created, member: amount}}
  open_pipeline: {level: {of: open_amount}}
store: {map_size: %dMiB}
"""

BYTES_AN_ENTRY = 160  # of the store, with room to spare
PREFILL_BATCH, PREFILL_STEPS = "1024", 10
# What would be left of paced if taking cost nothing: the transport, then decoding; or the slower of them, the other beside it.
CEILINGS = {"transport_and_decode": "", "slower_of_both": ", decoded beside"}
SINGLE = "--batch", 1, "--credit", 16384


class Lab:
    """The daemon under load, and the programs beside it."""

    def __init__(self, args, folder):
        self.args, self.bin, self.folder, self.next = args, args.bin, folder, 0
        self.config = os.path.join(folder, "paced.yaml")
        with open(self.config, "w") as file:
            file.write(CONFIG % (8192 + (args.entries * 2) * BYTES_AN_ENTRY // 2**20))

    def daemon(self, name):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        return Daemon(self.bin, folder, self.config, clock="wall")

    def program(self, name, *arguments):
        done = subprocess.run([os.path.join(self.bin, f"ingest_{name}"), *map(str, arguments)], check=True, stdout=subprocess.PIPE)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def load(self, daemon, *arguments, reps=None):
        """New events into a daemon; adds what an event cost it of the processor."""
        endpoint = "ipc://" + os.path.join(os.path.dirname(daemon.socket), "ingest.sock")
        cpu_s = daemon.cpu_s()
        told = self.program("load", "--endpoint", endpoint, "--first", self.next, "--back", 0, "--reps", reps or self.args.reps,
                            *arguments)[-1]
        told["daemon_cpu_us"] = (daemon.cpu_s() - cpu_s) / told["events"] * 1e6
        self.next += told["events"]
        return told

    def transport(self, seconds, *arguments):
        endpoint = "ipc://" + os.path.join(self.folder, "sink.sock")
        with subprocess.Popen([os.path.join(self.bin, "ingest_load"), "--sink", "--endpoint", endpoint], stdout=subprocess.PIPE) as sink:
            try:
                sink.stdout.readline()  # it is ready
                return self.program("load", "--endpoint", endpoint, "--seconds", seconds, "--reps", self.args.reps, *arguments)[-1]
            finally:
                sink.kill()


def part(lab, name, **options):
    words = [str(word) for option, value in options.items() for word in (f"--{option}", value)]
    return lab.program("ceilings", name, "--reps", lab.args.reps, *words)


def both(a, b):
    """How many a second where each event goes through both, one after the other."""
    return 1 / (1 / a + 1 / b)


def one_round(lab, daemon, seconds, names):
    half = max(1, seconds // 2)
    sync = part(lab, "sync")[0]
    row = {"load": os.getloadavg()[0], "sync_p50_ms": sync["p50_ms"], "sync_p99_ms": sync["p99_ms"]}
    told = lab.load(daemon, "--seconds", seconds)
    row.update(paced=told["per_s"], paced_cpu_us=told["daemon_cpu_us"])
    row["transport"] = lab.transport(half)["per_s"]
    row["decode"] = part(lab, "decode", events=half * 400000)[0]["per_s"]
    log, commit = part(lab, "log", events=half * 300000)
    row.update(log=log["per_s"], commit_p99_ms=commit["p99_ms"])
    row["transport_and_decode"] = both(row["transport"], row["decode"])
    row["slower_of_both"] = min(row["transport"], row["decode"])
    for name in names:
        row[name] = peers.run(lab.bin, lab.folder, name, "--seconds", str(half), "--reps", str(lab.args.reps))["per_s"]
    print("round: " + ", ".join(f"{key} {value:,.1f}" if value < 1000 else f"{key} {value:,.0f}" for key, value in row.items()),
          flush=True)
    return row


def ratio(rows, a, b):
    return statistics.median(row[a] / row[b] for row in rows)


def rounds(lab, daemon, names):
    """Medians of what was measured, of paced's ratios to what stood beside it, and of those it would have if taking cost nothing."""
    seconds = max(1, lab.args.seconds // lab.args.rounds)
    rows = [one_round(lab, daemon, seconds, names) for _ in range(lab.args.rounds)]
    medians = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    ratios = {key: ratio(rows, "paced", key) for key in ("transport", "decode", "transport_and_decode", "log", *names)}
    ceilings = {f"{name}{how}": ratio(rows, ceiling, name) for name in names for ceiling, how in CEILINGS.items()}
    return medians, ratios, ceilings


def restart(daemon):
    """Killed, and started again, until it answers."""
    daemon.kill()
    return {"restart_s": daemon.start(), "restart_cpu_s": daemon.cpu_s()}


def latency(lab, per_s, seconds):
    """At half load, of a daemon of its own, so that the commits are those of this load alone; and how long the transport alone takes."""
    half = "--rate", int(per_s / 2), "--batch", 64
    with lab.daemon("latency") as daemon:
        told = lab.load(daemon, "--seconds", seconds, *half)
        turns = daemon.ask("status")["turns"]
    commit, alone = turns["parts"]["commit"], lab.transport(seconds, *half)
    return {"half_load_per_s": told["per_s"], "ack_p50_ms": told["ack_p50_ms"], "ack_p99_ms": told["ack_p99_ms"],
            "half_load_transport_p50_ms": alone["ack_p50_ms"], "half_load_transport_p99_ms": alone["ack_p99_ms"],
            "half_load_turn_p50_ms": turns["p50_ms"], "half_load_commit_p50_ms": commit["p50_ms"],
            "half_load_commit_p99_ms": commit["p99_ms"], "ack_p99_ratio": told["ack_p99_ms"] / commit["p99_ms"]}


def single(lab, daemon, seconds):
    """A frame an event, and what the transport alone would do with them."""
    told = lab.load(daemon, "--seconds", seconds, *SINGLE)
    alone = lab.transport(seconds, *SINGLE)["per_s"]
    return {"single_event_frames_per_s": told["per_s"], "single_event_cpu_us": told["daemon_cpu_us"],
            "single_event_transport_per_s": alone, "single_event_ratio": told["per_s"] / alone}


def offline(lab, events):
    """Without sockets, in one process: on disk, with the clock of the events (days are closed), and the log folded again."""
    everything, replay = part(lab, "replay", events=events, config=lab.config)
    backtest, no_closes = part(lab, "backtest", events=events, config=lab.config, days=30)
    decode = part(lab, "decode", events=events, days=30)[0]
    of_backtest = {row["part"]: row["cpu_ns_an_event"] / backtest["cpu_ns_an_event"] for row in (no_closes, decode)}
    return {"one_process_per_s": everything["per_s"], "one_process_cpu_ns": everything["cpu_ns_an_event"],
            "replay_per_s": replay["per_s"], "backtest_per_s": backtest["per_s"],
            "backtest_cpu_ns": backtest["cpu_ns_an_event"], "backtest_share_of_decoding": of_backtest["decode"],
            "backtest_share_of_closing": 1 - of_backtest["backtest_open"]}


def backfill(lab, seconds):
    with lab.daemon("backfill") as daemon:
        told = lab.load(daemon, "--seconds", seconds, "--days", 180, "--back", 180)
        return {"half_a_year_at_once_per_s": told["per_s"], "half_a_year_at_once_cpu_us": told["daemon_cpu_us"]}


def flat(lab):
    """What an event costs whose rep is known already: every rep has had some before."""
    cost = {}
    for reps in (1000, 10000, 100000, 1000000):
        with lab.daemon(f"flat{reps}") as daemon:
            lab.load(daemon, "--events", max(400000, 3 * reps), reps=reps)
            before = daemon.rss_anon_bytes()
            cost[reps] = lab.load(daemon, "--events", 600000, reps=reps)["daemon_cpu_us"]
            print(f"{reps} reps: {cost[reps]:.2f} us of the daemon's processor an event, {before / 2**20:.0f} MiB of RssAnon", flush=True)
    return {f"cpu_us_{reps}_reps": value for reps, value in cost.items()} | {"flat_reps_ratio": max(cost.values()) / cost[1000]}


def prefilled(lab, daemon):
    """What an event costs with few remembered, then with --entries."""
    few = lab.load(daemon, "--events", 600000)["daemon_cpu_us"]
    for _ in range(PREFILL_STEPS):
        told = lab.load(daemon, "--events", lab.args.entries // PREFILL_STEPS, "--batch", PREFILL_BATCH, "--days", 180, "--back", 180)
        print(f"{lab.next:,} sent: {told['per_s']:,.0f} a second, {told['daemon_cpu_us']:.2f} us of the daemon's processor an event, "
              f"{daemon.rss_anon_bytes() / 2**20:,.0f} MiB of RssAnon", flush=True)
    many = lab.load(daemon, "--events", 600000)["daemon_cpu_us"]
    return {"cpu_us_few_remembered": few, "cpu_us_many_remembered": many, "flat_history_ratio": many / few}


def measure(args):
    names = [name for name in peers.PEERS if not peers.missing(args.bin, name)]
    for name in peers.PEERS:
        if name not in names:
            print(f"skipped: {peers.missing(args.bin, name)}")
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(args, folder)
        short = max(2, args.seconds // 6)
        with lab.daemon("paced") as daemon:
            lab.load(daemon, "--events", 100000)
            if args.entries:
                result.update(prefilled(lab, daemon))
            result["medians"], result["ratios"], result["ceilings"] = rounds(lab, daemon, names)
            result.update(single(lab, daemon, short))
            result["rss_anon_bytes"], result["remembered"] = daemon.rss_anon_bytes(), lab.next
            result.update(restart(daemon))
        result.update(latency(lab, result["medians"]["paced"], short))
        result.update(backfill(lab, short))
        result.update(offline(lab, short * 200000))
        if args.flat:
            result.update(flat(lab))
    return result


def tell(result):
    for title, rows in (("median of the rounds", result["medians"]), ("paced / it", result["ratios"]),
                        ("ceiling / it, if taking cost nothing", result["ceilings"]), ("", result)):
        print(f"\n{title}" if title else "")
        for name, value in rows.items():
            if not isinstance(value, dict):
                print(f"  {name:32s} {value:16,.2f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reps", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=0)
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.quick:
        args.seconds, args.rounds = 4, 2
    result = measure(args)
    tell(result)
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
