"""Lists every workspace with its price, in the order of making: ours under our keys, and others beside them.

A workspace is never deleted, and a new one comes last, so a place in the list is a cursor.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from contracts.canonical.held import HeldProject, HeldProjects
from contracts.canonical.money import Money, quantum
from contracts.problem import FieldError, Kind, Problem
from system_apis.kantata import wire
from system_apis.kantata.client import PER_PAGE, Kantata
from system_apis.kantata.keyed import CLIENT, PROJECT, Keyed

_REFERENCES: Final = "external_references"


class HeldList:
    """The workspaces of one account."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed

    async def page(self, cursor: str, limit: int) -> HeldProjects:
        """The workspaces from a place in the list on, at most a page of the vendor's.

        Raises:
            Problem: `invalid`, when the limit or the cursor is none.

        """
        if limit < 1:
            raise _invalid("limit", "at least 1")
        if cursor and not (cursor.isascii() and cursor.isdigit()):
            raise _invalid("cursor", "not a cursor of this list")
        offset, many = int(cursor or 0), min(limit, PER_PAGE)
        answer = await self._kantata.window(
            PROJECT.collection,
            offset=offset,
            order="created_at:asc",
            include=_REFERENCES,
            limit=str(many),
            **PROJECT.everything,
        )
        rows = answer.results(PROJECT.collection, wire.Workspace)
        references = answer.loaded(_REFERENCES, wire.ExternalReference)
        keys = self._keyed.ours(PROJECT, list(references.values()))
        clients = await self._clients({str(row.primary_workspace_group_id) for row in rows if _has_client(row)})
        after = offset + len(rows)
        return HeldProjects(
            items=[_held(row, keys.get(row.id, ""), clients) for row in rows],
            cursor=str(after) if rows and after < answer.count else "",
        )

    async def _clients(self, ids: set[str]) -> dict[str, str]:
        """Our keys of these clients, by their ids."""
        found: dict[str, str] = {}
        async for answer in self._kantata.every(CLIENT.collection, ids, include=_REFERENCES):
            references = answer.loaded(_REFERENCES, wire.ExternalReference)
            found |= self._keyed.ours(CLIENT, list(references.values()))
        return found


def _has_client(row: wire.Workspace) -> bool:
    return isinstance(row.primary_workspace_group_id, str)


def _held(row: wire.Workspace, key: str, clients: dict[str, str]) -> HeldProject:
    budget = None
    if isinstance(row.price_in_cents, int) and isinstance(row.currency, str):
        budget = Money(amount=Decimal(row.price_in_cents) * quantum(row.currency), currency=row.currency)
    return HeldProject(
        project_id=key,
        external_id=row.id,
        name=row.title if isinstance(row.title, str) else "",
        open=row.archived is not True,
        budget=budget,
        customer_id=clients.get(str(row.primary_workspace_group_id), ""),
    )


def _invalid(name: str, detail: str) -> Problem:
    fault = FieldError(pointer=name, code=f"{name}_invalid", detail=detail)
    return Problem(Kind.INVALID, f"{name}_invalid", f"the {name} is none of this list", errors=(fault,))
