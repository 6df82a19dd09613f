"""Refusals in the vendor's words: a status, an error code, a message, and the fields at fault."""

from typing import Any


class Refusal(Exception):
    """A request that is answered with the vendor's error array."""

    def __init__(self, status: int, code: str, message: str, *, fields: tuple[str, ...] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        """The top-level error array, whose code is called `errorCode`."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = list(self.fields)
        return [error]

    def saved(self) -> dict[str, Any]:
        """The result of one row of a collection, whose code is called `statusCode`."""
        error = {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}
        return {"success": False, "errors": [error]}


def absent() -> Refusal:
    """Nothing stands at this address."""
    return Refusal(404, "NOT_FOUND", "The requested resource does not exist")
