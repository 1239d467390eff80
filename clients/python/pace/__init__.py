"""A kit for connectors to paced: build events, send them so that none is lost, begin again where you were.

    from pace import Client, Event

    with Client("ipc:///run/paced/ingest.sock") as client:
        for ack in client.send(events):
            for refusal in ack.rejected:
                print(refusal)

See README.md beside this package, docs/events.md for the events and docs/protocol.md for the wire.
"""
from .checkpoint import Checkpoint
from .client import Ack, Client, Keys, ProtocolError, Refusal, Stopped, Unreachable
from .event import Event, EventError, UnknownMember
from .mapping import Mapping, MappingError, parse_mapping, read_mapping
from .values import RowError
from .words import members_of

__all__ = ["Ack", "Checkpoint", "Client", "Event", "EventError", "Keys", "Mapping", "MappingError", "ProtocolError",
           "Refusal", "RowError", "Stopped", "UnknownMember", "Unreachable", "members_of", "parse_mapping", "read_mapping"]
