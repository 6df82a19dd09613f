"""What delivery has: every project with its budget, and every approved entry of time."""

from __future__ import annotations

from contracts.canonical.held import HeldProject
from contracts.canonical.reconciliation import ObjectKind
from contracts.canonical.timesheets import TimeEntry
from contracts.system.psa import Psa
from process_apis.reconciliation.held import LOOSE, Held, Standing, held, stated, stated_hours
from process_apis.reconciliation.source import PAGE, Page, Wanted, first_lacking, more_of
from process_apis.reconciliation.terms import PSA

_CONTRACT, _HOURS = ObjectKind.CONTRACT.value, ObjectKind.HOURS.value


class Projects:
    """Projects with their budgets; one that bears no key of ours counts where its client does."""

    name = "psa projects"
    tells = frozenset({_CONTRACT})

    def __init__(self, psa: Psa) -> None:
        self._psa = psa

    async def lacking(self) -> str:
        """Whether the PSA can list its projects."""
        return first_lacking((await self._psa.capabilities()).lacks, "held_projects")

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """Projects in the order of the PSA's ids."""
        del wanted  # a project is compared as it stands
        page = await self._psa.held_projects(cursor=cursor, limit=PAGE)
        records = [_of_project(each) for each in page.items if each.project_id or each.customer_id]
        return Page(records, page.cursor, not page.cursor)


class Time:
    """Approved entries from the oldest that the PSA keeps, the latest version of each.

    Those of projects that bear no key of ours count where our ledger knows them.
    """

    name = "psa hours"
    tells = frozenset({_HOURS})

    def __init__(self, psa: Psa) -> None:
        self._psa = psa

    async def lacking(self) -> str:
        """Whether the PSA tells of time."""
        return first_lacking((await self._psa.capabilities()).lacks, "time_changes")

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """Entries in the order of their changes."""
        page = await self._psa.time_changes(cursor=cursor, limit=5 * PAGE)
        records = [_of_entry(each) for each in page.entries if wanted.until(each.worked_on)]
        return Page(records, page.cursor, page.cursor == cursor or not page.entries)


def _of_project(one: HeldProject) -> Held:
    values: dict[str, object] = {"state": (Standing.OPEN if one.open else Standing.CLOSED).value}
    if one.budget is not None:
        currency = one.budget.currency
        values |= {"amount": stated(one.budget.amount, currency), "currency": currency}
    kind, key = (_CONTRACT, one.project_id) if one.project_id else (_CONTRACT + LOOSE, one.external_id)
    return held(kind, key, PSA, one.external_id, **values, **more_of({"title": one.name}))


def _of_entry(one: TimeEntry) -> Held:
    state = Standing.OPEN if one.approved and one.hours else Standing.CLOSED
    told = more_of({"title": one.project_id, "said_on": one.worked_on.isoformat()})
    hours = stated_hours(one.hours)
    kind = _HOURS if one.project_id else _HOURS + LOOSE
    return held(kind, one.entry_id, PSA, one.entry_id, hours=hours, state=state.value, **told)
