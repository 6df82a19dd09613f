"""Starts a real Tryton with the firm's books in it, for development: a process of its own, spoken to over HTTP only."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from system_apis.tryton.landscape import environment
from system_apis.tryton.landscape.clerk import act, document_lines, general_ledger
from system_apis.tryton.landscape.server import DATABASE, Server
from system_apis.tryton.landscape.template import template

__all__ = ["act", "document_lines", "general_ledger", "prepare", "settings", "started"]


def prepare(*, tell: Callable[[str], None]) -> None:
    """Install Tryton and open the books once; what stands already is kept."""
    environment.programs()
    template(tell=tell)


@asynccontextmanager
async def started(*, tell: Callable[[str], None]) -> AsyncIterator[dict[str, Any]]:
    """A fresh copy of the books behind a running server until the block ends: its address, and settings for us."""
    found = await asyncio.to_thread(template, tell=tell)
    programs = await asyncio.to_thread(environment.programs)
    with tempfile.TemporaryDirectory(prefix="tryton-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), programs=programs)
        server.restore(found.file)
        tell("Tryton: starting")
        await asyncio.to_thread(server.start)
        try:
            yield {"url": server.url, "pid": server.pid, "config": settings(server.url, key=found.key)}
        finally:
            await asyncio.to_thread(server.stop)


def settings(url: str, *, key: str) -> dict[str, Any]:
    """Settings of this room for the books that are set up here."""
    return {"base_url": url, "database": DATABASE, "key": key}
