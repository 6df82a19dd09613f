"""Programs that others wrote for node: an OpenID provider, a browser's remote control, axe; installed from a lock."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real_clients.conftest import ENVIRONMENTS, interpreter

HERE = Path(__file__).parent / "browser"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Node:
    """A node with the packages of the lock beside it."""

    program: Path
    packages: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a script needs to find the packages."""
        return {**os.environ, "SLUICE_NODE_PACKAGES": f"{self.packages}/"}


def node() -> Node:
    """The system's node, or one from a wheel where there is none; packages are fetched once for each lock."""
    found = shutil.which("node")
    program = Path(found) if found and shutil.which("npm") else interpreter("node").parent / "node"
    lock = HERE / "package-lock.json"
    home = ENVIRONMENTS / "node_packages"
    stamp = home / f".made-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / "node_packages.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two test runs at once make it once
        if not stamp.exists():
            _make(home, program)
            stamp.touch()
    return Node(program, home)


def chromium() -> str:
    """A browser; without one the test fails where it has to run, and is passed over elsewhere."""
    named = os.environ.get("SLUICE_CHROMIUM", "")
    found = named or next((path for name in CHROMIUMS if (path := shutil.which(name))), "")
    if not found:
        said = "no Chromium was found: install Debian's package `chromium`, or name one in SLUICE_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)  # at a desk only: in CI it failed a line above
    return found


def _make(home: Path, program: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, home)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    npm = shutil.which("npm", path=path) or "npm"
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=home, env={**os.environ, "PATH": path}, check=False, stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode:
        pytest.fail(f"the node packages could not be installed: {done.stderr.decode()[-500:]}")
