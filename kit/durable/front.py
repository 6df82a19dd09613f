"""The port as every engine answers it: start, standing, cancel and the casebook, over the store and a post.

A case and the run that carries it begin in one transaction: two starts of one business key make one case.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from contracts.canonical.casework import CaseFile
from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.durable.casebook import StoredCasebook
from kit.durable.deciding import Deciding
from kit.durable.effects import LedgerEntry, effects_of
from kit.durable.gauges import Gauges, gauged
from kit.durable.opening import Opening
from kit.durable.order import Journal, Order, Post
from kit.durable.port import Casebook, Started
from kit.durable.retention import Aged, Retention, aged_out
from kit.durable.rewinding import Rewinding
from kit.durable.road import Road
from kit.durable.trace import current_trace
from kit.durable.trail import ENGINE, note
from kit.durable.versions import VersionStanding, versions_of
from kit.store import Store, insert_once
from kit.store.tables import CASE_FILE


class Front:
    """Answers `Durable` for one tenant."""

    def __init__(self, store: Store, *, roads: Iterable[Road], clock: Clock, tenant: str, post: Post) -> None:
        self._store = store
        self._roads = roads_by_name(roads)
        self._clock = clock
        self._tenant = tenant
        self._post = post
        self._deciding = Deciding(store, clock=clock, tenant=tenant, post=post)
        self._rewinding = Rewinding(store, clock=clock, tenant=tenant, post=post)
        self._casebook = StoredCasebook(store, tenant=tenant, deciding=self._deciding)

    @property
    def casebook(self) -> Casebook:
        """What people work from."""
        return self._casebook

    @property
    def store(self) -> Store:
        """Where its truth is kept."""
        return self._store

    async def start(
        self,
        road: Road,
        *,
        business_key: str,
        start: Struct,
        title: str = "",
        by: str = "",
        revision: int | None = None,
        reopen: bool = False,
    ) -> Started:
        """Begin the case of a business key, or attach to the latest that stands."""
        self._check(road, business_key=business_key, start=start)
        newest = self._newest(road)
        opening = Opening(tenant=self._tenant, process=road.process, business_key=business_key)
        async with self._store.write() as connection:
            number, begins = await opening.revision(connection, wanted=revision, reopen=reopen)
            case_id = opening.case_id(number)
            if not begins:
                return Started(case_id=case_id, attached=True, revision=number)
            trace_id, traceparent = current_trace()
            order = Order(
                case_id=case_id,
                tenant=self._tenant,
                process=road.process,
                business_key=business_key,
                revision=number,
                traceparent=traceparent,
                start=msgspec.json.decode(msgspec.json.encode(start)),
            )
            now = self._clock.now()
            row = opening.row(number, version=newest.version, title=title, at=now, trace_id=trace_id)
            if not await insert_once(connection, CASE_FILE, row):
                return Started(case_id=case_id, attached=True, revision=number)
            what, actor = "case opened" if number == 1 else "case reopened", by or ENGINE
            await note(connection, case_id=case_id, ref="opened", at=now, what=what, actor=actor, detail=title)
            await self._post.enqueue(connection, road=newest, order=order)
        return Started(case_id=case_id, attached=False, revision=number)

    async def standing(self, case_id: str) -> CaseFile:
        """How a case stands."""
        return await self._casebook.case(case_id)

    async def cancel(self, case_id: str, *, reason: str, by: str) -> CaseFile:
        """Let a case unwind at its next safe point or wait."""
        await self._deciding.cancel(case_id, reason=reason, by=by)
        return await self._casebook.case(case_id)

    async def effects(self, case_id: str) -> list[LedgerEntry]:
        """What a case has done to the world, in order."""
        await self._casebook.case(case_id)
        return await effects_of(self._store, case_id)

    async def recorded(self, case_id: str) -> Journal:
        """What the run of a case has recorded."""
        await self._casebook.case(case_id)
        return await self._post.journal(case_id)

    async def versions(self) -> list[VersionStanding]:
        """Open cases by the version of their road."""
        return await versions_of(self._store, tenant=self._tenant, roads=self._roads.values())

    async def gauges(self, *, stuck_after_s: float = 900.0) -> Gauges:
        """What an operator looks at."""
        engine = await self._post.standing(tenant=self._tenant)
        versions = await self.versions()
        now = self._clock.now()
        return await gauged(
            self._store, tenant=self._tenant, now=now, stuck_after_s=stuck_after_s, engine=engine, versions=versions
        )

    async def rewind(self, case_id: str, *, step: str, reason: str, by: str) -> CaseFile:
        """Let a closed case run again from one of its steps."""
        await self._rewinding.rewind(case_id, step=step, reason=reason, by=by)
        return await self._casebook.case(case_id)

    async def age_out(self, retention: Retention) -> Aged:
        """Let go of what policy keeps no longer."""
        return await aged_out(self._store, self._post, retention, tenant=self._tenant, clock=self._clock)

    def _newest(self, road: Road) -> Road:
        """The newest version of a process: what is begun today runs on it, whichever version was named."""
        versions = [known for known in self._roads.values() if known.process == road.process]
        newest = max(versions, key=lambda known: known.version)
        return newest if newest.starts is road.starts else road

    def _check(self, road: Road, *, business_key: str, start: Struct) -> None:
        if self._roads.get(road.name) != road:
            raise Problem(Kind.UNSUPPORTED, "road_unknown", f"{road.name} is not registered here")
        if not business_key.strip():
            raise Problem(Kind.INVALID, "business_key_missing", "a case is about something")
        if not isinstance(start, road.starts):
            raise Problem(Kind.INVALID, "start_invalid", f"{road.name} starts with {road.starts.__name__}")


def roads_by_name(roads: Iterable[Road]) -> dict[str, Road]:
    """Roads by the name the engine knows them by.

    Raises:
        ValueError: two roads of one name.

    """
    found: dict[str, Road] = {}
    for road in roads:
        if road.name in found:
            message = f"two roads are called {road.name}"
            raise ValueError(message)
        found[road.name] = road
    return found
