"""What somebody typed into a form: kept when it is refused, with each fault beside the field it belongs to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contracts.problem import Problem

KEY = "_key"
"""Name of the field that holds the idempotency key: made when the form is drawn, so that sending it twice is once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The values of a form by name, the last where one was sent several times; `lists` has all of them."""

    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by field."""
    told: str = ""
    """What is wrong with the whole; for people."""
    hint: str = ""
    """What to do about it."""

    def __getitem__(self, name: str) -> str:
        """The value of a field without blanks around it; empty when it was not sent."""
        return self.values.get(name, "").strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be given several times."""
        return self.lists.get(name, ())

    @property
    def key(self) -> str:
        """The idempotency key it carries; a new one where it carries none."""
        return self.values.get(KEY, "") or new_key()

    def refused(self, problem: Problem) -> Form:
        """The same form with what a service said of it; a pointer's last name is taken for the field's."""
        faults = {each.pointer.rpartition("/")[2]: each.detail for each in problem.errors}
        return replace(self, faults=faults, told=problem.detail or problem.code, hint=problem.hint)

    def without(self, name: str, fault: str, *, told: str = "") -> Form:
        """The same form with one fault more."""
        return replace(self, faults={**self.faults, name: fault}, told=told or self.told or "look at the marked field")


def new_key() -> str:
    """A fresh idempotency key."""
    return f"page-{secrets.token_urlsafe(18)}"
