"""A control group of the kernel's with so much memory and no more, where this machine lets one make one."""
import os

V1, V2 = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"


def put(folder, name, value):
    with open(os.path.join(folder, name), "w") as file:
        file.write(str(value))


class MemoryLimit:
    """As a context. `under` begins the command of a program that is to be in it; OSError where none can be made."""

    def __init__(self, limit_bytes):
        old = os.path.isdir(V1)
        self.folder = os.path.join(V1 if old else V2, "paced-test-%d" % os.getpid())
        self.events = "memory.oom_control" if old else "memory.events"
        os.mkdir(self.folder)
        try:
            put(self.folder, "memory.limit_in_bytes" if old else "memory.max", limit_bytes)
        except OSError:
            os.rmdir(self.folder)
            raise
        self.under = ["/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', os.path.join(self.folder, "cgroup.procs")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.rmdir(self.folder)

    def take(self, pid):
        """A process that runs already is in it from now on."""
        put(self.folder, "cgroup.procs", pid)

    def killed(self):
        """How many processes the kernel has ended in it for want of memory."""
        with open(os.path.join(self.folder, self.events)) as file:
            return int(dict(line.split() for line in file)["oom_kill"])
