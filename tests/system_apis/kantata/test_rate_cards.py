"""Rate cards on a simulated account: published whole, completed after a crash, withdrawn, never doubled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from contracts.canonical.rates import RateCard
from contracts.problem import Kind, Problem
from contracts.system.psa import Psa

pytestmark = pytest.mark.req(40, 86, 135)

# Every call that changes something while the card of the deal is published, in order.
WRITES = 20


def prices(account: Any) -> dict[str, dict[str, int]]:
    """What the account bills for each role, by the date from which it does; drafts are marked."""
    roles = {row["id"]: row["name"] for row in account.rows("roles")}
    versions = {row["id"]: row for row in account.rows("rate_card_set_versions")}
    sheets = {row["id"]: row for row in account.rows("rate_card_versions")}
    found: dict[str, dict[str, int]] = {}
    for rate in account.rows("rate_card_roles"):
        version = versions[sheets[rate["rate_card_version_id"]]["rate_card_set_version_id"]]
        date = version["effective_date"] if version["active"] else f"draft {version['effective_date']}"
        found.setdefault(date, {})
        assert roles[rate["role_id"]] not in found[date], "a rate stands twice"
        found[date][roles[rate["role_id"]]] = rate["rate"]
    return found


def agreed() -> dict[str, dict[str, int]]:
    """What the contract says."""
    first = {
        "Cloud Architect (DE)": 18_500,
        "Cloud Architect (FR)": 19_500,
        "Engineer (DE)": 12_000,
        "Service Manager (DE)": 14_250,
        "Service Manager (FR)": 15_000,
    }
    return {"2026-12-01": first, "2028-01-01": first | {"Cloud Architect (FR)": 20_300}}


@pytest.mark.req(343)
async def test_a_card_is_published_with_its_dated_rates(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """Two set versions, five roles, ten rates in cents; the reference is that of the card."""
    reference = await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)
    (card,) = [row for row in account.rows("rate_cards") if row["id"] == reference.external_id]

    assert (agreed(), True, "EUR") == (prices(account), reference.created, card["currency"])
    assert "Northwind 2026 [rc-1]" == account.rows("rate_card_sets")[-1]["title"]


@pytest.mark.req(243)
async def test_a_published_card_is_returned_as_it_is(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """Even if other prices are asked for: what is published cannot be changed."""
    first = await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)
    dearer = [msgspec.structs.replace(entry, hourly_rate=entry.hourly_rate + 1) for entry in rate_card.entries]
    again = await psa.publish_rate_card(rate_card_id="rc-1", body=msgspec.structs.replace(rate_card, entries=dearer))

    assert (first.external_id, False, agreed()) == (again.external_id, again.created, prices(account))


async def test_two_cards_of_one_name_are_two_cards(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """Our key tells them apart, not the name."""
    first = await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)
    second = await psa.publish_rate_card(rate_card_id="rc-11", body=rate_card)

    assert (True, 3) == (first.external_id != second.external_id, len(account.rows("rate_card_sets")))


@pytest.mark.req(243, 257)
@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
@pytest.mark.parametrize("cut", range(WRITES))
async def test_a_crash_anywhere_is_completed_and_nothing_doubled(
    account: Any, opened: Callable[[], Psa], rate_card: RateCard, cut: int, kind: str
) -> None:
    """The vendor falls silent from the n-th write on; another process finishes what the first began."""
    writes = {"kind": kind, "times": 1, "skip": cut}
    account.fault(**writes, method="POST", path="/api/v1/")
    account.fault(kind="status", status=503, times=1_000, skip=cut, method="POST", path="/api/v1/")
    account.fault(kind="status", status=503, times=1_000, method="PUT", path="/api/v1/")
    with pytest.raises(Problem):
        await opened().publish_rate_card(rate_card_id="rc-1", body=rate_card)
    account.sandbox.faults.clear()
    reference = await opened().publish_rate_card(rate_card_id="rc-1", body=rate_card)

    assert agreed() == prices(account)
    assert (2, 5, 5) == tuple(len(account.rows(name)) for name in ("rate_card_sets", "rate_cards", "roles"))
    assert 3 == len(account.rows("rate_card_set_versions"))
    assert reference.external_id == account.rows("rate_cards")[-1]["id"]


@pytest.mark.req(111, 245)
@pytest.mark.parametrize("late", [False, True])
async def test_a_create_that_arrives_late_leaves_no_twin(
    account: Any, psa: Psa, rate_card: RateCard, *, late: bool
) -> None:
    """A set whose sender had given it up before it reached the vendor is taken away; the card stands once."""
    twin = {"title": "Northwind 2026 [rc-1]"}
    if not late:
        await account.make("rate_card_sets", "rate_card_set", **twin)
    first = await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)
    await account.make("rate_card_sets", "rate_card_set", **twin)
    again = await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)

    assert (first.external_id, agreed()) == (again.external_id, prices(account))
    assert 1 == sum(row["title"] == twin["title"] for row in account.rows("rate_card_sets"))


async def test_a_publication_whose_answer_is_lost_counts(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """The repeated publish is refused as done already, and that is taken for what it is."""
    account.fault(kind="drop_after", method="PUT", path="/api/v1/rate_card_set_versions")
    await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)

    assert (agreed(), [422, 200]) == (prices(account), account.calls("PUT", "publish")[1:])


async def test_a_wrong_rate_in_a_draft_is_put_right(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """A draft is ours to correct until it is published."""
    account.fault(kind="status", status=503, times=1_000, method="PUT", path="/api/v1/")
    with pytest.raises(Problem):
        await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)
    account.sandbox.faults.clear()
    account.rows("rate_card_roles")[0]["rate"] = 1
    await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)

    assert agreed() == prices(account)


async def test_a_card_is_withdrawn_once_nobody_works_by_it(account: Any, psa: Psa, put: Any) -> None:
    """Refused while a project stands on it; then it goes with its set; once more harms nothing."""
    await put()
    with pytest.raises(Problem) as held:
        await psa.withdraw_rate_card(rate_card_id="rc-1")
    await psa.archive_project(project_id="prj-1")
    await psa.withdraw_rate_card(rate_card_id="rc-1")
    await psa.withdraw_rate_card(rate_card_id="rc-1")

    assert (Kind.CONFLICT, "kantata.rate_card_in_use") == (held.value.kind, held.value.code)
    assert ["Account default"] == [row["title"] for row in account.rows("rate_card_sets")]


async def test_a_currency_the_account_does_not_price_in_is_told(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """The vendor's refusal is passed on with its field."""
    with pytest.raises(Problem) as caught:
        await psa.publish_rate_card(rate_card_id="rc-1", body=msgspec.structs.replace(rate_card, currency="SEK"))

    assert ("kantata.validation", ["currency"]) == (caught.value.code, [e.pointer for e in caught.value.errors])
