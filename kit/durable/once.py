"""The same key gets the same answer: what was answered is kept in the transaction that did it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.problem import Kind, Problem
from kit.store.tables import ANSWERED

T = TypeVar("T")


async def answered(connection: AsyncConnection, *, scope: str, key: str, content: Any, answer: type[T]) -> T | None:
    """The first answer to a key, or None when it is new.

    Raises:
        Problem: invalid `idempotency_key_reused`, when the key came before with another content.

    """
    query = sa.select(ANSWERED).where(ANSWERED.c.scope == scope, ANSWERED.c.key == key)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    if row.fingerprint != _fingerprint(content):
        raise Problem(
            Kind.INVALID,
            "idempotency_key_reused",
            "the Idempotency-Key came before with another content",
            hint="Use a new key for a new wish.",
        )
    return msgspec.json.decode(row.answer, type=answer)


async def keep_answer(
    connection: AsyncConnection, *, scope: str, key: str, content: Any, answer: Any, at: dt.datetime
) -> None:
    """Keep an answer for whoever repeats the key."""
    row = {
        "scope": scope,
        "key": key,
        "fingerprint": _fingerprint(content),
        "answer": msgspec.json.encode(answer).decode(),
        "at": at,
    }
    await connection.execute(sa.insert(ANSWERED).values(**row))


def _fingerprint(content: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
