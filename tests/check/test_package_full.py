"""The Debian packages: built, installed, started as the unit would, upgraded, removed, purged.

All in a root of its own: an overlay over this system in a mount namespace, of which nothing is left afterwards. systemd
doesn't run in there, so the daemon is started here with what the unit says: user, directories, modes, command, and a
socket for its notices. argv[1]: the folder of the binaries. Exits with 77 where that can't be had.
"""
import glob
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

INSIDE = "PACED_TEST_ROOT"
CONFIG = "/etc/paced/paced.yaml"
UNIT = "/usr/lib/systemd/system/paced.service"
EVENT = ('{"specversion":"1.0","source":"/t","id":"%d","type":"sales.activity.call","subject":"a.devries",'
         '"time":"2026-03-02T09:%02d:00Z"}\n')


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


# ---- a root of our own ----

def build_packages(build, folder):
    """Runs CPack. Returns the packages by name; a second paced, of a higher version with another sample, is beside them."""
    subprocess.run(["cpack", "-G", "DEB", "--config", build + "/CPackConfig.cmake", "-B", folder], check=True,
                   stdout=subprocess.DEVNULL, cwd=build)
    packages = {os.path.basename(path).split("_")[0]: path for path in glob.glob(folder + "/*.deb")}
    tree = folder + "/tree"
    subprocess.run(["dpkg-deb", "-R", packages["paced"], tree], check=True)
    rewrite(tree + "/DEBIAN/control", lambda text: re.sub(r"(?m)^Version: .*$", "Version: 99.0.0", text))
    rewrite(tree + CONFIG, lambda text: text + "# of the new version\n")
    packages["newer"] = folder + "/newer.deb"
    subprocess.run(["dpkg-deb", "-b", tree, packages["newer"]], check=True, stdout=subprocess.DEVNULL)
    return packages


