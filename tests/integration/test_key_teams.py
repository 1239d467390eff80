"""Keys that are for some teams: whom they get to see over real sockets, and whom not. argv[1]: the folder of the binaries."""
import json
import os
import subprocess
import sys
import unittest
from datetime import date, timedelta

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(ROOT, "tests"))
import debian_python  # noqa: E402, F401

import zmq  # noqa: E402
import zmq.auth  # noqa: E402
from daemon_process import LINGER_MS, Daemon, free_ports, running, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
FIRST, FELL, MOVED, LAST = date(2026, 1, 5), date(2026, 6, 1), date(2026, 6, 22), date(2026, 7, 10)
TEAMS = {"ann": "north", "bob": "south", "cid": "south"}  # cid moves to north
ALL_TEAMS_ONLY = {"sources", "changes", "quarantine", "quarantine_show", "counts", "deals", "unknown", "training", "effects",
                  "clock", "reload", "verify", "backup", "scrub", "quarantine_retry", "quarantine_drop"}
STATUS = {"ok", "now", "version", "source", "clock", "state", "alerts", "last_closed", "behind", "closing", "refill"}


def event(number, rep, kind, day, **data):
    return json.dumps({"specversion": "1.0", "id": str(number), "source": "/crm", "subject": rep, "type": "sales." + kind,
                       "time": f"{day}T10:00:00Z", "data": data})


def history():
    """Eight calls a day of each, three once they fell, who promise and want to learn something; and cid's move."""
    lines = [event("moved", "cid", "rep.moved", MOVED, **{"from": str(MOVED), "team": "north"})]
    for rep in TEAMS:
        for day in (FIRST + timedelta(n) for n in range((LAST - FIRST).days)):
            if day.weekday() < 5:
                lines += [event(f"{rep}.{day}.{n}", rep, "activity.call", day) for n in range(3 if day >= FELL else 7 + day.day % 3)]
        for name, day in (("early", FELL), ("late", MOVED + timedelta(2))):
            lines.append(event(f"{rep}.{name}", rep, "commitment.made", day, commitment=name, text="More", due=str(day + timedelta(60))))
            lines.append(event(f"{rep}.{name}.g", rep, "growth.goal", day, skill=name, text="Listen"))
    return "\n".join(lines) + "\n"


