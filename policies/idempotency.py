"""Refuses a command without the key that makes repeating it safe: 400; one without the state it was decided on: 428.

Asked only where the operation's contract requires `Idempotency-Key` or `If-Match`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.operation import Operation
from kit.door.policy import Request, Verdict

_KEY: Final = re.compile(rb"[\x21-\x7e]+")


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key may look like."""

    key_bytes: int = 255
    """The longest key that is taken."""


class Idempotency:
    """Looks for the fields; what they mean is the tier's to say."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "fields")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, operations: Iterable[Operation]) -> None:
        self._key_bytes = config.key_bytes
        self._keyed: set[str] = set()
        self._conditional: set[str] = set()
        for operation in operations:
            key, match = operation.header("idempotency-key"), operation.header("if-match")
            if key is not None and key.required:
                self._keyed.add(operation.name)
            if match is not None and match.required:
                self._conditional.add(operation.name)

    def __call__(self, request: Request, /) -> Verdict:
        """Look for what the contract requires."""
        name = request.matched.name
        key = request.fields.get(b"idempotency-key", b"")
        if name in self._keyed and not key:
            return _refusal("idempotency.key_missing", "send Idempotency-Key; the same key again is the same command")
        if key and (len(key) > self._key_bytes or not _KEY.fullmatch(key)):
            return _refusal("idempotency.key_malformed", f"at most {self._key_bytes} visible ASCII characters")
        if name in self._conditional and not request.fields.get(b"if-match"):
            return Problem(
                Kind.PRECONDITION_FAILED,
                "idempotency.precondition_missing",
                "send If-Match with the ETag of what was seen",
                status=428,
            )
        return None


def _refusal(code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, status=400)
