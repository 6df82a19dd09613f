import asyncio
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Kind, Problem
from contracts.system.erp import Erp
from kit.cli.story import play, script
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from system_apis import netsuite
from system_apis.netsuite.document_mapping import booked, document_write

PAID = Path(netsuite.__file__).parent / "fixtures" / "stories" / "invoice_paid.json"


def line(number: int, quantity: str, price: str, net: str, tax_code: str = "DE-S-19") -> PostingLine:
    return PostingLine(
        line_id=f"l-{number}",
        description=f"Hours, part {number}",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net=Decimal(net),
        tax_code=tax_code,
    )


INVOICE = PostingDocument(
    document_id="inv-1",
    kind=DocumentKind.INVOICE,
    customer_id="cus-NWF",
    legal_entity_id="SG-DE",
    project_id="prj-006A1",
    currency="EUR",
    issued_on=dt.date(2027, 1, 31),
    due_on=dt.date(2027, 3, 2),
    lines=[line(1, "7.5", "185.00", "1387.50"), line(2, "3.25", "120.12", "390.39"), line(3, "-1", "0.01", "-0.01")],
    net=Decimal("1777.88"),
    tax=Decimal("337.80"),
    gross=Decimal("2115.68"),
    purchase_order="PO-4711",
)
CREDIT = replace(
    INVOICE,
    document_id="crn-1",
    kind=DocumentKind.CREDIT_NOTE,
    corrects="inv-1",
    lines=[line(1, "-7.5", "185.00", "-1387.50"), line(2, "5.9", "185.00", "1091.50")],
    net=Decimal("-296.00"),
    tax=Decimal("-56.24"),
    gross=Decimal("-352.24"),
)
LINE = INVOICE.lines[0]
ONE_LINE = replace(INVOICE, lines=[LINE], net=LINE.net, tax=Decimal("263.63"), gross=Decimal("1651.13"))


async def draft(erp: Erp, document: PostingDocument = INVOICE) -> BookedDocument:
    return await erp.put_document(document_id=document.document_id, body=document)


async def post(erp: Erp, document: PostingDocument = INVOICE) -> BookedDocument:
    await draft(erp, document)
    return await erp.post_document(document_id=document.document_id)


