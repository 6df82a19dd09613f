"""The laws of every change: nothing is lost on the way down and up again, and the schemas say what the values are."""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from contracts.port import operations
from kit.tier.documents import contract_of, dated, newest
from kit.versions import Change, history
from kit.versions.document import answer_schema, before, operations_of
from kit.versions.translation import Translation, translations
from kit.versions.walk import walk

HISTORY = history("partners")
CHANGES = [pytest.param(change, id=f"{change.since}-{change.name}") for change in HISTORY.changes]
HEAD = newest("partners")
OLDER = [version for version in HISTORY.versions if version != HISTORY.newest]


def value_of(schema: dict[str, Any], schemas: dict[str, Any], *, complete: bool = False) -> st.SearchStrategy[Any]:
    """Values of a schema as our contracts write them; optional members are sometimes absent."""
    if "$ref" in schema:
        return value_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, complete=complete)
    if "anyOf" in schema:
        return st.one_of([value_of(each, schemas, complete=complete) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        members = {
            name: value_of(each, schemas, complete=complete) for name, each in schema.get("properties", {}).items()
        }
        needed = set(members) if complete else set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: each for name, each in members.items() if name in needed},
            optional={name: each for name, each in members.items() if name not in needed},
        )
    if kind == "array":
        return st.lists(value_of(schema["items"], schemas, complete=complete), max_size=3)
    plain = {"null": st.none(), "boolean": st.booleans(), "integer": st.integers(1, 200), "number": st.floats(0, 9)}
    if kind in plain:
        return plain[kind]
    formed = {"date": "2027-03-01", "date-time": "2026-11-20T09:00:00Z", "decimal": "1250.00"}
    if schema.get("format") in formed:
        return st.just(formed[schema["format"]])
    if "pattern" in schema:
        matching = ["EUR", "GBP", "DE", "FR"]
        return st.sampled_from([each for each in matching if re.search(schema["pattern"], each)])
    return st.text(max_size=schema.get("maxLength", 12))


@cache
def documents_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document after a change and before it, as the newest contract and all newer changes have it."""
    later: dict[str, Any] = HEAD
    for each in HISTORY.changes:
        older = before(later, each)
        if each.name == name:
            return later, older
        later = older
    raise AssertionError(name)


@cache
def shaped(name: str, shape: str, *, side: int, complete: bool = False) -> st.SearchStrategy[Any]:
    """Values of a shape on one side of a change: 0 is the newer."""
    schemas = documents_of(name)[side]["components"]["schemas"]
    return value_of(schemas[shape], schemas, complete=complete)


@pytest.mark.req(22)
@pytest.mark.parametrize("change", CHANGES)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_what_goes_down_comes_up_again_unchanged(change: Change, data: st.DataObject) -> None:
    """Upgrade after downgrade loses nothing of a newer value; downgrade after upgrade nothing of an older one."""
    for shape in sorted(change.shapes):
        newer = data.draw(shaped(change.name, shape, side=0))
        assert newer == change.upgrade(shape, change.downgrade(shape, newer)), shape
        elder = data.draw(shaped(change.name, shape, side=1))
        assert elder == change.downgrade(shape, change.upgrade(shape, elder)), shape


@pytest.mark.parametrize("change", CHANGES)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_carried_value_fits_the_schema_of_its_side(change: Change, data: st.DataObject) -> None:
    """What `before` says of the older shape is what `downgrade` makes, and the other way round."""
    after, prior = documents_of(change.name)
    for shape in sorted(change.shapes):
        for side, other, carry in ((0, prior, change.downgrade), (1, after, change.upgrade)):
            ref = {"$ref": f"#/components/schemas/{shape}"}
            schemas = (after, prior)[side]["components"]["schemas"]
            way = walk(ref, schemas, shapes=change.shapes)
            assert way is not None
            carried = way(data.draw(shaped(change.name, shape, side=side, complete=True)), carry)
            assert [] == faults(ref, other, carried)


def faults(schema: dict[str, Any], document: dict[str, Any], value: Any) -> list[str]:
    """What a value does wrong by a schema of a document."""
    return [error.message for error in validator(schema, document).iter_errors(value)]


def validator(schema: dict[str, Any], document: dict[str, Any]) -> Draft202012Validator:
    """A schema with all that it refers to."""
    return Draft202012Validator({**schema, "components": document["components"]})


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_leaves_what_it_is_given_alone(change: Change) -> None:
    """Pure: neither value nor schema is changed in place."""
    import copy

    after, prior = documents_of(change.name)
    for shape in change.shapes:
        schema = after["components"]["schemas"][shape]
        kept = copy.deepcopy(schema)
        change.before(shape, schema)
        assert kept == schema
        if schema.get("type") == "object":
            older = prior["components"]["schemas"][shape]
            value = dict.fromkeys(older["properties"], "1")
            change.upgrade(shape, value)
            assert dict.fromkeys(older["properties"], "1") == value


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_names_the_operations_it_concerns(change: Change) -> None:
    """The list for people is the list that follows from the schemas, no longer and no shorter."""
    stated = {f"partners_{operation.name}" for operation in operations(contract_of("experience", "partners"))}
    version = max(each for each in HISTORY.versions if each < change.since.isoformat())
    found = {
        name
        for name, translation in translations(HEAD, HISTORY, version).items()
        for step in translation.steps
        if step.change is change and (step.sent or step.query or step.answered)
    }

    assert set(change.operations) <= stated
    assert set(change.operations) == found


@pytest.mark.req(5, 212)
@pytest.mark.parametrize("version", OLDER)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_every_answer_carried_down_fits_the_document_of_its_version(version: str, data: st.DataObject) -> None:
    """Whatever the newest contract may answer, an older caller gets what their own document says."""
    for name, (way, answers, check) in carried_down(version).items():
        assert [] == [error.message for error in check.iter_errors(way.answer(data.draw(answers)))], name


@cache
def carried_down(version: str) -> dict[str, tuple[Translation, st.SearchStrategy[Any], Draft202012Validator]]:
    """By operation: the translation, answers of the newest contract, and what the older caller's document says."""
    own, ways = dated("partners", version), translations(HEAD, HISTORY, version)
    theirs = {each["operationId"]: answer_schema(each) for _, _, each in operations_of(own)}
    schemas = HEAD["components"]["schemas"]
    return {
        name: (ways[name], value_of(dict(answer_schema(each) or {}), schemas), validator(dict(theirs[name] or {}), own))
        for _, _, each in operations_of(HEAD)
        for name in [each["operationId"]]
    }


@pytest.mark.parametrize("version", OLDER)
def test_the_body_and_the_query_of_an_older_version_are_carried_up(version: str) -> None:
    """The oldest names and words become the newest, and what was used of the older shape is told."""
    ways = translations(HEAD, HISTORY, version)
    body = ways["partners_acknowledge"].body({"comment": "seen"} if version < "2026-08-17" else {"note": "seen"})
    query = ways["partners_projects"].query([("state", "live"), ("limit", "5")])

    assert {"note": "seen"} == body.value
    if version < "2026-08-17":
        assert ["Acknowledge.comment"] == body.left
        assert [("state", "active"), ("limit", "5")] == query.value
        assert ["ProjectState=live"] == query.left
    else:
        assert ([], [("state", "live"), ("limit", "5")]) == (query.left, query.value)
