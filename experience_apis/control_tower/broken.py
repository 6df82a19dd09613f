"""What a person may see of breaks: that, where and whose is for everybody here, what they come to is not. Pure.

Finance and operations see everything, and so does who owns a break. Explanations are words in which amounts occur.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from contracts.canonical.reconciliation import (
    Break,
    BreakCounts,
    BreakPage,
    ClassCount,
    ReconciliationRun,
    RunPage,
    ThreeColumns,
)
from experience_apis.control_tower.access import CLEARED_ROLES
from experience_apis.control_tower.views import HIDDEN


def one(found: Break, *, roles: Collection[str]) -> Break:
    """One break."""
    if _cleared(roles) or found.owner_role in roles:
        return found
    return replace(
        found,
        row=_row(found.row),
        explanation=HIDDEN,
        difference=None,
        reason=HIDDEN if found.reason else "",
    )


def page(found: BreakPage, *, roles: Collection[str]) -> BreakPage:
    """A page of breaks, in the order they came."""
    return replace(found, items=[one(each, roles=roles) for each in found.items])


def counts(found: BreakCounts, *, roles: Collection[str]) -> BreakCounts:
    """How many there are, without what they come to."""
    return found if _cleared(roles) else replace(found, items=_numbers(found.items))


def run(found: ReconciliationRun, *, roles: Collection[str]) -> ReconciliationRun:
    """One run."""
    return found if _cleared(roles) else replace(found, breaks=_numbers(found.breaks))


def runs(found: RunPage, *, roles: Collection[str]) -> RunPage:
    """A page of runs."""
    return replace(found, items=[run(each, roles=roles) for each in found.items])


def _row(row: ThreeColumns) -> ThreeColumns:
    return replace(row, columns=[replace(each, amount=None, tax=None) for each in row.columns])


def _numbers(items: list[ClassCount]) -> list[ClassCount]:
    return [replace(each, differences=[]) for each in items]


def _cleared(roles: Collection[str]) -> bool:
    return not CLEARED_ROLES.isdisjoint(roles)
