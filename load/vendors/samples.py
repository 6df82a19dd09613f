"""What is entered before it is read: one of each thing, of the customer whose deal the story tells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from contracts.canonical.deal import BillingMethod
from contracts.canonical.filing import DocumentWish, FiledKind, FolderWish
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.project import Phase, Project
from contracts.canonical.rates import RateCard, RateEntry
from contracts.canonical.signing import Signer, SigningDocument, SigningRequest
from contracts.canonical.taxation import TaxDocumentKind, TaxedItem, TaxRequest
from contracts.canonical.ticketing import Board, Ticket, TicketKind

KEY: Final = "bench"
_STARTS: Final = dt.date(2027, 1, 4)
_ENDS: Final = dt.date(2027, 2, 26)
_PAPER: Final = b"%PDF-1.7 statement of work"

CUSTOMER: Final = Customer(
    customer_id=f"cus-{KEY}",
    name="Hansewerk Reederei GmbH",
    address=Address(country="DE", city="Hamburg", postal_code="20457"),
    currency="EUR",
    tax=TaxProfile(tax_code="DE-S-19"),
)
_BUDGET: Final = Money(amount=Decimal("120000.00"), currency="EUR")
_RATE: Final = RateEntry(
    role="Cloud Architect", country="DE", hourly_rate=Decimal("185.00"), effective_from=dt.date(2026, 12, 1)
)
CARD: Final = RateCard(name="Hansewerk 2026", currency="EUR", entries=[_RATE])
PROJECT: Final = Project(
    project_id=f"prj-{KEY}",
    name="Hansewerk cloud migration",
    customer_id=CUSTOMER.customer_id,
    legal_entity_id="SG-DE",
    service_line="MANAGED-CLOUD",
    delivery_owner="dana.okafor@sluicegate.example",
    starts_on=_STARTS,
    ends_on=_ENDS,
    currency="EUR",
    budget=_BUDGET,
    phases=[
        Phase(
            phase_id=f"phs-{KEY}-1",
            name="Migration",
            starts_on=_STARTS,
            ends_on=_ENDS,
            country="DE",
            method=BillingMethod.FIXED_FEE,
            budget=_BUDGET,
        )
    ],
)
SIGNING: Final = SigningRequest(
    subject="Statement of work Hansewerk cloud migration",
    documents=[SigningDocument(name="Statement of work", content=_PAPER)],
    signers=[Signer(name="Henrike Brandt", email="henrike.brandt@hansewerk.example")],
)
FOLDER: Final = FolderWish(name="Hansewerk cloud migration")
DOCUMENT: Final = DocumentWish(
    folder_id=f"fld-{KEY}", name="Statement of work.pdf", kind=FiledKind.STATEMENT_OF_WORK, content=_PAPER
)
BOARD: Final = Board(name="Hansewerk cloud migration")
TICKET: Final = Ticket(kind=TicketKind.TASK, title="Open the workspace", text="The deal is won.")
TAXED: Final = TaxRequest(
    kind=TaxDocumentKind.SALE,
    legal_entity_id="SG-DE",
    customer_id=CUSTOMER.customer_id,
    issued_on=dt.date(2026, 7, 15),
    currency="EUR",
    sold_from=Address(country="DE", street="Marienplatz 1", city="Munich", postal_code="80331"),
    sold_to=Address(country="DE", street="Kehrwieder 9", city="Hamburg", postal_code="20457"),
    lines=[TaxedItem(line_id="l-1", net=Decimal("1000.00"), service_code="SP140000", description="Advice")],
)
