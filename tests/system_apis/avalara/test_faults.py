"""The room under the vendor's failures: what is tried again, what is looked up, and that nothing is recorded twice."""

import json
from typing import Any

import pytest

from contracts.canonical.taxation import TaxDocumentState, TaxRefund
from contracts.problem import Kind, Problem, Retry
from contracts.system.tax import Tax
from tests.system_apis.avalara.account import (
    ADJUST,
    COMMITMENT,
    CREATE,
    DAY,
    DOCUMENTS,
    SALE,
    VOIDING,
    Account,
    model,
)

pytestmark = pytest.mark.req(241, 243, 245)


def refusal(code: str, **detail: Any) -> str:
    """The vendor's error object."""
    return json.dumps({"error": {"code": code, "details": [{"code": code, "number": 1, **detail}]}})


@pytest.mark.parametrize(
    "more",
    [
        {"status": 502, "body": "<html>bad gateway</html>"},
        {"status": 500, "body": refusal("InternalServerError")},
        {"status": 408, "body": refusal("TimeoutRequested")},
        {"status": 201, "body": "<html>signed in again</html>", "headers": {"content-type": "text/html"}},
        {"status": 201, "body": "{}"},
        {"status": 201, "body": '{"id": '},
    ],
    ids=lambda more: f"{more['status']} {more['body'][:12]}",
)
async def test_a_record_whose_answer_was_lost_is_looked_up(account: Account, tax: Tax, more: dict[str, Any]) -> None:
    """At once: the caller does not notice, and one document stands in one version."""
    account.fault("POST", ADJUST, "status_after", **more)
    recorded = await tax.record(document_id="inv-1", body=SALE)

    assert TaxDocumentState.UNCOMMITTED is recorded.state
    assert [("inv-1", "Saved", 1)] == account.documents()
    assert [more["status"]] == account.served(ADJUST)


async def test_a_record_that_never_was_is_told_as_unknown(account: Account, tax: Tax) -> None:
    """Nothing can be found, so the caller asks again, and then it is recorded."""
    account.fault("POST", ADJUST, "status", status=504)
    with pytest.raises(Problem) as unknown:
        await tax.record(document_id="inv-1", body=SALE)
    await tax.record(document_id="inv-1", body=SALE)

    assert (Kind.UNKNOWN_OUTCOME, Retry.LATER) == (unknown.value.kind, unknown.value.retry)
    assert [504, 201] == account.served(ADJUST)
    assert [("inv-1", "Saved", 1)] == account.documents()


async def test_a_refund_whose_answer_was_lost_is_one_refund(account: Account, tax: Tax) -> None:
    """The vendor would take a second one under another code; ours has one."""
    await tax.record(document_id="inv-1", body=SALE)
    await tax.commit(document_id="inv-1", body=COMMITMENT)
    account.fault("POST", "/refund", "status_after", status=503)
    body = TaxRefund(legal_entity_id="SG-DE", refunds="inv-1", issued_on=DAY)
    first = await tax.refund(document_id="cor-1", body=body)

    assert first == await tax.refund(document_id="cor-1", body=body)
    assert [("inv-1", "Committed", 1), ("cor-1", "Committed", 1)] == account.documents()


@pytest.mark.parametrize("action", ["commit", "void"])
async def test_an_act_whose_answer_was_lost_is_done_once(account: Account, tax: Tax, action: str) -> None:
    """Repeated, the vendor calls it a mistake; the room sees that it is done."""
    await tax.record(document_id="inv-1", body=SALE)
    account.fault("POST", f"/{action}", "status_after", status=503)
    done = await (
        tax.commit(document_id="inv-1", body=COMMITMENT)
        if action == "commit"
        else tax.void(document_id="inv-1", body=VOIDING)
    )

    assert [503, 400] == account.served(f"/{action}")
    assert done == await tax.document(document_id="inv-1", legal_entity_id="SG-DE")


