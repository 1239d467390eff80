"""A real paced in a folder of its own, and pacectl beside it: for the tests that are scripts."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

LINGER_MS = 50  # of a test's own sockets, and never 0: tests/lingering.h


def until(found, told=lambda: "", seconds=60):
    """What `found` gives, as soon as that is something; `told` is for the one who reads why it never was."""
    end = time.monotonic() + seconds
    while not (result := found()):
        if time.monotonic() > end:
            raise AssertionError("not within %d s\n%s" % (seconds, told()))
        time.sleep(0.01)  # between two looks at the condition
    return result


def free_ports(n):
    """Ports that nobody had a moment ago."""
    held = [socket.socket() for _ in range(n)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


class Daemon:
    """paced with its own state and runtime folders. Use as a context: it is stopped and its folder removed."""

    def __init__(self, bin_dir, config, clock="events", under=(), program="paced"):
        """under: words that are to begin the command, and end by running the rest of it."""
        self.begin = [*under, os.path.join(bin_dir, program)]
        self.bin_dir, self.clock, self.process = bin_dir, clock, None
        self.dir = tempfile.mkdtemp(prefix="paced-")
        self.config = os.path.join(self.dir, "paced.yaml")
        self.socket = os.path.join(self.dir, "run", "control.sock")
        self.log = os.path.join(self.dir, "log")
        self.write_config(config)

    @classmethod
    def without_process(cls, bin_dir, config):
        """Only the folder and pacectl: as a context, nothing is started."""
        place = cls(bin_dir, config)
        place.start = lambda: None
        return place

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.process and self.process.poll() is None:
                self.kill()
        finally:
            shutil.rmtree(self.dir)

    def write_config(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.begin, "--config", self.config,
                 "--state-dir", os.path.join(self.dir, "state"),
                 "--runtime-dir", os.path.join(self.dir, "run"), "--clock", self.clock],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=60):
        until(lambda: self.process.poll() is not None or self.ctl("status").returncode == 0, self.told, seconds)
        if self.process.poll() is not None:
            raise AssertionError("paced ended with %s:\n%s" % (self.process.returncode, self.told()))

    def told(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def command(self, *words):
        return [os.path.join(self.bin_dir, "pacectl"), "--socket", self.socket, *words]

    def ctl(self, *words, data=None, timeout=300):
        """Runs pacectl to its end: the completed process, with text."""
        if isinstance(data, str):
            data = data.encode()
        stdin = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
        result = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                timeout=timeout, check=False, **stdin)
        result.stdout = result.stdout.decode(errors="replace")
        result.stderr = result.stderr.decode(errors="replace")
        return result

    def ask(self, *words):
        """The JSON answer of a command that must succeed."""
        result = self.ctl(*words, "--json")
        if result.returncode != 0:
            raise AssertionError("pacectl %s: %d: %s" % (" ".join(words), result.returncode, result.stderr))
        return json.loads(result.stdout)

    def alerts(self):
        result = self.ctl("alerts", "--json")
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]


@contextlib.contextmanager
def running(words, **options):
    """A process that doesn't outlive the block, whatever happens in it."""
    with subprocess.Popen(words, **options) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def warning_key(event):
    """What makes two warnings the same one (INTERFACES, "Time")."""
    data = event["data"]
    return (data["kind"], event["subject"], data.get("indicator", ""), data.get("since", ""),
            data["raised_on"])