def rewrite(path, change):
    with open(path, encoding="utf-8") as file:
        text = change(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def mount_root(folder):
    """An overlay over /, with /proc and /dev. Returns its path, and that of what is written in it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "paced-test", folder], check=True)
    upper, work, root = (folder + "/" + name for name in ["upper", "work", "root"])
    for path in [upper, work, root]:
        os.mkdir(path)
    subprocess.run(["mount", "-t", "overlay", "-o", "lowerdir=/,upperdir=%s,workdir=%s" % (upper, work), "paced-test",
                    root], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", root + "/proc"], check=True)
    subprocess.run(["mount", "--bind", "/dev", root + "/dev"], check=True)
    # Whatever the host's systemd is, there is none in here; nor what a paced that somebody tried by hand left behind.
    for left in ["/run/systemd/system", "/run/paced", "/var/lib/paced"]:
        shutil.rmtree(root + left, ignore_errors=True)
    return root, upper


def enter(build):
    """Builds the packages outside and runs this file again in namespaces of its own."""
    for tool in ["cpack", "dpkg-deb", "dpkg-shlibdeps", "unshare", "chroot", "setpriv", "systemd-sysusers"]:
        if not shutil.which(tool):
            skip("no " + tool)
    if os.geteuid() != 0:
        skip("not root")
    with open(build + "/CMakeCache.txt", encoding="utf-8") as file:
        cache = file.read()
    if not re.search(r"(?m)^CMAKE_INSTALL_PREFIX:\w+=/usr$", cache):
        skip("this build is not for /usr: cmake --preset release")
    if not re.search(r"(?m)^PACED_SANITIZE:STRING=$", cache):
        skip("a sanitized build isn't packaged")
    if os.path.exists(CONFIG):
        skip("paced is installed on this system")
    probe = "mount -t tmpfs t $0 && mkdir $0/u $0/w $0/r && mount -t overlay -o lowerdir=/,upperdir=$0/u,workdir=$0/w o $0/r"
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["unshare", "-m", "sh", "-c", probe, folder], check=False, capture_output=True).returncode:
            skip("no mount namespace with an overlay is to be had")
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/packages")
        os.mkdir(folder + "/mnt")
        packages = build_packages(build, folder + "/packages")
        env = dict(os.environ, **{INSIDE: json.dumps([folder + "/mnt", packages])})
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", sys.executable, *sys.argv],
                              env=env, check=False).returncode


# ---- in it ----

class Root:
    """What is done in the root, and the daemon in it."""

    def __init__(self, folder, packages):
        self.path, self.upper = mount_root(folder)
        self.daemon = None
        for name, path in packages.items():
            shutil.copy(path, "%s/%s.deb" % (self.path, name))

    def run(self, *words, user=None, code=0, **more):
        if user:
            words = ("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", *words)
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        result = subprocess.run(["chroot", self.path, *words], check=False, capture_output=True, text=True, env=env,
                                timeout=240, **more)
        if code is not None and result.returncode != code:
            raise AssertionError("%s: %d\n%s%s" % (" ".join(words), result.returncode, result.stdout, result.stderr))
        return result.stdout + result.stderr

    def dpkg(self, *words):
        return self.run("dpkg", "--force-confold", *words)

    def read(self, path):
        with open(self.path + path, encoding="utf-8") as file:
            return file.read()

    def mode(self, path):
        """(user:group, mode) as the root's own tables name them."""
        found = self.run("stat", "-c", "%U:%G %a", path).split()
        return found[0], int(found[1], 8)

    def unit(self, key):
        return re.search(r"(?m)^%s=(.*)$" % key, self.read(UNIT)).group(1).replace("%t", "/run")

    def start(self):
        """As systemd does; returns when the daemon has told that it is ready."""
        runtime, state = "/run/" + self.unit("RuntimeDirectory"), "/var/lib/" + self.unit("StateDirectory")
        user, group = self.unit("User"), self.unit("Group")
        self.run("install", "-d", "-o", user, "-g", group, "-m", self.unit("RuntimeDirectoryMode"), runtime)
        self.run("install", "-d", "-o", user, "-g", group, "-m", self.unit("StateDirectoryMode"), state)
        shutil.rmtree(self.path + "/run/notify", ignore_errors=True)
        os.mkdir(self.path + "/run/notify")
        command = ["setpriv", "--reuid=" + user, "--regid=" + group, "--init-groups", "--no-new-privs",
                   "--bounding-set=-all", "sh", "-c", 'umask "$0"; exec "$@"', self.unit("UMask"),
                   *self.unit("ExecStart").split()]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "STATE_DIRECTORY": state, "RUNTIME_DIRECTORY": runtime,
               "NOTIFY_SOCKET": "/run/notify/socket"}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(self.path + "/run/notify/socket")
            notices.settimeout(60)
            self.run("chmod", "-R", "a+rwX", "/run/notify")
            self.daemon = subprocess.Popen(["chroot", self.path, *command], env=env, stderr=subprocess.PIPE, text=True)
            said = ""
            while "READY=1" not in said:
                try:
                    said = notices.recv(4096).decode()
                except TimeoutError:
                    self.daemon.kill()
                    raise AssertionError("paced isn't ready after a minute: " + self.daemon.communicate()[1]) from None

    def stop(self):
        self.daemon.terminate()
        log = self.daemon.communicate(timeout=60)[1]
        code, self.daemon = self.daemon.returncode, None
        shutil.rmtree(self.path + "/run/" + self.unit("RuntimeDirectory"))
        return code, log

    def records(self, user="paced"):
        return json.loads(self.run("pacectl", "status", "--json", user=user))["accepted"]

    def left(self, *roots):
        """What was written below these and is still there. This system's own folders are changed by any change in them,
        and what is a device is a whiteout: something was removed."""
        found = []
        for top in roots:
            for folder, folders, files in os.walk(self.upper + top):
                paths = [os.path.join(folder, name)[len(self.upper):] for name in folders + files]
                found += [path for path in paths if not stat.S_ISCHR(os.lstat(self.upper + path).st_mode)
                          and not (os.path.isdir(self.upper + path) and os.path.isdir(path))]
        return found