async def problem_of(call: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await call
    return caught.value


async def pay(vendor: Any, amount: str, *, key: str = "inv-1", day: str = "2027-02-10") -> str:
    """A clerk enters a payment at the vendor's own screen; its address."""
    body = {"customer": {"externalId": "cus-NWF"}, "payment": amount, "tranDate": day}
    body["apply"] = {"items": [{"doc": {"externalId": key}, "apply": True, "amount": amount}]}
    made = await vendor.post("customerPayment", body)
    assert 204 == made.status_code, made.text
    return str(made.headers["location"])


def told(booked: BookedDocument) -> tuple[BookedState, Decimal]:
    return booked.state, booked.open


@pytest.mark.req(164)
async def test_a_draft_stands_beside_the_ledger_until_it_is_posted(standing: Erp, vendor: Any) -> None:
    """Pending approval it has all its fields and no number for us; approved it has number, day and an open amount."""
    drafted = await draft(standing)
    held = vendor.records("invoice")[0]
    assert ("cus-NWF", "prj-006A1", "Sluicegate Deutschland GmbH", "Euro", "Pending Approval") == tuple(
        held[name]["refName"] for name in ("entity", "job", "subsidiary", "currency", "approvalStatus")
    )
    assert ("2027-01-31", "2027-03-02", "PO-4711", "inv-1") == (
        held["tranDate"],
        held["dueDate"],
        held["otherRefNum"],
        held["custbody_sluice_document_id"],
    )
    assert [("7.5", "185.00", "1387.50", "Hours, part 1", "l-1")] == [
        (one["quantity"], one["rate"], one["amount"], one["description"], one["custcol_sluice_line_id"])
        for one in held["item"]["items"][:1]
    ]
    assert (BookedState.DRAFT, Decimal(0), "", None) == (*told(drafted), drafted.number, drafted.posted_on)

    posted = await standing.post_document(document_id="inv-1")
    number = vendor.records("invoice")[0]["tranId"]
    assert (
        replace(drafted, state=BookedState.POSTED, open=INVOICE.gross, number=number, posted_on=INVOICE.issued_on)
        == posted
    )
    assert (INVOICE.net, INVOICE.tax, INVOICE.gross, 3) == (posted.net, posted.tax, posted.gross, posted.lines)
    assert 1 == vendor.calls("PATCH", "invoice")
    assert posted == await standing.post_document(document_id="inv-1") == await draft(standing)
    assert (1, 1) == (vendor.calls("PATCH", "invoice"), vendor.calls("POST", "record/v1/invoice"))


async def test_two_drafts_at_once_are_one_and_a_later_body_changes_nothing(standing: Erp, vendor: Any) -> None:
    """The key decides: the second caller is told what stands, with the lines that the first one wrote."""
    one, two = await asyncio.gather(draft(standing), draft(standing, ONE_LINE))
    assert one == two == await draft(standing, ONE_LINE)
    assert 1 == len(vendor.records("invoice"))


async def test_amounts_are_the_accounts_own(standing: Erp, vendor: Any) -> None:
    """Where the account cuts the tax of every line, or was told a tax that it does not compute, its figure is told."""
    cents = [line(n, "1", "0.13", "0.13") for n in range(4)]
    body = replace(INVOICE, lines=cents, net=Decimal("0.52"), tax=Decimal("0.10"), gross=Decimal("0.62"))
    grouped = await post(standing, body)
    vendor.seed(account={"taxRounding": "line"})
    by_line = await post(standing, replace(body, document_id="inv-2"))
    assert [("0.10", "0.62"), ("0.08", "0.60")] == [(str(one.tax), str(one.gross)) for one in (grouped, by_line)]


async def test_tax_codes_may_be_mixed_and_a_total_may_be_nothing(standing: Erp, vendor: Any) -> None:
    """Each code is taxed by its own rate; a document over nothing is settled the moment it is posted."""
    two = [line(1, "1", "100", "100"), line(2, "1", "50", "50", "EU-RC")]
    mixed = await post(standing, replace(INVOICE, lines=two, net=Decimal(150), tax=Decimal(19), gross=Decimal(169)))
    nil = [line(1, "1", "100", "100"), line(2, "-1", "100", "-100")]
    nothing = replace(INVOICE, document_id="inv-0", lines=nil, net=Decimal(0), tax=Decimal(0), gross=Decimal(0))
    free = await post(standing, nothing)
    assert (Decimal(150), Decimal(19), Decimal(169)) == (mixed.net, mixed.tax, mixed.gross)
    assert (BookedState.PAID, Decimal(0)) == told(free)
    details = vendor.records("invoice")[0]["taxDetails"]["items"]
    assert [("DE-S-19", "19.00"), ("EU-RC", "0.00")] == [
        (one["taxCode"]["refName"], one["taxAmount"]) for one in details
    ]


@pytest.mark.req(168)
async def test_payments_at_the_vendors_own_screen_are_told(standing: Erp, vendor: Any) -> None:
    """Partly paid, paid, and open again when the payment is taken back; each change is told once by the feed."""
    posted = await post(standing)
    cursor = (await standing.document_changes()).cursor
    seen = []

    async def told_now() -> None:
        nonlocal cursor
        page = await standing.document_changes(cursor=cursor)
        cursor = page.cursor
        seen.extend(told(one) for one in page.documents)
        assert [] == (await standing.document_changes(cursor=cursor)).documents

    first = await pay(vendor, "1000.00")
    await told_now()
    known = {"invoice": {"document_id": "inv-1", "customer_id": "cus-NWF"}}
    person = vendor.landscape["person"]["headers"]
    await play(script(PAID), base_url=vendor.base_url, headers=person, saved=known)
    await told_now()
    await vendor.http.delete(first)
    await told_now()

    partly, again = (BookedState.PARTLY_PAID, Decimal("1115.68")), (BookedState.PARTLY_PAID, Decimal("1000.00"))
    assert [partly, (BookedState.PAID, Decimal("0.00")), again] == seen
    assert posted.number == (await standing.document(document_id="inv-1")).number


async def test_a_credit_note_is_taken_off_the_invoice_it_corrects(standing: Erp, vendor: Any) -> None:
    """As a draft it changes nothing; posted it is settled and the invoice owes so much less."""
    await post(standing)
    drafted = await draft(standing, CREDIT)
    untouched = told(await standing.document(document_id="inv-1"))
    credit = await standing.post_document(document_id="crn-1")

    assert (BookedState.DRAFT, Decimal(0)) == told(drafted)
    assert (BookedState.POSTED, INVOICE.gross) == untouched
    assert (DocumentKind.CREDIT_NOTE, CREDIT.net, CREDIT.tax, CREDIT.gross, 2) == (
        credit.kind,
        credit.net,
        credit.tax,
        credit.gross,
        credit.lines,
    )
    assert (BookedState.PAID, Decimal(0)) == told(credit)
    assert (BookedState.PARTLY_PAID, INVOICE.gross + CREDIT.gross) == told(await standing.document(document_id="inv-1"))
    held = vendor.records("creditMemo")[0]
    assert ("352.24", ["1387.50", "-1091.50"], ["7.5", "-5.9"]) == (
        held["total"],
        [one["amount"] for one in held["item"]["items"]],
        [one["quantity"] for one in held["item"]["items"]],
    )


@pytest.mark.parametrize(
    ("paid", "state", "left"),
    [("2115.68", BookedState.POSTED, "-352.24"), ("2000.00", BookedState.PARTLY_PAID, "-236.56")],
)
async def test_a_credit_is_applied_as_far_as_the_invoice_is_owed(
    standing: Erp, vendor: Any, paid: str, state: BookedState, left: str
) -> None:
    """What the customer has paid already stays open on the credit note, as money owed to them."""
    await post(standing)
    await pay(vendor, paid)
    credit = await post(standing, CREDIT)
    assert (state, Decimal(left)) == told(credit)
    assert BookedState.PAID is (await standing.document(document_id="inv-1")).state


async def test_a_credit_may_stand_alone(standing: Erp) -> None:
    """One that corrects no invoice is posted and stays open."""
    assert (BookedState.POSTED, CREDIT.gross) == told(await post(standing, replace(CREDIT, corrects=None)))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": [LINE, line(2, "1", "0", "0", "")]}, "/lines/1/tax_code"),
        ({"lines": [LINE, line(2, "1", "0.001", "0.001")], "net": Decimal("1387.501")}, "/lines/1/net"),
        ({"lines": [LINE, LINE]}, "/lines"),
        ({"lines": []}, "/lines"),
        ({"net": Decimal("1387.49")}, "/net"),
        ({"gross": Decimal(1)}, "/gross"),
        ({"kind": DocumentKind.CREDIT_NOTE}, "/gross"),
        ({"corrects": "inv-0"}, "/corrects"),
        ({"document_id": "inv|1"}, "/document_id"),
    ],
)
def test_what_does_not_tie_is_refused_before_any_call(change: dict[str, Any], pointer: str) -> None:
    """Sums, signs, minor units, line ids and ids that NetSuite would misread, each at its own field."""
    body = replace(ONE_LINE, **change)
    if pointer == "/lines/1/net":
        body = replace(body, gross=body.net + body.tax)
    with pytest.raises(Problem) as caught:
        document_write(body, currency_id="4", service_item="S")
    assert (Kind.INVALID, [pointer]) == (caught.value.kind, [error.pointer for error in caught.value.errors])


