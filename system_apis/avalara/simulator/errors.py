"""Refusals in the vendor's shape: a word with a number, and details whose narrower word is the one that tells."""

from typing import Any, Final

NUMBERS: Final = {
    "EntityNotFoundError": 4,
    "ValueRequiredError": 5,
    "RangeError": 6,
    "StringLengthError": 13,
    "InvalidQueryField": 17,
    "DateFormatError": 26,
    "AuthenticationException": 30,
    "ValidationException": 32,
    "AuthenticationIncomplete": 34,
    "ModelRequiredException": 38,
    "JsonFormatError": 47,
    "InvalidCountry": 125,
    "InvalidCountryRegion": 126,
    "JurisdictionNotFoundError": 130,
    "IncorrectPathError": 139,
    "InvalidEnumValue": 164,
    "NotEnoughAddressesInfo": 176,
    "TransactionAlreadyCancelled": 198,
    "GetTaxError": 300,
    "DocumentCodeConflict": 303,
    "MissingAddress": 304,
    "InvalidAddress": 309,
    "MissingLine": 311,
    "TimeoutRequested": 316,
    "InvalidPostalCode": 317,
    "RefundTypeAndPercentageMismatch": 701,
    "InvalidDocumentTypeForRefund": 702,
    "RefundTypeAndLineMismatch": 703,
    "RefundLinesRequired": 704,
    "InvalidRefundType": 705,
    "LineNoOutOfRange": 707,
    "RefundPercentageOutOfRange": 708,
    "RefundPercentageMissing": 709,
    "CannotModifyLockedTransaction": 1100,
    "DateMismatch": 1305,
    "TotalAmountMismatch": 1307,
    "TotalTaxMismatch": 1308,
    "InvalidDocumentStatus": 1314,
    "ConcurrentRequestLimitExceeded": 1716,
    "RateLimitExceededError": 1723,
}


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        sub: str = "",
        refers_to: str = "",
        target: str = "HttpRequest",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        detail: dict[str, Any] = {
            "code": code,
            "number": NUMBERS[code],
            "message": message,
            "faultCode": "Client" if status < 500 else "Server",
            "helpLink": f"http://developer.avalara.com/avatax/errors/{code}",
            "severity": "Error",
        }
        detail |= {"faultSubCode": sub} if sub else {}
        detail |= {"refersTo": refers_to} if refers_to else {}
        self.body: dict[str, Any] = {"error": {"code": code, "message": message, "target": target, "details": [detail]}}


def required(field: str) -> Refusal:
    """A field that has to be there."""
    return Refusal(400, "ValueRequiredError", f"Field {field} is required.", refers_to=field, target="IncorrectData")


def wrong(field: str, code: str = "ValidationException") -> Refusal:
    """A field that is not what it should be."""
    return Refusal(400, code, f"The value of {field} is not valid.", refers_to=field, target="IncorrectData")


def tax_error(sub: str, message: str, *, refers_to: str = "") -> Refusal:
    """What the engine refuses while it computes: the outer word is always the same."""
    return Refusal(400, "GetTaxError", message, sub=sub, refers_to=refers_to, target="Unknown")


def doc_status(expected: str = "Saved|Posted") -> Refusal:
    """A document is not in the state for this; committed and cancelled ones are final."""
    refusal = tax_error("DocStatusError", "DocStatus is invalid for this operation.", refers_to="DocStatus")
    refusal.body["error"]["details"][0]["description"] = f"Expected {expected}"
    return refusal


def not_found(noun: str, name: str) -> Refusal:
    """Nothing stands there."""
    return Refusal(404, "EntityNotFoundError", f"{noun} with ID '{name}' not found.")


def locked() -> Refusal:
    """The document was reported."""
    return Refusal(400, "CannotModifyLockedTransaction", "A locked transaction may not be modified.")
