"""The addresses we ask, with every value bound: nothing of a caller reaches one unless it is an id."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from contracts.problem import Kind, Problem
from system_apis.dynamics_sales import wire

CHANGES: Final = "opportunities?$select=statecode,modifiedon"
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CURRENCY: Final = "transactioncurrencyid($select=isocurrencycode)"
_PLAIN: Final = "$,()=;"


def checked_id(value: str, *, noun: str) -> str:
    """The id, if it can be one.

    Raises:
        Problem: not_found; what cannot be an id names nothing.

    """
    if _ID.fullmatch(value) is None:
        raise Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"no {noun} has this id")
    return value.lower()


def deal(opportunity_id: str) -> tuple[str, str, str, str, str]:
    """The five questions that together read a deal: itself, lines, milestones, rates, staffing."""
    account = f"$select={_selected(wire.Account)};$expand={_CURRENCY}"
    followed = f"customerid_account({account}),sluice_BillTo({account}),{_CURRENCY}"
    mine = f"_sluice_opportunity_value eq {opportunity_id}"
    return (
        f"opportunities({opportunity_id})?{_options(wire.Opportunity, expand=followed)}",
        _asked(
            "opportunityproducts",
            wire.Line,
            where=f"_opportunityid_value eq {opportunity_id}",
            order="sluice_startson,lineitemnumber,createdon,opportunityproductid",
            expand="sluice_BillingCurrency($select=isocurrencycode)",
        ),
        _asked("sluice_milestones", wire.Milestone, where=mine, order="sluice_dueon,createdon,sluice_milestoneid"),
        _asked("sluice_rateentries", wire.Rate, where=mine, order="createdon,sluice_rateentryid", expand=_CURRENCY),
        _asked("sluice_staffingneeds", wire.Need, where=mine, order="createdon,sluice_staffingneedid"),
    )


def account(account_id: str) -> str:
    """One customer."""
    return f"accounts({account_id})?{_options(wire.Account, expand=_CURRENCY)}"


def written(opportunity_id: str, kind: type[Struct]) -> str:
    """What was written back on a deal."""
    return f"opportunities({opportunity_id})?{_options(kind)}"


def _asked(source: str, kind: type[Struct], *, where: str, order: str, expand: str = "") -> str:
    return f"{source}?{_options(kind, expand=expand)}&$filter={quote(where, safe=_PLAIN)}&$orderby={order}"


def _options(kind: type[Struct], *, expand: str = "") -> str:
    return f"$select={_selected(kind)}" + (f"&$expand={quote(expand, safe=_PLAIN)}" if expand else "")


def _selected(kind: type[Struct]) -> str:
    return ",".join(wire.columns(kind))
