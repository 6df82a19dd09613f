"""Where decisions are written, every line whole; refuses to start on a file it cannot append to.

Lines of one moment go out in one write: a write for each would cost more than the decision. What a process that is
killed had not written yet is lost, at most a tenth of a second of it; a refused command is nowhere else, a passed one
is in the tier's audit trail.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

_HELD_S: Final = 0.1
_HELD_BYTES: Final = 65_536


class LineSink:
    """Appends lines to a file, or to standard error. Only whole lines are written, so processes may share the file."""

    def __init__(self, path: str) -> None:
        self._held: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        if not path:
            self._descriptor, self._owned = sys.stderr.fileno(), False
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        self._owned = True

    def __call__(self, line: bytes) -> None:
        """Append a line that ends in a line feed; outside of a loop at once."""
        self._held.append(line)
        self._size += len(line)
        if self._size >= _HELD_BYTES:
            self.flush()
        elif self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(_HELD_S, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rest = b"".join(self._held)
        self._held.clear()
        self._size = 0
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    async def close(self) -> None:
        """Write the last lines and close the file."""
        self.flush()
        if self._owned:
            os.close(self._descriptor)
