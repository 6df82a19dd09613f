"""Our keys on their way to the vendor: what may stand in one, and a lock for each that is being written."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from contextlib import AbstractAsyncContextManager
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from contracts.problem import FieldError, Kind, Problem

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,179}")
_LONGEST_PREFIX: Final = 4
_LONGEST: Final = 10
_PREFIX: Final = re.compile(rf"[A-Z][A-Z0-9]{{0,{_LONGEST_PREFIX - 1}}}")


class Locks:
    """One lock for each key in use; a key that nobody holds is forgotten."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, *key: str) -> AbstractAsyncContextManager[None]:
        """Hold the key for the length of the block."""
        return self._held.setdefault("|".join(key), asyncio.Lock())


def checked(value: str, *, noun: str) -> str:
    """A key of ours, if it can be one: nothing of a caller reaches an address unchecked.

    Raises:
        Problem: invalid, when it is too long or holds what a key does not.

    """
    if _KEY.fullmatch(value) is None:
        fault = FieldError(pointer=f"{noun}_id", code="key_invalid", detail="1 to 180 of A-Z a-z 0-9 . _ : @ -")
        raise Problem(Kind.INVALID, "key_invalid", f"this cannot be the id of a {noun}", errors=(fault,))
    return value


def is_prefix(text: str) -> bool:
    """Whether keys of projects may begin with it."""
    return _PREFIX.fullmatch(text) is not None


def project_key(board_id: str, *, prefix: str) -> str:
    """The key of the project behind a board: always the same one, and as good as never that of another.

    Ten characters are all that a key may have, so it is drawn from a hash; with two for the prefix forty bits are left.
    """
    digest = base64.b32encode(hashlib.sha256(board_id.encode()).digest()).decode()
    return f"{prefix}{digest}"[:_LONGEST]


def digest(value: object) -> str:
    """A short fingerprint of something that was wanted."""
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]
