"""What is sent and what is answered: a token of an issuer, 1.2 KB of JSON back, 2.3 KB of a checked order there."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER: Final = "https://idp.example"
AUDIENCE: Final = "sluice-gateway"
GET: Final = "/api/v1/items?limit=13"
POST: Final = "/api/v1/orders"
ROUTES: Final = """
[[product]]
name = "shop"
title = "Shop"
owner = "shop-team"
prefix = "/api/v1"
upstream = "process"
documents = ["shop"]
limits = "100000000/minute"
"""
_TEXT: Final = {"type": "string", "maxLength": 200}
_ITEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "name", "price", "in_stock", "tags"],
    "properties": {
        "id": {"type": "integer"},
        "name": _TEXT,
        "price": {"type": "number", "minimum": 0},
        "in_stock": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
_LINE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["sku", "quantity", "price", "tax", "attributes"],
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 1000},
        "price": {"type": "number", "minimum": 0},
        "tax": {"type": "number", "minimum": 0, "maximum": 1},
        "attributes": {"type": "object", "properties": {"colour": _TEXT, "size": _TEXT, "gift": {"type": "boolean"}}},
    },
}
_ORDER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["reference", "currency", "customer", "tags", "lines"],
    "properties": {
        "reference": _TEXT,
        "currency": {"type": "string", "enum": ["EUR", "GBP", "USD"]},
        "customer": {
            "type": "object",
            "required": ["name", "email", "address"],
            "properties": {
                "name": _TEXT,
                "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
                "address": {"type": "object", "properties": {"street": _TEXT, "city": _TEXT, "country": _TEXT}},
            },
        },
        "tags": {"type": "array", "items": _TEXT},
        "lines": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/components/schemas/Line"}},
    },
}


def answer() -> str:
    """What the tier answers."""
    items = [
        {"id": 1000 + n, "name": f"Article number {n:02}", "price": 10.5 + n, "in_stock": n % 3 > 0, "tags": ["a", "b"]}
        for n in range(13)
    ]
    text = json.dumps({"items": items, "total": 1300, "next": ""}, separators=(",", ":"))
    return text.replace('"next":""', f'"next":"{"x" * (1200 - len(text))}"')


def order() -> str:
    """What is posted."""
    attributes = {"colour": "anthracite grey", "size": "medium", "gift": False}
    lines = [
        {"sku": f"ABC-{n:04}", "quantity": n + 1, "price": 19.99 + n, "tax": 0.19, "attributes": attributes}
        for n in range(13)
    ]
    customer = {
        "name": "Northwind France SAS",
        "email": "orders@northwind.example",
        "address": {"street": "12 rue de la Paix", "city": "Paris", "country": "FR"},
    }
    tags = ["priority", "renewal", "emea"]
    whole = {"reference": "PO-1", "currency": "EUR", "customer": customer, "tags": tags, "lines": lines}
    whole["reference"] = "PO-1" + "x" * max(0, 2294 - len(json.dumps(whole)))
    return json.dumps(whole)


def document() -> dict[str, Any]:
    """The published contract: sixty operations, of which two are asked."""
    paths: dict[str, Any] = {
        "/items": {
            "get": _operation(
                "items",
                {"type": "object", "properties": {"items": {"type": "array", "items": _ITEM}, "total": {}, "next": {}}},
                parameters=[{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}],
            )
        },
        "/orders": {
            "post": _operation(
                "place",
                {"type": "object"},
                parameters=[
                    {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}
                ],
                requestBody={"required": True, "content": {"application/json": {"schema": _ref("Order")}}},
            )
        },
    }
    for n in range(29):
        paths[f"/things{n}"] = {"get": _operation(f"list{n}", {"type": "object"})}
        paths[f"/things{n}/{{key}}"] = {
            "get": _operation(
                f"read{n}",
                {"type": "object"},
                parameters=[{"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}],
            )
        }
    schemas = {"Order": _ORDER, "Line": _LINE}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _operation(name: str, answered: dict[str, Any], **more: Any) -> dict[str, Any]:
    responses = {"200": {"description": "done", "content": {"application/json": {"schema": answered}}}}
    security = [{"oauth2": ["shop:use"]}]
    return {"operationId": name, "tags": ["shop"], "security": security, "responses": responses, **more}


def write(folder: Path) -> str:
    """Make keys and files for everybody; gives the token that is sent."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.pem").write_bytes(pem)
    jwk = {**RSAAlgorithm.to_jwk(public, as_dict=True), "kid": "k1", "use": "sig", "alg": "RS256"}
    (folder / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    (folder / "routes.toml").write_text(ROUTES)
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "bench", "scope": "shop:use", "iat": now, "nbf": now}
    claims |= {"exp": now + 3_600, "jti": "0123456789abcdef"}
    token = jwt.encode(claims, key, algorithm="RS256", headers={"typ": "at+jwt", "kid": "k1"})
    (folder / "token").write_text(token)
    (folder / "get.lua").write_text(_script(token, ""))
    (folder / "post.lua").write_text(_script(token, order()))
    return token


def _script(token: str, body: str) -> str:
    lines = [f'wrk.headers["Authorization"] = "Bearer {token}"', 'wrk.headers["Accept"] = "application/json"']
    if body:  # each command has a key of its own, else the door would answer the second from what it kept
        lines += ['wrk.method = "POST"', f"wrk.body = [[{body}]]", 'wrk.headers["Content-Type"] = "application/json"']
        lines += ['local key = os.time() .. "-" .. math.floor(os.clock() * 1e6) .. "-"', "local number = 0"]
        lines += ["function request()", "  number = number + 1", '  wrk.headers["Idempotency-Key"] = key .. number']
        lines += ["  return wrk.format()", "end"]
    return "\n".join(lines) + "\n"
