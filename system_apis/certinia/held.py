"""Lists every project of the org with its budget, in the order of the org's ids: ours under our keys, others beside."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.held import HeldProject, HeldProjects
from contracts.canonical.money import Money
from contracts.problem import FieldError, Kind, Problem
from kit.force.soql import bound, question
from system_apis.certinia.rows import KEY, MOST_IDS, Org, Row, among

_PROJECT: Final = ("Id", KEY, "Name", "pse__Account__c", "pse__Is_Active__c", "CurrencyIsoCode")
_BUDGET: Final = ("Id", "pse__Project__c", "pse__Amount__c")
_COUNTS: Final = "pse__Include_In_Financials__c = TRUE AND pse__Approved__c = TRUE"
_IDS: Final = 18


class HeldList:
    """The projects of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    async def page(self, cursor: str, limit: int) -> HeldProjects:
        """The projects after the last one of the page before.

        Raises:
            Problem: `invalid`, when the limit or the cursor is none.

        """
        if limit < 1:
            raise _invalid("limit", "at least 1")
        if cursor and not (cursor.isascii() and cursor.isalnum() and len(cursor) <= _IDS):
            raise _invalid("cursor", "not a cursor of this list")
        many = min(limit, MOST_IDS)
        where = bound("Id > {id}", id=cursor) if cursor else ""
        (rows,) = await self._org.ask(
            question(", ".join(_PROJECT), "pse__Proj__c", where=where, order="Id", limit=many)
        )
        if not rows:
            return HeldProjects(items=[], cursor="")
        accounts, budgets = await self._org.ask(
            question(f"Id, {KEY}", "Account", where=among("Id", _named(rows, "pse__Account__c"))),
            question(
                ", ".join(_BUDGET),
                "pse__Budget__c",
                where=f"{among('pse__Project__c', _named(rows, 'Id'))} AND {_COUNTS}",
            ),
        )
        clients = {str(row["Id"]): str(row[KEY] or "") for row in accounts}
        worth: dict[str, Decimal] = {}
        for budget in budgets:
            project = str(budget["pse__Project__c"])
            worth[project] = worth.get(project, Decimal(0)) + Decimal(str(budget["pse__Amount__c"] or 0))
        items = [_held(row, clients, worth.get(str(row["Id"]))) for row in rows]
        return HeldProjects(items=items, cursor=str(rows[-1]["Id"]) if len(rows) == many else "")


def _named(rows: Sequence[Row], field: str) -> list[str]:
    return sorted({str(row[field]) for row in rows if row[field]})


def _held(row: Row, clients: dict[str, str], worth: Decimal | None) -> HeldProject:
    return HeldProject(
        project_id=str(row[KEY] or ""),
        external_id=str(row["Id"]),
        name=str(row["Name"]),
        open=bool(row["pse__Is_Active__c"]),
        budget=None if worth is None else Money(amount=worth, currency=str(row["CurrencyIsoCode"])),
        customer_id=clients.get(str(row["pse__Account__c"]), ""),
    )


def _invalid(name: str, detail: str) -> Problem:
    fault = FieldError(pointer=name, code=f"{name}_invalid", detail=detail)
    return Problem(Kind.INVALID, f"{name}_invalid", f"the {name} is none of this list", errors=(fault,))
