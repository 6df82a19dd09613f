from dataclasses import replace
from typing import Any

import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.operation import Cached
from kit.door.policy import Message, Ready, Request
from kit.door.shelf import Shelf, Stored
from policies.cache import Cache, Config
from tests.policies.table import ANYONE, READ, Decision, Given, decide

OWN = replace(READ, group="orders", cached=Cached(max_age_s=60.0, vary=("accept-language",)))
SHARED = replace(READ, group="orders", cached=Cached(max_age_s=60.0, shared=True))
WRITE = replace(READ, method="POST", group="orders", cached=None)
BOB = Caller(subject="bob", issuer=ANYONE.issuer, scopes=ANYONE.scopes)


class Place:
    """A shelf, and a tier that counts how often it is asked."""

    def __init__(self, **config: Any) -> None:
        self.clock = ManualClock()
        self.shelf = Shelf(self.clock)
        self.policy = Cache(Config(**config), shelf=self.shelf)
        self.asked = 0

    async def get(self, *, fields: dict[str, str] | None = None, body: bytes = b"{}", **given: Any) -> Decision:
        self.before = self.asked
        headers = (("accept", "application/json"), *(fields or {}).items())
        return await decide(self.policy, Given(headers=headers, **{"operation": OWN, **given}))

    async def answered(
        self, decision: Decision, *, body: bytes = b'{"id":7}', status: int = 200, **fields: str
    ) -> tuple[int, dict[str, str], bytes]:
        """What the client gets: from the shelf, or by way of the tap."""
        if isinstance(decision.problem, Ready):
            ready = decision.problem
            return ready.status, {name.decode(): value.decode() for name, value in ready.headers}, ready.body
        self.asked += 1
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        through = decision.request.tap(send) if decision.request.tap else send
        extra = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
        start = [(b"content-type", b"application/json"), (b"x-internal", b"1"), *extra]
        await through({"type": "http.response.start", "status": status, "headers": start})
        await through({"type": "http.response.body", "body": body[:2], "more_body": True})
        await through({"type": "http.response.body", "body": body[2:]})
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(message["body"] for message in sent[1:])


async def test_an_answer_is_given_again_while_it_is_fresh() -> None:
    """With its age, an ETag, and for whom it is; after its time the tier is asked again."""
    place = Place()
    first = await place.answered(await place.get())
    place.clock.advance(20)
    hit = await place.get()
    again = await place.answered(hit)
    assert (1, "cache.hit", first[2]) == (place.asked, hit.code, again[2])
    assert ("private, max-age=60", "private, max-age=40") == (first[1]["cache-control"], again[1]["cache-control"])
    assert ("0", "20", first[1]["etag"]) == (first[1]["age"], again[1]["age"], again[1]["etag"])
    assert "authorization, accept-language" == again[1]["vary"]
    place.clock.advance(40)
    assert "ok" == (await place.get()).code


@pytest.mark.parametrize("fresh", [True, False])
async def test_whoever_has_it_already_gets_304(fresh: bool) -> None:
    """From the shelf, and when it has just come from the tier; the tier itself is asked without the condition."""
    place = Place()
    etag = (await place.answered(await place.get()))[1]["etag"]
    if not fresh:
        place.clock.advance(61)
    decision = await place.get(fields={"if-none-match": f'"other", W/{etag}'})
    status, headers, body = await place.answered(decision)
    assert (304, etag, b"") == (status, headers["etag"], body)
    assert [] == [pair for pair in decision.request.onward if pair[0] == b"if-none-match"]


@pytest.mark.parametrize(
    ("second", "asked"),
    [
        ({}, 1),
        ({"caller": BOB}, 2),
        ({"fields": {"accept-language": "fr"}}, 2),
        ({"target": "/shop/orders/8"}, 2),
        ({"query": b"a=1"}, 2),
        ({"version": "2026-01-01"}, 2),
        ({"fields": {"cache-control": "no-cache"}}, 2),
        ({"fields": {"cache-control": "no-store"}}, 2),
        ({"caller": ANYONE.narrowed(frozenset())}, 2),
        ({"operation": SHARED}, 2),
    ],
)
async def test_another_question_is_another_answer(second: dict[str, Any], asked: int) -> None:
    """Each consumer has their own, for each scope, version, target and field that varies."""
    place = Place()
    await place.answered(await place.get())
    await place.answered(await place.get(**second))
    assert asked == place.asked


@pytest.mark.parametrize(("caller", "asked"), [(BOB, 1), (replace(BOB, roles=frozenset({"hr"})), 2)])
async def test_a_shared_answer_is_for_those_who_may_see_the_same(caller: Caller, asked: int) -> None:
    """Answers are masked by scopes, roles and tenant."""
    place = Place()
    await place.answered(await place.get(operation=SHARED))
    await place.answered(await place.get(operation=SHARED, caller=caller))
    assert asked == place.asked


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({}, True),
        ({"status": 404}, False),
        ({"cache_control": "no-store"}, False),
        ({"cache_control": "private"}, False),
        ({"set_cookie": "a=b"}, False),
        ({"content_encoding": "gzip"}, False),
        ({"body": b"x" * 65}, False),
    ],
)
async def test_what_the_tier_or_its_size_forbids_is_not_kept(answer: dict[str, Any], kept: bool) -> None:
    """It reaches the client unchanged."""
    place = Place(body_bytes=64)
    status, headers, body = await place.answered(await place.get(operation=SHARED), **answer)
    assert kept == ("cache.hit" == (await place.get(operation=SHARED)).code) == ("etag" in headers)
    assert (answer.get("status", 200), answer.get("body", b'{"id":7}')) == (status, body)


async def test_a_tiers_own_etag_is_kept_and_its_internal_fields_are_not() -> None:
    """Only fields that belong to the document."""
    place = Place()
    await place.answered(await place.get(), etag='"v7"')
    headers = (await place.answered(await place.get()))[1]
    assert ('"v7"', False) == (headers["etag"], "x-internal" in headers)


async def test_a_command_of_the_group_makes_it_be_forgotten() -> None:
    """Unless the tier refused it."""
    place = Place()
    for status, asked in ((200, 2), (422, 2)):
        await place.answered(await place.get())
        request: Request = (await decide(place.policy, Given(method="POST", operation=WRITE))).request
        place.policy.ended(request, status=status)
        await place.answered(await place.get())
        assert asked == place.asked


async def test_what_is_not_marked_is_left_alone() -> None:
    """No tap, no wait."""
    request = Given().request()
    assert None is Place().policy(request)
    assert None is request.tap


async def test_shadowed_it_only_notes_that_it_could_have_answered() -> None:
    """The tier is asked all the same."""
    place = Place()
    await place.answered(await place.get())
    decision = await decide(place.policy, Given(headers=(("accept", "application/json"),), operation=OWN), shadow=True)
    assert ("ok", ["cache.hit"]) == (decision.code, decision.request.shadowed)


def test_the_shelf_is_bounded() -> None:
    """What was not asked for longest gives way."""
    shelf = Shelf(ManualClock(), limit_bytes=5_000)
    stored = Stored(headers=(), body=b"x" * 700, etag=b'"1"', at=0.0, until=60.0)
    for n in range(10):
        shelf.keep((n,), stored)
        shelf.find((0,))
    assert [True, False, True] == [shelf.find((n,)) is not None for n in (0, 1, 9)]
    assert 5 == len(shelf)
