"""Names of our things elsewhere: one thing has one name at a connection, one name is one thing's; clashes are named."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from contracts.canonical.master import CrossReference, CrossReferences, Kind
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from kit.store import insert_once
from kit.store.master import MASTER_REFERENCE
from process_apis.master_data.books import Books


class CrossReferencing:
    """The cross-reference of one tenant, within the transaction of its books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def put(self, noun: Kind, our_id: str, *, connection: str, external_id: str, by: str) -> CrossReference:
        """Record a name; recording it again changes nothing.

        Raises:
            Problem: not_found; conflict `reference_taken`, naming both sides.

        """
        root = await self._books.standing(noun, our_id)
        row = {
            "tenant": self._books.tenant,
            "noun": noun.value,
            "our_id": root,
            "connection": connection,
            "external_id": external_id,
            "recorded_by": by,
            "recorded_at": self._books.now,
        }
        if await insert_once(self._books.connection, MASTER_REFERENCE, row):
            detail = f"{connection}: {external_id}"
            await self._books.note(noun, root, actor=by, what="reference recorded", detail=detail)
        named = await self._row(noun, MASTER_REFERENCE.c.our_id == root, connection)
        if named is not None and named.external_id == external_id:
            return _reference(named)
        holder = await self._row(noun, MASTER_REFERENCE.c.external_id == external_id, connection)
        if holder is not None and await self._books.root(noun, holder.our_id) == root:
            return replace(_reference(holder), our_id=root)
        raise _taken(root, connection, external_id, named, holder)

    async def of(self, noun: Kind, our_id: str) -> CrossReferences:
        """Every name of a thing.

        Raises:
            Problem: not_found.

        """
        root = await self._books.standing(noun, our_id)
        table = MASTER_REFERENCE.c
        query = sa.select(MASTER_REFERENCE).where(
            table.tenant == self._books.tenant, table.noun == noun.value, table.our_id == root
        )
        found = await self._books.connection.execute(query.order_by(table.connection))
        return CrossReferences(items=[_reference(row) for row in found])

    async def find(self, noun: Kind, *, connection: str, external_id: str) -> CrossReference:
        """Whose name it is, as it stands after every merge.

        Raises:
            Problem: not_found.

        """
        row = await self._row(noun, MASTER_REFERENCE.c.external_id == external_id, connection)
        if row is None:
            raise Problem(Sort.NOT_FOUND, "reference_not_found", f"{connection} has no {noun.value} {external_id}")
        return replace(_reference(row), our_id=await self._books.root(noun, row.our_id))

    async def _row(self, noun: Kind, by: sa.ColumnElement[bool], connection: str) -> Any:
        table = MASTER_REFERENCE.c
        mine = (table.tenant == self._books.tenant) & (table.noun == noun.value) & (table.connection == connection)
        return (await self._books.connection.execute(sa.select(MASTER_REFERENCE).where(mine, by))).first()


def _taken(our_id: str, connection: str, external_id: str, named: Any, holder: Any) -> Problem:
    context = {"our_id": our_id, "connection": connection, "external_id": external_id}
    told = []
    if holder is not None:
        context["holder"] = holder.our_id
        told.append(f"{external_id} at {connection} is {holder.our_id}, not {our_id}")
    if named is not None:
        context["named"] = named.external_id
        told.append(f"{our_id} is called {named.external_id} at {connection}, not {external_id}")
    hint = "if both are one, have them merged; if not, correct the record at the connection"
    return Problem(Sort.CONFLICT, "reference_taken", "; ".join(told), hint=hint, context=context)


def _reference(row: Any) -> CrossReference:
    return CrossReference(
        noun=Kind(row.noun),
        our_id=row.our_id,
        connection=row.connection,
        external_id=row.external_id,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )
