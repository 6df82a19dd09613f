"""What is told, to whom, how it is signed, and how it is tried again."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import random

import pytest
from msgspec.structs import replace

from contracts.canonical.webhooks import DeliveryState, EndpointState, EventType
from contracts.events.billing import WorkWrittenOff
from contracts.events.deal import ProvisioningReversed, StaffingRequested
from contracts.problem import Problem
from contracts.process.webhooks import ChangeEndpoint, RotateSecret
from kit.caller import calling
from kit.store import Store
from process_apis.webhooks.rules import SCHEDULE_S, next_in_s, verdict
from tests.kit.egress.receiver import OK, Heard, Receiver, receiving, resetting, saying
from tests.process_apis.webhooks.world import ACME, CONFIG, NOW, RIVAL, World, posted, provisioned, world

GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Slow\r\nRetry-After: 900\r\nContent-Length: 0\r\n\r\n"
ELSEWHERE = b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nsick"


def url(receiver: Receiver) -> str:
    """Where a receiver hears."""
    return f"http://127.0.0.1:{receiver.port}/in"


def signed_by(heard: Heard, secret: str) -> bool:
    """Whether one of the signatures is by this secret: the specification, written once more."""
    content = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}" in heard.headers["webhook-signature"].split(" ")


@pytest.mark.req(60, 226, 239)
async def test_a_partner_is_told_of_its_own_and_of_nothing_else(here: World, receiver: Receiver) -> None:
    """An event reaches the client that speaks for the object's customer; the firm's own events reach nobody."""
    async with receiving() as other:
        mine = await here.endpoint(url(receiver))
        await here.endpoint(url(other), by=RIVAL)
        await here.case("case-1", customer="cus-2", project="prj-1")
        await here.case("case-x", customer="cus-2", project="prj-x", tenant="another")
        money = posted(9).net
        await here.happened(
            provisioned("case-1"),
            posted(1),
            posted(2, customer="cus-unknown"),
            posted(3, customer="cus-9"),
            StaffingRequested(opportunity_id="006A", project_id="prj-1", request_ids=["stf-1"], hours=money.amount),
            ProvisioningReversed(case_id="case-x", opportunity_id="o", project_ids=["prj-x"], credited=[]),
            WorkWrittenOff(
                write_off_id="w", project_id="prj-1", customer_id="cus-1", legal_entity_id="SG-DE", amount=money,
                written_on=NOW.date(), reason="goodwill", decided_by="felix",
            ),
        )  # fmt: skip  # a long list of facts
        await here.happened(posted(8), tenant="another")
        await here.deliver()

        bodies = [json.loads(heard.body) for heard in receiver.heard]
        assert ["project.provisioned", "invoice.posted", "staffing.requested"] == [each["type"] for each in bodies]
        assert {"project_id": "prj-1", "project_ids": ["prj-1", "prj-1-2"]} == bodies[0]["data"]
        assert {"invoice_id": "inv-1", "number": "2026-00001", "project_id": "prj-1"} == bodies[1]["data"]
        assert ["inv-3"] == [json.loads(heard.body)["data"]["invoice_id"] for heard in other.heard]
        assert all(signed_by(heard, mine.secret.secret) for heard in receiver.heard)
        assert not any(signed_by(heard, mine.secret.secret) for heard in other.heard)
        assert b"EUR" not in b"".join(heard.body for heard in receiver.heard)


async def test_only_the_wanted_kinds_are_told(here: World, receiver: Receiver) -> None:
    """An endpoint hears of the kinds it named."""
    await here.case("case-1", customer="cus-1", project="prj-1")
    made = await here.endpoint(url(receiver), types=[EventType.PROJECT_PROVISIONED])
    await here.happened(posted(1), provisioned())
    await here.deliver()

    assert ["project.provisioned"] == [each.type for each in await here.log(made.endpoint.endpoint_id)]


@pytest.mark.req(293)
async def test_both_secrets_sign_until_the_overlap_ends(here: World, receiver: Receiver) -> None:
    """A receiver may change over at any moment of the overlap; after it only the new secret signs."""
    made = await here.endpoint(url(receiver))
    endpoint_id, old = made.endpoint.endpoint_id, made.secret.secret
    with calling(ACME):
        shown = await here.service.rotate_secret(
            endpoint_id=endpoint_id, body=RotateSecret(overlap_h=2), idempotency_key="r"
        )
    await here.happened(posted(1))
    await here.deliver()
    here.clock.advance(7_200)
    await here.happened(posted(2))
    await here.deliver()

    during, after = receiver.heard
    assert (True, True) == (signed_by(during, old), signed_by(during, shown.secret))
    assert (False, True) == (signed_by(after, old), signed_by(after, shown.secret))
    assert NOW + dt.timedelta(hours=2) == shown.replaces_until


@pytest.mark.req(241)
async def test_a_failed_attempt_is_repeated_under_the_same_id(here: World, receiver: Receiver) -> None:
    """After five seconds, then after five minutes; a log says what was heard each time."""
    receiver.says = [saying(BROKEN), resetting, saying(OK)]
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1))
    for wait_s in (0, 4, 2, 290, 60):
        here.clock.advance(wait_s)
        await here.deliver()

    (delivery,) = await here.log(endpoint_id)
    with calling(ACME):
        file = await here.service.delivery(endpoint_id=endpoint_id, message_id=delivery.message_id)
        endpoint = await here.service.endpoint(endpoint_id=endpoint_id)
    assert [("refused", 500), ("cut_off", None), ("delivered", 204)] == [(t.outcome, t.status) for t in file.tries]
    assert "sick" == file.tries[0].detail
    assert 1 == len({heard.headers["webhook-id"] for heard in receiver.heard})
    assert file.body.encode() == receiver.heard[0].body == receiver.heard[2].body
    assert (DeliveryState.DELIVERED, EndpointState.ACTIVE) == (delivery.state, endpoint.state)
    assert receiver.heard[0].headers["webhook-timestamp"] != receiver.heard[2].headers["webhook-timestamp"]


@pytest.mark.req(242)
async def test_a_message_is_given_up_after_ten_attempts(here: World, receiver: Receiver) -> None:
    """The schedule of the specification, to its end; the next message is not held up by it."""
    receiver.says = [saying(BROKEN)]
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1))
    for wait_s in SCHEDULE_S:
        here.clock.advance(wait_s * 1.1)
        await here.deliver()
    here.clock.advance(90_000)
    await here.deliver()

    (delivery,) = await here.log(endpoint_id)
    assert (DeliveryState.FAILED, 10, None) == (delivery.state, delivery.attempts, delivery.next_attempt_at)
    assert 10 == len(receiver.heard)


async def test_a_redirect_is_a_failure(here: World, receiver: Receiver) -> None:
    """The body goes where the partner said and nowhere else."""
    receiver.says = [saying(ELSEWHERE)]
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1))
    await here.deliver()

    (delivery,) = await here.log(endpoint_id)
    with calling(ACME):
        endpoint = await here.service.endpoint(endpoint_id=endpoint_id)
    assert (DeliveryState.PENDING, 307) == (delivery.state, delivery.last_status)
    assert (EndpointState.FAILING, "last attempt: redirected") == (endpoint.state, endpoint.reason)


async def test_an_endpoint_that_asks_for_rest_gets_it(here: World, receiver: Receiver) -> None:
    """After 429 nothing is sent until the time it named, no other message either."""
    receiver.says = [saying(BUSY), saying(OK)]
    await here.endpoint(url(receiver))
    await here.happened(posted(1), posted(2))
    await here.deliver()
    here.clock.advance(890)
    await here.deliver()
    before = len(receiver.heard)
    here.clock.advance(20)
    await here.deliver()

    assert (1, 3) == (before, len(receiver.heard))


@pytest.mark.req(242)
@pytest.mark.parametrize(("says", "days"), [(GONE, 0), (BROKEN, 5)])
async def test_an_endpoint_that_stays_away_is_told_nothing_more(
    here: World, receiver: Receiver, says: bytes, days: int
) -> None:
    """At once when it says that it is gone, after five days without one success otherwise; and we hear of it."""
    receiver.says = [saying(says)]
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    for day in range(days + 1):
        await here.happened(posted(day))
        await here.deliver()
        here.clock.advance(86_400)
    await here.fanout.look()
    await here.happened(posted(90))
    await here.deliver()

    with calling(ACME):
        endpoint = await here.service.endpoint(endpoint_id=endpoint_id)
    assert EndpointState.DISABLED is endpoint.state
    assert [(endpoint_id, "acme", 1)] == [(each.endpoint_id, each.client_id, each.times) for each in here.disabled]
    assert f"http://127.0.0.1:{receiver.port}" == here.disabled[0].origin
    assert "inv-90" not in str([heard.body for heard in receiver.heard])


async def test_a_success_forgets_earlier_failures(here: World, receiver: Receiver) -> None:
    """Five days count from the first failure after the last success."""
    receiver.says = [saying(BROKEN), saying(OK), saying(BROKEN)]
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    for day in range(6):
        await here.happened(posted(day))
        await here.deliver()
        here.clock.advance(86_400 if day else 10)
    with calling(ACME):
        endpoint = await here.service.endpoint(endpoint_id=endpoint_id)

    assert EndpointState.FAILING is endpoint.state
    assert [] == here.disabled


async def test_a_paused_endpoint_is_told_later(here: World, receiver: Receiver) -> None:
    """Messages wait in line, and go out in their order when it goes on."""
    made = await here.endpoint(url(receiver))
    change = ChangeEndpoint(url=url(receiver), event_types=made.endpoint.event_types, paused=True)
    with calling(ACME):
        paused = await here.service.change_endpoint(
            endpoint_id=made.endpoint.endpoint_id, body=change, if_match=made.endpoint.etag
        )
    await here.happened(posted(1), posted(2))
    await here.deliver()
    before = len(receiver.heard)
    with calling(ACME):
        await here.service.change_endpoint(
            endpoint_id=paused.endpoint_id, body=replace(change, paused=False), if_match=paused.etag
        )
    await here.deliver()

    assert (0, ["inv-1", "inv-2"]) == (before, [json.loads(h.body)["data"]["invoice_id"] for h in receiver.heard])


async def test_who_speaks_for_a_customer_no_more_is_told_no_more(here: World, receiver: Receiver) -> None:
    """What stands in line for a client that lost a customer is given up, not sent."""
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1))
    await here.fanout.look()
    later = world(here.store, config=replace(CONFIG, customers={"acme": ("cus-2",)}), clock=here.clock)
    await later.deliver()
    await later.delivering.sender.close()

    assert [DeliveryState.FAILED] == [each.state for each in await here.log(endpoint_id)]
    assert [] == receiver.heard


async def test_what_is_old_is_forgotten(here: World, receiver: Receiver) -> None:
    """Bodies and attempts are kept for the days that are promised; an event older than that is told to nobody."""
    endpoint_id = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1), posted(2))
    await here.happened(posted(3), at=NOW - dt.timedelta(days=31))
    await here.deliver()
    told = len(await here.log(endpoint_id))
    here.clock.advance(31 * 86_400)
    await here.happened(posted(4))
    await here.deliver()
    await here.fanout.age_out()

    assert (2, 1) == (told, len(await here.log(endpoint_id)))


def test_the_schedule_is_the_specifications() -> None:
    """Ten attempts, later ones further apart, a tenth of jitter at most, never sooner than asked for."""
    chance = random.Random(7)
    waits = [[next_in_s(tries, chance) for _ in range(50)] for tries in range(1, 10)]

    for planned, drawn in zip(SCHEDULE_S[1:], waits, strict=True):
        assert all(each is not None and planned <= each <= planned * 1.1 for each in drawn)
        assert 1 < len(set(drawn))
    assert next_in_s(10, chance) is None
    assert 3_600 == next_in_s(1, chance, asked_s=3_600)
    assert 86_400 == next_in_s(1, chance, asked_s=9e9)


@pytest.mark.parametrize(
    ("status", "retry_after", "outcome", "hold_s"),
    [
        (200, "", "delivered", 0),
        (299, "", "delivered", 0),
        (301, "", "redirected", 0),
        (400, "", "refused", 0),
        (410, "", "gone", 0),
        (429, "120", "throttled", 120),
        (429, "Fri, 20 Nov 2026 09:10:00 GMT", "throttled", 600),
        (503, "soon", "throttled", 60),
        (502, "99999999999", "throttled", 86_400),
        (504, "-5", "throttled", 60),
        (500, "120", "refused", 0),
    ],
)
def test_what_an_answer_means(status: int, retry_after: str, outcome: str, hold_s: float) -> None:
    """Only 2xx took the message; Retry-After counts in both its forms, a day at most, nonsense not at all."""
    found = verdict(status, {"retry-after": retry_after}, now=NOW)

    assert (outcome, hold_s) == (found.outcome, found.hold_s)


async def test_a_private_address_is_refused_when_added_and_when_called(receiver: Receiver) -> None:
    """A name that was public when it was added and is private when it is called hears nothing."""
    led = ["127.0.0.1"]

    async def names(host: str, port: int) -> list[object]:
        from ipaddress import ip_address

        return [ip_address(each) for each in led]

    store = await Store.in_memory()
    here = world(store, names=names)  # type: ignore[arg-type] # a list of addresses, said loosely
    led[:] = ["10.0.0.1"]
    with pytest.raises(Problem) as refused:
        await here.endpoint(f"http://hooks.example:{receiver.port}/in")
    led[:] = ["127.0.0.1"]
    made = await here.endpoint(f"http://hooks.example:{receiver.port}/in")
    led[:] = ["127.0.0.1", "169.254.169.254"]
    await here.happened(posted(1))
    await here.deliver()
    (delivery,) = await here.log(made.endpoint.endpoint_id)
    with calling(ACME):
        file = await here.service.delivery(endpoint_id=made.endpoint.endpoint_id, message_id=delivery.message_id)
    await here.delivering.sender.close()
    await store.close()

    assert ("address_forbidden", "/url") == (refused.value.code, refused.value.errors[0].pointer)
    assert ["address_forbidden"] == [each.outcome for each in file.tries]
    assert "169.254" not in file.tries[0].detail
    assert [] == receiver.heard
