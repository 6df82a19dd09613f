"""Business problems as a process states them: who acts, by when, and what a person is told to do."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from contracts.canonical.casework import Cause, FixField
from kit.durable.fault import Fault


class Entry(Struct, frozen=True, kw_only=True):
    """One problem of a process's catalogue; `due_in_h` is in hours from the moment it is raised."""

    title: str
    owner_role: str
    due_in_h: float
    hint: str
    cause: Cause = Cause.DATA_QUALITY


def fault_of(
    catalogue: Mapping[str, Entry],
    code: str,
    detail: str,
    *,
    context: Mapping[str, str],
    form: tuple[FixField, ...] = (),
    hint: str = "",
) -> Fault:
    """A problem of the catalogue with what is known about it here; an empty form means "try again".

    Raises:
        KeyError: the catalogue has no such code.

    """
    entry = catalogue[code]
    return Fault(
        code=code,
        title=entry.title,
        detail=detail,
        hint=hint or entry.hint,
        owner_role=entry.owner_role,
        cause=entry.cause,
        context=dict(context),
        form=list(form),
        due_in_h=entry.due_in_h,
    )
