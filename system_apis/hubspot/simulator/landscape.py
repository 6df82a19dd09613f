"""A development landscape: fresh credentials at both ends, the firm's own properties and objects, and a person."""

import secrets
import uuid
from typing import Any, Final

_CLIENT: Final = "4f0c2a1e-7d43-4c59-9a40-6e1f0b7d2c11"
_MILESTONE, _RATE, _NEED = "2-30710001", "2-30710002", "2-30710003"
_METHODS: Final = ("time_and_materials", "fixed_fee", "milestone", "retainer", "subscription")


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers.

    The settings hold for every flow: with `private_app` the firm's own app is used, whose allowance is the larger one.
    """
    refresh, secret = f"na1-{secrets.token_hex(4)}-{uuid.uuid4()}", str(uuid.uuid4())
    person, firms_own = f"pat-na1-{uuid.uuid4()}", f"pat-na1-{uuid.uuid4()}"
    app = {"client_id": _CLIENT, "client_secret": secret, "refresh_tokens": [refresh]}
    return {
        "config": {
            "base_url": base_url,
            "flow": "oauth",
            "client_id": _CLIENT,
            "client_secret": secret,
            "refresh_token": refresh,
            "access_token": firms_own,
            "currency": "EUR",
        },
        "seed": {
            "oauth_apps": [app],
            "private_apps": [{"name": "person", "token": person}, {"name": "firms_own", "token": firms_own}],
            "owners": [_owner("71", "Dana", "Okafor"), _owner("72", "Sam", "Seller")],
            "schemas": _schemas(),
            "properties": {
                "deals": _deal(),
                "companies": _company(),
                "line_items": _line(),
            },
            "association_types": _associations(),
            "currency": "EUR",
        },
        "person": {"headers": {"Authorization": f"Bearer {person}"}},
    }


def _owner(owner_id: str, first: str, last: str) -> dict[str, Any]:
    email = f"{first}.{last}@sluicegate.example".lower()
    return {"id": owner_id, "email": email, "firstName": first, "lastName": last, "userId": int(owner_id)}


def _texts(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": "string"} for name in names]


def _typed(kind: str, *names: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": kind} for name in names]


def _choice(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "type": "enumeration", "options": [{"label": value, "value": value} for value in values]}


def _key() -> dict[str, Any]:
    return {"name": "firm_key", "type": "string", "hasUniqueValue": True}


def _deal() -> list[dict[str, Any]]:
    return [
        *_texts("legal_entity", "service_line", "statement_of_work", "statement_of_work_sha256", "payment_terms"),
        *_texts("special_terms", "rate_card_name", "extends_deal", "delivery_case", "delivery_note"),
        *_texts("erp_customer_id", "erp_project_id", "psa_project_id", "billing_document"),
        *_typed("enumeration", "delivery_owner"),
        *_typed("number", "billing_invoiced", "billing_open"),
        *_typed("date", "signed_on", "billing_as_of"),
        _choice("deal_kind", "new", "extension", "renewal"),
        _choice("delivery_state", "provisioning", "waiting", "ready", "cancelled"),
        _choice("billing_state", "unbilled", "invoiced", "partly_paid", "paid"),
        _key(),
    ]


def _company() -> list[dict[str, Any]]:
    return [*_texts("country_code", "currency_code", "tax_code", "vat_number", "billing_email"), _key()]


def _line() -> list[dict[str, Any]]:
    return [
        *_texts("phase", "delivery_country", "legal_entity", "tax_code", "billing_currency"),
        *_typed("number", "billing_amount", "cap_amount"),
        *_typed("date", "service_start", "service_end"),
        _choice("billing_method", *_METHODS),
        _choice("cap_behaviour", "reject", "trim", "warn", "hard"),
        _choice("billing_frequency", "monthly", "quarterly", "yearly"),
        _choice("billing_timing", "advance", "arrears"),
        _key(),
    ]


def _schemas() -> list[dict[str, Any]]:
    milestone = [*_texts("name"), *_typed("number", "share"), *_typed("date", "due_on"), _key()]
    rate = [*_texts("role", "country", "currency"), *_typed("number", "hourly_rate"), *_typed("date", "effective_from")]
    need = [*_texts("role", "country"), *_typed("number", "hours"), *_typed("date", "starts_on", "ends_on")]
    return [
        {"objectTypeId": _MILESTONE, "name": "deal_milestone", "plural": "deal_milestones", "properties": milestone},
        {"objectTypeId": _RATE, "name": "agreed_rate", "plural": "agreed_rates", "properties": [*rate, _key()]},
        {"objectTypeId": _NEED, "name": "staffing_need", "plural": "staffing_needs", "properties": [*need, _key()]},
    ]


def _associations() -> list[dict[str, Any]]:
    return [
        {"from": _MILESTONE, "to": "0-3", "id": 101, "back": 102},
        {"from": _MILESTONE, "to": "0-8", "id": 103, "back": 104},
        {"from": _RATE, "to": "0-3", "id": 105, "back": 106},
        {"from": _NEED, "to": "0-3", "id": 107, "back": 108},
        {"from": _NEED, "to": "0-8", "id": 109, "back": 110},
        {"from": "0-3", "to": "0-2", "id": 111, "back": 112, "label": "Bill to"},
    ]