class Package(unittest.TestCase):
    """One life of the package; the steps build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        folder, packages = json.loads(os.environ[INSIDE])
        cls.root = Root(folder, packages)

    def test_1_install(self):
        root = self.root
        said = root.dpkg("-i", "/paced.deb", "/libpace0.deb", "/libpace-dev.deb", "/python3-pace.deb")
        self.assertIn("neither enabled nor started", said)
        self.assertEqual(root.run("systemctl", "--root=/", "is-enabled", "paced.service", code=None).strip(), "disabled")
        for path, owner, mode in [("/etc/paced", "root:paced", 0o750), (CONFIG, "root:paced", 0o640),
                                  ("/var/lib/paced", "paced:paced", 0o750), ("/usr/bin/paced", "root:root", 0o755),
                                  (UNIT, "root:root", 0o644), ("/usr/share/doc/paced", "root:root", 0o755)]:
            self.assertEqual(root.mode(path), (owner, mode), path)
        root.run("paced", "--check", CONFIG, user="paced")
        root.run("useradd", "--no-create-home", "--user-group", "stranger")
        self.assertIn("Permission denied", root.run("cat", CONFIG, user="stranger", code=1))
        root.run("useradd", "--no-create-home", "--user-group", "connector")
        told = re.search(r"(usermod .*) USER +for each user", said)  # what is said to do is possible with what is there
        root.run(*told[1].split(), "connector")
        self.assertIn("paced", root.run("id", "-nG", "connector").split())
        self.assertIn("Version: " + root.run("pacectl", "--version").split()[1], root.run("dpkg", "-s", "paced"))
        for page in ["pacectl.1", "pace-sim.1", "libpace.3", "paced.yaml.5", "paced-events.7", "paced-protocol.7", "paced.8"]:
            self.assertTrue(glob.glob("%s/usr/share/man/man*/%s*" % (root.path, page)), page)

    def test_1_lintian(self):
        """Debian's own checker has no complaint, but that nobody in particular has built these."""
        if not shutil.which("lintian"):
            self.skipTest("no lintian")
        for package in ["paced", "libpace0", "libpace-dev", "python3-pace"]:
            self.assertEqual(self.root.run("lintian", "--allow-root", "--suppress-tags", "bogus-mail-host,bogus-mail-host-in-debian-changelog",
                                           "/%s.deb" % package, code=None), "", package)

    def test_2_libraries(self):
        root = self.root
        self.assertNotIn("not found", root.run("ldd", "/usr/bin/paced", "/usr/bin/pacectl"))
        root.run("sh", "-c", "cc /usr/share/doc/libpace-dev/examples/libpace_example.c -o /tmp/example "
                             "$(pkg-config --cflags --libs libpace) && ldd /tmp/example | grep -q 'libpace.so.0 => /'")
        root.run("python3", "-c", "import pace; assert pace.__cached__")
        os.remove(root.path + "/tmp/example")

    def test_3_start(self):
        root = self.root
        root.start()
        root.run("useradd", "--no-create-home", "--user-group", "-G", "paced", "member")
        root.run("pacectl", "send", "-", user="member", input="".join(EVENT % (i, i) for i in range(5)))
        self.assertEqual(root.records("member"), 5)
        root.run("pacectl", "status", user="stranger", code=3)
        self.assertEqual(root.mode("/var/lib/paced/paced.mdb")[0], "paced:paced")
        self.assertEqual(root.mode("/run/paced/control.sock"), ("paced:paced", 0o660))

    def test_4_reload(self):
        root, reload = self.root, self.root.unit("ExecReload").split()
        root.run(*reload, user="paced")
        good = root.read(CONFIG)
        with open(root.path + CONFIG, "a", encoding="utf-8") as file:
            file.write("nonsense: 1\n")
        line = good.count("\n") + 1
        self.assertIn("%s:%d:" % (CONFIG, line), root.run(*reload, user="paced", code=1))
        with open(root.path + CONFIG, "w", encoding="utf-8") as file:
            file.write(good + "# the administrator's\n")
        root.run(*reload, user="paced")

    def test_5_upgrade(self):
        root, mine = self.root, self.root.read(CONFIG)
        root.run("systemctl", "--root=/", "enable", "paced.service")
        said = root.dpkg("-i", "/newer.deb")
        self.assertNotIn("neither enabled nor started", said)
        self.assertEqual(root.read(CONFIG), mine)
        self.assertIn("# of the new version", root.read(CONFIG + ".dpkg-dist"))
        self.assertEqual(root.mode(CONFIG), ("root:paced", 0o640))
        self.assertEqual(root.run("systemctl", "--root=/", "is-enabled", "paced.service").strip(), "enabled")
        self.assertEqual(root.records(), 5)  # by the old program, which goes on until systemd is asked
        code, log = root.stop()
        self.assertEqual(code, 0, log)
        root.start()
        self.assertEqual(root.records(), 5)
        root.run("pacectl", "send", "-", user="member", input=EVENT % (9, 9))

    def test_6_remove(self):
        root = self.root
        self.assertEqual(root.stop()[0], 0)
        root.dpkg("-r", "paced")
        self.assertFalse(os.path.lexists(root.path + "/usr/bin/paced"))
        self.assertFalse(glob.glob(root.path + "/etc/systemd/system/*.wants/paced.service"))
        self.assertIn("# the administrator's", root.read(CONFIG))
        self.assertTrue(os.path.exists(root.path + "/var/lib/paced/paced.mdb"))
        root.dpkg("-i", "/newer.deb")
        root.start()
        self.assertEqual(root.records(), 6)
        self.assertEqual(root.stop()[0], 0)

    def test_7_purge(self):
        root = self.root
        root.dpkg("-P", "paced", "libpace0", "libpace-dev", "python3-pace")
        self.assertEqual(root.left("/usr", "/opt", "/srv", "/home"), [])
        left = [path for path in root.left("/etc", "/var", "/run", "/tmp") if re.search(r"pace", path)]
        self.assertEqual(left, [])
        self.assertNotIn("paced", root.run("dpkg-query", "-W"))
        # The account stays, and can do nothing.
        account = root.run("getent", "passwd", "paced").strip().split(":")
        self.assertEqual(account[-1], "/usr/sbin/nologin")


if __name__ == "__main__":
    if INSIDE not in os.environ:
        sys.exit(enter(os.path.dirname(os.path.abspath(sys.argv[1]))))
    unittest.main(argv=sys.argv[:1], verbosity=2, failfast=True)
