"""What is compared of each kind of thing, by whom it is led, and how far apart is still none of our business; data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from contracts.canonical.field import Record
from contracts.canonical.reconciliation import ObjectKind
from kit.settings import SettingsError

FILE: Final = Path(__file__).with_name("tolerances.toml")
CRM, PSA, ERP, OURS = (each.value for each in (Record.CRM, Record.PSA, Record.ERP, Record.SLUICE))


class Terms(Struct, frozen=True, kw_only=True):
    """How one kind is compared. Each of `systems` is to hold it; where they differ, `leads` is believed first.

    Of the systems in `adds_up` several records make up one thing; elsewhere a second record is a duplicate. With
    `absent_is_nothing` a system that holds no record is one that says zero.
    """

    systems: tuple[str, ...]
    leads: str
    adds_up: frozenset[str] = frozenset()
    absent_is_nothing: bool = False


KINDS: Final[Mapping[str, Terms]] = MappingProxyType(
    {
        ObjectKind.CUSTOMER.value: Terms(systems=(CRM, ERP, OURS), leads=OURS, adds_up=frozenset({CRM, OURS})),
        ObjectKind.CONTRACT.value: Terms(systems=(CRM, PSA, ERP, OURS), leads=CRM, adds_up=frozenset({CRM, ERP, OURS})),
        ObjectKind.DOCUMENT.value: Terms(systems=(ERP, OURS), leads=OURS),
        ObjectKind.HOURS.value: Terms(systems=(PSA, OURS), leads=PSA, adds_up=frozenset({OURS})),
        ObjectKind.BILLING.value: Terms(
            systems=(CRM, ERP), leads=ERP, adds_up=frozenset({ERP}), absent_is_nothing=True
        ),
        ObjectKind.PAYMENT.value: Terms(
            systems=(CRM, ERP), leads=ERP, adds_up=frozenset({ERP}), absent_is_nothing=True
        ),
    }
)


class Tolerance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far apart things may be. Minor units are those of the currency: 1 is a cent, or a yen.

    Up to `accepted_minor` two amounts agree. Up to `rounding_minor` a line their difference is one of rounding.
    Hours up to `accepted_h` apart agree. What changed less than `in_flight_h` ago may still be on its way.
    """

    accepted_minor: Annotated[int, Meta(ge=0)] = 0
    rounding_minor: Annotated[int, Meta(ge=0)] = 0
    accepted_h: Decimal = Decimal(0)
    in_flight_h: Annotated[float, Meta(ge=0)] = 0.0


Tolerances = Mapping[str, Tolerance]


def read_tolerances(text: str) -> Tolerances:
    """The tolerances of a file by kind.

    Raises:
        SettingsError: it names a kind that there is not, leaves one out, or says what no tolerance can be.

    """
    try:
        stated = msgspec.convert(tomllib.loads(text), dict[str, Tolerance], strict=False)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise SettingsError(f"the tolerances will not do: {wrong}") from None
    wrong_kinds = set(stated) ^ set(KINDS)
    if wrong_kinds:
        raise SettingsError(f"the tolerances name every kind once, and no other: {', '.join(sorted(wrong_kinds))}")
    below = [kind for kind, each in stated.items() if each.accepted_h < 0]
    if below:
        raise SettingsError(f"hours cannot be less than nothing: {', '.join(below)}")
    return MappingProxyType(stated)
