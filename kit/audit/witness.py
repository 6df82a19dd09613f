"""A witness: checkpoints written to a file elsewhere, so that a shortened or rewritten chain is noticed.

The file should stand where whoever runs the database cannot change it. Refuses a chain that the file contradicts.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from kit.audit.checkpoint import Checkpoint


class Contradicted(Exception):
    """The witness saw checkpoints that the store does not have: it was rolled back, shortened or rewritten."""


class Witness:
    """Appends what it has not seen yet; each line is on the disk before it counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, bytes] = {}
        self._size = -1

    def seen(self, tenant: str) -> int:
        """The number of the last checkpoint of a tenant that it holds."""
        line = self._last(tenant)
        return 0 if line is None else int(msgspec.json.decode(line)["body"]["number"])

    def take(self, tenant: str, checkpoints: list[Checkpoint]) -> int:
        """Append what follows the last one it holds, which stands first in `checkpoints`; how many were appended.

        Raises:
            Contradicted: that one is not what it holds.

        """
        last = self._last(tenant)
        if last is not None and (not checkpoints or checkpoints[0].line != last):
            message = f"the witness {self._path} holds a checkpoint of {tenant} that the store does not have"
            raise Contradicted(message)
        new = [each.line for each in (checkpoints if last is None else checkpoints[1:])]
        if new:
            self._append(b"".join(new))
        return len(new)

    def _last(self, tenant: str) -> bytes | None:
        """Read anew only when the file has grown: it may have more than one writer."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size != self._size:
            self._seen.clear()
            for line in self._path.read_bytes().splitlines(keepends=True) if size else ():
                body = msgspec.json.decode(line)["body"]
                self._seen[body["tenant"]] = line
            self._size = size
        return self._seen.get(tenant)

    def _append(self, lines: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            while lines:
                lines = lines[os.write(descriptor, lines) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
