"""lab.py - a real paced in a directory of its own, to be loaded, killed and asked. For the scripts of the tests."""
import json
import os
import signal
import subprocess
import time

READY_S = 120  # folding a long log under a sanitizer takes its time


class Daemon:
    """One daemon over one directory; start, kill and start again as often as wanted."""

    def __init__(self, bin_dir, folder, config, clock="events", program="paced"):
        self.program = os.path.join(bin_dir, program)
        self.bin, self.folder, self.config, self.clock = bin_dir, folder, config, clock
        self.socket = os.path.join(folder, "run", "control.sock")
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()

    def start(self):
        """Returns the seconds until it answered."""
        begin = time.monotonic()
        with open(os.path.join(self.folder, "paced.log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--config", self.config, "--clock", self.clock,
                 "--state-dir", os.path.join(self.folder, "state"), "--runtime-dir", os.path.join(self.folder, "run")],
                stderr=log, stdout=log)
        while self.ctl("status", "--json", check=False).returncode != 0:
            if self.process.poll() is not None:
                raise RuntimeError(f"paced exited with {self.process.returncode}: {self.log()}")
            if time.monotonic() - begin > READY_S:
                raise RuntimeError(f"paced does not answer: {self.log()}")
            time.sleep(.005)  # between two looks at the condition
        return time.monotonic() - begin

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """The exit code of a friendly end."""
        self.process.terminate()
        code = self.process.wait(timeout=READY_S)
        self.process = None
        return code

    def log(self):
        with open(os.path.join(self.folder, "paced.log")) as file:
            return "".join(file.readlines()[-8:])

    def command(self, *args):
        return [os.path.join(self.bin, "pacectl"), "--socket", self.socket, *args]

    def ctl(self, *args, check=True):
        done = subprocess.run(self.command(*args), capture_output=True, timeout=600)
        if check and done.returncode != 0:
            raise RuntimeError(f"pacectl {' '.join(args)}: exit {done.returncode}: {done.stderr.decode()}")
        return done

    def ask(self, *args):
        return json.loads(self.ctl(*args, "--json").stdout)

    def sender(self, path):
        """A `pacectl send` that has been started."""
        return subprocess.Popen(self.command("send", path, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def alerts(self):
        return [json.loads(line) for line in self.ctl("alerts", "--json").stdout.splitlines()]

    def rss_anon_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
        return 0

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def simulate(bin_dir, folder, *args):
    """Paths of the events, the config and the truth of a simulated organisation."""
    events, config, truth = (os.path.join(folder, name) for name in ("events.ndjson", "paced.yaml", "truth.json"))
    with open(events, "wb") as file:
        subprocess.run([os.path.join(bin_dir, "pace-sim"), *args, "--config", config, "--truth", truth],
                       stdout=file, check=True, timeout=600)
    return events, config, truth


def what_was_said(events):
    """What has to be the same whoever sent it how: kind, subject, indicator, since, raised_on."""
    return sorted((event["data"]["kind"], event.get("subject") or "", event["data"].get("indicator") or "",
                   event["data"].get("since") or "", event["data"].get("raised_on") or "") for event in events)
