"""Fusion's words as Fusion spells them; unknown fields are let pass, and what is not said is not sent.

One struct serves reading and writing: an attribute that was not asked for, or is to stay as it is, is UNSET. Children
are a list when they are written, and a page of their own when they are read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, field, structs

W = TypeVar("W", bound="Wire")
Text = str | None | UnsetType
Number = int | None | UnsetType
Flag = bool | None | UnsetType
Amount = Decimal | None | UnsetType
_NUMBERS = msgspec.json.Encoder(decimal_format="number")


class Properties(Struct, frozen=True):
    """What a link says of what it leads to."""

    indicator: str = field(name="changeIndicator", default="")


class Link(Struct, frozen=True):
    """One link of a row."""

    rel: str = ""
    href: str = ""
    properties: Properties = Properties()


class Wire(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What every row here shares: the link to itself is the only way to a row whose key nobody can build."""

    links: list[Link] | UnsetType = field(name="links", default=UNSET)

    @property
    def path(self) -> str:
        """Where the row is, below the root of its resources; empty where it was not read."""
        return self._own().href.partition("/resources/")[2].partition("/")[2]

    @property
    def indicator(self) -> str:
        """What the row's state is told by."""
        return self._own().properties.indicator

    def _own(self) -> Link:
        links = self.links if isinstance(self.links, list) else []
        return next((link for link in links if link.rel == "self"), Link())


class Page(Struct, Generic[W], frozen=True):
    """A page of rows, or of children inside a row."""

    items: list[W]
    more: bool = field(name="hasMore", default=False)


class Part(Struct, frozen=True, omit_defaults=True):
    """One part of a batch; `operation` is create, update or delete."""

    id: str
    path: str
    operation: str
    payload: Any = UNSET
    if_match: str = field(name="ifMatch", default="")


class Batch(Struct, frozen=True):
    """Parts that are done in turn, all of them or none."""

    parts: list[Part]


def encoded(body: Struct) -> bytes:
    """A body with amounts as numbers, to the last digit."""
    return _NUMBERS.encode(body)


def changes(held: W, wanted: W) -> W | None:
    """What of the wanted differs from what is held; None when nothing does."""
    differing = {}
    for name in wanted.__struct_fields__:
        value = getattr(wanted, name)
        if name != "links" and value is not UNSET and getattr(held, name) != value:
            differing[name] = value
    if not differing:
        return None
    return structs.replace(type(wanted)(), **differing)
