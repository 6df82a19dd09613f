"""Customer accounts, which no REST service makes: merged by their number in one envelope, as often as one likes."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from system_apis.oracle_fusion.party_wire import Account

PATH: Final = "/crmService/CustomerAccountService"
_TYPES: Final = "http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/applicationModule/types/"
_NAMES: Final = "http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/"


def merge(account: Account, *, source: str) -> str:
    """The envelope that makes the account, or brings it up to date."""
    header = {
        "PartyId": str(account.party_id),
        "AccountNumber": account.number,
        "AccountName": account.name,
        "Status": account.status,
        "OrigSystem": source,
        "OrigSystemReference": account.number,
    }
    site = {"SiteNumber": account.number, "SiteUseCode": "BILL_TO", "TaxCode": account.tax_code}
    inner = f"{_tags(header)}<a:CustomerAccountSite>{_tags(site)}</a:CustomerAccountSite>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        f'<t:mergeCustomerAccount xmlns:t="{_TYPES}"><t:customerAccount xmlns:a="{_NAMES}">{inner}'
        "</t:customerAccount></t:mergeCustomerAccount></env:Body></env:Envelope>"
    )


def _tags(values: dict[str, str]) -> str:
    return "".join(f"<a:{name}>{escape(value)}</a:{name}>" for name, value in values.items())
