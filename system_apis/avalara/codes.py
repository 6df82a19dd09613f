"""Our keys as the vendor's codes: at most fifty characters, some of which a path bears only in disguise."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import quote

from contracts.problem import FieldError, Kind, Problem

MOST: Final = 50
_TAIL: Final = 16
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+?%# -]{0,63}")
_DISGUISES: Final = {"/": "2f", "+": "2b", "?": "3f", "%": "25", "#": "23"}


def code_of(key: str, *, noun: str) -> str:
    """The code under which a key stands; a long one is cut, and its digest keeps it apart from others.

    Raises:
        Problem: invalid, for a key that the vendor could read as another one.

    """
    if _KEY.fullmatch(key) is None or "_-ava" in key or key != key.strip():
        fault = FieldError(
            pointer=noun, code="key_unfit", detail="1 to 64 letters, digits, spaces and . _ : @ / + ? % # -"
        )
        raise Problem(Kind.INVALID, "key_unfit", "the key does not fit the vendor", errors=(fault,))
    if len(key) <= MOST:
        return key
    return f"{key[: MOST - _TAIL - 1]}-{hashlib.sha256(key.encode()).hexdigest()[:_TAIL]}"


def in_path(code: str) -> str:
    """A code as the vendor wants it in an address."""
    disguised = "".join(f"_-ava{_DISGUISES[each]}-_" if each in _DISGUISES else each for each in code)
    return quote(disguised, safe="_-.:@")
