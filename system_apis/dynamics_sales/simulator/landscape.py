"""A development landscape: fresh credentials at both ends, currencies, a catalogue, and a person already signed in."""

import secrets
from decimal import Decimal
from typing import Any, Final

_APP_USER: Final = "7d5a0000-0000-4000-8000-000000000001"
_PERSON: Final = "7d5a0000-0000-4000-8000-000000000002"
_CURRENCIES: Final = (
    ("EUR", "Euro", "€", 2, "1"),
    ("GBP", "Pound Sterling", "£", 2, "0.86"),
    ("USD", "US Dollar", "$", 2, "1.08"),
    ("CHF", "Swiss Franc", "CHF", 2, "0.95"),
    ("JPY", "Yen", "¥", 0, "165"),
)
_PRODUCTS: Final = (("ONB", "Service onboarding"), ("MCS", "Managed cloud service"), ("ADV", "Advisory"))
_KEYS: Final = (
    {"table": "account", "columns": ["accountnumber"]},
    {"table": "transactioncurrency", "columns": ["isocurrencycode"]},
    {"table": "product", "columns": ["productnumber"]},
    {"table": "opportunity", "columns": ["sluice_statementofwork"], "status": "Pending"},
)


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers.

    The person's client prefers to see what it wrote, for the vendor answers a create with an address alone.
    """
    tenant, client_id = (f"7d5a0000-0000-4000-9000-{secrets.randbits(48):012x}" for _ in range(2))
    secret, session = secrets.token_urlsafe(30), f"eyJ0eXAi.{secrets.token_hex(40)}"
    return {
        "config": {
            "base_url": base_url,
            "login_url": base_url,
            "tenant_id": tenant,
            "client_id": client_id,
            "client_secret": secret,
            "base_currency": "EUR",
        },
        "seed": {
            "tenant": tenant,
            "apps": [{"client_id": client_id, "client_secret": secret, "user": _APP_USER}],
            "sessions": [{"token": session, "user": _PERSON}],
            "keys": list(_KEYS),
            "records": _records(),
        },
        "person": {"headers": {"Authorization": f"Bearer {session}", "Prefer": "return=representation"}},
    }


def _records() -> list[dict[str, Any]]:
    people = ((_APP_USER, "# Sluice integration"), (_PERSON, "Sam Seller"))
    records: list[dict[str, Any]] = [
        {"@odata.type": "systemuser", "systemuserid": user, "fullname": name} for user, name in people
    ]
    for number, (code, name, symbol, digits, rate) in enumerate(_CURRENCIES, start=1):
        named = {"isocurrencycode": code, "currencyname": name, "currencysymbol": symbol, "currencyprecision": digits}
        row_id = f"7d5a0000-0000-4000-8000-0000000001{number:02}"
        key = {"@odata.type": "transactioncurrency", "transactioncurrencyid": row_id}
        records.append({**key, **named, "exchangerate": Decimal(rate)})
    unit = "7d5a0000-0000-4000-8000-000000000201"
    records.append({"@odata.type": "uom", "uomid": unit, "name": "Service", "quantity": 1})
    for number, (code, name) in enumerate(_PRODUCTS, start=1):
        row_id = f"7d5a0000-0000-4000-8000-0000000003{number:02}"
        product = {"@odata.type": "product", "productid": row_id, "productnumber": code, "name": name}
        euro = "/transactioncurrencies(isocurrencycode='EUR')"
        records.append({**product, "price": 1, "transactioncurrencyid@odata.bind": euro})
    return records
