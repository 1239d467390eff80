"""pacectl digest and one-on-one: a manager's week, and a talk with a rep, on one page. argv[1]: the folder of the binaries."""
import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unittest
from datetime import date, timedelta

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """
people:
  managers: {max: {manager: kim}, zoe: {}, quinn: {}}
  teams: {north: {manager: max}, south: {manager: zoe}, west: {manager: quinn}, east: {manager: rio}}
  reps: {ann: {team: north}, bob: {team: north}, cas: {team: north}, dan: {team: north}, eve: {team: south},
         flo: {team: west}, gus: {team: west}, hal: {team: east}, ida: {team: east}}
indicators:
  calls: {label: outbound calls, count: sales.activity.call}
  mails: {count: sales.activity.email, guard: none}
  reached: {ratio: {trials: sales.activity.call, success: {where: {outcome: connected}}}}
loop: {hold: always, one_on_one_days: 4}
budget: {per_week: 5}
"""
FIRST, OLD, FELL, ROSE, LAST = (date(2026, *day) for day in ((1, 5), (5, 11), (6, 8), (6, 11), (6, 19)))


def event(kind, rep, day, name, source="/crm", **data):
    revised = {member: data.pop(member) for member in ("record", "revision", "localdate") if member in data}
    return json.dumps({"specversion": "1.0", "id": f"{kind}.{rep}.{day}.{name}", "source": source, "subject": rep,
                       "type": f"sales.{kind}", "time": f"{day}T10:{name:02}:00Z", "data": data, **revised})


def calls(rep, day):
    """bob falls and nobody does a thing about it; ann falls, is coached and promises something; dan does more; eve, of another manager, fell
    long ago."""
    usual = 8 + day.day % 3 - 1
    if rep == "dan":
        return 2 * usual if day >= ROSE else usual
    return 3 if rep in ("ann", "bob", "eve") and day >= (OLD if rep == "eve" else FELL) else usual


def days_of(rep):
    days = (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))
    outcome = [{"outcome": word} if rep == "cas" else {} for word in ("no_answer", "connected")]
    return [event("activity.call", rep, day, n, **outcome[n % 4 == 0]) for day in days if day.weekday() < 5 for n in range(calls(rep, day))]


def of_west():
    """flo is silent in June, until this Monday; gus fell in both, writes again and is on the way with calls."""
    days = (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))
    lines = []
    for day in days:
        if day.weekday() < 5:
            lines += [event("activity.call", "flo", day, n) for n in range(8 if day < FELL else 0)]
            lines += [event("activity.call", "gus", day, n) for n in range(8 if day < OLD else 3 if day < FELL else 5)]
            lines += [event("activity.email", "gus", day, 20 + n) for n in range(2 if OLD <= day < date(2026, 5, 25) else 8)]
    return lines


def of_east():
    """Their connector, which says how far it is, died with the first week of June, and everybody was told long ago."""
    days = [day for day in (FIRST + timedelta(n) for n in range((FELL - FIRST).days)) if day.weekday() < 5]
    return [event("activity.call", rep, day, n, source="/phone") for day in days for rep in ("hal", "ida") for n in range(8)] + [
        event("source.synced", "/phone", day, 57, source="/phone", through=f"{day}T10:50:00Z") for day in days]


