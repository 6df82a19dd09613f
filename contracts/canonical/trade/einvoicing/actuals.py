"""What lines of actuals know that an electronic invoice must say: reasons without tax, and the days of the work."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.canonical.actuals import Actual
from contracts.canonical.documents import TaxCategory
from contracts.canonical.einvoice import Exemption, InvoicingPeriod


def exemptions_of(lines: Sequence[Actual]) -> list[Exemption]:
    """The legal texts of the tax decisions, one entry a category; several texts of one category follow each other."""
    texts: dict[TaxCategory, list[str]] = {}
    for line in lines:
        if line.tax is None or line.tax.category in (TaxCategory.STANDARD, TaxCategory.ZERO):
            continue
        told = texts.setdefault(line.tax.category, [])
        text = line.tax.legal_text.strip()
        if text and text not in told:
            told.append(text)
    return [Exemption(category=category, text="; ".join(told)) for category, told in texts.items() if told]


def period_of(lines: Sequence[Actual]) -> InvoicingPeriod | None:
    """From the first to the last day of the work that is billed or credited; none without lines."""
    days = [line.work_date for line in lines]
    return InvoicingPeriod(starts_on=min(days), ends_on=max(days)) if days else None
