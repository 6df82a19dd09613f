"""The simulator's door: tokens, the code flow, the bare 429; and the feed behind it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.req(40, 297)


@pytest.mark.parametrize("header", ["", "Bearer nobody", "Basic abc"])
async def test_without_a_good_token_nothing_is_answered(account: Any, header: str) -> None:
    """401 with the vendor's own words."""
    response = await account.http.get("/api/v1/workspaces.json", headers={"authorization": header})

    assert (401, {"errors": [{"type": "oauth", "message": "Invalid OAuth 2 Request"}]}) == (
        response.status_code,
        response.json(),
    )


@pytest.mark.req(293)
async def test_a_token_never_expires_but_may_be_revoked(account: Any) -> None:
    """Ten years change nothing; a revocation does at once."""
    account.sandbox.advance(10 * 365 * 86_400)
    old = await account.http.get("/api/v1/workspaces.json")
    token = account.http.headers["authorization"].removeprefix("Bearer ")
    await account.http.post("/oauth/revoke", data={"token": token})
    revoked = await account.http.get("/api/v1/workspaces.json")

    assert (200, 401) == (old.status_code, revoked.status_code)


async def _code(account: Any, application: dict[str, str]) -> str:
    params = {**application, "response_type": "code", "state": "s"}
    back = await account.http.get("/oauth/authorize", params=params)
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert (302, ["s"]) == (back.status_code, query["state"])
    return query["code"][0]


async def test_a_code_becomes_a_token_once_and_within_five_minutes(account: Any) -> None:
    """Used twice, too late, or with another secret: invalid_grant."""
    application = {"client_id": "app", "redirect_uri": "http://127.0.0.1/back"}
    account.sandbox.seed({"oauth": {"applications": [{**application, "client_secret": "s3"}]}})
    form = {**application, "client_secret": "s3", "grant_type": "authorization_code"}
    code = await _code(account, application)
    first = await account.http.post("/oauth/token", data={**form, "code": code})
    used = await account.http.post("/oauth/token", data={**form, "code": code})
    wrong = {**form, "client_secret": "other", "code": await _code(account, application)}
    strange = await account.http.post("/oauth/token", data=wrong)
    late_code = await _code(account, application)
    account.sandbox.advance(301)
    late = await account.http.post("/oauth/token", data={**form, "code": late_code})
    headers = {"authorization": f"Bearer {first.json()['access_token']}"}
    called = await account.http.get("/api/v1/roles.json", headers=headers)

    assert ({"access_token", "token_type"}, 200) == (set(first.json()), called.status_code)
    assert [(401, "invalid_grant")] * 3 == [(r.status_code, r.json()["error"]) for r in (used, strange, late)]


async def test_an_unknown_application_gets_no_code(account: Any) -> None:
    """401 before any redirect."""
    response = await account.http.get("/oauth/authorize", params={"client_id": "x", "response_type": "code"})

    assert (401, {"error": "invalid_client"}) == (response.status_code, response.json())


async def test_a_call_too_many_is_a_bare_429(account: Any) -> None:
    """No Retry-After, no quota header; a minute later it goes on."""
    account.sandbox.seed({"requests_per_minute": 2})
    statuses = [(await account.http.get("/api/v1/roles.json")).status_code for _ in range(2)]
    refused = await account.http.get("/api/v1/roles.json")
    account.sandbox.advance(61)

    assert ([200, 200], 429) == (statuses, refused.status_code)
    assert not [name for name in refused.headers if "retry" in name or "limit" in name]
    assert 200 == (await account.http.get("/api/v1/roles.json")).status_code


async def test_every_answer_carries_a_request_id(account: Any) -> None:
    """Good or refused."""
    answers = [await account.http.get(f"/api/v1/{path}") for path in ("roles.json", "nonsense.json")]

    assert 2 == len({answer.headers["x-request-id"] for answer in answers})


async def _events(account: Any, **params: str) -> list[dict[str, Any]]:
    answer = (await account.http.get("/api/v1/subscribed_events.json", params={"per_page": "200", **params})).json()
    return [answer["subscribed_events"][one["id"]] for one in answer["results"]]


@pytest.mark.req(219)
async def test_events_come_shuffled_and_repeated(account: Any) -> None:
    """Neither the order of the changes nor one event a change may be relied upon; payloads are lazy."""
    for number in range(9):
        await account.make("workspaces", "workspace", title=f"P{number}", creator_role="maven")
    events = await _events(account)
    told = Counter(event["subject_id"] for event in events)
    full = await _events(account, optional_fields="current_payload")

    assert ({str(number) for number in range(1, 10)}, {1, 2}) == (set(told), set(told.values()))
    assert sorted(events, key=lambda event: int(event["id"])) != events
    assert all("current_payload" not in event for event in events)
    assert all(event["current_payload"]["id"] == event["subject_id"] for event in full)


async def test_events_older_than_nine_days_are_gone(account: Any) -> None:
    """The horizon is the vendor's; what was missed is missed."""
    await account.make("workspaces", "workspace", title="old", creator_role="maven")
    account.sandbox.advance(9 * 86_400 + 1)
    await account.make("workspaces", "workspace", title="new", creator_role="maven")

    assert {"2"} == {event["subject_id"] for event in await _events(account)}


async def test_events_are_narrowed_by_type_and_moment(account: Any) -> None:
    """event_types and subject_changed_after; the types seen are listed."""
    row = await account.make("workspaces", "workspace", title="P", creator_role="maven")
    account.sandbox.advance(60)
    moment = account.sandbox.now().isoformat()
    account.sandbox.advance(60)
    await account.http.put(f"/api/v1/workspaces/{row['id']}", json={"workspace": {"title": "Q"}})
    types = (await account.http.get("/api/v1/subscribed_events/event_types.json")).json()

    assert {"workspace:created"} == {e["event_type"] for e in await _events(account, event_types="workspace:created")}
    assert {"workspace:updated"} == {e["event_type"] for e in await _events(account, subject_changed_after=moment)}
    assert ["workspace:created", "workspace:updated"] == types["event_types"]


async def test_events_are_nobodys_to_write(account: Any) -> None:
    """The feed is pulled, never pushed to."""
    response = await account.http.post("/api/v1/subscribed_events", json={"subscribed_event": {"id": "1"}})

    assert 404 == response.status_code
