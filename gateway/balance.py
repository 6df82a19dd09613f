"""Spreads calls over several addresses of a tier; refuses to send to one that is known to be down while another is up.

The address with the fewest calls under way for its weight is taken. One that fails several times in a row rests; one
that says at `/health/ready` that it is not ready gets nothing. When all are down each is tried: knowing nothing is
better than refusing everything. Canary addresses get the consumers named for them and a share of the others, always
the same ones, so that nobody sees two versions in turn.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct

from gateway.upstream import Answer, Call, Failed, Upstream
from kit.clock import Clock
from kit.door.policy import Pair

_UNTOUCHED: Final = frozenset({"busy"})
_WARY_S: Final = 1.0
_LONGEST_REST: Final = 8


class Address(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more place where a tier answers."""

    url: str
    """Its base URL."""
    weight: int = 1
    """How much it takes, beside the others."""
    canary: bool = False
    """Whether it is the next version, for some consumers only."""


class Balance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one tier's calls are spread. The address under `upstreams` is one of them, with weight 1."""

    addresses: tuple[Address, ...]
    """The others."""
    canary_share: float = 0.0
    """Share of the consumers, from 0 to 1, who are sent to the canary addresses."""
    canary_consumers: tuple[str, ...] = ()
    """Consumers who always are, as "issuer|subject" with * for any."""
    eject_after: int = 5
    """Failures in a row after which an address rests."""
    eject_s: float = 5.0
    """For how long at first; twice as long each time, up to eight times."""
    health_path: str = "/health/ready"
    """Where an address says whether it is ready; empty: it is not asked."""
    health_every_s: float = 5.0
    """Seconds between two questions."""
    health_wait_s: float = 1.0
    """Seconds an answer may take."""


class Place:
    """One address, and what is known of it."""

    __slots__ = ("canary", "ejections", "failed_at", "failures", "flying", "name", "ready", "rests_until", "weight")

    def __init__(self, name: str, *, weight: int, canary: bool) -> None:
        self.name = name
        self.weight = weight
        self.canary = canary
        self.flying = 0
        self.failures = 0
        self.failed_at = float("-inf")
        self.ejections = 0
        self.rests_until = float("-inf")
        self.ready = True


class _Counted:
    """An answer whose body is still to come; its call is under way until it is closed."""

    def __init__(self, answer: Answer, place: Place) -> None:
        self._answer = answer
        self._place: Place | None = place
        self.status = answer.status
        self.headers: list[Pair] = answer.headers
        self.body = answer.body

    def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        return self._answer.parts()

    async def close(self) -> None:
        """Let go."""
        place, self._place = self._place, None
        if place is not None:
            place.flying -= 1
        await self._answer.close()


