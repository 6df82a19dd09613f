from typing import Any

import httpx
import pytest

HOME = {"companyName": "Acme", "subsidiary": {"externalId": "SG-DE"}, "currency": {"externalId": "EUR"}}
PENDING: dict[str, Any] = {"approvalStatus": {"id": "1"}}
APPROVED: dict[str, Any] = {"approvalStatus": {"id": "2"}}
LEDGER = (
    "SELECT t.externalid, t.status, t.posting, t.foreigntotal, l.mainline, l.taxline, l.foreignamount "
    "FROM transaction t JOIN transactionline l ON l.transaction = t.id WHERE t.externalid = '{key}' ORDER BY l.id"
)


def fault(answer: httpx.Response) -> tuple[int, str, str]:
    detail = answer.json()["o:errorDetails"][0]
    return answer.status_code, detail["o:errorCode"], detail.get("o:errorPath", "")


def sale(*amounts: str, day: str = "2027-01-15", **more: Any) -> dict[str, Any]:
    line = {"item": {"externalId": "SLUICE-SERVICES"}, "taxCode": {"externalId": "DE-S-19"}}
    lines = [{**line, "amount": amount} for amount in amounts]
    return {"entity": {"externalId": "C1"}, "tranDate": day, "item": {"items": lines}, **more}


def payment(amount: str, *applied: tuple[str, str], **more: Any) -> dict[str, Any]:
    items = [{"doc": {"externalId": key}, "apply": True, "amount": part} for key, part in applied]
    base = {"customer": {"externalId": "C1"}, "payment": amount, "tranDate": "2027-01-20"}
    return {**base, "apply": {"items": items}, **more}


@pytest.fixture
async def acme(vendor: Any) -> Any:
    await vendor.put("customer/eid:C1", HOME)
    return vendor


async def state(vendor: Any, path: str) -> tuple[str, ...]:
    held = (await vendor.get(path)).json()
    names = ("amountPaid", "amountRemaining") if path.startswith("invoice") else ("applied", "unapplied")
    return (held["status"]["refName"], *(f"{held[name]:.2f}" for name in names))


async def removed(vendor: Any, path: str) -> httpx.Response:
    answer: httpx.Response = await vendor.http.delete(f"/services/rest/record/v1/{path}")
    return answer


async def test_an_invoice_is_taxed_numbered_and_posts_once_approved(acme: Any) -> None:
    """Pending it is in no ledger and may be deleted; approved it posts in its period and stays."""
    await acme.put("invoice/eid:I1", sale("100.00", "0.10", **PENDING))
    pending = (await acme.get("invoice/eid:I1")).json()
    assert ("INV101", "Pending Approval", 100.1, 19.02, 119.12) == (
        pending["tranId"],
        pending["status"]["refName"],
        *(pending[name] for name in ("subtotal", "taxTotal", "total")),
    )
    assert "postingPeriod" not in pending
    rows = (await acme.sql(LEDGER.format(key="I1"))).json()["items"]
    assert {("F", "D", "119.12")} == {(row["posting"], row["status"], row["foreigntotal"]) for row in rows}
    assert [("T", "F", "119.12"), ("F", "F", "-100.00"), ("F", "F", "-0.10"), ("F", "T", "-19.02")] == [
        (row["mainline"], row["taxline"], row["foreignamount"]) for row in rows
    ]
    assert 204 == (await removed(acme, "invoice/eid:I1")).status_code

    await acme.put("invoice/eid:I1", sale("100.00", **PENDING))
    assert 204 == (await acme.patch("invoice/eid:I1", APPROVED)).status_code
    posted = (await acme.get("invoice/eid:I1")).json()
    assert ("INV102", "Open", "Jan 2027", "2027-01-15") == (
        posted["tranId"],
        posted["status"]["refName"],
        posted["postingPeriod"]["refName"],
        posted["dueDate"],
    )
    assert (400, "USER_ERROR", "") == fault(await removed(acme, "invoice/eid:I1"))
    assert (400, "USER_ERROR", "approvalStatus") == fault(await acme.patch("invoice/eid:I1", PENDING))


