"""What a snapshot offers, in facts that can be compared; tells what somebody would notice and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.pages import Pages
from gateway.snapshot import Product, Snapshot
from kit.door.operation import Operation


class Offer(Struct, frozen=True, kw_only=True):
    """One operation as a consumer notices it."""

    method: str
    path: str
    scopes: tuple[str, ...]
    """Alternatives, each with its scopes joined by +."""
    group: str
    limits: str
    cost: int
    deadline_s: float
    upstream: str
    audiences: tuple[str, ...]
    classification: str
    lifecycle: str
    owner: str


class Facts(Struct, frozen=True, kw_only=True):
    """A snapshot by the names of its operations."""

    hash: str
    operations: dict[str, Offer]


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that would be otherwise: an operation comes, goes, or one of its facts changes."""

    operation: str
    what: str
    before: str
    after: str


_ADDED: Final = "added"
_REMOVED: Final = "removed"


def facts_of(snapshot: Snapshot) -> Facts:
    """The facts of a snapshot."""
    products = {product.name: product for product in snapshot.products}
    offers = {each.name: _offer(each, products[each.product]) for each in snapshot.operations}
    groups = {pages.name: pages for pages in snapshot.pages}
    shown = {each.name: _shown(each, groups[each.product]) for each in snapshot.page_operations}
    return Facts(hash=snapshot.hash, operations={**offers, **shown})


def differences(old: Facts, new: Facts) -> list[Difference]:
    """Everything that would be otherwise, by operation."""
    found: list[Difference] = []
    for name in sorted({*old.operations, *new.operations}):
        found += _of_one(name, old.operations, new.operations)
    return found


def _of_one(name: str, old: Mapping[str, Offer], new: Mapping[str, Offer]) -> Iterator[Difference]:
    before, after = old.get(name), new.get(name)
    if before is None or after is None:
        what = _ADDED if before is None else _REMOVED
        one = after or before
        where = f"{one.method} {one.path}" if one else ""
        yield Difference(
            operation=name, what=what, before="" if before is None else where, after=where if before is None else ""
        )
        return
    was, is_now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    for what, value in was.items():
        if is_now[what] != value:
            yield Difference(operation=name, what=what, before=_text(value), after=_text(is_now[what]))


def _text(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def _offer(operation: Operation, product: Product) -> Offer:
    return Offer(
        **_of_operation(operation),
        audiences=product.audiences,
        classification=product.classification,
        lifecycle=product.lifecycle,
        owner=product.owner,
    )


def _shown(operation: Operation, pages: Pages) -> Offer:
    return Offer(
        **{**_of_operation(operation), "path": f"{pages.prefix}/…"},
        audiences=("people",),
        classification="",
        lifecycle="active",
        owner=pages.owner,
    )


def _of_operation(operation: Operation) -> dict[str, Any]:
    return {
        "method": operation.method,
        "path": operation.path,
        "scopes": tuple(sorted("+".join(sorted(each)) for each in operation.scopes)),
        "group": operation.group,
        "limits": operation.limits,
        "cost": operation.cost,
        "deadline_s": operation.deadline_s,
        "upstream": operation.upstream,
    }
