"""Durable processes: roads that survive crashes, wait for people and take back what they did.

Only this package knows which engine does it.
"""

from kit.durable.asking import ApprovalRequest, Decision, ask, publish, record
from kit.durable.fault import Effect, Fault, Held, Unwind
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
    "Road",
    "Started",
    "Step",
    "Unwind",
    "ask",
    "case_id_of",
    "effect_key",
    "publish",
    "record",
    "step",
]
