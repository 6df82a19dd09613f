"""What a refund asks of the vendor: a sale or lines of it, by the numbers under which they were sold. Pure."""

from __future__ import annotations

from typing import Any

from contracts.canonical.taxation import TaxDocumentState, TaxRefund
from contracts.problem import FieldError, Kind, Problem
from system_apis.avalara import mapping, wire
from system_apis.avalara.codes import code_of


def refund_model(sale: wire.Transaction, body: TaxRefund, *, code: str, reference: str) -> dict[str, Any]:
    """The refund of a sale.

    Raises:
        Problem: conflict, when the sale is not committed; invalid, when it has no such line.

    """
    state = mapping.state_of(sale)
    if state is not TaxDocumentState.COMMITTED:
        raise Problem(Kind.CONFLICT, "tax_sale_not_committed", f"the sale is {state.value}")
    said: dict[str, Any] = {
        "refundTransactionCode": code,
        "refundDate": body.issued_on.isoformat(),
        "referenceCode": reference,
        "refundType": "Partial" if body.line_ids else "Full",
    }
    if body.line_ids:
        said["refundLines"] = _numbers(sale, body.line_ids)
    return said


def _numbers(sale: wire.Transaction, line_ids: list[str]) -> list[str]:
    there = {line.line_number for line in sale.lines or []}
    wanted = [code_of(line_id, noun="/line_ids") for line_id in line_ids]
    faults = tuple(
        FieldError(pointer=f"/line_ids/{number}", code="line_unknown", detail="the sale has no such line")
        for number, each in enumerate(wanted)
        if each not in there or wanted.count(each) > 1
    )
    if faults:
        raise Problem(Kind.INVALID, "tax_lines_unusable", "the sale has not these lines", errors=faults)
    return wanted
