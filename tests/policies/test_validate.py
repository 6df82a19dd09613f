from typing import Any

import pytest

from kit.door.openapi import ContractRefused, read
from kit.door.operation import Operation
from kit.door.routing import Router, RouteRefused
from policies.validate import Config, Validate
from tests.gateway.shop import DOCUMENT
from tests.policies.table import Given, decide

OPERATIONS = {each.name: each for each in read(DOCUMENT, product="shop", prefix="/shop", upstream="shop")}
POLICY = Validate(Config(), operations=OPERATIONS.values())
JSON = (("content-type", "application/json"),)
GOOD = b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":1}]}'


def placed(body: bytes, headers: Any = JSON) -> Given:
    return Given(operation=OPERATIONS["shop.place"], method="POST", body=body, headers=headers, path_values=())


@pytest.mark.req(4, 13)
@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (GOOD, []),
        (b'{"customer":{"name":"A"},"lines":[],"note":null,"kind":{"card":"1"}}', [("/lines", "minItems")]),
        (b'{"lines":[{"sku":"x","quantity":1}]}', [("/customer", "required")]),
        (
            b'{"customer":{"name":"A","vip":true},"lines":[{"sku":"x","quantity":1}]}',
            [("/customer/vip", "additionalProperties")],
        ),
        (b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":"1"}]}', [("/lines/0/quantity", "type")]),
        (
            b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":1,"a/b~c":1}]}',
            [("/lines/0/a~1b~0c", "additionalProperties")],
        ),
        (b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":1}],"due":"soon"}', [("/due", "format")]),
        (b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":1}],"gift":{"to":"B","from":"C"}}', []),
        (
            b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":1}],"gift":{"to":"B","x":1}}',
            [("/gift/x", "unevaluatedProperties")],
        ),
        (b"[]", [("", "type")]),
    ],
)
async def test_a_body_is_held_against_the_contract(body: bytes, faults: list[tuple[str, str]]) -> None:
    """422 with a JSON pointer to each fault; members no schema names are refused, also beside allOf."""
    decision = await decide(POLICY, placed(body))
    assert faults == decision.faults
    assert (422 if faults else 200) == decision.status


async def test_values_are_not_repeated_in_the_answer() -> None:
    """A fault names place and rule, never what was sent."""
    decision = await decide(POLICY, placed(b'{"customer":{"name":"A"},"lines":[{"sku":"x","quantity":"s3cret"}]}'))
    assert decision.problem is not None
    assert "s3cret" not in repr(decision.problem.details())


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":1,"a":2}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"1" * 5_000,
        b'{"a":"\\ud800"}',
        b"{}x",
    ],
)
async def test_what_two_readers_read_differently_is_no_json(body: bytes) -> None:
    """Malformed, NaN, members named twice, other encodings, lone surrogates: 400."""
    decision = await decide(POLICY, placed(body))
    assert (400, "validate.json") == (decision.status, decision.code)


@pytest.mark.parametrize(
    ("headers", "body", "code", "status"),
    [
        ((), GOOD, "validate.media_type", 415),
        ((("content-type", "text/plain"),), GOOD, "validate.media_type", 415),
        ((("content-type", "application/json; charset=latin-1"),), GOOD, "validate.media_type", 415),
        ((("content-type", "Application/JSON; charset=UTF-8"),), GOOD, "ok", 200),
        (JSON, b"", "validate.body_missing", 400),
    ],
)
async def test_the_media_type_is_the_contracts(headers: Any, body: bytes, code: str, status: int) -> None:
    """Another one is 415 and told which; none at all too; an empty body is 400."""
    decision = await decide(POLICY, placed(body, headers))
    assert (code, status) == (decision.code, decision.status)


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        (b"", []),
        (b"limit=10&open=true&state=new&tag=a&tag=b", []),
        (b"limit=0", [("limit", "minimum")]),
        (b"limit=1.0", [("limit", "type")]),
        (b"limit=%2B1", [("limit", "type")]),
        (b"limit=1&limit=2", [("limit", "repeated")]),
        (b"open=yes", [("open", "type")]),
        (b"state=gone", [("state", "anyOf")]),
        (b"tag=", [("tag", "minLength")]),
        (b"drop=1", [("drop", "unknown")]),
    ],
)
async def test_query_parameters_are_coerced_and_checked(query: bytes, faults: list[tuple[str, str]]) -> None:
    """400 for a value of another type, out of range, given twice, or under a name nobody knows."""
    given = Given(operation=OPERATIONS["shop.list"], query=query, path_values=())
    decision = await decide(POLICY, given)
    assert faults == decision.faults
    assert (400 if faults else 200) == decision.status