def history():
    """As it comes, but for eve's, which come last and so too late for anybody to be told."""
    lines = [line for rep in ("ann", "bob", "cas", "dan") for line in days_of(rep)]
    lines += of_west() + of_east()
    lines.append(event("absence.set", "eve", date(2026, 5, 4), 52, absence="a", **{"from": "2026-06-18", "to": "2026-06-30"}))
    lines.append(event("coaching.session", "ann", date(2026, 6, 16), 50, manager="max", topics=["calls"]))
    lines.append(event("recognition.given", "ann", date(2026, 3, 2), 56, manager="max"))  # before anybody recorded talks
    lines.append(event("recognition.given", "ann", date(2026, 6, 17), 57, manager="max", indicator="calls"))
    lines.append(event("commitment.made", "ann", date(2026, 6, 16), 51, commitment="k-1", indicator="calls", target=72,
                       text="Forty calls a week", due="2026-06-26", manager="max"))
    lines.append(event("commitment.made", "ann", date(2026, 6, 16), 54, commitment="k-3", text="A list of fresh leads", by="manager", manager="max"))
    lines.append(event("commitment.made", "cas", date(2026, 6, 15), 55, commitment="k-4", indicator="calls", target=124, text="A few more",
                       due="2026-07-03", manager="max"))
    lines.append(event("commitment.made", "hal", date(2026, 6, 15), 58, commitment="k-5", text="Of another manager's"))
    lines.append(event("commitment.made", "cas", date(2026, 6, 15), 53, commitment="k-2", indicator="reached", target=.4, text="Two in five",
                       due="2026-07-03", manager="max"))
    return "\n".join(sorted(lines, key=lambda line: json.loads(line)["time"]) + days_of("eve")) + "\n"


