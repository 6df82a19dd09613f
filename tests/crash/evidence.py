"""What a campaign leaves behind, as plain facts: the checkers read nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import Struct


class Acknowledged(Struct, frozen=True, kw_only=True):
    """A command that somebody was told is taken: a start (of a deal), a fix, a decision, or a deal won at the CRM."""

    what: str
    target: str
    said: dict[str, str] = {}


class Case(Struct, frozen=True, kw_only=True):
    """A row of the casebook."""

    case_id: str
    business_key: str
    process: str
    state: str
    step: str
    closed: bool


class Asked(Struct, frozen=True, kw_only=True):
    """An exception or an approval; `answer` holds what was answered, as words."""

    asked_id: str
    case_id: str
    what: str
    state: str
    code: str
    answer: dict[str, str] = {}


class Entry(Struct, frozen=True, kw_only=True):
    """A row of the effect ledger."""

    key: str
    case_id: str
    position: int
    step: str
    state: str


class Said(Struct, frozen=True, kw_only=True):
    """A row of the event log."""

    type: str
    subject: str
    event_id: str


class Record(Struct, frozen=True, kw_only=True):
    """Something a vendor holds: its business key in words, and whether nothing of ours points to it."""

    system: str
    kind: str
    key: str
    deal_id: str = ""
    orphan: bool = False


class Deal(Struct, frozen=True, kw_only=True):
    """A won deal by the CRM's own books, and how many records of each kind it should have become."""

    deal_id: str
    amount: Decimal
    becomes: dict[str, int] = {}


class Evidence(Struct, frozen=True, kw_only=True):
    """Everything together. `orders` is the total of each deal's orders in the ERP."""

    acknowledged: list[Acknowledged] = []
    cases: list[Case] = []
    asked: list[Asked] = []
    ledger: list[Entry] = []
    events: list[Said] = []
    records: list[Record] = []
    deals: list[Deal] = []
    orders: dict[str, Decimal] = {}


Rows = list[dict[str, Any]]
