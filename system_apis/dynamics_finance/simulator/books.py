"""Free text invoices and the books behind them: totals by tax code, a posting job, vouchers, settlement."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from system_apis.dynamics_finance.simulator.refusal import infolog
from system_apis.dynamics_finance.simulator.rules import Check, currency, customer, related, tax_group
from system_apis.dynamics_finance.simulator.schema import EntitySet
from system_apis.dynamics_finance.simulator.state import Environment, Row

HEADERS: Final = "FreeTextInvoiceHeaders"
LINES: Final = "FreeTextInvoiceLines"
TRANSACTIONS: Final = "CustomerTransactions"
RECEIVABLES: Final = "130100"
TAX_PAYABLE: Final = "202100"
BANK: Final = "110110"
_CENT: Final = Decimal("0.01")
_WHOLE: Final = frozenset({"JPY"})


def run_job(environment: Environment) -> None:
    """The recurring batch job that posts what was released, when its time has come."""
    now, every = environment.world.now(), dt.timedelta(seconds=environment.settings.job_every_s)
    if environment.job_ran_at is None:
        environment.job_ran_at = now
    if now < environment.job_ran_at + every:
        return
    environment.job_ran_at = now
    for row in environment.where(HEADERS, SluiceRelease="Yes", InvoiceNumber=""):
        reason = _hindrance(environment, row)
        if reason:
            environment.change(row, SluiceRelease="No", SluicePostingLog=f"Error: {reason}")
        else:
            with environment.unit_of_work():
                _post(environment, row)


def settle(environment: Environment, document_id: str, amount: Decimal | None) -> Row:
    """A payment comes in for a posted document; without an amount it pays what is open."""
    found = environment.where(TRANSACTIONS, SluiceDocumentId=document_id)
    if not found:
        raise infolog("CustTransEntity", f"The value '{document_id}' in field 'Document' is not found.")
    entry = found[0]
    still = entry["AmountCur"] - entry["SettledAmountCur"]
    paid = still if amount is None else amount
    if abs(paid) > abs(still):
        raise infolog("CustTransEntity", f"The payment of {paid} is more than what is open, {still}.")
    company, day, code = entry["dataAreaId"], entry["TransDate"], entry["CurrencyCode"]
    voucher = f"{company.upper()}-PAY-{environment.number(f'{company} payments', first=1):06}"
    _enter(environment, voucher, [(BANK, paid), (RECEIVABLES, -paid)], company=company, day=day, code=code)
    settled = entry["SettledAmountCur"] + paid
    is_open = "No" if settled == entry["AmountCur"] else "Yes"
    environment.change(entry, SettledAmountCur=settled, IsOpen=is_open, ModifiedDateTime=_now(environment))
    return entry


def cascade(environment: Environment, kind: EntitySet, row: Row) -> None:
    """What goes with a row that is deleted; a posted invoice does not."""
    if kind.name not in {HEADERS, LINES}:
        return
    header = _header(environment, row)
    if header is not None and header["InvoiceNumber"]:
        raise infolog(kind.entity, f"Invoice {header['InvoiceNumber']} has been posted.", verb="Delete")
    if kind.name == HEADERS:
        for line in _lines(environment, row):
            environment.remove(line)


def _check_header(environment: Environment, kind: EntitySet, values: dict[str, Any], row: Row | None) -> None:
    if row is not None and row["InvoiceNumber"]:
        raise infolog(kind.entity, f"Invoice {row['InvoiceNumber']} has been posted.")
    currency(environment, kind, values["CurrencyCode"])
    found = customer(environment, kind, values["dataAreaId"], values["CustomerAccount"])
    if found is not None and found["OnHoldStatus"] in {"All", "Invoice"}:
        raise infolog(kind.entity, f"Customer {values['CustomerAccount']} is on hold.")
    company, number = values["dataAreaId"], values["SluiceProjectId"]
    related(environment, kind, number, table="ProjectsV2", key=(company, number), label="Project ID", said="Projects")


def _check_line(environment: Environment, kind: EntitySet, values: dict[str, Any], _row: Row | None) -> None:
    company, number = values["dataAreaId"], values["FreeTextNumber"]
    header = related(
        environment, kind, number, table=HEADERS, key=(company, number), label="Free text invoice", said="Invoices"
    )
    if header is not None and header["InvoiceNumber"]:
        raise infolog(kind.entity, f"Invoice {header['InvoiceNumber']} has been posted.")
    tax_group(environment, kind, values)
    group, account = values["ItemSalesTaxGroup"], values["MainAccountId"]
    label = "Item sales tax group"
    related(environment, kind, group, table="TaxItemGroups", key=(company, group), label=label, said="Item groups")
    related(
        environment, kind, account, table="MainAccounts", key=(account,), label="Main account", said="Main accounts"
    )


def _total(environment: Environment, line: Row) -> None:
    """The totals of an invoice follow its lines; tax is rounded once for each code."""
    header = _header(environment, line)
    if header is None:
        return
    net = sum((each["LineAmount"] for each in _lines(environment, header)), Decimal(0))
    tax = sum(_taxes(environment, header).values(), Decimal(0))
    environment.change(header, TotalInvoiceAmount=net + tax, TotalTaxAmount=tax)


def _taxes(environment: Environment, header: Row) -> dict[str, Decimal]:
    bases: defaultdict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in _lines(environment, header):
        for code in environment.where(
            "TaxGroupDatas", dataAreaId=header["dataAreaId"], TaxGroupId=line["SalesTaxGroup"]
        ):
            rate = Decimal(0) if code["ReverseCharge"] == "Yes" else code["TaxRate"]
            bases[code["TaxCodeId"], rate] += line["LineAmount"]
    unit = Decimal(1) if header["CurrencyCode"] in _WHOLE else _CENT
    return {code: (base * rate / 100).quantize(unit, rounding=ROUND_HALF_UP) for (code, rate), base in bases.items()}


def _hindrance(environment: Environment, header: Row) -> str:
    """Why an invoice cannot be posted; nothing when it can."""
    if not _lines(environment, header):
        return "There are no lines to post."
    month = header["InvoiceDate"][:7]
    if (header["dataAreaId"], month) in environment.closed_periods:
        return f"Period for {header['InvoiceDate'][:10]} is not open."
    return ""


def _post(environment: Environment, header: Row) -> None:
    company, day, code = header["dataAreaId"], header["InvoiceDate"], header["CurrencyCode"]
    number = f"{company.upper()}-{environment.number(f'{company} invoices', first=1):08}"
    voucher = f"{company.upper()}-FTV-{environment.number(f'{company} vouchers', first=1):06}"
    gross = header["TotalInvoiceAmount"]
    revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in _lines(environment, header):
        revenue[line["MainAccountId"]] -= line["LineAmount"]
    taxes = [(TAX_PAYABLE, -tax) for tax in _taxes(environment, header).values() if tax]
    _enter(environment, voucher, [(RECEIVABLES, gross), *revenue.items(), *taxes], company=company, day=day, code=code)
    values = {
        "dataAreaId": company,
        "Voucher": voucher,
        "AccountNum": header["CustomerAccount"],
        "InvoiceNumber": number,
        "TransDate": day,
        "CurrencyCode": code,
        "AmountCur": gross,
        "SettledAmountCur": Decimal(0),
        "IsOpen": "Yes" if gross else "No",
        "ModifiedDateTime": _now(environment),
        "SluiceDocumentId": header["SluiceDocumentId"],
    }
    environment.add(TRANSACTIONS, (company, voucher), values)
    environment.change(header, InvoiceNumber=number, LedgerVoucher=voucher)


def _enter(
    environment: Environment, voucher: str, sides: list[tuple[str, Decimal]], *, company: str, day: str, code: str
) -> None:
    """A journal entry; debits are positive, and the two sides are equal or nothing is entered."""
    if sum((amount for _, amount in sides), Decimal(0)):
        raise infolog("GeneralJournalAccountEntryEntity", f"Voucher {voucher} does not balance.")
    journal = f"{company.upper()}-{environment.number(f'{company} journal', first=1):08}"
    for line, (account, amount) in enumerate(sides, start=1):
        values = {
            "dataAreaId": company,
            "JournalNumber": journal,
            "LineNumber": Decimal(line),
            "SubledgerVoucher": voucher,
            "MainAccount": account,
            "AccountingDate": day,
            "TransactionCurrencyCode": code,
            "TransactionCurrencyAmount": amount,
        }
        environment.add("GeneralJournalAccountEntries", (company, journal, Decimal(line)), values)


def _header(environment: Environment, row: Row) -> Row | None:
    return environment.find(HEADERS, row["dataAreaId"], row["FreeTextNumber"])


def _lines(environment: Environment, header: Row) -> list[Row]:
    return environment.where(LINES, dataAreaId=header["dataAreaId"], FreeTextNumber=header["FreeTextNumber"])


def _now(environment: Environment) -> str:
    return environment.world.now().isoformat(timespec="microseconds").replace("+00:00", "Z")


CHECKS: Final[dict[str, Check]] = {HEADERS: _check_header, LINES: _check_line}
AFTER: Final[dict[str, Callable[[Environment, Row], None]]] = {LINES: _total}
