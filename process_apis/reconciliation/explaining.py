"""A break in words, with the ids of each system and the amounts that speak for it; and as a row of columns. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import msgspec

from contracts.canonical.field import Record
from contracts.canonical.money import Money, exponent
from contracts.canonical.reconciliation import BreakClass, Column, ObjectKind, ThreeColumns
from process_apis.reconciliation.rules import Finding, Sum

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"crm": "the CRM", "psa": "the PSA", "erp": "the ERP", "sluice": "our ledger"}
)
_ID_DIGITS: Final = 20
_LISTED: Final = 5


def break_id_of(finding: Finding) -> str:
    """The id of a break: the same thing breaking in the same way has the same, run after run."""
    said = f"{finding.kind}\x00{finding.key}\x00{finding.break_class.value}\x00{finding.about}"
    return f"brk-{hashlib.sha256(said.encode()).hexdigest()[:_ID_DIGITS]}"


def fingerprint(finding: Finding) -> str:
    """What was seen, in short: an explanation holds for this and for nothing else."""
    said = [
        [each.system, str(each.amount), str(each.tax), str(each.hours), each.currency, each.state, _ids(each)]
        for each in finding.sums
    ]
    whole = msgspec.json.encode([finding.break_class.value, list(finding.systems), said])
    return hashlib.sha256(whole).hexdigest()


def columns(kind: str, key: str, sums: Sequence[Sum]) -> ThreeColumns:
    """A thing as every system holds it."""
    told = [one.told for each in sums for one in each.records]
    return ThreeColumns(
        kind=ObjectKind(kind),
        key=key,
        title=next((each.title for each in told if each.title), ""),
        legal_entity_id=next((each.entity for each in told if each.entity), ""),
        columns=[_column(each) for each in sums],
    )


def explanation(finding: Finding) -> str:
    """Why it is a break, in one or two sentences."""
    where, told = _where(finding.systems), "; ".join(_told(each) for each in finding.sums)
    return f"{_begin(finding, where)} {told}.".replace(" .", ".")


def _begin(finding: Finding, where: str) -> str:
    apart = _money(finding)
    match finding.break_class:
        case BreakClass.MISSING:
            return f"{where} does not have it."
        case BreakClass.ORPHAN:
            return f"{where} has it, and nothing of ours stands behind it."
        case BreakClass.UNLINKED:
            return f"{where} has it under the id we knew it by, and it bears our key no more."
        case BreakClass.DUPLICATE:
            return f"{where} has it more than once{apart}."
        case BreakClass.STALE:
            return f"{where} has it in another state than the rest."
        case BreakClass.CURRENCY:
            return f"{where} has it in another currency."
        case BreakClass.QUANTITY:
            return f"{where} has {_signed(finding.hours)} hours."
        case BreakClass.TAX:
            return f"{where} has the same net amount and another tax{apart}."
        case BreakClass.ROUNDING:
            return f"{where} was cut to minor units in another way{apart}."
        case _:
            return f"{where} has another amount{apart}."


def _money(finding: Finding) -> str:
    return "" if finding.difference is None else f" ({_signed(finding.difference)} {finding.currency})"


def _told(one: Sum) -> str:
    said = [
        "" if one.amount is None else f"{one.amount} {one.currency}",
        "" if one.tax is None else f"of which {one.tax} tax",
        "" if one.hours is None else f"{one.hours} h",
        "" if one.state == "open" else one.state,
    ]
    what = ", ".join(each for each in said if each) or "there"
    ids = _ids(one)
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return f"{NAMES[one.system]} as {', '.join(ids[:_LISTED])}{more}: {what}"


def _where(systems: Sequence[str]) -> str:
    named = [NAMES[each] for each in systems] or ["one system"]
    text = " and ".join(named)
    return text[:1].upper() + text[1:]


def _column(one: Sum) -> Column:
    priced = one.amount is not None and len(one.currency) == len("EUR")
    return Column(
        system=Record(one.system),
        external_ids=_ids(one),
        state=one.state,
        amount=Money(amount=one.amount, currency=one.currency) if priced and one.amount is not None else None,
        tax=one.tax,
        hours=one.hours,
    )


def _ids(one: Sum) -> list[str]:
    return [each.external_id for each in one.records]


def _signed(value: Decimal | None) -> str:
    return "another number of" if value is None else f"{value:+f}"


def unsigned(amount: Decimal, currency: str) -> str:
    """A difference without its sign, as it is added up."""
    digits = exponent(currency) if currency else 0
    return f"{abs(amount):.{digits}f}"
