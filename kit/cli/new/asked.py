"""Reads a contract of the system tier as text, so that what is written from it has its very words.

A contract is formatted as a service is, and its methods stand as deep: heads and docstrings can be taken as they are.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import contracts.system
from contracts.port import operations
from kit.settings import SettingsError
from kit.tier.documents import contract_of

_WIDTH: Final = 120
_OURS: Final = frozenset({"contracts", "kit", "system_apis"})
Import = tuple[str, str]
"""A module and a name of it; the name is empty where the module itself is imported, `as` and all."""


@dataclass(frozen=True)
class Method:
    """One method of a contract: `head` is signature and docstring as the contract has them."""

    name: str
    head: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What a role asks of a vendor, and what has to be imported to say it."""

    role: str
    contract: str
    methods: tuple[Method, ...]
    imports: frozenset[Import]


def roles() -> list[str]:
    """Every role that a vendor can serve, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(contracts.system.__path__))
    return [name for name in names if _states_one(name)]


def asked_of(role: str) -> Asked:
    """What the contract of a role asks.

    Raises:
        SettingsError: there is no such role; the message names those there are.

    """
    if role not in roles():
        raise SettingsError(f"--role {role!r} is none; there are: {', '.join(roles())}")
    contract = contract_of("system", role)
    module = import_module(contract.__module__)
    source = inspect.getsource(module)
    tree = ast.parse(source)
    stated = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == contract.__name__)
    wanted = {operation.name for operation in operations(contract)}
    nodes = [node for node in stated.body if isinstance(node, ast.AsyncFunctionDef) and node.name in wanted]
    known = dict(_imported(tree)) | {name: (module.__name__, name) for name in _defined(tree)}
    names = {name for node in nodes for name in _named(node)}
    lines = source.splitlines()
    return Asked(
        role=role,
        contract=contract.__name__,
        methods=tuple(_method(node, lines) for node in nodes),
        imports=frozenset(known[name] for name in names if name in known),
    )


def import_block(wanted: Iterable[Import]) -> str:
    """Import statements in the order of the house: the language's, others', ours."""
    found = sorted(set(wanted))
    sections = [[each for each in found if _section(each[0]) == number] for number in range(3)]
    return "\n\n".join(_statements(section) for section in sections if section)


def _states_one(name: str) -> bool:
    try:
        contract_of("system", name)
    except LookupError:
        return False
    return True


def _method(node: ast.AsyncFunctionDef, lines: list[str]) -> Method:
    first = node.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    end = (first.end_lineno or first.lineno) if told else first.lineno - 1
    arguments = [*node.args.args, *node.args.kwonlyargs]
    names = tuple(argument.arg for argument in arguments if argument.arg != "self")
    return Method(node.name, "\n".join(lines[node.lineno - 1 : end]), names)


def _named(node: ast.AsyncFunctionDef) -> set[str]:
    parts = [part for part in (node.args, node.returns) if part is not None]
    return {each.id for part in parts for each in ast.walk(part) if isinstance(each, ast.Name)}


def _defined(tree: ast.Module) -> Iterator[str]:
    """Structs of the contract's own module, and names given to types there."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _imported(tree: ast.Module) -> Iterator[tuple[str, Import]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                told = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                yield alias.asname or alias.name, (node.module or "", told)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                told = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                yield alias.asname or alias.name, (told, "")


def _section(module: str) -> int:
    top = module.partition(" ")[0].partition(".")[0]
    if top in _OURS:
        return 2
    return 0 if top in sys.stdlib_module_names else 1


def _statements(section: list[Import]) -> str:
    whole = [f"import {module}" for module, name in section if not name]
    parts: dict[str, set[str]] = {}
    for module, name in section:
        if name:
            parts.setdefault(module, set()).add(name)
    return "\n".join([*whole, *(_from(module, names) for module, names in parts.items())])


def _from(module: str, names: set[str]) -> str:
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in ordered), ")"])