@pytest.mark.parametrize(
    "spoilt", [{"recordtype": "journal"}, {"net": "much"}, {"trandate": "31/1/2027"}, {"lines": ""}]
)
def test_a_row_that_cannot_be_read_is_told_and_not_guessed(spoilt: dict[str, str]) -> None:
    """Another kind of record, or a value in another form: an unexpected answer, never half a document."""
    row = {"id": "7", "externalid": "inv-1", "recordtype": "invoice", "currency": "EUR", "posting": "T", "lines": "1"}
    row |= {"net": "-100.00", "tax": "-19.00", "gross": "119.00", "unpaid": "19.00", "tranid": "INV7"}
    row |= {"trandate": "2027-01-31", "voided": "F"}
    assert (BookedState.PARTLY_PAID, Decimal("19.00")) == told(booked(row))
    with pytest.raises(Problem) as caught:
        booked({**row, **spoilt})
    assert (Kind.UNEXPECTED, "vendor_answer_unreadable") == (caught.value.kind, caught.value.code)


async def test_a_document_the_account_refuses_leaves_nothing_and_names_our_field(standing: Erp, vendor: Any) -> None:
    """All lines or none: every reference to nothing, or to somebody else's, is told by our own name."""
    table: list[tuple[dict[str, Any], str]] = [
        ({"lines": [LINE, line(2, "1", "0", "0", "NO-SUCH")]}, "/lines/1/tax_code"),
        ({"customer_id": "cus-none"}, "/customer_id"),
        ({"customer_id": "cus-NWG"}, "/project_id"),
        ({"project_id": "prj-none"}, "/project_id"),
        ({"legal_entity_id": "SG-US"}, "/legal_entity_id"),
        ({"currency": "XAU"}, "/currency"),
    ]
    for change, pointer in table:
        refused = await problem_of(draft(standing, replace(ONE_LINE, **change)))
        assert (Kind.INVALID, [pointer]) == (refused.kind, [error.pointer for error in refused.errors])
    assert [] == vendor.records("invoice")


