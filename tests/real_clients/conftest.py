"""Interpreters for clients written by others: an environment for each, made when first asked for."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venvs"


@pytest.fixture(scope="session")
def client_python() -> Callable[[str], Path]:
    """Hand out `client_python("salesforce")`: the interpreter that has that client, made on first use."""
    return interpreter


def interpreter(name: str) -> Path:
    """Return the interpreter of `.venvs/<name>`, made anew when its lock has changed."""
    lock = HERE / f"requirements-{name}.txt"
    home = ENVIRONMENTS / name
    stamp = home / f".made-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    python = home / "bin" / "python"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two test runs at once make it once
        if not stamp.exists():
            shutil.rmtree(home, ignore_errors=True)
            _make(home, python, lock)
            stamp.touch()
    return python


def _make(home: Path, python: Path, lock: Path) -> None:
    """Install what the lock names and nothing else: a lock is whole, or leaves out on purpose."""
    uv = Path(sys.executable).parent / "uv"
    if uv.exists():
        venv.create(home, with_pip=False, symlinks=True)
        quick: list[str | Path] = [uv, "pip", "install", "--quiet", "--system-certs", "--python", python]
        if _ran([*quick, "--require-hashes", "--no-deps", "-r", lock]):
            return
    venv.create(home, with_pip=True, symlinks=True, clear=True)
    plain: list[str | Path] = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if not _ran([*plain, "--require-hashes", "--no-deps", "-r", lock]):
        pytest.fail(f"{lock.name} could not be installed")


def _ran(command: list[str | Path]) -> bool:
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0
