"""Answers are changed on their way back where somebody must, and stream through where nobody has to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.editing import edited
from kit.door.returned import Edit, Returned
from tests.gateway.street import ROUTES, Behaviour, Seen, Street, body_of, street
from tests.policies.table import Given

LIMITED = (
    ROUTES
    + """
[[product.hide]]
classification = "confidential"
scope = "finance:read"
"""
)


def answers(
    body: bytes, *, head: bytes = b"200 OK", kind: bytes = b"application/json", chunked: bool = False
) -> Behaviour:
    """A tier that answers so."""

    async def behave(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await body_of(seen, reader)
        framing = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % len(body)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: " + kind + b"\r\n" + framing + b"\r\n\r\n")
        writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body)

    return behave


class Held:
    """An answer as the tier's client hands it over."""

    def __init__(self, body: bytes, *, status: int = 200, kind: bytes = b"application/json") -> None:
        self.status = status
        self.headers = [(b"content-type", kind)]
        self.body: bytes | None = None
        self._parts = body

    async def parts(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._parts), 10):
            yield self._parts[at : at + 10]

    async def close(self) -> None:
        """Nothing is open."""


def shouting(*, must: bool) -> Edit:
    """An edit that shouts."""

    def run(returned: Returned) -> None:
        returned.document = {name: str(each).upper() for name, each in returned.document.items()}

    return Edit("shout", run, must=must)


async def sent(answer: Any, *edits: Edit, length: int | None, most: int = 100, held: int = 20) -> Any:
    """What the client gets, a code, or None for unseen."""
    request = Given().request()
    request.edits = edits
    outcome = await edited(answer, request, length=length, held=held, most=most)
    return getattr(outcome, "code", outcome)


SMALL, LARGE = b'{"a":"x"}', b'{"a":"' + b"x" * 50 + b'"}'


@pytest.mark.parametrize(
    ("body", "length", "must", "expected"),
    [
        (SMALL, len(SMALL), False, b'{"a":"X"}'),
        (SMALL, len(SMALL), True, b'{"a":"X"}'),
        (LARGE, len(LARGE), False, None),
        (LARGE, len(LARGE), True, LARGE.upper().replace(b'"A"', b'"a"')),
        (SMALL, None, False, None),
        (SMALL, None, True, b'{"a":"X"}'),
        (LARGE * 3, len(LARGE) * 3, True, "forward.unseen"),
        (LARGE * 3, None, True, "forward.unseen"),
    ],
)
async def test_who_must_see_an_answer_sees_it_or_nobody_does(
    body: bytes, length: int | None, must: bool, expected: Any
) -> None:
    """Who only may look lets large and endless answers pass; who must has them read, up to a cap."""
    assert expected == await sent(Held(body), shouting(must=must), length=length)


@pytest.mark.parametrize("status", [204, 304, 404, 500])
async def test_problems_and_empty_answers_pass(status: int) -> None:
    """They are in no version's shape and hold nothing classified."""
    assert None is await sent(Held(SMALL, status=status), shouting(must=True), length=len(SMALL))


async def test_what_is_no_json_is_not_sent_to_whom_something_may_be_hidden() -> None:
    """A file could hold anything."""
    held = Held(b"<html>", kind=b"text/html")

    assert "forward.unseen" == await sent(held, shouting(must=True), length=6)
    assert None is await sent(held, shouting(must=False), length=6)


async def test_edits_are_made_in_the_opposite_order() -> None:
    """Who looked first at the request looks last at the answer."""
    order: list[str] = []

    def noting(name: str) -> Edit:
        def run(returned: Returned) -> None:
            order.append(name)

        return Edit(name, run, must=False)

    await sent(Held(SMALL), noting("first"), noting("second"), length=len(SMALL))

    assert ["second", "first"] == order


@asynccontextmanager
async def hiding(folder: Path, behave: Behaviour, document: dict[str, Any]) -> AsyncIterator[Street]:
    """A street whose orders have a confidential price."""
    async with street(folder, behave=behave, routes=LIMITED) as place:
        place.gateway.swap({"shop": document})
        yield place


def priced() -> dict[str, Any]:
    """The shop's contract with an answer to `read`."""
    import copy

    from tests.gateway.shop import DOCUMENT

    document = copy.deepcopy(DOCUMENT)
    price = {"type": "string", "x-classification": "confidential"}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "price": price}}
    content = {"application/json": {"schema": schema}}
    document["paths"]["/orders/{order_id}"]["get"]["responses"] = {"200": {"content": content}}
    return document


@pytest.mark.req(291)
@pytest.mark.parametrize("chunked", [False, True])
async def test_over_the_wire_what_is_hidden_is_gone_and_the_length_is_right(tmp_path: Path, chunked: bool) -> None:
    """The client reads to the declared end; with the scope it gets the tier's own bytes."""
    whole = b'{ "id": 7, "price": "1.00" }'
    async with hiding(tmp_path, answers(whole, chunked=chunked), priced()) as place:
        answer = await place.get("/shop/orders/7")
        assert ({"id": 7}, "1") == (answer.json(), answer.headers["sluice-masked"])
        assert str(len(answer.content)) == answer.headers["content-length"]
        head = await place.client.head("/shop/orders/7", headers=place.bearer())
        assert (b"", answer.headers["content-length"]) == (head.content, head.headers["content-length"])
        cleared = place.bearer(scope="orders:read finance:read")
        assert whole == (await place.client.get("/shop/orders/7", headers=cleared)).content


async def test_a_tier_that_sends_a_page_instead_is_a_fault_of_ours(tmp_path: Path) -> None:
    """502, with a code that names neither the page nor the field."""
    async with hiding(tmp_path, answers(b"<html>1.00</html>", kind=b"text/html"), priced()) as place:
        answer = await place.get("/shop/orders/7")

        assert (502, "forward.unseen") == (answer.status_code, answer.json()["code"])
        assert "1.00" not in answer.text
