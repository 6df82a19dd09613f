"""A site for tests: a simulator, its development landscape, a person who works in it, and the room on it."""

import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx

from contracts.canonical.ticketing import Board, StandingTicket, Ticket, TicketKind
from contracts.system.tickets import TicketDesk
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Fault, Sandbox, sandboxed
from kit.sandbox.faults import FaultKind
from kit.settings import decode
from system_apis.jira import Config
from system_apis.jira import build as build_room
from system_apis.jira.keys import project_key
from system_apis.jira.simulator import build, develop

ROOM: Final = Path(__file__).parents[3] / "system_apis" / "jira"
API: Final = "/rest/api/3"
BOARD: Final = "brd-1"
KEY: Final = project_key(BOARD, prefix="SL")
TASK: Final = Ticket(kind=TicketKind.TASK, title="Open the workspace", text="Now.")
LAG_S: Final = 3_600.0


class Together(ManualClock):
    """Our clock and the vendor's, moved as one, so that waiting takes no time."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.now())
        self._sandbox = sandbox

    def advance(self, seconds: float) -> None:
        """Move both forward."""
        super().advance(seconds)
        self._sandbox.advance(seconds)


@dataclass
class Site:
    """A simulated site and a person signed in to it."""

    sandbox: Sandbox
    app: Any
    landscape: dict[str, Any]
    person: httpx.AsyncClient
    clock: Together

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """One call of the person's, which has to be answered so."""
        response = await self.person.request(method, f"{API}{path}", json=body)
        assert status == response.status_code, response.text
        return response.json() if response.content else None

    async def open(self, project: str = "FIN", **fields: Any) -> str:
        """The key of an issue that the person opens."""
        given = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": "By hand", **fields}
        return str((await self.ask("POST", "/issue", {"fields": given}, status=201))["key"])

    def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        """Have the next call of a kind fail."""
        self.sandbox.faults.append(Fault(kind=FaultKind(kind), method=method, path=path, **more))

    def served(self, method: str, part: str) -> list[int]:
        """The statuses of the calls to addresses with a part in common, in order."""
        return [
            call["status"] for call in self.sandbox.calls if part in call["path"] and method in {"*", call["method"]}
        ]

    def issues(self, project: str = KEY) -> list[dict[str, Any]]:
        """What stands in a project, as the site holds it."""
        return [issue for issue in self.sandbox.dump()["issues"] if issue["key"].startswith(f"{project}-")]


@asynccontextmanager
async def fresh(base_url: str = "http://site.test") -> AsyncIterator[Site]:
    """A seeded site whose index learns of things an hour later, asked without a socket."""
    sandbox = Sandbox()
    landscape = develop(base_url)
    app = sandboxed(build(sandbox), sandbox)
    sandbox.seed({**landscape["seed"], "index_lag_s": LAG_S})
    headers = landscape["person"]["headers"]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers) as person:
        yield Site(sandbox, app, landscape, person, Together(sandbox))


@asynccontextmanager
async def opened(site: Site, *, sockets: bool = False, **settings: Any) -> AsyncIterator[TicketDesk]:
    """The room opened on a site as the tier would open it."""
    config = decode(Config, {**site.landscape["config"], **settings}, section="connections.tickets")

    def http(**more: Any) -> VendorClient:
        transport = None if sockets else httpx.ASGITransport(site.app)
        return VendorClient(name="tickets", clock=site.clock, random=random.Random(1), transport=transport, **more)

    tools = Tools(
        name="tickets",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=site.clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    room = build_room(config, tools)
    try:
        yield cast("TicketDesk", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()


async def put(desk: TicketDesk, ticket: Ticket = TASK, *, ticket_id: str = "tsk-1") -> StandingTicket:
    """Put a ticket on the board of these tests."""
    return await desk.put_ticket(board_id=BOARD, ticket_id=ticket_id, body=ticket)


async def boarded(desk: TicketDesk) -> TicketDesk:
    """The desk with the board of these tests."""
    await desk.put_board(board_id=BOARD, body=Board(name="Set-up"))
    return desk
