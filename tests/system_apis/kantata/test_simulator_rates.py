"""The simulator's rate cards: copies the vendor makes, what publication fixes, what a project holds."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.req(40, 86)


async def _set(account: Any) -> tuple[str, str, str]:
    """A set with one draft version and a card in EUR."""
    made = await account.make("rate_card_sets", "rate_card_set", title="N")
    version = await _version(account, made["id"], "2026-12-01")
    card = await account.make(
        "rate_cards",
        "rate_card",
        rate_card_set_id=made["id"],
        rate_card_set_version_id=version["id"],
        currency="EUR",
    )
    return made["id"], version["id"], card["id"]


async def _version(account: Any, set_id: str, day: str | None) -> dict[str, Any]:
    attributes = {"rate_card_set_id": set_id, "effective_date": day}
    return dict(await account.make("rate_card_set_versions", "rate_card_set_version", **attributes))


async def _publish(account: Any, version_id: str) -> Any:
    return await account.http.put(f"/api/v1/rate_card_set_versions/{version_id}/publish")


def _sheets(account: Any, version_id: str) -> list[dict[str, Any]]:
    rows = account.rows("rate_card_versions")
    return [row for row in rows if row["rate_card_set_version_id"] == version_id]


async def test_a_card_brings_its_own_version(account: Any) -> None:
    """Nobody creates a rate card version: the vendor does, with the card."""
    _, version_id, card_id = await _set(account)
    direct = await account.http.post("/api/v1/rate_card_versions", json={"rate_card_version": {"default_rate": 1}})

    assert [card_id] == [row["rate_card_id"] for row in _sheets(account, version_id)]
    assert 404 == direct.status_code


async def test_a_further_version_has_a_sheet_for_each_card(account: Any) -> None:
    """A plain version starts empty, a clone starts with the rates of its source."""
    set_id, version_id, card_id = await _set(account)
    role = await account.make("roles", "role", name="R")
    (sheet,) = _sheets(account, version_id)
    await account.make(
        "rate_card_roles", "rate_card_role", rate_card_version_id=sheet["id"], role_id=role["id"], rate=100
    )
    plain = await _version(account, set_id, "2028-01-01")
    body = {
        "clone_id": version_id,
        "rate_card_set_version": {"rate_card_set_id": set_id, "effective_date": "2029-01-01"},
    }
    cloned = (await account.http.post("/api/v1/rate_card_set_versions", json=body)).json()["results"][0]["id"]
    (copied,) = _sheets(account, cloned)

    assert [card_id] == [row["rate_card_id"] for row in _sheets(account, plain["id"])]
    assert [100, 100] == [row["rate"] for row in account.rows("rate_card_roles")]
    assert copied["id"] == account.rows("rate_card_roles")[1]["rate_card_version_id"]


async def test_publication_is_final(account: Any) -> None:
    """Published twice, changed, deleted, or given another rate: 422 each time."""
    _, version_id, _ = await _set(account)
    role = await account.make("roles", "role", name="R")
    (sheet,) = _sheets(account, version_id)
    first = await _publish(account, version_id)
    rate = {"rate_card_version_id": sheet["id"], "role_id": role["id"], "rate": 100}
    refused = [
        await _publish(account, version_id),
        await account.http.delete(f"/api/v1/rate_card_set_versions/{version_id}"),
        await account.http.post("/api/v1/rate_card_roles", json={"rate_card_role": rate}),
        await account.http.put(
            f"/api/v1/rate_card_versions/{sheet['id']}", json={"rate_card_version": {"default_rate": 5}}
        ),
        await account.http.put(
            f"/api/v1/rate_card_set_versions/{version_id}",
            json={"rate_card_set_version": {"effective_date": "2027-01-01"}},
        ),
    ]

    assert {"activated": True} == first.json()
    assert [422] * 5 == [response.status_code for response in refused]


async def test_two_versions_of_a_set_share_no_date(account: Any) -> None:
    """The second of two with one date cannot be published, nor one without a date."""
    set_id, version_id, _ = await _set(account)
    same, dateless = await _version(account, set_id, "2026-12-01"), await _version(account, set_id, None)
    await _publish(account, version_id)

    assert [422, 422] == [(await _publish(account, row["id"])).status_code for row in (same, dateless)]


@pytest.mark.parametrize(("currency", "again"), [("SEK", False), ("EUR", True)])
async def test_a_currency_stands_in_the_default_set_and_once_in_its_own(
    account: Any, currency: str, again: bool
) -> None:
    """A currency the account does not price in is refused, and so is a second card in one currency."""
    set_id, version_id, _ = await _set(account)
    body = {"rate_card_set_id": set_id, "rate_card_set_version_id": version_id, "currency": currency}
    response = await account.http.post("/api/v1/rate_cards", json={"rate_card": body})

    assert (422, "currency") == (response.status_code, response.json()["errors"][0]["field"])
    assert again is (currency == "EUR")


async def test_a_set_in_use_stays(account: Any) -> None:
    """While a project stands on one of its cards a set is not deleted; afterwards it goes with everything."""
    set_id, _, card_id = await _set(account)
    workspace = await account.make("workspaces", "workspace", title="P", creator_role="maven", rate_card_id=card_id)
    held = await account.http.delete(f"/api/v1/rate_card_sets/{set_id}")
    await account.http.put(f"/api/v1/workspaces/{workspace['id']}", json={"workspace": {"rate_card_id": None}})
    gone = await account.http.delete(f"/api/v1/rate_card_sets/{set_id}")

    assert (422, 204) == (held.status_code, gone.status_code)
    assert [4, 4] == [len(account.rows(name)) for name in ("rate_cards", "rate_card_versions")]


async def test_the_default_set_stays(account: Any) -> None:
    """The account cannot be left without its default."""
    assert 422 == (await account.http.delete("/api/v1/rate_card_sets/1")).status_code
