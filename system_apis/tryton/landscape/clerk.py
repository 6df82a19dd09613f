"""What a clerk does at Tryton's own desk, and what an accountant reads there: payments, documents, the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from system_apis.tryton.landscape import firm
from system_apis.tryton.landscape.desk import Desk, day
from system_apis.tryton.landscape.server import DATABASE
from system_apis.tryton.landscape.template import template

CASH: Final = "1.1.1"
_METHOD: Final = "Bank transfer"
_LINE: Final = ["debit", "credit", "account.code", "move.company"]


def act(name: str, saved: Mapping[str, Mapping[str, Any]], *, url: str) -> None:
    """Let a person do one thing, by its name: `invoice_paid` pays what is open of the invoice that was saved.

    Raises:
        KeyError: nobody here knows how.
        Refused: Tryton said no.

    """
    acts = {"invoice_paid": _pay}
    with signed_in(url) as desk:
        acts[name](desk, saved["invoice"])


def general_ledger(url: str, *, legal_entity_id: str) -> dict[str, str]:
    """The sums of one company's books, by Tryton's own general ledger: debits, credits, and what each account holds.

    Raises:
        Refused: Tryton said no.

    """
    with signed_in(url) as desk:
        company = _company(desk, legal_entity_id)
        lines = desk.call("account.move.line", "search_read", [["move.company", "=", company]], 0, None, None, _LINE)
        numbers = desk.call(
            "account.invoice",
            "search_read",
            [["company", "=", company], ["number", "!=", None]],
            0,
            None,
            [["id", "ASC"]],
            ["number"],
        )
    sums = {"debit": Decimal(0), "credit": Decimal(0), "receivable": Decimal(0), "revenue": Decimal(0)}
    sums |= {"tax": Decimal(0), "cash": Decimal(0)}
    for line in lines:
        debit, credit = _number(line["debit"]), _number(line["credit"])
        sums["debit"] += debit
        sums["credit"] += credit
        kind = _KINDS.get(line["account."]["code"])
        if kind is not None:
            sums[kind] += debit - credit
    return {
        **{kind: str(amount) for kind, amount in sums.items()},
        "numbers": " ".join(sorted(each["number"] for each in numbers)),
    }


def document_lines(url: str, *, external_id: str) -> list[dict[str, str]]:
    """The lines of a document in their order: text, quantity, price and net amount, in major units.

    Raises:
        Refused: Tryton said no.

    """
    with signed_in(url) as desk:
        [held] = desk.call("account.invoice", "read", [int(external_id)], ["company"])
        desk.of(held["company"])
        mine, order = [["invoice", "=", int(external_id)], ["type", "=", "line"]], [["sequence", "ASC"], ["id", "ASC"]]
        rows = desk.call("account.invoice.line", "search_read", mine, 0, None, order, list(_OF_LINES.values()))
    return [{word: _said(row[name]) for word, name in _OF_LINES.items()} for row in rows]


_OF_LINES: Final = {"text": "description", "quantity": "quantity", "price": "unit_price", "net": "amount"}


_KINDS: Final = {firm.RECEIVABLE: "receivable", firm.SERVICES: "revenue", firm.TAXES_DUE: "tax", CASH: "cash"}


def signed_in(url: str) -> Desk:
    """The administrator's desk at a server that runs on a copy of the template."""
    return Desk(url, DATABASE, password=template(tell=lambda _: None).password)


def _pay(desk: Desk, invoice: Mapping[str, Any]) -> None:
    number = int(invoice["external_id"])
    [held] = desk.call("account.invoice", "read", [number], ["company", "amount_to_pay", "invoice_date"])
    desk.of(held["company"])
    start = {
        "amount": held["amount_to_pay"],
        "payment_method": _payment_method(desk, held["company"]),
        "date": day(dt.date(**{name: held["invoice_date"][name] for name in ("year", "month", "day")})),
        "description": "Bank transfer of the customer",
    }
    desk.wizard("account.invoice.pay", ("start", {}), ("choice", start), on=("account.invoice", number))


def _payment_method(desk: Desk, company: int) -> int:
    standing = desk.ids("account.invoice.payment.method", ["company", "=", company], ["name", "=", _METHOD])
    if standing:
        return standing[0]
    cash = desk.the("account.account", ["company", "=", company], ["code", "=", CASH])
    journal = desk.the("account.journal", ["code", "=", "CASH"])
    return desk.made(
        "account.invoice.payment.method",
        name=_METHOD,
        company=company,
        journal=journal,
        credit_account=cash,
        debit_account=cash,
    )


def _company(desk: Desk, code: str) -> int:
    return desk.the("company.company", ["party.code", "=", code])


def _number(value: Mapping[str, str]) -> Decimal:
    return Decimal(value["decimal"])


def _said(value: Any) -> str:
    """A value in words: Tryton has amounts as tagged decimals, and quantities as numbers."""
    return str(_number(value)) if isinstance(value, dict) else str(value)
