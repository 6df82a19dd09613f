"""Every estate that tells the shapes of deals tells the same deals, whatever CRM they were sold from."""

from pathlib import Path
from typing import Any, Final

import pytest

from contracts.canonical.deal import BillingFrequency, DealLine, Opportunity
from contracts.canonical.party import Customer
from kit.cli import estate as estates
from kit.cli.estate import estate
from kit.cli.story import play, script
from tests.conformance.connected import connected

MODEL: Final = "atlantic"
_ALLOWANCE_S: Final = 10.0  # a vendor counts calls in so many seconds; here they pass between two scenes
NAMES: Final = sorted(path.stem for path in (Path(estates.__file__).parent / "estates").glob("*.toml"))
OTHERS: Final = [name for name in NAMES if name != MODEL and estate(name).facts.get("shapes")]


@pytest.mark.req(34, 120)
@pytest.mark.parametrize("name", OTHERS)
async def test_the_deals_of_every_shape_are_the_same(name: str) -> None:
    """A room reads in canonical words what the model's room reads; a shape may be missing, none may differ."""
    wanted, found = await scenes(MODEL), await scenes(name)

    assert set(found) <= set(wanted)
    for scene, deal in found.items():
        assert wanted[scene] == deal, scene


async def scenes(name: str) -> dict[str, dict[str, Any]]:
    """The deal of each scene, as the room reads it once the scene was played at the CRM's own screen."""
    known = estate(name)
    seller = known.story["connection"]
    told: dict[str, dict[str, Any]] = {}
    async with connected(known.vendors[seller].name, "crm") as crm:
        for shape in known.facts["shapes"]:
            saved: dict[str, dict[str, Any]] = {}
            for scene in shape["scenes"]:
                crm.sandbox.advance(_ALLOWANCE_S)
                if scene.get("connection", seller) == seller:
                    steps = script(crm.vendor.path / "fixtures" / scene["script"])
                    saved = await play(steps, base_url=crm.simulated.url, headers=crm.simulated.person, saved=saved)
                names = {str(answer["id"]): script_name for script_name, answer in saved.items()}
                deal = await crm.role.opportunity(opportunity_id=str(saved[scene["deal"]]["id"]))
                told[f"{shape['name']}: {scene['script']}"] = canonical(deal, names)
    return told


def canonical(deal: Opportunity, names: dict[str, str]) -> dict[str, Any]:
    """A deal without ids and order, which are its vendor's own; of gaps only how many kinds of record have one."""
    lines = {line.line_id: line.name for line in deal.lines}
    return {
        "deal": (deal.name, deal.won, deal.closed_on, deal.amount, deal.currency, deal.kind),
        "terms": (deal.legal_entity_id, deal.service_line, deal.delivery_owner, deal.payment_terms, deal.special_terms),
        "signed": (deal.statement_of_work, deal.statement_of_work_sha256, deal.signed_on),
        "parties": (party(deal.customer), party(deal.bill_to) if deal.bill_to else None),
        "above": names.get((deal.customer.parent_id or "").removeprefix("cus-")),
        "extends": names.get(deal.extends or ""),
        "lines": sorted(line_of(line) for line in deal.lines),
        "rates": [(card.name, card.currency, sorted(card.entries, key=str)) for card in deal.rate_cards],
        "staffing": sorted(
            (need.role, need.country, need.hours, need.starts_on, need.ends_on, lines.get(need.line_id or "", ""))
            for need in deal.staffing
        ),
        "gaps": len({gap.record.partition(" ")[0] for gap in deal.gaps}),
    }


def party(customer: Customer) -> tuple[object, ...]:
    """Who bought or is billed."""
    return customer.name, customer.address, customer.currency, customer.tax, customer.email


def line_of(line: DealLine) -> tuple[str, ...]:
    """A line in words that sort; billed monthly is what a subscription is when nothing else is said."""
    frequency = line.frequency or BillingFrequency.MONTHLY
    when = (line.starts_on, line.ends_on)
    money = (line.amount, line.deal_value, line.cap)
    owed = (line.method, frequency, line.timing, line.milestones, line.tax_code, line.legal_entity_id)
    return line.name, str(line.country), line.phase, str(when), str(money), str(owed)
