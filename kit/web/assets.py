"""The files every page loads: styles, scripts and mark, our own or kept here with their licences; none from elsewhere.

An address carries the hash of its file, so that a browser keeps it for a year and never shows an old one.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PREFIX: Final = "/static"
_HERE: Final = Path(__file__).parent / "static"
_MEDIA: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_WORTH_PACKING: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it is sent; `packed` is its gzip form, empty where that would be no smaller."""

    media: str
    body: bytes
    packed: bytes
    mark: str

    def answer(self, *, accepts_gzip: bool, asked: str) -> tuple[bytes, dict[str, str]]:
        """Body and header fields; kept for a year only where `asked` is the hash of this very file."""
        kept = "public, max-age=31536000, immutable" if asked == self.mark else "public, max-age=300"
        headers = {"cache-control": kept, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
        if accepts_gzip and self.packed:
            return self.packed, {**headers, "content-encoding": "gzip"}
        return self.body, headers


@cache
def assets() -> dict[str, Asset]:
    """Every file by name."""
    return folder_of(_HERE)


def folder_of(folder: Path) -> dict[str, Asset]:
    """The files of a folder that may be sent, by name; a group of pages may have some of its own."""
    return {path.name: _asset(path) for path in sorted(folder.glob("*")) if path.suffix in _MEDIA}


def address(name: str) -> str:
    """Where a page finds a file.

    Raises:
        KeyError: there is none of that name.

    """
    return f"{PREFIX}/{name}?v={assets()[name].mark}"


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if len(body) > _WORTH_PACKING else b""
    return Asset(
        media=_MEDIA[path.suffix],
        body=body,
        packed=packed if len(packed) < len(body) else b"",
        mark=hashlib.sha256(body).hexdigest()[:12],
    )
