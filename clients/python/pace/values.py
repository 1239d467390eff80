"""Texts of a table into what an event needs: one column, or several joined, read as a text, number, time, ..."""
import datetime
import json
import re
import zoneinfo
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Callable, Mapping as Table

from .words import shown

NUMBER_MAX = 920_000_000_000_000
INTEGER_MAX = (1 << 63) - 1
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPAN = re.compile(r"(\d{1,6})(s|m|h|d)", re.ASCII)
_TRUE, _FALSE = {"true", "yes", "y", "1", "t"}, {"false", "no", "n", "0", "f"}
_SAMPLE = datetime.datetime(2001, 2, 3)


class RowError(ValueError):
    """What is wrong with a row: which column, what was found, what was expected."""

    def __init__(self, column: str, says: str) -> None:
        super().__init__(f"{column}: {says}")
        self.column, self.says = column, says


def seconds(text: str) -> float | None:
    """A time span such as 30s, 5m, 1h: 1 s to 1 d."""
    match = _SPAN.fullmatch(text)
    span = float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0.0
    return span if 1 <= span <= 86400 else None


# ---- options of a field: each checks its text and raises ValueError with what is wrong ----

def _zone(text: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{shown(text)} is not a time zone; write e.g. Europe/Amsterdam") from None


def _format(text: str) -> str:
    """iso, epoch_s, epoch_ms, or a format of strptime that has year, month and day."""
    if text in ("iso", "epoch_s", "epoch_ms"):
        return text
    try:
        again = datetime.datetime.strptime(_SAMPLE.strftime(text), text)
    except (ValueError, OverflowError, re.error):
        again = None
    if again is None or again.date() != _SAMPLE.date():
        raise ValueError(f"{shown(text)} is not a format of a time; write iso, epoch_s, epoch_ms or e.g. "
                         '"%d-%m-%Y %H:%M" (year, month and day must be in it)')
    return text


def _sign(allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) != 1 or text not in allowed:
            raise ValueError(f"is {shown(text)}; expected one of " + " ".join(f'"{c}"' for c in allowed))
        return text
    return check


def _times(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a number to multiply with, such as 60 or 0.01")
    return Decimal(text)


OPTIONS: dict[str, Callable[[str], Any]] = {
    "format": _format, "tz": _zone, "decimal": _sign(".,"), "thousands": _sign(".,' \u00a0\u202f"), "times": _times}


# ---- a field ----

@dataclass(frozen=True)
class Field:
    """Where a value comes from and how it is read. Without columns it is a constant: its default."""
    name: str
    columns: tuple[str, ...] = ()
    form: str = "text"
    join: str = "-"
    table: Table[str, str] | None = None
    default: str = ""
    format: str = "iso"
    tz: zoneinfo.ZoneInfo | None = None
    decimal: str = "."
    thousands: str = ""
    times: Decimal = Decimal(1)

    def possible(self) -> set[str] | None:
        """All texts that it can be; None: it can be anything."""
        if not self.columns:
            return {self.default}
        if self.table is None:
            return None
        return {text for text in (*self.table.values(), self.default) if text}

    def error(self, row: Table[str, Any], says: str) -> RowError:
        return RowError("+".join(self.columns) or self.name, says)

    def raw(self, row: Table[str, Any]) -> str:
        """The text as it stands there."""
        if not self.columns:
            return self.default
        parts = [_text(row.get(column)).strip() for column in self.columns]
        return self.join.join(parts) if any(parts) else ""

    def read(self, row: Table[str, Any]) -> Any:
        """The value; None: it is empty. RowError."""
        text = self.raw(row)
        if self.columns and self.table is not None and text:
            if text not in self.table and not self.default:
                raise self.error(row, f"found {shown(text)}; expected one of " +
                                 ", ".join(shown(word) for word in list(self.table)[:12]))
            text = self.table.get(text, self.default)
        elif not text:
            text = self.default
        if not text:
            return None
        try:
            return _READ[self.form](self, text)
        except _Wrong as wrong:
            raise self.error(row, f"found {shown(text)}; expected {wrong}") from None


class _Wrong(Exception):
    """What was expected."""


def _text(value: Any) -> str:
    """A cell of a table, or a member of JSON, as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    try:
        return str(value)
    except ValueError:  # an integer of thousands of digits
        return "a number with too many digits"


def _read_text(_: Field, text: str) -> str:
    return text


def _read_number(field: Field, text: str) -> int | float:
    plain = text.replace(field.thousands, "") if field.thousands else text
    plain = plain.replace(field.decimal, ".") if "." not in plain or field.decimal == "." else ""
    expected = "a number, such as 12" + field.decimal + "5"
    if not _NUMBER.fullmatch(plain):
        raise _Wrong(expected)
    number = Decimal(plain) * field.times
    if abs(number) > NUMBER_MAX:
        raise _Wrong(f"a number from -{NUMBER_MAX} to {NUMBER_MAX}")
    return int(number) if number == number.to_integral_value() else float(number)


def _read_integer(field: Field, text: str) -> int:
    """A count; or, where a format is given, a time in microseconds: a revision by last modification."""
    if field.format != "iso" or field.tz is not None or not text.isascii() or not text.isdigit():
        try:
            return max(0, _microseconds(_read_time(field, text)))
        except _Wrong:
            raise _Wrong("an integer from 0 on, or a time") from None
    if len(text) > 19 or int(text) > INTEGER_MAX:
        raise _Wrong(f"an integer from 0 to {INTEGER_MAX}")
    return int(text)


def _microseconds(when: datetime.datetime | datetime.date) -> int:
    if not isinstance(when, datetime.datetime):
        when = datetime.datetime(when.year, when.month, when.day, tzinfo=datetime.timezone.utc)
    return (when - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def _read_bool(_: Field, text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise _Wrong("true or false (or map it with values)")
    return word in _TRUE


def _read_json(_: Field, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant) if text[:1] in "[{" else text
    except (ValueError, RecursionError):
        raise _Wrong("JSON") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _epoch(text: str, per_second: int) -> datetime.datetime:
    if not _NUMBER.fullmatch(text):
        raise _Wrong("seconds since 1970" if per_second == 1 else "milliseconds since 1970")
    try:
        since = datetime.timedelta(microseconds=int(Decimal(text) * 1_000_000 / per_second))
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + since
    except OverflowError:
        raise _Wrong("a time before the year 10000") from None


def _read_time(field: Field, text: str) -> datetime.datetime | datetime.date:
    """An instant; or a day, where the text or the format has no time of day."""
    if field.format in ("epoch_s", "epoch_ms"):
        return _epoch(text, 1 if field.format == "epoch_s" else 1000)
    day_only = False
    try:
        if field.format == "iso":
            day_only = _DAY.fullmatch(text) is not None
            when = datetime.datetime.fromisoformat(text)
        else:
            day_only = not re.search(r"%[HIcTsX]", field.format)
            when = datetime.datetime.strptime(text, field.format)
    except (ValueError, OverflowError):
        example = "2026-03-29T10:00:00+02:00" if field.format == "iso" else _SAMPLE.strftime(field.format)
        raise _Wrong(f"a time such as {example}") from None
    if day_only:
        return when.date()
    return _placed(field, when)


def _placed(field: Field, when: datetime.datetime) -> datetime.datetime:
    """With the offset that it was written with, else that of the field's zone. The hour that a change of the clock has
    twice is taken the first time."""
    if when.tzinfo is None:
        if field.tz is None:
            raise _Wrong("a time with an offset, such as +02:00 (or give the column's tz in the mapping)")
        when = when.replace(tzinfo=field.tz)
        try:
            exists = when.astimezone(datetime.timezone.utc).astimezone(field.tz).replace(tzinfo=None)
        except OverflowError:
            raise _Wrong("a time between the years 1 and 9999") from None
        if exists != when.replace(tzinfo=None):
            raise _Wrong(f"a time that {field.tz.key} has; the clocks skipped this one")
    offset = when.utcoffset()
    assert offset is not None
    if offset % datetime.timedelta(minutes=1):  # as before 1900 in many zones, and nothing that RFC 3339 can write
        try:
            return when.astimezone(datetime.timezone.utc)
        except OverflowError:
            raise _Wrong("a time between the years 1 and 9999") from None
    return when


def _read_day(field: Field, text: str) -> datetime.date:
    when = _read_time(field, text) if field.format != "iso" or _DAY.fullmatch(text) else None
    if when is None:
        raise _Wrong("a day, such as 2026-03-29 (or give the column's format in the mapping)")
    return when.date() if isinstance(when, datetime.datetime) else when


def noon(day: datetime.date, field: Field) -> datetime.datetime:
    """The instant that stands for a day without a time: noon of its zone."""
    return datetime.datetime(day.year, day.month, day.day, 12, tzinfo=field.tz or datetime.timezone.utc)


_READ: dict[str, Callable[[Field, str], Any]] = {
    "text": _read_text, "number": _read_number, "integer": _read_integer, "bool": _read_bool, "json": _read_json,
    "time": _read_time, "day": _read_day}
