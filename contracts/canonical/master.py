"""Master data: who owns which field, what was proposed, what is called how elsewhere, what may be the same thing twice.

A `value` is what the field's own declaration says, as JSON; a field is named by its path (`tax.tax_code`), and what
stands in a list by `phases[].name`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from contracts.canonical.field import Noun, Record, fact

Moment = Annotated[dt.datetime, Meta(tz=True)]
Path = Annotated[str, fact("Path of the field", Record.SLUICE, example="tax.tax_code", max_length=120)]
OurId = Annotated[str, fact("Our id", Record.SLUICE, example="cus-001A000001", max_length=120)]
Connection = Annotated[str, fact("Name of the connection", Record.SLUICE, example="crm-emea", max_length=120)]


class Kind(StrEnum):
    """The nouns that are kept as master data."""

    CUSTOMER = "customer"
    HIERARCHY = "hierarchy"
    CONTRACT = "contract"
    LEGAL_ENTITY = "legal_entity"
    PROJECT = "project"
    RATE_CARD = "rate_card"


class ConflictRule(StrEnum):
    """Whose value stays when two systems changed a field since the value last agreed."""

    SYSTEM_OF_RECORD = "system_of_record"
    NEWEST = "newest"
    HOLD = "hold"


class FieldRule(Noun, frozen=True, kw_only=True):
    """Everything that is ruled about one field. The owner may always propose; an approval holds for the owner too."""

    noun: Kind
    field: Path
    record: Annotated[Record, fact("System of record", Record.SLUICE)]
    classification: str
    creates: Annotated[list[Record], fact("Kinds of system that may give the first value", Record.SLUICE)]
    changes: Annotated[list[Record], fact("Kinds of system that may change it", Record.SLUICE)]
    approval: Annotated[str | None, fact("Role that has to approve every change", Record.SLUICE)] = None
    conflict: ConflictRule = ConflictRule.SYSTEM_OF_RECORD
    latency_s: Annotated[int, fact("Delay that is acceptable elsewhere", Record.SLUICE, unit="seconds")] = 300
    fixed: Annotated[bool, fact("A key: set once with the record, never changed", Record.SLUICE)] = False


class NounRule(Noun, frozen=True, kw_only=True):
    """Who may bring a new record of a noun."""

    noun: Kind
    creates: list[Record]


class RecordMatrix(Noun, frozen=True, kw_only=True):
    """The system-of-record matrix, drawn from the declarations and the room's data."""

    version: str
    nouns: list[NounRule]
    items: list[FieldRule]


class RecordState(StrEnum):
    """Whether a record may be used."""

    ACTIVE = "active"
    HELD = "held"
    MERGED = "merged"


class AgreedField(Noun, frozen=True, kw_only=True):
    """The value last agreed, where it came from and when it was changed there."""

    field: Path
    value: Any
    connection: Connection
    changed_at: dt.datetime


class MasterRecord(Noun, frozen=True, kw_only=True):
    """One thing as agreed. One that is merged names who stands for it now, at the end of every chain."""

    noun: Kind
    our_id: OurId
    state: RecordState
    fields: list[AgreedField]
    merged_into: OurId | None = None


class ChangeState(StrEnum):
    """What became of a proposed change; `lapsed` means that the value moved on before it was decided."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    OVERRULED = "overruled"
    PENDING = "pending"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Change(Noun, frozen=True, kw_only=True):
    """A proposed change; `etag` binds a decision to exactly this old and new value."""

    change_id: Annotated[str, fact("Our id of the change", Record.SLUICE, example="chg-customer-7")]
    noun: Kind
    our_id: OurId
    field: Path
    connection: Connection
    old: Any
    new: Any
    state: ChangeState
    reason: str
    role: Annotated[str, fact("Role that decides, when somebody has to", Record.SLUICE)] = ""
    proposed_by: str
    proposed_at: dt.datetime
    changed_at: Annotated[dt.datetime, fact("When it was changed in the calling system", Record.SLUICE)]
    etag: str
    decided_by: str | None = None
    decided_at: dt.datetime | None = None
    comment: str = ""


class ChangePage(Noun, frozen=True, kw_only=True):
    """Changes, the oldest first."""

    items: list[Change]
    next_cursor: str | None = None


class Submitted(Noun, frozen=True, kw_only=True):
    """What became of a submitted record: the record, each of its fields, and whom it may be the same as."""

    record: MasterRecord
    changes: list[Change]
    suspect_ids: list[str]


class CrossReference(Noun, frozen=True, kw_only=True):
    """How one thing of ours is called at one connection."""

    noun: Kind
    our_id: OurId
    connection: Connection
    external_id: Annotated[str, Meta(min_length=1, max_length=255)]
    recorded_by: str
    recorded_at: dt.datetime


class CrossReferences(Noun, frozen=True, kw_only=True):
    """References of one thing."""

    items: list[CrossReference]


class SuspectState(StrEnum):
    """What a person said about two records; `superseded` means one of them was merged elsewhere meanwhile."""

    OPEN = "open"
    SAME = "same"
    DISTINCT = "distinct"
    SUPERSEDED = "superseded"


class Reason(Noun, frozen=True, kw_only=True):
    """One thing two records have in common, and how much it weighs (0 to 1)."""

    kind: str
    value: str
    weight: float


class Suspect(Noun, frozen=True, kw_only=True):
    """Two records that may be one, with everything a person needs to say so; `candidate` is the one that is held."""

    suspect_id: str
    noun: Kind
    candidate: MasterRecord
    other: MasterRecord
    score: Annotated[float, Meta(ge=0, le=1)]
    reasons: list[Reason]
    state: SuspectState
    found_at: dt.datetime
    etag: str
    decided_by: str | None = None
    decided_at: dt.datetime | None = None
    comment: str = ""


class SuspectPage(Noun, frozen=True, kw_only=True):
    """Suspects, the oldest first."""

    items: list[Suspect]
    next_cursor: str | None = None


class Repair(Noun, frozen=True, kw_only=True):
    """Something that still points at a merged record and that nobody could move by itself."""

    noun: Kind
    our_id: OurId
    points_at: OurId
    should_be: OurId
    what: Annotated[str, fact("A connection's reference, or a field of another record", Record.SLUICE)]
    detail: str


class Repairs(Noun, frozen=True, kw_only=True):
    """Everything to repair."""

    items: list[Repair]


class Snapshot(Noun, frozen=True, kw_only=True):
    """One thing as one connection holds it at a moment: values by field."""

    connection: Connection
    taken_at: Moment
    fields: dict[str, Any]


class Holding(Noun, frozen=True, kw_only=True):
    """What one connection holds."""

    connection: Connection
    value: Any
    owner: bool


class Correction(Noun, frozen=True, kw_only=True):
    """What would settle a drift: give `connection` this value."""

    connection: Connection
    value: Any


class Drift(Noun, frozen=True, kw_only=True):
    """A field in which connections differ; the owner's value first; a repair needs one."""

    noun: Kind
    our_id: OurId
    field: Path
    holdings: list[Holding]
    since: dt.datetime
    repair: list[Correction] = msgspec.field(default_factory=list)


class DriftPage(Noun, frozen=True, kw_only=True):
    """Drifts, the oldest first."""

    items: list[Drift]
    next_cursor: str | None = None


class TrailEntry(Noun, frozen=True, kw_only=True):
    """One line of the audit trail of a record."""

    at: dt.datetime
    actor: str
    what: str
    detail: str = ""


class Trail(Noun, frozen=True, kw_only=True):
    """The audit trail of one record, the oldest first."""

    items: list[TrailEntry]
