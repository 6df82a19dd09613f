"""Lines of actuals and invoices as rows: what is asked for stands in columns, the whole of it as text."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, LineState
from contracts.canonical.invoices import Invoice


def actual_row(line: Actual, *, tenant: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "actual_id": line.actual_id,
        "source_system": line.source.system,
        "source_id": line.source.source_id,
        "customer_id": line.customer_id,
        "revision": line.revision,
        "side": line.side.value,
        "chargeability": line.chargeability.value,
        "is_reversal": line.reversal_of is not None,
        "reversal_of": line.reversal_of,
        "project_id": line.project_id,
        "contract_line_id": line.contract_line_id,
        "work_date": line.work_date,
        "accounting_date": line.accounting_date,
        "line": text(kept(line)),
        "written_at": now,
    }


def invoice_row(invoice: Invoice, *, tenant: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "invoice_id": invoice.invoice_id,
        "state": invoice.state.value,
        "legal_entity_id": invoice.legal_entity_id,
        "series": invoice.series,
        "number": invoice.number,
        "invoice": text(invoice),
        "written_at": now,
    }


def invoice_line_rows(invoice: Invoice, *, tenant: str) -> list[dict[str, Any]]:
    return [
        {
            "tenant": tenant,
            "invoice_id": invoice.invoice_id,
            "line_id": line.line_id,
            "actual_id": line.actual_id,
            "line": text(line),
        }
        for line in invoice.lines
    ]


def kept(line: Actual) -> Actual:
    """The line as it is kept: that it was adjusted is told by its reversal, never written on it."""
    return line if line.state is LineState.UNADJUSTABLE else replace(line, state=LineState.OPEN)


def text(value: Any) -> str:
    """A noun as it is kept: the same noun is the same text."""
    return msgspec.json.encode(value, order="deterministic").decode()
