"""Reads amounts as their reader writes them; refuses what could be read in two ways."""

from __future__ import annotations

from decimal import Decimal

from kit.web import Form, Visit
from kit.web.reading import refused


def typed(visit: Visit, form: Form, name: str) -> Decimal:
    """The number in a field.

    Raises:
        Problem: invalid, with the field named and an example beside it.

    """
    value = visit.local.read(form[name])
    if value is None:
        raise refused(name, f"write it as {visit.local.amount(Decimal('12500.00'), 'EUR')}")
    return value
