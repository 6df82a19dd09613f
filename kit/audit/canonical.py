"""One encoding for each value, so that a hash can be taken of it: JSON by RFC 8785 (JCS).

Ours are objects, lists, strings and integers below 2^53, with names in ASCII: no float ever has to be spelt. Any
library of RFC 8785 gives the same bytes, so an auditor does not need ours.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

FORMAT: Final = "sluice-audit-1"
NOTHING: Final = "0" * 64
"""What stands where the hash of the entry before the first would."""

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """The bytes of a value by RFC 8785."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """SHA-256 over the canonical bytes, in lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def commitment(name: str, text: str, *, salt: str) -> str:
    """What stands in an entry for a text: nobody who lacks the salt can tell by trying which text it was.

    `salt` is 16 random bytes in hexadecimal digits, another for each text.
    """
    return digest([f"{FORMAT}/text", name, salt, text])
