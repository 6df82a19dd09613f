"""Answers the contract; each command is one transaction, and the same key gets the same answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import msgspec

from contracts.canonical.casework import Limit
from contracts.canonical.webhooks import (
    Delivery,
    DeliveryFile,
    DeliveryPage,
    DeliveryState,
    Endpoint,
    EndpointMade,
    EndpointState,
    EventType,
    Replay,
    SecretShown,
)
from contracts.canonical.webhooks import Endpoints as Listed
from contracts.problem import FieldError, Kind, Problem
from contracts.process.webhooks import (
    AddEndpoint,
    ChangeEndpoint,
    Id,
    IdempotencyKey,
    IfMatch,
    ReplayRange,
    RotateSecret,
)
from kit.caller import current_caller
from kit.clock import Clock
from kit.durable.once import answered, keep_answer
from kit.egress import Forbidden, Guard
from kit.sealing import Sealer
from kit.store import Store
from process_apis.webhooks.access import adding, seeing
from process_apis.webhooks.config import Config
from process_apis.webhooks.deliveries import Deliveries, Message
from process_apis.webhooks.endpoints import Endpoints
from process_apis.webhooks.rules import PING, body, message_id

T = TypeVar("T")
_UNKNOWN: Final = "host_unknown"
_RESOLVED_S: Final = 2.0


class _Ref(msgspec.Struct, frozen=True):
    """What is kept of an answer that showed a secret: which one, not what it is."""

    endpoint_id: str
    number: int


class WebhooksService:
    """Endpoints, deliveries and replays over the store of the durable engine."""

    def __init__(
        self,
        *,
        store: Callable[[], Store],
        clock: Clock,
        tenant: str,
        config: Config,
        sealer: Sealer,
        guard: Guard,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant
        self._config = config
        self._sealer = sealer
        self._guard = guard

    async def endpoints(self) -> Listed:
        """List the caller's endpoints, oldest first."""
        async with self._store().read() as connection:
            return Listed(items=await self._books(connection).listed(self._whose()))

    async def endpoint(self, *, endpoint_id: Id) -> Endpoint:
        """Read one endpoint."""
        async with self._store().read() as connection:
            return await self._books(connection).one(endpoint_id, self._whose())

    async def add_endpoint(self, *, body: AddEndpoint, idempotency_key: IdempotencyKey) -> EndpointMade:
        """Add an endpoint with its first secret."""
        caller = current_caller()
        client_id = adding(caller, self._config)
        await self._reachable(body.url)

        async def work(books: Endpoints, _lines: Deliveries) -> _Ref:
            most = self._config.endpoints_most
            return _Ref(*await books.add(body, client_id=client_id, by=caller.subject, most=most))

        ref = await self._once(work, key=idempotency_key, content=["add", body], answer=_Ref)
        endpoint = await self.endpoint(endpoint_id=ref.endpoint_id)
        return EndpointMade(endpoint=endpoint, secret=await self._shown(ref))

    async def change_endpoint(self, *, endpoint_id: Id, body: ChangeEndpoint, if_match: IfMatch) -> Endpoint:
        """Change an endpoint, pause it, or let it be told again."""
        await self.endpoint(endpoint_id=endpoint_id)  # no name is resolved for an endpoint that is not there
        await self._reachable(body.url)
        async with self._store().write() as connection:
            books = self._books(connection)
            row = await books.row(endpoint_id, self._whose(), locked=True)
            if if_match != str(row.version):
                raise Problem(
                    Kind.PRECONDITION_FAILED,
                    "endpoint_changed",
                    f"{endpoint_id} was changed since you read it",
                    hint="read it again",
                )
            await books.change(row, body)
            return await books.one(endpoint_id, self._whose())

    async def remove_endpoint(self, *, endpoint_id: Id) -> None:
        """Remove an endpoint; one that is not there, or is somebody else's, stays as it is."""
        async with self._store().write() as connection:
            books = self._books(connection)
            try:
                await books.row(endpoint_id, self._whose(), locked=True)
            except Problem as problem:
                if problem.kind is Kind.NOT_FOUND:
                    return
                raise
            await books.remove(endpoint_id)

    async def rotate_secret(
        self, *, endpoint_id: Id, body: RotateSecret, idempotency_key: IdempotencyKey
    ) -> SecretShown:
        """Make a new secret; the old ones sign beside it until the overlap ends."""

        async def work(books: Endpoints, _lines: Deliveries) -> _Ref:
            await books.row(endpoint_id, self._whose(), locked=True)
            until = self._clock.now() + dt.timedelta(hours=body.overlap_h)
            return _Ref(endpoint_id, await books.secrets.rotate(endpoint_id, until=until))

        content = ["rotate", endpoint_id, body]
        return await self._shown(await self._once(work, key=idempotency_key, content=content, answer=_Ref))

    async def ping(self, *, endpoint_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Put a message in line that tells of nothing."""

        async def work(books: Endpoints, lines: Deliveries) -> Delivery:
            row = await books.row(endpoint_id, self._whose(), locked=True)
            if row.state != EndpointState.ACTIVE.value:
                raise Problem(Kind.CONFLICT, "endpoint_not_active", f"{endpoint_id} is {row.state}")
            name = message_id(self._tenant, PING, endpoint_id, current_caller().subject, idempotency_key)
            now = self._clock.now()
            text = body(PING, at=now, data={"endpoint_id": endpoint_id})
            number = await lines.keep(Message(message_id=name, type=PING, body=text, occurred_at=now))
            await lines.put_in_line([endpoint_id], [] if number is None else [number])
            return await lines.one(endpoint_id, name)

        return await self._once(work, key=idempotency_key, content=["ping", endpoint_id], answer=Delivery)

    async def deliveries(
        self,
        *,
        endpoint_id: Id,
        state: DeliveryState | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        cursor: str = "",
        limit: Limit = 50,
    ) -> DeliveryPage:
        """List what was and will be delivered, newest first."""
        for name, moment in (("since", since), ("until", until)):
            if moment is not None and moment.tzinfo is None:
                raise _invalid("zone_missing", name, "say the zone of a moment, as in 2026-11-20T09:00:00Z")
        async with self._store().read() as connection:
            await self._books(connection).row(endpoint_id, self._whose())
            lines = self._lines(connection)
            return await lines.page(endpoint_id, state=state, since=since, until=until, cursor=cursor, limit=limit)

    async def delivery(self, *, endpoint_id: Id, message_id: Id) -> DeliveryFile:
        """Read one delivery with its body and its attempts."""
        async with self._store().read() as connection:
            await self._books(connection).row(endpoint_id, self._whose())
            return await self._lines(connection).file(endpoint_id, message_id)

    async def replay(self, *, endpoint_id: Id, message_id: Id, idempotency_key: IdempotencyKey) -> Delivery:
        """Deliver one message again, under its own id."""

        async def work(books: Endpoints, lines: Deliveries) -> Delivery:
            await self._told(books, endpoint_id)
            return await lines.again(endpoint_id, message_id)

        content = ["replay", endpoint_id, message_id]
        return await self._once(work, key=idempotency_key, content=content, answer=Delivery)

    async def replay_range(self, *, endpoint_id: Id, body: ReplayRange, idempotency_key: IdempotencyKey) -> Replay:
        """Deliver a stretch of time again, oldest first."""

        async def work(books: Endpoints, lines: Deliveries) -> Replay:
            row = await self._told(books, endpoint_id)
            if body.since >= body.until:
                raise _invalid("range_empty", "/until", "a stretch of time ends after it begins")
            customers = self._config.customers.get(row.client_id, ())
            kinds = msgspec.json.decode(row.event_types, type=list[EventType])
            found = await lines.between(customers=customers, kinds=kinds, since=body.since, until=body.until)
            if body.undelivered_only:
                taken = await lines.delivered(endpoint_id)
                found = [each for each in found if each.number not in taken]
            if len(found) > self._config.replay_most:
                raise _invalid(
                    "range_too_wide",
                    "/until",
                    f"{len(found)} messages; {self._config.replay_most} are the most of one replay",
                )
            await lines.all_again(endpoint_id, [each.number for each in found])
            ids = [each.message_id for each in found]
            return Replay(
                endpoint_id=endpoint_id,
                messages=len(ids),
                first_message_id=ids[0] if ids else None,
                last_message_id=ids[-1] if ids else None,
            )

        content = ["replay range", endpoint_id, body]
        return await self._once(work, key=idempotency_key, content=content, answer=Replay)

    async def _told(self, books: Endpoints, endpoint_id: str) -> Any:
        """The endpoint, which is told things.

        Raises:
            Problem: not_found; conflict, when it is disabled, so that what is put in line would wait for ever.

        """
        row = await books.row(endpoint_id, self._whose(), locked=True)
        if row.state == EndpointState.DISABLED.value:
            raise Problem(Kind.CONFLICT, "endpoint_not_active", f"{endpoint_id} is disabled", hint="resume it first")
        return row

    async def _reachable(self, url: str) -> None:
        """Refuse an address that would never be called. A name that leads nowhere yet may do so later.

        Raises:
            Problem: invalid, with the guard's code.

        """
        try:
            target = self._guard.target(url)
            async with asyncio.timeout(_RESOLVED_S):
                await self._guard.addresses(target.host, target.port)
        except TimeoutError:
            return  # every call looks again
        except Forbidden as refused:
            if refused.code != _UNKNOWN:
                raise _invalid(refused.code, "/url", refused.detail) from None

    async def _once(
        self,
        work: Callable[[Endpoints, Deliveries], Awaitable[T]],
        *,
        key: str,
        content: Any,
        answer: type[T],
    ) -> T:
        caller = current_caller()
        scope = f"webhooks/{self._tenant}/{caller.client_id}/{caller.subject}"
        async with self._writing() as (books, lines):
            before = await answered(books.connection, scope=scope, key=key, content=content, answer=answer)
            if before is not None:
                return before
            done = await work(books, lines)
            at = self._clock.now()
            await keep_answer(books.connection, scope=scope, key=key, content=content, answer=done, at=at)
            return done

    async def _shown(self, ref: _Ref) -> SecretShown:
        async with self._store().read() as connection:
            books = self._books(connection)
            value = await books.secrets.value(ref.endpoint_id, ref.number)
            older = [each for each in await books.secrets.standings(ref.endpoint_id) if each.number < ref.number]
        until = max((each.signs_until for each in older if each.signs_until is not None), default=None)
        return SecretShown(endpoint_id=ref.endpoint_id, number=ref.number, secret=value, replaces_until=until)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[tuple[Endpoints, Deliveries]]:
        async with self._store().write() as connection:
            yield self._books(connection), self._lines(connection)

    def _books(self, connection: Any) -> Endpoints:
        return Endpoints(connection, self._tenant, self._clock.now(), self._sealer)

    def _lines(self, connection: Any) -> Deliveries:
        return Deliveries(connection, self._tenant, self._clock.now())

    def _whose(self) -> str | None:
        return seeing(current_caller(), self._config)


def _invalid(code: str, pointer: str, detail: str) -> Problem:
    error = FieldError(pointer=pointer, code=code, detail=detail)
    return Problem(Kind.INVALID, code, detail, errors=(error,))
