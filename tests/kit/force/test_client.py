"""What the client puts on the wire, seen from the other end of it."""

import random
from collections.abc import Callable

import httpx
import pytest

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.force.client import OrgClient
from kit.force.problems import problem_from
from kit.http import VendorClient

pytestmark = pytest.mark.req(32)


def client(answer: Callable[[httpx.Request], httpx.Response]) -> OrgClient:
    """A client whose vendor is a function."""
    http = VendorClient(
        name="crm-emea",
        base_url="https://org.test",
        problem_from=problem_from,
        clock=ManualClock(),
        random=random.Random(1),
        transport=httpx.MockTransport(answer),
    )
    return OrgClient(http, version="66.0")


async def test_a_write_names_who_wrote() -> None:
    """A change feed tells our own writes by the client they name."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(204)

    await client(answer).update("Opportunity", "006J50000000001IAA", {"Delivery_Status__c": "Ready"})

    assert "client=sluice" == sent[0].headers["sforce-call-options"]
    assert "/services/data/v66.0/sobjects/Opportunity/006J50000000001IAA" == sent[0].url.path
    assert b'{"Delivery_Status__c":"Ready"}' == sent[0].content


async def test_a_batch_answered_in_part_is_not_taken_for_the_whole() -> None:
    """Two questions, one answer: something is wrong, and nothing is guessed."""
    page = {"totalSize": 0, "done": True, "records": []}
    body = {"hasErrors": False, "results": [{"statusCode": 200, "result": page}]}

    with pytest.raises(Problem) as partial:
        await client(lambda _: httpx.Response(200, json=body)).queries(["SELECT 1", "SELECT 2"])

    assert (Kind.UNEXPECTED, "vendor_garbled") == (partial.value.kind, partial.value.code)
