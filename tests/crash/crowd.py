"""Sales who close deals, people who answer what is asked; they repeat themselves under one key until they are heard."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import httpx

from contracts.canonical.casework import Approval, ExceptionItem
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide, Fix
from contracts.process.quote_to_project import QuoteToProject, StartQuoteToProject
from kit.cli.demo.play import Cast
from kit.cli.landscape import Landscape
from kit.cli.story import play, script
from tests.crash.evidence import Acknowledged

T = TypeVar("T")

_ATTENDED: Final = "won_deal.json"
_UNATTENDED: Final = "domestic_deal.json"
_PAGE: Final = 100
_LOOK_S: Final = 0.3
_AGAIN_S: Final = (0.1, 0.6)
_HEARD_NOT: Final = frozenset(
    {Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.UNKNOWN_OUTCOME, Kind.RATE_LIMITED, Kind.UNEXPECTED, Kind.UNAUTHENTICATED}
)
_DESK: Final = {"tax": "tara.tax", "finance": "felix.finance"}


class Crowd:
    """Keeps so many deals on their way; `acknowledged` is what they were told is taken."""

    def __init__(self, landscape: Landscape, *, chance: random.Random, at_once: int = 8) -> None:
        self._landscape = landscape
        self._chance = chance
        self._free = asyncio.Semaphore(at_once)
        self._cast = Cast(landscape)
        self._entered = 0
        self._busy: set[str] = set()
        self.on_their_way: set[str] = set()
        self.acknowledged: list[Acknowledged] = []
        self.asked_again: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def sell(self) -> None:
        """Close deals for ever, as many at once as are allowed on their way."""
        while True:
            await self._free.acquire()
            deal_id = await self._close()
            self.on_their_way.add(deal_id)
            self.acknowledged.append(Acknowledged(what="won", target=deal_id))

    def over(self, deal_id: str) -> None:
        """A deal has arrived; the next may start."""
        if deal_id in self.on_their_way:
            self.on_their_way.discard(deal_id)
            self._free.release()

    async def start_by_hand(self) -> None:
        """Somebody impatient starts cases that the feed will meet, or has met."""
        meant: set[str] = set()
        admin = self._cast.of("platform-admin").at(QuoteToProject, "/process/quote_to_project")
        while True:
            for deal_id in sorted(self.on_their_way - meant):
                meant.add(deal_id)
                if self._chance.random() < 0.3:
                    body = StartQuoteToProject(opportunity_id=deal_id)
                    key = f"by-hand-{deal_id}"
                    if await self._heard(lambda body=body, key=key: admin.start(body=body, idempotency_key=key)):  # type: ignore[misc] # mypy cannot infer a lambda with bound defaults
                        self.acknowledged.append(Acknowledged(what="start", target=deal_id))
            await asyncio.sleep(_LOOK_S)

    async def answer(self) -> None:
        """Look at every queue and answer what is asked, for ever."""
        tower = self._cast.of("olivia.ops").at(ControlTower, "/experience/control_tower")
        approvals = self._cast.of("tara.tax").at(Approvals, "/experience/approvals")
        async with asyncio.TaskGroup() as desk:
            while True:
                for item in await self._read(lambda: tower.exceptions(limit=_PAGE)):
                    self._begin(desk, item.exception_id, self._fix(item))
                for waiting in await self._read(lambda: approvals.queue(limit=_PAGE)):
                    self._begin(desk, waiting.approval_id, self._decide(approvals, waiting))
                await asyncio.sleep(_LOOK_S)

    async def close(self) -> None:
        """Everybody leaves."""
        await self._cast.close()

    def _begin(self, desk: asyncio.TaskGroup, asked_id: str, work: Any) -> None:
        if asked_id in self._busy:
            work.close()
            return
        self._busy.add(asked_id)
        desk.create_task(work).add_done_callback(lambda _: self._busy.discard(asked_id))

    async def _fix(self, item: ExceptionItem) -> None:
        known = self._landscape.estate.story["answers"]
        if any(asked.name not in known for asked in item.form):
            self.refused[f"no answer to {item.code}"] += 1
            return
        values = {asked.name: str(known[asked.name]) for asked in item.form}
        person = _DESK.get(item.owner_role, "olivia.ops")
        tower = self._cast.of(person).at(ControlTower, "/experience/control_tower")
        fix, key = Fix(values=values, note="storm"), f"fix-{item.exception_id}"
        if await self._heard(lambda: tower.fix(exception_id=item.exception_id, body=fix, idempotency_key=key)):
            said = {"by": person, **values}
            self.acknowledged.append(Acknowledged(what="fix", target=item.exception_id, said=said))

    async def _decide(self, approvals: Approvals, waiting: Approval | Any) -> None:
        card = await self._heard(lambda: approvals.card(approval_id=waiting.approval_id))
        if card is None:
            return
        body, etag, key = (
            Decide(approve=True, comment="storm"),
            f'"{card.etag}"',
            f"decide-{card.approval_id}-{card.etag}",
        )
        if await self._heard(
            lambda: approvals.decide(approval_id=card.approval_id, body=body, if_match=etag, idempotency_key=key)
        ):
            said = {"by": "tara.tax", "state": "approved"}
            self.acknowledged.append(Acknowledged(what="decision", target=card.approval_id, said=said))

    async def _heard(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Ask until somebody answers; None when the answer is no."""
        while True:
            try:
                return await call()
            except Problem as problem:
                if problem.kind not in _HEARD_NOT:
                    self.refused[problem.code] += 1
                    return None
                self.asked_again[problem.code] += 1
            except (httpx.HTTPError, ValueError) as fault:
                self.asked_again[type(fault).__name__] += 1
            await asyncio.sleep(self._chance.uniform(*_AGAIN_S))

    async def _read(self, call: Callable[[], Awaitable[Any]]) -> list[Any]:
        """One look at a list; nothing when nobody answers, for there is a next look."""
        try:
            return list((await call()).items)
        except (Problem, httpx.HTTPError, ValueError) as fault:
            self.asked_again[fault.code if isinstance(fault, Problem) else type(fault).__name__] += 1
            return []

    async def _close(self) -> str:
        """Enter a deal at the CRM's own screen, where no fault reaches, and close it as won."""
        self._entered += 1
        story, estate = self._landscape.estate.story, self._landscape.estate
        fixture = _ATTENDED if self._chance.random() < 0.5 else _UNATTENDED
        steps = script(estate.vendors[story["connection"]].path / "fixtures" / fixture)
        saved = await play(
            [json.loads(json.dumps(_named_apart(step, number=self._entered))) for step in steps],
            base_url=self._landscape.vendors[story["connection"]],
            headers=self._landscape.persons[story["connection"]],
        )
        return str(saved[story["deal"]]["id"])


def _named_apart(step: dict[str, Any], *, number: int) -> dict[str, Any]:
    """The CRM takes two customers of one name and the PSA does not: each deal brings its own."""
    body = step.get("body", {})
    return {**step, "body": {**body, "Name": f"{body['Name']} {number}"}} if "Name" in body else step
