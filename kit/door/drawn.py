"""Random names in hexadecimal, from bytes drawn for many at once; no two processes draw the same ones."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Final

_BLOCK: Final = 4_096


class Drawn:
    """Like `secrets.token_hex`, with fewer calls of the kernel; for names, not for secrets."""

    def __init__(self, source: Callable[[int], bytes] = os.urandom) -> None:
        """Draw from `source`; nothing is drawn yet."""
        self._source = source
        self._block = ""
        self._at = 0
        weak = weakref.WeakMethod(self._forget)
        os.register_at_fork(after_in_child=lambda: (forget := weak()) and forget())

    def __call__(self, size: int, /) -> str:
        """A name of so many bytes, at most a block."""
        at, end = self._at, self._at + 2 * size
        if end > len(self._block):
            self._block, at, end = self._source(_BLOCK).hex(), 0, 2 * size
        self._at = end
        return self._block[at:end]

    def _forget(self) -> None:
        """A forked child would repeat its parent's names."""
        self._block = ""
