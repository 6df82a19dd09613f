"""Clients that others wrote: which rooms have one that reads the same, why the rest have none, and how one is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.real_clients.conftest import interpreter

_SCRIPTS: Final = Path(__file__).parent / "clients"
_ENVIRONMENTS: Final = {"certinia": "salesforce"}
"""Which environment of `tests/real_clients` has the client, where it is not called as the room is."""
_PACKAGES: Final = {"certinia": "simple-salesforce", "jira": "atlassian-python-api"}
"""Which package of an environment reads, where it is not the first."""
NONE_FITS: Final = {
    "kantata": "no client: PyPI has tap-mavenlink of 2019 alone, which copies collections and reads nothing by key",
    "oracle_fusion": "no client: PyPI has servers for chat tools alone, of which none reads a customer's account",
    "tryton": "no client: proteus (LGPL) speaks XML-RPC, the room the REST interface; either needs the true server",
}
"""Why nobody's client stands beside a room, looked for on PyPI in November 2026."""
_PATIENCE_S: Final = 30


class NoClient(Exception):
    """A client that should have read could not; the message says why."""


@dataclass
class Other:
    """Somebody else's client in a process of its own, waiting to be told to read."""

    name: str
    process: subprocess.Popen[str]

    def once(self) -> None:
        """Read once.

        Raises:
            NoClient: it ended instead.

        """
        self._told("once")

    def read(self) -> dict[str, float]:
        """Read for as long as it was told; calls, seconds and processor seconds.

        Raises:
            NoClient: it ended instead.

        """
        return self._told("go")

    def stop(self) -> None:
        """End it."""
        self.process.communicate(timeout=_PATIENCE_S)

    def _told(self, word: str) -> dict[str, float]:
        if self.process.stdin is None or self.process.stdout is None:
            raise NoClient("the client was started without a way to speak to it")
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise NoClient(f"{self.name} ended while it read")
        told: dict[str, float] = json.loads(line)
        return told


def other(vendor: str, told: dict[str, Any]) -> Other | str:
    """The client of a vendor once it has read a first time; else why there is none.

    Raises:
        NoClient: there is one, and it does not read.

    """
    script = _SCRIPTS / f"{vendor}_reader.py"
    if not script.exists():
        return NONE_FITS.get(vendor, "no client: nobody has looked for one")
    environment = _ENVIRONMENTS.get(vendor, vendor)
    try:
        python = interpreter(environment)
    except pytest.fail.Exception as fault:
        raise NoClient(str(fault)) from None
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    trusting = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), told["authority"])
    name = _named(environment, _PACKAGES.get(vendor, ""))
    return _begun(name, [str(python), str(script)], told, env={**clean, **trusting, "NO_PROXY": "*"})


def room_alone(told: dict[str, Any]) -> Other:
    """The room in a process of its own, called there as a client is, once it has read a first time.

    Raises:
        NoClient: it does not read.

    """
    return _begun("the room alone", [sys.executable, "-m", "load.vendors.inside"], told, env=dict(os.environ))


def _begun(name: str, command: list[str], told: dict[str, Any], *, env: dict[str, str]) -> Other:
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env=env, text=True, stdin=pipe, stdout=pipe, stderr=pipe)
    if process.stdin is None or process.stdout is None:
        raise NoClient("it was started without a way to speak to it")
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    if process.stdout.readline().strip() != "ready":
        _, said = process.communicate(timeout=_PATIENCE_S)
        raise NoClient(said.strip().splitlines()[-1] if said.strip() else f"it ended with {process.returncode}")
    return Other(name, process)


def _named(environment: str, package: str) -> str:
    """The package with its version, as the `.in` file asks for it."""
    path = Path(__file__).parents[2] / "tests" / "real_clients" / f"requirements-{environment}.in"
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return next((line for line in lines if line.startswith(package) and line), environment)
