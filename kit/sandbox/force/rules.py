"""What an org does by itself when rows are saved: the place for its triggers, formulas, limits and defaults."""

from collections.abc import Iterator
from typing import Any, Protocol

from .errors import Refusal
from .schema import Entity


class Rows(Protocol):
    """What rules need of the store."""

    def rows(self, name: str, *, deleted: bool = False) -> Iterator[dict[str, Any]]:
        """The rows of an object."""
        ...

    def find(self, name: str, row_id: object) -> dict[str, Any] | None:
        """A living row."""
        ...

    def add(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """Add a row that the org makes by itself, unchecked."""
        ...

    def touch(self, row: dict[str, Any]) -> None:
        """Stamp a row as changed now."""
        ...


class Rules:
    """The behaviour of one org, here of one that does nothing; what is not liked raises a Refusal."""

    empties_lookups = False
    """Whether rows that may be without a deleted parent let go of it."""

    def clear(self) -> None:
        """Forget what was seeded."""

    def seed(self, document: dict[str, Any]) -> None:
        """Load what the org's own rules go by."""
        del document

    def defaults(self, kind: Entity, values: dict[str, Any]) -> dict[str, Any]:
        """Values for what was not sent."""
        del kind, values
        return {}

    def overload(self, kind: Entity, count: int) -> Refusal | None:
        """What becomes of so many rows of an object in one call, when that is too much for its triggers."""
        del kind, count
        return None

    def before_create(self, store: Rows, kind: Entity, values: dict[str, Any]) -> None:
        """Complete and check a row that is about to be added."""
        del store, kind, values

    def before_update(self, store: Rows, kind: Entity, row: dict[str, Any], values: dict[str, Any]) -> None:
        """Complete and check a change that is about to be made."""
        del store, kind, row, values

    def before_delete(self, store: Rows, kind: Entity, row: dict[str, Any]) -> None:
        """Check a deletion that is about to be made."""
        del store, kind, row

    def settle(self, store: Rows, kind: Entity, row: dict[str, Any]) -> None:
        """Bring what depends on a saved or deleted row into line with it."""
        del store, kind, row
