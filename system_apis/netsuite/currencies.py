"""The currencies of the account, by code and by internal id; read once and again when one is unknown."""

from __future__ import annotations

from typing import Final

from contracts.problem import Kind, Problem
from system_apis.netsuite import mapping
from system_apis.netsuite.client import NetSuite

CURRENCIES: Final = "SELECT id, symbol FROM currency ORDER BY id"


class KnownCurrencies:
    """What one account calls its currencies."""

    def __init__(self, client: NetSuite) -> None:
        self._client = client
        self._ids: dict[str, str] = {}

    async def codes(self) -> list[str]:
        """Every currency code, read anew."""
        await self._read()
        return sorted(self._ids)

    async def id_of(self, code: str) -> str:
        """The internal id of a currency.

        Raises:
            Problem: `invalid`, when the account does not have it.

        """
        if code not in self._ids:
            await self._read()
        if code not in self._ids:
            raise mapping.refused("currency_unknown", "/currency", f"NetSuite has no currency {code}")
        return self._ids[code]

    async def code_of(self, number: str) -> str:
        """The currency with an internal id."""
        if number not in self._ids.values():
            await self._read()
        for code, known in self._ids.items():
            if known == number:
                return code
        raise Problem(Kind.UNEXPECTED, "currency_unreadable", f"NetSuite shows no currency with the id {number}")

    async def _read(self) -> None:
        self._ids = {row["symbol"]: row["id"] async for row in self._client.rows(CURRENCIES)}
