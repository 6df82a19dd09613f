"""One immutable picture of what is offered; refuses a bad one with the file and the reason.

Compiled from routes.toml, the published OpenAPI documents and the tiers' addresses. A request lives to its
end on the picture it began with.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kit.door.openapi import ContractRefused, read
from kit.door.operation import Operation
from kit.door.routing import Router, RouteRefused


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operations that share limits of their own."""

    name: str
    """What the limits are called in answers."""
    operations: tuple[str, ...]
    """Operation ids, with * for any."""
    limits: str
    """In slowapi's grammar."""
    cost: int = 1
    """What one call uses up."""


class Product(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tier's document behind a prefix."""

    name: str
    """What operations are known by."""
    title: str
    """For people."""
    owner: str
    """Who answers for it."""
    prefix: str
    """What outsiders put in front; the tier does not see it."""
    upstream: str
    """The tier that answers, and the audience of the internal token."""
    documents: tuple[str, ...]
    """Names of OpenAPI documents, with * for any."""
    mount: str = ""
    """What the tier puts in front of the documents' paths."""
    limits: str = ""
    """In slowapi's grammar, for each consumer and group."""
    deadline_s: float = 30.0
    """Seconds until an answer must have begun."""
    group: tuple[Group, ...] = ()
    """Groups with limits of their own."""


class _Routes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    product: tuple[Product, ...]


class SnapshotRefused(Exception):
    """What was to be offered cannot be; says in which file, and why."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is offered, from one moment on. `documents` are as outsiders see them, by product."""

    hash: str
    compiled_at: datetime
    operations: tuple[Operation, ...]
    router: Router
    upstreams: Mapping[str, str]
    documents: Mapping[str, bytes]


def compile_snapshot(
    *, routes: Path, documents: Mapping[str, Mapping[str, Any]], upstreams: Mapping[str, str], now: datetime
) -> Snapshot:
    """Put the picture together.

    Raises:
        SnapshotRefused: a file is unreadable or contradicts another.

    """
    products = _products(routes)
    operations: list[Operation] = []
    published: dict[str, bytes] = {}
    for product in products:
        if product.upstream not in upstreams:
            raise SnapshotRefused(str(routes), f"product {product.name}: no address for upstream {product.upstream}")
        for name in _named(product, documents, routes=routes):
            operations += _operations(product, name, documents[name])
            outside = {**documents[name], "servers": [{"url": product.prefix + product.mount}]}
            published.setdefault(product.name, msgspec.json.encode(outside))
            published[name] = msgspec.json.encode(outside)
    try:
        router = Router(operations)
    except RouteRefused as fault:
        raise SnapshotRefused(str(routes), str(fault)) from None
    return Snapshot(
        hash=_hash(routes.read_bytes(), published, upstreams),
        compiled_at=now,
        operations=tuple(operations),
        router=router,
        upstreams=dict(upstreams),
        documents=published,
    )


def _products(routes: Path) -> tuple[Product, ...]:
    try:
        text = routes.read_text(encoding="utf-8")
        products = msgspec.convert(tomllib.loads(text), _Routes).product
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise SnapshotRefused(str(routes), str(fault)) from None
    for product in products:
        prefix = product.prefix
        if not prefix.startswith("/") or prefix.endswith("/") or prefix.startswith("/_gateway") or "{" in prefix:
            raise SnapshotRefused(str(routes), f"product {product.name}: {prefix!r} is no prefix")
    if len({product.name for product in products}) != len(products):
        raise SnapshotRefused(str(routes), "two products have one name")
    return products


def _named(product: Product, documents: Mapping[str, Any], *, routes: Path) -> list[str]:
    names = [name for name in documents if any(fnmatchcase(name, wanted) for wanted in product.documents)]
    if not names:
        wanted = ", ".join(product.documents)
        raise SnapshotRefused(str(routes), f"product {product.name}: there is no document called {wanted}")
    return names


def _operations(product: Product, name: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    try:
        found = read(
            document,
            product=product.name,
            prefix=product.prefix,
            mount=product.mount,
            upstream=product.upstream,
        )
        for operation in found:
            yield _limited(operation, product)
    except ContractRefused as fault:
        raise SnapshotRefused(f"{name}.json", str(fault)) from None
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise SnapshotRefused(f"{name}.json", f"no OpenAPI document: {fault!r}") from None


def _limited(operation: Operation, product: Product) -> Operation:
    own = operation.name.removeprefix(f"{product.name}.")
    for group in product.group:
        if any(fnmatchcase(own, wanted) for wanted in group.operations):
            return replace(
                operation,
                group=group.name,
                limits=group.limits,
                cost=group.cost,
                deadline_s=product.deadline_s,
            )
    return replace(operation, limits=product.limits, deadline_s=product.deadline_s)


def _hash(routes: bytes, documents: Mapping[str, bytes], upstreams: Mapping[str, str]) -> str:
    digest = hashlib.sha256(routes)
    addresses = {name: address.encode() for name, address in upstreams.items()}
    for part in (documents, addresses):
        for name, raw in sorted(part.items()):
            digest.update(b"%d %b %d " % (len(name), name.encode(), len(raw)))
            digest.update(raw)
    return digest.hexdigest()
