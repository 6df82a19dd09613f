"""Durable processes: roads that survive crashes, wait for people and take back what they did.

Only this package knows which engine does it.
"""

from kit.durable.approval import ApprovalRequest, Decision
from kit.durable.asking import ask, publish, record
from kit.durable.engine import open_durable
from kit.durable.fault import Effect, Fault, Held, Unwind
from kit.durable.ground import migrate_all
from kit.durable.memory import MemoryDurable
from kit.durable.patience import Patience
from kit.durable.port import Casebook, Durable, DurableSettings, Started
from kit.durable.road import Road, case_id_of, effect_key
from kit.durable.step import BoundStep, Step, step

__all__ = [
    "ApprovalRequest",
    "BoundStep",
    "Casebook",
    "Decision",
    "Durable",
    "DurableSettings",
    "Effect",
    "Fault",
    "Held",
    "MemoryDurable",
    "Patience",
    "Road",
    "Started",
    "Step",
    "Unwind",
    "ask",
    "case_id_of",
    "effect_key",
    "migrate_all",
    "open_durable",
    "publish",
    "record",
    "step",
]
