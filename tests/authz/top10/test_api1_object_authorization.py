"""API1:2023, broken object level authorization: somebody who knows the id of another's object."""

from __future__ import annotations

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import PARTNERS, Attacker, added, endpoint

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(289, 300)]


async def test_an_id_alone_opens_nothing(house: Ground) -> None:
    """A rival who has learned the id neither reads, changes, rotates nor removes it: it stands as it was.

    Removing is idempotent and so says the same whoever asks; that it removed nothing is seen afterwards.
    """
    owner, rival = Attacker(house, "partner"), Attacker(house, "other_partner")
    made = (await added(owner, key="api1"))["endpoint"]
    at = f"{PARTNERS}/webhook-endpoints/{made['endpoint_id']}"
    answers = [
        await rival.ask("GET", at),
        await rival.ask("PUT", at, endpoint("https://9.9.9.9/mine"), **{"if-match": f'"{made["etag"]}"'}),
        await rival.ask("POST", f"{at}/secrets", {}),
        await rival.ask("DELETE", at),
        await rival.ask("GET", f"{at}/deliveries"),
    ]
    after = (await owner.ask("GET", at)).json()

    assert [404, 404, 404, 204, 404] == [each.status_code for each in answers]
    assert made == after


async def test_what_is_hidden_and_what_is_not_there_look_alike(house: Ground) -> None:
    """The refusal is the same but for the id, so that nobody finds out which ids there are."""
    owner, rival = Attacker(house, "partner"), Attacker(house, "other_partner")
    there = (await added(owner, key="api1-alike"))["endpoint"]["endpoint_id"]
    missing = f"{there[:-1]}{'a' if there[-1] != 'a' else 'b'}"
    told = []
    for each in (there, missing):
        answer = (await rival.ask("GET", f"{PARTNERS}/webhook-endpoints/{each}")).json()
        told.append({name: str(value).replace(each, "") for name, value in answer.items() if name != "trace_id"})

    assert told[0] == told[1]
    assert "404" == told[0]["status"]


async def test_the_key_of_a_command_gives_nobody_anothers_answer(house: Ground) -> None:
    """A rival who sends the same idempotency key gets an endpoint of their own, never the first one's secret."""
    first = await added(Attacker(house, "partner"), key="api1-shared")
    second = await added(Attacker(house, "other_partner"), key="api1-shared")

    assert first["endpoint"]["endpoint_id"] != second["endpoint"]["endpoint_id"]
    assert first["secret"] != second["secret"]


async def test_a_list_cannot_be_widened(house: Ground) -> None:
    """Neither a parameter nor a header makes a list of one's own one of everybody's."""
    owner, rival = Attacker(house, "partner"), Attacker(house, "other_partner")
    made = (await added(owner, key="api1-list"))["endpoint"]["endpoint_id"]
    tries = [
        await rival.ask("GET", f"{PARTNERS}/webhook-endpoints{query}", x_client_id="partner-demo")
        for query in ("", "?client_id=partner-demo", "?limit=100&client_id=*")
    ]

    assert [200, 400, 400] == [each.status_code for each in tries]
    assert [] == [each.text for each in tries if made in each.text]