async def test_a_credit_needs_a_posted_invoice_of_its_currency(standing: Erp, vendor: Any) -> None:
    """Unknown, no invoice, another currency: our field. A draft or a voided one: a conflict, and no credit stands."""
    unknown = await problem_of(draft(standing, CREDIT))
    await draft(standing)
    pending = await problem_of(draft(standing, CREDIT))
    await standing.post_document(document_id="inv-1")
    foreign = await problem_of(draft(standing, replace(CREDIT, currency="USD")))
    vendor.seed(void=["inv-1"])
    voided = await problem_of(draft(standing, CREDIT))
    assert [(Kind.INVALID, "/corrects"), (Kind.INVALID, "/currency")] == [
        (one.kind, one.errors[0].pointer) for one in (unknown, foreign)
    ]
    assert [(Kind.CONFLICT, "invoice_not_posted")] * 2 == [(one.kind, one.code) for one in (pending, voided)]
    assert [] == vendor.records("creditMemo")


async def test_nothing_is_posted_into_a_period_that_is_not_open(standing: Erp, vendor: Any) -> None:
    """Closed, locked for receivables, or missing: a conflict that names the date; open again, the draft is posted."""
    await draft(standing)
    opened = {"externalId": "2027-01", "closed": False, "arLocked": False, "endDate": "2027-01-31"}
    for shut in ({"closed": True}, {"arLocked": True}, {"endDate": "2027-01-30"}):
        vendor.seed(records={"accountingPeriod": [{**opened, **shut}]})
        refused = await problem_of(standing.post_document(document_id="inv-1"))
        assert (Kind.CONFLICT, "period_closed", ["/issued_on"]) == (
            refused.kind,
            refused.code,
            [error.pointer for error in refused.errors],
        )
        assert BookedState.DRAFT is (await standing.document(document_id="inv-1")).state
    vendor.seed(records={"accountingPeriod": [opened]})
    assert BookedState.POSTED is (await standing.post_document(document_id="inv-1")).state


async def test_a_document_that_posts_at_once_tells_its_closed_period_too(standing: Erp, vendor: Any) -> None:
    """An account may refuse the day of a draft already: the same conflict, and nothing stands."""
    refusal = (
        '{"title":"Bad Request","status":400,"o:errorDetails":[{"detail":"The period is closed.",'
        '"o:errorCode":"USER_ERROR"}]}'
    )
    vendor.seed(records={"accountingPeriod": [{"externalId": "2027-01", "closed": True}]})
    fault = Fault(kind=FaultKind.STATUS, method="POST", contains="v1/invoice", status=400, body=refusal)
    vendor.sandbox.faults.append(fault)
    assert "period_closed" == (await problem_of(draft(standing))).code
    assert [] == vendor.records("invoice")


async def test_a_refusal_that_is_not_of_the_period_is_told_as_it_is(standing: Erp, vendor: Any) -> None:
    """Whatever else keeps the account from posting is a conflict with the account's own words."""
    await draft(standing)
    refusal = '{"o:errorDetails":[{"detail":"Approval limit exceeded.","o:errorCode":"USER_ERROR"}]}'
    fault = Fault(kind=FaultKind.STATUS, method="PATCH", contains="invoice", status=400, body=refusal)
    vendor.sandbox.faults.append(fault)
    refused = await problem_of(standing.post_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "posting_refused", "Approval limit exceeded.") == (
        refused.kind,
        refused.code,
        refused.detail,
    )


async def test_an_account_that_keeps_a_document_pending_is_not_believed(standing: Erp, vendor: Any) -> None:
    """A change that was taken and had no effect is a conflict, never a posted document."""
    await draft(standing)
    vendor.sandbox.faults.append(Fault(kind=FaultKind.STATUS, method="PATCH", contains="invoice", status=204))
    refused = await problem_of(standing.post_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_pending") == (refused.kind, refused.code)


async def test_a_draft_is_discarded_and_its_key_is_free_again(standing: Erp, vendor: Any) -> None:
    """Gone twice is fine; posted it stays, also when it was approved between our look and our delete."""
    await draft(standing)
    for _ in range(2):
        await standing.discard_document(document_id="inv-1")
    assert [] == vendor.records("invoice")
    assert Kind.NOT_FOUND is (await problem_of(standing.document(document_id="inv-1"))).kind
    assert Kind.NOT_FOUND is (await problem_of(standing.post_document(document_id="inv-1"))).kind
    await post(standing)
    refused = await problem_of(standing.discard_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_posted") == (refused.kind, refused.code)
    assert 1 == len(vendor.records("invoice"))


async def test_a_draft_approved_between_look_and_delete_stays(
    standing: Erp, vendor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account refuses to delete what has posted meanwhile, and that is the same conflict."""
    await draft(standing)
    documents: Any = getattr(standing, "_documents")  # noqa: B009 - the seam between look and delete
    look = documents._find

    async def look_then_approve(document_id: str) -> Any:
        seen = await look(document_id)
        await vendor.patch(f"invoice/eid:{document_id}", {"approvalStatus": {"id": "2"}})
        return seen

    monkeypatch.setattr(documents, "_find", look_then_approve)
    refused = await problem_of(standing.discard_document(document_id="inv-1"))
    assert (Kind.CONFLICT, "document_posted") == (refused.kind, refused.code)
    assert 1 == len(vendor.records("invoice"))


async def test_a_voided_document_is_told_with_what_the_books_have_left_of_it(standing: Erp, vendor: Any) -> None:
    """It keeps its number; posting it again changes nothing; the feed tells of it."""
    posted = await post(standing)
    cursor = (await standing.document_changes()).cursor
    vendor.seed(void=["inv-1"])
    voided = (await standing.document_changes(cursor=cursor)).documents[0]
    assert (BookedState.VOIDED, posted.number, Decimal(0)) == (voided.state, voided.number, voided.gross)
    assert voided == await standing.post_document(document_id="inv-1")


async def test_a_key_that_means_something_else_is_a_conflict(standing: Erp, vendor: Any) -> None:
    """An order under the key, or a document of the other kind, is not overwritten."""
    services = {"items": [{"item": {"externalId": "SLUICE-SERVICES"}, "amount": "1.00"}]}
    vendor.seed(
        records={"salesOrder": [{"externalId": "inv-1", "entity": {"externalId": "cus-NWF"}, "item": services}]}
    )
    taken = await problem_of(draft(standing))
    await draft(standing, replace(INVOICE, document_id="inv-2"))
    differs = await problem_of(draft(standing, replace(CREDIT, document_id="inv-2", corrects=None)))
    elsewhere = await problem_of(standing.put_document(document_id="inv-3", body=INVOICE))
    assert ["document_key_taken", "document_differs", "key_differs"] == [
        one.code for one in (taken, differs, elsewhere)
    ]


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
async def test_an_answer_lost_after_a_create_is_looked_up(standing: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved and not answered: the draft is found by its key and not made a second time."""
    vendor.sandbox.faults.append(Fault(kind=kind, method="POST", contains="v1/invoice"))
    assert BookedState.DRAFT is (await draft(standing)).state
    assert (1, 1) == (len(vendor.records("invoice")), vendor.calls("POST", "v1/invoice"))


async def test_a_posting_whose_answer_is_lost_applies_its_credit_once(standing: Erp, vendor: Any) -> None:
    """The change is repeated with the same figures: the invoice is credited by the amount, not by twice of it."""
    await post(standing)
    await draft(standing, CREDIT)
    vendor.sandbox.faults.append(Fault(kind=FaultKind.DROP_AFTER, method="PATCH", contains="creditMemo"))
    await standing.post_document(document_id="crn-1")
    assert INVOICE.gross + CREDIT.gross == (await standing.document(document_id="inv-1")).open
    assert 2 == vendor.calls("PATCH", "creditMemo")


async def test_the_feed_goes_page_by_page_and_misses_nothing_of_a_second(standing: Erp, vendor: Any) -> None:
    """Many documents of one second arrive once each; drafts, copies by hand and others' documents are not told."""
    for number in range(5):
        await post(standing, replace(INVOICE, document_id=f"inv-{number}"))
    await draft(standing, replace(INVOICE, document_id="inv-draft"))
    services = {"items": [{"item": {"externalId": "SLUICE-SERVICES"}, "amount": "1.00"}]}
    by_hand = {"entity": {"externalId": "cus-NWF"}, "item": services}
    copied = {**by_hand, "custbody_sluice_document_id": "inv-0"}
    vendor.seed(records={"invoice": [copied, {**by_hand, "externalId": "theirs"}]})
    told_of: list[str] = []
    cursor = ""
    for _ in range(4):
        page = await standing.document_changes(cursor=cursor, limit=2)
        told_of += [one.document_id for one in page.documents]
        cursor = page.cursor
    assert [f"inv-{number}" for number in range(5)] == sorted(told_of)
    await pay(vendor, "1.00", key="inv-0")
    again = await standing.document_changes(cursor=cursor)
    assert [("inv-0", BookedState.PARTLY_PAID)] == [(one.document_id, one.state) for one in again.documents]


async def test_the_feed_does_not_depend_on_how_the_account_writes_dates(standing: Erp, vendor: Any) -> None:
    """Days and moments are asked for in one form."""
    vendor.seed(account={"dateFormat": "DD/MM/YYYY"})
    await post(standing)
    page = await standing.document_changes()
    assert [dt.date(2027, 1, 31)] == [one.posted_on for one in page.documents]


async def test_what_could_not_be_asked_never_reaches_the_account(erp: Erp, vendor: Any) -> None:
    """Ids go into queries, so one that could end a query is refused first; so is a cursor or limit that is not ours."""
    for ask in (erp.document, erp.post_document, erp.discard_document):
        assert "external_id_unusable" == (await problem_of(ask(document_id="x' OR '1'='1"))).code
    asked: dict[str, dict[str, Any]] = {"cursor": {"cursor": "nonsense"}, "limit": {"limit": 1001}}
    for pointer, query in asked.items():
        assert [pointer] == [error.pointer for error in (await problem_of(erp.document_changes(**query))).errors]
    assert 0 == len(vendor.sandbox.calls)