class Digest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(BIN, CONFIG)
        cls.daemon.__enter__()
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.daemon.ctl("send", "-", data=history())
        cls.daemon.ctl("clock", "--to", "2026-06-22T08:00:00Z")
        cls.daemon.ctl("send", "-", data=event("activity.call", "flo", date(2026, 6, 22), 1) + "\n")

    def digest(self, *words, code=0):
        result = self.daemon.ctl("digest", *words)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_the_week_of_a_manager(self):
        page = json.loads(self.digest("max", "--json").stdout)
        self.assertEqual((page["since"], page["closed_to"]), ("2026-06-15", "2026-06-21"))
        self.assertEqual([rep["name"] for rep in page["reps"]], ["ann", "bob", "cas", "dan"])
        # The most urgent first: whose warning nobody has seen, then the one where a promise has its time.
        self.assertEqual([case["rep"] for case in page["cases"]], ["bob", "ann"])
        self.assertEqual([promise["commitment"] for promise in page["promises"]], ["k-1", "k-3", "k-2", "k-4"])
        self.assertEqual([item["rep"] for item in page["one_on_ones"]], ["bob", "cas", "dan", "ann"])
        self.assertTrue(page["told"])
        for told in page["told"]:
            self.assertEqual(told["data"]["manager"], "max")
            self.assertGreaterEqual(told["data"]["raised_on"], "2026-06-15")
            self.assertNotIn(told["data"]["kind"], ("slip", "coaching_overdue"))
        self.assertEqual(page["nothing_unusual"], ["cas"])

    def test_its_words(self):
        words = self.digest("max").stdout
        flat = " ".join(words.split())
        self.assertIn("max: 4 reps, the week from 2026-06-15 to 2026-06-21", flat)
        self.assertRegex(flat, r"first bob: outbound calls, from 8\.\d to 3\.\d; case \d+, of 2026-06-\d\d\. "
                               r"Next: say that it was seen, by 2026-06-\d\d \(overdue\); talk about it, by 2026-06-\d\d \(overdue\)\. ")
        self.assertRegex(flat, r"ann: outbound calls, .* Next: look at what became of the promise, by 2026-07-03\. Promised and open, by reps and by you")
        self.assertIn("Longest ago: bob (none on record), cas (none on record), dan (none on record)", flat)
        self.assertIn("Forty calls a week", flat)
        self.assertRegex(flat, r"good_news +dan")
        self.assertTrue(words.endswith("Nothing unusual\n  cas\n"), words)
        self.assertIn("Held in the last twelve weeks: 1; due: 4.", flat)
        self.assertNotIn("eve", words)
        self.assertLessEqual(max(map(len, words.splitlines())), 80)

    def test_pages_are_as_wide_as_the_terminal(self):
        case = self.daemon.ask("case", "list")["items"][0]["case"]
        pages = [("digest", "max"), ("digest", "zoe"), ("one-on-one", "ann"), ("alerts",), ("rep", "ann"), ("why", "ann"), ("case", "list"),
                 ("case", "show", str(case)), ("coaching",), ("reps",), ("status",), ("verify",)]
        for columns in (50, 80):
            for page in pages:
                text = self.on_terminal(columns, *page)
                self.assertGreater(len(text.splitlines()), 2, page)
                self.assertEqual([line for line in text.splitlines() if len(line) > columns], [], (columns, page))

    def on_terminal(self, columns, *words):
        """What pacectl says where it writes to a terminal so wide, without the styles."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        with subprocess.Popen(self.daemon.command(*words), stdin=subprocess.DEVNULL, stdout=its, stderr=subprocess.DEVNULL) as process:
            os.close(its)
            said = b""
            with open(ours, "rb", buffering=0) as stream, contextlib.suppress(OSError):  # a terminal's end is an error
                while piece := stream.read(65536):
                    said += piece
        self.assertEqual(process.returncode, 0, said)
        return re.sub("\033\\[[0-9]*m", "", said.decode()).replace("\r\n", "\n")

    def test_why_no_warnings_are_shown(self):
        self.assertEqual(self.daemon.ctl("alerts", "--since", "100000").stdout, "No warnings after that number.\n")
        numbers = {json.loads(line)["id"]: json.loads(line)["data"]["push"] for line in self.daemon.ctl("alerts", "--json").stdout.splitlines()}
        self.assertFalse(list(numbers.values())[-1])
        self.assertEqual(self.daemon.ctl("alerts", "--pushed", "--since", str(len(numbers) - 1)).stdout,
                         "Of the warnings that there are none was pushed.\n")

    def test_shares_are_told_in_percent(self):
        share = r"2\d %"
        self.assertRegex(self.digest("max").stdout, r"cas +rep +2026-07-03 +%s +40 %% .*Two in five" % share)
        self.assertRegex(self.daemon.ctl("commit", "list").stdout, r"cas .* %s +40 %%\n +indicator: reached; id: k-2; what: Two in five\n" % share)
        self.assertRegex(self.daemon.ctl("rep", "cas").stdout, r"reached +quiet +%s " % share)
        self.assertEqual([promise["target"] for promise in self.daemon.ask("commit", "list")["items"]], [72, None, .4, 124, None])

    def test_what_nobody_is_held_to(self):
        flat = " ".join(self.digest("zoe").stdout.split())
        self.assertRegex(flat, r"Whom to see first Nobody: who has an open case is away\. Also open eve: outbound calls, from .* of 2026-05-\d\d\. eve is away, back on 2026-07-01\. "
                               r"No step is due: something for the next one-on-one\. .*Away, or nothing heard of eve \(away, back on 2026-07-01\)$")

    def test_what_is_over_and_what_came_since(self):
        flat = " ".join(self.digest("quinn").stdout.split())
        self.assertRegex(flat, r"gus: mails, over: at 7\.\d \(before: 8\), outbound calls, from 8 to 3\.\d \(5 in the newest ten days\); case")
        self.assertIn("flo (silent everywhere until 2026-06-21, with a record of 2026-06-22)", flat)

    def test_a_week_of_which_nothing_is_known_is_no_usual_one(self):
        flat = " ".join(self.digest("rio").stdout.split())
        self.assertTrue(flat.endswith("Away, or nothing heard of hal (a source is down, last active on 2026-06-05), ida (a source is down, last active on 2026-06-05)"), flat)
        self.assertEqual(json.loads(self.digest("rio", "--json").stdout)["nothing_unusual"], [])

    def one_on_one(self, rep):
        words = self.daemon.ctl("one-on-one", rep).stdout
        self.assertLessEqual(max(map(len, words.splitlines())), 80)
        self.assertLessEqual(len(words.splitlines()), 40)
        titles = ["Say first what goes well", "What changed", "What was agreed", "To ask", "Yours to do"]
        self.assertEqual([line for line in words.splitlines()[2:] if line and not line.startswith(" ")], titles)
        return [" ".join(part.split()) for part in re.split("^(?:%s)$" % "|".join(titles), words, flags=re.M)]

    def test_a_talk_with_who_slipped(self):
        head, well, changed, agreed, ask, owed = self.one_on_one("ann")
        self.assertEqual(head, "ann: one-on-one with max; since 2026-06-07, days closed to 2026-06-21")
        self.assertEqual(well, "The records don't tell; ask what did.")
        self.assertRegex(changed, r"^Slipping: outbound calls have been down since .* 8 June 2026, .* What would close the gap: about \d+ more .*week\.$")
        self.assertRegex(agreed, r'^Promised "Forty calls a week", due on 2026-06-26: 12 so far, of 72, at risk \(0\.00 %\); k-1\.$')
        self.assertRegex(ask, r"^- What is in the way, and what help do you need\? - Is the goal for outbound calls clear .*\? - [^-]*\?")
        self.assertEqual(len(ask.split(" - ")), 3)
        self.assertRegex(owed, r'^Case \d+, of 2026-06-\d\d, committed\. Next: look at what became of the promise, by 2026-07-03\. '
                               r'You promised "A list of fresh leads"; k-3\. '
                               r'In the last twelve weeks: 1 one-on-one held, 1 due, the last on 2026-06-16; .*1 word of recognition, the newest on 2026-06-17\.$')

    def test_a_talk_with_others(self):
        _, well, changed, agreed, ask, _ = self.one_on_one("dan")
        self.assertRegex(well, r"^dan: outbound calls have been up since .* ask what made it work")
        self.assertEqual((changed, agreed), ("Nothing that chance wouldn't do as well.", "Nothing is open."))
        self.assertEqual(ask, "- What went well that you would do again, and that others could learn from? "
                              "- What is in your way at the moment, and what help would you like? - What do you want to get better at next?")
        self.assertIn("As usual: outbound calls", self.one_on_one("cas")[1])
        self.assertTrue(self.one_on_one("eve")[2].startswith("Away, back on 2026-07-01. Slipping: "))
        self.assertRegex(self.one_on_one("bob")[5], r"raised\. Next: say that it was seen, by 2026-06-\d\d \(overdue\); talk about it")
        self.assertEqual(self.daemon.ctl("one-on-one", "ian").returncode, 1)

    def test_less_than_one_half_is_not_on_course(self):
        promise, = [item for item in self.daemon.ask("commit", "list", "cas")["items"] if item["commitment"] == "k-4"]
        self.assertTrue(.2 < promise["probability"] < .5, promise)
        self.assertEqual((promise["outlook"], promise["at_risk_on"]), ("in doubt", None))
        self.assertRegex(self.one_on_one("cas")[3], r'"A few more", due on 2026-07-03: 39 so far, of 124, in doubt \([2-4]\d %\); k-4\.')

    def test_a_talk_for_programs(self):
        page = self.daemon.ask("one-on-one", "ann")
        self.assertEqual((page["name"], page["since"], page["leadership"]["one_on_ones"]), ("ann", "2026-06-07", 1))
        self.assertEqual([case["off"] for case in page["cases"]], [["calls"]])
        self.assertEqual(page["warnings"][0]["kind"], "slip")
        self.assertEqual(len(page["questions"]), 3)

    def test_one_level_up(self):
        page = json.loads(self.digest("kim", "--json").stdout)
        self.assertEqual((page["reps"], page["cases"]), ([], []))
        self.assertEqual({(told["data"]["kind"], told["data"]["rep"], told["data"]["level"]) for told in page["told"]},
                         {("coaching_overdue", "bob", 2)})

    def test_who_talks_with_whom(self):
        sums = [[told[name] for name in ("manager", "reps", "one_on_ones", "least", "most")] for told in self.daemon.ask("coaching")["managers"]]
        self.assertEqual(sums, [["max", 4, 1, 0, 1], ["zoe", 1, 0, 0, 0], ["quinn", 2, 0, 0, 0], ["rio", 2, 0, 0, 0]])
        self.assertIn("max: 1 one-on-one held in the last twelve weeks, 4 were due; from 0 to 1 with a rep. zoe: 0 one-on-ones held",
                      " ".join(self.daemon.ctl("coaching").stdout.split()))

    def test_nobody_of_that_name(self):
        self.assertIn('nobody is managed by "ian"; pacectl coaching shows', self.digest("ian", code=1).stderr)


class All(unittest.TestCase):
    """What befell a team as a whole stays on the page until it is over; and what slips without an open case isn't left out."""

    REPS = ("ann", "bob", "cas", "dan")

    def fallen(self, reps, fell, after, until):
        days = [day for day in (date(2026, 1, 5) + timedelta(n) for n in range((until - date(2026, 1, 5)).days + 1)) if day.weekday() < 5]
        return "\n".join(event("activity.call", rep, day, n) for day in days for rep in reps
                         for n in range(8 + day.day % 3 - 1 if day < fell else after)) + "\n"

    def running(self):
        return Daemon(BIN, "people: {teams: {north: {manager: max}, south: {manager: max}}, reps: {eve: {team: south}, %s}}\nloop: {hold: never}\n"
                           "indicators: {calls: {label: outbound calls, count: sales.activity.call}}\n" % ", ".join("%s: {team: north}" % rep for rep in self.REPS))

    def test_a_team_that_is_down(self):
        with self.running() as daemon:
            daemon.ctl("send", "-", data=self.fallen(self.REPS, date(2026, 5, 4), 5, date(2026, 5, 29)))
            daemon.ctl("clock", "--to", "2026-06-01T08:00:00Z")
            page = daemon.ask("digest", "max")
            shift, = page["shifts"]
            self.assertLess(shift["data"]["raised_on"], page["since"])
            self.assertEqual((page["told"], page["nothing_unusual"]), ([], []))
            self.assertEqual(shift["data"]["members"], list(self.REPS))
            self.assertRegex(" ".join(daemon.ctl("digest", "max").stdout.split()),
                             r"Teams as a whole north: outbound calls, from 3\d to [12]\d(\.\d)? since 2026-05-\d\d; number %s, of 2026-05-\d\d\. "
                             r"Who moved by then: ann, bob, cas, dan\." % shift["id"])
            daemon.ctl("send", "-", data=self.fallen(self.REPS, date(2026, 5, 4), 5, date(2026, 7, 31)))  # by then it is the new normal
            daemon.ctl("clock", "--to", "2026-08-03T08:00:00Z")
            self.assertIn("rebased", [told["data"]["kind"] for told in daemon.alerts()])
            self.assertEqual(daemon.ask("digest", "max")["shifts"], [])

    def test_slipping_without_a_case(self):
        never, fell, last = date(2030, 1, 1), date(2026, 6, 8), date(2026, 6, 19)
        with self.running() as daemon:
            daemon.ctl("send", "-", data=self.fallen(self.REPS[1:], never, 0, last) + self.fallen(self.REPS[:1], fell, 3, last))
            daemon.ctl("clock", "--to", "2026-06-22T08:00:00Z")
            case, = daemon.ask("digest", "max")["cases"]
            daemon.ctl("case", "dismiss", str(case["case"]), "--manager", "max", "--reason", "half days since June")
            daemon.ctl("send", "-", data=self.fallen(("eve",), fell, 3, last))  # its warning waits for the next close
            page = daemon.ask("digest", "max")
            self.assertEqual((page["cases"], page["slipping_without_case"]),
                             ([], [{"rep": "ann", "dismissed": case["case"]}, {"rep": "eve", "dismissed": None}]))
            self.assertIn('Nobody has an open case. Slipping, without an open case ann (case %d was dismissed), eve (no number yet; '
                          '"pacectl why eve" tells of it) ' % case["case"], " ".join(daemon.ctl("digest", "max").stdout.split()))


