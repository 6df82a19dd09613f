"""What is open of billing documents, from the customer lines of the ledger.

A payment in part, and a credit memo made with reference to an invoice, stand as lines of their own that refer to the
invoice until somebody clears them together. So an invoice and what refers to it are summed as one group: what the group
still owes is open of the invoice; what it has too much is open of its credit memos, the last of them first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from system_apis.sap_s4hana.client import JOURNAL, S4
from system_apis.sap_s4hana.document_wire import Billed, JournalItem
from system_apis.sap_s4hana.odata import text

CUBE: Final = "A_OperationalAcctgDocItemCube"
CUSTOMER_LINES: Final = "FinancialAccountType eq 'D'"
_AT_ONCE: Final = 15


class Entry(Struct, frozen=True):
    """A journal entry: company code, fiscal year, number."""

    company: str
    year: str
    number: str


async def still_open(client: S4, documents: Sequence[Billed]) -> dict[str, Decimal]:
    """What is open of each document, debits positive, by its number; nothing for what is not in the ledger."""
    posted = {_entry(one): one.billing_document for one in documents if one.accounting_document}
    own = [line for line in await _lines(client, posted) if _own(line) in posted]
    roots = {_own(line): _root(line) for line in own if not line.clearing_accounting_document}
    groups: defaultdict[Entry, list[JournalItem]] = defaultdict(list)
    for line in await _lines(client, set(roots.values()), with_references=True):
        if not line.clearing_accounting_document:
            groups[_root(line)].append(line)
    shares = {entry: share for root, lines in groups.items() for entry, share in _shared(root, lines).items()}
    told = {one.billing_document: Decimal(0) for one in documents}
    return told | {posted[entry]: shares.get(entry, Decimal(0)) for entry in roots}


def _shared(root: Entry, lines: Sequence[JournalItem]) -> dict[Entry, Decimal]:
    """What is open of each billing document of a group."""
    left = sum((_amount(line) for line in lines), Decimal(0))
    if left >= 0:
        return {root: left}
    shares = {}
    for line in sorted(lines, key=lambda one: one.accounting_document, reverse=True):
        if line.billing_document and _amount(line) < 0:
            shares[_own(line)] = share = max(left, _amount(line))
            left -= share
    return shares


async def _lines(client: S4, entries: Iterable[Entry], *, with_references: bool = False) -> list[JournalItem]:
    wanted = sorted(entries, key=lambda entry: (entry.company, entry.year, entry.number))
    told = []
    for start in range(0, len(wanted), _AT_ONCE):
        asked = [_asked(entry, with_references=with_references) for entry in wanted[start : start + _AT_ONCE]]
        one_of = f"{CUSTOMER_LINES} and ({' or '.join(asked)})"
        told += await client.all(JOURNAL, CUBE, into=JournalItem, filter=one_of)
    return told


def _asked(entry: Entry, *, with_references: bool) -> str:
    number, year = text(entry.number), text(entry.year)
    own = f"(AccountingDocument eq {number} and FiscalYear eq {year})"
    referring = f" or (InvoiceReference eq {number} and InvoiceReferenceFiscalYear eq {year})"
    return f"(CompanyCode eq {text(entry.company)} and ({own}{referring if with_references else ''}))"


def _amount(line: JournalItem) -> Decimal:
    amount = line.amount_in_transaction_currency
    return amount if isinstance(amount, Decimal) else Decimal(0)


def _entry(document: Billed) -> Entry:
    return Entry(document.company_code, document.fiscal_year, document.accounting_document)


def _own(line: JournalItem) -> Entry:
    return Entry(line.company_code, line.fiscal_year, line.accounting_document)


def _root(line: JournalItem) -> Entry:
    if not line.invoice_reference:
        return _own(line)
    return Entry(line.company_code, line.invoice_reference_fiscal_year, line.invoice_reference)