@pytest.mark.parametrize(
    "more",
    [
        {"status": 503, "body": refusal("ServiceNotReady")},
        {"status": 429, "body": refusal("ConcurrentRequestLimitExceeded"), "headers": {"retry-after": "2"}},
        {"status": 429, "body": ""},
        {"status": 200, "body": "<html>maintenance</html>", "headers": {"content-type": "text/html"}},
    ],
    ids=lambda more: f"{more['status']} {more['body'][:16]}",
)
async def test_what_changes_nothing_is_tried_again(account: Account, tax: Tax, more: dict[str, Any]) -> None:
    """One failure of a read or of an estimate is not seen by the caller."""
    account.fault("POST", CREATE, "status", **more)
    estimate = await tax.estimate(document_id="inv-1", body=SALE)
    account.fault("GET", DOCUMENTS, "status", **more)
    recorded = await tax.record(document_id="inv-1", body=SALE)

    assert estimate.tax == recorded.tax
    assert [more["status"], 201] == account.served(CREATE)[:2]
    assert [more["status"], 404] == account.served(DOCUMENTS, "GET")


async def test_throttling_is_told_with_its_pause(account: Account, tax: Tax) -> None:
    """Longer than a call may take: the caller hears how long; short: it is sat out."""
    account.sandbox.seed({"limits": {"per_second": 1, "retry_after_s": 60}})
    await tax.estimate(document_id="inv-1", body=SALE)
    with pytest.raises(Problem) as limited:
        await tax.estimate(document_id="inv-1", body=SALE)
    account.sandbox.seed({"limits": {"retry_after_s": 1.5}})
    told = await tax.estimate(document_id="inv-1", body=SALE)

    assert (Kind.RATE_LIMITED, "vendor_rate_limit", 60.0) == (
        limited.value.kind,
        limited.value.code,
        limited.value.retry_after_s,
    )
    assert TaxDocumentState.ESTIMATE is told.state
    assert [201, 429, 429, 201] == account.served(CREATE)


async def test_a_license_key_that_was_reset_ends_the_work(account: Account, tax: Tax) -> None:
    """There is no token to renew: one refusal, and no hammering."""
    account.sandbox.seed({"accounts": [{"account_id": "2000134479", "license_key": "ANOTHER"}]})
    with pytest.raises(Problem) as ended:
        await tax.estimate(document_id="inv-1", body=SALE)

    assert ("vendor_login_refused", Retry.NEVER, [401]) == (
        ended.value.code,
        ended.value.retry,
        account.served(CREATE),
    )


@pytest.mark.parametrize(
    "change", [{"status": "Melted"}, {"type": "InventoryTransferInvoice"}, {"totalTax": "much"}, {"date": "soon"}]
)
async def test_a_word_that_we_do_not_know_is_told(account: Account, tax: Tax, change: dict[str, Any]) -> None:
    """No state is guessed and no amount made up."""
    whole: dict[str, Any] = {"code": "inv-1", "type": "SalesInvoice", "status": "Saved", "date": "2026-07-15"}
    whole |= {"totalAmount": 1, "totalTax": 0}
    account.fault("GET", DOCUMENTS, "status", status=200, body=json.dumps({**whole, **change}))
    with pytest.raises(Problem) as unknown:
        await tax.document(document_id="inv-1", legal_entity_id="SG-DE")

    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (unknown.value.kind, unknown.value.code)


async def test_somebody_else_may_be_faster(account: Account, tax: Tax) -> None:
    """A document that is committed between our look and our write is a conflict with another wish, and no loss."""
    account.fault("POST", ADJUST, "status", status=400, body=refusal("GetTaxError", faultSubCode="DocStatusError"))
    with pytest.raises(Problem) as conflict:
        await tax.record(document_id="inv-1", body=SALE)
    await account.call("POST", CREATE, json=model(companyCode="SGDE"))

    assert (Kind.CONFLICT, "vendor_document_final") == (conflict.value.kind, conflict.value.code)
    assert TaxDocumentState.UNCOMMITTED is (await tax.record(document_id="inv-1", body=SALE)).state
