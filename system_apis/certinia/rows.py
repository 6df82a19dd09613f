"""Rows of the org under our keys: read in one call, written where they differ, found again by what they bear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any, Final
from weakref import WeakValueDictionary

import msgspec
from msgspec import Raw

from contracts.problem import Kind, Problem
from kit.force import OrgClient, Writer
from kit.force.soql import bound, literal, question

Row = dict[str, Any]

KEY: Final = "Sluice_Id__c"
"""The external id, unique, that an administrator adds to every object we write."""
MOST_IDS: Final = 200
_MOST_KEYS: Final = 100
"""Ids and keys named in one question; keys are longer, and an address has an end."""
_SEALED: Final = "INVALID_FIELD_FOR_INSERT_UPDATE"
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_WILD: Final = str.maketrans({"_": "\\_", "%": "\\%"})


class Locks:
    """One lock for each key in use; a key nobody holds is forgotten."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, *key: str) -> AbstractAsyncContextManager[None]:
        """Hold the key for the length of the block."""
        return self._held.setdefault("|".join(key), asyncio.Lock())


class Org:
    """One org: questions in plain rows, and writing that says only what is new."""

    def __init__(self, client: OrgClient, writer: Writer) -> None:
        self.client = client
        self.writer = writer

    async def ask(self, *questions: str) -> list[list[Row]]:
        """The rows that answer each question, in one call."""
        return [[plain(raw) for raw in answer] for answer in await self.client.queries(questions)]

    async def ensure(
        self, entity: str, standing: Mapping[str, Row], wanted: Mapping[str, Row], *, born: Sequence[str] = ()
    ) -> dict[str, str]:
        """Bring rows by key to what is wanted, those that stand so already left alone; the id of each.

        `born` are fields that are said when a row is made and never after. A create whose answer was lost is sent
        again, and is refused for them when the row stands: it is looked at then, and brought to what is wanted.
        """
        try:
            return await self._ensure(entity, standing, wanted, born=born)
        except Problem as problem:
            if not born or problem.context.get("vendor_code") != _SEALED:
                raise
        fields = sorted({name for row in wanted.values() for name in row})
        keys = list(wanted)
        now: dict[str, Row] = {}
        for start in range(0, len(keys), _MOST_KEYS):
            (rows,) = await self.ask(select(fields, entity, among(KEY, keys[start : start + _MOST_KEYS])))
            now |= by_key(rows)
        return await self._ensure(entity, now, wanted, born=born)

    async def _ensure(
        self, entity: str, standing: Mapping[str, Row], wanted: Mapping[str, Row], *, born: Sequence[str]
    ) -> dict[str, str]:
        changes: dict[str, Row] = {}
        for key, row in wanted.items():
            there = standing.get(key)
            kept = row if there is None else {name: value for name, value in row.items() if name not in born}
            changes[key] = different(there, kept)
        written = [key for key, change in changes.items() if change or key not in standing]
        ids = await self.writer.upsert(entity, KEY, [{**changes[key], KEY: key} for key in written])
        known = {key: str(standing[key]["Id"]) for key in wanted if key in standing}
        return known | dict(zip(written, ids, strict=True))


def plain(raw: Raw) -> Row:
    """A record as a dictionary whose figures are exact.

    Raises:
        Problem: unexpected, when the answer holds something else than records.

    """
    record = _DECODER.decode(raw)
    if not isinstance(record, dict):
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "a record is no object")
    return record


def by_key(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by our keys."""
    return {str(row[KEY]): row for row in rows}


def different(row: Row | None, wanted: Row) -> Row:
    """The fields that are not yet as wanted."""
    if row is None:
        return dict(wanted)
    return {name: value for name, value in wanted.items() if not _same(row.get(name), value)}


def _same(old: Any, new: Any) -> bool:
    if isinstance(new, Decimal) and old is not None:
        return Decimal(str(old)) == new
    return bool((old or None) == (new or None))


def select(fields: Sequence[str], entity: str, where: str, *, order: str = "") -> str:
    """A question for rows with their id and key."""
    return question(", ".join(dict.fromkeys(("Id", KEY, *fields))), entity, where=where, order=order)


def keyed(key: str) -> str:
    """The condition of the row under a key."""
    return bound(f"{KEY} = {{key}}", key=key)


def below(key: str) -> str:
    """The condition of all rows whose key is below this one."""
    text = literal(f"{key}/")
    return f"{KEY} LIKE '{text[1:-1].translate(_WILD)}%'"


def among(field: str, values: Sequence[str]) -> str:
    """The condition of rows whose field is one of these; nothing fits an empty list."""
    return f"{field} IN ({', '.join(literal(value) for value in values) or literal('')})"


def key_of(*parts: str) -> str:
    """The key of a part of something; part ids are only unique within it."""
    return "/".join(parts)