class Balanced:
    """Carries calls by way of another upstream that knows each address by a name of its own."""

    def __init__(
        self, inner: Upstream, balances: Mapping[str, Balance], *, clock: Clock, dice: random.Random | None = None
    ) -> None:
        self._inner = inner
        self._balances = dict(balances)
        self._clock = clock
        self._dice = dice or random.Random()
        self._places = {tier: _places(tier, balance) for tier, balance in balances.items()}

    async def ask(self, call: Call, /) -> Answer:
        """Send the call to the address that suits it; to another where nothing was sent yet."""
        if call.tier not in self._places:
            return await self._inner.ask(call)
        tried: list[Place] = []
        while True:
            place = self._choose(call, tried)
            tried.append(place)
            try:
                return await self._asked(call, place)
            except Failed as failed:
                streams = not (call.payload is None or isinstance(call.payload, bytes))
                if failed.sent or failed.code in _UNTOUCHED or streams or len(tried) == len(self._group(call)):
                    raise

    async def close(self) -> None:
        """Close every connection."""
        await self._inner.close()

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Ask the addresses how they are, until the block ends."""
        tasks = [
            asyncio.create_task(self._looks(place, self._balances[tier]))
            for tier, places in self._places.items()
            for place in places
            if self._balances[tier].health_path
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def standing(self) -> dict[str, dict[str, str]]:
        """How each address stands: up, resting, or not ready."""
        now = self._clock.monotonic()
        return {
            tier: {place.name: _state(place, now) for place in places} for tier, places in sorted(self._places.items())
        }

    async def _asked(self, call: Call, place: Place) -> Answer:
        place.flying += 1
        is_over = True
        try:
            answer = await self._inner.ask(replace(call, tier=place.name))
            self._went_well(place)
            is_over = answer.body is not None
            return answer if is_over else _Counted(answer, place)
        except Failed as failed:
            if failed.code not in _UNTOUCHED:
                self._went_wrong(place, self._balances[call.tier])
            raise
        finally:
            if is_over:
                place.flying -= 1

    def _choose(self, call: Call, tried: list[Place]) -> Place:
        now = self._clock.monotonic()
        group = [place for place in self._group(call) if place not in tried]
        well = [place for place in group if _state(place, now) == "up"] or group
        wary = now - _WARY_S
        return min(
            well, key=lambda place: (place.failed_at > wary, (place.flying + 1) / place.weight, self._dice.random())
        )

    def _group(self, call: Call) -> list[Place]:
        places, balance = self._places[call.tier], self._balances[call.tier]
        wants_canary = _is_canary(call.consumer, balance, self._dice)
        return [place for place in places if place.canary == wants_canary] or places

    def _went_well(self, place: Place) -> None:
        place.failures = place.ejections = 0
        place.failed_at = float("-inf")

    def _went_wrong(self, place: Place, balance: Balance) -> None:
        now = self._clock.monotonic()
        place.failures += 1
        place.failed_at = now
        if place.failures >= balance.eject_after:
            place.rests_until = now + balance.eject_s * min(2**place.ejections, _LONGEST_REST)
            place.ejections += 1
            place.failures = 0

    async def _looks(self, place: Place, balance: Balance) -> None:
        while True:
            place.ready = await self._is_ready(place, balance)
            await asyncio.sleep(balance.health_every_s)

    async def _is_ready(self, place: Place, balance: Balance) -> bool:
        call = Call(
            tier=place.name,
            method="GET",
            target=balance.health_path.encode(),
            headers=[],
            payload=None,
            deadline_s=balance.health_wait_s,
        )
        try:
            async with asyncio.timeout(balance.health_wait_s):
                answer = await self._inner.ask(call)
                await answer.close()
        except (Failed, TimeoutError):
            return False
        return answer.status == 200


def expanded(upstreams: Mapping[str, str], balances: Mapping[str, Balance]) -> dict[str, str]:
    """Every address under the name by which a balanced upstream asks for it."""
    more = {
        f"{tier}#{number}": address.url
        for tier, balance in balances.items()
        for number, address in enumerate(balance.addresses, start=1)
    }
    return {**upstreams, **more}


def _places(tier: str, balance: Balance) -> list[Place]:
    first = Place(tier, weight=1, canary=False)
    others = [
        Place(f"{tier}#{number}", weight=max(address.weight, 1), canary=address.canary)
        for number, address in enumerate(balance.addresses, start=1)
    ]
    return [first, *others]


def _state(place: Place, now: float) -> str:
    if not place.ready:
        return "not ready"
    return "up" if place.rests_until <= now else "resting"


def _is_canary(consumer: str, balance: Balance, dice: random.Random) -> bool:
    if any(fnmatchcase(consumer, wanted) for wanted in balance.canary_consumers):
        return True
    if balance.canary_share <= 0:
        return False
    if not consumer:
        return dice.random() < balance.canary_share
    mark = int.from_bytes(hashlib.blake2b(consumer.encode(), digest_size=4).digest(), "big")
    return mark / 2**32 < balance.canary_share
