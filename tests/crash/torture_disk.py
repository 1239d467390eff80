"""torture_disk.py - what is on a disk after a power cut, by what preload_io.c recorded.

What was synced is there. Of what came after the last sync of its file anything may be there: some of the writes, in any
order, each of them torn into sectors. New names are there up to any one of them, until the folder is synced.
"""
import os
import struct
from collections import namedtuple

from torture_lab import PATIENCE_S, Target, demand, preload

WRITE, SYNC, TRUNCATE, RENAME, UNLINK, SYNC_DIR, MAP = range(1, 8)
DSYNC = 1
SECTOR = 512
HEAD = struct.Struct("<IIIIQQ")

Op = namedtuple("Op", "op flags file offset name data end")  # end: of its record, in bytes from the beginning


def read_record(path):
    ops, at = [], 0
    with open(path, "rb") as file:
        bytes_ = file.read()
    while at < len(bytes_):
        op, flags, name_len, data_len, inode, offset = HEAD.unpack_from(bytes_, at)
        at += HEAD.size
        name, data = bytes_[at:at + name_len].decode(), bytes_[at + name_len:at + name_len + data_len]
        at += name_len + data_len
        ops.append(Op(op, flags, inode, offset, name, data, at))
    return ops


def put(image, offset, data):
    if len(image) < offset + len(data):
        image.extend(bytes(offset + len(data) - len(image)))
    image[offset:offset + len(data)] = data


def sectors(op):
    """(offset, bytes) of each part of a write that is on the disk as a whole or not at all."""
    at, end = op.offset, op.offset + len(op.data)
    while at < end:
        until = min((at // SECTOR + 1) * SECTOR, end)
        yield at, op.data[at - op.offset:until - op.offset]
        at = until


class Disk:
    """Moves through the record; with syncs=False none of them counts: what must be seen to lose something."""

    def __init__(self, ops, syncs=True):
        self.ops, self.syncs, self.next = ops, syncs, 0
        self.durable, self.waiting = {}, {}  # inode: image, and its writes since the last sync
        self.names, self.renames = {}, []    # name: inode; changes of names since the folder was synced

    def step(self, op):
        if op.op == TRUNCATE or op.op == WRITE:
            self.waiting.setdefault(op.file, []).append(op)
            if op.name not in self.names and not any(change[1] == op.name for change in self.renames):
                self.renames.append((None, op.name, op.file))
        elif op.op == SYNC and self.syncs:
            self.flush(op.file)
        elif op.op == RENAME:
            self.renames.append((op.name, op.data.decode(), None))
        elif op.op == UNLINK:
            self.renames.append((op.name, None, None))
        elif op.op == SYNC_DIR and self.syncs:
            self.names = self.named(len(self.renames))
            self.renames = []

    def flush(self, inode):
        image = self.durable.setdefault(inode, bytearray())
        for op in self.waiting.pop(inode, []):
            self.apply(image, op)

    @staticmethod
    def apply(image, op):
        if op.op == WRITE:
            put(image, op.offset, op.data)
        elif op.offset < len(image):
            del image[op.offset:]
        else:
            image.extend(bytes(op.offset - len(image)))

    def named(self, n):
        """Names after so many of the changes."""
        names = dict(self.names)
        for old, new, inode in self.renames[:n]:
            if old is None:
                names[new] = inode
                continue
            inode = names.pop(old, None)
            if new is not None and inode is not None:
                names[new] = inode
        return names

    def go_to(self, n):
        """After n records: the last one may be under way."""
        while self.next < n:
            self.step(self.ops[self.next])
            self.next += 1

    def torn(self, rng):
        """{name: image} as it may be found after a cut here."""
        names = self.named(rng.randrange(len(self.renames) + 1))
        return {name: self.torn_file(inode, rng) for name, inode in names.items() if inode is not None}

    def torn_file(self, inode, rng):
        image, waiting = bytearray(self.durable.get(inode, b"")), self.waiting.get(inode, [])
        # A write through O_DSYNC is on the disk when the next call comes.
        sure = [self.syncs and op.flags & DSYNC and op is not self.ops[self.next - 1] for op in waiting]
        share = rng.choice([0, .1, .5, .9, 1])
        chosen = [op for op, there in zip(waiting, sure) if there or rng.random() < share]
        tear = rng.random() < .7
        for op in chosen:
            if op.op == WRITE and tear and not (self.syncs and op.flags & DSYNC and op is not self.ops[self.next - 1]):
                for offset, part in sectors(op):
                    if rng.random() < .6:
                        put(image, offset, part)
            else:
                self.apply(image, op)
        return image


def write_images(folder, images):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    for name, image in images.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(image)


class DiskTarget(Target):
    """Over a disk that preload_io.c is in front of; `environment` says how it fails or what it records."""

    def __init__(self, args, folder, config, patience_s=PATIENCE_S, **environment):
        super().__init__(args.bin, folder, config, {"LD_PRELOAD": preload(args.bin, "preload_io"),
                                                    "TORTURE_DIR": os.path.join(folder, "state"), **environment}, patience_s)


def count_calls(args, folder, config, use):
    """(calls that can fail, what `use` gave) of a daemon that `use` was made of and that was stopped."""
    path = os.path.join(folder, "record")
    with DiskTarget(args, folder, config, TORTURE_RECORD=path) as target:
        given = use(target)
        demand(target.stop() == 0, "it doesn't stop cleanly")
    calls = sum(1 for op in read_record(path) if op.op != UNLINK)
    os.unlink(path)
    return calls, given


def points_of(rng, calls, count):
    """Every call once and for good, or so many of these, drawn evenly."""
    every = [f"{n}{how}" for n in range(1, calls + 1) for how in ("", "+")]
    return every if count >= len(every) else rng.sample(every, count)