async def test_closed_and_missing_periods_refuse_what_posts(acme: Any) -> None:
    """Only what posts needs an open period; a posted document of a closed one is not changed either."""
    await acme.put("invoice/eid:I1", sale("1.00"))
    acme.seed(records={"accountingPeriod": [{"externalId": "2027-01", "closed": True}]})
    refused = (400, "USER_ERROR", "tranDate")
    assert 204 == (await acme.put("invoice/eid:I2", sale("1.00", **PENDING))).status_code
    for answer in (
        await acme.patch("invoice/eid:I2", APPROVED),
        await acme.put("invoice/eid:I3", sale("1.00")),
        await acme.put("invoice/eid:I3", sale("1.00", day="1999-01-01")),
        await acme.put("creditMemo/eid:K1", sale("1.00")),
        await acme.post("customerPayment", payment("1.00")),
        await acme.patch("invoice/eid:I1", {"memo": "late"}),
    ):
        assert refused == fault(answer)
    assert 405 == (await acme.post("accountingPeriod", {"periodName": "X"})).status_code


async def test_payments_settle_invoices_and_may_be_taken_back(acme: Any) -> None:
    """Open, partly paid, paid in full, and open again; each step changes the day of the last change."""
    await acme.put("invoice/eid:I1", sale("100.00"))
    seen = []
    before = (await acme.get("invoice/eid:I1")).json()["lastModifiedDate"]
    for key, amount in (("P1", "19.00"), ("P2", "100.00")):
        acme.sandbox.advance(60)
        assert 204 == (await acme.put(f"customerPayment/eid:{key}", payment(amount, ("I1", amount)))).status_code
        seen.append(await state(acme, "invoice/eid:I1"))
    assert before < (await acme.get("invoice/eid:I1")).json()["lastModifiedDate"]
    assert 204 == (await removed(acme, "customerPayment/eid:P1")).status_code
    seen.append(await state(acme, "invoice/eid:I1"))
    assert [("Open", "19.00", "100.00"), ("Paid In Full", "119.00", "0.00"), ("Open", "100.00", "19.00")] == seen


async def test_a_payment_fits_what_it_pays(acme: Any) -> None:
    """Not more than was paid, not more than is due, only posted invoices of the customer and the currency."""
    stands: dict[str, dict[str, Any]] = {"I1": {}, "I2": PENDING, "I3": {}}
    for key, more in stands.items():
        await acme.put(f"invoice/eid:{key}", sale("100.00", **more))
    table = [
        (payment("10.00", ("I1", "10.01")), ("USER_ERROR", "apply.items[0].amount")),
        (payment("200.00", ("I1", "119.01")), ("USER_ERROR", "apply.items[0].amount")),
        (payment("200.00", ("I1", "119.00"), ("I3", "81.01")), ("USER_ERROR", "apply.items[1].amount")),
        (payment("1.00", ("I1", "-1.00")), ("USER_ERROR", "apply.items[0].amount")),
        (payment("1.00", ("I2", "1.00")), ("INVALID_CONTENT", "apply.items[0].doc")),
        (payment("1.00", ("nothing", "1.00")), ("INVALID_CONTENT", "apply.items[0].doc")),
        (payment("1.00", ("I1", "1.00"), currency={"externalId": "USD"}), ("INVALID_CONTENT", "apply.items[0].doc")),
        (payment("0"), ("USER_ERROR", "payment")),
    ]
    for body, expected in table:
        assert (400, *expected) == fault(await acme.post("customerPayment", body))
    assert [] == acme.records("customerPayment")


