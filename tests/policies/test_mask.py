"""What is classified above a caller's scopes does not leave the house; which fields those are stands in the schema."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kit.caller import Caller
from kit.door.lifecycle import Hide
from kit.door.openapi import read
from kit.door.operation import Operation
from kit.door.returned import Returned
from kit.ports.document import example_of
from kit.tier.documents import dated, published
from kit.versions import history
from policies import mask
from tests.policies.table import READ, Given, decide

RULES = (Hide(classification="confidential", scope="finance:read"), Hide(classification="restricted", scope="hr:read"))


def fact(level: str, **more: Any) -> dict[str, Any]:
    """A member's schema."""
    return {"x-classification": level, "type": "string", **more}


SCHEMA: dict[str, Any] = {
    "$ref": "#/components/schemas/Person",
    "components": {
        "schemas": {
            "Person": {
                "properties": {
                    "name": fact("public"),
                    "rate": fact("confidential"),
                    "salary": fact("restricted"),
                    "boss": {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
                    "team": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
                    "by_name": {"additionalProperties": {"$ref": "#/components/schemas/Person"}},
                }
            }
        }
    },
}
OPERATION = replace(READ, answer=SCHEMA)
PERSON = {"name": "a", "rate": "1", "salary": "2"}
NESTED = {**PERSON, "boss": PERSON, "team": [PERSON, {**PERSON, "boss": None}], "by_name": {"x": PERSON}}


def masking(operation: Operation = OPERATION, *, shadow: bool = False) -> mask.Mask:
    """The policy over one operation."""
    return mask.Mask(mask.Config(), operations=[operation], hidden={operation.name: RULES}, shadow=shadow)


async def seen(document: Any, *scopes: str, operation: Operation = OPERATION) -> tuple[Any, dict[str, str]]:
    """What a caller with these scopes gets, and the fields of the answer."""
    given = Given(operation=operation, caller=Caller(subject="a", scopes=frozenset(scopes)))
    request = (await decide(masking(operation), given)).request
    returned = Returned(200, json.dumps(document).encode())
    for edit in request.edits:
        assert edit.run(returned) is None
    return msgspec.json.decode(returned.raw), {name.decode(): value.decode() for name, value in request.answer}


@pytest.mark.req(291)
@pytest.mark.parametrize(
    ("scopes", "left"),
    [
        ((), {"name"}),
        (("finance:read",), {"name", "rate"}),
        (("finance:*", "hr:read"), {"name", "rate", "salary"}),
        (("hr:read",), {"name"}),
    ],
)
async def test_each_level_is_shown_to_its_scope(scopes: tuple[str, ...], left: set[str]) -> None:
    """A higher level is never shown to who may not see a lower one; nested values are stripped as well."""
    document, told = await seen(NESTED, *scopes)
    people = [document, document["boss"], *document["team"], document["by_name"]["x"]]

    assert [left] * len(people) == [set(each) & {"name", "rate", "salary"} for each in people]
    assert ("sluice-masked" in told) == (left != {"name", "rate", "salary"})


async def test_in_shadow_nothing_is_taken_out_and_it_is_noted() -> None:
    """The decision log says what would have been hidden."""
    request = Given(operation=OPERATION, caller=Caller(subject="a")).request()
    assert masking(shadow=True)(request) is None
    returned = Returned(200, json.dumps(NESTED).encode())
    assert request.edits[0].run(returned) is None

    assert (NESTED, ["mask.hidden"]) == (msgspec.json.decode(returned.raw), request.shadowed)


async def test_what_cannot_be_read_is_not_sent() -> None:
    """502 rather than a guess."""
    request = (await decide(masking(), Given(operation=OPERATION, caller=Caller(subject="a")))).request
    problem = request.edits[0].run(Returned(200, b"<html>"))

    assert problem is not None
    assert (502, "mask.unreadable", True) == (problem.status, problem.code, request.edits[0].must)


def published_operations() -> Iterator[Any]:
    """Every operation with an answer that is published, in each version."""
    documents = {tier: published(tier) for tier in ("experience", "process", "system")}
    documents |= {f"partners-{version}": dated("partners", version) for version in history("partners").versions}
    for name, document in documents.items():
        for operation in read(document, product=name, prefix="/x", upstream="x"):
            if operation.answer is not None:
                yield pytest.param(operation, document, id=operation.name)


def classified(value: Any, schema: dict[str, Any], schemas: dict[str, Any], level: int) -> list[str]:
    """Members of a value that the schema classifies at this level or higher: drawn from the same facts, by hand."""
    levels = ["public", "internal", "confidential", "restricted"]
    if "$ref" in schema:
        return classified(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, level)
    found: list[str] = []
    for branch in schema.get("anyOf", []):
        found += classified(value, branch, schemas, level)
    for each in value if isinstance(value, list) else []:
        found += classified(each, schema.get("items", {}), schemas, level)
    for name, part in schema.get("properties", {}).items() if isinstance(value, dict) else []:
        if name in value:
            high = levels.index(part.get("x-classification", "internal")) >= level
            found += [name] if high else classified(value[name], part, schemas, level)
    return found


@pytest.mark.req(291, 300)
@pytest.mark.parametrize(("operation", "document"), list(published_operations()))
async def test_no_published_operation_shows_what_it_classifies(operation: Operation, document: dict[str, Any]) -> None:
    """For every operation of every contract: its example, stripped, holds nothing that the schema says is hidden."""
    schemas = document["components"]["schemas"]
    schema = dict(operation.answer or {})
    example = json.loads(json.dumps(example_of(schema, schemas)))
    stripped, _ = await seen(example, operation=operation)

    assert [] == classified(stripped, schema, schemas, 2)
    whole, _ = await seen(example, "finance:read", "hr:read", operation=operation)
    assert example == whole
