"""Refuses a body that grows over its cap (413), breaks off (400), dawdles (408), is packed (415) or too deep (400).

A body is read here only when the contract has something to say about it; any other streams through.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from typing import ClassVar, Final

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Request, Verdict

_STRINGS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z|\\\Z)', re.DOTALL)
_NO_BRACKET: Final = bytes(set(range(256)) - set(b"[]{}"))


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is read."""

    body_s: float = 30.0
    """Seconds a body may take to arrive."""
    depth: int = 32
    """How deep JSON may be nested."""


class Receive:
    """Reads what has to be looked at, and no more."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "fields")
    gives: ClassVar[tuple[str, ...]] = ("body",)

    def __init__(self, config: Config, *, body_bytes: int) -> None:
        self._config = config
        self._body_bytes = body_bytes

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Read the body if there is one and if anybody will look at it."""
        body = request.matched.body
        if body is not None and body.streams:
            return None
        if not _announced(request):
            request.body = b""
            return None
        if body is not None and request.fields.get(b"content-encoding", b"identity") != b"identity":
            return Problem(Kind.INVALID, "receive.content_encoding", "send the body unpacked", status=415)
        whole = request.whole() if request.whole is not None else None
        if whole is None:
            return self._read(request, wanted=body is not None)
        problem = self._grown(len(whole), wanted=body is not None)
        if problem is not None:
            request.close = True
            return problem
        request.body = whole
        return self._deep(whole)

    async def _read(self, request: Request, *, wanted: bool) -> Verdict:
        try:
            async with asyncio.timeout(self._config.body_s):
                problem = await self._collect(request, wanted=wanted)
        except TimeoutError:
            problem = Problem(Kind.TIMEOUT, "receive.slow", "the body did not arrive in time", status=408)
        if problem is not None:
            request.close = True
            return problem
        return self._deep(request.body or b"")

    def _deep(self, body: bytes) -> Verdict:
        if is_too_deep(body, depth=self._config.depth):
            return _malformed("receive.depth", f"JSON may be nested {self._config.depth} deep")
        return None

    def _grown(self, size: int, *, wanted: bool) -> Verdict:
        if size and not wanted:
            return _malformed("receive.unexpected", "this operation takes no body")
        if size > self._body_bytes:
            return Problem(Kind.TOO_LARGE, "receive.body", f"a body may have {self._body_bytes} bytes")
        return None

    async def _collect(self, request: Request, *, wanted: bool) -> Verdict:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                return _malformed("receive.broken", "the body broke off")
            part: bytes = message.get("body", b"")
            size += len(part)
            problem = self._grown(size, wanted=wanted)
            if problem is not None:
                return problem
            parts.append(part)
            if not message.get("more_body", False):
                request.body = b"".join(parts)
                return None


def is_too_deep(text: bytes, *, depth: int) -> bool:
    """Whether brackets nest deeper than this, brackets in strings not counted; linear in the text."""
    if text.count(b"[") + text.count(b"{") <= depth:
        return False
    level = 0
    for mark in _STRINGS.sub(b"", text).translate(None, _NO_BRACKET):
        if mark in b"[{":
            level += 1
            if level > depth:
                return True
        else:
            level -= 1
    return False


def _announced(request: Request) -> bool:
    declared = request.fields.get(b"content-length")
    if declared is not None:
        return declared != b"0"
    return b"transfer-encoding" in request.fields or request.http_version not in {"1.0", "1.1"}


def _malformed(code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, status=400)
