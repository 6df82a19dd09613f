"""The environment's HTTP face: Entra's door, the users registered inside, throttling, `/data`, and its screens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from kit.sandbox import Sandbox
from system_apis.dynamics_finance.simulator import books
from system_apis.dynamics_finance.simulator.batch import Given, Part
from system_apis.dynamics_finance.simulator.catalogue import SETS
from system_apis.dynamics_finance.simulator.door import Denied, Door
from system_apis.dynamics_finance.simulator.limits import Limits
from system_apis.dynamics_finance.simulator.metadata import document
from system_apis.dynamics_finance.simulator.refusal import Refusal
from system_apis.dynamics_finance.simulator.service import DATA, ENCODER, Data, at_screen, refused
from system_apis.dynamics_finance.simulator.state import Environment

App = Callable[[Any, Any, Any], Awaitable[None]]
_TOKEN: Final = re.compile(r"/([^/]+)/oauth2/v2\.0/token")
_SCREENS: Final = "/ui/"
_NO_CONTENT: Final = 204


class Face:
    """The ASGI application around one environment."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._environment = Environment(sandbox)
        self._door = Door(sandbox)
        self._limits = Limits(sandbox)
        self._users: dict[str, str] = {}
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(self._dump)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            try:
                given = self._answer(scope, headers, body)
            except Refusal as refusal:
                given = refused(refusal)
            await _reply(send, given)

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> Given:
        path, method = scope["path"], scope["method"]
        host = f"{scope['scheme']}://{headers.get('host', '')}"
        token = _TOKEN.fullmatch(path)
        if token is not None:
            return self._granted(method, token.group(1), body, host=host)
        user = self._door.admit(headers.get("authorization", ""), host=host)
        if path == f"{DATA}$metadata":
            return Given(200, document(), {"Content-Type": "application/xml"})
        if user not in self._users:
            message = "The application has no user in this environment."
            raise Refusal(403, "", message=message)
        books.run_job(self._environment)
        if path.startswith(_SCREENS):
            said = at_screen(self._environment, path.removeprefix(_SCREENS), msgspec.json.decode(body or b"{}"))
            return Given(200, ENCODER.encode(said), {})
        self._limits.take(user)
        mark = f"{self._sandbox.random.getrandbits(96):024x}"
        data = Data(self._environment, company=self._users[user], root=host, mark=mark)
        if path == f"{DATA}$batch" and method == "POST":
            media, content = data.several(headers.get("content-type", ""), body)
            return Given(200, content, {"Content-Type": media})
        target = f"{path}?{scope['query_string'].decode()}"
        return data.serve(Part(method, target, headers, body, ""))

    def _granted(self, method: str, tenant: str, body: bytes, *, host: str) -> Given:
        try:
            return Given(200, ENCODER.encode(self._door.token(method, tenant, body, host=host)), {})
        except Denied as denied:
            return Given(denied.status, ENCODER.encode(denied.body(self._sandbox.now())), {})

    def _clear(self) -> None:
        self._environment.clear()
        self._door.clear()
        self._limits.clear()
        self._users.clear()

    def _seed(self, seed: dict[str, Any]) -> None:
        """Load credentials, users with their companies, limits, settings, closed periods, and rows."""
        self._door.seed(seed)
        self._limits.seed(seed)
        self._users |= seed.get("users", {})
        for user in seed.get("forget_users", ()):
            self._users.pop(user, None)
        for name, value in seed.get("settings", {}).items():
            getattr(self._environment.settings, name)
            setattr(self._environment.settings, name, value)
        if "closed_periods" in seed:
            self._environment.closed_periods[:] = [(company, month) for company, month in seed["closed_periods"]]
        for name, rows in seed.get("rows", {}).items():
            kind = SETS[name]
            for given in rows:
                values = {field: spec.empty for field, spec in kind.fields.items()} | given
                key = tuple(values[part] for part in kind.key)
                if self._environment.find(name, *key) is None:
                    self._environment.add(name, key, values)

    def _dump(self) -> dict[str, Any]:
        tables = self._environment.tables
        return {name: [dict(row.values) for row in rows.values()] for name, rows in tables.items()}


def build(sandbox: Sandbox) -> App:
    """An environment to develop against: empty until seeded."""
    return Face(sandbox)


async def _reply(send: Any, given: Given) -> None:
    headers = {"OData-Version": "4.0", **given.headers}
    if given.body:
        headers.setdefault("Content-Type", "application/json; odata.metadata=minimal")
    if given.status != _NO_CONTENT:
        headers["Content-Length"] = str(len(given.body))
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": given.status, "headers": pairs})
    await send({"type": "http.response.body", "body": given.body})


async def _read(receive: Any) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
