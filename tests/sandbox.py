"""sandbox.py UNIT [--without CALL] -- PROGRAM...: runs a program under what a unit of systemd lets the kernel refuse.

From the unit's own lines: SystemCallFilter with SystemCallErrorNumber, MemoryDenyWriteExecute, RestrictAddressFamilies, RestrictNamespaces,
RestrictRealtime, LockPersonality, and the limits of LimitNOFILE and LimitCORE; the filters as systemd installs them (systemd.exec(5)).
What mounts and control groups do isn't in it: see tests/systemd. Exits with 77 where Debian's python3-seccomp or systemd-analyze is missing.
"""
import errno
import os
import re
import resource
import subprocess
import sys

try:
    import seccomp
except ImportError:
    DEBIAN = "/usr/bin/python3"
    if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN) and os.path.exists(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print("skipped: python3-seccomp isn't installed")
    sys.exit(77)

PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000
NAMESPACES = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
REALTIME = [1, 2, 6]  # SCHED_FIFO, SCHED_RR, SCHED_DEADLINE
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
FAMILIES_END = 46


def settings(path):
    """All values of each key, in their order."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for key, value in re.findall(r"(?m)^([A-Za-z]+)=(.*)$", file.read()):
            found.setdefault(key, []).append(value)
    return found


def groups():
    """The groups of system calls that systemd knows, by name: their members, which may be groups."""
    told = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], check=True, capture_output=True, text=True).stdout
    found, group = {}, None
    for line in told.splitlines():
        if line.startswith("@"):
            group = found.setdefault(line.strip(), [])
        elif line.startswith("    ") and group is not None and not line.strip().startswith("#"):
            group.append(line.strip())
    return found


def expand(words, known):
    calls = set()
    for word in words:
        calls |= expand(known[word], known) if word.startswith("@") else {word}
    return calls


def allowed_calls(lines):
    """As systemd reads an allow list: what follows a ~ is taken away again."""
    known, allowed = groups(), expand(["@default"], groups())
    for line in lines:
        calls = expand(line.lstrip("~").split(), known)
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


def refusing(rules):
    """A filter that lets all through but for (call, error, index, mask, value); mask None: equal to the value."""
    made = seccomp.SyscallFilter(seccomp.ALLOW)
    for call, error, index, mask, value in rules:
        test = seccomp.Arg(index, seccomp.EQ, value) if mask is None else seccomp.Arg(index, seccomp.MASKED_EQ, mask, value)
        made.add_rule(seccomp.ERRNO(error), call, test)
    return made


def restrictions(unit):
    """What the unit refuses by arguments."""
    def on(key):
        return unit.get(key, ["no"])[-1] in ("yes", "true")

    rules = []
    if on("MemoryDenyWriteExecute"):
        both = PROT_WRITE | PROT_EXEC
        rules += [("mmap", errno.EPERM, 2, both, both), ("mprotect", errno.EPERM, 2, PROT_EXEC, PROT_EXEC),
                  ("pkey_mprotect", errno.EPERM, 2, PROT_EXEC, PROT_EXEC), ("shmat", errno.EPERM, 2, SHM_EXEC, SHM_EXEC)]
    if on("RestrictNamespaces"):
        rules += [(call, errno.EPERM, 0, bit, bit) for call in ("clone", "unshare") for bit in NAMESPACES]
    if on("RestrictRealtime"):
        rules += [("sched_setscheduler", errno.EPERM, 1, None, policy) for policy in REALTIME]
    if "RestrictAddressFamilies" in unit:
        good = {FAMILIES[word] for word in unit["RestrictAddressFamilies"][-1].split()}
        rules += [("socket", errno.EAFNOSUPPORT, 0, None, family) for family in range(FAMILIES_END) if family not in good]
    if on("LockPersonality"):
        rules += [("personality", errno.EPERM, 0, None, value) for value in (0x0008, 0x0040000)]
    return rules


def allow_only(calls, error):
    made = seccomp.SyscallFilter(seccomp.ERRNO(error))
    for call in sorted(calls):
        try:
            made.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError, OSError):
            pass  # a call of another processor, or newer than libseccomp
    return made


def limit(unit, key, which):
    if key in unit:
        value = int(unit[key][-1])
        resource.setrlimit(which, (value, value))


def main():
    at = sys.argv.index("--")
    options, program = sys.argv[1:at], sys.argv[at + 1:]
    unit = settings(options[0])
    calls = allowed_calls(unit["SystemCallFilter"]) - set(options[2:])
    error = getattr(errno, unit["SystemCallErrorNumber"][-1])
    limit(unit, "LimitNOFILE", resource.RLIMIT_NOFILE)
    limit(unit, "LimitCORE", resource.RLIMIT_CORE)
    filters = [refusing(restrictions(unit)), allow_only(calls, error)]
    for one in filters:
        one.load()
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
