"""Create at most once on a vendor that never dedupes: find by our reference, then create with it, then look again.

One process never creates under one key twice at a time. Two processes might, and an answer may be of the time before a
row was made; the second row is then seen by the look after the create, or by whoever looks next. Where nothing stands
on it and the vendor lets go of such rows it is taken away, else reported as a conflict; nobody adds a third.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Generic, TypeVar
from weakref import WeakValueDictionary

from msgspec import Struct

from contracts.problem import Kind, Problem
from system_apis.kantata import wire
from system_apis.kantata.client import Kantata

T = TypeVar("T", bound=wire.Row)


class Noun(Struct, Generic[T], frozen=True):
    """A thing of ours and the collection it lives in; `model` is the service_model of its references."""

    model: str
    collection: str
    singular: str
    subject: str
    kind: type[T]
    shown_by: str = ""
    """The parameter that lifts the default filter which hides archived rows."""
    bare: Callable[[T], bool] | None = None
    """Whether nothing stands on a row, so that a twin may go; without it no row of the kind may."""

    @property
    def everything(self) -> dict[str, str]:
        """The parameters under which no row is hidden."""
        return {self.shown_by: "true"} if self.shown_by else {}


CLIENT: Final = Noun("client", "workspace_groups", "workspace_group", "WorkspaceGroup", wire.WorkspaceGroup)
PROJECT: Final = Noun("project", "workspaces", "workspace", "Workspace", wire.Workspace, "include_archived")
PHASE: Final = Noun("phase", "stories", "story", "Story", wire.Story, "show_archived", wire.Story.is_bare)
ROLE: Final = Noun("role", "roles", "role", "Role", wire.Role)
RATE_CARD: Final = Noun("rate_card", "rate_cards", "rate_card", "RateCard", wire.RateCard)
SEAT: Final = Noun(
    "staffing_request",
    "workspace_resources",
    "workspace_resource",
    "WorkspaceResource",
    wire.WorkspaceResource,
    bare=wire.WorkspaceResource.is_bare,
)
BILLED: Final = Noun("billed_time", "invoices", "invoice", "Invoice", wire.Invoice)
ALLOCATION: Final = Noun(
    "staffing_allocation",
    "workspace_allocations",
    "workspace_allocation",
    "WorkspaceAllocation",
    wire.WorkspaceAllocation,
    bare=lambda _: True,  # an allocation is a plan and carries nothing
)


class Locks:
    """One lock for each key in use; a key nobody holds is forgotten."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, *key: str) -> AbstractAsyncContextManager[None]:
        """Hold the key for the length of the block."""
        return self._held.setdefault("|".join(key), asyncio.Lock())


class Keyed:
    """Rows under our keys, by way of external references."""

    def __init__(self, kantata: Kantata, *, service_name: str) -> None:
        self._kantata = kantata
        self._service = service_name
        self._locks = Locks()

    def reference(self, noun: Noun[T], key: str) -> dict[str, str]:
        """The reference as it is nested into a create body."""
        return {"service_name": self._service, "service_model": noun.model, "service_model_ref": key}

    def ours(self, noun: Noun[T], references: list[wire.ExternalReference]) -> dict[str, str]:
        """Our keys among these references, by the id of the row they point at."""
        return {
            one.subject_id: one.service_model_ref
            for one in references
            if (one.service_name, one.service_model, one.subject_type) == (self._service, noun.model, noun.subject)
        }

    async def find(self, noun: Noun[T], key: str) -> T | None:
        """The row under a key, archived or not; a reference to a row that is gone counts for nothing.

        Raises:
            Problem: `conflict` when two rows stand under the key and the younger may not go.

        """
        return await self._read(noun, key, await self._ids(noun, key))

    async def alone(self, noun: Noun[T], key: str, rows: Sequence[T], *, borne: Container[str] = ()) -> T | None:
        """The one row that stays under a key: what something stands on, else the oldest; bare twins are removed.

        `borne` are ids of rows on which others are known to stand.

        Raises:
            Problem: `conflict` when more than one row has to stay.

        """
        oldest_first = sorted(rows, key=lambda row: int(row.id))
        if len(oldest_first) > 1 and noun.bare is not None:
            needed = [row for row in oldest_first if row.id in borne or not noun.bare(row)] or oldest_first[:1]
            if len(needed) == 1:
                oldest_first = [row for row in oldest_first if row in needed or not await self._removed(noun, row)]
        return single(noun.model, key, oldest_first)

    async def ensure(self, noun: Noun[T], key: str, body: dict[str, Any]) -> tuple[T, bool]:
        """The row under a key, and whether this call made it. A body may say more about the reference than the key.

        Raises:
            Problem: `unknown_outcome` when a create was cut off and the row is not there to be seen (yet):
                the next call looks again before it creates.

        """
        async with self._locks.of(noun.model, key):
            found = await self.find(noun, key)
            if found is not None:
                return found, False
            sent = {**body, "external_reference": body.get("external_reference", {}) | self.reference(noun, key)}
            try:
                made = await self._kantata.create(noun.collection, noun.kind, singular=noun.singular, body=sent)
            except Problem as problem:
                if problem.kind is not Kind.UNKNOWN_OUTCOME:
                    raise
                made_after_all = await self.find(noun, key)
                if made_after_all is None:
                    raise
                return made_after_all, True
            ids = await self._ids(noun, key)
            kept = await self._read(noun, key, ids) if len(ids) > 1 else None
            return (made, True) if kept is None else (kept, kept.id == made.id)

    async def _ids(self, noun: Noun[T], key: str) -> list[str]:
        wanted = self.reference(noun, key) | {"subject_type": noun.subject}
        references = await self._kantata.rows("external_references", wire.ExternalReference, **wanted)
        return [row_id for row_id, found in self.ours(noun, references).items() if found == key]

    async def _read(self, noun: Noun[T], key: str, ids: Sequence[str]) -> T | None:
        if not ids:
            return None
        answer = await self._kantata.named(noun.collection, ids, **noun.everything)
        return await self.alone(noun, key, answer.results(noun.collection, noun.kind))

    async def _removed(self, noun: Noun[T], twin: T) -> bool:
        """Remove a twin; the vendor may know of something on it that we do not, and refuse."""
        try:
            await self._kantata.delete(noun.collection, twin.id)
        except Problem as problem:
            if problem.code != "kantata.validation":
                raise
            return False
        return True

    async def adopt(self, noun: Noun[T], key: str, row_id: str) -> None:
        """Put our key on a row that stands already."""
        subject = {"subject_type": noun.subject, "subject_id": row_id}
        await self._kantata.link(self.reference(noun, key) | subject)


def single(model: str, key: str, rows: list[T]) -> T | None:
    """The only row, or None when there is none.

    Raises:
        Problem: there are several; the problem names their ids.

    """
    if len(rows) > 1:
        ids = ", ".join(sorted((row.id for row in rows), key=int))
        raise Problem(
            Kind.CONFLICT,
            "kantata.duplicate",
            f"{model} {key} stands more than once: {ids}",
            hint="decide in Kantata which row holds and remove the other, then resume",
            context={"model": model, "key": key, "external_ids": ids},
        )
    return rows[0] if rows else None
