"""The tenant's HTTP edge: which service an address belongs to, who may enter, and JSON, XML or HTML as it answers."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from kit.sandbox import Sandbox

from . import screen
from .auth import Door
from .errors import Refusal, SoapFault
from .limits import Limits
from .reports import Reports, as_xml
from .rest import Staffing
from .soap import HumanResources
from .state import Tenant

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

_NAME: Final = "([A-Za-z0-9_]+)"
_TOKEN: Final = re.compile(rf"/ccx/oauth2/{_NAME}/token")
_STAFFING: Final = re.compile(rf"/ccx/api/staffing/v[67]/{_NAME}/(.+)")
_REPORT: Final = re.compile(rf"/ccx/service/customreport2/{_NAME}/([^/]+)/([^/]+)")
_SOAP: Final = re.compile(rf"/ccx/service/{_NAME}/Human_Resources/(v[0-9]+\.[0-9])")
_SCREEN: Final = re.compile(rf"/{_NAME}/d/task/([a-z_]+)")
_JSON, _XML, _HTML = "application/json", "text/xml;charset=UTF-8", "text/html;charset=UTF-8"


class Edge:
    """The ASGI application around one tenant."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._tenant = Tenant(sandbox)
        self._door = Door(sandbox)
        self._limits = Limits(sandbox)
        self._reports = Reports(self._tenant)
        self._staffing = Staffing(self._tenant)
        self._soap = HumanResources(self._tenant, self._door, sandbox)
        self._name = ""
        sandbox.on_reset(self._clear)
        sandbox.on_seed(self._seed)
        sandbox.on_dump(self._tenant.dump)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _read(receive)
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await self._reply(send, *self._answer(scope, headers, body))

    def _answer(self, scope: MutableMapping[str, Any], headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        path = unquote((scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0])
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        try:
            soap = self._found(_SOAP, path)
            if soap:
                self._limits.count(soap=True)
                return 200, _XML, self._soap.answer(body, tenant=soap[0], version=soap[1]).encode()
            if self._found(_TOKEN, path):
                return 200, _JSON, _encoded(self._door.token(headers.get("authorization", ""), body))
            return self._data(scope["method"], path, query, headers, body)
        except Refusal as refusal:
            return refusal.status, _JSON, _encoded(refusal.body)
        except SoapFault as fault:
            return 500, _XML, fault.xml.encode()

    def _data(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, str, bytes]:
        task = self._found(_SCREEN, path)
        if task and self._door.is_person(headers.get("cookie", "")):
            return 200, _JSON, _encoded(screen.perform(self._tenant, task[1], msgspec.json.decode(body)))
        staffing, report = self._found(_STAFFING, path), self._found(_REPORT, path)
        if not staffing and not report:
            return 404, _HTML, b"<html><body>Page not found</body></html>"
        if method != "GET":
            raise Refusal(405, "Method not allowed")
        user = self._door.admit(headers.get("authorization", ""))
        self._limits.count(soap=False)
        if staffing:
            return 200, _JSON, _encoded(self._staffing.answer(staffing[1], query, user=user))
        rows = self._reports.run(report[1], report[2], query, user=user)
        if query.get("format") != "json":
            return 200, _XML, as_xml(rows).encode()
        return 200, _JSON, _encoded({"Report_Entry": rows})

    def _found(self, pattern: re.Pattern[str], path: str) -> tuple[str, ...]:
        """The parts of an address of this tenant that fits."""
        found = pattern.fullmatch(path)
        return found.groups() if found and found.group(1) == self._name else ()

    def _clear(self) -> None:
        self._name = ""
        for part in (self._tenant, self._door, self._limits, self._reports):
            part.clear()

    def _seed(self, document: dict[str, Any]) -> None:
        """Load the tenant's name, credentials, limits, reports and people."""
        self._name = str(document.get("tenant", self._name))
        for part in (self._door, self._limits, self._reports, self._tenant):
            part.seed(document)

    async def _reply(self, send: Send, status: int, media: str, body: bytes) -> None:
        date = format_datetime(self._sandbox.now(), usegmt=True)
        headers = {"content-type": media, "content-length": str(len(body)), "date": date}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def build(sandbox: Sandbox) -> ASGIApp:
    """A Workday tenant to develop against: empty until seeded."""
    return Edge(sandbox)


def _encoded(body: Any) -> bytes:
    return msgspec.json.encode(body)


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
