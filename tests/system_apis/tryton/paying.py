"""Money that comes in at Tryton's own desk."""

import datetime as dt

from system_apis.tryton.landscape.desk import Desk, day, decimal


def pay(desk: Desk, invoice: int, amount: str) -> None:
    """Receive money through the wizard behind the button `Pay`: what it asks is answered with its own defaults."""
    company = desk.the("company.company", ["party.code", "=", "SG-DE"])
    cash = desk.the("account.account", ["company", "=", company], ["code", "=", "1.1.1"])
    known = desk.ids("account.invoice.payment.method", ["name", "=", "Cash"])
    accounts = {
        "credit_account": cash,
        "debit_account": cash,
        "journal": desk.the("account.journal", ["code", "=", "CASH"]),
    }
    method = (
        known[0] if known else desk.made("account.invoice.payment.method", name="Cash", company=company, **accounts)
    )
    given = {"amount": decimal(amount), "payment_method": method, "date": day(dt.date(2026, 11, 28))}
    desk.wizard("account.invoice.pay", ("start", {}), ("choice", given), ("pay", {}), on=("account.invoice", invoice))
