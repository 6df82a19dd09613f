"""Refusals in the vendor's words: a status, an error code and a sentence."""

from typing import Any


class Refusal(Exception):
    """A request that is answered with the vendor's error object."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """The error object."""
        return {"errorCode": self.code, "message": self.message}


class Denied(Exception):
    """A refusal of the token endpoint; `error` is consent_required, invalid_grant or invalid_request."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.body = {"error": error, **({"error_description": description} if description else {})}


class Lost(Exception):
    """Nothing stands at this address; what answers is no part of the API and speaks HTML."""


def unreadable(reason: str) -> Refusal:
    """A body that is not what the endpoint reads."""
    return Refusal(
        400, "INVALID_REQUEST_BODY", f"The request body is missing or improperly formatted. {reason}".strip()
    )


def unfit(reason: str) -> Refusal:
    """A parameter that breaks a rule."""
    return Refusal(
        400, "INVALID_REQUEST_PARAMETER", f"The request contained at least one invalid parameter. {reason}".strip()
    )


def no_envelope() -> Refusal:
    """No envelope has this id, or the user may not see it."""
    return Refusal(
        404, "ENVELOPE_DOES_NOT_EXIST", "The envelope specified either does not exist or you have no rights to it."
    )
