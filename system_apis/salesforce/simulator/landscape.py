"""A development landscape: fresh credentials at both ends, a price book, and a person already signed in."""

from typing import Any, Final

from kit.sandbox.force import credentials, long_id

_INTEGRATION_USER: Final = "integration@sluicegate.example"
_PERSON: Final = "sam.seller@sluicegate.example"
_STANDARD: Final = long_id("01sJ50000000001")
_PRODUCTS: Final = (("ONB", "Service onboarding"), ("MCS", "Managed cloud service"), ("ADV", "Advisory"))
_CURRENCIES: Final = ("EUR", "GBP", "USD")


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    login = credentials(integration_user=_INTEGRATION_USER, person=_PERSON)
    return {
        "config": {"base_url": base_url, **login.config, "feed_lag_s": 0},
        "seed": {**login.seed, "records": _price_book()},
        "person": login.person,
    }


def _price_book() -> list[dict[str, Any]]:
    book = {"attributes": {"type": "Pricebook2"}, "Id": _STANDARD, "Name": "Standard Price Book"}
    records: list[dict[str, Any]] = [{**book, "IsActive": True, "IsStandard": True}]
    for number, (code, name) in enumerate(_PRODUCTS, start=1):
        product = long_id(f"01tJ5000000000{number}")
        records.append(
            {"attributes": {"type": "Product2"}, "Id": product, "Name": name, "ProductCode": code, "IsActive": True}
        )
        for place, currency in enumerate(_CURRENCIES):
            entry = {"Pricebook2Id": _STANDARD, "Product2Id": product, "UnitPrice": "1.00", "IsActive": True}
            entry_id = long_id(f"01uJ500000000{place}{number}")
            records.append(
                {"attributes": {"type": "PricebookEntry"}, "Id": entry_id, "CurrencyIsoCode": currency, **entry}
            )
    return records
