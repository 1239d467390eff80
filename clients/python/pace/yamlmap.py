"""YAML as plain nodes with their places: what a mapping's reader and its error messages need, and nothing that a file
could use to make us hold more than it says (no anchors, limited size and depth)."""
from dataclasses import dataclass
from typing import Any, Iterator, Union, cast

import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8


@dataclass(frozen=True)
class Scalar:
    line: int
    col: int
    text: str
    plain: bool  # not quoted


@dataclass(frozen=True)
class Items:
    line: int
    col: int
    items: list["Node"]


@dataclass(frozen=True)
class Keys:
    line: int
    col: int
    keys: dict[str, tuple[Scalar, "Node"]]


Node = Union[Scalar, Items, Keys]


class YamlError(Exception):
    def __init__(self, line: int, col: int, says: str) -> None:
        super().__init__(says)
        self.line, self.col, self.says = line, col, says


def read(text: str) -> Node:
    """The one document of a file; YamlError for the first thing that is wrong."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise YamlError(1, 1, f"the file has more than {MAX_BYTES // 1024} KiB")
    try:
        return _Reader(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        says = " ".join(str(error.problem or error.context or "not YAML").split())
        raise YamlError(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, says) from None
    except yaml.YAMLError as error:
        raise YamlError(1, 1, " ".join(str(error).split())[:200]) from None
    except (ValueError, OverflowError) as error:  # of escapes and directives that the reader doesn't check
        raise YamlError(1, 1, f"not YAML: {error}") from None


class _Reader:
    """Goes over the parser's events by itself: they tell of anchors and depth before anything is built."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = cast(Any, yaml).parse(text, Loader=yaml.SafeLoader)

    def document(self) -> Node:
        next(self._events)  # the stream
        event = next(self._events)
        if not isinstance(event, yaml.DocumentStartEvent):
            return Keys(1, 1, {})
        node = self._node(next(self._events), 0)
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.DocumentStartEvent):
            raise YamlError(event.start_mark.line + 1, 1, "a second document; one is expected")
        return node

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line, col = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlError(line, col, "anchors and aliases aren't read; write it out")
        if depth > MAX_DEPTH:
            raise YamlError(line, col, f"nests deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(line, col, event.value, event.style is None)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(event, depth + 1))
            return Items(line, col, items)
        return Keys(line, col, self._keys(depth))

    def _keys(self, depth: int) -> dict[str, tuple[Scalar, Node]]:
        keys: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise YamlError(key.line, key.col, "a key must be a text")
            if key.text in keys:
                raise YamlError(key.line, key.col, f'"{key.text[:40]}" stands in line {keys[key.text][0].line} already')
            keys[key.text] = (key, self._node(next(self._events), depth + 1))
        return keys
