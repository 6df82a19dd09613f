"""How the environment says no: always the same sentence outside, the reason in an infolog inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_OCCURRED: Final = "An error has occurred."
_TYPE: Final = "System.InvalidOperationException"


class Refusal(Exception):
    """A request that is answered with the vendor's error object."""

    def __init__(
        self, status: int, inner: str, *, message: str = _OCCURRED, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(inner or message)
        self.status, self.inner, self.message, self.headers = status, inner, message, dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The error object; its code is always empty."""
        error: dict[str, Any] = {"code": "", "message": self.message}
        if self.inner:
            trace = "   at Microsoft.Dynamics.Platform.Integration.Services.OData.Update.UpdateManager"
            error["innererror"] = {"message": self.inner, "type": _TYPE, "stacktrace": trace}
        return {"error": error}


def infolog(entity: str, reason: str, *, verb: str = "Write") -> Refusal:
    """A row that the business logic refused."""
    return Refusal(400, f"{verb} failed for table row of type '{entity}'. Infolog: Error: {reason}")


def missing(value: str, label: str, table: str, entity: str) -> Refusal:
    """A value that refers to nothing."""
    return infolog(entity, f"The value '{value}' in field '{label}' is not found in the related table '{table}'.")


def bad_query(message: str) -> Refusal:
    """A query or a body that cannot be understood."""
    return Refusal(400, message)


def no_resource(what: str) -> Refusal:
    """Nothing stands at this address."""
    return Refusal(404, "", message=f"No HTTP resource was found that matches the request URI '{what}'.")


def version_moved() -> Refusal:
    """Somebody changed the row since it was read."""
    return Refusal(412, "The record was changed by another process; the entity tag does not match.")
