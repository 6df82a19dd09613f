"""Statements of several estates side by side: what must be the same to the cent, and what rightly is each ERP's own.

The same must be: which documents there are by our keys, their kind, day, currency, every line, net, tax and gross; what
is owed on balance before the customer pays and what is open after; and what sales reads. Numbers and ids are the
ERP's own. So is the moment at which a credit note is set off against its invoice: where an ERP does it by itself, less
is open on the invoice and nothing on the credit note; where it waits for a person, both stand open. The balance is the
same either way. And so is a line held whole. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from msgspec import Struct, field

from kit.cli.demo.statement import Document, Statement

MISSING: Final = "—"
NO: Final = "no"
_OF_DOCUMENTS: Final[dict[str, Callable[[Document], str]]] = {
    "kind": lambda found: found.kind,
    "day": lambda found: found.issued_on,
    "currency": lambda found: found.currency,
    "lines": lambda found: str(len(found.lines)),
    "net": lambda found: amount(found.net),
    "tax": lambda found: amount(found.tax),
    "gross": lambda found: amount(found.gross),
}
_OF_ALL: Final[dict[str, Callable[[Statement], str]]] = {
    "net": lambda found: amount(found.net),
    "tax": lambda found: amount(found.tax),
    "gross": lambda found: amount(found.gross),
    "owed before payment": lambda found: amount(found.owed),
    "paid": lambda found: amount(found.gross - found.open),
    "open": lambda found: amount(found.open),
    "sales reads": lambda found: f"{amount(found.told)}, {amount(found.told_open)} open, {found.crm_status}",
    "ERP, ledger and CRM tie": lambda found: "yes" if found.ties else NO,
}
_NUMBERS: Final = "the ERP counts by itself, and some bill a request by a document of its own"
_SET_OFF: Final = "whether the ERP sets a credit note off against its invoice by itself; the balance is the same"
_WHOLE: Final = "an ERP that cuts halves to even holds such a line as one of its amount, the rest in its text"
_APART: Final[dict[str, tuple[str, Callable[[Document], str]]]] = {
    "number": (_NUMBERS, lambda found: found.number),
    "ERP's id": (_NUMBERS, lambda found: found.erp_id),
    "owed before payment": (_SET_OFF, lambda found: amount(found.owed)),
    "paid": (_SET_OFF, lambda found: amount(found.paid)),
    "open": (_SET_OFF, lambda found: amount(found.open)),
    "held whole": (_WHOLE, lambda found: found.held_whole),
}


class Row(Struct, frozen=True, kw_only=True):
    """One thing that every estate was asked; `document` is our key, or empty for all documents together."""

    document: str
    what: str
    values: dict[str, str]

    @property
    def same(self) -> bool:
        """Whether all estates say the same."""
        return len(set(self.values.values())) == 1


class Apart(Struct, frozen=True, kw_only=True):
    """One thing that is each ERP's own, and why."""

    row: Row
    why: str


class Comparison(Struct, frozen=True, kw_only=True):
    """What several estates say of one story; `differences` are those of the `rows` on which they do not agree."""

    same: bool
    rows: list[Row]
    differences: list[Row]
    apart: list[Apart] = field(default_factory=list)


def compared(statements: Sequence[Statement]) -> Comparison:
    """The statements side by side, each under the name of its estate."""
    keys = list(dict.fromkeys(each.document_id for said in statements for each in said.documents))
    rows = [row for key in keys for row in _of_document(statements, key)]
    rows += [
        Row(document="", what=what, values={s.estate: say(s) for s in statements}) for what, say in _OF_ALL.items()
    ]
    differences = [row for row in rows if not row.same or set(row.values.values()) == {NO}]
    return Comparison(same=not differences, rows=rows, differences=differences, apart=list(_apart(statements, keys)))


def amount(value: Decimal) -> str:
    """An amount as it is compared: to the cent, whatever digits an ERP writes behind it."""
    return f"{value.normalize() + 0:,f}" if value != value.quantize(Decimal("0.01")) else f"{value + 0:,.2f}"


def _of_document(statements: Sequence[Statement], key: str) -> Iterator[Row]:
    for what, say in _OF_DOCUMENTS.items():
        yield Row(document=key, what=what, values=_each(statements, key, say))
    most = max(len(each.lines) for said in statements for each in said.documents if each.document_id == key)
    for place in range(most):
        yield Row(document=key, what=f"line {place + 1}", values=_each(statements, key, partial(_said, place=place)))


def _each(statements: Sequence[Statement], key: str, say: Callable[[Document], str]) -> dict[str, str]:
    by_estate = {said.estate: {each.document_id: each for each in said.documents} for said in statements}
    return {estate: say(found[key]) if key in found else MISSING for estate, found in by_estate.items()}


def _said(document: Document, *, place: int) -> str:
    if place >= len(document.lines):
        return MISSING
    line = document.lines[place]
    return f"{line.text}: {line.quantity.normalize():f} at {amount(line.price)} = {amount(line.net)}"


def _apart(statements: Sequence[Statement], keys: Sequence[str]) -> Iterator[Apart]:
    for key in keys:
        for what, (why, say) in _APART.items():
            row = Row(document=key, what=what, values=_each(statements, key, say))
            if not row.same:
                yield Apart(row=row, why=why)
