"""The life of the package under a live systemd, as an administrator sees it: `./dev test-systemd`.

argv[1]: a folder with the Debian packages; argv[2]: where the clean root is kept between runs. Exits with 77 where a container
can't be had.
"""
import contextlib
import glob
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(1, os.path.join(sys.path[0], ".."))
from machine import Machine, make_root, missing  # noqa: E402
from memory_limit import MemoryLimit  # noqa: E402

CONFIG = "/etc/paced/paced.yaml"
EVENT = ('{"specversion":"1.0","source":"/t","id":"%d","type":"sales.activity.call","subject":"a.devries",'
         '"time":"2026-03-02T09:%02d:00Z"}\n')


def events(first, n):
    return "".join(EVENT % (i, i % 60) for i in range(first, first + n))


def newer(packages, folder):
    """The same paced with a higher version, as an upgrade."""
    tree = folder + "/tree"
    subprocess.run(["dpkg-deb", "-R", packages["paced"], tree], check=True)
    with open(tree + "/DEBIAN/control", encoding="utf-8") as file:
        text = re.sub(r"(?m)^Version: .*$", "Version: 99.0.0", file.read())
    with open(tree + "/DEBIAN/control", "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run(["dpkg-deb", "-b", tree, folder + "/newer.deb"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["rm", "-rf", tree], check=True)


class Service(unittest.TestCase):
    """One life; the steps build on each other, in the order of their names."""
    machine = None
    sent = 0

    def show(self, what):
        return self.machine.run("systemctl", "show", "--property=" + what, "--value", "paced").strip()

    def pid(self):
        return self.show("MainPID")

    def journal(self, *words):
        return self.machine.run("journalctl", "--unit=paced", "--no-pager", "--output=cat", "--quiet", *words)

    def send(self, n):
        self.machine.run("pacectl", "send", "-", user="conn", data=events(Service.sent, n))
        Service.sent += n

    def accepted(self):
        return json.loads(self.machine.run("pacectl", "status", "--json", user="conn"))["accepted"]

    def wait_new_process(self, old):
        self.machine.wait_for("a new process", lambda: self.pid() not in ("0", old) and self.show("ActiveState") == "active")

    def write_config(self, text, mode="w"):
        self.machine.run("sh", "-c", 'cat %s "$0"' % (">" if mode == "w" else ">>"), CONFIG, data=text)

    def test_01_install(self):
        machine = self.machine
        said = machine.run("sh", "-c", "dpkg -i /shared/paced.deb /shared/libpace0.deb /shared/python3-pace.deb")
        self.assertIn("neither enabled nor started", said)
        self.assertEqual(machine.run("systemctl", "is-active", "paced", code=3).strip(), "inactive")
        self.assertNotIn("not found", machine.run("ldd", "/usr/bin/paced", "/usr/bin/pacectl"))
        machine.run("useradd", "conn")
        machine.run("useradd", "stranger")
        machine.run("adduser", "conn", "paced")

    def test_02_start(self):
        machine = self.machine
        machine.run("systemctl", "enable", "--now", "paced")
        self.assertIn("Serving", machine.run("systemctl", "status", "--no-pager", "paced"))
        said = machine.run("sh", "-c", "cat /proc/%s/status" % self.pid())
        for line in [r"Seccomp:\s+2", r"NoNewPrivs:\s+1", r"CapEff:\s+0+\n", r"CapBnd:\s+0+\n"]:
            self.assertRegex(said, line)
        self.assertRegex(machine.run("systemd-analyze", "security", "--no-pager", "--threshold=10", "paced"),
                         r"exposure level for paced.service: 0\.")

    def test_03_who_may_send(self):
        self.send(1000)
        self.assertEqual(self.accepted(), 1000)
        self.assertIn("no access", self.machine.run("pacectl", "status", user="stranger", code=3))

    def test_04_work_in_the_sandbox(self):
        machine = self.machine
        machine.run("pacectl", "verify", user="conn")
        machine.run("pacectl", "scrub", user="conn")
        machine.run("pacectl", "backup", "/var/lib/paced/copy", user="conn")
        self.assertIn("paced:paced", machine.run("stat", "-c", "%U:%G", "/var/lib/paced/copy"))

    def test_05_reload(self):
        machine, before = self.machine, self.pid()
        good = machine.run("cat", CONFIG)
        self.write_config("# another comment\n", "a")
        machine.run("systemctl", "reload", "paced")
        self.write_config("nonsense: 1\n", "a")
        machine.run("systemctl", "reload", "paced", code=1)
        self.assertIn("%s:%d:1:" % (CONFIG, good.count("\n") + 2), self.journal())
        self.assertIn("the old configuration holds", self.journal("--priority=err"))
        self.write_config(good)
        machine.run("systemctl", "reload", "paced")
        self.assertEqual(self.pid(), before)

    def test_06_start_with_errors(self):
        """It has failed for everybody to see, once, and not for ever anew."""
        machine = self.machine
        good = machine.run("cat", CONFIG)
        self.write_config("nonsense: 1\n", "a")
        machine.run("systemctl", "restart", "paced", code=1)
        self.assertEqual((self.show("ActiveState"), self.show("NRestarts")), ("failed", "0"))
        self.assertIn("paced.service", machine.run("systemctl", "--failed", "--no-pager"))
        self.assertIn("unknown key", self.journal("--priority=err"))
        self.write_config(good)
        machine.run("systemctl", "start", "paced")
        self.assertEqual(self.accepted(), Service.sent)

    @contextlib.contextmanager
    def sending(self, n):
        """What is done within it is done while so many events are on their way; at its end each of them counts once."""
        with open(self.folder + "/history", "w", encoding="utf-8") as file:
            file.write(events(Service.sent, n))
        with open(self.folder + "/history", "rb") as file:
            sender = subprocess.Popen(self.machine.command("pacectl", "send", "-", user="conn"), stdin=file,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        yield sender
        said = sender.communicate(timeout=120)[0].decode()
        self.assertEqual(sender.returncode, 0, said)
        Service.sent += n
        self.assertEqual(self.accepted(), Service.sent)

    def test_07_restarts_under_load(self):
        machine, before = self.machine, self.accepted()
        with self.sending(100000) as sender:
            machine.wait_for("events", lambda: sender.poll() is not None or self.accepted() > before)
            machine.run("systemctl", "restart", "paced")
            old = self.pid()
            machine.run("systemctl", "kill", "--signal=KILL", "paced")
            self.wait_new_process(old)

    def test_08_the_kernel_has_no_memory_for_it(self):
        """As MemoryMax does: the kernel ends it in a control group that has room for little more than a start, and it is started anew."""
        machine, old = self.machine, self.pid()
        outside = machine.outside(old)
        with open("/proc/%d/statm" % outside, encoding="utf-8") as file:
            resident = int(file.read().split()[1]) * resource.getpagesize()
        try:
            limit = MemoryLimit(resident)
        except OSError as error:
            self.skipTest("no control group with a limit: %s" % error)
        with limit:
            limit.take(outside)
            with self.sending(500000):
                self.wait_new_process(old)
            self.assertGreaterEqual(limit.killed(), 1)
        self.assertIn("status=9/KILL", self.journal())
        machine.run("pacectl", "verify", user="conn")

    def test_09_watchdog(self):
        """A process that hangs is replaced; seconds instead of the unit's minute, by a drop-in as an administrator would."""
        machine = self.machine
        machine.run("sh", "-c", "mkdir -p /etc/systemd/system/paced.service.d && "
                    "printf '[Service]\\nWatchdogSec=3s\\n' >/etc/systemd/system/paced.service.d/test.conf && "
                    "systemctl daemon-reload && systemctl restart paced")
        old = self.pid()
        machine.run("systemctl", "kill", "--signal=STOP", "paced")
        self.wait_new_process(old)
        self.assertIn("Watchdog timeout", machine.run("journalctl", "--no-pager", "--unit=paced"))
        self.assertEqual(self.accepted(), Service.sent)
        machine.run("sh", "-c", "rm -r /etc/systemd/system/paced.service.d && systemctl daemon-reload && systemctl restart paced")

    def test_10_keys_in_the_sandbox(self):
        """TCP as the unit and paced-protocol(7) say: a drop-in and a key; each key as far as it goes, and out with the reload."""
        machine = self.machine
        good = machine.run("cat", CONFIG)
        made = json.loads(machine.run("pacectl", "key", "/root/board.key", "--json"))
        # The lines that the unit has as a comment, and no others.
        machine.run("sh", "-c", "mkdir -p /etc/systemd/system/paced.service.d && (echo '[Service]'; "
                    "sed -n 's/^#   //p' /lib/systemd/system/paced.service) >/etc/systemd/system/paced.service.d/tcp.conf && "
                    "systemctl daemon-reload")
        control = "ipc://{runtime}/control.sock"
        self.assertIn("  control: %s\n" % control, good)
        team = json.loads(machine.run("pacectl", "rep", "a.devries", "--json"))["team"]
        with_key = good.replace("  control: %s\n" % control, '  control: ["%s", "tcp://127.0.0.1:7714"]\n' % control) + (
            "\nkeys: {board: {key: %s, control: ask, teams: [%s]}}\n" % (json.dumps(made["public_key"]), team))
        self.write_config(with_key)
        machine.run("systemctl", "restart", "paced")
        server = json.loads(machine.run("pacectl", "status", "--json"))["keys"]["server"]
        call = ["pacectl", "--socket", "tcp://127.0.0.1:7714", "--key", "/root/board.key", "--server-key", server]
        self.assertIn("a.devries", machine.run(*call, "reps"))
        self.assertIn("not_allowed", machine.run(*call, "verify", code=1))
        self.assertIn("600 paced", machine.run("stat", "-c", "%a %U", "/var/lib/paced/server.key"))
        self.write_config(with_key.replace(made["public_key"], server))
        machine.run("systemctl", "reload", "paced")
        machine.run(*call, "reps", code=3)
        self.write_config(good)
        machine.run("sh", "-c", "rm -r /etc/systemd/system/paced.service.d && systemctl daemon-reload && systemctl restart paced")
        self.assertEqual(self.accepted(), Service.sent)

    def test_11_full_disk(self):
        machine = self.machine
        machine.run("systemctl", "stop", "paced")
        machine.run("sh", "-c", "mount -t tmpfs -o size=40m,mode=0750,uid=paced,gid=paced none /var/lib/paced")
        machine.run("systemctl", "start", "paced")
        machine.run("pacectl", "send", "-", user="conn", data=events(0, 1000))
        machine.run("sh", "-c", "cat /dev/zero >/var/lib/paced/other", code=1)
        for _ in range(2):  # a start may find room for some more
            refused = machine.run("pacectl", "send", "--timeout", "1", "-", user="conn", data=events(1000, 500000), code=3)
            self.assertIn("store full", refused)
            machine.wait_for("Store full", lambda: "Store full" in self.show("StatusText"))
            machine.run("systemctl", "restart", "paced")
        self.assertIn("make room there", self.journal("--priority=warning"))
        machine.run("rm", "/var/lib/paced/other")
        machine.run("pacectl", "send", "-", user="conn", data=events(1000, 1000))
        machine.run("sh", "-c", "systemctl stop paced && umount /var/lib/paced && systemctl start paced")
        self.assertEqual(self.accepted(), Service.sent)

    def test_12_upgrade(self):
        machine, old = self.machine, self.pid()
        machine.run("dpkg", "--force-confold", "-i", "/shared/newer.deb")
        self.assertNotIn(self.pid(), ("0", old))
        self.assertEqual(self.show("ActiveState"), "active")
        self.assertEqual(self.accepted(), Service.sent)

    def test_13_remove(self):
        machine = self.machine
        machine.run("dpkg", "-r", "paced")
        self.assertEqual(self.show("ActiveState"), "inactive")
        machine.run("test", "-s", "/var/lib/paced/paced.mdb")
        machine.run("test", "-e", "/run/paced", code=1)
        machine.run("dpkg", "-i", "/shared/paced.deb")
        machine.run("systemctl", "start", "paced")
        self.assertEqual(self.accepted(), Service.sent)

    def test_14_purge(self):
        machine = self.machine
        machine.run("dpkg", "-P", "paced")
        self.assertEqual(self.show("ActiveState"), "inactive")
        for path in ["/var/lib/paced", "/etc/paced", "/run/paced"]:
            machine.run("test", "-e", path, code=1)
        self.assertIn("0 loaded units", machine.run("systemctl", "--failed", "--no-pager"))


def main():
    why = missing()
    if why:
        print("skipped:", why)
        return 77
    packages = {os.path.basename(path).split("_")[0]: os.path.abspath(path) for path in glob.glob(sys.argv[1] + "/*.deb")}
    root = make_root(os.path.abspath(sys.argv[2]), list(packages.values()))
    with tempfile.TemporaryDirectory() as folder:
        shared = folder + "/shared"
        os.mkdir(shared)
        for name, path in packages.items():
            subprocess.run(["cp", path, "%s/%s.deb" % (shared, name)], check=True)
        newer(packages, shared)
        with Machine(root, shared, folder) as machine:
            Service.machine, Service.folder = machine, folder
            loader = unittest.defaultTestLoader.loadTestsFromTestCase(Service)
            return 0 if unittest.TextTestRunner(verbosity=2, failfast=True).run(loader).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
