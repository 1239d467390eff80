"""`cmake --install` puts everything where Debian's file system hierarchy wants it, under DESTDIR and nowhere else; a
configuration that is there stays; and systemd finds the unit in order and rates it as safe. argv[1]: the binaries."""
import gzip
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

BIN = os.path.abspath(sys.argv.pop(1))
BUILD = os.path.dirname(BIN)
EXPOSURE_MAX = 1.0  # of 10, as systemd-analyze security counts


def prefix():
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        return re.search(r"^CMAKE_INSTALL_PREFIX:\w+=(.*)$", file.read(), re.M).group(1)


def install(root, *components):
    for component in components:
        subprocess.run(["cmake", "--install", BUILD, "--component", component], check=True, capture_output=True,
                       env=dict(os.environ, DESTDIR=root))


def listing(root):
    found = set()
    for folder, _, files in os.walk(root):
        found.update(os.path.join("/", os.path.relpath(os.path.join(folder, name), root)) for name in files)
    return found


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.root)
        install(cls.root, "paced", "libpace", "libpace-dev", "python")
        cls.config = cls.root + "/etc/paced/paced.yaml"
        cls.unit = cls.root + "/usr/lib/systemd/system/paced.service"

    def test_places(self):
        files = listing(self.root)
        for pattern in ["/usr/bin/paced", "/usr/bin/pacectl", "/usr/bin/pace-sim", "/usr/lib/systemd/system/paced.service",
                        "/usr/lib/sysusers.d/paced.conf", "/usr/lib/tmpfiles.d/paced.conf", "/etc/paced/paced.yaml",
                        "/usr/share/man/man8/paced.8.gz", "/usr/share/man/man1/pacectl.1.gz",
                        "/usr/share/man/man1/pace-sim.1.gz", "/usr/share/man/man5/paced.yaml.5.gz",
                        "/usr/share/man/man7/paced-events.7.gz", "/usr/share/man/man7/paced-protocol.7.gz", "/usr/share/man/man7/paced-loop.7.gz",
                        "/usr/share/man/man3/libpace.3.gz", "/usr/share/doc/paced/changelog.gz", "/usr/share/doc/paced/NEWS.gz",
                        "/usr/share/doc/paced/copyright", "/usr/share/lintian/overrides/paced", "/usr/share/lintian/overrides/libpace0",
                        "/usr/share/paced/schema/event.json", "/usr/share/bash-completion/completions/(pacectl)",
                        "/usr/share/zsh/vendor-completions/_pacectl", "/usr/share/fish/vendor_completions.d/pacectl.fish",
                        "/usr/share/fish/vendor_completions.d/paced.fish", "/usr/share/fish/vendor_completions.d/pace-sim.fish",
                        r"/usr/lib/\S+/libpace\.so\.0", r"/usr/lib/\S+/libpace\.so",
                        r"/usr/lib/\S+/pkgconfig/libpace\.pc", "/usr/include/pace/client.h",
                        "/usr/lib/python3/dist-packages/pace/client.py"]:
            with self.subTest(place=pattern):
                self.assertEqual(len([file for file in files if re.fullmatch(pattern, file)]), 1)
        for file in files:
            self.assertRegex(file, r"^/(etc/paced|usr/(bin|include/pace|share/(man|doc|paced|lintian/overrides|bash-completion|zsh|fish)"
                                   r"|lib/(\S+-linux-gnu|systemd/system|sysusers.d|tmpfiles.d|python3/dist-packages)))/")

    def test_changelogs_are_ones_that_debians_tools_read(self):
        for package in ("paced", "libpace0", "libpace-dev", "python3-pace"):
            with gzip.open(self.root + "/usr/share/doc/%s/changelog.gz" % package, "rt") as file:
                self.assertRegex(file.read(), r"\Apaced \([0-9.]+\) unstable; urgency=medium\n\n(  .*\n)+\n -- .+ <\S+@\S+>  \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\n\Z")
            with gzip.open(self.root + "/usr/share/doc/%s/NEWS.gz" % package, "rt") as file:
                self.assertEqual(file.readline(), "# Changelog\n")

    def test_config_stays(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.config).st_mode), 0o640)
        os.chmod(self.config, 0o660)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("mine\n")
        install(self.root, "paced")
        with open(self.config, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine\n")

    def test_unit_names_what_is_there(self):
        with open(self.unit, encoding="utf-8") as file:
            unit = file.read()
        for key in ["ExecStart", "ExecReload"]:
            program = re.search(r"^%s=(\S+)" % key, unit, re.M).group(1)
            self.assertTrue(os.access(self.root + program, os.X_OK), program)
        self.assertIn("--config /etc/paced/paced.yaml\n", unit)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
    def test_unit_is_in_order(self):
        # What the unit's users and targets are belongs to the system: only what is said about paced counts.
        result = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                                 "--root=" + self.root, "/usr/lib/systemd/system/paced.service"],
                                check=False, capture_output=True, text=True)
        said = [line for line in result.stderr.splitlines() if re.match(r"(\S*/)?paced\.service:", line)]
        self.assertEqual(said, [], result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
    def test_unit_is_hardened(self):
        result = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", self.unit],
                                check=False, capture_output=True, text=True)
        rated = re.search(r"Overall exposure level for paced\.service: ([0-9.]+)", result.stdout)
        self.assertIsNotNone(rated, result.stdout + result.stderr)
        print("exposure level", rated.group(1))
        self.assertLessEqual(float(rated.group(1)), EXPOSURE_MAX)


if __name__ == "__main__":
    if prefix() != "/usr":
        print("this build is for %s, not /usr: cmake --preset release" % prefix())
        sys.exit(77)
    unittest.main()
