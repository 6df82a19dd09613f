"""What a golden thread comes to: ledger, invoices, the ERP's books, payments and what is open, all to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Protocol
from xml.etree import ElementTree as ET

from msgspec import Struct

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.billing import BillingReport
from contracts.canonical.invoices import Invoice
from contracts.canonical.posting import BookedDocument
from contracts.process.time_to_bill import TimeToBill, Unbilled

_PAYABLE: Final = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}PayableAmount"


class GeneralLedger(Struct, frozen=True, kw_only=True):
    """A company's general ledger as a real ERP keeps it: debits are positive, so that revenue is negative.

    `numbers` are the legal numbers of its documents.
    """

    debit: Decimal
    credit: Decimal
    receivable: Decimal
    revenue: Decimal
    tax: Decimal
    cash: Decimal
    numbers: str

    @property
    def gapless(self) -> bool:
        """Whether the numbers of each series follow one another from 1."""
        series: dict[str, list[int]] = {}
        for number in self.numbers.split():
            prefix, _, last = number.rpartition("-")
            series.setdefault(prefix, []).append(int(last))
        return all(sorted(found) == list(range(1, len(found) + 1)) for found in series.values())


class Thread(Struct, frozen=True, kw_only=True):
    """The sums of one thread in one currency, in major units; each is read where it is kept.

    `ledger` is gross by our own ledger, `erp` by the ERP's documents, `paid` and `open` by the ERP's books, `told`
    and `told_open` what sales reads, `electronic` what the customer's system reads on the electronic invoices.
    `wip` is what is ready to be billed when all is over.
    """

    name: str
    project_id: str
    currency: str
    documents: list[str]
    numbers: list[str]
    ledger_net: Decimal
    ledger_gross: Decimal
    erp_net: Decimal
    erp_gross: Decimal
    paid: Decimal
    open: Decimal
    told: Decimal
    told_open: Decimal
    electronic: Decimal
    wip: Decimal
    capped_at: Decimal | None
    crm_status: str
    elapsed_s: float
    ties: bool
    general_ledger: GeneralLedger | None = None


class Woven(Protocol):
    """A thread that was told."""

    documents: list[str]

    @property
    def facts(self) -> Any:
        """What the estate says of it."""
        ...

    @property
    def through(self) -> Any:
        """Last day billed."""
        ...

    @property
    def billing(self) -> TimeToBill:
        """Whoever bills."""
        ...

    def system(self, role: str) -> Any:
        """A system as the platform's administrator reads it."""
        ...

    async def general_ledger(self, legal_entity_id: str) -> GeneralLedger | None:
        """The books of a company, where the ERP is real."""
        ...


async def thread_of(woven: Woven, agreement: BillingAgreement, report: BillingReport, *, elapsed_s: float) -> Thread:
    """Read everything again where it is kept, and say whether it ties."""
    erp = woven.system("erp")
    ours = [await woven.billing.invoice(invoice_id=each) for each in woven.documents]
    theirs = [await erp.document(document_id=each) for each in woven.documents]
    written = [(await woven.billing.electronic(invoice_id=each)).xml for each in woven.documents]
    left = await woven.billing.unbilled(project_id=agreement.project_id, through=woven.through)
    net, gross = _sums(ours)
    erp_gross, still_open = sum((d.gross for d in theirs), Decimal(0)), sum((d.open for d in theirs), Decimal(0))
    cap = agreement.caps[0].limit if agreement.caps else None
    wip, electronic = _wip(left), sum(map(_payable, written), Decimal(0))
    books = await woven.general_ledger(agreement.legal_entity_id)
    return Thread(
        name=str(woven.facts["name"]),
        project_id=agreement.project_id,
        currency=agreement.currency,
        documents=woven.documents,
        numbers=[each.number for each in theirs],
        ledger_net=net,
        ledger_gross=gross,
        erp_net=sum((d.net for d in theirs), Decimal(0)),
        erp_gross=erp_gross,
        paid=erp_gross - still_open,
        open=still_open,
        told=report.invoiced.amount,
        told_open=report.open.amount,
        electronic=electronic,
        wip=wip,
        capped_at=cap,
        crm_status=report.state.value,
        elapsed_s=round(elapsed_s, 3),
        general_ledger=books,
        ties=_one_by_one(ours, theirs)
        and _agree(books, net=net, gross=gross, still_open=still_open)
        and (gross, still_open) == (report.invoiced.amount, report.open.amount)
        and erp_gross == gross == electronic
        and not wip
        and (cap is None or net - _reached(woven, agreement) <= cap),
    )


def _one_by_one(ours: Sequence[Invoice], theirs: Sequence[BookedDocument]) -> bool:
    return all(
        mine.document is not None
        and (mine.document.net, mine.document.tax, mine.document.gross) == (booked.net, booked.tax, booked.gross)
        and mine.erp_number == booked.number
        for mine, booked in zip(ours, theirs, strict=True)
    )


def _sums(invoices: Sequence[Invoice]) -> tuple[Decimal, Decimal]:
    documents = [each.document for each in invoices if each.document is not None]
    return sum((d.net for d in documents), Decimal(0)), sum((d.gross for d in documents), Decimal(0))


def _reached(woven: Woven, agreement: BillingAgreement) -> Decimal:
    """What was billed by milestones, which no cap on work counts."""
    reached = agreement.milestones[: int(woven.facts.get("reached", 0))]
    return sum((milestone.amount.amount for milestone in reached), Decimal(0))


def _payable(xml: str) -> Decimal:
    """What an electronic document asks for; a credit note gives it back."""
    document = ET.fromstring(xml)  # noqa: S314 - our own text, read back
    amount = Decimal(document.findtext(f".//{_PAYABLE}", "0"))
    return -amount if document.tag.endswith("CreditNote") else amount


def _wip(left: Unbilled) -> Decimal:
    return sum((each.document.net for each in left.documents), Decimal(0))


def _agree(books: GeneralLedger | None, *, net: Decimal, gross: Decimal, still_open: Decimal) -> bool:
    """Whether the general ledger says the same: it balances, and holds what was billed, taxed, paid and is open."""
    if books is None:
        return True
    return (books.debit, books.receivable, -books.revenue, -books.tax, books.cash) == (
        books.credit,
        still_open,
        net,
        gross - net,
        gross - still_open,
    ) and books.gapless
