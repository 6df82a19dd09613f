"""Names that speak as long as they may, and are told apart by their hash where they would be too long."""

from __future__ import annotations

import hashlib
from typing import Final

LONGEST: Final = 64
"""Characters that an id of ours may have at an ERP."""
_DIGITS: Final = 12


def fitting(name: str) -> str:
    """The name itself, or its beginning and its hash; the same name always gives the same."""
    if len(name) <= LONGEST:
        return name
    told_apart = hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{name[: LONGEST - _DIGITS - 1]}-{told_apart}"
