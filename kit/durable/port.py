"""The port: what the rest of the house may ask of the durable engine, whichever engine stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from contracts.canonical.casework import (
    Approval,
    ApprovalPage,
    ApprovalState,
    CaseFile,
    CasePage,
    CaseState,
    ExceptionItem,
    ExceptionPage,
    ExceptionState,
    Timeline,
)
from contracts.canonical.exceptions import ExceptionCounts
from contracts.canonical.overview import Hits, Overview
from kit.durable.breaking import Breaking
from kit.durable.delegating import Delegating
from kit.durable.effects import LedgerEntry
from kit.durable.escalating import Escalating
from kit.durable.fixing import Fixing
from kit.durable.gate import Allowance
from kit.durable.gauges import Gauges
from kit.durable.order import Journal
from kit.durable.remarking import Remarking
from kit.durable.retention import Aged, Retention
from kit.durable.road import Road
from kit.durable.taking_back import TakingBack
from kit.durable.versions import VersionStanding
from kit.store import Store


class Started(Struct, frozen=True, kw_only=True):
    """The case that carries a business key; `attached` is true when it stood there before."""

    case_id: str
    attached: bool
    revision: int = 1


class Casebook(Protocol):
    """Every case, exception and approval, and what people do about them."""

    async def cases(
        self, *, state: CaseState | None = None, process: str | None = None, cursor: str = "", limit: int = 50
    ) -> CasePage:
        """Cases, newest change first.

        Raises:
            Problem: invalid, when the cursor is none of ours.

        """
        ...

    async def case(self, case_id: str) -> CaseFile:
        """One case with its steps, waits and facts.

        Raises:
            Problem: not_found.

        """
        ...

    async def timeline(self, case_id: str) -> Timeline:
        """The audit trail of a case, oldest first.

        Raises:
            Problem: not_found.

        """
        ...

    async def exceptions(
        self,
        *,
        state: ExceptionState | None = ExceptionState.OPEN,
        case_id: str | None = None,
        code: str | None = None,
        owner_role: str | None = None,
        assigned_to: str | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> ExceptionPage:
        """Exceptions, the most urgent first."""
        ...

    async def exception(self, exception_id: str) -> ExceptionItem:
        """One exception with its context and form.

        Raises:
            Problem: not_found.

        """
        ...

    async def exception_counts(self) -> ExceptionCounts:
        """Open exceptions by code, cause and role, with their ages."""
        ...

    async def overview(self) -> Overview:
        """Every case counted: where they stand, for whom they wait, what is at stake, how long they took."""
        ...

    async def find(self, text: str) -> Hits:
        """Cases that carry an id, whoever gave it."""
        ...

    async def fix(
        self, exception_id: str, *, values: dict[str, str], by: str, key: str, note: str = ""
    ) -> ExceptionItem:
        """Answer the form; the case resumes at the step that met the problem. `key` makes a repetition harmless.

        An exception that needs four eyes stays open with the answer as a proposal; see `fixing.confirm`.

        Raises:
            Problem: not_found; conflict, when it is no longer open; invalid, with pointers `/values/<name>`;
                invalid `idempotency_key_reused`, when the key came before with another content.

        """
        ...

    async def approvals(
        self,
        *,
        state: ApprovalState | None = ApprovalState.OPEN,
        roles: frozenset[str] | None = None,
        case_id: str | None = None,
        cursor: str = "",
        limit: int = 50,
    ) -> ApprovalPage:
        """Approvals, the most urgent first; `roles` narrows to those whose open step one of the roles may decide."""
        ...

    async def approval(self, approval_id: str) -> Approval:
        """One approval with the evidence it is bound to.

        Raises:
            Problem: not_found.

        """
        ...

    async def decide(
        self,
        approval_id: str,
        *,
        approve: bool,
        by: str,
        etag: str,
        key: str,
        comment: str = "",
        held: Mapping[str, str] | None = None,
        role: str = "",
        undo_s: float = 0.0,
    ) -> Approval:
        """Say what one thinks of what was seen under `etag`; an approval completes a step or the whole.

        `held` are the roles the person may speak in, each with whom they do so for ("" for themselves); without it
        every role is taken as held. `role` names the one that speaks. Decision, audit, event and wake-up are one
        transaction. A decision that ends it takes effect after `undo_s` seconds; until then it can be taken back.

        Raises:
            Problem: not_found; conflict, when it was decided, expired or changed, is somebody else's or waits for an
                answer; forbidden, when no role held is needed or the person has spoken before; invalid, when a
                rejection has no comment; invalid `idempotency_key_reused`.

        """
        ...

    async def assign_approval(self, approval_id: str, *, to: str, by: str, key: str) -> Approval:
        """Let one person decide and nobody else; they need the role all the same.

        Raises:
            Problem: not_found; conflict, when it is no longer open.

        """
        ...

    @property
    def fixing(self) -> Fixing:
        """What becomes of exceptions besides a plain fix."""
        ...

    @property
    def remarking(self) -> Remarking:
        """What is said about exceptions and approvals."""
        ...

    @property
    def delegating(self) -> Delegating:
        """Who may decide in whose roles."""
        ...

    @property
    def breaking(self) -> Breaking:
        """The emergency way past the matrix."""
        ...

    @property
    def escalating(self) -> Escalating:
        """The clock that calls the next role."""
        ...

    @property
    def taking_back(self) -> TakingBack:
        """The way back for whoever decided a moment ago."""
        ...


class Durable(Protocol):
    """Starts roads and answers for them."""

    @property
    def casebook(self) -> Casebook:
        """What people work from."""
        ...

    @property
    def store(self) -> Store:
        """Where its truth is kept."""
        ...

    async def start(
        self,
        road: Road,
        *,
        business_key: str,
        start: Struct,
        title: str = "",
        by: str = "",
        revision: int | None = None,
        reopen: bool = False,
    ) -> Started:
        """Begin the case of a business key, or attach to the latest that stands; the current trace goes with it.

        `by` is who opened it, for the audit trail. `reopen` begins the next revision, once the latest was unwound
        or failed and only then; `revision` makes a repetition harmless: it names the one that is meant. The case
        runs the newest registered version of the process.

        Raises:
            Problem: unsupported, when the road is not registered here; invalid, when there is no business key;
                conflict, when the case to reopen is on its way or completed, or the revision is not the next.

        """
        ...

    async def standing(self, case_id: str) -> CaseFile:
        """How a case stands.

        Raises:
            Problem: not_found.

        """
        ...

    async def cancel(self, case_id: str, *, reason: str, by: str) -> CaseFile:
        """Let a case unwind at its next safe point or wait.

        Raises:
            Problem: not_found; conflict, when it is closed or a pivot stands.

        """
        ...

    async def effects(self, case_id: str) -> list[LedgerEntry]:
        """What a case has done to the world, in order.

        Raises:
            Problem: not_found.

        """
        ...

    async def recorded(self, case_id: str) -> Journal:
        """What the run of a case has recorded: kept in tests, it says whether today's road would take the same turns.

        Raises:
            Problem: not_found.

        """
        ...

    async def versions(self) -> list[VersionStanding]:
        """Open cases by the version of their road; a version that is not registered here strands its cases."""
        ...

    async def gauges(self, *, stuck_after_s: float = 900.0) -> Gauges:
        """What an operator looks at: the queue, the stuck, the strays, the dead letters, unread events."""
        ...

    async def rewind(self, case_id: str, *, step: str, reason: str, by: str) -> CaseFile:
        """Let a completed or failed case run again from one of its steps, after the code was repaired.

        The journal is kept aside first. Steps from there on are called again under their old keys.

        Raises:
            Problem: not_found; conflict, when the case is open or unwound, has no such step, or asked for an
                approval since: then unwind it and reopen it.

        """
        ...

    async def age_out(self, retention: Retention) -> Aged:
        """Let go of what policy keeps no longer; safe to repeat."""
        ...


class DurableSettings(Struct, frozen=True, kw_only=True):
    """How the engine of one process is set. Times ending in `_s` are seconds.

    `name` and `version` own the runs in a database: change `version` only for a deliberate break.
    `executor_id` is unique for each process start; empty means that one is made. `at_once` limits the runs of one
    worker, those that wait for people included; 0 is no limit, and is right unless memory is short.
    `allowances` says by connection what all workers together may ask of a vendor.
    """

    url: str
    name: str = "sluice"
    version: int = 1
    tenant: str = "default"
    executor_id: str = ""
    worker: bool = True
    migrate: bool = True
    beat_s: float = 10.0
    lease_s: float = 60.0
    poll_s: float = 0.25
    listen_s: float = 0.25
    drain_s: int = 2
    slice_s: float = 86_400.0
    threads: int = 32
    pool: int = 10
    at_once: int = 0
    allowances: dict[str, Allowance] = field(default_factory=dict)
