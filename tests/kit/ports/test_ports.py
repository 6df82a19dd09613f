import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException

from contracts.problem import Kind, Problem, Retry
from kit.caller import Caller, calling
from kit.ports import connect, document, serve
from kit.ports.reading import pointer
from kit.tier.answers import on_exception, on_http_exception, on_problem
from tests.kit.ports.toys import Order, Shop, Toy, Toys

TOY = Toy(name="top", price=Decimal("10.10"), made_on=dt.date(2026, 11, 20))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = Litestar(
        [serve(Toys, shop, "/toy_shop")],
        exception_handlers={Problem: on_problem, HTTPException: on_http_exception, Exception: on_exception},
        openapi_config=None,
        logging_config=None,
    )
    with calling(Caller(subject="tester", scopes=frozenset({"toys:*"}))):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toys") as client:
            yield client


@pytest.mark.req(8, 62)
async def test_what_goes_in_at_one_end_comes_out_at_the_other(http: httpx.AsyncClient, shop: Shop) -> None:
    """Decimals, dates, headers and path parameters survive the round trip through HTTP."""
    toys = connect(Toys, http, prefix="/toy_shop")

    assert Toy(name="a b", price=Decimal("20.20"), made_on=TOY.made_on) == await toys.toy(name="a b", size=2)
    assert TOY == await toys.put_toy(name="top", body=TOY, if_match='"v1"')
    assert TOY == await toys.order(body=Order(lines=[TOY]), idempotency_key="k1")
    await toys.drop(name="top")
    assert [("top", "v1"), "k1", "top"] == shop.seen


@pytest.mark.req(7)
async def test_a_problem_is_raised_again_as_itself(http: httpx.AsyncClient) -> None:
    """Kind, code, hint, verdict and context cross the wire."""
    with pytest.raises(Problem) as caught:
        await connect(Toys, http, prefix="/toy_shop").toy(name="gone")

    problem = caught.value
    assert (Kind.NOT_FOUND, "toy_unknown", Retry.NEVER) == (problem.kind, problem.code, problem.retry)
    assert ("look at the list", {"name": "gone"}) == (problem.hint, problem.context)


async def test_a_fault_of_ours_is_told_without_its_inside(http: httpx.AsyncClient) -> None:
    """An unexpected exception becomes a 500 problem that names neither class nor message."""
    answer = await http.get("/toy_shop/toys/broken")

    assert 500 == answer.status_code
    assert "unexpected" == answer.json()["code"]
    assert "nobody must see" not in answer.text


@pytest.mark.req(4)
@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        (b'{"lines": [', 400, "malformed_json", None),
        (b"\xff\xfe", 400, "malformed_json", None),
        (b'{"lines": [], "extra": 1}', 422, "unknown_field", "/extra"),
        (b'{"lines": [{"name": "x", "price": "1", "made_on": 7}]}', 422, "invalid_field", "/lines/0/made_on"),
        (b'{"lines": [{"name": "x", "price": "1"}]}', 422, "invalid_field", "/lines/0/made_on"),
        (b'{"lines": [], "note": "too long"}', 422, "invalid_field", "/note"),
        (b"{}", 422, "invalid_field", "/lines"),
        (b"[]", 422, "invalid_field", ""),
    ],
)
async def test_a_body_that_breaks_the_contract_is_refused_with_a_pointer(
    http: httpx.AsyncClient, body: bytes, status: int, code: str, where: str | None
) -> None:
    """Each fault has its status, a stable code and the JSON pointer of the field."""
    answer = await http.post("/toy_shop/orders", content=body, headers={"Idempotency-Key": "k"})

    told = answer.json()
    assert (status, code, "application/problem+json") == (
        answer.status_code,
        told["code"],
        answer.headers["content-type"],
    )
    assert where == (told["errors"][0]["pointer"] if "errors" in told else None)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/toy_shop/toys/x?size=big", 422, "invalid_parameter"),
        ("/toy_shop/toys/x?colour=red", 400, "unknown_parameter"),
        ("/toy_shop/toys/x?size=1&size=2", 400, "repeated_parameter"),
        ("/toy_shop/nothing", 404, "path_unknown"),
    ],
)
async def test_a_query_that_breaks_the_contract_is_refused(
    http: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    """Unknown, repeated and ill-typed parameters are told apart."""
    answer = await http.get(path)

    assert (status, code) == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/toy_shop/orders", 400, "idempotency_key_required"),
        ("PUT", "/toy_shop/toys/x", 428, "if_match_required"),
    ],
)
async def test_a_missing_header_that_guards_an_effect_is_refused(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    """Without its key a command is not begun; without the ETag a replacement is not made."""
    answer = await http.request(method, path, json={})

    assert (status, code) == (answer.status_code, answer.json()["code"])


@pytest.mark.req(2, 289)
async def test_a_caller_without_the_scope_is_refused(http: httpx.AsyncClient) -> None:
    """The tier itself checks the scope, whatever the gateway did."""
    with calling(Caller(subject="reader", scopes=frozenset({"toys:read"}))):
        answer = await http.delete("/toy_shop/toys/top")

    assert (403, "scope_missing") == (answer.status_code, answer.json()["code"])


async def test_a_read_carries_the_etag_of_what_it_shows(http: httpx.AsyncClient) -> None:
    """The tag in the struct is the tag in the header, so that a decision can be bound to it."""
    assert '"v1"' == (await http.get("/toy_shop/toys/top")).headers["etag"]


def test_a_service_that_does_not_answer_its_contract_is_refused_at_start() -> None:
    """A missing method is found before the first request."""
    with pytest.raises(TypeError, match=r"object does not answer Toys\.toy"):
        serve(Toys, object(), "/x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Expected `int`, got `str` - at `$.a[3].b`", "/a/3/b"),
        ("Object contains unknown field `x/y` - at `$.a`", "/a/x~1y"),
        ("Object missing required field `b`", "/b"),
        ("Expected `object`, got `array`", ""),
    ],
)
def test_a_complaint_becomes_a_json_pointer(text: str, expected: str) -> None:
    """RFC 6901, with its escapes."""
    assert expected == pointer(text)


@pytest.mark.req(8)
def test_the_document_is_drawn_from_the_contract_alone() -> None:
    """Operation ids, scopes, problem answers, headers and examples stand in the OpenAPI 3.1 document."""
    told = document(title="Toys", about="All of them.", version="1", mounts=[(Toys, "/{shop}/toys")])
    order = told["paths"]["/{shop}/toys/orders"]["post"]

    assert "3.1.0" == told["openapi"]
    assert "toys_order" == order["operationId"]
    assert [{"oauth2": ["toys:write"]}] == order["security"]
    assert {"202", "400", "401", "403", "404", "422", "429", "503"} == set(order["responses"])
    assert ["shop", "Idempotency-Key"] == [parameter["name"] for parameter in order["parameters"]]
    assert "2027-03-01" == order["requestBody"]["content"]["application/json"]["example"]["lines"][0]["made_on"]
