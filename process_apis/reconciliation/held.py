"""One record of one system as it is compared, and what is known of it besides; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct, field

from contracts.canonical.money import quantum

LOOSE: Final = "?"
"""Ends the kind of a record that bears no key of ours; its own id is then its key."""


class Standing(StrEnum):
    """Whether a record counts: open, not yet, or no more."""

    OPEN = "open"
    DRAFT = "draft"
    CLOSED = "closed"


class More(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of a record once it breaks.

    `refs` are the ids under which we have known the thing, by system. `twin` says in one line what it bills, so that
    a second document for the same is recognised. `in_flight` is set while a case of ours works on it; `changed_at` is
    an ISO moment. `lines` is how many amounts were cut to minor units in it.
    """

    title: str = ""
    entity: str = ""
    deal: str = ""
    said_on: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)
    tax: str = ""
    twin: str = ""
    lines: int = 1
    changed_at: str = ""
    in_flight: bool = False


NOTHING: Final = "{}"


class Held(Struct, frozen=True, gc=False):
    """A record as text, exactly as it is stored: equal amounts are equal text. `more` is JSON of `More`."""

    kind: str
    key: str
    system: str
    external_id: str
    amount: str = ""
    currency: str = ""
    hours: str = ""
    state: str = Standing.OPEN.value
    more: str = NOTHING

    @property
    def told(self) -> More:
        """What else is known of it."""
        return _DECODER.decode(self.more)


_DECODER: Final = msgspec.json.Decoder(More)
_ENCODER: Final = msgspec.json.Encoder()


def held(kind: str, key: str, system: str, external_id: str, **values: object) -> Held:
    """A record from amounts and facts; what `More` names goes there.

    Raises:
        TypeError: a fact that nobody knows.

    """
    own = {name: str(values.pop(name)) for name in ("amount", "currency", "hours", "state") if name in values}
    more = _ENCODER.encode(msgspec.convert(values, More, strict=True)).decode() if values else NOTHING
    _known(values)
    return Held(kind, key, system, external_id, more=more, **own)


def stated(amount: Decimal, currency: str) -> str:
    """An amount as text, to the minor unit of its currency; a finer one keeps its digits, so that it is seen."""
    unit = _unit(currency)
    cut = amount.quantize(unit)
    return format((cut if cut == amount else amount.normalize()) + 0, "f")


def stated_hours(hours: Decimal) -> str:
    """Hours as text, without the zeros that one system writes and another does not."""
    return format(hours.normalize() + 0, "f")


@lru_cache(maxsize=256)
def _unit(currency: str) -> Decimal:
    return quantum(currency)


def _known(values: Mapping[str, object]) -> None:
    unknown = set(values) - set(More.__struct_fields__)
    if unknown:
        message = f"nobody knows what {', '.join(sorted(unknown))} is"
        raise TypeError(message)
