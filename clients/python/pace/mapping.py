"""Mappings: how rows of a table, or objects of a list, become events. README.md shows one, and every key.

All that is wrong with a mapping is told at once, each with its place and, for an unknown key, the nearest known one. What
is wrong with a row is told by row and column, and harms no other row.
"""
import datetime
import hashlib
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Mapping as Table, Sequence

from . import values, yamlmap
from .event import Event, EventError
from .values import Field, RowError
from .words import FORMS, REQUIRED, members_of, shown, suggest

FIELD_KEYS = ("column", "columns", "join", "value", "values", "default", "form", "format", "tz", "decimal", "thousands",
              "times")
FIELD_FORMS = ("text", "number", "bool", "time", "json")
CSV_KEYS = ("delimiter", "encoding")
POLL_KEYS = ("command", "url", "headers", "items", "cursor", "start", "every", "timeout", "synced")
ATTRIBUTES = {"type": "text", "subject": "text", "time": "time", "id": "text", "record": "text", "revision": "integer",
              "localdate": "day", "recordedtime": "time", "sequence": "integer"}
KEYS = ("source", *ATTRIBUTES, "data", "skip", "csv", "poll")
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "windows-1250")
REQUIRED_KEYS = ("source", "type", "subject", "time")


class MappingError(ValueError):
    """All that is wrong with a mapping: `errors` are lines of the form FILE:line:col: key: what."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = list(errors)


@dataclass(frozen=True)
class Skip:
    """A row whose field has one of these texts is left out."""
    field: Field
    texts: frozenset[str]


@dataclass(frozen=True)
class Poll:
    command: tuple[str, ...] = ()
    url: str = ""
    headers: Table[str, str] = field(default_factory=dict)
    items: str = ""
    cursor: str = ""
    start: str = ""
    every_s: float = 60.0
    timeout_s: float = 30.0
    synced: bool = True


@dataclass(frozen=True)
class Mapping:
    source: str
    fields: Table[str, Field]   # attributes
    members: Table[str, Field]  # of data
    skips: tuple[Skip, ...]
    delimiter: str
    encoding: str
    poll: Poll | None
    digest: str                 # of the mapping's text: another one makes other events

    def columns(self) -> set[str]:
        """All columns that are asked for."""
        every = [*self.fields.values(), *self.members.values(), *(skip.field for skip in self.skips)]
        return {column for one in every for column in one.columns}

    def event(self, row: Table[str, Any], *, origin: Any = None,
              occurrence: Callable[[str], int] | None = None) -> Event | None:
        """The event of a row; None: it is to be left out. RowError tells what is wrong with it.

        Without a mapped id the id is a digest of the row's mapped values; occurrence(digest) then says how many rows
        like it there were, this one included, so that two that are alike are two events."""
        if any(skip.field.raw(row) in skip.texts for skip in self.skips):
            return None
        found = {name: one.read(row) for name, one in self.fields.items()}
        members = {name: _plain(one.read(row)) for name, one in self.members.items()}
        if isinstance(time := found.get("time"), datetime.date) and not isinstance(time, datetime.datetime):
            found.setdefault("localdate", time)
            found["time"] = values.noon(time, self.fields["time"])
        if not found.get("id"):
            found["id"] = self._identity(found, members, occurrence)
        for name in ("type", "subject", "time"):
            if found.get(name) is None:
                raise self.fields[name].error(row, "is empty; every event must have it")
        known = members_of(str(found["type"]))
        try:
            event = Event.make(source=self.source, origin=origin,
                               data={name: one for name, one in members.items() if known is None or name in known},
                               **{name: value for name, value in found.items() if value is not None})
            event.json()
            return event
        except EventError as error:
            raise RowError(self._place(error.where), error.says) from None

    def _identity(self, found: Table[str, Any], members: Table[str, Any],
                  occurrence: Callable[[str], int] | None) -> str:
        text = repr((sorted((k, str(v)) for k, v in found.items()), sorted((k, str(v)) for k, v in members.items())))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        n = occurrence(digest) if occurrence else 1
        return digest if n == 1 else f"{digest}-{n}"

    def _place(self, where: str) -> str:
        """The column that an attribute or member comes from, else its name."""
        one = self.members.get(where.removeprefix("data.")) if where.startswith("data.") else self.fields.get(where)
        return "+".join(one.columns) if one is not None and one.columns else where


def read_mapping(path: str) -> Mapping:
    """Reads a mapping's file. MappingError, or OSError."""
    with open(path, "rb") as file:
        content = file.read(yamlmap.MAX_BYTES + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MappingError([f"{path}:{line}:1: isn't UTF-8; save the mapping as UTF-8"]) from None
    return parse_mapping(text, path)


def parse_mapping(text: str, name: str = "mapping") -> Mapping:
    """Reads a mapping's text; `name` is what its errors begin with. MappingError."""
    reader = _Reader(name)
    try:
        root = yamlmap.read(text)
    except yamlmap.YamlError as error:
        raise MappingError([f"{name}:{error.line}:{error.col}: {error.says}"]) from None
    mapping = reader.mapping(root, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16])
    if reader.errors or mapping is None:
        raise MappingError([line for _, line in sorted(reader.errors)])
    return mapping


