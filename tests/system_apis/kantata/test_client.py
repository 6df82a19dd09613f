"""What the vendor's answers mean to us, and pages that do not come to an end."""

from __future__ import annotations

import random
from collections.abc import Callable

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from kit.clock import ManualClock
from kit.http import Limits, VendorClient
from kit.settings import Secret
from system_apis.kantata import wire
from system_apis.kantata.auth import standing_token
from system_apis.kantata.client import Kantata, problem_from

pytestmark = pytest.mark.req(7, 40)

_VALIDATION = b'{"errors":[{"type":"validation","message":"Title can\'t be blank","field":"title"}]}'


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "retry"),
    [
        (400, b"{}", Kind.INVALID, "kantata.malformed", Retry.NEVER),
        (401, b"{}", Kind.UNAUTHENTICATED, "kantata.token_refused", Retry.NEVER),
        (403, b"{}", Kind.FORBIDDEN, "kantata.forbidden", Retry.NEVER),
        (404, b"{}", Kind.NOT_FOUND, "kantata.not_found", Retry.NEVER),
        (422, _VALIDATION, Kind.INVALID, "kantata.validation", Retry.NEVER),
        (429, b"", Kind.RATE_LIMITED, "kantata.throttled", Retry.LATER),
        (500, b"<html>", Kind.UNAVAILABLE, "kantata.failed", Retry.LATER),
        (502, b"", Kind.UNAVAILABLE, "kantata.unavailable", Retry.LATER),
        (503, b"{}", Kind.UNAVAILABLE, "kantata.unavailable", Retry.LATER),
        (504, b"", Kind.TIMEOUT, "kantata.timeout", Retry.LATER),
        (507, b"", Kind.UNAVAILABLE, "kantata.failed", Retry.LATER),
        (302, b"", Kind.UNEXPECTED, "kantata.unexpected", Retry.NEVER),
        (201, _VALIDATION, Kind.INVALID, "kantata.partial", Retry.NEVER),
    ],
)
def test_each_refusal_has_a_kind_a_code_and_a_verdict(
    status: int, body: bytes, kind: Kind, code: str, retry: Retry
) -> None:
    """One table, whatever the body looks like."""
    problem = problem_from(httpx.Response(status, content=body))

    assert problem is not None
    assert (kind, code, retry) == (problem.kind, problem.code, problem.retry)


@pytest.mark.parametrize(("status", "body"), [(200, b'{"count":0,"results":[]}'), (204, b""), (201, b"not json")])
def test_a_good_answer_is_no_problem(status: int, body: bytes) -> None:
    """A success without errors passes; what cannot be read is judged where it is read."""
    assert problem_from(httpx.Response(status, content=body)) is None


def test_the_vendors_words_and_fields_are_kept() -> None:
    """The message is the detail, the field the pointer."""
    problem = problem_from(httpx.Response(422, content=_VALIDATION))

    assert problem is not None
    assert ("Title can't be blank", [("title", "validation")]) == (
        problem.detail,
        [(error.pointer, error.code) for error in problem.errors],
    )


def _kantata(answer: Callable[[httpx.Request], httpx.Response], **limits: float) -> Kantata:
    return Kantata(
        VendorClient(
            name="psa-main",
            base_url="http://vendor.example/api/v1",
            fetch_token=standing_token(Secret("secret-token")),
            problem_from=problem_from,
            limits=Limits(**limits),  # type: ignore[arg-type]  # whole numbers serve as well
            clock=ManualClock(),
            random=random.Random(1),
            transport=httpx.MockTransport(answer),
        )
    )


def _page(count: int, ids: list[str]) -> httpx.Response:
    return httpx.Response(
        200,
        content=msgspec.json.encode(
            {
                "count": count,
                "results": [{"key": "roles", "id": one} for one in ids],
                "roles": {one: {"id": one, "name": f"R{one}"} for one in reversed(ids)},
            }
        ),
    )


@pytest.mark.parametrize("second", [["1", "2"], []])
async def test_pages_that_repeat_or_run_dry_are_refused(second: list[str]) -> None:
    """A page with nothing new before the count is reached is a loop or a gap, and neither may pass for the end."""
    pages = iter([["1", "2"], second, second])

    with pytest.raises(Problem) as caught:
        await _kantata(lambda request: _page(5, next(pages))).rows("roles", wire.Role)

    assert ("kantata.paging_loop", Retry.LATER) == (caught.value.code, caught.value.retry)


async def test_all_pages_are_read_in_order() -> None:
    """Page numbers rise until the count is reached; 200 a page are asked for."""
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        page = request.url.params["page"]
        asked.append((page, request.url.params["per_page"]))
        return _page(3, ["1", "2"] if page == "1" else ["3"])

    rows = await _kantata(answer).rows("roles", wire.Role)

    assert (["1", "2", "3"], [("1", "200"), ("2", "200")]) == ([row.id for row in rows], asked)


async def test_a_create_whose_answer_cannot_be_read_is_in_doubt() -> None:
    """The row may stand: the outcome is unknown, not failed."""
    for body in (b"not json", b'{"count":0,"results":[]}'):
        kantata = _kantata(lambda request, body=body: httpx.Response(201, content=body))  # type: ignore[misc]  # bound early
        with pytest.raises(Problem) as caught:
            await kantata.create("roles", wire.Role, singular="role", body={"name": "R"})

        assert Kind.UNKNOWN_OUTCOME == caught.value.kind


async def test_a_read_that_cannot_be_read_may_be_tried_later() -> None:
    """Nothing happened, so the problem is only that of availability."""
    with pytest.raises(Problem) as caught:
        await _kantata(lambda request: httpx.Response(200, content=b"<html>")).rows("roles", wire.Role)

    assert Kind.UNAVAILABLE == caught.value.kind


@pytest.mark.req(291, 293)
async def test_the_token_is_sent_and_never_told() -> None:
    """It goes out as a bearer and appears in no problem."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(401, json={"errors": [{"type": "oauth", "message": "Invalid OAuth 2 Request"}]})

    with pytest.raises(Problem) as caught:
        await _kantata(answer).rows("roles", wire.Role)

    told = msgspec.json.encode(caught.value.details()).decode() + repr(caught.value)
    assert ({"Bearer secret-token"}, False) == (set(seen), "secret-token" in told)
