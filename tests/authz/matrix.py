"""The matrix: every operation against everybody who comes, with what has to be answered; a hole names its operation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.authz.asking import Answer, asked
from tests.authz.callers import LONG_AGO, Caller, broken
from tests.authz.ground import Ground
from tests.authz.offered import OWNERSHIP, Offered, every_scope, guards_of, is_stepped, object_of

AT_ONCE: Final = 8
CALLERS: Final = {name: Caller(name, claims) for name, claims in OWNERSHIP["callers"].items()}
UNPROVED: Final[Mapping[str, Mapping[str, Any]]] = {
    "no_proof": {"acr": None, "auth_time": None},
    "weak_proof": {"acr": "urn:sluice:acr:password"},
    "old_proof": {"auth_time": LONG_AGO},
}
_REFUSED: Final = frozenset({401, 403, 404})
_TOLD: Final = ("project", "invoice", "dispute", "change", "endpoint", "message", "approval", "delegation")
"""Seeded objects that an answer to somebody else may not name."""


@dataclass(frozen=True)
class Cell:
    """One request and what it has to come to, in the words of `_WANTED`, or "let in"."""

    operation: Offered
    caller: str
    expected: str
    headers: Mapping[str, str]
    rival: bool = False

    def __str__(self) -> str:
        return f"{self.operation} by {self.caller.replace('_', ' ')}{' at the rival' if self.rival else ''}"


def refusals(operation: Offered) -> Iterator[Cell]:
    """Whoever is to be refused, by what the contract and ownership.toml say."""
    scopes = every_scope()
    yield from (Cell(operation, name, "unknown", headers) for name, headers in _strangers().items())
    wanted = frozenset().union(*operation.scopes)
    lacking = [each for each in scopes if each not in wanted]
    unscoped = CALLERS["platform"].headers(lacking, at=f"lacking.{operation.document}")
    yield Cell(operation, "another_scope", "unscoped", unscoped)
    yield Cell(operation, "other_tenant", "tenant", _known("other_tenant", operation.document))
    if is_stepped(operation):
        for name, proof in UNPROVED.items():
            yield Cell(operation, name, "unproved", CALLERS["platform"].headers(scopes, at=name, **proof))
    for guard in guards_of(operation.name):
        for expected in ("forbidden", "hidden", "silent"):
            for name in guard.get(expected, ()):
                yield Cell(operation, name, expected, _known(name, operation.document))
        if guard.get("hidden") and guard.get("insider") and _rivals(operation):
            insider = guard["insider"]
            yield Cell(operation, insider, "hidden", _known(insider, operation.document), rival=True)


def admissions(operation: Offered) -> Iterator[Cell]:
    """Whoever is to be let in, so that a refusal means something; what removes an object is not tried."""
    for guard in guards_of(operation.name):
        if guard.get("insider") and operation.method != "DELETE":
            yield Cell(operation, guard["insider"], "let in", _known(guard["insider"], operation.document))


async def holes(ground: Ground, cells: Iterable[Cell]) -> list[str]:
    """The cells that were answered otherwise than they have to be."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(cell: Cell) -> str | None:
        async with gate:
            answer = await _asked(ground, cell)
        fault = _fault(ground, cell, answer)
        return None if fault is None else f"{cell}: {fault}; {answer.status} {answer.text[:200]}"

    found = await asyncio.gather(*(one(cell) for cell in cells))
    return [each for each in found if each is not None]


def values_of(ground: Ground, operation: Offered, *, rival: bool = False) -> dict[str, str]:
    """What stands in for the parameters of an operation's path."""
    found = {each: str(object_of(operation, each)) for each in operation.parameters}
    if rival:
        found |= {each: OWNERSHIP["rival"][each.removesuffix("_id")] for each in _rivals(operation)}
    return {each: ground.ids[value[1:-1]] if value.startswith("<") else value for each, value in found.items()}


async def _asked(ground: Ground, cell: Cell) -> Answer:
    operation = cell.operation
    headers = {"If-Match": '"another"', **operation.headers, "Idempotency-Key": f"k-{cell.caller}", **cell.headers}
    url = operation.url(values_of(ground, operation, rival=cell.rival))
    return await asked(ground.app, operation.method, url, headers=headers, query=operation.query, body=operation.body)


def _fault(ground: Ground, cell: Cell, answer: Answer) -> str | None:
    if cell.expected == "let in":
        return f"expected to be let in as {cell.caller}" if answer.status in _REFUSED else None
    if cell.expected == "hidden" and not cell.operation.names_object:
        told = [name for name in _TOLD if ground.ids[name] in answer.text]
        return f"expected a list without {', '.join(told)}" if answer.status != 200 or told else None
    status, code = _WANTED[cell.expected]
    if answer.status != status:
        return f"expected {status}"
    if cell.expected == "silent":
        return None
    told_code = answer.document["code"]
    wrong = told_code != code if code else str(told_code).startswith(("authorize.", "tenant_", "validate."))
    return f"refused, but not for {cell.expected}" if wrong else None


_WANTED: Final = {
    "unknown": (401, ""),
    "unscoped": (403, "authorize.scope_missing"),
    "tenant": (403, "tenant_other"),
    "unproved": (401, "stepup.insufficient_user_authentication"),
    "forbidden": (403, ""),
    "hidden": (404, ""),
    "silent": (204, ""),
}


@cache
def _strangers() -> dict[str, dict[str, str]]:
    return broken(every_scope())


@cache
def _known(name: str, document: str) -> dict[str, str]:
    return CALLERS[name].headers(every_scope(), at=document)


def _rivals(operation: Offered) -> list[str]:
    rival: Mapping[str, Any] = OWNERSHIP["rival"]
    return [each for each in operation.parameters if each.removesuffix("_id") in rival]
