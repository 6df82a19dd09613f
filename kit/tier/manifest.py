"""Rooms as data: what a folder of a tier says about itself, read before any of its code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from kit.settings import SettingsError

TIERS: Final[dict[str, str]] = {"system": "vendor.toml", "process": "process.toml", "experience": "experience.toml"}


@dataclass(frozen=True)
class Manifest:
    """One room: where it lies and what its manifest says."""

    tier: str
    name: str
    path: Path
    facts: Mapping[str, Any]

    @property
    def package(self) -> str:
        """The module to import."""
        return f"{self.tier}_apis.{self.name}"

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles a vendor serves; empty for rooms of other tiers."""
        return tuple(self.facts.get("roles", ()))

    def module(self, name: str = "") -> ModuleType:
        """Import the room, or one of its modules."""
        return import_module(f"{self.package}.{name}" if name else self.package)


@cache
def manifests(tier: str) -> Mapping[str, Manifest]:
    """Every room of a tier by name.

    Raises:
        SettingsError: a manifest is not TOML.

    """
    found: dict[str, Manifest] = {}
    for path in sorted(_folder(tier).glob(f"*/{TIERS[tier]}")):
        try:
            facts = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as fault:
            message = f"{path.parent.name}/{path.name} is not TOML: {fault}"
            raise SettingsError(message) from None
        found[path.parent.name] = Manifest(tier=tier, name=path.parent.name, path=path.parent, facts=facts)
    return found


def room(tier: str, name: str, *, key: str) -> Manifest:
    """The room called `name`.

    Raises:
        SettingsError: there is none; the message names the settings key that asked for it.

    """
    known = manifests(tier)
    if name not in known:
        message = f"{key} names {name!r}, which is no room of the {tier} tier; there are: {', '.join(known)}"
        raise SettingsError(message)
    return known[name]


def _folder(tier: str) -> Path:
    spec = find_spec(f"{tier}_apis")
    if spec is None or spec.origin is None:
        message = f"the {tier} tier is not installed"
        raise SettingsError(message)
    return Path(spec.origin).parent
