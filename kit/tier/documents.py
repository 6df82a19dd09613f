"""The published documents: one OpenAPI 3.1 document a tier, drawn from the contracts package alone.

A contract with dated versions is not in its tier's document: it has one of its own for each version.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import contracts
from contracts.port import operations
from kit.ports import document
from kit.versions import history, versioned
from kit.versions.history import versioned_contracts

VERSION: Final = "2026-11-20"
FOLDER: Final = Path(contracts.__file__).parent / "openapi"
_TITLES: Final = {
    "experience": ("Sluice experience APIs", "What portals, phones and operations are offered."),
    "process": ("Sluice process APIs", "What may be asked of the processes."),
    "system": ("Sluice system APIs", "Every vendor behind one role; `connection` names the configured account."),
    "partners": ("Sluice partner API", "Projects, the people they ask for and what is billed, for partners."),
}


def contract_of(tier: str, name: str) -> type:
    """The contract stated in `contracts/<tier>/<name>.py`.

    Raises:
        LookupError: the module states no contract, or more than one.

    """
    module = import_module(f"contracts.{tier}.{name}")
    own = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    stated = [kind for kind in own if next(operations(kind), None) is not None]
    if len(stated) != 1:
        message = f"contracts.{tier}.{name} states {len(stated)} contracts instead of one"
        raise LookupError(message)
    return stated[0]


def published(tier: str) -> dict[str, Any]:
    """The document of a tier."""
    package = import_module(f"contracts.{tier}")
    dated = versioned_contracts() if tier == "experience" else ()
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.name not in dated)
    prefix = "/{connection}/" if tier == "system" else "/"
    title, about = _TITLES[tier]
    mounts = [(contract_of(tier, name), f"{prefix}{name}") for name in names]
    return document(title=title, about=about, version=VERSION, mounts=mounts)


def newest(name: str) -> dict[str, Any]:
    """The document of a contract with dated versions, as the contract states it."""
    title, about = _TITLES[name]
    mounts = [(contract_of("experience", name), f"/{name}")]
    return document(title=title, about=about, version=history(name).newest, mounts=mounts)


def dated(name: str, version: str) -> dict[str, Any]:
    """The document of one version of a contract.

    Raises:
        ChangeRefused: a change does not fit the contract.

    """
    return versioned(newest(name), history(name), version)


def every_document(tiers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """All that is published, by the name of the file without its ending."""
    found = {tier: published(tier) for tier in tiers}
    for name in versioned_contracts():
        found |= {f"{name}-{version}": dated(name, version) for version in history(name).versions}
    return found


def committed() -> dict[str, dict[str, Any]]:
    """All that was published when this was built: what the gateway goes by."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
