"""What every run of a process works with: the performer of steps, the parking and the standing, over one store."""

from __future__ import annotations

import random
from dataclasses import dataclass

from kit.clock import Clock
from kit.durable.attempt import OPEN, Around, Performer, plainly
from kit.durable.gate import Gates
from kit.durable.governing import UNGOVERNED, Governance
from kit.durable.ledger import Ledger
from kit.durable.parking import Parking
from kit.durable.patience import Patience
from kit.durable.standing import Standing
from kit.durable.timing import Timing
from kit.store import Store


@dataclass(frozen=True)
class Desk:
    """`slice_s` is how long a run listens at most, in seconds, before it looks at its row again."""

    performer: Performer
    parking: Parking
    standing: Standing
    timing: Timing
    slice_s: float = 86_400.0


def desk_at(
    store: Store,
    *,
    clock: Clock,
    patience: Patience,
    chance: random.Random,
    around: Around = plainly,
    gates: Gates = OPEN,
    slice_s: float = 86_400.0,
    governance: Governance = UNGOVERNED,
) -> Desk:
    """A desk over a store."""
    return Desk(
        performer=Performer(Ledger(store, clock=clock), patience, chance, around, gates),
        parking=Parking(store, clock=clock, governance=governance),
        standing=Standing(store, clock=clock),
        timing=Timing(store, clock=clock),
        slice_s=slice_s,
    )