def _plain(value: Any) -> Any:
    """Days and instants as the text that is sent."""
    return value.isoformat() if isinstance(value, datetime.date) else value


class _Reader:
    """Walks over the nodes and collects what is wrong, so that all of it is told in one run."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.errors: list[tuple[tuple[int, int], str]] = []

    def error(self, at: yamlmap.Node, key: str, says: str) -> None:
        self.errors.append(((at.line, at.col), f"{self.name}:{at.line}:{at.col}: {key}: {says}"))

    def keys(self, node: yamlmap.Node, path: str, known: Iterable[str] | None) -> dict[str, yamlmap.Node]:
        """The values of a map by key; unknown keys are told. known None: any key."""
        if not isinstance(node, yamlmap.Keys):
            self.error(node, path or "the mapping", "must be a map of keys and values")
            return {}
        found: dict[str, yamlmap.Node] = {}
        for name, (key, value) in node.keys.items():
            where = f"{path}.{name}" if path else name
            if known is not None and name not in known:
                self.error(key, where[:80], "is not a known key" + (suggest(name, known) or
                                                                    "; known are " + ", ".join(known)))
            else:
                found[name] = value
        return found

    def text(self, node: yamlmap.Node | None, path: str, default: str = "") -> str:
        if node is None:
            return default
        if isinstance(node, yamlmap.Scalar):
            if node.text:
                return node.text
            self.error(node, path, "is empty; expected a text")
        else:
            self.error(node, path, "must be a text")
        return default

    def texts(self, node: yamlmap.Node, path: str) -> list[str]:
        if isinstance(node, yamlmap.Scalar):
            return [self.text(node, path)]
        if isinstance(node, yamlmap.Items) and node.items:
            return [self.text(item, f"{path}[{i}]") for i, item in enumerate(node.items)]
        self.error(node, path, "must be a text or a list of texts")
        return []

    def choice(self, node: yamlmap.Node | None, path: str, known: Sequence[str], default: str) -> str:
        text = self.text(node, path, default)
        if text in known:
            return text
        assert node is not None
        self.error(node, path, f"is {shown(text)}; expected one of {', '.join(known)}" + suggest(text, known))
        return default

    def seconds(self, node: yamlmap.Node | None, path: str, default: float) -> float:
        if node is None:
            return default
        seconds = values.seconds(self.text(node, path))
        if seconds is None:
            self.error(node, path, 'is not a time span; write e.g. "30s", "5m" or "1h" (1s to 1d)')
            return default
        return seconds

    # ---- the parts ----

    def mapping(self, root: yamlmap.Node, digest: str) -> Mapping | None:
        found = self.keys(root, "", KEYS)
        if isinstance(root, yamlmap.Keys):
            for name in REQUIRED_KEYS:
                if name not in root.keys:
                    self.error(root, name, "is missing; every event must have it")
        source = self.text(found.get("source"), "source")
        fields = {name: self.field(found[name], name, form) for name, form in ATTRIBUTES.items() if name in found}
        members = self.members(found.get("data"), fields.get("type"))
        skips = self.skips(found.get("skip"))
        delimiter, encoding = self.csv(found.get("csv"))
        poll = self.poll(found["poll"]) if "poll" in found else None
        if source and "source" in found:
            self.try_constant(found["source"], "source", source)
        if self.errors:
            return None
        return Mapping(source, fields, members, skips, delimiter, encoding, poll, digest)

    def try_constant(self, node: yamlmap.Node, path: str, text: str) -> None:
        try:
            Event.make(type="sales.activity.call", source=text, id="x", subject="x", time="2026-01-01T00:00:00Z")
        except EventError as error:
            self.error(node, path, error.says)

    def members(self, node: yamlmap.Node | None, type_field: Field | None) -> dict[str, Field]:
        if node is None:
            node = yamlmap.Keys(1, 1, {})
            members: dict[str, yamlmap.Node] = {}
        else:
            types = type_field.possible() if type_field is not None else None
            listed = [members_of(one) for one in types or ()]
            known = {name: None for names in listed for name in names or ()} if listed and None not in listed else None
            members = self.keys(node, "data", None if known is None else tuple(known))
        for event_type in (type_field.possible() if type_field is not None else None) or ():
            for rule in REQUIRED.get(event_type, ()):
                if not set(rule.split("|")) & set(members):
                    self.error(node, f"data.{rule.replace('|', ' or ')}", f"is missing; {event_type} must have it")
        return {name: self.field(value, f"data.{name}", FORMS.get(name, "text")) for name, value in members.items()}

    def field(self, node: yamlmap.Node, path: str, form: str) -> Field:
        """A text is a constant; a map says which column and how it is read."""
        form = {"word": "text", "key": "text"}.get(form, form)
        if isinstance(node, yamlmap.Scalar):
            return self.constant(node, path, form, node.text)
        found = self.keys(node, path, FIELD_KEYS)
        if not isinstance(node, yamlmap.Keys):
            return Field(path)
        if "form" in found and path.startswith("data."):
            form = self.choice(found["form"], f"{path}.form", FIELD_FORMS, form)
        elif "form" in found:
            self.error(found["form"], f"{path}.form", "only members of data have a form to choose")
        if "value" in found:
            for name in found.keys() - {"value", "form"}:
                self.error(node.keys[name][0], f"{path}.{name}", "doesn't go together with value")
            return self.constant(found["value"], path, form, self.text(found["value"], f"{path}.value"))
        columns = self.columns(node, path, found)
        return Field(path, columns=columns, form=form, join=self.text(found.get("join"), f"{path}.join", "-"),
                     table=self.table(found.get("values"), f"{path}.values"),
                     default=self.text(found.get("default"), f"{path}.default"), **self.reading(found, path, form))

    def columns(self, node: yamlmap.Keys, path: str, found: Table[str, yamlmap.Node]) -> tuple[str, ...]:
        if ("column" in found) + ("columns" in found) != 1:
            self.error(node, path, "needs one of column, columns or value")
            return ()
        if "column" in found:
            column = self.text(found["column"], f"{path}.column")
            return (column,) if column else ()
        return tuple(self.texts(found["columns"], f"{path}.columns"))

    def constant(self, node: yamlmap.Node, path: str, form: str, text: str) -> Field:
        one = Field(path, form=form, default=text, format="iso")
        try:
            one.read({})
        except RowError as error:
            self.error(node, path, error.says)
        return one

    def table(self, node: yamlmap.Node | None, path: str) -> dict[str, str] | None:
        if node is None:
            return None
        return {key: value.text if isinstance(value, yamlmap.Scalar) else self.text(value, f"{path}.{key[:40]}")
                for key, value in self.keys(node, path, None).items()}

    def reading(self, found: Table[str, yamlmap.Node], path: str, form: str) -> dict[str, Any]:
        """How the text of a column is understood."""
        options: dict[str, Any] = {}
        allowed = {"time": ("format", "tz"), "day": ("format",), "number": ("decimal", "thousands", "times"),
                   "integer": ("format", "tz")}.get(form, ())
        for name in ("format", "tz", "decimal", "thousands", "times"):
            if name not in found:
                continue
            if name not in allowed:
                self.error(found[name], f"{path}.{name}", f"isn't for a {form}")
                continue
            text = self.text(found[name], f"{path}.{name}")
            try:
                options[name] = values.OPTIONS[name](text)
            except ValueError as error:
                self.error(found[name], f"{path}.{name}", str(error))
        if options.get("decimal", ".") == options.get("thousands"):
            self.error(found["thousands"], f"{path}.thousands", "is the decimal sign too; they must differ")
        return options

    def skips(self, node: yamlmap.Node | None) -> tuple[Skip, ...]:
        if node is None:
            return ()
        if not isinstance(node, yamlmap.Items):
            self.error(node, "skip", "must be a list of {column, is}")
            return ()
        skips = []
        for i, item in enumerate(node.items):
            found = self.keys(item, f"skip[{i}]", ("column", "is"))
            for name in ("column", "is"):
                if isinstance(item, yamlmap.Keys) and name not in item.keys:
                    self.error(item, f"skip[{i}].{name}", "is missing")
            if len(found) == 2:
                column = self.text(found["column"], f"skip[{i}].column")
                skips.append(Skip(Field(f"skip[{i}]", columns=(column,)),
                                  frozenset(self.skip_texts(found["is"], f"skip[{i}].is"))))
        return tuple(skips)

    def skip_texts(self, node: yamlmap.Node, path: str) -> list[str]:
        """As texts, but the empty text is one: rows where nothing stands."""
        items = node.items if isinstance(node, yamlmap.Items) else [node]
        for item in items:
            if not isinstance(item, yamlmap.Scalar):
                self.error(item, path, "must be a text or a list of texts")
        return [item.text for item in items if isinstance(item, yamlmap.Scalar)]

    def csv(self, node: yamlmap.Node | None) -> tuple[str, str]:
        if node is None:
            return ",", "utf-8"
        found = self.keys(node, "csv", CSV_KEYS)
        delimiter = self.text(found.get("delimiter"), "csv.delimiter", ",")
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
        if delimiter not in (",", ";", "\t", "|", ":"):
            self.error(found["delimiter"], "csv.delimiter", 'must be one of "," ";" "|" ":" or tab')
        return delimiter, self.choice(found.get("encoding"), "csv.encoding", ENCODINGS, "utf-8")

    def poll(self, node: yamlmap.Node) -> Poll:
        found = self.keys(node, "poll", POLL_KEYS)
        if isinstance(node, yamlmap.Keys) and ("command" in found) + ("url" in found) != 1:
            self.error(node, "poll", "needs one of command or url")
        url = self.text(found.get("url"), "poll.url")
        if url and not url.lower().startswith(("http://", "https://")):
            self.error(found["url"], "poll.url", "must begin with https:// or http://")
        headers = {name: self.text(value, f"poll.headers.{name[:40]}") for name, value in
                   (self.keys(found["headers"], "poll.headers", None) if "headers" in found else {}).items()}
        for name, value in headers.items():
            if not name.isascii() or not all(c.isalnum() or c in "-_" for c in name) or not value.isprintable():
                self.error(found["headers"], f"poll.headers.{name[:40]}", "is not a header that can be sent")
        return Poll(tuple(self.texts(found["command"], "poll.command")) if "command" in found else (), url, headers,
                    self.text(found.get("items"), "poll.items"), self.text(found.get("cursor"), "poll.cursor"),
                    self.text(found.get("start"), "poll.start"), self.seconds(found.get("every"), "poll.every", 60.0),
                    self.seconds(found.get("timeout"), "poll.timeout", 30.0),
                    self.choice(found.get("synced"), "poll.synced", ("true", "false"), "true") == "true")