async def test_a_credit_memo_takes_effect_when_it_posts(acme: Any) -> None:
    """Its lines may differ in sign while the total does not; signs in the ledger are the invoice's turned round."""
    await acme.put("invoice/eid:I1", sale("100.00"))
    applied: dict[str, Any] = {"apply": {"items": [{"doc": {"externalId": "I1"}}]}}
    assert (400, "USER_ERROR", "total") == fault(await acme.put("creditMemo/eid:K1", sale("10.00", "-20.00")))
    await acme.put("creditMemo/eid:K1", sale("60.00", "-10.00", **applied, **PENDING))
    pending = (await state(acme, "creditMemo/eid:K1"), await state(acme, "invoice/eid:I1"))
    await acme.patch("creditMemo/eid:K1", APPROVED)
    posted = (await state(acme, "creditMemo/eid:K1"), await state(acme, "invoice/eid:I1"))
    assert (("Pending Approval", "0.00", "59.50"), ("Open", "0.00", "119.00")) == pending
    assert (("Fully Applied", "59.50", "0.00"), ("Open", "59.50", "59.50")) == posted
    rows = (await acme.sql(LEDGER.format(key="K1"))).json()["items"]
    assert ["-59.50", "60.00", "-10.00", "9.50"] == [row["foreignamount"] for row in rows]
    assert {"T"} == {row["posting"] for row in rows}
    assert "CM101" == (await acme.get("creditMemo/eid:K1")).json()["tranId"]


async def test_an_invoice_is_not_cut_below_what_was_applied(acme: Any) -> None:
    """Changed in an open period it may be, but not to less than what was paid."""
    await acme.put("invoice/eid:I1", sale("100.00"))
    await acme.post("customerPayment", payment("119.00", ("I1", "119.00")))
    assert (400, "USER_ERROR", "total") == fault(await acme.put("invoice/eid:I1?replace=item", sale("50.00")))


async def test_orders_carry_their_tax_through_invoice_and_credit(acme: Any) -> None:
    """A transformed invoice has the tax codes of its order; its transformed credit settles it in full."""
    await acme.put("salesOrder/eid:S1", sale("100.00"))
    await acme.post("salesOrder/eid:S1/!transform/invoice", {"externalId": "I1"})
    await acme.post("invoice/eid:I1/!transform/creditMemo", {"externalId": "K1"})
    assert ["119.00"] * 3 == [acme.records(kind)[0]["total"] for kind in ("salesOrder", "invoice", "creditMemo")]
    assert ("Paid In Full", "119.00", "0.00") == await state(acme, "invoice/eid:I1")
    again = await acme.post("invoice/eid:I1/!transform/creditMemo", {})
    assert (400, "USER_ERROR", "") == fault(again)


@pytest.mark.parametrize(("rounding", "tax"), [("group", "0.10"), ("line", "0.08")])
async def test_tax_is_cut_where_the_account_prefers(acme: Any, rounding: str, tax: str) -> None:
    """Once for each tax code, or for every line; halves away from zero either way."""
    acme.seed(account={"taxRounding": rounding})
    await acme.put("invoice/eid:I1", sale("0.13", "0.13", "0.13", "0.13"))
    assert tax == acme.records("invoice")[0]["taxTotal"]


async def test_a_voided_invoice_keeps_its_number_and_nothing_else(acme: Any) -> None:
    """Every amount becomes nothing; a credit memo can no longer be applied to it."""
    await acme.put("invoice/eid:I1", sale("100.00"))
    acme.seed(void=["I1"])
    held = acme.records("invoice")[0]
    assert ("INV101", "Voided", "0.00", "0.00") == (
        held["tranId"],
        held["status"]["refName"],
        held["total"],
        held["amountRemaining"],
    )
    applied: dict[str, Any] = {"apply": {"items": [{"doc": {"externalId": "I1"}}]}}
    late = await acme.put("creditMemo/eid:K1", sale("1.00", **applied))
    assert (400, "INVALID_CONTENT", "apply.items[0].doc") == fault(late)


async def test_suiteql_compares_days_and_writes_moments(acme: Any) -> None:
    """A day equals itself as a date, and TO_CHAR writes seconds whatever the account's date format."""
    await acme.put("invoice/eid:I1", sale("1.00"))
    query = (
        "SELECT id, TO_CHAR(trandate, 'YYYY-MM-DD') AS day, TO_CHAR(lastmodifieddate, 'HH24:MI:SS') AS time "
        "FROM transaction WHERE trandate = TO_DATE('2027-01-15', 'YYYY-MM-DD') AND duedate IS NOT NULL ORDER BY id"
    )
    row = (await acme.sql(query)).json()["items"][0]
    assert ("2027-01-15", 8) == (row["day"], len(row["time"]))
