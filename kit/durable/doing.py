"""One step of one run, done or undone: what the ledger is told about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec

from kit.durable.gate import Priority
from kit.durable.order import Order
from kit.durable.road import effect_key
from kit.durable.step import BoundStep


@dataclass(frozen=True)
class Doing:
    """A call of a step. `label` is its name, numbered when the road calls the step more than once."""

    order: Order
    position: int
    label: str
    step: BoundStep[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    back: bool = False
    connection: str = ""
    priority: int = Priority.INTERACTIVE

    @cached_property
    def key(self) -> str:
        """The effect key, the same forward and back."""
        order = self.order
        return effect_key(
            order.process,
            tenant=order.tenant,
            business_key=order.business_key,
            step=self.label,
            revision=order.revision,
        )

    @property
    def name(self) -> str:
        """What the journal calls it."""
        return f"undo:{self.label}" if self.back else self.label

    @cached_property
    def arguments_hash(self) -> str:
        """Tells whether the same effect is meant by the same key."""
        return hashlib.sha256(msgspec.json.encode(dict(self.arguments), order="deterministic")).hexdigest()

    def undoing(self) -> Doing:
        """The same step, taken back."""
        return replace(self, back=True)
