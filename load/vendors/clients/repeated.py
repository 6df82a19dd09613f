"""What every client here does: reads one thing once, or again and again for a while, and tells how often."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def asked() -> dict[str, Any]:
    """What the bench tells: addresses, credentials, the key of what is to be read, and for how many seconds."""
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    return told


def repeated(read: Callable[[], int], *, rows: int, seconds: float) -> None:
    """Read at each line of the input, once or for some seconds; print calls, seconds and processor seconds.

    Raises:
        RuntimeError: a read did not give the rows that it has to give.

    """
    if (found := read()) != rows:  # signs in, and learns what it keeps
        raise RuntimeError(f"{found} rows were read instead of {rows}")
    print("ready", flush=True)
    for line in sys.stdin:
        calls, cpu, began = 0, time.process_time(), time.monotonic()
        while not calls or (line.strip() != "once" and time.monotonic() - began < seconds):
            read()
            calls += 1
        took = time.monotonic() - began
        print(json.dumps({"calls": calls, "took_s": took, "cpu_s": time.process_time() - cpu}), flush=True)
