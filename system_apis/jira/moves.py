"""A ticket on its way through a workflow that others have drawn: step by step, by the ways that are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from contracts.canonical.ticketing import TicketState
from contracts.problem import Kind, Problem
from system_apis.jira import wire
from system_apis.jira.client import Jira
from system_apis.jira.config import Config
from system_apis.jira.mapping import Mapper, fields_of
from system_apis.jira.problems import NO_WAY
from system_apis.jira.wire import Full

_MOST_STEPS: Final = 10
_ORDER: Final = {"new": 0, "indeterminate": 1, "done": 2}
_WANTED: Final = {
    TicketState.OPEN: "new",
    TicketState.IN_PROGRESS: "indeterminate",
    TicketState.DONE: "done",
    TicketState.WITHDRAWN: "done",
}
_RESOLUTION: Final = "resolution"


class Mover:
    """Moves issues of one site."""

    def __init__(self, jira: Jira, config: Config, *, mapper: Mapper) -> None:
        self._jira = jira
        self._mapper = mapper
        self._resolutions = {
            TicketState.DONE: config.done_resolution,
            TicketState.WITHDRAWN: config.withdrawn_resolution,
        }

    async def move(self, issue: Full, wanted: TicketState) -> Full:
        """Bring an issue to a state; after each step it is looked at anew, whatever became of the step.

        Raises:
            Problem: conflict, when no open way leads on, or the ways ask for what only a person can say; not_found,
                when the issue went meanwhile.

        """
        met: set[str] = set()
        for _ in range(_MOST_STEPS):
            if self._mapper.state(issue) is wanted:
                return issue
            met.add(fields_of(issue).status.id)
            await self._step(issue, wanted, met)
            found = await self._jira.issue(issue.id)
            if found is None:
                raise Problem(Kind.NOT_FOUND, "ticket_not_found", "the ticket went while it was being moved")
            issue = found
        raise _no_way(issue, wanted, ())

    async def _step(self, issue: Full, wanted: TicketState, met: set[str]) -> None:
        path = f"/issue/{issue.id}/transitions"
        ways = (await self._jira.get(path, wire.Transitions, expand="transitions.fields")).transitions
        way = self._chosen([way for way in ways if way.is_available], wanted, met)
        if way is None:
            raise _no_way(issue, wanted, ways)
        body: dict[str, Any] = {"transition": {"id": way.id}}
        if _RESOLUTION in way.fields and way.to.status_category.key == "done":
            body["fields"] = {_RESOLUTION: {"name": self._resolution(wanted)}}
        try:
            await self._jira.send("POST", path, json=body)
        except Problem as problem:
            # Cut off it may have been taken; refused as illegal somebody was quicker: where it stands now decides.
            if problem.kind is not Kind.UNKNOWN_OUTCOME and problem.code != NO_WAY:
                raise
            met.clear()

    def _chosen(self, ways: Sequence[wire.Transition], wanted: TicketState, met: set[str]) -> wire.Transition | None:
        """A way straight to the state if there is one, else the one that comes closest without going back."""
        open_ways = [way for way in ways if not _asked(way)]
        straight = [way for way in open_ways if self._arrives(way, wanted)]
        around = [way for way in open_ways if way.to.id not in met]
        target = _ORDER[_WANTED[wanted]]
        near = sorted(around, key=lambda way: (abs(_ORDER.get(way.to.status_category.key, 1) - target), way.id))
        return next(iter([*sorted(straight, key=lambda way: way.id), *near]), None)

    def _arrives(self, way: wire.Transition, wanted: TicketState) -> bool:
        if way.to.status_category.key != _WANTED[wanted]:
            return False
        if wanted is not TicketState.WITHDRAWN:
            return True
        offered = way.fields.get(_RESOLUTION, wire.TransitionField()).allowed_values
        return any(one.get("name") == self._resolution(wanted) for one in offered)

    def _resolution(self, wanted: TicketState) -> str:
        return self._resolutions.get(wanted, self._resolutions[TicketState.DONE])


def _asked(way: wire.Transition) -> list[str]:
    """What a way asks for that we cannot say."""
    return [
        name
        for name, given in way.fields.items()
        if given.required and not given.has_default_value and name != _RESOLUTION
    ]


def _no_way(issue: Full, wanted: TicketState, ways: Sequence[wire.Transition]) -> Problem:
    asked = sorted({name for way in ways for name in _asked(way)})
    context = {
        "number": issue.key,
        "status": fields_of(issue).status.name,
        "open_ways": ", ".join(f"{way.name} to {way.to.name}" for way in ways),
    }
    if asked:
        detail = f"the workflow asks for {', '.join(asked)} on the way to {wanted.value}"
        hint = "let a person take the step in Jira"
        return Problem(Kind.CONFLICT, "transition_needs_fields", detail, hint=hint, context=context)
    detail = f"no open way leads to {wanted.value}"
    hint = "compare the workflow with docs/runbooks/jira.md; a person can take the step in Jira"
    return Problem(Kind.CONFLICT, "transition_not_allowed", detail, hint=hint, context=context)
