"""lmdb_pages.py - what each page of an LMDB file is there for, read from the file itself (the layout of LMDB 0.9 on 64 bits), so that it
can be told what was hit where a page is damaged."""
import struct

PAGE, HEAD = 4096, 16
BRANCH, OVERFLOW = 1, 4          # flags of a page
BIG, SUB = 1, 2                  # flags of a node: its data is in pages of its own; it is a table
DB = struct.Struct("<IHHQQQQQ")  # ..., root
TREES, TXN = HEAD + 24, HEAD + 24 + 2 * DB.size + 8
NONE = (1 << 64) - 1
FREE, TABLES, HEADS, UNUSED = "the list of free pages", "the list of tables", "a head", "unused"


class Pages:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        self.of = {0: HEADS, 1: HEADS}
        at = max((0, PAGE), key=lambda meta: struct.unpack_from("<Q", self.bytes, meta + TXN))
        for n, name in enumerate((FREE, TABLES)):
            self.tree(self.root(at + TREES + n * DB.size), name)

    def root(self, at):
        return DB.unpack_from(self.bytes, at)[-1]

    def tree(self, page, name):
        """A page and all below it."""
        if page == NONE:
            return
        self.of[page] = name
        at = page * PAGE
        _, _, flags, lower, _ = struct.unpack_from("<QHHHH", self.bytes, at)
        for node in struct.unpack_from(f"<{(lower - HEAD) // 2}H", self.bytes, at + HEAD):
            self.node(at + node, flags & BRANCH, name)

    def node(self, at, branch, name):
        low, high, flags, key = struct.unpack_from("<4H", self.bytes, at)
        data = at + 8 + key
        if branch:
            self.tree(low | high << 16 | flags << 32, name)
        elif flags & SUB:
            self.tree(self.root(data), self.bytes[at + 8:data].decode())
        elif flags & BIG:
            first = struct.unpack_from("<Q", self.bytes, data)[0]
            many = struct.unpack_from("<I", self.bytes, first * PAGE + 12)[0]
            self.of.update(dict.fromkeys(range(first, first + many), name))

    def by_table(self):
        """{name: pages}; what is in no tree is unused."""
        tables = {}
        for page in range(len(self.bytes) // PAGE):
            tables.setdefault(self.of.get(page, UNUSED), []).append(page)
        return tables
