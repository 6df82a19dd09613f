"""Opens the firm's books on an empty Tryton: companies, charts, years, sequences, taxes, and the user we act as."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any, Final

from system_apis.tryton.landscape import firm
from system_apis.tryton.landscape.desk import Desk, day, decimal

_SEQUENCES: Final = {
    "out_invoice_sequence": "INV",
    "out_credit_note_sequence": "CRN",
    "in_invoice_sequence": "BILL",
    "in_credit_note_sequence": "BCR",
}
_MANY: Final = "create"
Tell = Callable[[str], None]


def open_books(desk: Desk, *, tell: Tell) -> str:
    """Set everything up and give the service user's REST key. The desk must be signed in as administrator."""
    desk.call("res.user", "write", [desk.user], {"company_filter": "all"})
    currencies = _currencies(desk)
    countries = {code: desk.made("country.country", name=name, code=code) for code, name in firm.COUNTRIES.items()}
    desk.made("party.relation.type", name=firm.HIERARCHY)
    companies: list[int] = []
    for company in firm.COMPANIES:
        tell(f"opening the books of {company.name}")
        companies.append(_company(desk, company, currency=currencies[company.currency], countries=countries))
    return _service_user(desk, companies)


def _currencies(desk: Desk) -> dict[str, int]:
    made = {}
    for code, (name, rate) in firm.CURRENCIES.items():
        rates = [[_MANY, [{"date": day(firm.BOOKS_OPEN), "rate": decimal(rate)}]]]
        made[code] = desk.made(
            "currency.currency", name=name, code=code, symbol=code, digits=2, rounding=decimal("0.01"), rates=rates
        )
    return made


def _company(desk: Desk, company: firm.Company, *, currency: int, countries: dict[str, int]) -> int:
    address = {"country": countries[company.country]}
    party = desk.made("party.party", name=company.name, code=company.code, addresses=[[_MANY, [address]]])
    number = desk.made("company.company", party=party, currency=currency, timezone="UTC")
    desk.call("res.user", "write", [desk.user], {"companies": [["add", [number]]], "company": number})
    desk.of(number)
    _chart(desk, number)
    for year in firm.YEARS:
        _year(desk, number, year, code=company.code)
    due = _account(desk, number, firm.TAXES_DUE)
    taxes = desk.create("account.tax", *(_tax(tax, company=number, account=due) for tax in firm.TAXES))
    desk.create(
        "account.tax.rule",
        *(_rule(tax, number=each, company=number) for tax, each in zip(firm.TAXES, taxes, strict=True)),
    )
    return number


def _chart(desk: Desk, company: int) -> None:
    template = desk.the("account.account.template", ["parent", "=", None])
    asked = {"company": company, "account_template": template}
    desk.wizard("account.create_chart", ("start", {}), ("account", {}), ("create_account", asked))
    defaults = {
        "default_account_receivable": _account(desk, company, firm.RECEIVABLE),
        "default_account_payable": _account(desk, company, firm.PAYABLE),
        "default_category_account_revenue": _account(desk, company, firm.SERVICES),
        "default_category_account_expense": _account(desk, company, firm.COST_OF_SERVICES),
    }
    desk.call("account.configuration", "write", [1], defaults)


def _account(desk: Desk, company: int, code: str) -> int:
    return desk.the("account.account", ["company", "=", company], ["code", "=", code])


def _year(desk: Desk, company: int, year: int, *, code: str) -> None:
    of_invoices = desk.the("ir.sequence.type", ["name", "=", "Invoice"])
    of_moves = desk.the("ir.sequence.type", ["name", "=", "Account Move"])
    numbered = {
        use: desk.made(
            "ir.sequence.strict",
            name=f"{code} {prefix} {year}",
            sequence_type=of_invoices,
            company=company,
            prefix=f"{prefix}-{code}-{year}-",
            padding=6,
        )
        for use, prefix in _SEQUENCES.items()
    }
    moves = desk.made("ir.sequence.strict", name=f"{code} moves {year}", sequence_type=of_moves, company=company)
    opened = desk.made(
        "account.fiscalyear",
        name=f"{code} {year}",
        start_date=day(dt.date(year, 1, 1)),
        end_date=day(dt.date(year, 12, 31)),
        company=company,
        move_sequence=moves,
        invoice_sequences=[[_MANY, [{"company": company, **numbered}]]],
    )
    desk.call("account.fiscalyear", "create_period", [opened])


def _tax(tax: firm.Tax, *, company: int, account: int) -> dict[str, Any]:
    return {
        "name": tax.code,
        "description": tax.description,
        "type": "percentage",
        "rate": decimal(tax.rate),
        "company": company,
        "invoice_account": account,
        "credit_note_account": account,
    }


def _rule(tax: firm.Tax, *, number: int, company: int) -> dict[str, Any]:
    """What a customer of this tax code is charged on a line that says nothing of taxes."""
    return {"name": tax.code, "kind": "sale", "company": company, "lines": [[_MANY, [{"tax": number}]]]}


def _service_user(desk: Desk, companies: list[int]) -> str:
    groups = desk.ids("res.group", ["name", "in", list(firm.GROUPS)])
    user = desk.made(
        "res.user",
        name="Sluice",
        login=firm.SERVICE_USER,
        password=secrets.token_urlsafe(24),
        companies=[["add", companies]],
        company=companies[0],
        company_filter="all",  # with the default, `one`, the books of the other companies are not seen at all
        groups=[["add", groups]],
    )
    application = desk.made("res.user.application", application="rest", user=user)
    read = desk.call("res.user.application", "read", [application], ["key", "state"])
    return str(read[0]["key"])
