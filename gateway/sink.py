"""Where decisions are written, every line whole; refuses to start on a file it cannot append to."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class LineSink:
    """Appends lines to a file, or to standard error. One write a line, so that processes may share the file."""

    def __init__(self, path: str) -> None:
        if not path:
            self._descriptor, self._owned = sys.stderr.fileno(), False
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        self._owned = True

    def __call__(self, line: bytes) -> None:
        """Append a line that ends in a line feed."""
        os.write(self._descriptor, line)

    async def close(self) -> None:
        """Close the file."""
        if self._owned:
            os.close(self._descriptor)
