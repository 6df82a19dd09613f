"""A development landscape: fresh credentials at both ends, companies with ledgers and taxes, a person signed in."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any, Final

_COMPANIES: Final = (
    ("SG-DE", "sgde", "Sluicegate Deutschland GmbH", "DE", "EUR"),
    ("SG-GB", "sggb", "Sluicegate UK Ltd", "GB", "GBP"),
    ("SG-US", "sgus", "Sluicegate Inc", "US", "USD"),
)
_CURRENCIES: Final = ("EUR", "GBP", "USD", "CHF", "JPY")
_TAXES: Final = (
    ("DE-S-19", "19", "No"),
    ("EU-RC", "20", "Yes"),
    ("EXPORT-0", "0", "No"),
    ("GB-S-20", "20", "No"),
    ("US-NT", "0", "No"),
)
_PROGRAM: Final = "sluice"
_PERSON: Final = "dana"


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    tenant, client_id = (f"7d5b0000-0000-4000-9000-{secrets.randbits(48):012x}" for _ in range(2))
    secret, session = secrets.token_urlsafe(30), f"eyJ0eXAi.{secrets.token_hex(40)}"
    return {
        "config": {
            "base_url": base_url,
            "login_url": base_url,
            "tenant_id": tenant,
            "client_id": client_id,
            "client_secret": secret,
            "companies": {key: company for key, company, *_ in _COMPANIES},
            "posting_wait_s": 5.0,
            "posting_poll_s": 0.02,
        },
        "seed": {
            "tenant": tenant,
            "apps": [{"client_id": client_id, "client_secret": secret, "user": _PROGRAM}],
            "sessions": [{"token": session, "user": _PERSON}],
            "users": {_PROGRAM: "dat", _PERSON: "sgde"},
            "settings": {"job_every_s": 0.05},
            "rows": rows(),
        },
        "person": {"headers": {"Authorization": f"Bearer {session}"}},
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """What the consultants of an environment configure before the first customer."""
    own = [company for _, company, *_ in _COMPANIES]
    return {
        "LegalEntities": [
            {"LegalEntityId": "dat", "Name": "Company accounts data"},
            *(
                {"LegalEntityId": company, "Name": name, "AddressCountryRegionISOCode": country}
                for _, company, name, country, _ in _COMPANIES
            ),
        ],
        "Ledgers": [
            {"LegalEntityId": company, "AccountingCurrency": currency} for _, company, _, _, currency in _COMPANIES
        ],
        "Currencies": [{"CurrencyCode": code} for code in _CURRENCIES],
        "CustomerGroups": [{"dataAreaId": company, "CustomerGroupId": "80"} for company in own],
        "TaxItemGroups": [{"dataAreaId": company, "TaxItemGroupCode": "SERV"} for company in own],
        "TaxGroups": [{"dataAreaId": company, "TaxGroupCode": code} for company in own for code, *_ in _TAXES],
        "TaxGroupDatas": [
            {
                "dataAreaId": company,
                "TaxGroupId": code,
                "TaxCodeId": code,
                "TaxRate": Decimal(rate),
                "ReverseCharge": reverse,
            }
            for company in own
            for code, rate, reverse in _TAXES
        ],
        "MainAccounts": [
            {"MainAccountId": number, "Name": name}
            for number, name in (
                ("110110", "Bank"),
                ("130100", "Accounts receivable"),
                ("202100", "Tax payable"),
                ("401100", "Service revenue"),
            )
        ],
    }
