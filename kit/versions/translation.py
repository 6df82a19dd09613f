"""Carries values between an older version of a contract and the newest, along the schemas of both.

What is sent goes up, the oldest change first; what is answered goes down, the newest first. The ways are found once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kit.versions.document import answer_schema, before, operations_of
from kit.versions.history import Change, History
from kit.versions.walk import Walk, walk

_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One change as it touches one operation."""

    change: Change
    sent: Walk | None
    query: Mapping[str, Walk]
    answered: Walk | None


@dataclass(slots=True)
class Carried:
    """A value in its other shape. `left` names what of the older shape it used: `Acknowledge.comment`."""

    value: Any
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """One operation of one older version; `steps` are newest first."""

    steps: tuple[_Step, ...]

    @property
    def takes(self) -> bool:
        """Whether what is sent differs."""
        return any(step.sent is not None for step in self.steps)

    @property
    def answers(self) -> bool:
        """Whether what is answered differs."""
        return any(step.answered is not None for step in self.steps)

    @property
    def asks(self) -> bool:
        """Whether a query parameter differs."""
        return any(step.query for step in self.steps)

    def body(self, document: Any) -> Carried:
        """What is sent, in the newest shape."""
        carried = Carried(document)
        for step in reversed(self.steps):
            if step.sent is not None:
                carried.value = step.sent(carried.value, _raised(step.change, carried.left))
        return carried

    def query(self, pairs: Iterable[tuple[str, str]]) -> Carried:
        """The query, in the newest words."""
        carried = Carried(list(pairs))
        for step in reversed(self.steps):
            if step.query:
                lift = _raised(step.change, carried.left)
                carried.value = [
                    (name, step.query[name](value, lift) if name in step.query else value)
                    for name, value in carried.value
                ]
        return carried

    def answer(self, document: Any) -> Any:
        """What is answered, in the older shape."""
        for step in self.steps:
            if step.answered is not None:
                document = step.answered(document, step.change.downgrade)
        return document


def translations(newest: Mapping[str, Any], history: History, version: str) -> dict[str, Translation]:
    """The translation of each operation of a version, by operation id; empty for the newest.

    Raises:
        ChangeRefused: a change does not fit the documents.

    """
    steps: dict[str, list[_Step]] = {}
    later: Mapping[str, Any] = newest
    for change in history.since(version):
        older = before(later, change)
        above = {each["operationId"]: each for _, _, each in operations_of(later)}
        for _, _, operation in operations_of(older):
            step = _step(change, operation, above[operation["operationId"]], older=older, later=later)
            steps.setdefault(operation["operationId"], []).append(step)
        later = older
    return {name: Translation(steps=tuple(found)) for name, found in steps.items()}


def _step(
    change: Change,
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    older: Mapping[str, Any],
    later: Mapping[str, Any],
) -> _Step:
    schemas, schemas_now = older["components"]["schemas"], later["components"]["schemas"]
    sent = was.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")
    answered = answer_schema(now)
    ways = {
        each["name"]: walk(each["schema"], schemas, shapes=change.shapes)
        for each in was.get("parameters", ())
        if each["in"] == "query"
    }
    return _Step(
        change=change,
        sent=None if sent is None else walk(sent, schemas, shapes=change.shapes),
        query={name: way for name, way in ways.items() if way is not None},
        answered=None if answered is None else walk(answered, schemas_now, shapes=change.shapes),
    )


def _raised(change: Change, left: list[str]) -> Any:
    def lift(shape: str, value: Any) -> Any:
        newer = change.upgrade(shape, value)
        if isinstance(value, dict) and isinstance(newer, dict):
            left.extend(f"{shape}.{name}" for name in value if name not in newer)
        elif newer != value:
            left.append(f"{shape}={value}")
        return newer

    return lift
