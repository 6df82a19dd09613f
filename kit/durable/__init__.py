"""Durable processes: roads that survive crashes, wait for people and take back what they did.

Only this package knows which engine does it.
"""

from kit.durable.approval import ApprovalRequest, Decision
from kit.durable.asking import ask, publish, record, sleep_until, wait_for_window
from kit.durable.calendar import Blackout, Calendar, Span, Window
from kit.durable.cron import Cron
from kit.durable.engine import open_durable
from kit.durable.fault import Effect, Fault, Held, Unwind
from kit.durable.gate import Allowance, Priority
from kit.durable.governing import UNGOVERNED, Governance, Handling, Route, Stage
from kit.durable.ground import migrate_all
from kit.durable.memory import MemoryDurable
from kit.durable.patience import Patience
from kit.durable.port import Casebook, Durable, DurableSettings, Started
from kit.durable.road import Road, case_id_of, effect_key
from kit.durable.step import BoundStep, Step, step

__all__ = [
    "UNGOVERNED",
    "Allowance",
    "ApprovalRequest",
    "Blackout",
    "BoundStep",
    "Calendar",
    "Casebook",
    "Cron",
    "Decision",
    "Durable",
    "DurableSettings",
    "Effect",
    "Fault",
    "Governance",
    "Handling",
    "Held",
    "MemoryDurable",
    "Patience",
    "Priority",
    "Road",
    "Route",
    "Stage",
    "Span",
    "Started",
    "Step",
    "Unwind",
    "Window",
    "ask",
    "case_id_of",
    "effect_key",
    "migrate_all",
    "open_durable",
    "publish",
    "record",
    "sleep_until",
    "step",
    "wait_for_window",
]
