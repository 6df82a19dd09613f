"""The tax of a sale by its tax codes, computed by the account and rounded half away from zero.

Where the cut is made is a preference of the account: `group` cuts once for each tax code of a document, `line` cuts
every line. `group` is how this account was set up, because the firm's own rule cuts the tax of a whole group once.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from system_apis.netsuite.simulator.state import Account

CENT: Final = Decimal("0.01")


def tax_details(account: Account, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each tax code on the lines: rate in per cent, basis, amount."""
    groups: dict[str, list[Decimal]] = {}
    for line in lines:
        if "taxCode" in line:
            groups.setdefault(line["taxCode"], []).append(line["amount"])
    return [_detail(account, number, code, bases) for number, (code, bases) in enumerate(groups.items(), start=1)]


def _detail(account: Account, number: int, code: str, bases: list[Decimal]) -> dict[str, Any]:
    rate = Decimal(account.tables["salesTaxItem"][code].values.get("rate", "0%").removesuffix("%"))
    basis = sum(bases, Decimal(0))
    cut_at = [basis] if account.settings.tax_rounding == "group" else bases
    tax = sum((_cut(part * rate / 100) for part in cut_at), Decimal("0.00"))
    return {"line": number, "taxCode": code, "taxRate": rate, "taxBasis": basis, "taxAmount": tax}


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
