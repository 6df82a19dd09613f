"""The port as every engine answers it: start, standing, cancel and the casebook, over the store and a post.

A case and the run that carries it begin in one transaction: two starts of one business key make one case.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from contracts.canonical.casework import CaseFile, CaseState
from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.durable.casebook import StoredCasebook
from kit.durable.deciding import Deciding
from kit.durable.order import Order, Post
from kit.durable.port import Casebook, Started
from kit.durable.road import Road, case_id_of
from kit.durable.trace import current_trace
from kit.durable.trail import note
from kit.store import Store, insert_once
from kit.store.tables import CASE_FILE


class Front:
    """Answers `Durable` for one tenant."""

    def __init__(self, store: Store, *, roads: Iterable[Road], clock: Clock, tenant: str, post: Post) -> None:
        self.store = store
        self._roads = roads_by_name(roads)
        self._clock = clock
        self._tenant = tenant
        self._post = post
        self._deciding = Deciding(store, clock=clock, tenant=tenant, post=post)
        self._casebook = StoredCasebook(store, tenant=tenant, deciding=self._deciding)

    @property
    def casebook(self) -> Casebook:
        """What people work from."""
        return self._casebook

    async def start(self, road: Road, *, business_key: str, start: Struct, title: str = "") -> Started:
        """Begin the case of a business key, or attach to the one that stands."""
        self._check(road, business_key=business_key, start=start)
        case_id = case_id_of(road.process, tenant=self._tenant, business_key=business_key)
        trace_id, traceparent = current_trace()
        order = Order(
            case_id=case_id,
            tenant=self._tenant,
            process=road.process,
            business_key=business_key,
            traceparent=traceparent,
            start=msgspec.json.decode(msgspec.json.encode(start)),
        )
        now = self._clock.now()
        row = {
            "case_id": case_id,
            "tenant": self._tenant,
            "process": road.process,
            "version": road.version,
            "business_key": business_key,
            "revision": order.revision,
            "title": title or business_key,
            "state": CaseState.RUNNING.value,
            "opened_at": now,
            "changed_at": now,
            "trace_id": trace_id,
        }
        async with self.store.write() as connection:
            begun = await insert_once(connection, CASE_FILE, row)
            if begun:
                await note(connection, case_id=case_id, ref="opened", at=now, what="case opened", detail=title)
                await self._post.enqueue(connection, road=road, order=order)
        return Started(case_id=case_id, attached=not begun)

    async def standing(self, case_id: str) -> CaseFile:
        """How a case stands."""
        return await self._casebook.case(case_id)

    async def cancel(self, case_id: str, *, reason: str, by: str) -> CaseFile:
        """Let a case unwind at its next safe point or wait."""
        await self._deciding.cancel(case_id, reason=reason, by=by)
        return await self._casebook.case(case_id)

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
