"""What a tier answered, while the door still holds it: read once, changed in place, written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from contracts.problem import Problem


class Unread(Exception):
    """The answer is no JSON."""


class Returned:
    """A good JSON answer with its whole body."""

    __slots__ = ("_document", "_raw", "status")

    def __init__(self, status: int, raw: bytes) -> None:
        self.status = status
        self._raw: bytes | None = raw
        self._document: Any = msgspec.UNSET

    @property
    def document(self) -> Any:
        """What it says.

        Raises:
            Unread: it is no JSON.

        """
        if self._document is msgspec.UNSET:
            try:
                self._document = msgspec.json.decode(self._raw or b"")
            except (msgspec.DecodeError, UnicodeDecodeError) as fault:
                raise Unread(str(fault)) from None
        return self._document

    @document.setter
    def document(self, value: Any) -> None:
        self._document = value
        self._raw = None

    @property
    def raw(self) -> bytes:
        """The body as it goes to the client: the tier's own bytes where nothing was changed."""
        if self._raw is None:
            self._raw = msgspec.json.encode(self._document)
        return self._raw


class Edit(msgspec.Struct, frozen=True):
    """What one policy does to an answer. One that `must` is not skipped: what it cannot look into is not sent."""

    policy: str
    run: Callable[[Returned], Problem | None]
    must: bool


Edits: TypeAlias = tuple[Edit, ...]
