"""The refusals of the API, in its own error shape."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A call the vendor turns down; `body` is what it says on the wire."""

    def __init__(self, status: int, kind: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        error = {"type": kind, "message": message}
        self.body: dict[str, Any] = {"errors": [error | ({"field": field} if field else {})]}


def invalid(message: str, *, field: str) -> Refused:
    """422: an attribute does not hold."""
    return Refused(422, "validation", message, field=field)


def not_found() -> Refused:
    """404: no such row, or a default filter hides it."""
    return Refused(404, "system", "The requested record could not be found")


def malformed(message: str) -> Refused:
    """400: the request cannot be read."""
    return Refused(400, "syntax", message)
