"""Master data: one agreed value of each field, one id for each thing, and people's word where rules end."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from msgspec import Meta, field

from contracts.canonical.casework import Limit
from contracts.canonical.field import Command
from contracts.canonical.master import (
    Change,
    ChangePage,
    ChangeState,
    CrossReference,
    CrossReferences,
    DriftPage,
    Kind,
    MasterRecord,
    Moment,
    RecordMatrix,
    Repairs,
    Snapshot,
    Submitted,
    Suspect,
    SuspectPage,
    SuspectState,
    Trail,
)
from contracts.port import Header, get, post, put

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]
IfMatch = Annotated[str, Header("If-Match"), Meta(min_length=1, max_length=255)]
Id = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$")]
Text = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]


class Submit(Command, frozen=True, kw_only=True):
    """A record as the calling system holds it; `fields` by path. Fields left out stay as they are."""

    connection: Id
    changed_at: Moment
    fields: Annotated[dict[str, Any], Meta(max_length=100)]


class Propose(Command, frozen=True, kw_only=True):
    """Change one field; `old` is the agreed value that the calling system last knew."""

    connection: Id
    noun: Kind
    our_id: Id
    field: Annotated[str, Meta(min_length=1, max_length=120)]
    old: Any
    new: Any
    changed_at: Moment


class DecideChange(Command, frozen=True, kw_only=True):
    """Approve or decline what is pending."""

    approve: bool
    comment: Text = ""


class Verdict(Command, frozen=True, kw_only=True):
    """Whether two records are one; when they are, `survivor_id` names the one that stays."""

    same: bool
    survivor_id: Id | None = None
    comment: Text = ""


class Refer(Command, frozen=True, kw_only=True):
    """How a connection calls it."""

    external_id: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]


class CheckDrift(Command, frozen=True, kw_only=True):
    """Compare what connections hold; with `read` the room asks those systems itself whose contract can tell."""

    noun: Kind
    our_id: Id
    snapshots: Annotated[list[Snapshot], Meta(max_length=20)] = field(default_factory=list)
    read: bool = False


class MasterData(Protocol):
    """Stewardship of what several systems hold about the same thing."""

    @get("/matrix", scope="master:read")
    async def matrix(self, *, noun: Kind | None = None) -> RecordMatrix:
        """Read who owns, creates and changes which field, who approves, which conflict rule holds."""
        ...

    @put("/records/{noun}/{our_id}", scope="master:write", problems=(404, 409))
    async def submit(self, *, noun: Kind, our_id: Id, body: Submit) -> Submitted:
        """Bring a record, or what a system holds of it; each field is judged by itself."""
        ...

    @get("/records/{noun}/{our_id}", scope="master:read", problems=(404,))
    async def record(self, *, noun: Kind, our_id: Id) -> MasterRecord:
        """Read what is agreed."""
        ...

    @get("/records/{noun}/{our_id}/trail", scope="master:read", problems=(404,))
    async def trail(self, *, noun: Kind, our_id: Id) -> Trail:
        """Read who did what to a record."""
        ...

    @post("/changes", scope="master:write", problems=(404, 409))
    async def propose(self, *, body: Propose, idempotency_key: IdempotencyKey) -> Change:
        """Propose a change of one field: taken, waiting for somebody, or refused with the owner named."""
        ...

    @get("/changes", scope="master:read")
    async def changes(
        self, *, state: ChangeState | None = None, noun: Kind | None = None, cursor: str = "", limit: Limit = 50
    ) -> ChangePage:
        """List changes, the oldest first."""
        ...

    @post("/changes/{change_id}/decision", scope="master:decide", problems=(404, 409, 412, 428))
    async def decide(
        self, *, change_id: str, body: DecideChange, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Change:
        """Approve or decline a pending change; never one's own, and only as it was seen."""
        ...

    @put("/references/{noun}/{our_id}/{connection}", scope="master:write", problems=(404, 409))
    async def refer(self, *, noun: Kind, our_id: Id, connection: Id, body: Refer) -> CrossReference:
        """Record how a connection calls a thing of ours, once; two of ours never share a name."""
        ...

    @get("/references/{noun}/{our_id}", scope="master:read", problems=(404,))
    async def references(self, *, noun: Kind, our_id: Id) -> CrossReferences:
        """Find how a thing of ours is called everywhere."""
        ...

    @get("/references", scope="master:read", problems=(404,))
    async def referred(self, *, noun: Kind, connection: Id, external_id: str) -> CrossReference:
        """Find whose name this is; the answer names the record that stands for it now."""
        ...

    @get("/suspects", scope="master:read")
    async def suspects(
        self, *, state: SuspectState | None = SuspectState.OPEN, cursor: str = "", limit: Limit = 50
    ) -> SuspectPage:
        """List records that may be the same thing, the oldest first."""
        ...

    @post("/suspects/{suspect_id}/verdict", scope="master:decide", problems=(404, 409, 412, 428))
    async def judge(
        self, *, suspect_id: str, body: Verdict, if_match: IfMatch, idempotency_key: IdempotencyKey
    ) -> Suspect:
        """Say whether two records are one: they are merged, or never asked about again."""
        ...

    @get("/repairs", scope="master:read")
    async def repairs(self) -> Repairs:
        """List what still points at a merged record."""
        ...

    @post("/drift-checks", scope="master:write", problems=(404,))
    async def check_drift(self, *, body: CheckDrift) -> DriftPage:
        """Compare what connections hold of one thing; what agrees again is no drift any more."""
        ...

    @get("/drifts", scope="master:read")
    async def drifts(self, *, noun: Kind | None = None, cursor: str = "", limit: Limit = 50) -> DriftPage:
        """List where systems differ, the longest standing first."""
        ...
