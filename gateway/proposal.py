"""Compiles a proposed configuration as the running door would, and compares it; refuses with file, line and reason."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.chain import Memory, door
from gateway.config import Config
from gateway.locate import document_line, product_line
from gateway.published import read_documents
from gateway.snapshot import Snapshot, SnapshotRefused, compile_snapshot
from gateway.stores import open_stores
from kit.caller import Caller
from kit.clock import SystemClock


def proposed(routes: Path, folder: Path, *, upstreams: Mapping[str, str], config: Config | None = None) -> Snapshot:
    """The snapshot these files would make, every policy compiled for it.

    Raises:
        SnapshotRefused: it cannot be offered; the line is given wherever it can be told.

    """
    try:
        snapshot = compile_snapshot(
            routes=routes, documents=read_documents(folder), upstreams=upstreams, now=datetime.now(UTC)
        )
        door(snapshot, config=config or Config(upstreams=dict(upstreams)), memory=_memory())
    except SnapshotRefused as refused:
        raise _located(refused, routes, folder) from None
    return snapshot


def _located(refused: SnapshotRefused, routes: Path, folder: Path) -> SnapshotRefused:
    if refused.line:
        return refused
    document = folder / Path(refused.file).name
    if document.suffix == ".json" and document.is_file():
        line = document_line(document.read_text(encoding="utf-8"), refused.reason)
        return SnapshotRefused(str(document), refused.reason, line=line)
    if routes.is_file():
        text = routes.read_text(encoding="utf-8", errors="replace")
        return SnapshotRefused(str(routes), refused.reason, line=_line_of_operation(text, refused.reason))
    return refused


def _line_of_operation(text: str, reason: str) -> int:
    """The limits of the product whose operation a policy complains of."""
    subject = reason.removeprefix("product ").partition(":")[0].partition(".")[0]
    products = tomllib.loads(text).get("product", [])
    for number, product in enumerate(products):
        if product.get("name") == subject:
            return product_line(text, number, key="limits")
    return 0


class _Unsigned:
    """Nobody is spoken for while a proposal is checked."""

    def mint(self, *, audience: str, caller: Caller, scopes: frozenset[str] | None = None) -> str:
        """No token at all."""
        return f"{audience}{caller.subject}{scopes or ''}"[:0]


def _memory() -> Memory:
    clock = SystemClock()
    return Memory(trusted={}, stores=open_stores(clock=clock), mint=_Unsigned(), sink=_drop, clock=clock)


def _drop(_line: bytes) -> Any:
    return None
