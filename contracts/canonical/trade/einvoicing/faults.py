"""What keeps a posted document from being an electronic invoice: every fault at once, by code and field."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.canonical.einvoice import IssuedDocument
from contracts.canonical.trade.einvoicing.arithmetic import arithmetic_faults, not_numbers
from contracts.canonical.trade.einvoicing.parties import party_faults
from contracts.canonical.trade.einvoicing.taxes import tax_faults
from contracts.canonical.trade.einvoicing.terms import item_faults, term_faults
from contracts.canonical.trade.einvoicing.texts import text_faults
from contracts.problem import FieldError


def faults_of(issued: IssuedDocument) -> list[FieldError]:
    """Everything that EN 16931, or the arithmetic, holds against a document; empty when it may be written.

    Pointers lead into `IssuedDocument`. A document with an amount that is no number is looked at no further.
    """
    unreadable = [*not_numbers(issued.document)]
    return unreadable or list(_all(issued))


def _all(issued: IssuedDocument) -> Iterator[FieldError]:
    yield from text_faults(issued)
    yield from term_faults(issued)
    yield from party_faults(issued)
    yield from item_faults(issued)
    yield from arithmetic_faults(issued)
    yield from tax_faults(issued)
