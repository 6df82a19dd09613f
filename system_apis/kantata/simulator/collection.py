"""What is said of a collection of the API: what it takes, demands, hides and is associated with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

REFERENCE: Final = "external_reference"


@dataclass(frozen=True)
class Collection:
    """One collection of the API. `takes` maps an attribute to where it is accepted: c, u or cu."""

    name: str
    singular: str
    subject: str
    takes: dict[str, str]
    must: tuple[str, ...] = ()
    one: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Association, the collection it leads to and the attribute that holds the id."""
    many: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The same, where the attribute is over there, or a list of ids here (marked `<`)."""
    keys: dict[str, str] = field(default_factory=dict)
    """Ids that lead to a collection without being an association one could include."""
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    order: str = ""
    """By what it is ordered unless asked otherwise; by the latest change where nothing is said."""
    by_include: tuple[str, ...] = ()
    """Associations whose ids are answered only to who includes them."""
    hidden_by: str = ""
    shown_by: str = ""
    verbs: frozenset[str] = frozenset({"create", "update", "delete"})

    @property
    def refers(self) -> bool:
        """Whether a create body may carry a nested external reference."""
        return REFERENCE in self.takes


def takes(both: str = "", create: str = "", update: str = "") -> dict[str, str]:
    """Names of attributes by when they are taken."""
    groups = ((both, "cu"), (create, "c"), (update, "u"))
    return {name: when for names, when in groups for name in names.split()}
