"""A development landscape: an account with a fresh license key, and the firm's companies with their registrations."""

import base64
import secrets
from typing import Any, Final

_ACCOUNT: Final = "2000134479"
_SINCE: Final = "2000-01-01T00:00:00"


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    key = secrets.token_hex(8).upper()
    pair = base64.b64encode(f"{_ACCOUNT}:{key}".encode()).decode()
    return {
        "config": {
            "base_url": base_url,
            "account_id": _ACCOUNT,
            "license_key": key,
            "companies": {"SG-DE": "SGDE", "SG-GB": "SGGB", "SG-FR": "SGFR", "SG-US": "SGUS"},
        },
        "seed": {
            "accounts": [{"account_id": _ACCOUNT, "license_key": key}],
            "companies": [
                _company(11, "SGDE", "Sluicegate Deutschland GmbH", _vat("DE")),
                _company(12, "SGGB", "Sluicegate UK Ltd", _vat("GB")),
                _company(13, "SGFR", "Sluicegate France SAS", _vat("FR")),
                _company(14, "SGUS", "Sluicegate Inc.", _sales_tax()),
            ],
        },
        "person": {"headers": {"Authorization": f"Basic {pair}"}},
    }


def _company(number: int, code: str, name: str, nexus: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [{"id": number * 1_000 + place, "companyId": number, **row} for place, row in enumerate(nexus)]
    return {"id": number, "companyCode": code, "name": name, "nexus": rows}


def _vat(country: str) -> list[dict[str, Any]]:
    return [_row(country, None, "Country", country, country)]


def _sales_tax() -> list[dict[str, Any]]:
    """Registered in some states with all that lies in them, and in Texas without."""
    states = (
        ("NY", "36", "NEW YORK"),
        ("SD", "46", "SOUTH DAKOTA"),
        ("WA", "53", "WASHINGTON"),
        ("CT", "09", "CONNECTICUT"),
    )
    rows = [_row("US", None, "Country", "US", "UNITED STATES")]
    rows += [_row("US", region, "State", code, name, local="All") for region, code, name in states]
    return [*rows, _row("US", "TX", "State", "48", "TEXAS", local="Selected")]


def _row(
    country: str, region: str | None, level: str, code: str, name: str, *, local: str | None = None
) -> dict[str, Any]:
    return {
        "country": country,
        "region": region,
        "jurisdictionTypeId": level,
        "jurisCode": code,
        "jurisName": name,
        "effectiveDate": _SINCE,
        "endDate": "9999-12-31T00:00:00",
        "nexusTypeId": "SalesOrSellersUseTax",
        "localNexusTypeId": local,
    }
