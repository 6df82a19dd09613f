"""A chain of ten entries, and an empty database of each kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from kit.audit.chain import append
from kit.audit.checkpoint import checkpoint, checkpoints
from kit.audit.entry import Item, Kind
from kit.audit.export import export
from kit.audit.keys import Keys
from kit.settings import Secret
from kit.store import Store
from kit.trust import new_key_pair
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - pytest finds fixtures by name

T = TypeVar("T")
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TENANT = "acme"


def keys_of(*pems: str, lost: str = "") -> Keys:
    return Keys(Secret("\n".join(pems)), setting="audit.private_keys", lost=lost)


def item(number: int) -> Item:
    return Item(
        kind=Kind.TRAIL,
        subject=f"case-{number}",
        ref=f"r{number}",
        at=NOON,
        what="remarked",
        texts={"actor": "olivia", "detail": f"call back on line {number}"},
    )


@dataclass
class Book:
    """A chain in a store, and what an auditor is given of it. Each act is a minute after the one before."""

    store: Store
    pem: str
    keys: Keys
    now: dt.datetime = NOON
    salted: int = 0
    witness: list[bytes] = field(default_factory=list)

    def salt(self, size: int) -> bytes:
        self.salted += 1
        return self.salted.to_bytes(size, "big")

    async def act(self, work: Callable[[sa.Connection], T]) -> T:
        self.now += dt.timedelta(minutes=1)
        async with self.store.write() as connection:
            return await connection.run_sync(work)

    async def add(self, first: int, last: int) -> None:
        items = [item(number) for number in range(first, last + 1)]
        await self.act(lambda at: append(at, items, tenant=TENANT, now=self.now, salt=self.salt))

    async def sign(self) -> None:
        made = await self.act(lambda at: checkpoint(at, tenant=TENANT, keys=self.keys, now=self.now))
        self.witness += [each.line for each in made]

    async def export(self) -> list[bytes]:
        await self.sign()
        return await self.act(lambda at: list(export(at, tenant=TENANT, keys=self.keys, now=self.now)))

    async def checkpoints(self) -> list[Any]:
        return await self.act(lambda at: checkpoints(at, TENANT))


@pytest.fixture
async def book() -> AsyncIterator[Book]:
    """Ten entries, a checkpoint after the sixth."""
    pem, _ = new_key_pair()
    made = Book(await Store.in_memory(), pem, keys_of(pem))
    await made.add(1, 6)
    await made.sign()
    await made.add(7, 10)
    yield made
    await made.store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sluice.db'}"
    return str(request.getfixturevalue("postgres_url"))
