import asyncio
import uuid
from typing import Any

import httpx

ASYNC = {"Prefer": "respond-async"}
CUSTOMER = {"companyName": "Acme", "subsidiary": {"externalId": "SG-DE"}}
COLLECTION = "application/vnd.oracle.resource+json; type=collection"


def code(answer: httpx.Response) -> str:
    return str(answer.json()["o:errorDetails"][0]["o:errorCode"])


async def test_the_pool_refuses_one_too_many(vendor: Any) -> None:
    """Six at once on a pool of five: one is told so, without Retry-After."""
    vendor.seed(account={"concurrency": 5, "serviceTimeS": 0.2})
    answers = await asyncio.gather(*[vendor.get("subsidiary") for _ in range(6)])
    refused = [answer for answer in answers if answer.status_code != 200]
    assert [429] == [answer.status_code for answer in refused]
    assert "CONCURRENCY_LIMIT_EXCEEDED" == code(refused[0])
    assert "retry-after" not in refused[0].headers


async def test_others_eat_the_same_pool(vendor: Any) -> None:
    """Background load of other tools fills the pool for as many calls as it lasts."""
    vendor.seed(account={"backgroundSlots": 5, "backgroundCalls": 2})
    assert [429, 429, 200] == [(await vendor.get("subsidiary")).status_code for _ in range(3)]


async def test_a_full_pool_may_look_like_a_refused_login(vendor: Any) -> None:
    """In this mode crowding is told as 401 INVALID_LOGIN though the token is good."""
    vendor.seed(account={"backgroundSlots": 5, "backgroundCalls": 1, "throttle": "login_401"})
    refused = await vendor.get("subsidiary")
    assert (401, "INVALID_LOGIN") == (refused.status_code, code(refused))
    assert 200 == (await vendor.get("subsidiary")).status_code


async def test_an_asynchronous_request_is_a_job(vendor: Any) -> None:
    """202 with the job's address; pending first, then done with the outcome of its task."""
    taken = await vendor.post("customer", CUSTOMER, **ASYNC)
    assert (202, "respond-async") == (taken.status_code, taken.headers["preference-applied"])
    job = taken.headers["location"]
    first = (await vendor.http.get(job)).json()
    assert (False, "pending") == (first["completed"], first["progress"])
    vendor.sandbox.advance(5)
    assert (await vendor.http.get(job)).json()["completed"] is True
    tasks = (await vendor.http.get(f"{job}/task")).json()["items"]
    result = await vendor.http.get(f"{job}/task/{tasks[0]['id']}/result")
    assert (204, True) == (result.status_code, "/customer/" in result.headers["location"])
    assert 404 == (await vendor.http.get(f"{job}9")).status_code


async def test_a_repeated_key_is_an_error_that_points_at_the_first_job(vendor: Any) -> None:
    """400, title Conflict, IDEMPOTENCY_ERROR and the first Location; one record. Without async the key does nothing."""
    key = {"X-NetSuite-Idempotency-Key": str(uuid.uuid4())}
    first = await vendor.post("customer", CUSTOMER, **ASYNC, **key)
    again = await vendor.post("customer", CUSTOMER, **ASYNC, **key)
    assert (400, "Conflict", "IDEMPOTENCY_ERROR") == (again.status_code, again.json()["title"], code(again))
    assert first.headers["location"] == again.headers["location"]
    assert 1 == len(vendor.records("customer"))
    named = [{**CUSTOMER, "companyName": name} for name in ("B", "C")]
    assert [204, 204] == [(await vendor.post("customer", body, **key)).status_code for body in named]
    no_uuid = await vendor.post("customer", CUSTOMER, **ASYNC, **{"X-NetSuite-Idempotency-Key": "1"})
    assert (400, "INVALID_HEADER") == (no_uuid.status_code, code(no_uuid))


async def test_a_batch_is_asynchronous_and_each_record_has_its_own_outcome(vendor: Any) -> None:
    """At most 100 records, only with respond-async; one bad record does not stop the other."""
    batch = {"items": [{**CUSTOMER, "externalId": "C1"}, {"externalId": "C2", "companyName": "B"}]}
    assert 400 == (await vendor.put("customer", batch, **{"Content-Type": COLLECTION})).status_code
    taken = await vendor.put("customer", batch, **{"Content-Type": COLLECTION}, **ASYNC)
    vendor.sandbox.advance(5)
    results = [await vendor.http.get(f"{taken.headers['location']}/task/{n}/result") for n in (1, 2)]
    assert [204, 400] == [answer.status_code for answer in results]
    many = {"items": [{"externalId": f"X{n}"} for n in range(101)]}
    assert 400 == (await vendor.put("customer", many, **{"Content-Type": COLLECTION}, **ASYNC)).status_code
