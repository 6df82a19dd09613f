"""What every ERP has to do with invoices and credit notes; a new vendor is tried without an edit here."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Kind, Problem
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role
from tests.conformance.story import CHILD, PARENT, PROJECT

ISSUED: Final = dt.date(2027, 1, 31)


def line(number: int, quantity: str, price: str, net: str) -> PostingLine:
    """Hours of one role; the tax code is of a supply that carries tax, so that tax must tie too."""
    return PostingLine(
        line_id=f"inv-s1-{number}",
        description=f"Cloud architect, part {number}",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net=Decimal(net),
        tax_code="DE-S-19",
    )


INVOICE: Final = PostingDocument(
    document_id="inv-s1",
    kind=DocumentKind.INVOICE,
    customer_id=CHILD.customer_id,
    legal_entity_id="SG-DE",
    project_id=PROJECT.project_id,
    currency="EUR",
    issued_on=ISSUED,
    due_on=dt.date(2027, 3, 2),
    lines=[line(1, "7.5", "185.00", "1387.50"), line(2, "3.25", "120.12", "390.39"), line(3, "1", "0.01", "0.01")],
    net=Decimal("1777.90"),
    tax=Decimal("337.80"),
    gross=Decimal("2115.70"),
    purchase_order="PO-4711",
)
CREDIT: Final = replace(
    INVOICE,
    document_id="crn-s1",
    kind=DocumentKind.CREDIT_NOTE,
    corrects="inv-s1",
    lines=[line(1, "-7.5", "185.00", "-1387.50"), line(2, "5.9", "185.00", "1091.50")],
    net=Decimal("-296.00"),
    tax=Decimal("-56.24"),
    gross=Decimal("-352.24"),
)


@pytest.fixture(params=serving_role("erp"))
async def erp(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "erp") as opened:
        opened.skip_if_lacking("put_document")
        for customer in (PARENT, CHILD):
            await opened.role.put_customer(customer_id=customer.customer_id, legal_entity_id="SG-DE", body=customer)
        await opened.role.put_project(project_id=PROJECT.project_id, body=PROJECT)
        yield opened


async def drafted(erp: Connected, document: PostingDocument = INVOICE) -> BookedDocument:
    booked: BookedDocument = await erp.role.put_document(document_id=document.document_id, body=document)
    return booked


async def posted(erp: Connected, document: PostingDocument = INVOICE) -> BookedDocument:
    await drafted(erp, document)
    booked: BookedDocument = await erp.role.post_document(document_id=document.document_id)
    return booked


def amounts(booked: BookedDocument) -> tuple[Decimal, Decimal, Decimal]:
    return booked.net, booked.tax, booked.gross


@pytest.mark.req(164)
async def test_an_invoice_is_drafted_once_and_found_by_our_id(erp: Connected) -> None:
    """A draft has no number and asks for nothing yet; a repetition creates nothing."""
    first, second = await drafted(erp), await drafted(erp)
    found = await erp.role.document(document_id=INVOICE.document_id)

    assert first.external_id == second.external_id == found.external_id
    assert (BookedState.DRAFT, "", Decimal(0)) == (found.state, found.number, found.open)


async def test_ids_of_sixty_four_characters_are_kept_whole(erp: Connected) -> None:
    """The longest that the contract allows is found again as it was given, however short the fields of the ERP are."""
    longest = replace(
        INVOICE,
        document_id="inv-".ljust(64, "x"),
        lines=[replace(each, line_id=f"{n}".ljust(64, "y")) for n, each in enumerate(INVOICE.lines)],
    )
    await drafted(erp, longest)

    assert longest.document_id == (await erp.role.document(document_id=longest.document_id)).document_id


@pytest.mark.req(164)
async def test_a_posted_invoice_ties_to_ours_by_the_books_of_the_erp(erp: Connected) -> None:
    """Net, tax and gross to the cent, all of it open, with a number; posting it again gives the same document."""
    booked = await posted(erp)
    again = await erp.role.post_document(document_id=INVOICE.document_id)

    assert (INVOICE.net, INVOICE.tax, INVOICE.gross) == amounts(booked)
    assert (BookedState.POSTED, 3, INVOICE.gross, ISSUED) == (
        booked.state,
        booked.lines,
        booked.open,
        booked.posted_on,
    )
    assert booked.number
    assert again == booked


async def test_a_credit_note_gives_back_what_it_says(erp: Connected) -> None:
    """Its amounts are negative; a line that bills some of the hours again stands on it beside the one that credits."""
    await posted(erp)
    booked = await posted(erp, CREDIT)

    assert DocumentKind.CREDIT_NOTE is booked.kind
    assert (CREDIT.net, CREDIT.tax, CREDIT.gross) == amounts(booked)
    assert booked.number


async def test_a_draft_is_discarded_and_a_posted_document_is_not(erp: Connected) -> None:
    """Discarding what is gone is fine; what has a number is only ever credited."""
    await drafted(erp)
    for _ in range(2):
        await erp.role.discard_document(document_id=INVOICE.document_id)
    gone = await kind_of(erp.role.document(document_id=INVOICE.document_id))
    await posted(erp, replace(INVOICE, document_id="inv-s2"))
    refused = await kind_of(erp.role.discard_document(document_id="inv-s2"))

    assert (Kind.NOT_FOUND, Kind.CONFLICT) == (gone, refused)


async def test_a_document_with_an_unknown_tax_code_leaves_nothing_behind(erp: Connected) -> None:
    """All lines or none, and the refusal names the field."""
    wrong = replace(INVOICE, lines=[*INVOICE.lines[:2], replace(INVOICE.lines[2], tax_code="NO-SUCH")])
    with pytest.raises(Problem) as refused:
        await drafted(erp, wrong)
    missing = await kind_of(erp.role.document(document_id=wrong.document_id))

    assert (Kind.INVALID, Kind.NOT_FOUND) == (refused.value.kind, missing)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
@pytest.mark.req(245)
async def test_an_answer_lost_after_booking_does_not_book_twice(erp: Connected, kind: FaultKind) -> None:
    """Drafting and posting each take effect and lose their answer: one document stands, posted once."""
    numbers = set()
    for call in (drafted, posted):
        for method in ("POST", "PUT", "PATCH"):
            erp.sandbox.faults.append(Fault(kind=kind, method=method, times=1))
        lost = await kind_of(call(erp))
        erp.sandbox.faults.clear()
        numbers.add((await posted(erp)).number)
        assert lost in IN_DOUBT

    assert 1 == len(numbers)


@pytest.mark.req(168)
async def test_changed_documents_are_told_once_the_cursor_moves(erp: Connected) -> None:
    """The feed tells of a posted document; from its cursor on, nothing more until something changes."""
    before = await erp.role.document_changes()
    await posted(erp)
    page = await erp.role.document_changes(cursor=before.cursor)
    found = {each.document_id: each.state for each in page.documents}

    assert BookedState.POSTED is found[INVOICE.document_id]
