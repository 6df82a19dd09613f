"""What a process that serves for long does about Python's garbage collector, once it has read all it needs."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 10_000
_MIDDLE: Final = 20
_OLD: Final = 20


def settle() -> None:
    """Count what is here now as lasting; only what comes later is searched for cycles, and less often.

    Without this the collector walks through every compiled contract again and again: in the gateway that cost more
    than checking a body did. What stands here and is dropped later is still freed, unless it is part of a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
