"""Facts about master data."""

from __future__ import annotations

from typing import ClassVar

from contracts.canonical.field import Noun
from contracts.canonical.master import AgreedField, Kind


class MasterDataChanged(Noun, frozen=True, kw_only=True):
    """Values were agreed; a held record is told of when it is released."""

    TYPE: ClassVar[str] = "sluice.master.changed.v1"
    noun: Kind
    our_id: str
    fields: list[AgreedField]


class CustomerMerged(Noun, frozen=True, kw_only=True):
    """Two customers were one: `merged_id` is called `survivor_id` from now on."""

    TYPE: ClassVar[str] = "sluice.customer.merged.v1"
    survivor_id: str
    merged_id: str
    repairs: int


class DuplicateSuspected(Noun, frozen=True, kw_only=True):
    """A record may be one that stands already; it is held until a person says."""

    TYPE: ClassVar[str] = "sluice.duplicate.suspected.v1"
    suspect_id: str
    noun: Kind
    candidate_id: str
    other_id: str
    score: float
