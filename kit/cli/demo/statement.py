"""What an estate's ERP says of the documents of a story: lines, totals and balances, each read where it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.invoices import Invoice
from contracts.canonical.posting import BookedDocument
from kit.cli.demo.reading import Line, lines_at
from kit.cli.demo.weaving import Weaving

_NOTHING = Decimal(0)


class Document(Struct, frozen=True, kw_only=True):
    """One invoice or credit note by the ERP's books, in major units; a credit note's amounts are negative.

    `owed` is what was open of it before the customer paid, `open` what is open in the end.
    """

    document_id: str
    kind: str
    issued_on: str
    currency: str
    lines: list[Line]
    net: Decimal
    tax: Decimal
    gross: Decimal
    owed: Decimal
    open: Decimal
    state: str
    number: str
    erp_id: str

    @property
    def paid(self) -> Decimal:
        """What of it is settled: by money, or set off against another document."""
        return self.gross - self.open

    @property
    def held_whole(self) -> str:
        """Which of its lines the ERP holds as one of their amount."""
        return ", ".join(f"line {place}" for place, line in enumerate(self.lines, start=1) if line.whole) or "no line"


class Statement(Struct, frozen=True, kw_only=True):
    """Everything one estate says at the end of the story; `told` and `told_open` are what sales reads in the CRM.

    `ties` says whether the ERP has what our ledger has, line sums and totals, and sales reads the same.
    """

    estate: str
    systems: dict[str, str]
    documents: list[Document]
    net: Decimal
    tax: Decimal
    gross: Decimal
    owed: Decimal
    open: Decimal
    told: Decimal
    told_open: Decimal
    crm_status: str
    elapsed_s: float
    ties: bool


async def statement_of(
    weaving: Weaving,
    agreement: BillingAgreement,
    report: BillingReport,
    *,
    owed: Sequence[BookedDocument],
    people: Mapping[str, str],
    elapsed_s: float,
) -> Statement:
    """Read every document again in the ERP; `people` are the names of who worked, by their ids in the PSA."""
    estate = weaving.cast.landscape.estate
    documents, ours = [], []
    for before in owed:
        invoice = await weaving.billing.invoice(invoice_id=before.document_id)
        booked = await weaving.system("erp").document(document_id=before.document_id)
        lines = await lines_at(weaving.cast.landscape, weaving.served["erp"], booked, corrects=invoice.corrects or "")
        documents.append(_document(booked, lines, owed=before.open, people=people))
        ours.append(invoice)
    net, tax, gross = (sum((getattr(each, name) for each in documents), _NOTHING) for name in ("net", "tax", "gross"))
    still_open = sum((each.open for each in documents), _NOTHING)
    return Statement(
        estate=estate.name,
        systems={role: estate.vendors[name].facts["title"] for role, name in weaving.served.items()},
        documents=documents,
        net=net,
        tax=tax,
        gross=gross,
        owed=sum((each.open for each in owed), _NOTHING),
        open=still_open,
        told=report.invoiced.amount,
        told_open=report.open.amount,
        crm_status=report.state.value,
        elapsed_s=round(elapsed_s, 3),
        ties=all(_ties(one, other) for one, other in zip(documents, ours, strict=True))
        and (report.invoiced.amount, report.open.amount) == (gross, still_open)
        and report.state is BillingState.PAID
        and {each.currency for each in documents} == {agreement.currency},
    )


def _document(booked: BookedDocument, lines: Sequence[Line], *, owed: Decimal, people: Mapping[str, str]) -> Document:
    return Document(
        document_id=booked.document_id,
        kind=booked.kind.value,
        issued_on=str(booked.posted_on),
        currency=booked.currency,
        lines=[replace(line, text=_named(line.text, people)) for line in lines],
        net=booked.net,
        tax=booked.tax,
        gross=booked.gross,
        owed=owed,
        open=booked.open,
        state=booked.state.value,
        number=booked.number,
        erp_id=booked.external_id,
    )


def _named(text: str, people: Mapping[str, str]) -> str:
    """A text in which people go by their names, for every PSA calls them by numbers of its own."""
    return ", ".join(people.get(word, word) for word in text.split(", "))


def _ties(theirs: Document, ours: Invoice) -> bool:
    document = ours.document
    return (
        document is not None
        and (theirs.net, theirs.tax, theirs.gross) == (document.net, document.tax, document.gross)
        and theirs.number == ours.erp_number
        and sum((line.net for line in theirs.lines), _NOTHING) == theirs.net
    )
