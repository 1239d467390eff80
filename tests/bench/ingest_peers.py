"""ingest_peers.py - the other stores of `./dev bench ingest`: their servers, each in a folder of its own, and one run over them.

A peer that isn't installed is skipped, with the name of the package that would bring it.
"""
import contextlib
import glob
import json
import os
import pwd
import shutil
import socket
import subprocess
import time

START_S = 60

# name: the server's program (where Debian puts it), its package, and the package of the library that our side needs.
PEERS = {
    "sqlite": (None, None, "libsqlite3-dev"),
    "postgres": ("/usr/lib/postgresql/*/bin/postgres", "postgresql", "libpq-dev"),
    "redis": ("/usr/bin/redis-server", "redis-server", "libhiredis-dev"),
    "nats": ("/usr/*bin/nats-server", "nats-server", None),
}

POSTGRES = {"listen_addresses": "", "shared_buffers": "1GB", "max_wal_size": "16GB", "checkpoint_timeout": "30min",
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "jit": "off", "work_mem": "64MB"}


class Missing(Exception):
    pass


def server_path(name):
    pattern, package, _ = PEERS[name]
    found = sorted(glob.glob(pattern))
    if not found:
        raise Missing(f"{name} is not installed (package {package})")
    return found[-1]


def wait_until(ready, process, what):
    end = time.monotonic() + START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{what} does not start")
        time.sleep(.02)  # between two looks at the condition


@contextlib.contextmanager
def running(command, ready, what, **options):
    with open(os.devnull, "wb") as null:
        process = subprocess.Popen(command, stdout=null, stderr=null, **options)
    try:
        wait_until(lambda: ready(process), process, what)
        yield
    finally:
        process.terminate()
        process.wait()


def answers(family, address):
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def sqlite(folder):
    yield os.path.join(folder, "peer.sqlite")


@contextlib.contextmanager
def redis(folder):
    path = os.path.join(folder, "redis.sock")
    command = [server_path("redis"), "--port", "0", "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "yes",
               "--appendfsync", "always"]
    with running(command, lambda _: os.path.exists(path) and answers(socket.AF_UNIX, path), "redis"):
        yield path


@contextlib.contextmanager
def nats(folder):
    port = free_port()
    command = [server_path("nats"), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder]
    with running(command, lambda _: answers(socket.AF_INET, ("127.0.0.1", port)), "nats"):
        yield str(port)


def as_postgres(folder):
    """Root may not run it: then its own user does, who gets the folder."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    os.chmod(os.path.dirname(folder), 0o755)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres(folder):
    server, data = server_path("postgres"), os.path.join(folder, "data")
    who = as_postgres(folder)
    subprocess.run([os.path.join(os.path.dirname(server), "initdb"), "-D", data, "-A", "trust", "-U", "pace", "-E", "UTF8", "--locale=C"],
                   check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)
    options = [part for name, value in POSTGRES.items() for part in ("-c", f"{name}={value}")]
    ready = os.path.join(os.path.dirname(server), "pg_isready")
    command = [server, "-D", data, "-k", folder, *options]

    def is_ready(_):
        return subprocess.run([ready, "-h", folder, "-q"], check=False).returncode == 0

    with running(command, is_ready, "postgres", cwd=folder, **who):
        yield f"host={folder} user=pace dbname=postgres"


SERVERS = {"sqlite": sqlite, "postgres": postgres, "redis": redis, "nats": nats}


def missing(bin_dir, name):
    """Why a peer can't run here; None: it can."""
    try:
        if PEERS[name][0]:
            server_path(name)
    except Missing as reason:
        return str(reason)
    if not os.path.exists(os.path.join(bin_dir, f"ingest_{name}")):
        return f"{name}: our side of it isn't built (package {PEERS[name][2]})"
    return None


def run(bin_dir, folder, name, *arguments):
    """One run with a new, empty store."""
    place = os.path.join(folder, name)
    os.mkdir(place)
    try:
        with SERVERS[name](place) as at:
            done = subprocess.run([os.path.join(bin_dir, f"ingest_{name}"), "--at", at, *arguments], check=True, stdout=subprocess.PIPE)
            return json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(place)
