"""A running Tryton on one database: configured, started on a free port, awaited, restored and stopped by its id."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import httpx

from kit.settings import SettingsError

DATABASE: Final = "books"
MODULES: Final = ("party", "company", "currency", "country", "account_invoice", "party_relationship", "project", "sale")
_READY: Final = {"id": 1, "method": "common.server.version", "params": []}
_PATIENCE_S: Final = 60.0
_POLL_S: Final = 0.05
_CONFIG: Final = """\
[database]
uri = {uri}
path = {folder}
list = True
[web]
listen = 127.0.0.1:{port}
[request]
max_size = 16777216
"""


class Server:
    """One server, on the SQLite file in its folder unless `uri` names PostgreSQL. The folder is the caller's."""

    def __init__(self, folder: Path, *, programs: Path, uri: str = "sqlite://") -> None:
        self._folder = folder
        self._programs = programs
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.file = folder / f"{DATABASE}.sqlite"
        self._config = folder / "trytond.conf"
        self._config.write_text(_CONFIG.format(folder=folder, port=self._port, uri=uri), encoding="ascii")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Its process; 0 when it does not run."""
        return self._process.pid if self._process else 0

    def initialise(self, password: str) -> None:
        """Make the tables of every module and an administrator; takes twenty seconds of one core.

        Raises:
            SettingsError: Tryton could not be set up.

        """
        self.file.touch()
        secret = self._folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="ascii")
        asked = ["--email", "admin@sluicegate.example", "-p", "--activate-dependencies", "-u", "ir", "res", *MODULES]
        command = [str(self._programs / "trytond-admin"), "-c", str(self._config), "-d", DATABASE, *asked]
        told = {**os.environ, "TRYTONPASSFILE": str(secret)}
        done = subprocess.run(command, check=False, env=told, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - a command of our own
        secret.unlink()
        if done.returncode:
            raise SettingsError(f"Tryton could not be set up: {done.stderr.decode(errors='replace')[-500:]}")

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            SettingsError: it did not start; the end of its log is in the message.

        """
        command = [str(self._programs / "trytond"), "-c", str(self._config), "-d", DATABASE]
        log = self._folder / "trytond.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603 - a command of our own
        until = time.monotonic() + _PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise SettingsError(f"Tryton did not start: {log.read_text(errors='replace')[-500:]}")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End it and wait until it is gone."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self._process.kill()
        self._process.wait()
        self._process = None

    def restore(self, template: Path) -> None:
        """Make the books as they are in a template; the server may run, but nobody may be asking it."""
        copied(template, self.file)

    def _answers(self) -> bool:
        try:
            return httpx.post(f"{self.url}/rpc/", json=_READY, timeout=5).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def copied(source: Path, target: Path) -> None:
    """Copy a database through SQLite itself, so that what stands in its write-ahead log comes along."""
    with closing(sqlite3.connect(source)) as whole, closing(sqlite3.connect(target, timeout=30)) as copy:
        whole.backup(copy)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
