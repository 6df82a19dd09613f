"""Clients that others wrote: which rooms have one that reads the same, and what such a read takes it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.real_clients.conftest import interpreter

_SCRIPTS: Final = Path(__file__).parent / "clients"
_ENVIRONMENTS: Final = {"certinia": "salesforce"}
"""Which environment of `tests/real_clients` has the client, where it is not called as the room is."""
_PATIENCE_S: Final = 30


@dataclass
class Other:
    """Somebody else's client in a process of its own, waiting to be told to read."""

    name: str
    process: subprocess.Popen[str]

    def read(self) -> dict[str, float]:
        """Read for as long as it was told; calls, seconds and processor seconds.

        Raises:
            RuntimeError: it ended instead.

        """
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the client was started without a way to speak to it")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended while it read")
        told: dict[str, float] = json.loads(line)
        return told

    def stop(self) -> None:
        """End it."""
        self.process.communicate(timeout=_PATIENCE_S)


def other(vendor: str, told: dict[str, Any]) -> Other | str:
    """The client of a vendor once it has read a first time; else why there is none."""
    script = _SCRIPTS / f"{vendor}_reader.py"
    if not script.exists():
        return "nobody's client reads this"
    environment = _ENVIRONMENTS.get(vendor, vendor)
    try:
        python = interpreter(environment)
    except pytest.fail.Exception as fault:
        return str(fault)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    trusting = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), told["authority"])
    process = subprocess.Popen(
        [python, script],
        env={**clean, **trusting},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the client was started without a way to speak to it")
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    if process.stdout.readline().strip() != "ready":
        _, said = process.communicate(timeout=_PATIENCE_S)
        return f"the client failed: {said.strip().splitlines()[-1] if said.strip() else process.returncode}"
    return Other(_names(environment), process)


def _names(environment: str) -> str:
    """What was asked for, as its `.in` file says."""
    path = Path(__file__).parents[2] / "tests" / "real_clients" / f"requirements-{environment}.in"
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return next((line for line in lines if line and not line.startswith("-")), environment)