class KeyTeams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port, cls.context = free_ports(1)[0], zmq.Context()
        cls.daemon = Daemon(BIN, "")
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.key = os.path.join(cls.daemon.dir, "board.key")
        cls.daemon.ctl("key", cls.key)
        cls.public, secret = zmq.auth.load_certificate(cls.key)
        cls.daemon.write_config(cls.config("north"))
        cls.daemon.start()
        sent = cls.daemon.ctl("send", "-", data=history())
        if sent.returncode:
            raise AssertionError(sent.stderr)
        cls.daemon.ctl("clock", "--to", f"{LAST}T12:00:00Z")
        cls.server = cls.daemon.ask("status")["keys"]["server"]
        cls.peer = cls.context.socket(zmq.DEALER)
        cls.addClassCleanup(cls.context.term)
        cls.addClassCleanup(cls.peer.close, LINGER_MS)
        cls.peer.curve_publickey, cls.peer.curve_secretkey, cls.peer.curve_serverkey = cls.public, secret, cls.server.encode()
        cls.peer.connect("tcp://127.0.0.1:%d" % cls.port)
        cls.here = cls.context.socket(zmq.DEALER)  # somebody on the daemon's machine, who gets all
        cls.addClassCleanup(cls.here.close, LINGER_MS)
        cls.here.connect("ipc://" + cls.daemon.socket)

    @classmethod
    def config(cls, teams, south="south"):
        people = "".join("    %s: {team: %s, aliases: [%s@example.com]}\n" % (rep, team.replace("south", south), rep)
                         for rep, team in TEAMS.items())
        return ("people:\n  teams: {north: {manager: max}, %s: {manager: sue}}\n  reps:\n%s"
                "indicators: {calls: {count: sales.activity.call}}\n"
                "sockets: {control: [\"ipc://{runtime}/control.sock\", \"tcp://127.0.0.1:%d\"]}\n"
                "keys: {board: {key: %s, control: ask%s}}\n" %
                (south, people, cls.port, json.dumps(cls.public.decode()), teams and ", teams: [%s]" % teams))

    def setUp(self):
        self.teams("north")

    def teams(self, names, **options):
        """From now on the key is for these."""
        self.daemon.write_config(self.config(names, **options))
        self.assertEqual(self.daemon.ctl("reload").returncode, 0, self.daemon.told())
        until(lambda: not self.daemon.ask("status")["refill"])

    def ask(self, command, peer=None, **arguments):
        peer = peer or self.peer
        peer.send_multipart([b"PACE1", json.dumps({"cmd": command, **arguments}).encode()])
        if not peer.poll(60000):
            raise AssertionError("no answer: " + self.daemon.told())
        return json.loads(peer.recv_multipart()[1])

    def items(self, command, peer=None, **arguments):
        """All pages."""
        items, cursor, page = [], "since" if command == "alerts" else "from", {"next": 0}
        while "next" in page:
            page = self.ask(command, peer, **{**arguments, cursor: page["next"]})
            self.assertTrue(page["ok"], page)
            items += page["items"]
        return items

    def pacectl(self, *words):
        return [BIN + "/pacectl", "--socket", "tcp://127.0.0.1:%d" % self.port, "--key", self.key, "--server-key", self.server, *words]

    def run_pacectl(self, *words):
        return subprocess.run(self.pacectl(*words), stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
                              encoding="utf-8")

    def test_following_takes_only_the_right_to_ask(self):
        """... over TCP as here, and each warning comes once."""
        self.teams("")
        told = self.daemon.alerts()
        path = os.path.join(self.daemon.dir, "followed")
        with open(path, "w", encoding="utf-8") as out, running(self.pacectl("alerts", "--follow", "--json"), stdout=out):
            def followed():
                with open(path, encoding="utf-8") as file:
                    lines = file.read().splitlines()
                return len(lines) >= len(told) and lines
            lines = until(followed)
        self.assertEqual([json.loads(line)["id"] for line in lines], [one["id"] for one in told])

    # ---- whom one sees ----

    def test_commands(self):
        """Each is answered or refused, none by chance; what tells of all teams is refused."""
        everything, own = (set(self.ask("hello", peer)["commands"]) for peer in (self.here, self.peer))
        self.assertEqual(everything - own, ALL_TEAMS_ONLY)
        for command in everything:
            code = self.ask(command, rep="ann", day=str(FIRST), case=1, file="/nowhere/else", number=1, source="/crm").get("code")
            self.assertEqual(code == "not_allowed", command in ALL_TEAMS_ONLY, command)
        self.assertEqual(set(self.ask("status")), STATUS)

    def test_lists(self):
        """Of each list those items, and only those, that are about the team's people on the day that they tell of."""
        def team_on(rep, day):
            return "north" if rep == "cid" and day >= str(MOVED) else TEAMS[rep]
        days = {"reps": None, "coaching": None, "cases": "opened_on", "commitments": "made", "growth": "day", "alerts": "raised_on"}
        for command, day in days.items():
            whole = [one.get("data", one) for one in self.items(command, self.here)]
            for team in ("north", "south"):
                self.teams(team)
                own = [one for one in whole if team_on(one.get("rep") or one["name"], one[day] if day else str(LAST)) == team]
                self.assertTrue(own and len(own) < len(whole), (command, team, whole))
                self.assertEqual([one.get("data", one) for one in self.items(command)], own, (command, team))
        self.teams("north, south")
        self.assertEqual(self.items("alerts"), self.items("alerts", self.here))

    def test_a_team_has_another_name(self):
        """What was said of its people is told under the new one, though the warnings hold the old one."""
        self.teams("south")
        before = self.items("alerts")
        self.assertTrue(before)
        self.teams("sud", south="sud")
        self.assertEqual(self.items("alerts"), before)

    def test_weeks(self):
        """Who was elsewhere for a part of them isn't told of."""
        monday = MOVED - timedelta(14)
        for team, first, weeks, reps in (("north", monday, 2, ["ann"]), ("south", monday, 2, ["bob", "cid"]),
                                         ("north", monday, 3, ["ann"]), ("south", monday, 3, ["bob"]),
                                         ("north", MOVED, 2, ["ann", "cid"]), ("south", MOVED, 2, ["bob"])):
            self.teams(team)
            self.assertEqual([one["rep"] for one in self.items("weeks", monday=str(first), weeks=weeks)], reps, (team, first, weeks))

    def test_a_page_without_own_items_tells_how_far_it_goes(self):
        last = self.ask("alerts", self.here)["through"]
        theirs = [int(one["id"]) for one in self.items("alerts", self.here) if one["data"]["rep"] == "bob"]
        page = self.ask("alerts", since=theirs[0] - 1, limit=1)
        self.assertEqual((page["items"], page["through"]), ([], theirs[0]))
        self.assertEqual(page.get("next"), theirs[0] if theirs[0] < last else None)

    def test_one_rep(self):
        before, after = (str(MOVED + timedelta(n)) for n in (-5, 2))
        for team, own, strange in (("north", ["ann", "ann@example.com", "cid"], ["bob", "bob@example.com"]),
                                   ("south", ["bob"], ["ann", "cid"])):
            self.teams(team)
            for rep in own:
                self.assertEqual(self.ask("rep", rep=rep)["rep"]["name"], rep[:3])
            unknown = self.ask("rep", rep="zoe")
            self.assertEqual(unknown["code"], "no_such_rep")
            for rep in strange:
                for command in ("rep", "why"):
                    answer = self.ask(command, rep=rep)
                    self.assertEqual(answer, {**unknown, "reason": unknown["reason"].replace("zoe", rep)})
            for day, may in ((before, team == "south"), (after, team == "north")):
                for command, name in (("why", "on"), ("events", "day")):
                    answer = self.ask(command, rep="cid", **{name: day})
                    self.assertEqual(answer.get("code"), None if may else "no_such_rep", (team, command, day))
            self.assertEqual(self.ask("rep", rep="cid", on=before).get("code"), None if team == "north" else "no_such_rep",
                             "of today, whatever day is said")
            promises = [one["commitment"] for one in self.items("commitments", rep="cid")]
            self.assertEqual(promises, ["late" if team == "north" else "early"])
            self.assertEqual(self.ask("commitments", rep=strange[0])["code"], "no_such_rep")
        self.assertEqual(self.ask("rep")["code"], "missing_argument")

    def test_one_case(self):
        own, = (one["case"] for one in self.items("cases") if one["rep"] == "ann")
        theirs, = (one["case"] for one in self.items("cases", self.here) if one["rep"] == "bob")
        self.assertEqual(self.ask("case", case=own)["rep"], "ann")
        none = self.ask("case", case=999999)
        self.assertEqual(self.ask("case", case=theirs), {**none, "reason": none["reason"].replace("999999", str(theirs))})

    def test_pacectl(self):
        for words in (["reps"], ["why", "ann"], ["why", "ann", "calls"], ["alerts"], ["case", "list", "--all"], ["digest", "max"],
                      ["one-on-one", "ann"], ["commit", "list"], ["growth"]):
            told = self.run_pacectl(*words)
            self.assertEqual((told.returncode, told.stderr), (0, ""), words)
            self.assertIn("max" if words[0] == "digest" else "ann", told.stdout, words)
            self.assertNotIn("bob", told.stdout, words)
        for words in (["status"], ["sources"], ["effects"], ["verify"]):
            told = self.run_pacectl(*words)
            self.assertEqual(told.returncode, 1, words)
            self.assertIn("not_allowed", told.stderr, words)


if __name__ == "__main__":
    unittest.main()
