"""An account for tests: a simulator, its development landscape, those who sign, and the room on it."""

import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import httpx

from contracts.canonical.signing import Signer, SigningDocument, SigningRequest, Voiding
from contracts.system.signatures import Signatures
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Fault, Sandbox, sandboxed
from kit.sandbox.faults import FaultKind
from kit.settings import decode
from system_apis.docusign import Config
from system_apis.docusign import build as build_room
from system_apis.docusign.auth import Login
from system_apis.docusign.simulator import build, develop

ROOM: Final = Path(__file__).parents[3] / "system_apis" / "docusign"
KEY: Final = "acme--sow--SOW-2026-0117--send--r1"
CUSTOMER, SELLER = "claire.moreau@northwind.example", "dana.okafor@sluicegate.example"
REQUEST: Final = SigningRequest(
    subject="Statement of work SOW-2026-0117",
    documents=[SigningDocument(name="SOW-2026-0117", extension="txt", content=b"EUR 1,420,000.00 /sign-here/")],
    signers=[Signer(name="Claire Moreau", email=CUSTOMER), Signer(name="Dana Okafor", email=SELLER, turn=2)],
)
_FRESH_S: Final = 3000.0
VOIDING: Final = Voiding(reason="the scope has changed")


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
class Desk:
    """A simulated account, spoken to without a socket."""

    sandbox: Sandbox
    app: Any
    landscape: dict[str, Any]
    http: httpx.AsyncClient
    clock: Together
    known: tuple[float, str] = (0.0, "")
    """When a token for the tests' own calls was had, and the token."""

    def config(self, **more: Any) -> Config:
        """The room's settings."""
        return decode(Config, {**self.landscape["config"], **more}, section="connections.signatures")

    async def sign_in(self, **more: Any) -> str:
        """A token of the account for the tests' own calls."""
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
        assertion = Login(self.config(**more), clock=self.clock).assertion()
        answer = await self.http.post("/oauth/token", data={**form, "assertion": assertion})
        assert 200 == answer.status_code, answer.text
        return str(answer.json()["access_token"])

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the account's API as an app of somebody else would."""
        since, token = self.known
        if not token or self.clock.monotonic() - since > _FRESH_S:
            token = await self.sign_in()
            self.known = (self.clock.monotonic(), token)
        account = self.landscape["config"]["account_id"]
        base = f"/na3/restapi/v2.1/accounts/{account}"
        return await self.http.request(method, base + path, headers={"Authorization": f"Bearer {token}"}, **more)

    async def act(self, envelope_id: str, email: str, act: str = "sign", **more: str) -> httpx.Response:
        """A person at the screen of those who sign."""
        headers = self.landscape["person"]["headers"]
        return await self.http.post(
            f"/signing/{envelope_id}", json={"email": email, "act": act, **more}, headers=headers
        )

    def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        """Have the next calls of a kind fail."""
        self.sandbox.faults.append(Fault(method=method, contains=path, kind=FaultKind(kind), **more))

    def served(self, part: str, method: str = "") -> list[int]:
        """The statuses of the calls to addresses with a part in common, in order."""
        return [
            call["status"] for call in self.sandbox.calls if part in call["path"] and method in {"", call["method"]}
        ]

    def states(self) -> list[str]:
        """The states of all envelopes of the account."""
        return sorted(each["status"] for each in self.sandbox.dump()["envelopes"])


@cache
def _landscape(base_url: str) -> dict[str, Any]:
    """One key for all tests: making one takes longer than most of them."""
    return develop(base_url)


@asynccontextmanager
async def fresh(base_url: str = "http://account.test") -> AsyncIterator[Desk]:
    """A seeded account, asked without a socket."""
    sandbox = Sandbox()
    landscape = deepcopy(_landscape(base_url))
    app = sandboxed(build(sandbox), sandbox)
    sandbox.seed(landscape["seed"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as http:
        yield Desk(sandbox, app, landscape, http, Together(sandbox))


@asynccontextmanager
async def opened(desk: Desk, *, sockets: bool = False, **settings: Any) -> AsyncIterator[Signatures]:
    """The room opened on an account as the tier would open it."""

    def http(**more: Any) -> VendorClient:
        transport = None if sockets else httpx.ASGITransport(desk.app)
        return VendorClient(name="signatures", clock=desk.clock, random=random.Random(1), transport=transport, **more)

    tools = Tools(
        name="signatures-main",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=desk.clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    room = build_room(desk.config(**settings), tools)
    try:
        yield cast("Signatures", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()
