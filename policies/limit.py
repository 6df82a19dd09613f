"""Refuses what is too large before reading it: 414 for the target, 431 for the fields, 413 for a declared body."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes in bytes."""

    target_bytes: int = 8_192
    """Path and query together."""
    field_bytes: int = 32_768
    """Names and values of all header fields together."""
    fields: int = 100
    """How many header fields there may be."""


class Limit:
    """Holds sizes against their caps."""

    needs: ClassVar[tuple[str, ...]] = ("fields",)
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, body_bytes: int) -> None:
        self._config = config
        self._body_bytes = body_bytes

    def __call__(self, request: Request, /) -> Verdict:
        """Compare, and close the connection on what will not be read."""
        config = self._config
        if len(request.target) + len(request.query) > config.target_bytes:
            return _too_large(request, "limit.target", f"path and query may have {config.target_bytes} bytes", 414)
        if len(request.headers) > config.fields:
            return _too_large(request, "limit.fields", f"there may be {config.fields} header fields", 431)
        if sum([len(name) + len(value) for name, value in request.headers]) > config.field_bytes:
            return _too_large(request, "limit.fields", f"header fields may have {config.field_bytes} bytes", 431)
        declared = request.fields.get(b"content-length")
        if declared is not None and int(declared) > self._body_bytes:
            return _too_large(request, "limit.body", f"a body may have {self._body_bytes} bytes", 413)
        return None


def _too_large(request: Request, code: str, detail: str, status: int) -> Problem:
    request.close = True
    return Problem(Kind.TOO_LARGE, code, detail, status=status)
