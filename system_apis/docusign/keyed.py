"""One envelope under one key, on a vendor that knows no keys: a draft is made, looked for, and only then sent.

A draft asks nobody. So a create whose answer was lost, or two of us at once, leave at worst a draft too many: everybody
sends the oldest and throws the others away, and the signers are asked once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakValueDictionary

from contracts.problem import Kind, Problem
from system_apis.docusign import mapping, wire
from system_apis.docusign.client import DocusignClient
from system_apis.docusign.problems import WRONG_STATE

_DRAFT: Final = "created"
_VOIDED: Final = "voided"


class Keyed:
    """The envelopes of one account by our keys."""

    def __init__(self, client: DocusignClient, *, key_field: str) -> None:
        self._client = client
        self._key_field = key_field
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, key: str) -> asyncio.Lock:
        """Held by whoever changes something under a key: one of this process at a time."""
        return self._turns.setdefault(key, asyncio.Lock())

    async def find(self, key: str) -> wire.Envelope | None:
        """What stands under a key: what was sent, or else the oldest draft.

        Raises:
            Problem: conflict, when two envelopes under the key were sent.

        """
        return chosen(await self._standing(key))

    async def prepare(self, key: str, definition: dict[str, Any]) -> wire.Envelope:
        """Create a draft, and give what stands under the key afterwards.

        Raises:
            Problem: unknown_outcome, when the answer was lost and nothing can be found yet.

        """
        try:
            made = await self._client.create(definition)
        except Problem as problem:
            found = chosen(await self._standing(key)) if problem.kind is Kind.UNKNOWN_OUTCOME else None
            if found is None:
                raise
            return found
        standing = await self._standing(key)
        if made not in {one.envelope_id for one in standing}:  # a search may lag behind; a list by ids does not
            standing += await self._client.by_ids([made])
        found = chosen(standing)
        if found is None:
            raise Problem(Kind.UNAVAILABLE, "vendor_read_torn", "the envelope that was created cannot be read")
        return found

    async def dispatch(self, key: str, draft: wire.Envelope) -> wire.Envelope:
        """Send a draft, throw away others under its key, and give the envelope as it stands then."""
        try:
            await self._client.dispatch(draft.envelope_id)
        except Problem as problem:
            if problem.code != WRONG_STATE:  # else somebody has sent it meanwhile
                raise
        await self._tidy(key, but=draft.envelope_id)
        return await self.reread(draft.envelope_id)

    async def discard(self, key: str) -> None:
        """Throw away every draft under a key."""
        await self._tidy(key, but="")

    async def reread(self, envelope_id: str) -> wire.Envelope:
        """An envelope by the vendor's id, after it was changed."""
        for one in await self._client.by_ids([envelope_id]):
            return one
        raise Problem(Kind.UNAVAILABLE, "vendor_read_torn", "the envelope went while it was being changed")

    async def _tidy(self, key: str, *, but: str) -> None:
        spare = [one.envelope_id for one in await self._standing(key) if one.status == _DRAFT]
        left = [each for each in spare if each != but]
        if left:
            await self._client.discard(left)

    async def _standing(self, key: str) -> list[wire.Envelope]:
        """Everything under a key; where a search finds nothing it may lag behind, and the transaction id is asked."""
        found = [one for one in await self._client.keyed(key) if self._bears(one, key)]
        if found:
            return found
        ids = await self._client.transacted(mapping.transaction_id(key))
        return [one for one in await self._client.by_ids(ids) if self._bears(one, key)] if ids else []

    def _bears(self, envelope: wire.Envelope, key: str) -> bool:
        """The vendor's search takes parts and either case for a match; ours does not."""
        return mapping.key_of(envelope, key_field=self._key_field) == key


def chosen(envelopes: Sequence[wire.Envelope]) -> wire.Envelope | None:
    """Which of several is the envelope: what was sent before what was not, what stands before what was taken back."""
    ordered = mapping.by_age(envelopes)
    sent = [one for one in ordered if one.status != _DRAFT]
    alive = [one for one in sent if one.status != _VOIDED]
    if len(alive) > 1:
        raise Problem(
            Kind.CONFLICT,
            "envelope_stands_twice",
            "two envelopes with this key were sent",
            hint="void one of them at the vendor's own screen",
            context={"envelopes": ", ".join(one.envelope_id for one in alive)},
        )
    return next(iter(alive or sent or ordered), None)
