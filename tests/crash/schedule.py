"""What goes wrong and when: drawn from one seed, so that a campaign that found something can be played again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from kit.sandbox.faults import FaultKind
from tests.crash.wire import Trouble

WORKERS: Final = ("worker-1", "worker-2", "worker-3")
STAIRS: Final = ("gateway", "experience", "process", "system")
TIER_WIRES: Final = ("to-experience", "to-process", "to-system")
VENDORS: Final = ("crm-emea", "erp-main", "psa-main")


class Blow(StrEnum):
    """The kinds of faults."""

    KILL = "kills"
    STOP = "stops"
    STORE = "store restarts"
    LIE = "lies"
    NETWORK = "network faults"


class Planned(Struct, frozen=True, kw_only=True):
    """One fault: `gap_s` after the one before, on `target`, for `seconds` where that means something.

    `detail` is the trouble of a wire; `fault` is what the simulator is told.
    """

    gap_s: float
    blow: Blow
    target: str
    seconds: float = 0.0
    detail: str = ""
    fault: dict[str, Any] = {}


_SHARES: Final[Mapping[Blow, float]] = MappingProxyType(
    {Blow.KILL: 0.14, Blow.STOP: 0.07, Blow.STORE: 0.02, Blow.LIE: 0.45, Blow.NETWORK: 0.32}
)
_WRITES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"crm-emea": ("PATCH", "POST"), "erp-main": ("PUT", "POST", "PATCH"), "psa-main": ("POST", "PUT")}
)
_GAP_S: Final = (0.05, 0.45)


def schedule(seed: int, *, faults: int, store_restarts: bool) -> list[Planned]:
    """So many faults; the same for the same seed. A store that is a file cannot be restarted."""
    chance = random.Random(seed)
    shares = {blow: share for blow, share in _SHARES.items() if store_restarts or blow is not Blow.STORE}
    kinds = chance.choices(list(shares), weights=list(shares.values()), k=faults)
    return [_DRAWN[kind](chance, chance.uniform(*_GAP_S)) for kind in kinds]


def _process(chance: random.Random) -> str:
    """Workers more often than others: theirs are the cases."""
    return chance.choice(WORKERS if chance.random() < 0.6 else STAIRS)


def _kill(chance: random.Random, gap_s: float) -> Planned:
    return Planned(gap_s=gap_s, blow=Blow.KILL, target=_process(chance))


def _stop(chance: random.Random, gap_s: float) -> Planned:
    return Planned(gap_s=gap_s, blow=Blow.STOP, target=_process(chance), seconds=chance.uniform(0.2, 3.0))


def _store(chance: random.Random, gap_s: float) -> Planned:
    del chance
    return Planned(gap_s=gap_s, blow=Blow.STORE, target="store")


def _network(chance: random.Random, gap_s: float) -> Planned:
    wires = (*TIER_WIRES, *(f"to-{vendor}" for vendor in VENDORS))
    return Planned(
        gap_s=gap_s,
        blow=Blow.NETWORK,
        target=chance.choice(wires),
        seconds=chance.uniform(0.2, 1.5),
        detail=chance.choice(list(Trouble)).value,
    )


def _lie(chance: random.Random, gap_s: float) -> Planned:
    vendor = chance.choice(VENDORS)
    kind = chance.choices(list(_LIES), weights=[weight for weight, _ in _LIES.values()])[0]
    fault: dict[str, Any] = {"kind": kind.value, "skip": chance.randrange(4), "times": chance.choice((1, 1, 1, 2))}
    if kind is not FaultKind.STALE and chance.random() < 0.6:
        fault["method"] = chance.choice(_WRITES[vendor])
    fault |= _LIES[kind][1](chance)
    return Planned(gap_s=gap_s, blow=Blow.LIE, target=vendor, fault=fault)


def _nothing(_chance: random.Random) -> dict[str, Any]:
    return {}


def _refusing(chance: random.Random) -> dict[str, Any]:
    status = chance.choice((500, 502, 503, 429))
    return {"status": status, "headers": {"Retry-After": "1"} if status in {429, 503} else {}}


def _saved_but(chance: random.Random) -> dict[str, Any]:
    return {"status": chance.choice((500, 502, 504))}


def _late(chance: random.Random) -> dict[str, Any]:
    return {"seconds": chance.choice((0.5, 7.0))}


def _throttling(chance: random.Random) -> dict[str, Any]:
    return {"seconds": chance.uniform(0.3, 1.5), "skip": 0}


_LIES: Final[Mapping[FaultKind, tuple[float, Callable[[random.Random], dict[str, Any]]]]] = MappingProxyType(
    {
        FaultKind.STATUS_AFTER: (4, _saved_but),
        FaultKind.DROP_AFTER: (4, _nothing),
        FaultKind.DELAY_AFTER: (2, _late),
        FaultKind.TRUNCATE: (2, _nothing),
        FaultKind.DROP_BEFORE: (2, _nothing),
        FaultKind.STATUS: (3, _refusing),
        FaultKind.STALE: (3, _nothing),
        FaultKind.UNAUTHORIZED_FOR: (1, _throttling),
    }
)
_DRAWN: Final[Mapping[Blow, Callable[[random.Random, float], Planned]]] = MappingProxyType(
    {Blow.KILL: _kill, Blow.STOP: _stop, Blow.STORE: _store, Blow.LIE: _lie, Blow.NETWORK: _network}
)
