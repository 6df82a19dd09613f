"""A tier as one ASGI application: its rooms behind the internal token, with health and its own document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import httpx
from litestar import Litestar, MediaType, Response, Router
from litestar import get as http_get
from litestar.exceptions import HTTPException

from contracts.problem import Problem
from kit import telemetry
from kit.audit.views import Views
from kit.clock import Clock, SystemClock
from kit.http.connection import Client
from kit.ports import serve
from kit.room import Room
from kit.settings import SettingsError
from kit.tier.answers import ASGIApp, on_exception, on_http_exception, on_problem, trusted
from kit.tier.documents import published
from kit.tier.rooms import BELOW, Opener, configured
from kit.tier.settings import Settings
from kit.trust import Verifier

if TYPE_CHECKING:
    from kit.durable import Durable, Governance, Road

MAX_BODY: Final = 10_000_000
OpenDurable = Callable[[tuple["Road", ...], "Governance | None"], AbstractAsyncContextManager["Durable"]]


@dataclass
class Tier:
    """An opened tier and the application that serves it."""

    name: str
    rooms: dict[str, Room] = field(default_factory=dict)
    durable: Durable | None = None
    app: ASGIApp | None = None

    @property
    def roads(self) -> tuple[Road, ...]:
        """Every road of every room."""
        return tuple(road for opened in self.rooms.values() for road in opened.roads)

    @property
    def governance(self) -> Governance | None:
        """What the roads of every room are handled by.

        Raises:
            SettingsError: two rooms bring one.

        """
        brought = {name: opened.governance for name, opened in self.rooms.items() if opened.governance is not None}
        if len(brought) > 1:
            raise SettingsError(f"one room governs a tier, not {', '.join(sorted(brought))}")
        return next(iter(brought.values()), None)

    def engine(self) -> Durable:
        """The durable engine.

        Raises:
            RuntimeError: it is not open.

        """
        if self.durable is None:
            raise RuntimeError("the durable engine is not open yet")
        return self.durable


def open_tier(
    name: str,
    settings: Settings,
    *,
    deployable: str | None = None,
    rooms: frozenset[str] = frozenset(),
    open_durable: OpenDurable | None = None,
    works: bool = False,
    clock: Clock | None = None,
) -> Tier:
    """Build the configured rooms of a tier and the application that serves them.

    `deployable` is whose key signs calls to the tier below; `works` also runs what rooms keep running
    (feeds); `rooms` narrows to some rooms or connections.

    Raises:
        SettingsError: a room is unknown, a key misspelt or missing, a needed role unserved.

    """
    clock = clock or SystemClock()
    signs_as = deployable or name
    telemetry.start(settings.telemetry, service=signs_as)
    tier = Tier(name)
    http = _client_below(name, settings)
    opener = Opener(name, settings, signs_as, clock, http, tier.engine)
    for wanted in configured(name, settings):
        if not rooms or wanted.mounted in rooms:
            tier.rooms[wanted.mounted] = opener.open(wanted)
    recorded = settings.audit.recorded
    # A worker answers nobody, and what holds no store asks the process tier, which records for whom.
    answers = open_durable is not None and signs_as == name
    views = Views(least=recorded, clock=clock) if answers and recorded is not None else None
    recording = None if views is None else partial(_recording, tier, views, tenant=settings.tenant)
    lifespan = partial(_living, tier, http=http, open_durable=open_durable, works=works, recording=recording)
    verifier = Verifier(audience=name, public_keys=settings.trust.public_keys, clock=clock)
    tier.app = trusted(_litestar(tier, lifespan, watch=views), verifier, tenant=settings.tenant)
    return tier


def _client_below(name: str, settings: Settings) -> httpx.AsyncClient | None:
    below = BELOW.get(name)
    if below is None:
        return None
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=4)
    return Client(base_url=settings.address(below), timeout=httpx.Timeout(60, connect=5), limits=limits)


@asynccontextmanager
async def _living(
    tier: Tier,
    app: Litestar,
    *,
    http: httpx.AsyncClient | None,
    open_durable: OpenDurable | None,
    works: bool,
    recording: Callable[[], AbstractAsyncContextManager[None]] | None,
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        if http is not None:
            stack.push_async_callback(http.aclose)
        for opened in tier.rooms.values():
            if opened.close is not None:
                stack.push_async_callback(opened.close)
        if open_durable is not None:
            tier.durable = await stack.enter_async_context(open_durable(tier.roads, tier.governance))
        if recording is not None:
            await stack.enter_async_context(recording())
        if works:
            for opened in tier.rooms.values():
                for run in opened.running:
                    await stack.enter_async_context(run())
        app.state.ready = True
        yield
        app.state.ready = False


def _recording(tier: Tier, views: Views, *, tenant: str) -> AbstractAsyncContextManager[None]:
    return views.recording(tier.engine().store, tenant=tenant)


def _litestar(
    tier: Tier, lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]], *, watch: Views | None
) -> ASGIApp:
    routers = [
        serve(mount.contract, mount.service, f"/{mount.name or mounted}{mount.prefix}", watch=watch)
        for mounted, opened in tier.rooms.items()
        for mount in opened.mounts
    ]
    shown = [
        Router(f"/{mounted}{pages.prefix}", route_handlers=[pages.router])
        for mounted, opened in tier.rooms.items()
        for pages in opened.pages
    ]
    return Litestar(
        route_handlers=[*routers, *shown, *_house_routes(tier)],
        lifespan=[lifespan],
        plugins=[telemetry.plugin()],
        exception_handlers={Problem: on_problem, HTTPException: on_http_exception, Exception: on_exception},
        openapi_config=None,
        request_max_body_size=MAX_BODY,
        logging_config=None,
    )


def _house_routes(tier: Tier) -> list[Any]:
    """Liveness, readiness and the tier's own document: open, and telling nothing of the business."""

    @http_get("/health/live", media_type=MediaType.JSON, sync_to_thread=False)
    def live() -> dict[str, str]:
        return {"tier": tier.name, "status": "alive"}

    @http_get("/health/ready", media_type=MediaType.JSON, sync_to_thread=False)
    def ready() -> Response[dict[str, Any]]:
        return Response({"tier": tier.name, "status": "ready", "rooms": sorted(tier.rooms)})

    @http_get("/openapi.json", media_type=MediaType.JSON, sync_to_thread=False)
    def openapi() -> dict[str, Any]:
        return published(tier.name)

    return [live, ready, openapi]
