"""What a caller below a classification may not read: asked with the scope and without, and held against the schema."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Any, Final

from tests.authz.asking import Answer, asked
from tests.authz.ground import Ground
from tests.authz.matrix import AT_ONCE, CALLERS, values_of
from tests.authz.offered import Offered, every_operation, every_scope, guards_of

LEVELS: Final = ("public", "internal", "confidential", "restricted")
_HERE: Final = "#/components/schemas/"
_STAFF: Final = "platform"


@dataclass(frozen=True)
class Masked:
    """An operation whose answer hides a classification from whoever lacks a scope."""

    operation: Offered
    classification: str
    scope: str

    def __str__(self) -> str:
        return f"{self.operation} without {self.scope}"


@dataclass
class Read:
    """What was found: fields shown to who may not see them, and how many there are for who may."""

    leaks: list[str]
    shown: int = 0


def every_mask(document: str) -> list[Masked]:
    """The reads of a document that routes.toml hides something of."""
    return [
        Masked(each, hide["classification"], hide["scope"])
        for each in every_operation()
        if each.document == document and each.method == "GET" and each.answer is not None
        for hide in each.product.get("hide", ())
        if any(fnmatch(each.name, wanted) for wanted in hide.get("operations", ["*"]))
        and not any(hide["scope"] in scopes for scopes in each.scopes)
    ]


async def read(ground: Ground, masks: list[Masked]) -> Read:
    """Ask each twice: with every scope, and with every scope but the one that shows."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(mask: Masked) -> Read:
        async with gate:
            whole, masked = await _asked(ground, mask, full=True), await _asked(ground, mask, full=False)
        leaks = [f"{mask}: {path}" for path in _found(mask, masked)]
        if whole.status != masked.status:
            leaks.append(f"{mask}: {masked.status} where {whole.status} is answered with it")
        return Read(leaks, len(_found(mask, whole)))

    found = await asyncio.gather(*(one(each) for each in masks))
    return Read([leak for each in found for leak in each.leaks], sum(each.shown for each in found))


def classified(schema: Mapping[str, Any], value: Any, *, above: int, at: str = "") -> Iterator[str]:
    """The places of a value that its schema classifies so high, or higher."""
    for part in _parts(schema):
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from classified(part.get("items", {}), each, above=above, at=f"{at}/{number}")
        elif isinstance(value, dict):
            for name, each in value.items():
                inner = part.get("properties", {}).get(name) or part.get("additionalProperties") or {}
                if not isinstance(inner, Mapping):
                    continue
                if LEVELS.index(inner.get("x-classification", "internal")) >= above and each is not None:
                    yield f"{at}/{name}"
                shared = {**inner, "components": schema.get("components", {})}
                yield from classified(shared, each, above=above, at=f"{at}/{name}")


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    shared = {"components": schema.get("components", {})}
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_HERE)
        yield from _parts({**schema["components"]["schemas"][name], **shared})
    for word in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(word, ()):
            yield from _parts({**each, **shared})
    items = schema.get("items")
    yield {**schema, "items": {**items, **shared}} if isinstance(items, Mapping) else schema


async def _asked(ground: Ground, mask: Masked, *, full: bool) -> Answer:
    operation = mask.operation
    scopes = [each for each in every_scope() if full or each != mask.scope]
    scopes += [mask.scope] if full else []  # one that shows fields and opens no operation stands in no contract
    insider = next((guard["insider"] for guard in guards_of(operation.name) if "insider" in guard), _STAFF)
    caller = replace(CALLERS[insider], name=f"{insider}.{'whole' if full else 'masked'}")
    headers = {**operation.headers, **caller.headers(scopes, at=operation.document)}
    url = operation.url(values_of(ground, operation))
    return await asked(ground.app, operation.method, url, headers=headers, query=operation.query)


def _found(mask: Masked, answer: Answer) -> list[str]:
    if not answer.is_success or mask.operation.answer is None:
        return []
    above = LEVELS.index(mask.classification)
    return list(classified(mask.operation.answer, answer.document, above=above))
