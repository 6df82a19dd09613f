"""What could not be read as a thing of ours; it is handed out beside what could."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from contracts.canonical.deal import Gap

E = TypeVar("E", bound=StrEnum)


class Gaps:
    """The faults of one deal."""

    def __init__(self) -> None:
        self.found: list[Gap] = []

    def add(self, record: str, field: str, *, detail: str) -> None:
        """Note a fault in a property of a row."""
        self.found.append(Gap(record=record, field=field, detail=detail))

    def lacking(self, record: str, **needed: object) -> bool:
        """Whether any of these properties is empty; every one that is has been noted."""
        empty = [name for name, value in needed.items() if value is None or value == ""]
        for name in empty:
            self.add(record, name, detail=f"{name} is empty in the CRM")
        return bool(empty)

    def chosen(self, choices: type[E], value: str | None, *, record: str, field: str) -> E | None:
        """One of our words; a word that is none of them is noted and read as nothing."""
        if not value:
            return None
        try:
            return choices(value)
        except ValueError:
            self.add(record, field, detail=f"{value} is none of {', '.join(choices)}")
            return None
