"""Associations: which row belongs to which, under which types and labels, and both ways at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .errors import invalid

HUBSPOT: Final = "HUBSPOT_DEFINED"
USER: Final = "USER_DEFINED"
PARENT_OF: Final = 13
CHILD_OF: Final = 14

End = tuple[str, str]
"""A row: the id of its type and its own."""


@dataclass(frozen=True, slots=True)
class LinkType:
    """One way in which a row of one type may belong to a row of another; `back` is the same seen from there."""

    category: str
    id: int
    source: str
    target: str
    back: int
    label: str | None = None
    single: bool = False

    def spec(self) -> dict[str, Any]:
        """How results name it."""
        return {"category": self.category, "typeId": self.id, "label": self.label}


_VENDORS: Final = (
    LinkType(HUBSPOT, 5, "0-3", "0-2", 6, "Primary", single=True),
    LinkType(HUBSPOT, 6, "0-2", "0-3", 5, "Primary"),
    LinkType(HUBSPOT, 341, "0-3", "0-2", 342),
    LinkType(HUBSPOT, 342, "0-2", "0-3", 341),
    LinkType(HUBSPOT, 3, "0-3", "0-1", 4),
    LinkType(HUBSPOT, 4, "0-1", "0-3", 3),
    LinkType(HUBSPOT, 19, "0-3", "0-8", 20),
    LinkType(HUBSPOT, 20, "0-8", "0-3", 19),
    LinkType(HUBSPOT, 63, "0-3", "0-14", 64),
    LinkType(HUBSPOT, 64, "0-14", "0-3", 63),
    LinkType(HUBSPOT, PARENT_OF, "0-2", "0-2", CHILD_OF, "Child Company"),
    LinkType(HUBSPOT, CHILD_OF, "0-2", "0-2", PARENT_OF, "Parent Company", single=True),
    LinkType(HUBSPOT, 450, "0-2", "0-2", 450),
    LinkType(HUBSPOT, 451, "0-3", "0-3", 451),
    LinkType(HUBSPOT, 279, "0-1", "0-2", 280),
    LinkType(HUBSPOT, 280, "0-2", "0-1", 279),
)


class Links:
    """Every association of the account."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget every association, and every type but the vendor's."""
        self._types: dict[tuple[str, int], LinkType] = {(kind.category, kind.id): kind for kind in _VENDORS}
        self._held: dict[End, dict[End, dict[tuple[str, int], None]]] = {}
        self.page = 500

    def define(self, given: dict[str, Any]) -> None:
        """A type of the firm's own, in both directions."""
        source, target = given["from"], given["to"]
        there, back, label = int(given["id"]), int(given["back"]), given.get("label")
        for kind in (
            LinkType(USER, there, source, target, back, label),
            LinkType(USER, back, target, source, there, label),
        ):
            self._types[(USER, kind.id)] = kind

    def types(self, source: str, target: str) -> list[LinkType]:
        """The types between two types of object, unlabelled ones first."""
        fitting = [kind for kind in self._types.values() if (kind.source, kind.target) == (source, target)]
        return sorted(fitting, key=lambda kind: (kind.label is not None, kind.category, kind.id))

    def find(self, category: str, type_id: int, *, source: str, target: str) -> LinkType:
        """A type by its id; raises the vendor's 400 when it does not join these objects."""
        kind = self._types.get((category, type_id))
        if kind is None or (kind.source, kind.target) != (source, target):
            raise invalid(f"{category} association type {type_id} does not exist between {source} and {target}")
        return kind

    def join(self, source: End, target: End, kind: LinkType) -> None:
        """Associate two rows under a type; a labelled type brings the unlabelled one of the same ends with it."""
        wanted = [kind]
        if kind.label is not None:
            plain = [other for other in self.types(kind.source, kind.target) if other.label is None]
            wanted += plain[:1]
        for each in wanted:
            self._refuse_second(source, target, each)
            back = self._types[(each.category, each.back)]
            self._refuse_second(target, source, back)
            self._held.setdefault(source, {}).setdefault(target, {})[(each.category, each.id)] = None
            self._held.setdefault(target, {}).setdefault(source, {})[(back.category, back.id)] = None

    def part(self, source: End, target: End) -> None:
        """Take every association of two rows away; none is no fault."""
        self._held.get(source, {}).pop(target, None)
        self._held.get(target, {}).pop(source, None)

    def drop(self, row: End) -> None:
        """Forget a row's associations."""
        for other in list(self._held.get(row, {})):
            self.part(row, other)

    def of(self, source: End, target: str) -> Iterator[tuple[str, list[LinkType]]]:
        """The rows of a type that belong to a row, in the order in which they came to it."""
        for (kind, row_id), held in self._held.get(source, {}).items():
            if kind == target:
                yield row_id, [self._types[key] for key in held]

    def under(self, source: End, type_id: int) -> str | None:
        """The first row that is associated under one of the vendor's types."""
        for (_, row_id), held in self._held.get(source, {}).items():
            if (HUBSPOT, type_id) in held:
                return row_id
        return None

    def _refuse_second(self, source: End, target: End, kind: LinkType) -> None:
        standing = self.under(source, kind.id) if kind.single else None
        if standing is not None and standing != target[1]:
            raise invalid(f"{source[1]} already has a {kind.label} association, with {standing}")


def default_type(links: Links, source: str, target: str) -> LinkType:
    """The unlabelled type between two types of object; raises the vendor's 400 where there is none."""
    kinds = links.types(source, target)
    if not kinds or kinds[0].label is not None:
        raise invalid(f"No default association exists between {source} and {target}")
    return kinds[0]
