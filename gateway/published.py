"""The documents that are offered, read from a folder; refuses one that is no JSON, with file and line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gateway.snapshot import SnapshotRefused


def read_documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Every document of a folder, by its name without `.json`.

    Raises:
        SnapshotRefused: one of them cannot be read.

    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as fault:
            raise SnapshotRefused(path.name, fault.msg, line=fault.lineno) from None
        except (OSError, UnicodeDecodeError) as fault:
            raise SnapshotRefused(path.name, str(fault)) from None
        if not isinstance(document, dict):
            raise SnapshotRefused(path.name, "no OpenAPI document", line=1)
        found[path.stem] = document
    return found


def files_of(routes: Path, folder: Path | None) -> list[Path]:
    """What a snapshot is made from."""
    return [routes, *(sorted(folder.glob("*.json")) if folder else ())]


def mark_of(files: Iterable[Path], *, earlier: Mark | None = None) -> Mark:
    """What the files are like now; their contents are read only where size or time have changed."""
    stats = tuple(_stat(path) for path in files)
    if earlier is not None and earlier.stats == stats:
        return earlier
    digest = hashlib.sha256()
    for path, *_ in stats:
        try:
            digest.update(Path(path).read_bytes())
        except OSError:
            digest.update(b"unreadable")
    return Mark(stats, digest.hexdigest())


class Mark:
    """Times, sizes and one hash of some files."""

    __slots__ = ("digest", "stats")

    def __init__(self, stats: tuple[tuple[str, int, int], ...], digest: str) -> None:
        self.stats = stats
        self.digest = digest


def _stat(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), found.st_mtime_ns, found.st_size
