"""Refusals in the vendor's words: a status, a sentence, a category, and what was wrong with each property."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

Context = dict[str, list[str]]


class Refusal(Exception):
    """A request that is answered with the vendor's error object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str = "",
        errors: Sequence[dict[str, Any]] = (),
        context: Context | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.errors = list(errors)
        self.context = context
        self.more = dict(more or {})

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The error object; a part that does not apply is left out, as the vendor does."""
        told: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        if self.errors:
            told["errors"] = self.errors
        if self.context:
            told["context"] = self.context
        if self.category:
            told["category"] = self.category
        return told | self.more

    def part(self) -> dict[str, Any]:
        """The same as one element of a 207."""
        told: dict[str, Any] = {"status": "error", "category": self.category, "message": self.message}
        return told | {"context": self.context or {}}


class Page(Exception):
    """A page of HTML in place of JSON: what stands in front of the API answers so."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.html = f"<html><head><title>{title}</title></head><body><h2>HTTP ERROR {status}</h2></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value of one property."""

    name: str
    code: str
    message: str

    def shown(self) -> dict[str, Any]:
        """One element of `errors`."""
        return {"message": self.message, "code": self.code, "context": {"propertyName": [self.name]}}

    def told(self) -> dict[str, Any]:
        """One element of the list that the vendor writes into its sentence."""
        return {"isValid": False, "message": self.message, "error": self.code, "name": self.name}


def invalid_values(faults: Sequence[Fault]) -> Refusal:
    """Values that properties do not take; the sentence holds JSON of its own."""
    inner = msgspec.json.encode([fault.told() for fault in faults]).decode()
    message = f"Property values were not valid: {inner}"
    return Refusal(400, message, category="VALIDATION_ERROR", errors=[fault.shown() for fault in faults])


def invalid(message: str, *, context: Context | None = None) -> Refusal:
    """A request that breaks a rule of its endpoint."""
    return Refusal(400, message, category="VALIDATION_ERROR", context=context)


def unreadable(reason: str) -> Refusal:
    """A body that is not what the endpoint reads; the vendor gives no category."""
    return Refusal(400, f"Invalid input JSON on line 1, column 1: {reason}")


def part_of(given: Any, *path: str) -> Any:
    """What lies within nested objects; raises the vendor's 400 for the first that is not there."""
    for name in path:
        if not isinstance(given, dict) or name not in given:
            raise unreadable(f"Some required fields were not set: [{name}]")
        given = given[name]
    return given


def no_row(row_id: str) -> Refusal:
    """No row has this id. A number that nobody bears and a text that is no number are told apart."""
    if row_id.isdigit():
        return Refusal(404, "resource not found")
    message = "Object not found.  objectId are usually numeric."
    return Refusal(404, message, category="OBJECT_NOT_FOUND", context={"id": [row_id]})


def no_page() -> Page:
    """Nothing stands at this address, or no longer."""
    return Page(404, "Error 404 Not Found")
