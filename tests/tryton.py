"""A Tryton of the tests' own: one server for the process, started when first asked for, and its books made fresh."""

from __future__ import annotations

import atexit
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from system_apis.tryton.landscape import environment, settings
from system_apis.tryton.landscape.desk import Desk
from system_apis.tryton.landscape.server import DATABASE, Server
from system_apis.tryton.landscape.template import Template, template


@dataclass(frozen=True)
class Tryton:
    """A running server, and the template its books are restored from."""

    server: Server
    template: Template

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.url

    @property
    def config(self) -> dict[str, Any]:
        """Settings of the room for it."""
        return settings(self.server.url, key=self.template.key)

    def desk(self) -> Desk:
        """The administrator at Tryton's own desk."""
        return Desk(self.server.url, DATABASE, password=self.template.password)


def fresh() -> Tryton:
    """The server with nothing in its books but what the bootstrap put there."""
    running = _running()
    running.server.restore(running.template.file)
    return running


@cache
def _running() -> Tryton:
    """Start it; it ends with the process. The template is made once for each lock and kept."""
    found = template(tell=print)
    folder = tempfile.TemporaryDirectory(prefix="tryton-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    server = Server(Path(folder.name), programs=environment.programs())
    server.restore(found.file)
    atexit.register(server.stop)
    server.start()
    return Tryton(server, found)
