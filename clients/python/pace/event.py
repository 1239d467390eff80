"""One event: built, checked for what paced would refuse, written as JSON."""
import datetime
import json
import re
import warnings
from dataclasses import dataclass
from typing import Any, Mapping

from .words import members_of, missing_members, shown, suggest

ATTRIBUTE_MAX_BYTES = 1024
INTEGER_MAX = (1 << 63) - 1
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SALES_TYPE = re.compile(r"[a-z0-9_.]+", re.ASCII)


class EventError(ValueError):
    """An event that paced would refuse. `where` names the attribute or member."""

    def __init__(self, where: str, says: str) -> None:
        super().__init__(f"{where}: {says}")
        self.where, self.says = where, says


class UnknownMember(UserWarning):
    """A member of `data` that paced takes and doesn't keep. `python3 -W error::pace.UnknownMember` makes errors of them."""


@dataclass(frozen=True)
class Event:
    """A CloudEvent, checked. `origin` says where it came from (a line, a cursor): yours alone, it is never sent."""
    attributes: Mapping[str, Any]
    origin: Any = None

    @staticmethod
    def make(*, type: str, source: str, id: str, time: datetime.datetime | str, subject: str | None = None,
             data: Mapping[str, Any] | None = None, record: str | None = None, revision: int | None = None,
             localdate: datetime.date | str | None = None, recordedtime: datetime.datetime | str | None = None,
             sequence: int | None = None, origin: Any = None) -> "Event":
        """Builds an event from its attributes; raises EventError with a sentence for the first one that is wrong.
        Members of `data` that paced would pass over are warned of (UnknownMember): a later one may know them.

        Members of `data` that are None are left out. Times are datetimes with a zone, or RFC 3339 text."""
        attributes: dict[str, Any] = {"specversion": "1.0"}
        required = {"id": id, "source": source, "type": type, "subject": subject}
        if subject is None and type.startswith("sales.source."):
            del required["subject"]
        for name, text in required.items():
            attributes[name] = _text(name, text)
        if type.startswith("sales.") and not _SALES_TYPE.fullmatch(type):
            raise EventError("type", f"found {shown(type)}; expected small letters, digits, _ and . after sales.")
        attributes["time"] = _time("time", time)
        if record is not None:
            attributes["record"] = _text("record", record)
        if localdate is not None:
            attributes["localdate"] = _day("localdate", localdate)
        if recordedtime is not None:
            attributes["recordedtime"] = _time("recordedtime", recordedtime)
        for name, number in (("revision", revision), ("sequence", sequence)):
            if number is not None:
                # As text: CloudEvents' own integers end at 32 bits.
                attributes[name] = str(_count(name, number))
        members = {name: value for name, value in (data or {}).items() if value is not None and value != ""}
        for name in missing_members(type, members):
            raise EventError(f"data.{name}", f"is missing; {type} must have it")
        known = members_of(type)
        for name in members:
            if known is not None and name not in known:
                warnings.warn(f"data.{name}: isn't a member of {type}, so paced wouldn't keep it" +
                              (suggest(name, known) or "; its members are: " + (", ".join(known) or "none")), UnknownMember, 2)
        if members:
            attributes["data"] = members
        return Event(attributes, origin)

    def json(self) -> bytes:
        """One line of NDJSON, without its end."""
        try:
            return json.dumps(self.attributes, ensure_ascii=False, allow_nan=False,
                              separators=(",", ":")).encode()
        except UnicodeEncodeError:
            raise EventError("data", "has characters that aren't valid Unicode") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise EventError("data", f"can't be written as JSON: {error}") from None


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise EventError(name, f"is missing; expected a text of 1 to {ATTRIBUTE_MAX_BYTES} bytes")
    if any(c < " " or c == "\x7f" for c in value):
        raise EventError(name, f"found {shown(value)}; expected a text without control characters")
    try:
        n_bytes = len(value.encode())
    except UnicodeEncodeError:
        raise EventError(name, f"found {shown(value)}; expected valid Unicode") from None
    if n_bytes > ATTRIBUTE_MAX_BYTES:
        raise EventError(name, f"has {n_bytes} bytes; at most {ATTRIBUTE_MAX_BYTES} are possible")
    return value


def _count(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= INTEGER_MAX:
        raise EventError(name, f"found {shown(value)}; expected an integer from 0 to {INTEGER_MAX}")
    return value


def _time(name: str, value: datetime.datetime | str) -> str:
    if isinstance(value, datetime.datetime):
        if value.utcoffset() is None:
            raise EventError(name, f"{value} has no zone; give the datetime a tzinfo")
        value = value.isoformat()
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise EventError(name, f"found {shown(value)}; expected a time with an offset, such as "
                               "2026-03-29T10:00:00+02:00")
    try:
        datetime.datetime.fromisoformat(value[:19].upper())
    except ValueError:
        raise EventError(name, f"{shown(value)} is not a time that exists") from None
    return value


def _day(name: str, value: datetime.date | str) -> str:
    if isinstance(value, datetime.date):
        return value.strftime("%Y-%m-%d").zfill(10)
    try:
        if _DAY.fullmatch(value):
            return datetime.date.fromisoformat(value).isoformat()
    except (ValueError, TypeError):
        pass
    raise EventError(name, f"found {shown(value)}; expected a day, such as 2026-03-29")
