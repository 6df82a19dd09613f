"""What a deal says of people: the agreed rates as cards, and the planned demand."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.canonical.deal import StaffingNeed
from contracts.canonical.rates import RateCard, RateEntry
from system_apis.dynamics_sales import values, wire
from system_apis.dynamics_sales.gaps import Gaps


def rate_cards(deal: wire.Opportunity, rates: Sequence[wire.Rate], gaps: Gaps, *, currency: str) -> list[RateCard]:
    """A card for each currency in which rates are agreed, the deal's first; a card may be named before it is filled."""
    cards: dict[str, list[RateEntry]] = {currency: []} if deal.rate_card else {}
    for rate in rates:
        entry = _rate(rate, gaps)
        if entry is not None:
            cards.setdefault(rate.currency.code if rate.currency else currency, []).append(entry)
    name = deal.rate_card or ""
    return [RateCard(name=name, currency=code, entries=entries) for code, entries in cards.items()]


def staffing_need(need: wire.Need, gaps: Gaps) -> StaffingNeed | None:
    """Planned demand; None when it lacks what makes it one, and that is noted."""
    country, starts_on, ends_on = values.country(need.country), values.date(need.starts_on), values.date(need.ends_on)
    needed: dict[str, object] = {"sluice_role": need.role, "sluice_country": country, "sluice_hours": need.hours}
    needed |= {"sluice_startson": starts_on, "sluice_endson": ends_on}
    if gaps.lacking(f"staffing need {need.id}", **needed) or country is None or need.hours is None:
        return None
    if starts_on is None or ends_on is None:
        return None
    return StaffingNeed(
        role=need.role or "",
        country=country,
        hours=values.plain(need.hours),
        starts_on=starts_on,
        ends_on=ends_on,
        line_id=need.line_id,
    )


def _rate(rate: wire.Rate, gaps: Gaps) -> RateEntry | None:
    country, since = values.country(rate.country), values.date(rate.effective_from)
    needed = {
        "sluice_role": rate.role,
        "sluice_country": country,
        "sluice_hourlyrate": rate.hourly_rate,
        "sluice_effectivefrom": since,
    }
    if gaps.lacking(f"rate {rate.id}", **needed) or country is None or since is None or rate.hourly_rate is None:
        return None
    hourly_rate = values.plain(rate.hourly_rate)
    return RateEntry(role=rate.role or "", country=country, hourly_rate=hourly_rate, effective_from=since)
