"""Advances: there once invoiced, drawn oldest first, never more than is left, the rest refunded (rule BIL-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from contracts.canonical.field import Noun
from contracts.canonical.invoices import Application, Retainer
from contracts.canonical.trade.ledger.lines import Refused


class Settlement(Noun, frozen=True, kw_only=True):
    """Retainers after an invoice: what was set against it, what of them is given back, and what it comes to.

    `net` is the invoice less what was applied and refunded; below nothing it is a credit to the customer.
    """

    retainers: list[Retainer]
    applied: list[Application]
    refunded: list[Application]
    net: Decimal


def available(retainer: Retainer, *, on: dt.date) -> Decimal:
    """What can be drawn on a day: nothing before it is invoiced, then what is neither applied nor refunded."""
    if retainer.invoiced_on is None or on < retainer.invoiced_on:
        return Decimal(0)
    return retainer.invoiced.amount - retainer.applied - retainer.refunded


def liability(retainers: Sequence[Retainer], *, on: dt.date) -> Decimal:
    """What is owed to the customer in work or money."""
    return sum((available(retainer, on=on) for retainer in retainers), Decimal(0))


def settled(
    retainers: Sequence[Retainer],
    billed: Decimal,
    *,
    on: dt.date,
    at_most: Decimal | None = None,
    final: bool = False,
) -> Settlement:
    """Set advances against an invoice of `billed` net, oldest first; a final invoice gives back what is left.

    `at_most` may only lower what is applied, never raise it.

    Raises:
        Refused: INVALID_AMOUNT, when an amount is negative; MIXED_DOCUMENT, when advances are of several currencies.

    """
    if billed < 0 or (at_most is not None and at_most < 0):
        raise Refused("INVALID_AMOUNT", "an advance is set against an amount that is not negative")
    if len({retainer.invoiced.currency for retainer in retainers}) > 1:
        raise Refused("MIXED_DOCUMENT", "the advances are of several currencies")
    left = billed if at_most is None else min(billed, at_most)
    after, applied, refunded = [], [], []
    for retainer in sorted(retainers, key=lambda each: (each.invoiced_on or dt.date.max, each.retainer_id)):
        room = available(retainer, on=on)
        takes = min(room, left)
        gives = room - takes if final else Decimal(0)
        left -= takes
        after.append(replace(retainer, applied=retainer.applied + takes, refunded=retainer.refunded + gives))
        if takes:
            applied.append(Application(retainer_id=retainer.retainer_id, amount=takes))
        if gives:
            refunded.append(Application(retainer_id=retainer.retainer_id, amount=gives))
    given = sum((each.amount for each in (*applied, *refunded)), Decimal(0))
    return Settlement(retainers=after, applied=applied, refunded=refunded, net=billed - given)
