"""A posted document as its buyer's system reads it, or every reason why there is none."""

from __future__ import annotations

import hashlib
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from contracts.canonical.agreements import AgreementLine
from contracts.canonical.deal import BillingMethod
from contracts.canonical.einvoice import InvoiceParty, Issuer, PaymentInstructions, PaymentMeans
from contracts.canonical.party import Address
from contracts.problem import Kind, Problem
from tests.process_apis.time_to_bill.office import Office, office
from tests.process_apis.time_to_bill.world import ABROAD, agreement, entry

ISSUER = Issuer(
    seller=InvoiceParty(
        name="Sluicegate Consulting GmbH",
        address=Address(country="DE", street="Kehrwieder 9", city="Hamburg", postal_code="20457"),
        vat_id="DE811234567",
    ),
    payment=PaymentInstructions(means=PaymentMeans.SEPA_CREDIT_TRANSFER, account="DE75512108001245126199"),
)
BUYER = InvoiceParty(name="Northwind France SAS", address=Address(country="FR", city="Lyon"), vat_id="FR40303265045")
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def told(xml: str, name: str) -> list[str]:
    """Every text under a name, in order."""
    return [each.text or "" for each in ET.fromstring(xml).iter(f"{CBC}{name}")]  # noqa: S314 - our own text, read back


async def billed(desk: Office, treatment: str = "domestic", **terms: Any) -> None:
    """Eight hours at 200, agreed and posted as inv-1."""
    await desk.agree(agreement(**{"buyer": BUYER, **terms}))
    await desk.take(entry("1"))
    await desk.bill(treatment=treatment)


@pytest.mark.req(168)
async def test_a_posted_invoice_is_written_for_the_buyers_system() -> None:
    """It has the ERP's number and the ledger's amounts, names both parties, and is the same text each time."""
    async with office(issuers={"SG-DE": ISSUER}) as desk:
        await billed(desk, purchase_order="PO-7")
        first = await desk.service.electronic(invoice_id="inv-1")
        again = await desk.service.electronic(invoice_id="inv-1")

    assert first == again
    assert hashlib.sha256(first.xml.encode()).hexdigest() == first.sha256
    assert ("R1", ["1600.00"], ["1904.00"]) == (
        first.number,
        told(first.xml, "TaxExclusiveAmount"),
        told(first.xml, "PayableAmount"),
    )
    assert {BUYER.name, ISSUER.seller.name} <= {*told(first.xml, "RegistrationName")}
    assert "PO-7" in told(first.xml, "ID")


@pytest.mark.req(168)
async def test_a_credit_note_names_the_invoice_it_takes_back() -> None:
    """All of an invoice given back is a credit note of the same amount, that refers to the invoice's number."""
    async with office(issuers={"SG-DE": ISSUER}) as desk:
        await billed(desk)
        await desk.correct()
        note = await desk.service.electronic(invoice_id="cor-1")

    assert (["381"], ["1904.00"]) == (told(note.xml, "CreditNoteTypeCode"), told(note.xml, "PayableAmount"))
    assert "R1" in told(note.xml, "ID")


@pytest.mark.req(168)
async def test_everything_that_is_missing_is_said_at_once() -> None:
    """Reverse charge to a buyer nobody named: the name, the country and both VAT numbers are asked for together."""
    line = AgreementLine(line_id="line-1", name="Advice", method=BillingMethod.TIME_AND_MATERIALS, tax=ABROAD)
    async with office(issuers={"SG-DE": ISSUER}) as desk:
        await billed(desk, "AE", buyer=None, lines=[line])
        with pytest.raises(Problem) as refused:
            await desk.service.electronic(invoice_id="inv-1")

    assert (Kind.CONFLICT, "EINVOICE_REFUSED") == (refused.value.kind, refused.value.code)
    pointers = {error.pointer for error in refused.value.errors}
    assert {"/buyer/name", "/buyer/address/country", "/buyer/vat_id"} <= pointers


async def test_what_is_no_invoice_or_has_no_issuer_is_refused() -> None:
    """A draft has nothing to be written, and a company that is not among the issuers writes none."""
    async with office() as desk:
        await desk.agree(agreement(buyer=BUYER))
        await desk.take(entry("1"))
        case = await desk.start("inv-1")
        with pytest.raises(Problem, match="not_posted"):
            await desk.service.electronic(invoice_id="inv-1")
        await desk.decide(case.summary.case_id)
        with pytest.raises(Problem, match="no_issuer"):
            await desk.service.electronic(invoice_id="inv-1")
