"""Sets an account up: from a seed document, and as the development landscape of the sample firm."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import secrets
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from litestar.types import ASGIApp

from kit.sandbox import Sandbox
from system_apis.netsuite.simulator.http import application
from system_apis.netsuite.simulator.reading import Shower
from system_apis.netsuite.simulator.settlement import void
from system_apis.netsuite.simulator.state import Account
from system_apis.netsuite.simulator.writing import change, create

ACCOUNT_ID: Final = "1234567_SB1"
_ENTITY, _ROLE = "17", "1093"
_CERTIFICATE_DAYS: Final = 730
_TOKEN_DAYS: Final = 365
_PERIOD_YEARS: Final = range(2024, 2032)


def build(sandbox: Sandbox) -> ASGIApp:
    """An empty account; it answers once it has been seeded."""
    account = Account(sandbox)
    sandbox.on_reset(account.clear)
    sandbox.on_seed(lambda document: load(account, document))
    sandbox.on_dump(lambda: dumped(account))
    return application(account)


def load(account: Account, document: dict[str, Any]) -> None:
    """Lay a seed over the account: set-up, credentials, records; records met again are changed, not doubled.

    `void` names transactions by external id that a person voids.
    """
    for name, value in document.get("account", {}).items():
        known = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        if known not in {field.name for field in dataclasses.fields(account.settings)}:
            message = f"an account has no setting {name}"
            raise ValueError(message)
        setattr(account.settings, known, value)
    account.integrations.extend(document.get("integrations", []))
    if document.get("revokeTokens"):
        account.tokens.clear()
    for token in document.get("accessTokens", []):
        until = account.world.now() + dt.timedelta(days=_TOKEN_DAYS)
        account.tokens[token] = {"until": until, "scopes": ["rest_webservices"], "entity": _ENTITY}
    for name, bodies in document.get("records", {}).items():
        kind = account.type_of(name)
        for body in bodies:
            record = account.named(kind, body.get("externalId", ""))
            if record is None:
                create(account, kind, body, strict=True)
            else:
                change(account, record, body, strict=True, replace=frozenset(kind.fields))
    for key in document.get("void", []):
        void(account, account.names["transaction", key])


def dumped(account: Account) -> dict[str, Any]:
    """Every record by type, expanded, amounts as text."""
    shower = Shower(account, origin="", expand=True)
    records = {name: [shower.record(one) for one in account.all(name)] for name in account.types}
    return {"account": account.settings.id, "records": msgspec.to_builtins(records), "tokens": len(account.tokens)}


def develop(base_url: str) -> dict[str, Any]:
    """A ready landscape: settings of the room, the seed with the server's side of them, and a person's session."""
    private, certificate = _key_pair()
    client_id, kid, session = secrets.token_hex(32), secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    integration = {
        "clientId": client_id,
        "certificates": [{"kid": kid, "certificate": certificate, "entity": _ENTITY, "role": _ROLE}],
        "consumerKey": secrets.token_hex(32),
        "consumerSecret": secrets.token_hex(32),
        "tokens": [{"tokenId": secrets.token_hex(32), "tokenSecret": secrets.token_hex(32)}],
    }
    return {
        "config": {
            "account": ACCOUNT_ID,
            "base_url": base_url,
            "client_id": client_id,
            "certificate_id": kid,
            "private_key": private,
            "algorithm": "ES256",
        },
        "seed": {
            "account": {"id": ACCOUNT_ID},
            "integrations": [integration],
            "accessTokens": [session],
            "records": base_records(),
        },
        "person": {"headers": {"Authorization": f"Bearer {session}"}},
    }


def base_records() -> dict[str, list[dict[str, Any]]]:
    """What an administrator sets up before the first customer: currencies, companies, tax codes, an item."""
    currencies = {"EUR": "Euro", "GBP": "British Pound", "USD": "US Dollar", "SGD": "Singapore Dollar"}
    companies = [
        ("SG-DE", "Sluicegate Deutschland GmbH", "DE", "EUR"),
        ("SG-GB", "Sluicegate UK Ltd", "GB", "GBP"),
        ("SG-US", "Sluicegate Inc", "US", "USD"),
    ]
    codes = [
        ("DE-S-19", "German VAT, standard rate", "19.0%"),
        ("EU-RC", "EU reverse charge", "0.0%"),
        ("GB-S-20", "UK VAT, standard rate", "20.0%"),
        ("US-NT", "US, not taxable", "0.0%"),
        ("EXPORT-0", "Export of services", "0.0%"),
    ]
    return {
        "currency": [{"externalId": code, "symbol": code, "name": name} for code, name in currencies.items()],
        "subsidiary": [
            {
                "externalId": key,
                "name": name,
                "legalName": name,
                "country": country,
                "currency": {"externalId": currency},
                "isElimination": False,
                "isInactive": False,
            }
            for key, name, country, currency in companies
        ],
        "salesTaxItem": [
            {"externalId": code, "itemId": code, "description": text, "rate": rate, "isInactive": False}
            for code, text, rate in codes
        ],
        "accountingPeriod": [_month(year, month) for year in _PERIOD_YEARS for month in range(1, 13)],
        "serviceSaleItem": [{"externalId": "SLUICE-SERVICES", "itemId": "Professional services", "isInactive": False}],
    }


def _month(year: int, month: int) -> dict[str, Any]:
    starts = dt.date(year, month, 1)
    ends = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    return {
        "externalId": f"{year}-{month:02}",
        "periodName": starts.strftime("%b %Y"),
        "startDate": starts.isoformat(),
        "endDate": ends.isoformat(),
        **dict.fromkeys(("closed", "arLocked", "isQuarter", "isYear", "isAdjust"), False),
    }


def _key_pair() -> tuple[str, str]:
    """A private key and the certificate that the account's administrator would upload, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sluice development")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    builder = builder.not_valid_after(start + dt.timedelta(days=_CERTIFICATE_DAYS))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate
