"""Documents: drafted whole, posted by the environment's own job, found by our key after any accident."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState, DocumentKind
from contracts.problem import Kind, Problem, Retry
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.dynamics_finance.conftest import Vendor
from tests.system_apis.dynamics_finance.story import INVOICE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def caught(call: Any) -> Problem:
    with pytest.raises(Problem) as problem:
        await call
    return problem.value


async def posted(erp: Erp, document_id: str = INVOICE.document_id) -> Any:
    body = replace(INVOICE, document_id=document_id)
    await erp.put_document(document_id=document_id, body=body)
    return await erp.post_document(document_id=document_id)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.TRUNCATE, FaultKind.STATUS_AFTER])
@pytest.mark.req(245)
async def test_a_draft_whose_answer_was_lost_is_found_by_its_key(
    vendor: Vendor, standing: Erp, kind: FaultKind
) -> None:
    """The changeset was saved and the answer cut: the room looks, and one invoice with its lines stands."""
    vendor.fail(kind, "POST", "$batch")
    booked = await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)

    assert (1, 1) == (len(vendor.rows("FreeTextInvoiceHeaders")), len(vendor.rows("FreeTextInvoiceLines")))
    assert (INVOICE.net, INVOICE.tax) == (booked.net, booked.tax)


@pytest.mark.req(245)
async def test_a_draft_that_never_arrived_is_not_told_as_standing(vendor: Vendor, standing: Erp) -> None:
    """Cut before it was saved, the outcome is unknown until somebody asks again; then there is one."""
    vendor.fail(FaultKind.DROP_BEFORE, "POST", "$batch")
    problem = await caught(standing.put_document(document_id=INVOICE.document_id, body=INVOICE))
    await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)

    assert Kind.UNKNOWN_OUTCOME is problem.kind
    assert 1 == len(vendor.rows("FreeTextInvoiceHeaders"))


@pytest.mark.req(245)
async def test_two_processes_that_draft_at_once_make_one(
    vendor: Vendor, standing: Erp, open_room: Callable[[], Any]
) -> None:
    """Both find nothing and both create: the second number is refused, and both tell the one that stands."""
    other = open_room()
    rooms = [standing, other.mounts[0].service]
    both = await asyncio.gather(
        *(room.put_document(document_id=INVOICE.document_id, body=INVOICE) for room in rooms * 2)
    )
    await other.close()

    assert (1, 1) == (len({each.external_id for each in both}), len(vendor.rows("FreeTextInvoiceHeaders")))


async def test_a_changeset_is_saved_whole_or_not_at_all(vendor: Vendor, standing: Erp) -> None:
    """The second line has a tax code that nobody knows: neither header nor first line is left behind."""
    lines = [INVOICE.lines[0], replace(INVOICE.lines[0], line_id="inv-1-2", tax_code="NOBODYS")]
    wrong = replace(INVOICE, lines=lines, net=2 * INVOICE.net, gross=2 * INVOICE.net + INVOICE.tax)
    problem = await caught(standing.put_document(document_id=wrong.document_id, body=wrong))

    assert (Kind.INVALID, ["/tax_code"]) == (problem.kind, [one.pointer for one in problem.errors])
    assert ([], []) == (vendor.rows("FreeTextInvoiceHeaders"), vendor.rows("FreeTextInvoiceLines"))


@pytest.mark.req(164)
async def test_posting_waits_for_the_job_and_draws_one_number_after_another(vendor: Vendor, standing: Erp) -> None:
    """The job comes once a minute: a release is no posting, and numbers have no gaps in a company."""
    started = vendor.sandbox.now()
    first = await posted(standing)
    second = await posted(standing, "inv-2")

    assert (vendor.sandbox.now() - started).total_seconds() >= 60
    assert ("SGDE-00000001", "SGDE-00000002") == (first.number, second.number)


async def test_a_job_that_does_not_come_leaves_the_release_standing(
    vendor: Vendor, standing: Erp, settings: dict[str, Any]
) -> None:
    """Who waited long enough is told to come again; the job posts meanwhile, and asking again finds it, once."""
    vendor.seed(settings={"job_every_s": 600.0})
    await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)
    problem = await caught(standing.post_document(document_id=INVOICE.document_id))
    stays = await caught(standing.discard_document(document_id=INVOICE.document_id))
    vendor.sandbox.advance(600 - settings["posting_wait_s"])
    booked = await standing.post_document(document_id=INVOICE.document_id)

    assert ("posting_pending", Retry.LATER, "document_released") == (problem.code, problem.retry, stays.code)
    assert (BookedState.POSTED, 1) == (booked.state, len(vendor.rows("CustomerTransactions")))


@pytest.mark.req(164)
async def test_a_closed_period_is_told_and_leaves_a_draft(vendor: Vendor, standing: Erp) -> None:
    """The job writes down why; no number is drawn, the draft can be discarded or posted once the period is open."""
    vendor.seed(closed_periods=[["sgde", "2027-01"]])
    await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)
    problem = await caught(standing.post_document(document_id=INVOICE.document_id))
    draft = await standing.document(document_id=INVOICE.document_id)
    vendor.seed(closed_periods=[])
    booked = await standing.post_document(document_id=INVOICE.document_id)

    assert (Kind.CONFLICT, "period_closed") == (problem.kind, problem.code)
    assert ["/issued_on"] == [one.pointer for one in problem.errors]
    assert (BookedState.DRAFT, "SGDE-00000001") == (draft.state, booked.number)


async def test_a_closed_period_s_draft_may_go(vendor: Vendor, standing: Erp) -> None:
    """What the job would not post is a draft again."""
    vendor.seed(closed_periods=[["sgde", "2027-01"]])
    await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)
    await caught(standing.post_document(document_id=INVOICE.document_id))
    await standing.discard_document(document_id=INVOICE.document_id)

    assert ([], []) == (vendor.rows("FreeTextInvoiceHeaders"), vendor.rows("FreeTextInvoiceLines"))


@pytest.mark.req(168)
async def test_payments_close_a_document_and_are_told(vendor: Vendor, standing: Erp) -> None:
    """A part, then the rest: what is open follows, each change is told once, and the voucher balances."""
    await posted(standing)
    page = await standing.document_changes()
    told = []
    for amount in ("651.13", None):
        await vendor.pay(INVOICE.document_id, amount)
        page = await standing.document_changes(cursor=page.cursor)
        told += [(one.state, one.open) for one in page.documents]
    last = await standing.document_changes(cursor=page.cursor)

    assert [(BookedState.PARTLY_PAID, Decimal("1000.00")), (BookedState.PAID, Decimal("0.00"))] == told
    assert [] == last.documents


@pytest.mark.req(168)
async def test_the_feed_loses_nothing_between_small_pages(vendor: Vendor, standing: Erp) -> None:
    """Three documents in pages of one: each once, in the order in which they were posted."""
    ids = ["inv-a", "inv-b", "inv-c"]
    for each in ids:
        await posted(standing, each)
    cursor, told = "", []
    for _ in range(4):
        page = await standing.document_changes(cursor=cursor, limit=1)
        cursor = page.cursor
        told += [one.document_id for one in page.documents]

    assert ids == told
    assert 3 == len(vendor.rows("CustomerTransactions"))


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "w5w"])
async def test_a_cursor_that_is_not_ours_is_refused(erp: Erp, cursor: str) -> None:
    """It is opaque, and checked."""
    problem = await caught(erp.document_changes(cursor=cursor))

    assert (Kind.INVALID, "cursor_invalid") == (problem.kind, problem.code)


async def test_the_books_have_two_sides(vendor: Vendor, standing: Erp) -> None:
    """Receivables against revenue and tax, by account."""
    await posted(standing)
    entries = {
        row["MainAccount"]: row["TransactionCurrencyAmount"] for row in vendor.rows("GeneralJournalAccountEntries")
    }

    assert {"130100": INVOICE.gross, "401100": -INVOICE.net, "202100": -INVOICE.tax} == entries


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"corrects": "inv-0", "kind": DocumentKind.INVOICE}, "invoice_corrects"),
        ({"net": Decimal(1)}, "net_differs"),
        ({"gross": Decimal(1)}, "gross_differs"),
        ({"kind": DocumentKind.CREDIT_NOTE}, "sign_wrong"),
        ({"legal_entity_id": "SG-XX"}, "legal_entity_unknown"),
        ({"lines": [INVOICE.lines[0], INVOICE.lines[0]]}, "line_ids_repeat"),
    ],
)
async def test_a_document_that_does_not_tie_is_refused_before_any_call(
    vendor: Vendor, erp: Erp, change: dict[str, Any], code: str
) -> None:
    """The environment would book it; we do not ask it to."""
    problem = await caught(erp.put_document(document_id=INVOICE.document_id, body=replace(INVOICE, **change)))

    assert (Kind.INVALID, code) == (problem.kind, problem.code)
    assert [] == list(vendor.sandbox.calls)


async def test_only_a_posted_invoice_is_credited(standing: Erp) -> None:
    """A credit note for nothing is refused, and one for a draft too."""
    credit = replace(
        INVOICE,
        document_id="crn-1",
        kind=DocumentKind.CREDIT_NOTE,
        corrects=INVOICE.document_id,
        lines=[replace(INVOICE.lines[0], quantity=Decimal("-7.5"), net=-INVOICE.net)],
        net=-INVOICE.net,
        tax=-INVOICE.tax,
        gross=-INVOICE.gross,
    )
    unknown = await caught(standing.put_document(document_id="crn-1", body=credit))
    await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)
    early = await caught(standing.put_document(document_id="crn-1", body=credit))

    assert ("corrects_unknown", "invoice_not_posted") == (unknown.code, early.code)
