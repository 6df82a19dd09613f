"""Many rows written in small calls: what is sent again, what is split, and what is told."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.force import OrgClient, Writer, problem_from
from kit.http import VendorClient

SAVED = {"id": "a00J50000000001AAA", "success": True, "errors": []}


def failed(code: str, message: str = "words") -> dict[str, Any]:
    """A row that was not saved."""
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}


def writer(answer: Callable[[list[Any]], list[Any]], sent: list[list[Any]]) -> Writer:
    """A writer, two rows in a call, whose vendor is a function of the rows."""

    def served(request: httpx.Request) -> httpx.Response:
        ids = request.url.params.get("ids", "")
        rows = ids.split(",") if ids else msgspec.json.decode(request.content)["records"]
        sent.append(rows)
        return httpx.Response(200, json=answer(rows))

    http = VendorClient(
        name="org",
        base_url="https://org.test",
        problem_from=problem_from,
        clock=ManualClock(),
        random=random.Random(1),
        transport=httpx.MockTransport(served),
    )
    return Writer(OrgClient(http, version="66.0"), chunk=2, clock=ManualClock(), random=random.Random(1))


async def test_rows_go_in_small_calls_and_figures_keep_their_digits() -> None:
    """In order, typed, by key, each for itself; a figure is a JSON number and no text."""
    sent: list[list[Any]] = []
    ids = await writer(lambda rows: [SAVED] * len(rows), sent).upsert(
        "Thing__c", "Key__c", [{"Key__c": str(number), "Amount__c": Decimal("0.10")} for number in range(3)]
    )

    assert [2, 1] == [len(rows) for rows in sent]
    assert {"attributes": {"type": "Thing__c"}, "Key__c": "2", "Amount__c": 0.1} == sent[1][0]
    assert ["a00J50000000001AAA"] * 3 == ids


async def test_a_locked_row_is_sent_again_alone_and_given_up_in_the_end() -> None:
    """Its neighbour is saved and not sent again."""
    sent: list[list[Any]] = []

    def answer(rows: list[Any]) -> list[Any]:
        return [failed("UNABLE_TO_LOCK_ROW") if row["Key__c"] == "b" else SAVED for row in rows]

    with pytest.raises(Problem) as locked:
        await writer(answer, sent).upsert("Thing__c", "Key__c", [{"Key__c": "a"}, {"Key__c": "b"}])

    assert [2, 1, 1, 1, 1, 1] == [len(rows) for rows in sent]
    assert (Kind.CONFLICT, "1") == (locked.value.kind, locked.value.context["rows_saved"])


@pytest.mark.parametrize(("limit", "calls"), [(1, [2, 1, 1]), (0, [2, 1])])
async def test_a_call_that_is_too_heavy_is_halved_down_to_a_single_row(limit: int, calls: list[int]) -> None:
    """A single row that is too heavy by itself is a problem."""
    sent: list[list[Any]] = []
    heavy = failed("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "System.LimitException: Apex CPU time limit exceeded")

    def answer(rows: list[Any]) -> list[Any]:
        return [heavy if len(rows) > limit else SAVED for _ in rows]

    refused: Problem | None = None
    try:
        await writer(answer, sent).update("Thing__c", [{"id": "a"}, {"id": "b"}])
    except Problem as problem:
        refused = problem

    assert calls == [len(rows) for rows in sent]
    assert (limit == 0) == (refused is not None)


async def test_what_is_gone_already_was_deleted() -> None:
    """Anything else that hinders a deletion is told."""
    sent: list[list[Any]] = []
    await writer(lambda rows: [failed("ENTITY_IS_DELETED")] * len(rows), sent).delete(["a00J50000000001AAA"])
    with pytest.raises(Problem) as refused:
        await writer(lambda rows: [failed("DELETE_FAILED")] * len(rows), sent).delete(["a00J50000000001AAA"])

    assert [["a00J50000000001AAA"]] * 2 == sent
    assert (Kind.CONFLICT, "vendor_record_in_use") == (refused.value.kind, refused.value.code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [([], "vendor_garbled"), ({}, "vendor_garbled"), ([{"success": False}], "vendor_refused")],
)
async def test_an_answer_that_says_less_than_it_should_is_not_believed(answer: Any, code: str) -> None:
    """Too few rows, no rows, a refusal without a reason."""
    with pytest.raises(Problem) as unreadable:
        await writer(lambda _: answer, []).update("Thing__c", [{"id": "a"}])

    assert code == unreadable.value.code
