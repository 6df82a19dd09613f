"""What could not be read as a thing of ours; it is handed out beside what could."""

from __future__ import annotations

from contracts.canonical.deal import Gap


class Gaps:
    """The gaps met while one deal is read."""

    def __init__(self) -> None:
        self.found: list[Gap] = []

    def add(self, record: str, field: str, *, detail: str) -> None:
        """Note a fault in a column of a vendor's row."""
        self.found.append(Gap(record=record, field=field, detail=detail))

    def lacking(self, record: str, **needed: object) -> bool:
        """Whether any of these columns is empty; every one that is has been noted."""
        empty = [name for name, value in needed.items() if value is None or value == ""]
        for name in empty:
            self.add(record, name, detail=f"{name} is empty in the CRM")
        return bool(empty)
