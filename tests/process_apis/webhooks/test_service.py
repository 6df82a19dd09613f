"""What partners may do with their endpoints, and what nobody may."""

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from contracts.canonical.webhooks import DeliveryCounts, DeliveryState, EndpointState, EventType
from contracts.problem import Kind, Problem
from contracts.process.webhooks import AddEndpoint, ChangeEndpoint, ReplayRange, RotateSecret
from kit.caller import Caller, calling
from kit.egress import IPAddress
from kit.sealing import Sealer, Unsealable
from kit.settings import Secret, SettingsError
from kit.store import Store
from kit.store.tables import ANSWERED
from kit.store.webhooks import WEBHOOK_ENDPOINT, WEBHOOK_SECRET
from tests.kit.egress.receiver import OK, Receiver, saying
from tests.process_apis.webhooks.test_telling import BROKEN, url
from tests.process_apis.webhooks.world import ACME, ALL, KEY, NOW, PAULA, RIVAL, STRANGER, World, posted, world

ADD = AddEndpoint(url="http://127.0.0.1:9/in", event_types=ALL)


async def refusal(of: Awaitable[object], by: Caller = ACME) -> Problem:
    """The problem that it ends with."""
    with calling(by), pytest.raises(Problem) as refused:
        await of
    return refused.value


async def disable(here: World, endpoint_id: str) -> None:
    """As if it had failed for days."""
    mine = WEBHOOK_ENDPOINT.c.endpoint_id == endpoint_id
    async with here.store.write() as connection:
        await connection.execute(sa.update(WEBHOOK_ENDPOINT).where(mine).values(state="disabled"))


@pytest.mark.req(293, 294)
async def test_a_secret_is_shown_once_and_stored_sealed(here: World) -> None:
    """It is in the answer that made it, repeated for its key, and readable nowhere else."""
    with calling(ACME):
        first = await here.service.add_endpoint(body=ADD, idempotency_key="one")
        again = await here.service.add_endpoint(body=ADD, idempotency_key="one")
        read = await here.service.endpoint(endpoint_id=first.endpoint.endpoint_id)
        rotated = await here.service.rotate_secret(
            endpoint_id=read.endpoint_id, body=RotateSecret(), idempotency_key="two"
        )
        same = await here.service.rotate_secret(
            endpoint_id=read.endpoint_id, body=RotateSecret(), idempotency_key="two"
        )
    async with here.store.read() as connection:
        rows = [str(row) for table in (WEBHOOK_SECRET, ANSWERED) for row in await connection.execute(sa.select(table))]

    assert first.secret == again.secret
    assert rotated == same
    assert rotated.secret != first.secret.secret
    assert 4 == len(rows)
    assert not any(secret[6:] in row for row in rows for secret in (first.secret.secret, rotated.secret))
    assert first.secret.secret[6:].encode() not in msgspec.json.encode(read)


async def test_a_key_stands_for_one_wish(here: World) -> None:
    """Another wish under the same key is refused; so is the same wish of somebody else who did not make it."""
    with calling(ACME):
        await here.service.add_endpoint(body=ADD, idempotency_key="one")
    other = replace(ADD, description="another")
    refused = await refusal(here.service.add_endpoint(body=other, idempotency_key="one"))

    assert "idempotency_key_reused" == refused.code


@pytest.mark.req(300)
async def test_other_peoples_endpoints_do_not_exist(here: World) -> None:
    """Every operation answers not found to another partner, and leaves the endpoint as it is; our staff see it."""
    made = (await here.endpoint("http://127.0.0.1:9/in")).endpoint
    name, service = made.endpoint_id, here.service
    span = ReplayRange(since=NOW, until=NOW + dt.timedelta(days=1))
    change = ChangeEndpoint(url=made.url, event_types=ALL)
    tried = [
        service.endpoint(endpoint_id=name),
        service.change_endpoint(endpoint_id=name, body=change, if_match=made.etag),
        service.rotate_secret(endpoint_id=name, body=RotateSecret(), idempotency_key="a"),
        service.ping(endpoint_id=name, idempotency_key="b"),
        service.deliveries(endpoint_id=name),
        service.delivery(endpoint_id=name, message_id="msg_1"),
        service.replay(endpoint_id=name, message_id="msg_1", idempotency_key="c"),
        service.replay_range(endpoint_id=name, body=span, idempotency_key="d"),
    ]
    found = {(await refusal(each, by=RIVAL)).code for each in tried}
    with calling(RIVAL):
        await service.remove_endpoint(endpoint_id=name)
        listed = (await service.endpoints()).items
    with calling(PAULA):
        seen = (await service.endpoints()).items

    assert {"endpoint_not_found"} == found
    assert [] == listed
    assert [name] == [each.endpoint_id for each in seen]


