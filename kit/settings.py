"""Settings: a struct filled from TOML, then environment, then secret files; refuses what it does not know.

Later wins: the default on the field, the TOML file, `SLUICE__SECTION__KEY`, and the same name with `_FILE`
for a file that holds the value. A list is given one by one: `SLUICE__SECTION__KEYS__0`, `SLUICE__SECTION__KEYS__1`.
Every refusal names the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

PREFIX: Final = "SLUICE__"
FILE_SUFFIX: Final = "_FILE"
MASK: Final = "********"

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """A setting is missing, misspelt or of the wrong type; the message names the key."""


class Secret(str):
    """A value that is never shown: `str()`, `repr()` and formatting give a mask; `reveal()` gives the value."""

    __slots__ = ()

    def reveal(self) -> str:
        """The value itself."""
        return str.__str__(self)

    def __repr__(self) -> str:
        """Masked."""
        return MASK

    def __str__(self) -> str:
        """Masked."""
        return MASK

    def __format__(self, spec: str) -> str:
        """Masked."""
        return MASK


def decode_hook(kind: type, value: Any) -> Any:
    """Teach msgspec to read secrets."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    message = f"cannot read a {kind.__name__}"
    raise NotImplementedError(message)  # how a hook tells msgspec that a type is not its own


def read_toml(path: Path) -> dict[str, Any]:
    """Read a settings file.

    Raises:
        SettingsError: the file is absent or not TOML.

    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"settings file {path} does not exist"
        raise SettingsError(message) from None
    except tomllib.TOMLDecodeError as fault:
        message = f"settings file {path} is not TOML: {fault}"
        raise SettingsError(message) from None


def overlaid(tree: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The tree with environment values laid over it, and where each overlaid key came from."""
    merged = _copy(tree)
    origins: dict[str, str] = {}
    numbered: dict[str, list[str]] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX):
            continue
        keys = [key.lower() for key in name.removeprefix(PREFIX).split("__")]
        value, origin = environment[name], f"environment {name}"
        if name.endswith(FILE_SUFFIX):
            keys[-1] = keys[-1].removesuffix(FILE_SUFFIX.lower())
            value, origin = _file_value(name, value), f"file named by {name}"
        _put(merged, keys, value, name=name)
        origins[".".join(keys)] = origin
        if keys[-1].isdigit() and len(keys) > 1:
            numbered[".".join(keys[:-1])] = keys[:-1]
    for section, keys in numbered.items():
        if _listed(merged, keys):
            origins[section] = origins[f"{section}.0"]
    return merged, origins


def decode(struct: type[S], tree: Mapping[str, Any], *, section: str) -> S:
    """Fill a struct from a section.

    Raises:
        SettingsError: a key is unknown, missing or of the wrong type.

    """
    try:
        return msgspec.convert(tree, struct, strict=False, dec_hook=decode_hook)
    except msgspec.ValidationError as fault:
        message = f"[{section}] {fault}"
        raise SettingsError(message) from None


def _file_value(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as fault:
        message = f"{name} names a file that cannot be read: {fault.strerror}"
        raise SettingsError(message) from None


def _copy(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in tree.items()}


def _put(tree: dict[str, Any], keys: list[str], value: str, *, name: str) -> None:
    for key in keys[:-1]:
        branch = tree.setdefault(_existing(tree, key), {})
        if not isinstance(branch, dict):
            message = f"{name} goes through {key}, which is a value and not a section"
            raise SettingsError(message)
        tree = branch
    tree[_existing(tree, keys[-1])] = value


def _listed(tree: dict[str, Any], keys: list[str]) -> bool:
    """Make a list of what the environment numbered, where the numbers are 0, 1, 2 and nothing else stands there."""
    *way, last = keys
    for key in way:
        tree = tree[_existing(tree, key)]
    name = _existing(tree, last)
    given = tree[name]
    if not isinstance(given, dict) or set(given) != {str(number) for number in range(len(given))}:
        return False
    tree[name] = [given[str(number)] for number in range(len(given))]
    return True


def _existing(tree: Mapping[str, Any], key: str) -> str:
    """Environment names cannot hold dashes: `crm_emea` means an existing `crm-emea`."""
    dashed = key.replace("_", "-")
    return dashed if key not in tree and dashed in tree else key
