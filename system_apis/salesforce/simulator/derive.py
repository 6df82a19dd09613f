"""What the org computes by itself: amounts from lines, standing from stages, names, twins and defaults."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from kit.sandbox.force import Entity, Refusal, Rows, Rules

from .schema import COUNTRIES, STAGES

_CENT: Final = Decimal("0.01")


class Selling(Rules):
    """The rules of an org that sells."""

    def defaults(self, kind: Entity, values: dict[str, Any]) -> dict[str, Any]:
        """Values for what was not sent."""
        filled: dict[str, Any] = {}
        if "CurrencyIsoCode" in kind.fields and not values.get("CurrencyIsoCode"):
            filled["CurrencyIsoCode"] = "EUR"
        if "IsActive" in kind.fields and "IsActive" not in values:
            filled["IsActive"] = False
        return filled

    def before_create(self, store: Rows, kind: Entity, values: dict[str, Any]) -> None:
        """Complete and check a row that is about to be added."""
        _pair_country(values)
        if kind.name == "OpportunityLineItem":
            _complete_line(store, values)
        if kind.name == "PricebookEntry":
            product = store.find("Product2", values.get("Product2Id"))
            if product:
                values["Name"], values["ProductCode"] = product["Name"], product["ProductCode"]

    def before_update(self, store: Rows, kind: Entity, row: dict[str, Any], values: dict[str, Any]) -> None:
        """Complete and check a change that is about to be made."""
        del store
        _pair_country(values)
        if kind.name == "OpportunityLineItem" and {"Quantity", "UnitPrice", "TotalPrice"} & values.keys():
            _refuse_both_prices(values)
            kept = "TotalPrice" if values.get("TotalPrice") is not None else "UnitPrice"
            _price(values, quantity=values.get("Quantity", row["Quantity"]), kept=kept, fallback=row["UnitPrice"])
        if kind.name == "Opportunity" and row["HasOpportunityLineItem"]:
            values.pop("Amount", None)  # documented: ignored, not refused, while the deal has lines

    def settle(self, store: Rows, kind: Entity, row: dict[str, Any]) -> None:
        """Bring what depends on a saved row into line with it."""
        if kind.name == "Contact":
            row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part)
        elif kind.name == "Opportunity":
            closed, won, probability, category = STAGES.get(row["StageName"], (False, False, 0, "Pipeline"))
            row |= {"IsClosed": closed, "IsWon": won, "ForecastCategoryName": category}
            row["Probability"] = Decimal(probability)
            row["HasOpportunityLineItem"] = bool(row["HasOpportunityLineItem"])
        elif kind.name == "OpportunityLineItem":
            _sum_lines(store, row["OpportunityId"])


def _sum_lines(store: Rows, opportunity_id: str) -> None:
    opportunity = store.find("Opportunity", opportunity_id)
    if opportunity is None:
        return
    lines = [line for line in store.rows("OpportunityLineItem") if line["OpportunityId"] == opportunity["Id"]]
    opportunity["HasOpportunityLineItem"] = bool(lines)
    opportunity["Amount"] = sum((line["TotalPrice"] for line in lines), Decimal(0))
    store.touch(opportunity)


def _complete_line(store: Rows, values: dict[str, Any]) -> None:
    opportunity = store.find("Opportunity", values.get("OpportunityId"))
    if opportunity is None:
        return  # reported as a missing required field
    entry = _entry(store, opportunity, values)
    if entry is None:
        message = "Required fields are missing: [PricebookEntryId]"
        raise Refusal(400, "REQUIRED_FIELD_MISSING", message, fields=("PricebookEntryId",))
    if entry["CurrencyIsoCode"] != opportunity["CurrencyIsoCode"]:
        message = "The pricebook entry currency code does not match the currency code of the opportunity"
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", message, fields=("PricebookEntryId",))
    opportunity["Pricebook2Id"] = opportunity["Pricebook2Id"] or entry["Pricebook2Id"]
    if opportunity["Pricebook2Id"] != entry["Pricebook2Id"]:
        message = "pricebook entry is in a different pricebook than the one assigned to the opportunity"
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", message, fields=("PricebookEntryId",))
    _refuse_both_prices(values)
    if values.get("Quantity") is not None:
        kept = "TotalPrice" if values.get("TotalPrice") is not None else "UnitPrice"
        _price(values, quantity=values["Quantity"], kept=kept, fallback=entry["UnitPrice"])
    values |= {
        "PricebookEntryId": entry["Id"],
        "Product2Id": entry["Product2Id"],
        "ProductCode": entry["ProductCode"],
        "Name": f"{opportunity['Name']} {entry['Name']}",
        "CurrencyIsoCode": opportunity["CurrencyIsoCode"],
    }


def _entry(store: Rows, opportunity: dict[str, Any], values: dict[str, Any]) -> dict[str, Any] | None:
    if values.get("PricebookEntryId"):
        return store.find("PricebookEntry", values["PricebookEntryId"])
    wanted = (values.get("Product2Id"), opportunity["CurrencyIsoCode"])
    return next(
        (
            entry
            for entry in store.rows("PricebookEntry")
            if (entry["Product2Id"], entry["CurrencyIsoCode"]) == wanted
            and opportunity["Pricebook2Id"] in {None, entry["Pricebook2Id"]}
        ),
        None,
    )


def _refuse_both_prices(values: dict[str, Any]) -> None:
    if values.get("UnitPrice") is not None and values.get("TotalPrice") is not None:
        message = "field integrity exception: UnitPrice, TotalPrice (only one may be specified)"
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", message, fields=("UnitPrice", "TotalPrice"))


def _price(values: dict[str, Any], *, quantity: Decimal | None, kept: str, fallback: Decimal) -> None:
    if not quantity:
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", "Quantity: must not be zero", fields=("Quantity",))
    if kept == "TotalPrice":
        values["UnitPrice"] = (values["TotalPrice"] / quantity).quantize(_CENT, rounding=ROUND_HALF_UP)
        return
    sent: Decimal | None = values.get("UnitPrice")
    price = fallback if sent is None else sent
    values |= {"UnitPrice": price, "TotalPrice": (price * quantity).quantize(_CENT, rounding=ROUND_HALF_UP)}


def _pair_country(values: dict[str, Any]) -> None:
    """Keep a country and its code together, as an org with country picklists does."""
    code, name = values.get("BillingCountryCode"), values.get("BillingCountry")
    if code is None and name is None:
        return
    known = code if code is not None else next((c for c, n in COUNTRIES.items() if name in {c, n}), "")
    if known not in COUNTRIES:
        message = (
            "There's a problem with this country, even though it may appear correct. "
            "Please select a country/territory from the list of valid countries.: Billing Country"
        )
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", message, fields=("BillingCountry",))
    values |= {"BillingCountryCode": known, "BillingCountry": COUNTRIES[known]}