async def test_who_speaks_for_nobody_has_no_endpoint(here: World) -> None:
    """A client without customers could be told of nothing, and is refused."""
    for nobody in (STRANGER, Caller(subject="x"), PAULA):
        refused = await refusal(here.service.add_endpoint(body=ADD, idempotency_key="k"), by=nobody)
        assert (Kind.FORBIDDEN, "no_customers") == (refused.kind, refused.code)


async def test_endpoints_are_few(here: World) -> None:
    """A client has as many as the settings say; one removed makes room."""
    made = [await here.endpoint(f"http://127.0.0.1:{port}/") for port in (1, 2, 3)]
    refused = await refusal(here.service.add_endpoint(body=ADD, idempotency_key="more"))
    with calling(ACME):
        await here.service.remove_endpoint(endpoint_id=made[0].endpoint.endpoint_id)
    await here.endpoint("http://127.0.0.1:4/")

    assert "too_many_endpoints" == refused.code


async def test_a_change_is_of_what_was_seen(here: World) -> None:
    """A change of an endpoint that changed since is refused; the new address takes effect."""
    made = (await here.endpoint("http://127.0.0.1:9/in")).endpoint
    change = ChangeEndpoint(url="http://127.0.0.1:10/in", event_types=[EventType.INVOICE_POSTED], description="b")
    with calling(ACME):
        changed = await here.service.change_endpoint(endpoint_id=made.endpoint_id, body=change, if_match=made.etag)
    refused = await refusal(here.service.change_endpoint(endpoint_id=made.endpoint_id, body=change, if_match=made.etag))
    bad = replace(change, url="http://10.0.0.1/")
    private = await refusal(here.service.change_endpoint(endpoint_id=made.endpoint_id, body=bad, if_match=changed.etag))

    assert ("http://127.0.0.1:10/in", [EventType.INVOICE_POSTED], "b") == (
        changed.url,
        changed.event_types,
        changed.description,
    )
    assert ("endpoint_changed", 412) == (refused.code, refused.status)
    assert ("address_forbidden", 422) == (private.code, private.status)


async def test_secrets_do_not_pile_up(here: World) -> None:
    """Four may sign at once; without an overlap the old ones end at once, and there is room again."""
    name = (await here.endpoint("http://127.0.0.1:9/in")).endpoint.endpoint_id
    with calling(ACME):
        for number in range(3):
            await here.service.rotate_secret(
                endpoint_id=name, body=RotateSecret(overlap_h=48), idempotency_key=f"r{number}"
            )
    refused = await refusal(
        here.service.rotate_secret(endpoint_id=name, body=RotateSecret(overlap_h=1), idempotency_key="r3")
    )
    with calling(ACME):
        await here.service.rotate_secret(endpoint_id=name, body=RotateSecret(overlap_h=0), idempotency_key="r4")
        found = await here.service.endpoint(endpoint_id=name)

    assert "too_many_secrets" == refused.code
    assert [5] == [each.number for each in found.secrets if each.signs_until is None or each.signs_until > NOW]


