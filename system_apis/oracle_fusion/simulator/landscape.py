"""Sets a pod up: from a seed document, and as the development landscape of the sample firm."""

from __future__ import annotations

import base64
import dataclasses
import secrets
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kit.sandbox import Sandbox
from system_apis.oracle_fusion.simulator import ledger
from system_apis.oracle_fusion.simulator.http import App, application
from system_apis.oracle_fusion.simulator.state import Pod, Row

_COMPANIES: Final = (
    ("SG-DE", "DE001", "Sluicegate Deutschland GmbH", "DE", "EUR", "Sluicegate Germany BU"),
    ("SG-GB", "GB001", "Sluicegate UK Ltd", "GB", "GBP", "Sluicegate UK BU"),
    ("SG-US", "US001", "Sluicegate Inc", "US", "USD", "Sluicegate US BU"),
)
_TAX_CODES: Final = {"DE-S-19": "19", "EU-RC": "0", "EXPORT-0": "0", "GB-S-20": "20", "US-NT": "0"}
_CURRENCIES: Final = ("EUR", "GBP", "USD", "SGD", "JPY")
_SCOPE: Final = "urn:opc:resource:fa:instanceid=1 urn:opc:resource:consumer::all"


def build(sandbox: Sandbox) -> App:
    """An empty pod; it answers once it has been seeded."""
    pod = Pod(sandbox)
    sandbox.on_reset(pod.clear)
    sandbox.on_seed(lambda document: load(pod, document))
    sandbox.on_dump(lambda: dumped(pod))
    return application(pod)


def load(pod: Pod, document: dict[str, Any]) -> None:
    """Lay a seed over the pod: settings, set-up, users, clients, lists of values."""
    known = {field.name for field in dataclasses.fields(pod.settings)}
    for name, value in document.get("settings", {}).items():
        if name not in known:
            message = f"a pod has no setting {name}"
            raise ValueError(message)
        setattr(pod.settings, name, value)
    for store in ("setup", "users", "clients"):
        getattr(pod, store).update(document.get(store, {}))
    for resource, rows in document.get("lists", {}).items():
        for key, values in rows.items():
            pod.add(Row(resource, key, dict(values)))
    if document.get("revoke_tokens"):
        pod.tokens.clear()


def dumped(pod: Pod) -> dict[str, Any]:
    """Every row by resource, amounts as text, and what is wrong with the books."""
    tables = {name: [row.values for row in rows.values()] for name, rows in pod.tables.items()}
    shown = {"tables": tables, "accounts": pod.accounts, "entries": pod.entries}
    told: dict[str, Any] = msgspec.to_builtins(shown)
    return {**told, "faults": ledger.faults(pod)}


def develop(base_url: str) -> dict[str, Any]:
    """A ready landscape: settings of the room, the seed with the server's side of them, and a person's password."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    secret, password, person = (secrets.token_urlsafe(24) for _ in range(3))
    client = {"secret": secret, "certificate": public.decode(), "scope": _SCOPE}
    return {
        "config": {
            "base_url": base_url,
            "identity_url": base_url,
            "client_id": "sluice",
            "client_secret": secret,
            "private_key": private.decode(),
            "certificate_alias": "sluice",
            "user": "SLUICE_INTEGRATION",
            "scope": _SCOPE,
            "companies": {
                ours: {"business_unit": unit, "legal_entity": identifier, "organization": unit}
                for ours, identifier, _, _, _, unit in _COMPANIES
            },
            "tax_codes": {code: code for code in _TAX_CODES},
        },
        "seed": {
            "clients": {"sluice": client},
            "users": {"SLUICE_INTEGRATION": password, "DANA": person},
            "setup": base_setup(),
            "lists": base_lists(),
        },
        "person": {"headers": {"Authorization": _basic("DANA", person), "REST-Framework-Version": "4"}},
    }


def base_setup() -> dict[str, Any]:
    """What the consultants of a pod configure before the first customer."""
    return {
        "business_units": {unit: {"legal_entity": identifier} for _, identifier, *_, unit in _COMPANIES},
        "source_systems": ["SLUICE"],
        "project_templates": ["SLUICE_TEMPLATE"],
        "contract_types": ["Sell: Project Lines"],
        "event_types": ["Sluice Billing"],
        "transaction_sources": ["SLUICE", "Contract Invoices"],
        "currencies": list(_CURRENCIES),
        "tax_codes": dict(_TAX_CODES),
        "years": [2024, 2031],
        "closed_periods": [],
    }


def base_lists() -> dict[str, Any]:
    """The lists of values that follow from the set-up."""
    entities, units, ledgers = {}, {}, {}
    for number, (_, identifier, name, country, currency, unit) in enumerate(_COMPANIES, start=1):
        key = str(number)
        entities[key] = {
            "LegalEntityId": number,
            "LegalEntityIdentifier": identifier,
            "Name": name,
            "Country": country,
        }
        units[key] = {"BusinessUnitId": number, "BusinessUnitName": unit, "PrimaryLedgerId": number}
        ledgers[key] = {"LedgerId": number, "Name": f"{unit} Ledger", "CurrencyCode": currency}
    return {
        "legalEntitiesLOV": entities,
        "finBusinessUnitsLOV": units,
        "ledgersLOV": ledgers,
        "currenciesLOV": {code: {"CurrencyCode": code, "Name": code} for code in _CURRENCIES},
        "taxClassificationsLOV": {code: {"LookupCode": code, "Meaning": code} for code in _TAX_CODES},
    }


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