FELL_ONE_BY_ONE = {rep: date(2026, *day)
                   for rep, day in {"ann": (4, 10), "bob": (4, 20), "cas": (4, 27), "dan": (5, 4), "eve": (5, 11)}.items()}


def of_many():
    """One after the other does less, each in a team of their own; ann wrote less first, which is the new normal by now."""
    lines = []
    for day in (date(2025, 11, 3) + timedelta(n) for n in range(208)):
        for rep, fell in FELL_ONE_BY_ONE.items() if day.weekday() < 5 else ():
            lines += [event("activity.call", rep, day, n) for n in range(8 if day < fell else 2)]
            mails = 3 if rep == "ann" and day >= date(2026, 3, 30) else 8
            lines += [event("activity.email", rep, day, 20 + n) for n in range(mails)]
    return "\n".join(lines) + "\n"


class Many(unittest.TestCase):
    """Of many open cases the page says with whom to begin."""

    def test_three_to_see_first(self):
        config = "people:\n  teams: {%s}\n  reps: {%s}\n" % (
            ", ".join("%ss: {manager: max}" % rep for rep in FELL_ONE_BY_ONE),
            ", ".join("%s: {team: %ss}" % (rep, rep) for rep in FELL_ONE_BY_ONE))
        config += "loop: {hold: never}\nindicators: {mails: {count: sales.activity.email}, calls: {count: sales.activity.call}}\n"
        with Daemon(BIN, config) as daemon:
            daemon.ctl("send", "-", data=of_many())
            daemon.ctl("clock", "--to", "2026-06-01T08:00:00Z")
            page = daemon.ask("digest", "max")
            self.assertEqual(page["see_first"], ["eve", "dan", "cas"])
            words = " ".join(daemon.ctl("digest", "max").stdout.split())
        self.assertRegex(words, r"Whom to see first eve: calls, .* dan: calls, .* cas: calls, .* Also open bob: calls, .* ann: mails, ")
        self.assertRegex(words, r"ann: mails, the new normal: at 3 \(before: 8\), calls, from 8 to 2\.0; case")


