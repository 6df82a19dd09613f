"""Refuses what two parsers could read differently: 400, closing the connection where framing is in doubt.

Framing (RFC 9112 §6), `Host`, the form of the target, repeated fields of which there may be one. Gives one
spelling of the target, one value for each field, one address for the client; strips every field by which an
outsider could speak for the gateway.
"""

from __future__ import annotations

import ipaddress
import re
from typing import ClassVar, Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Request, Verdict

_PLAIN: Final = re.compile(rb"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+|/")
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNSEEN: Final = re.compile(rb"[\x00-\x20\x7f-\xff]")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_DIGITS: Final = re.compile(rb"0|[1-9][0-9]{0,18}")
_NO_VALUE: Final = bytes([*range(9), *range(10, 32), 127])
_NO_HOST: Final = re.compile(rb"[\x00-\x20\x7f-\xff/?#@,\\]")
_SINGLE: Final = frozenset(
    {b"authorization", b"content-type", b"content-length", b"if-match", b"if-none-match", b"idempotency-key"}
    | {b"host", b"transfer-encoding", b"content-encoding", b"x-api-key"}
)
HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te"}
    | {b"trailer", b"transfer-encoding", b"upgrade", b"http2-settings"}
)
_FRAMING: Final = frozenset({b"host", b"content-length", b"expect"})
_IDENTITY: Final = frozenset(
    {b"authorization", b"forwarded", b"via", b"x-real-ip", b"true-client-ip", b"cf-connecting-ip", b"remote-user"}
    | {b"x-request-id", b"traceparent", b"x-trace-id", b"x-original-url", b"x-rewrite-url"}
    | {b"x-http-method-override", b"x-client-cert", b"x-original-method", b"x-api-key", b"cookie"}
)
_IDENTITY_FAMILIES: Final = (b"x-forwarded-", b"x-sluice-", b"x-user-", b"x-auth-", b"x-ssl-", b"x-envoy-")
_DROPPED: Final = HOP_BY_HOP | _FRAMING | _IDENTITY
_NAMES: Final = 1_000
_NAME_BYTES: Final = 64


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands before the door."""

    trusted_hops: int = 0
    """Proxies of our own before the gateway; each has added one entry to X-Forwarded-For."""


class _Onward(dict[bytes, bool]):
    """Which names of fields go on to a tier; what was found out is remembered, so many short names at most."""

    def __missing__(self, name: bytes) -> bool:
        goes = name not in _DROPPED and not name.startswith(_IDENTITY_FAMILIES) and b"_" not in name
        if len(self) < _NAMES and len(name) <= _NAME_BYTES:
            self[name] = goes
        return goes


class Guard:
    """HTTP hygiene. Never shadowed in part: what it gives is made from what it has checked."""

    needs: ClassVar[tuple[str, ...]] = ("trace",)
    gives: ClassVar[tuple[str, ...]] = ("target", "fields", "client")

    def __init__(self, config: Config) -> None:
        self._hops = config.trusted_hops
        self._goes = _Onward()

    def __call__(self, request: Request, /) -> Verdict:
        """Check framing, host, target and fields; give them in one form."""
        problem = _collect(request) or _framing(request) or _host(request) or _target(request) or _query(request)
        if problem is not None:
            return problem
        request.client_ip = self._client(request)
        goes = self._goes
        if b"connection" in request.fields:
            named = _named_by_connection(request)
            request.onward += [pair for pair in request.headers if goes[pair[0]] and pair[0] not in named]
        else:
            request.onward += [pair for pair in request.headers if goes[pair[0]]]
        return None

    def _client(self, request: Request) -> str:
        if not self._hops:
            return request.peer
        entries = request.fields.get(b"x-forwarded-for", b"").decode("ascii", "replace").split(",")
        if len(entries) < self._hops:
            return request.peer
        try:
            return str(ipaddress.ip_address(entries[-self._hops].strip()))
        except ValueError:
            return request.peer


def _collect(request: Request) -> Problem | None:
    headers = request.headers
    values = b"".join([value for _, value in headers])
    if len(values.translate(None, _NO_VALUE)) != len(values):
        return _closing(request, "guard.field_value", "a field holds a control character")
    fields = request.fields = dict(headers)
    return None if len(fields) == len(headers) else _merged(request)


def _merged(request: Request) -> Problem | None:
    fields = request.fields = {}
    for name, value in request.headers:
        if name not in fields:
            fields[name] = value
        elif name in _SINGLE:
            code = "guard.host" if name == b"host" else "guard.field_repeated"
            return _closing(request, code, f"{name.decode('ascii', 'replace')} may be given once")
        else:
            fields[name] += b", " + value
    return None


def _framing(request: Request) -> Problem | None:
    length, coding = request.fields.get(b"content-length"), request.fields.get(b"transfer-encoding")
    if length is not None and coding is not None:
        return _closing(request, "guard.framing", "Content-Length and Transfer-Encoding exclude each other")
    if length is not None and not _DIGITS.fullmatch(length):
        return _closing(request, "guard.content_length", "Content-Length is one plain number")
    if coding is not None and (request.http_version != "1.1" or coding.strip().lower() != b"chunked"):
        return _closing(request, "guard.transfer_encoding", "Transfer-Encoding is chunked, once, and on HTTP/1.1")
    return None


def _host(request: Request) -> Problem | None:
    host = request.fields.get(b"host", b"")
    if not host and request.http_version == "1.1":
        return _closing(request, "guard.host", "HTTP/1.1 names exactly one Host")
    if _NO_HOST.search(host):
        return _closing(request, "guard.host", "Host is a name and perhaps a port")
    scheme, found, rest = request.target.partition(b"://")
    if not found or scheme.lower() not in {b"http", b"https"}:
        return None
    authority, slash, path = rest.partition(b"/")
    if authority.lower() != host.lower():
        return _closing(request, "guard.host", "the target's host and the Host field differ")
    request.target = slash + path or b"/"
    return None


def _target(request: Request) -> Problem | None:
    if _PLAIN.fullmatch(request.target):
        return None
    target = request.target
    if not target.startswith(b"/") or _UNSEEN.search(target) or any(mark in target for mark in b"\\#?"):
        return _refusal("guard.target", "the target holds what no path holds")
    if _BAD_ESCAPE.search(target):
        return _refusal("guard.target_escape", "a percent sign is followed by two hexadecimal digits")
    *segments, last = target[1:].split(b"/")
    decoded = [unquote_to_bytes(segment) for segment in (*segments, last)]
    if any(not segment for segment in decoded):
        return _refusal("guard.target_segment", "the path holds an empty segment")
    if any(segment in {b".", b".."} for segment in decoded):
        return _refusal("guard.target_dots", "the path holds a dot segment")
    if any(b"/" in segment or b"\\" in segment for segment in decoded):
        return _refusal("guard.target_slash", "the path holds an encoded slash")
    if any(_CONTROL.search(segment) or not _is_utf8(segment) for segment in decoded):
        return _refusal("guard.target_control", "the path decodes to control characters or to no text")
    return None


def _query(request: Request) -> Problem | None:
    query = request.query
    if not query:
        return None
    if _UNSEEN.search(query) or _BAD_ESCAPE.search(query):
        return _refusal("guard.query", "the query holds what no query holds")
    if b"%" not in query:
        return None
    decoded = unquote_to_bytes(query)
    if b"\x00" in decoded or not _is_utf8(decoded):
        return _refusal("guard.query", "the query decodes to NUL or to no text")
    return None


def _named_by_connection(request: Request) -> frozenset[bytes]:
    names = request.fields[b"connection"].split(b",")
    return frozenset([name.strip().lower() for name in names])


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refusal(code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, status=400)


def _closing(request: Request, code: str, detail: str) -> Problem:
    request.close = True
    return _refusal(code, detail)
