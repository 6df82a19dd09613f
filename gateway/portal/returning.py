"""Where somebody goes on after signing in: a page of ours, and never anywhere else."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from gateway.snapshot import Snapshot

HOME: Final = "/portal/keys"
_PLAIN: Final = re.compile(r"/[!-~]{0,2000}")


def pages_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Prefixes of everything that is for people."""
    return ("/portal", *(pages.prefix for pages in snapshot.pages))


def returned(wanted: str, prefixes: Collection[str]) -> str:
    """The address itself when it is below one of `prefixes`, and empty otherwise.

    Another host has many spellings: `//host`, a backslash, a scheme, a dot segment. Only a path that begins with a
    prefix of ours and holds none of these is taken.
    """
    if not _PLAIN.fullmatch(wanted) or "\\" in wanted or wanted.startswith("//"):
        return ""
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or any(segment in {".", ".."} for segment in parts.path.split("/")):
        return ""
    below = any(parts.path == prefix or parts.path.startswith(f"{prefix}/") for prefix in prefixes)
    return wanted if below else ""
