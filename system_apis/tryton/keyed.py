"""Create at most once where Tryton knows no unique key: find by our reference, create with it, look again.

Sales and invoices carry our id in `reference`, which Tryton lets stand twice. One process never creates under one
key twice at a time. Two processes might: the look after the create, or whoever looks next, sees the second record and
takes it away where nothing stands on it; else it is reported as a conflict, and nobody adds a third.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, TypeVar
from weakref import WeakValueDictionary

from msgspec import Struct

from contracts.problem import Kind, Problem
from system_apis.tryton import wire
from system_apis.tryton.client import Tryton

T = TypeVar("T", wire.Sale, wire.Invoice)


class Noun(Struct, Generic[T], frozen=True):
    """A thing of ours and the model it lives in."""

    kind: type[T]
    domain: tuple[Any, ...]
    """Which records count at all: one that was cancelled is as good as gone."""
    bare: Callable[[T], bool]
    """Whether nothing stands on a record, so that a twin may go."""


SALE: Final = Noun(
    wire.Sale,
    (["state", "!=", "cancelled"],),
    lambda sale: sale.state in {"draft", "quotation"} and not sale.invoices,
)
INVOICE: Final = Noun(wire.Invoice, (["type", "=", "out"],), lambda invoice: invoice.state == "draft")


class Keyed:
    """Records under our keys."""

    def __init__(self, client: Tryton, *, login: str) -> None:
        self._client = client
        self._ours = ["create_uid.login", "=", login]
        self._held: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def ours(self, noun: Noun[T]) -> tuple[Any, ...]:
        """The domain of all records of a kind that we made."""
        return (*noun.domain, self._ours)

    async def find(self, noun: Noun[T], key: str) -> T | None:
        """The record under a key.

        Raises:
            Problem: `conflict` when two stand under the key and the younger may not go.

        """
        return await self._alone(noun, key, await self._rows(noun, key))

    async def ensure(self, noun: Noun[T], key: str, values: Callable[[], Awaitable[Mapping[str, Any]]]) -> T:
        """The record under a key, created now unless it stands; `values` are asked for only then.

        Raises:
            Problem: `unknown_outcome` when a create was cut off and the record is not there to be seen:
                the next call looks again before it creates.

        """
        async with self._held.setdefault(f"{noun.kind.model}|{key}", asyncio.Lock()):
            found = await self.find(noun, key)
            if found is not None:
                return found
            sent = await values()
            try:
                fresh = await self._client.create(noun.kind, sent, company=sent["company"])
            except Problem as problem:
                made = await self.find(noun, key) if problem.kind is Kind.UNKNOWN_OUTCOME else None
                if made is None:
                    raise
                return made
            kept = await self.find(noun, key)
            if kept is None:
                await self._let_go(noun, fresh)  # else every repetition would leave one more
                detail = f"{noun.kind.model} {key} was saved and is not found among what is ours"
                hint = "the setting `login` must be the login of the key's user, which must see its own records"
                raise Problem(Kind.UNEXPECTED, "tryton.record_invisible", detail, hint=hint)
            return kept

    async def _rows(self, noun: Noun[T], key: str) -> list[T]:
        return await self._client.find(noun.kind, *self.ours(noun), ["reference", "=", key])

    async def _alone(self, noun: Noun[T], key: str, rows: list[T]) -> T | None:
        """The one record that stays under a key: what something stands on, else the oldest."""
        if len(rows) > 1:
            needed = [row for row in rows if not noun.bare(row)] or rows[:1]
            if len(needed) == 1:
                for twin in rows:
                    if twin is not needed[0]:
                        await self._let_go(noun, twin)
            rows = needed
        if len(rows) > 1:
            ids = ", ".join(str(row.id) for row in rows)
            raise Problem(
                Kind.CONFLICT,
                "tryton.stands_twice",
                f"{noun.kind.model} {key} stands more than once: {ids}",
                hint="decide in Tryton which one holds and cancel or credit the other, then resume",
                context={"model": noun.kind.model, "key": key, "external_ids": ids},
            )
        return rows[0] if rows else None

    async def _let_go(self, noun: Noun[T], twin: T) -> None:
        """Take a twin away: a sale is cancelled, a draft of an invoice is deleted."""
        if isinstance(twin, wire.Sale):
            await self._client.act(wire.SaleState, twin.id, "cancel", company=twin.company)
        else:
            await self._client.remove(noun.kind, twin.id, company=twin.company)
