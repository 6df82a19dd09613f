"""The changes of a contract, newest first; refuses a change file that does not state what one must state."""

from __future__ import annotations

import datetime as dt
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final, TypeAlias

import contracts.changes

Convert: TypeAlias = Callable[[str, Any], Any]
_NAMED: Final = re.compile(r"v(\d{4})_(\d{2})_(\d{2})_(\w+)")
_STATED: Final = ("SINCE", "OPERATIONS", "SHAPES", "upgrade", "downgrade", "before")


class ChangeRefused(Exception):
    """A change file cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One breaking change. `about` is its docstring, written for the customer."""

    name: str
    since: dt.date
    about: str
    operations: tuple[str, ...]
    shapes: frozenset[str]
    upgrade: Convert
    downgrade: Convert
    before: Callable[[str, dict[str, Any]], dict[str, Any]]

    @property
    def title(self) -> str:
        """Its first sentence."""
        return self.about.partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A contract's changes, newest first, and the date of its oldest version."""

    contract: str
    began: dt.date
    changes: tuple[Change, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """The dates of every version that can be drawn, newest first."""
        dates = {self.began, *(change.since for change in self.changes)}
        return tuple(sorted((date.isoformat() for date in dates), reverse=True))

    @property
    def newest(self) -> str:
        """The version that the contract itself states."""
        return self.versions[0]

    def since(self, version: str) -> tuple[Change, ...]:
        """What has changed since a version, newest first: the way down from the newest to it."""
        date = dt.date.fromisoformat(version)
        return tuple(change for change in self.changes if change.since > date)


@cache
def history(contract: str) -> History:
    """The history of the contract called so.

    Raises:
        ChangeRefused: a change file is incomplete, is older than the oldest version, or is named wrongly.
        LookupError: the contract has no versions.

    """
    if contract not in contracts.changes.BEGAN:
        raise LookupError(f"{contract} has no dated versions")
    began = contracts.changes.BEGAN[contract]
    names = [module.name for module in pkgutil.iter_modules(contracts.changes.__path__) if module.name != "shape"]
    found = [read(import_module(f"contracts.changes.{name}")) for name in names]
    own = [change for change in found if change.operations[0].startswith(f"{contract}_")]
    for change in own:
        if change.since <= began:
            raise ChangeRefused(f"{change.name}: nothing older than {began} is described any more")
    return History(contract=contract, began=began, changes=tuple(sorted(own, key=_newest_first)))


def versioned_contracts() -> tuple[str, ...]:
    """Contracts of experiences that are published in dated versions only."""
    return tuple(contracts.changes.BEGAN)


def read(module: ModuleType) -> Change:
    """A change out of its file.

    Raises:
        ChangeRefused: it does not state what a change must state.

    """
    name = module.__name__.rpartition(".")[2]
    lacking = [each for each in _STATED if not hasattr(module, each)]
    if lacking or not module.__doc__:
        raise ChangeRefused(f"{name} does not state {', '.join(lacking) or 'its reason'}")
    dated = _NAMED.fullmatch(name)
    if dated is None or dt.date(*(int(part) for part in dated.groups()[:3])) != module.SINCE:
        raise ChangeRefused(f"{name} is not named after its date: vYYYY_MM_DD_name, as SINCE says")
    if not module.OPERATIONS or not module.SHAPES:
        raise ChangeRefused(f"{name} concerns nothing")
    return Change(
        name=str(dated.group(4)),
        since=module.SINCE,
        about=inspect.cleandoc(module.__doc__),
        operations=tuple(module.OPERATIONS),
        shapes=frozenset(module.SHAPES),
        upgrade=module.upgrade,
        downgrade=module.downgrade,
        before=module.before,
    )


def _newest_first(change: Change) -> tuple[int, str]:
    return -change.since.toordinal(), change.name
