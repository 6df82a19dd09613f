"""What an item is worth and what tax it bears: price conditions, tax conditions, and where the tax is rounded.

`group` cuts the tax once for each tax code of a document and puts what is left over on its largest item;
`item` cuts it on every item. Which of them holds is set up in the pricing procedure of a tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from system_apis.sap_s4hana.simulator.refusal import business
from system_apis.sap_s4hana.simulator.state import Row, Tenant

PRICE: Final = "PMP0"
_WHOLE: Final = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})
_THIRDS: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def cut(amount: Decimal, currency: str) -> Decimal:
    """Rounded to the currency's own decimals, halves away from zero."""
    places = 0 if currency in _WHOLE else 3 if currency in _THIRDS else 2
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def net_of(item: Row, prices: Sequence[Row], *, currency: str) -> Decimal:
    """The net value of an item: a rate for each unit (C), or a fixed amount (B)."""
    total = Decimal(0)
    for price in prices:
        rate = price["ConditionRateValue"]
        if price["ConditionType"] != PRICE or rate is None:
            raise business("VK/015", f"Condition type {price['ConditionType']} cannot be entered by hand")
        if price["ConditionCurrency"] != currency:
            raise business(
                "VK/071", "The currency of a condition must be that of the document", target="ConditionCurrency"
            )
        per = price["ConditionQuantity"] or Decimal(1)
        fixed = price["ConditionCalculationType"] == "B"
        total += cut(rate if fixed else rate * item["RequestedQuantity"] / per, currency)
    if not prices:
        raise business("VK/030", "Pricing: mandatory condition PMP0 is missing", target="ConditionType")
    return total


def condition(tenant: Tenant, *, country: str, classification: str) -> dict[str, Any]:
    """The tax condition of a country of departure and a classification; refused where nobody maintained one."""
    for code in tenant.setup["tax_codes"]:
        if (code["country"], code["classification"]) == (country, classification):
            return dict(code)
    text = f"Tax condition TTX1 is missing for country {country}, classification {classification}"
    raise business("VK/331", text, target="ProductTaxClassification1")


def taxes(tenant: Tenant, items: Sequence[Row], *, country: str, currency: str) -> list[Decimal]:
    """The tax of each item, in order."""
    groups: dict[str, list[int]] = {}
    rates: dict[str, Decimal] = {}
    for index, item in enumerate(items):
        known = condition(tenant, country=country, classification=item["ProductTaxClassification1"])
        groups.setdefault(known["code"], []).append(index)
        rates[known["code"]] = Decimal(known["rate"])
    told = [Decimal(0)] * len(items)
    for code, indexes in groups.items():
        nets = [items[index]["NetAmount"] for index in indexes]
        for index, net in zip(indexes, nets, strict=True):
            told[index] = cut(net * rates[code] / 100, currency)
        if tenant.settings.tax_rounding == "group":
            whole = cut(sum(nets, Decimal(0)) * rates[code] / 100, currency)
            largest = max(indexes, key=lambda index: abs(items[index]["NetAmount"]))
            told[largest] += whole - sum((told[index] for index in indexes), Decimal(0))
    return told
