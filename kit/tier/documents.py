"""The published documents: one OpenAPI 3.1 document a tier, drawn from the contracts package alone."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import contracts
from contracts.port import operations
from kit.ports import document

VERSION: Final = "2026-11-20"
FOLDER: Final = Path(contracts.__file__).parent / "openapi"
_TITLES: Final = {
    "experience": ("Sluice experience APIs", "What portals, phones and operations are offered."),
    "process": ("Sluice process APIs", "What may be asked of the processes."),
    "system": ("Sluice system APIs", "Every vendor behind one role; `connection` names the configured account."),
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
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    prefix = "/{connection}/" if tier == "system" else "/"
    title, about = _TITLES[tier]
    mounts = [(contract_of(tier, name), f"{prefix}{name}") for name in names]
    return document(title=title, about=about, version=VERSION, mounts=mounts)
