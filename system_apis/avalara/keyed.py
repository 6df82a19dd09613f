"""One document under one key: looked up first, written, and looked up again when nobody can say what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from contracts.canonical.taxation import TaxDocumentState
from contracts.problem import Kind, Problem
from system_apis.avalara import mapping, wire
from system_apis.avalara.client import AvataxClient
from system_apis.avalara.problems import CANCELLED, COMMITTED, LOCKED, STANDS

VOIDED: Final = "tax_document_voided"
NOT_FOUND: Final = "tax_document_not_found"
_DOUBT: Final = frozenset({Kind.UNKNOWN_OUTCOME, Kind.TIMEOUT})
_OTHERS_WERE_FASTER: Final = frozenset({STANDS, COMMITTED, CANCELLED})

Fits = Callable[[wire.Transaction], bool]


class Keyed:
    """Documents of an account by company, code and type, which together are what the vendor knows one by."""

    def __init__(self, client: AvataxClient) -> None:
        self._client = client
        self._turns: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, company: str, code: str, kind: str) -> AsyncIterator[None]:
        """One writer of a document at a time, here; the vendor sorts out all others."""
        lock = self._turns.setdefault((company, code, kind), asyncio.Lock())
        async with lock:
            yield

    async def need(self, company: str, code: str, kind: str) -> wire.Transaction:
        """The document that stands.

        Raises:
            Problem: not_found, when there is none.

        """
        found = await self._client.find(company, code, kind)
        if found is None:
            raise Problem(Kind.NOT_FOUND, NOT_FOUND, "no tax document stands under this key")
        return found

    async def written(
        self, where: tuple[str, str, str], write: Callable[[], Awaitable[wire.Transaction]], *, fits: Fits
    ) -> wire.Transaction:
        """Write, and settle a doubt by looking: what fits is what was wanted, whoever has written it.

        Raises:
            Problem: as the vendor said; unknown_outcome, when what is there now does not fit, and may yet.

        """
        try:
            return await write()
        except Problem as problem:
            if problem.kind not in _DOUBT and problem.code not in _OTHERS_WERE_FASTER:
                raise
            found = await self._client.find(*where)
            if found is not None and fits(found):
                return found
            raise _in_doubt(problem) from problem


def changeable(found: wire.Transaction | None) -> None:
    """Refuse to change what is final.

    Raises:
        Problem: conflict, when the document was reported, or voided.

    """
    if found is None:
        return
    if found.locked:
        hint = "record a refund, and a new document under another key"
        raise Problem(Kind.CONFLICT, LOCKED, "the document was reported", hint=hint)
    if mapping.state_of(found) is TaxDocumentState.VOIDED:
        hint = "a key is spent by voiding: record the document under another one"
        raise Problem(Kind.CONFLICT, VOIDED, "the document is voided", hint=hint)


def _in_doubt(problem: Problem) -> Problem:
    if problem.kind is not Kind.TIMEOUT:
        return problem
    return Problem(Kind.UNKNOWN_OUTCOME, "vendor_outcome_unknown", problem.detail, context=problem.context)
