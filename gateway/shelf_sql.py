"""Keys and revocations in the store of the house, for every process of the gateway; refuses other databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kit.door.apikey import ApiKey
from kit.store import Store, put
from kit.store.keyring import API_KEY, REVOKED_TOKEN


class SqlShelf:
    """Asked when a key is first seen and when somebody changes one, never for each request."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, prefix: str, /) -> ApiKey | None:
        """The key of a prefix."""
        async with self._store.read() as connection:
            row = (await connection.execute(sa.select(API_KEY).where(API_KEY.c.prefix == prefix))).mappings().first()
        return _key(row) if row is not None else None

    async def add(self, key: ApiKey, /) -> None:
        """Keep a new key."""
        async with self._store.write() as connection:
            await connection.execute(API_KEY.insert().values(**_row(key)))

    async def change(self, key: ApiKey, /) -> None:
        """Keep what became of a key."""
        async with self._store.write() as connection:
            await put(connection, API_KEY, _row(key))

    async def owned(self, owner: str, /) -> list[ApiKey]:
        """Every key of an owner, the newest first."""
        wanted = sa.select(API_KEY).where(API_KEY.c.owner == owner)
        async with self._store.read() as connection:
            rows = (
                (await connection.execute(wanted.order_by(API_KEY.c.created_at.desc(), API_KEY.c.prefix.desc())))
                .mappings()
                .all()
            )
        return [_key(row) for row in rows]

    async def revoke(self, issuer: str, token_id: str, /, *, until: datetime) -> None:
        """Note that a token counts no longer."""
        async with self._store.write() as connection:
            await put(connection, REVOKED_TOKEN, {"issuer": issuer, "token_id": token_id, "until": until})

    async def revoked(self, now: datetime, /) -> list[tuple[str, str, float]]:
        """Tokens that were revoked and have not expired."""
        async with self._store.read() as connection:
            rows = (await connection.execute(sa.select(REVOKED_TOKEN).where(REVOKED_TOKEN.c.until > now))).all()
        return [(row.issuer, row.token_id, row.until.timestamp()) for row in rows]

    async def close(self) -> None:
        """Close every connection."""
        await self._store.close()


def _row(key: ApiKey) -> dict[str, Any]:
    row = {name: getattr(key, name) for name in ApiKey.__struct_fields__}
    return {**row, "scopes": " ".join(key.scopes)}


def _key(row: Mapping[Any, Any]) -> ApiKey:
    return ApiKey(**{**row, "scopes": tuple(row["scopes"].split())})