async def test_a_ping_tells_of_nothing(here: World, receiver: Receiver) -> None:
    """It is delivered and signed like anything else, once for its key, and to an active endpoint only."""
    name = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    with calling(ACME):
        first = await here.service.ping(endpoint_id=name, idempotency_key="p")
        again = await here.service.ping(endpoint_id=name, idempotency_key="p")
        second = await here.service.ping(endpoint_id=name, idempotency_key="q")
    await here.deliver()
    await disable(here, name)
    refused = await refusal(here.service.ping(endpoint_id=name, idempotency_key="z"))

    assert first == again
    assert [first.message_id, second.message_id] == [heard.headers["webhook-id"] for heard in receiver.heard]
    assert {"type": "ping", "data": {"endpoint_id": name}} == {
        key: value for key, value in json.loads(receiver.heard[0].body).items() if key != "timestamp"
    }
    assert "endpoint_not_active" == refused.code


@pytest.mark.req(223)
async def test_one_message_is_delivered_again_under_its_id(here: World, receiver: Receiver) -> None:
    """Whatever became of it; the same key asks once."""
    name = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1))
    await here.deliver()
    (told,) = await here.log(name)
    with calling(ACME):
        asked = await here.service.replay(endpoint_id=name, message_id=told.message_id, idempotency_key="again")
        same = await here.service.replay(endpoint_id=name, message_id=told.message_id, idempotency_key="again")
    await here.deliver()
    (after,) = await here.log(name)
    missing = await refusal(here.service.replay(endpoint_id=name, message_id="msg_0", idempotency_key="x"))

    assert asked == same
    assert (DeliveryState.PENDING, 1) == (asked.state, asked.replays)
    assert (DeliveryState.DELIVERED, 2, 1) == (after.state, after.attempts, after.replays)
    assert 1 == len({(heard.headers["webhook-id"], heard.body) for heard in receiver.heard})
    assert 2 == len(receiver.heard)
    assert "delivery_not_found" == missing.code


@pytest.mark.req(223)
async def test_a_stretch_of_time_is_delivered_again_in_order(here: World, receiver: Receiver) -> None:
    """What was failed, what was delivered, and what happened before the endpoint was there; oldest first."""
    await here.happened(posted(1))
    await here.fanout.look()
    receiver.says = [saying(BROKEN), saying(OK)]
    name = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(2), posted(3), posted(4), posted(5, customer="cus-9"))
    await here.deliver()
    await here.happened(posted(6))
    await here.deliver()
    receiver.heard.clear()
    span = ReplayRange(since=NOW, until=here.clock.now())
    with calling(ACME):
        some = await here.service.replay_range(
            endpoint_id=name, body=replace(span, undelivered_only=True), idempotency_key="s"
        )
        some_again = await here.service.replay_range(
            endpoint_id=name, body=replace(span, undelivered_only=True), idempotency_key="s"
        )
    await here.deliver()
    heard = [json.loads(each.body)["data"]["invoice_id"] for each in receiver.heard]
    receiver.heard.clear()
    with calling(ACME):
        every = await here.service.replay_range(endpoint_id=name, body=span, idempotency_key="e")
    await here.deliver()
    all_heard = [json.loads(each.body)["data"]["invoice_id"] for each in receiver.heard]

    assert some == some_again
    assert (1, ["inv-1"]) == (some.messages, heard)
    assert (4, ["inv-1", "inv-2", "inv-3", "inv-4"]) == (every.messages, all_heard)
    assert every.first_message_id == some.first_message_id


@pytest.mark.req(223)
async def test_a_replay_is_bounded(here: World) -> None:
    """Too many messages, a stretch that ends before it begins and an endpoint that is disabled are refused."""
    name = (await here.endpoint("http://127.0.0.1:9/in")).endpoint.endpoint_id
    await here.happened(*(posted(number) for number in range(6)))
    await here.fanout.look()
    wide = ReplayRange(since=NOW, until=here.clock.now() + dt.timedelta(minutes=1))
    service = here.service
    too_wide = await refusal(service.replay_range(endpoint_id=name, body=wide, idempotency_key="a"))
    empty = replace(wide, until=NOW)
    backwards = await refusal(service.replay_range(endpoint_id=name, body=empty, idempotency_key="b"))
    await disable(here, name)
    disabled = await refusal(service.replay_range(endpoint_id=name, body=wide, idempotency_key="c"))

    assert ["range_too_wide", "range_empty", "endpoint_not_active"] == [
        each.code for each in (too_wide, backwards, disabled)
    ]
    assert "6 messages; 5" in too_wide.detail


