"""Statuses, and the transitions between them: who stands where may go where, and what has to be said on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

CATEGORIES: Final = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
RESOLUTIONS: Final = {"Done": "10000", "Won't Do": "10001", "Duplicate": "10002"}


@dataclass(frozen=True, slots=True)
class Status:
    """One status."""

    id: str
    name: str
    category: str

    def shown(self) -> dict[str, Any]:
        """As it stands in issues and transitions."""
        return {"id": self.id, "name": self.name, "description": "", "statusCategory": CATEGORIES[self.category]}


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a status to another; `fields` are those of its screen, True where one is required."""

    id: str
    name: str
    sources: Sequence[str]
    target: str
    fields: dict[str, bool] = field(default_factory=dict)


class Workflow:
    """What every project of the site uses."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """The usual three statuses; closing asks for a resolution."""
        statuses = (("10000", "To Do", "new"), ("3", "In Progress", "indeterminate"), ("10002", "Done", "done"))
        self.statuses = {name: Status(status_id, name, category) for status_id, name, category in statuses}
        self.transitions = [
            Transition("11", "Start", ("To Do",), "In Progress"),
            Transition("21", "Stop", ("In Progress",), "To Do"),
            Transition("31", "Close", ("In Progress",), "Done", {"resolution": True}),
            Transition("41", "Reopen", ("Done",), "To Do"),
        ]

    def seed(self, document: dict[str, Any]) -> None:
        """Load another `workflow`: statuses with id, name and category, and transitions with `from` and `to`."""
        given = document.get("workflow")
        if given is None:
            return
        self.statuses = {one["name"]: Status(one["id"], one["name"], one["category"]) for one in given["statuses"]}
        self.transitions = [
            Transition(one["id"], one["name"], tuple(one["from"]), one["to"], dict(one.get("fields", {})))
            for one in given["transitions"]
        ]

    @property
    def first(self) -> str:
        """Where an issue begins."""
        return next(iter(self.statuses))

    def ways(self, status: str) -> list[Transition]:
        """The transitions that are open to an issue in a status."""
        return [way for way in self.transitions if status in way.sources]

    def shown(self, way: Transition, *, with_fields: bool) -> dict[str, Any]:
        """A transition as the vendor lists it."""
        told: dict[str, Any] = {
            "id": way.id,
            "name": way.name,
            "to": self.statuses[way.target].shown(),
            "hasScreen": bool(way.fields),
            "isGlobal": False,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if with_fields:
            told["fields"] = {name: _field(name, required=required) for name, required in way.fields.items()}
        return told


def _field(name: str, *, required: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"required": required, "name": name.capitalize(), "key": name, "hasDefaultValue": False}
    if name == "resolution":
        told["allowedValues"] = [{"id": number, "name": word} for word, number in RESOLUTIONS.items()]
    return told
