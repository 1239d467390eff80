"""The vocabulary of docs/events.md: which members exist, how they are written, what each type must have.

A test compares these tables with the manual's.
"""
import difflib
from typing import Iterable

# Members by the form in which they are written; members of other forms are text here.
FORMS: dict[str, str] = {name: form for form, names in {
    "word": "outcome direction kind currency stage segment by coach per role",
    "key": "opportunity account contact lead owner activity reason commitment indicator manager case agreed_by series"
           " skill training result parent absence team change tz",
    "text": "text",
    "number": "duration_s amount margin discount target cost score fraction",
    "bool": "automatic next_step help_asked",
    "time": "at close_date next_step_at due from to through gap_from gap_to",
    "json": "participants topics commitments indicators pattern ramp teams reps",
}.items() for name in names.split()}

# Members that an event of this type must have; "a|b": one of them.
REQUIRED: dict[str, tuple[str, ...]] = {
    "sales.absence.cancelled": ("from", "to", "absence"),
    "sales.absence.set": ("from", "to", "absence"),
    "sales.activity.cancelled": ("activity", "at"),
    "sales.activity.planned": ("activity", "at"),
    "sales.case.acknowledged": ("case",),
    "sales.case.dismissed": ("case", "reason"),
    "sales.change.introduced": ("change",),
    "sales.coaching.observation": ("manager", "skill", "score"),
    "sales.coaching.session": ("manager",),
    "sales.commitment.changed": ("commitment",),
    "sales.commitment.done": ("commitment",),
    "sales.commitment.made": ("commitment",),
    "sales.commitment.withdrawn": ("commitment",),
    "sales.goal.acknowledged": ("target", "indicator|result"),
    "sales.goal.set": ("target", "indicator|result"),
    "sales.growth.goal": ("skill",),
    "sales.lead.assigned": ("lead",),
    "sales.lead.closed": ("lead",),
    "sales.lead.reassigned": ("lead",),
    "sales.opportunity.changed": ("opportunity",),
    "sales.opportunity.created": ("opportunity",),
    "sales.opportunity.deleted": ("opportunity",),
    "sales.opportunity.lost": ("opportunity",),
    "sales.opportunity.reopened": ("opportunity",),
    "sales.opportunity.won": ("opportunity",),
    "sales.recognition.given": ("manager",),
    "sales.source.heartbeat": ("through",),
    "sales.source.synced": ("through",),
    "sales.training.completed": ("training",),
}

_COMMITMENT = "text due indicator target by manager case agreed_by series"
_GOAL = "per from to parent"
_OPPORTUNITY = "owner reason amount currency margin discount stage close_date next_step_at segment"
_REP = "manager from team role tz pattern ramp"

# Members that an event of this type may have besides; of these types paced keeps no others.
OPTIONAL: dict[str, tuple[str, ...]] = {name: tuple(members.split()) for name, members in {
    "sales.absence.cancelled": "fraction",
    "sales.absence.set": "fraction",
    "sales.activity.*": "outcome opportunity account contact lead duration_s direction automatic next_step owner participants",
    "sales.activity.cancelled": "opportunity kind",
    "sales.activity.planned": "opportunity kind",
    "sales.case.acknowledged": "manager",
    "sales.case.dismissed": "manager",
    "sales.change.introduced": "kind indicators from teams reps",
    "sales.coaching.observation": "",
    "sales.coaching.session": "duration_s coach topics commitments help_asked cost",
    "sales.commitment.changed": _COMMITMENT,
    "sales.commitment.done": "reason",
    "sales.commitment.made": _COMMITMENT,
    "sales.commitment.withdrawn": "reason",
    "sales.goal.acknowledged": _GOAL,
    "sales.goal.set": _GOAL,
    "sales.growth.goal": "text",
    "sales.lead.assigned": "reason",
    "sales.lead.closed": "reason",
    "sales.lead.reassigned": "reason",
    "sales.opportunity.changed": _OPPORTUNITY,
    "sales.opportunity.created": _OPPORTUNITY,
    "sales.opportunity.deleted": _OPPORTUNITY,
    "sales.opportunity.lost": _OPPORTUNITY,
    "sales.opportunity.reopened": _OPPORTUNITY,
    "sales.opportunity.won": _OPPORTUNITY,
    "sales.recognition.given": "indicator",
    "sales.record.deleted": "",
    "sales.rep.joined": _REP,
    "sales.rep.left": _REP,
    "sales.rep.moved": _REP,
    "sales.source.heartbeat": "gap_from gap_to",
    "sales.source.synced": "gap_from gap_to",
    "sales.training.completed": "cost skill indicators",
}.items()}


def members_of(event_type: str) -> tuple[str, ...] | None:
    """All members that an event of this type can have, those that it must have first; None: its type is one of your own."""
    listed = "sales.activity.*" if event_type.startswith("sales.activity.") and event_type not in OPTIONAL else event_type
    if listed not in OPTIONAL:
        return None
    return tuple(name for rule in REQUIRED.get(listed, ()) for name in rule.split("|")) + OPTIONAL[listed]


def missing_members(event_type: str, members: Iterable[str]) -> list[str]:
    """The required members that aren't there, as "x" or "a or b"."""
    there = set(members)
    return [" or ".join(rule.split("|")) for rule in REQUIRED.get(event_type, ())
            if not there & set(rule.split("|"))]


def suggest(word: str, known: Iterable[str]) -> str:
    """'; did you mean "x"?', or nothing where no known word is near."""
    near = difflib.get_close_matches(word[:64], list(known), 1, 0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def shown(value: object) -> str:
    """A value as it is quoted in a sentence: short, on one line, without control characters."""
    text = str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else "?" for c in text) + '"'
