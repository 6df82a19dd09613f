import random
from collections.abc import Callable

import httpx
import pytest

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.http import VendorClient
from system_apis.netsuite.client import NetSuite
from system_apis.netsuite.refusals import problem_from
from system_apis.netsuite.wire import Head, Inactive

Handler = Callable[[httpx.Request], httpx.Response]


def netsuite(handler: Handler) -> NetSuite:
    http = VendorClient(
        name="erp",
        base_url="https://x.example",
        problem_from=lambda response: problem_from(response, token_age_s=None),
        clock=ManualClock(),
        random=random.Random(1),
        transport=httpx.MockTransport(handler),
    )
    return NetSuite(http)


async def test_every_write_validates_property_names() -> None:
    """PUT, POST and PATCH carry the header without which NetSuite drops what it does not know."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204, headers={"location": "https://x.example/customer/7"})

    client, body = netsuite(handle), Inactive(is_inactive=True)
    assert "7" == await client.put("customer", "c", body, replace=("addressBook",))
    await client.add("customer", "c", body)
    await client.patch("customer", "c", body)
    assert ["error"] * 3 == [request.headers["X-NetSuite-PropertyNameValidation"] for request in seen]
    assert "addressBook" == seen[0].url.params["replace"]


async def test_without_a_location_the_record_is_read_back() -> None:
    """An upsert that does not say where the record is costs one more read."""
    answers = {"PUT": httpx.Response(204), "GET": httpx.Response(200, json={"id": "42"})}
    client = netsuite(lambda request: answers[request.method])
    assert "42" == await client.put("customer", "c", Inactive(is_inactive=False))


@pytest.mark.parametrize(
    ("answer", "code"),
    [(httpx.Response(404), "vendor_record_invisible"), (httpx.Response(200, text="{"), "vendor_answer_unreadable")],
)
async def test_what_was_saved_and_cannot_be_read_is_told(answer: httpx.Response, code: str) -> None:
    """A role that may write and not read, and an answer that is no JSON, are unexpected."""
    answers = {"PUT": httpx.Response(204), "GET": answer}
    with pytest.raises(Problem) as caught:
        await netsuite(lambda request: answers[request.method]).put("customer", "c", Inactive(is_inactive=False))
    assert (Kind.UNEXPECTED, code) == (caught.value.kind, caught.value.code)


async def test_a_look_up_that_is_refused_is_not_an_absence() -> None:
    """Only 404 means that there is none."""
    with pytest.raises(Problem) as caught:
        await netsuite(lambda request: httpx.Response(403)).find("customer", "c", into=Head)
    assert Kind.FORBIDDEN is caught.value.kind
