"""Each rule of what a document may not take away, with a difference that breaks it and one that does not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from kit.versions.diff import breaking

PAGE = {"$ref": "#/components/schemas/Page"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/orders": {
            "get": {
                "operationId": "list",
                "security": [{"oauth2": ["orders:read"]}],
                "parameters": [
                    {"name": "state", "in": "query", "required": False, "schema": {"enum": ["open", "paid"]}},
                    {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "maximum": 50}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}}
                },
            },
            "post": {
                "operationId": "place",
                "security": [{"oauth2": ["orders:write"]}],
                "requestBody": {
                    "required": False,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"202": {"description": "Accepted"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Page": {
                "type": "object",
                "required": ["items"],
                "properties": {
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                    "next": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "Order": {
                "type": "object",
                "required": ["sku"],
                "properties": {
                    "sku": {"type": "string", "maxLength": 20},
                    "state": {"enum": ["open", "paid"]},
                    "due": {"type": "string", "format": "date"},
                    "weight": {"type": "integer"},
                    "parent": {"$ref": "#/components/schemas/Order"},
                },
            },
        }
    },
}
Edit = Callable[[dict[str, Any]], Any]


def op(document: dict[str, Any], method: str = "get") -> dict[str, Any]:
    """One of its operations."""
    return dict(document["paths"]["/orders"])[method]


def order(document: dict[str, Any]) -> dict[str, Any]:
    """Its order, which is sent as well as answered."""
    return dict(document["components"]["schemas"])["Order"]


def page(document: dict[str, Any]) -> dict[str, Any]:
    """Its page, which is only answered by the list."""
    return dict(document["components"]["schemas"])["Page"]


BREAKS: list[tuple[str, Edit]] = [
    ("operation_removed", lambda d: d["paths"]["/orders"].pop("get")),
    ("operation_removed", lambda d: d["paths"].clear()),
    ("scope_changed", lambda d: op(d).update(security=[{"oauth2": ["orders:admin"]}])),
    ("parameter_removed", lambda d: op(d)["parameters"].pop()),
    ("parameter_needed", lambda d: op(d)["parameters"][0].update(required=True)),
    ("parameter_needed", lambda d: op(d)["parameters"].append({"name": "x", "in": "query", "required": True})),
    ("request_values_removed", lambda d: op(d)["parameters"][0].update(schema={"enum": ["open"]})),
    ("request_bound_tightened", lambda d: op(d)["parameters"][1]["schema"].update(maximum=10)),
    ("request_bound_tightened", lambda d: op(d)["parameters"][1]["schema"].update(minimum=1)),
    ("request_bound_tightened", lambda d: order(d)["properties"]["sku"].update(maxLength=10)),
    ("request_form_changed", lambda d: order(d)["properties"]["sku"].update(pattern="^[a-z]+$")),
    ("request_type_narrowed", lambda d: op(d)["parameters"][1].update(schema={"type": "boolean"})),
    ("request_member_removed", lambda d: order(d)["properties"].pop("weight")),
    ("request_member_needed", lambda d: order(d)["required"].append("due")),
    ("request_member_needed", lambda d: order(d)["properties"].update(new={}) or order(d)["required"].append("new")),
    ("body_needed", lambda d: op(d, "post")["requestBody"].update(required=True)),
    ("body_removed", lambda d: op(d, "post").pop("requestBody")),
    ("media_type_removed", lambda d: op(d, "post")["requestBody"].update(content={"text/csv": {}})),
    ("answer_member_removed", lambda d: page(d)["properties"].pop("next")),
    ("answer_member_uncertain", lambda d: page(d)["required"].clear()),
    ("answer_type_changed", lambda d: page(d)["properties"].update(next={"type": "integer"})),
    ("answer_type_changed", lambda d: order(d)["properties"]["weight"].update(type=["integer", "null"])),
    ("answer_values_opened", lambda d: order(d)["properties"].update(state={"type": "string"})),
    ("answer_values_replaced", lambda d: order(d)["properties"].update(state={"enum": ["new", "old"]})),
    ("answer_format_changed", lambda d: order(d)["properties"]["due"].pop("format")),
    ("answer_status_changed", lambda d: op(d, "post").update(responses={"200": {"description": "OK"}})),
    ("answer_removed", lambda d: op(d).update(responses={"200": {"description": "OK"}})),
]
GROWTH: list[tuple[str, Edit]] = [
    ("nothing", lambda d: None),
    ("an operation", lambda d: d["paths"].update({"/new": {"get": {"operationId": "new"}}})),
    ("an optional parameter", lambda d: op(d)["parameters"].append({"name": "x", "in": "query", "schema": {}})),
    ("an optional member", lambda d: order(d)["properties"].update(note={"type": "string"})),
    ("a value", lambda d: order(d)["properties"].update(state={"enum": ["open", "paid", "late"]})),
    ("a wider bound", lambda d: op(d)["parameters"][1]["schema"].update(maximum=500)),
    ("no bound", lambda d: op(d)["parameters"][1]["schema"].pop("maximum")),
    ("a wider type", lambda d: op(d)["parameters"][1].update(schema={"type": "number"})),
    ("a certain member", lambda d: page(d)["required"].append("next")),
    ("a media type", lambda d: op(d, "post")["requestBody"]["content"].update({"text/csv": {}})),
    ("words", lambda d: op(d).update(summary="other words")),
]


def changed(edit: Edit) -> dict[str, Any]:
    """The document after an edit."""
    later = copy.deepcopy(DOCUMENT)
    edit(later)
    return later


@pytest.mark.req(22)
@pytest.mark.parametrize(("rule", "edit"), BREAKS)
def test_what_takes_away_is_a_break(rule: str, edit: Edit) -> None:
    """Each rule is found by its name."""
    assert rule in {each.rule for each in breaking(DOCUMENT, changed(edit))}


@pytest.mark.parametrize(("what", "edit"), GROWTH)
def test_what_only_adds_is_none(what: str, edit: Edit) -> None:
    """Callers of the earlier document go on."""
    assert [] == [str(each) for each in breaking(DOCUMENT, changed(edit))], what


def test_a_break_says_where() -> None:
    """Method, path and member, so that its author finds it."""
    (found,) = breaking(DOCUMENT, changed(lambda d: page(d)["properties"].pop("next")))
    assert "GET /orders answer.next: answer member removed" == str(found)
