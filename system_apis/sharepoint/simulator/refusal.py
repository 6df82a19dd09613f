"""How Graph says no: a status, a code in camel case, a sentence, and an inner error that may be more exact."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A request that is answered with the vendor's error object."""

    def __init__(
        self, status: int, code: str, message: str, *, inner: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner
        self.headers = dict(headers or {})

    def body(self, *, date: str, request_id: str, client_request_id: str) -> dict[str, Any]:
        """The error object, with which request it was."""
        inner = {"date": date, "request-id": request_id, "client-request-id": client_request_id}
        if self.inner:
            inner = {"code": self.inner, **inner}
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def gone() -> Refusal:
    """Nothing stands at this address."""
    return Refusal(404, "itemNotFound", "The resource could not be found.")


def bad(message: str, *, inner: str = "") -> Refusal:
    """A request that cannot be understood, or must not be made like this."""
    return Refusal(400, "invalidRequest", message, inner=inner)


def taken() -> Refusal:
    """An item of that name lies there."""
    return Refusal(409, "nameAlreadyExists", "An item with the same name already exists under the parent")


def moved() -> Refusal:
    """Somebody changed the item since it was read."""
    return Refusal(412, "resourceModified", "ETag does not match current item's value")


def denied() -> Refusal:
    """Who asks may not."""
    return Refusal(403, "accessDenied", "The caller does not have permission to perform the action.")
