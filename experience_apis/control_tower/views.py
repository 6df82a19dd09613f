"""What a person may see of cases and exceptions: money, details and context only with a need for them. Pure.

Finance and operations see everything; who has to solve an exception sees that exception. Details are free text
in which amounts and registrations occur, so they are confidential as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec.structs import replace

from contracts.canonical.casework import (
    CaseFile,
    CasePage,
    CaseSummary,
    ExceptionItem,
    ExceptionPage,
    Timeline,
)
from contracts.canonical.governance import BreakGlasses, Remarks
from contracts.canonical.overview import Overview
from experience_apis.control_tower.access import CLEARED_ROLES, OPEN_CONTEXT, OPEN_FACTS

HIDDEN: Final = "***"


def cases(page: CasePage, *, roles: Collection[str]) -> CasePage:
    """A page of cases, newest change first."""
    ordered = sorted(page.items, key=lambda each: (each.changed_at, each.case_id), reverse=True)
    return replace(page, items=[_summary(each, roles=roles) for each in ordered])


def overview(seen: Overview, *, roles: Collection[str]) -> Overview:
    """Every case counted; a queue's worth is for those who work in it."""
    if _cleared(roles):
        return seen
    return replace(
        seen,
        cases=[replace(each, at_stake=[]) for each in seen.cases],
        stakes=[each for each in seen.stakes if each.owner_role in roles],
    )


def case(file: CaseFile, *, roles: Collection[str]) -> CaseFile:
    """One case with its steps, waits and facts."""
    if _cleared(roles):
        return file
    return replace(
        file,
        summary=_summary(file.summary, roles=roles),
        steps=[replace(each, detail=_hidden(each.detail)) for each in file.steps],
        waits=[replace(each, detail=_hidden(each.detail)) for each in file.waits],
        facts=_masked(file.facts, opened=OPEN_FACTS),
    )


def timeline(trail: Timeline, *, roles: Collection[str]) -> Timeline:
    """Who did what and when; why and with which words is confidential."""
    if _cleared(roles):
        return trail
    return replace(trail, entries=[replace(each, detail=_hidden(each.detail)) for each in trail.entries])


def exceptions(page: ExceptionPage, *, roles: Collection[str]) -> ExceptionPage:
    """A page of exceptions, the most urgent first."""
    ordered = sorted(page.items, key=lambda each: (each.due_at, each.exception_id))
    return replace(page, items=[exception(each, roles=roles) for each in ordered])


def exception(item: ExceptionItem, *, roles: Collection[str]) -> ExceptionItem:
    """One exception; the form stays, because it asks and does not tell."""
    if _solves(item, roles=roles):
        return item
    return replace(
        item,
        detail=_hidden(item.detail),
        context=_masked(item.context, opened=OPEN_CONTEXT),
        proposed=_masked(item.proposed, opened=()),
        at_stake=None,
    )


def comments(said: Remarks, item: ExceptionItem, *, roles: Collection[str]) -> Remarks:
    """What was said about an exception: the words are for those who solve it."""
    if _solves(item, roles=roles):
        return said
    return replace(said, items=[replace(each, text=_hidden(each.text)) for each in said.items])


def broken_glass(page: BreakGlasses, *, roles: Collection[str]) -> BreakGlasses:
    """Every use of the emergency way: that, when and by whom is for everybody here; why is confidential."""
    if _cleared(roles):
        return page
    return replace(page, items=[replace(each, reason=_hidden(each.reason)) for each in page.items])


def _summary(summary: CaseSummary, *, roles: Collection[str]) -> CaseSummary:
    return summary if _cleared(roles) else replace(summary, at_stake=None)


def _solves(item: ExceptionItem, *, roles: Collection[str]) -> bool:
    return _cleared(roles) or not {item.owner_role, *item.escalated_to}.isdisjoint(roles)


def _cleared(roles: Collection[str]) -> bool:
    return not CLEARED_ROLES.isdisjoint(roles)


def _masked(values: Mapping[str, str], *, opened: Collection[str]) -> dict[str, str]:
    return {name: value if name in opened else HIDDEN for name, value in values.items()}


def _hidden(text: str) -> str:
    return HIDDEN if text else ""
