"""Refuses nothing: gives every request a trace id and a request id, the caller's own where they are well formed.

The ids go on to the tier and stand on every answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final

from msgspec import Struct

from kit.door.drawn import Drawn
from kit.door.policy import Request, Verdict

_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_IDS: Final = frozenset({b"traceparent", b"x-request-id"})
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose ids are taken over."""

    accept: bool = True
    """Whether a caller's own trace and request ids are taken over when they are well formed."""


class Correlate:
    """Names the request, so that one opportunity is one trace through every tier."""

    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("trace",)

    def __init__(self, config: Config, *, fresh: Callable[[int], str] | None = None) -> None:
        self._accept = config.accept
        self._fresh = fresh or Drawn()

    def __call__(self, request: Request, /) -> Verdict:
        """Take over or make the ids."""
        parent, own = self._offered(request)
        request.request_id = own or self._fresh(16)
        if parent is None:
            request.trace_id, flags = self._fresh(16), "01"
        else:
            request.trace_id, flags = parent[1].decode(), parent[3].decode()
        traceparent = f"00-{request.trace_id}-{self._fresh(8)}-{flags}".encode()
        name = request.request_id.encode()
        request.onward += ((b"traceparent", traceparent), (b"x-request-id", name))
        request.answer += ((b"x-request-id", name), (b"x-trace-id", request.trace_id.encode()))
        return None

    def _offered(self, request: Request) -> tuple[re.Match[bytes] | None, str]:
        if not self._accept:
            return None, ""
        said = [pair for pair in request.headers if pair[0] in _IDS]
        if not said:
            return None, ""
        parents = [value for name, value in said if name == b"traceparent"]
        names = [value for name, value in said if name == b"x-request-id"]
        parent = _TRACEPARENT.fullmatch(parents[0]) if len(parents) == 1 else None
        fits = len(names) == 1 and _REQUEST_ID.fullmatch(names[0])
        return parent, names[0].decode() if fits else ""
