"""Sets a tenant up: from a seed document, and as the development landscape of the sample firm."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import timedelta
from typing import Any, Final

import msgspec

from kit.sandbox import Sandbox
from system_apis.sap_s4hana.simulator import ledger
from system_apis.sap_s4hana.simulator.http import App, application, basic
from system_apis.sap_s4hana.simulator.sessions import COOKIE
from system_apis.sap_s4hana.simulator.state import Session, Tenant

_COMPANIES: Final = (
    ("SG-DE", "1010", "Sluicegate Deutschland GmbH", "DE", "EUR"),
    ("SG-GB", "1110", "Sluicegate UK Ltd", "GB", "GBP"),
    ("SG-US", "1710", "Sluicegate Inc", "US", "USD"),
)
_TAX_CODES: Final = {
    "DE-S-19": ("DE", "1", "A1", "19"),
    "EU-RC": ("DE", "R", "E1", "0"),
    "EXPORT-0": ("DE", "0", "A0", "0"),
    "GB-S-20": ("GB", "1", "B1", "20"),
    "US-NT": ("US", "0", "O0", "0"),
}
_SESSION_S: Final = 365 * 86_400


def build(sandbox: Sandbox) -> App:
    """An empty tenant; it answers once it has been seeded."""
    tenant = Tenant(sandbox)
    sandbox.on_reset(tenant.clear)
    sandbox.on_seed(lambda document: load(tenant, document))
    sandbox.on_dump(lambda: dumped(tenant))
    return application(tenant)


def load(tenant: Tenant, document: dict[str, Any]) -> None:
    """Lay a seed over the tenant: set-up, users, sessions of people, locks, companies."""
    known = {field.name for field in dataclasses.fields(tenant.settings)}
    for name, value in document.get("settings", {}).items():
        if name not in known:
            message = f"a tenant has no setting {name}"
            raise ValueError(message)
        setattr(tenant.settings, name, value)
    tenant.setup.update(document.get("setup", {}))
    for store in ("users", "clients", "locks"):
        getattr(tenant, store).update(document.get(store, {}))
    for held in document.get("sessions", []):
        until = tenant.world.now() + timedelta(seconds=_SESSION_S)
        tenant.sessions[held["cookie"]] = Session(token=held["token"], user=held["user"], until=until)
    for number, other in document.get("identify", {}).items():
        for row in tenant.where("Identification", BusinessPartner=number):
            tenant.change(row, BPIdentificationNumber=other)
    for company in document.get("companies", []):
        tenant.add("CompanyCode", (company["CompanyCode"],), dict(company))
    if document.get("end_sessions"):
        tenant.sessions.clear()
    if document.get("revoke_tokens"):
        tenant.tokens.clear()


def dumped(tenant: Tenant) -> dict[str, Any]:
    """Every row by table, amounts as text, and what is wrong with the books."""
    tables = {name: [row.values for row in rows.values()] for name, rows in tenant.tables.items()}
    return {"tables": msgspec.to_builtins(tables), "faults": ledger.faults(tenant), "sessions": len(tenant.sessions)}


def develop(base_url: str) -> dict[str, Any]:
    """A ready landscape: settings of the room, the seed with the server's side of them, and a person's session."""
    password, secret, desk = (secrets.token_urlsafe(24) for _ in range(3))
    cookie, token = secrets.token_urlsafe(24), secrets.token_urlsafe(18)
    headers = {"Authorization": basic("DANA", desk), "x-csrf-token": token, "Cookie": f"{COOKIE}={cookie}"}
    return {
        "config": {
            "base_url": base_url,
            "inbound": {"user": "SLUICE", "password": password},
            "arrangements": {"projects": {"client_id": "sluice-projects", "client_secret": secret}},
            "companies": {
                key: {"company_code": code, "sales_organization": code, "cost_center": f"{code}0001"}
                for key, code, *_ in _COMPANIES
            },
            "tax_codes": {
                key: {"country": country, "classification": classification}
                for key, (country, classification, *_) in _TAX_CODES.items()
            },
        },
        "seed": {
            "users": {"SLUICE": password, "DANA": desk},
            "clients": {"sluice-projects": secret},
            "sessions": [{"cookie": cookie, "token": token, "user": "DANA"}],
            "companies": [
                {"CompanyCode": code, "CompanyCodeName": name, "Country": country, "Currency": currency}
                for _, code, name, country, currency in _COMPANIES
            ],
            "setup": base_setup(),
        },
        "person": {"headers": {**headers, "Accept": "application/json"}},
    }


def base_setup() -> dict[str, Any]:
    """What the consultants of a tenant configure before the first customer."""
    codes = [code for _, code, *_ in _COMPANIES]
    return {
        "groupings": {"BP02": "internal", "BPEE": "external"},
        "sales_organizations": {code: code for code in codes},
        "cost_centers": {f"{code}0001": code for code in codes},
        "receivables": ["12100000"],
        "products": ["SLUICE-SERVICES"],
        "payment_terms": ["0001", "NT30"],
        "currencies": ["EUR", "GBP", "USD", "SGD", "JPY"],
        "tax_codes": [
            {"country": country, "classification": classification, "code": code, "rate": rate}
            for country, classification, code, rate in _TAX_CODES.values()
        ],
        "years": [2024, 2031],
        "closed_periods": [],
    }
