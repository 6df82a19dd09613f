"""The pod's HTTP face: sign-in, framework versions, throttling, both roots and the account service."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from system_apis.oracle_fusion.simulator import desk, soap, tokens
from system_apis.oracle_fusion.simulator.adf import Adf, Answer, Ask
from system_apis.oracle_fusion.simulator.catalogue import CRM, FSCM
from system_apis.oracle_fusion.simulator.refusal import Refusal, absent, invalid
from system_apis.oracle_fusion.simulator.state import Pod

App = Callable[[Any, Any, Any], Awaitable[None]]
_ROOT: Final = re.compile(r"(?P<root>/(?P<family>fscm|crm)RestApi/resources/(?:11\.13\.18\.05|latest))(?P<path>/.*|)")
_STRUCTURED: Final = 4
_NEWEST: Final = 9
_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")
_READER: Final = msgspec.json.Decoder(float_hook=str)
_Reply = tuple[int, bytes, dict[str, str]]


def application(pod: Pod) -> App:
    """The whole HTTP surface of one pod, its identity domain with it."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        status, body, headers = Face(pod).answer(scope, await _body(receive))
        named = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        named.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": named})
        await send({"type": "http.response.body", "body": body})

    return run


class Face:
    """Answers one request whole."""

    def __init__(self, pod: Pod) -> None:
        self._pod = pod

    def answer(self, scope: Any, body: bytes) -> _Reply:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path: str = scope["path"]
        if path == tokens.PATH:
            return self._token(headers, body)
        version = 1
        try:
            version = _version(headers)
            self._admit(headers)
            if path == soap.PATH:
                status, text = soap.answer(self._pod, body)
                return status, text.encode(), {"content-type": "text/xml;charset=UTF-8"}
            return _told(self._inside(scope, headers, body, version), version)
        except Refusal as refusal:
            return _refused(refusal, version)

    def _inside(self, scope: Any, headers: Mapping[str, str], body: bytes, version: int) -> Answer:
        path: str = scope["path"]
        said = _json(body) if body else {}
        if path.startswith(desk.PATH):
            with self._pod.unit_of_work():
                return Answer(200, desk.act(self._pod, path.removeprefix(desk.PATH), said))
        found = _ROOT.fullmatch(path)
        if found is None:
            raise absent(path)
        ask = Ask(
            method=scope["method"],
            path=found["path"],
            root=f"{scope['scheme']}://{headers.get('host', '')}{found['root']}",
            version=version,
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            body=said,
            if_match=headers.get("if-match", ""),
            upsert=headers.get("upsert-mode", "") == "true",
        )
        return Adf(self._pod, CRM if found["family"] == "crm" else FSCM).serve(ask)

    def _admit(self, headers: Mapping[str, str]) -> None:
        settings = self._pod.settings
        if settings.throttled > 0:
            settings.throttled -= 1
            after = {"retry-after": settings.retry_after_s} if settings.retry_after_s else {}
            raise Refusal(settings.throttle_status, "", "Too many requests", headers=after)
        if not tokens.signed_in(self._pod, headers):
            raise Refusal(401, "", "Unauthorized", headers={"www-authenticate": 'Bearer realm="fa"'})

    def _token(self, headers: Mapping[str, str], body: bytes) -> _Reply:
        plain = {"content-type": "application/json"}
        try:
            told = tokens.granted(self._pod, headers, dict(parse_qsl(body.decode())))
        except tokens.TokenRefusal as refusal:
            return refusal.status, msgspec.json.encode(refusal.body), plain
        return 200, msgspec.json.encode(told), plain


def _version(headers: Mapping[str, str]) -> int:
    said = headers.get("rest-framework-version", "1")
    if not said.isdecimal() or not 0 < int(said) <= _NEWEST:
        raise Refusal(400, "", f"The REST framework version {said} is not supported.")
    return int(said)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = _READER.decode(body)
    except msgspec.MsgspecError:
        raise invalid("JBO-29114", "The payload is not well-formed.") from None
    if not isinstance(said, dict):
        raise invalid("JBO-29114", "The payload is not an object.")
    return said


def _told(answer: Answer, version: int) -> _Reply:
    if answer.body is None:
        return answer.status, b"", {}
    media = f"application/vnd.oracle.adf.{answer.kind}+json"
    headers = {"content-type": media, "rest-framework-version": str(version), **answer.headers}
    return answer.status, _NUMBERS.encode(answer.body), headers


def _refused(refusal: Refusal, version: int) -> _Reply:
    if version < _STRUCTURED and refusal.parts is None:
        return refusal.status, refusal.plain().encode(), {"content-type": "text/plain", **refusal.headers}
    headers = {"content-type": "application/vnd.oracle.adf.error+json", **refusal.headers}
    return refusal.status, _NUMBERS.encode(refusal.body()), headers


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Any) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
