"""What an org does by itself when rows are saved: the place for its triggers, formulas and defaults."""

from collections.abc import Iterator
from typing import Any, Protocol

from .schema import Entity


class Rows(Protocol):
    """What rules need of the store."""

    def rows(self, name: str, *, deleted: bool = False) -> Iterator[dict[str, Any]]:
        """The rows of an object."""
        ...

    def find(self, name: str, row_id: object) -> dict[str, Any] | None:
        """A living row."""
        ...

    def touch(self, row: dict[str, Any]) -> None:
        """Stamp a row as changed now."""
        ...


class Rules(Protocol):
    """The behaviour of one org; a rule that does not like what it sees raises a Refusal."""

    def defaults(self, kind: Entity, values: dict[str, Any]) -> dict[str, Any]:
        """Values for what was not sent."""
        ...

    def before_create(self, store: Rows, kind: Entity, values: dict[str, Any]) -> None:
        """Complete and check a row that is about to be added."""
        ...

    def before_update(self, store: Rows, kind: Entity, row: dict[str, Any], values: dict[str, Any]) -> None:
        """Complete and check a change that is about to be made."""
        ...

    def settle(self, store: Rows, kind: Entity, row: dict[str, Any]) -> None:
        """Bring what depends on a saved or deleted row into line with it."""
        ...
