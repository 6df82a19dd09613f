"""A small published contract, with one operation of each sort the door treats differently."""

from __future__ import annotations

from typing import Any


def operation(name: str, scope: str = "orders:read", **more: Any) -> dict[str, Any]:
    """One operation of the document."""
    return {"operationId": name, "tags": ["orders"], "security": [{"oauth2": [scope]}], **more}


def query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """An optional query parameter."""
    return {"name": name, "in": "query", "required": False, "schema": schema}


def header(name: str) -> dict[str, Any]:
    """A header field that is needed."""
    return {"name": name, "in": "header", "required": True, "schema": {"type": "string", "minLength": 1}}


ORDER_ID = {"name": "order_id", "in": "path", "required": True, "schema": {"type": "integer"}}
BODY = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
UPLOAD = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
SCHEMAS: dict[str, Any] = {
    "Order": {
        "type": "object",
        "required": ["customer", "lines"],
        "properties": {
            "customer": {"$ref": "#/components/schemas/Customer"},
            "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Line"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "due": {"type": "string", "format": "date"},
            "kind": {"type": "object", "additionalProperties": {"type": "string"}},
            "gift": {"$ref": "#/components/schemas/Gift"},
        },
    },
    "Customer": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    "Line": {
        "type": "object",
        "required": ["sku", "quantity"],
        "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1}},
    },
    "Addressed": {"type": "object", "properties": {"to": {"type": "string"}}},
    "Gift": {
        "allOf": [
            {"$ref": "#/components/schemas/Addressed"},
            {"type": "object", "properties": {"from": {"type": "string"}}},
        ]
    },
    "State": {"type": "string", "enum": ["new", "paid"]},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "get": operation(
                "list",
                parameters=[
                    query("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
                    query("open", {"type": "boolean"}),
                    query("state", {"anyOf": [{"$ref": "#/components/schemas/State"}, {"type": "null"}]}),
                    query("tag", {"type": "array", "items": {"type": "string", "minLength": 1}}),
                ],
            ),
            "post": operation("place", "orders:write", requestBody=BODY),
        },
        "/orders/{order_id}": {
            "get": operation("read"),
            "delete": operation("drop", "orders:write"),
            "parameters": [ORDER_ID],
        },
        "/orders/{order_id}/approval": {
            "parameters": [ORDER_ID],
            "post": operation("approve", "orders:write", parameters=[header("Idempotency-Key"), header("If-Match")]),
        },
        "/files": {"post": operation("upload", "orders:write", requestBody=UPLOAD)},
    },
    "components": {"schemas": SCHEMAS},
}