@pytest.mark.parametrize(("value", "faults"), [("7", []), ("x", [("order_id", "type")])])
async def test_path_values_are_checked(value: str, faults: list[tuple[str, str]]) -> None:
    """A name in the path has a schema too."""
    assert faults == (await decide(POLICY, Given(operation=OPERATIONS["shop.read"], path_values=(value,)))).faults


BAD: list[tuple[dict[str, Any], str]] = [
    ({"openapi": "3.0.3"}, "OpenAPI 3.1 is understood"),
    ({"paths": {"/a": {"get": {}}}}, "no operationId"),
    ({"paths": {"/a": {"get": {"operationId": "a"}}}}, "names no scope"),
    ({"paths": {"/a": {"get": {"operationId": "a", "security": [{}]}}}}, "would let anyone in"),
    ({"paths": {"/a": {"get": {"operationId": "a", "security": [{"o": []}]}}}}, "would let anyone in"),
    (
        {"paths": {"/a": {"get": {"operationId": "a", "security": [{"o": ["s"]}], "parameters": [{"$ref": "#/x"}]}}}},
        "leads nowhere",
    ),
    (
        {
            "paths": {
                "/a": {
                    "get": {
                        "operationId": "a",
                        "security": [{"o": ["s"]}],
                        "parameters": [{"name": "c", "in": "cookie", "schema": {}}],
                    }
                }
            }
        },
        "cannot be checked",
    ),
]


@pytest.mark.req(8)
@pytest.mark.parametrize(("document", "reason"), BAD)
def test_a_document_that_leaves_a_question_open_is_refused(document: dict[str, Any], reason: str) -> None:
    """Nothing is open by silence, and nothing is skipped because it is hard to check."""
    with pytest.raises(ContractRefused, match=reason):
        list(read({"openapi": "3.1.0", **document}, product="p", prefix="/p", upstream="p"))


def test_a_schema_that_is_none_is_refused_when_it_is_compiled() -> None:
    """The operation is named."""
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/a": {
                "get": {
                    "operationId": "a",
                    "security": [{"o": ["s"]}],
                    "parameters": [{"name": "q", "in": "query", "schema": {"type": "sting"}}],
                }
            }
        },
    }
    operations = list(read(document, product="p", prefix="/p", upstream="p"))
    with pytest.raises(ContractRefused, match=r"p\.a"):
        Validate(Config(), operations=operations)


@pytest.mark.req(30)
def test_a_fixed_segment_goes_before_a_named_one() -> None:
    """Templates match whole segments only; a named one is never empty."""

    def operation(name: str, path: str) -> Operation:
        return Operation(name=name, product="p", method="GET", path=path, scopes=())

    router = Router(
        [
            operation("one", "/a/{x}"),
            operation("two", "/a/b"),
            operation("deep", "/a/{x}/c"),
            operation("low", "/a/b/d"),
        ]
    )
    found = {
        target: router.find(target) for target in (b"/a/b", b"/a/z", b"/a/b/c", b"/a", b"/a/b/c/d", b"/a/", b"/a/x%20y")
    }
    names = {target.decode(): [each.name for each in methods.values()] for target, (methods, _) in found.items()}
    assert {
        "/a/b": ["two"],
        "/a/z": ["one"],
        "/a/b/c": ["deep"],
        "/a": [],
        "/a/b/c/d": [],
        "/a/": [],
        "/a/x%20y": ["one"],
    } == names
    assert ("x y",) == found[b"/a/x%20y"][1]
    with pytest.raises(RouteRefused, match="both answer"):
        Router([operation("one", "/a/{x}"), operation("other", "/a/{y}")])
