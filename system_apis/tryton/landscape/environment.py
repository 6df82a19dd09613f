"""The interpreter Tryton runs in: an environment of its own, made by hash from its lock, apart from ours."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from kit.settings import SettingsError

ROOT: Final = Path(__file__).resolve().parents[3]
LOCK: Final = ROOT / "requirements" / "tryton.txt"
_ENVIRONMENTS: Final = ROOT / ".venvs"


def fingerprint(*more: Path) -> str:
    """A short sum over the lock and other files: whatever was made from them is stale when it changes.

    Raises:
        SettingsError: there is no lock, because this is no checkout.

    """
    if not LOCK.exists():
        raise SettingsError(f"{LOCK} is missing: a real system is started from a checkout, by its lock")
    found = hashlib.sha256(LOCK.read_bytes())
    for path in more:
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def programs() -> Path:
    """The folder of Tryton's programs, made when first asked for and whenever the lock has changed.

    Raises:
        SettingsError: the lock could not be installed.

    """
    home = _ENVIRONMENTS / "tryton"
    stamp = home / f".made-{fingerprint()}"
    _ENVIRONMENTS.mkdir(exist_ok=True)
    with (_ENVIRONMENTS / "tryton.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two who ask at once make it once
        if not stamp.exists():
            shutil.rmtree(home, ignore_errors=True)
            _make(home)
            stamp.touch()
    return home / "bin"


def _make(home: Path) -> None:
    """With uv where it is beside us, which is quick; with pip elsewhere."""
    python, uv = str(home / "bin" / "python"), Path(sys.executable).parent / "uv"
    if uv.exists():
        venv.create(home, with_pip=False, symlinks=True)
        if _ran([str(uv), "pip", "install", "--quiet", "--system-certs", "--python", python]):
            return
    venv.create(home, with_pip=True, symlinks=True, clear=True)
    if not _ran([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]):
        raise SettingsError(f"{LOCK.name} could not be installed; what pip said stands above")


def _ran(installer: list[str]) -> bool:
    command = [*installer, "--require-hashes", "-r", str(LOCK)]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - a command of our own
    return done.returncode == 0
