"""Finds the operation for a method and a path by exact template; refuses two operations of one shape.

Pages for people are found by their first segment, after every template: what lies below it is theirs to know.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from kit.door.operation import Operation


class RouteRefused(Exception):
    """Two operations could both answer the same request; the message names them."""


class _Node:
    __slots__ = ("children", "methods", "wild")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.wild: _Node | None = None
        self.methods: dict[str, Operation] = {}


class Router:
    """A tree of path segments. A fixed segment goes before a named one, as OpenAPI demands."""

    def __init__(self, operations: Iterable[Operation], *, pages: Iterable[Operation] = ()) -> None:
        self._root = _Node()
        self._fixed: dict[str, dict[str, Operation]] = {}
        self._pages: dict[str, dict[str, Operation]] = {}
        for page in pages:
            self._pages.setdefault(page.path[1:], {})[page.method] = page
        for operation in operations:
            self._add(operation)

    def find(self, target: bytes) -> tuple[dict[str, Operation], tuple[str, ...]]:
        """The operations at this path by method (empty: none), and the values of the names in it, decoded."""
        path = target.decode("ascii", "replace")
        methods = self._fixed.get(path)
        if methods is not None:
            return methods, ()
        segments = [unquote(part) if "%" in part else part for part in path[1:].split("/")]
        values: list[str] = []
        node = _walk(self._root, segments, at=0, values=values)
        return (node.methods, tuple(values)) if node else (self._pages.get(segments[0], {}), ())

    def _add(self, operation: Operation) -> None:
        node = self._root
        for part in operation.path[1:].split("/"):
            if part.startswith("{"):
                node.wild = node.wild or _Node()
                node = node.wild
            else:
                node = node.children.setdefault(part, _Node())
        other = node.methods.setdefault(operation.method, operation)
        if other is not operation:
            raise RouteRefused(f"{operation.name} and {other.name} both answer {operation.method} {operation.path}")
        if "{" not in operation.path:
            self._fixed[operation.path] = node.methods


def _walk(node: _Node, segments: list[str], *, at: int, values: list[str]) -> _Node | None:
    if at == len(segments):
        return node if node.methods else None
    child = node.children.get(segments[at])
    if child is not None and (found := _walk(child, segments, at=at + 1, values=values)):
        return found
    if node.wild is None or not segments[at]:
        return None
    values.append(segments[at])
    found = _walk(node.wild, segments, at=at + 1, values=values)
    if found is None:
        values.pop()
    return found
