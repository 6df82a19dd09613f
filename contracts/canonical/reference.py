"""References: how a thing of ours is called in somebody else's system."""

from __future__ import annotations

from typing import Annotated

from contracts.canonical.field import Noun, Record, fact


class Reference(Noun, frozen=True, kw_only=True):
    """Our id, the vendor's id, and whether this call created the record or found it."""

    our_id: Annotated[str, fact("Our id", Record.SLUICE)]
    external_id: Annotated[str, fact("The vendor's id", Record.SLUICE, example="1042")]
    created: Annotated[bool, fact("False when the record stood there before", Record.SLUICE)] = False


class References(Noun, frozen=True, kw_only=True):
    """Several references, in the order they were asked for."""

    references: list[Reference]
