"""Values as their declarations want them; refuses, with a pointer, what they do not allow. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from contracts.canonical.master import FieldRule, Kind
from contracts.problem import FieldError, Problem
from contracts.problem import Kind as Sort
from process_apis.master_data.matrix import Matrix


def ruled(matrix: Matrix, noun: Kind, path: str) -> FieldRule:
    """The rule of a field that can be changed.

    Raises:
        Problem: invalid, when there is no such field, or it is part of a list.

    """
    rule = matrix.rules.get((noun, path))
    if rule is None:
        raise _refused(path, "unknown_field", f"{noun.value} has no field {path}")
    if "[]" in path:
        raise _refused(path, "part_of_a_list", f"{path} changes with the whole list")
    return rule


def valued(matrix: Matrix, noun: Kind, path: str, value: Any) -> Any:
    """A value in the one form in which it is compared and kept.

    Raises:
        Problem: invalid.

    """
    try:
        return plain(msgspec.convert(value, matrix.hints[noun, path]))
    except msgspec.ValidationError as fault:
        raise _refused(path, "invalid_field", str(fault)) from None


def comparable(matrix: Matrix, noun: Kind, path: str, value: Any) -> Any:
    """The same where it can be read, and as it is where a system holds what no declaration allows."""
    try:
        return valued(matrix, noun, path, value)
    except Problem:
        return value


def flat(matrix: Matrix, noun: Kind, thing: Struct) -> dict[str, Any]:
    """A noun as values by path."""
    built = plain(thing)
    paths = [path for kind, path in matrix.rules if kind is noun and "[]" not in path]
    return {path: _at(built, path) for path in paths}


def plain(value: Any) -> Any:
    """As JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _at(built: Mapping[str, Any], path: str) -> Any:
    value: Any = built
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _refused(path: str, code: str, detail: str) -> Problem:
    error = FieldError(pointer=path, code=code, detail=detail)
    return Problem(Sort.INVALID, code, detail, hint="read the matrix", errors=(error,))
