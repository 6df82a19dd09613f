"""Who still calls what is to end; refuses to end a version that somebody called within the window.

Usage is what the meter counted. A version is missed by its callers whether it is retired in routes.toml or simply
no longer named there, so both are held against the counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from contracts.problem import Kind, Problem
from kit.door.lifecycle import Version
from kit.door.meter import Usage
from kit.versions import history

WINDOW_DAYS: Final = 30
"""How long after its last call a version counts as used."""


class SunsetRow(Struct, frozen=True, kw_only=True):
    """What one consumer still does with one operation of a version that is to end.

    `changes` are the first sentences of what they will have to change; `fields` the older members they sent.
    """

    product: str
    version: str
    consumer: str
    operation: str
    calls: int
    last_day: str
    sunset_on: str
    successor: str
    fields: dict[str, int] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


def sunset_report(usage: Iterable[Usage], versions: Mapping[str, Sequence[Version]]) -> list[SunsetRow]:
    """Calls of versions that are deprecated, retired or unknown, by consumer and operation, the busiest first.

    Args:
        usage: rows of the meter.
        versions: those of each product, as routes.toml names them.

    """
    ending = {(product, each.name): each for product, found in versions.items() for each in found}
    gathered: dict[tuple[str, str, str, str], list[Usage]] = {}
    for row in usage:
        product = _product(row)
        known = ending.get((product, row.version))
        if row.version and product in versions and (known is None or known.state != "active"):
            gathered.setdefault((product, row.version, row.consumer, row.operation), []).append(row)
    rows = [_row(key, found, ending.get(key[:2])) for key, found in gathered.items()]
    return sorted(rows, key=lambda row: (row.product, row.version, -row.calls, row.consumer, row.operation))


def removable(
    version: str, usage: Iterable[Usage], today: dt.date, *, product: str = "partners", window_days: int = WINDOW_DAYS
) -> Problem | None:
    """Why a version may not be taken away yet; None when nobody called it within the window, today included."""
    since = (today - dt.timedelta(days=window_days)).isoformat()
    calls: dict[str, int] = {}
    last = ""
    for row in usage:
        if row.version == version and _product(row) == product and row.day > since:
            calls[row.consumer] = calls.get(row.consumer, 0) + row.count
            last = max(last, row.day)
    if not calls:
        return None
    named = ", ".join(f"{consumer} ({count})" for consumer, count in sorted(calls.items(), key=lambda one: -one[1]))
    return Problem(
        Kind.CONFLICT,
        "sunset.still_used",
        f"version {version} of {product} was called within {window_days} days, last on {last}, by: {named}",
        hint="see `sluice gateway sunset-report`; agree on a newer version with them first",
        context={"product": product, "version": version, "last_day": last},
    )


def refusals(
    versions: Mapping[str, Sequence[Version]],
    usage: Sequence[Usage],
    today: dt.date,
    *,
    window_days: int = WINDOW_DAYS,
) -> list[Problem]:
    """Why what routes.toml offers may not be served: a version that is used and no longer offered, one by one."""
    found: list[Problem] = []
    for product, known in versions.items():
        live = {each.name for each in known if each.state != "retired"}
        called = {row.version for row in usage if row.version and _product(row) == product}
        problems = (
            removable(version, usage, today, product=product, window_days=window_days)
            for version in sorted(called - live)
        )
        found.extend(problem for problem in problems if problem is not None)
    return found


def _product(row: Usage) -> str:
    return row.operation.partition(".")[0]


def _row(key: tuple[str, str, str, str], found: list[Usage], version: Version | None) -> SunsetRow:
    product, name, consumer, operation = key
    fields: dict[str, int] = {}
    for row in found:
        for field_name, count in row.fields.items():
            fields[field_name] = fields.get(field_name, 0) + count
    ends = version.sunset_on.isoformat() if version and version.sunset_on else ""
    return SunsetRow(
        product=product,
        version=name,
        consumer=consumer,
        operation=operation,
        calls=sum(row.count for row in found),
        last_day=max(row.day for row in found),
        sunset_on=ends,
        successor=version.successor if version else "",
        fields=dict(sorted(fields.items())),
        changes=_changes(product, name, operation),
    )


def _changes(product: str, version: str, operation: str) -> list[str]:
    try:
        changes = history(product).since(version)
    except (LookupError, ValueError):
        return []
    own = operation.partition(".")[2]
    return [change.title for change in changes if own in change.operations]