class TakenBack(unittest.TestCase):
    """A promise was kept, until some of what was counted was deleted: by then it isn't, and nobody is told so as what goes well."""

    def test_kept_no_more(self):
        config = "people: {reps: {ann: {team: north}}, teams: {north: {manager: max}}}\nloop: {hold: never}\n" \
                 "indicators: {calls: {count: sales.activity.call}}\n"
        days = [day for day in (date(2026, 3, 2) + timedelta(n) for n in range(78)) if day.weekday() < 5]
        lines = [event("activity.call", "ann", day, n, record=f"{day}.{n}", revision=1) for day in days for n in range(6)]
        lines.append(event("commitment.made", "ann", date(2026, 5, 11), 50, commitment="k", indicator="calls", target=30, text="Thirty", due="2026-05-15",
                           manager="max"))
        gone = [event("record.deleted", "ann", date(2026, 5, 20), n, record=f"2026-05-14.{n}", revision=2) for n in range(5)]
        with Daemon(BIN, config) as daemon:
            daemon.ctl("send", "-", data="\n".join(sorted(lines, key=lambda line: json.loads(line)["time"])) + "\n")
            daemon.ctl("clock", "--to", "2026-05-19T08:00:00Z")
            well = daemon.ask("one-on-one", "ann")["well"]
            self.assertEqual([told["verdict"] for told in well], ["kept"])
            daemon.ctl("send", "-", data="\n".join(gone) + "\n")
            daemon.ctl("clock", "--to", "2026-05-21T08:00:00Z")
            self.assertEqual(daemon.ask("one-on-one", "ann")["well"], [])
            self.assertRegex(daemon.ctl("digest", "max").stdout, r"revised +ann +not kept +calls")
            # Two weeks later they are there again: the verdict that holds by now is of the day that it is about, long before the week.
            back = [event("activity.call", "ann", date(2026, 6, 1), 20 + n, record=f"2026-05-14.{n}", revision=3, localdate="2026-05-14") for n in range(5)]
            daemon.ctl("send", "-", data="\n".join(back) + "\n")
            daemon.ctl("clock", "--to", "2026-06-02T08:00:00Z")
            self.assertRegex(daemon.ctl("digest", "max").stdout, r"revised +ann +not broken +calls\n(.*not late.*\n)? +\d+ +2026-05-15 +commitment_verdict +ann +kept +calls\n")


if __name__ == "__main__":
    unittest.main()
