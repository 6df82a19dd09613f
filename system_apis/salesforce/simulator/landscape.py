"""A development landscape: fresh credentials at both ends, a price book, and a person already signed in."""

import secrets
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .formats import long_id

_INTEGRATION_USER: Final = "integration@sluicegate.example"
_PERSON: Final = "sam.seller@sluicegate.example"
_STANDARD: Final = long_id("01sJ50000000001")
_PRODUCTS: Final = (("ONB", "Service onboarding"), ("MCS", "Managed cloud service"), ("ADV", "Advisory"))
_CURRENCIES: Final = ("EUR", "GBP", "USD")


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    private_key, certificate = _key_pair()
    consumer_key = f"3MVG9{secrets.token_urlsafe(36)}"
    session = f"00DJ50000000001!AQ{secrets.token_hex(40)}"
    app = {
        "consumer_key": consumer_key,
        "consumer_secret": secrets.token_hex(32),
        "certificate": certificate,
        "approved_users": [_INTEGRATION_USER],
        "run_as": _INTEGRATION_USER,
    }
    users = [
        {"username": _INTEGRATION_USER, "id": long_id("005J50000000001")},
        {"username": _PERSON, "id": long_id("005J50000000002")},
    ]
    return {
        "config": {
            "base_url": base_url,
            "consumer_key": consumer_key,
            "username": _INTEGRATION_USER,
            "private_key": private_key,
            "feed_lag_s": 0,
        },
        "seed": {
            "apps": [app],
            "users": users,
            "sessions": [{"token": session, "username": _PERSON}],
            "records": _price_book(),
        },
        "person": {"headers": {"Authorization": f"Bearer {session}"}},
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


def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
