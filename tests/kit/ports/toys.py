"""A small contract for the tests of the ports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.canonical.field import Command, Noun
from contracts.port import Header, delete, get, post, put
from contracts.problem import Kind, Problem


class Toy(Noun, frozen=True, kw_only=True):
    name: str
    price: Decimal
    made_on: dt.date
    etag: str = "v1"


class Order(Command, frozen=True, kw_only=True):
    lines: list[Toy]
    note: Annotated[str, Meta(max_length=5)] = ""


class Toys(Protocol):
    @get("/toys/{name}", scope="toys:read", problems=(404,))
    async def toy(self, *, name: str, size: int = 1) -> Toy:
        """Read one toy."""
        ...

    @put("/toys/{name}", scope="toys:write")
    async def put_toy(self, *, name: str, body: Toy, if_match: Annotated[str, Header("If-Match")]) -> Toy:
        """Replace a toy."""
        ...

    @post("/orders", scope="toys:write", status=202)
    async def order(self, *, body: Order, idempotency_key: Annotated[str, Header("Idempotency-Key")]) -> Toy:
        """Order toys."""
        ...

    @delete("/toys/{name}", scope="toys:write", problems=(404,))
    async def drop(self, *, name: str) -> None:
        """Throw one away."""
        ...


class Shop:
    def __init__(self) -> None:
        self.seen: list[object] = []

    async def toy(self, *, name: str, size: int = 1) -> Toy:
        if name == "gone":
            raise Problem(Kind.NOT_FOUND, "toy_unknown", "no such toy", hint="look at the list", context={"name": name})
        if name == "broken":
            raise ZeroDivisionError("inside that nobody must see")
        return Toy(name=name, price=Decimal("10.10") * size, made_on=dt.date(2026, 11, 20))

    async def put_toy(self, *, name: str, body: Toy, if_match: str) -> Toy:
        self.seen.append((name, if_match))
        return body

    async def order(self, *, body: Order, idempotency_key: str) -> Toy:
        self.seen.append(idempotency_key)
        return body.lines[0]

    async def drop(self, *, name: str) -> None:
        self.seen.append(name)
