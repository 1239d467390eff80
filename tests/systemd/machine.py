"""A clean Debian with systemd as its first process, in a container: Machine boots it, run() does what an administrator would.

The root is made once by mmdebstrap, from what this system's apt is configured for, with what the packages depend on; every boot
writes into memory only (systemd-nspawn --volatile=overlay). There is no network in it.
"""
import glob
import os
import shutil
import socket
import subprocess
import time

TOOLS = ["mmdebstrap", "systemd-nspawn", "nsenter", "dpkg-deb", "unshare"]
SYSTEM = "systemd-sysv,dbus,adduser,init-system-helpers"
BOOT_S = 120


def missing():
    """What keeps it from running here, or None."""
    if os.geteuid() != 0:
        return "not root"
    return next(("no " + tool for tool in TOOLS if not shutil.which(tool)), None)


def depends(packages):
    """The names of what the packages need, but for each other."""
    told = [subprocess.run(["dpkg-deb", "-f", path, "Package", "Depends"], check=True, capture_output=True, text=True).stdout
            for path in packages]
    fields = [dict(line.split(": ", 1) for line in text.splitlines()) for text in told]
    own = {one["Package"] for one in fields}
    wanted = {part.split("|")[0].split("(")[0].strip() for one in fields for part in one.get("Depends", "").split(",")}
    return sorted(wanted - own - {""})


def apt_lines():
    """Where this system gets Debian's packages, as lines for sources.list, and the name of its release."""
    with open("/etc/os-release", encoding="utf-8") as file:
        release = dict(line.rstrip().split("=", 1) for line in file if "=" in line)["VERSION_CODENAME"]
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(IDENTIFIER)|$(REPO_URI) $(RELEASE) $(COMPONENT)"],
                          check=True, capture_output=True, text=True).stdout
    found = {line.split("|")[2] for line in told.splitlines() if line.startswith("Debian|Packages|")}
    return release, sorted("deb " + line for line in found if line.split()[1].startswith(release))


def make_root(folder, packages):
    """The root, made if it isn't there or if what the packages depend on has changed."""
    wanted = ",".join([SYSTEM, *depends(packages)])
    note = folder + ".made"
    if os.path.exists(note):
        with open(note, encoding="utf-8") as file:
            if file.read() == wanted:
                return folder
    subprocess.run(["rm", "-rf", "--one-file-system", folder, note], check=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    release, lines = apt_lines()
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=" + wanted, release, folder, "-"],
                   input="\n".join(lines) + "\n", text=True, check=True)
    with open(note, "w", encoding="utf-8") as file:
        file.write(wanted)
    return folder


class Machine:
    """One boot of a root; `shared` is /shared in it, to read only. Use as a context."""

    def __init__(self, root, shared, folder):
        self.root, self.shared, self.console = root, shared, os.path.join(folder, "console")
        self.notices = os.path.join(folder, "notify")
        self.process, self.leader = None, None

    def __enter__(self):
        words = ["systemd-nspawn", "--quiet", "--directory=" + self.root, "--volatile=overlay", "--boot", "--register=no",
                 "--private-network", "--notify-ready=yes", "--bind-ro=%s:/shared" % self.shared,
                 "--machine=paced-test-%d" % os.getpid(), "--console=pipe"]
        # Where the host's first process isn't systemd, nobody makes a scope for it.
        if not os.path.isdir("/run/systemd/system"):
            words.append("--keep-unit")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, open(self.console, "wb") as console:
            notices.bind(self.notices)
            notices.settimeout(BOOT_S)
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                                            env=dict(os.environ, NOTIFY_SOCKET=self.notices))
            try:
                self.wait_booted(notices)
            except BaseException:
                self.__exit__()
                raise
        return self

    def wait_booted(self, notices):
        said = ""
        while "READY=1" not in said.split("\n"):
            try:
                said = notices.recv(4096).decode()
            except TimeoutError:
                raise AssertionError("it doesn't boot:\n" + self.told()) from None
            for line in said.split("\n"):
                if line.startswith("X_NSPAWN_LEADER_PID="):
                    self.leader = line.split("=")[1]

    def __exit__(self, *_):
        self.process.terminate()  # an orderly halt
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def told(self):
        with open(self.console, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def command(self, *words, user=None):
        if user:
            words = ("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", *words)
        return ["nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root",
                "--wd=/", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive", *words]

    def outside(self, pid):
        """The number that a process of the machine has on the host."""
        namespace = os.readlink("/proc/%s/ns/pid" % self.leader)
        for path in glob.glob("/proc/[0-9]*/ns/pid"):
            try:
                if os.readlink(path) != namespace:
                    continue
                with open(path.replace("ns/pid", "status"), encoding="utf-8") as file:
                    numbers = next(line.split()[1:] for line in file if line.startswith("NSpid:"))
            except OSError:  # it has ended meanwhile
                continue
            if numbers[-1] == str(pid):
                return int(numbers[0])
        raise AssertionError("no process %s in the machine" % pid)

    def run(self, *words, user=None, code=0, data=None, timeout=240):
        """Runs it to its end and returns what it said; any code is good where code=None."""
        result = subprocess.run(self.command(*words, user=user), check=False, text=True, timeout=timeout, input=data or "",
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if code is not None and result.returncode != code:
            raise AssertionError("%s: %d\n%s" % (" ".join(words), result.returncode, result.stdout))
        return result.stdout

    def wait_for(self, what, condition, seconds=120):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise AssertionError("not within %d s: %s" % (seconds, what))
            time.sleep(0.1)  # between two looks at the condition
