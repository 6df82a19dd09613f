"""Durable processes: roads that survive crashes, wait for people and take back what they did.

Only this package knows which engine does it.
"""

from kit.durable.approval import ApprovalRequest, Decision
from kit.durable.asking import ask, publish, record, sleep_until, wait_for_window
from kit.durable.bulk import Bulk, Consequence
from kit.durable.calendar import Blackout, Calendar, Span, Window
from kit.durable.cron import Cron
from kit.durable.effects import LedgerEntry
from kit.durable.engine import open_durable
from kit.durable.fault import Effect, Fault, Held, Unwind
from kit.durable.gate import Allowance, Priority
from kit.durable.gauges import Gauges
from kit.durable.governing import UNGOVERNED, Governance, Handling, Route, Stage
from kit.durable.ground import migrate_all
from kit.durable.memory import MemoryDurable
from kit.durable.patience import Patience
from kit.durable.port import Casebook, Durable, DurableSettings, Started
from kit.durable.rehearsing import Rehearsal, rehearse
from kit.durable.retention import Aged, Retention
from kit.durable.road import Road, case_id_of, effect_key
from kit.durable.schedule import Schedule, Schedules
from kit.durable.step import BoundStep, Step, step
from kit.durable.versions import VersionStanding

__all__ = [
    "UNGOVERNED",
    "Aged",
    "Allowance",
    "ApprovalRequest",
    "Blackout",
    "BoundStep",
    "Bulk",
    "Calendar",
    "Casebook",
    "Consequence",
    "Cron",
    "Decision",
    "Durable",
    "DurableSettings",
    "Effect",
    "Fault",
    "Gauges",
    "Governance",
    "Handling",
    "Held",
    "LedgerEntry",
    "MemoryDurable",
    "Patience",
    "Priority",
    "Rehearsal",
    "Retention",
    "Road",
    "Route",
    "Schedule",
    "Schedules",
    "Span",
    "Stage",
    "Started",
    "Step",
    "Unwind",
    "VersionStanding",
    "Window",
    "ask",
    "case_id_of",
    "effect_key",
    "migrate_all",
    "open_durable",
    "publish",
    "record",
    "rehearse",
    "sleep_until",
    "step",
    "wait_for_window",
]
