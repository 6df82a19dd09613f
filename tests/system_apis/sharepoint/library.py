"""A library for tests: a simulator asked without a socket, a person who works in it, and the room opened on it."""

import random
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx

from contracts.canonical.filing import DocumentWish, FiledKind, FolderWish
from contracts.system.documents import Documents
from kit.clock import Clock, ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.settings import decode
from system_apis.sharepoint import Config
from system_apis.sharepoint import build as build_room
from system_apis.sharepoint.simulator import build, develop

ROOM = Path(__file__).parents[3] / "system_apis" / "sharepoint"
HOST = "http://graph.test"
PIECE = 320 * 1024
FOLDER = FolderWish(name="P-1001 Managed cloud")
SIGNED = DocumentWish(
    folder_id="fld-1", name="SOW.pdf", kind=FiledKind.STATEMENT_OF_WORK, content=b"%PDF-1.7 signed\n%%EOF"
)


@dataclass
class Cut:
    """A connection that breaks: at calls whose method and address fit, before or after their effect."""

    method: str
    contains: str
    after: bool
    times: int = 1
    skip: int = 0


@dataclass
class Meanwhile:
    """What somebody does just before a call that fits arrives; once."""

    method: str
    contains: str
    act: Callable[[], Awaitable[object]]
    skip: int = 0


class Line(httpx.AsyncBaseTransport):
    """The way to the library, on which connections may break; remembers what was sent."""

    def __init__(self, app: Any) -> None:
        self._way = httpx.ASGITransport(app)
        self.cuts: list[Cut] = []
        self.meanwhile: list[Meanwhile] = []
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        await self._let_act(request)
        cut = next((c for c in self.cuts if c.method == request.method and c.contains in str(request.url)), None)
        if cut is not None and cut.skip > 0:
            cut.skip -= 1
            cut = None
        if cut is None:
            return await self._way.handle_async_request(request)
        cut.times -= 1
        if cut.times == 0:
            self.cuts.remove(cut)
        if cut.after:
            await self._way.handle_async_request(request)
        raise httpx.ReadError("cut", request=request)

    async def _let_act(self, request: httpx.Request) -> None:
        for each in list(self.meanwhile):
            if each.method != request.method or each.contains not in str(request.url):
                continue
            if each.skip > 0:
                each.skip -= 1
                continue
            self.meanwhile.remove(each)
            await each.act()


@dataclass
class Library:
    """A simulated library and a person signed in to it."""

    sandbox: Sandbox
    line: Line
    landscape: dict[str, Any]
    person: httpx.AsyncClient

    @property
    def drive(self) -> str:
        """The drive's address."""
        return f"/v1.0/drives/{quote(self.landscape['config']['drive_id'], safe='')}"

    @property
    def root(self) -> str:
        """The address of the drive's root."""
        return f"{self.drive}/root"

    async def put(self, path: str, content: bytes, **more: Any) -> httpx.Response:
        """Lay a file at a path, as a person does."""
        return await self.person.put(f"{self.drive}/root:{quote(path)}:/content", content=content, **more)

    async def folder(self, name: str, *, parent: str = "root", **more: Any) -> httpx.Response:
        """Make a folder, as a person does."""
        body = {"name": name, "folder": {}, **more}
        return await self.person.post(f"{self.drive}/items/{parent}/children", json=body)

    async def application(self, **changed: Any) -> httpx.AsyncClient:
        """A client signed in as our application."""
        config = {**self.landscape["config"], **changed}
        form = {
            "grant_type": "client_credentials",
            "client_id": config["client_id"],
            "client_secret": config["client_secret"],
            "scope": "https://graph.microsoft.com/.default",
        }
        answer = await self.person.post(f"/{config['tenant_id']}/oauth2/v2.0/token", data=form)
        assert 200 == answer.status_code, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.AsyncClient(transport=self.line, base_url=HOST, headers=headers)

    async def fault(self, method: str, path: str, **more: Any) -> None:
        """Have the next calls that fit fail; `body` and `status` are the vendor's."""
        wanted = {"method": method, "path": path, "kind": "status", "times": 1, **more}
        assert (await self.person.post("/_sandbox/faults", json=wanted)).is_success

    def served(self, contains: str, *, method: str = "") -> list[int]:
        """The statuses of the calls whose address has this in it, in order."""
        calls = [call for call in self.sandbox.calls if contains in call["path"]]
        return [call["status"] for call in calls if call["method"] == method or not method]

    def items(self) -> dict[str, dict[str, Any]]:
        """Everything that lies in the library, by path."""
        return {item["path"]: item for item in self.sandbox.dump()["items"]}


@asynccontextmanager
async def raised(**seed: Any) -> AsyncIterator[Library]:
    """A seeded library without a socket."""
    sandbox = Sandbox()
    landscape = develop(HOST)
    line = Line(sandboxed(build(sandbox), sandbox))
    sandbox.seed({**landscape["seed"], **seed})
    headers = landscape["person"]["headers"]
    async with httpx.AsyncClient(transport=line, base_url=HOST, headers=headers) as person:
        yield Library(sandbox, line, landscape, person)


@asynccontextmanager
async def opened(library: Library, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Documents]:
    """The room opened on a library as the tier would open it, by a clock that waits for nobody."""
    clock = clock or ManualClock(library.sandbox.now())
    config = decode(Config, {**library.landscape["config"], **settings}, section="connections.documents")

    def http(**more: Any) -> VendorClient:
        return VendorClient(name="documents-main", clock=clock, random=random.Random(1), transport=library.line, **more)

    tools = Tools(
        name="documents-main",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    room = build_room(config, tools)
    try:
        yield cast("Documents", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()
