"""Tax on documents: what a tax engine is told, what it computes and what it keeps under our keys (rules TAX-1 to -3).

A tax engine is decision support with books of its own; what a customer is charged stands on the invoice. Amounts are
positive when the customer owes us, so that a refund's are negative.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.jurisdictions import Jurisdiction
from contracts.canonical.money import Currency
from contracts.canonical.party import Address

DocumentKey = Annotated[str, Meta(min_length=1, max_length=64)]


class TaxDocumentKind(StrEnum):
    """Whether a document charges tax or gives some back."""

    SALE = "sale"
    REFUND = "refund"


class TaxDocumentState(StrEnum):
    """Where a document stands in the engine's books. Only what is committed is reported to an authority.

    An estimate is kept nowhere. An adjusted document was replaced by a later version under the same key.
    """

    ESTIMATE = "estimate"
    UNCOMMITTED = "uncommitted"
    COMMITTED = "committed"
    VOIDED = "voided"
    ADJUSTED = "adjusted"


class Exemption(Noun, frozen=True, kw_only=True):
    """Why a customer is not taxed where others are. Nobody is exempt by word alone: the certificate is named."""

    reason: Annotated[str, fact("Code of the reason, as the engine knows it", Record.TAX, example="E", max_length=25)]
    certificate: Annotated[
        str,
        fact("Number of the certificate", Record.TAX, classification=Classification.CONFIDENTIAL, max_length=25),
        Meta(min_length=1),
    ]


class TaxedItem(Noun, frozen=True, kw_only=True):
    """One line to be taxed. `net` may be negative: a line that gives something back."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE, max_length=64), Meta(min_length=1)]
    net: Annotated[Decimal, fact("Net amount", Record.SLUICE, classification=Classification.CONFIDENTIAL)]
    quantity: Annotated[Decimal, fact("How much", Record.SLUICE, example="7.5")] = Decimal(1)
    service_code: Annotated[
        str,
        fact("What is sold, as the engine classifies it; never a default", Record.TAX, example="SP140000"),
        Meta(min_length=1, max_length=25),
    ]
    description: Annotated[str, fact("Text of the line", Record.SLUICE, max_length=255)] = ""


class TaxRequest(Command, frozen=True, kw_only=True):
    """A document that is to be taxed, of one seller, customer and currency (rule BIL-11).

    `taxed_on` is the tax point where it is another day than that of the document; a correction names that of its
    original, and so keeps its rates (rules TAX-3, MON-7). `charged` is the tax that the document states: the engine
    then records that amount, and keeps its own beside it.
    """

    kind: TaxDocumentKind
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP, example="SG-DE")]
    customer_id: Annotated[str, fact("Our id of who is billed", Record.SLUICE)]
    issued_on: Annotated[dt.date, fact("Date of the document", Record.SLUICE)]
    currency: Currency
    sold_from: Address
    sold_to: Address
    lines: Annotated[list[TaxedItem], fact("Lines", Record.SLUICE), Meta(min_length=1, max_length=1000)]
    taxed_on: Annotated[dt.date | None, fact("Tax point, where it is another day", Record.SLUICE)] = None
    charged: Annotated[Decimal | None, fact("Tax that the document states", Record.SLUICE)] = None
    exemption: Exemption | None = None
    buyer_registration: Annotated[
        str | None,
        fact("VAT number of who buys as a business", Record.ERP, classification=Classification.CONFIDENTIAL),
    ] = None
    purchase_order: Annotated[str, fact("Order of the customer", Record.CRM, max_length=45)] = ""


class TaxShare(Noun, frozen=True, kw_only=True):
    """What one jurisdiction takes of one line."""

    jurisdiction: Jurisdiction
    name: Annotated[str, fact("Name of the tax", Record.TAX, example="NY STATE TAX")]
    percent: Annotated[Decimal, fact("Rate", Record.TAX, unit="percent", example="8.875")]
    taxable: Annotated[Decimal, fact("Amount that is taxed", Record.TAX)]
    exempt: Annotated[Decimal, fact("Amount that is not", Record.TAX)]
    tax: Annotated[Decimal, fact("Tax", Record.TAX)]


class TaxedLine(Noun, frozen=True, kw_only=True):
    """One line with its tax, jurisdiction by jurisdiction."""

    line_id: Annotated[str, fact("Our id of the line", Record.SLUICE)]
    net: Annotated[Decimal, fact("Net amount", Record.TAX)]
    taxable: Annotated[Decimal, fact("Amount that is taxed", Record.TAX)]
    exempt: Annotated[Decimal, fact("Amount that is not", Record.TAX)]
    tax: Annotated[Decimal, fact("Tax", Record.TAX)]
    shares: Annotated[list[TaxShare], fact("By jurisdiction", Record.TAX)] = field(default_factory=list)


class TaxDocument(Noun, frozen=True, kw_only=True):
    """A document as the engine has it: every amount is read there, none is repeated from what was sent.

    `tax` is what is recorded, `computed` what the engine makes of it; they differ only where the document stated
    another amount. No registration at all gives no tax and no complaint: `tax` of nothing proves nothing.
    """

    document_id: Annotated[str, fact("Our id, and the key it is found by", Record.SLUICE)]
    external_id: Annotated[str, fact("The engine's id; empty for an estimate", Record.TAX)]
    kind: TaxDocumentKind
    state: TaxDocumentState
    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    customer_id: Annotated[str, fact("Our id of who is billed", Record.SLUICE)]
    currency: Currency
    issued_on: Annotated[dt.date, fact("Date of the document", Record.TAX)]
    taxed_on: Annotated[dt.date, fact("Tax point", Record.TAX)]
    net: Annotated[Decimal, fact("Sum of the lines", Record.TAX)]
    taxable: Annotated[Decimal, fact("Sum of what is taxed", Record.TAX)]
    exempt: Annotated[Decimal, fact("Sum of what is not", Record.TAX)]
    tax: Annotated[Decimal, fact("Tax as recorded", Record.TAX)]
    computed: Annotated[Decimal, fact("Tax as the engine computes it", Record.TAX)]
    lines: Annotated[list[TaxedLine], fact("Lines", Record.TAX)]
    version: Annotated[int, fact("Counts the adjustments, from 1", Record.TAX)] = 1
    locked: Annotated[bool, fact("Whether it was reported, so that it never changes again", Record.TAX)] = False
    remarks: Annotated[list[str], fact("What the engine remarks", Record.TAX)] = field(default_factory=list)


class Commitment(Command, frozen=True, kw_only=True):
    """Whose document is to be reported from now on."""

    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    kind: TaxDocumentKind = TaxDocumentKind.SALE


class TaxVoiding(Command, frozen=True, kw_only=True):
    """Whose document is to count no more."""

    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    kind: TaxDocumentKind = TaxDocumentKind.SALE


class TaxRefund(Command, frozen=True, kw_only=True):
    """A recorded sale, or some of its lines, of which the tax is given back exactly as it was charged."""

    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    refunds: Annotated[DocumentKey, fact("Our id of the sale", Record.SLUICE)]
    issued_on: Annotated[dt.date, fact("Date of the refund", Record.SLUICE)]
    line_ids: Annotated[list[str], fact("Lines given back; none means all", Record.SLUICE)] = field(
        default_factory=list
    )