async def test_the_log_is_read_in_pages(here: World, receiver: Receiver) -> None:
    """Newest first, by state and time, with counts; a cursor that is none is refused."""
    receiver.says = [saying(OK), saying(BROKEN)]
    name = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(*(posted(number) for number in range(3)))
    await here.deliver()
    with calling(ACME):
        first = await here.service.deliveries(endpoint_id=name, limit=2)
        rest = await here.service.deliveries(endpoint_id=name, limit=2, cursor=first.next_cursor or "")
        counted = await here.service.endpoint(endpoint_id=name)
    everything = await here.log(name)

    assert everything[::-1] == [*first.items, *rest.items]
    assert rest.next_cursor is None
    assert DeliveryCounts(pending=2, delivered=1) == counted.counts
    assert [everything[0]] == await here.log(name, state=DeliveryState.DELIVERED)
    assert everything[1:2] == await here.log(name, since=everything[1].occurred_at, until=everything[2].occurred_at)
    for cursor in ("x", "-1", "9" * 30):
        assert "unknown_cursor" == (await refusal(here.service.deliveries(endpoint_id=name, cursor=cursor))).code
    naive = dt.datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001 - it has no zone, which is what is refused
    assert "zone_missing" == (await refusal(here.service.deliveries(endpoint_id=name, since=naive))).code


async def test_removing_forgets_everything(here: World, receiver: Receiver) -> None:
    """Its log and its secrets go with it, what stood in line is not sent, and removing it again is fine."""
    name = (await here.endpoint(url(receiver))).endpoint.endpoint_id
    await here.happened(posted(1))
    await here.fanout.look()
    with calling(ACME):
        await here.service.remove_endpoint(endpoint_id=name)
        await here.service.remove_endpoint(endpoint_id=name)
    await here.deliver()

    assert [] == receiver.heard
    assert "endpoint_not_found" == (await refusal(here.service.endpoint(endpoint_id=name))).code


async def test_a_disabled_endpoint_is_resumed_by_its_owner(here: World, receiver: Receiver) -> None:
    """Told again from now on, and with what stood in line."""
    made = (await here.endpoint(url(receiver))).endpoint
    await here.happened(posted(1))
    await here.fanout.look()
    await disable(here, made.endpoint_id)
    await here.deliver()
    before = len(receiver.heard)
    change = ChangeEndpoint(url=made.url, event_types=ALL)
    with calling(ACME):
        resumed = await here.service.change_endpoint(endpoint_id=made.endpoint_id, body=change, if_match=made.etag)
    await here.deliver()

    assert (EndpointState.ACTIVE, 0, 1) == (resumed.state, before, len(receiver.heard))


def test_secrets_are_not_stored_without_a_key() -> None:
    """No key and a bad key stop the start; a new key in front still opens what the old one sealed."""
    new = KEY[::-1].replace("=", "") + "="
    for keys in ("", " \n", "short"):
        with pytest.raises(SettingsError, match="a setting"):
            Sealer(Secret(keys), setting="a setting")
    sealed = Sealer(Secret(KEY), setting="s").seal("whsec_x")

    assert "whsec_x" == Sealer(Secret(f"{new}\n{KEY}"), setting="s").open(sealed)
    with pytest.raises(Unsealable):
        Sealer(Secret(new), setting="s").open(sealed)


async def test_a_name_that_is_not_resolved_in_time_is_looked_at_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding waits for no slow resolver: each call looks anew, and is refused then if it has to be."""

    async def never(host: str, port: int) -> list[IPAddress]:
        await asyncio.Event().wait()
        raise AssertionError("it never ends")

    monkeypatch.setattr("process_apis.webhooks.service._RESOLVED_S", 0.02)
    store = await Store.in_memory()
    here = world(store, names=never)
    made = await here.endpoint("https://slow.example/in")
    await store.close()

    assert EndpointState.ACTIVE is made.endpoint.state
