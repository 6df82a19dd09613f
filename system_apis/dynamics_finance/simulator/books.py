"""Free text invoices and the books behind them: totals by tax code, a posting job, vouchers, settlement."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
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
REVENUE: Final = "401100"
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


def settle(environment: Environment, found: list[Row], amount: Decimal | None) -> Row:
    """A payment comes in for a posted document; without an amount it pays what is open."""
    if not found:
        raise infolog("CustTransEntity", "There is no transaction to settle.")
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


def invoice_line(environment: Environment, line: Row) -> str:
    """Post an invoice for what is open of a contract line, as a proposal of the project accountant does."""
    company, contract = line["dataAreaId"], line["ProjectContractId"]
    key = {"dataAreaId": company, "ContractLineRef": line["ContractLineId"], "TransactionStatus": "NotInvoiced"}
    rows = environment.where("ProjectOnAccountTransactions", **key)
    net = sum((row["Amount"] for row in rows), Decimal(0))
    bases = {(line["SalesTaxGroup"], line["CurrencyId"]): net}
    header = environment.find("ProjectContractHeaders", company, contract)
    if not rows or header is None:
        raise infolog("ProjInvoiceProposalEntity", "There is nothing to invoice.")
    taxes = [(TAX_PAYABLE, -tax) for tax in _taxed(environment, company, bases).values() if tax]
    entry = _charge(
        environment,
        company,
        [(REVENUE, -net), *taxes],
        AccountNum=header["CustomerAccountNumber"],
        TransDate=rows[0]["InvoiceDate"],
        CurrencyCode=line["CurrencyId"],
        SluiceDocumentId="",
    )
    for row in rows:
        environment.change(row, TransactionStatus="Invoiced", ProjInvoiceId=entry["InvoiceNumber"])
    return str(entry["InvoiceNumber"])


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
    bases: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in _lines(environment, header):
        bases[line["SalesTaxGroup"], header["CurrencyCode"]] += line["LineAmount"]
    return _taxed(environment, header["dataAreaId"], bases)


def _taxed(environment: Environment, company: str, bases: Mapping[tuple[str, str], Decimal]) -> dict[str, Decimal]:
    """Tax by code, from the bases by tax group and currency."""
    summed: defaultdict[tuple[str, str, Decimal], Decimal] = defaultdict(Decimal)
    for (group, currency_code), base in bases.items():
        for code in environment.where("TaxGroupDatas", dataAreaId=company, TaxGroupId=group):
            rate = Decimal(0) if code["ReverseCharge"] == "Yes" else code["TaxRate"]
            summed[code["TaxCodeId"], currency_code, rate] += base
    return {
        code: (base * rate / 100).quantize(Decimal(1) if currency_code in _WHOLE else _CENT, rounding=ROUND_HALF_UP)
        for (code, currency_code, rate), base in summed.items()
    }


def _hindrance(environment: Environment, header: Row) -> str:
    """Why an invoice cannot be posted; nothing when it can."""
    if not _lines(environment, header):
        return "There are no lines to post."
    month = header["InvoiceDate"][:7]
    if (header["dataAreaId"], month) in environment.closed_periods:
        return f"Period for {header['InvoiceDate'][:10]} is not open."
    return ""


def _post(environment: Environment, header: Row) -> None:
    revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in _lines(environment, header):
        revenue[line["MainAccountId"]] -= line["LineAmount"]
    taxes = [(TAX_PAYABLE, -tax) for tax in _taxes(environment, header).values() if tax]
    entry = _charge(
        environment,
        header["dataAreaId"],
        [*revenue.items(), *taxes],
        AccountNum=header["CustomerAccount"],
        TransDate=header["InvoiceDate"],
        CurrencyCode=header["CurrencyCode"],
        SluiceDocumentId=header["SluiceDocumentId"],
    )
    environment.change(header, InvoiceNumber=entry["InvoiceNumber"], LedgerVoucher=entry["Voucher"])


def _charge(environment: Environment, company: str, against: list[tuple[str, Decimal]], **said: str) -> Row:
    """Post what a customer owes against revenue and tax, under the next number of the company."""
    number = f"{company.upper()}-{environment.number(f'{company} invoices', first=1):08}"
    voucher = f"{company.upper()}-FTV-{environment.number(f'{company} vouchers', first=1):06}"
    gross = -sum((amount for _, amount in against), Decimal(0))
    sides = [(RECEIVABLES, gross), *against]
    _enter(environment, voucher, sides, company=company, day=said["TransDate"], code=said["CurrencyCode"])
    values = {
        "dataAreaId": company,
        "Voucher": voucher,
        "InvoiceNumber": number,
        "AmountCur": gross,
        "SettledAmountCur": Decimal(0),
        "IsOpen": "Yes" if gross else "No",
        "ModifiedDateTime": _now(environment),
        **said,
    }
    return environment.add(TRANSACTIONS, (company, voucher), values)


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
